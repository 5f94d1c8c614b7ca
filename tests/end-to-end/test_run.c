/* contlint run and confirm on a small program that sleeps in one continuation, might sleep in
 * another, and computes for long in a third. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "runtime/trace_format.h"
#include "tests/end-to-end/command.h"
#include "tests/traced.h"

/* Under what sleeps() and computes() take, and above what a busy machine takes from light(): with
 * the default of 1 ms a page that comes late or an interrupt makes its verdict `unclear`, rightly.
 */
#define BUDGET "--budget-us", "15000"

/* A copy of the program's source, checked. */
static void check_program(const char *folder)
{
	g_autofree char *text = NULL;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/tests/end-to-end/program.c", &text, NULL,
					NULL));
	scratch_write(folder, "program.c", text);
	assert_printed(contlint(folder, "check", "program.c", "--", "-D_GNU_SOURCE", "-I",
				TEST_SOURCE_DIR "/runtime"),
		       1, "nanosleep() can block");
}

/* The verdict of the finding whose sink is `sink`, or "" if there is none. Caller frees. */
static char *verdict(const char *folder, const char *sink)
{
	g_autofree char *sql =
		g_strdup_printf("SELECT evidence v FROM findings WHERE sink = '%s'", sink);
	struct said said = contlint(folder, "query", "--format", "csv", "--sql", sql);
	g_auto(GStrv) lines = g_strsplit_set(said.out, "\r\n", -1);
	char *answer = g_strdup("");

	for (guint i = 1; lines[i]; i++)
		if (lines[i][0] != '\0' && answer[0] == '\0') {
			g_free(answer);
			answer = g_strdup(lines[i]);
		}
	said_clear(&said);
	return answer;
}

#define assert_verdict(folder, sink, expected)                                                     \
	do {                                                                                       \
		g_autofree char *answer = verdict(folder, sink);                                   \
		assert_string_equal(answer, expected);                                             \
	} while (0)

static void a_run_confirms_what_slept_and_nothing_else(void **state)
{
	struct said said;

	check_program(*state);
	assert_verdict(*state, "nanosleep", "untested");
	said = contlint(*state, "run", BUDGET, "--", TEST_TRACED);
	assert_null(strstr(said.err, "broke off"));
	assert_non_null(strstr(said.err, "held an I/O thread for 25 ms: "));
	/* Who did not run has no times, and numbers stand at the right. */
	assert_non_null(strstr(said.err, "not-executed  │       │"));
	assert_non_null(strstr(said.err, "│    15.000 │"));
	assert_said(said, 0, "1 of 3 findings confirmed");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_verdict(*state, "usleep", "within-budget");
	assert_verdict(*state, "sleep", "not-executed");
}

static void a_misuse_is_no_matter_of_time(void **state)
{
	scratch_write(*state, "misuse.c",
		      "#include \"cport.h\"\n"
		      "static struct cport *port;\n"
		      "static void sleeps(struct cport_context *ctx, struct cport_op *op, "
		      "int64_t r)\n"
		      "{\n\t(void)ctx, (void)r;\n\tcport_timer(port, op, 0, 0);\n}\n"
		      "int start(struct cport_op *op)\n"
		      "{\n\top->fn = sleeps;\n\treturn cport_timer(port, op, 0, 0);\n}\n");
	assert_printed(
		contlint(*state, "check", "misuse.c", "--", "-I", TEST_SOURCE_DIR "/runtime"), 1,
		"the result of cport_timer() is ignored");
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED), 0,
		    "0 of 0 findings confirmed");
	assert_verdict(*state, "cport_timer", "untested");
}

static void many_that_did_not_run_are_only_counted(void **state)
{
	g_autoptr(GString) text = g_string_new("#include <unistd.h>\n#include \"cport.h\"\n");
	g_autofree char *path = g_build_filename(*state, "one.trace", NULL);
	struct said said;

	for (int i = 0; i < 21; i++)
		g_string_append_printf(
			text,
			"static void f%d(struct cport_context *ctx, struct cport_op "
			"*op, int64_t r)\n"
			"{\n\t(void)r;\n\tsleep(%d);\n}\n"
			"int start%d(struct cport *port, struct cport_op *op)\n"
			"{\n\top->fn = f%d;\n\treturn cport_timer(port, op, 0, 0);\n}\n",
			i, i + 1, i, i);
	scratch_write(*state, "many.c", text->str);
	assert_printed(contlint(*state, "check", "many.c", "--", "-I", TEST_SOURCE_DIR "/runtime"),
		       1, "f20");
	(void)traced_run(TEST_TRACED, "1", path);
	said = contlint(*state, "confirm", BUDGET, path);
	assert_null(strstr(said.out, "not-executed"));
	assert_said(said, 0, "not shown: 21 findings whose continuation did not run");
	assert_printed(contlint(*state, "query", "evidence"), 0, "not-executed");
}

