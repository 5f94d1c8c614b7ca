/* contlint verify, as those who write rules see it. */
#include "tests/end-to-end/command.h"

/* A continuation of libuv around `body`; its text is on line 5. */
#define CONTINUATION(body)                                                                  \
	"#include <unistd.h>\n"                                                             \
	"typedef void (*uv_timer_cb)(void *);\n"                                            \
	"int uv_timer_start(void *, uv_timer_cb, unsigned long, unsigned long);\n"          \
	"static void on_timer(void *timer) {\n" body "\n}\n"                                \
	"int serve(void *t) { return uv_timer_start(t, on_timer, 1, 0); }\n"

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

static void a_file_that_is_as_expected_passes(void **state)
{
	scratch_write(*state, "a.c", CONTINUATION("sleep(1); // expect: blocking-wait"));
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.out, "");
	assert_string_equal(said.err, "1 file is as expected, 1 comment holds\n");
	assert_int_equal(said.code, 0);
}

static void what_is_missing_is_a_sentence(void **state)
{
	scratch_write(*state, "a.c", CONTINUATION("(void)timer; // expect: blocking-wait"));
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.out, "a.c:5: expected blocking-wait, not found\n");
	assert_int_equal(said.code, 1);
}

static void what_is_too_much_is_a_sentence(void **state)
{
	scratch_write(*state, "a.c", CONTINUATION("sleep(1);"));
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_true(g_str_has_prefix(said.out, "a.c:5: blocking-wait is reported, not expected: "));
	assert_int_equal(said.code, 1);
}

static void a_known_miss_that_is_found_fails(void **state)
{
	scratch_write(*state, "a.c", CONTINUATION("sleep(1); // expect-miss: blocking-wait"));
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.out, "a.c:5: blocking-wait is found now: make it an expect\n");
	assert_int_equal(said.code, 1);
}

static void a_rule_that_is_off_is_switched_on_in_the_file(void **state)
{
	scratch_write(*state, "off.c", CONTINUATION("(void)access(timer, 0);"));
	scratch_write(*state, "on.c", CONTINUATION("(void)access(timer, 0); "
						   "// expect: blocking-file-io")
		      "// rules: +blocking-file-io\n");
	g_auto(said_t) said = contlint(*state, "verify", "off.c", "on.c");

	assert_string_equal(said.out, "");
	assert_int_equal(said.code, 0);
}

static void files_are_one_program_only_together(void **state)
{
	scratch_write(*state, "a.c", "void pause_a_little(void);\n"
		      CONTINUATION("pause_a_little();"));
	scratch_write(*state, "b.c", "#include <unistd.h>\nvoid pause_a_little(void);\n"
		      "void pause_a_little(void) { sleep(1); } // expect: blocking-wait\n");
	g_auto(said_t) alone = contlint(*state, "verify", "a.c", "b.c");
	g_auto(said_t) together = contlint(*state, "verify", "--together", "a.c", "b.c");

	assert_string_equal(alone.out, "b.c:3: expected blocking-wait, not found\n");
	assert_int_equal(alone.code, 1);
	assert_string_equal(together.out, "");
	assert_int_equal(together.code, 0);
}

/* Micro-case 19. */
static void what_only_tests_do_is_not_reported(void **state)
{
	scratch_write(*state, "tests/a.c", CONTINUATION("sleep(1);"));
	scratch_write(*state, "src/mock/b.c", CONTINUATION("usleep(900000);"));
	scratch_write(*state, "src/bench/c.c", "#define REST() sleep(1)\n"
		      CONTINUATION("REST();"));
	g_auto(said_t) said = contlint(*state, "verify", "tests/a.c", "src/mock/b.c",
				       "src/bench/c.c");

	assert_string_equal(said.out, "");
	assert_int_equal(said.code, 0);
}

/* The helper is in a folder of tests, and only tests call it. */
static void nor_is_what_their_helpers_do(void **state)
{
	scratch_write(*state, "tests/a.c", "void pause_a_little(void);\n"
		      CONTINUATION("pause_a_little();"));
	scratch_write(*state, "tests/help/b.c", "#include <unistd.h>\nvoid pause_a_little(void);\n"
		      "void pause_a_little(void) { sleep(1); }\n");
	g_auto(said_t) said = contlint(*state, "verify", "--together", "tests/a.c",
				       "tests/help/b.c");

	assert_string_equal(said.out, "");
	assert_int_equal(said.code, 0);
}

/* A loop over a parameter and one over a constant, with what they are expected to cost. */
static void write_costs(const char *folder, const char *growing, const char *constant)
{
	g_autofree char *text = g_strdup_printf(
		"int sum;\n"
		"void times(int n, int m) // expect-cost: %s\n"
		"{ for (int i = 0; i < n; i++) for (int k = 0; k < m; k++) sum++; }\n"
		"void fifty(void) // expect-cost: %s\n"
		"{ for (int i = 0; i < 50; i++) sum++; }\n",
		growing, constant);

	scratch_write(folder, "a.c", text);
}

static void costs_that_are_as_expected_pass(void **state)
{
	write_costs(*state, "m * n + 0..10", "50..500");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.out, "");
	assert_string_equal(said.err, "1 file is as expected, 2 comments hold\n");
	assert_int_equal(said.code, 0);
}

