/* Reads what the database says beside the findings: one statement a table, joined here. */
#include "reports/store/record.h"

#include <string.h>

/* One statement and what is done with each of its rows. `?` stands for the run. */
struct part {
	const char *sql;
	bool (*row)(int count, const struct store_value *values, void *record);
};

static char *text_or_null(const struct store_value *value)
{
	return g_strdup(value->text);
}

static char *text(const struct store_value *value)
{
	return g_strdup(value->text ? value->text : "");
}

static guint64 number(const struct store_value *value)
{
	return (guint64)MAX(value->integer, 0);
}

static guint count_of(const struct store_value *value)
{
	return (guint)CLAMP(value->integer, 0, G_MAXINT);
}

/* ---- the run ----------------------------------------------------------------------------- */

static const char select_run[] =
	"SELECT r.run_id, coalesce((SELECT p.run_id FROM run p WHERE p.series = r.series"
	"  AND p.kind = 'static' AND p.seq < r.seq ORDER BY p.seq DESC LIMIT 1), 0),"
	" r.series, r.started_at, r.finished_at, r.tool_version, r.root, r.vcs_commit,"
	" r.vcs_branch, r.label, r.scope = 'partial', r.status = 'incomplete', c.units,"
	" c.functions, c.continuations, c.indirect_calls, c.indirect_resolved, c.indirect_cut,"
	" c.indirect_unresolved FROM run r LEFT JOIN coverage c USING(run_id)"
	" WHERE r.kind = 'static' AND (:run = 0 OR r.run_id = :run)"
	" ORDER BY r.run_id DESC LIMIT 1";

static bool add_run(int count, const struct store_value *values, void *data)
{
	struct record *record = data;

	record->run_id = values[0].integer;
	record->previous_run_id = values[1].integer;
	record->series = text(&values[2]);
	record->started_at = text(&values[3]);
	record->finished_at = text(&values[4]);
	record->tool_version = text(&values[5]);
	record->root = text_or_null(&values[6]);
	record->commit = text_or_null(&values[7]);
	record->branch = text_or_null(&values[8]);
	record->label = text_or_null(&values[9]);
	record->partial = values[10].integer != 0;
	record->incomplete = values[11].integer != 0;
	record->units = count_of(&values[12]);
	record->functions = count_of(&values[13]);
	record->continuations = count_of(&values[14]);
	record->indirect_calls = count_of(&values[15]);
	record->indirect_resolved = count_of(&values[16]);
	record->indirect_cut = count_of(&values[17]);
	record->indirect_unresolved = count_of(&values[18]);
	return true;
}

/* ---- its findings ------------------------------------------------------------------------ */

static const char *status_of(bool had_before, bool had_last)
{
	if (had_last)
		return "unchanged";
	return had_before ? "reopened" : "new";
}

/* The first run that had it is looked for from the oldest run on: occurrences stand by run. */
static const char select_findings[] =
	"SELECT f.fp, o.carried, EXISTS(SELECT 1 FROM occurrence b"
	"  WHERE b.finding_id = o.finding_id AND b.run_id = :previous),"
	" first.run_id < :run, first.started_at, first.vcs_commit, v.root_id,"
	" coalesce(cr.status, 'unreviewed') FROM occurrence o"
	" CROSS JOIN finding f USING(finding_id) CROSS JOIN variant v USING(variant_id)"
	" LEFT JOIN run first ON first.run_id = (SELECT q.run_id FROM run q"
	"  CROSS JOIN occurrence b ON b.run_id = q.run_id AND b.finding_id = o.finding_id"
	"  WHERE q.series = :series AND q.kind = 'static' ORDER BY q.run_id LIMIT 1)"
	" LEFT JOIN current_review cr ON cr.finding_id = o.finding_id WHERE o.run_id = :run";

