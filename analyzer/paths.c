/* A search backward from the sink over (function, what must hold there), cheapest first: ten for a
 * call, more for an indirect one that has several targets (Dijkstra, "A note on two problems in
 * connexion with graphs", 1959). It stops at functions that are registered with a loop. The rest of
 * the reachable callers is only counted, up to a limit, so that one sink cannot cost a minute. */
#include "analyzer/paths.h"

#include <math.h>

#include "analyzer/loop_body.h"
#include "analyzer/model_condition.h"
#include "analyzer/pair_key.h"
#include "analyzer/program_private.h"

#define CALL_COST 10
#define DOUBT_COST 20 /* for each halving of certainty */
#define OF_MANY_TARGETS 0.7
#define LEAVING 0.5 /* certainty of a call that is mostly made on the way out */
#define MAX_COST 1024
#define MAX_STATES 4000
/* Once there is a path, this many states are enough to count others. */
#define MAX_STATES_COUNTING 400

struct state {
	uint32_t function;
	formula_id formula;
	uint32_t from; /* state nearer to the sink, or NONE */
	uint32_t edge; /* edge from here to it */
	uint32_t cost;
	bool settled;
};

struct search {
	const struct program *program;
	uint32_t context;
	GArray *states;                /* struct state */
	bool found;                    /* a path is there, the rest is counting */
	GHashTable *passed;            /* of all searches, see struct paths */
	GHashTable *known;             /* function << 32 | formula -> state + 1 */
	GArray *buckets[MAX_COST + 1]; /* uint32_t states; made when used */
};

struct paths {
	GArray *sites;                   /* struct sink_site */
	GHashTable *passed;              /* edge << 32 | formula -> formula at the caller + 1: many
					  * sinks lie behind the same calls */
	GPtrArray *in_bodies;            /* struct path * */
	GHashTable *best[CONTEXT_COUNT]; /* function << 32 | formula -> struct path *, or NULL for
					  * none; made when used */
};

/* The sinks of `model`, which `site` calls if `guard` holds. */
static void add_sites(const struct program *program, struct sink_site site,
		      const struct model_function *model, formula_id guard, GArray *sites)
{
	struct conditions *conditions = program->private->conditions;
	uint32_t function = site.function;
	fact_id event = site.event;

	if (guard == FORMULA_FALSE)
		return;
	site.model = model;
	site.in_loop = conditions_in_loop(conditions, function, event);
	site.on_failure = conditions_on_failure(conditions, function, event);
	for (guint i = 0; i < model->sink_count; i++) {
		site.sink = &model->sinks[i];
		site.formula = conditions_and(
			conditions,
			conditions_at_call(conditions, function, event, site.sink->when), guard);
		if (site.formula != FORMULA_FALSE)
			g_array_append_val(sites, site);
	}
}

/* What a call of a function that is declared as one that may block is. */
static const struct model_sink declared_sink = {
	.kind = MODEL_LIBRARY,
	.class = MODEL_W3,
	.when = &condition_always,
	.instead = "call it on a worker",
	.note = "it is declared as one that may block",
	.size_arg = -1,
	.duration_arg = -1,
};
static const struct model_function declared_model = {
	.name = "",
	.library = "",
	.sinks = &declared_sink,
	.sink_count = 1,
	.wait_count_arg = -1,
	.waits_for_arg = -1,
};

static bool is_declared(const struct program *program, uint32_t function, uint32_t flags)
{
	return (program->symbols[program->functions[function].symbol].flags & flags) != 0;
}

/* What is known of calls of `symbol`: what its declaration says goes before its model. NULL if
 * they are no sinks. */
static const struct model_function *sinks_of_symbol(const struct program *program, uint32_t symbol)
{
	const struct program_symbol *s = &program->symbols[symbol];

	if (s->flags & FACT_SYMBOL_NONBLOCKING)
		return NULL;
	if (s->model && s->model->sink_count)
		return s->model;
	return s->flags & FACT_SYMBOL_BLOCKING ? &declared_model : NULL;
}

/* The place that an event calls through, without the stars before it. */
static const struct fact_value *called_through(const struct program *program, uint32_t function,
					       fact_id event)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *callee =
		program_value(program, unit, program_event(program, unit, event)->a);

	while (callee->kind == FACT_VALUE_DEREF)
		callee = program_value(program, unit, callee->a);
	return callee;
}

static bool has_body(const struct program *program, const struct target *target, uint32_t unit)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	targets_definitions(program->private->targets, target, unit, found);
	return found->len > 0;
}

/* A call through a pointer that may be a library's function, or one that is declared as one that
 * may block. What has a body here is followed as an edge. */
