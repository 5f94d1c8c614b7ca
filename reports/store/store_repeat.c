/* A run in which nothing had changed. It is as much a run as any other, with all its rows; only
 * that they are copied from the last one instead of being found again. Every table with a run_id
 * that says what was found stands here: tests/reports/test_store_repeat.c compares. */
#include "reports/store/store_private.h"

static const char find_last[] =
	"SELECT run_id FROM run WHERE kind = 'static' AND run_id = (SELECT max(run_id) FROM run"
	" WHERE kind = 'static') AND series = ?1 AND scope = 'full' AND status = 'ok'"
	" AND json_extract(props, '$.input') = ?2";

static const char add_run[] =
	"INSERT INTO run(uuid, kind, series, seq, label, scope, status, started_at, finished_at,"
	" tool_version, config_hash, models_hash, vcs_commit, vcs_branch, vcs_dirty, root, props)"
	" SELECT lower(hex(randomblob(16))), kind, series, seq + 1, ?7, scope, status, ?2,"
	" strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), tool_version, config_hash, models_hash, ?3, ?4,"
	" nullif(?5, -1), ?6, props FROM run WHERE run_id = ?1";

/* ?1 is the last run, ?2 the new one. */
static const char *const copies[] = {
	"INSERT INTO run_rule SELECT ?2, rule_id FROM run_rule WHERE run_id = ?1",
	"INSERT INTO coverage SELECT ?2, units, functions, continuations, indirect_calls,"
	" indirect_resolved, indirect_cut, indirect_unresolved, io_indirect_calls,"
	" io_indirect_resolved, io_indirect_cut, io_indirect_unresolved, ambiguous_names,"
	" indirect_outside, io_indirect_outside, registrations_unresolved, registrations_outside"
	" FROM coverage WHERE run_id = ?1",
	"INSERT INTO run_file SELECT ?2, file_version_id FROM run_file WHERE run_id = ?1",
	"INSERT INTO run_unit(run_id, unit_id, status, errors, wall_ms, cpu_ms, peak_kib)"
	" SELECT ?2, unit_id, 'cached', errors, 0, 0, 0 FROM run_unit WHERE run_id = ?1",
	"INSERT INTO occurrence(finding_id, run_id, variant_id, carried)"
	" SELECT finding_id, ?2, variant_id, carried FROM occurrence WHERE run_id = ?1",
	"INSERT INTO occurrence_suppression(run_id, finding_id, suppression_id)"
	" SELECT ?2, finding_id, suppression_id FROM occurrence_suppression WHERE run_id = ?1",
	"INSERT INTO run_suppression(run_id, suppression_id, hits)"
	" SELECT ?2, suppression_id, hits FROM run_suppression WHERE run_id = ?1",
	"INSERT INTO continuation_cost SELECT ?2, function_id, degree, cost FROM continuation_cost"
	" WHERE run_id = ?1",
};

static const char select_coverage[] =
	"SELECT units, functions, continuations, indirect_calls, indirect_resolved, indirect_cut,"
	" indirect_unresolved, io_indirect_calls, io_indirect_resolved, io_indirect_cut,"
	" io_indirect_unresolved, ambiguous_names, indirect_outside, io_indirect_outside,"
	" registrations_unresolved, registrations_outside FROM coverage WHERE run_id = ?1";

/* Steps `statement` once and finalizes it. `*ret_number`, if given, is the first column or 0. */
static bool run_once(const struct store *store, sqlite3_stmt *statement, gint64 *ret_number,
		     GError **error)
{
	int code = sqlite3_step(statement);

	if (ret_number)
		*ret_number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)store_fail(store, code, error);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static void bind_text(sqlite3_stmt *statement, int position, const char *text)
{
	(void)sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
}

static bool find_run(const struct store *store, const struct store_run *run, gint64 *ret_run_id,
		     GError **error)
{
	sqlite3_stmt *statement;

	if (!store_prepare(store, find_last, &statement, error))
		return false;
	bind_text(statement, 1, run->series ? run->series : "default");
	bind_text(statement, 2, run->input_hash);
	return run_once(store, statement, ret_run_id, error);
}

static bool copy_run(const struct store *store, const struct store_run *run, gint64 last_id,
		     gint64 *ret_run_id, GError **error)
{
	sqlite3_stmt *statement;

	if (!store_prepare(store, add_run, &statement, error))
		return false;
	(void)sqlite3_bind_int64(statement, 1, last_id);
	bind_text(statement, 2, run->started_at);
	bind_text(statement, 3, run->vcs_commit);
	bind_text(statement, 4, run->vcs_branch);
	(void)sqlite3_bind_int(statement, 5, run->vcs_dirty);
	bind_text(statement, 6, run->root);
	bind_text(statement, 7, run->label);
	if (!run_once(store, statement, NULL, error))
		return false;
	*ret_run_id = sqlite3_last_insert_rowid(store->db);
	return true;
}

static bool copy_rows(const struct store *store, gint64 last_id, gint64 run_id, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(copies); i++) {
		sqlite3_stmt *statement;

		if (!store_prepare(store, copies[i], &statement, error))
			return false;
		(void)sqlite3_bind_int64(statement, 1, last_id);
		(void)sqlite3_bind_int64(statement, 2, run_id);
		if (!run_once(store, statement, NULL, error))
			return false;
	}
	return true;
}

static bool read_coverage(const struct store *store, gint64 run_id,
			  struct program_coverage *ret_coverage, GError **error)
{
	guint *const counts[] = {
		&ret_coverage->units,
		&ret_coverage->functions,
		&ret_coverage->continuations,
		&ret_coverage->indirect_calls,
		&ret_coverage->indirect_resolved,
		&ret_coverage->indirect_cut,
		&ret_coverage->indirect_unresolved,
		&ret_coverage->io_indirect_calls,
		&ret_coverage->io_indirect_resolved,
		&ret_coverage->io_indirect_cut,
		&ret_coverage->io_indirect_unresolved,
		&ret_coverage->ambiguous_names,
		&ret_coverage->indirect_outside,
		&ret_coverage->io_indirect_outside,
		&ret_coverage->registrations_unresolved,
		&ret_coverage->registrations_outside,
	};
	sqlite3_stmt *statement;
	int code;

	if (!store_prepare(store, select_coverage, &statement, error))
		return false;
	(void)sqlite3_bind_int64(statement, 1, run_id);
	code = sqlite3_step(statement);
	for (size_t i = 0; code == SQLITE_ROW && i < G_N_ELEMENTS(counts); i++)
		*counts[i] = (guint)sqlite3_column_int64(statement, (int)i);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)store_fail(store, code, error);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool store_repeat_run(struct store *store, const struct store_run *run, bool *ret_repeated,
		      gint64 *ret_run_id, struct program_coverage *ret_coverage, GError **error)
{
	struct program_coverage coverage = {0};
	gint64 last_id = 0, run_id = 0;
	bool ok;

	if (!store_exec(store, "BEGIN IMMEDIATE", error))
		return false;
	ok = find_run(store, run, &last_id, error);
	if (ok && last_id != 0)
		ok = copy_run(store, run, last_id, &run_id, error) &&
		     copy_rows(store, last_id, run_id, error) &&
		     read_coverage(store, run_id, &coverage, error) &&
		     store_exec(store, "COMMIT", error);
	if (!ok || last_id == 0) {
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	} else {
		*ret_run_id = run_id;
		*ret_coverage = coverage;
	}
	*ret_repeated = ok && last_id != 0;
	return ok;
}
