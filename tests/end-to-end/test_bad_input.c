/* Bad input through the command: each gets a clear sentence and its exit code, and costs no more
 * than it must. */
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/end-to-end/command.h"

static void without_a_command_usage_is_told(void **state)
{
	const char *const nothing[] = {NULL};

	assert_said(contlint_run(*state, nothing), 2, "Usage: contlint COMMAND");
}

static void an_unknown_command_is_told_with_the_nearest(void **state)
{
	assert_said(contlint(*state, "chekc"), 2,
		    "contlint: there is no command chekc; did you mean contlint check?\n");
	assert_said(contlint(*state, "xyzzy"), 2, "contlint --help lists them");
	assert_said(contlint(*state, "--jobs"), 2, "unknown option --jobs");
}

static void an_unknown_option_is_told_with_the_nearest(void **state)
{
	assert_said(contlint(*state, "check", "--job"), 2,
		    "unknown option --job of contlint check; did you mean --jobs?");
	assert_said(contlint(*state, "check", "--quite=1"), 2, "did you mean --quiet?");
	assert_said(contlint(*state, "check", "-Z"), 2, "unknown option -Z");
	assert_said(contlint(*state, "check", "-jobs"), 2, "check: ");
	assert_said(contlint(*state, "check", "--jobs", "many"), 2, "many");
	assert_said(contlint(*state, "check", "-j", "-3"), 2, "numbers above 0");
}

static void wrong_words_for_options_are_told(void **state)
{
	assert_said(contlint(*state, "check", "--confidence", "hihg"), 2,
		    "--confidence hihg is none of low, medium, high");
	assert_said(contlint(*state, "check", "--fail-on", "x"), 2, "--fail-on x is none of any");
	assert_said(contlint(*state, "check", "--format", "txt"), 2, "did you mean text?");
	assert_said(contlint(*state, "check", "-r", "blocking-dsn"), 2,
		    "did you mean blocking-dns?");
	assert_said(contlint(*state, "check", "--models", "none"), 2, "compile_commands.json");
}

static void a_missing_database_says_how_to_make_one(void **state)
{
	assert_said(contlint(*state, "check"), 2,
		    "compile_commands.json: no such file; CMake writes it with");
	assert_said(contlint(*state, "check", "-p", "nowhere"), 2,
		    "contlint: nowhere: no such file");
}

static void malformed_json_is_told_with_its_place(void **state)
{
	scratch_write(*state, "compile_commands.json", "[\n  {\"file\": }\n]\n");
	assert_said(contlint(*state, "check"), 2, "compile_commands.json:2:");
	scratch_write(*state, "compile_commands.json", "");
	assert_said(contlint(*state, "check"), 2, "compile_commands.json:1:1: ");
}

static void an_empty_database_is_told(void **state)
{
	scratch_write(*state, "compile_commands.json", "[]");
	assert_said(contlint(*state, "check"), 2, "compile_commands.json: is an empty list");
}

static void a_missing_source_makes_it_incomplete(void **state)
{
	const char *const files[] = {"good.c", "none.c", NULL};

	scratch_write(*state, "good.c", no_finding);
	write_compdb(*state, files);
	assert_said(contlint(*state, "check"), 3,
		    "contlint: warning: none.c: No such file or directory\n");
	assert_said(contlint(*state, "check", "--allow-incomplete"), 0, "none.c");
}

static void an_unreadable_source_makes_it_incomplete(void **state)
{
	const char *const files[] = {"good.c", "closed.c", NULL};
	char *path;

	if (geteuid() == 0)
		skip(); /* root reads everything */
	path = scratch_write_bytes(*state, "closed.c", "int x;", 6);
	assert_int_equal(chmod(path, 0), 0);
	g_free(path);
	scratch_write(*state, "good.c", no_finding);
	write_compdb(*state, files);
	assert_said(contlint(*state, "check"), 3, "closed.c: Permission denied");
}

