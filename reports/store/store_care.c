/* Joining databases, thinning out and checking them. The statements stand in merge.sql,
 * merge_graph.sql, join_shards.sql and prune.sql. */
#include "reports/store/store_care.h"

#include <string.h>

#include "reports/store/store_private.h"

extern const char store_sql_merge[];
extern const char store_sql_merge_graph[];
extern const char store_sql_join_shards[];
extern const char store_sql_prune[];

/* Runs one statement with text parameters (NULL-terminated). */
static bool run_with(const struct store *store, const char *sql, const char *const *values,
		     GError **error)
{
	sqlite3_stmt *statement;
	int code = SQLITE_OK;

	if (!store_prepare(store, sql, &statement, error))
		return false;
	for (int i = 0; values[i] && code == SQLITE_OK; i++)
		code = sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_DONE || code == SQLITE_ROW || store_fail(store, code, error);
}

/* SQLite attaches what is there and makes what is not, so look first whose it is. */
static bool attach(const struct store *store, const char *path, GError **error)
{
	g_autoptr(store_t) other = store_open_readonly(path, error);
	const char *const values[] = {path, NULL};

	if (!other)
		return false;
	return run_with(store, "ATTACH ? AS other", values, error);
}

static void detach(const struct store *store)
{
	(void)sqlite3_exec(store->db, "DETACH other", NULL, NULL, NULL);
}

static const char clear_graph[] =
	"DELETE FROM definition; DELETE FROM continuation; DELETE FROM call_edge;"
	"DELETE FROM unresolved_call";

/* True in `*ret_newer` if the other database has the newest static run of both. */
static bool is_newer(const struct store *store, bool *ret_newer, GError **error)
{
	gint64 newer;

	if (!store_number(store,
			  "SELECT coalesce((SELECT max(started_at) FROM other.run"
			  " WHERE kind = 'static'), '') > coalesce((SELECT max(started_at)"
			  " FROM main.run WHERE kind = 'static'), '')",
			  &newer, error))
		return false;
	*ret_newer = newer != 0;
	return true;
}

static bool merge_attached(const struct store *store, gint64 *ret_added, GError **error)
{
	bool newer;

	return is_newer(store, &newer, error) && store_exec(store, store_sql_merge, error) &&
	       store_number(store, "SELECT count(*) FROM temp.new_run", ret_added, error) &&
	       (!newer || (store_exec(store, clear_graph, error) &&
			   store_exec(store, store_sql_merge_graph, error)));
}

bool store_merge(struct store *store, const char *path, guint *ret_added, GError **error)
{
	gint64 added = 0;
	bool ok;

	if (!attach(store, path, error))
		return false;
	ok = store_exec(store, "BEGIN IMMEDIATE", error) &&
	     store_end(store, merge_attached(store, &added, error), error);
	detach(store);
	if (ok)
		*ret_added = (guint)added;
	return ok;
}

/* After merge.sql: the newest static run of the attached database is a part. */
static const char note_shard[] =
	"INSERT OR IGNORE INTO temp.shard SELECT m.run_id FROM main.run m JOIN other.run o"
	" USING(uuid) WHERE o.run_id = (SELECT run_id FROM other.run WHERE kind = 'static'"
	"  ORDER BY started_at DESC, run_id DESC LIMIT 1)";

static bool take_shard(const struct store *store, bool first, GError **error)
{
	return (!first || store_exec(store, clear_graph, error)) &&
	       store_exec(store, store_sql_merge, error) &&
	       store_exec(store, store_sql_merge_graph, error) &&
	       store_exec(store, note_shard, error);
}

/* SQLite refuses ATTACH inside a transaction, so each part comes in one of its own; a partial run
 * more is all that is left if the process is killed between. */
static bool take_shards(struct store *store, char *const *paths, GError **error)
{
	bool ok = store_exec(store,
			     "DROP TABLE IF EXISTS temp.shard;"
			     "CREATE TEMP TABLE shard(run_id INTEGER PRIMARY KEY)",
			     error);

	for (guint i = 0; ok && paths[i]; i++) {
		ok = attach(store, paths[i], error);
		if (!ok)
			break;
		ok = store_exec(store, "BEGIN IMMEDIATE", error) &&
		     store_end(store, take_shard(store, i == 0, error), error);
		detach(store);
	}
	return ok;
}

