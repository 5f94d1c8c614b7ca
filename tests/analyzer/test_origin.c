/* Where the function behind an unresolved call would have to come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/analyzer/linked.h"

#define LINKED(body) g_autoptr(linked_t) linked = linked_new("a.c", LINKED_LIBRARY body, NULL)

/* `reason` NULL: the call is not followed, for whatever reason. Else it is set from outside. */
static void assert_origin(const struct linked *linked, const char *reason)
{
	const struct program *program = linked->program;

	assert_int_equal(program->unresolved_count, 1);
	assert_int_equal(program->coverage.indirect_resolved, 0);
	assert_int_equal(program->coverage.indirect_outside, reason != NULL);
	assert_int_equal(program->coverage.indirect_unresolved, reason == NULL);
	assert_int_equal(program->unresolved[0].outside, reason != NULL);
	if (reason)
		assert_string_equal(program->unresolved[0].reason, reason);
}

static void what_only_callers_outside_pass_is_set_from_outside(void **state)
{
	LINKED("static lib_cb *hook;\n"
	       "static void keep(lib_cb *cb) { hook = cb; }\n"
	       "void set_hook(lib_cb *cb) { keep(cb); }\n"
	       "void turn(void) { hook(0); }\n");

	assert_origin(linked, "what callers pass to set_hook() (a.c:28) as cb, and nothing here "
			      "calls it");
}

static void a_field_of_a_record_from_outside_is_set_from_outside(void **state)
{
	LINKED("struct methods { int kind; lib_cb *load; };\n"
	       "struct type { lib_cb *load; } type;\n"
	       "void create_type(const void *given) {\n"
	       "  const struct methods *m = given; type.load = m->load; }\n"
	       "void turn(void) { type.load(0); }\n");

	assert_origin(linked, "what callers pass to create_type() (a.c:28) as given, and nothing "
			      "here calls it");
}

static void a_place_that_gets_nothing_but_null_is_set_from_outside(void **state)
{
	LINKED("struct timer { lib_cb *fini; };\n"
	       "static void add(struct timer *t, lib_cb *fini) { t->fini = fini; }\n"
	       "void start(struct timer *t) { add(t, 0); }\n"
	       "void turn(struct timer *t) { if (t->fini) t->fini(0); }\n");

	assert_origin(linked, "a function in timer.fini, and only NULL is stored there");
}

static void a_variable_that_nothing_stores_into_is_set_from_outside(void **state)
{
	LINKED("lib_cb *hook;\nvoid turn(void) { if (hook) hook(0); }\n");

	assert_origin(linked, "a function in hook, and nothing here stores one");
}

static void a_record_that_is_made_here_is_not_set_from_outside(void **state)
{
	LINKED("struct timer { lib_cb *fini; };\n"
	       "void *lib_allocate(void);\n"
	       "void turn(void) { struct timer *t = lib_allocate(); t->fini(0); }\n");

	assert_origin(linked, NULL);
}

static void a_computed_pointer_is_not_set_from_outside(void **state)
{
	LINKED("static lib_cb *hook;\n"
	       "void set_hook(lib_cb *cb) { hook = cb; }\n"
	       "void hide(unsigned long bits) { hook = (lib_cb *)(bits ^ 42); }\n"
	       "void turn(void) { hook(0); }\n");

	assert_origin(linked, NULL);
}

static void what_a_library_stores_is_not_set_from_outside(void **state)
{
	LINKED("int lib_find(const char *name, lib_cb **ret_found);\n"
	       "static lib_cb *hook;\n"
	       "void turn(void) { lib_find(\"x\", &hook); hook(0); }\n");

	assert_origin(linked, NULL);
}

/* The library calls it with what the program passed along. */
static void a_function_that_a_library_got_is_no_entry(void **state)
{
	LINKED("void lib_later(lib_cb *cb, void *data);\n"
	       "static void ready(void *data) { ((lib_cb *)data)(0); }\n"
	       "void start(void *data) { lib_later(ready, data); }\n");

	assert_origin(linked, NULL);
}

