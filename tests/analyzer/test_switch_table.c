/* Switches that are tables of handlers, and those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/switch_table.h"
#include "tests/analyzer/linked.h"

#define HANDLERS                                                                                   \
	"static int a(void *c) { return c != 0; } static int b(void *c) { return c != 0; }\n"      \
	"static int d(void *c) { return c != 0; } static int e(void *c) { return c != 0; }\n"      \
	"void say(int n); static void log_it(int n) { say(n); }\n"

static guint handlers_in(const char *text)
{
	g_autoptr(linked_t) linked = linked_new("a.c", text, NULL);
	g_autoptr(GArray) calls =
		switch_table_calls(linked->program, linked_function(linked, "dispatch"));

	return calls->len;
}

static void cases_that_only_call_are_handlers(void **state)
{
	assert_int_equal(handlers_in(HANDLERS "int dispatch(int k, void *c) { int r; switch (k) {\n"
					      "case 1: return a(c); case 2: r = b(c); break;\n"
					      "case 3: case 4: r = d(c); break; case 5: e(c);\n"
					      "default: log_it(k); r = -1; } return r; }\n"
					      "void other(void) { log_it(1); }\n"),
			 4);
}

static void three_are_no_table(void **state)
{
	assert_int_equal(handlers_in(HANDLERS "int dispatch(int k, void *c) { switch (k) {\n"
					      "case 1: return a(c); case 2: return b(c);\n"
					      "case 3: return d(c); } return e(c); }\n"),
			 0);
}

static void what_others_call_too_is_no_handler(void **state)
{
	assert_int_equal(handlers_in(HANDLERS "int dispatch(int k, void *c) { switch (k) {\n"
					      "case 1: return a(c); case 2: return b(c);\n"
					      "case 3: return d(c); case 4: return e(c); }\n"
					      "return 0; } int other(void *c) { return e(c); }\n"),
			 0);
}

static void cases_that_do_more_are_no_handlers(void **state)
{
	assert_int_equal(handlers_in(HANDLERS "int dispatch(int k, void *c) { switch (k) {\n"
					      "case 1: if (c) return a(c); break;\n"
					      "case 2: say(k); return b(c);\n"
					      "case 3: return d(c); case 4: return e(c); }\n"
					      "return 0; }\n"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_that_only_call_are_handlers),
		cmocka_unit_test(three_are_no_table),
		cmocka_unit_test(what_others_call_too_is_no_handler),
		cmocka_unit_test(cases_that_do_more_are_no_handlers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