static void what_only_the_run_saw_is_stored(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED), 0,
		    "1 that no rule reports; 3 of 5 continuations executed (60 %)");
	assert_printed(contlint(*state, "query", "dynamic-only"), 0, "computes");
	assert_printed(contlint(*state, "query", "holds"), 0, "sleeps");
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT name, noted, stalled, heavy, blocked > 0 b"
				" FROM trace_function JOIN function USING(function_id)"
				" WHERE name = 'sleeps'"),
		       0, "sleeps,3,3,0,1");
	assert_printed(contlint(*state, "query", "not-executed"), 0, "never");
	/* It is no finding of the check. */
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT count(*) n FROM findings"),
		       0, "n\n4\n");
}

/* A result that is ignored holds no thread, and main() is no continuation. */
static void what_no_run_could_confirm_is_not_judged(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1"), 0, "1 of 3 findings");
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT rule, evidence FROM findings WHERE callback IS NULL OR"
				" rule = 'start-result-ignored'"),
		       0, "start-result-ignored,untested");
}

static void the_program_keeps_its_output_and_its_status_is_said(void **state)
{
	struct said said;

	check_program(*state);
	said = contlint(*state, "run", BUDGET, "--workload", "short", "--", TEST_TRACED, "1", "7");
	assert_string_equal(said.out, "done\n");
	assert_said(said, 6, "ended with status 7");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_said(contlint(*state, "run", "--", "false"), 3, "ended with status 1");
}

static void a_program_that_is_killed_is_judged_by_what_it_left(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1", "kill"), 128 + SIGKILL,
		    "ended by signal 9");
	assert_verdict(*state, "nanosleep", "confirmed");
}

static void a_crash_is_told_and_takes_no_verdict_away(void **state)
{
	struct said said;

	check_program(*state);
	said = contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1", "crash");
	assert_non_null(strstr(said.err, "ended by signal 6"));
	assert_non_null(strstr(said.err, "a thread was in is_killed() (program.c)\n"));
	assert_said(said, 128 + SIGABRT, "1 of 3 findings confirmed");
	assert_verdict(*state, "nanosleep", "confirmed");
	said = contlint(*state, "run", "--", "sh", "-c", "kill -SEGV $$");
	assert_non_null(strstr(said.err, "left no trace"));
	assert_said(said, 128 + SIGSEGV, "ended by signal 11");
}

/* Half a trace is none: the program was not named to us as one. */
static void a_crash_while_the_trace_is_made_is_told_too(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "run", "--", "sh", "-c",
			     ": > \"$(echo \"$CONTLINT_TRACE\" | sed s/%p/77/)\"; exit 2"),
		    3, "is no trace");
	assert_said(contlint(*state, "run", "--", "sh", "-c",
			     ": > \"$(echo \"$CONTLINT_TRACE\" | sed s/%p/77/)\"; kill -SEGV $$"),
		    128 + SIGSEGV, "is no trace");
}

/* A look is what confirms: who cannot look says so instead of calling it fast. */
static void blocking_that_cannot_be_watched_is_told(void **state)
{
	struct said said;

	check_program(*state);
	said = contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1", "0", "unwatched");
	assert_non_null(strstr(said.err, "their pool has no monitor"));
	assert_said(said, 0, "0 of 3 findings confirmed");
	assert_verdict(*state, "nanosleep", "unclear");
	said = contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1", "0", "hidden");
	assert_non_null(strstr(said.err, "could be seen to sleep, but not where"));
	assert_said(said, 0, "0 of 3 findings confirmed");
	said = contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1");
	assert_null(strstr(said.err, "could be seen to sleep"));
	assert_null(strstr(said.err, "no monitor"));
	assert_said(said, 0, "1 of 3");
}

