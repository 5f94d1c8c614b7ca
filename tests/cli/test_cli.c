/* The pieces of the command: choice of rules, the progress line, the commit. */
#include "cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/progress.h"
#include "cli/rule_choice.h"
#include "cli/vcs.h"
#include "tests/scratch.h"

static const char commit[] = "0123456789abcdef0123456789abcdef01234567";

static int setup(void **state)
{
	*state = scratch_new();
	return 0;
}

static int teardown(void **state)
{
	scratch_remove(*state);
	return 0;
}

static void colour_is_for_terminals(void **state)
{
	(void)state;
	assert_false(cli_colour(-1));
}

static guint count(const struct rule **rules)
{
	guint number = 0;

	while (rules[number])
		number++;
	return number;
}

static bool has(const struct rule **rules, const char *id)
{
	for (; *rules; rules++)
		if (strcmp((*rules)->id, id) == 0)
			return true;
	return false;
}

static void without_a_list_the_default_rules_are_on(void **state)
{
	g_autofree const struct rule **rules = rule_choice_parse(NULL, NULL);

	(void)state;
	assert_true(has(rules, "blocking-dns"));
	assert_false(has(rules, "blocking-file-io"));
}

static void signs_change_the_default(void **state)
{
	g_autofree const struct rule **usual = rule_choice_parse("", NULL);
	g_autofree const struct rule **rules =
		rule_choice_parse("+blocking-file-io, -contlint-blocking-dns", NULL);

	(void)state;
	assert_int_equal(count(rules), count(usual));
	assert_true(has(rules, "blocking-file-io"));
	assert_false(has(rules, "blocking-dns"));
}

static void plain_names_are_all_that_is_on(void **state)
{
	g_autofree const struct rule **rules = rule_choice_parse("blocking-file-*", NULL);
	g_autofree const struct rule **one = rule_choice_parse("contlint-blocking-dns", NULL);

	(void)state;
	assert_int_equal(count(rules), 3);
	assert_int_equal(count(one), 1);
}

static void an_unknown_rule_is_told_with_the_nearest(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(rule_choice_parse("blocking-dsn", &error));
	assert_string_equal(error->message,
			    "there is no rule blocking-dsn; did you mean blocking-dns?");
}

static char *line(const struct workers_progress *progress, guint width)
{
	GString *out = g_string_new(NULL);

	progress_format(progress, width, out);
	return g_string_free(out, FALSE);
}

static void the_progress_line_tells_rate_and_rest(void **state)
{
	const struct workers_progress progress = {
		.done = 20, .total = 140, .failed = 1, .label = "src/a.c", .seconds = 10};
	g_autofree char *text = line(&progress, 80);

	(void)state;
	assert_string_equal(text, "20/140 units, 2.0/s, 1:00 left, 1 failed  src/a.c");
}

static void the_progress_line_fits_the_terminal(void **state)
{
	const struct workers_progress progress = {
		.total = 1, .label = "a/very/long/path/to/\x1b[31m/señor/file.c", .seconds = 0};

	(void)state;
	for (guint width = 1; width < 60; width++) {
		g_autofree char *text = line(&progress, width);

		assert_true(g_utf8_validate(text, -1, NULL));
		assert_null(strchr(text, '\x1b'));
		assert_true(width < 12 || g_utf8_strlen(text, -1) <= (glong)width);
	}
}

static void assert_vcs(const char *folder, const char *wanted_commit, const char *wanted_branch)
{
	g_autofree char *found = NULL;
	g_autofree char *branch = NULL;

	vcs_read(folder, &found, &branch);
	if (wanted_commit)
		assert_string_equal(found, wanted_commit);
	else
		assert_null(found);
	if (wanted_branch)
		assert_string_equal(branch, wanted_branch);
	else
		assert_null(branch);
}

static void the_commit_is_read_without_git(void **state)
{
	g_autofree char *inner = g_build_filename(*state, "src/deep", NULL);

	scratch_write(*state, "src/deep/a.c", "");
	scratch_write(*state, ".git/HEAD", "ref: refs/heads/feature/x\n");
	scratch_write(*state, ".git/refs/heads/feature/x", commit);
	assert_vcs(inner, commit, "feature/x");
}

static void packed_and_detached_commits_are_found(void **state)
{
	g_autofree char *packed = g_strdup_printf("# pack-refs\n%s refs/heads/main\n", commit);

	scratch_write(*state, ".git/HEAD", "ref: refs/heads/main\n");
	scratch_write(*state, ".git/packed-refs", packed);
	assert_vcs(*state, commit, "main");
	scratch_write(*state, ".git/HEAD", commit);
	assert_vcs(*state, commit, NULL);
}

static void a_worktree_is_followed_to_its_repository(void **state)
{
	g_autofree char *tree = g_build_filename(*state, "tree", NULL);

	scratch_write(*state, "main/.git/refs/heads/side", commit);
	scratch_write(*state, "main/.git/worktrees/tree/HEAD", "ref: refs/heads/side");
	scratch_write(*state, "main/.git/worktrees/tree/commondir", "../..\n");
	scratch_write(*state, "tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
	assert_vcs(tree, commit, "side");
}

static void a_hostile_reference_reads_no_other_file(void **state)
{
	scratch_write(*state, "secret", commit);
	scratch_write(*state, ".git/HEAD", "ref: ../secret\n");
	assert_vcs(*state, NULL, NULL);
	scratch_write(*state, ".git/HEAD", "ref: refs/heads/main\n");
	scratch_write(*state, ".git/refs/heads/main", "not a commit\n");
	assert_vcs(*state, NULL, "main");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(colour_is_for_terminals),
		CASE(without_a_list_the_default_rules_are_on),
		CASE(signs_change_the_default),
		CASE(plain_names_are_all_that_is_on),
		CASE(an_unknown_rule_is_told_with_the_nearest),
		CASE(the_progress_line_tells_rate_and_rest),
		CASE(the_progress_line_fits_the_terminal),
		CASE(the_commit_is_read_without_git),
		CASE(packed_and_detached_commits_are_found),
		CASE(a_worktree_is_followed_to_its_repository),
		CASE(a_hostile_reference_reads_no_other_file),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
