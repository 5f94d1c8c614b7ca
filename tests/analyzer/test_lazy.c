/* What is done once: the first call fills a variable, and no later one comes here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/conditions/condition.h"
#include "tests/analyzer/linked.h"

#define UNIT(body)                                                                                 \
	g_autoptr(linked_t) linked = linked_new(                                                   \
		"a.c",                                                                             \
		LINKED_LIBRARY "static void *cache; static int flag;\nvoid *load(void);\n" body,   \
		NULL)

/* The variable that is filled where `function` calls load(), "" if it is none. */
static const char *filled_at_load(const struct linked *linked, const char *function)
{
	const struct program *program = linked->program;
	uint32_t number = linked_function(linked, function);
	uint32_t unit = program->functions[number].unit;
	uint32_t first, count, found;
	const struct fact_event *events = program_events(program, number, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t callee = events[i].kind == FACT_EVENT_CALL
					  ? program_callee(program, unit, &events[i])
					  : PROGRAM_NONE;

		if (callee == PROGRAM_NONE || !g_str_equal(program->symbols[callee].name, "load"))
			continue;
		found = conditions_once(program_conditions(program), number, first + i);
		return found == PROGRAM_NONE ? "" : program->symbols[found].name;
	}
	fail_msg("%s calls no load()", function);
	return NULL;
}

static void filling_an_empty_variable_is_done_once(void **state)
{
	UNIT("void *f(void) { if (!cache) cache = load(); return cache; }\n");

	assert_string_equal(filled_at_load(linked, "f"), "cache");
}

static void an_early_return_is_a_test_too(void **state)
{
	UNIT("void *f(void) { if (cache != 0) return cache; cache = load(); return cache; }\n");

	assert_string_equal(filled_at_load(linked, "f"), "cache");
}

static void a_flag_may_say_that_it_is_done(void **state)
{
	UNIT("void f(int a) { if (a > 1 && flag == 0) { load(); flag = 1; } }\n");

	assert_string_equal(filled_at_load(linked, "f"), "flag");
}

static void a_test_of_a_full_variable_is_no_such_test(void **state)
{
	UNIT("void f(void) { if (cache) cache = load(); }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
}

static void behind_the_end_of_the_branch_it_is_done_each_time(void **state)
{
	UNIT("void f(void) { if (!cache) cache = &flag; load(); }\n"
	     "void g(int a) { if (a) { if (cache) return; } load(); cache = &flag; }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
	assert_string_equal(filled_at_load(linked, "g"), "");
}

static void the_other_arm_is_done_each_time(void **state)
{
	UNIT("void f(void) { if (!flag) flag = 1; else load(); }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
}

static void what_is_not_filled_is_loaded_again(void **state)
{
	UNIT("void *f(void) { return cache ? cache : load(); }\n"
	     "void g(void) { if (!flag) load(); }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
	assert_string_equal(filled_at_load(linked, "g"), "");
}

static void what_somebody_empties_is_loaded_again(void **state)
{
	UNIT("void *f(void) { if (!cache) cache = load(); return cache; }\n"
	     "void forget(void) { cache = 0; }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
}

static void behind_a_label_nothing_is_known(void **state)
{
	UNIT("void f(int a) { if (cache) return; again: cache = load(); if (a) goto again; }\n");

	assert_string_equal(filled_at_load(linked, "f"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filling_an_empty_variable_is_done_once),
		cmocka_unit_test(an_early_return_is_a_test_too),
		cmocka_unit_test(a_flag_may_say_that_it_is_done),
		cmocka_unit_test(a_test_of_a_full_variable_is_no_such_test),
		cmocka_unit_test(behind_the_end_of_the_branch_it_is_done_each_time),
		cmocka_unit_test(the_other_arm_is_done_each_time),
		cmocka_unit_test(what_is_not_filled_is_loaded_again),
		cmocka_unit_test(what_somebody_empties_is_loaded_again),
		cmocka_unit_test(behind_a_label_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
