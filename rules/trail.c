/* Steps and words for the way from a registration to a sink. Findings own their text. */
#include "rules/trail.h"

#define SCORE_HIGH 0.7
#define SCORE_MEDIUM 0.35
#define UNKNOWN_CONDITION 0.6
#define UNKNOWN_RARE 0.3
#define ESTIMATE 0.55
#define CHAIN_SHOWN 4
#define TEST_CODE 0.3

void trail_locate(const struct program *program, uint32_t unit, fact_id loc, fact_id end,
		  struct finding_place *ret_place)
{
	const char *file = "";
	const char *end_file = "";
	uint32_t line = 0, column = 0;

	if (program_locate(program, unit, loc, &file, &line, &column)) {
		ret_place->line = line;
		ret_place->column = column;
	}
	ret_place->file = g_strdup(file);
	if (program_locate(program, unit, end, &end_file, &line, &column) &&
	    g_str_equal(file, end_file)) {
		ret_place->end_line = line;
		ret_place->end_column = column;
	}
}

void trail_add(struct finding *finding, const struct program *program, enum finding_step_kind kind,
	       uint32_t function, uint32_t unit, fact_id event, char *message)
{
	struct finding_step *step = finding_add_step(finding, kind);

	step->message = message;
	if (function != PROGRAM_NONE) {
		step->function = g_strdup(program->functions[function].name);
		step->usr = g_strdup(program->functions[function].usr);
	}
	if (event != FACT_NONE) {
		const struct fact_event *e = program_event(program, unit, event);

		trail_locate(program, unit, e->loc, e->end, &step->place);
	} else if (function != PROGRAM_NONE) {
		step->place.file = g_strdup(program->functions[function].file);
		step->place.line = program->functions[function].line;
		step->place.column = 1;
	}
}

/* "registered with" where a model says so, else what we saw. */
static const char *registered(const struct program *program, const struct program_registration *r)
{
	if (r->library)
		return "registered with";
	if (r->in_function != PROGRAM_NONE && program->functions[r->in_function].is_loop)
		return "called by the loop in";
	return "handed to";
}

static char *registration_text(const struct program *program, const struct program_registration *r)
{
	const char *name = program->functions[r->function].name;
	const char *how = registered(program, r);

	if (r->context == 0)
		return g_strdup_printf("%s() waits for events here and handles them itself", name);
	if (r->context == CONTEXT_WORKER)
		return g_strdup_printf("%s() is given to another thread here, %s %s", name, how,
				       *r->via ? r->via : "a pointer");
	if (!*r->via)
		return g_strconcat(name, "() becomes a continuation here", NULL);
	if (r->in_function != PROGRAM_NONE && program->functions[r->in_function].is_loop &&
	    !r->library)
		return g_strconcat(name, "() is ", how, " ", r->via, "()", NULL);
	return g_strconcat(name, "() becomes a continuation here, ", how, " ", r->via, NULL);
}

/* Where the code of a registration runs, in words. */
static const char *place_of_work(const struct program_registration *r)
{
	return r->context == CONTEXT_WORKER ? "a worker thread" : "the I/O thread";
}

void trail_add_registration(struct finding *finding, const struct program *program,
			    const struct program_registration *r)
{
	const char *name = program->functions[r->function].name;

	if (r->event != FACT_NONE)
		trail_add(finding, program, STEP_REGISTER, r->in_function, r->unit, r->event,
			  registration_text(program, r));
	trail_add(finding, program, STEP_ENTER, r->function, 0, FACT_NONE,
		  g_strconcat(name, "() runs on ", place_of_work(r), NULL));
}

void trail_add_call(struct finding *finding, const struct program *program,
		    const struct program_edge *edge)
{
	const char *callee = program->functions[edge->callee].name;
	const char *place = edge->place == PROGRAM_NONE ? NULL : program->symbols[edge->place].name;
	uint32_t unit = program->functions[edge->caller].unit;
	char *message;

	switch ((enum edge_kind)edge->kind) {
	case EDGE_DIRECT:
		message = edge->target_count > 1
				  ? g_strdup_printf("calls %s(), one of %u definitions", callee,
						    edge->target_count)
				  : g_strconcat("calls ", callee, "()", NULL);
		trail_add(finding, program, STEP_CALL, edge->caller, unit, edge->event, message);
		return;
	case EDGE_SYNCHRONOUS:
		trail_add(finding, program, STEP_CALL, edge->caller, unit, edge->event,
			  g_strconcat("has ", callee, "() called before it returns", NULL));
		return;
	case EDGE_INDIRECT:
		message = edge->target_count > 1
				  ? g_strdup_printf("calls %s() through %s, one of %u targets",
						    callee, place ? place : "a pointer",
						    edge->target_count)
				  : g_strdup_printf("calls %s() through %s", callee,
						    place ? place : "a pointer");
		trail_add(finding, program, STEP_INDIRECT, edge->caller, unit, edge->event,
			  message);
		return;
	}
}

