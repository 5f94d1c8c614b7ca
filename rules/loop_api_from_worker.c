/* Functions that belong to the loop's thread, called on another one. What it misses is in the
 * rule's own text below. */
#include <string.h>

#include "analyzer/conditions/condition.h"
#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define CERTAIN 0.9

/* Which functions the current search has come to. */
struct search {
	uint32_t *seen; /* by function: the number of the search that came to it last */
	uint32_t number;
};

struct affinity {
	const struct rule *rule;
	const struct program *program;
	GHashTable *safe; /* library -> itself: made thread-safe; NULL until asked for */
	GHashTable *own;  /* worker root -> 1: runs a loop of its own, 2: does not */
	uint8_t *traits;  /* by function: TRAIT_… */
	bool *reached;    /* by function: a worker comes here; NULL until asked for */
	struct search down, up;
	uint32_t way_function; /* what `way` and its certainty are of, or PROGRAM_NONE */
	GArray *way;           /* of way_to() */
	double certainty;
};

enum {
	TRAIT_KNOWN = 1,
	TRAIT_TESTS = 2,  /* asks which thread it is on */
	TRAIT_LOOP = 4,   /* runs a loop */
	TRAIT_WORKER = 8, /* a worker begins here */
};

/* One function on the way back from the call to the root of the worker. */
struct way {
	uint32_t function, edge, next;
};

static uint32_t worker_registration(const struct program *program, uint32_t function)
{
	guint first, count = program_registrations_of(program, function, &first);

	for (guint i = first; i < first + count; i++)
		if (program->registrations[i].context == CONTEXT_WORKER)
			return i;
	return PROGRAM_NONE;
}

static uint8_t read_traits(const struct program *program, uint32_t function)
{
	uint8_t traits = TRAIT_KNOWN | (program->functions[function].is_loop ? TRAIT_LOOP : 0);
	uint32_t count;
	const struct program_model_call *calls = program_model_calls(program, function, &count);

	for (uint32_t i = 0; i < count; i++) {
		traits |= calls[i].model->context_test ? TRAIT_TESTS : 0;
		traits |= calls[i].model->runs_loop || calls[i].model->waits ? TRAIT_LOOP : 0;
	}
	return worker_registration(program, function) == PROGRAM_NONE ? traits
								      : traits | TRAIT_WORKER;
}

static uint8_t traits_of(struct affinity *a, uint32_t function)
{
	if (!a->traits[function])
		a->traits[function] = read_traits(a->program, function);
	return a->traits[function];
}

/* True the first time that the current search comes to the function. */
static bool is_new(struct search *search, uint32_t function)
{
	bool is_new = search->seen[function] != search->number;

	search->seen[function] = search->number;
	return is_new;
}

/* Does the worker that begins in `root` run a loop of its own? Then what it calls is its own, too.
 */
static bool has_own_loop(struct affinity *a, uint32_t root)
{
	gpointer known = g_hash_table_lookup(a->own, GUINT_TO_POINTER(root + 1));
	g_autoptr(GArray) work = NULL;
	bool found = false;

	if (known)
		return GPOINTER_TO_INT(known) == 1;
	a->down.number++;
	work = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_array_append_val(work, root);
	while (work->len && !found) {
		uint32_t f = g_array_index(work, uint32_t, work->len - 1);
		const struct program_function *in = &a->program->functions[f];

		g_array_set_size(work, work->len - 1);
		found = traits_of(a, f) & TRAIT_LOOP;
		for (uint32_t i = 0; i < in->out_count; i++) {
			uint32_t callee = a->program->edges[in->first_out + i].callee;

			if (is_new(&a->down, callee))
				g_array_append_val(work, callee);
		}
	}
	g_hash_table_insert(a->own, GUINT_TO_POINTER(root + 1), GINT_TO_POINTER(found ? 1 : 2));
	return found;
}

/* Which functions there is a way to: what workers without a loop of their own call, as far as
 * find_way() goes back. */
