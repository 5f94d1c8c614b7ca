/* Opening the database, and everything that can go wrong with a file. */
#include "reports/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/reports/store_fixture.h"

static void assert_refused(const char *path, bool readonly, int code, const char *sentence)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store =
		readonly ? store_open_readonly(path, &error) : store_open(path, &error);

	assert_null(store);
	assert_int_equal(error->domain, STORE_ERROR);
	if (!strstr(error->message, sentence))
		fail_msg("\"%s\" does not say \"%s\"", error->message, sentence);
	assert_int_equal(error->code, code);
	assert_true(g_str_has_prefix(error->message, path));
}

static void a_new_database_is_marked_as_ours(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_answer(store, "PRAGMA application_id", "1129074260");
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
	assert_answer(store, "PRAGMA integrity_check", "ok");
}

static void directories_are_made(void **state)
{
	g_autofree char *deep =
		g_build_filename(((struct fixture *)*state)->directory, "a", "b", "f.db", NULL);
	g_autoptr(store_t) store = open_store(deep);

	assert_non_null(store);
}

static void opening_again_keeps_the_runs(void **state)
{
	store_one_run(path_of(state), 2);
	store_one_run(path_of(state), 2);
	{
		g_autoptr(store_t) store = store_open_readonly(path_of(state), NULL);

		assert_answer(store, "SELECT count(*) FROM run", "2");
	}
}

static void an_orderly_end_leaves_one_file(void **state)
{
	g_autofree char *wal = g_strconcat(path_of(state), "-wal", NULL);

	store_one_run(path_of(state), 2);
	assert_true(g_file_test(path_of(state), G_FILE_TEST_EXISTS));
	assert_false(g_file_test(wal, G_FILE_TEST_EXISTS));
}

static void an_empty_file_becomes_a_database(void **state)
{
	assert_true(g_file_set_contents(path_of(state), "", 0, NULL));
	store_one_run(path_of(state), 1);
}

static void a_newer_schema_is_refused(void **state)
{
	store_one_run(path_of(state), 1);
	run_plain_sql(path_of(state), "PRAGMA user_version = 99");
	assert_refused(path_of(state), false, STORE_ERROR_NEWER,
		       "was written by a newer contlint (schema 99, this one knows " G_STRINGIFY(
			       STORE_SCHEMA_VERSION) ")");
	assert_refused(path_of(state), true, STORE_ERROR_NEWER, "newer contlint");
}

static void an_older_schema_can_only_be_opened_for_writing(void **state)
{
	store_one_run(path_of(state), 1);
	run_plain_sql(path_of(state), "PRAGMA user_version = 0");
	assert_refused(path_of(state), true, STORE_ERROR_OLDER,
		       "has an older schema (0, today " G_STRINGIFY(STORE_SCHEMA_VERSION) ")");
}

static void a_file_of_another_kind_is_refused_and_left_alone(void **state)
{
	static const char *const contents[] = {
		"hello",
		"This is a text that is much longer than a header of SQLite, which has "
		"one hundred bytes; so it goes on and on and on until it is long enough.",
	};

	for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
		g_autofree char *after = NULL;

		assert_true(g_file_set_contents(path_of(state), contents[i], -1, NULL));
		assert_refused(path_of(state), false, STORE_ERROR_NOT_OURS,
			       "is not a contlint database: it is no SQLite file");
		assert_refused(path_of(state), true, STORE_ERROR_NOT_OURS, "no SQLite file");
		assert_true(g_file_get_contents(path_of(state), &after, NULL, NULL));
		assert_string_equal(after, contents[i]);
	}
}

static void the_database_of_another_program_is_refused_and_left_alone(void **state)
{
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	gsize size, size_after;

	run_plain_sql(path_of(state), "CREATE TABLE bookmarks(url TEXT)");
	assert_true(g_file_get_contents(path_of(state), &before, &size, NULL));
	assert_refused(path_of(state), false, STORE_ERROR_NOT_OURS, "belongs to another program");
	assert_refused(path_of(state), true, STORE_ERROR_NOT_OURS, "belongs to another program");
	assert_true(g_file_get_contents(path_of(state), &after, &size_after, NULL));
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
}

