/* Locks: what is held at a call, whose lock it is, and what is done meanwhile. */
#include "analyzer/locks/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/analyzer/linked.h"

#define UNIT(body)                                                                                 \
	g_autoptr(linked_t) linked =                                                               \
		linked_new("a.c",                                                                  \
			   LINKED_LIBRARY "static struct lib_mutex m, other;\n"                    \
					  "struct box { struct lib_mutex in, out; };\n"            \
					  "void mark(int n);\n" body,                              \
			   NULL)

/* The locks that are held when `mark(n)` is called, by name, joined by blanks. Caller frees. */
static char *held_at(const struct linked *linked, int64_t n)
{
	const struct program *program = linked->program;
	const GArray *holds = locks_holds(program);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < holds->len; i++) {
		const struct lock_hold *hold = &g_array_index(holds, struct lock_hold, i);
		uint32_t unit = program->functions[hold->in].unit;
		const struct fact_event *e = program_event(program, unit, hold->event);
		uint32_t callee = program_callee(program, unit, e);
		g_autofree char *name = locks_text(program, hold->lock);

		if (g_strcmp0(program->symbols[callee].name, "mark") != 0 ||
		    program_value(program, unit, program_argument(program, unit, e, 0))->number !=
			    n)
			continue;
		g_string_append_printf(text, "%s%s", text->len ? " " : "", name);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_held(const struct linked *linked, int64_t n, const char *expected)
{
	g_autofree char *held = held_at(linked, n);

	assert_string_equal(held, expected);
}

static void a_lock_is_held_from_its_taking_to_its_giving_back(void **state)
{
	UNIT("void f(void) { mark(1); lib_lock(&m); mark(2); lib_unlock(&m); mark(3); }\n");

	assert_held(linked, 1, "");
	assert_held(linked, 2, "m");
	assert_held(linked, 3, "");
}

static void ways_that_meet_hold_what_either_held(void **state)
{
	UNIT("void f(int a) { if (a) lib_lock(&m); mark(1); if (a) lib_unlock(&m); }\n"
	     "void g(int a) { lib_lock(&m); if (a) { lib_unlock(&m); return; } mark(2);\n"
	     "  lib_unlock(&m); mark(3); }\n");

	assert_held(linked, 1, "m");
	assert_held(linked, 2, "m");
	assert_held(linked, 3, "");
}

static void two_conditional_halves_of_a_pair_belong_together(void **state)
{
	UNIT("void f(int a) { if (a) lib_lock(&m); mark(1); if (a) lib_unlock(&m); mark(2); }\n"
	     "void g(int a) { lib_lock(&m); if (a) lib_unlock(&m); mark(3);\n"
	     "  if (!a) lib_unlock(&m); mark(4); }\n");

	assert_held(linked, 1, "m");
	assert_held(linked, 2, "");
	assert_held(linked, 3, "m");
	assert_held(linked, 4, "");
}

static void a_jump_forward_carries_what_is_held(void **state)
{
	UNIT("int f(int a) { lib_lock(&m); if (a) goto out; lib_unlock(&m); mark(1); return 0;\n"
	     "out: mark(2); lib_unlock(&m); return 1; }\n");

	assert_held(linked, 1, "");
	assert_held(linked, 2, "m");
}

static void loops_and_switches_end_with_what_leaves_them(void **state)
{
	UNIT("void f(int n) { for (;;) { lib_lock(&m); if (n) break; lib_unlock(&m); } mark(1); }\n"
	     "void g(int n) { lib_lock(&m); switch (n) { case 1: lib_unlock(&m); mark(2); return;\n"
	     "  default: mark(3); break; } lib_unlock(&m); mark(4); }\n"
	     "void h(int n) { while (n--) { lib_lock(&m); lib_unlock(&m); } mark(5); }\n");

	assert_held(linked, 1, "m");
	assert_held(linked, 2, "");
	assert_held(linked, 3, "m");
	assert_held(linked, 4, "");
	assert_held(linked, 5, "");
}

static void a_try_holds_where_it_has_succeeded(void **state)
{
	UNIT("void a(void) { if (lib_try(&m) == 0) mark(1); else mark(2); }\n"
	     "void b(void) { if (lib_try(&m)) { mark(3); return; } mark(4); }\n"
	     "void c(void) { int r = lib_try(&m); if (r != 0) return; mark(5); }\n"
	     "void d(int x) { if (x && !lib_try(&m)) mark(6); mark(7); }\n"
	     "void e(void) { while (lib_try(&m) != 0) mark(8); mark(9); }\n");

	assert_held(linked, 1, "m");
	assert_held(linked, 2, "");
	assert_held(linked, 3, "");
	assert_held(linked, 4, "m");
	assert_held(linked, 5, "m");
	assert_held(linked, 6, "m");
	assert_held(linked, 8, "");
	assert_held(linked, 9, "m");
}

static void helpers_take_and_give_back_for_their_callers(void **state)
{
	UNIT("static void take(struct lib_mutex *l) { lib_lock(l); }\n"
	     "static void give(struct box *b) { lib_unlock(&b->in); }\n"
	     "static void twice(struct box *b) { take(&b->in); }\n"
	     "void f(struct box *b) { twice(b); mark(1); give(b); mark(2); }\n"
	     "void g(void) { take(&other); mark(3); }\n");

	assert_held(linked, 1, "box.in");
	assert_held(linked, 2, "");
	assert_held(linked, 3, "other");
}

static void a_helper_that_forgets_it_on_one_way_changes_nothing_for_callers(void **state)
{
	UNIT("static void maybe(int a) { lib_lock(&m); if (a) return; lib_unlock(&m); }\n"
	     "void f(int a) { maybe(a); mark(1); }\n");

	assert_held(linked, 1, "");
}

static void a_lock_that_is_a_parameter_is_the_argument_of_each_caller(void **state)
{
	UNIT("static void under(struct lib_mutex *l) { lib_lock(l); mark(1); lib_unlock(l); }\n"
	     "void f(void) { under(&m); }\nvoid g(void) { under(&other); }\n");

	assert_held(linked, 1, "m other");
}

/* Is anything that blocks done under the lock called `name`? */
static void assert_burdened(const struct linked *linked, const char *name, bool expected)
{
	const GArray *holds = locks_holds(linked->program);
	bool found = false;

	for (guint i = 0; i < holds->len; i++) {
		const struct lock_hold *hold = &g_array_index(holds, struct lock_hold, i);
		g_autofree char *lock = locks_text(linked->program, hold->lock);
		struct lock_burden burden;

		if (!g_str_equal(lock, name) || !locks_burden(linked->program, i, i + 1, &burden))
			continue;
		lock_burden_clear(&burden);
		found = true;
	}
	assert_int_equal(found, expected);
}

static void a_wait_gives_back_its_own_lock_only(void **state)
{
	UNIT("static int object;\n"
	     "static void wait(void) { lib_lock(&m); lib_wait_with(&object, &m); lib_unlock(&m); "
	     "}\n"
	     "void f(void) { lib_lock(&other); wait(); lib_unlock(&other); }\n");

	assert_burdened(linked, "m", false);
	assert_burdened(linked, "other", true);
}

static void objects_in_variables_of_their_own_are_told_apart(void **state)
{
	UNIT("static struct box a, b;\n"
	     "void f(struct box *p) { lib_lock(&a.in); mark(1); lib_unlock(&b.in); mark(2);\n"
	     "  lib_unlock(&p->in); mark(3); lib_lock(&a.in); lib_unlock(&a.out); mark(4); }\n");

	assert_held(linked, 1, "a.in");
	assert_held(linked, 2, "a.in");
	assert_held(linked, 3, "");
	assert_held(linked, 4, "a.in");
}

static void a_count_of_zero_wakes_nobody(void **state)
{
	UNIT("static int object;\nvoid f(void) { lib_count(&object, 0); }\n"
	     "void g(void) { lib_count(&object, 1); lib_wake(&object); }\n");
	const GArray *acts = locks_acts(linked->program);

	assert_int_equal(acts->len, 2);
	for (guint i = 0; i < acts->len; i++)
		assert_int_equal(g_array_index(acts, struct lock_act, i).function,
				 linked_function(linked, "g"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_held_from_its_taking_to_its_giving_back),
		cmocka_unit_test(ways_that_meet_hold_what_either_held),
		cmocka_unit_test(two_conditional_halves_of_a_pair_belong_together),
		cmocka_unit_test(a_jump_forward_carries_what_is_held),
		cmocka_unit_test(loops_and_switches_end_with_what_leaves_them),
		cmocka_unit_test(a_try_holds_where_it_has_succeeded),
		cmocka_unit_test(helpers_take_and_give_back_for_their_callers),
		cmocka_unit_test(a_helper_that_forgets_it_on_one_way_changes_nothing_for_callers),
		cmocka_unit_test(a_lock_that_is_a_parameter_is_the_argument_of_each_caller),
		cmocka_unit_test(a_wait_gives_back_its_own_lock_only),
		cmocka_unit_test(objects_in_variables_of_their_own_are_told_apart),
		cmocka_unit_test(a_count_of_zero_wakes_nobody),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
