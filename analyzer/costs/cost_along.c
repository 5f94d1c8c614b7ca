/* Terms: how fast they grow, what becomes of them when a size is known, and along a path. */
#include <math.h>

#include "analyzer/costs/cost_private.h"

uint32_t cost_degree(const struct cost *cost)
{
	uint32_t degree = 0;

	for (uint32_t i = 0; i < cost->count; i++)
		degree = MAX(degree, cost_term_degree(&cost->terms[i]));
	return degree;
}

double cost_units_at(const struct cost *cost, double n)
{
	double units = 0;

	for (uint32_t i = 0; i < cost->count; i++) {
		const struct cost_term *term = &cost->terms[i];
		double log = term->sorting ? log2(n) / COST_LOG_LARGE : 1;

		units += term->units * log * pow(n, cost_term_degree(term));
	}
	return units;
}

void cost_settle(struct cost_term *term, uint32_t i, double n)
{
	if (term->sorting && i + 1 == term->count) {
		n *= n > 2 ? log2(n) / COST_LOG_LARGE : 1.0 / COST_LOG_LARGE;
		term->sorting = false;
	}
	term->units *= n;
	term->count--;
	for (uint32_t k = i; k < term->count; k++)
		term->factors[k] = term->factors[k + 1];
}

void cost_along(struct costs *costs, const struct path *path, struct cost_term *term)
{
	for (guint i = path->edges->len; i-- > 0;) {
		const struct program_edge *edge =
			&costs->program->edges[g_array_index(path->edges, uint32_t, i)];
		struct cost_body caller;

		if (edge->kind == EDGE_SYNCHRONOUS)
			continue;
		cost_body_init(&caller, costs, edge->caller);
		for (uint32_t k = 0; k < term->count;) {
			struct cost_factor *factor = &term->factors[k];
			const struct cost_size *size = cost_size(costs, factor->size);
			double n;

			if (size->root == COST_ROOT_PARAM && size->function == edge->callee &&
			    cost_substitute(&caller, factor->size, edge->event, &n, &factor->size))
				cost_settle(term, k, n);
			else
				k++;
		}
	}
}

enum cost_weight cost_term_weight(const struct costs *costs, const struct cost_term *term)
{
	enum cost_weight weight = COST_EVENT;

	for (uint32_t i = 0; i < term->count; i++)
		if (!term->factors[i].nested)
			weight = MIN(weight, cost_size(costs, term->factors[i].size)->weight);
	return weight;
}
