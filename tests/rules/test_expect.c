/* Expectation comments: reading them and comparing them with findings. */
#include "rules/expect.h"

#include "rules/expect_cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* Findings and problems of one comparison. */
struct bench {
	GPtrArray *files, *findings, *problems;
};

static int setup(void **state)
{
	struct bench *bench = g_new0(struct bench, 1);

	bench->files = g_ptr_array_new_with_free_func((GDestroyNotify)expect_free);
	bench->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	bench->problems = g_ptr_array_new_with_free_func(g_free);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	g_ptr_array_unref(bench->files);
	g_ptr_array_unref(bench->findings);
	g_ptr_array_unref(bench->problems);
	g_free(bench);
	return 0;
}

static struct expect_file *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct expect_file *file = expect_parse("a.c", text, strlen(text), &error);

	if (error)
		fail_msg("%s", error->message);
	return file;
}

static void assert_refused(const char *text, const char *sentence)
{
	g_autoptr(GError) error = NULL;

	assert_null(expect_parse("a.c", text, strlen(text), &error));
	assert_string_equal(error->message, sentence);
}

static void add_finding(struct bench *bench, const char *rule, const char *file, guint line,
			enum finding_confidence confidence)
{
	struct finding *finding = finding_new(rule);

	finding->place.file = g_strdup(file);
	finding->place.line = line;
	finding->confidence = confidence;
	finding->message = g_strdup("it blocks");
	g_ptr_array_add(bench->findings, finding);
}

/* Compares the findings with the comments of `text`; the one problem, or NULL. */
static const char *problem_with(struct bench *bench, const char *text)
{
	g_ptr_array_add(bench->files, parse(text));
	(void)expect_compare(bench->files, bench->findings, bench->problems);
	assert_true(bench->problems->len <= 1);
	return bench->problems->len ? g_ptr_array_index(bench->problems, 0) : NULL;
}

static void a_file_without_comments_expects_nothing(void **state)
{
	g_autoptr(expect_file_t) file = parse("int a; // expected to be small\n// expectation\n");

	assert_int_equal(file->expectations->len, 0);
	assert_int_equal(file->rules->len, 0);
}

static void a_comment_names_its_line_and_rules(void **state)
{
	g_autoptr(expect_file_t) file = parse("\nf(); // expect: blocking-dns, blocking-wait\r\n");
	const struct expectation *second;

	assert_int_equal(file->expectations->len, 2);
	second = &g_array_index(file->expectations, struct expectation, 1);
	assert_string_equal(second->rule, "blocking-wait");
	assert_int_equal(second->line, 2);
	assert_int_equal(second->kind, EXPECT_FOUND);
}

static void offsets_count_lines_down_and_up(void **state)
{
	g_autoptr(expect_file_t) file =
		parse("// expect+2: blocking-dns\n\n\n// expect-miss-3: nested-loop\n");
	const struct expectation *rows = (const void *)file->expectations->data;

	assert_int_equal(rows[0].line, 3);
	assert_int_equal(rows[1].line, 1);
	assert_int_equal(rows[1].kind, EXPECT_MISS);
	assert_int_equal(rows[1].comment_line, 4);
}

static void two_comments_share_a_line(void **state)
{
	g_autoptr(expect_file_t) file =
		parse("f(); // expect: blocking-dns // expect-false: blocking-wait\n");

	assert_int_equal(file->expectations->len, 2);
}

static void rules_that_are_off_can_be_switched_on(void **state)
{
	g_autoptr(expect_file_t) file = parse("// rules: +blocking-file-io\n");

	assert_int_equal(file->rules->len, 1);
}

static void what_cannot_be_read_is_named_with_its_line(void **state)
{
	assert_refused("\n// expect: blocking-dsn\n", "a.c:2: there is no rule blocking-dsn");
	assert_refused("// expect:\n", "a.c:1: cannot read this expectation: \" expect:\"");
	assert_refused("// expect+: nested-loop",
		       "a.c:1: cannot read this expectation: \" expect+: nested-loop\"");
	assert_refused("// expect: nested-loop because",
		       "a.c:1: cannot read this expectation: \" expect: nested-loop because\"");
	assert_refused("// rules: blocking-dns",
		       "a.c:1: cannot read this expectation: \" rules: blocking-dns\"");
}

