/* Numbers that are raised below a limit only: `if (n < most) n++`, and what comes behind
 * `if (n >= most) return`. One walk over a function's events with a stack of open statements. If
 * all that is done with a number is known to keep it below a constant, it is never larger: the
 * counter of an array of sixteen. */
#include "analyzer/costs/cost_private.h"

#define FIRST_ROOM 64u

/* A test whose outcome is known here, or the beginning of a statement. */
struct known {
	fact_id test; /* FACT_NONE: nothing is known */
	bool outcome;
	bool opens; /* goes with its statement; the others with what is around it */
};

struct cost_tests {
	const struct facts *facts;
	const struct fact_event *next; /* the first event that was not read */
	const struct fact_event *first;
	struct known *known; /* a stack: `count` of them, with room for more */
	uint32_t count, room;
};

struct cost_tests *cost_tests_new(void)
{
	return g_new0(struct cost_tests, 1);
}

void cost_tests_free(struct cost_tests *tests)
{
	g_free(tests->known);
	g_free(tests);
}

void cost_tests_begin(struct cost_tests *tests, const struct facts *facts,
		      const struct fact_event *events)
{
	tests->facts = facts;
	tests->first = tests->next = events;
	tests->count = 0;
}

static void learn(struct cost_tests *tests, fact_id test, bool outcome, bool opens)
{
	if (tests->count == tests->room) {
		tests->room = MAX(FIRST_ROOM, 2 * tests->room);
		tests->known = g_renew(struct known, tests->known, tests->room);
	}
	tests->known[tests->count++] = (struct known){test, outcome, opens};
}

/* Forgets what the innermost open statement knew, and returns what it began with. */
static struct known close_statement(struct cost_tests *tests)
{
	struct known last = {.test = FACT_NONE};

	while (tests->count && !last.opens)
		last = tests->known[--tests->count];
	return last;
}

static bool leaves(const struct fact_event *e)
{
	return e->kind == FACT_EVENT_RETURN || e->kind == FACT_EVENT_GOTO ||
	       e->kind == FACT_EVENT_BREAK || e->kind == FACT_EVENT_CONTINUE ||
	       (e->kind == FACT_EVENT_CALL && e->flags & FACT_EVENT_NORETURN);
}

static void pass(struct cost_tests *tests, const struct fact_event *e)
{
	struct known known;

	switch ((int)e->kind) {
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_LOOP:
		learn(tests, e->a, true, true);
		return;
	case FACT_EVENT_SWITCH:
		learn(tests, FACT_NONE, true, true);
		return;
	case FACT_EVENT_ELSE:
		known = close_statement(tests);
		learn(tests, known.test, false, true);
		return;
	case FACT_EVENT_BRANCH_END:
		known = close_statement(tests);
		if (known.outcome && e != tests->first && leaves(e - 1))
			learn(tests, known.test, false, false);
		return;
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_SWITCH_END:
		(void)close_statement(tests);
		return;
	default:
		return;
	}
}

/* The place that is counted: n of n and of n + 1. */
static bool is_counted(const struct facts *facts, fact_id value, fact_id place)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	if (v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_ADD)
		return is_counted(facts, v->a, place) || is_counted(facts, v->b, place);
	return facts_value_same(facts, value, place);
}

/* What `test`, known to be `outcome`, keeps `place` below. */
static fact_id limit_in(const struct facts *facts, fact_id test, bool outcome, fact_id place)
{
	const struct fact_value *v;
	fact_id limit;

	if (test == FACT_NONE)
		return FACT_NONE;
	v = facts_row(facts, values, struct fact_value, test);
	if (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_LNOT)
		return limit_in(facts, v->a, !outcome, place);
	if (v->kind != FACT_VALUE_BINARY)
		return FACT_NONE;
	if (v->op == (outcome ? FACT_OP_LAND : FACT_OP_LOR)) {
		limit = limit_in(facts, v->a, outcome, place);
		return limit != FACT_NONE ? limit : limit_in(facts, v->b, outcome, place);
	}
	if (v->op == (outcome ? FACT_OP_LT : FACT_OP_GE) ||
	    v->op == (outcome ? FACT_OP_LE : FACT_OP_GT) ||
	    v->op == (outcome ? FACT_OP_NE : FACT_OP_EQ))
		if (is_counted(facts, v->a, place))
			return v->b;
	if (v->op == (outcome ? FACT_OP_GT : FACT_OP_LE) ||
	    v->op == (outcome ? FACT_OP_GE : FACT_OP_LT))
		if (is_counted(facts, v->b, place))
			return v->a;
	return FACT_NONE;
}

