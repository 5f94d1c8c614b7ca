/* contlint run: executes a program with its trace turned on, then says what the run tells about the
 * findings. The program's stdin, stdout and stderr are its own; what we say goes to stderr. */
#include "cli/command.h"
#include "cli/joining.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reports/traces/trace.h"

static int run(int argc, char **argv);

const struct command command_run = {
	.name = "run",
	.arguments = "[OPTION…] -- PROGRAM [ARGUMENT…]",
	.summary = "run a program and see which findings it confirms",
	.run = run,
};

struct run {
	struct joining joining;
	char *trace; /* --trace, or NULL */
	gboolean audit;
	char **words;  /* the program and its arguments */
	char *path;    /* where the trace goes: absolute, perhaps with %p */
	char *scratch; /* the folder of it if it is not kept, or NULL */
	time_t started;
	int signal; /* that was sent to us meanwhile, or 0 */
	int status; /* of the program, as of waitpid() */
};

static void run_clear(struct run *run)
{
	joining_clear(&run->joining);
	g_free(run->trace);
	g_strfreev(run->words);
	g_free(run->path);
	g_free(run->scratch);
}

/* ---- where the trace goes ---------------------------------------------------------------- */

/* A program that opens no port leaves what was there: it must not be taken for its trace. */
static bool remove_old_trace(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(trace_t) old = NULL;

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return true;
	old = trace_read(path, &error);
	if (!old) {
		cli_error("--trace would overwrite a file: %s", error->message);
		return false;
	}
	if (g_remove(path) != 0) {
		cli_error("%s cannot be replaced: %s", path, g_strerror(errno));
		return false;
	}
	return true;
}

static bool choose_trace(struct run *run)
{
	g_autoptr(GError) error = NULL;

	if (run->trace) {
		g_autofree char *folder = NULL;

		run->path = g_canonicalize_filename(run->trace, NULL);
		folder = g_path_get_dirname(run->path);
		if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
			cli_error("--trace names a file in %s, which is no folder", folder);
			return false;
		}
		return remove_old_trace(run->path);
	}
	run->scratch = g_dir_make_tmp("contlint-run-XXXXXX", &error);
	if (!run->scratch) {
		cli_error("there is no place for a trace: %s", error->message);
		return false;
	}
	/* A process of its own for each: those of a server that forks open theirs at once. */
	run->path = g_build_filename(run->scratch, "trace.%p", NULL);
	return true;
}

/* The names that a program gives to its traces: %p is its number, and whoever finds a file in use
 * (a child, a second port) appends its number and another one. */
static GRegex *trace_names(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	g_auto(GStrv) parts = g_strsplit(base, "%p", 2);
	g_autoptr(GString) pattern = g_string_new("^");

	for (guint i = 0; parts[i]; i++) {
		g_autofree char *escaped = g_regex_escape_string(parts[i], -1);

		g_string_append_printf(pattern, "%s%s", i > 0 ? "[0-9]+" : "", escaped);
	}
	g_string_append(pattern, "(\\.[0-9]+\\.[0-9]+)?$");
	return g_regex_new(pattern->str, G_REGEX_RAW, 0, NULL);
}

static gint compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Traces of this run, in the order of their names. */
static GPtrArray *find_traces(const struct run *run)
{
	GPtrArray *traces = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GRegex) names = trace_names(run->path);
	g_autofree char *folder = g_path_get_dirname(run->path);
	GDir *dir = g_dir_open(folder, 0, NULL);

	for (const char *name = dir ? g_dir_read_name(dir) : NULL; name;
	     name = g_dir_read_name(dir)) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		GStatBuf status;

		if (g_regex_match(names, name, 0, NULL) && g_stat(path, &status) == 0 &&
		    status.st_mtime >= run->started)
			g_ptr_array_add(traces, g_steal_pointer(&path));
	}
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(traces, compare_names);
	return traces;
}

/* What could not be stored can be joined again; running the program again may not be possible. */
static void remove_scratch(const struct run *run, int code)
{
	g_autoptr(GPtrArray) traces = NULL;

	if (!run->scratch)
		return;
	if (code == CLI_DATABASE) {
		(void)fprintf(stderr,
			      "contlint: the traces stay in %s: contlint confirm joins them\n",
			      run->scratch);
		return;
	}
	traces = find_traces(run);
	for (guint i = 0; i < traces->len; i++)
		(void)g_remove(g_ptr_array_index(traces, i));
	(void)g_rmdir(run->scratch);
}

/* ---- the program ------------------------------------------------------------------------- */

static void set_of_signals(sigset_t *set)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

	(void)sigemptyset(set);
	for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
		(void)sigaddset(set, signals[i]);
}

/* Waits for the end of `child`. What is sent to us is passed on, but not what a terminal sent: it
 * sent that to the program too. */