static void reading_makes_no_file(void **state)
{
	assert_refused(path_of(state), true, STORE_ERROR_OPEN,
		       "there is no such database; contlint check makes it");
	assert_false(g_file_test(path_of(state), G_FILE_TEST_EXISTS));
}

static void a_directory_is_no_database(void **state)
{
	assert_int_equal(g_mkdir(path_of(state), 0700), 0);
	assert_refused(path_of(state), false, STORE_ERROR_OPEN, "findings.db: ");
}

static void a_damaged_database_says_so(void **state)
{
	g_autofree char *bytes = NULL;
	gsize size;

	store_one_run(path_of(state), 3);
	assert_true(g_file_get_contents(path_of(state), &bytes, &size, NULL));
	memset(bytes + 100, 0xAB, 3000); /* the rest of the first page: the schema */
	assert_true(g_file_set_contents(path_of(state), bytes, (gssize)size, NULL));
	assert_refused(path_of(state), false, STORE_ERROR_CORRUPT, "is damaged");
}

/* Runs `body` in a child, as an ordinary user if we are root, and gives its exit status. */
static int in_child(void (*body)(const char *path), const char *path, bool ordinary)
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		if (ordinary && geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
			_exit(2);
		body(path);
		_exit(0);
	}
	assert_int_equal(TEMP_FAILURE_RETRY(waitpid(child, &status, 0)), child);
	return status;
}

/* In a child: no cmocka, the exit status tells. 3 and more name the check. */
#define child_check(number, condition)                                                             \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(number);                                                             \
	} while (0)

static void expect_readonly(const char *path)
{
	g_autoptr(GError) error = NULL;

	child_check(3, !store_open(path, &error));
	child_check(4, g_error_matches(error, STORE_ERROR, STORE_ERROR_READONLY));
	child_check(5, g_str_has_suffix(error->message, "is read-only") ||
			       g_str_has_suffix(error->message, "Permission denied"));
}

static void a_directory_that_cannot_be_written_is_told(void **state)
{
	const char *directory = ((struct fixture *)*state)->directory;
	g_autofree char *deep = g_build_filename(directory, "new", "findings.db", NULL);

	assert_int_equal(g_chmod(directory, 0555), 0);
	assert_int_equal(in_child(expect_readonly, path_of(state), true), 0);
	assert_int_equal(in_child(expect_readonly, deep, true), 0);
	assert_int_equal(g_chmod(directory, 0755), 0);
	store_one_run(path_of(state), 1);
	assert_int_equal(g_chmod(directory, 0555), 0);
	assert_int_equal(g_chmod(path_of(state), 0444), 0);
	assert_int_equal(in_child(expect_readonly, path_of(state), true), 0);
	assert_int_equal(g_chmod(path_of(state), 0666), 0);
	assert_int_equal(in_child(expect_readonly, path_of(state), true), 0);
	assert_int_equal(g_chmod(directory, 0755), 0);
}

static void expect_one_run(const char *path)
{
	g_autoptr(store_t) store = store_open_readonly(path, NULL);
	g_autofree char *answer = NULL;

	child_check(3, store);
	answer = sample_ask(store, "SELECT count(*) FROM run");
	child_check(4, g_str_equal(answer, "1"));
}

static void a_database_in_a_readonly_directory_can_be_read(void **state)
{
	const char *directory = ((struct fixture *)*state)->directory;

	store_one_run(path_of(state), 1);
	assert_int_equal(g_chmod(directory, 0555), 0);
	assert_int_equal(g_chmod(path_of(state), 0444), 0);
	assert_int_equal(in_child(expect_one_run, path_of(state), true), 0);
	assert_int_equal(g_chmod(directory, 0755), 0);
}

/* A child that holds the write lock until it is told to stop. */
static pid_t hold_lock(const char *path, int stop[2])
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(stop), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		sqlite3 *db;

		(void)close(stop[1]);
		child_check(3, sqlite3_open(path, &db) == SQLITE_OK);
		child_check(4, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
		child_check(5, write(ready[1], "x", 1) == 1);
		child_check(6, read(stop[0], &byte, 1) == 0);
		_exit(0);
	}
	(void)close(stop[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return child;
}

static void a_locked_database_is_told_and_stays_whole(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(1);
	g_autoptr(GError) error = NULL;
	int stop[2], status;
	pid_t child;

	store_one_run(path_of(state), 1);
	child = hold_lock(path_of(state), stop);
	{
		g_autoptr(store_t) store = store_open_waiting(path_of(state), 50, NULL);

		assert_non_null(store); /* a writer does not keep anybody from reading */
		assert_answer(store, "SELECT count(*) FROM run", "1");
		assert_false(store_add_run(store, &sample->run, NULL, &error));
		assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_LOCKED));
		assert_non_null(
			strstr(error->message, "is locked: another process has been writing"));
		(void)close(stop[1]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		(void)sample_store(store, sample);
		assert_answer(store, "SELECT count(*) FROM run", "2");
	}
}

