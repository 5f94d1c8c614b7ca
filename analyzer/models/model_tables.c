/* What may stand in a model file, as tables: one a mapping. docs/models.md says it in words; the
 * test of this module compares the two. */
#include "analyzer/models/model_tables.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const context_words[] = {"io", "worker", "signal", "same", "child", NULL};
static const char *const calls_words[] = {"many", "once", "at-most-once", NULL};
static const char *const kind_words[] = {
	"wait",    "lock",    "dns",   "socket", "file-sync", "file-bulk", "file",
	"process", "library", "stdio", "loop",   "sync-mode", "compute",   NULL,
};
static const char *const class_words[] = {"W3", "W2", "W1", "L", "C2", "C1", NULL};
static const char *const mode_words[] = {"unknown", "nonblocking", "blocking",
					 "regular", "plain",       NULL};
static const char *const platforms[] = {"windows", "linux", "bsd", NULL};

/* What a kind costs if the entry does not say. */
static const enum model_class kind_classes[] = {
	[MODEL_WAIT] = MODEL_W3,    [MODEL_LOCK] = MODEL_L,       [MODEL_DNS] = MODEL_W3,
	[MODEL_SOCKET] = MODEL_W3,  [MODEL_FILE_SYNC] = MODEL_W2, [MODEL_FILE_BULK] = MODEL_W2,
	[MODEL_FILE] = MODEL_W1,    [MODEL_PROCESS] = MODEL_W3,   [MODEL_LIBRARY] = MODEL_W3,
	[MODEL_STDIO] = MODEL_W1,   [MODEL_LOOP] = MODEL_W3,      [MODEL_SYNC_MODE] = MODEL_W3,
	[MODEL_COMPUTE] = MODEL_C2,
};

G_STATIC_ASSERT(COUNT(kind_words) == MODEL_KIND_COUNT + 1);
G_STATIC_ASSERT(COUNT(kind_classes) == MODEL_KIND_COUNT);

const char *model_kind_name(enum model_kind kind)
{
	return kind_words[kind];
}

const char *model_context_name(enum model_context context)
{
	return context_words[context];
}

const char *model_calls_name(enum model_calls calls)
{
	return calls_words[calls];
}

const char *model_class_name(enum model_class class)
{
	return class_words[class];
}

const char *model_mode_name(enum model_mode mode)
{
	return mode_words[mode];
}

const char *model_platform_name(int platform)
{
	return platforms[platform];
}

/* A continuation of a call. */

static const struct model_key continuation_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct model_continuation, arg)},
	{"field", MODEL_KEY_TEXT, offsetof(struct model_continuation, field)},
	{"context", MODEL_KEY_WORD, offsetof(struct model_continuation, context), context_words},
	{"calls", MODEL_KEY_WORD, offsetof(struct model_continuation, calls), calls_words},
	{"when", MODEL_KEY_CONDITION, offsetof(struct model_continuation, when)},
	{"ready", MODEL_KEY_ARGUMENT, offsetof(struct model_continuation, ready_arg)},
	{"fd-param", MODEL_KEY_ARGUMENT, offsetof(struct model_continuation, fd_param)},
	{"fd-mode", MODEL_KEY_WORD, offsetof(struct model_continuation, fd_mode), mode_words},
	{"status", MODEL_KEY_MAP, offsetof(struct model_continuation, status), NULL,
	 &model_status_map},
	{"shared-pool", MODEL_KEY_FLAG, offsetof(struct model_continuation, shared_pool)},
	{"may-run-long", MODEL_KEY_CONDITION, offsetof(struct model_continuation, may_run_long)},
	{NULL},
};

