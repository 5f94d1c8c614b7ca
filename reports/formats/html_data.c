/* What the HTML report shows, as one JSON value. Findings are arrays, and texts are numbers in a
 * list of strings, so that 10,000 of them stay small; report.js names the places. */
#include "reports/formats/html.h"

#include <string.h>

#include "reports/jsontext.h"
#include "rules/rule.h"

struct page {
	const struct report_input *input;
	struct sources *sources;
	struct html_files *files;
	json_t *strings;
	GHashTable *numbers; /* text -> place in `strings` + 1 */
	GHashTable *holds;   /* function_id -> place in "holds" + 1 */
	json_t *rules;       /* id -> texts */
};

/* The place of `text` in the strings, -1 for NULL. */
static int string_of(struct page *page, const char *text)
{
	guint number;

	if (!text)
		return -1;
	number = GPOINTER_TO_UINT(g_hash_table_lookup(page->numbers, text));
	if (number == 0) {
		(void)json_array_append_new(page->strings, jsontext_new(text));
		number = (guint)json_array_size(page->strings);
		g_hash_table_insert(page->numbers, g_strdup(text), GUINT_TO_POINTER(number));
	}
	return (int)number - 1;
}

static void add_number(json_t *array, guint64 value)
{
	(void)json_array_append_new(array, json_integer((json_int_t)value));
}

static void add_string(struct page *page, json_t *array, const char *text)
{
	(void)json_array_append_new(array, json_integer(string_of(page, text)));
}

/* File, line, and the columns of one line in UTF-16 units, which are JavaScript's. */
static void add_place(struct page *page, json_t *array, const struct finding_place *place)
{
	guint column = MAX(place->column, 1), end = place->end_column;
	const char *line;
	gsize size;

	if (place->file && sources_line(page->sources, place->file, place->line, &line, &size)) {
		if (place->end_line > place->line)
			end = (guint)size + 1;
		column = sources_utf16_column(line, size, column);
		end = end > 0 ? sources_utf16_column(line, size, end) : 0;
	}
	(void)json_array_append_new(
		array, json_integer(html_files_use(page->files, place->file, place->line)));
	add_number(array, place->line);
	add_number(array, column);
	add_number(array, end > column ? end : 0);
}

static json_t *steps_of(struct page *page, const struct finding *finding)
{
	json_t *steps = json_array();

	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);
		json_t *row = json_array();

		add_number(row, step->kind);
		add_place(page, row, &step->place);
		add_string(page, row, step->function);
		add_string(page, row, step->message ? step->message : "");
		(void)json_array_append_new(steps, row);
	}
	return steps;
}

static void describe_rule(struct page *page, const char *id)
{
	const struct rule *rule = rules_find(id);

	if (rule && !json_object_get(page->rules, id))
		(void)json_object_set_new(page->rules, id,
					  json_pack("[s, s, s, s]", rule->summary, rule->why,
						    rule->instead, rule->misses));
}

static json_t *measured(const struct record_finding *known)
{
	json_t *array = json_array();

	if (known->calls > 0) {
		add_number(array, known->calls);
		add_number(array, known->p50_ns);
		add_number(array, known->p99_ns);
		add_number(array, known->max_ns);
		add_number(array, known->budget_ns);
	}
	return array;
}

/* The first 12 digits are enough to tell findings apart, and what `contlint show` takes. */
static json_t *short_fingerprint(const struct finding *finding)
{
	const char *digits = finding->fingerprint ? strchr(finding->fingerprint, ':') : NULL;
	g_autofree char *text = g_strndup(digits ? digits + 1 : "", 12);

	return jsontext_new(text);
}

static void add_history(struct page *page, json_t *row, const struct finding *finding)
{
	static const struct record_finding nothing = {
		.status = "new", .verdict = "untested", .review = "unreviewed"};
	const struct record_finding *known = record_find(page->input->record, finding);
	gpointer hold;

	known = known ? known : &nothing;
	hold = page->input->record ? g_hash_table_lookup(page->holds, &known->root_id) : NULL;
	(void)json_array_append_new(row, json_string(known->status));
	(void)json_array_append_new(row, json_string(known->review));
	(void)json_array_append_new(row, json_string(known->verdict));
	add_string(page, row, known->first_seen);
	add_string(page, row, known->first_commit);
	(void)json_array_append_new(row, measured(known));
	add_string(page, row, known->stack);
	add_string(page, row, known->workload);
	(void)json_array_append_new(row, json_integer((json_int_t)GPOINTER_TO_UINT(hold) - 1));
}

static json_t *finding_of(struct page *page, const struct finding *finding)
{
	json_t *row = json_array();

	describe_rule(page, finding->rule);
	(void)json_array_append_new(row, short_fingerprint(finding));
	add_string(page, row, finding->rule);
	(void)json_array_append_new(row, json_string(finding_level_name(finding->level)));
	(void)json_array_append_new(row, json_string(finding_confidence_name(finding->confidence)));
	(void)json_array_append_new(row, json_real(finding->score));
	add_string(page, row, finding->message);
	add_string(page, row, finding->instead);
	add_string(page, row, finding->condition);
	add_string(page, row, finding->decided);
	add_string(page, row, finding->context);
	add_place(page, row, &finding->place);
	add_string(page, row, finding->root_name);
	add_string(page, row, finding->function_name);
	add_string(page, row, finding->sink_name);
	add_number(row, finding->other_roots);
	add_number(row, finding->other_paths);
	add_string(page, row, finding->suppressed_by);
	add_history(page, row, finding);
	(void)json_array_append_new(row, steps_of(page, finding));
	return row;
}