/* Adds runs until there is no room; leaves with 0 if that was told well. */
static void fill_disk(const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = store_open(path, &error);
	guint count = 0;

	child_check(3, store);
	for (guint i = 1; i < 1000 && !error; i++) {
		g_autoptr(sample_run_t) sample = sample_run_new(10 * i);

		count += store_add_run(store, &sample->run, NULL, &error);
	}
	child_check(4, error);
	child_check(5, g_error_matches(error, STORE_ERROR, STORE_ERROR_FULL));
	child_check(6, strstr(error->message, "the disk is full, and this run was not stored"));
	child_check(7, count > 0);
}

static void fill_limited(const char *path)
{
	const struct rlimit limit = {1500000, 1500000};

	(void)signal(SIGXFSZ, SIG_IGN);
	child_check(8, setrlimit(RLIMIT_FSIZE, &limit) == 0);
	fill_disk(path);
}

/* Every finding of every run is still there and whole. */
static void assert_whole(const char *path)
{
	g_autoptr(store_t) store = open_store(path);

	assert_answer(store, "PRAGMA integrity_check", "ok");
	assert_answer(store, "PRAGMA foreign_key_check", "");
	assert_answer(store,
		      "SELECT count(*) FROM run WHERE run_id NOT IN "
		      "(SELECT run_id FROM coverage)",
		      "0");
	assert_answer(store,
		      "SELECT count(*) FROM variant v WHERE steps <> "
		      "(SELECT count(*) FROM path_step s WHERE s.variant_id = v.variant_id)",
		      "0");
}

static void a_file_that_may_not_grow_is_a_full_disk_and_stays_whole(void **state)
{
	assert_int_equal(in_child(fill_limited, path_of(state), false), 0);
	assert_whole(path_of(state));
	store_one_run(path_of(state), 1);
}

static void a_full_disk_is_told_and_the_database_stays_whole(void **state)
{
	const char *directory = ((struct fixture *)*state)->directory;

	if (mount("contlint-test", directory, "tmpfs", 0, "size=3m") != 0)
		skip(); /* needs root; the test before covers the same by a limit */
	if (in_child(fill_disk, path_of(state), false) != 0) {
		(void)umount(directory);
		fail_msg("a full disk was not told");
	}
	assert_whole(path_of(state));
	assert_int_equal(umount(directory), 0);
}

/* Stores runs for ever and tells each that is done. */
static void store_for_ever(const char *path, int told)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = store_open(path, &error);

	if (!store)
		print_error("%s\n", error->message);
	child_check(3, store);
	for (guint i = 0;; i = (i + 7) % 60) {
		g_autoptr(sample_run_t) sample = sample_run_new(i);

		child_check(4, store_add_run(store, &sample->run, NULL, NULL));
		child_check(5, write(told, "x", 1) == 1);
	}
}

/* Kills a writer after `delay_us` and gives how many runs it had told. */
static guint kill_writer(const char *path, guint delay_us)
{
	int told[2], status;
	guint count = 0;
	pid_t child;
	char bytes[256];
	ssize_t got;

	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(told[0]);
		store_for_ever(path, told[1]);
	}
	(void)close(told[1]);
	g_usleep(delay_us);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	while ((got = read(told[0], bytes, sizeof(bytes))) > 0)
		count += (guint)got;
	(void)close(told[0]);
	return count;
}

static void assert_run_count(const char *path, guint at_least, guint at_most)
{
	g_autoptr(store_t) store = open_store(path);
	g_autofree char *answer = sample_ask(store, "SELECT count(*) FROM run");
	guint64 count = g_ascii_strtoull(answer, NULL, 10);

	assert_in_range(count, at_least, at_most);
}

