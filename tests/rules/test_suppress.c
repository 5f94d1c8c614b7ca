/* Suppression comments against findings, over facts made by hand. */
#include "rules/suppress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* One unit "a.c", and findings that point into it. */
struct bench {
	struct facts *facts;
	struct program_unit unit;
	struct program program;
	GPtrArray *findings;
	GPtrArray *comments;
};

static fact_id add_file(struct facts *facts, const char *path)
{
	struct fact_file file = {.path = facts_intern(facts, path)};

	g_array_append_val(facts->files, file);
	return facts->files->len - 1;
}

static int setup(void **state)
{
	struct bench *bench = g_new0(struct bench, 1);

	bench->facts = facts_new();
	while (bench->facts->files->len < 2)
		(void)add_file(bench->facts, bench->facts->files->len ? "b.h" : "a.c");
	bench->unit.facts = bench->facts;
	bench->program.units = &bench->unit;
	bench->program.unit_count = 1;
	bench->findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	facts_free(bench->facts);
	g_ptr_array_unref(bench->findings);
	if (bench->comments)
		g_ptr_array_unref(bench->comments);
	g_free(bench);
	return 0;
}

static void comment(struct bench *bench, enum fact_suppression_kind kind, fact_id file, guint line,
		    const char *rule, const char *reason)
{
	struct fact_loc loc = {file, line, 1};
	struct fact_suppression row = {.kind = kind, .loc = bench->facts->locs->len};

	row.about = line + (kind == FACT_SUPPRESS_NEXT_LINE);
	g_array_append_val(bench->facts->locs, loc);
	row.rule = facts_intern(bench->facts, rule);
	row.reason = facts_intern(bench->facts, reason);
	g_array_append_val(bench->facts->suppressions, row);
}

static struct finding *find(struct bench *bench, const char *rule, const char *file, guint line)
{
	struct finding *finding = finding_new(rule);

	finding->place.file = g_strdup(file);
	finding->place.line = line;
	g_ptr_array_add(bench->findings, finding);
	return finding;
}

static struct finding_step *step(struct finding *finding, enum finding_step_kind kind,
				 const char *file, guint line)
{
	struct finding_step *step = finding_add_step(finding, kind);

	step->place.file = g_strdup(file);
	step->place.line = line;
	return step;
}

/* The comments, each with its hits; bench keeps them. */
static const GPtrArray *apply(struct bench *bench)
{
	if (bench->comments)
		g_ptr_array_unref(bench->comments);
	bench->comments = suppress_gather(&bench->program);
	suppress_apply(bench->comments, bench->findings, "2026-11-28");
	return bench->comments;
}

static void a_comment_on_the_line_hides_and_gives_its_reason(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 5);

	comment(bench, FACT_SUPPRESS_LINE, 0, 5, "blocking-dns", "local resolver");
	(void)apply(bench);
	assert_string_equal(finding->suppressed_by, "local resolver");
}

static void a_missing_reason_is_said(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 5);

	comment(bench, FACT_SUPPRESS_LINE, 0, 5, "*", NULL);
	(void)apply(bench);
	assert_string_equal(finding->suppressed_by, "no reason given");
}

static void another_rule_line_or_file_hides_nothing(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 5);

	comment(bench, FACT_SUPPRESS_LINE, 0, 5, "blocking-wait", "x");
	comment(bench, FACT_SUPPRESS_LINE, 0, 5, "blocking-d", "x");
	comment(bench, FACT_SUPPRESS_LINE, 0, 6, "blocking-dns", "x");
	comment(bench, FACT_SUPPRESS_LINE, 1, 5, "blocking-dns", "x");
	(void)apply(bench);
	assert_null(finding->suppressed_by);
}

static void a_star_ends_a_rule_pattern(void **state)
{
	struct bench *bench = *state;
	struct finding *dns = find(bench, "blocking-dns", "a.c", 5);
	struct finding *loop = find(bench, "nested-loop", "a.c", 5);

	comment(bench, FACT_SUPPRESS_LINE, 0, 5, "blocking-*", "x");
	(void)apply(bench);
	assert_non_null(dns->suppressed_by);
	assert_null(loop->suppressed_by);
}

static void a_comment_for_the_next_line_counts_there_only(void **state)
{
	struct bench *bench = *state;
	struct finding *same = find(bench, "blocking-dns", "a.c", 4);
	struct finding *next = find(bench, "blocking-dns", "a.c", 5);

	comment(bench, FACT_SUPPRESS_NEXT_LINE, 0, 4, "blocking-dns", "x");
	(void)apply(bench);
	assert_null(same->suppressed_by);
	assert_non_null(next->suppressed_by);
}

static void a_call_over_several_lines_can_carry_it_on_the_last(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 5);

	finding->place.end_line = 7;
	comment(bench, FACT_SUPPRESS_LINE, 0, 7, "blocking-dns", "x");
	(void)apply(bench);
	assert_non_null(finding->suppressed_by);
}