static void add_indirect_sites(const struct program *program, uint32_t function, fact_id event,
			       GArray *sites)
{
	struct conditions *conditions = program->private->conditions;
	const struct targets *targets = program->private->targets;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *callee = called_through(program, function, event);
	bool by_parameter = callee->kind == FACT_VALUE_PARAM, stored = true, cut = false;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	struct program_edge edge = {.kind = EDGE_INDIRECT, .by_parameter = by_parameter};

	targets_of_value(targets, unit, function, program_event(program, unit, event)->a, found,
			 &stored, &cut);
	edge.target_count = found->len;
	edge.stored = stored;
	for (guint i = 0; i < found->len && !cut; i++) {
		const struct target *target = &g_array_index(found, struct target, i);
		const struct model_function *model = sinks_of_symbol(program, target->symbol);
		struct sink_site site = {.function = function,
					 .event = event,
					 .symbol = target->symbol,
					 .certainty = paths_edge_certainty(&edge)};
		formula_id guard = conditions_guard(conditions, function, event);

		if (!model || (model != &declared_model && has_body(program, target, unit)))
			continue;
		if (by_parameter)
			guard = conditions_and(
				conditions,
				conditions_is_target(conditions, callee->a, target->symbol), guard);
		add_sites(program, site, model, guard, sites);
	}
}

static void add_sites_of(const struct program *program, uint32_t function, GArray *sites)
{
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t k = 0; k < count; k++) {
		struct sink_site site = {.function = function, .event = first + k, .certainty = 1};
		const struct model_function *model;

		if (events[k].kind != FACT_EVENT_CALL)
			continue;
		site.symbol = program_callee(program, unit, &events[k]);
		if (site.symbol == PROGRAM_NONE) {
			add_indirect_sites(program, function, first + k, sites);
			continue;
		}
		model = sinks_of_symbol(program, site.symbol);
		if (model)
			add_sites(program, site, model,
				  conditions_guard(program->private->conditions, function,
						   first + k),
				  sites);
	}
}

/* The body of the loop in `function`, NULL if it has none. One without dispatches that a loop or a
 * pool runs is a helper that waits for something. */
static const struct loop_body *body_of(const struct program *program, uint32_t function)
{
	uint32_t contexts = program->functions[function].contexts;

	for (guint i = 0; i < program->loop_body_count; i++) {
		const struct loop_body *body = &program->loop_bodies[i];

		if (body->function == function)
			return body->dispatches || !(contexts & (CONTEXT_IO | CONTEXT_WORKER))
				       ? body
				       : NULL;
	}
	return NULL;
}

static GArray *find_sites(const struct program *program)
{
	GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct sink_site));

	for (uint32_t i = 0; i < program->function_count; i++)
		if (program->functions[i].contexts & CONTEXT_IO || body_of(program, i))
			add_sites_of(program, i, sites);
	return sites;
}

GArray *paths_sites_of(const struct program *program, uint32_t function)
{
	GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct sink_site));

	add_sites_of(program, function, sites);
	return sites;
}

double paths_edge_certainty(const struct program_edge *edge)
{
	if (edge->kind == EDGE_DIRECT)
		return 1.0 / edge->target_count;
	if (edge->kind == EDGE_SYNCHRONOUS)
		return 1.0;
	if (edge->target_count <= 1 || edge->by_parameter)
		return 0.95;
	if (!edge->stored)
		return fmax(1.0 / edge->target_count, 0.02);
	return edge->target_count <= 8 ? 0.9 : edge->target_count <= 100 ? 0.8 : OF_MANY_TARGETS;
}

double paths_place_certainty(const struct program *program, uint32_t function, fact_id event)
{
	return conditions_in_wide_switch(program->private->conditions, function, event)
		       ? OF_MANY_TARGETS
		       : 1;
}

static double certainty_here(const struct program *program, const struct program_edge *edge)
{
	bool leaving =
		conditions_is_leaving(program->private->conditions, edge->caller, edge->event);

	return paths_edge_certainty(edge) * (leaving ? LEAVING : 1) *
	       paths_place_certainty(program, edge->caller, edge->event);
}

static uint32_t edge_cost(const struct program *program, const struct program_edge *edge)
{
	return CALL_COST + (uint32_t)(-log2(certainty_here(program, edge)) * DOUBT_COST);
}

static struct state *state_at(const struct search *search, uint32_t state)
{
	return &g_array_index(search->states, struct state, state);
}

