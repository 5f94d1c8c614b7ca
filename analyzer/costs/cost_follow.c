/* Loops that go as far as a loop around them has come: for (i < n) for (j < i), the rest of a list
 * for each of its elements. Both together are a square, of which they do a half. */
#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 6

static const struct fact_value unknown = {.kind = FACT_VALUE_UNKNOWN};

static const struct facts *facts_of(const struct cost_body *body)
{
	return body->costs->program->units[body->unit].facts;
}

/* ---- counters ----------------------------------------------------------------------------- */

/* How far the assignment moves what it assigns: i++, i += 2, i = i - 1; 0 if not by a constant. */
static double step_at(const struct cost_body *body, const struct fact_event *e)
{
	enum fact_operator op = e->op;
	struct fact_value by = cost_value(body, e->b);

	if (op == FACT_OP_NONE && by.kind == FACT_VALUE_BINARY &&
	    facts_value_same(facts_of(body), by.a, e->a)) {
		op = by.op;
		by = cost_value(body, by.b);
	}
	if ((op != FACT_OP_ADD && op != FACT_OP_SUB) || by.kind != FACT_VALUE_INT)
		return 0;
	return by.number < 0 ? -(double)by.number : (double)by.number;
}

/* How far a round of `loop` moves `place`; 0 if it does something else with it as well. */
static double step_of(const struct cost_body *body, const struct cost_loop *loop,
		      const struct fact_value *place)
{
	double least = 0;

	for (fact_id i = loop->begin; i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to;
		double step;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = cost_value(body, e->a);
		if (!cost_same(&to, place))
			continue;
		step = step_at(body, e);
		if (step == 0)
			return 0;
		least = least == 0 ? step : MIN(least, step);
	}
	return least;
}

/* x of x + 15, and what is added. */
static fact_id without_offset(const struct cost_body *body, fact_id value, int64_t *ret_offset)
{
	struct fact_value v = value == FACT_NONE ? unknown : cost_value(body, value), right;

	*ret_offset = 0;
	if (v.kind != FACT_VALUE_BINARY || (v.op != FACT_OP_ADD && v.op != FACT_OP_SUB))
		return value;
	right = cost_value(body, v.b);
	if (right.kind != FACT_VALUE_INT)
		return value;
	*ret_offset = v.op == FACT_OP_ADD ? right.number : -right.number;
	return v.a;
}

struct fact_value cost_counter(const struct cost_body *body, const struct cost_loop *loop,
			       fact_id value, double *ret_step)
{
	struct fact_value v, found;
	int64_t offset;

	v = cost_value(body, without_offset(body, value, &offset));
	if (v.kind == FACT_VALUE_UNARY && v.op >= FACT_OP_PRE_INC)
		v = cost_value(body, v.a);
	if (v.kind == FACT_VALUE_LOCAL || v.kind == FACT_VALUE_PARAM) {
		*ret_step = step_of(body, loop, &v);
		return *ret_step > 0 ? v : unknown;
	}
	if (v.kind != FACT_VALUE_BINARY ||
	    (v.op != FACT_OP_LAND && (v.op < FACT_OP_LT || v.op > FACT_OP_NE)))
		return unknown;
	found = cost_counter(body, loop, v.a, ret_step);
	return found.kind == FACT_VALUE_UNKNOWN ? cost_counter(body, loop, v.b, ret_step) : found;
}

/* ---- at the counter of a loop around ------------------------------------------------------ */

static bool is_at(const struct cost_body *body, fact_id value, fact_id event,
		  const struct cost_loop *loop, int depth)
{
	struct fact_value v = cost_value(body, value);
	fact_id at;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	if (cost_same(&v, &loop->counter))
		return true;
	if (v.kind == FACT_VALUE_LOCAL) {
		at = cost_last_assignment(body, &v, loop->begin, event);
		return at != FACT_NONE && is_at(body, cost_event(body, at)->b, at, loop, depth + 1);
	}
	if (v.kind != FACT_VALUE_BINARY || v.op > FACT_OP_DIV)
		return false;
	return (is_at(body, v.a, event, loop, depth + 1) &&
		cost_is_invariant(body, v.b, loop->begin, loop->end, 0)) ||
	       (is_at(body, v.b, event, loop, depth + 1) &&
		cost_is_invariant(body, v.a, loop->begin, loop->end, 0));
}

