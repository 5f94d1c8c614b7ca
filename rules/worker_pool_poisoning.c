/* Work on a small shared pool that waits without bound. What it misses is in the rule's own text
 * below. */
#include "rules/handover.h"
#include "rules/rule.h"
#include "rules/story.h"

#define MAX_CALLS 6
#define CERTAINTY 0.9
#define OF_A_CHILD 0.6      /* it mostly ends some day */
#define FOR_EVER 0xffffffff /* INFINITE of Windows; elsewhere a negative number is */

struct pool {
	const struct rule *rule;
	const struct rule_input *input;
	GHashTable *known;
	GPtrArray *findings;
};

static const struct model_function *model_of(const struct program *program, uint32_t function,
					     fact_id event)
{
	uint32_t unit = program->functions[function].unit;

	return program_call_model(program, unit, program_event(program, unit, event));
}

/* Does the duration that is handed over mean for ever: a negative number, or no timespec at all? */
static bool is_for_ever(const struct program *program, uint32_t function, fact_id event,
			const struct model_sink *sink)
{
	uint32_t unit = program->functions[function].unit;
	fact_id argument = program_argument(program, unit, program_event(program, unit, event),
					    (uint32_t)sink->duration_arg);
	int64_t duration;

	if (sink->duration_unit_ns == 0)
		return argument != FACT_NONE &&
		       program_value(program, unit, argument)->kind == FACT_VALUE_NULL;
	return sink->duration_unit_ns > 0 &&
	       conditions_constant(program_conditions(program), function, argument, &duration) &&
	       (duration < 0 || duration == FOR_EVER);
}

/* Can the call wait for ever: has the sink no duration and no deadline, or the one that means so?
 */
static bool waits_without_bound(const struct program *program, uint32_t function, fact_id event,
				const struct model_sink *sink)
{
	if (sink->class != MODEL_W3)
		return false;
	if (sink->kind != MODEL_WAIT && sink->kind != MODEL_LOOP)
		return sink->awaits_child;
	return sink->duration_arg < 0 || is_for_ever(program, function, event, sink);
}

static bool blocks(const struct program *program, uint32_t function, fact_id event,
		   const struct model_sink *sink)
{
	(void)program;
	(void)function;
	(void)event;

	static const unsigned kinds = 1u << MODEL_WAIT | 1u << MODEL_DNS | 1u << MODEL_SOCKET |
				      1u << MODEL_FILE_SYNC | 1u << MODEL_FILE_BULK |
				      1u << MODEL_PROCESS | 1u << MODEL_LIBRARY;

	return kinds >> sink->kind & 1 && sink->class != MODEL_W1;
}

typedef bool sink_fn(const struct program *program, uint32_t function, fact_id event,
		     const struct model_sink *sink);

/* What the call does that holds the thread: the first sink that `counts` and surely happens. */
static bool has_sink(const struct program *program, uint32_t function, fact_id event,
		     const struct model_function *model, sink_fn *counts)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (counts(program, function, event, &model->sinks[i]) &&
		    conditions_at_call(program_conditions(program), function, event,
				       model->sinks[i].when) == FORMULA_TRUE)
			return true;
	return false;
}

static double certainty_of(const struct program *program, uint32_t function, fact_id event)
{
	const struct model_function *model = model_of(program, function, event);

	for (guint i = 0; model && i < model->sink_count; i++)
		if (model->sinks[i].awaits_child)
			return OF_A_CHILD;
	return CERTAINTY;
}

static void tell(const struct pool *p, uint32_t registration, const GArray *edges,
		 uint32_t function, fact_id event, const char *claim, bool for_ever)
{
	struct path path = {.registration = registration,
			    .edges = (GArray *)edges,
			    .verdict = FORMULA_TRUE,
			    .root_certainty = 1,
			    .call_certainty = 1};
	const struct story story = {
		.rule = p->rule,
		.input = p->input,
		.path = &path,
		.function = function,
		.event = event,
		.claim = claim,
		.step = for_ever ? "waits without bound" : "blocks",
		.instead = for_ever ? "wait in a thread of its own or with a timeout"
				    : "do it in a thread of its own",
		.certainty = certainty_of(p->input->program, function, event),
		.why = "waiting",
	};
	struct finding *finding = story_tell(&story);

	finding->context = "worker";
	story_keep_surest(p->known, p->findings, finding);
}

