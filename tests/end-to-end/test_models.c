/* contlint models: which rows of the user's models match nothing, and which functions want one. */
#include "tests/end-to-end/command.h"

static const char vendor_header[] = "#include <ctype.h>\n"
				    "#include <errno.h>\n"
				    "int acme_ask(const char *question);\n"
				    "int acme_tell(const char *answer);\n"
				    "int acme_rest(void);\n"
				    "void acme_watch(int fd, void (*ready)(void *), void *data);\n";

static const char program[] = "#include \"acme.h\"\n"
			      "static void again(void *data)\n"
			      "{\n"
			      "	acme_ask(data);\n"
			      "}\n"
			      "static void ready(void *data)\n"
			      "{\n"
			      "	acme_ask(data);\n"
			      "	acme_ask(\"more\");\n"
			      "	if (errno && isdigit(*(char *)data))\n"
			      "		acme_tell(data);\n"
			      "}\n"
			      "void start(void *data)\n"
			      "{\n"
			      "	acme_rest();\n"
			      "	acme_watch(3, ready, data);\n"
			      "	acme_watch(4, again, data);\n"
			      "}\n";

static const char model[] =
	"library: acme\n"
	"headers: [vendor.h]\n"
	"functions:\n"
	"  acme_watch: { args: 3, continuations: [{arg: 1, context: io}] }\n"
	"  acme_forgotten: { args: 1, blocks: {kind: library} }\n";

static void put(const char *folder)
{
	static const char *const files[] = {"src/a.c", NULL};

	scratch_write(folder, "src/acme.h", vendor_header);
	scratch_write(folder, "src/a.c", program);
	scratch_write(folder, ".contlint/models/acme.yaml", model);
	write_compdb(folder, files);
}

static void suggest_lists_what_continuations_reach_most_reached_first(void **state)
{
	put(*state);
	g_auto(said_t) said = contlint(*state, "models", "suggest", "-q");

	assert_string_equal(said.out, "acme_ask()  2 continuations, 3 calls  src/acme.h\n"
				      "acme_tell()  1 continuation, 1 call  src/acme.h\n");
	assert_int_equal(said.code, 0);
}

static void suggest_leaves_out_what_waits_for_nobody_and_counts_it(void **state)
{
	put(*state);
	assert_said(contlint(*state, "models", "suggest", "-q"), 0,
		    "2 more of libraries that are modelled");
	assert_printed(contlint(*state, "models", "suggest", "-q", "--all"), 0,
		       "__errno_location()  1 continuation, 1 call");
}

static void suggest_has_a_limit_and_says_what_it_left(void **state)
{
	put(*state);
	g_auto(said_t) said = contlint(*state, "models", "suggest", "-q", "--limit=1");

	assert_non_null(strstr(said.out, "acme_ask()"));
	assert_null(strstr(said.out, "acme_tell()"));
	assert_non_null(strstr(said.err, "contlint: 1 more (--limit)"));
}

static void without_the_model_nothing_is_a_continuation(void **state)
{
	put(*state);
	scratch_write(*state, ".contlint/models/acme.yaml", "library: acme\nheaders: [vendor.h]\n");
	assert_printed(contlint(*state, "models", "suggest", "-q"), 0,
		       "no continuation reaches a function that wants a model\n");
}

static void verify_lists_rows_that_match_nothing(void **state)
{
	put(*state);
	g_auto(said_t) said = contlint(*state, "models", "verify", "-q");

	assert_non_null(strstr(said.out, "acme.yaml:5: function acme_forgotten matches "
					 "nothing\n"));
	assert_null(strstr(said.out, "acme_watch"));
	assert_non_null(strstr(said.err, "contlint: acme: 1 of 2 rows match\n"));
	assert_int_equal(said.code, 0);
}

static void another_word_is_a_usage_error(void **state)
{
	put(*state);
	assert_said(contlint(*state, "models", "invent"), 2, "verify or suggest");
	assert_said(contlint(*state, "models"), 2, "verify or suggest");
}

static void a_unit_that_cannot_be_read_is_told(void **state)
{
	static const char *const files[] = {"src/a.c", "src/none.c", NULL};

	put(*state);
	write_compdb(*state, files);
	assert_said(contlint(*state, "models", "suggest", "-q"), 3, "1 units could not be read");
}

#define command_test(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		command_test(suggest_lists_what_continuations_reach_most_reached_first),
		command_test(suggest_leaves_out_what_waits_for_nobody_and_counts_it),
		command_test(suggest_has_a_limit_and_says_what_it_left),
		command_test(without_the_model_nothing_is_a_continuation),
		command_test(verify_lists_rows_that_match_nothing),
		command_test(another_word_is_a_usage_error),
		command_test(a_unit_that_cannot_be_read_is_told),
	};

	return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
