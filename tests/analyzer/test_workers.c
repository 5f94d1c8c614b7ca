/* Worker processes: a unit that crashes, hangs or grows costs itself only. */
#include "analyzer/units/workers.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/scratch.h"

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

/* A database of the `names` (NULL-terminated) in `folder`. */
static struct compdb *database(const char *folder, const char *const *names)
{
	g_autoptr(GString) json = g_string_new("[");
	g_autoptr(GError) error = NULL;
	struct compdb *compdb;

	for (size_t i = 0; names[i]; i++)
		g_string_append_printf(json,
				       "%s{\"directory\":\".\",\"file\":\"%s\",\"arguments\":"
				       "[\"cc\",\"-c\",\"%s\"]}",
				       i ? "," : "", names[i], names[i]);
	g_string_append_c(json, ']');
	scratch_write(folder, "compile_commands.json", json->str);
	compdb = compdb_load(folder, folder, &error);
	assert_non_null(compdb);
	return compdb;
}

static GPtrArray *extract(const struct compdb *compdb, const struct workers_options *options)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *results = workers_extract(compdb, options, &error);

	assert_null(error);
	assert_non_null(results);
	assert_int_equal(results->len, compdb->units->len);
	return results;
}

static const struct unit_result *result_of(const GPtrArray *results, guint unit)
{
	const struct unit_result *result = results->pdata[unit];

	assert_non_null(result);
	return result;
}

static void assert_good(const GPtrArray *results, guint unit)
{
	const struct unit_result *result = result_of(results, unit);

	if (result->problem)
		print_error("%s\n", result->problem);
	assert_int_equal(result->status, UNIT_OK);
	assert_non_null(result->facts);
	assert_null(result->problem);
}

/* Two good units around one bad: the bad one has `status`, no facts and a sentence with `text`. */
static void assert_bad(const char *folder, const char *source,
		       const struct workers_options *options, enum unit_status status,
		       const char *text)
{
	const char *const names[] = {"a.c", "bad.c", "c.c", NULL};
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;
	const struct unit_result *bad;

	scratch_write(folder, "a.c", "int a;\n");
	scratch_write(folder, "bad.c", source);
	scratch_write(folder, "c.c", "int c;\n");
	compdb = database(folder, names);
	results = extract(compdb, options);
	assert_good(results, 0);
	assert_good(results, 2);
	bad = result_of(results, 1);
	assert_int_equal(bad->status, status);
	assert_null(bad->facts);
	if (!strstr(bad->problem, text))
		print_error("'%s' has no '%s'\n", bad->problem, text);
	assert_non_null(strstr(bad->problem, text));
	assert_non_null(strstr(bad->problem, "bad.c"));
}

static void results_come_in_the_units_order(void **state)
{
	const char *const names[] = {"one.c", "two.c", "three.c", "four.c", NULL};
	const struct workers_options options = {.jobs = 2};
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;

	scratch_write(*state, "one.c", "int one;\n");
	scratch_write(*state, "two.c", "int two; int larger;\n");
	scratch_write(*state, "three.c", "int three; int larger; int than;\n");
	scratch_write(*state, "four.c", "\n");
	compdb = database(*state, names);
	results = extract(compdb, &options);
	for (guint i = 0; i < 4; i++) {
		const struct facts *facts = result_of(results, i)->facts;
		const struct fact_file *file;

		assert_good(results, i);
		file = &g_array_index(facts->files, struct fact_file, 0);
		assert_string_equal(facts_string(facts, file->path), names[i]);
	}
}

static void compile_errors_still_give_facts(void **state)
{
	const char *const names[] = {"bad.c", NULL};
	const struct workers_options options = {.jobs = 1};
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;

	scratch_write(*state, "bad.c", "int f(void) { return 1; }\nERROR x y z;\n");
	compdb = database(*state, names);
	results = extract(compdb, &options);
	assert_int_equal(result_of(results, 0)->status, UNIT_PARSE_ERROR);
	assert_non_null(result_of(results, 0)->facts);
	assert_true(result_of(results, 0)->error_count > 0);
}

