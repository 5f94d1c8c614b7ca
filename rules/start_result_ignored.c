/* Starts whose failure nobody would notice. What it misses is in the rule's own text below. */
#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define CERTAIN 0.8
#define NOT_TESTED 0.6
#define SELDOM 0.4

struct asker {
	const struct program *program;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
};

static const struct fact_value *value_of(const struct asker *a, fact_id value)
{
	return program_value(a->program, a->unit, value);
}

/* The local that gets the result of the call, FACT_NONE if something else is done with it. */
static uint32_t local_of(const struct asker *a, fact_id call)
{
	uint32_t next = call - a->first + 1;
	const struct fact_event *e = &a->events[next];

	if (next >= a->count || e->kind != FACT_EVENT_ASSIGN || e->b == FACT_NONE ||
	    value_of(a, e->b)->kind != FACT_VALUE_CALL || value_of(a, e->b)->a != call ||
	    value_of(a, e->a)->kind != FACT_VALUE_LOCAL)
		return FACT_NONE;
	return value_of(a, e->a)->a;
}

static bool is_in(const struct asker *a, fact_id value, uint32_t local)
{
	return contract_mentions(a->program, a->unit, value, FACT_VALUE_LOCAL, local);
}

/* Does the event look at the local? `only_test`: decide something by it. */
static bool looks_at(const struct asker *a, const struct fact_event *e, uint32_t local,
		     bool only_test)
{
	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_LOOP:
	case FACT_EVENT_SWITCH:
		return is_in(a, e->a, local);
	case FACT_EVENT_RETURN:
	case FACT_EVENT_READ:
		return !(only_test && e->kind == FACT_EVENT_READ) && is_in(a, e->a, local);
	case FACT_EVENT_ASSIGN:
		if (value_of(a, e->a)->kind != FACT_VALUE_LOCAL && !only_test &&
		    is_in(a, e->a, local))
			return true;
		return (only_test
				? e->b != FACT_NONE && value_of(a, e->b)->kind == FACT_VALUE_CHOICE
				: true) &&
		       is_in(a, e->b, local);
	case FACT_EVENT_CALL:
		for (uint32_t k = 0; !only_test && k < e->c; k++)
			if (is_in(a, program_argument(a->program, a->unit, e, k), local))
				return true;
		return false;
	case FACT_EVENT_CASE:
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_ELSE:
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		return false;
	}
	return false;
}

static bool is_looked_at(const struct asker *a, uint32_t local, bool only_test)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (looks_at(a, &a->events[i], local, only_test))
			return true;
	return false;
}

/* Is the local set again before anything else happens that could look at it? */
static bool is_overwritten(const struct asker *a, fact_id call, uint32_t local)
{
	for (uint32_t i = call - a->first + 2; i < a->count; i++) {
		const struct fact_event *e = &a->events[i];

		if ((e->kind != FACT_EVENT_CALL && e->kind != FACT_EVENT_ASSIGN) ||
		    looks_at(a, e, local, false))
			return false;
		if (e->kind == FACT_EVENT_ASSIGN && value_of(a, e->a)->kind == FACT_VALUE_LOCAL &&
		    value_of(a, e->a)->a == local)
			return e->op == FACT_OP_NONE;
	}
	return false;
}

enum use { USE_TESTED, USE_IGNORED, USE_NOT_TESTED, USE_KEPT };

static enum use use_of(const struct asker *a, fact_id call, const struct model_function *model)
{
	const struct fact_event *e = &a->events[call - a->first];
	uint32_t local;

	if (!(e->flags & (FACT_EVENT_RESULT_USED | FACT_EVENT_RESULT_VOID)))
		return USE_IGNORED;
	local = e->flags & FACT_EVENT_RESULT_USED ? local_of(a, call) : FACT_NONE;
	if (local == FACT_NONE)
		return USE_TESTED;
	if (!is_looked_at(a, local, false))
		return USE_KEPT;
	if (is_overwritten(a, call, local))
		return USE_KEPT;
	/* A pointer or handle that is used, but never compared. */
	if (model->contract.fails == MODEL_FAILS_ZERO && !is_looked_at(a, local, true))
		return USE_NOT_TESTED;
	return USE_TESTED;
}

