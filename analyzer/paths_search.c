/* A search backward from the sink over (function, what must hold there), cheapest first: ten for a
 * call, more for an indirect one that has several targets (Dijkstra, "A note on two problems in
 * connexion with graphs", 1959). It stops at functions that are registered with a loop. The rest of
 * the reachable callers is only counted, up to a limit, so that one sink cannot cost a minute. */
#include "analyzer/paths_private.h"

#include <math.h>
#include <string.h>

#include "analyzer/models/model_condition.h"
#include "analyzer/pair_key.h"
#include "analyzer/program_private.h"

#define CALL_COST 10
#define DOUBT_COST 45    /* for each halving of certainty */
#define UNKNOWN_COST 100 /* where it is lost whether the condition holds: a surer way is better */
#define LEAVING 0.5      /* certainty of a call that is mostly made on the way out */
#define MAX_STATES 4000
/* Once there is a path, this many states are enough to count others. */
#define MAX_STATES_COUNTING 400

bool search_is_declared(const struct program *program, uint32_t function, uint32_t flags)
{
	return (program->symbols[program->functions[function].symbol].flags & flags) != 0;
}

const struct fact_value *search_called_through(const struct program *program, uint32_t function,
					       fact_id event)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *callee =
		program_value(program, unit, program_event(program, unit, event)->a);

	while (callee->kind == FACT_VALUE_DEREF)
		callee = program_value(program, unit, callee->a);
	return callee;
}

double search_certainty(const struct program *program, const struct program_edge *edge)
{
	bool leaving =
		conditions_is_leaving(program->private->conditions, edge->caller, edge->event);

	return paths_edge_certainty(edge) * (leaving ? LEAVING : 1) *
	       paths_place_certainty(program, edge->caller, edge->event);
}

uint32_t search_cost(struct search *search, uint32_t edge)
{
	uint32_t *cost = &search->memory->costs[edge];

	if (!*cost)
		*cost = CALL_COST +
			(uint32_t)(-log2(search_certainty(search->program,
							  &search->program->edges[edge])) *
				   DOUBT_COST);
	return *cost;
}

static bool is_full(const struct search *search)
{
	return search->state_count >= (search->found ? MAX_STATES_COUNTING : MAX_STATES);
}

uint32_t search_find(const struct search *search, uint32_t function, formula_id formula)
{
	uint32_t id = search->known[function];

	while (id != PROGRAM_NONE && search_state(search, id)->formula != formula)
		id = search_state(search, id)->other;
	return id;
}

static void add_turn(struct search *search, uint32_t id, uint32_t cost)
{
	uint32_t row = search->turn_count++;

	if (row == search->turns->len) /* there are many: room is made seldom */
		g_array_set_size(search->turns, 2 * row + 64);
	g_array_index(search->turns, struct turn, row) = (struct turn){id, PROGRAM_NONE};
	search->dearest = MAX(search->dearest, cost);
	if (search->first[cost] == PROGRAM_NONE)
		search->first[cost] = row;
	else
		g_array_index(search->turns, struct turn, search->last[cost]).next = row;
	search->last[cost] = row;
}

static void reach(struct search *search, const struct state *state)
{
	struct state *known;
	uint32_t id;

	if (state->cost > MAX_COST || is_full(search))
		return;
	id = search_find(search, state->function, state->formula);
	if (id == PROGRAM_NONE) {
		id = search->state_count++;
		if (id == search->states->len) /* there are many: room is made seldom */
			g_array_set_size(search->states, 2 * id + 64);
		*search_state(search, id) = *state;
		search_state(search, id)->other = search->known[state->function];
		search->known[state->function] = id;
	} else {
		uint32_t other;

		known = search_state(search, id);
		if (known->settled || known->cost <= state->cost)
			return;
		other = known->other;
		*known = *state;
		known->other = other;
	}
	add_turn(search, id, state->cost);
}