static void a_crash_costs_one_unit(void **state)
{
	const struct workers_options options = {.jobs = 1};

	assert_bad(*state, "#pragma clang __debug crash\n", &options, UNIT_CRASHED,
		   "crashed the parser (SIG");
}

static void a_hang_costs_one_unit(void **state)
{
	const struct workers_options options = {.jobs = 2, .timeout_seconds = 6};
	g_autofree char *fifo = g_build_filename(*state, "fifo", NULL);

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_bad(*state, "#include \"fifo\"\n", &options, UNIT_TIMEOUT, "is not read after 6 s");
}

static void growth_costs_one_unit(void **state)
{
	const struct workers_options options = {.jobs = 1, .memory_mib = 600};

	assert_bad(*state, "int HUGE[] = {[0 ... 400000000] = 1};\n", &options, UNIT_MEMORY,
		   "needs more than 600 MiB of memory");
}

static void flags_that_only_another_compiler_knows_are_left_out(void **state)
{
	static const char *const flags[] = {
		"-march=nothing",
		"-std=gnu99x",
		"--target=foo-bar-baz",
		"-target\",\"no-such-target",
		"-mabi=foo",
		"-mcpu=foo",
	};
	const struct workers_options options = {.jobs = 1};

	scratch_write(*state, "a.c", "int f(int x) { return x; }\n");
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_autofree char *json = g_strdup_printf(
			"[{\"file\":\"a.c\",\"arguments\":[\"cc\",\"%s\",\"a.c\"]}]", flags[i]);
		g_autoptr(compdb_t) compdb = NULL;
		g_autoptr(GPtrArray) results = NULL;

		scratch_write(*state, "compile_commands.json", json);
		compdb = compdb_load(*state, *state, NULL);
		assert_non_null(compdb);
		results = extract(compdb, &options);
		assert_non_null(result_of(results, 0)->facts);
		assert_int_equal(result_of(results, 0)->facts->functions->len, 2);
	}
}

static void a_missing_source_is_named(void **state)
{
	const char *const names[] = {"none.c", NULL};
	const struct workers_options options = {.jobs = 1};
	g_autoptr(compdb_t) compdb = database(*state, names);
	g_autoptr(GPtrArray) results = extract(compdb, &options);

	assert_int_equal(result_of(results, 0)->status, UNIT_FAILED);
	assert_string_equal(result_of(results, 0)->problem, "none.c: No such file or directory");
}

static void a_fifo_as_source_is_refused(void **state)
{
	const char *const names[] = {"fifo.c", NULL};
	const struct workers_options options = {.jobs = 1};
	g_autofree char *fifo = g_build_filename(*state, "fifo.c", NULL);
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	compdb = database(*state, names);
	results = extract(compdb, &options);
	assert_int_equal(result_of(results, 0)->status, UNIT_FAILED);
	assert_string_equal(result_of(results, 0)->problem,
			    "fifo.c: is a device, pipe or socket, not a regular file");
}

static void the_second_run_comes_from_the_cache(void **state)
{
	const char *const names[] = {"a.c", "b.c", NULL};
	g_autofree char *cache = g_build_filename(*state, "cache", NULL);
	const struct workers_options options = {.jobs = 2, .cache_dir = cache};
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) first = NULL;
	g_autoptr(GPtrArray) second = NULL;
	g_autoptr(GPtrArray) third = NULL;

	scratch_write(*state, "h.h", "int h;\n");
	scratch_write(*state, "a.c", "#include \"h.h\"\nint a;\n");
	scratch_write(*state, "b.c", "int b;\n");
	compdb = database(*state, names);
	first = extract(compdb, &options);
	assert_good(first, 0);
	second = extract(compdb, &options);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GBytes) fresh = facts_encode(result_of(first, i)->facts);
		g_autoptr(GBytes) kept = facts_encode(result_of(second, i)->facts);

		assert_int_equal(result_of(second, i)->status, UNIT_CACHED);
		assert_true(g_bytes_equal(fresh, kept));
	}
	scratch_write(*state, "h.h", "int h2;\n");
	third = extract(compdb, &options);
	assert_int_equal(result_of(third, 0)->status, UNIT_OK);
	assert_int_equal(result_of(third, 1)->status, UNIT_CACHED);
}

