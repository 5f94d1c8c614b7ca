/* Model files: what is read from them, and what is said about every mistake in them. */
#include "analyzer/models/model.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Two directories, the second overriding the first. */
struct place {
	char *first, *second;
};

static int setup(void **state)
{
	struct place *place = g_new0(struct place, 1);

	place->first = g_dir_make_tmp("models-XXXXXX", NULL);
	place->second = g_dir_make_tmp("models-XXXXXX", NULL);
	*state = place;
	return 0;
}

static void remove_directory(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		g_unlink(file);
	}
	g_dir_close(dir);
	g_rmdir(path);
}

static int teardown(void **state)
{
	struct place *place = *state;

	remove_directory(place->first);
	remove_directory(place->second);
	g_free(place->first);
	g_free(place->second);
	g_free(place);
	return 0;
}

static void write_file(const char *directory, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static struct models *load(struct place *place)
{
	g_autoptr(GError) error = NULL;
	struct models *models =
		models_load((const char *const[]){place->first, place->second, NULL}, &error);

	if (error)
		print_error("%s\n", error->message);
	assert_non_null(models);
	return models;
}

static struct models *load_text(struct place *place, const char *text)
{
	write_file(place->first, "a.yaml", text);
	return load(place);
}

/* The models of one function `f` whose body is `body`. */
static struct models *load_function(struct place *place, const char *body)
{
	g_autofree char *text = g_strdup_printf("library: x\n"
						"constants: { ONE: 1, HIGH: 0x80, MINUS: -5 }\n"
						"functions:\n"
						"  f: { %s }\n",
						body);

	return load_text(place, text);
}

/* That loading `text` as a.yaml fails and says "a.yaml:" and `expected`. */
static void assert_complaint(struct place *place, const char *text, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *whole = NULL;

	write_file(place->first, "a.yaml", text);
	assert_null(models_load((const char *const[]){place->first, NULL}, &error));
	assert_non_null(error);
	whole = g_strdup_printf("%s/a.yaml%s", place->first, expected);
	assert_string_equal(error->message, whole);
}

static void assert_condition_complaint(struct place *place, const char *condition,
				       const char *expected)
{
	g_autofree char *text = g_strdup_printf("library: x\n"
						"constants: { HIGH: 0x80 }\n"
						"functions:\n"
						"  f: { waits: '%s' }\n",
						condition);

	assert_complaint(place, text, expected);
}

static void a_function_says_what_it_copies_and_what_it_finds(void **state)
{
	g_autoptr(models_t) models =
		load_function(*state, "args: 3, copies: {to: 0, from: 1}, finds: {name: 2}");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->copies.to, 0);
	assert_int_equal(f->copies.from, 1);
	assert_int_equal(f->finds.name, 2);
	assert_int_equal(f->finds.to, -1);
}

static void a_function_that_says_nothing_copies_and_finds_nothing(void **state)
{
	g_autoptr(models_t) models = load_function(*state, "args: 3");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->copies.to, -1);
	assert_int_equal(f->finds.name, -1);
}

static void a_function_has_everything_that_its_row_says(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state,
		"args: 3, aliases: [f64, __f_alias],"
		"continuations: [{arg: 1, context: io, calls: once}, {arg: 2, context: worker}],"
		"loop-api: true, submits: true, waits: arg 0 is not 0");
	const struct model_function *f = models_function(models, "f");

	assert_string_equal(f->library, "x");
	assert_int_equal(f->arg_count, 3);
	assert_false(f->variadic);
	assert_int_equal(f->continuation_count, 2);
	assert_int_equal(f->continuations[0].arg, 1);
	assert_int_equal(f->continuations[0].context, MODEL_CONTEXT_IO);
	assert_int_equal(f->continuations[0].calls, MODEL_CALLS_ONCE);
	assert_int_equal(f->continuations[1].context, MODEL_CONTEXT_WORKER);
	assert_int_equal(f->continuations[1].calls, MODEL_CALLS_MANY);
	assert_true(f->loop_api && f->submits);
	assert_false(f->thread_safe || f->noreturn || f->runs_loop || f->forks);
	assert_int_equal(f->waits->kind, CONDITION_NOT);
	assert_int_equal(f->line, 4);
	assert_ptr_equal(models_function(models, "f64"), f);
	assert_ptr_equal(models_function(models, "__f_alias"), f);
	assert_null(models_function(models, "g"));
}

static void a_sink_has_the_class_of_its_kind_unless_it_says_another(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 2, instead: use g(), blocks: [{kind: file-bulk},"
			"{kind: wait, class: W2, duration: {arg: 1, unit: ms}, instead: use h()},"
			"{kind: compute, size-arg: 0, times: [{arg: 1}], note: slow on purpose}]");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->sink_count, 3);
	assert_int_equal(f->sinks[1].times_count, 0);
	assert_int_equal(f->sinks[2].times_count, 1);
	assert_int_equal(f->sinks[2].times[0].arg, 1);
	assert_int_equal(f->sinks[0].kind, MODEL_FILE_BULK);
	assert_int_equal(f->sinks[0].class, MODEL_W2);
	assert_int_equal(f->sinks[0].when->kind, CONDITION_TRUE);
	assert_string_equal(f->sinks[0].instead, "use g()");
	assert_int_equal(f->sinks[0].duration_arg, -1);
	assert_int_equal(f->sinks[1].class, MODEL_W2);
	assert_int_equal(f->sinks[1].duration_arg, 1);
	assert_int_equal(f->sinks[1].duration_unit_ns, 1000000);
	assert_string_equal(f->sinks[1].instead, "use h()");
	assert_int_equal(f->sinks[2].size_arg, 0);
	assert_string_equal(f->sinks[2].note, "slow on purpose");
}

