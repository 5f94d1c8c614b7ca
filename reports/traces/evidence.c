/* Joins traces with findings: judges each finding by each trace, collects what no finding explains,
 * and stores all of it. */
#include "reports/traces/evidence.h"

#include <string.h>

#include "reports/traces/audited.h"
#include "reports/traces/held.h"
#include "reports/traces/observed.h"
#include "reports/traces/unsaid.h"
#include "reports/traces/verdict.h"

/* By enum evidence_verdict; the words of the database. */
static const char *const verdict_names[] = {
	"confirmed",        "unclear",      "fast",  "within-budget",
	"sink-not-reached", "not-executed", "stale",
};

const char *evidence_verdict_name(enum evidence_verdict verdict)
{
	return verdict_names[verdict];
}

/* What users of other runtimes know: Seastar's stall, HAProxy's and asyncio's warning, HAProxy's
 * panic. */
enum { STALL_NS = 25000000, SEVERE_NS = 100000000, HANG_NS = 1000000000 };

struct join {
	const struct known *known;
	const struct evidence_options *options;
	struct evidence *evidence;
	GPtrArray *observed; /* struct observed *, one a trace */
	GPtrArray *findings; /* struct finding *: what only the run saw */
	GArray *traces;      /* struct store_trace; its arrays are in `arrays` */
	GPtrArray *arrays;   /* GArray * */
	GPtrArray *texts;    /* stacks and names that rows borrow */
	GPtrArray *audits;   /* GPtrArray * of struct audited_call, one a trace */
};

/* ---- rows for the user ------------------------------------------------------------------- */

static void row_free(void *data)
{
	struct evidence_row *row = data;

	g_free(row->fingerprint);
	g_free(row->rule);
	g_free(row->root);
	g_free(row->sink);
	g_free(row->place);
	g_free(row);
}

static struct evidence_row *row_new(const struct known_finding *finding)
{
	struct evidence_row *row = g_new0(struct evidence_row, 1);

	row->finding_id = finding->id;
	row->fingerprint = g_strdup(finding->fingerprint);
	row->rule = g_strdup(finding->rule);
	row->root = g_strdup(finding->root);
	row->sink = g_strdup(finding->sink);
	row->place = g_strdup_printf("%s:%u", finding->file, finding->line);
	row->verdict = finding->stale ? EVIDENCE_STALE : EVIDENCE_NOT_EXECUTED;
	return row;
}

/* Less is stronger. What a trace lacks is no more than what another one says. */
static int rank(enum evidence_verdict verdict, bool over)
{
	if (verdict == EVIDENCE_UNCLEAR && !over)
		return EVIDENCE_STALE;
	return (int)verdict;
}

static void add_judgement(struct evidence_row *row, const struct judgement *judgement, bool first)
{
	if (first || rank(judgement->verdict, judgement->over) < rank(row->verdict, row->over)) {
		row->verdict = judgement->verdict;
		row->over = judgement->over;
	}
	verdict_add_holds(&row->holds, &judgement->holds);
	row->is_pump = judgement->is_pump;
	row->past_ns = MAX(row->past_ns, judgement->past_ns);
	row->overruns += judgement->overruns;
}

static int compare_rows(const void *left, const void *right)
{
	const struct evidence_row *a = *(struct evidence_row *const *)left;
	const struct evidence_row *b = *(struct evidence_row *const *)right;

	if (a->verdict != b->verdict)
		return (int)a->verdict - (int)b->verdict;
	if (a->holds.max_ns != b->holds.max_ns)
		return a->holds.max_ns > b->holds.max_ns ? -1 : 1;
	return strcmp(a->fingerprint, b->fingerprint);
}

/* ---- rows for the database --------------------------------------------------------------- */

static const char *keep(struct join *join, char *text)
{
	if (text)
		g_ptr_array_add(join->texts, text);
	return text;
}

static GArray *new_array(struct join *join, gsize size)
{
	GArray *array = g_array_new(FALSE, TRUE, (guint)size);

	g_ptr_array_add(join->arrays, array);
	return array;
}