static void incomplete_wins_over_findings(void **state)
{
	const char *const files[] = {"bad.c", "none.c", NULL};

	scratch_write(*state, "bad.c", one_finding);
	write_compdb(*state, files);
	assert_printed(contlint(*state, "check"), 3, "[contlint-blocking-dns]");
	assert_printed(contlint(*state, "check", "--allow-incomplete"), 1,
		       "[contlint-blocking-dns]");
}

static void files_that_are_no_files_are_refused(void **state)
{
	g_autofree char *fifo = g_build_filename(*state, "fifo.c", NULL);
	g_autofree char *folder = g_build_filename(*state, "folder.c", NULL);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_said(contlint(*state, "check", "fifo.c"), 2,
		    "fifo.c: is a device, pipe or socket, not a regular file");
	assert_said(contlint(*state, "check", "folder.c"), 2, "folder.c: is a folder");
	assert_said(contlint(*state, "check", "none.c"), 2, "none.c: No such file or directory");
	assert_said(contlint(*state, "check", "-p", ".", "--", "-DX"), 2, "there are none");
}

static void a_source_with_invalid_text_is_analysed(void **state)
{
	static const char noise[] = "/* \xff\xfe\x80 */ const char *s = \"\xc3\x28\";\n";
	g_autoptr(GString) text = g_string_new(noise);

	g_string_append(text, one_finding);
	g_free(scratch_write_bytes(*state, "utf.c", text->str, text->len));
	assert_printed(contlint(*state, "check", "utf.c"), 1, "utf.c:10:9: ");
}

static void a_source_with_a_nul_byte_is_analysed(void **state)
{
	g_autoptr(GString) text = g_string_new(one_finding);

	g_string_append_len(text, "/* a \0 b */\n\0\n", 14);
	g_free(scratch_write_bytes(*state, "nul.c", text->str, text->len));
	assert_printed(contlint(*state, "check", "nul.c"), 1, "nul.c:9:9: ");
}

static void names_with_blanks_and_quotes_are_analysed(void **state)
{
	static const char name[] = "it's a \"dir\"/a b$(touch pwned).c";
	const char *const files[] = {name, NULL};
	g_autofree char *pwned = g_build_filename(*state, "pwned", NULL);

	scratch_write(*state, name, one_finding);
	write_compdb(*state, files);
	assert_printed(contlint(*state, "check"), 1, "it's a \"dir\"/a b$(touch pwned).c:9:9: ");
	assert_printed(contlint(*state, "check", name), 1, "a b$(touch pwned).c:9:9: ");
	assert_false(g_file_test(pwned, G_FILE_TEST_EXISTS));
}

static void escape_sequences_do_not_reach_the_terminal(void **state)
{
	const char *const files[] = {"\033]0;x\007.c", NULL};
	struct said said;

	write_compdb(*state, files);
	scratch_write(*state, "compile_commands.json",
		      "[{\"file\":\"\\u001b]0;x.c\",\"arguments\":[\"cc\"]}]");
	said = contlint(*state, "check");
	assert_int_equal(said.code, 3);
	assert_null(strchr(said.err, '\033'));
	said_clear(&said);
}

static void nothing_in_a_database_is_executed(void **state)
{
	g_autofree char *json = NULL;
	g_autofree char *pwned = g_build_filename(*state, "pwned", NULL);

	scratch_write(*state, "a.c", no_finding);
	scratch_write(*state, "tool/cc1", "#!/bin/sh\ntouch pwned\n");
	json = g_strdup_printf(
		"[{\"directory\":\"%s\",\"file\":\"a.c\",\"command\":\"touch pwned; `touch pwned` "
		"$(touch pwned) sh -c 'touch pwned' cc -fplugin=./x.so -Btool -wrapper "
		"touch,pwned -Xclang -load -Xclang ./x.so -c a.c\"}]",
		(char *)*state);
	scratch_write(*state, "compile_commands.json", json);
	assert_said(contlint(*state, "check"), 0,
		    "removed -fplugin= 1 time: it loads code into the compiler");
	assert_false(g_file_test(pwned, G_FILE_TEST_EXISTS));
}

