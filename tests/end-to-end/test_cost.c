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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_budget_of_computing_can_be_chosen,
						command_setup, command_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
