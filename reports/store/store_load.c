/* Findings back from the database, as they were when they were stored: so that every report can be
 * made without analysing again. */
#include "reports/store/store_private.h"

#include <string.h>

#include "rules/rule.h"

static char *text(sqlite3_stmt *statement, int column)
{
	return g_strdup((const char *)sqlite3_column_text(statement, column));
}

/* Never NULL: a database of somebody else may lack the constraints of ours. */
static const char *word(sqlite3_stmt *statement, int column)
{
	const char *value = (const char *)sqlite3_column_text(statement, column);

	return value ? value : "";
}

/* The constant that `names` gives to one of its values, by its text in the database. The database
 * checks the texts; one that it let pass is taken for the last. */
static guint number_of(const char *name, const char *(*names)(guint), guint count)
{
	guint i = 0;

	while (i + 1 < count && g_strcmp0(name, names(i)) != 0)
		i++;
	return i;
}

static const char *level_name(guint i)
{
	return finding_level_name((enum finding_level)i);
}

static const char *confidence_name(guint i)
{
	return finding_confidence_name((enum finding_confidence)i);
}

static const char *kind_name(guint i)
{
	return finding_step_kind_name((enum finding_step_kind)i);
}

/* Static text: the rule's own id if this contlint has the rule. */
static const char *rule_id(const char *id)
{
	const struct rule *rule = rules_find(id);

	return rule ? rule->id : g_intern_string(id);
}

static struct finding_place place(sqlite3_stmt *statement, int column)
{
	return (struct finding_place){
		.file = text(statement, column),
		.line = (guint)sqlite3_column_int64(statement, column + 1),
		.column = (guint)sqlite3_column_int64(statement, column + 2),
		.end_line = (guint)sqlite3_column_int64(statement, column + 3),
		.end_column = (guint)sqlite3_column_int64(statement, column + 4),
	};
}

static const char select_findings[] =
	"SELECT f.rule_id, v.level, v.confidence, v.decided, f.context, v.score, v.confidence_text,"
	" v.message, v.instead, v.condition, fl.path, v.line, v.col, v.end_line, v.end_col,"
	" r.name, r.usr, rf.path, f.sink, s.name, s.usr, f.sink_text, uf.path,"
	" v.other_roots, v.other_paths, f.fp, f.fp_loose,"
	" (SELECT coalesce(p.reason, '') FROM occurrence_suppression x"
	"  JOIN suppression p USING(suppression_id)"
	"  WHERE x.run_id = o.run_id AND x.finding_id = o.finding_id LIMIT 1), v.variant_id,"
	" (SELECT p.kind FROM occurrence_suppression x JOIN suppression p USING(suppression_id)"
	"  WHERE x.run_id = o.run_id AND x.finding_id = o.finding_id LIMIT 1), o.finding_id"
	" FROM occurrence o JOIN finding f USING(finding_id) JOIN variant v USING(variant_id)"
	" JOIN file fl ON fl.file_id = v.file_id"
	" JOIN function r ON r.function_id = v.root_id LEFT JOIN file rf ON rf.file_id = r.file_id"
	" JOIN function s ON s.function_id = v.function_id"
	" LEFT JOIN file uf ON uf.file_id = v.unit_file_id"
	" WHERE o.run_id = ?1 AND (?2 = 0 OR o.finding_id = ?2)";

static struct finding *read_finding(sqlite3_stmt *row)
{
	struct finding *finding = finding_new(rule_id(word(row, 0)));

	finding->level =
		number_of((const char *)sqlite3_column_text(row, 1), level_name, FINDING_NOTE + 1);
	finding->confidence = number_of((const char *)sqlite3_column_text(row, 2), confidence_name,
					FINDING_LOW + 1);
	finding->decided = g_intern_string(word(row, 3));
	finding->context = g_intern_string(word(row, 4));
	finding->score = sqlite3_column_double(row, 5);
	finding->confidence_text = text(row, 6);
	finding->message = text(row, 7);
	finding->instead = text(row, 8);
	finding->condition = text(row, 9);
	finding->place = place(row, 10);
	finding->root_name = text(row, 15);
	finding->root_usr = text(row, 16);
	finding->root_file = text(row, 17);
	finding->sink_name = text(row, 18);
	finding->function_name = text(row, 19);
	finding->function_usr = text(row, 20);
	finding->sink_text = text(row, 21);
	finding->unit = text(row, 22);
	finding->other_roots = (guint)sqlite3_column_int64(row, 23);
	finding->other_paths = (guint)sqlite3_column_int64(row, 24);
	finding->fingerprint = text(row, 25);
	finding->fingerprint_loose = text(row, 26);
	finding->suppressed_by = text(row, 27);
	finding->suppression = finding->suppressed_by ? g_intern_string(word(row, 29)) : NULL;
	return finding;
}

static const char select_steps[] =
	"SELECT s.kind, fl.path, s.line, s.col, s.end_line, s.end_col, f.name, f.usr, s.message"
	" FROM path_step s LEFT JOIN file fl USING(file_id)"
	" LEFT JOIN function f USING(function_id) WHERE s.variant_id = ? ORDER BY s.n";

static bool read_steps(const struct store *store, sqlite3_stmt *row, gint64 variant_id,
		       struct finding *finding, GError **error)
{
	int code = sqlite3_bind_int64(row, 1, variant_id);

	while (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
		guint kind = number_of((const char *)sqlite3_column_text(row, 0), kind_name,
				       STEP_NOTE + 1);
		struct finding_step *step = finding_add_step(finding, (enum finding_step_kind)kind);

		step->place = place(row, 1);
		step->function = text(row, 6);
		step->usr = text(row, 7);
		step->message = text(row, 8);
		code = SQLITE_OK;
	}
	(void)sqlite3_reset(row);
	return code == SQLITE_DONE || store_fail(store, code, error);
}

static bool read_all(const struct store *store, sqlite3_stmt *row, sqlite3_stmt *steps,
		     sqlite3_stmt *ways, GPtrArray *findings, GError **error)
{
	int code;

	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		struct finding *finding = read_finding(row);

		g_ptr_array_add(findings, finding);
		if (!read_steps(store, steps, sqlite3_column_int64(row, 28), finding, error) ||
		    !store_read_ways(store, ways, sqlite3_column_int64(row, 30), finding, error))
			return false;
	}
	return code == SQLITE_DONE || store_fail(store, code, error);
}

GPtrArray *store_load_findings(struct store *store, gint64 run_id, gint64 finding_id,
			       GError **error)
{
	g_autoptr(GPtrArray) findings =
		g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	sqlite3_stmt *row = NULL, *steps = NULL, *ways = NULL;
	bool ok = store_prepare(store, select_findings, &row, error) &&
		  store_prepare(store, select_steps, &steps, error) &&
		  store_prepare(store, STORE_SELECT_WAYS, &ways, error);

	if (ok) {
		(void)sqlite3_bind_int64(row, 1, run_id);
		(void)sqlite3_bind_int64(row, 2, finding_id);
		ok = read_all(store, row, steps, ways, findings, error);
	}
	(void)sqlite3_finalize(row);
	(void)sqlite3_finalize(steps);
	(void)sqlite3_finalize(ways);
	findings_sort(findings);
	return ok ? g_steal_pointer(&findings) : NULL;
}