static void a_crash_is_named_and_costs_one_unit(void **state)
{
	const char *const files[] = {"bad.c", "crash.c", NULL};

	scratch_write(*state, "bad.c", one_finding);
	scratch_write(*state, "crash.c", "#pragma clang __debug crash\n");
	write_compdb(*state, files);
	assert_said(contlint(*state, "check"), 3, "crash.c: crashed the parser (SIG");
	assert_printed(contlint(*state, "check"), 3, "bad.c:9:9: ");
}

static void a_hang_is_named_and_costs_its_time(void **state)
{
	const char *const files[] = {"hang.c", NULL};
	g_autofree char *fifo = g_build_filename(*state, "fifo.h", NULL);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	scratch_write(*state, "hang.c", "#include \"fifo.h\"\n");
	write_compdb(*state, files);
	assert_said(contlint(*state, "check", "--tu-timeout", "2"), 3,
		    "hang.c: is not read after 2 s");
}

static void a_broken_model_is_told_with_its_place(void **state)
{
	scratch_write(*state, "a.c", no_finding);
	scratch_write(*state, "mine/bad.yaml", "library: x\nfunctons: {}\n");
	assert_said(contlint(*state, "check", "--models", "mine", "a.c"), 2, "bad.yaml:2:");
	assert_said(contlint(*state, "check", "--models", "none", "a.c"), 2,
		    "none: is not a folder or a file of models");
}

static void a_file_that_is_no_database_is_left_alone(void **state)
{
	g_autofree char *path = g_build_filename(*state, "x.db", NULL);
	g_autofree char *text = NULL;

	scratch_write(*state, "a.c", no_finding);
	scratch_write(*state, "x.db", "This is my diary, and it is longer than one page of it.\n");
	assert_said(contlint(*state, "check", "--db", "x.db", "a.c"), 4, "x.db");
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_true(g_str_has_prefix(text, "This is my diary"));
}

static void a_database_where_none_can_be_is_told_at_once(void **state)
{
	scratch_write(*state, "a.c", no_finding);
	assert_said(contlint(*state, "check", "--db", "a.c/x/y.db", "a.c"), 4,
		    "a.c/x/y.db: cannot be written");
}

static void facts_that_are_none_are_told(void **state)
{
	scratch_write(*state, "x.facts", "CLFACTS");
	assert_said(contlint(*state, "link", "x.facts"), 2, "x.facts");
	assert_said(contlint(*state, "link", "none.facts"), 2, "none.facts: No such file");
	assert_said(contlint(*state, "link"), 2, "link needs files");
}

static void extract_without_a_source_is_told(void **state)
{
	assert_said(contlint(*state, "extract"), 2, "extract needs a compiler command");
	assert_said(contlint(*state, "extract", "--", "cc", "-c", "x.o"), 2, "no C source");
	assert_said(contlint(*state, "extract", "--", "cc", "-c", "none.c"), 2,
		    "none.c: No such file");
}

static void a_full_output_is_told(void **state)
{
	g_autofree char *command = g_strdup_printf("%s check a.c > /dev/full", TEST_CONTLINT);
	char *argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, command, NULL};
	struct said said = {0};
	int status;

	scratch_write(*state, "a.c", one_finding);
	assert_true(g_spawn_sync(*state, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said.out,
				 &said.err, &status, NULL));
	said.code = exit_code_of(status);
	assert_said(said, 5, "standard output: No space left on device");
}

/* True if a process has `folder` as its current folder and is not us. */
static bool somebody_is_in(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);

	for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
		g_autofree char *path = g_strdup_printf("/proc/%s/cwd", name);
		g_autofree char *target = g_file_read_link(path, NULL);

		if (target && strcmp(target, folder) == 0)
			return true;
	}
	return false;
}

