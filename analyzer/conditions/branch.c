/* Conditions of branches as formulas: comparisons with numbers, flags, who runs this, what fork()
 * and errno say. */
#include "analyzer/conditions/branch.h"

#include "analyzer/conditions/identity.h"

/* A branch that depends on a local that depends on a branch: so far it is followed. */
#define MAX_BRANCHES 3

struct fact_value branch_value(const struct branch_reader *r, fact_id value)
{
	struct fact_value none = {.kind = FACT_VALUE_UNKNOWN};

	return value == FACT_NONE ? none : *program_value(r->conditions->program, r->unit, value);
}

static bool is_fork(const struct branch_reader *r, fact_id value)
{
	return identity_is_fork(r->conditions, r->function, value, r->depth);
}

static formula_id test(const struct branch_reader *r, fact_id value, enum condition_kind kind,
		       int64_t number, bool negated)
{
	struct atom atom = {.kind = kind, .number = number, .negated = negated, .guard = !r->exact};
	struct spot at = {.function = r->function, .event = r->event};

	return conditions_test(r->conditions, at, value, &atom);
}

static formula_id unread(const struct branch_reader *r)
{
	return r->exact ? FORMULA_UNKNOWN : FORMULA_TRUE;
}

/* errno == EAGAIN: the caller knows whether its descriptor can say so. */
static formula_id is_nonblocking(const struct branch_reader *r, fact_id parameter)
{
	struct atom atom = {.kind = CONDITION_FD_NONBLOCKING,
			    .param = branch_value(r, parameter).a,
			    .guard = !r->exact};

	return formulas_atom(r->conditions->formulas, &atom);
}

/* `value op number` is `yes`; the other operators are said through these two. */
formula_id branch_compare(const struct branch_reader *r, enum fact_operator op, fact_id value,
			  int64_t number, bool yes)
{
	struct spot at = {.function = r->function, .event = r->event};
	bool fork = is_fork(r, value);
	fact_id flags, descriptor;
	int64_t mask;

	switch (op) {
	case FACT_OP_EQ:
	case FACT_OP_NE:
		if (number == 0 &&
		    conditions_flags_set(r->conditions->program, r->unit, value, &flags, &mask))
			return test(r, flags, CONDITION_FLAG, mask, (op == FACT_OP_EQ) != yes);
		if (fork && number == 0)
			return (op == FACT_OP_EQ) == yes ? FORMULA_FALSE : FORMULA_TRUE;
		descriptor = conditions_would_block(r->conditions, at, value, number);
		if (descriptor != FACT_NONE)
			return (op == FACT_OP_EQ) == yes ? is_nonblocking(r, descriptor)
							 : unread(r);
		return test(r, value, CONDITION_EQUAL, number, (op == FACT_OP_EQ) != yes);
	case FACT_OP_LT:
	case FACT_OP_GE:
		return test(r, value, CONDITION_LESS, number, (op == FACT_OP_LT) != yes);
	case FACT_OP_LE:
	case FACT_OP_GT:
		if (number == INT64_MAX)
			return FORMULA_TRUE;
		if (fork && number == 0 && (op == FACT_OP_GT) != yes)
			return FORMULA_FALSE; /* if (pid > 0) { parent } else { child } */
		return test(r, value, CONDITION_LESS, number + 1, (op == FACT_OP_LE) != yes);
	default:
		return unread(r);
	}
}

bool branch_is_number(const struct branch_reader *r, fact_id value, int64_t *ret_number)
{
	struct fact_value v = branch_value(r, value);

	*ret_number = v.kind == FACT_VALUE_INT ? v.number : 0;
	return v.kind == FACT_VALUE_INT || v.kind == FACT_VALUE_NULL;
}

/* Is it fork() itself, or its result compared with a number? */
static bool tests_fork(const struct branch_reader *r, fact_id value)
{
	struct fact_value v = branch_value(r, value);

	if (v.kind == FACT_VALUE_BINARY && v.op >= FACT_OP_LT && v.op <= FACT_OP_NE)
		return is_fork(r, v.a) || is_fork(r, v.b);
	return v.kind == FACT_VALUE_UNARY ? is_fork(r, v.a) : is_fork(r, value);
}

/* The condition `value` holds (or, if !yes, does not). */
static formula_id read_branch(const struct branch_reader *r, fact_id value, bool yes, int depth)
{
	struct fact_value v = branch_value(r, value);
	struct formulas *formulas = r->conditions->formulas;
	formula_id left, right;
	int64_t number;
	int loop;

	if (value == FACT_NONE || depth > 16)
		return unread(r);
	loop = identity_of_loop(r->conditions, r->function, value, r->depth);
	if (loop)
		return (loop > 0) == yes ? FORMULA_TRUE : FORMULA_FALSE;
	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT)
		return read_branch(r, v.a, !yes, depth + 1);
	if (v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_LAND || v.op == FACT_OP_LOR)) {
		left = read_branch(r, v.a, yes, depth + 1);
		right = read_branch(r, v.b, yes, depth + 1);
		/* `if (!debugging && fork()) { parent } else { child }`: the child's arm */
		if (right == FORMULA_FALSE && tests_fork(r, v.b))
			return FORMULA_FALSE;
		return (v.op == FACT_OP_LAND) == yes ? formulas_and(formulas, left, right)
						     : formulas_or(formulas, left, right);
	}
	if (v.kind == FACT_VALUE_BINARY && branch_is_number(r, v.b, &number) &&
	    v.op >= FACT_OP_LT && v.op <= FACT_OP_NE)
		return branch_compare(r, v.op, v.a, number, yes);
	if (v.kind == FACT_VALUE_BINARY && branch_is_number(r, v.a, &number) &&
	    v.op >= FACT_OP_LT && v.op <= FACT_OP_NE)
		return branch_compare(r, facts_operator_mirrored(v.op), v.b, number, yes);
	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_AND &&
	    branch_is_number(r, v.b, &number) && number && !(number & (number - 1)))
		return test(r, v.a, CONDITION_FLAG, number, !yes);
	if (is_fork(r, value))
		return yes ? FORMULA_TRUE : FORMULA_FALSE;
	return test(r, value, CONDITION_ZERO, 0, yes);
}

formula_id branch_formula(const struct branch_reader *r, fact_id value, bool yes)
{
	return read_branch(r, value, yes, 0);
}

formula_id conditions_branch(struct conditions *c, uint32_t function, fact_id event)
{
	formula_id answer;
	struct branch_reader reader = {.conditions = c,
				       .function = function,
				       .unit = c->program->functions[function].unit,
				       .event = event,
				       .depth = IDENTITY_WRAPPERS,
				       .exact = true};

	if (c->branches >= MAX_BRANCHES)
		return FORMULA_UNKNOWN;
	c->branches++;
	answer = branch_formula(&reader, program_event(c->program, reader.unit, event)->a, true);
	c->branches--;
	return answer;
}
