/* The costs of all functions of a program: callees first, cycles of calls together. */
#include "analyzer/costs/cost_private.h"
#include "analyzer/costs/growth.h"
#include "analyzer/program_private.h"

#define UNITS_US 1000

/* ---- order: callees first, cycles together (Tarjan, 1972) ----------------------------------- */

struct visit {
	uint32_t function, edge;
};

struct order {
	struct costs *costs;
	uint32_t *index, *low;
	bool *open;
	GArray *stack;  /* uint32_t functions of open components */
	GArray *visits; /* struct visit */
	uint32_t next, components;
};

static void enter(struct order *o, uint32_t function)
{
	struct visit visit = {function, 0};

	o->index[function] = o->low[function] = ++o->next;
	o->open[function] = true;
	g_array_append_val(o->stack, function);
	g_array_append_val(o->visits, visit);
}

/* The component whose first function is `function` is complete: its costs can be known. */
static void leave(struct order *o, uint32_t function)
{
	guint first = o->stack->len;

	do {
		first--;
		o->costs->components[g_array_index(o->stack, uint32_t, first)] = o->components;
		o->open[g_array_index(o->stack, uint32_t, first)] = false;
	} while (g_array_index(o->stack, uint32_t, first) != function);
	o->components++;
	for (guint i = first; i < o->stack->len; i++)
		cost_read_function(o->costs, g_array_index(o->stack, uint32_t, i));
	g_array_set_size(o->stack, first);
}

static void visit_from(struct order *o, uint32_t root)
{
	const struct program *program = o->costs->program;

	enter(o, root);
	while (o->visits->len > 0) {
		struct visit *v = &g_array_index(o->visits, struct visit, o->visits->len - 1);
		const struct program_function *f = &program->functions[v->function];
		uint32_t function = v->function, callee;

		if (v->edge < f->out_count) {
			const struct program_edge *edge = &program->edges[f->first_out + v->edge++];

			if (!cost_follows(edge))
				continue;
			callee = edge->callee;
			if (!o->index[callee])
				enter(o, callee);
			else if (o->open[callee])
				o->low[function] = MIN(o->low[function], o->index[callee]);
			continue;
		}
		g_array_set_size(o->visits, o->visits->len - 1);
		if (o->visits->len > 0) {
			uint32_t parent =
				g_array_index(o->visits, struct visit, o->visits->len - 1).function;

			o->low[parent] = MIN(o->low[parent], o->low[function]);
		}
		if (o->low[function] == o->index[function])
			leave(o, function);
	}
}

/* What runs on an I/O thread and what that calls; other functions when they are asked for. */
static struct order *read_continuations(struct costs *costs)
{
	uint32_t count = costs->program->function_count;
	struct order *o = g_new0(struct order, 1);

	*o = (struct order){.costs = costs,
			    .index = g_new0(uint32_t, count + 1),
			    .low = g_new0(uint32_t, count + 1),
			    .open = g_new0(bool, count + 1),
			    .stack = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
			    .visits = g_array_new(FALSE, FALSE, sizeof(struct visit))};
	for (uint32_t i = 0; i < count; i++)
		if (!o->index[i] && costs->program->functions[i].contexts & CONTEXT_IO)
			visit_from(o, i);
	return o;
}

static void order_free(struct order *o)
{
	g_free(o->index);
	g_free(o->low);
	g_free(o->open);
	g_array_free(o->stack, TRUE);
	g_array_free(o->visits, TRUE);
	g_free(o);
}

static void ensure_read(const struct costs *costs, uint32_t function)
{
	if (!costs->order->index[function])
		visit_from(costs->order, function);
}

/* ---- the whole program -------------------------------------------------------------------- */

static double smallest_budget(const struct program *program, double usual)
{
	double limit = usual;

	for (uint32_t unit = 0; unit < program->unit_count; unit++) {
		const struct facts *facts = program->units[unit].facts;

		for (guint i = 0; i < facts->annotations->len; i++) {
			const struct fact_annotation *a =
				facts_row(facts, annotations, struct fact_annotation, i);

			if (a->kind == FACT_ANNOTATION_BUDGET_US)
				limit = MIN(limit, (double)a->number * COST_UNITS_US);
		}
	}
	return limit;
}