static bool add_finding(int count, const struct store_value *values, void *data)
{
	struct record *record = data;
	struct record_finding *finding = g_new0(struct record_finding, 1);

	finding->carried = values[1].integer != 0;
	finding->status = status_of(values[3].integer != 0, values[2].integer != 0);
	finding->first_seen = text(&values[4]);
	finding->first_commit = text_or_null(&values[5]);
	finding->root_id = values[6].integer;
	finding->review = g_intern_string(values[7].text);
	finding->verdict = "untested";
	g_hash_table_insert(record->findings, text(&values[0]), finding);
	return true;
}

/* The best last, so that it stays; evidence for another look of the finding is stale. */
static const char select_evidence[] =
	"SELECT f.fp, e.calls, e.p50_ns, e.p99_ns, e.max_ns, e.budget_ns, e.stack, t.workload,"
	" CASE WHEN e.variant_id = o.variant_id THEN b.verdict ELSE 'stale' END"
	" FROM evidence e CROSS JOIN occurrence o ON o.finding_id = e.finding_id"
	"  AND o.run_id = :run JOIN finding f ON f.finding_id = e.finding_id"
	" JOIN trace t USING(trace_id)"
	" JOIN best_evidence b ON b.finding_id = e.finding_id AND b.variant_id = e.variant_id"
	" ORDER BY e.variant_id = o.variant_id, e.verdict = 'confirmed', e.max_ns";

static bool add_evidence(int count, const struct store_value *values, void *data)
{
	struct record *record = data;
	struct record_finding *finding = g_hash_table_lookup(record->findings, values[0].text);

	if (!finding)
		return true;
	finding->calls = number(&values[1]);
	finding->p50_ns = number(&values[2]);
	finding->p99_ns = number(&values[3]);
	finding->max_ns = number(&values[4]);
	finding->budget_ns = number(&values[5]);
	g_free(finding->stack);
	finding->stack = text_or_null(&values[6]);
	g_free(finding->workload);
	finding->workload = text_or_null(&values[7]);
	finding->verdict = g_intern_string(values[8].text);
	return true;
}

/* ---- what else the run and its neighbours say -------------------------------------------- */

static const char select_units[] =
	"SELECT fl.path, ru.status, ru.problem, ru.errors FROM run_unit ru JOIN unit u"
	" USING(unit_id) JOIN file fl USING(file_id) WHERE ru.run_id = :run"
	" ORDER BY fl.path, u.command_hash";

static bool add_unit(int count, const struct store_value *values, void *data)
{
	struct record *record = data;
	struct record_unit *unit;

	if (g_strcmp0(values[1].text, "ok") == 0 || g_strcmp0(values[1].text, "cached") == 0) {
		g_ptr_array_add(record->units_ok, text(&values[0]));
		return true;
	}
	unit = g_new0(struct record_unit, 1);
	unit->file = text(&values[0]);
	unit->status = text(&values[1]);
	unit->problem = text_or_null(&values[2]);
	unit->errors = count_of(&values[3]);
	g_ptr_array_add(record->bad_units, unit);
	return true;
}

static const char select_runs[] =
	"SELECT r.run_id, r.started_at, r.vcs_commit,"
	" sum(s.finding_id IS NULL AND v.confidence = 'high'),"
	" sum(s.finding_id IS NULL AND v.confidence = 'medium'),"
	" sum(s.finding_id IS NULL AND v.confidence = 'low'), count(s.finding_id),"
	" sum(NOT EXISTS(SELECT 1 FROM occurrence b WHERE b.finding_id = o.finding_id"
	"  AND b.run_id = r.previous_id)) FROM (SELECT run_id, started_at, vcs_commit,"
	"  lag(run_id) OVER (ORDER BY seq) previous_id FROM run WHERE kind = 'static'"
	"  AND series = :series AND run_id <= :run ORDER BY seq DESC LIMIT " RECORD_RUNS_TEXT ") r"
	" LEFT JOIN occurrence o USING(run_id) LEFT JOIN variant v USING(variant_id)"
	" LEFT JOIN occurrence_suppression s ON s.run_id = o.run_id"
	"  AND s.finding_id = o.finding_id GROUP BY r.run_id ORDER BY r.run_id";