static bool finish_continuation(struct model_reader *reader, const struct yaml_node *node,
				void *row, GError **error)
{
	const struct model_continuation *continuation = row;

	if (continuation->arg == MODEL_ABSENT || !model_map_find(node, "context"))
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "a continuation says its arg and its context");
	if (continuation->field && !strchr(continuation->field, '.') &&
	    strcmp(continuation->field, "*") != 0)
		return yaml_tree_complain(reader->tree, model_map_find(node, "field"), 0, error,
					  "a field is written record.field, or * for all fields");
	if (continuation->fd_param >= 0 && continuation->ready_arg < 0 && !continuation->fd_mode)
		return yaml_tree_complain(reader->tree, model_map_find(node, "fd-param"), 0, error,
					  "a descriptor that is a parameter has an fd-mode, or is "
					  "the one that is ready");
	return true;
}

static const struct model_map continuation_map = {
	.what = "a continuation",
	.keys = continuation_keys,
	.size = sizeof(struct model_continuation),
	.row_size = sizeof(struct model_continuation),
	.initial =
		&(const struct model_continuation){
			.arg = MODEL_ABSENT, .ready_arg = -1, .fd_param = -1, .status.param = -1},
	.finish = finish_continuation,
};

/* A sink. */

struct duration_draft {
	int arg;
	int unit;
};

static const char *const unit_words[] = {"ns", "us", "ms", "s", "time", "deadline", NULL};
static const int64_t unit_ns[] = {1, 1000, 1000 * 1000, 1000 * 1000 * 1000, 0, -1};

static const struct model_key duration_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct duration_draft, arg)},
	{"unit", MODEL_KEY_WORD, offsetof(struct duration_draft, unit), unit_words},
	{NULL},
};

static bool finish_duration(struct model_reader *reader, const struct yaml_node *node, void *row,
			    GError **error)
{
	const struct duration_draft *duration = row;

	if (duration->arg >= 0 && duration->unit >= 0)
		return true;
	return yaml_tree_complain(reader->tree, node, 0, error,
				  "a duration says its arg and its unit");
}

static const struct model_map duration_map = {
	.what = "a duration",
	.keys = duration_keys,
	.size = sizeof(struct duration_draft),
	.initial = &(const struct duration_draft){-1, -1},
	.finish = finish_duration,
};

static const struct model_key times_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct model_times, arg)},
	{NULL},
};

static const struct model_map times_map = {
	.what = "one more size",
	.keys = times_keys,
	.size = sizeof(struct model_times),
	.row_size = sizeof(struct model_times),
	.initial = &(const struct model_times){-1},
};

struct sink_draft {
	struct model_sink row;
	struct duration_draft duration;
	int kind, class;
};

static const struct model_key sink_keys[] = {
	{"kind", MODEL_KEY_WORD, offsetof(struct sink_draft, kind), kind_words},
	{"class", MODEL_KEY_WORD, offsetof(struct sink_draft, class), class_words},
	{"when", MODEL_KEY_CONDITION, offsetof(struct sink_draft, row.when)},
	{"instead", MODEL_KEY_TEXT, offsetof(struct sink_draft, row.instead)},
	{"note", MODEL_KEY_TEXT, offsetof(struct sink_draft, row.note)},
	{"size-arg", MODEL_KEY_ARGUMENT, offsetof(struct sink_draft, row.size_arg)},
	{"over-arg", MODEL_KEY_ARGUMENT, offsetof(struct sink_draft, row.over_arg)},
	{"times", MODEL_KEY_MAPS, offsetof(struct sink_draft, row.times), NULL, &times_map,
	 offsetof(struct sink_draft, row.times_count)},
	{"size-field", MODEL_KEY_TEXT, offsetof(struct sink_draft, row.size_field)},
	{"string-arg", MODEL_KEY_ARGUMENT, offsetof(struct sink_draft, row.string_arg)},
	{"units", MODEL_KEY_NUMBER, offsetof(struct sink_draft, row.units)},
	{"call-units", MODEL_KEY_NUMBER, offsetof(struct sink_draft, row.call_units)},
	{"appends", MODEL_KEY_FLAG, offsetof(struct sink_draft, row.appends)},
	{"sorting", MODEL_KEY_FLAG, offsetof(struct sink_draft, row.sorting)},
	{"takes-ready", MODEL_KEY_FLAG, offsetof(struct sink_draft, row.takes_ready)},
	{"awaits-child", MODEL_KEY_FLAG, offsetof(struct sink_draft, row.awaits_child)},
	{"duration", MODEL_KEY_MAP, offsetof(struct sink_draft, duration), NULL, &duration_map},
	{NULL},
};