void trail_add_path(struct finding *finding, const struct program *program, const struct path *path)
{
	trail_add_registration(finding, program, &program->registrations[path->registration]);
	for (guint i = 0; i < path->edges->len; i++)
		trail_add_call(finding, program,
			       &program->edges[g_array_index(path->edges, uint32_t, i)]);
}

static void append_call(const struct program *program, uint32_t edge, GString *text)
{
	g_string_append(text, " -> ");
	g_string_append(text, program->functions[program->edges[edge].callee].name);
}

/* " -> a -> b", the first `count` calls of a path. */
static void append_calls(const struct program *program, const struct path *path, guint count,
			 GString *text)
{
	bool cut = count > CHAIN_SHOWN + 1;

	for (guint i = 0; i < count; i++) {
		uint32_t edge = g_array_index(path->edges, uint32_t, i);

		if (cut && i == CHAIN_SHOWN / 2)
			g_string_append_printf(text, " -> (%u calls)", count - CHAIN_SHOWN);
		if (!cut || i < CHAIN_SHOWN / 2 || i >= count - CHAIN_SHOWN / 2)
			append_call(program, edge, text);
	}
}

/* The continuation of a path, and where it becomes one. */
static void append_root(const struct program *program, const struct path *path, GString *text)
{
	const struct program_registration *r = &program->registrations[path->registration];
	const char *file = NULL;
	uint32_t line = 0;

	g_string_append(text, program->functions[r->function].name);
	if (r->context == 0)
		g_string_append(text, ", the loop itself");
	else if (r->event != FACT_NONE &&
		 program_locate(program, r->unit, program_event(program, r->unit, r->event)->loc,
				&file, &line, NULL))
		g_string_append_printf(text, " (%s %s at %s:%u)", registered(program, r),
				       *r->via ? r->via : "a pointer", file, line);
}

void trail_append_chain(const struct program *program, const struct path *path, GString *text)
{
	append_root(program, path, text);
	append_calls(program, path, path->edges->len, text);
	g_string_append(text, " -> here");
}

/* Where a way leaves what is shown: its last call of its own, or the head of its continuation. */
static void set_way_place(const struct program *program, const struct path_way *way,
			  struct finding_way *to)
{
	const GArray *edges = way->path->edges;
	guint own = edges->len - way->shared;
	const struct finding_step *step;
	/* before the calls come the registration, which may be nowhere, and the head */
	guint calls = to->steps->len - edges->len;

	step = g_ptr_array_index(to->steps, calls + own - 1);
	to->place = step->place;
	to->place.file = g_strdup(step->place.file);
	to->function = g_strdup(step->function);
}

static void add_way(struct finding *finding, const struct program *program,
		    const struct path *shown, const struct path_way *way)
{
	struct finding_way *to = finding_add_way(finding);
	struct finding scratch = {.steps = to->steps};
	g_autoptr(GString) text = g_string_new("also from ");

	trail_add_path(&scratch, program, way->path);
	set_way_place(program, way, to);
	append_root(program, way->path, text);
	append_calls(program, way->path, way->path->edges->len - way->shared, text);
	g_string_append(text, way->shared > 0 ? ", then as above" : " -> here");
	if (shown->verdict == FORMULA_TRUE && way->path->verdict == FORMULA_UNKNOWN)
		g_string_append(text, ", if the condition holds there");
	to->message = g_string_free(g_steal_pointer(&text), FALSE);
	to->like_it = way->like_it;
}

void trail_add_ways(struct finding *finding, const struct program *program, const struct path *path)
{
	g_autoptr(GArray) ways = NULL;

	if (finding->confidence == FINDING_LOW)
		return;
	ways = paths_ways(program, path, &finding->ways_cut);
	for (guint i = 0; i < ways->len; i++)
		add_way(finding, program, path, &g_array_index(ways, struct path_way, i));
}

/* In a folder of tests, mocks or benchmarks. */
static bool is_test_code(const char *file)
{
	static const char *const folders[] = {"test",       "tests", "testing", "fuzz", "bench",
					      "benchmarks", "mock",  "mocks",   NULL};
	g_auto(GStrv) parts = g_strsplit(file, "/", -1);

	for (guint i = 0; parts[i] && parts[i + 1]; i++)
		if (g_strv_contains(folders, parts[i]))
			return true;
	return false;
}

double trail_test_weight(const char *file)
{
	return is_test_code(file) ? TEST_CODE : 1;
}

