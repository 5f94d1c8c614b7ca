/* Costs: what multiplies, what does not, and what a caller makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/costs/cost.h"
#include "tests/analyzer/linked.h"

#define LINK(text) g_autoptr(linked_t) linked = linked_new("a.c", LINKED_LIBRARY text, NULL)

static const struct cost *cost_named(const struct linked *linked, const char *name)
{
	return cost_of(program_costs(linked->program), linked_function(linked, name));
}

static const struct cost_loop *only_loop(const struct linked *linked, const char *name)
{
	const struct cost_loops loops =
		cost_loops(program_costs(linked->program), linked_function(linked, name));

	assert_int_equal(loops.count, 1);
	return loops.rows;
}

static void constant_loops_multiply(void **state)
{
	LINK("int a[100]; void f(void) { for (int i = 0; i < 100; i++)"
	     " for (int j = 0; j < 50; j++) a[i] += j; }\n");

	assert_int_equal(cost_degree(cost_named(linked, "f")), 0);
	assert_true(cost_named(linked, "f")->terms[0].units > 5000);
}

static void a_loop_in_a_loop_over_the_same_is_a_square(void **state)
{
	LINK("int s; void f(int n) { for (int i = 0; i < n; i++)"
	     " for (int j = 0; j < n; j++) s += j; }\n");

	assert_int_equal(cost_degree(cost_named(linked, "f")), 2);
}

static void the_parts_of_each_are_one_pass(void **state)
{
	LINK("struct p { struct p *next; }; struct w { struct w *next; struct p *parts; };\n"
	     "int s; void f(struct w *w) { for (; w; w = w->next)"
	     " for (struct p *p = w->parts; p; p = p->next) s++; }\n");

	assert_int_equal(cost_degree(cost_named(linked, "f")), 1);
}

static void a_cursor_that_goes_on_is_one_pass(void **state)
{
	LINK("int s; void f(const char *p, const char *end) { while (p < end) {"
	     " while (p < end && *p == ' ') p++; s++; p++; } }\n");

	assert_int_equal(cost_degree(cost_named(linked, "f")), 1);
}

static void a_constant_argument_settles_the_size(void **state)
{
	LINK("int s; static void g(int n) { for (int i = 0; i < n; i++) s += i; }\n"
	     "void f(void) { g(5000); }\n");

	assert_int_equal(cost_degree(cost_named(linked, "g")), 1);
	assert_int_equal(cost_degree(cost_named(linked, "f")), 0);
	assert_true(cost_named(linked, "f")->terms[0].units > 5000);
}

/* The outermost loops and calls are all that the constant term has, but for a few steps. */
static void the_parts_of_a_constant_add_up_to_it(void **state)
{
	LINK("int s; static void g(int n) { for (int i = 0; i < n; i++) s += i; }\n"
	     "static void h(void) { for (int i = 0; i < 3000; i++) g(7); }\n"
	     "void f(int k, int n) { if (k) g(5000); else h(); if (s) h();\n"
	     " switch (k) { case 1: g(9000); break; case 2: h(); }\n"
	     " for (int i = 0; i < n; i++) g(80000); }\n");
	uint32_t f = linked_function(linked, "f");
	double constant = cost_named(linked, "f")->terms[0].units, sum = 0;
	g_autoptr(GArray) parts = cost_parts(program_costs(linked->program), f, 0);

	for (guint i = 0; i < parts->len; i++) {
		const struct cost_part *part = &g_array_index(parts, struct cost_part, i);

		assert_true(part->units > 0);
		sum += part->depth == 0 ? part->units : 0;
	}
	assert_true(sum <= constant);
	assert_true(constant - sum < 50);
	assert_true(constant > 10000);
}

static void a_place_that_is_reached_twice_by_a_call_is_one_part(void **state)
{
	LINK("int s; static void g(void) { do { for (int i = 0; i < 3000; i++) s += i; } while "
	     "(0); }\n"
	     "static void h(void) { g(); g(); } void f(void) { h(); }\n");
	uint32_t f = linked_function(linked, "f");
	g_autoptr(GArray) parts = cost_parts(program_costs(linked->program), f, 100);
	const struct cost_part *part = &g_array_index(parts, struct cost_part, 0);

	assert_int_equal(parts->len, 1);
	assert_int_equal(part->function, linked_function(linked, "g"));
	assert_int_equal((int)part->times, 3000);
	assert_int_equal((int)part->units, 2 * 3000 * 3);
}

static void asking_for_parts_finds_no_place_twice(void **state)
{
	LINK("int s; static void f(void *u) { for (int i = 0; i < 9000000; i++) s += i; }\n"
	     "void g(void) { lib_register(0, f, 0); }\n");
	struct costs *costs = program_costs(linked->program);
	guint before = cost_sites(costs)->len;

	assert_int_equal(before, 1);
	g_array_unref(cost_parts(costs, linked_function(linked, "f"), 0));
	assert_int_equal(cost_sites(costs)->len, before);
}

static void a_limit_that_is_tested_before_is_the_bound(void **state)
{
	LINK("int s; void f(int n) { if (n > 64) return;"
	     " for (int i = 0; i < n; i++) s += i; }\n");

	assert_int_equal(only_loop(linked, "f")->bound, FACT_BOUND_CONSTANT);
	assert_int_equal((int)only_loop(linked, "f")->trips, 64);
}

static void a_counter_with_a_way_out_is_a_budget(void **state)
{
	LINK("int more(void); void f(void) { int n = 0;"
	     " while (more()) { if (++n == 100) break; } }\n"
	     "void g(void) { while (more()) ; }\n");

	assert_true(only_loop(linked, "f")->budget);
	assert_false(only_loop(linked, "g")->budget);
}