static void add_evidence(struct join *join, GArray *rows, const struct known_finding *finding,
			 const struct judgement *judgement)
{
	const struct store_evidence evidence = {
		.finding_id = finding->id,
		.variant_id = finding->variant_id,
		.verdict = verdict_names[judgement->verdict],
		.holds = judgement->holds,
		.budget_ns = join->options->budget_ns,
		.stack = judgement->seen ? keep(join, observed_stack_text(judgement->seen)) : NULL,
	};

	g_array_append_val(rows, evidence);
}

static void judge_findings(struct join *join, const struct observed *observed, GArray *rows,
			   bool first)
{
	for (guint i = 0; i < join->known->findings->len; i++) {
		const struct known_finding *finding =
			&g_array_index(join->known->findings, struct known_finding, i);
		struct evidence_row *row = g_ptr_array_index(join->evidence->rows, i);
		struct judgement judgement;

		/* Also of stale ones: what they explain is no news. */
		judgement = verdict_judge(join->known, observed, finding, join->options->budget_ns);
		if (finding->stale)
			continue;
		add_judgement(row, &judgement, first);
		add_evidence(join, rows, finding, &judgement);
	}
}

/* ---- what only the run saw --------------------------------------------------------------- */

/* A continuation with findings that was seen without a stack, or with one that does not come down
 * to it, may have been in one of them. */
static bool may_be_said(const struct join *join, const struct observed_sight *sight)
{
	if (sight->explained)
		return true;
	for (guint i = 0; i < join->known->findings->len; i++) {
		const struct known_finding *finding =
			&g_array_index(join->known->findings, struct known_finding, i);
		bool same = sight->root->function && sight->root->function->id == finding->root_id;

		if (same && (!sight->whole || finding->stale))
			return true;
	}
	return false;
}

/* Says `other`, seen in the same call, at least as much? A thread that has just been woken looks as
 * if it computed in the function that it slept in. */
static bool says_more(const struct observed_sight *other, const struct observed_sight *sight)
{
	if (other->explained || (sight->frames->len == 0 && other->frames->len > 0))
		return true;
	return sight->sight->syscall == -2 && other->sight->syscall != -2 &&
	       unsaid_function(sight) && unsaid_function(sight) == unsaid_function(other);
}

static bool is_explained_elsewhere(const struct observed *observed,
				   const struct observed_sight *sight)
{
	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *other = g_ptr_array_index(observed->sights, i);

		if (other->sight->tid == sight->sight->tid &&
		    other->sight->sequence == sight->sight->sequence && says_more(other, sight))
			return true;
	}
	return false;
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return g_strcmp0(a->root_usr, b->root_usr) == 0 &&
	       g_strcmp0(a->function_usr, b->function_usr) == 0 &&
	       g_strcmp0(a->sink_name, b->sink_name) == 0 && a->place.line == b->place.line &&
	       g_strcmp0(a->place.file, b->place.file) == 0;
}

/* Takes `finding`, or frees it if there is one like it already. Gives the one that stays. */
static const struct finding *add_finding(struct join *join, struct finding *finding)
{
	for (guint i = 0; i < join->findings->len; i++) {
		const struct finding *other = g_ptr_array_index(join->findings, i);

		if (same_finding(other, finding)) {
			finding_free(finding);
			return other;
		}
	}
	g_ptr_array_add(join->findings, finding);
	return finding;
}

/* A finding that a trace makes, with the sight that tells most. */
struct unsaid {
	const struct finding *finding;
	const struct observed_sight *sight;
	guint trace;
};

/* One of each place that held the thread and that nothing explains. */
static GPtrArray *list_unsaid(const struct join *join, const struct observed *observed)
{
	GPtrArray *places = g_ptr_array_new();

	for (guint i = 0; i < observed->sights->len; i++) {
		struct observed_sight *sight = g_ptr_array_index(observed->sights, i);
		bool known = false;

		if (sight->sight->hold_ns <= join->options->budget_ns || may_be_said(join, sight) ||
		    is_explained_elsewhere(observed, sight))
			continue;
		for (guint j = 0; j < places->len && !known; j++)
			known = unsaid_same_place(sight, g_ptr_array_index(places, j));
		if (!known)
			g_ptr_array_add(places, sight);
	}
	return places;
}