static void a_contract_says_what_both_sides_owe(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state,
		"args: 4, continuations: [{arg: 3, context: io, calls: once,"
		"status: {param: 1, field: res, matters: little}}],"
		"contract: {fails: negative, fails-seldom: true, fails-when: not arg 3 is null,"
		"keeps: [{arg: 0, as: request}, {arg: 2, as: buffer, field: base}], wraps: 2,"
		"frees: 1}");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->contract.fails, MODEL_FAILS_NEGATIVE);
	assert_true(f->contract.fails_seldom);
	assert_non_null(f->contract.fails_when);
	assert_int_equal(f->contract.keep_count, 2);
	assert_int_equal(f->contract.keeps[1].arg, 2);
	assert_int_equal(f->contract.keeps[1].as, MODEL_KEPT_BUFFER);
	assert_null(f->contract.keeps[0].field);
	assert_string_equal(f->contract.keeps[1].field, "base");
	assert_int_equal(f->contract.wraps, 2);
	assert_int_equal(f->contract.frees, 1);
	assert_int_equal(f->contract.completes, -1);
	assert_int_equal(f->continuations[0].status.param, 1);
	assert_string_equal(f->continuations[0].status.field, "res");
	assert_int_equal(f->continuations[0].status.matters, MODEL_MATTERS_LITTLE);
}

static void a_function_without_a_contract_owes_nothing(void **state)
{
	g_autoptr(models_t) models =
		load_function(*state, "args: 1, continuations: {arg: 0, context: io}");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->contract.fails, MODEL_FAILS_NEVER);
	assert_int_equal(f->contract.frees, -1);
	assert_int_equal(f->contract.wraps, -1);
	assert_int_equal(f->contract.keep_count, 0);
	assert_int_equal(f->continuations[0].status.param, -1);
}

static void a_duration_in_a_struct_has_no_unit(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 1, blocks: {kind: wait, duration: {arg: 0, unit: time}}");
	const struct model_function *f = models_function(models, "f");

	assert_int_equal(f->sinks[0].duration_arg, 0);
	assert_int_equal(f->sinks[0].duration_unit_ns, 0);
}

static void a_continuation_names_the_descriptor_that_is_ready(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 3, continuations: [{arg: 1, context: io, ready: 2, fd-param: 0},"
			" {arg: 0, context: io, fd-param: 3, fd-mode: nonblocking}]");
	const struct model_continuation *rows = models_function(models, "f")->continuations;

	assert_int_equal(rows[0].ready_arg, 2);
	assert_int_equal(rows[0].fd_param, 0);
	assert_int_equal(rows[0].fd_mode, MODEL_MODE_UNKNOWN);
	assert_int_equal(rows[1].ready_arg, -1);
	assert_int_equal(rows[1].fd_param, 3);
	assert_int_equal(rows[1].fd_mode, MODEL_MODE_NONBLOCKING);
}

static void an_effect_can_take_the_mode_of_another_handle(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 2, sets: [{handle: 0, from-handle: 1},"
			" {fd: result, mode: nonblocking, when: arg 1 has HIGH, unclear: blocking,"
			" note: read the manual}]");
	const struct model_mode_effect *effects = models_function(models, "f")->effects;

	assert_true(effects[0].from_handle);
	assert_int_equal(effects[0].from_arg, 1);
	assert_false(effects[1].from_handle);
	assert_int_equal(effects[1].unclear, MODEL_MODE_BLOCKING);
	assert_string_equal(effects[1].note, "read the manual");
}

static void effects_name_descriptors_and_handles(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state,
		"args: 2, sets: [{fd: result, mode: nonblocking, when: arg 1 has HIGH,"
		" otherwise: blocking}, {fds-in: 0, mode: regular},"
		" {handle: 0, mode: nonblocking, from-fd: 1}, {handle-in: 1, mode: sleepy}]");
	const struct model_mode_effect *effects = models_function(models, "f")->effects;

	assert_int_equal(models_function(models, "f")->effect_count, 4);
	assert_int_equal(effects[0].arg, -1);
	assert_int_equal(effects[0].mode, MODEL_MODE_NONBLOCKING);
	assert_int_equal(effects[0].otherwise, MODEL_MODE_BLOCKING);
	assert_int_equal(effects[0].when->number, 0x80);
	assert_null(effects[0].handle_mode);
	assert_true(effects[1].points);
	assert_int_equal(effects[1].arg, 0);
	assert_int_equal(effects[1].otherwise, MODEL_MODE_UNKNOWN);
	assert_string_equal(effects[2].handle_mode, "nonblocking");
	assert_int_equal(effects[2].mode, MODEL_MODE_NONBLOCKING);
	assert_int_equal(effects[2].from_arg, 1);
	assert_true(effects[3].points);
	assert_int_equal(effects[3].arg, 1);
	assert_string_equal(effects[3].handle_mode, "sleepy");
}