static void find_reached(struct affinity *a)
{
	const struct program *program = a->program;
	g_autoptr(GArray) work = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	a->reached = g_new0(bool, program->function_count + 1);
	for (uint32_t f = 0; f < program->function_count; f++)
		if (program->functions[f].contexts & CONTEXT_WORKER &&
		    (traits_of(a, f) & (TRAIT_WORKER | TRAIT_TESTS)) == TRAIT_WORKER &&
		    !has_own_loop(a, f)) {
			a->reached[f] = true;
			g_array_append_val(work, f);
		}
	while (work->len) {
		const struct program_function *in =
			&program->functions[g_array_index(work, uint32_t, work->len - 1)];

		g_array_set_size(work, work->len - 1);
		for (uint32_t i = 0; i < in->out_count; i++) {
			uint32_t callee = program->edges[in->first_out + i].callee;

			if (a->reached[callee] ||
			    !(program->functions[callee].contexts & CONTEXT_WORKER) ||
			    traits_of(a, callee) & (TRAIT_WORKER | TRAIT_TESTS))
				continue;
			a->reached[callee] = true;
			g_array_append_val(work, callee);
		}
	}
}

/* The rows of `ways` from `at` up to the root, and how much that is believed. */
static GArray *collect_way(const struct program *program, const GArray *ways, guint at,
			   double *ret_certainty)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(struct way));

	*ret_certainty = CERTAIN;
	for (; at != PROGRAM_NONE; at = g_array_index(ways, struct way, at).next) {
		struct way way = g_array_index(ways, struct way, at);

		g_array_append_val(found, way);
		if (way.edge != PROGRAM_NONE)
			*ret_certainty /= MAX(program->edges[way.edge].target_count, 1);
	}
	return found;
}

/* The shortest way from a worker's first function to `function`, struct way rows from there up to
 * the root; NULL if there is none that is worth a word. */
static GArray *find_way(struct affinity *a, uint32_t function, double *ret_certainty)
{
	const struct program *program = a->program;
	g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(struct way));
	struct way start = {function, PROGRAM_NONE, PROGRAM_NONE};

	g_array_append_val(ways, start);
	a->up.number++;
	(void)is_new(&a->up, function);
	for (guint i = 0; i < ways->len; i++) {
		struct way way = g_array_index(ways, struct way, i);
		const struct program_function *in = &program->functions[way.function];
		uint8_t traits;

		if (!(in->contexts & CONTEXT_WORKER))
			continue;
		traits = traits_of(a, way.function);
		if (traits & TRAIT_TESTS)
			continue;
		if (traits & TRAIT_WORKER) {
			if (has_own_loop(a, way.function))
				continue;
			return collect_way(program, ways, i, ret_certainty);
		}
		for (uint32_t e = 0; e < in->in_count; e++) {
			uint32_t edge = program->in_edges[in->first_in + e];
			struct way next = {program->edges[edge].caller, edge, i};

			if (is_new(&a->up, next.function))
				g_array_append_val(ways, next);
		}
	}
	return NULL;
}

/* The same for the function that is looked at, found once for all its calls; borrowed. */
static const GArray *way_to(struct affinity *a, uint32_t function)
{
	if (a->way_function == function)
		return a->way;
	g_clear_pointer(&a->way, g_array_unref);
	a->way_function = function;
	if (!a->reached)
		find_reached(a);
	a->way = a->reached[function] ? find_way(a, function, &a->certainty) : NULL;
	return a->way;
}