static void a_finding_shows_its_evidence_and_its_stack(void **state)
{
	struct said said;

	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--workload", "short", "--", TEST_TRACED, "1"),
		    0, "");
	said = contlint(*state, "query", "--format", "csv", "--sql",
			"SELECT id FROM findings WHERE sink = 'nanosleep'");
	g_strstrip(said.out);
	{
		g_autofree char *id = g_strdup(strrchr(said.out, '\n') + 1);
		struct said shown = contlint(*state, "show", id);

		assert_non_null(strstr(shown.out, "confirmed"));
		assert_non_null(strstr(shown.out, "1 calls, p50 "));
		assert_non_null(strstr(shown.out, ", short"));
		assert_non_null(strstr(shown.out, "nap program.c:26"));
		assert_non_null(strstr(shown.out, "sleeps program.c:33"));
		said_clear(&shown);
	}
	said_clear(&said);
}

static void an_audit_lists_the_system_calls_of_continuations(void **state)
{
	struct said said;

	check_program(*state);
	said = contlint(*state, "run", BUDGET, "--audit", "--", TEST_TRACED, "1");
	if (strstr(said.err, "no syscall user dispatch")) {
		said_clear(&said);
		return;
	}
	assert_non_null(strstr(said.err, "clock_nanosleep"));
	assert_said(said, 0, "1 of 3 findings confirmed");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_verdict(*state, "usleep", "sink-not-reached");
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT f.name, c.syscall, c.at, c.calls FROM trace_call c"
				" JOIN function f USING(function_id) WHERE f.name <> 'computes'"),
		       0, "name,syscall,at,calls\nsleeps,clock_nanosleep,nap program.c:26,1\n");
	assert_printed(contlint(*state, "query", "audit"), 0, "nap program.c:26 < sleeps");
}

/* ---- what may not be said ---------------------------------------------------------------- */

static char *make_trace(const char *folder)
{
	char *path = g_build_filename(folder, "elsewhere.trace", NULL);

	(void)traced_run(TEST_TRACED, "2", path);
	return path;
}

static void a_trace_made_elsewhere_confirms_too(void **state)
{
	g_autofree char *path = NULL;

	check_program(*state);
	path = make_trace(*state);
	assert_printed(contlint(*state, "confirm", BUDGET, path), 0, "confirmed");
	assert_verdict(*state, "nanosleep", "confirmed");
}

static void within_a_larger_budget_it_is_fast(void **state)
{
	g_autofree char *path = NULL;

	check_program(*state);
	path = make_trace(*state);
	assert_printed(contlint(*state, "confirm", "--budget-us", "60000000", path), 0, "fast");
	assert_verdict(*state, "nanosleep", "fast");
	assert_verdict(*state, "usleep", "within-budget");
}

/* Says in the area of the first thread that functions found no place. */
static void make_lossy(const char *path)
{
	struct contlint_trace_header header;
	uint64_t refused = 3;
	int fd = open(path, O_RDWR);

	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	assert_int_equal(pwrite(fd, &refused, sizeof(refused),
				(off_t)(header.areas_offset +
					offsetof(struct contlint_trace_area, sites_refused))),
			 sizeof(refused));
	assert_int_equal(close(fd), 0);
}

static void a_trace_that_lacks_something_confirms_but_never_weakens(void **state)
{
	g_autofree char *path = NULL;

	check_program(*state);
	path = make_trace(*state);
	make_lossy(path);
	assert_said(contlint(*state, "confirm", BUDGET, path), 0,
		    "it can confirm findings, but not weaken");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_verdict(*state, "usleep", "unclear");
	assert_verdict(*state, "sleep", "unclear");
}

/* What one trace lacks, another one may say. */
static void a_whole_trace_says_more_than_a_lossy_one(void **state)
{
	g_autofree char *path = NULL;

	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED, "1"), 0, "1 of 3");
	path = make_trace(*state);
	make_lossy(path);
	assert_said(contlint(*state, "confirm", BUDGET, path), 0, "1 of 3");
	assert_verdict(*state, "usleep", "within-budget");
	assert_verdict(*state, "sleep", "not-executed");
}

static void several_traces_are_one_run(void **state)
{
	g_autofree char *first = NULL;
	g_autofree char *second = g_build_filename(*state, "second.trace", NULL);

	check_program(*state);
	first = make_trace(*state);
	(void)traced_run(TEST_TRACED_BARE, "3", second);
	assert_said(contlint(*state, "confirm", BUDGET, first, second), 0,
		    "1 of 3 findings confirmed, 1 ");
	/* Whether both saw `computes` is a matter of the machine's load, and no concern of this. */
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT (SELECT count(*) FROM run WHERE kind = 'dynamic') runs,"
				" (SELECT count(*) FROM trace) traces, count(*) evidence,"
				" sum(calls * (sink = 'nanosleep')) calls"
				" FROM evidence JOIN finding USING(finding_id)"
				" WHERE rule_id != 'dynamic-only'"),
		       0, "1,2,6,5\n");
}