static void fields_and_typedefs_are_found_by_name(void **state)
{
	g_autoptr(models_t) models =
		load_text(*state, "library: x\n"
				  "fields: { s.a.b: { context: signal, calls: once } }\n"
				  "typedefs: { done_fn: { context: io } }\n");

	assert_int_equal(models_field(models, "s", "a.b")->context, MODEL_CONTEXT_SIGNAL);
	assert_int_equal(models_field(models, "s", "a.b")->calls, MODEL_CALLS_ONCE);
	assert_null(models_field(models, "s", "b"));
	assert_int_equal(models_typedef(models, "done_fn")->calls, MODEL_CALLS_MANY);
	assert_null(models_typedef(models, "fn"));
}

static void a_loop_runs_always_or_on_a_condition(void **state)
{
	g_autoptr(models_t) models =
		load_text(*state, "library: x\n"
				  "functions:\n"
				  "  a: { runs-loop: true, waits: true }\n"
				  "  b: { args: 2, runs-loop: arg 1 is not 0, waits: false }\n");

	assert_true(models_function(models, "a")->runs_loop);
	assert_null(models_function(models, "a")->runs_loop_when);
	assert_int_equal(models_function(models, "a")->waits->kind, CONDITION_TRUE);
	assert_true(models_function(models, "b")->runs_loop);
	assert_int_equal(models_function(models, "b")->runs_loop_when->kind, CONDITION_NOT);
	assert_null(models_function(models, "b")->waits);
}

static void files_of_one_library_share_headers_and_constants(void **state)
{
	struct place *place = *state;
	const struct model_library *library;

	write_file(place->first, "b.yaml",
		   "library: x\nheaders: [x.h, y.h]\nconstants: { TWO: 2 }\n");
	g_autoptr(models_t) models =
		load_text(place, "library: x\nheaders: [x.h]\npkg-config: [x]\noffload: give()\n"
				 "functions: { f: { args: 1, waits: arg 0 has TWO } }\n");

	assert_int_equal(models_function(models, "f")->waits->number, 2);
	assert_int_equal(models_libraries(models)->len, 1);
	library = g_ptr_array_index(models_libraries(models), 0);
	assert_string_equal(library->headers[0], "x.h");
	assert_string_equal(library->headers[1], "y.h");
	assert_null(library->headers[2]);
	assert_string_equal(library->pkg_config[0], "x");
	assert_string_equal(library->offload, "give()");
	assert_int_equal(models_constants(models)->len, 1);
}

static void constants_of_libc_are_known_to_every_library(void **state)
{
	struct place *place = *state;

	write_file(place->second, "posix.yaml", "library: libc\nconstants: { FLAG: 4 }\n");
	write_file(place->second, "x.yaml",
		   "library: x\nfunctions: { f: { args: 1, waits: arg 0 has FLAG } }\n");
	g_autoptr(models_t) models = load(place);

	assert_int_equal(models_function(models, "f")->waits->number, 4);
}

static void a_later_directory_wins_over_an_earlier_one(void **state)
{
	struct place *place = *state;

	write_file(place->second, "own.yaml", "library: own\nfunctions: { f: { args: 9 } }\n");
	g_autoptr(models_t) models =
		load_text(place, "library: x\nfunctions: { f: { args: 1, aliases: [f64] } }\n");

	assert_int_equal(models_function(models, "f")->arg_count, 9);
	assert_string_equal(models_function(models, "f")->library, "own");
	assert_null(models_function(models, "f64"));
	assert_int_equal(models_functions(models)->len, 1);
}

static void lists_are_in_order_of_name(void **state)
{
	g_autoptr(models_t) models = load_text(*state, "library: x\n"
						       "functions: { c: {}, a: {}, b: {} }\n");
	const GPtrArray *list = models_functions(models);

	assert_int_equal(list->len, 3);
	assert_string_equal(((struct model_function *)list->pdata[0])->name, "a");
	assert_string_equal(((struct model_function *)list->pdata[2])->name, "c");
}

static char *hash_of(struct place *place, const char *name, const char *text)
{
	GError *error = NULL;
	char *hash;

	write_file(place->first, name, text);
	hash = models_hash((const char *const[]){place->first, NULL}, &error);
	assert_null(error);
	return hash;
}

static void the_hash_depends_on_every_byte_and_name(void **state)
{
	g_autofree char *a = hash_of(*state, "a.yaml", "library: x\n");
	g_autofree char *b = hash_of(*state, "a.yaml", "library: y\n");
	g_autofree char *c = hash_of(*state, "a.yaml", "library: x\n");
	g_autofree char *d = hash_of(*state, "b.yaml", "library: x\n");

	assert_int_equal(strlen(a), 64);
	assert_string_not_equal(a, b);
	assert_string_equal(a, c);
	assert_string_not_equal(c, d);
}

static void a_hash_of_no_folder_is_an_error(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(models_hash((const char *const[]){"/no/such/folder", NULL}, &error));
	assert_non_null(strstr(error->message, "/no/such/folder"));
}

/* Conditions. */

static const struct condition *condition_of(struct models *models)
{
	return models_function(models, "f")->waits;
}

struct atom {
	const char *text;
	enum condition_kind kind;
	int arg;
	int64_t number;
	const char *name;
};

