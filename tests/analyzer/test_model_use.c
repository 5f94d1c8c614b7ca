/* Which rows of models meet a program, and which functions want one. */
#include "analyzer/model_use.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/analyzer/linked.h"

#define UNIT(body) g_autoptr(linked_t) linked = linked_new("a.c", LINKED_LIBRARY body, NULL)

static bool row_is_used(const struct linked *linked, const char *name)
{
	g_autoptr(GArray) rows = model_use_rows(linked->program);

	for (guint i = 0; i < rows->len; i++)
		if (g_str_equal(g_array_index(rows, struct model_row, i).name, name))
			return g_array_index(rows, struct model_row, i).used;
	fail_msg("there is no row %s", name);
	return false;
}

static void rows_that_the_program_names_are_used(void **state)
{
	UNIT("static void ready(void *d) { (void)d; }\n"
	     "void start(void) { lib_register(1, ready, 0); }\n"
	     "void set(struct lib_ops *ops) { ops->ready = ready; }\n"
	     "void later(lib_done_cb done) { lib_unknown(done); }\n");

	assert_true(row_is_used(linked, "lib_register"));
	assert_true(row_is_used(linked, "ready"));
	assert_true(row_is_used(linked, "lib_done_cb"));
	assert_false(row_is_used(linked, "lib_sleep"));
}

static void a_library_that_is_not_used_has_no_rows(void **state)
{
	g_autoptr(linked_t) linked = linked_new("a.c", "int main(void) { return 0; }\n", NULL);
	g_autoptr(GArray) rows = model_use_rows(linked->program);

	assert_int_equal(rows->len, 0);
}

static void functions_without_row_and_body_are_wished_for_most_reached_first(void **state)
{
	UNIT("void rare(void);\nvoid common(void);\nvoid elsewhere(void);\n"
	     "static void one(void *d) { (void)d; common(); common(); }\n"
	     "static void two(void *d) { (void)d; common(); rare(); lib_sleep(1); }\n"
	     "void start(void) { elsewhere(); lib_register(1, one, 0); lib_register(1, two, 0); "
	     "}\n");
	g_autoptr(GArray) wishes = model_use_wishes(linked->program);
	const struct model_wish *first = &g_array_index(wishes, struct model_wish, 0);

	assert_int_equal(wishes->len, 2);
	assert_string_equal(linked->program->symbols[first[0].symbol].name, "common");
	assert_int_equal(first[0].continuations, 2);
	assert_int_equal(first[0].calls, 3);
	assert_string_equal(linked->program->symbols[first[1].symbol].name, "rare");
	assert_int_equal(first[1].continuations, 1);
	assert_string_equal(first[1].header, "a.c");
	assert_null(first[1].library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_the_program_names_are_used),
		cmocka_unit_test(a_library_that_is_not_used_has_no_rows),
		cmocka_unit_test(functions_without_row_and_body_are_wished_for_most_reached_first),
	};

	return cmocka_run_group_tests_name("model_use", tests, NULL, NULL);
}