/* What is lost: "on_write() never runs", or less where no continuation is passed. The last one of
 * several is the one that matters: uv_read_start(stream, on_alloc, on_read). */
static char *loss_of(const struct asker *a, const struct fact_event *e,
		     const struct model_function *model, bool *ret_is_null)
{
	*ret_is_null = false;
	for (guint i = model->continuation_count; i-- > 0;) {
		fact_id value = program_argument(a->program, a->unit, e,
						 (uint32_t)model->continuations[i].arg);
		const struct fact_value *v = value == FACT_NONE ? NULL : value_of(a, value);
		uint32_t symbol;

		*ret_is_null = v && v->kind == FACT_VALUE_NULL;
		if (!v || v->kind != FACT_VALUE_FUNCTION)
			continue;
		symbol = a->program->units[a->unit].symbols[v->a];
		return g_strdup_printf("%s() never runs", a->program->symbols[symbol].name);
	}
	return g_strdup(*ret_is_null ? "nobody is told" : "no completion ever comes");
}

static void report(const struct asker *a, const struct rule *rule, fact_id call, enum use use,
		   const struct model_function *model, GPtrArray *findings)
{
	struct site site = {rule, a->program, a->function, call};
	bool is_null;
	g_autofree char *loss = loss_of(a, &a->events[call - a->first], model, &is_null);
	double score = (is_null ? SELDOM : 1) * (use == USE_NOT_TESTED ? NOT_TESTED : CERTAIN) *
		       (model->contract.fails_seldom ? SELDOM : 1);
	const char *what = use == USE_IGNORED      ? "is ignored"
			   : use == USE_NOT_TESTED ? "is used without a test"
						   : "is stored and never looked at";
	struct finding *f = site_finding_new(
		&site, model->name, score,
		g_strdup_printf("the result of %s() %s: if it is %s, nothing was started and %s; "
				"test it and clean up there",
				model->name, what, contract_failure(&model->contract), loss));

	f->instead = g_strdup("test the result and clean up where it failed");
	site_finding_close(f, &site, g_strdup_printf("starts with %s() here", model->name));
	g_ptr_array_add(findings, f);
}

static bool is_system(const struct program *program, uint32_t function)
{
	return program->symbols[program->functions[function].symbol].flags & FACT_SYMBOL_SYSTEM;
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;

	for (guint f = 0; f < program->function_count; f++) {
		struct asker a = {program, f, program->functions[f].unit, 0, 0, NULL};
		const struct program_model_call *calls;
		uint32_t count;

		calls = program_model_calls(program, f, &count);
		for (uint32_t i = 0; i < count; i++) {
			const struct model_function *model = calls[i].model;
			enum use use;

			if (model->contract.fails == MODEL_FAILS_NEVER || is_system(program, f))
				continue;
			a.events = program_events(program, f, &a.first, &a.count);
			use = use_of(&a, calls[i].event, model);
			if (use != USE_TESTED &&
			    contract_can_fail(program, f, calls[i].event, model))
				report(&a, rule, calls[i].event, use, model, findings);
		}
	}
}

const struct rule rule_start_result_ignored = {
	.id = "start-result-ignored",
	.family = "misuses",
	.summary = "The result of a start is ignored, though its failure means no continuation.",
	.why = "An asynchronous start has two ways to fail: later, through the continuation, and "
	       "at "
	       "once, through its result. After the second nothing is pending and the "
	       "continuation never runs. Who looks only into the continuation leaks the request, "
	       "leaves the client without an answer and keeps counters one too high, on exactly "
	       "the days when memory or descriptors are short.",
	.instead = "Test the result where the operation is started; on failure do there what the "
		   "continuation would have done with an error: free the request, close the "
		   "connection, answer. If failing is impossible here, write (void) and why.",
	.misses =
		"Only functions whose model says how a start fails are asked for. A result that is "
		"stored in a field, handed to a function or read in any way counts as looked at, "
		"even if what follows does not depend on it.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
