/* The whole road through the command, as a user or a CI job sees it. */
#include <stdbool.h>

#include "tests/end-to-end/command.h"

static void put_project(const char *folder)
{
	const char *const files[] = {"src/bad.c", "src/good.c", NULL};

	scratch_write(folder, "src/bad.c", one_finding);
	scratch_write(folder, "src/good.c", no_finding);
	write_compdb(folder, files);
}

static void a_finding_is_printed_and_fails_the_gate(void **state)
{
	struct said said;

	put_project(*state);
	said = contlint(*state, "check");
	assert_int_equal(said.code, 1);
	assert_non_null(strstr(said.out, "src/bad.c:9:9: "));
	assert_non_null(strstr(said.out, "[contlint-blocking-dns]"));
	assert_non_null(strstr(said.out, "src/bad.c:13:"));
	assert_non_null(strstr(said.err, "contlint: 1 finding"));
	assert_null(strstr(said.err, "src/bad.c"));
	said_clear(&said);
}

static void no_finding_passes_the_gate(void **state)
{
	struct said said;

	scratch_write(*state, "a.c", no_finding);
	said = contlint(*state, "check", "a.c");
	assert_int_equal(said.code, 0);
	assert_string_equal(said.out, "");
	assert_non_null(strstr(said.err, "contlint: no findings in 1 unit"));
	said_clear(&said);
}

static void the_gate_can_be_chosen(void **state)
{
	put_project(*state);
	assert_printed(contlint(*state, "check", "--fail-on", "none"), 0, "blocking-dns");
	assert_printed(contlint(*state, "check", "--fail-on", "any"), 1, "blocking-dns");
}

static void rules_can_be_chosen(void **state)
{
	put_project(*state);
	assert_said(contlint(*state, "check", "-r", "-blocking-dns"), 0, "no findings");
	assert_said(contlint(*state, "check", "-r", "blocking-wait"), 0, "no findings");
	assert_printed(contlint(*state, "check", "-r", "blocking-dns"), 1, "blocking-dns");
}

static void a_suppressed_finding_is_counted_not_shown(void **state)
{
	g_auto(GStrv) lines = g_strsplit(one_finding, "0, 0);\n}\nint listen", 2);
	g_autofree char *text = g_strconcat(
		lines[0], "0, 0); // NOLINT(contlint-blocking-dns): once at start\n}\nint listen",
		lines[1], NULL);

	scratch_write(*state, "a.c", text);
	assert_said(contlint(*state, "check", "a.c"), 0, "not shown: 1 suppressed");
}

static void quiet_is_quiet(void **state)
{
	struct said said;

	put_project(*state);
	said = contlint(*state, "check", "-q");
	assert_int_equal(said.code, 1);
	assert_string_equal(said.err, "");
	assert_non_null(strstr(said.out, "blocking-dns"));
	said_clear(&said);
}

static void values_may_follow_short_options_at_once(void **state)
{
	put_project(*state);
	assert_printed(contlint(*state, "check", "-j1", "-p.", "-rblocking-dns"), 1,
		       "blocking-dns");
	assert_said(contlint(*state, "check", "-r-blocking-dns", "-j1"), 0, "no findings");
	assert_said(contlint(*state, "check", "-r", "-blocking-dns", "-j", "1"), 0, "no findings");
}

static void timings_name_the_phases(void **state)
{
	static const char *const phases[] = {"compdb", "extract", "link", "judge",
					     "store",  "report",  "all",  "largest worker"};
	struct said said;

	put_project(*state);
	said = contlint(*state, "check", "--timings");
	for (size_t i = 0; i < G_N_ELEMENTS(phases); i++) {
		g_autofree char *line = g_strconcat("contlint: ", phases[i], NULL);

		assert_non_null(strstr(said.err, line));
	}
	said_clear(&said);
}

static void files_with_p_are_chosen_from_the_database(void **state)
{
	put_project(*state);
	assert_said(contlint(*state, "check", "-p", ".", "src/good.c"), 0, "in 1 unit");
	assert_said(contlint(*state, "check", "-p", ".", "src/none.c"), 2,
		    "src/none.c: is not a C source of the compile database");
}

