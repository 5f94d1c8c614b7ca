/* Completions that are called twice on one path, or on some path not at all. What it misses is in
 * the rule's own text below; the walk is in once_follow.c. */
#include "rules/announced.h"
#include "rules/contract.h"
#include "rules/once.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define HANDED 0.85
#define COARSE 0.5
#define NEVER 0.8
#define SAME_PLACE 0.5
#define BY_HELPER 0.9
#define PASSED 0.7
#define LENT 0.45
#define FREED 0.9   /* somebody else may have been told */
#define NO_CASE 0.8 /* the switch may be over an enum that has all its values */

struct judge_one {
	struct site site;
	struct flow *flow;
	const struct once_subject *subject;
	GPtrArray *findings;
};

static const char *verb(const struct judge_one *j, bool handed)
{
	if (handed)
		return "handed on";
	return j->subject->kind == ONCE_TASK ? "completed" : "called";
}

/* Does it count as never called only where its object is freed or given up? */
static bool is_given_up(const struct once_subject *subject)
{
	return subject->kind == ONCE_FIELD || subject->user_data;
}

static void add_twice(struct judge_one *j, const struct once_twice *twice)
{
	double score = j->subject->certainty * (twice->handed ? HANDED : 1) *
		       (twice->by_helper ? BY_HELPER : 1) * (twice->coarse ? COARSE : 1) *
		       (twice->first == twice->second ? SAME_PLACE : 1);
	guint first = site_line(&j->site, twice->first);
	struct finding *f;
	char *message;

	j->site.event = twice->second;
	message = twice->first == twice->second
			  ? g_strdup_printf("'%s' is %s again in the next turn of the loop; it is "
					    "to be called once",
					    j->subject->name, verb(j, false))
			  : g_strdup_printf("'%s' is %s again on a path on which it was %s on "
					    "line %u; return after the first, or clear it",
					    j->subject->name, verb(j, false),
					    verb(j, twice->handed), first);
	f = site_finding_new(&j->site, j->subject->name, score, message);
	f->instead = g_strdup("return after the first call, or clear the pointer");
	site_finding_step(
		f, &j->site, twice->first, STEP_CALL,
		g_strdup_printf("'%s' is %s here first", j->subject->name, verb(j, twice->handed)));
	site_finding_close(f, &j->site, g_strdup("and here again"));
	g_ptr_array_add(j->findings, f);
}

static char *where(const struct judge_one *j, const struct flow_step *last)
{
	guint line;

	if (last->event == FACT_NONE)
		return g_strdup("");
	line = site_line(&j->site, last->event);
	switch ((enum fact_event_kind)flow_event(j->flow, last->event)->kind) {
	case FACT_EVENT_LOOP:
		return g_strdup_printf(" when the loop on line %u ends", line);
	case FACT_EVENT_SWITCH:
		return g_strdup_printf(" when no case of the switch on line %u fits", line);
	case FACT_EVENT_CASE:
		return g_strdup_printf(" in the case on line %u", line);
	default:
		return g_strdup_printf(" when the condition on line %u is %s", line,
				       last->taken ? "true" : "false");
	}
}

/* A function that is registered to be called many times need not complete its task each time. */
static bool comes_again(const struct program *program, uint32_t function)
{
	guint first, count = program_registrations_of(program, function, &first);

	for (guint i = first; i < first + count; i++)
		if (program->registrations[i].calls != MODEL_CALLS_MANY)
			return false;
	return count > 0;
}

/* Has the function got the task from a caller, who may see to it as well? */
static bool is_lent(const struct judge_one *j)
{
	const struct program *program = j->site.program;
	const struct program_function *in = &program->functions[j->site.function];

	if (j->subject->kind != ONCE_TASK || j->subject->place == FACT_NONE ||
	    flow_value(j->flow, j->subject->place)->kind != FACT_VALUE_PARAM)
		return false;
	for (uint32_t i = 0; i < in->in_count; i++)
		if (program->edges[program->in_edges[in->first_in + i]].kind == EDGE_DIRECT)
			return true;
	return false;
}

static bool is_no_case(const struct judge_one *j, const struct once_never *never)
{
	return never->last.event != FACT_NONE &&
	       flow_event(j->flow, never->last.event)->kind == FACT_EVENT_SWITCH;
}

