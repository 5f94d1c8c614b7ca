/* JSON Lines: one object a line, "type" says of what. docs/reports.md describes them; whoever
 * changes what a key means raises VERSION, new keys do not need it. */
#include "reports/formats/format.h"
#include "reports/jsontext.h"
#include "reports/steps_json.h"

enum { VERSION = 1 };

static void end_line(json_t *object, GString *out)
{
	jsontext_append(object, JSON_COMPACT, out);
	g_string_append_c(out, '\n');
}

static void set_number(json_t *object, const char *key, guint64 value)
{
	(void)json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void write_run(const struct report_input *input, GString *out)
{
	const struct record *record = input->record;
	json_t *run = json_pack("{s:s, s:i, s:s}", "type", "run", "version", VERSION, "contlint",
				CONTLINT_VERSION);

	if (record) {
		set_number(run, "run", (guint64)record->run_id);
		jsontext_set(run, "series", record->series);
		jsontext_set(run, "label", record->label);
		jsontext_set(run, "commit", record->commit);
		jsontext_set(run, "branch", record->branch);
		jsontext_set(run, "started_at", record->started_at);
		jsontext_set(run, "status", record->incomplete ? "incomplete" : "ok");
		set_number(run, "units", record->units);
		set_number(run, "continuations", record->continuations);
		set_number(run, "indirect_calls", record->indirect_calls);
		set_number(run, "indirect_resolved", record->indirect_resolved);
	}
	set_number(run, "findings", input->findings->len);
	end_line(run, out);
}

static json_t *ways_of(const struct finding *finding)
{
	json_t *ways = json_array();

	for (guint i = 0; i < finding->ways->len; i++) {
		const struct finding_way *way = g_ptr_array_index(finding->ways, i);
		json_t *object = json_object();

		steps_json_place(object, &way->place);
		jsontext_set(object, "function", way->function);
		jsontext_set(object, "message", way->message);
		set_number(object, "like_it", way->like_it);
		(void)json_object_set_new(object, "path", steps_json(way->steps));
		(void)json_array_append_new(ways, object);
	}
	return ways;
}

static void set_record(json_t *object, const struct record_finding *known)
{
	jsontext_set(object, "status", known->status);
	jsontext_set(object, "review", known->review);
	jsontext_set(object, "first_seen", known->first_seen);
	jsontext_set(object, "evidence", known->verdict);
	if (known->calls == 0)
		return;
	set_number(object, "calls", known->calls);
	set_number(object, "p50_ns", known->p50_ns);
	set_number(object, "p99_ns", known->p99_ns);
	set_number(object, "max_ns", known->max_ns);
	set_number(object, "budget_ns", known->budget_ns);
	jsontext_set(object, "stack", known->stack);
}

static void write_finding(const struct report_input *input, const struct finding *finding,
			  GString *out)
{
	const struct record_finding *known = record_find(input->record, finding);
	json_t *object =
		json_pack("{s:s, s:s, s:s, s:s, s:f}", "type", "finding", "rule", finding->rule,
			  "level", finding_level_name(finding->level), "confidence",
			  finding_confidence_name(finding->confidence), "score", finding->score);

	jsontext_set(object, "fingerprint", finding->fingerprint);
	jsontext_set(object, "message", finding->message);
	jsontext_set(object, "instead", finding->instead);
	jsontext_set(object, "condition", finding->condition);
	jsontext_set(object, "decided", finding->decided);
	jsontext_set(object, "context", finding->context);
	steps_json_place(object, &finding->place);
	jsontext_set(object, "function", finding->function_name);
	jsontext_set(object, "continuation", finding->root_name);
	jsontext_set(object, "sink", finding->sink_name);
	jsontext_set(object, "unit", finding->unit);
	set_number(object, "other_continuations", finding->other_roots);
	set_number(object, "other_paths", finding->other_paths);
	jsontext_set(object, "suppressed", finding->suppressed_by);
	if (known)
		set_record(object, known);
	(void)json_object_set_new(object, "path", steps_json(finding->steps));
	if (finding->ways->len > 0) {
		(void)json_object_set_new(object, "other_ways", ways_of(finding));
		set_number(object, "other_ways_cut", finding->ways_cut);
	}
	end_line(object, out);
}

static void write_units(const struct record *record, GString *out)
{
	for (guint i = 0; i < record->bad_units->len; i++) {
		const struct record_unit *unit = g_ptr_array_index(record->bad_units, i);
		json_t *object = json_pack("{s:s}", "type", "unit");

		jsontext_set(object, "file", unit->file);
		jsontext_set(object, "status", unit->status);
		jsontext_set(object, "problem", unit->problem);
		set_number(object, "errors", unit->errors);
		end_line(object, out);
	}
}

static void write_findings(const struct report_input *input, const GPtrArray *findings,
			   GString *out)
{
	for (guint i = 0; findings && i < findings->len; i++)
		write_finding(input, g_ptr_array_index(findings, i), out);
}

static bool write_jsonl(const struct report_input *input, GString *out, GError **error)
{
	write_run(input, out);
	write_findings(input, input->findings, out);
	write_findings(input, input->suppressed, out);
	if (input->record)
		write_units(input->record, out);
	return true;
}

const struct format format_jsonl = {
	.name = "jsonl",
	.summary = "JSON Lines: run, findings with paths, units that failed",
	.write = write_jsonl,
};