static void flags_after_the_dashes_reach_the_files(void **state)
{
	scratch_write(*state, "a.c", "#ifdef ON\n#include \"found.h\"\n#endif\n");
	g_autofree char *text = g_strdup(one_finding);
	scratch_write(*state, "inc/found.h", text);
	assert_said(contlint(*state, "check", "a.c"), 0, "no findings");
	assert_printed(contlint(*state, "check", "a.c", "--", "-DON", "-Iinc"), 1,
		       "inc/found.h:9:9: ");
}

static void compile_errors_are_counted_and_the_rest_is_judged(void **state)
{
	g_autofree char *text = g_strconcat(one_finding,
					    "int broken(void) { return undeclared; }\n"
					    "#include \"none.h\"\n",
					    NULL);
	struct said said;

	scratch_write(*state, "a.c", text);
	said = contlint(*state, "check", "a.c");
	assert_int_equal(said.code, 1);
	assert_non_null(strstr(said.out, "a.c:9:9: "));
	assert_non_null(strstr(said.err, "1 unit has compile errors"));
	assert_non_null(strstr(said.err, "warning: a.c: 2 compile errors, the first at a.c:15:"));
	said_clear(&said);
}

/* Two runs with the same words say the same on stdout; the second `repeats` the first or judges
 * again what is in the cache. */
static void assert_second_run_agrees(const char *folder, const char *first_word,
				     const char *second_word, bool repeats)
{
	struct said first = contlint(folder, "check", "--timings", first_word);
	struct said second = contlint(folder, "check", "--timings", second_word);

	assert_string_equal(first.out, second.out);
	assert_int_equal(first.code, second.code);
	assert_non_null(strstr(first.out, "blocking-dns"));
	assert_int_equal(strstr(second.err, "contlint: judge") == NULL, repeats);
	said_clear(&first);
	said_clear(&second);
}

static void an_unchanged_run_is_repeated_from_the_database(void **state)
{
	put_project(*state);
	assert_second_run_agrees(*state, "--explain-confidence", "--explain-confidence", true);
	assert_printed(contlint(*state, "doctor"), 0, "2 runs in ");
	assert_printed(contlint(*state, "check", "--fail-on=none"), 0, "blocking-dns");
	assert_printed(contlint(*state, "doctor"), 0, "3 runs in ");
}

static void cached_units_are_judged_as_fresh_ones(void **state)
{
	put_project(*state);
	assert_second_run_agrees(*state, "--db=one.db", "--db=two.db", false);
	assert_second_run_agrees(*state, "--no-cache", "--no-db", false);
}

static void other_rules_or_models_are_no_repetition(void **state)
{
	put_project(*state);
	assert_second_run_agrees(*state, "-q", "--rules=blocking-*", false);
	scratch_write(*state, "mine/x.yaml", "library: x\nheaders: [x.h]\n");
	assert_second_run_agrees(*state, "-q", "--models=mine", false);
	assert_second_run_agrees(*state, "--models=mine", "--models=mine", true);
	assert_said(contlint(*state, "check", "-r", "blocking-wait"), 0, "no findings");
	assert_printed(contlint(*state, "check"), 1, "blocking-dns");
}

static void a_change_is_seen_through_the_cache(void **state)
{
	put_project(*state);
	assert_printed(contlint(*state, "check"), 1, "src/bad.c");
	scratch_write(*state, "src/bad.c", no_finding);
	assert_said(contlint(*state, "check"), 0, "no findings in 2 units");
}

