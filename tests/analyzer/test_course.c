/* The walk that tells what a place holds when an event is reached: which ways lead there. */
#include "analyzer/conditions/course.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/conditions/condition.h"
#include "tests/analyzer/linked.h"

/* on() makes it true, off() false, drop() empty; at() is where it is asked for. */
#define UNIT(body)                                                                                 \
	g_autoptr(linked_t) linked =                                                               \
		linked_new("a.c",                                                                  \
			   LINKED_LIBRARY "void on(void);\nvoid off(void);\nvoid drop(void);\n"    \
					  "void at(void);\nint ask(void);\n" body,                 \
			   NULL)

static const char *callee_name(const struct program *program, uint32_t unit, fact_id event)
{
	const struct fact_event *e = program_event(program, unit, event);
	uint32_t callee =
		e->kind == FACT_EVENT_CALL ? program_callee(program, unit, e) : PROGRAM_NONE;

	return callee == PROGRAM_NONE ? "" : program->symbols[callee].name;
}

static formula_id step(struct course *course, fact_id event, formula_id state)
{
	const struct program *program = course->conditions->program;
	const char *name = callee_name(program, program->functions[course->function].unit, event);

	if (g_str_equal(name, "on"))
		return FORMULA_TRUE;
	if (g_str_equal(name, "off"))
		return FORMULA_FALSE;
	return g_str_equal(name, "drop") ? COURSE_NOTHING : state;
}

static struct course course_of(const struct linked *linked, const char *function)
{
	return (struct course){
		.conditions = program_conditions(linked->program),
		.function = linked_function(linked, function),
		.start = FORMULA_FALSE,
		.step = step,
	};
}

/* The state at the call of at() in f(). */
static formula_id held(const struct linked *linked)
{
	struct course course = course_of(linked, "f");
	uint32_t first, count;
	uint32_t unit = linked->program->functions[course.function].unit;

	(void)program_events(linked->program, course.function, &first, &count);
	for (uint32_t i = 0; i < count; i++)
		if (g_str_equal(callee_name(linked->program, unit, first + i), "at"))
			return course_at(&course, first + i);
	fail_msg("f() has no at()");
	return FORMULA_UNKNOWN;
}

static bool depends_on_parameters(formula_id formula)
{
	return formula != FORMULA_TRUE && formula != FORMULA_FALSE && formula != FORMULA_UNKNOWN &&
	       !course_is_empty(formula);
}

static void the_last_change_before_the_place_holds(void **state)
{
	UNIT("void f(void) { on(); off(); on(); at(); off(); }\n");

	assert_int_equal(held(linked), FORMULA_TRUE);
}

static void without_a_change_it_is_as_at_the_start(void **state)
{
	UNIT("void f(void) { ask(); at(); on(); }\n");

	assert_int_equal(held(linked), FORMULA_FALSE);
}

static void arms_that_agree_are_one(void **state)
{
	UNIT("void f(void) { if (ask()) on(); else on(); at(); }\n");

	assert_int_equal(held(linked), FORMULA_TRUE);
}

static void arms_that_differ_are_unknown(void **state)
{
	UNIT("void f(void) { if (ask()) on(); at(); }\n");

	assert_int_equal(held(linked), FORMULA_UNKNOWN);
}

static void a_parameter_tells_arms_apart(void **state)
{
	UNIT("void f(int a) { if (a) on(); at(); }\n");

	assert_true(depends_on_parameters(held(linked)));
}

static void an_arm_that_returns_says_nothing_of_what_follows(void **state)
{
	UNIT("void f(void) { if (ask()) { on(); return; } at(); }\n");

	assert_int_equal(held(linked), FORMULA_FALSE);
}

static void an_arm_that_does_not_come_back_says_nothing(void **state)
{
	UNIT("void f(void) { on(); if (ask()) { off(); lib_exit(1); } at(); }\n");

	assert_int_equal(held(linked), FORMULA_TRUE);
}

static void inside_an_arm_only_its_own_way_counts(void **state)
{
	UNIT("void f(void) { if (ask()) { on(); at(); } else { off(); } }\n");

	assert_int_equal(held(linked), FORMULA_TRUE);
}

static void a_round_of_a_loop_meets_what_the_last_one_left(void **state)
{
	UNIT("void f(void) { while (ask()) { at(); on(); } }\n");

	assert_int_equal(held(linked), FORMULA_UNKNOWN);
}

static void nothing_leaves_the_word_to_the_other_way(void **state)
{
	UNIT("void f(void) { on(); if (ask()) drop(); at(); }\n");

	assert_int_equal(held(linked), FORMULA_TRUE);
}

static void what_is_dropped_is_empty(void **state)
{
	UNIT("void f(void) { on(); drop(); at(); }\n");

	assert_true(course_is_empty(held(linked)));
}

static guint leaves, leaves_true;

static void count_leave(struct course *course, fact_id event, formula_id at)
{
	(void)course;
	(void)event;
	leaves++;
	leaves_true += at == FORMULA_TRUE;
}

static void each_return_and_the_end_are_told(void **state)
{
	UNIT("void f(void) { if (ask()) return; on(); }\n");
	struct course course = course_of(linked, "f");

	leaves = leaves_true = 0;
	course.leave = count_leave;
	(void)course_at(&course, FACT_NONE);
	assert_int_equal(leaves, 2);
	assert_int_equal(leaves_true, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_change_before_the_place_holds),
		cmocka_unit_test(without_a_change_it_is_as_at_the_start),
		cmocka_unit_test(arms_that_agree_are_one),
		cmocka_unit_test(arms_that_differ_are_unknown),
		cmocka_unit_test(a_parameter_tells_arms_apart),
		cmocka_unit_test(an_arm_that_returns_says_nothing_of_what_follows),
		cmocka_unit_test(an_arm_that_does_not_come_back_says_nothing),
		cmocka_unit_test(inside_an_arm_only_its_own_way_counts),
		cmocka_unit_test(a_round_of_a_loop_meets_what_the_last_one_left),
		cmocka_unit_test(nothing_leaves_the_word_to_the_other_way),
		cmocka_unit_test(what_is_dropped_is_empty),
		cmocka_unit_test(each_return_and_the_end_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
