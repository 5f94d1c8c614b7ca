/* What the cost tests of Infer ask, asked of our own functions: constants multiply, sizes are
 * named, arguments settle them. Where we say something else, the row says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "analyzer/costs/cost.h"
#include "tests/analyzer/linked.h"

static const char source[] =
	"int sum, first[3], second[3]; void quit(int code) __attribute__((noreturn));\n"
	"static void step(void) { int a = 1, b = 2; sum = a + b; }\n"
	"int flat(void) { int a = 3, b = 4; return a + b + 5; }\n"
	"int one_arm(int n) { int x; if (n < 0) x = flat(); else x = 1; return x; }\n"
	"void hundred(void) { for (int i = 0; i < 100; i++) step(); }\n"
	"void hundred_in_a_local(void) { int most = 100; for (int i = 0; i < most; i++) step(); }\n"
	"void times(int n) { for (int i = 0; i < n; i++) step(); }\n"
	"void twice(void) { times(2); }\n"
	"void two_thousand(void) { times(2000); }\n"
	"void square(int m) { for (int i = 0; i < m; i++) times(m); }\n"
	"void copies_its_bound(int n) { int k = n; for (int i = 0; i < k; i++) step(); }\n"
	"void n_times_m(int n, int m) { int k = n, p = m;"
	" for (int i = 0; i < k; i++) for (int j = 0; j < p; j++) step(); }\n"
	"void one_after_the_other(int m, int k) { for (int i = 0; i < m; i++) step();"
	" for (int i = 0; i < k; i++) step(); }\n"
	"int arm_with_a_loop(int t) { int p = 0, j = t + 1; for (int i = 0; i < 5; i++) {"
	" if (j < 2) p++; else for (int k = 0; k < 10; k++) sum++; } return p; }\n"
	"int do_25(int p) { int a = 0; do { if (p == 15) p++; a++; } while (a < 25); return p; }\n"
	"int jump_into_a_loop(int p) { int i = 0; if (p > 0) goto in; else return p;"
	" while (i < 500) { in: i++; } return 1; }\n"
	"void by_two(int n) { for (int i = 0; i < n; i += 2) step(); }\n"
	"int breaks_at_once(int p, int t) { for (int i = 0; i < p; i++) { sum++; if (t) break; }"
	" return 0; }\n"
	"void always(void) { for (;;) step(); }\n"
	"int up_to_20(int n) { while (n < 20) n++; return n; }\n"
	"int from_far_below(void) { return up_to_20(-100); }\n"
	"int window_of_15(int n) { for (int i = n; i < n + 15; i++) step(); return 0; }\n"
	"void triangle(int m) { for (int i = 0; i < m; i++) times(i); }\n"
	"int both_tests(int m) { int i = 0, j = 0; while (j == 0 && i < m) i++; return j; }\n"
	"int back_jump(void) { int k = 0, j = 0; again: j++; if (k == 0 && j < 100) goto again;"
	" return k; }\n"
	"void three_each(int p) { int t = 0; for (int i = 0; i < p; i++) { t = 3;"
	" for (int j = 0; j < t; j++) step(); } }\n"
	"int two_counters(void) { int i = 0, k = 0; while (k < 100) { i++;"
	" if (i >= 10000) { k++; i = 0; } } return k; }\n"
	"int stands_still(void) { int i = 0; while (i < 10) { } return 0; }\n"
	"void doubles(int n) { for (int i = 1; i < n; i *= 2) step(); }\n"
	"int pairs(const int *v, int n) { int e = 0; for (int i = 0; i < n; i++)"
	" for (int j = 0; j < i; j++) e += v[i] == v[j]; return e; }\n"
	"struct item { struct item *next, *kids; int v; } *head; int item(void);\n"
	"void pairs_of_a_list(void) { for (struct item *a = head; a; a = a->next)"
	" for (struct item *b = a->next; b; b = b->next) sum += a->v == b->v; }\n"
	"void sorts_by_insertion(int *v, int n) { for (int i = 1; i < n; i++) {"
	" int k = v[i], j = i - 1; while (j >= 0 && v[j] > k) { v[j + 1] = v[j]; j--; }"
	" v[j + 1] = k; } }\n"
	"void rounds_of_jumps(int n) { int i = 0; again: step(); if (++i < n) goto again; }\n"
	"int tries_again(void) { int r; again: r = item(); if (r < 0) goto again; return r; }\n"
	"void to_the_end_for_each(int n) { for (int i = 0; i < n; i++) {"
	" struct item **p = &head; while (*p) p = &(*p)->next; *p = &head[i]; } }\n"
	"int down_a_list(struct item *i) { return i ? 1 + down_a_list(i->next) : 0; }\n"
	"int down_a_tree(struct item *i) { int n = 1; for (struct item *k = i->kids; k;"
	" k = k->next) n += down_a_tree(k); return n; }\n"
	"void pages(const int *v, int n) { for (int i = 0; i < n; i += 4096) sum += v[i]; }\n"
	"void leaves_for_good(int p) { times(p); quit(0); }\n";

static const struct {
	const char *function;
	unsigned degree;
	double least, most; /* of the constant term */
} cases[] = {
	{"flat", 0, 1, 10},
	{"one_arm", 0, 1, 10},
	{"hundred", 0, 500, 1500},
	{"hundred_in_a_local", 0, 500, 1500},
	{"times", 1, 0, 10},
	{"twice", 0, 10, 30},
	{"two_thousand", 0, 10000, 30000},
	{"square", 2, 0, 10},
	{"copies_its_bound", 1, 0, 10},
	{"n_times_m", 2, 0, 10},
	{"one_after_the_other", 1, 0, 10},
	{"arm_with_a_loop", 0, 50,
	 500}, /* half of the rounds: a branch costs the mean of its arms */
	{"do_25", 0, 50, 200},
	{"jump_into_a_loop", 0, 500, 2000},
	{"by_two", 1, 0, 10},
	{"breaks_at_once", 1, 0, 10},
	{"always", 1, 0, 10}, /* no bound is a size without a name, not infinity */
	{"window_of_15", 0, 15, 150},
	{"triangle", 2, 0, 10},
	{"back_jump", 0, 100, 500},
	{"doubles", 0, 10, 500},
	{"pairs", 2, 0, 10},
	{"pairs_of_a_list", 2, 0, 10},
	{"sorts_by_insertion", 2, 0, 10},
	{"rounds_of_jumps", 1, 0, 10},
	{"tries_again", 0, 1, 20},
	{"to_the_end_for_each", 2, 0, 10},
	{"down_a_list", 1, 0, 10},
	{"down_a_tree", 1, 0, 10},
	{"pages", 1, 0, 10},
	/* Where the answer is another one: */
	{"up_to_20", 0, 20, 60},       /* counts from 0 on, wherever it starts: Infer says 20 - n */
	{"from_far_below", 0, 20, 60}, /* and so this is 20 rounds, not 120 */
	{"both_tests", 0, 10, 100},    /* a counter beside another test is a budget: Infer says m */
	{"three_each", 1, 0, 10},      /* a local that is 0 or 3 is 3 at most */
	{"two_counters", 0, 100, 1000}, /* as Infer: 100 rounds, though there are a million */
	{"stands_still", 1, 0, 10},     /* a bound that nothing moves to is unknown: Infer says 2 */
	{"leaves_for_good", 1, 0, 20},  /* what comes before the end of the program is counted */
};

static void functions_cost_what_the_table_says(void **state)
{
	g_autoptr(linked_t) linked = linked_new("a.c", source, NULL);
	struct costs *costs = program_costs(linked->program);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct cost *cost =
			cost_of(costs, linked_function(linked, cases[i].function));
		g_autofree char *text = cost_text(costs, cost);

		if (cost_degree(cost) != cases[i].degree || cost->terms[0].units < cases[i].least ||
		    cost->terms[0].units > cases[i].most)
			fail_msg("%s costs %s", cases[i].function, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_cost_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