static void report(struct affinity *a, uint32_t function, fact_id event,
		   const struct model_function *model, const GArray *way, double certainty,
		   GPtrArray *findings)
{
	const struct program *program = a->program;
	struct site site = {a->rule, program, function, event};
	const struct way *root = &g_array_index(way, struct way, 0);
	const struct program_registration *r =
		&program->registrations[worker_registration(program, root->function)];
	g_autoptr(GString) chain = g_string_new(program->functions[root->function].name);
	struct finding *f;

	if (*r->via)
		g_string_append_printf(chain, " (run in another thread by %s)", r->via);
	for (guint i = 1; i < way->len; i++)
		g_string_append_printf(
			chain, " -> %s",
			program->functions[g_array_index(way, struct way, i).function].name);
	f = site_finding_new(
		&site, model->name, certainty * r->certainty,
		g_strdup_printf("%s() belongs to the %s and is called on another: %s -> here; "
				"hand the work over to the loop",
				model->name,
				model->main_thread ? "main thread" : "thread of its loop",
				chain->str));
	f->context = "worker";
	f->instead = g_strdup("hand the work over to the loop");
	g_free(f->root_name);
	g_free(f->root_usr);
	g_free(f->root_file);
	f->root_name = g_strdup(program->functions[root->function].name);
	f->root_usr = g_strdup(program->functions[root->function].usr);
	f->root_file = g_strdup(program->functions[root->function].file);
	for (guint i = 0; i + 1 < way->len; i++) {
		const struct way *step = &g_array_index(way, struct way, i);
		struct site at = {a->rule, program, step->function, FACT_NONE};

		site_finding_step(
			f, &at, program->edges[step->edge].event, STEP_CALL,
			g_strdup_printf(
				"calls %s()",
				program->functions[program->edges[step->edge].callee].name));
	}
	site_finding_close(f, &site, g_strdup_printf("calls %s()", model->name));
	g_ptr_array_add(findings, f);
}

/* What is asked about where an object comes from. */
struct descent {
	const struct program *program;
	uint32_t function, unit;
	uint64_t followed; /* locals that have been looked at */
	fact_id field;     /* the field that holds the object, or FACT_NONE */
};

static bool is_made_here(struct descent *d, fact_id value);

/* Does a pointer of this function ever get something that is made in it? One that gets its value
 * through its address counts as that. */
static bool gets_made(struct descent *d, const struct fact_value *local)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(d->program, d->function, &first, &count);
	bool is_set = false;

	if (local->a >= 64 ||
	    !(program_local(d->program, d->function, local)->flags & FACT_SYMBOL_POINTER))
		return true;
	if (d->followed & UINT64_C(1) << local->a)
		return false;
	d->followed |= UINT64_C(1) << local->a;
	for (uint32_t i = 0; i < count; i++) {
		const struct fact_value *place;

		if (events[i].kind != FACT_EVENT_ASSIGN || events[i].b == FACT_NONE)
			continue;
		place = program_value(d->program, d->unit, events[i].a);
		if (place->kind != FACT_VALUE_LOCAL || place->a != local->a)
			continue;
		if (is_made_here(d, events[i].b))
			return true;
		is_set = true;
	}
	return !is_set;
}

/* Is the object made in this function? Then it has no other thread. */
static bool is_made_here(struct descent *d, fact_id value)
{
	const struct fact_value *v = program_value(d->program, d->unit, value);

	while (v->kind == FACT_VALUE_ADDRESS || v->kind == FACT_VALUE_ELEMENT ||
	       v->kind == FACT_VALUE_DEREF || (v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE)) {
		if (v->kind == FACT_VALUE_FIELD && d->field == FACT_NONE)
			d->field = v->a;
		v = program_value(d->program, d->unit, v->kind == FACT_VALUE_FIELD ? v->b : v->a);
	}
	return v->kind == FACT_VALUE_CALL || v->kind == FACT_VALUE_UNKNOWN ||
	       (v->kind == FACT_VALUE_LOCAL && gets_made(d, v));
}

/* Does a function on the way put what a call made into that field? */
static bool is_made_on_the_way(const struct descent *d, const GArray *way)
{
	uint32_t field =
		d->field == FACT_NONE ? PROGRAM_NONE : d->program->units[d->unit].symbols[d->field];

	for (guint w = 0; field != PROGRAM_NONE && w < way->len; w++) {
		uint32_t function = g_array_index(way, struct way, w).function;
		uint32_t unit = d->program->functions[function].unit, first, count;
		const struct fact_event *events =
			program_events(d->program, function, &first, &count);

		for (uint32_t i = 0; i < count; i++) {
			const struct fact_value *place;

			if (events[i].kind != FACT_EVENT_ASSIGN || events[i].b == FACT_NONE)
				continue;
			place = program_value(d->program, unit, events[i].a);
			if (place->kind == FACT_VALUE_FIELD &&
			    d->program->units[unit].symbols[place->a] == field &&
			    program_value(d->program, unit, events[i].b)->kind == FACT_VALUE_CALL)
				return true;
		}
	}
	return false;
}

