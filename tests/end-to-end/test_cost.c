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
	assert_printed(contlint(*state, "check", "-r", "heavy-compute-call", "--budget-us", "100",
				"a.c"),
		       1, "a.c:8:");
	assert_said(contlint(*state, "check", "-r", "heavy-compute-call", "--budget-us=5000",
			     "a.c"),
		    0, "no findings");
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
		cmocka_unit_test_setup_teardown(a_cost_that_grows_a_degree_is_a_finding_of_diff,
						command_setup, command_teardown),
		cmocka_unit_test_setup_teardown(
			a_cost_that_grows_a_degree_fails_the_gate_of_a_check, command_setup,
			command_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
