/* What a CI job does: compare with a base, accept what there is, silence, review. */
#include <stdbool.h>

#include "tests/end-to-end/command.h"

/* `one_finding` with other names. */
static char *another(void)
{
	g_auto(GStrv) parts = g_strsplit(one_finding, "listen_on", -1);
	g_autofree char *renamed = g_strjoinv("listen_again", parts);
	g_auto(GStrv) callbacks = g_strsplit(renamed, "accept_cb", -1);

	return g_strjoinv("again_cb", callbacks);
}

static void put(const char *folder, bool second)
{
	const char *const files[] = {"src/a.c", second ? "src/b.c" : NULL, NULL};
	g_autofree char *text = another();

	scratch_write(folder, "src/a.c", one_finding);
	if (second)
		scratch_write(folder, "src/b.c", text);
	write_compdb(folder, files);
}

static void only_what_is_new_fails(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check", "--label", "main"), 1, "1 finding");
	assert_said(contlint(*state, "check", "--fail-on", "new"), 0,
		    "gate passed: 0 of 1 shown are new since run 1");
	put(*state, true);
	assert_said(contlint(*state, "check", "--base", "main"), 1,
		    "gate failed: 1 of 2 shown are new since run 1");
	assert_said(contlint(*state, "check", "--base", "latest"), 0,
		    "gate passed: 0 of 2 shown are new since run 3");
	assert_said(contlint(*state, "check", "--fail-on", "confirmed"), 0,
		    "gate passed: 0 of 2 shown are confirmed");
	assert_said(contlint(*state, "check", "--base", "v9"), 2, "no run has the number, label");
	assert_said(contlint(*state, "check", "--fail-on", "nwe"), 2, "did you mean new?");
	assert_said(contlint(*state, "check", "--no-db", "--fail-on", "new"), 2,
		    "with --no-db it must be a file");
}

static void everything_is_new_in_the_first_run(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check", "--fail-on", "new"), 1,
		    "1 of 1 shown are new, there is no run before");
}

static void a_finding_that_is_no_longer_silenced_is_new(void **state)
{
	g_auto(GStrv) parts = g_strsplit(one_finding, "\treturn getaddrinfo", 2);
	g_autofree char *silent = g_strconcat(
		parts[0], "\t// contlint-ok-next(blocking-dns) -- once\n\treturn getaddrinfo",
		parts[1], NULL);

	put(*state, false);
	scratch_write(*state, "src/a.c", silent);
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
	put(*state, false);
	assert_said(contlint(*state, "check", "--fail-on", "new"), 1, "1 of 1 shown are new");
}

static void a_baseline_accepts_what_there_is(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "baseline", "write"), 0, "1 finding accepted");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 in the baseline");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 in the baseline"); /* repeated */
	assert_printed(contlint(*state, "query", "suppressed", "-fcsv"), 0, "baseline,accepted");
	put(*state, true);
	assert_said(contlint(*state, "check"), 1, "not shown: 1 in the baseline");
	assert_said(contlint(*state, "check", "--no-baseline"), 1, "2 findings");
	assert_said(contlint(*state, "baseline", "check"), 0, "0 of 1 entries match nothing");
	scratch_write(*state, "src/a.c", no_finding);
	assert_said(contlint(*state, "check"), 1, "1 entry of the baseline matches nothing");
	assert_printed(contlint(*state, "query", "stale", "-fcsv"), 0, "baseline,");
	assert_printed(contlint(*state, "baseline", "check"), 1, "src/a.c is gone");
	assert_said(contlint(*state, "baseline", "update"), 0, "0 findings accepted");
}

static void an_entry_is_gone_only_if_its_rule_was_on(void **state)
{
	struct said said;

	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "baseline", "write"), 0, "1 finding accepted");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 in the baseline");
	assert_printed(contlint(*state, "query", "--sql",
				"SELECT kind, hits FROM run_suppression JOIN suppression "
				"USING(suppression_id)",
				"-fcsv"),
		       0, "baseline,1");
	scratch_write(*state, "src/a.c", no_finding);
	said = contlint(*state, "check", "-r", "blocking-wait");
	assert_null(strstr(said.err, "of the baseline"));
	assert_said(said, 0, "no findings");
	assert_said(contlint(*state, "baseline", "check"), 0, "1 more: the rule was off");
	assert_said(contlint(*state, "baseline", "update"), 0, "1 finding accepted");
}