static bool finish_sink(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	struct sink_draft *draft = row;

	if (draft->kind < 0)
		return yaml_tree_complain(reader->tree, node, 0, error, "a sink says its kind");
	draft->row.kind = (enum model_kind)draft->kind;
	draft->row.class =
		draft->class < 0 ? kind_classes[draft->kind] : (enum model_class)draft->class;
	if (draft->row.call_units < 0)
		return yaml_tree_complain(reader->tree, model_map_find(node, "call-units"), 0,
					  error, "call-units are nanoseconds, at least 1");
	if (draft->row.appends && draft->row.string_arg < 0)
		return yaml_tree_complain(reader->tree, model_map_find(node, "appends"), 0, error,
					  "what appends says its string-arg");
	if (draft->row.units < 0)
		return yaml_tree_complain(reader->tree, model_map_find(node, "units"), 0, error,
					  "units are nanoseconds, at least 1");
	if (draft->row.over_arg >= 0 && draft->row.size_arg < 0)
		return yaml_tree_complain(reader->tree, model_map_find(node, "over-arg"), 0, error,
					  "over-arg stands beside a size-arg");
	if (draft->row.times_count &&
	    (draft->row.size_arg < 0 || draft->row.times_count > MODEL_TIMES))
		return yaml_tree_complain(reader->tree, model_map_find(node, "times"), 0, error,
					  "one or two more sizes, beside a size-arg");
	draft->row.duration_arg = draft->duration.arg;
	if (draft->duration.arg >= 0)
		draft->row.duration_unit_ns = unit_ns[draft->duration.unit];
	return true;
}

static const struct model_map sink_map = {
	.what = "a sink",
	.keys = sink_keys,
	.size = sizeof(struct sink_draft),
	.row_size = sizeof(struct model_sink),
	.initial = &(const struct sink_draft){.row = {.when = &condition_always,
						      .size_arg = -1,
						      .over_arg = -1,
						      .string_arg = -1},
					      .duration = {-1, -1},
					      .kind = -1,
					      .class = -1},
	.finish = finish_sink,
};

/* An effect on a descriptor or a handle. */

struct effect_draft {
	struct model_mode_effect row;
	int fd, fds, handle, from_handle;
	const char *mode, *otherwise, *unclear;
};

static const struct model_key effect_keys[] = {
	{"fd", MODEL_KEY_PLACE, offsetof(struct effect_draft, fd)},
	{"fds-in", MODEL_KEY_ARGUMENT, offsetof(struct effect_draft, fds)},
	{"handle", MODEL_KEY_PLACE, offsetof(struct effect_draft, handle)},
	{"handle-in", MODEL_KEY_ARGUMENT, offsetof(struct effect_draft, row.arg)},
	{"mode", MODEL_KEY_TEXT, offsetof(struct effect_draft, mode)},
	{"when", MODEL_KEY_CONDITION, offsetof(struct effect_draft, row.when)},
	{"otherwise", MODEL_KEY_TEXT, offsetof(struct effect_draft, otherwise)},
	{"unclear", MODEL_KEY_TEXT, offsetof(struct effect_draft, unclear)},
	{"from-fd", MODEL_KEY_ARGUMENT, offsetof(struct effect_draft, row.from_arg)},
	{"from-handle", MODEL_KEY_ARGUMENT, offsetof(struct effect_draft, from_handle)},
	{"note", MODEL_KEY_TEXT, offsetof(struct effect_draft, row.note)},
	{NULL},
};