/* Does it depend on what is mostly otherwise? Most descriptors and handles that meet an event loop
 * are nonblocking; a flag that makes a call block is mostly written where the call is. `yes`: the
 * condition is asked for, not ruled out. */
static bool is_rare(const struct condition *condition, bool yes)
{
	switch (condition->kind) {
	case CONDITION_FD_BLOCKING:
	case CONDITION_FD_NONBLOCKING:
	case CONDITION_FD_REGULAR:
	case CONDITION_HANDLE:
	case CONDITION_BULKY:
	case CONDITION_FD_BULKY:
		return true;
	case CONDITION_FLAG:
		return yes;
	case CONDITION_NOT:
		return is_rare(condition->left, !yes);
	case CONDITION_AND:
	case CONDITION_OR:
		return is_rare(condition->left, yes) || is_rare(condition->right, yes);
	case CONDITION_UNLESS:
		return is_rare(condition->left, yes);
	case CONDITION_TRUE:
	case CONDITION_FALSE:
	case CONDITION_UNKNOWN:
	case CONDITION_NULL:
	case CONDITION_ZERO:
	case CONDITION_EQUAL:
	case CONDITION_LESS:
	case CONDITION_ZERO_TIME:
	case CONDITION_POINTEE_FLAG:
	case CONDITION_STRING:
	case CONDITION_ADDRESS:
	case CONDITION_STREAM:
	case CONDITION_POINTEE_EQUAL:
	case CONDITION_BEGINS:
	case CONDITION_OPEN:
	case CONDITION_ASKED:
	case CONDITION_AFTER:
		return false;
	}
	return false;
}

gint64 trail_budget_ns(const struct program *program, uint32_t function)
{
	return (gint64)program->symbols[program->functions[function].symbol].budget_us * 1000;
}

/* Does it depend on how much a file has, or on what was done before elsewhere? */
static bool is_estimate(const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_BULKY:
	case CONDITION_FD_BULKY:
	case CONDITION_AFTER:
		return true;
	case CONDITION_NOT:
		return condition->left->kind == CONDITION_AFTER;
	case CONDITION_AND:
	case CONDITION_OR:
	case CONDITION_UNLESS:
		return is_estimate(condition->left) || is_estimate(condition->right);
	default: /* the others are told by the call alone */
		return false;
	}
}

double trail_known_weight(const struct sink_site *site)
{
	return site->sink->when && is_estimate(site->sink->when) ? ESTIMATE : 1;
}

double trail_unknown_weight(const struct sink_site *site)
{
	return site->sink->when && is_rare(site->sink->when, true) ? UNKNOWN_RARE
								   : UNKNOWN_CONDITION;
}

gint64 trail_constant_wait(const struct program *program, const struct sink_site *site)
{
	const struct model_sink *sink = site->sink;
	uint32_t unit = program->functions[site->function].unit;
	int64_t number, wait;
	fact_id argument;

	if (sink->duration_arg < 0 || sink->duration_unit_ns < 0)
		return -1;
	argument = program_argument(program, unit, program_event(program, unit, site->event),
				    (uint32_t)sink->duration_arg);
	if (sink->duration_unit_ns == 0)
		return conditions_time(program_conditions(program), site->function, site->event,
				       argument, &wait) &&
				       wait >= 0
			       ? wait
			       : -1;
	if (!conditions_constant(program_conditions(program), site->function, argument, &number) ||
	    number < 0 || __builtin_mul_overflow(number, sink->duration_unit_ns, &wait))
		return -1;
	return wait;
}

enum finding_confidence trail_confidence(double score)
{
	return score >= SCORE_HIGH     ? FINDING_HIGH
	       : score >= SCORE_MEDIUM ? FINDING_MEDIUM
				       : FINDING_LOW;
}

void trail_keep_surest(GHashTable *known, GPtrArray *findings, char *key, struct finding *finding)
{
	gpointer value;
	struct finding *old;
	bool another;
	guint at;

	if (!g_hash_table_lookup_extended(known, key, NULL, &value)) {
		g_hash_table_insert(known, key, GUINT_TO_POINTER(findings->len));
		g_ptr_array_add(findings, finding);
		return;
	}
	g_free(key);
	at = GPOINTER_TO_UINT(value);
	old = g_ptr_array_index(findings, at);
	if (finding->score > old->score) {
		findings->pdata[at] = finding;
		finding = old;
		old = findings->pdata[at];
	}
	another = g_strcmp0(old->root_usr, finding->root_usr) != 0;
	old->other_roots = MAX(old->other_roots, finding->other_roots) + another;
	old->other_paths = MAX(old->other_paths, finding->other_paths) + another;
	finding_free(finding);
}