static bool add_past_run(int count, const struct store_value *values, void *data)
{
	struct record *record = data;
	struct record_run *run = g_new0(struct record_run, 1);

	run->run_id = values[0].integer;
	run->started_at = text(&values[1]);
	run->commit = text_or_null(&values[2]);
	run->high = count_of(&values[3]);
	run->medium = count_of(&values[4]);
	run->low = count_of(&values[5]);
	run->suppressed = count_of(&values[6]);
	run->added = count_of(&values[7]);
	g_ptr_array_add(record->runs, run);
	return true;
}

static const char select_holds[] =
	"SELECT t.function_id, f.name, t.context, t.calls, t.total_ns, t.p50_ns, t.p99_ns,"
	" t.max_ns, t.histogram FROM trace_function t JOIN function f USING(function_id)"
	" ORDER BY t.function_id, t.context";

/* "[0,3,…]"; what is missing is 0. */
static void add_histogram(struct record_hold *hold, const char *json)
{
	const char *rest = json ? json : "";

	hold->has_histogram |= json != NULL;
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM && (*rest == '[' || *rest == ','); i++) {
		char *end = NULL;

		hold->histogram[i] += g_ascii_strtoull(rest + 1, &end, 10);
		rest = end;
	}
}

/* The rows of one function on one kind of thread are neighbours. */
static bool add_hold(int count, const struct store_value *values, void *data)
{
	struct record *record = data;
	GPtrArray *holds = record->holds;
	struct record_hold *hold = holds->len ? g_ptr_array_index(holds, holds->len - 1) : NULL;

	if (!hold || hold->function_id != values[0].integer ||
	    g_strcmp0(hold->context, values[2].text) != 0) {
		hold = g_new0(struct record_hold, 1);
		hold->function_id = values[0].integer;
		hold->function = text(&values[1]);
		hold->context = text(&values[2]);
		g_ptr_array_add(holds, hold);
	}
	hold->calls += number(&values[3]);
	hold->total_ns += number(&values[4]);
	hold->p50_ns = MAX(hold->p50_ns, number(&values[5]));
	hold->p99_ns = MAX(hold->p99_ns, number(&values[6]));
	hold->max_ns = MAX(hold->max_ns, number(&values[7]));
	add_histogram(hold, values[8].text);
	return true;
}

static const char select_traces[] =
	"SELECT path FROM trace WHERE path IS NOT NULL AND run_id = (SELECT max(run_id) FROM run"
	" WHERE kind = 'dynamic') ORDER BY trace_id";

static bool add_trace(int count, const struct store_value *values, void *data)
{
	struct record *record = data;

	g_ptr_array_add(record->traces, text(&values[0]));
	return true;
}

/* ---- all of it --------------------------------------------------------------------------- */

static void finding_details_free(void *data)
{
	struct record_finding *finding = data;

	g_free(finding->first_seen);
	g_free(finding->first_commit);
	g_free(finding->stack);
	g_free(finding->workload);
	g_free(finding);
}

static void unit_free(void *data)
{
	struct record_unit *unit = data;

	g_free(unit->file);
	g_free(unit->status);
	g_free(unit->problem);
	g_free(unit);
}

static void run_free(void *data)
{
	struct record_run *run = data;

	g_free(run->started_at);
	g_free(run->commit);
	g_free(run);
}

static void hold_free(void *data)
{
	struct record_hold *hold = data;

	g_free(hold->function);
	g_free(hold->context);
	g_free(hold);
}

static struct record *record_new(void)
{
	struct record *record = g_new0(struct record, 1);

	record->findings =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finding_details_free);
	record->bad_units = g_ptr_array_new_with_free_func(unit_free);
	record->units_ok = g_ptr_array_new_with_free_func(g_free);
	record->runs = g_ptr_array_new_with_free_func(run_free);
	record->holds = g_ptr_array_new_with_free_func(hold_free);
	record->traces = g_ptr_array_new_with_free_func(g_free);
	return record;
}