static void tell_call(const struct pool *p, uint32_t registration, const GArray *edges,
		      uint32_t function, fact_id event, bool for_ever)
{
	g_autofree char *claim =
		g_strdup_printf(for_ever ? "%s() can hold a thread of the shared pool for ever"
					 : "%s() blocks a thread of the shared pool, which the "
					   "configuration forbids",
				story_sink(p->input->program, function, event));

	tell(p, registration, edges, function, event, claim, for_ever);
}

/* for (;;) without a way out of it. An empty one is never reached: it follows a call that does not
 * come back, as in g_error(). */
static bool is_endless(const struct program *program, uint32_t function,
		       const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;
	fact_id test = loop->test;
	const struct fact_value *v = test == FACT_NONE ? NULL : program_value(program, unit, test);
	bool calls = false;

	if (loop->leaves || (v && (v->kind != FACT_VALUE_INT || !v->number)))
		return false;
	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);
		const struct model_function *model = model_of(program, function, i);

		if (e->flags & FACT_EVENT_NORETURN || (model && model->noreturn))
			return false;
		calls |= e->kind == FACT_EVENT_CALL;
	}
	return calls;
}

static void check_loops(const struct pool *p, uint32_t registration, const GArray *edges,
			uint32_t function)
{
	const struct program *program = p->input->program;
	const struct cost_loops loops = cost_loops(program_costs(program), function);

	for (uint32_t i = 0; i < loops.count; i++) {
		const struct cost_loop *loop = &loops.rows[i];

		if (is_endless(program, function, loop) &&
		    conditions_guard(program_conditions(program), function, loop->begin) !=
			    FORMULA_FALSE)
			tell(p, registration, edges, function, loop->begin,
			     "this loop has no end and holds a thread of the shared pool for ever",
			     true);
	}
}

/* Looks through the work and what it calls directly; `edges` is the way so far. */
static void search(const struct pool *p, uint32_t registration, uint32_t function, GArray *edges,
		   GHashTable *seen)
{
	const struct program *program = p->input->program;
	const struct program_function *f = &program->functions[function];
	uint32_t first, count;

	(void)program_events(program, function, &first, &count);
	if (!g_hash_table_add(seen, GUINT_TO_POINTER(function + 1)))
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct model_function *model = model_of(program, function, first + i);

		if (!model || conditions_guard(program_conditions(program), function, first + i) ==
				      FORMULA_FALSE)
			continue;
		if (model->may_run_long)
			return; /* the pool knows */
		if (has_sink(program, function, first + i, model, waits_without_bound))
			tell_call(p, registration, edges, function, first + i, true);
		else if (p->input->strict_workers &&
			 has_sink(program, function, first + i, model, blocks))
			tell_call(p, registration, edges, function, first + i, false);
	}
	check_loops(p, registration, edges, function);
	for (uint32_t i = 0; edges->len < MAX_CALLS && i < f->out_count; i++) {
		uint32_t row = f->first_out + i;

		if (!program_is_sure(&program->edges[row]))
			continue;
		g_array_append_val(edges, row);
		search(p, registration, program->edges[row].callee, edges, seen);
		g_array_set_size(edges, edges->len - 1);
	}
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	const struct pool p = {rule, input, known, findings};

	for (guint i = 0; i < program->registration_count; i++) {
		g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

		if (handover_to_pool(program, &program->registrations[i]))
			search(&p, i, program->registrations[i].function, edges, seen);
	}
}

const struct rule rule_worker_pool_poisoning = {
	.id = "worker-pool-poisoning",
	.family = "misuses",
	.summary = "Work on a small shared pool waits without bound.",
	.why = "libuv has four worker threads for all of the program, name resolution and file "
	       "operations included; GTask and GThreadPool have few more. Four pieces of work that "
	       "wait for a condition stop every uv_fs_* and uv_getaddrinfo() of the process, "
	       "although the loop itself is free. If the signal comes from other work in the same "
	       "queue, it never comes.",
	.instead =
		"Give such a wait a thread of its own, or a timeout and a second try. Wait on the "
		"loop where there is something to wait for: a descriptor, uv_async_send, a "
		"completion. Where the pool can grow, tell it: CallbackMayRunLong, "
		"WT_EXECUTELONGFUNCTION, cport_may_run_long.",
	.misses = "Only waits and loops that can last for ever are reported: sleeps, waits with a "
		  "duration or a deadline, commands that are run to their end, disk and socket I/O "
		  "are what a pool is for, unless "
		  "contexts.worker.blocking of .contlint.yaml is forbid. Work that is reached "
		  "through pointers only, or more than six calls down, is not searched. Pools that "
		  "are not modelled as shared are silent.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