static const struct atom atoms[] = {
	{"always", CONDITION_TRUE, -1, 0, NULL},
	{"never", CONDITION_FALSE, -1, 0, NULL},
	{"arg 5 is null", CONDITION_NULL, 5, 0, NULL},
	{"arg 0 is 0", CONDITION_ZERO, 0, 0, NULL},
	{"arg 1 is ONE", CONDITION_EQUAL, 1, 1, NULL},
	{"arg 1 is -0x10", CONDITION_EQUAL, 1, -16, NULL},
	{"arg 1 is MINUS", CONDITION_EQUAL, 1, -5, NULL},
	{"arg 1 < 10", CONDITION_LESS, 1, 10, NULL},
	{"arg 1 <= 10", CONDITION_LESS, 1, 11, NULL},
	{"arg 3 has HIGH|ONE", CONDITION_FLAG, 3, 0x81, NULL},
	{"arg 2 is zero time", CONDITION_ZERO_TIME, 2, 0, NULL},
	{"arg 2 field ai_flags has ONE", CONDITION_POINTEE_FLAG, 2, 1, "ai_flags"},
	{"arg 0 is \"a b\"", CONDITION_STRING, 0, 0, "a b"},
	{"arg 0 is address", CONDITION_ADDRESS, 0, 0, NULL},
	{"arg 0 is stream stdin", CONDITION_STREAM, 0, 0, "stdin"},
	{"arg 0 is open", CONDITION_OPEN, 0, 0, NULL},
	{"arg 0 is bulky", CONDITION_BULKY, 0, 0, NULL},
	{"fd 1 is bulky", CONDITION_FD_BULKY, 1, 0, NULL},
	{"after PQisBusy", CONDITION_AFTER, -1, 0, "PQisBusy"},
	{"arg 0 is asked by PQisBusy", CONDITION_ASKED, 0, 0, "PQisBusy"},
	{"arg 2 points to 0", CONDITION_POINTEE_EQUAL, 2, 0, NULL},
	{"arg 0 begins \"/proc/\"", CONDITION_BEGINS, 0, 0, "/proc/"},
	{"fd 0 is blocking", CONDITION_FD_BLOCKING, 0, 0, NULL},
	{"fd 1 is regular", CONDITION_FD_REGULAR, 1, 0, NULL},
	{"fd 2 is nonblocking", CONDITION_FD_NONBLOCKING, 2, 0, NULL},
	{"handle 0 is nonblocking", CONDITION_HANDLE, 0, 0, "nonblocking"},
	{"arg 7 is 9223372036854775807", CONDITION_EQUAL, 7, INT64_MAX, NULL},
	{"arg 7 is -9223372036854775808", CONDITION_EQUAL, 7, INT64_MIN, NULL},
};

static void every_test_of_the_language_is_read(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(atoms); i++) {
		g_autofree char *body = g_strdup_printf("args: 8, waits: '%s'", atoms[i].text);
		g_autoptr(models_t) models = load_function(*state, body);
		const struct condition *condition = condition_of(models);

		assert_int_equal(condition->kind, atoms[i].kind);
		assert_int_equal(condition->arg, atoms[i].arg);
		assert_true(condition->number == atoms[i].number);
		assert_string_equal(condition->text, atoms[i].text);
		if (atoms[i].name)
			assert_string_equal(condition->name, atoms[i].name);
		else
			assert_null(condition->name);
	}
}

static void and_binds_more_than_or_and_not_more_than_both(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 1, waits: not arg 0 is 1 and arg 0 is 2 or arg 0 is 3");
	const struct condition * or = condition_of(models);

	assert_int_equal(or->kind, CONDITION_OR);
	assert_int_equal(or->right->number, 3);
	assert_int_equal(or->left->kind, CONDITION_AND);
	assert_int_equal(or->left->left->kind, CONDITION_NOT);
	assert_int_equal(or->left->left->left->number, 1);
	assert_int_equal(or->left->right->number, 2);
	assert_string_equal(or->left->text, "not arg 0 is 1 and arg 0 is 2");
}

static void parentheses_group(void **state)
{
	g_autoptr(models_t) models =
		load_function(*state, "args: 1, waits: not (arg 0 is 1 or (arg 0 is 2))");
	const struct condition *not = condition_of(models);

	assert_int_equal(not ->kind, CONDITION_NOT);
	assert_int_equal(not ->left->kind, CONDITION_OR);
	assert_string_equal(not ->text, "not (arg 0 is 1 or (arg 0 is 2))");
}

static void is_not_and_lacks_and_greater_are_negations(void **state)
{
	static const char *const texts[] = {"arg 0 is not null", "arg 0 lacks HIGH",
					    "arg 0 field x lacks HIGH", "arg 0 > 4", "arg 0 >= 5"};
	static const enum condition_kind kinds[] = {CONDITION_NULL, CONDITION_FLAG,
						    CONDITION_POINTEE_FLAG, CONDITION_LESS,
						    CONDITION_LESS};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *body = g_strdup_printf("args: 1, waits: %s", texts[i]);
		g_autoptr(models_t) models = load_function(*state, body);

		assert_int_equal(condition_of(models)->kind, CONDITION_NOT);
		assert_int_equal(condition_of(models)->left->kind, kinds[i]);
		assert_string_equal(condition_of(models)->text, texts[i]);
		if (kinds[i] == CONDITION_LESS)
			assert_int_equal(condition_of(models)->left->number, 5);
	}
}