static void a_line_outside_the_file_is_refused(void **state)
{
	assert_refused("// expect-1: nested-loop",
		       "a.c:1: cannot read this expectation: \" expect-1: nested-loop\"");
	assert_refused("// expect+9999: nested-loop",
		       "a.c:1: cannot read this expectation: \" expect+9999: nested-loop\"");
}

/* What the cost in the one comment `text` grows with, in the order that is compared. */
static void assert_growth(const char *text, const char *growth)
{
	g_autoptr(expect_file_t) file = parse(text);

	assert_int_equal(file->costs->len, 1);
	assert_int_equal(file->expectations->len, 0);
	assert_string_equal(((const struct expect_cost *)g_ptr_array_index(file->costs, 0))->growth,
			    growth);
}

static void a_cost_is_a_range_of_units(void **state)
{
	g_autoptr(expect_file_t) file = parse("\nint f(void); // expect-cost: 500..1500\r\n");
	const struct expect_cost *cost = g_ptr_array_index(file->costs, 0);

	assert_int_equal(cost->line, 2);
	assert_string_equal(cost->growth, "");
	assert_true(cost->bounded);
	assert_float_equal(cost->least, 500, 0);
	assert_float_equal(cost->most, 1500, 0);
}

static void a_cost_names_sizes_in_any_order(void **state)
{
	assert_growth("// expect-cost: n", "n");
	assert_growth("// expect-cost: n*m", "m * n");
	assert_growth("// expect-cost: p->count + m * a + 0..10", "a * m + p->count");
	assert_growth("// expect-cost: n * (the list head)", "(the list head) * n");
	assert_growth("// expect-cost: (what read() gives)", "(what read() gives)");
}

static void a_cost_may_stand_on_another_line(void **state)
{
	g_autoptr(expect_file_t) file = parse("\n// expect-cost+1: n\n\n");
	const struct expect_cost *cost = g_ptr_array_index(file->costs, 0);

	assert_int_equal(cost->line, 3);
	assert_false(cost->bounded);
}

static void a_cost_that_cannot_be_read_is_refused(void **state)
{
	static const char *const texts[] = {
		"",         "500",    "500..",
		"..500",    "2..1",   "1..2 + 3..4",
		"n *",      "n + ",   "* n",
		"n m",      "()",     "(a list",
		"a list)",  "n..m",   "3 n",
		"n, m",     "1..2 n", "n ** m",
		"(n)) * m", "-1..2",  "1..9999999999999999",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *text = g_strdup_printf("// expect-cost: %s", texts[i]);
		g_autofree char *sentence = g_strdup_printf(
			"a.c:1: cannot read this expectation: \" expect-cost: %s\"", texts[i]);

		assert_refused(text, sentence);
	}
	assert_refused("// expect-cost-1: n",
		       "a.c:1: cannot read this expectation: \" expect-cost-1: n\"");
}

static void an_expected_finding_holds(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_MEDIUM);
	assert_null(problem_with(bench, "// expect: blocking-dns"));
}

static void a_missing_finding_is_a_problem(void **state)
{
	assert_string_equal(problem_with(*state, "// expect: blocking-dns"),
			    "a.c:1: expected blocking-dns, not found");
}

static void an_unexpected_finding_is_a_problem(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.c", 7, FINDING_HIGH);
	assert_string_equal(problem_with(bench, "int a;"),
			    "a.c:7: blocking-dns is reported, not expected: it blocks");
}

static void a_finding_in_another_file_is_a_problem(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.h", 1, FINDING_HIGH);
	assert_string_equal(problem_with(bench, "int a;"),
			    "a.h:1: blocking-dns is reported, not expected: it blocks");
}

static void low_confidence_is_not_what_users_see(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_LOW);
	assert_string_equal(problem_with(bench, "// expect: blocking-dns"),
			    "a.c:1: expected blocking-dns, found with low confidence only");
}

static void low_confidence_needs_no_comment_and_fits_one(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_LOW);
	add_finding(bench, "blocking-dns", "a.c", 2, FINDING_LOW);
	assert_null(problem_with(bench, "// expect-low: blocking-dns\n"));
}

