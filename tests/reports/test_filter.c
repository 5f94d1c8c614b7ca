/* Diffs, and which findings a filter wants. */
#include "reports/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char diff[] = "diff --git a/src/a.c b/src/a.c\n"
			   "index 1..2 100644\n"
			   "--- a/src/a.c\n"
			   "+++ b/src/a.c\n"
			   "@@ -3,4 +3,4 @@ int f(void)\n"
			   " {\n"
			   "-\told();\n"
			   "+\tnew();\n"
			   " }\n"
			   "-\n"
			   "+--- no header\n"
			   "\\ No newline at end of file\n"
			   "@@ -40,2 +39,0 @@\n"
			   "-x\n"
			   "-y\n"
			   "--- a/gone.c\n"
			   "+++ /dev/null\n"
			   "@@ -1 +0,0 @@\n"
			   "-x\n"
			   "--- /dev/null\n"
			   "+++ b/\"odd\".c\t2026-01-01\n"
			   "@@ -0,0 +1,2 @@\n"
			   "+x\n"
			   "+y\n";

static void a_diff_tells_the_changed_lines_of_the_new_side(void **state)
{
	g_autoptr(changes_t) changes = changes_new();

	(void)state;
	assert_true(changes_add(changes, "x.diff", diff, NULL, NULL));
	assert_false(changes_touch(changes, "src/a.c", 1, 3));
	assert_true(changes_touch(changes, "src/a.c", 4, 4));
	assert_false(changes_touch(changes, "src/a.c", 5, 5));
	assert_true(changes_touch(changes, "src/a.c", 6, 6));
	assert_false(changes_touch(changes, "src/a.c", 7, 39));
	assert_true(changes_touch(changes, "src/a.c", 40, 40)); /* stands where lines went */
	assert_false(changes_touch(changes, "src/a.c", 41, 1000));
	assert_true(changes_touch(changes, "\"odd\".c", 2, 9));
	assert_false(changes_touch(changes, "gone.c", 1, 9));
	assert_false(changes_touch(changes, "a.c", 4, 4));
}

static void a_diff_of_the_repository_fits_a_project_inside(void **state)
{
	g_autoptr(changes_t) changes = changes_new();

	(void)state;
	assert_true(changes_add(changes, "x.diff", diff, "src/", NULL));
	assert_true(changes_touch(changes, "a.c", 4, 4));
	assert_false(changes_touch(changes, "\"odd\".c", 1, 2));
}

static void names_of_git_are_unquoted(void **state)
{
	g_autoptr(changes_t) changes = changes_new();

	(void)state;
	assert_true(
		changes_add(changes, "x",
			    "--- \"a/\\303\\244.c\"\n+++ \"b/\\303\\244.c\"\n@@ -1 +1 @@\n-x\n+y\n",
			    NULL, NULL));
	assert_true(changes_touch(changes, "\303\244.c", 1, 1));
}

static void what_is_no_diff_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{"hello\n", "x: there is no unified diff in it"},
		{"--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n x\n",
		 "x: the diff ends inside of a hunk"},
		{"--- a/a.c\n+++ b/a.c\n@@ -1 +x @@\n", "x:3: this is not a unified diff"},
		{"--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\nx\n", "x:4: this is not a unified diff"},
		{"--- a/a.c\n+++ b/a.c\n@@ -1 +99999999999 @@\n", "x:3: this is not"},
		{"@@ -1 +1 @@\n", "x:1: this is not a unified diff"},
		{"--- a/a.c\n+++ b/a.c\n@@@ -1 -1 +1 @@@\n", "x:3: this is not a unified diff"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(changes_t) changes = changes_new();
		g_autoptr(GError) error = NULL;

		assert_false(changes_add(changes, "x", rows[i].text, NULL, &error));
		if (!strstr(error->message, rows[i].problem))
			fail_msg("'%s' instead of '%s'", error->message, rows[i].problem);
	}
}

static void an_empty_diff_changes_nothing(void **state)
{
	g_autoptr(changes_t) changes = changes_new();

	(void)state;
	assert_true(changes_add(changes, "x", "", NULL, NULL));
	assert_true(changes_add(changes, "x", "diff --git a/a b/b\nrename from a\n", NULL, NULL));
	assert_false(changes_touch(changes, "a", 1, G_MAXUINT));
}

static struct finding *find(const char *file, guint line, const char *usr)
{
	struct finding *finding = finding_new("blocking-dns");