static bool effect_mode(struct model_reader *reader, const struct yaml_node *node, const char *key,
			enum model_mode *ret_mode, GError **error)
{
	int mode = MODEL_MODE_UNKNOWN;

	node = model_map_find(node, key);
	if (node && !model_map_word(reader, node, key, mode_words, &mode, error))
		return false;
	*ret_mode = (enum model_mode)mode;
	return true;
}

/* A handle's mode may be any word: for words that descriptors have too, `mode` says the same. */
static void handle_mode(struct effect_draft *draft)
{
	draft->row.handle_mode = draft->mode;
	for (int i = 0; mode_words[i]; i++) {
		if (strcmp(mode_words[i], draft->mode) == 0)
			draft->row.mode = (enum model_mode)i;
		if (draft->otherwise && strcmp(mode_words[i], draft->otherwise) == 0)
			draft->row.otherwise = (enum model_mode)i;
	}
}

static bool finish_effect(struct model_reader *reader, const struct yaml_node *node, void *row,
			  GError **error)
{
	struct effect_draft *draft = row;
	bool in_handle = draft->row.arg != MODEL_ABSENT;
	bool of_handle = draft->handle != MODEL_ABSENT || in_handle;

	if ((draft->fd != MODEL_ABSENT) + (draft->fds != MODEL_ABSENT) +
		    (draft->handle != MODEL_ABSENT) + in_handle !=
	    1)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "an effect is on one of fd, fds-in, handle, handle-in");
	draft->row.from_handle = draft->from_handle != MODEL_ABSENT;
	if (draft->row.from_handle)
		draft->row.from_arg = draft->from_handle;
	if (draft->row.from_arg >= 0 && !draft->mode)
		draft->mode = mode_words[MODEL_MODE_UNKNOWN];
	if (!draft->mode)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "an effect says the mode that it sets");
	draft->row.points = draft->fds != MODEL_ABSENT || in_handle;
	if (!in_handle)
		draft->row.arg = draft->handle != MODEL_ABSENT ? draft->handle
				 : draft->row.points           ? draft->fds
							       : draft->fd;
	if (!effect_mode(reader, node, "unclear", &draft->row.unclear, error))
		return false;
	if (!of_handle)
		return effect_mode(reader, node, "mode", &draft->row.mode, error) &&
		       effect_mode(reader, node, "otherwise", &draft->row.otherwise, error);
	handle_mode(draft);
	return true;
}

static const struct model_map effect_map = {
	.what = "an effect",
	.keys = effect_keys,
	.size = sizeof(struct effect_draft),
	.row_size = sizeof(struct model_mode_effect),
	.initial = &(const struct effect_draft){.row = {.arg = MODEL_ABSENT, .from_arg = -1},
						.fd = MODEL_ABSENT,
						.fds = MODEL_ABSENT,
						.handle = MODEL_ABSENT,
						.from_handle = MODEL_ABSENT},
	.finish = finish_effect,
};

/* Locks, and what wakes who waits. */

struct lock_draft {
	struct model_lock row;
	int use, mode, result;
};

static const char *const lock_words[] = {"acquire", "release", "wait", NULL};
static const char *const lock_modes[] = {"exclusive", "shared", NULL};
static const char *const result_words[] = {"any", "zero", "nonzero", NULL};

static const struct model_key lock_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct lock_draft, row.arg)},
	{"does", MODEL_KEY_WORD, offsetof(struct lock_draft, use), lock_words},
	{"mode", MODEL_KEY_WORD, offsetof(struct lock_draft, mode), lock_modes},
	{"result", MODEL_KEY_WORD, offsetof(struct lock_draft, result), result_words},
	{NULL},
};

