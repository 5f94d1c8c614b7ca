/* The ground that searches for paths go over: functions with what must hold in them, and the calls
 * that lead there. A call asks the same of its caller in each search, so it is found out once. */
#include "analyzer/paths_private.h"

#include <string.h>

#include "analyzer/pair_key.h"
#include "analyzer/program_private.h"

#define UNKNOWN_COST 100 /* where it is lost whether the condition holds: a surer way is better */
#define FEW_STEPS 4

/* ---- what must hold before a call --------------------------------------------------------- */

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
	gpointer key = pair_key(edge, formula);
	formula_id known;

	if (formula == FORMULA_TRUE) {
		if (!memory->always[edge])
			memory->always[edge] =
				make_before(program, &program->edges[edge], formula) + 1;
		return memory->always[edge] - 1;
	}
	known = GPOINTER_TO_UINT(g_hash_table_lookup(memory->before, key));
	if (!known) {
		known = make_before(program, &program->edges[edge], formula) + 1;
		g_hash_table_insert(memory->before, key, GUINT_TO_POINTER(known));
	}
	return known - 1;
}

/* Asked of the same formulas by all nodes. */
static bool can_hold(const struct search *search, formula_id formula)
{
	GByteArray *holds = search->memory->holds;
	guint len = holds->len;

	if (formula == FORMULA_TRUE)
		return true;
	if (formula >= len) {
		g_byte_array_set_size(holds, 2 * formula + 64);
		memset(holds->data + len, 0, holds->len - len);
	}
	if (!holds->data[formula])
		holds->data[formula] =
			conditions_can_hold(search->program->private->conditions, formula) ? 1 : 2;
	return holds->data[formula] == 1;
}

/* ---- nodes -------------------------------------------------------------------------------- */

static struct search_node *node_at(const struct search *search, uint32_t node)
{
	return &g_array_index(search->map->nodes, struct search_node, node);
}

static void make_map(const struct search *search)
{
	struct search_map *map = search->map;

	map->nodes = g_array_new(FALSE, FALSE, sizeof(struct search_node));
	map->always = g_new0(uint32_t, search->program->function_count + 1);
	map->others = g_hash_table_new(pair_key_hash, NULL);
}

void search_map_free(struct search_map *map)
{
	if (!map->nodes)
		return;
	for (guint i = 0; i < map->nodes->len; i++)
		g_free(g_array_index(map->nodes, struct search_node, i).steps);
	g_array_free(map->nodes, TRUE);
	g_free(map->always);
	g_hash_table_destroy(map->others);
}

uint32_t search_known_node(const struct search *search, uint32_t function, formula_id formula)
{
	const struct search_map *map = search->map;

	if (formula == FORMULA_TRUE)
		return map->always[function] - 1;
	return GPOINTER_TO_UINT(g_hash_table_lookup(map->others, pair_key(function, formula))) - 1;
}

uint32_t search_node(const struct search *search, uint32_t function, formula_id formula)
{
	struct search_map *map = search->map;
	struct search_node node = {.function = function, .formula = formula};
	uint32_t known;

	if (!map->nodes)
		make_map(search);
	known = search_known_node(search, function, formula);
	if (known != PROGRAM_NONE)
		return known;
	/* Callers believe what is declared: the call itself is a sink, or never holds. */
	if (search_is_declared(search->program, function,
			       FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING))
		node.seen = search->program->functions[function].in_count;
	g_array_append_val(map->nodes, node);
	if (formula == FORMULA_TRUE)
		map->always[function] = map->nodes->len;
	else
		g_hash_table_insert(map->others, pair_key(function, formula),
				    GUINT_TO_POINTER(map->nodes->len));
	return map->nodes->len - 1;
}

/* ---- steps -------------------------------------------------------------------------------- */

/* The step over `edge` from where `formula` must hold. False if it leads nowhere. */
static bool step_over(struct search *search, uint32_t edge, formula_id formula,
		      struct search_step *ret_step)
{
	const struct program *program = search->program;
	uint32_t caller = program->edges[edge].caller;
	formula_id before;

	if (!(program->functions[caller].contexts & search->context))
		return false;
	before = search_before(search, edge, formula);
	if (before == FORMULA_FALSE)
		return false;
	ret_step->node = search_node(search, caller, before);
	ret_step->edge = edge;
	ret_step->cost = search_cost(search, edge);
	if (can_hold(search, formula) && !can_hold(search, before))
		ret_step->cost += UNKNOWN_COST;
	return true;
}

/* Does a step lead to the same and cost no more? The edges from one caller stand together. */
static bool is_needless(const struct search *search, const struct search_node *node,
			const struct search_step *step)
{
	uint32_t caller = node_at(search, step->node)->function;

	for (uint32_t i = node->count; i-- > 0;) {
		const struct search_step *other = &node->steps[i];

		if (other->node == step->node && other->cost <= step->cost)
			return true;
		if (node_at(search, other->node)->function != caller)
			return false;
	}
	return false;
}

static void add_step(struct search_node *node, const struct search_step *step)
{
	if (node->count == node->room) {
		node->room = node->room ? 2 * node->room : FEW_STEPS;
		node->steps = g_renew(struct search_step, node->steps, node->room);
	}
	node->steps[node->count++] = *step;
}

const struct search_step *search_step(struct search *search, uint32_t node, uint32_t i)
{
	struct search_node *from = node_at(search, node);
	const struct program_function *f = &search->program->functions[from->function];

	while (i >= from->count && from->seen < f->in_count) {
		uint32_t edge = search->program->in_edges[f->first_in + from->seen++];
		struct search_step step;
		bool leads = step_over(search, edge, from->formula, &step);

		from = node_at(search, node); /* a new one may have moved it */
		if (leads && !is_needless(search, from, &step))
			add_step(from, &step);
	}
	return i < from->count ? &from->steps[i] : NULL;
}