static void collect_unsaid(struct join *join, guint trace, GArray *all)
{
	const struct observed *observed = g_ptr_array_index(join->observed, trace);
	g_autoptr(GPtrArray) places = list_unsaid(join, observed);

	for (guint i = 0; i < places->len; i++) {
		struct held held =
			held_longest(observed, unsaid_same_place, g_ptr_array_index(places, i));
		struct finding *finding =
			held.ns > join->options->budget_ns ? unsaid_finding(held.seen) : NULL;
		struct unsaid unsaid = {.sight = held.seen, .trace = trace};

		if (!finding)
			continue;
		unsaid.finding = add_finding(join, finding);
		g_array_append_val(all, unsaid);
	}
}

static void add_unsaid_row(struct join *join, const struct unsaid *unsaid,
			   const struct store_holds *holds)
{
	const struct finding *finding = unsaid->finding;
	struct evidence_row *row;

	for (guint i = 0; i < join->evidence->found->len; i++) {
		row = g_ptr_array_index(join->evidence->found, i);
		if (strcmp(row->fingerprint, finding->fingerprint) == 0) {
			verdict_add_holds(&row->holds, holds);
			return;
		}
	}
	row = g_new0(struct evidence_row, 1);
	row->fingerprint = g_strdup(finding->fingerprint);
	row->rule = g_strdup(finding->rule);
	row->root = g_strdup(finding->root_name);
	row->sink = g_strdup(finding->sink_name);
	row->place = g_strdup_printf("%s:%u", finding->place.file, finding->place.line);
	row->verdict = EVIDENCE_CONFIRMED;
	row->over = true;
	row->holds = *holds;
	g_ptr_array_add(join->evidence->found, row);
}

static void add_unsaid(struct join *join)
{
	g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(struct unsaid));

	for (guint i = 0; i < join->observed->len; i++)
		collect_unsaid(join, i, all);
	findings_seal(join->findings);
	for (guint i = 0; i < all->len; i++) {
		const struct unsaid *unsaid = &g_array_index(all, struct unsaid, i);
		const struct store_trace *trace =
			&g_array_index(join->traces, struct store_trace, unsaid->trace);
		const struct store_evidence evidence = {
			.fingerprint = unsaid->finding->fingerprint,
			.verdict = verdict_names[EVIDENCE_CONFIRMED],
			.holds = observed_holds(unsaid->sight->root->site),
			.budget_ns = join->options->budget_ns,
			.stack = keep(join, observed_stack_text(unsaid->sight)),
		};

		g_array_append_val((GArray *)trace->evidence, evidence);
		add_unsaid_row(join, unsaid, &evidence.holds);
	}
}

/* ---- traces ------------------------------------------------------------------------------ */

static GArray *list_functions(struct join *join, const struct observed *observed)
{
	GArray *rows = new_array(join, sizeof(struct store_trace_function));

	for (guint i = 0; i < observed->functions->len; i++) {
		const struct observed_function *from =
			&g_array_index(observed->functions, struct observed_function, i);
		const struct store_trace_function row = {
			.function_id = from->function ? from->function->id : 0,
			.context = from->site->kind == CONTLINT_TRACE_WORKER ? "worker" : "io",
			.name = from->symbol.name,
			.file = from->symbol.file,
			.holds = observed_holds(from->site),
			.histogram = from->site->histogram,
			.waited_ns = from->site->waited_ns,
			.blamed_packets = from->site->blamed_packets,
			.blamed_ns = from->site->blamed_ns,
			.growths = from->site->growths,
			.overruns = from->site->overruns,
			.max_held_ns = from->site->max_held_ns,
			.noted = from->site->noted,
			.heavy = from->site->heavy,
			.blocked = from->site->blocked,
			.stalled = from->site->stalled,
		};

		g_array_append_val(rows, row);
	}
	return rows;
}

/* The calls that an audit saw, for the user and for the database. */
static GArray *list_calls(struct join *join, const struct observed *observed)
{
	GArray *rows = new_array(join, sizeof(struct store_call));
	GPtrArray *calls = audited_calls(observed);

	for (guint i = 0; i < calls->len; i++) {
		const struct audited_call *from = g_ptr_array_index(calls, i);
		const struct store_call row = {
			.function_id = from->root->function ? from->root->function->id : 0,
			.name = from->root->symbol.name,
			.file = from->root->symbol.file,
			.syscall = from->syscall,
			.descriptor = from->descriptor,
			.at = from->at,
			.stack = from->stack,
			.calls = from->calls,
			.total_ns = from->total_ns,
			.max_ns = from->max_ns,
		};

		g_array_append_val(rows, row);
	}
	g_ptr_array_add(join->audits, calls);
	return rows;
}