static bool finish_lock(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	struct lock_draft *draft = row;

	if (draft->row.arg == MODEL_ABSENT || draft->use < 0)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "a lock says its arg and what the call does with it");
	draft->row.use = (enum model_lock_use)draft->use;
	draft->row.shared = draft->mode == 1;
	draft->row.result = (enum model_result)draft->result;
	return true;
}

static const struct model_map lock_map = {
	.what = "a lock",
	.keys = lock_keys,
	.size = sizeof(struct lock_draft),
	.row_size = sizeof(struct model_lock),
	.initial = &(const struct lock_draft){.row = {.arg = MODEL_ABSENT}, .use = -1},
	.finish = finish_lock,
};

static const struct model_key wake_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct model_wake, arg)},
	{"when", MODEL_KEY_CONDITION, offsetof(struct model_wake, when)},
	{NULL},
};

static bool finish_wake(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	return ((struct model_wake *)row)->arg != MODEL_ABSENT ||
	       yaml_tree_complain(reader->tree, node, 0, error,
				  "who is woken is said by the arg that is waited for");
}

static const struct model_map wake_map = {
	.what = "a wake",
	.keys = wake_keys,
	.size = sizeof(struct model_wake),
	.row_size = sizeof(struct model_wake),
	.initial = &(const struct model_wake){.arg = MODEL_ABSENT},
	.finish = finish_wake,
};

/* Memory that goes from one argument to another, and functions found by their names. */

static const struct model_key copy_keys[] = {
	{"to", MODEL_KEY_ARGUMENT, offsetof(struct model_copy, to)},
	{"from", MODEL_KEY_ARGUMENT, offsetof(struct model_copy, from)},
	{NULL},
};

static bool finish_copy(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	const struct model_copy *copy = row;

	return (copy->to >= 0 && copy->from >= 0) ||
	       yaml_tree_complain(reader->tree, node, 0, error, "a copy is from and to arguments");
}

static const struct model_map copy_map = {
	.what = "a copy",
	.keys = copy_keys,
	.size = sizeof(struct model_copy),
	.initial = &(const struct model_copy){-1, -1},
	.finish = finish_copy,
};

static const struct model_key lookup_keys[] = {
	{"name", MODEL_KEY_ARGUMENT, offsetof(struct model_lookup, name)},
	{"to", MODEL_KEY_PLACE, offsetof(struct model_lookup, to)},
	{NULL},
};

static bool finish_lookup(struct model_reader *reader, const struct yaml_node *node, void *row,
			  GError **error)
{
	const struct model_lookup *lookup = row;

	return lookup->name >= 0 || yaml_tree_complain(reader->tree, node, 0, error,
						       "a look-up says which argument is the name");
}

static const struct model_map lookup_map = {
	.what = "a look-up",
	.keys = lookup_keys,
	.size = sizeof(struct model_lookup),
	.initial = &(const struct model_lookup){-1, -1},
	.finish = finish_lookup,
};

static const struct model_key carried_keys[] = {
	{"arg", MODEL_KEY_ARGUMENT, offsetof(struct model_carried, arg)},
	{"in", MODEL_KEY_PLACE, offsetof(struct model_carried, in)},
	{NULL},
};

static bool finish_carried(struct model_reader *reader, const struct yaml_node *node, void *row,
			   GError **error)
{
	return ((const struct model_carried *)row)->arg >= 0 ||
	       yaml_tree_complain(reader->tree, node, 0, error,
				  "what an object carries is an argument");
}

static const struct model_map carried_map = {
	.what = "what an object carries",
	.keys = carried_keys,
	.size = sizeof(struct model_carried),
	.row_size = sizeof(struct model_carried),
	.initial = &(const struct model_carried){MODEL_ABSENT, -1},
	.finish = finish_carried,
};

/* A function. */

#define FUNCTION(member) offsetof(struct model_function_draft, row.member)