static void reach(struct search *search, const struct state *state)
{
	gpointer key = pair_key(state->function, state->formula);
	uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(search->known, key));

	if (state->cost > MAX_COST ||
	    search->states->len >= (search->found ? MAX_STATES_COUNTING : MAX_STATES))
		return;
	if (id &&
	    (state_at(search, id - 1)->settled || state_at(search, id - 1)->cost <= state->cost))
		return;
	if (id) {
		*state_at(search, id - 1) = *state;
	} else {
		g_array_append_vals(search->states, state, 1);
		id = search->states->len;
		g_hash_table_insert(search->known, key, GUINT_TO_POINTER(id));
	}
	id--;
	if (!search->buckets[state->cost])
		search->buckets[state->cost] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_array_append_val(search->buckets[state->cost], id);
}

/* The registration that makes `function` run in `context`, or PROGRAM_NONE. */
static uint32_t registration_in(const struct program *program, uint32_t context, uint32_t function)
{
	guint first, count = program_registrations_of(program, function, &first);

	if (is_declared(program, function, FACT_SYMBOL_NONBLOCKING))
		return PROGRAM_NONE; /* annotation-violated looks at it */
	for (guint i = first; i < first + count; i++)
		if (program->registrations[i].context == context)
			return i;
	return PROGRAM_NONE;
}

/* What must hold in the caller for this very edge to be taken: the branches around the call and,
 * if it goes through a parameter, that the parameter is the callee. */
static formula_id edge_guard(const struct program *program, const struct program_edge *e)
{
	struct conditions *conditions = program->private->conditions;
	formula_id guard = conditions_guard(conditions, e->caller, e->event);

	if (e->kind != EDGE_INDIRECT || !e->by_parameter)
		return guard;
	return conditions_and(
		conditions,
		conditions_is_target(conditions, called_through(program, e->caller, e->event)->a,
				     program->functions[e->callee].symbol),
		guard);
}

/* What must hold where the call of `edge` is made for `formula` to hold in its callee. */
static formula_id before_edge(struct search *search, uint32_t edge, formula_id formula)
{
	const struct program *program = search->program;
	struct conditions *conditions = program->private->conditions;
	const struct program_edge *e = &program->edges[edge];
	gpointer key = pair_key(edge, formula);
	formula_id known = GPOINTER_TO_UINT(g_hash_table_lookup(search->passed, key)), before;

	if (known)
		return known - 1;
	before = conditions_and(conditions,
				conditions_at_caller(conditions, formula, e->caller, e->event,
						     e->kind == EDGE_SYNCHRONOUS),
				edge_guard(program, e));
	g_hash_table_insert(search->passed, key, GUINT_TO_POINTER(before + 1));
	return before;
}

static void expand(struct search *search, uint32_t id)
{
	const struct program *program = search->program;
	struct state here = *state_at(search, id);
	const struct program_function *f = &program->functions[here.function];

	/* Callers believe what is declared: the call itself is a sink, or never holds. */
	if (is_declared(program, here.function, FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING))
		return;
	for (uint32_t i = 0; i < f->in_count; i++) {
		uint32_t edge = program->in_edges[f->first_in + i];
		const struct program_edge *e = &program->edges[edge];
		struct state next = {.function = e->caller, .from = id, .edge = edge};

		if (!(program->functions[e->caller].contexts & search->context))
			continue;
		next.formula = before_edge(search, edge, here.formula);
		next.cost = here.cost + edge_cost(program, e);
		if (next.formula != FORMULA_FALSE)
			reach(search, &next);
	}
}

static struct path *build(const struct search *search, uint32_t state, uint32_t registration)
{
	const struct program *program = search->program;
	struct path *path = g_new0(struct path, 1);

	path->registration = registration;
	path->edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	path->verdict = conditions_at_root(program->private->conditions,
					   state_at(search, state)->formula, registration);
	path->root_certainty = program->registrations[registration].certainty;
	path->call_certainty = 1;
	for (; state_at(search, state)->from != PROGRAM_NONE;
	     state = state_at(search, state)->from) {
		uint32_t edge = state_at(search, state)->edge;

		g_array_append_val(path->edges, edge);
		path->call_certainty *= certainty_here(program, &program->edges[edge]);
	}
	return path;
}

/* Settles states cheapest first. The first continuation is the path's root, others are counted. */
static struct path *run(struct search *search)
{
	struct path *path = NULL;
	g_autoptr(GHashTable) roots = g_hash_table_new(NULL, NULL);

