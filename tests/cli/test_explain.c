/* contlint explain, as its users see it. */
#include "tests/end-to-end/command.h"

#include <string.h>

static void a_rule_is_explained(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "blocking-dns");

	assert_int_equal(said.code, 0);
	assert_true(g_str_has_prefix(said.out, "blocking-dns\n"));
	assert_non_null(strstr(said.out, "\nWhy\n"));
	assert_non_null(strstr(said.out, "\nInstead\n"));
	assert_non_null(strstr(said.out, "\nWhat it misses\n"));
	assert_string_equal(said.err, "");
}

static void the_name_in_a_finding_is_understood(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "contlint-nested-loop");

	assert_int_equal(said.code, 0);
	assert_true(g_str_has_prefix(said.out, "nested-loop\n"));
}

static void what_is_no_rule_is_explained_too(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "contlint-degree-increase");

	assert_int_equal(said.code, 0);
	assert_non_null(strstr(said.out, "grows faster with the data"));
	assert_string_equal(said.err, "");
}

static void without_a_name_all_rules_are_listed(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain");

	assert_int_equal(said.code, 0);
	assert_non_null(strstr(said.out, "\nnested-loop "));
	assert_non_null(strstr(said.out, "regular file. (off by default)\n"));
}

static void a_wrong_name_gets_the_nearest(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "blocking-dsn");

	assert_int_equal(said.code, 2);
	assert_string_equal(said.out, "");
	assert_string_equal(said.err, "contlint: there is no rule blocking-dsn; "
				     "did you mean blocking-dns?\n");
}

static void a_name_unlike_any_gets_the_list(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "xyzzy");

	assert_int_equal(said.code, 2);
	assert_string_equal(said.err, "contlint: there is no rule xyzzy; "
				     "contlint explain lists them\n");
}

static void two_names_are_too_many(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "blocking-dns", "nested-loop");

	assert_int_equal(said.code, 2);
	assert_string_equal(said.err, "contlint: explain takes one rule\n");
}

static void no_line_is_wider_than_a_terminal(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "blocking-process");
	g_auto(GStrv) lines = g_strsplit(said.out, "\n", -1);

	assert_true(g_strv_length(lines) > 15);
	for (guint i = 0; lines[i]; i++)
		assert_true(g_utf8_strlen(lines[i], -1) <= 80);
}

static void the_page_of_the_documentation_is_markdown(void **state)
{
	g_auto(said_t) said = contlint(NULL, "explain", "--markdown", "sync-mode-call");

	assert_int_equal(said.code, 0);
	assert_true(g_str_has_prefix(said.out, "# sync-mode-call\n\n"));
	assert_non_null(strstr(said.out, "\n## What to do instead\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_explained),
		cmocka_unit_test(the_name_in_a_finding_is_understood),
		cmocka_unit_test(what_is_no_rule_is_explained_too),
		cmocka_unit_test(without_a_name_all_rules_are_listed),
		cmocka_unit_test(a_wrong_name_gets_the_nearest),
		cmocka_unit_test(a_name_unlike_any_gets_the_list),
		cmocka_unit_test(two_names_are_too_many),
		cmocka_unit_test(no_line_is_wider_than_a_terminal),
		cmocka_unit_test(the_page_of_the_documentation_is_markdown),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