static void more_than_a_note_is_a_problem(void **state)
{
	struct bench *bench = *state;
	struct finding *finding;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_HIGH);
	finding = g_ptr_array_index(bench->findings, 0);
	finding->level = FINDING_WARNING;
	assert_string_equal(problem_with(bench, "// expect-note: blocking-dns"),
			    "a.c:1: blocking-dns is more than a note: make it an expect");
}

static void a_note_is_as_expected_by_both_words(void **state)
{
	struct bench *bench = *state;
	struct finding *finding;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_HIGH);
	finding = g_ptr_array_index(bench->findings, 0);
	finding->level = FINDING_NOTE;
	assert_null(problem_with(bench, "// expect-note: blocking-dns"));
	assert_null(problem_with(bench, "// expect: blocking-dns"));
}

static void a_known_miss_that_is_found_is_a_problem(void **state)
{
	struct bench *bench = *state;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_HIGH);
	assert_string_equal(problem_with(bench, "// expect-miss: blocking-dns"),
			    "a.c:1: blocking-dns is found now: make it an expect");
}

static void a_known_miss_stays_quiet_while_it_is_missed(void **state)
{
	assert_null(problem_with(*state, "// expect-miss: blocking-dns"));
}

static void a_false_alarm_that_is_gone_is_a_problem(void **state)
{
	assert_string_equal(problem_with(*state, "// expect-false: blocking-dns"),
			    "a.c:1: blocking-dns is not reported any more: delete the comment");
}

static void a_suppressed_finding_is_not_found(void **state)
{
	struct bench *bench = *state;
	struct finding *finding;

	add_finding(bench, "blocking-dns", "a.c", 1, FINDING_HIGH);
	finding = g_ptr_array_index(bench->findings, 0);
	finding->suppressed_by = g_strdup("startup only");
	assert_string_equal(problem_with(bench, "// expect: blocking-dns"),
			    "a.c:1: expected blocking-dns, but it is suppressed");
}

/* Any bytes at all: parsing ends, and with a result or a sentence. The seed is fixed. */
static void any_text_is_parsed_or_refused(void **state)
{
	static const char alphabet[] = "/expect-+:, \n\t09\\\"*\xff"
				       "blocking-dns-miss-cost()..";
	g_autoptr(GRand) rand = g_rand_new_with_seed(20);

	for (int round = 0; round < 20000; round++) {
		g_autoptr(GString) text =
			g_string_new(round % 2 ? "// expect-cost: " : "// expect");
		g_autoptr(GError) error = NULL;
		g_autoptr(expect_file_t) file = NULL;

		for (gint32 left = g_rand_int_range(rand, 0, 40); left > 0; left--)
			g_string_append_c(text,
					  alphabet[g_rand_int_range(rand, 0, sizeof(alphabet))]);
		file = expect_parse("a.c", text->str, text->len, &error);
		assert_true((file == NULL) == (error != NULL));
	}
}

#define bench_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_without_comments_expects_nothing),
		cmocka_unit_test(a_comment_names_its_line_and_rules),
		cmocka_unit_test(offsets_count_lines_down_and_up),
		cmocka_unit_test(two_comments_share_a_line),
		cmocka_unit_test(rules_that_are_off_can_be_switched_on),
		cmocka_unit_test(what_cannot_be_read_is_named_with_its_line),
		cmocka_unit_test(a_line_outside_the_file_is_refused),
		cmocka_unit_test(a_cost_is_a_range_of_units),
		cmocka_unit_test(a_cost_names_sizes_in_any_order),
		cmocka_unit_test(a_cost_may_stand_on_another_line),
		cmocka_unit_test(a_cost_that_cannot_be_read_is_refused),
		bench_test(an_expected_finding_holds),
		bench_test(a_missing_finding_is_a_problem),
		bench_test(an_unexpected_finding_is_a_problem),
		bench_test(a_finding_in_another_file_is_a_problem),
		bench_test(low_confidence_is_not_what_users_see),
		bench_test(low_confidence_needs_no_comment_and_fits_one),
		bench_test(more_than_a_note_is_a_problem),
		bench_test(a_note_is_as_expected_by_both_words),
		bench_test(a_known_miss_that_is_found_is_a_problem),
		bench_test(a_known_miss_stays_quiet_while_it_is_missed),
		bench_test(a_false_alarm_that_is_gone_is_a_problem),
		bench_test(a_suppressed_finding_is_not_found),
		cmocka_unit_test(any_text_is_parsed_or_refused),
	};

	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