static void a_kill_at_any_moment_costs_at_most_the_run_under_way(void **state)
{
	GRand *random = g_rand_new_with_seed(5);
	gint64 start = g_get_monotonic_time();
	guint told = 0, kills = 0;
	gint latest, most;

	/* The moments reach beyond the first run on a slow or busy machine too; fewer of them then,
	 * for half a minute altogether. */
	store_one_run(path_of(state), 1);
	latest = (gint)CLAMP(3 * (g_get_monotonic_time() - start), 60000, 6000000);
	most = CLAMP(60000000 / latest, 20, 200);
	for (; kills < (guint)most; kills++) {
		told += kill_writer(path_of(state), (guint)g_rand_int_range(random, 0, latest));
		assert_whole(path_of(state));
		/* A run may be stored and its writer killed before it could tell. */
		assert_run_count(path_of(state), 1 + told, 1 + told + kills + 1);
	}
	assert_true(told > 0);
	g_rand_free(random);
}

/* In a child: several runs of its own, in a series of its own. */
static void store_runs(const char *path, guint number, guint runs)
{
	g_autofree char *series = g_strdup_printf("writer%u", number);
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = store_open(path, &error);

	if (!store)
		print_error("%s\n", error->message);
	child_check(3, store);
	for (guint i = 0; i < runs; i++) {
		g_autoptr(sample_run_t) sample = sample_run_new(3);

		sample->run.series = series;
		child_check(4, store_add_run(store, &sample->run, NULL, NULL));
	}
}

static void sixteen_writers_at_once_lose_nothing(void **state)
{
	enum { PROCESSES = 16, RUNS = 3 };
	pid_t children[PROCESSES];

	for (guint i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			store_runs(path_of(state), i, RUNS);
			_exit(0);
		}
	}
	for (guint i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_whole(path_of(state));
	{
		g_autoptr(store_t) store = open_store(path_of(state));

		assert_answer(store, "SELECT count(*) FROM occurrence", "144");
		assert_answer(store,
			      "SELECT count(*) FROM (SELECT series FROM run GROUP BY series"
			      " HAVING group_concat(seq) = '1,2,3')",
			      "16");
	}
}

static void a_copy_works_elsewhere(void **state)
{
	const char *directory = ((struct fixture *)*state)->directory;
	g_autofree char *copy = g_build_filename(directory, "elsewhere", "copy.db", NULL);
	g_autofree char *folder = g_path_get_dirname(copy);
	g_autofree char *bytes = NULL;
	gsize size;

	store_one_run(path_of(state), 3);
	assert_int_equal(g_mkdir(folder, 0777), 0);
	assert_true(g_file_get_contents(path_of(state), &bytes, &size, NULL));
	assert_true(g_file_set_contents(copy, bytes, (gssize)size, NULL));
	assert_int_equal(g_unlink(path_of(state)), 0);
	assert_whole(copy);
	{
		g_autoptr(store_t) store = store_open_readonly(copy, NULL);
		g_autoptr(GPtrArray) findings = store_load_findings(store, 1, 0, NULL);

		assert_int_equal(findings->len, 3);
	}
	store_one_run(copy, 4);
	assert_run_count(copy, 2, 2);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_new_database_is_marked_as_ours),
		store_test(directories_are_made),
		store_test(opening_again_keeps_the_runs),
		store_test(an_orderly_end_leaves_one_file),
		store_test(an_empty_file_becomes_a_database),
		store_test(a_newer_schema_is_refused),
		store_test(an_older_schema_can_only_be_opened_for_writing),
		store_test(a_file_of_another_kind_is_refused_and_left_alone),
		store_test(the_database_of_another_program_is_refused_and_left_alone),
		store_test(reading_makes_no_file),
		store_test(a_directory_is_no_database),
		store_test(a_damaged_database_says_so),
		store_test(a_directory_that_cannot_be_written_is_told),
		store_test(a_database_in_a_readonly_directory_can_be_read),
		store_test(a_locked_database_is_told_and_stays_whole),
		store_test(a_file_that_may_not_grow_is_a_full_disk_and_stays_whole),
		store_test(a_full_disk_is_told_and_the_database_stays_whole),
		store_test(a_kill_at_any_moment_costs_at_most_the_run_under_way),
		store_test(sixteen_writers_at_once_lose_nothing),
		store_test(a_copy_works_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