/* More definitions than are followed. */
static void a_call_by_one_name_of_many_makes_none_an_entry(void **state)
{
#define OTHER(folder) folder "/b.c", LINKED_LIBRARY "void set_hook(lib_cb *cb) { (void)cb; }\n"
	g_autoptr(linked_t) linked = linked_new(
		"a/a.c", LINKED_LIBRARY "static lib_cb *hook;\nvoid turn(void) { hook(0); }\n"
					"void set_hook(lib_cb *cb) { hook = cb; }\n",
		OTHER("1"), OTHER("2"), OTHER("3"), OTHER("4"), OTHER("5"), OTHER("6"), OTHER("7"),
		OTHER("8"), OTHER("9"), "c/c.c",
		LINKED_LIBRARY "void set_hook(lib_cb *cb);\n"
			       "static void ready(void *d) { (void)d; }\n"
			       "void start(void) { set_hook(ready); }\n",
		NULL);

	assert_origin(linked, NULL);
}

/* ---- callbacks that are handed over -------------------------------------------------------- */

/* The program hands over one callback that no function is known of; `reason` says why. */
static void assert_lost(const struct linked *linked, const char *reason)
{
	const struct program *program = linked->program;

	assert_int_equal(program->unresolved_count, 1);
	assert_int_equal(program->coverage.registrations_unresolved, 1);
	assert_int_equal(program->coverage.indirect_unresolved, 0);
	assert_non_null(program->unresolved[0].via);
	assert_string_equal(program->unresolved[0].reason, reason);
}

static void a_callback_that_a_library_returns_is_counted(void **state)
{
	LINKED("lib_cb *look_up(const char *name);\n"
	       "void start(void) { lib_register(3, look_up(\"x\"), 0); }\n");

	assert_lost(linked, "what look_up() returns");
}

static void a_callback_in_a_record_of_a_library_is_counted(void **state)
{
	LINKED("struct plug { lib_cb *cb; };\n"
	       "struct plug *load(void);\n"
	       "void start(void) { lib_register(3, load()->cb, 0); }\n");

	assert_lost(linked, "a function in plug.cb, and nothing here stores one");
}

static void a_callback_called_at_once_is_counted(void **state)
{
	LINKED("lib_cb *look_up(const char *name);\n"
	       "void start(void) { lib_each(0, look_up(\"x\")); }\n");

	assert_lost(linked, "what look_up() returns");
}

static void a_callback_from_outside_is_told_apart(void **state)
{
	LINKED("void start(lib_cb *cb) { lib_register(3, cb, 0); }\n");

	assert_int_equal(linked->program->coverage.registrations_unresolved, 0);
	assert_int_equal(linked->program->coverage.registrations_outside, 1);
}

static void no_callback_is_nothing_to_find(void **state)
{
	LINKED("static void ready(void *d) { (void)d; }\n"
	       "void start(int on) { lib_register(3, 0, 0);\n"
	       "  lib_register(4, on ? ready : 0, 0); }\n");

	assert_int_equal(linked->program->unresolved_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_only_callers_outside_pass_is_set_from_outside),
		cmocka_unit_test(a_field_of_a_record_from_outside_is_set_from_outside),
		cmocka_unit_test(a_place_that_gets_nothing_but_null_is_set_from_outside),
		cmocka_unit_test(a_variable_that_nothing_stores_into_is_set_from_outside),
		cmocka_unit_test(a_record_that_is_made_here_is_not_set_from_outside),
		cmocka_unit_test(a_computed_pointer_is_not_set_from_outside),
		cmocka_unit_test(what_a_library_stores_is_not_set_from_outside),
		cmocka_unit_test(a_function_that_a_library_got_is_no_entry),
		cmocka_unit_test(a_call_by_one_name_of_many_makes_none_an_entry),
		cmocka_unit_test(a_callback_that_a_library_returns_is_counted),
		cmocka_unit_test(a_callback_in_a_record_of_a_library_is_counted),
		cmocka_unit_test(a_callback_called_at_once_is_counted),
		cmocka_unit_test(a_callback_from_outside_is_told_apart),
		cmocka_unit_test(no_callback_is_nothing_to_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