uint32_t search_registration(const struct search *search, uint32_t function)
{
	const struct program *program = search->program;
	const struct paths_shut *shut = search->memory->shut;
	guint first, count = program_registrations_of(program, function, &first);

	if (search_is_declared(program, function, FACT_SYMBOL_NONBLOCKING))
		return PROGRAM_NONE; /* annotation-violated looks at it */
	for (guint i = first; i < first + count; i++)
		if (program->registrations[i].context == search->context &&
		    !(shut && shut->registrations[i]))
			return i;
	return PROGRAM_NONE;
}

/* As conditions_before(), and if the edge goes through a parameter, that this is the callee. */
static formula_id make_before(const struct program *program, const struct program_edge *e,
			      formula_id formula)
{
	struct conditions *conditions = program->private->conditions;
	formula_id before = conditions_before(conditions, formula, e);

	if (e->kind != EDGE_INDIRECT || !e->by_parameter)
		return before;
	return conditions_and(
		conditions, before,
		conditions_is_target(conditions,
				     search_called_through(program, e->caller, e->event)->a,
				     program->functions[e->callee].symbol));
}

formula_id search_before(struct search *search, uint32_t edge, formula_id formula)
{
	const struct program *program = search->program;
	struct search_memory *memory = search->memory;
	struct search_before *recent = &memory->recent[edge];
	gpointer key = pair_key(edge, formula);
	formula_id known;

	if (formula == FORMULA_TRUE) {
		if (!memory->always[edge])
			memory->always[edge] =
				make_before(program, &program->edges[edge], formula) + 1;
		return memory->always[edge] - 1;
	}
	if (recent->before && recent->formula == formula)
		return recent->before - 1;
	known = GPOINTER_TO_UINT(g_hash_table_lookup(memory->before, key));
	if (!known) {
		known = make_before(program, &program->edges[edge], formula) + 1;
		g_hash_table_insert(memory->before, key, GUINT_TO_POINTER(known));
	}
	*recent = (struct search_before){formula, known};
	return known - 1;
}

static void expand(struct search *search, uint32_t id)
{
	const struct program *program = search->program;
	struct state here = *search_state(search, id);
	const struct program_function *f = &program->functions[here.function];
	bool can_hold = conditions_can_hold(program->private->conditions, here.formula);

	/* Callers believe what is declared: the call itself is a sink, or never holds. */
	if (search_is_declared(program, here.function,
			       FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING))
		return;
	for (uint32_t i = 0; i < f->in_count && !is_full(search); i++) {
		uint32_t edge = program->in_edges[f->first_in + i];
		const struct program_edge *e = &program->edges[edge];
		struct state next = {.function = e->caller, .from = id, .edge = edge};
		uint32_t cost = search->memory->costs[edge];

		if (!(program->functions[e->caller].contexts & search->context))
			continue;
		next.formula = search_before(search, edge, here.formula);
		next.cost = here.cost + (cost ? cost : search_cost(search, edge));
		if (can_hold && !conditions_can_hold(program->private->conditions, next.formula))
			next.cost += UNKNOWN_COST;
		if (next.formula != FORMULA_FALSE)
			reach(search, &next);
	}
}

struct path *search_path(const struct search *search, uint32_t state, uint32_t registration)
{
	const struct program *program = search->program;
	struct path *path = g_new0(struct path, 1);

	path->function = search_state(search, 0)->function;
	path->formula = search_state(search, 0)->formula;
	path->registration = registration;
	path->edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	path->verdict = conditions_at_root(program->private->conditions,
					   search_state(search, state)->formula, registration);
	path->root_certainty = program->registrations[registration].certainty;
	path->call_certainty = 1;
	for (; search_state(search, state)->from != PROGRAM_NONE;
	     state = search_state(search, state)->from) {
		uint32_t edge = search_state(search, state)->edge;

		g_array_append_val(path->edges, edge);
		path->call_certainty *= search_certainty(program, &program->edges[edge]);
	}
	return path;
}

/* Asked of each state, and mostly for the same context. */
static uint32_t registration_of(const struct search *search, uint32_t function)
{
	uint32_t *known = &search->memory->starts[function];

	if (search->context != CONTEXT_IO)
		return search_registration(search, function);
	if (!*known)
		*known = search_registration(search, function) + 2;
	return *known - 2;
}