static void an_unknown_says_what_it_depends_on(void **state)
{
	g_autoptr(models_t) models =
		load_function(*state, "waits: 'unknown \"whether the queue is full\"'");

	assert_int_equal(condition_of(models)->kind, CONDITION_UNKNOWN);
	assert_string_equal(condition_of(models)->text, "whether the queue is full");
}

struct mistake {
	const char *text, *expected;
};

static const struct mistake condition_mistakes[] = {
	{"arg 0 haz HIGH", ":4:22: \"haz\" is not known here; did you mean \"has\"?"},
	{"arg 0 has HIHG", ":4:26: \"HIHG\" is not among the constants; did you mean \"HIGH\"?"},
	{"arg 0 has WHATEVER", ":4:26: \"WHATEVER\" is not among the constants"},
	{"arg x is null", ":4:20: the number of an argument, from 0, is expected here"},
	{"arg 64 is null", ":4:20: the number of an argument, from 0, is expected here"},
	{"arg 0 is null or", ":4:32: the condition ends where one of arg, fd, handle, after, "
			     "unknown, always, never, not, ( "
			     "is expected"},
	{"arg 0 is null arg 1 is null",
	 ":4:30: \"and\", \"or\", \"unless\" or the end of the condition is expected here"},
	{"(arg 0 is null", ":4:30: \")\" is expected here"},
	{"arg 0 is \"x", ":4:25: this string does not end"},
	{"arg 0 has 0", ":4:26: a flag of 0 is never absent"},
	{"arg 0 is 99999999999999999999",
	 ":4:25: \"99999999999999999999\" is no number that fits 64 bits"},
	{"arg 0 > 9223372036854775807", ":4:24: no number is greater than this one"},
	{"arg 0 = 1", ":4:22: this character means nothing in a condition"},
	{"fd 0 is bloking", ":4:24: \"bloking\" is not known here; did you mean \"blocking\"?"},
	{"unknown", ":4:23: what it depends on is expected here, in double quotes"},
	{"arg 0 is stream stdim", ":4:32: \"stdim\" is not known here; did you mean \"stdin\"?"},
};

static void a_bad_condition_is_shown_where_it_is_bad(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(condition_mistakes); i++)
		assert_condition_complaint(*state, condition_mistakes[i].text,
					   condition_mistakes[i].expected);
}

static void a_condition_over_several_lines_counts_columns_by_itself(void **state)
{
	assert_complaint(*state,
			 "library: x\nfunctions:\n  f:\n    waits: >\n      arg 0\n      iz null\n",
			 ":4:12: \"iz\" is not known here; did you mean \"is\"? (column 7 of the "
			 "condition)");
}

static void a_deeply_nested_condition_is_refused(void **state)
{
	GString *text = g_string_new(NULL);

	for (int i = 0; i < 100; i++)
		g_string_append(text, "(");
	assert_condition_complaint(*state, text->str, ":4:48: this condition is nested too deeply");
	g_string_free(text, TRUE);
}

static void an_endless_condition_is_refused(void **state)
{
	g_autofree char *text = g_strnfill(5000, ' ');

	assert_condition_complaint(*state, text, ":4:16: a condition has at most 2000 bytes");
}

/* Files. */

#define F "library: x\nfunctions:\n  f: "

