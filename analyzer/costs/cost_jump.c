/* Loops that are made of a label and jumps back to it. */
#include "analyzer/costs/cost_private.h"

bool cost_jump_leaves(const struct cost_body *body, const struct cost_loop *loop, fact_id jump)
{
	for (fact_id i = loop->begin; i < loop->end; i++)
		if (cost_event(body, i)->kind == FACT_EVENT_LABEL &&
		    cost_event(body, i)->a == cost_event(body, jump)->a)
			return false;
	return true;
}

/* A comparison with an error, or with errno: what follows is a second try. */
static bool is_failure(const struct cost_body *body, fact_id test)
{
	struct fact_value v = cost_value(body, test), left, right;

	if (v.kind != FACT_VALUE_BINARY)
		return false;
	if (v.op == FACT_OP_LAND || v.op == FACT_OP_LOR)
		return is_failure(body, v.a) || is_failure(body, v.b);
	left = cost_value(body, v.a);
	right = cost_value(body, v.b);
	if (right.kind != FACT_VALUE_INT)
		return false;
	if (v.op == FACT_OP_LT)
		return right.number <= 0;
	return (v.op == FACT_OP_EQ || v.op == FACT_OP_NE) &&
	       (right.number < 0 || (left.kind == FACT_VALUE_DEREF &&
				     cost_value(body, left.a).kind == FACT_VALUE_CALL));
}

/* What is known of the jumps back to a label. */
struct jumps {
	fact_id last; /* the last one that is no second try, or FACT_NONE */
	fact_id test; /* of the branch right around a jump that counts, or FACT_NONE */
};

/* The innermost branch whose first arm is open; FACT_NONE in an else. */
static fact_id innermost(const GArray *open)
{
	return open->len > 0 ? g_array_index(open, fact_id, open->len - 1) : FACT_NONE;
}

static bool any_failure(const struct cost_body *body, const GArray *open)
{
	for (guint i = 0; i < open->len; i++)
		if (g_array_index(open, fact_id, i) != FACT_NONE &&
		    is_failure(body, g_array_index(open, fact_id, i)))
			return true;
	return false;
}

static struct jumps find_jumps(const struct cost_body *body, fact_id begin)
{
	struct jumps jumps = {FACT_NONE, FACT_NONE};
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(fact_id)); /* tests */
	int inside = 0;

	for (fact_id i = begin + 1; i < body->first + body->count; i++) {
		const struct fact_event *e = cost_event(body, i);

		switch ((int)e->kind) {
		case FACT_EVENT_BRANCH:
			g_array_append_val(open, e->a);
			break;
		case FACT_EVENT_ELSE:
			if (open->len > 0)
				g_array_index(open, fact_id, open->len - 1) = FACT_NONE;
			break;
		case FACT_EVENT_BRANCH_END:
			if (open->len == 0)
				return jumps; /* the label stands in this arm */
			g_array_set_size(open, open->len - 1);
			break;
		case FACT_EVENT_LOOP:
		case FACT_EVENT_SWITCH:
			inside++;
			break;
		case FACT_EVENT_LOOP_END:
		case FACT_EVENT_SWITCH_END:
			if (inside-- == 0)
				return jumps;
			break;
		case FACT_EVENT_GOTO:
			if (e->a != cost_event(body, begin)->a || any_failure(body, open))
				break;
			jumps.last = i;
			if (innermost(open) != FACT_NONE && jumps.test == FACT_NONE)
				jumps.test = innermost(open);
			break;
		default:
			break;
		}
	}
	return jumps;
}

/* c of i < c. */
static fact_id limit_of(const struct cost_body *body, fact_id test,
			const struct fact_value *counter)
{
	struct fact_value v = cost_value(body, test), left;
	fact_id found;

	if (v.kind != FACT_VALUE_BINARY)
		return FACT_NONE;
	if (v.op == FACT_OP_LAND) {
		found = limit_of(body, v.a, counter);
		return found == FACT_NONE ? limit_of(body, v.b, counter) : found;
	}
	left = cost_value(body, v.a);
	if (left.kind == FACT_VALUE_UNARY && left.op >= FACT_OP_PRE_INC)
		left = cost_value(body, left.a);
	return cost_same(&left, counter) && (v.op == FACT_OP_LT || v.op == FACT_OP_LE) ? v.b
										       : FACT_NONE;
}

bool cost_jump_read(const struct cost_body *body, fact_id begin, uint32_t outer,
		    struct cost_loop *ret_loop)
{
	struct jumps jumps = find_jumps(body, begin);
	struct cost_loop loop = {.begin = begin,
				 .end = jumps.last,
				 .test = jumps.test,
				 .limit = FACT_NONE,
				 .outer = outer,
				 .bound = FACT_BOUND_NONE,
				 .size = COST_NONE,
				 .follows = COST_NONE,
				 .step = 1};

	if (jumps.last == FACT_NONE)
		return false;
	if (loop.test != FACT_NONE)
		loop.counter = cost_counter(body, &loop, loop.test, &loop.step);
	if (loop.counter.kind != FACT_VALUE_UNKNOWN)
		loop.limit = limit_of(body, loop.test, &loop.counter);
	*ret_loop = loop;
	return true;
}
