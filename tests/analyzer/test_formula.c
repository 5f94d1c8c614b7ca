/* Formulas: equal ones are one, three values, and guards that read unknown as true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/conditions/formula.h"

static formula_id atom(struct formulas *formulas, uint32_t param, bool negated)
{
	struct atom a = {.kind = CONDITION_ZERO, .param = param, .negated = negated};

	return formulas_atom(formulas, &a);
}

static int setup(void **state)
{
	*state = formulas_new();
	return 0;
}

static int teardown(void **state)
{
	formulas_free(*state);
	return 0;
}

static void equal_formulas_have_equal_ids(void **state)
{
	formula_id a = atom(*state, 0, false), b = atom(*state, 1, false);

	assert_int_equal(atom(*state, 0, false), a);
	assert_int_not_equal(a, b);
	assert_int_equal(formulas_and(*state, a, b), formulas_and(*state, b, a));
}

static void unknown_and_false_is_false(void **state)
{
	assert_int_equal(formulas_and(*state, FORMULA_UNKNOWN, FORMULA_FALSE), FORMULA_FALSE);
	assert_int_equal(formulas_or(*state, FORMULA_UNKNOWN, FORMULA_TRUE), FORMULA_TRUE);
	assert_int_equal(formulas_not(*state, FORMULA_UNKNOWN), FORMULA_UNKNOWN);
}

static void a_formula_and_its_opposite_cancel(void **state)
{
	formula_id a = atom(*state, 2, false);

	assert_int_equal(formulas_and(*state, a, formulas_not(*state, a)), FORMULA_FALSE);
	assert_int_equal(formulas_or(*state, a, formulas_not(*state, a)), FORMULA_TRUE);
}

static void negation_goes_down_to_the_atoms_and_back(void **state)
{
	formula_id a = atom(*state, 0, false), b = atom(*state, 1, true);
	formula_id both = formulas_and(*state, a, b);
	formula_id neither = formulas_not(*state, both);

	assert_int_equal(formulas_get(*state, neither).kind, FORMULA_OR);
	assert_int_equal(formulas_not(*state, neither), both);
}

static void softening_reads_unknown_as_true(void **state)
{
	formula_id a = atom(*state, 0, false);
	formula_id either = formulas_or(*state, FORMULA_UNKNOWN, a);

	assert_int_equal(formulas_soften(*state, either), FORMULA_TRUE);
	assert_int_equal(formulas_soften(*state, formulas_and(*state, FORMULA_UNKNOWN, a)),
			 formulas_soften(*state, a));
}

static void softening_makes_guards_of_the_atoms(void **state)
{
	formula_id soft = formulas_soften(*state, atom(*state, 0, false));

	assert_true(formulas_get(*state, soft).atom.guard);
	assert_int_equal(formulas_soften(*state, soft), soft);
}

static void what_is_said_twice_is_said_once(void **state)
{
	formula_id a = atom(*state, 0, false), b = atom(*state, 1, false);
	formula_id not_a = formulas_not(*state, a), both = formulas_and(*state, a, b);

	assert_int_equal(formulas_and(*state, a, both), both);
	assert_int_equal(formulas_or(*state, a, both), a);
	assert_int_equal(formulas_and(*state, a, formulas_or(*state, a, b)), a);
	assert_int_equal(formulas_and(*state, a, formulas_or(*state, not_a, b)), both);
	assert_int_equal(formulas_or(*state, a, formulas_and(*state, not_a, b)),
			 formulas_or(*state, a, b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_formulas_have_equal_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_and_false_is_false, setup, teardown),
		cmocka_unit_test_setup_teardown(a_formula_and_its_opposite_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(negation_goes_down_to_the_atoms_and_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(softening_reads_unknown_as_true, setup, teardown),
		cmocka_unit_test_setup_teardown(softening_makes_guards_of_the_atoms, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_said_twice_is_said_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