static const struct model_key function_keys[] = {
	{"args", MODEL_KEY_COUNT, FUNCTION(arg_count), NULL, NULL, FUNCTION(variadic)},
	{"aliases", MODEL_KEY_TEXTS, FUNCTION(aliases)},
	{"continuations", MODEL_KEY_MAPS, FUNCTION(continuations), NULL, &continuation_map,
	 FUNCTION(continuation_count)},
	{"blocks", MODEL_KEY_MAPS, FUNCTION(sinks), NULL, &sink_map, FUNCTION(sink_count)},
	{"instead", MODEL_KEY_TEXT, offsetof(struct model_function_draft, instead)},
	{"sets", MODEL_KEY_MAPS, FUNCTION(effects), NULL, &effect_map, FUNCTION(effect_count)},
	{"contract", MODEL_KEY_MAP, FUNCTION(contract), NULL, &model_contract_map},
	{"locks", MODEL_KEY_MAPS, FUNCTION(locks), NULL, &lock_map, FUNCTION(lock_count)},
	{"wakes", MODEL_KEY_MAPS, FUNCTION(wakes), NULL, &wake_map, FUNCTION(wake_count)},
	{"waits-for", MODEL_KEY_ARGUMENT, FUNCTION(waits_for_arg)},
	{"copies", MODEL_KEY_MAP, FUNCTION(copies), NULL, &copy_map},
	{"finds", MODEL_KEY_MAP, FUNCTION(finds), NULL, &lookup_map},
	{"carries", MODEL_KEY_MAPS, FUNCTION(carries), NULL, &carried_map, FUNCTION(carry_count)},
	{"runs-carried", MODEL_KEY_ARGUMENT, FUNCTION(runs_carried)},
	{"file", MODEL_KEY_MAP, FUNCTION(on_file), NULL, &model_file_use_map},
	{"waits", MODEL_KEY_WHEN, FUNCTION(waits)},
	{"wait-count", MODEL_KEY_ARGUMENT, FUNCTION(wait_count_arg)},
	{"runs-loop", MODEL_KEY_WHEN, offsetof(struct model_function_draft, runs_loop)},
	{"thread-safe", MODEL_KEY_FLAG, FUNCTION(thread_safe)},
	{"loop-api", MODEL_KEY_FLAG, FUNCTION(loop_api)},
	{"main-thread", MODEL_KEY_FLAG, FUNCTION(main_thread)},
	{"called-by-loop", MODEL_KEY_FLAG, FUNCTION(called_by_loop)},
	{"noreturn", MODEL_KEY_FLAG, FUNCTION(noreturn)},
	{"begins", MODEL_KEY_TEXT, FUNCTION(begins)},
	{"never-null", MODEL_KEY_FLAG, FUNCTION(never_null)},
	{"submits", MODEL_KEY_WHEN, offsetof(struct model_function_draft, submits)},
	{"forks", MODEL_KEY_FLAG, FUNCTION(forks)},
	{"clock", MODEL_KEY_FLAG, FUNCTION(clock)},
	{"allocates", MODEL_KEY_FLAG, FUNCTION(allocates)},
	{"empties", MODEL_KEY_ARGUMENT, FUNCTION(empties)},
	{"empties-when", MODEL_KEY_CONDITION, FUNCTION(empties_when)},
	{"fills", MODEL_KEY_ARGUMENT, FUNCTION(fills)},
	{"reads-lines", MODEL_KEY_FLAG, FUNCTION(reads_lines)},
	{"drains", MODEL_KEY_FLAG, FUNCTION(drains)},
	{"reads-into", MODEL_KEY_PLACE, FUNCTION(reads_into)},
	{"edge-triggered", MODEL_KEY_CONDITION, FUNCTION(edge_triggered)},
	{"pauses", MODEL_KEY_FLAG, FUNCTION(pauses)},
	{"may-run-long", MODEL_KEY_FLAG, FUNCTION(may_run_long)},
	{"context-test", MODEL_KEY_FLAG, FUNCTION(context_test)},
	{"thread-identity", MODEL_KEY_FLAG, FUNCTION(thread_identity)},
	{"process-identity", MODEL_KEY_FLAG, FUNCTION(process_identity)},
	{"own-result", MODEL_KEY_FLAG, FUNCTION(own_result)},
	{"optional", MODEL_KEY_FLAG, FUNCTION(optional)},
	{NULL},
};