static char *build_id_text(const struct trace *trace)
{
	const struct contlint_trace_module *module;
	GString *text;

	if (trace->modules->len == 0)
		return NULL;
	module = &g_array_index(trace->modules, struct contlint_trace_module, 0);
	text = g_string_new(NULL);
	for (guint i = 0; i < module->build_id_size; i++)
		g_string_append_printf(text, "%02x", module->build_id[i]);
	return g_string_free(text, text->len == 0);
}

/* Who was in a continuation when a trace ended that nobody ended: there the program died. */
static void tell_inside(const struct join *join, const struct observed *observed)
{
	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *sight = g_ptr_array_index(observed->sights, i);
		const struct observed_frame frame = {.symbol = sight->root->symbol,
						     .function = sight->root->function};
		const char *file = observed_file(&frame);

		if (sight->sight->unfinished && frame.symbol.name)
			g_ptr_array_add(join->evidence->inside,
					g_strdup_printf("%s()%s%s%s", frame.symbol.name,
							file ? " (" : "", file ? file : "",
							file ? ")" : ""));
	}
}

static void add_trace(struct join *join, const struct observed *observed, bool first)
{
	const struct trace *trace = observed->trace;
	struct store_trace row = {
		.build_id = keep(join, build_id_text(trace)),
		.workload = join->options->workload,
		.path = join->options->keep_paths ? trace->path : NULL,
		.duration_ns = trace->duration_ns,
		.dropped = MIN(trace->dropped, G_MAXINT64),
		.overwritten = MIN(trace->overwritten, G_MAXINT64),
		.functions = list_functions(join, observed),
	};
	GArray *evidence = new_array(join, sizeof(struct store_evidence));

	row.calls = list_calls(join, observed);
	row.evidence = evidence;
	judge_findings(join, observed, evidence, first);
	tell_inside(join, observed);
	join->evidence->dropped += trace->dropped;
	join->evidence->audited |= trace->audited;
	join->evidence->unwatched += trace->header.threads_unwatched;
	join->evidence->half_watched += trace->header.threads_half_watched;
	join->evidence->calls_refused += trace->calls_refused;
	join->evidence->system_calls += row.calls->len;
	join->evidence->overwritten += trace->overwritten;
	join->evidence->rebuilt += symbols_rebuilt(observed->symbols);
	join->evidence->unnamed += observed->unnamed;
	g_array_append_val(join->traces, row);
}

static guint count_executed(const struct join *join)
{
	g_autoptr(GHashTable) executed = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < join->observed->len; i++) {
		const struct observed *observed = g_ptr_array_index(join->observed, i);

		for (guint j = 0; j < observed->functions->len; j++) {
			const struct observed_function *from =
				&g_array_index(observed->functions, struct observed_function, j);

			if (from->function && from->function->continuation &&
			    from->site->kind == CONTLINT_TRACE_IO)
				(void)g_hash_table_add(executed, (gpointer)from->function);
		}
	}
	return g_hash_table_size(executed);
}

/* Continuations of I/O threads that held one for `ns` and longer, over all traces. */
static guint count_held(const struct join *join, guint64 ns)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < join->observed->len; i++) {
		const struct observed *observed = g_ptr_array_index(join->observed, i);

		for (guint j = 0; j < observed->functions->len; j++) {
			const struct observed_function *from =
				&g_array_index(observed->functions, struct observed_function, j);

			if (from->site->kind == CONTLINT_TRACE_IO && from->symbol.name &&
			    from->site->own_max_ns >= ns)
				(void)g_hash_table_add(names, (gpointer)from->symbol.name);
		}
	}
	return g_hash_table_size(names);
}