/* What is in it is not known: the others still confirm, but weaken nothing. */
static void one_bad_trace_does_not_take_away_what_the_others_confirm(void **state)
{
	g_autofree char *path = NULL;

	check_program(*state);
	path = make_trace(*state);
	assert_said(contlint(*state, "confirm", BUDGET, "program.c", path), 3,
		    "program.c is no trace");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_verdict(*state, "usleep", "unclear");
	assert_verdict(*state, "sleep", "unclear");
	assert_said(contlint(*state, "confirm", BUDGET, path, "program.c"), 3,
		    "1 traces could not be read");
}

/* As a server that forks, one of whose children dies while it opens its port. */
static void a_child_that_left_half_a_trace_does_not_take_away_the_others(void **state)
{
	g_autofree char *script = g_strdup_printf(
		"%s 1 & %s 1 & wait; : > \"$(echo \"$CONTLINT_TRACE\" | sed s/%%p/77/)\"",
		TEST_TRACED, TEST_TRACED);

	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", "sh", "-c", script), 3,
		    "1 of 3 findings confirmed");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT count(*) n FROM trace"),
		       0, "n\n2\n");
}

static void without_debug_information_the_name_of_the_sink_counts(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED_BARE), 0, "1 of 3");
	assert_verdict(*state, "nanosleep", "confirmed");
	assert_verdict(*state, "usleep", "within-budget");
}

static void a_changed_source_makes_evidence_stale(void **state)
{
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	g_autofree char *name = g_build_filename(*state, "program.c", NULL);
	g_autofree char *longer = NULL;

	check_program(*state);
	path = make_trace(*state);
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	longer = g_strconcat("/* one line more */\n", text, NULL);
	scratch_write(*state, "program.c", longer);
	assert_said(contlint(*state, "confirm", BUDGET, path), 0,
		    "have changed since contlint check");
	assert_verdict(*state, "nanosleep", "untested");
}

/* Evidence belongs to what a finding looked like. */
static void evidence_of_another_variant_is_stale(void **state)
{
	g_autofree char *path = NULL;
	g_autofree char *text = NULL;
	g_autofree char *name = g_build_filename(*state, "program.c", NULL);
	g_autofree char *longer = NULL;

	check_program(*state);
	path = make_trace(*state);
	assert_said(contlint(*state, "confirm", BUDGET, path), 0, "1 of 3 findings confirmed");
	assert_true(g_file_get_contents(name, &text, NULL, NULL));
	longer = g_strconcat("/* one line more */\n", text, NULL);
	scratch_write(*state, "program.c", longer);
	assert_printed(contlint(*state, "check", "program.c", "--", "-D_GNU_SOURCE", "-I",
				TEST_SOURCE_DIR "/runtime"),
		       1, "nanosleep");
	assert_verdict(*state, "nanosleep", "stale");
}

/* ---- what goes wrong --------------------------------------------------------------------- */

static void mistakes_are_told_before_the_program_runs(void **state)
{
	assert_said(contlint(*state, "run"), 2, "run takes a program");
	assert_said(contlint(*state, "run", "program"), 2, "stands after --");
	assert_said(contlint(*state, "run", BUDGET, "--", TEST_TRACED), 4, "there is no .contlint");
	assert_said(contlint(*state, "confirm"), 2, "at least one trace");
	check_program(*state);
	assert_said(contlint(*state, "run", "--budget-us", "0", "--", TEST_TRACED), 2, "above 0");
	assert_said(contlint(*state, "run", "--trace", "program.c", "--", TEST_TRACED), 2,
		    "would overwrite a file");
	assert_said(contlint(*state, "run", "--trace", "nowhere/trace", "--", TEST_TRACED), 2,
		    "which is no folder");
	assert_said(contlint(*state, "run", "--", "/no/such/program"), 2, "cannot be run");
	assert_said(contlint(*state, "run", "--", "true"), 3, "left no trace");
	assert_said(contlint(*state, "confirm", "program.c"), 2, "program.c is no trace");
	/* Nothing of all that was stored. */
	assert_printed(contlint(*state, "query", "--format", "csv", "--sql",
				"SELECT count(*) n FROM run WHERE kind = 'dynamic'"),
		       0, "n\n0\n");
}

