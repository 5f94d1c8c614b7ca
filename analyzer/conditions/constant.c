/* Integers: what an expression comes to when everything in it is constant. Locals are followed to
 * what is assigned to them; all assignments must agree. A variable of one file that nobody writes
 * to is what its initializer says. */
#include "analyzer/conditions/condition_private.h"

/* One integer operator; false where C leaves it undefined. */
static bool fold(enum fact_operator op, int64_t left, int64_t right, int64_t *ret)
{
	uint64_t a = (uint64_t)left, b = (uint64_t)right;

	switch (op) {
	case FACT_OP_ADD:
		*ret = (int64_t)(a + b);
		return true;
	case FACT_OP_SUB:
		*ret = (int64_t)(a - b);
		return true;
	case FACT_OP_MUL:
		*ret = (int64_t)(a * b);
		return true;
	case FACT_OP_DIV:
	case FACT_OP_REM:
		if (!right || (left == INT64_MIN && right == -1))
			return false;
		*ret = op == FACT_OP_DIV ? left / right : left % right;
		return true;
	case FACT_OP_SHL:
	case FACT_OP_SHR:
		if (right < 0 || right > 63)
			return false;
		*ret = op == FACT_OP_SHL ? (int64_t)(a << b) : left >> right;
		return true;
	case FACT_OP_AND:
		*ret = left & right;
		return true;
	case FACT_OP_OR:
		*ret = left | right;
		return true;
	case FACT_OP_XOR:
		*ret = left ^ right;
		return true;
	case FACT_OP_LT:
		*ret = left < right;
		return true;
	case FACT_OP_GT:
		*ret = left > right;
		return true;
	case FACT_OP_LE:
		*ret = left <= right;
		return true;
	case FACT_OP_GE:
		*ret = left >= right;
		return true;
	case FACT_OP_EQ:
		*ret = left == right;
		return true;
	case FACT_OP_NE:
		*ret = left != right;
		return true;
	case FACT_OP_LAND:
		*ret = left && right;
		return true;
	case FACT_OP_LOR:
		*ret = left || right;
		return true;
	case FACT_OP_NEG:
		*ret = (int64_t)(0 - a);
		return true;
	case FACT_OP_NOT:
		*ret = ~left;
		return true;
	case FACT_OP_LNOT:
		*ret = !left;
		return true;
	case FACT_OP_NONE:
	case FACT_OP_PRE_INC:
	case FACT_OP_PRE_DEC:
	case FACT_OP_POST_INC:
	case FACT_OP_POST_DEC:
		break;
	}
	return false;
}

/* The one constant that all assignments to `place` give. */
static bool assigned_constant(struct conditions *c, uint32_t function,
			      const struct fact_value *place, int64_t *ret_number, int depth);

static bool constant(struct conditions *c, uint32_t function, fact_id value, int64_t *ret_number,
		     int depth)
{
	uint32_t unit = c->program->functions[function].unit;
	const struct fact_value *v;
	int64_t left, right = 0;

	if (value == FACT_NONE || depth > CONDITIONS_DEPTH)
		return false;
	v = program_value(c->program, unit, value);
	if (v->kind == FACT_VALUE_INT) {
		*ret_number = v->number;
		return true;
	}
	if (v->kind == FACT_VALUE_VARIABLE)
		return conditions_global_number(c, unit, v, ret_number);
	if (v->kind == FACT_VALUE_LOCAL)
		return assigned_constant(c, function, v, ret_number, depth);
	if (v->kind == FACT_VALUE_UNARY)
		return constant(c, function, v->a, &left, depth + 1) &&
		       fold(v->op, left, 0, ret_number);
	return v->kind == FACT_VALUE_BINARY && constant(c, function, v->a, &left, depth + 1) &&
	       constant(c, function, v->b, &right, depth + 1) &&
	       fold(v->op, left, right, ret_number);
}

static bool assigned_constant(struct conditions *c, uint32_t function,
			      const struct fact_value *place, int64_t *ret_number, int depth)
{
	const GArray *assignments = conditions_assignments(c, function);
	bool any = false;
	int64_t all = 0, one;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!same_place(&a->base, place))
			continue;
		if (a->by_address || a->op != FACT_OP_NONE || !same_place(&a->place, place) ||
		    !constant(c, function, a->value, &one, depth + 1) || (any && one != all))
			return false;
		all = one;
		any = true;
	}
	if (any)
		*ret_number = all;
	return any;
}

bool conditions_constant(struct conditions *c, uint32_t function, fact_id value,
			 int64_t *ret_number)
{
	return constant(c, function, value, ret_number, 0);
}
