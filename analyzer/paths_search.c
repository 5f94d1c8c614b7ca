/* A search backward from the sink over (function, what must hold there), cheapest first: ten for a
 * call, more for an indirect one that has several targets (Dijkstra, "A note on two problems in
 * connexion with graphs", 1959). It stops at functions that are registered with a loop. The rest of
 * the reachable callers is only counted, up to a limit, so that one sink cannot cost a minute. */
#include "analyzer/paths_private.h"

#include <math.h>
#include <string.h>

#include "analyzer/program_private.h"

#define CALL_COST 10
#define DOUBT_COST 45 /* for each halving of certainty */
#define LEAVING 0.5   /* certainty of a call that is mostly made on the way out */
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

static uint32_t state_at(const struct search *search, uint32_t node)
{
	return node < search->known_count ? search->known[node] : PROGRAM_NONE;
}

uint32_t search_find(const struct search *search, uint32_t function, formula_id formula)
{
	return state_at(search, search_known_node(search, function, formula));
}

static void set_known(struct search *search, uint32_t node, uint32_t state)
{
	if (node >= search->known_count) {
		uint32_t count = 2 * node + 64;

		search->known = g_renew(uint32_t, search->known, count);
		memset(&search->known[search->known_count], 0xff,
		       (count - search->known_count) * sizeof(uint32_t));
		search->known_count = count;
	}
	search->known[node] = state;
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

/* From the state `from` over `edge`, or NONE and NONE at the sink. */
static void reach(struct search *search, uint32_t node, uint32_t from, uint32_t edge, uint32_t cost)
{
	uint32_t id = state_at(search, node);

	if (cost > MAX_COST)
		return;
	if (id == PROGRAM_NONE) {
		const struct search_node *at =
			&g_array_index(search->map->nodes, struct search_node, node);

		id = search->state_count++;
		if (id == search->states->len) /* there are many: room is made seldom */
			g_array_set_size(search->states, 2 * id + 64);
		*search_state(search, id) =
			(struct state){node, at->function, at->formula, from, edge, cost, false};
		set_known(search, node, id);
	} else {
		struct state *known = search_state(search, id);

		if (known->settled || known->cost <= cost)
			return;
		known->from = from;
		known->edge = edge;
		known->cost = cost;
	}
	add_turn(search, id, cost);
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

/* The callers, until the search is full. */
static void expand(struct search *search, uint32_t id)
{
	struct state here = *search_state(search, id);

	for (uint32_t i = 0; !is_full(search); i++) {
		const struct search_step *step = search_step(search, here.node, i);

		if (!step)
			return;
		reach(search, step->node, id, step->edge, here.cost + step->cost);
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

static struct search *search_make(void)
{
	struct search *search = g_new0(struct search, 1);

	search->states = g_array_new(FALSE, FALSE, sizeof(struct state));
	search->turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
	memset(search->first, 0xff, sizeof(search->first));
	return search;
}

struct search *search_new(const struct program *program, struct search_memory *memory,
			  uint32_t context, uint32_t function, formula_id formula)
{
	struct search *search =
		memory->spare->len ? g_ptr_array_steal_index_fast(memory->spare, 0) : search_make();

	search->program = program;
	search->context = context;
	search->first_only = search->found = false;
	search->memory = memory;
	search->map = &memory->maps[g_bit_nth_lsf(context, -1)];
	reach(search, search_node(search, function, formula), PROGRAM_NONE, PROGRAM_NONE, 0);
	return search;
}

void search_free(struct search *search)
{
	for (uint32_t i = 0; i < search->state_count; i++)
		search->known[search_state(search, i)->node] = PROGRAM_NONE;
	/* `last` counts where `first` is set. */
	memset(search->first, 0xff, (search->dearest + 1) * sizeof(search->first[0]));
	search->state_count = search->turn_count = search->dearest = 0;
	g_ptr_array_add(search->memory->spare, search);
}

void search_destroy(gpointer data)
{
	struct search *search = data;

	g_array_free(search->states, TRUE);
	g_array_free(search->turns, TRUE);
	g_free(search->known);
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