static fact_id find_limit(struct cost_tests *tests, const struct fact_event *e, bool passed)
{
	for (; tests->next < e; tests->next++)
		pass(tests, tests->next);
	for (uint32_t i = 0; i < tests->count; i++) {
		const struct known *known = &tests->known[i];
		fact_id limit = limit_in(tests->facts, known->test, known->outcome != passed, e->a);

		if (limit != FACT_NONE)
			return limit;
	}
	return FACT_NONE;
}

fact_id cost_tests_limit(struct cost_tests *tests, const struct fact_event *e)
{
	return find_limit(tests, e, false);
}

fact_id cost_tests_passed(struct cost_tests *tests, const struct fact_event *e)
{
	return find_limit(tests, e, true);
}

/* ---- the largest that a number can be ----------------------------------------------------- */

static const struct fact_value *value_row(const struct facts *facts, fact_id value)
{
	return facts_row(facts, values, struct fact_value, value);
}

/* n = n + 1 is n += 1. */
static enum fact_operator operator_of(const struct facts *facts, const struct fact_event *e,
				      const struct fact_value **ret_by)
{
	const struct fact_value *by = value_row(facts, e->b);

	*ret_by = by;
	if (e->op != FACT_OP_NONE || by->kind != FACT_VALUE_BINARY ||
	    !facts_value_same(facts, by->a, e->a))
		return e->op;
	*ret_by = value_row(facts, by->b);
	return by->op;
}

bool cost_tests_most(struct cost_tests *tests, const struct fact_event *e, int64_t *ret_most)
{
	const struct fact_value *to = value_row(tests->facts, e->a), *by;
	enum fact_operator op = e->b == FACT_NONE ? FACT_OP_XOR : operator_of(tests->facts, e, &by);
	fact_id limit;

	*ret_most = 0;
	if (op == FACT_OP_SUB)
		return true;
	if (op == FACT_OP_NONE && by->kind == FACT_VALUE_INT)
		*ret_most = by->number;
	if (op == FACT_OP_NONE)
		return by->kind == FACT_VALUE_INT ||
		       (by->kind == FACT_VALUE_FIELD && cost_same(by, to));
	if (op != FACT_OP_ADD || by->kind != FACT_VALUE_INT)
		return false;
	limit = cost_tests_limit(tests, e);
	if (limit == FACT_NONE || value_row(tests->facts, limit)->kind != FACT_VALUE_INT)
		return false;
	*ret_most = value_row(tests->facts, limit)->number;
	return !__builtin_add_overflow(*ret_most, by->number - 1, ret_most);
}

/* Can somebody else write to `place` from here on? */
static bool is_lent(const struct cost_body *body, const struct fact_event *e,
		    const struct fact_value *place)
{
	struct fact_value v;

	if (e->kind == FACT_EVENT_CALL)
		return cost_takes_address(body, e, place);
	v = e->kind == FACT_EVENT_ASSIGN ? cost_value(body, e->b)
					 : (struct fact_value){FACT_VALUE_UNKNOWN};
	if (v.kind != FACT_VALUE_ADDRESS)
		return false;
	v = cost_value(body, v.a);
	return cost_same(&v, place);
}

bool cost_local_most(const struct cost_body *body, const struct fact_value *place, double *ret_most)
{
	struct cost_tests *tests = cost_tests_new();
	int64_t most = 0, one;
	bool known = true;

	cost_tests_begin(tests, body->costs->program->units[body->unit].facts, body->events);
	for (uint32_t i = 0; known && i < body->count; i++) {
		const struct fact_event *e = &body->events[i];
		struct fact_value to = {.kind = FACT_VALUE_UNKNOWN};

		if (e->kind == FACT_EVENT_ASSIGN)
			to = cost_value(body, e->a);
		if (cost_same(&to, place))
			known = cost_tests_most(tests, e, &one);
		else
			known = !is_lent(body, e, place);
		most = cost_same(&to, place) && known ? MAX(most, one) : most;
	}
	cost_tests_free(tests);
	*ret_most = (double)most;
	return known && most > 0;
}
