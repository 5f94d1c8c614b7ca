/* Two values are compared part by part: p->a.b is the same as p->a.b. See same_value.h. */
#include "analyzer/same_value.h"

#define MAX_DEPTH 8

static bool is_same(const struct program *program, uint32_t unit, fact_id left, fact_id right,
		    int depth)
{
	const struct fact_value *a, *b;

	if (left == right)
		return true;
	if (left == FACT_NONE || right == FACT_NONE || depth > MAX_DEPTH)
		return false;
	a = program_value(program, unit, left);
	b = program_value(program, unit, right);
	if (a->kind != b->kind)
		return false;
	switch ((enum fact_value_kind)a->kind) {
	case FACT_VALUE_STRING:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
		return a->a == b->a;
	case FACT_VALUE_FIELD:
		return a->a == b->a && is_same(program, unit, a->b, b->b, depth + 1);
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return is_same(program, unit, a->a, b->a, depth + 1);
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_CALL:
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
	case FACT_VALUE_CHOICE:
		return false;
	}
	return false;
}

bool same_value(const struct program *program, uint32_t unit, fact_id left, fact_id right)
{
	return is_same(program, unit, left, right, 0);
}