/* uv_fs_stat(loop, req, path, NULL) works at once and leaves the loop alone. */
static bool is_synchronous(const struct program *program, uint32_t function, fact_id event,
			   const struct model_function *model)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_SYNC_MODE &&
		    conditions_at_call(program_conditions(program), function, event,
				       model->sinks[i].when) == FORMULA_TRUE)
			return true;
	return false;
}

static void check_call(struct affinity *a, uint32_t function, fact_id event,
		       const struct model_function *model, GPtrArray *findings)
{
	const struct program *program = a->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	fact_id object = e->c ? program_argument(program, unit, e, 0) : FACT_NONE;
	struct descent descent = {program, function, unit, 0, FACT_NONE};
	const GArray *way;

	/* What belongs to the main thread does so whatever it is called with. */
	if (!model->main_thread && (object == FACT_NONE || is_made_here(&descent, object)))
		return;
	if (is_synchronous(program, function, event, model))
		return;
	way = way_to(a, function);
	if (way && (model->main_thread || !is_made_on_the_way(&descent, way)))
		report(a, function, event, model, way, a->certainty, findings);
}

/* Libraries of which the program calls the function that makes them safe. */
static GHashTable *safe_libraries(const struct program *program)
{
	GHashTable *safe = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < program->symbol_count; i++) {
		const struct model_function *model = program->symbols[i].model;

		if (program->symbols[i].kind == FACT_SYMBOL_FUNCTION && model &&
		    model->contract.makes_thread_safe)
			g_hash_table_add(safe, (gpointer)model->library);
	}
	return safe;
}

static bool is_safe(struct affinity *a, const char *library)
{
	if (!a->safe)
		a->safe = safe_libraries(a->program);
	return g_hash_table_contains(a->safe, library);
}

static void check_function(struct affinity *a, uint32_t function, GPtrArray *findings)
{
	uint32_t count;
	const struct program_model_call *calls = program_model_calls(a->program, function, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct model_function *model = calls[i].model;

		if ((model->loop_api || model->main_thread) && !model->thread_safe &&
		    !is_safe(a, model->library))
			check_call(a, function, calls[i].event, model, findings);
	}
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	guint count = input->program->function_count;
	struct affinity a = {.rule = rule,
			     .program = input->program,
			     .own = g_hash_table_new(NULL, NULL),
			     .traits = g_new0(uint8_t, count + 1),
			     .down = {.seen = g_new0(uint32_t, count + 1)},
			     .up = {.seen = g_new0(uint32_t, count + 1)},
			     .way_function = PROGRAM_NONE};

	for (guint f = 0; f < count; f++)
		if (input->program->functions[f].contexts & CONTEXT_WORKER)
			check_function(&a, f, findings);
	g_clear_pointer(&a.safe, g_hash_table_destroy);
	g_hash_table_destroy(a.own);
	g_clear_pointer(&a.way, g_array_unref);
	g_free(a.traits);
	g_free(a.reached);
	g_free(a.down.seen);
	g_free(a.up.seen);
}

const struct rule rule_loop_api_from_worker = {
	.id = "loop-api-from-worker",
	.family = "misuses",
	.summary = "A worker thread calls a function that belongs to the loop's thread.",
	.why = "Loops keep their queues, timers and handles without locks, because only their own "
	       "thread touches them. A call from a worker changes a list while the loop walks "
	       "it. It works for weeks and then a timer never fires, a handle is closed twice, "
	       "or a heap is broken where nobody looks. Most libraries have exactly one call that "
	       "other threads may make.",
	.instead =
		"Put the work into a queue and wake the loop: uv_async_send(), g_idle_add() or "
		"g_main_context_invoke(), an event of libevent after evthread_use_pthreads(), "
		"curl_multi_wakeup(), cport_post(). With uv_queue_work() the after-work callback "
		"already runs on the loop.",
	.misses =
		"A thread that runs a loop of its own is taken to use only its own objects, and so "
		"is one that makes the object itself. Functions that ask which thread they are on "
		"are left alone. Libraries for which the models name no loop functions.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