/* Starts a check that hangs, and waits until its worker is there. */
static GPid start_hanging(const char *folder)
{
	char *argv[] = {(char[]){TEST_CONTLINT}, (char[]){"check"}, NULL};
	const char *const files[] = {"hang.c", NULL};
	g_autofree char *fifo = g_build_filename(folder, "fifo.h", NULL);
	g_autofree char *children = NULL;
	g_autofree char *text = NULL;
	GPid pid;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	scratch_write(folder, "hang.c", "#include \"fifo.h\"\n");
	write_compdb(folder, files);
	assert_true(g_spawn_async(folder, argv, NULL,
				  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
				  NULL, &pid, NULL));
	children = g_strdup_printf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	for (int i = 0; i < 500; i++) {
		g_clear_pointer(&text, g_free);
		if (g_file_get_contents(children, &text, NULL, NULL) && text[0] != '\0')
			break;
		g_usleep(20000);
	}
	assert_true(text && text[0] != '\0');
	return pid;
}

static void assert_ends_with(const char *folder, int signal_number)
{
	g_autofree char *database = g_build_filename(folder, ".contlint/contlint.db", NULL);
	GPid pid = start_hanging(folder);
	gint64 start = g_get_monotonic_time();
	int status;

	assert_int_equal(kill(pid, signal_number), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(exit_code_of(status), 128 + signal_number);
	assert_true(g_get_monotonic_time() - start < 20 * G_USEC_PER_SEC);
	for (int i = 0; i < 500 && somebody_is_in(folder); i++)
		g_usleep(20000);
	assert_false(somebody_is_in(folder));
	assert_false(g_file_test(database, G_FILE_TEST_EXISTS));
}

static void ctrl_c_leaves_no_process_and_no_database(void **state)
{
	assert_ends_with(*state, SIGINT);
}

static void sigterm_leaves_no_process_and_no_database(void **state)
{
	assert_ends_with(*state, SIGTERM);
}

static void sigkill_leaves_no_process_and_no_database(void **state)
{
	assert_ends_with(*state, SIGKILL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, command_setup, command_teardown)
	const struct CMUnitTest tests[] = {
		CASE(without_a_command_usage_is_told),
		CASE(an_unknown_command_is_told_with_the_nearest),
		CASE(an_unknown_option_is_told_with_the_nearest),
		CASE(wrong_words_for_options_are_told),
		CASE(a_missing_database_says_how_to_make_one),
		CASE(malformed_json_is_told_with_its_place),
		CASE(an_empty_database_is_told),
		CASE(a_missing_source_makes_it_incomplete),
		CASE(an_unreadable_source_makes_it_incomplete),
		CASE(incomplete_wins_over_findings),
		CASE(files_that_are_no_files_are_refused),
		CASE(a_source_with_invalid_text_is_analysed),
		CASE(a_source_with_a_nul_byte_is_analysed),
		CASE(names_with_blanks_and_quotes_are_analysed),
		CASE(escape_sequences_do_not_reach_the_terminal),
		CASE(nothing_in_a_database_is_executed),
		CASE(a_crash_is_named_and_costs_one_unit),
		CASE(a_hang_is_named_and_costs_its_time),
		CASE(a_broken_model_is_told_with_its_place),
		CASE(a_file_that_is_no_database_is_left_alone),
		CASE(a_database_where_none_can_be_is_told_at_once),
		CASE(facts_that_are_none_are_told),
		CASE(extract_without_a_source_is_told),
		CASE(a_full_output_is_told),
		CASE(ctrl_c_leaves_no_process_and_no_database),
		CASE(sigterm_leaves_no_process_and_no_database),
		CASE(sigkill_leaves_no_process_and_no_database),
	};

	return cmocka_run_group_tests_name("bad_input", tests, NULL, NULL);
}
