/* Verdicts: everything here is about not saying more than was seen. */
#include "reports/traces/verdict.h"

#include <string.h>

#include "reports/traces/held.h"
#include "reports/traces/syscalls.h"

/* ---- seeing a sink ----------------------------------------------------------------------- */

static bool is_only_one(const struct known *known, const struct known_finding *finding)
{
	guint count = 0;

	for (guint i = 0; i < known->findings->len; i++) {
		const struct known_finding *other =
			&g_array_index(known->findings, struct known_finding, i);

		count += other->root_id == finding->root_id &&
			 strcmp(other->sink, finding->sink) == 0;
	}
	return count == 1;
}

static bool is_at_line(const struct observed_frame *frame, const struct known_finding *finding)
{
	return frame->function && frame->function->id == finding->function_id &&
	       frame->symbol.at_line >= finding->line &&
	       frame->symbol.at_line <= MAX(finding->line, finding->end_line);
}

/* Frame `i` is the sink by its name, called by a function of the project without a line that could
 * contradict, or the stack was cut there. What another library's function called, as fread() calls
 * read(), is not it. */
static bool is_by_name(const struct observed_sight *sight, guint i,
		       const struct known_finding *finding)
{
	const struct observed_frame *frames = (const void *)sight->frames->data;
	guint count = sight->frames->len;

	if (strcmp(observed_plain_name(frames[i].symbol.name), finding->sink) != 0)
		return false;
	while (i < count && strcmp(observed_plain_name(frames[i].symbol.name), finding->sink) == 0)
		i++;
	return i == count || (frames[i].function && frames[i].symbol.at_line == 0);
}

static bool is_in_sink(const struct known *known, const struct observed_sight *sight,
		       const struct known_finding *finding)
{
	bool same_root = sight->root->function && sight->root->function->id == finding->root_id;

	if (!same_root && finding->other_roots == 0)
		return false;
	for (guint i = 0; i < sight->frames->len; i++)
		if (is_at_line(&g_array_index(sight->frames, struct observed_frame, i), finding))
			return true;
	for (guint i = 0; same_root && i < sight->frames->len; i++)
		if (is_by_name(sight, i, finding) && is_only_one(known, finding))
			return true;
	return false;
}

struct sink {
	const struct known *known;
	const struct known_finding *finding;
};

static bool match_sink(const struct observed_sight *sight, const void *data)
{
	const struct sink *sink = data;

	return is_in_sink(sink->known, sight, sink->finding);
}

/* How long threads were in the sink; marks what was seen there as explained. */
static struct held find_seen(const struct known *known, const struct observed *observed,
			     const struct known_finding *finding)
{
	const struct sink sink = {known, finding};

	for (guint i = 0; i < observed->sights->len; i++) {
		struct observed_sight *sight = g_ptr_array_index(observed->sights, i);

		sight->explained |= match_sink(sight, &sink);
	}
	return held_longest(observed, match_sink, &sink);
}

/* Sinks that cannot be passed without a system call, by a name of their own. */
static bool enters_kernel(const char *sink)
{
	static const char *const others[] = {"sleep",  "usleep", "getaddrinfo",
					     "system", "popen",  "waitpid"};

	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		if (strcmp(sink, others[i]) == 0)
			return true;
	return syscalls_has(sink);
}

/* An audit that lacks nothing has seen every system call of the continuation, and from where. */
static bool was_not_reached(const struct observed *observed, const struct known_finding *finding)
{
	const struct trace *trace = observed->trace;

	if (!trace->audited || trace->calls_refused > 0 || !enters_kernel(finding->sink))
		return false;
	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *sight = g_ptr_array_index(observed->sights, i);

		if (sight->sight->call > 0 && !sight->whole)
			return false;
	}
	return true;
}

/* ---- judging ----------------------------------------------------------------------------- */