bool cost_is_at_counter(const struct cost_body *body, fact_id value, fact_id event,
			const struct cost_loop *loop)
{
	return loop->counter.kind != FACT_VALUE_UNKNOWN && event > loop->begin &&
	       is_at(body, value, event, loop, 0);
}

/* ---- where a loop starts and ends --------------------------------------------------------- */

static fact_id start_of(const struct cost_body *body, const struct cost_loop *loop)
{
	fact_id at = cost_last_assignment(body, &loop->counter, body->first, loop->begin);

	return at == FACT_NONE ? FACT_NONE : cost_event(body, at)->b;
}

/* The other side of the comparison that tests the counter; FACT_NONE if there is none. */
static fact_id end_of(const struct cost_body *body, const struct cost_loop *loop, fact_id test,
		      bool *ret_inclusive)
{
	struct fact_value v = cost_value(body, test), left, right;
	int64_t offset;
	fact_id found;

	if (v.kind != FACT_VALUE_BINARY)
		return FACT_NONE;
	if (v.op == FACT_OP_LAND) {
		found = end_of(body, loop, v.a, ret_inclusive);
		return found == FACT_NONE ? end_of(body, loop, v.b, ret_inclusive) : found;
	}
	if (v.op < FACT_OP_LT || v.op > FACT_OP_NE)
		return FACT_NONE;
	*ret_inclusive = v.op == FACT_OP_LE || v.op == FACT_OP_GE;
	left = cost_value(body, without_offset(body, v.a, &offset));
	right = cost_value(body, without_offset(body, v.b, &offset));
	return cost_same(&left, &loop->counter)    ? v.b
	       : cost_same(&right, &loop->counter) ? v.a
						   : FACT_NONE;
}

bool cost_is_window(const struct cost_body *body, const struct cost_loop *loop, double *ret_trips)
{
	bool inclusive = false;
	int64_t from, to;
	fact_id start = without_offset(body, start_of(body, loop), &from);
	fact_id end = without_offset(body, end_of(body, loop, loop->test, &inclusive), &to);

	if (start == FACT_NONE || end == FACT_NONE ||
	    cost_value(body, end).kind == FACT_VALUE_INT ||
	    !facts_value_same(facts_of(body), start, end))
		return false;
	*ret_trips = (double)to - (double)from;
	*ret_trips = (*ret_trips < 0 ? -*ret_trips : *ret_trips) + inclusive;
	return true;
}

uint32_t cost_followed(const struct cost_body *body, const struct cost_loop *loop)
{
	bool inclusive;
	fact_id start = start_of(body, loop);
	fact_id end = end_of(body, loop, loop->test, &inclusive);
	struct fact_value limit = cost_value(body, loop->limit);

	/* A counter that runs down is bounded by where it starts. */
	if (cost_same(&limit, &loop->counter) || start == loop->limit) {
		limit.a = end; /* what it ends at instead */
		end = start;
		start = limit.a;
	}
	for (uint32_t row = loop->outer; row != COST_NONE; row = cost_loop_at(body, row)->outer) {
		const struct cost_loop *outer = cost_loop_at(body, row);

		if (cost_is_at_counter(body, end, loop->begin, outer))
			return start != FACT_NONE &&
					       cost_is_at_counter(body, start, loop->begin, outer)
				       ? COST_NONE
				       : row;
	}
	return COST_NONE;
}

uint32_t cost_followed_list(const struct cost_body *body, const struct cost_loop *loop,
			    fact_id start, fact_id link)
{
	struct fact_value from = cost_value(body, start);

	if (from.kind == FACT_VALUE_FIELD && from.a == link && from.b != FACT_NONE)
		from = cost_value(body, from.b);
	for (uint32_t row = loop->outer; row != COST_NONE; row = cost_loop_at(body, row)->outer) {
		const struct cost_loop *outer = cost_loop_at(body, row);
		struct fact_value field =
			outer->limit == FACT_NONE ? unknown : cost_value(body, outer->limit);

		if (outer->bound == FACT_BOUND_LIST && outer->size != COST_NONE &&
		    cost_same(&from, &outer->walker) && field.kind == FACT_VALUE_FIELD &&
		    field.a == link)
			return row;
	}
	return COST_NONE;
}
