/* The findings of a run. A finding is found again by its fingerprint, what it looks like by the
 * hash of all of it: a run in which nothing changed adds one small row a finding. */
#include "reports/store/store_writer.h"
#include "rules/suppress.h"

#include <string.h>

/* Parts are separated by NUL, which none of them can hold. */
static void add_text(GString *key, const char *text)
{
	g_string_append_len(key, text ? text : "", text ? (gssize)strlen(text) + 1 : 1);
}

static void add_place(GString *key, const struct finding_place *place)
{
	add_text(key, place->file);
	g_string_append_printf(key, "%u:%u:%u:%u", place->line, place->column, place->end_line,
			       place->end_column);
	g_string_append_c(key, '\0');
}

static char *hash_variant(const struct finding *finding)
{
	g_autoptr(GString) key = g_string_new(NULL);
	char score[G_ASCII_DTOSTR_BUF_SIZE];

	add_text(key, finding->fingerprint);
	add_text(key, finding_level_name(finding->level));
	add_text(key, g_ascii_dtostr(score, sizeof(score), finding->score));
	add_text(key, finding_confidence_name(finding->confidence));
	add_text(key, finding->confidence_text);
	add_text(key, finding->message);
	add_text(key, finding->instead);
	add_text(key, finding->condition);
	add_text(key, finding->decided);
	add_text(key, finding->root_usr);
	add_text(key, finding->root_file);
	add_text(key, finding->function_usr);
	add_place(key, &finding->place);
	g_string_append_printf(key, "%u:%u", finding->other_roots, finding->other_paths);
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);

		add_text(key, finding_step_kind_name(step->kind));
		add_place(key, &step->place);
		add_text(key, step->usr);
		add_text(key, step->message);
	}
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)key->str, key->len);
}

static bool write_identity(struct writer *writer, const struct finding *finding, gint64 *ret_id,
			   GError **error)
{
	g_autofree char *loose = NULL;

	if (!writer_find(writer, ret_id, error, "SELECT finding_id FROM finding WHERE fp = ?", "s",
			 finding->fingerprint))
		return false;
	if (*ret_id != 0)
		return true;
	loose = finding_loose_fingerprint(finding);
	if (!writer_run(writer, error,
			"INSERT INTO finding(fp, fp_loose, rule_id, context, sink, sink_text)"
			" VALUES(?, ?, ?, ?, ?, ?)",
			"ssssss", finding->fingerprint, loose, finding->rule, finding->context,
			finding->sink_name ? finding->sink_name : "",
			finding->sink_text ? finding->sink_text : ""))
		return false;
	*ret_id = writer_last_id(writer);
	return true;
}

static bool write_steps(struct writer *writer, const struct finding *finding, gint64 variant_id,
			GError **error)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);
		const struct finding_place *place = &step->place;
		gint64 function_id, file_id;

		if (!writer_file(writer, place->file, &file_id, error) ||
		    !writer_named_function(writer, step->usr, step->function, place->file,
					   &function_id, error) ||
		    !writer_run(writer, error,
				"INSERT INTO path_step(variant_id, n, kind, function_id, file_id,"
				" line, col, end_line, end_col, message)"
				" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				"iuskkuukks", variant_id, i, finding_step_kind_name(step->kind),
				function_id, file_id, place->line, place->column,
				(gint64)place->end_line, (gint64)place->end_column,
				step->message ? step->message : ""))
			return false;
	}
	return true;
}

/* The functions and files that a variant points to. */
struct references {
	gint64 root, function, file, unit_file;
};

/* A finding without a continuation or a file still has to point to something. */
static bool find_references(struct writer *writer, const struct finding *finding,
			    struct references *ret, GError **error)
{
	const char *file = finding->place.file ? finding->place.file : "(unknown)";
	const char *function = finding->function_name ? finding->function_name : "(file scope)";
	const char *root = finding->root_name ? finding->root_name : function;

	return writer_file(writer, file, &ret->file, error) &&
	       writer_file(writer, finding->unit, &ret->unit_file, error) &&
	       writer_named_function(writer, finding->function_usr, function, file, &ret->function,
				     error) &&
	       writer_named_function(writer, finding->root_usr, root,
				     finding->root_file ? finding->root_file : file, &ret->root,
				     error);
}

static bool write_new_variant(struct writer *writer, const struct finding *finding,
			      gint64 finding_id, const char *hash, gint64 *ret_id, GError **error)
{
	struct references to;

	if (!find_references(writer, finding, &to, error) ||
	    !writer_run(
		    writer, error,
		    "INSERT INTO variant(finding_id, hash, level, confidence, score,"
		    " confidence_text, message, instead, condition, decided, root_id,"
		    " function_id, file_id, line, col, end_line, end_col, unit_file_id,"
		    " other_roots, other_paths, steps)"
		    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		    "isssdsssssiiiuukkkuuu", finding_id, hash, finding_level_name(finding->level),
		    finding_confidence_name(finding->confidence), finding->score,
		    finding->confidence_text, finding->message ? finding->message : "",
		    finding->instead, finding->condition, finding->decided, to.root, to.function,
		    to.file, finding->place.line, finding->place.column,
		    (gint64)finding->place.end_line, (gint64)finding->place.end_column,
		    to.unit_file, finding->other_roots, finding->other_paths, finding->steps->len))
		return false;
	*ret_id = writer_last_id(writer);
	return write_steps(writer, finding, *ret_id, error);
}

static bool write_variant(struct writer *writer, const struct finding *finding, gint64 finding_id,
			  gint64 *ret_id, GError **error)
{
	g_autofree char *hash = hash_variant(finding);

	if (!writer_find(writer, ret_id, error, "SELECT variant_id FROM variant WHERE hash = ?",
			 "s", hash))
		return false;
	return *ret_id != 0 || write_new_variant(writer, finding, finding_id, hash, ret_id, error);
}