void verdict_add_holds(struct store_holds *sum, const struct store_holds *more)
{
	sum->calls += more->calls;
	sum->total_ns += more->total_ns;
	sum->p50_ns = MAX(sum->p50_ns, more->p50_ns);
	sum->p99_ns = MAX(sum->p99_ns, more->p99_ns);
	sum->max_ns = MAX(sum->max_ns, more->max_ns);
}

/* Sums up the continuation, or all of them if the sink has several and only one is named. */
static bool sum_continuation(const struct observed *observed, const struct known_finding *finding,
			     struct judgement *judgement, guint64 budget_ns)
{
	bool ran = false;

	for (guint i = 0; i < observed->functions->len; i++) {
		const struct observed_function *function =
			&g_array_index(observed->functions, struct observed_function, i);
		const struct trace_site *site = function->site;
		bool same = function->function && function->function->id == finding->root_id;
		struct store_holds holds = observed_holds(site);

		if (site->kind != CONTLINT_TRACE_IO || (!same && finding->other_roots == 0))
			continue;
		judgement->over |= site->own_max_ns > budget_ns;
		if (!same)
			continue;
		ran = true;
		verdict_add_holds(&judgement->holds, &holds);
	}
	return ran;
}

/* The rule that speaks of what a continuation does after it has submitted its next operation. */
static bool is_of_pump(const struct known_finding *finding)
{
	return g_strcmp0(finding->rule, "work-past-next-io") == 0;
}

static void add_pump(const struct observed *observed, const struct known_finding *finding,
		     struct judgement *judgement)
{
	judgement->is_pump = true;
	for (guint i = 0; i < observed->functions->len; i++) {
		const struct observed_function *function =
			&g_array_index(observed->functions, struct observed_function, i);
		bool same = function->function && function->function->id == finding->root_id;

		if (!same && !(judgement->seen && judgement->seen->root == function))
			continue;
		judgement->past_ns = MAX(judgement->past_ns, function->site->max_held_ns);
		judgement->overruns += function->site->overruns;
	}
}

/* A continuation that never ended is in no maximum. */
static bool was_seen_over(const struct observed *observed, const struct known_finding *finding,
			  guint64 budget_ns)
{
	for (guint i = 0; i < observed->sights->len; i++) {
		const struct observed_sight *sight = g_ptr_array_index(observed->sights, i);
		const struct known_function *root = sight->root->function;

		if ((!root || root->id != finding->root_id) && finding->other_roots == 0)
			continue;
		if (sight->sight->hold_ns > budget_ns ||
		    (sight->sight->unfinished && sight->sight->age_ns > budget_ns))
			return true;
	}
	return false;
}

struct judgement verdict_judge(const struct known *known, const struct observed *observed,
			       const struct known_finding *finding, guint64 budget_ns)
{
	struct held held = find_seen(known, observed, finding);
	struct judgement judgement = {.seen = held.seen};
	bool ran = sum_continuation(observed, finding, &judgement, budget_ns);
	bool lossy = observed->trace->dropped > 0 || observed->others_unread;

	judgement.over |= was_seen_over(observed, finding, budget_ns);
	if (!ran && judgement.seen)
		judgement.holds = observed_holds(judgement.seen->root->site);
	if (is_of_pump(finding))
		add_pump(observed, finding, &judgement);
	/* What was long before the submission says nothing of what follows it. */
	if (held.ns > budget_ns && (!judgement.is_pump || judgement.past_ns > budget_ns))
		judgement.verdict = EVIDENCE_CONFIRMED;
	else if (!ran && !judgement.seen)
		judgement.verdict =
			lossy || observed->unnamed > 0 ? EVIDENCE_UNCLEAR : EVIDENCE_NOT_EXECUTED;
	else if (judgement.over || lossy)
		judgement.verdict = EVIDENCE_UNCLEAR;
	else if (judgement.seen)
		judgement.verdict = EVIDENCE_FAST;
	else
		judgement.verdict = was_not_reached(observed, finding) ? EVIDENCE_SINK_NOT_REACHED
								       : EVIDENCE_WITHIN_BUDGET;
	return judgement;
}