	for (uint32_t cost = 0; cost <= MAX_COST; cost++) {
		for (guint i = 0; search->buckets[cost] && i < search->buckets[cost]->len; i++) {
			uint32_t id = g_array_index(search->buckets[cost], uint32_t, i);
			struct state *state = state_at(search, id);
			uint32_t registration;

			if (state->settled || state->cost != cost)
				continue;
			state->settled = true;
			registration =
				registration_in(search->program, search->context, state->function);
			if (registration != PROGRAM_NONE &&
			    conditions_at_root(search->program->private->conditions, state->formula,
					       registration) != FORMULA_FALSE) {
				if (!path)
					path = build(search, id, registration);
				else
					path->other_paths++;
				search->found = true;
				g_hash_table_add(roots, GUINT_TO_POINTER(state->function + 1));
			}
			expand(search, id);
		}
	}
	if (path)
		path->other_roots = g_hash_table_size(roots) - 1;
	return path;
}

static struct paths *remembered(const struct program *program)
{
	struct program_private *private = program->private;

	if (!private->paths)
	private->paths = g_new0(struct paths, 1);
	return private->paths;
}

static struct path *search_from(const struct program *program, uint32_t context, uint32_t function,
				formula_id formula)
{
	struct search *search = g_new0(struct search, 1);
	struct state sink = {.function = function,
			     .formula = formula,
			     .from = PROGRAM_NONE,
			     .edge = PROGRAM_NONE};
	struct paths *paths = remembered(program);
	struct path *path;

	if (!paths->passed)
		paths->passed = g_hash_table_new(pair_key_hash, NULL);
	search->program = program;
	search->context = context;
	search->passed = paths->passed;
	search->states = g_array_new(FALSE, FALSE, sizeof(struct state));
	search->known = g_hash_table_new(pair_key_hash, NULL);
	reach(search, &sink);
	path = run(search);
	for (uint32_t cost = 0; cost <= MAX_COST; cost++)
		if (search->buckets[cost])
			g_array_free(search->buckets[cost], TRUE);
	g_array_free(search->states, TRUE);
	g_hash_table_destroy(search->known);
	g_free(search);
	return path;
}

static void path_free(gpointer data)
{
	struct path *path = data;

	if (!path)
		return;
	g_array_free(path->edges, TRUE);
	g_free(path);
}

void paths_free(struct paths *paths)
{
	if (!paths)
		return;
	if (paths->sites)
		g_array_free(paths->sites, TRUE);
	if (paths->passed)
		g_hash_table_destroy(paths->passed);
	if (paths->in_bodies)
		g_ptr_array_free(paths->in_bodies, TRUE);
	for (guint i = 0; i < CONTEXT_COUNT; i++)
		if (paths->best[i])
			g_hash_table_destroy(paths->best[i]);
	g_free(paths);
}

const GArray *paths_sinks(const struct program *program)
{
	struct paths *paths = remembered(program);

	if (!paths->sites)
		paths->sites = find_sites(program);
	return paths->sites;
}

const struct path *paths_to(const struct program *program, uint32_t context, uint32_t function,
			    formula_id formula)
{
	struct paths *paths = remembered(program);
	GHashTable **best = &paths->best[g_bit_nth_lsf(context, -1)];
	gpointer key = pair_key(function, formula), value;
	struct path *path;

	if (!*best)
		*best = g_hash_table_new_full(pair_key_hash, NULL, NULL, path_free);
	if (g_hash_table_lookup_extended(*best, key, NULL, &value))
		return value;
	path = search_from(program, context, function, formula);
	g_hash_table_insert(*best, key, path);
	return path;
}

const struct path *paths_best_to(const struct program *program, uint32_t function,
				 formula_id formula)
{
	return paths_to(program, CONTEXT_IO, function, formula);
}

/* The path of no calls from a loop to what stands in its body. */
static const struct path *path_in_body(const struct program *program, const struct sink_site *site)
{
	struct paths *paths = remembered(program);
	const struct loop_body *body = body_of(program, site->function);
	guint first, count = program_registrations_of(program, site->function, &first);
	struct path *path;

	if (!body || !loop_body_handles(program, body, site->event))
		return NULL;
	while (count && program->registrations[first].context != 0)
		first++, count--;
	path = g_new0(struct path, 1);
	path->registration = first;
	path->edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	path->verdict =
		conditions_at_root(program->private->conditions, site->formula, first);
	path->root_certainty = program->registrations[first].certainty;
	path->call_certainty = 1;
	if (!paths->in_bodies)
		paths->in_bodies = g_ptr_array_new_with_free_func(path_free);
	g_ptr_array_add(paths->in_bodies, path);
	return path->verdict == FORMULA_FALSE ? NULL : path;
}

const struct path *paths_best(const struct program *program, const struct sink_site *site)
{
	const struct path *path = paths_to(program, CONTEXT_IO, site->function, site->formula);

	return path ? path : path_in_body(program, site);
}