static void other_costs_are_sentences(void **state)
{
	write_costs(*state, "n", "1..2");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_non_null(strstr(said.out, "a.c:2: times() costs m * n + "));
	assert_non_null(strstr(said.out, ", expected n\n"));
	assert_non_null(strstr(said.out, "a.c:4: fifty() costs "));
	assert_non_null(strstr(said.out, ", expected 1..2\n"));
	assert_int_equal(said.code, 1);
}

static void neither_is_a_constant_what_grows_nor_the_reverse(void **state)
{
	write_costs(*state, "0..100", "n");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_non_null(strstr(said.out, ", expected 0..100\n"));
	assert_non_null(strstr(said.out, ", expected n\n"));
	assert_int_equal(said.code, 1);
}

static void the_rest_beside_what_grows_is_compared(void **state)
{
	write_costs(*state, "n * m + 100..200", "50..500");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_non_null(strstr(said.out, ", expected n * m + 100..200\n"));
	assert_int_equal(said.code, 1);
}

static void a_cost_of_no_function_is_a_sentence(void **state)
{
	scratch_write(*state, "a.c",
		      "void f(void); // expect-cost: 0..1\n"
		      "void a(void) {} void b(void) {} // expect-cost: 0..1\n");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.out,
			    "a.c:1: expected a cost of 0..1, but no function begins on this line\n"
			    "a.c:2: expected a cost of 0..1, but more than one function begins on "
			    "this line\n");
	assert_int_equal(said.code, 1);
}

static void recursion_of_unknown_depth_is_no_constant(void **state)
{
	scratch_write(*state, "a.c",
		      "void b(int);\n"
		      "void a(int n) { b(n / 3 + 7); } // expect-cost: 0..1000\n"
		      "void b(int n) { if (n % 5) a(n * 7); }\n");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_non_null(strstr(said.out, "a.c:2: a() costs (an unknown depth of recursion) + "));
	assert_int_equal(said.code, 1);
}

static void show_prints_findings_with_their_paths(void **state)
{
	scratch_write(*state, "a.c", CONTINUATION("sleep(1); // expect: blocking-wait"));
	g_auto(said_t) said = contlint(*state, "verify", "--show", "a.c");

	assert_true(g_str_has_prefix(said.out, "a.c:5:1: "));
	assert_non_null(strstr(said.out, "\n    a.c:7: "));
	assert_int_equal(said.code, 0);
}

static void a_comment_that_names_no_rule_is_a_usage_error(void **state)
{
	scratch_write(*state, "a.c", "int a; // expect: blocking-dsn\n");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_string_equal(said.err, "contlint: a.c:1: there is no rule blocking-dsn\n");
	assert_int_equal(said.code, 2);
}

static void a_file_that_does_not_compile_proves_nothing(void **state)
{
	scratch_write(*state, "a.c", "int a\n");
	g_auto(said_t) said = contlint(*state, "verify", "a.c");

	assert_true(g_str_has_prefix(said.err, "contlint: a.c:1: does not compile: "));
	assert_int_equal(said.code, 3);
}

static void without_files_or_with_a_missing_one_it_says_so(void **state)
{
	g_auto(said_t) none = contlint(*state, "verify");
	g_auto(said_t) missing = contlint(*state, "verify", "missing.c");

	assert_string_equal(none.err, "contlint: verify needs a file with // expect: comments\n");
	assert_int_equal(none.code, 2);
	assert_non_null(strstr(missing.err, "missing.c"));
	assert_int_equal(missing.code, 2);
}

static void flags_behind_two_dashes_reach_the_compiler(void **state)
{
	scratch_write(*state, "a.c", "#ifdef SLOW\n"
		      CONTINUATION("sleep(1);") "#endif\n");
	g_auto(said_t) quick = contlint(*state, "verify", "a.c");
	g_auto(said_t) slow = contlint(*state, "verify", "a.c", "--", "-DSLOW");

	assert_int_equal(quick.code, 0);
	assert_int_equal(slow.code, 1);
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_file_that_is_as_expected_passes),
		scratch_test(what_is_missing_is_a_sentence),
		scratch_test(what_is_too_much_is_a_sentence),
		scratch_test(a_known_miss_that_is_found_fails),
		scratch_test(a_rule_that_is_off_is_switched_on_in_the_file),
		scratch_test(files_are_one_program_only_together),
		scratch_test(what_only_tests_do_is_not_reported),
		scratch_test(nor_is_what_their_helpers_do),
		scratch_test(costs_that_are_as_expected_pass),
		scratch_test(other_costs_are_sentences),
		scratch_test(neither_is_a_constant_what_grows_nor_the_reverse),
		scratch_test(the_rest_beside_what_grows_is_compared),
		scratch_test(a_cost_of_no_function_is_a_sentence),
		scratch_test(recursion_of_unknown_depth_is_no_constant),
		scratch_test(show_prints_findings_with_their_paths),
		scratch_test(a_comment_that_names_no_rule_is_a_usage_error),
		scratch_test(a_file_that_does_not_compile_proves_nothing),
		scratch_test(without_files_or_with_a_missing_one_it_says_so),
		scratch_test(flags_behind_two_dashes_reach_the_compiler),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