static void count_progress(const struct workers_progress *progress, void *data)
{
	guint *done = data;

	assert_true(progress->done >= *done);
	assert_int_equal(progress->total, 2);
	assert_non_null(progress->label);
	*done = progress->done;
}

static void progress_ends_at_the_total(void **state)
{
	const char *const names[] = {"a.c", "none.c", NULL};
	guint done = 0;
	const struct workers_options options = {
		.jobs = 2, .progress = count_progress, .progress_data = &done};
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;

	scratch_write(*state, "a.c", "int a;\n");
	compdb = database(*state, names);
	results = extract(compdb, &options);
	assert_int_equal(done, 2);
}

static bool cancel_when_started(void *data)
{
	int *asked = data;

	return ++*asked > 3;
}

/* Children of this process that are still there. */
static bool has_children(void)
{
	return waitpid(-1, NULL, WNOHANG) == 0;
}

static void cancelling_kills_the_workers(void **state)
{
	const char *const names[] = {"hang.c", NULL};
	int asked = 0;
	const struct workers_options options = {
		.jobs = 1, .cancelled = cancel_when_started, .cancelled_data = &asked};
	g_autofree char *fifo = g_build_filename(*state, "fifo", NULL);
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GError) error = NULL;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	scratch_write(*state, "hang.c", "#include \"fifo\"\n");
	compdb = database(*state, names);
	assert_null(workers_extract(compdb, &options, &error));
	assert_true(g_error_matches(error, WORKERS_ERROR, WORKERS_ERROR_CANCELLED));
	assert_false(has_children());
}

/* True if a process called contlint-worker works in our session. */
static bool worker_is_alive(pid_t session)
{
	DIR *dir = opendir("/proc");
	bool alive = false;

	for (struct dirent *entry = readdir(dir); entry && !alive; entry = readdir(dir)) {
		g_autofree char *path = g_strdup_printf("/proc/%s/stat", entry->d_name);
		g_autofree char *text = NULL;
		int its_session;

		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		alive = strstr(text, "(contlint-worker) ") && !strstr(text, ") Z ") &&
			sscanf(strrchr(text, ')'), ") %*c %*d %*d %d", &its_session) == 1 &&
			its_session == session;
	}
	closedir(dir);
	return alive;
}

static void wait_until(bool (*condition)(pid_t), pid_t session, bool wanted)
{
	for (int i = 0; i < 500 && condition(session) != wanted; i++)
		g_usleep(20000);
	assert_int_equal(condition(session), wanted);
}

static void no_worker_survives_a_killed_parent(void **state)
{
	const char *const names[] = {"hang.c", NULL};
	const struct workers_options options = {.jobs = 1};
	g_autofree char *fifo = g_build_filename(*state, "fifo", NULL);
	g_autoptr(compdb_t) compdb = NULL;
	pid_t child;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	scratch_write(*state, "hang.c", "#include \"fifo\"\n");
	compdb = database(*state, names);
	child = fork();
	if (child == 0) {
		(void)setsid();
		(void)workers_extract(compdb, &options, NULL);
		_exit(0);
	}
	wait_until(worker_is_alive, child, true);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	wait_until(worker_is_alive, child, false);
}

static void every_status_has_a_name(void **state)
{
	(void)state;
	for (int i = UNIT_OK; i <= UNIT_MEMORY; i++)
		assert_true(strlen(unit_status_name((enum unit_status)i)) > 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(results_come_in_the_units_order),
		CASE(compile_errors_still_give_facts),
		CASE(a_crash_costs_one_unit),
		CASE(a_hang_costs_one_unit),
		CASE(growth_costs_one_unit),
		CASE(flags_that_only_another_compiler_knows_are_left_out),
		CASE(a_missing_source_is_named),
		CASE(a_fifo_as_source_is_refused),
		CASE(the_second_run_comes_from_the_cache),
		CASE(progress_ends_at_the_total),
		CASE(cancelling_kills_the_workers),
		CASE(no_worker_survives_a_killed_parent),
		CASE(every_status_has_a_name),
	};

	return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
