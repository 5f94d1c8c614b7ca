/* For tests of the database file: a folder of its own, a path in it, and the ways to fill and ask
 * it. */
#ifndef CONTLINT_TESTS_REPORTS_STORE_FIXTURE_H
#define CONTLINT_TESTS_REPORTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "reports/store/store_private.h"
#include "tests/reports/sample_run.h"

struct fixture {
	char *directory, *path;
};

static inline int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);

	fixture->directory = sample_directory_new();
	fixture->path = g_build_filename(fixture->directory, "findings.db", NULL);
	*state = fixture;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	sample_directory_remove(fixture->directory);
	g_free(fixture->path);
	g_free(fixture);
	return 0;
}

static inline const char *path_of(void **state)
{
	return ((struct fixture *)*state)->path;
}

static inline struct store *open_store(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct store *store = store_open(path, &error);

	if (!store)
		fail_msg("%s", error->message);
	return store;
}

static inline void store_one_run(const char *path, guint count)
{
	g_autoptr(store_t) store = open_store(path);
	g_autoptr(sample_run_t) sample = sample_run_new(count);

	(void)sample_store(store, sample);
}

#define assert_answer(store, sql, expected)                                                        \
	do {                                                                                       \
		g_autofree char *answer = sample_ask(store, sql);                                  \
		assert_string_equal(answer, expected);                                             \
	} while (0)

/* Runs SQL without the store: as another program would. */
static inline void run_plain_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#endif
