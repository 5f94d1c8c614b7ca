/* Inside the store: what its files share. Nobody else includes this or sqlite3.h. */
#ifndef CONTLINT_REPORTS_STORE_STORE_PRIVATE_H
#define CONTLINT_REPORTS_STORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "reports/store/store.h"

#define STORE_APPLICATION_ID 0x434C4E54 /* "CLNT" */
#define STORE_SCHEMA_VERSION 11         /* user_version in schema.sql */
#define STORE_WAIT_MS 60000             /* for other writers: a run is worth more than a minute */

struct store {
	sqlite3 *db;
	char *path;
	bool readonly;
	int wait_ms;
};

/* Brings a database of version `to` - 1 to version `to`. */
struct store_migration {
	int to;
	const char *sql;
};

/* queries/NAME.sql. Its first line is a comment with the title, then comes a line a parameter:
 * "-- :NAME meaning" or "-- :NAME=DEFAULT meaning"; the rest is the statement. */
struct store_named_query {
	const char *name, *text;
};

/* Embedded at build time; the arrays end with {0}. */
extern const char store_sql_schema[];
extern const struct store_named_query store_named_queries[];
extern const struct store_migration store_migrations[];

/* Turns what SQLite said about the last operation (`code`) into one sentence. Always false. */
bool store_fail(const struct store *store, int code, GError **error);

/* Runs all statements of `sql`, which give no rows. */
bool store_exec(const struct store *store, const char *sql, GError **error);

/* Prepares one statement of ours. The caller finalizes it. */
bool store_prepare(const struct store *store, const char *sql, sqlite3_stmt **ret_statement,
		   GError **error);

/* Ends a transaction: with COMMIT if all went well. */
bool store_end(const struct store *store, bool ok, GError **error);

/* Puts the views, the stored queries and the descriptions in place if they are not today's. */
bool store_refresh_views(const struct store *store, GError **error);

/* The first column of the first row of `sql` as a number, 0 if there is no row. */
bool store_number(const struct store *store, const char *sql, gint64 *ret_number, GError **error);

/* store_open() that waits `wait_ms` for other writers. */
struct store *store_open_waiting(const char *path, int wait_ms, GError **error);

/* SELECTs what store_read_ways() reads. */
#define STORE_SELECT_WAYS                                                                          \
	"SELECT file, line, col, function, message, like_it, steps, cut FROM other_way"            \
	" WHERE finding_id = ? ORDER BY n"

/* The other ways of finding `finding_id`, by `row`, which is prepared from STORE_SELECT_WAYS. */
bool store_read_ways(const struct store *store, sqlite3_stmt *row, gint64 finding_id,
		     struct finding *finding, GError **error);

/* Runs what is missing between the database's version and `today` in one transaction, after a copy
 * of the database was put beside it as PATH.vN.backup. */
bool store_migrate(const struct store *store, const struct store_migration *migrations, int today,
		   GError **error);

#endif