static void attend(struct run *run, pid_t child, const sigset_t *signals)
{
	siginfo_t info;

	for (;;) {
		int number = sigwaitinfo(signals, &info);

		if (waitpid(child, &run->status, WNOHANG) == child)
			return;
		if (number < 0 || number == SIGCHLD)
			continue;
		run->signal = number;
		if (info.si_code <= 0)
			(void)kill(child, number);
	}
}

static int start(struct run *run, pid_t *ret_child, const sigset_t *mask)
{
	g_auto(GStrv) environment =
		g_environ_setenv(g_get_environ(), "CONTLINT_TRACE", run->path, TRUE);
	posix_spawnattr_t attributes;
	int error;

	if (run->audit)
		environment = g_environ_setenv(environment, "CONTLINT_AUDIT", "1", TRUE);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawnattr_setsigmask(&attributes, mask);
	error = posix_spawnp(ret_child, run->words[0], NULL, &attributes, run->words, environment);
	(void)posix_spawnattr_destroy(&attributes);
	return error;
}

static int execute(struct run *run)
{
	sigset_t signals, before;
	pid_t child;
	int error;

	set_of_signals(&signals);
	(void)signal(SIGCHLD, SIG_DFL); /* who ignores it loses the status */
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	run->started = time(NULL);
	error = start(run, &child, &before);
	if (error == 0)
		attend(run, child, &signals);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		return CLI_OK;
	cli_error("%s cannot be run: %s", run->words[0], g_strerror(error));
	return error == EAGAIN || error == ENOMEM ? CLI_INTERNAL : CLI_USAGE;
}

static void tell_end(const struct run *run)
{
	if (WIFSIGNALED(run->status))
		(void)fprintf(stderr, "contlint: %s was ended by signal %d (%s)%s\n", run->words[0],
			      WTERMSIG(run->status), g_strsignal(WTERMSIG(run->status)),
			      WCOREDUMP(run->status) ? ", core dumped" : "");
	else
		(void)fprintf(stderr, "contlint: %s ended with status %d\n", run->words[0],
			      WEXITSTATUS(run->status));
}

/* Who runs a test through us wants to know that it failed, and how: a shell's number for a signal,
 * and one of our own for the rest, since the program's may be any. */
static int code_of_end(const struct run *run)
{
	if (run->signal)
		return 128 + run->signal;
	if (WIFSIGNALED(run->status))
		return 128 + WTERMSIG(run->status);
	return WEXITSTATUS(run->status) == 0 ? CLI_OK : CLI_PROGRAM;
}

/* A signal explains what is missing; what the program says of itself does not. What we could not do
 * is told first. */
static int add_end(const struct run *run, int code)
{
	int end = code_of_end(run);

	if (code == CLI_OK || (code == CLI_INCOMPLETE && end > 128))
		return end;
	return code;
}

/* ---- all of it --------------------------------------------------------------------------- */

static int conclude(struct run *run)
{
	g_autoptr(GPtrArray) traces = find_traces(run);
	int code;

	tell_end(run);
	if (traces->len == 0) {
		cli_error("%s left no trace: only programs that open a cport port write one, and "
			  "those that name a file for it write it there",
			  run->words[0]);
		return add_end(run, CLI_INCOMPLETE);
	}
	code = joining_conclude(&run->joining, traces, stderr);
	if (code == CLI_USAGE) /* of confirm: here nobody named those that cannot be read */
		code = CLI_INCOMPLETE;
	return add_end(run, code);
}

static int run_program(struct run *run)
{
	int code = joining_open(&run->joining);

	if (code != CLI_OK)
		return code;
	if (!choose_trace(run))
		return CLI_USAGE;
	run->joining.keep_paths = run->trace != NULL;
	run->joining.audit = run->audit;
	code = execute(run);
	if (code == CLI_OK)
		code = conclude(run);
	remove_scratch(run, code);
	return code;
}

static bool parse(struct run *run, int argc, char **argv)
{
	const GOptionEntry entries[] = {
		JOINING_ENTRIES(&run->joining),
		{"audit", 0, 0, G_OPTION_ARG_NONE, &run->audit,
		 "list every system call inside continuations; slows each by microseconds", NULL},
		{"trace", 0, 0, G_OPTION_ARG_FILENAME, &run->trace,
		 "keep the trace here (%p: the process id)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};

	if (!cli_parse(&command_run, entries, &argc, &argv, &run->words))
		return false;
	if (argc > 1) {
		cli_error("the program stands after --: contlint run -- %s", argv[1]);
		return false;
	}
	if (!run->words || !run->words[0]) {
		cli_error("run takes a program: contlint run -- PROGRAM");
		return false;
	}
	return true;
}

static int run(int argc, char **argv)
{
	struct run all = {0};
	int code = CLI_USAGE;

	joining_init(&all.joining);
	if (parse(&all, argc, argv))
		code = run_program(&all);
	run_clear(&all);
	return code;
}
