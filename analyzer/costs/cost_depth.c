/* Functions that call themselves with a part of what they were given: down a tree, on through a
 * list, for one less. */
#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 6

/* The parameter that `value` is made of, and whether it is more than that parameter itself. */
static uint32_t part_of(const struct cost_body *body, fact_id value, fact_id event, int depth,
			bool *ret_goes_on)
{
	struct fact_value v = cost_value(body, value);
	fact_id parts[3], at;
	unsigned count;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return COST_NONE;
	if (v.kind == FACT_VALUE_PARAM) {
		*ret_goes_on |= cost_last_assignment(body, &v, body->first, event) != FACT_NONE;
		return v.a;
	}
	if (v.kind == FACT_VALUE_LOCAL) {
		at = cost_last_assignment(body, &v, body->first, event);
		return at == FACT_NONE
			       ? COST_NONE
			       : part_of(body, cost_event(body, at)->b, at, depth + 1, ret_goes_on);
	}
	count = facts_value_parts(&v, parts);
	for (unsigned i = 0; i < count; i++) {
		uint32_t param = part_of(body, parts[i], event, depth + 1, ret_goes_on);

		if (param == COST_NONE)
			continue;
		*ret_goes_on |= v.kind == FACT_VALUE_FIELD || v.kind == FACT_VALUE_ELEMENT ||
				v.kind == FACT_VALUE_BINARY;
		return param;
	}
	return COST_NONE;
}

uint32_t cost_goes_down(const struct cost_body *body, fact_id event)
{
	const struct fact_event *e = cost_event(body, event);

	for (uint32_t k = 0; k < e->c; k++) {
		bool goes_on = false;
		uint32_t param =
			part_of(body, program_argument(body->costs->program, body->unit, e, k),
				event, 0, &goes_on);

		if (param == k && goes_on)
			return param;
	}
	return COST_NONE;
}
