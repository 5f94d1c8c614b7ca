/* Values as trees: their parts, and whether two are written alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/facts.h"

static fact_id add(struct facts *facts, struct fact_value value)
{
	g_array_append_val(facts->values, value);
	return facts->values->len - 1;
}

static fact_id param(struct facts *facts, uint32_t number)
{
	return add(facts, (struct fact_value){.kind = FACT_VALUE_PARAM, .a = number});
}

/* p[0] of the parameter `number`. */
static fact_id first_of(struct facts *facts, uint32_t number)
{
	fact_id array = param(facts, number);
	fact_id zero = add(facts, (struct fact_value){.kind = FACT_VALUE_INT});

	return add(facts,
		   (struct fact_value){.kind = FACT_VALUE_ELEMENT, .a = array, .b = zero});
}

static unsigned count_parts(const struct facts *facts, fact_id value, fact_id parts[3])
{
	return facts_value_parts(facts_row(facts, values, struct fact_value, value), parts);
}

static void parts_are_values_and_nothing_else(void **state)
{
	struct facts *facts = facts_new();
	fact_id a = param(facts, 7), b = param(facts, 8), parts[3];
	fact_id field = add(facts, (struct fact_value){FACT_VALUE_FIELD, .a = 3, .b = a});
	fact_id bare = add(facts, (struct fact_value){FACT_VALUE_FIELD, .a = 3, .b = FACT_NONE});
	fact_id some = add(facts, (struct fact_value){FACT_VALUE_ELEMENT, .a = a, .b = FACT_NONE});
	fact_id choice = add(facts, (struct fact_value){FACT_VALUE_CHOICE, 0, a, b, some, 0});
	/* b and c of an operator with one side mean nothing, whatever they are. */
	fact_id unary = add(facts, (struct fact_value){FACT_VALUE_UNARY, FACT_OP_NEG, a, 5, 6, 0});

	(void)state;
	assert_int_equal(count_parts(facts, a, parts), 0);
	assert_int_equal(count_parts(facts, bare, parts), 0);
	assert_int_equal(count_parts(facts, field, parts), 1);
	assert_int_equal(parts[0], a);
	assert_int_equal(count_parts(facts, some, parts), 1);
	assert_int_equal(count_parts(facts, unary, parts), 1);
	assert_int_equal(parts[0], a);
	assert_int_equal(count_parts(facts, choice, parts), 3);
	assert_int_equal(parts[0], a);
	assert_int_equal(parts[1], b);
	assert_int_equal(parts[2], some);
	facts_free(facts);
}

static void same_is_written_alike_all_the_way_down(void **state)
{
	struct facts *facts = facts_new();
	fact_id one = first_of(facts, 1), again = first_of(facts, 1), other = first_of(facts, 2);
	fact_id unknown = add(facts, (struct fact_value){.kind = FACT_VALUE_UNKNOWN});
	fact_id stranger = add(facts, (struct fact_value){.kind = FACT_VALUE_UNKNOWN});
	fact_id open = add(facts, (struct fact_value){FACT_VALUE_ELEMENT, .a = 0, .b = FACT_NONE});

	(void)state;
	assert_true(facts_value_same(facts, one, again));
	assert_false(facts_value_same(facts, one, other));
	assert_false(facts_value_same(facts, one, open));
	assert_false(facts_value_same(facts, unknown, stranger));
	assert_true(facts_value_same(facts, unknown, unknown));
	assert_false(facts_value_same(facts, one, FACT_NONE));
	facts_free(facts);
}

static bool is_param(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	return v->kind == FACT_VALUE_PARAM && v->a == *(const uint32_t *)data;
}

static void any_looks_everywhere(void **state)
{
	struct facts *facts = facts_new();
	fact_id whole = add(facts, (struct fact_value){FACT_VALUE_CHOICE, 0, param(facts, 4),
						       first_of(facts, 5), first_of(facts, 6), 0});
	uint32_t wanted;

	(void)state;
	for (wanted = 4; wanted <= 6; wanted++)
		assert_true(facts_value_any(facts, whole, is_param, &wanted));
	assert_false(facts_value_any(facts, whole, is_param, &wanted));
	assert_false(facts_value_any(facts, FACT_NONE, is_param, &wanted));
	facts_free(facts);
}

static void mirrored_comparisons_say_the_same(void **state)
{
	(void)state;
	assert_int_equal(facts_operator_mirrored(FACT_OP_LT), FACT_OP_GT);
	assert_int_equal(facts_operator_mirrored(FACT_OP_GE), FACT_OP_LE);
	assert_int_equal(facts_operator_mirrored(FACT_OP_EQ), FACT_OP_EQ);
	assert_int_equal(facts_operator_mirrored(FACT_OP_SUB), FACT_OP_SUB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_values_and_nothing_else),
		cmocka_unit_test(same_is_written_alike_all_the_way_down),
		cmocka_unit_test(any_looks_everywhere),
		cmocka_unit_test(mirrored_comparisons_say_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