static bool is_place(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	(void)data;
	return v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE ||
	       v->kind == FACT_VALUE_DEREF || v->kind == FACT_VALUE_ELEMENT;
}

/* Does the branch ask how something has gone: for a parameter, a local or a result alone? What a
 * record says, cancelled or closing, may well mean that nobody waits any more. */
static bool asks_outcome(const struct judge_one *j, const struct once_never *never)
{
	const struct program *program = j->site.program;
	const struct fact_event *e =
		never->last.event == FACT_NONE ? NULL : flow_event(j->flow, never->last.event);

	return e && e->kind == FACT_EVENT_BRANCH &&
	       !facts_value_any(program_facts(program, j->site.function), e->a, is_place, NULL);
}

/* Is it the function's to call it on the path that `never` is about? */
static bool is_due(const struct judge_one *j, const struct once_never *never)
{
	return !j->subject->at_most && (!is_given_up(j->subject) || asks_outcome(j, never));
}

/* `is_called`: other paths call it, or hand it to what will; else they only give it away. */
static void add_never(struct judge_one *j, const struct once_never *never, bool is_called)
{
	double score = j->subject->certainty * NEVER * (never->coarse ? COARSE : 1) *
		       (is_called ? 1 : PASSED) * (is_lent(j) ? LENT : 1) *
		       (is_no_case(j, never) ? NO_CASE : 1) * (is_given_up(j->subject) ? FREED : 1);
	g_autofree char *path = where(j, &never->last);
	struct finding *f;

	j->site.event = never->last.event != FACT_NONE ? never->last.event : never->end;
	f = site_finding_new(&j->site, j->subject->name, score,
			     g_strdup_printf("'%s' is %s %s%s, so whoever waits for it waits "
					     "for ever; call it on this path too",
					     j->subject->name,
					     is_called ? "never" : "neither passed on nor",
					     verb(j, false), path));
	f->instead = g_strdup("call it on every path, or say by the result that it will not come");
	site_finding_step(f, &j->site, never->end, STEP_NOTE,
			  g_strdup("the function is left here without it"));
	site_finding_close(f, &j->site, g_strdup("this branch leads there"));
	g_ptr_array_add(j->findings, f);
}

/* The function that a caller hands over as parameter `param`, NULL if none does it by name. */
static const char *handed_function(const struct program *program, uint32_t function, uint32_t param)
{
	const struct program_function *in = &program->functions[function];

	for (uint32_t i = 0; i < in->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[in->first_in + i]];
		uint32_t unit = program->functions[edge->caller].unit;
		fact_id value;

		if (edge->kind != EDGE_DIRECT)
			continue;
		value = program_argument(program, unit, program_event(program, unit, edge->event),
					 param);
		if (value != FACT_NONE &&
		    program_value(program, unit, value)->kind == FACT_VALUE_FUNCTION)
			return program
				->symbols[program->units[unit]
						  .symbols[program_value(program, unit, value)->a]]
				.name;
	}
	return NULL;
}

/* A function of one step, that has nothing to do with what it is given, is a stub. */
static bool is_stub(const struct program *program, uint32_t function)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	uint32_t steps = 0;

	for (uint32_t i = 0; i < count; i++)
		steps += events[i].kind != FACT_EVENT_RETURN;
	return steps < 2;
}

/* The parameter is not used at all, and somebody waits for it. */
static void judge_unused(struct judge_one *j)
{
	const struct program *program = j->site.program;
	const char *handed = handed_function(program, j->site.function, j->subject->param);
	struct finding *f;

	if (!handed || is_stub(program, j->site.function) ||
	    contract_is_waived_name(j->subject->name))
		return;
	f = site_finding_new(&j->site, j->subject->name, j->subject->certainty * NEVER,
			     g_strdup_printf("%s() never calls '%s' nor passes it on, so %s(), "
					     "which it is given, never runs; call it on every path",
					     program->functions[j->site.function].name,
					     j->subject->name, handed));
	f->place.line = program->functions[j->site.function].line;
	f->instead = g_strdup("call it on every path");
	site_finding_close(f, &j->site, g_strdup("the function ends without it"));
	g_ptr_array_add(j->findings, f);
}