/* The row of what hides `target` (a rule, a fingerprint), made if it is new. */
static bool find_suppression(struct writer *writer, const char *kind, const char *target,
			     const char *reason, const char *file, guint line, gint64 *ret_id,
			     GError **error)
{
	if (!writer_find(writer, ret_id, error,
			 "SELECT suppression_id FROM suppression WHERE kind = ?"
			 " AND target = ? AND coalesce(reason, '') = ?"
			 " AND coalesce(where_path, '') = coalesce(?, '')"
			 " AND coalesce(where_line, 0) = ?",
			 "ssssu", kind, target, reason, file, line))
		return false;
	if (*ret_id != 0)
		return true;
	if (!writer_run(writer, error,
			"INSERT INTO suppression(kind, target, reason, where_path, where_line)"
			" VALUES(?, ?, ?, ?, nullif(?, 0))",
			"ssssu", kind, target, reason, file, line))
		return false;
	*ret_id = writer_last_id(writer);
	return true;
}

static bool write_suppression(struct writer *writer, const struct finding *finding,
			      gint64 finding_id, GError **error)
{
	const char *kind = finding->suppression ? finding->suppression : "in-source";
	const char *target =
		finding->suppression_rule ? finding->suppression_rule : finding->fingerprint;
	gint64 id;

	if (!finding->suppressed_by)
		return true;
	return find_suppression(writer, kind, target, finding->suppressed_by,
				finding->suppression_file, finding->suppression_line, &id, error) &&
	       writer_run(writer, error, "INSERT INTO occurrence_suppression VALUES(?, ?, ?)",
			  "iii", writer->run_id, finding_id, id);
}

/* What each suppression of this run hid: 0 is as good to know as any other number. */
static bool write_hits(struct writer *writer, GError **error)
{
	const GPtrArray *all = writer->run->suppressions;

	for (guint i = 0; all && i < all->len; i++) {
		const struct suppression *row = g_ptr_array_index(all, i);
		gint64 id;

		if (!find_suppression(writer, row->kind, row->rule, row->reason, row->file,
				      row->line, &id, error) ||
		    !writer_run(writer, error,
				"UPDATE suppression SET expires_at = ? WHERE suppression_id = ?"
				" AND expires_at IS NOT ?",
				"sis", row->expires, id, row->expires) ||
		    !writer_run(writer, error,
				"INSERT INTO run_suppression VALUES(?, ?, ?)"
				" ON CONFLICT DO UPDATE SET hits = hits + excluded.hits",
				"iiu", writer->run_id, id, row->hits))
			return false;
	}
	return true;
}

static bool write_finding(struct writer *writer, const struct finding *finding, GError **error)
{
	gint64 finding_id, variant_id;

	return write_identity(writer, finding, &finding_id, error) &&
	       write_variant(writer, finding, finding_id, &variant_id, error) &&
	       store_write_ways(writer, finding, finding_id, error) &&
	       writer_run(writer, error,
			  "INSERT INTO occurrence(finding_id, run_id, variant_id) VALUES(?, ?, ?)",
			  "iii", finding_id, writer->run_id, variant_id) &&
	       write_suppression(writer, finding, finding_id, error);
}

static void add_path(GHashTable *paths, const char *path)
{
	if (path)
		(void)g_hash_table_add(paths, (gpointer)path);
}

/* Files that a path of this run goes through: only their versions are worth keeping. */
static GHashTable *paths_of_findings(const GPtrArray *findings)
{
	GHashTable *paths = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(findings, i);

		add_path(paths, finding->place.file);
		for (guint j = 0; j < finding->steps->len; j++) {
			const struct finding_step *step = g_ptr_array_index(finding->steps, j);

			add_path(paths, step->place.file);
		}
	}
	return paths;
}

static bool write_file_version(struct writer *writer, const char *path,
			       const struct fact_file *file, GError **error)
{
	g_autofree char *hash =
		g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
				(guint64)file->hash_high, (guint64)file->hash_low);
	gint64 file_id, id;

	if (!writer_file(writer, path, &file_id, error) ||
	    !writer_find(writer, &id, error,
			 "SELECT file_version_id FROM file_version"
			 " WHERE file_id = ? AND content_hash = ?",
			 "is", file_id, hash))
		return false;
	if (id == 0) {
		if (!writer_run(writer, error,
				"INSERT INTO file_version(file_id, content_hash) VALUES(?, ?)",
				"is", file_id, hash))
			return false;
		id = writer_last_id(writer);
	}
	return writer_run(writer, error, "INSERT OR IGNORE INTO run_file VALUES(?, ?)", "ii",
			  writer->run_id, id);
}

static bool write_file_versions(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;
	g_autoptr(GHashTable) paths = paths_of_findings(writer->run->findings);

	for (guint i = 0; i < program->unit_count; i++) {
		const struct facts *facts = program->units[i].facts;

		for (guint j = 0; facts && j < facts->files->len; j++) {
			const struct fact_file *file = facts_row(facts, files, struct fact_file, j);
			const char *path = facts_string(facts, file->path);

			/* The first unit that read it decides. */
			if (g_hash_table_remove(paths, path) &&
			    !write_file_version(writer, path, file, error))
				return false;
		}
	}
	return true;
}

bool store_write_findings(struct writer *writer, GError **error)
{
	const GPtrArray *findings = writer->run->findings;

	for (guint i = 0; i < findings->len; i++)
		if (!write_finding(writer, g_ptr_array_index(findings, i), error))
			return false;
	return write_hits(writer, error) && write_file_versions(writer, error);
}
