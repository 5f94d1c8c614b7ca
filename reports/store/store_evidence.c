/* Writes an instrumented run. Its findings are stored like those of a static run, with occurrences
 * in this one, so that everything that shows findings shows them too. */
#include "reports/store/store_evidence.h"

#include "reports/store/store_writer.h"
#include "runtime/trace_format.h"

static bool write_run(struct writer *writer, const struct store_dynamic_run *run, GError **error)
{
	const char *series = run->series ? run->series : "default";
	gint64 seq;

	if (!writer_find(writer, &seq, error,
			 "SELECT max(seq) FROM run WHERE series = ? AND kind = 'dynamic'", "s",
			 series) ||
	    !writer_run(writer, error,
			"INSERT INTO run(uuid, kind, series, seq, scope, status, started_at,"
			" finished_at, tool_version, root, props)"
			" VALUES(lower(hex(randomblob(16))), 'dynamic', ?, ?, 'partial', 'ok', ?,"
			" strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?, ?,"
			" json_object('static_run', ?, 'continuations_known', ?,"
			" 'continuations_executed', ?))",
			"sisssiuu", series, seq + 1, run->started_at, CONTLINT_VERSION, run->root,
			run->static_run_id, run->known, run->executed))
		return false;
	writer->run_id = writer_last_id(writer);
	return true;
}

static bool write_rule(struct writer *writer, GError **error)
{
	return writer_run(
		writer, error,
		"INSERT OR IGNORE INTO rule(rule_id, family, level, precision, summary, why,"
		" instead, misses) VALUES(?, 'blocks', 'note', 'very-high',"
		" 'a run saw what no rule said',"
		" 'The continuation held its I/O thread for longer than the budget.',"
		" 'Move what takes long to a worker, or wait for it asynchronously.',"
		" 'What the run did not execute.')",
		"s", STORE_DYNAMIC_RULE);
}

/* A JSON array; NULL for none. Caller frees. */
static char *histogram_text(const guint64 *histogram)
{
	g_autoptr(GString) text = g_string_new("[");

	if (!histogram)
		return NULL;
	for (guint i = 0; i < CONTLINT_TRACE_HISTOGRAM; i++)
		g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "",
				       histogram[i]);
	g_string_append_c(text, ']');
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool write_function(struct writer *writer, gint64 trace_id,
			   const struct store_trace_function *function, GError **error)
{
	const struct store_holds *holds = &function->holds;
	g_autofree char *histogram = histogram_text(function->histogram);
	gint64 id = function->function_id;

	if (id == 0 && !writer_function(writer, NULL, function->name, function->file, &id, error))
		return false;
	if (id == 0)
		return true;
	return writer_run(writer, error,
			  "INSERT INTO trace_function(trace_id, function_id, context, calls,"
			  " total_ns, p50_ns, p99_ns, max_ns, histogram, waited_ns, blamed_packets,"
			  " blamed_ns, growths, overruns, max_held_ns, noted, heavy, blocked,"
			  " stalled)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
			  " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,"
			  " total_ns = total_ns + excluded.total_ns,"
			  " p50_ns = max(p50_ns, excluded.p50_ns),"
			  " p99_ns = max(p99_ns, excluded.p99_ns),"
			  " max_ns = max(max_ns, excluded.max_ns),"
			  " histogram = (SELECT json_group_array(a.value + b.value)"
			  "  FROM json_each(histogram) a"
			  "  JOIN json_each(excluded.histogram) b USING(key)),"
			  " waited_ns = waited_ns + excluded.waited_ns,"
			  " blamed_packets = blamed_packets + excluded.blamed_packets,"
			  " blamed_ns = blamed_ns + excluded.blamed_ns,"
			  " growths = growths + excluded.growths,"
			  " overruns = overruns + excluded.overruns,"
			  " max_held_ns = max(max_held_ns, excluded.max_held_ns),"
			  " noted = noted + excluded.noted, heavy = heavy + excluded.heavy,"
			  " blocked = blocked + excluded.blocked,"
			  " stalled = stalled + excluded.stalled",
			  "iisiiiiisiiiiiiiiii", trace_id, id, function->context,
			  (gint64)holds->calls, (gint64)holds->total_ns, (gint64)holds->p50_ns,
			  (gint64)holds->p99_ns, (gint64)holds->max_ns, histogram,
			  (gint64)function->waited_ns, (gint64)function->blamed_packets,
			  (gint64)function->blamed_ns, (gint64)function->growths,
			  (gint64)function->overruns, (gint64)function->max_held_ns,
			  (gint64)function->noted, (gint64)function->heavy,
			  (gint64)function->blocked, (gint64)function->stalled);
}

