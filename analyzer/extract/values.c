/* Values: rows of the values table, with operators over constants folded as they are built. */
#include "analyzer/extract/unit.h"

struct fact_value *value_row(struct unit *unit, fact_id id)
{
	return facts_row(unit->facts, values, struct fact_value, id);
}

static struct weight weight_of(const struct unit *unit, fact_id id)
{
	return id == FACT_NONE ? (struct weight){0}
			       : g_array_index(unit->weights, struct weight, id);
}

static fact_id append(struct unit *unit, const struct fact_value *value, struct weight weight)
{
	g_array_append_val(unit->facts->values, *value);
	g_array_append_val(unit->weights, weight);
	return unit->facts->values->len - 1;
}

static fact_id unknown(struct unit *unit)
{
	struct fact_value value = {.kind = FACT_VALUE_UNKNOWN};

	if (unit->unknown == FACT_NONE)
		unit->unknown = append(unit, &value, (struct weight){1, 1});
	return unit->unknown;
}

static fact_id null_value(struct unit *unit)
{
	struct fact_value value = {.kind = FACT_VALUE_NULL};

	if (unit->null_value == FACT_NONE)
		unit->null_value = append(unit, &value, (struct weight){1, 1});
	return unit->null_value;
}

/* A value with operands, or unknown if its tree would be too large. */
static fact_id append_tree(struct unit *unit, const struct fact_value *value, fact_id a, fact_id b,
			   fact_id c)
{
	struct weight wa = weight_of(unit, a), wb = weight_of(unit, b), wc = weight_of(unit, c);
	guint depth = 1 + MAX(wa.depth, MAX(wb.depth, wc.depth));
	guint size = 1u + wa.size + wb.size + wc.size;

	if (depth > FACTS_VALUE_DEPTH || size > FACTS_VALUE_SIZE)
		return unknown(unit);
	return append(unit, value, (struct weight){depth, size});
}

fact_id value_new(struct unit *unit, enum fact_value_kind kind, uint32_t a, uint32_t b)
{
	struct fact_value value = {.kind = kind, .a = a, .b = b};

	switch (kind) {
	case FACT_VALUE_UNKNOWN:
		return unknown(unit);
	case FACT_VALUE_NULL:
		return null_value(unit);
	case FACT_VALUE_FIELD:
		return append_tree(unit, &value, FACT_NONE, b, FACT_NONE);
	case FACT_VALUE_ELEMENT:
		return append_tree(unit, &value, a, b, FACT_NONE);
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return append_tree(unit, &value, a, FACT_NONE, FACT_NONE);
	case FACT_VALUE_INT:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_CALL:
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
	case FACT_VALUE_CHOICE:
		break;
	}
	return append(unit, &value, (struct weight){1, 1});
}

fact_id value_int(struct unit *unit, int64_t number)
{
	struct fact_value value = {.kind = FACT_VALUE_INT, .number = number};
	fact_id *small;

	if (number < -1 || number >= (gint64)G_N_ELEMENTS(unit->small) - 1)
		return append(unit, &value, (struct weight){1, 1});
	small = &unit->small[number + 1];
	if (*small == FACT_NONE)
		*small = append(unit, &value, (struct weight){1, 1});
	return *small;
}

static bool is_int(struct unit *unit, fact_id id, int64_t *ret_number)
{
	const struct fact_value *value = value_row(unit, id);

	if (value->kind != FACT_VALUE_INT && value->kind != FACT_VALUE_NULL)
		return false;
	*ret_number = value->number;
	return true;
}

/* Two's complement, as every compiler that matters does it; false where C leaves it open. */
// clang-format off
static bool fold_binary(enum fact_operator op, int64_t a, int64_t b, int64_t *ret_result)
{
	uint64_t ua = a, ub = b;
	bool shifts = b >= 0 && b < 64;
	bool divides = b != 0 && !(a == INT64_MIN && b == -1);

	switch (op) {
	case FACT_OP_ADD: *ret_result = ua + ub; return true;
	case FACT_OP_SUB: *ret_result = ua - ub; return true;
	case FACT_OP_MUL: *ret_result = ua * ub; return true;
	case FACT_OP_DIV: *ret_result = divides ? a / b : 0; return divides;
	case FACT_OP_REM: *ret_result = divides ? a % b : 0; return divides;
	case FACT_OP_SHL: *ret_result = shifts ? ua << b : 0; return shifts;
	case FACT_OP_SHR: *ret_result = shifts ? a >> b : 0; return shifts;
	case FACT_OP_AND: *ret_result = a & b; return true;
	case FACT_OP_OR: *ret_result = a | b; return true;
	case FACT_OP_XOR: *ret_result = a ^ b; return true;
	case FACT_OP_LT: *ret_result = a < b; return true;
	case FACT_OP_GT: *ret_result = a > b; return true;
	case FACT_OP_LE: *ret_result = a <= b; return true;
	case FACT_OP_GE: *ret_result = a >= b; return true;
	case FACT_OP_EQ: *ret_result = a == b; return true;
	case FACT_OP_NE: *ret_result = a != b; return true;
	case FACT_OP_LAND: *ret_result = a && b; return true;
	case FACT_OP_LOR: *ret_result = a || b; return true;
	case FACT_OP_NONE: case FACT_OP_NEG: case FACT_OP_NOT: case FACT_OP_LNOT:
	case FACT_OP_PRE_INC: case FACT_OP_PRE_DEC: case FACT_OP_POST_INC: case FACT_OP_POST_DEC:
		return false;
	}
	return false;
}
// clang-format on

