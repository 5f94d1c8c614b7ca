/* From trace files to verdicts, and how they are shown. */
#include "cli/joining.h"

#include <string.h>

#include "cli/command.h"
#include "cli/configuring.h"
#include "reports/traces/evidence.h"
#include "reports/traces/trace.h"

enum {
	BUDGET_US = 1000,
	FINGERPRINT_DIGITS = 12,
	IDLE_ROWS_MOST = 20,
	AUDIT_ROWS_MOST = 40,
	INSIDE_MOST = 8
};

void joining_init(struct joining *joining)
{
	g_autoptr(GDateTime) time = g_date_time_new_now_utc();

	*joining = (struct joining){.budget_us = JOINING_NOT_SAID};
	joining->started_at = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

void joining_clear(struct joining *joining)
{
	database_options_clear(&joining->database);
	g_free(joining->workload);
	g_free(joining->started_at);
	store_close(joining->store);
}

int joining_open(struct joining *joining)
{
	if (joining->budget_us == JOINING_NOT_SAID &&
	    !configuring_budget(BUDGET_US, &joining->budget_us))
		return CLI_USAGE;
	if (joining->budget_us <= 0) {
		cli_error("--budget-us is a number of microseconds above 0");
		return CLI_USAGE;
	}
	joining->store = database_open_writing(&joining->database);
	return joining->store ? CLI_OK : CLI_DATABASE;
}

/* ---- telling ----------------------------------------------------------------------------- */

/* A number, which stands at the right of its column; nothing if there is nothing to tell. */
static struct store_value number(char *text, bool known)
{
	return (struct store_value){
		.type = known ? STORE_REAL : STORE_NULL,
		.text = known ? text : NULL,
		.size = known ? strlen(text) : 0,
	};
}

static struct store_value words(const char *text)
{
	return (struct store_value){.type = STORE_TEXT, .text = text, .size = strlen(text)};
}

static char *milliseconds(guint64 ns)
{
	return g_strdup_printf("%.3f", (double)ns / 1e6);
}

static void add_row(struct table *table, const struct evidence_row *row, const char *verdict,
		    guint64 budget_ns)
{
	g_autofree char *fingerprint =
		g_strndup(row->fingerprint + sizeof("v1:") - 1, FINGERPRINT_DIGITS);
	g_autofree char *path = g_strdup_printf("%s: %s", row->root, row->sink);
	g_autofree char *calls = g_strdup_printf("%" G_GUINT64_FORMAT, row->holds.calls);
	g_autofree char *p50 = milliseconds(row->holds.p50_ns);
	g_autofree char *p99 = milliseconds(row->holds.p99_ns);
	g_autofree char *most = milliseconds(row->holds.max_ns);
	g_autofree char *budget = milliseconds(budget_ns);
	bool ran = row->holds.calls > 0;
	const struct store_value values[] = {
		words(fingerprint), words(path),        words(row->place),
		words(verdict),     number(calls, ran), number(p50, ran),
		number(p99, ran),   number(most, ran),  number(budget, true),
	};

	table_add_row(table, values);
}

static guint count_rows(const struct evidence *evidence, enum evidence_verdict verdict)
{
	guint count = 0;

	for (guint i = 0; i < evidence->rows->len; i++) {
		const struct evidence_row *row = g_ptr_array_index(evidence->rows, i);

		count += row->verdict == verdict;
	}
	return count;
}

static void print_rows(const struct evidence *evidence, guint64 budget_ns, FILE *out)
{
	static const char *const columns[] = {
		"fp",     "continuation: sink", "at", "verdict", "calls", "p50 ms", "p99 ms",
		"max ms", "budget ms"};
	guint idle = count_rows(evidence, EVIDENCE_NOT_EXECUTED);
	bool hide_idle = idle > IDLE_ROWS_MOST;
	g_autoptr(table_t) table = table_new();
	g_autoptr(GString) text = g_string_new(NULL);

	if (evidence->rows->len + evidence->found->len == 0)
		return;
	table_set_columns(table, G_N_ELEMENTS(columns), columns);
	for (guint i = 0; i < evidence->rows->len; i++) {
		const struct evidence_row *row = g_ptr_array_index(evidence->rows, i);

		if (!hide_idle || row->verdict != EVIDENCE_NOT_EXECUTED)
			add_row(table, row, evidence_verdict_name(row->verdict), budget_ns);
	}
	for (guint i = 0; i < evidence->found->len; i++)
		add_row(table, g_ptr_array_index(evidence->found, i), STORE_DYNAMIC_RULE,
			budget_ns);
	table_format_find("box")->write(table, text);
	(void)fputs(text->str, out);
	if (hide_idle)
		(void)fprintf(stderr,
			      "contlint: not shown: %u findings whose continuation did not run; "
			      "contlint query evidence lists all\n",
			      idle);
}

/* What was measured of the findings that name this measurement. */
static void print_pumps(const struct evidence *evidence, FILE *out)
{
	for (guint i = 0; i < evidence->rows->len; i++) {
		const struct evidence_row *row = g_ptr_array_index(evidence->rows, i);
		g_autofree char *past = milliseconds(row->past_ns);

		if (row->is_pump && row->holds.calls > 0)
			(void)fprintf(
				out,
				"%s at %s: held_past_submit is %s ms at most; %" G_GUINT64_FORMAT
				" operations had ended meanwhile\n",
				row->root, row->place, past, row->overruns);
	}
}

/* The system calls of this run's continuations, as far as a terminal wants to see them. */
static int print_audit(struct store *store, const struct evidence *evidence, FILE *out)
{
	static const char sql[] =
		"SELECT f.name continuation, c.syscall \"system call\", c.descriptor \"on\", c.at,"
		" sum(c.calls) calls, round(sum(c.total_ns) / 1e6, 3) \"total ms\","
		" round(max(c.max_ns) / 1e6, 3) \"max ms\" FROM trace_call c"
		" JOIN trace USING(trace_id) JOIN function f USING(function_id) WHERE run_id = :run"
		" GROUP BY c.function_id, c.syscall, c.descriptor, c.at"
		" ORDER BY sum(c.total_ns) DESC, c.syscall LIMIT :most";
	g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, evidence->run_id);
	g_autofree char *most = g_strdup_printf("%d", AUDIT_ROWS_MOST);
	const struct store_param params[] = {{"run", run}, {"most", most}};
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = table_read(store, sql, params, G_N_ELEMENTS(params), &error);

	if (!table)
		return database_failed(error);
	if (table_row_count(table) > 0) {
		table_format_find("box")->write(table, text);
		(void)fputs(text->str, out);
	}
	(void)fprintf(stderr,
		      "contlint: %u kinds of system calls inside continuations; contlint query "
		      "audit lists them with their stacks\n",
		      evidence->system_calls);
	if (evidence->calls_refused > 0)
		cli_warning("%" G_GUINT64_FORMAT " system calls found no room in the trace",
			    evidence->calls_refused);
	return CLI_OK;
}