/* The highest argument that the row speaks of. */
static int last_argument(const struct model_function *row)
{
	int last = row->waits ? condition_last_argument(row->waits) : -1;

	last = MAX(last, MAX(row->wait_count_arg, row->waits_for_arg));
	last = MAX(last, row->reads_into);
	last = MAX(last, MAX(row->copies.to, row->copies.from));
	last = MAX(last, MAX(row->finds.name, row->finds.to));
	last = MAX(last, row->runs_carried);
	last = MAX(last, MAX(row->empties, row->fills));
	if (row->empties_when)
		last = MAX(last, condition_last_argument(row->empties_when));
	for (guint i = 0; i < row->carry_count; i++)
		last = MAX(last, MAX(row->carries[i].arg, row->carries[i].in));
	last = MAX(last, model_file_last_argument(&row->on_file));
	last = MAX(last, model_contract_last_argument(&row->contract));
	if (row->edge_triggered)
		last = MAX(last, condition_last_argument(row->edge_triggered));
	if (row->submits_when)
		last = MAX(last, condition_last_argument(row->submits_when));
	if (row->runs_loop_when)
		last = MAX(last, condition_last_argument(row->runs_loop_when));
	for (guint i = 0; i < row->continuation_count; i++) {
		last = MAX(last, row->continuations[i].arg);
		last = MAX(last, row->continuations[i].ready_arg);
		if (row->continuations[i].when)
			last = MAX(last, condition_last_argument(row->continuations[i].when));
		if (row->continuations[i].may_run_long)
			last = MAX(last,
				   condition_last_argument(row->continuations[i].may_run_long));
	}
	for (guint i = 0; i < row->sink_count; i++) {
		last = MAX(last, MAX(row->sinks[i].size_arg, row->sinks[i].duration_arg));
		last = MAX(last, MAX(row->sinks[i].string_arg, row->sinks[i].over_arg));
		for (guint k = 0; k < row->sinks[i].times_count; k++)
			last = MAX(last, row->sinks[i].times[k].arg);
		last = MAX(last, condition_last_argument(row->sinks[i].when));
	}
	for (guint i = 0; i < row->lock_count; i++)
		last = MAX(last, row->locks[i].arg);
	for (guint i = 0; i < row->wake_count; i++) {
		last = MAX(last, row->wakes[i].arg);
		if (row->wakes[i].when)
			last = MAX(last, condition_last_argument(row->wakes[i].when));
	}
	for (guint i = 0; i < row->effect_count; i++) {
		last = MAX(last, MAX(row->effects[i].arg, row->effects[i].from_arg));
		if (row->effects[i].when)
			last = MAX(last, condition_last_argument(row->effects[i].when));
	}
	return last;
}

static bool finish_function(struct model_reader *reader, const struct yaml_node *node, void *row,
			    GError **error)
{
	struct model_function_draft *draft = row;
	int last;

	draft->row.runs_loop = draft->runs_loop != NULL;
	if (draft->runs_loop && draft->runs_loop->kind != CONDITION_TRUE)
		draft->row.runs_loop_when = draft->runs_loop;
	draft->row.submits = draft->submits != NULL;
	if (draft->submits && draft->submits->kind != CONDITION_TRUE)
		draft->row.submits_when = draft->submits;
	for (guint i = 0; draft->instead && i < draft->row.sink_count; i++) {
		struct model_sink *sink = (struct model_sink *)&draft->row.sinks[i];

		if (!sink->instead)
			sink->instead = draft->instead;
	}
	last = last_argument(&draft->row);
	if (!draft->row.variadic && last >= 0 && (unsigned)last >= draft->row.arg_count)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "this speaks of argument %d, but there are %u from 0 on",
					  last, draft->row.arg_count);
	return true;
}

