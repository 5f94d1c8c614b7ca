/* One result of a SARIF log. Its region is one line, the smallest that names the place: code
 * scanning shows an alert in a pull request only if all lines of the region were changed. */
#include <string.h>

#include "reports/jsontext.h"
#include "reports/formats/line_hash.h"
#include "reports/formats/sarif.h"

/* ---- places ------------------------------------------------------------------------------ */

/* A relative path, or file:///; every byte that a URI cannot hold is escaped. */
static char *uri_of(const char *path)
{
	g_autofree char *escaped = g_uri_escape_bytes((const guint8 *)path, strlen(path), "/");

	return g_path_is_absolute(path) ? g_strconcat("file://", escaped, NULL)
					: g_steal_pointer(&escaped);
}

/* One for all places of a file. */
static json_t *artifact(const struct sarif *sarif, const char *path)
{
	json_t *artifact = g_hash_table_lookup(sarif->artifacts, path);
	g_autofree char *uri = NULL;

	if (artifact)
		return json_incref(artifact);
	uri = uri_of(path);
	artifact = json_pack("{s:s}", "uri", uri);
	g_hash_table_insert(sarif->artifacts, g_strdup(path), artifact);
	if (!sarif->github && sarif->input->root && !g_path_is_absolute(path))
		jsontext_set(artifact, "uriBaseId", "PROJECTROOT");
	return json_incref(artifact);
}

/* With its source line for the place of the result, not for each step: a log is large enough.
 * Columns of facts are bytes, those of SARIF UTF-16 units; without the source they stay. */
static json_t *region(const struct sarif *sarif, const struct finding_place *place, bool snippet)
{
	guint start = MAX(place->column, 1), end = place->end_column;
	json_t *region = json_pack("{s:i}", "startLine", (int)MAX(place->line, 1));
	const char *line;
	gsize size;
	bool has_line = sources_line(sarif->sources, place->file, place->line, &line, &size);

	if (place->end_line > place->line) /* goes on: marked to the end of its first line */
		end = has_line ? (guint)size + 1 : 0;
	if (has_line) {
		start = sources_utf16_column(line, size, start);
		end = end > 0 ? sources_utf16_column(line, size, end) : 0;
	}
	(void)json_object_set_new(region, "startColumn", json_integer(start));
	(void)json_object_set_new(region, "endLine", json_integer(MAX(place->line, 1)));
	(void)json_object_set_new(region, "endColumn", json_integer(MAX(end, start + 1)));
	if (has_line && snippet) {
		g_autofree char *text = g_strndup(line, size);

		(void)json_object_set_new(region, "snippet",
					  json_pack("{s:o}", "text", jsontext_new(text)));
	}
	return region;
}

json_t *sarif_location(const struct sarif *sarif, const struct finding_place *place,
		       const char *message, const char *function)
{
	json_t *location = json_object();

	if (place->file)
		(void)json_object_set_new(
			location, "physicalLocation",
			json_pack("{s:o, s:o}", "artifactLocation", artifact(sarif, place->file),
				  "region", region(sarif, place, !message && !sarif->github)));
	if (function && !sarif->github)
		(void)json_object_set_new(location, "logicalLocations",
					  json_pack("[{s:o, s:s}]", "name", jsontext_new(function),
						    "kind", "function"));
	if (message)
		(void)json_object_set_new(location, "message",
					  json_pack("{s:o}", "text", jsontext_new(message)));
	return location;
}

/* ---- fingerprints ------------------------------------------------------------------------ */

static void unref_hashes(void *hashes)
{
	if (hashes)
		g_ptr_array_unref(hashes);
}

static const char *line_hash(struct sarif *sarif, const struct finding_place *place)
{
	GPtrArray *hashes;
	const char *text;
	gsize size;

	if (!sarif->line_hashes)
		sarif->line_hashes =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_hashes);
	if (!place->file)
		return NULL;
	hashes = g_hash_table_lookup(sarif->line_hashes, place->file);
	if (!hashes && sources_text(sarif->sources, place->file, &text, &size)) {
		hashes = line_hash_all(text, size);
		g_hash_table_insert(sarif->line_hashes, g_strdup(place->file), hashes);
	}
	return hashes && place->line > 0 && place->line <= hashes->len
		       ? g_ptr_array_index(hashes, place->line - 1)
		       : NULL;
}

static json_t *fingerprints(struct sarif *sarif, const struct finding *finding)
{
	json_t *object = json_object();

	jsontext_set(object, "primaryLocationLineHash", line_hash(sarif, &finding->place));
	if (finding->fingerprint && g_str_has_prefix(finding->fingerprint, "v1:"))
		jsontext_set(object, "contlint/v1", finding->fingerprint + strlen("v1:"));
	return object;
}

/* ---- the path ---------------------------------------------------------------------------- */

