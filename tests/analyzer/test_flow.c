/* The walk over paths: which calls follow which, and what is known on the way. */
#include "analyzer/conditions/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/analyzer/linked.h"

#define HEAD LINKED_LIBRARY "void a(void); void b(void); void c(void); int n(void); int m(int *);\n"

/* Longer words are not followed. */
#define WORD 4

/* Collects the paths of a function as words of its calls: "ab", "b". A path's state is the number
 * of its word so far. */
struct words {
	GPtrArray *texts; /* by state */
	GPtrArray *ends;
};

static bool spell(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct words *words = data;
	const struct program *program = flow_program(flow);
	const struct fact_event *e = flow_event(flow, event);
	uint32_t symbol = e->kind == FACT_EVENT_CALL ? program_callee(program, flow_unit(flow), e)
						     : PROGRAM_NONE;
	const char *name = symbol == PROGRAM_NONE ? "" : program->symbols[symbol].name;
	g_autofree char *text = NULL;

	if (e->kind != FACT_EVENT_CALL || name[0] > 'c' || name[1])
		return true;
	text = g_strconcat(g_ptr_array_index(words->texts, path->state), name, NULL);
	for (path->state = 0; path->state < words->texts->len; path->state++)
		if (g_str_equal(g_ptr_array_index(words->texts, path->state), text))
			return true;
	if (strlen(text) > WORD)
		return false;
	g_ptr_array_add(words->texts, g_steal_pointer(&text));
	return true;
}

static void end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct words *words = data;
	const char *text = g_ptr_array_index(words->texts, path->state);

	for (guint i = 0; i < words->ends->len; i++)
		if (g_str_equal(g_ptr_array_index(words->ends, i), text))
			return;
	g_ptr_array_add(words->ends, (gpointer)text);
}

static gint by_text(gconstpointer left, gconstpointer right)
{
	return g_strcmp0(*(const char *const *)left, *(const char *const *)right);
}

/* The body of `void f(int x, int *p)`; the words of all its paths, sorted, joined by blanks. */
static void assert_paths(const char *body, const char *expected)
{
	static const struct flow_client client = {spell, NULL, end};
	g_autofree char *source = g_strdup_printf(HEAD "void f(int x, int *p) { %s }\n", body);
	g_autoptr(linked_t) linked = linked_new("a.c", source, NULL);
	g_autoptr(flow_t) flow = flow_new(linked->program, linked_function(linked, "f"));
	struct words words = {g_ptr_array_new_with_free_func(g_free), g_ptr_array_new()};
	g_autofree char *got = NULL;

	g_ptr_array_add(words.texts, g_strdup(""));
	assert_true(flow_run(flow, &client, FACT_NONE, &words));
	g_ptr_array_sort(words.ends, by_text);
	g_ptr_array_add(words.ends, NULL);
	got = g_strjoinv(" ", (char **)words.ends->pdata);
	assert_string_equal(got, expected);
	g_ptr_array_free(words.ends, TRUE);
	g_ptr_array_free(words.texts, TRUE);
}

static void both_arms_of_a_branch_are_paths(void **state)
{
	assert_paths("if (x) a(); else b(); c();", "ac bc");
	assert_paths("if (x) a(); c();", "ac c");
}

static void a_condition_holds_when_it_is_asked_again(void **state)
{
	assert_paths("if (x) a(); if (!x) b();", "a b");
	assert_paths("if (x < 0) a(); if (x == 5) b();", " a b");
	assert_paths("if (p == 0) a(); if (p) b();", "a b");
	assert_paths("if (x && p) a(); if (x) b();", " ab b");
	assert_paths("if (x || p) a(); if (x) b();", " a ab");
}

static void an_assignment_ends_what_was_known(void **state)
{
	assert_paths("if (x) a(); x = n(); if (x) b();", " a ab b");
	assert_paths("if (x) a(); m(&x); if (x) b();", " a ab b");
	assert_paths("int e = 0; if (x) e = -1; if (e) a(); else b();", "a b");
}

static void a_result_is_known_through_its_variable(void **state)
{
	assert_paths("int r = n(); if (r < 0) a(); if (r < 0) b();", " ab");
}

static void a_return_ends_its_path(void **state)
{
	assert_paths("a(); if (x) return; b();", "a ab");
}

static void loops_run_not_at_all_or_again(void **state)
{
	assert_paths("while (x) { a(); x--; } b();", "aaab aab ab b");
	assert_paths("for (int i = 0; i < x; i++) { if (i == 3) break; } a();", "a");
	assert_paths("do { a(); } while (0); b();", "ab");
	assert_paths("for (;;) { a(); if (x) break; x = n(); } b();", "aaab aab ab");
}

static void a_condition_with_a_call_is_tested_after_it(void **state)
{
	assert_paths("while ((x = n()) > 0) a(); if (x > 0) b();", " a aa aaa aaaa");
	assert_paths("while (p && n()) { a(); return; } b();", "a b");
	assert_paths("while (x--) { a(); } b();", "aaab aab ab b");
}

static void cases_are_chosen_by_their_value(void **state)
{
	assert_paths("switch (x) { case 1: a(); break; case 2: b(); default: c(); }", "a bc c");
	assert_paths("switch (x) { case 1: a(); break; default: return; }"
		     "if (x == 1) b(); if (x == 2) c();",
		     " ab");
}

static void gotos_lead_to_their_labels(void **state)
{
	assert_paths("if (x) goto out; a(); out: b();", "ab b");
	assert_paths("again: a(); if (n()) goto again; b();", "aaab aab ab");
}

static void what_leaves_the_program_is_no_path(void **state)
{
	assert_paths("if (x) { a(); lib_exit(1); } b();", "b");
	assert_paths("if (x) { a(); __builtin_abort(); } b();", "b");
}

static void many_conditions_are_walked_in_bounds(void **state)
{
	g_autoptr(GString) body = g_string_new("int t = 0;");

	for (int i = 0; i < 40; i++)
		g_string_append_printf(body, "if (x & %d) t |= p[%d]; if (p[%d]) t++;", 1 << i % 30,
				       i, i);
	g_string_append(body, "if (t) a(); else b();");
	assert_paths(body->str, "a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_arms_of_a_branch_are_paths),
		cmocka_unit_test(a_condition_holds_when_it_is_asked_again),
		cmocka_unit_test(an_assignment_ends_what_was_known),
		cmocka_unit_test(a_result_is_known_through_its_variable),
		cmocka_unit_test(a_return_ends_its_path),
		cmocka_unit_test(loops_run_not_at_all_or_again),
		cmocka_unit_test(a_condition_with_a_call_is_tested_after_it),
		cmocka_unit_test(cases_are_chosen_by_their_value),
		cmocka_unit_test(gotos_lead_to_their_labels),
		cmocka_unit_test(what_leaves_the_program_is_no_path),
		cmocka_unit_test(many_conditions_are_walked_in_bounds),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
