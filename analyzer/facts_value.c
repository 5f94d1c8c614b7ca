/* Values as trees. */
#include "analyzer/facts.h"

unsigned facts_value_parts(const struct fact_value *value, fact_id ret_parts[3])
{
	fact_id parts[3] = {FACT_NONE, FACT_NONE, FACT_NONE};
	unsigned count = 0;

	switch ((enum fact_value_kind)value->kind) {
	case FACT_VALUE_FIELD: /* a is its name */
		parts[1] = value->b;
		break;
	case FACT_VALUE_CHOICE:
		parts[2] = value->c;
		/* fallthrough */
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_BINARY:
		parts[1] = value->b;
		/* fallthrough */
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_UNARY:
		parts[0] = value->a;
		break;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_CALL:
		break;
	}
	for (unsigned i = 0; i < 3; i++)
		if (parts[i] != FACT_NONE)
			ret_parts[count++] = parts[i];
	return count;
}

/* The same but for their parts: of one kind, and of one operator, name or number. */
static bool are_alike(const struct fact_value *left, const struct fact_value *right)
{
	if (left->kind != right->kind || left->op != right->op || left->number != right->number)
		return false;
	switch ((enum fact_value_kind)left->kind) {
	case FACT_VALUE_UNKNOWN:
		return false;
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_CALL:
	case FACT_VALUE_FIELD:
		return left->a == right->a;
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
	case FACT_VALUE_CHOICE:
		return true;
	}
	return false;
}

bool facts_value_same(const struct facts *facts, fact_id left, fact_id right)
{
	const struct fact_value *a, *b;
	fact_id left_parts[3], right_parts[3];
	unsigned count;

	if (left == right)
		return true;
	if (left == FACT_NONE || right == FACT_NONE)
		return false;
	a = facts_row(facts, values, struct fact_value, left);
	b = facts_row(facts, values, struct fact_value, right);
	count = facts_value_parts(a, left_parts);
	if (!are_alike(a, b) || facts_value_parts(b, right_parts) != count)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!facts_value_same(facts, left_parts[i], right_parts[i]))
			return false;
	return true;
}

fact_id facts_value_find(const struct facts *facts, fact_id value, facts_value_fn *is_it,
			 const void *data)
{
	fact_id parts[3], found = FACT_NONE;
	unsigned count;

	if (value == FACT_NONE || is_it(facts, value, data))
		return value;
	count = facts_value_parts(facts_row(facts, values, struct fact_value, value), parts);
	for (unsigned i = 0; i < count && found == FACT_NONE; i++)
		found = facts_value_find(facts, parts[i], is_it, data);
	return found;
}

bool facts_value_any(const struct facts *facts, fact_id value, facts_value_fn *is_it,
		     const void *data)
{
	return facts_value_find(facts, value, is_it, data) != FACT_NONE;
}

enum fact_operator facts_operator_mirrored(enum fact_operator op)
{
	switch (op) {
	case FACT_OP_LT:
		return FACT_OP_GT;
	case FACT_OP_GT:
		return FACT_OP_LT;
	case FACT_OP_LE:
		return FACT_OP_GE;
	case FACT_OP_GE:
		return FACT_OP_LE;
	default:
		return op;
	}
}