uint32_t search_start(const struct search *search, const struct state *state)
{
	uint32_t registration = registration_of(search, state->function);

	return registration != PROGRAM_NONE &&
			       conditions_at_root(search->program->private->conditions,
						  state->formula, registration) != FORMULA_FALSE
		       ? registration
		       : PROGRAM_NONE;
}

static double sureness(const struct path *path)
{
	return path->root_certainty * path->call_certainty *
	       (path->verdict == FORMULA_UNKNOWN ? 0.5 : 1);
}

/* A continuation has been reached: the first is the path's, or of those that cost as much the
 * surest; others are counted. */
static void arrive(struct search *search, uint32_t id, uint32_t registration, GHashTable *roots,
		   struct path **path)
{
	uint32_t cost = search_state(search, id)->cost;
	struct path *other = NULL;

	if (!search->found)
		search->found_cost = cost;
	if (!search->found || cost == search->found_cost)
		other = search_path(search, id, registration);
	if (*path && other && sureness(other) > sureness(*path)) {
		other->other_paths = (*path)->other_paths;
		path_free(*path);
		*path = NULL;
	}
	if (!*path) {
		*path = other;
		other = NULL;
	}
	(*path)->other_paths += search->found;
	path_free(other);
	search->found = true;
	g_hash_table_add(roots, GUINT_TO_POINTER(search_state(search, id)->function + 1));
}

struct path *search_run(struct search *search)
{
	struct path *path = NULL;
	g_autoptr(GHashTable) roots = g_hash_table_new(NULL, NULL);

	for (uint32_t cost = 0; cost <= search->dearest; cost++) {
		for (uint32_t i = search->first[cost]; i != PROGRAM_NONE;
		     i = g_array_index(search->turns, struct turn, i).next) {
			uint32_t id = g_array_index(search->turns, struct turn, i).state;
			struct state *state = search_state(search, id);
			uint32_t registration;

			if (state->settled || state->cost != cost)
				continue;
			state->settled = true;
			registration = search_start(search, state);
			if (registration != PROGRAM_NONE)
				arrive(search, id, registration, roots, &path);
			if (path && search->first_only)
				return path;
			expand(search, id);
		}
	}
	if (path)
		path->other_roots = g_hash_table_size(roots) - 1;
	return path;
}

static uint32_t *known_new(const struct program *program)
{
	uint32_t *known = g_new(uint32_t, program->function_count + 1);

	memset(known, 0xff, (program->function_count + 1) * sizeof(uint32_t));
	return known;
}

struct search *search_new(const struct program *program, struct search_memory *memory,
			  uint32_t context, uint32_t function, formula_id formula)
{
	struct search *search = g_new(struct search, 1);
	struct state sink = {.function = function,
			     .formula = formula,
			     .from = PROGRAM_NONE,
			     .edge = PROGRAM_NONE};

	/* All but the arrays by cost, of which `last` counts where `first` is set. */
	memset(search, 0, offsetof(struct search, first));
	search->program = program;
	search->context = context;
	search->memory = memory;
	search->states = g_array_new(FALSE, FALSE, sizeof(struct state));
	search->turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
	search->known = memory->spare->len ? g_ptr_array_steal_index_fast(memory->spare, 0)
					   : known_new(program);
	memset(search->first, 0xff, sizeof(search->first));
	reach(search, &sink);
	return search;
}

void search_free(struct search *search)
{
	for (uint32_t i = 0; i < search->state_count; i++)
		search->known[search_state(search, i)->function] = PROGRAM_NONE;
	g_ptr_array_add(search->memory->spare, search->known);
	g_array_free(search->states, TRUE);
	g_array_free(search->turns, TRUE);
	g_free(search);
}

void path_free(gpointer data)
{
	struct path *path = data;

	if (!path)
		return;
	g_array_free(path->edges, TRUE);
	g_free(path);
}
