/* What people say about findings: only ever added to. A finding that moved takes it along. */
#include "reports/store/store_writer.h"

bool store_add_review(struct store *store, gint64 finding_id, const char *author,
		      const char *status, const char *comment, GError **error)
{
	sqlite3_stmt *statement;
	int code;

	if (!store_prepare(store,
			   "INSERT INTO review(finding_id, at, author, status, comment)"
			   " VALUES(?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?, ?, ?)",
			   &statement, error))
		return false;
	(void)sqlite3_bind_int64(statement, 1, finding_id);
	(void)sqlite3_bind_text(statement, 2, author, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(statement, 3, status, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(statement, 4, comment, -1, SQLITE_STATIC);
	code = sqlite3_step(statement);
	(void)sqlite3_finalize(statement);
	return code == SQLITE_DONE || store_fail(store, code, error);
}

/* ?1 is the new run, ?2 the one before. Of those that share a loose fingerprint the first that went
 * is the first that came, as in diff.sql; a finding that somebody has reviewed already keeps that.
 */
static const char follow[] =
	"WITH went AS (SELECT o.finding_id, f.fp, f.fp_loose, row_number() OVER"
	"  (PARTITION BY f.fp_loose ORDER BY o.finding_id) k"
	"  FROM occurrence o JOIN finding f USING(finding_id) WHERE o.run_id = ?2"
	"  AND NOT EXISTS(SELECT 1 FROM occurrence n WHERE n.run_id = ?1"
	"   AND n.finding_id = o.finding_id)),"
	" came AS (SELECT o.finding_id, f.fp_loose, row_number() OVER"
	"  (PARTITION BY f.fp_loose ORDER BY o.finding_id) k"
	"  FROM occurrence o JOIN finding f USING(finding_id) WHERE o.run_id = ?1"
	"  AND NOT EXISTS(SELECT 1 FROM occurrence n WHERE n.run_id = ?2"
	"   AND n.finding_id = o.finding_id))"
	" INSERT INTO review(finding_id, at, author, status, comment)"
	" SELECT came.finding_id, r.at, r.author, r.status, 'moved from '"
	"  || substr(went.fp, 4, 12) || coalesce(': ' || r.comment, '')"
	" FROM came JOIN went USING(fp_loose, k) JOIN current_review r"
	" ON r.finding_id = went.finding_id"
	" WHERE came.finding_id NOT IN (SELECT finding_id FROM review)";

bool store_move_reviews(struct writer *writer, GError **error)
{
	return writer->previous_run_id == 0 ||
	       writer_run(writer, error, follow, "ii", writer->run_id, writer->previous_run_id);
}