const char *const model_no_texts[] = {NULL};

const struct model_map model_function_map = {
	.what = "a function",
	.keys = function_keys,
	.size = sizeof(struct model_function_draft),
	.initial = &(const struct model_function_draft){.row = {.arg_count = G_MAXUINT,
								.contract = MODEL_NO_CONTRACT,
								.wait_count_arg = -1,
								.waits_for_arg = -1,
								.reads_into = MODEL_READS_NOTHING,
								.copies = {-1, -1},
								.finds = {-1, -1},
								.runs_carried = -1,
								.empties = -1,
								.fills = -1,
								.on_file = MODEL_NO_FILE,
								.aliases = model_no_texts}},
	.finish = finish_function,
};

/* Fields and typedefs. */

static const struct model_key role_keys[] = {
	{"context", MODEL_KEY_WORD, offsetof(struct model_role, context), context_words},
	{"calls", MODEL_KEY_WORD, offsetof(struct model_role, calls), calls_words},
	{"dispatches", MODEL_KEY_FLAG, offsetof(struct model_role, dispatches)},
	{"status", MODEL_KEY_MAP, offsetof(struct model_role, status), NULL, &model_status_map},
	{NULL},
};

static bool finish_role(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	return ((struct model_role *)row)->context >= 0 ||
	       yaml_tree_complain(reader->tree, node, 0, error,
				  "a field or typedef says its context");
}

const struct model_map model_role_map = {
	.what = "a field or typedef",
	.keys = role_keys,
	.size = sizeof(struct model_role),
	.initial = &(const struct model_role){-1, MODEL_CALLS_MANY, false, {.param = -1}},
	.finish = finish_role,
};

/* The file. */

static const struct model_key file_keys[] = {
	{"library", MODEL_KEY_TEXT, offsetof(struct model_file_draft, library)},
	{"headers", MODEL_KEY_TEXTS, offsetof(struct model_file_draft, headers)},
	{"pkg-config", MODEL_KEY_TEXTS, offsetof(struct model_file_draft, pkg_config)},
	{"defines", MODEL_KEY_TEXTS, offsetof(struct model_file_draft, defines)},
	{"offload", MODEL_KEY_TEXT, offsetof(struct model_file_draft, offload)},
	{"completion-words", MODEL_KEY_TEXTS, offsetof(struct model_file_draft, completion_words)},
	{"error-types", MODEL_KEY_TEXTS, offsetof(struct model_file_draft, error_types)},
	{"many-threads", MODEL_KEY_FLAG, offsetof(struct model_file_draft, many_threads)},
	{"platform", MODEL_KEY_WORD, offsetof(struct model_file_draft, platform), platforms},
	{"constants", MODEL_KEY_SKIP},
	{"functions", MODEL_KEY_SKIP},
	{"fields", MODEL_KEY_SKIP},
	{"typedefs", MODEL_KEY_SKIP},
	{NULL},
};

static bool finish_file(struct model_reader *reader, const struct yaml_node *node, void *row,
			GError **error)
{
	return ((struct model_file_draft *)row)->library ||
	       yaml_tree_complain(reader->tree, node, 0, error, "a model file says its library");
}

const struct model_map model_file_map = {
	.what = "a model file",
	.keys = file_keys,
	.size = sizeof(struct model_file_draft),
	.initial = &(const struct model_file_draft){.headers = model_no_texts,
						    .pkg_config = model_no_texts,
						    .defines = model_no_texts,
						    .completion_words = model_no_texts,
						    .error_types = model_no_texts,
						    .platform = -1},
	.finish = finish_file,
};