static void a_comment_at_any_step_hides_the_finding(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 50);

	(void)step(finding, STEP_ENTER, "a.c", 10);
	(void)step(finding, STEP_CALL, "b.h", 12);
	comment(bench, FACT_SUPPRESS_LINE, 1, 12, "blocking-dns", "only when asked");
	(void)apply(bench);
	assert_string_equal(finding->suppressed_by, "only when asked");
}

static void a_comment_inside_a_body_is_not_at_its_step(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 50);

	step(finding, STEP_ENTER, "a.c", 10)->place.end_line = 40;
	comment(bench, FACT_SUPPRESS_LINE, 0, 20, "blocking-dns", "x");
	(void)apply(bench);
	assert_null(finding->suppressed_by);
}

static void a_begin_counts_up_to_its_own_end(void **state)
{
	struct bench *bench = *state;
	struct finding *inside = find(bench, "blocking-dns", "a.c", 15);
	struct finding *after = find(bench, "blocking-dns", "a.c", 21);

	comment(bench, FACT_SUPPRESS_BEGIN, 0, 10, "blocking-dns", "x");
	comment(bench, FACT_SUPPRESS_END, 0, 12, "blocking-wait", NULL);
	comment(bench, FACT_SUPPRESS_END, 0, 20, "blocking-dns", NULL);
	(void)apply(bench);
	assert_non_null(inside->suppressed_by);
	assert_null(after->suppressed_by);
}

static void a_begin_without_end_hides_nothing(void **state)
{
	struct bench *bench = *state;
	struct finding *finding = find(bench, "blocking-dns", "a.c", 15);

	comment(bench, FACT_SUPPRESS_BEGIN, 0, 10, "blocking-dns", "x");
	comment(bench, FACT_SUPPRESS_END, 1, 20, "blocking-dns", NULL);
	(void)apply(bench);
	assert_null(finding->suppressed_by);
}

static void a_file_comment_counts_for_sinks_not_for_steps(void **state)
{
	struct bench *bench = *state;
	struct finding *sink = find(bench, "blocking-dns", "b.h", 900);
	struct finding *passing = find(bench, "blocking-dns", "a.c", 5);

	(void)step(passing, STEP_CALL, "b.h", 3);
	comment(bench, FACT_SUPPRESS_FILE, 1, 1, "blocking-dns", "x");
	(void)apply(bench);
	assert_non_null(sink->suppressed_by);
	assert_null(passing->suppressed_by);
}

static void hits_are_counted_and_a_header_counts_once(void **state)
{
	struct bench *bench = *state;
	struct program_unit twice[] = {bench->unit, bench->unit};
	const GPtrArray *comments;

	bench->unit.facts = bench->facts;
	twice[0].facts = twice[1].facts = bench->facts;
	bench->program.units = twice;
	bench->program.unit_count = 2;
	(void)find(bench, "blocking-dns", "b.h", 5);
	(void)find(bench, "blocking-dns", "b.h", 5);
	comment(bench, FACT_SUPPRESS_LINE, 1, 5, "blocking-dns", "x");
	comment(bench, FACT_SUPPRESS_LINE, 1, 6, "blocking-dns", "x");
	comments = apply(bench);
	assert_int_equal(comments->len, 2);
	assert_int_equal(((struct suppression *)comments->pdata[0])->hits, 2);
	assert_int_equal(((struct suppression *)comments->pdata[1])->hits, 0);
}

static void a_comment_holds_until_its_day(void **state)
{
	static const struct {
		const char *reason;
		bool hides;
	} rows[] = {
		{"until 2026-11-28 -- for now", true}, {"for now, until 2026-11-28", true},
		{"for now (until 2026-11-28).", true}, {"until 2026-11-27 -- for now", false},
		{"for now, until 2020-01-01", false},  {"until 2027-02-30 -- no such day", false},
		{"until we have time", true},          {"from until 2020-01-01 to today", true},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct bench *bench = *state;
		guint line = 10 * ((guint)i + 1);
		struct finding *finding = find(bench, "blocking-dns", "a.c", line);

		comment(bench, FACT_SUPPRESS_LINE, 0, line, "blocking-dns", rows[i].reason);
		(void)apply(bench);
		if ((finding->suppressed_by != NULL) != rows[i].hides)
			fail_msg("%s", rows[i].reason);
	}
}

#define bench_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_comment_on_the_line_hides_and_gives_its_reason),
		bench_test(a_missing_reason_is_said),
		bench_test(another_rule_line_or_file_hides_nothing),
		bench_test(a_star_ends_a_rule_pattern),
		bench_test(a_comment_for_the_next_line_counts_there_only),
		bench_test(a_call_over_several_lines_can_carry_it_on_the_last),
		bench_test(a_comment_at_any_step_hides_the_finding),
		bench_test(a_comment_inside_a_body_is_not_at_its_step),
		bench_test(a_begin_counts_up_to_its_own_end),
		bench_test(a_begin_without_end_hides_nothing),
		bench_test(a_file_comment_counts_for_sinks_not_for_steps),
		bench_test(hits_are_counted_and_a_header_counts_once),
		bench_test(a_comment_holds_until_its_day),
	};

	return cmocka_run_group_tests_name("suppress", tests, NULL, NULL);
}