fact_id value_binary(struct unit *unit, enum fact_operator op, fact_id a, fact_id b)
{
	struct fact_value value = {.kind = FACT_VALUE_BINARY, .op = op, .a = a, .b = b};
	int64_t left, right, result;

	if (is_int(unit, a, &left) && is_int(unit, b, &right) &&
	    fold_binary(op, left, right, &result))
		return value_int(unit, result);
	return append_tree(unit, &value, a, b, FACT_NONE);
}

fact_id value_unary(struct unit *unit, enum fact_operator op, fact_id a)
{
	struct fact_value value = {.kind = FACT_VALUE_UNARY, .op = op, .a = a};
	int64_t number;

	if (is_int(unit, a, &number)) {
		if (op == FACT_OP_NEG)
			return value_int(unit, -(uint64_t)number);
		if (op == FACT_OP_NOT)
			return value_int(unit, ~number);
		if (op == FACT_OP_LNOT)
			return value_int(unit, !number);
	}
	return append_tree(unit, &value, a, FACT_NONE, FACT_NONE);
}

fact_id value_choice(struct unit *unit, fact_id condition, fact_id a, fact_id b)
{
	struct fact_value value = {.kind = FACT_VALUE_CHOICE, .a = a, .b = b, .c = condition};
	int64_t number;

	if (is_int(unit, condition, &number))
		return number ? a : b;
	return append_tree(unit, &value, a, b, condition);
}

static void note_address(struct unit *unit, const struct fact_value *place)
{
	while (place->kind == FACT_VALUE_ELEMENT || place->kind == FACT_VALUE_DEREF)
		place = value_row(unit, place->a);
	if (place->kind == FACT_VALUE_VARIABLE || place->kind == FACT_VALUE_FIELD)
		facts_row(unit->facts, symbols, struct fact_symbol, place->a)->flags |=
			FACT_SYMBOL_ADDRESS_TAKEN;
}

fact_id value_address(struct unit *unit, fact_id place)
{
	const struct fact_value *value = value_row(unit, place);

	if (value->kind == FACT_VALUE_FUNCTION || value->kind == FACT_VALUE_UNKNOWN)
		return place;
	if (value->kind == FACT_VALUE_DEREF)
		return value->a;
	note_address(unit, value);
	return value_new(unit, FACT_VALUE_ADDRESS, place, FACT_NONE);
}

fact_id value_deref(struct unit *unit, fact_id pointer)
{
	const struct fact_value *value = value_row(unit, pointer);

	if (value->kind == FACT_VALUE_FUNCTION || value->kind == FACT_VALUE_UNKNOWN)
		return pointer;
	if (value->kind == FACT_VALUE_ADDRESS)
		return value->a;
	return value_new(unit, FACT_VALUE_DEREF, pointer, FACT_NONE);
}

fact_id value_convert(struct unit *unit, fact_id value, CXType type)
{
	const struct type_info *info;
	int64_t number;
	uint64_t mask, sign;

	if (!is_int(unit, value, &number))
		return value;
	info = type_of(unit, type);
	if (info->class == TYPE_POINTER)
		return number == 0 ? null_value(unit) : value;
	if (!info->is_integer || info->bits >= 64)
		return value_int(unit, number);
	mask = (UINT64_C(1) << info->bits) - 1;
	sign = UINT64_C(1) << (info->bits - 1);
	if (info->canonical.kind == CXType_Bool)
		return value_int(unit, number != 0);
	if (info->is_signed)
		return value_int(unit, (int64_t)((((uint64_t)number & mask) ^ sign) - sign));
	return value_int(unit, (int64_t)((uint64_t)number & mask));
}