void program_limit_costs(const struct program *program, double units)
{
	g_assert(!program->private->costs);
	program->private->cost_limit = units;
}

double cost_limit(const struct costs *costs)
{
	return costs->usual;
}

struct costs *program_costs(const struct program *program)
{
	struct costs *costs = program->private->costs;

	if (costs)
		return costs;
	costs = g_new0(struct costs, 1);
	program->private->costs = costs;
	costs->program = program;
	costs->conditions = program->private->conditions;
	costs->sizes = g_array_new(FALSE, FALSE, sizeof(struct cost_size));
	costs->words = cost_words_new();
	costs->summaries = g_new0(struct cost *, program->function_count + 1);
	costs->no_loops = g_array_new(FALSE, FALSE, sizeof(struct cost_loop));
	costs->loops = g_new0(GArray *, program->function_count + 1);
	costs->components = g_new0(uint32_t, program->function_count + 1);
	costs->clocks = g_new0(int8_t, program->function_count + 1);
	costs->asking = g_new0(int8_t, program->function_count + 1);
	costs->usual = program->private->cost_limit > 0 ? program->private->cost_limit : COST_LIMIT;
	costs->limit = smallest_budget(program, costs->usual);
	costs->told = g_new(struct cost_told, COST_TOLD);
	for (guint i = 0; i < COST_TOLD; i++)
		costs->told[i].size = COST_NONE;
	costs->arguments = g_new(struct cost_argument, COST_ARGUMENTS);
	for (guint i = 0; i < COST_ARGUMENTS; i++)
		costs->arguments[i].event = FACT_NONE;
	costs->assigned_in = COST_NONE;
	costs->assigned = g_array_new(FALSE, FALSE, sizeof(struct cost_assigned));
	costs->sites = g_array_new(FALSE, FALSE, sizeof(struct cost_site));
	costs->origins = origins_new(program);
	cost_find_clocks(costs);
	costs->order = read_continuations(costs);
	return costs;
}

void costs_free(struct costs *costs)
{
	if (!costs)
		return;
	for (uint32_t i = 0; i < costs->program->function_count; i++) {
		if (costs->loops[i] && costs->loops[i] != costs->no_loops)
			g_array_free(costs->loops[i], TRUE);
		g_free(costs->summaries[i]);
	}
	g_array_free(costs->no_loops, TRUE);
	order_free(costs->order);
	g_array_free(costs->sizes, TRUE);
	row_table_clear(&costs->size_rows);
	g_array_free(costs->words, TRUE);
	row_table_clear(&costs->word_rows);
	g_free(costs->summaries);
	g_free(costs->loops);
	g_free(costs->components);
	g_free(costs->clocks);
	g_free(costs->asking);
	g_free(costs->told);
	g_free(costs->arguments);
	g_array_free(costs->assigned, TRUE);
	g_array_free(costs->sites, TRUE);
	origins_free(costs->origins);
	growth_free(costs->growth);
	g_free(costs);
}

const struct cost *cost_of(const struct costs *costs, uint32_t function)
{
	ensure_read(costs, function);
	return costs->summaries[function];
}

const struct cost_size *cost_size(const struct costs *costs, uint32_t size)
{
	return &g_array_index(costs->sizes, struct cost_size, size);
}

enum cost_weight cost_symbol_weight(const struct costs *costs, uint32_t symbol)
{
	return origins_symbol(costs->origins, symbol);
}

const GArray *cost_loops(const struct costs *costs, uint32_t function)
{
	ensure_read(costs, function);
	return costs->loops[function];
}

const struct cost_loop *cost_site_loop(const struct costs *costs, const struct cost_site *site)
{
	const GArray *loops = cost_loops(costs, site->function);

	for (guint i = 0; i < loops->len; i++)
		if (g_array_index(loops, struct cost_loop, i).begin == site->loop)
			return &g_array_index(loops, struct cost_loop, i);
	return NULL;
}

const GArray *cost_sites(const struct costs *costs)
{
	return costs->sites;
}