/* What makes the verdicts weaker than they could be. */
static void warn(const struct evidence *evidence)
{
	guint stale = count_rows(evidence, EVIDENCE_STALE);

	for (guint i = 0; i < evidence->unread->len; i++)
		cli_warning("%s", (const char *)g_ptr_array_index(evidence->unread, i));
	if (evidence->unread->len > 0)
		cli_warning("%u traces could not be read: the others can confirm findings, but not "
			    "weaken them",
			    evidence->unread->len);
	if (stale > 0)
		cli_warning("the sources of %u findings have changed since contlint check: "
			    "check again, then run",
			    stale);
	if (evidence->dropped > 0)
		cli_warning("the trace lacks %" G_GUINT64_FORMAT " threads or calls: it can "
			    "confirm findings, but not weaken them",
			    evidence->dropped);
	if (evidence->unwatched > 0)
		cli_warning("blocking that is not declared could not be seen on %" G_GUINT64_FORMAT
			    " threads: their pool has no monitor, or /proc cannot be read; a "
			    "sink where they blocked is not confirmed",
			    evidence->unwatched);
	if (evidence->half_watched > 0)
		cli_warning("%" G_GUINT64_FORMAT " threads could be seen to sleep, but not where: "
			    "their process may not be dumped (PR_SET_DUMPABLE); a sink where they "
			    "blocked is not confirmed",
			    evidence->half_watched);
	if (evidence->rebuilt > 0)
		cli_warning("%u files of the program are of another build than the one that ran: "
			    "their functions have no names",
			    evidence->rebuilt);
	if (evidence->unnamed > 0)
		cli_warning("%u continuations could not be named: what looks not executed may "
			    "have run",
			    evidence->unnamed);
}

/* Where to look first after a crash or a hang. */
static void print_inside(const struct evidence *evidence, FILE *out)
{
	guint shown = MIN(evidence->inside->len, INSIDE_MOST);

	for (guint i = 0; i < shown; i++)
		(void)fprintf(out, "contlint: when its trace broke off a thread was in %s\n",
			      (const char *)g_ptr_array_index(evidence->inside, i));
	if (evidence->inside->len > shown)
		(void)fprintf(out, "contlint: %u more threads were in a continuation\n",
			      evidence->inside->len - shown);
}

static void print_summary(const struct evidence *evidence, FILE *out)
{
	if (evidence->stalled > 0)
		(void)fprintf(out,
			      "contlint: continuations that held an I/O thread for 25 ms: %u, for "
			      "100 ms: %u, for 1 s: %u; contlint query holds lists them\n",
			      evidence->stalled, evidence->severe, evidence->hung);
	(void)fprintf(out,
		      "contlint: %u of %u findings confirmed, %u that no rule reports; %u of %u "
		      "continuations executed (%.0f %%)\n",
		      count_rows(evidence, EVIDENCE_CONFIRMED), evidence->rows->len,
		      evidence->found->len, evidence->executed, evidence->known,
		      evidence->known ? 100.0 * evidence->executed / evidence->known : 0.0);
}

int joining_conclude(struct joining *joining, const GPtrArray *traces, FILE *out)
{
	const struct evidence_options options = {
		.budget_ns = (guint64)joining->budget_us * 1000,
		.workload = joining->workload,
		.keep_paths = joining->keep_paths,
		.started_at = joining->started_at,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(evidence_t) evidence = evidence_join(joining->store, traces, &options, &error);

	if (!evidence) {
		cli_error("%s", error->message);
		return error->domain == TRACE_ERROR ? CLI_USAGE : CLI_DATABASE;
	}
	print_rows(evidence, options.budget_ns, out);
	print_pumps(evidence, out);
	warn(evidence);
	if (joining->audit && !evidence->audited)
		cli_warning(
			"no system calls were seen: the kernel has no syscall user dispatch, or "
			"the program handles SIGSYS itself");
	if (evidence->audited && print_audit(joining->store, evidence, out) != CLI_OK)
		return CLI_DATABASE;
	print_inside(evidence, stderr);
	print_summary(evidence, stderr);
	return evidence->unread->len > 0 ? CLI_INCOMPLETE : CLI_OK;
}