static json_t *findings_of(struct page *page)
{
	const GPtrArray *lists[] = {page->input->findings, page->input->suppressed};
	json_t *rows = json_array();

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
		for (guint j = 0; lists[i] && j < lists[i]->len; j++)
			(void)json_array_append_new(
				rows, finding_of(page, g_ptr_array_index(lists[i], j)));
	return rows;
}

/* ---- the run and its neighbours ---------------------------------------------------------- */

static json_t *run_of(const struct report_input *input)
{
	const struct record *record = input->record;
	g_autofree char *project = input->root ? g_path_get_basename(input->root) : NULL;
	json_t *run = json_object();

	jsontext_set(run, "project", project);
	if (!record)
		return run;
	jsontext_set(run, "series", record->series);
	jsontext_set(run, "started", record->started_at);
	jsontext_set(run, "commit", record->commit);
	jsontext_set(run, "branch", record->branch);
	(void)json_object_set_new(run, "previous", json_boolean(record->previous_run_id != 0));
	(void)json_object_set_new(run, "partial", json_boolean(record->partial));
	(void)json_object_set_new(run, "units", json_integer(record->units));
	(void)json_object_set_new(run, "continuations", json_integer(record->continuations));
	(void)json_object_set_new(
		run, "indirect",
		json_pack("[i, i]", (int)record->indirect_resolved, (int)record->indirect_calls));
	return run;
}

static json_t *histogram_of(const struct record_hold *hold)
{
	json_t *counts = json_array();

	if (!hold->has_histogram) {
		json_decref(counts);
		return json_null();
	}
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		add_number(counts, hold->histogram[i]);
	return counts;
}

static json_t *holds_of(struct page *page)
{
	const struct record *record = page->input->record;
	json_t *rows = json_array();

	for (guint i = 0; record && i < record->holds->len; i++) {
		const struct record_hold *hold = g_ptr_array_index(record->holds, i);
		json_t *row = json_array();

		(void)json_array_append_new(row, jsontext_new(hold->function));
		(void)json_array_append_new(row, jsontext_new(hold->context));
		add_number(row, hold->calls);
		add_number(row, hold->total_ns);
		add_number(row, hold->p50_ns);
		add_number(row, hold->p99_ns);
		add_number(row, hold->max_ns);
		(void)json_array_append_new(row, histogram_of(hold));
		(void)json_array_append_new(rows, row);
		if (strcmp(hold->context, "io") == 0)
			g_hash_table_insert(page->holds, (gpointer)&hold->function_id,
					    GUINT_TO_POINTER(i + 1));
	}
	return rows;
}

static json_t *runs_of(struct page *page)
{
	const struct record *record = page->input->record;
	json_t *rows = json_array();

	for (guint i = 0; record && i < record->runs->len; i++) {
		const struct record_run *run = g_ptr_array_index(record->runs, i);
		json_t *row = json_array();

		add_number(row, (guint64)run->run_id);
		add_string(page, row, run->started_at);
		add_string(page, row, run->commit);
		add_number(row, run->high);
		add_number(row, run->medium);
		add_number(row, run->low);
		add_number(row, run->suppressed);
		add_number(row, run->added);
		(void)json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *bad_units_of(const struct record *record)
{
	json_t *rows = json_array();

	for (guint i = 0; record && i < record->bad_units->len; i++) {
		const struct record_unit *unit = g_ptr_array_index(record->bad_units, i);

		(void)json_array_append_new(rows, json_pack("[o, o, o]", jsontext_new(unit->file),
							    jsontext_new(unit->status),
							    jsontext_new(unit->problem)));
	}
	return rows;
}

json_t *html_data(const struct report_input *input, struct sources *sources)
{
	struct page page = {.input = input, .sources = sources};
	json_t *data = json_object();

	page.files = html_files_new(sources);
	page.strings = json_array();
	page.rules = json_object();
	page.numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	page.holds = g_hash_table_new(g_int64_hash, g_int64_equal);
	(void)json_object_set_new(data, "holds", holds_of(&page)); /* findings point to them */
	(void)json_object_set_new(data, "findings", findings_of(&page));
	(void)json_object_set_new(data, "runs", runs_of(&page));
	(void)json_object_set_new(data, "run", run_of(input));
	(void)json_object_set_new(data, "bad", bad_units_of(input->record));
	(void)json_object_set_new(data, "files", html_files_json(page.files));
	(void)json_object_set_new(data, "strings", page.strings);
	(void)json_object_set_new(data, "rules", page.rules);
	html_files_free(page.files);
	g_hash_table_unref(page.numbers);
	g_hash_table_unref(page.holds);
	return data;
}
