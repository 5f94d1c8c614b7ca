/* Is a value the same in every round of a loop? */
#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 6

bool cost_takes_address(const struct cost_body *body, const struct fact_event *e,
			const struct fact_value *place)
{
	for (uint32_t k = 0; k < e->c; k++) {
		struct fact_value v =
			cost_value(body, program_argument(body->costs->program, body->unit, e, k));
		struct fact_value to = v.kind == FACT_VALUE_ADDRESS
					       ? cost_value(body, v.a)
					       : (struct fact_value){FACT_VALUE_UNKNOWN};

		if (cost_same(&to, place))
			return true;
	}
	return false;
}

/* Nobody gives the local or parameter another value between the two events. */
static bool stays(const struct cost_body *body, const struct fact_value *place, fact_id begin,
		  fact_id end, int depth)
{
	for (fact_id i = begin; i < end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to;

		if (e->kind == FACT_EVENT_CALL && cost_takes_address(body, e, place))
			return false;
		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = cost_value(body, e->a);
		if (cost_same(&to, place) &&
		    (e->op != FACT_OP_NONE ||
		     !cost_is_invariant(body, e->b, begin, end, depth + 1)))
			return false;
	}
	return true;
}

bool cost_is_invariant(const struct cost_body *body, fact_id value, fact_id begin, fact_id end,
		       int depth)
{
	struct fact_value v = cost_value(body, value);
	const struct fact_event *call;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	switch ((enum fact_value_kind)v.kind) {
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_VARIABLE:
		return true;
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
		return stays(body, &v, begin, end, depth);
	case FACT_VALUE_FIELD:
		return v.b == FACT_NONE || cost_is_invariant(body, v.b, begin, end, depth + 1);
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return cost_is_invariant(body, v.a, begin, end, depth + 1);
	case FACT_VALUE_UNARY:
		return v.op < FACT_OP_PRE_INC &&
		       cost_is_invariant(body, v.a, begin, end, depth + 1);
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_BINARY:
	case FACT_VALUE_CHOICE:
		return cost_is_invariant(body, v.a, begin, end, depth + 1) &&
		       cost_is_invariant(body, v.b, begin, end, depth + 1);
	case FACT_VALUE_CALL:
		call = cost_event(body, v.a);
		for (uint32_t k = 0; k < call->c; k++)
			if (!cost_is_invariant(
				    body,
				    program_argument(body->costs->program, body->unit, call, k),
				    begin, end, depth + 1))
				return false;
		return call->c > 0;
	case FACT_VALUE_UNKNOWN:
		break;
	}
	return false;
}