static void a_base_may_be_a_file(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "baseline", "write", "--file", "base.yaml"), 0, "accepted");
	assert_said(contlint(*state, "check", "--base", "base.yaml"), 0,
		    "0 of 1 shown are new since base.yaml");
	assert_said(contlint(*state, "check", "--no-db", "--base", "base.yaml"), 0, "0 of 1");
	scratch_write(*state, "base.yaml", "findings:\n- {fp: 1}\n");
	assert_said(contlint(*state, "check", "--base", "base.yaml"), 2, "base.yaml:2:8: ");
}

static void suppress_writes_the_comment(void **state)
{
	g_autofree char *path = g_build_filename(*state, "src/a.c", NULL);
	g_autofree char *text = NULL;

	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "suppress", "1"), 2, "--reason");
	assert_printed(contlint(*state, "suppress", "1", "--reason", "only at start"), 0,
		       "src/a.c:9: // NOLINTNEXTLINE(contlint-blocking-dns): only at start");
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_non_null(strstr(text, "{\n\t// NOLINTNEXTLINE(contlint-blocking-dns): only at "
				     "start\n\treturn getaddrinfo"));
	assert_said(contlint(*state, "suppress", "1", "--reason", "again"), 2,
		    "src/a.c is not the file that was analysed");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
}

static void any_step_of_the_path_can_be_silenced(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_printed(contlint(*state, "suppress", "1", "--step", "1", "--reason", "once"), 0,
		       "src/a.c:13: ");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 suppressed");
}

static void a_review_is_kept_and_rejects(void **state)
{
	put(*state, false);
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "review", "1", "confirmd"), 2, "did you mean confirmed?");
	assert_said(contlint(*state, "review", "1", "confirmed", "--author", "eva"), 0, "");
	assert_said(contlint(*state, "check"), 1, "1 finding");
	assert_said(contlint(*state, "review", "1", "intentional", "--comment", "test tool"), 0,
		    "");
	assert_said(contlint(*state, "check"), 0, "not shown: 1 rejected by a review");
	assert_printed(contlint(*state, "query", "-fcsv", "--sql",
				"SELECT count(*), min(author) FROM review"),
		       0, "2,");
	/* The file gets another name, the review goes along. */
	scratch_write(*state, "src/c.c", one_finding);
	write_compdb(*state, (const char *const[]){"src/c.c", NULL});
	assert_said(contlint(*state, "check"), 0, "not shown: 1 rejected by a review");
}

/* What hides, and hides nothing, is in the database; stale ones are told of a whole check only. */
static void stale_suppressions_are_told_of_a_whole_check_only(void **state)
{
	static const char stale[] = "int later(void);\n"
				    "int again(void)\n"
				    "{\n"
				    "	return later(); // contlint-ok(blocking-dns) -- old\n"
				    "}\n";
	g_auto(GStrv) parts = g_strsplit(one_finding, "\treturn getaddrinfo", 2);
	g_autofree char *text =
		g_strconcat(parts[0], "\t// contlint-ok-next(blocking-dns)\n\treturn getaddrinfo",
			    parts[1], NULL);

	put(*state, true);
	scratch_write(*state, "src/a.c", text);
	scratch_write(*state, "src/b.c", stale);
	assert_said(contlint(*state, "check", "src/b.c", "-p", "."), 0, "no findings");
	assert_printed(contlint(*state, "check"), 1, "src/b.c:4:");
	assert_printed(contlint(*state, "check", "--fail-on", "error"), 0,
		       "[contlint-suppression-without-reason]");
	assert_printed(contlint(*state, "check", "--fail-on", "error", "--require-reason"), 1,
		       "error: this suppression of blocking-dns does not say why");
	assert_printed(contlint(*state, "check", "-r", "stale-suppression"), 0, "");
	assert_printed(contlint(*state, "query", "-fcsv", "--sql",
				"SELECT min(where_path || ':' || where_line || ' ' || hits),"
				" max(where_path || ':' || where_line || ' ' || hits)"
				" FROM run_suppression JOIN suppression USING(suppression_id)"
				" WHERE run_id = 4"),
		       0, "src/a.c:9 1,src/b.c:4 0");
	scratch_write(*state, "src/a.c", "this is no C\n");
	assert_said(contlint(*state, "check"), 0, "no findings");
}

#define command_test(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(only_what_is_new_fails),
		command_test(everything_is_new_in_the_first_run),
		command_test(a_finding_that_is_no_longer_silenced_is_new),
		command_test(a_baseline_accepts_what_there_is),
		command_test(an_entry_is_gone_only_if_its_rule_was_on),
		command_test(a_base_may_be_a_file),
		command_test(suppress_writes_the_comment),
		command_test(any_step_of_the_path_can_be_silenced),
		command_test(a_review_is_kept_and_rejects),
		command_test(stale_suppressions_are_told_of_a_whole_check_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