static void what_contlint_writes_is_hidden_from_git(void **state)
{
	g_autofree char *path = g_build_filename(*state, ".contlint/.gitignore", NULL);

	put_project(*state);
	assert_printed(contlint(*state, "check"), 1, "");
	assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void no_database_is_made_if_none_is_wanted(void **state)
{
	g_autofree char *folder = g_build_filename(*state, ".contlint", NULL);

	put_project(*state);
	assert_printed(contlint(*state, "check", "--no-db", "--no-cache"), 1, "src/bad.c");
	assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

static void extract_and_link_find_what_check_finds(void **state)
{
	struct said whole, linked;

	put_project(*state);
	assert_said(contlint(*state, "extract", "-o", "bad.facts", "--", "ccache", "gcc", "-O2",
			     "-c", "src/bad.c"),
		    0, "");
	assert_said(contlint(*state, "extract", "--", "gcc", "-c", "src/good.c"), 0, "");
	whole = contlint(*state, "check", "--no-db");
	linked = contlint(*state, "link", "bad.facts", "good.facts");
	assert_int_equal(linked.code, 1);
	assert_string_equal(whole.out, linked.out);
	said_clear(&whole);
	said_clear(&linked);
	assert_printed(contlint(*state, "doctor"), 0, "1 runs in ");
}

static void read_whole(const char *folder, const char *name, char **ret_text, gsize *ret_size)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	assert_true(g_file_get_contents(path, ret_text, ret_size, NULL));
}

static void facts_are_the_same_wherever_the_project_is(void **state)
{
	g_autofree char *here = NULL;
	g_autofree char *there = NULL;
	gsize here_size, there_size;
	char *other = scratch_new();

	scratch_write(other, ".contlint.yaml", "");
	for (int i = 0; i < 2; i++) {
		const char *folder = i ? other : *state;
		g_autofree char *include = g_strconcat("-I", folder, "/inc", NULL);

		scratch_write(folder, "inc/x.h", "#include <stddef.h>\nint x(void);\n");
		scratch_write(folder, "a.c", "#include \"x.h\"\nint y(void) { return x(); }\n");
		assert_said(contlint(folder, "extract", "--root", folder, "--", "cc", include, "-c",
				     "a.c"),
			    0, "");
	}
	read_whole(*state, "a.facts", &here, &here_size);
	read_whole(other, "a.facts", &there, &there_size);
	assert_int_equal(here_size, there_size);
	assert_memory_equal(here, there, here_size);
	assert_null(memmem(here, here_size, *state, strlen(*state)));
	scratch_remove(other);
}

static void version_names_what_it_is_made_of(void **state)
{
	assert_printed(contlint(*state, "--version"), 0, "contlint ");
	assert_printed(contlint(*state, "--version"), 0, "clang version ");
	assert_printed(contlint(*state, "--version"), 0, "SQLite 3.");
}

static void every_command_has_help(void **state)
{
	struct said said = contlint(*state, "--help");
	g_auto(GStrv) lines = g_strsplit(said.out, "\n", -1);
	guint count = 0;

	assert_int_equal(said.code, 0);
	for (size_t i = 0; lines[i]; i++) {
		g_autofree char *name = NULL;

		if (!g_str_has_prefix(lines[i], "  "))
			continue;
		name = g_strndup(lines[i] + 2, strcspn(lines[i] + 2, " "));
		assert_printed(contlint(*state, name, "--help"), 0, "Usage: contlint ");
		assert_printed(contlint(*state, "help", name), 0, "Usage: contlint ");
		count++;
	}
	assert_true(count >= 5);
	said_clear(&said);
}

static void doctor_finds_its_way_in_an_empty_folder(void **state)
{
	assert_printed(contlint(*state, "doctor"), 0, "libclang: ");
	assert_printed(contlint(*state, "doctor"), 0, "warn  compile database: ");
	assert_printed(contlint(*state, "doctor"), 0, "ok    models: ");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_finding_is_printed_and_fails_the_gate),
		CASE(no_finding_passes_the_gate),
		CASE(the_gate_can_be_chosen),
		CASE(rules_can_be_chosen),
		CASE(a_suppressed_finding_is_counted_not_shown),
		CASE(quiet_is_quiet),
		CASE(values_may_follow_short_options_at_once),
		CASE(timings_name_the_phases),
		CASE(files_with_p_are_chosen_from_the_database),
		CASE(flags_after_the_dashes_reach_the_files),
		CASE(compile_errors_are_counted_and_the_rest_is_judged),
		CASE(an_unchanged_run_is_repeated_from_the_database),
		CASE(cached_units_are_judged_as_fresh_ones),
		CASE(other_rules_or_models_are_no_repetition),
		CASE(a_change_is_seen_through_the_cache),
		CASE(what_contlint_writes_is_hidden_from_git),
		CASE(no_database_is_made_if_none_is_wanted),
		CASE(extract_and_link_find_what_check_finds),
		CASE(facts_are_the_same_wherever_the_project_is),
		CASE(version_names_what_it_is_made_of),
		CASE(every_command_has_help),
		CASE(doctor_finds_its_way_in_an_empty_folder),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
