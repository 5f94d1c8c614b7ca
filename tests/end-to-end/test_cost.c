/* What computing costs, as a user sees it. */
#include "tests/end-to-end/command.h"

/* A continuation that computes for about 400 us: 200000 rounds of two steps. */
static const char one_loop[] =
	"typedef struct sd_event sd_event;\n"
	"typedef struct sd_event_source sd_event_source;\n"
	"int sd_event_add_io(sd_event *, sd_event_source **, int, unsigned,\n"
	"	int (*)(sd_event_source *, int, unsigned, void *), void *);\n"
	"static unsigned sum;\n"
	"static int ready_cb(sd_event_source *source, int fd, unsigned revents, void *userdata)\n"
	"{\n"
	"	for (int i = 0; i < 200000; i++)\n"
	"		sum += i;\n"
	"	return 0;\n"
	"}\n"
	"int listen_on(sd_event *event, int fd)\n"
	"{\n"
	"	return sd_event_add_io(event, 0, fd, 1, ready_cb, 0);\n"
	"}\n";

static void the_budget_of_computing_can_be_chosen(void **state)
{
	scratch_write(*state, "a.c", one_loop);
	assert_said(contlint(*state, "check", "-r", "heavy-compute-call", "a.c"), 0, "no findings");
	assert_printed(
		contlint(*state, "check", "-r", "heavy-compute-call", "--budget-us", "100", "a.c"),
		1, "a.c:8:");
	assert_said(
		contlint(*state, "check", "-r", "heavy-compute-call", "--budget-us=5000", "a.c"), 0,
		"no findings");
	assert_said(contlint(*state, "check", "--budget-us", "0", "a.c"), 2, "above 0");
}

/* A continuation over what came in; what its loop does stands between. */
static const char over_bytes[] =
	"typedef struct uv_stream_s uv_stream_t;\n"
	"typedef struct uv_buf_t { char *base; unsigned long len; } uv_buf_t;\n"
	"int uv_read_start(uv_stream_t *, void (*)(void),\n"
	"	void (*)(uv_stream_t *, long, const uv_buf_t *));\n"
	"static unsigned sum;\n"
	"static void on_read(uv_stream_t *stream, long nread, const uv_buf_t *buf)\n"
	"{\n"
	"	for (long i = 0; i < nread; i++) {\n"
	"		";
static const char after_loop[] =
	"\n	}\n"
	"}\n"
	"int serve(uv_stream_t *stream) { return uv_read_start(stream, 0, on_read); }\n";

static void put_loop(const char *folder, const char *body)
{
	const char *const files[] = {"a.c", NULL};
	g_autofree char *text = g_strconcat(over_bytes, body, after_loop, NULL);

	scratch_write(folder, "a.c", text);
	write_compdb(folder, files);
}

static void cost_names_the_sizes_and_where_they_come_from(void **state)
{
	put_loop(*state, "sum += buf->base[i];");
	assert_printed(contlint(*state, "cost", "on_read"), 0, "x (nread)");
	assert_printed(contlint(*state, "cost", "on_read"), 0, "grows with the data");
	assert_printed(contlint(*state, "cost", "on_read"), 0,
		       "nread: loop at a.c:8 in on_read(); ");
	assert_said(contlint(*state, "cost", "nobody"), 2, "no such function");
	assert_said(contlint(*state, "cost"), 2, "one function");
}

/* Constants: a loop of its own, a search, a helper given a large number, one behind two calls, and
 * a library function that is slow on purpose. */
static const char constants[] =
	"int PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const void *,\n"
	"	int, unsigned char *);\n"
	"static unsigned sum;\n"
	"static void churn(int n)\n"
	"{\n"
	"	for (int i = 0; i < n; i++)\n"
	"		sum += i;\n"
	"}\n"
	"static void inner(void)\n"
	"{\n"
	"	for (int i = 0; i < 10; i++)\n"
	"		for (int k = 0; k < 50000; k++)\n"
	"			sum += k;\n"
	"}\n"
	"static void middle(void) { inner(); }\n"
	"void own(void)\n"
	"{\n"
	"	for (int i = 0; i < 200000; i++)\n"
	"		sum += i;\n"
	"	for (int i = 0; i < 200000; i++)\n"
	"		if (sum == (unsigned)i)\n"
	"			break;\n"
	"}\n"
	"void given(void) { churn(300000); }\n"
	"void far(void) { middle(); }\n"
	"void derive(unsigned char *out)\n"
	"{\n"
	"	PKCS5_PBKDF2_HMAC(\"x\", 1, 0, 0, 100000, 0, 32, out);\n"
	"}\n"
	"void search(void)\n"
	"{\n"
	"	for (int i = 0; i < 5000; i++) {\n"
	"		if (sum == (unsigned)i)\n"
	"			break;\n"
	"		inner();\n"
	"	}\n"
	"}\n"
	"int few(int a) { return a + 1; }\n";

static void put_constants(const char *folder)
{
	const char *const files[] = {"a.c", NULL};

	scratch_write(folder, "a.c", constants);
	write_compdb(folder, files);
}

static void cost_says_which_loops_make_up_a_constant(void **state)
{
	struct said said;

	put_constants(*state);
	assert_printed(contlint(*state, "cost", "own"), 0,
		       "    200000 rounds: loop at a.c:18 in own(); 600000 units\n");
	assert_printed(contlint(*state, "cost", "search"), 0,
		       "    64 of 5000 rounds: loop at a.c:32 in search(); ");
	said = contlint(*state, "cost", "few");
	assert_null(strstr(said.out, "of the constant"));
	assert_printed(said, 0, "less than 1 us");
}

