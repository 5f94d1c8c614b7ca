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
	uint32_t *stack;      /* functions of open components: room for all */
	struct visit *visits; /* likewise */
	uint32_t stacked, visited, next, components;
};

static void enter(struct order *o, uint32_t function)
{
	o->index[function] = o->low[function] = ++o->next;
	o->open[function] = true;
	o->stack[o->stacked++] = function;
	o->visits[o->visited++] = (struct visit){function, 0};
}

/* The component whose first function is `function` is complete: its costs can be known. */
static void leave(struct order *o, uint32_t function)
{
	uint32_t first = o->stacked;

	do {
		first--;
		o->costs->components[o->stack[first]] = o->components;
		o->open[o->stack[first]] = false;
	} while (o->stack[first] != function);
	o->components++;
	for (uint32_t i = first; i < o->stacked; i++)
		cost_read_function(o->costs, o->stack[i]);
	o->stacked = first;
}

static void visit_from(struct order *o, uint32_t root)
{
	const struct program *program = o->costs->program;

	enter(o, root);
	while (o->visited > 0) {
		struct visit *v = &o->visits[o->visited - 1];
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
		if (--o->visited > 0) {
			uint32_t parent = o->visits[o->visited - 1].function;

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
			    .stack = g_new(uint32_t, count + 1),
			    .visits = g_new(struct visit, count + 1)};
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
	g_free(o->stack);
	g_free(o->visits);
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
	costs->loops = g_new0(struct cost_loops, program->function_count + 1);
	costs->blocks = g_ptr_array_new_with_free_func(g_free);
	costs->reading = g_array_new(FALSE, FALSE, sizeof(struct cost_loop));
	costs->branches = g_array_new(FALSE, FALSE, sizeof(fact_id));
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
	g_ptr_array_free(costs->blocks, TRUE);
	g_array_free(costs->reading, TRUE);
	g_array_free(costs->branches, TRUE);
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

struct cost_loops cost_loops(const struct costs *costs, uint32_t function)
{
	ensure_read(costs, function);
	return costs->loops[function];
}

const struct cost_loop *cost_site_loop(const struct costs *costs, const struct cost_site *site)
{
	const struct cost_loops loops = cost_loops(costs, site->function);

	for (uint32_t i = 0; i < loops.count; i++)
		if (loops.rows[i].begin == site->loop)
			return &loops.rows[i];
	return NULL;
}

const GArray *cost_sites(const struct costs *costs)
{
	return costs->sites;
}
