/* The other ways of findings: of the last run only, like its call graph. They name places all over
 * the program, so that each edit would make another variant of a finding if they were part of it.
 */
#include "reports/jsontext.h"
#include "reports/steps_json.h"
#include "reports/store/store_private.h"
#include "reports/store/store_writer.h"

bool store_write_ways(struct writer *writer, const struct finding *finding, gint64 finding_id,
		      GError **error)
{
	if (!writer_run(writer, error, "DELETE FROM other_way WHERE finding_id = ?", "i",
			finding_id))
		return false;
	for (guint i = 0; i < finding->ways->len; i++) {
		const struct finding_way *way = g_ptr_array_index(finding->ways, i);
		g_autoptr(GString) steps = g_string_new(NULL);

		jsontext_append(steps_json(way->steps), JSON_COMPACT, steps);
		if (!writer_run(writer, error,
				"INSERT INTO other_way(finding_id, n, file, line, col, function,"
				" message, like_it, steps, cut)"
				" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				"iusuussusu", finding_id, i, way->place.file, way->place.line,
				way->place.column, way->function, way->message, way->like_it,
				steps->str, finding->ways_cut))
			return false;
	}
	return true;
}

bool store_read_ways(const struct store *store, sqlite3_stmt *row, gint64 finding_id,
		     struct finding *finding, GError **error)
{
	int code = sqlite3_bind_int64(row, 1, finding_id);

	while (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
		struct finding_way *way = finding_add_way(finding);
		const char *steps = (const char *)sqlite3_column_text(row, 6);

		way->place.file = g_strdup((const char *)sqlite3_column_text(row, 0));
		way->place.line = (guint)sqlite3_column_int64(row, 1);
		way->place.column = (guint)sqlite3_column_int64(row, 2);
		way->function = g_strdup((const char *)sqlite3_column_text(row, 3));
		way->message = g_strdup((const char *)sqlite3_column_text(row, 4));
		way->like_it = (guint)sqlite3_column_int64(row, 5);
		steps_json_read(steps ? steps : "", way);
		finding->ways_cut = (guint)sqlite3_column_int64(row, 7);
		code = SQLITE_OK;
	}
	(void)sqlite3_reset(row);
	return code == SQLITE_DONE || store_fail(store, code, error);
}