void record_free(struct record *record)
{
	if (!record)
		return;
	g_free(record->series);
	g_free(record->started_at);
	g_free(record->finished_at);
	g_free(record->tool_version);
	g_free(record->root);
	g_free(record->commit);
	g_free(record->branch);
	g_free(record->label);
	g_hash_table_unref(record->findings);
	g_ptr_array_unref(record->bad_units);
	g_ptr_array_unref(record->units_ok);
	g_ptr_array_unref(record->runs);
	g_ptr_array_unref(record->holds);
	g_ptr_array_unref(record->traces);
	g_free(record);
}

static int compare_holds(const void *left, const void *right)
{
	const struct record_hold *a = *(struct record_hold *const *)left;
	const struct record_hold *b = *(struct record_hold *const *)right;

	if (a->max_ns != b->max_ns)
		return a->max_ns > b->max_ns ? -1 : 1;
	return a->function_id < b->function_id ? -1 : a->function_id > b->function_id;
}

/* A statement takes those parameters that it names. */
static bool read_part(struct store *store, struct record *record, const struct part *part,
		      const struct store_param *params, guint count, GError **error)
{
	const struct store_reader reader = {NULL, part->row, record};
	struct store_param used[3];
	guint used_count = 0;

	for (guint i = 0; i < count; i++) {
		g_autofree char *name = g_strconcat(":", params[i].name, NULL);

		if (strstr(part->sql, name))
			used[used_count++] = params[i];
	}
	return store_read(store, part->sql, used, used_count, &reader, error);
}

static bool read_run(struct store *store, struct record *record, gint64 run_id, GError **error)
{
	g_autofree char *wanted = g_strdup_printf("%" G_GINT64_FORMAT, run_id);
	const struct store_param param = {"run", wanted};
	const struct store_reader reader = {NULL, add_run, record};

	if (!store_read(store, select_run, &param, 1, &reader, error))
		return false;
	if (record->run_id != 0)
		return true;
	if (run_id != 0)
		g_set_error(error, STORE_ERROR, STORE_ERROR_SQL,
			    "the database has no run %s; contlint query trend lists them", wanted);
	else
		g_set_error_literal(error, STORE_ERROR, STORE_ERROR_SQL,
				    "the database has no run yet; contlint check makes one");
	return false;
}

struct record *record_load(struct store *store, gint64 run_id, GError **error)
{
	static const struct part parts[] = {
		{select_findings, add_finding}, {select_evidence, add_evidence},
		{select_units, add_unit},       {select_runs, add_past_run},
		{select_holds, add_hold},       {select_traces, add_trace},
	};
	g_autoptr(record_t) record = record_new();
	g_autofree char *run = NULL, *previous = NULL;

	if (!read_run(store, record, run_id, error))
		return NULL;
	run = g_strdup_printf("%" G_GINT64_FORMAT, record->run_id);
	previous = g_strdup_printf("%" G_GINT64_FORMAT, record->previous_run_id);
	{
		const struct store_param params[] = {
			{"run", run}, {"previous", previous}, {"series", record->series}};

		for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
			if (!read_part(store, record, &parts[i], params, G_N_ELEMENTS(params),
				       error))
				return NULL;
	}
	g_ptr_array_sort(record->holds, compare_holds);
	return g_steal_pointer(&record);
}

const struct record_finding *record_find(const struct record *record, const struct finding *finding)
{
	if (!record || !finding->fingerprint)
		return NULL;
	return g_hash_table_lookup(record->findings, finding->fingerprint);
}

const struct record_hold *record_hold_of(const struct record *record, gint64 function_id)
{
	for (guint i = 0; i < record->holds->len; i++) {
		const struct record_hold *hold = g_ptr_array_index(record->holds, i);

		if (hold->function_id == function_id && strcmp(hold->context, "io") == 0)
			return hold;
	}
	return NULL;
}