static const struct mistake file_mistakes[] = {
	{"", ":1:1: a model file says its library"},
	{"- a\n", ":1:1: a model file is expected here: keys and values"},
	{"libary: x\n", ":1:1: \"libary\" is no key of a model file; did you mean \"library\"?"},
	{"library: x\nlibrary: y\n", ":2:1: \"library\" is given twice"},
	{"library: [x]\n", ":1:10: a text is expected here"},
	{"library: x\nheaders: x.h\n", ":2:10: a list of at most 256 texts is expected here"},
	{"library: x\nconstants: { A: b }\n",
	 ":2:17: a constant is a decimal or hexadecimal number of 64 bits"},
	{"library: x\nfunctions: 3\n", ":2:12: functions are names with what is known about them"},
	{F "3\n", ":3:6: a function is expected here: keys and values"},
	{F "{ loop_api: true }\n",
	 ":3:8: \"loop_api\" is no key of a function; did you mean \"loop-api\"?"},
	{F "{ zzzz: true }\n",
	 ":3:8: \"zzzz\" is no key of a function; its keys are args, aliases, continuations, "
	 "blocks, instead, sets, contract, locks, wakes, waits-for, copies, finds, carries, "
	 "runs-carried, file, waits, "
	 "wait-count, runs-loop, thread-safe, loop-api, main-thread, called-by-loop, noreturn, "
	 "begins, never-null, "
	 "submits, forks, clock, allocates, empties, empties-when, fills, reads-lines, drains, "
	 "reads-into, edge-triggered, pauses, may-run-long, "
	 "context-test, thread-identity, process-identity, own-result, optional"},
	{F "{ args: 3, file: {renames: 0} }\n", ":3:23: renames and to belong together"},
	{F "{ args: 3, file: {size: 0} }\n", ":3:23: size and amount are of what it writes"},
	{F "{ args: 3, copies: {to: 0} }\n", ":3:25: a copy is from and to arguments"},
	{F "{ args: 2, carries: {in: 0} }\n", ":3:26: what an object carries is an argument"},
	{F "{ args: 1, runs-carried: 1 }\n",
	 ":3:6: this speaks of argument 1, but there are 1 from 0 on"},
	{F "{ args: 2, finds: {to: 1} }\n", ":3:24: a look-up says which argument is the name"},
	{F "{ args: 1, finds: {name: 1} }\n",
	 ":3:6: this speaks of argument 1, but there are 1 from 0 on"},
	{F "{ noreturn: yes }\n", ":3:18: one of false, true is expected here"},
	{F "{ args: many }\n", ":3:14: a number of arguments is expected here, such as 3 or 2+"},
	{F "{ args: 2, continuations: {arg: 2, context: io} }\n",
	 ":3:6: this speaks of argument 2, but there are 2 from 0 on"},
	{F "{ args: 9, continuations: {arg: 2, context: oi} }\n",
	 ":3:50: \"oi\" is no context; did you mean \"io\"?"},
	{F "{ args: 9, continuations: {context: io} }\n",
	 ":3:32: a continuation says its arg and its context"},
	{F "{ args: 9, continuations: {arg: 1, context: io, field: x} }\n",
	 ":3:61: a field is written record.field, or * for all fields"},
	{F "{ blocks: {when: always} }\n", ":3:16: a sink says its kind"},
	{F "{ blocks: {kind: filebulk} }\n",
	 ":3:23: \"filebulk\" is no kind; did you mean \"file-bulk\"?"},
	{F "{ args: 1, blocks: {kind: wait, duration: {arg: 0}} }\n",
	 ":3:48: a duration says its arg and its unit"},
	{F "{ sets: [{mode: blocking}] }\n",
	 ":3:15: an effect is on one of fd, fds-in, handle, handle-in"},
	{F "{ sets: [{fd: result}] }\n", ":3:15: an effect says the mode that it sets"},
	{F "{ sets: [{fd: result, mode: nonbloking}] }\n",
	 ":3:34: \"nonbloking\" is no mode; did you mean \"nonblocking\"?"},
	{F "{ locks: {does: acquire} }\n",
	 ":3:15: a lock says its arg and what the call does with it"},
	{F "{ locks: {arg: 0, does: aquire} }\n",
	 ":3:30: \"aquire\" is no does; did you mean \"acquire\"?"},
	{F "{ wakes: {when: always} }\n",
	 ":3:15: who is woken is said by the arg that is waited for"},
	{F "{ args: 1, waits-for: 1 }\n",
	 ":3:6: this speaks of argument 1, but there are 1 from 0 on"},
	{"library: x\nfields: { a: { context: io } }\n", ":2:11: a field is written record.field"},
	{"library: x\ntypedefs: { a: { calls: once } }\n",
	 ":2:16: a field or typedef says its context"},
	{"library: x\nfunctions: { f: {}\n",
	 ":3:1: this is not YAML: did not find expected ',' or '}'"},
	{"library: &a x\n", ":1:10: anchors and tags are not used here"},
	{"library: !!str x\n", ":1:10: anchors and tags are not used here"},
	{"library: *a\n", ":1:10: aliases are not used here"},
	{"library: x\n---\nlibrary: y\n", ":2:1: a file is one document"},
	{"library: \"a\\0b\"\n", ":1:10: this text has a NUL byte in it"},
	{"library: \xff\n", ":1:1: this is not YAML: invalid leading UTF-8 octet"},
};

static void every_mistake_is_one_sentence_with_its_place(void **state)
{
	for (size_t i = 0; i < G_N_ELEMENTS(file_mistakes); i++)
		assert_complaint(*state, file_mistakes[i].text, file_mistakes[i].expected);
}

static void a_function_modelled_twice_names_the_first_place(void **state)
{
	struct place *place = *state;
	g_autofree char *expected = g_strdup_printf(
		":4:3: \"f\" is modelled twice, first at %s/a.yaml:3", place->first);

	assert_complaint(place, F "{}\n  f: {}\n", expected);
}

static void an_alias_that_is_a_function_is_refused(void **state)
{
	struct place *place = *state;
	g_autofree char *expected = g_strdup_printf(
		":4:3: \"f\" is modelled twice, first at %s/a.yaml:3", place->first);

	assert_complaint(place, F "{}\n  g: { aliases: [f] }\n", expected);
}

static void deep_nesting_is_refused(void **state)
{
	g_autofree char *brackets = g_strnfill(500, '[');
	g_autofree char *text = g_strdup_printf("library: %s", brackets);

	assert_complaint(*state, text, ":1:21: this is nested too deeply");
}

static void a_huge_file_is_refused(void **state)
{
	g_autofree char *text = g_strnfill(5 * 1024 * 1024, '\n');

	assert_complaint(*state, text, ": cannot be read: it is larger than 4 MiB");
}

static void a_pipe_is_no_model_file(void **state)
{
	struct place *place = *state;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename(place->first, "a.yaml", NULL);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(models_load((const char *const[]){place->first, NULL}, &error));
	assert_int_equal(error->code, MODELS_ERROR_READ);
	assert_true(g_str_has_suffix(error->message, "it is no regular file"));
}