static bool write_call(struct writer *writer, gint64 trace_id, const struct store_call *call,
		       GError **error)
{
	gint64 id = call->function_id;

	if (id == 0 && !writer_function(writer, NULL, call->name, call->file, &id, error))
		return false;
	if (id == 0)
		return true;
	return writer_run(writer, error,
			  "INSERT INTO trace_call(trace_id, function_id, syscall, descriptor, at,"
			  " calls, total_ns, max_ns, stack) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "iisssiiis", trace_id, id, call->syscall, call->descriptor, call->at,
			  (gint64)call->calls, (gint64)call->total_ns, (gint64)call->max_ns,
			  call->stack);
}

static bool find_ids(struct writer *writer, const struct store_evidence *evidence,
		     gint64 *ret_finding, gint64 *ret_variant, GError **error)
{
	*ret_finding = evidence->finding_id;
	*ret_variant = evidence->variant_id;
	if (*ret_finding != 0)
		return true;
	return writer_find(writer, ret_finding, error,
			   "SELECT finding_id FROM finding WHERE fp = ?", "s",
			   evidence->fingerprint) &&
	       writer_find(writer, ret_variant, error,
			   "SELECT variant_id FROM occurrence WHERE finding_id = ? AND run_id = ?",
			   "ii", *ret_finding, writer->run_id);
}

static bool write_evidence(struct writer *writer, gint64 trace_id,
			   const struct store_evidence *evidence, GError **error)
{
	const struct store_holds *holds = &evidence->holds;
	gint64 finding_id, variant_id;

	if (!find_ids(writer, evidence, &finding_id, &variant_id, error))
		return false;
	return writer_run(writer, error,
			  "INSERT INTO evidence(finding_id, trace_id, variant_id, verdict, calls,"
			  " total_ns, p50_ns, p99_ns, max_ns, budget_ns, stack)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "iiisiiiiiis", finding_id, trace_id, variant_id, evidence->verdict,
			  (gint64)holds->calls, (gint64)holds->total_ns, (gint64)holds->p50_ns,
			  (gint64)holds->p99_ns, (gint64)holds->max_ns, (gint64)evidence->budget_ns,
			  evidence->stack);
}

static bool write_trace(struct writer *writer, const struct store_trace *trace, GError **error)
{
	gint64 id;

	if (!writer_run(writer, error,
			"INSERT INTO trace(run_id, build_id, workload, clock, duration_ns, dropped,"
			" overwritten, path) VALUES(?, ?, ?, 'monotonic', ?, ?, ?, ?)",
			"issiiis", writer->run_id, trace->build_id, trace->workload,
			(gint64)trace->duration_ns, (gint64)trace->dropped,
			(gint64)trace->overwritten, trace->path))
		return false;
	id = writer_last_id(writer);
	for (guint i = 0; i < trace->functions->len; i++)
		if (!write_function(
			    writer, id,
			    &g_array_index(trace->functions, struct store_trace_function, i),
			    error))
			return false;
	for (guint i = 0; i < trace->calls->len; i++)
		if (!write_call(writer, id, &g_array_index(trace->calls, struct store_call, i),
				error))
			return false;
	for (guint i = 0; i < trace->evidence->len; i++)
		if (!write_evidence(writer, id,
				    &g_array_index(trace->evidence, struct store_evidence, i),
				    error))
			return false;
	return true;
}

static bool write_traces(struct writer *writer, const GArray *traces, GError **error)
{
	for (guint i = 0; i < traces->len; i++)
		if (!write_trace(writer, &g_array_index(traces, struct store_trace, i), error))
			return false;
	return true;
}

bool store_add_dynamic_run(struct store *store, const struct store_dynamic_run *run,
			   gint64 *ret_run_id, GError **error)
{
	static const struct program no_program;
	const struct store_run shape = {.program = &no_program, .findings = run->findings};
	struct writer writer;
	bool ok;

	if (!store_exec(store, "BEGIN IMMEDIATE", error))
		return false;
	writer_init(&writer, store, &shape);
	ok = write_run(&writer, run, error) && write_rule(&writer, error) &&
	     store_write_findings(&writer, error) && write_traces(&writer, run->traces, error);
	writer_clear(&writer);
	ok = ok && store_exec(store, "COMMIT", error);
	if (!ok)
		(void)store_exec(store, "ROLLBACK", NULL);
	else
		*ret_run_id = writer.run_id;
	return ok;
}