static void a_constant_of_a_helper_is_told_where_it_stands(void **state)
{
	put_constants(*state);
	assert_printed(contlint(*state, "cost", "given"), 0,
		       "    300000 for n: loop at a.c:6 in churn(), reached from a.c:24; "
		       "900000 units\n");
	assert_printed(
		contlint(*state, "cost", "far"), 0,
		"    10 rounds: loop at a.c:11 in inner(), reached from a.c:25; 1500030 units\n"
		"      50000 rounds: loop at a.c:12 in inner(), reached from a.c:25; "
		"1500000 units\n");
}

static void cost_says_what_a_unit_is_and_how_long_it_takes(void **state)
{
	put_constants(*state);
	assert_printed(contlint(*state, "cost", "derive"), 0,
		       "derive() in a.c\n"
		       "  units of work: 50000002\n"
		       "  does not depend on how much data there is; about 50 ms\n"
		       "  of the constant 50000002:\n"
		       "    100000 x 500: call of PKCS5_PBKDF2_HMAC() at a.c:28 in derive(); "
		       "50000000 units\n"
		       "a unit is one step of the source, about a nanosecond; ");
	assert_printed(contlint(*state, "cost", "churn"), 0,
		       "grows with the data; about 3 us if each size is 1000\n");
}

static void cost_of_a_library_function_is_what_its_model_says(void **state)
{
	put_constants(*state);
	assert_printed(contlint(*state, "cost", "PKCS5_PBKDF2_HMAC"), 0,
		       "openssl.yaml:100\n  units of work: 500 x (argument 4)\n"
		       "  class C2, heavy computation; about 500 us if the size is 1000; "
		       "arguments count from 0\n  note: slow on purpose\n");
	assert_printed(contlint(*state, "cost", "qsort"), 0, "8 x (argument 1) x its log2\n");
	assert_printed(contlint(*state, "cost", "malloc"), 0,
		       "50 for a call; it computes nothing\n");
}

static void cost_tells_functions_of_the_same_name_apart_by_their_files(void **state)
{
	const char *const files[] = {"src/a.c", "src/b.c", "b.c", NULL};
	struct said said;

	for (guint i = 0; files[i]; i++)
		scratch_write(*state, files[i],
			      "static int parse(int n) { return n + 1; }\n"
			      "int (*parser)(int) = parse;\n");
	write_compdb(*state, files);
	assert_printed(contlint(*state, "cost", "parse"), 0, "parse() in src/b.c\n");
	said = contlint(*state, "cost", "src/b.c:parse");
	assert_null(strstr(said.out, "parse() in src/a.c\n"));
	assert_null(strstr(said.out, "parse() in b.c\n"));
	assert_printed(said, 0, "parse() in src/b.c\n");
	said = contlint(*state, "cost", "a.c:parse");
	assert_null(strstr(said.out, "parse() in src/b.c\n"));
	assert_printed(said, 0, "parse() in src/a.c\n");
	assert_said(contlint(*state, "cost", "rc/a.c:parse"), 2,
		    "rc/a.c:parse: no such file has it; parse() is in ");
	assert_said(contlint(*state, "cost", "a.c:nobody"), 2, "no such function");
	assert_said(contlint(*state, "cost", ":parse"), 2, "no such file");
}

static void a_cost_that_grows_a_degree_is_a_finding_of_diff(void **state)
{
	put_loop(*state, "sum += buf->base[i];");
	assert_said(contlint(*state, "check", "--fail-on", "none"), 0, "no findings");
	put_loop(*state, "for (long k = 0; k < nread; k++) sum += buf->base[k];");
	assert_said(contlint(*state, "check", "--fail-on", "none"), 0, "in 1 unit");
	assert_printed(contlint(*state, "diff", "previous..latest", "--degree-increase"), 1,
		       "+ a.c:6: on_read() grows as the square of the data now: ");
	assert_said(contlint(*state, "diff", "latest..previous", "--degree-increase"), 0,
		    "the cost of 0 continuations");
}

static void a_cost_that_grows_a_degree_fails_the_gate_of_a_check(void **state)
{
	put_loop(*state, "sum += buf->base[i];");
	assert_said(contlint(*state, "check", "--fail-on", "none", "--degree-increase"), 0,
		    "no findings"); /* the first run has nothing to be compared with */
	assert_said(contlint(*state, "check", "--fail-on", "none", "--degree-increase"), 0,
		    "the cost of 0 continuations");
	put_loop(*state, "for (long k = 0; k < nread; k++) sum += buf->base[k];");
	assert_said(
		contlint(*state, "check", "--fail-on", "none", "--base", "1", "--degree-increase"),
		1, "+ a.c:6: on_read() grows as the square of the data now: ");
	assert_said(contlint(*state, "check", "--fail-on", "none", "--base", "1"), 0, "in 1 unit");
	assert_said(contlint(*state, "check", "--no-db", "--degree-increase"), 2, "--no-db");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_budget_of_computing_can_be_chosen,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(cost_names_the_sizes_and_where_they_come_from,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(cost_says_which_loops_make_up_a_constant,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(a_constant_of_a_helper_is_told_where_it_stands,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(cost_says_what_a_unit_is_and_how_long_it_takes,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(cost_of_a_library_function_is_what_its_model_says,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(
			cost_tells_functions_of_the_same_name_apart_by_their_files, command_setup,
			command_teardown),
		cmocka_unit_test_setup_teardown(a_cost_that_grows_a_degree_is_a_finding_of_diff,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(
			a_cost_that_grows_a_degree_fails_the_gate_of_a_check, command_setup,
			command_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