static void a_missing_directory_is_an_error(void **state)
{
	g_autoptr(GError) error = NULL;

	assert_null(models_load((const char *const[]){"/nowhere/at/all", NULL}, &error));
	assert_int_equal(error->code, MODELS_ERROR_READ);
	assert_non_null(strstr(error->message, "/nowhere/at/all"));
}

/* The manual. */

/* One file for each mapping that has keys, with a key that none has. */
static const char *const strange_keys[] = {
	"zzzz: 1\n",
	F "{ zzzz: 1 }\n",
	F "{ continuations: {zzzz: 1} }\n",
	F "{ blocks: {zzzz: 1} }\n",
	F "{ blocks: {duration: {zzzz: 1}} }\n",
	F "{ sets: {zzzz: 1} }\n",
	F "{ contract: {zzzz: 1} }\n",
	F "{ contract: {keeps: {zzzz: 1}} }\n",
	F "{ continuations: {arg: 0, context: io, status: {zzzz: 1}} }\n",
	F "{ locks: {zzzz: 1} }\n",
	F "{ wakes: {zzzz: 1} }\n",
	"library: x\nfields: { a.b: {zzzz: 1} }\n",
};

static void the_manual_names_every_key(void **state)
{
	struct place *place = *state;
	g_autofree char *manual = NULL;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/docs/models.md", &manual, NULL, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(strange_keys); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) keys = NULL;
		const char *list;

		write_file(place->first, "a.yaml", strange_keys[i]);
		assert_null(models_load((const char *const[]){place->first, NULL}, &error));
		list = strstr(error->message, "its keys are ");
		assert_non_null(list);
		keys = g_strsplit(list + strlen("its keys are "), ", ", -1);
		for (char **key = keys; *key; key++) {
			g_autofree char *quoted = g_strdup_printf("`%s`", *key);

			if (!strstr(manual, quoted))
				print_error("docs/models.md does not name %s\n", quoted);
			assert_non_null(strstr(manual, quoted));
		}
	}
}

static void the_manual_names_every_kind_and_context(void **state)
{
	g_autofree char *manual = NULL;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/docs/models.md", &manual, NULL, NULL));
	for (int i = 0; i < MODEL_KIND_COUNT; i++) {
		g_autofree char *quoted =
			g_strdup_printf("| `%s` |", model_kind_name((enum model_kind)i));

		assert_non_null(strstr(manual, quoted));
	}
	for (int i = 0; i <= MODEL_CONTEXT_CHILD; i++) {
		g_autofree char *quoted =
			g_strdup_printf("`%s`", model_context_name((enum model_context)i));

		assert_non_null(strstr(manual, quoted));
	}
}

static void a_lock_says_who_may_hold_it_with_others(void **state)
{
	g_autoptr(models_t) models = load_function(
		*state, "args: 2, locks: [{arg: 0, does: acquire, mode: shared, result: zero},"
			" {arg: 1, does: wait}], waits-for: 0,"
			" wakes: {arg: 1, when: arg 0 is not 0}");
	const struct model_function *function = models_function(models, "f");

	assert_int_equal(function->lock_count, 2);
	assert_true(function->locks[0].shared);
	assert_int_equal(function->locks[0].use, MODEL_LOCK_ACQUIRE);
	assert_int_equal(function->locks[0].result, MODEL_RESULT_ZERO);
	assert_int_equal(function->locks[1].use, MODEL_LOCK_WAIT);
	assert_false(function->locks[1].shared);
	assert_int_equal(function->waits_for_arg, 0);
	assert_int_equal(function->wakes[0].arg, 1);
	assert_non_null(function->wakes[0].when);
}

static void a_function_without_locks_waits_for_nothing(void **state)
{
	g_autoptr(models_t) models = load_function(*state, "args: 1");

	assert_int_equal(models_function(models, "f")->lock_count, 0);
	assert_int_equal(models_function(models, "f")->waits_for_arg, -1);
}

/* Our own models. */

static const char *const own_directory[] = {TEST_SOURCE_DIR "/rules/models", NULL};

static void our_own_models_load(void **state)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(models_t) models = models_load(own_directory, &error);

	if (error)
		print_error("%s\n", error->message);
	assert_non_null(models);
	assert_true(models_functions(models)->len > 500);
	assert_int_equal(models_function(models, "uv_read_start")->continuation_count, 2);
	assert_ptr_equal(models_function(models, "open64"), models_function(models, "open"));
}

static void what_never_blocks_is_no_sink(void **state)
{
	static const char *const names[] = {
		"malloc", "free", "close", "epoll_ctl", "pthread_mutex_unlock", "sem_post"};
	g_autoptr(models_t) models = models_load(own_directory, NULL);

	assert_non_null(models);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct model_function *f = models_function(models, names[i]);

		assert_true(!f || f->sink_count == 0);
	}
}

static void every_own_function_says_its_arguments(void **state)
{
	g_autoptr(models_t) models = models_load(own_directory, NULL);

	assert_non_null(models);
	for (guint i = 0; i < models_functions(models)->len; i++) {
		const struct model_function *f = models_functions(models)->pdata[i];

		if (f->arg_count == G_MAXUINT)
			print_error("%s:%u: %s does not say its args\n", f->file, f->line, f->name);
		assert_int_not_equal(f->arg_count, G_MAXUINT);
	}
}