static void a_trace_that_is_asked_for_is_kept(void **state)
{
	g_autofree char *path = g_build_filename(*state, "kept.trace", NULL);

	check_program(*state);
	assert_said(
		contlint(*state, "run", BUDGET, "--trace", "kept.trace", "--", TEST_TRACED, "1"), 0,
		"1 of 3");
	assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	/* It makes room for the next one; a program without a port leaves none. */
	assert_said(contlint(*state, "run", BUDGET, "--trace", "kept.trace", "--", "true"), 3,
		    "no trace");
	assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Slices with times for Perfetto, stacks with weights for flame graphs; without a trace, a reason.
 */
static void a_kept_trace_can_be_reported(void **state)
{
	check_program(*state);
	assert_said(contlint(*state, "report", "--format", "chrome"), 2, "no trace was kept");
	assert_said(
		contlint(*state, "run", BUDGET, "--trace", "kept.trace", "--", TEST_TRACED, "1"), 0,
		"1 of 3");
	assert_printed(contlint(*state, "report", "--format", "chrome"), 0,
		       "\"name\":\"sleeps\",\"cat\":\"continuation\",\"ts\":");
	assert_printed(contlint(*state, "report", "--format", "stacks"), 0, "io;sleeps;nap;");
}

/* Who asks for them sees them: what became of each packet, and how many waited. */
static void events_of_the_port_are_in_the_report(void **state)
{
	struct said said;

	check_program(*state);
	(void)g_setenv("CONTLINT_EVENTS", "1", TRUE);
	assert_said(
		contlint(*state, "run", BUDGET, "--trace", "kept.trace", "--", TEST_TRACED, "1"), 0,
		"1 of 3");
	g_unsetenv("CONTLINT_EVENTS");
	said = contlint(*state, "report", "--format", "chrome");
	assert_non_null(strstr(said.out, "\"name\":\"packet queued\",\"cat\":\"port\""));
	assert_non_null(strstr(said.out, "\"waiters\":"));
	said_clear(&said);
}

static void a_signal_is_passed_on_and_what_ran_is_judged(void **state)
{
	const char *const argv[] = {TEST_CONTLINT, "run",    BUDGET, "--",
				    TEST_TRACED,   "100000", NULL};
	g_autoptr(GError) error = NULL;
	GPid child;
	int status;

	check_program(*state);
	(void)g_spawn_async(*state, (char **)argv, NULL,
			    G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
				    G_SPAWN_STDERR_TO_DEV_NULL,
			    NULL, NULL, &child, &error);
	assert_null(error);
	g_usleep(1500000);
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(exit_code_of(status), 128 + SIGTERM);
	assert_verdict(*state, "nanosleep", "confirmed");
}

#define test(function) cmocka_unit_test_setup_teardown(function, command_setup, command_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_run_confirms_what_slept_and_nothing_else),
		test(a_misuse_is_no_matter_of_time),
		test(many_that_did_not_run_are_only_counted),
		test(what_only_the_run_saw_is_stored),
		test(what_no_run_could_confirm_is_not_judged),
		test(the_program_keeps_its_output_and_its_status_is_said),
		test(a_program_that_is_killed_is_judged_by_what_it_left),
		test(a_crash_is_told_and_takes_no_verdict_away),
		test(a_crash_while_the_trace_is_made_is_told_too),
		test(blocking_that_cannot_be_watched_is_told),
		test(a_finding_shows_its_evidence_and_its_stack),
		test(an_audit_lists_the_system_calls_of_continuations),
		test(a_trace_made_elsewhere_confirms_too),
		test(within_a_larger_budget_it_is_fast),
		test(a_trace_that_lacks_something_confirms_but_never_weakens),
		test(a_whole_trace_says_more_than_a_lossy_one),
		test(several_traces_are_one_run),
		test(one_bad_trace_does_not_take_away_what_the_others_confirm),
		test(a_child_that_left_half_a_trace_does_not_take_away_the_others),
		test(without_debug_information_the_name_of_the_sink_counts),
		test(a_changed_source_makes_evidence_stale),
		test(evidence_of_another_variant_is_stale),
		test(mistakes_are_told_before_the_program_runs),
		test(a_trace_that_is_asked_for_is_kept),
		test(a_kept_trace_can_be_reported),
		test(events_of_the_port_are_in_the_report),
		test(a_signal_is_passed_on_and_what_ran_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