static void a_descent_takes_few_steps(void **state)
{
	LINK("struct n { struct n *left, *right; int key; };\n"
	     "int f(struct n *n, int key) { while (n) { if (key < n->key) n = n->left;"
	     " else n = n->right; } return 0; }\n");

	assert_int_equal(cost_degree(cost_named(linked, "f")), 0);
}

static void a_caller_says_a_size_in_its_own_words(void **state)
{
	LINK("struct i { struct i *next; }; struct c { struct i *jobs; int n; }; int s;\n"
	     "static void walk(struct i **head) { for (struct i *i = *head; i; i = i->next) s++; "
	     "}\n"
	     "void f(struct c *conn) { walk(&conn->jobs); }\n"
	     "struct c *twin(struct c *); static void count(struct c *c) { struct c *copy = "
	     "twin(c);"
	     " for (int i = 0; i < copy->n; i++) s++; }\n"
	     "void g(struct c *conn) { count(conn); }\n");
	const struct costs *costs = program_costs(linked->program);
	g_autofree char *f = cost_text(costs, cost_named(linked, "f"));
	g_autofree char *g = cost_text(costs, cost_named(linked, "g"));

	assert_non_null(strstr(f, "the list *conn->jobs"));
	assert_non_null(strstr(g, "(copy->n)")); /* c is conn, and copy is not */
}

static void recursion_over_what_is_given_is_a_size(void **state)
{
	LINK("int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\n");
	const struct cost *cost = cost_named(linked, "f");
	g_autofree char *text = cost_text(program_costs(linked->program), cost);

	assert_int_equal(cost_degree(cost), 1);
	assert_non_null(strstr(text, "how often f() calls itself"));
}

static void recursion_through_others_has_no_known_depth(void **state)
{
	LINK("int s; int g(int n); int f(int n) { return n ? g(n) : 0; }\n"
	     "int g(int n) { return f(n - s); } int h(int n) { return n; }\n");

	assert_true(cost_named(linked, "f")->recursive);
	assert_false(cost_named(linked, "h")->recursive);
}

static void a_large_step_takes_fewer_rounds(void **state)
{
	LINK("int s; void f(int n) { for (int i = 0; i < n; i += 4096) s += i; }\n"
	     "void g(int n) { for (int i = 0; i < n; i++) s += i; }\n");

	assert_true(cost_named(linked, "f")->terms[1].units <
		    cost_named(linked, "g")->terms[1].units / 4000);
}

/* As in a chain of `else if` over the words of a configuration: it ends, and says it is cut. */
static void a_label_too_deep_to_be_read_ends(void **state)
{
	g_autoptr(GString) text = g_string_new(LINKED_LIBRARY "int s; void f(int n) {");
	g_autoptr(linked_t) linked = NULL;

	for (int i = 0; i < 100; i++)
		g_string_append(text, "if (n) { ");
	g_string_append(text, "again: s++; if (s < n) goto again;");
	for (int i = 0; i < 100; i++)
		g_string_append(text, " }");
	g_string_append(text, " }\n");
	linked = linked_new("a.c", text->str, NULL);
	assert_true(cost_named(linked, "f")->cut);
}

static void a_pointer_to_several_functions_makes_no_cycle(void **state)
{
	LINK("typedef void fn(int n); struct t { fn *f; }; int s; static void a(int n);\n"
	     "static void b(int n) { s += n; } static void call(struct t *t, int n) { t->f(n); }\n"
	     "struct t x = {a}, y = {b};\n"
	     "static void a(int n) { for (int i = 0; i < n; i++) call(&x, i); call(&y, n); }\n");

	assert_false(cost_named(linked, "a")->recursive);
	assert_int_equal(cost_degree(cost_named(linked, "a")), 1);
}

static void a_cost_is_told_with_the_names_of_the_source(void **state)
{
	LINK("struct s { int count; }; int t;\n"
	     "void f(struct s *p) { for (int i = 0; i < p->count; i++) t += i; }\n");
	g_autofree char *text = cost_text(program_costs(linked->program), cost_named(linked, "f"));

	assert_non_null(strstr(text, "(p->count)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_loops_multiply),
		cmocka_unit_test(a_loop_in_a_loop_over_the_same_is_a_square),
		cmocka_unit_test(the_parts_of_each_are_one_pass),
		cmocka_unit_test(a_cursor_that_goes_on_is_one_pass),
		cmocka_unit_test(a_constant_argument_settles_the_size),
		cmocka_unit_test(the_parts_of_a_constant_add_up_to_it),
		cmocka_unit_test(a_place_that_is_reached_twice_by_a_call_is_one_part),
		cmocka_unit_test(asking_for_parts_finds_no_place_twice),
		cmocka_unit_test(a_limit_that_is_tested_before_is_the_bound),
		cmocka_unit_test(a_counter_with_a_way_out_is_a_budget),
		cmocka_unit_test(a_descent_takes_few_steps),
		cmocka_unit_test(a_caller_says_a_size_in_its_own_words),
		cmocka_unit_test(recursion_over_what_is_given_is_a_size),
		cmocka_unit_test(recursion_through_others_has_no_known_depth),
		cmocka_unit_test(a_large_step_takes_fewer_rounds),
		cmocka_unit_test(a_label_too_deep_to_be_read_ends),
		cmocka_unit_test(a_pointer_to_several_functions_makes_no_cycle),
		cmocka_unit_test(a_cost_is_told_with_the_names_of_the_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
