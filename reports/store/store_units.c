/* The units of a run, and the rule of absence: a finding that is not there any more is gone only if
 * its code was analysed and its rule was on. So what was not analysed is carried over. */
#include "reports/store/store_writer.h"

#include <string.h>

static const char *const statuses[] = {
	[UNIT_OK] = "ok",         [UNIT_CACHED] = "cached",   [UNIT_PARSE_ERROR] = "parse-error",
	[UNIT_FAILED] = "failed", [UNIT_CRASHED] = "crashed", [UNIT_TIMEOUT] = "timeout",
	[UNIT_MEMORY] = "memory",
};

/* Adds `text` with the project root taken out, so that two checkouts agree. */
static void add_relative(GString *key, const char *root, const char *text)
{
	g_autoptr(GString) part = g_string_new(text);

	if (root && root[0] != '\0')
		(void)g_string_replace(part, root, ".", 0);
	g_string_append_len(key, part->str, (gssize)part->len + 1);
}

/* Tells apart the units of one file that are compiled with different flags. */
static char *hash_command(const char *root, const struct compdb_unit *unit)
{
	g_autoptr(GString) key = g_string_new(NULL);
	char *hex;

	add_relative(key, root, unit->directory ? unit->directory : "");
	for (guint i = 0; unit->flags && i < unit->flags->len; i++)
		add_relative(key, root, g_ptr_array_index(unit->flags, i));
	hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)key->str, key->len);
	hex[32] = '\0';
	return hex;
}

static bool write_unit(struct writer *writer, const struct compdb_unit *unit,
		       const struct unit_result *result, GError **error)
{
	g_autofree char *hash = hash_command(writer->run->compdb->root, unit);
	gint64 file_id, unit_id;

	if (!writer_file(writer, unit->label, &file_id, error) ||
	    !writer_find(writer, &unit_id, error,
			 "SELECT unit_id FROM unit WHERE file_id = ? AND command_hash = ?", "is",
			 file_id, hash))
		return false;
	if (unit_id == 0) {
		if (!writer_run(writer, error,
				"INSERT INTO unit(file_id, command_hash, target) VALUES(?, ?, ?)",
				"iss", file_id, hash, unit->target ? unit->target : ""))
			return false;
		unit_id = writer_last_id(writer);
	}
	return writer_run(
		writer, error,
		"INSERT OR REPLACE INTO run_unit(run_id, unit_id, status, errors, wall_ms,"
		" cpu_ms, peak_kib, problem) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		"iisuuuus", writer->run_id, unit_id, statuses[result->status], result->error_count,
		result->wall_ms, result->cpu_ms, result->peak_kib, result->problem);
}

bool store_write_units(struct writer *writer, GError **error)
{
	const struct compdb *compdb = writer->run->compdb;
	const GPtrArray *results = writer->run->results;

	for (guint i = 0; compdb && results && i < MIN(compdb->units->len, results->len); i++)
		if (!write_unit(writer, g_ptr_array_index(compdb->units, i),
				g_ptr_array_index(results, i), error))
			return false;
	return true;
}

/* Main files of units that were not analysed whole: those that failed, those that have more compile
 * errors than they had at their best, and in a partial run those that were not asked for. */
static const char find_missed[] =
	"INSERT OR IGNORE INTO temp.missed"
	" SELECT u.file_id FROM run_unit n JOIN unit u USING(unit_id) WHERE n.run_id = ?1"
	" AND (n.status IN ('failed', 'crashed', 'timeout', 'memory') OR n.errors > 0"
	"  AND n.errors > (SELECT min(p.errors) FROM run_unit p WHERE p.unit_id = n.unit_id"
	"   AND p.status NOT IN ('failed', 'crashed', 'timeout', 'memory')))"
	" UNION SELECT file_id FROM unit WHERE ?2 AND file_id NOT IN"
	"  (SELECT u.file_id FROM run_unit n JOIN unit u USING(unit_id) WHERE n.run_id = ?1)";

/* Whether a suppression hides nothing is known only where nothing was missed. */
static const char carry[] =
	"INSERT INTO occurrence(finding_id, run_id, variant_id, carried)"
	" SELECT o.finding_id, ?1, o.variant_id, 1 FROM occurrence o"
	" JOIN finding f USING(finding_id) JOIN variant v USING(variant_id)"
	" JOIN function r ON r.function_id = v.root_id"
	" WHERE o.run_id = ?2"
	" AND EXISTS(SELECT 1 FROM run_rule x WHERE x.run_id = ?1 AND x.rule_id = f.rule_id)"
	" AND NOT EXISTS(SELECT 1 FROM occurrence n"
	"  WHERE n.finding_id = o.finding_id AND n.run_id = ?1)"
	" AND (f.rule_id = 'stale-suppression' AND EXISTS(SELECT 1 FROM temp.missed)"
	"  OR v.unit_file_id IN temp.missed OR v.file_id IN temp.missed"
	"  OR r.file_id IN temp.missed OR EXISTS(SELECT 1 FROM path_step s"
	"   WHERE s.variant_id = v.variant_id AND s.file_id IN temp.missed))";

static const char carry_suppressions[] =
	"INSERT INTO occurrence_suppression(run_id, finding_id, suppression_id)"
	" SELECT ?1, s.finding_id, s.suppression_id FROM occurrence_suppression s"
	" JOIN occurrence n ON n.finding_id = s.finding_id AND n.run_id = ?1 AND n.carried"
	" WHERE s.run_id = ?2";

bool store_carry_forward(struct writer *writer, GError **error)
{
	gint64 partial = writer->run->partial;

	if (writer->previous_run_id == 0)
		return true;
	return store_exec(writer->store,
			  "CREATE TEMP TABLE IF NOT EXISTS missed(file_id INTEGER PRIMARY KEY);"
			  "DELETE FROM temp.missed",
			  error) &&
	       writer_run(writer, error, find_missed, "ii", writer->run_id, partial) &&
	       writer_run(writer, error, carry, "ii", writer->run_id, writer->previous_run_id) &&
	       writer_run(writer, error, carry_suppressions, "ii", writer->run_id,
			  writer->previous_run_id);
}