/* One of many processes that died while it made its trace does not take away the others'. */
static bool read_traces(struct join *join, const GPtrArray *paths, GError **error)
{
	GPtrArray *unread = join->evidence->unread;

	for (guint i = 0; i < paths->len; i++) {
		g_autoptr(GError) own = NULL;
		struct observed *observed = observed_read(g_ptr_array_index(paths, i), join->known,
							  join->options->debug_folder, &own);

		if (observed) {
			g_ptr_array_add(join->observed, observed);
			continue;
		}
		g_ptr_array_add(unread, g_strdup(own->message));
		if (unread->len == paths->len) {
			g_propagate_error(error, g_steal_pointer(&own));
			return false;
		}
	}
	for (guint i = 0; i < join->observed->len; i++)
		((struct observed *)g_ptr_array_index(join->observed, i))->others_unread =
			unread->len > 0;
	return true;
}

static void compare(struct join *join)
{
	for (guint i = 0; i < join->known->findings->len; i++)
		g_ptr_array_add(
			join->evidence->rows,
			row_new(&g_array_index(join->known->findings, struct known_finding, i)));
	for (guint i = 0; i < join->observed->len; i++)
		add_trace(join, g_ptr_array_index(join->observed, i), i == 0);
	add_unsaid(join);
	g_ptr_array_sort(join->evidence->rows, compare_rows);
	g_ptr_array_sort(join->evidence->found, compare_rows);
	join->evidence->known = join->known->continuations;
	join->evidence->executed = count_executed(join);
	join->evidence->stalled = count_held(join, STALL_NS);
	join->evidence->severe = count_held(join, SEVERE_NS);
	join->evidence->hung = count_held(join, HANG_NS);
}

static bool store(struct join *join, struct store *database, GError **error)
{
	const struct store_dynamic_run run = {
		.series = join->known->series,
		.started_at = join->options->started_at,
		.root = join->known->root,
		.static_run_id = join->known->run_id,
		.known = join->evidence->known,
		.executed = join->evidence->executed,
		.traces = join->traces,
		.findings = join->findings,
	};

	return store_add_dynamic_run(database, &run, &join->evidence->run_id, error);
}

static void free_observed(void *observed)
{
	observed_free(observed);
}

static void free_finding(void *finding)
{
	finding_free(finding);
}

static void free_array(void *array)
{
	g_array_unref(array);
}

static void join_init(struct join *join, const struct known *known,
		      const struct evidence_options *options, struct evidence *evidence)
{
	*join = (struct join){.known = known, .options = options, .evidence = evidence};
	evidence->rows = g_ptr_array_new_with_free_func(row_free);
	evidence->found = g_ptr_array_new_with_free_func(row_free);
	evidence->inside = g_ptr_array_new_with_free_func(g_free);
	evidence->unread = g_ptr_array_new_with_free_func(g_free);
	join->observed = g_ptr_array_new_with_free_func(free_observed);
	join->findings = g_ptr_array_new_with_free_func(free_finding);
	join->traces = g_array_new(FALSE, TRUE, sizeof(struct store_trace));
	join->arrays = g_ptr_array_new_with_free_func(free_array);
	join->texts = g_ptr_array_new_with_free_func(g_free);
	join->audits = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
}

static void join_clear(struct join *join)
{
	g_ptr_array_unref(join->audits);
	g_ptr_array_unref(join->observed);
	g_ptr_array_unref(join->findings);
	g_array_unref(join->traces);
	g_ptr_array_unref(join->arrays);
	g_ptr_array_unref(join->texts);
}

struct evidence *evidence_join(struct store *database, const GPtrArray *paths,
			       const struct evidence_options *options, GError **error)
{
	g_autoptr(known_t) known = known_read(database, error);
	g_autoptr(evidence_t) evidence = NULL;
	struct join join;
	bool ok;

	if (!known)
		return NULL;
	evidence = g_new0(struct evidence, 1);
	join_init(&join, known, options, evidence);
	ok = read_traces(&join, paths, error);
	if (ok) {
		compare(&join);
		ok = store(&join, database, error);
	}
	join_clear(&join);
	return ok ? g_steal_pointer(&evidence) : NULL;
}

void evidence_free(struct evidence *evidence)
{
	if (!evidence)
		return;
	g_ptr_array_unref(evidence->rows);
	g_ptr_array_unref(evidence->found);
	g_ptr_array_unref(evidence->inside);
	g_ptr_array_unref(evidence->unread);
	g_free(evidence);
}