static void judge_subject(struct judge_one *j, struct once_memory *memory)
{
	struct once_result r;
	bool is_owed;

	if (j->subject->kind == ONCE_PARAMETER && j->subject->place == FACT_NONE) {
		judge_unused(j);
		return;
	}
	once_follow(j->flow, j->subject, memory, &r);
	for (guint i = 0; i < r.twice->len; i++)
		add_twice(j, &g_array_index(r.twice, struct once_twice, i));
	/* A function that never calls it leaves that to others; a field may be called later. */
	is_owed = r.is_called || r.is_handed || j->subject->made_here;
	if (j->subject->kind == ONCE_TASK && comes_again(j->site.program, j->site.function))
		g_array_set_size(r.never, 0);
	for (guint i = 0; i < r.never->len && (is_owed || r.is_passed); i++)
		if (is_due(j, &g_array_index(r.never, struct once_never, i)))
			add_never(j, &g_array_index(r.never, struct once_never, i), is_owed);
	once_result_clear(&r);
}

static bool has_task(const struct model_function *model)
{
	return model->contract.completes >= 0 || model->contract.makes_task;
}

/* Is there anything to follow? Asked of every function, so without preparing one. */
static bool may_matter(const struct program *program, uint32_t function)
{
	const struct facts *facts = program_facts(program, function);
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, program->functions[function].row);

	for (uint32_t k = 0; k < row->param_count; k++)
		if (facts_row(facts, params, struct fact_param, row->first_param + k)->flags &
		    FACT_SYMBOL_CALLABLE)
			return true;
	return program_calls_through(program, function) ||
	       program_calls(program, function, has_task);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	struct once_memory *memory = once_memory_new();

	for (guint i = 0; i < input->program->function_count; i++) {
		g_autoptr(flow_t) flow = NULL;
		GArray *subjects;

		if (!may_matter(input->program, i))
			continue;
		flow = flow_new(input->program, i);
		subjects = once_subjects(flow, input->models);
		for (guint s = 0; s < subjects->len; s++) {
			struct judge_one j = {
				.site = {rule, input->program, i, FACT_NONE},
				.flow = flow,
				.subject = &g_array_index(subjects, struct once_subject, s),
				.findings = findings,
			};

			judge_subject(&j, memory);
		}
		once_subjects_free(subjects);
	}
	once_memory_free(memory);
	announced_check(rule, input, findings);
}

const struct rule rule_continuation_exactly_once = {
	.id = "continuation-exactly-once",
	.family = "misuses",
	.summary = "A completion is called twice on one path, or not at all on another.",
	.why = "Whoever hands over a completion frees its request, answers its client or starts "
	       "the next step in it. The second call does that again, over memory that is gone; "
	       "without any call the request hangs for ever, and nobody notices until the pool "
	       "is empty. Both mistakes live on error paths, which tests seldom take: a return "
	       "that was forgotten, an early return that was added later.",
	.instead =
		"Call it in one place at the end, with the result as a variable, or return right "
		"after each call. Where a function can fail before anything was started, say so "
		"by its result and do not call the completion; do one of the two and never both. "
		"Clear a stored pointer before the call: cb = req->cb; req->cb = NULL; cb(req).",
	.misses =
		"A callback counts as a completion if its type is modelled as called once, or if "
		"its name or type has one of the completion words of the models (done, complete, "
		"finished). Calls of a field in two functions are connected only where one gives "
		"the object to the other; a callback that is stored and also called only if what "
		"keeps it is given to a modelled start. What a pointer to const leads to is taken "
		"for a row of a table, and has a low confidence. A callback in a field counts as "
		"never "
		"called only "
		"where a branch on a parameter, a local or a result leads to where its object is "
		"freed; what a record says, cancelled or failed, may mean that nobody waits. The "
		"same is asked of a task that comes as user data, where its reference is given up. "
		"Paths that end the program, and what an attribute cleanup calls. A path that ends "
		"with a result is "
		"taken to say by it that the "
		"callback will not come. A handle of thread pool I/O is followed as a field, a "
		"variable, or a local of the function that makes the I/O object, not from one "
		"name to another; that some handle skips the completion of what succeeds at once "
		"counts with low confidence where it may be another one.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