/* Which argument is a continuation, and where it runs. */
static const struct {
	const char *function;
	int arg;
	enum model_context context;
} own_continuations[] = {
	{"uv_queue_work", 2, MODEL_CONTEXT_WORKER},
	{"uv_queue_work", 3, MODEL_CONTEXT_IO},
	{"event_new", 3, MODEL_CONTEXT_IO},
	{"event_assign", 4, MODEL_CONTEXT_IO},
	{"sd_event_add_io", 4, MODEL_CONTEXT_IO},
	{"wl_event_loop_add_fd", 3, MODEL_CONTEXT_IO},
	{"g_idle_add", 0, MODEL_CONTEXT_IO},
	{"g_task_run_in_thread", 1, MODEL_CONTEXT_WORKER},
	{"pthread_create", 2, MODEL_CONTEXT_WORKER},
	{"signal", 1, MODEL_CONTEXT_SIGNAL},
	{"qsort", 3, MODEL_CONTEXT_SAME},
	{"g_spawn_async", 4, MODEL_CONTEXT_CHILD},
	{"CreateThreadpoolIo", 1, MODEL_CONTEXT_IO},
	{"cport_offload", 2, MODEL_CONTEXT_WORKER},
};

static void our_own_continuations_run_where_they_run(void **state)
{
	g_autoptr(models_t) models = models_load(own_directory, NULL);

	assert_non_null(models);
	for (size_t i = 0; i < G_N_ELEMENTS(own_continuations); i++) {
		const struct model_function *f =
			models_function(models, own_continuations[i].function);
		bool found = false;

		assert_non_null(f);
		for (guint k = 0; k < f->continuation_count; k++)
			found |= f->continuations[k].arg == own_continuations[i].arg &&
				 f->continuations[k].context == own_continuations[i].context;
		assert_true(found);
	}
}

static void the_waits_of_loops_are_waits_and_exits_do_not_return(void **state)
{
	static const char *const waits[] = {"poll",
					    "select",
					    "epoll_wait",
					    "kevent",
					    "uv_run",
					    "ev_run",
					    "event_base_loop",
					    "sd_event_run",
					    "io_uring_wait_cqe",
					    "GetQueuedCompletionStatus",
					    "cport_get"};
	static const char *const exits[] = {"exit", "_exit", "abort", "err", "longjmp"};
	g_autoptr(models_t) models = models_load(own_directory, NULL);

	assert_non_null(models);
	for (size_t i = 0; i < G_N_ELEMENTS(waits); i++) {
		assert_non_null(models_function(models, waits[i]));
		assert_non_null(models_function(models, waits[i])->waits);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(exits); i++)
		assert_true(models_function(models, exits[i])->noreturn);
	assert_true(models_function(models, "fork")->forks);
	assert_true(models_function(models, "uv_async_send")->thread_safe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(a_function_has_everything_that_its_row_says),
		TEST(a_function_says_what_it_copies_and_what_it_finds),
		TEST(a_function_that_says_nothing_copies_and_finds_nothing),
		TEST(a_sink_has_the_class_of_its_kind_unless_it_says_another),
		TEST(a_contract_says_what_both_sides_owe),
		TEST(a_function_without_a_contract_owes_nothing),
		TEST(a_duration_in_a_struct_has_no_unit),
		TEST(a_continuation_names_the_descriptor_that_is_ready),
		TEST(an_effect_can_take_the_mode_of_another_handle),
		TEST(effects_name_descriptors_and_handles),
		TEST(fields_and_typedefs_are_found_by_name),
		TEST(a_loop_runs_always_or_on_a_condition),
		TEST(files_of_one_library_share_headers_and_constants),
		TEST(constants_of_libc_are_known_to_every_library),
		TEST(a_later_directory_wins_over_an_earlier_one),
		TEST(lists_are_in_order_of_name),
		TEST(the_hash_depends_on_every_byte_and_name),
		TEST(a_hash_of_no_folder_is_an_error),
		TEST(every_test_of_the_language_is_read),
		TEST(and_binds_more_than_or_and_not_more_than_both),
		TEST(parentheses_group),
		TEST(is_not_and_lacks_and_greater_are_negations),
		TEST(an_unknown_says_what_it_depends_on),
		TEST(a_bad_condition_is_shown_where_it_is_bad),
		TEST(a_condition_over_several_lines_counts_columns_by_itself),
		TEST(a_deeply_nested_condition_is_refused),
		TEST(an_endless_condition_is_refused),
		TEST(every_mistake_is_one_sentence_with_its_place),
		TEST(a_function_modelled_twice_names_the_first_place),
		TEST(an_alias_that_is_a_function_is_refused),
		TEST(deep_nesting_is_refused),
		TEST(a_huge_file_is_refused),
		TEST(a_pipe_is_no_model_file),
		TEST(a_missing_directory_is_an_error),
		TEST(the_manual_names_every_key),
		cmocka_unit_test(the_manual_names_every_kind_and_context),
		cmocka_unit_test_setup_teardown(a_lock_says_who_may_hold_it_with_others, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_function_without_locks_waits_for_nothing, setup,
						teardown),
		cmocka_unit_test(our_own_models_load),
		cmocka_unit_test(what_never_blocks_is_no_sink),
		cmocka_unit_test(every_own_function_says_its_arguments),
		cmocka_unit_test(our_own_continuations_run_where_they_run),
		cmocka_unit_test(the_waits_of_loops_are_waits_and_exits_do_not_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