/* How deep a step is: the registration stands outside, each call goes one further in. */
static json_t *thread_flow(const struct sarif *sarif, const struct finding *finding)
{
	json_t *locations = json_array();
	int depth = 0;

	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);
		bool essential = step->kind == STEP_ENTER || step->kind == STEP_SINK;

		if (!step->place.file)
			continue;
		(void)json_array_append_new(locations,
					    json_pack("{s:o, s:i, s:s}", "location",
						      sarif_location(sarif, &step->place,
								     step->message, step->function),
						      "nestingLevel", depth, "importance",
						      essential ? "essential" : "important"));
		if (step->kind == STEP_ENTER || step->kind == STEP_CALL ||
		    step->kind == STEP_INDIRECT)
			depth++;
	}
	return locations;
}

static void set_code_flow(const struct sarif *sarif, const struct finding *finding, json_t *result)
{
	json_t *locations = thread_flow(sarif, finding);

	if (json_array_size(locations) == 0) {
		json_decref(locations);
		return;
	}
	(void)json_object_set_new(
		result, "codeFlows",
		json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", locations));
}

/* Where the other ways leave the path: what to change as well. */
static void set_related(const struct sarif *sarif, const struct finding *finding, json_t *result)
{
	json_t *locations = json_array();

	for (guint i = 0; i < finding->ways->len; i++) {
		const struct finding_way *way = g_ptr_array_index(finding->ways, i);

		(void)json_array_append_new(
			locations, sarif_location(sarif, &way->place, way->message, way->function));
	}
	if (json_array_size(locations) > 0)
		(void)json_object_set(result, "relatedLocations", locations);
	json_decref(locations);
}

/* ---- the result -------------------------------------------------------------------------- */

static json_t *message_of(const struct finding *finding)
{
	g_autoptr(GString) text = g_string_new(finding->message ? finding->message : "");

	if (finding->instead && !strstr(text->str, finding->instead))
		g_string_append_printf(text, "; instead: %s", finding->instead);
	if (finding->condition && g_strcmp0(finding->decided, "proven") != 0)
		g_string_append_printf(text, " (if %s: %s)", finding->condition, finding->decided);
	if (text->len == 0 || !strchr(".!?", text->str[text->len - 1]))
		g_string_append_c(text, '.');
	return json_pack("{s:o}", "text", jsontext_new(text->str));
}

static void set_evidence(const struct record_finding *record, json_t *properties)
{
	jsontext_set(properties, "evidence", record->verdict);
	if (record->calls == 0)
		return;
	(void)json_object_set_new(properties, "calls", json_integer((json_int_t)record->calls));
	(void)json_object_set_new(properties, "p50Ms", json_real((double)record->p50_ns / 1e6));
	(void)json_object_set_new(properties, "p99Ms", json_real((double)record->p99_ns / 1e6));
	(void)json_object_set_new(properties, "maxMs", json_real((double)record->max_ns / 1e6));
	(void)json_object_set_new(properties, "budgetMs",
				  json_real((double)record->budget_ns / 1e6));
}

static json_t *properties(const struct sarif *sarif, const struct finding *finding)
{
	const struct record_finding *record = record_find(sarif->input->record, finding);
	json_t *properties = json_object();

	jsontext_set(properties, "confidence", finding_confidence_name(finding->confidence));
	jsontext_set(properties, "continuation", finding->root_name);
	jsontext_set(properties, "context", finding->context);
	jsontext_set(properties, "sink", finding->sink_name);
	jsontext_set(properties, "unit", finding->unit);
	(void)json_object_set_new(properties, "otherContinuations",
				  json_integer(finding->other_roots));
	if (record) {
		jsontext_set(properties, "review", record->review);
		set_evidence(record, properties);
	}
	return properties;
}

/* What code scanning does not read. */
static void set_more(const struct sarif *sarif, const struct finding *finding, json_t *result)
{
	const struct record *record = sarif->input->record;
	const struct record_finding *known = record_find(record, finding);

	(void)json_object_set_new(result, "rank", json_real(CLAMP(finding->score, 0, 1) * 100));
	if (known && record->previous_run_id != 0)
		jsontext_set(result, "baselineState",
			     strcmp(known->status, "unchanged") == 0 ? "unchanged" : "new");
	if (finding->suppressed_by)
		(void)json_object_set_new(result, "suppressions",
					  json_pack("[{s:s, s:s, s:o}]", "kind", "inSource",
						    "status", "accepted", "justification",
						    jsontext_new(finding->suppressed_by)));
	else
		(void)json_object_set_new(result, "suppressions", json_array());
	(void)json_object_set_new(result, "properties", properties(sarif, finding));
	set_related(sarif, finding, result);
}

json_t *sarif_result(struct sarif *sarif, const struct finding *finding)
{
	json_t *result = json_pack(
		"{s:s, s:i, s:s, s:o, s:[o], s:o}", "ruleId", finding->rule, "ruleIndex",
		(int)sarif_rule_index(sarif, finding->rule), "level",
		finding_level_name(finding->level), "message", message_of(finding), "locations",
		sarif_location(sarif, &finding->place, NULL, finding->function_name),
		"partialFingerprints", fingerprints(sarif, finding));

	set_code_flow(sarif, finding, result);
	if (!sarif->github)
		set_more(sarif, finding, result);
	return result;
}