	finding->place.file = g_strdup(file);
	finding->place.line = line;
	finding->function_usr = g_strdup(usr);
	finding->unit = g_strdup("src/a.c");
	return finding;
}

static bool wants(const struct filter *filter, const char *file, guint line)
{
	struct finding *finding = find(file, line, "c:@F@f");
	bool fits = filter_fits(filter, finding);

	finding_free(finding);
	return fits;
}

static void a_line_filter_is_that_of_clang_tidy(void **state)
{
	struct filter filter = {0};

	(void)state;
	assert_true(filter_read_lines(
		&filter, "[{\"name\":\"a.c\",\"lines\":[[1,3],[7,7]]},{\"name\":\"b.h\"}]", NULL));
	assert_true(wants(&filter, "src/a.c", 3));
	assert_false(wants(&filter, "src/a.c", 4));
	assert_true(wants(&filter, "src/a.c", 7));
	assert_true(wants(&filter, "inc/b.h", 99));
	assert_false(wants(&filter, "src/c.c", 1));
	filter_clear(&filter);
}

static void a_line_filter_says_what_is_wrong(void **state)
{
	static const struct {
		const char *json, *problem;
	} rows[] = {
		{"[{]", "not JSON: 1:"},
		{"{}", "it is a list"},
		{"[]", "it is a list"},
		{"[1]", "an entry is an object with a name"},
		{"[{\"lines\":[]}]", "an entry is an object with a name"},
		{"[{\"name\":\"a\",\"line\":1}]", "nothing else"},
		{"[{\"name\":\"a\",\"lines\":1}]", "lines is a list"},
		{"[{\"name\":\"a\",\"lines\":[[3,1]]}]", "a range is two lines"},
		{"[{\"name\":\"a\",\"lines\":[[1]]}]", "a range is two lines"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct filter filter = {0};
		g_autoptr(GError) error = NULL;

		assert_false(filter_read_lines(&filter, rows[i].json, &error));
		if (!strstr(error->message, rows[i].problem))
			fail_msg("'%s' instead of '%s'", error->message, rows[i].problem);
		filter_clear(&filter);
	}
}

static void a_header_filter_leaves_sources_alone(void **state)
{
	struct filter filter = {0};
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_true(filter_read_headers(&filter, "src/.*\\.h$", NULL));
	assert_true(wants(&filter, "src/a.c", 1));
	assert_true(wants(&filter, "src/b.h", 1));
	assert_false(wants(&filter, "vendor/b.h", 1));
	filter_clear(&filter);
	assert_false(filter_read_headers(&filter, "(", &error));
	assert_non_null(strstr(error->message, "not a regular expression"));
}

static void a_path_through_a_changed_function_is_wanted(void **state)
{
	struct program_function functions[] = {
		{.usr = "c:@F@f", .file = "src/a.c", .line = 1, .end_line = 20},
		{.usr = "c:@F@g", .file = "src/a.c", .line = 30, .end_line = 45},
	};
	const struct program program = {.functions = functions, .function_count = 2};
	struct filter filter = {.changes = changes_new()};
	struct finding *finding = find("lib/l.c", 5, "c:@F@l");
	struct finding_step *step = finding_add_step(finding, STEP_CALL);

	(void)state;
	assert_true(changes_add(filter.changes, "x", diff, NULL, NULL));
	filter_learn_program(&filter, &program);
	step->place.file = g_strdup("src/a.c");
	step->place.line = 19;
	step->usr = g_strdup("c:@F@h");
	assert_false(filter_fits(&filter, finding)); /* of another function */
	g_free(step->usr);
	step->usr = g_strdup("c:@F@g");
	assert_true(filter_fits(&filter, finding));
	g_clear_pointer(&step->usr, g_free);
	assert_false(filter_fits(&filter, finding));
	step->place.line = 40; /* a registration at file scope */
	assert_true(filter_fits(&filter, finding));
	finding_free(finding);
	filter_clear(&filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diff_tells_the_changed_lines_of_the_new_side),
		cmocka_unit_test(a_diff_of_the_repository_fits_a_project_inside),
		cmocka_unit_test(names_of_git_are_unquoted),
		cmocka_unit_test(what_is_no_diff_is_refused_with_its_line),
		cmocka_unit_test(an_empty_diff_changes_nothing),
		cmocka_unit_test(a_line_filter_is_that_of_clang_tidy),
		cmocka_unit_test(a_line_filter_says_what_is_wrong),
		cmocka_unit_test(a_header_filter_leaves_sources_alone),
		cmocka_unit_test(a_path_through_a_changed_function_is_wanted),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
