/* Work that costs less than handing it over. What it misses is in the rule's own text below. */
#include "analyzer/costs/cost.h"
#include "rules/handover.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define MAX_CALLS 6
#define CERTAINTY 0.6

/* In units of costs, about a nanosecond each. A round trip through a pool took 0.6 us of processor
 * time at the least, with 64 under way, and 6 to 40 us with one; docs/cport-bench.md, D5. */
#define TRIVIAL 500

/* A builtin of the compiler, which has neither model nor body. */
static bool is_builtin(const struct program *program, uint32_t symbol)
{
	const char *name = symbol == PROGRAM_NONE ? "" : program->symbols[symbol].name;

	return g_str_has_prefix(name, "__builtin_") || g_str_has_prefix(name, "__atomic_") ||
	       g_str_has_prefix(name, "__c11_atomic_") || g_str_has_prefix(name, "__sync_");
}

/* Is it known that the library function does next to nothing? That a model names nothing that waits
 * is not enough: close() may free all blocks of a file. */
static bool is_light(const struct model_function *model)
{
	return !model->sink_count && !model->submits && !model->runs_loop &&
	       (model->contract.completes >= 0 || model->allocates);
}

static bool is_trivial(const struct program *program, uint32_t function, int depth);

static bool is_trivial_call(const struct program *program, uint32_t function, fact_id event,
			    int depth)
{
	const struct program_function *f = &program->functions[function];
	const struct fact_event *e = program_event(program, f->unit, event);
	const struct model_function *model = program_call_model(program, f->unit, e);
	bool defined = false;

	if (e->flags & FACT_EVENT_NORETURN || (model && model->noreturn))
		return true; /* a failed assertion ends the program */
	if (model)
		return is_light(model);
	for (uint32_t i = program_first_edge(program, function, event); i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event != event)
			break;
		if (!program_is_sure(edge) || !is_trivial(program, edge->callee, depth + 1))
			return false;
		defined = true;
	}
	return defined || is_builtin(program, program_callee(program, f->unit, e));
}

/* Does the function compute next to nothing, and does nothing in it wait? */
static bool is_trivial(const struct program *program, uint32_t function, int depth)
{
	const struct cost *cost;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	if (depth > MAX_CALLS)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == FACT_EVENT_CALL &&
		    !is_trivial_call(program, function, first + i, depth))
			return false;
	cost = cost_of(program_costs(program), function);
	return cost->count == 1 && !cost->recursive && !cost->calls_recursive && !cost->cut &&
	       cost->terms[0].units < TRIVIAL;
}

static void report(const struct rule *rule, const struct program *program,
		   const struct program_registration *r, GPtrArray *findings)
{
	struct site site = {rule, program, r->in_function, r->event};
	const char *work = program->functions[r->function].name;
	struct finding *f = site_finding_new(
		&site, work, CERTAINTY * r->certainty,
		g_strdup_printf("%s() is handed to a thread of the pool, but does less than that "
				"costs; do it here",
				work));

	f->instead = g_strdup("do it in place");
	site_finding_close(f, &site, g_strdup_printf("hands %s() over here", work));
	g_ptr_array_add(findings, f);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;

	for (guint i = 0; i < program->registration_count; i++) {
		const struct program_registration *r = &program->registrations[i];

		if (handover_to_pool(program, r) && is_trivial(program, r->function, 0))
			report(rule, program, r, findings);
	}
}

const struct rule rule_pointless_offload = {
	.id = "pointless-offload",
	.family = "computes",
	.summary = "Work is handed to a pool of threads that costs less than handing it over.",
	.why = "A round trip through a pool takes 6 to 40 microseconds of processor time where "
	       "little else is under way, and still more than half of one where much is: locks, "
	       "two wake-ups, a record that must live until the end. For work of some hundred "
	       "nanoseconds the continuation would be over before the worker is awake, and the "
	       "few threads of the pool are kept from what needs them. It also makes a function "
	       "concurrent that need not be.",
	.instead = "Do it in the continuation. If only the order matters, so that it runs after "
		   "what is under way, the loop has something for that: a posted packet, an idle "
		   "source, a timer of no time.",
	.misses =
		"Only work is told in which every call is known: of library functions only those "
		"that allocate memory or complete a request are known to do little. A lock, a call "
		"through a pointer or a loop over data makes it silent, and so does work of more "
		"than about half a microsecond, although handing over costs more. "
		"Threads of their own are not asked about.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.check = check,
};