/* What an attempt that failed half-way has taken in goes again. */
static void forget_shards(const struct store *store)
{
	(void)sqlite3_exec(store->db,
			   "DELETE FROM run WHERE run_id IN (SELECT run_id FROM temp.shard)", NULL,
			   NULL, NULL);
}

static bool join_taken(const struct store *store, gint64 *ret_run_id, GError **error)
{
	gint64 count;

	if (!store_number(store, "SELECT count(*) FROM temp.shard", &count, error))
		return false;
	if (count == 0) {
		g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
			    "none of the databases has a run of contlint check");
		return false;
	}
	return store_exec(store, store_sql_join_shards, error) &&
	       store_number(store, "SELECT run_id FROM temp.whole", ret_run_id, error);
}

bool store_join_shards(struct store *store, char *const *paths, gint64 *ret_run_id, GError **error)
{
	bool ok = take_shards(store, paths, error) && store_exec(store, "BEGIN IMMEDIATE", error) &&
		  store_end(store, join_taken(store, ret_run_id, error), error);

	if (!ok)
		forget_shards(store);
	return ok;
}

static const char choose_old[] =
	"DROP TABLE IF EXISTS temp.old; CREATE TEMP TABLE old(run_id INTEGER PRIMARY KEY)";

static const char insert_old[] =
	"INSERT INTO temp.old SELECT run_id FROM (SELECT run_id, row_number() OVER"
	" (PARTITION BY series, kind ORDER BY seq DESC) k FROM run) WHERE k > CAST(? AS INTEGER)"
	" AND run_id <> (SELECT max(run_id) FROM run WHERE kind = 'static')";

static bool prune_inside(const struct store *store, const char *keep, gint64 *ret_removed,
			 GError **error)
{
	const char *const values[] = {keep, NULL};
	gint64 broken;

	if (!store_exec(store, choose_old, error) || !run_with(store, insert_old, values, error) ||
	    !store_number(store, "SELECT count(*) FROM temp.old", ret_removed, error) ||
	    !store_exec(store, store_sql_prune, error) ||
	    !store_number(store, "SELECT count(*) FROM pragma_foreign_key_check", &broken, error))
		return false;
	if (broken == 0)
		return true;
	g_set_error(error, STORE_ERROR, STORE_ERROR_CORRUPT,
		    "%s is damaged: %d rows point to nothing, nothing was removed", store->path,
		    (int)broken);
	return false;
}

bool store_prune(struct store *store, guint keep, guint *ret_removed, GError **error)
{
	g_autofree char *text = g_strdup_printf("%u", keep);
	gint64 removed = 0;
	bool ok;

	/* A pragma that does nothing inside a transaction. */
	if (!store_exec(store, "PRAGMA foreign_keys = OFF", error))
		return false;
	ok = store_exec(store, "BEGIN IMMEDIATE", error) &&
	     store_end(store, prune_inside(store, text, &removed, error), error);
	(void)sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
	if (ok)
		*ret_removed = (guint)removed;
	return ok && store_exec(store, "VACUUM", error);
}

/* Each gives a text for each problem. */
static const char *const checks[] = {
	"SELECT 'SQLite: ' || integrity_check FROM pragma_integrity_check"
	" WHERE integrity_check <> 'ok'",
	"SELECT 'a row of ' || \"table\" || ' points to nothing in ' || parent"
	" FROM pragma_foreign_key_check",
	"SELECT 'run ' || run_id || ' has no coverage' FROM run WHERE kind = 'static'"
	" AND run_id NOT IN (SELECT run_id FROM coverage)",
	"SELECT 'variant ' || variant_id || ' lacks steps of its path' FROM variant v WHERE steps "
	"<>"
	" (SELECT count(*) FROM path_step s WHERE s.variant_id = v.variant_id)",
	"SELECT 'run ' || o.run_id || ' has finding ' || o.finding_id || ' with the variant of "
	"another' FROM occurrence o JOIN variant v USING(variant_id)"
	" WHERE v.finding_id <> o.finding_id",
	"SELECT 'the runs of series ' || series || ' are not numbered from 1' FROM run"
	" GROUP BY series, kind HAVING min(seq) < 1",
};

static void add_problem(int count, const char *const *names, const char *const *values, void *data)
{
	g_ptr_array_add(data, g_strdup(values[0]));
}

bool store_check(struct store *store, GPtrArray *problems, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(checks); i++)
		if (!store_query(store, checks[i], add_problem, problems, error))
			return false;
	return true;
}
