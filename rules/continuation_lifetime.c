/* What a pending operation needs and what is gone before it ends. What it misses is in the rule's
 * own text below. */
#include <string.h>

#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define ON_STACK 0.9
#define FREED 0.85
#define DATA 0.8
#define COARSE 0.5

enum { IDLE, PENDING };

struct keeper {
	struct site site;
	struct flow *flow;
	const bool *waiters;
	const struct model_function *model;
	const struct model_kept *kept;
	fact_id start; /* the call */
	fact_id value; /* its argument, as a value */
	fact_id place; /* what must live: the object, or the pointer to it */
	bool on_stack;
	fact_id left;  /* a return with the operation pending, FACT_NONE: the end */
	fact_id freed; /* a call that frees it while pending, FACT_NONE: none */
	bool is_left, is_coarse;
};

static const char *const kept_as[] = {
	[MODEL_KEPT_REQUEST] = "request",
	[MODEL_KEPT_HANDLE] = "handle",
	[MODEL_KEPT_BUFFER] = "buffer",
	[MODEL_KEPT_DATA] = "data",
};

static const struct fact_param *local_row(const struct flow *flow, uint32_t local)
{
	const struct program *program = flow_program(flow);
	const struct facts *facts = program_facts(program, flow_function(flow));
	const struct fact_function *row = facts_row(facts, functions, struct fact_function,
						    program->functions[flow_function(flow)].row);

	return facts_row(facts, locals, struct fact_param, row->first_local + local);
}

static bool is_array(const struct flow *flow, const struct fact_param *local)
{
	const struct facts *facts = program_facts(flow_program(flow), flow_function(flow));

	return strchr(facts_string(facts, local->type), '[') != NULL;
}

/* The local whose memory `value` points to, FACT_NONE if it is no local's. */
static uint32_t stack_object(const struct flow *flow, fact_id value)
{
	const struct fact_value *v = flow_value(flow, value);
	bool address = v->kind == FACT_VALUE_ADDRESS;

	if (address)
		v = flow_value(flow, v->a);
	while ((v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE) || v->kind == FACT_VALUE_ELEMENT)
		v = flow_value(flow, v->kind == FACT_VALUE_FIELD ? v->b : v->a);
	if (v->kind != FACT_VALUE_LOCAL)
		return FACT_NONE;
	/* &p->req of a pointer p is not on the stack, &p is; an array is its own address. */
	if (!address)
		return flow_value(flow, value)->kind == FACT_VALUE_LOCAL &&
				       is_array(flow, local_row(flow, v->a))
			       ? v->a
			       : FACT_NONE;
	if (flow_value(flow, flow_value(flow, value)->a)->kind == FACT_VALUE_LOCAL)
		return v->a;
	return local_row(flow, v->a)->flags & FACT_SYMBOL_POINTER ? FACT_NONE : v->a;
}

static bool ends_waiting(const struct keeper *k, fact_id event)
{
	uint32_t callee = flow_callee(k->flow, event);
	const struct model_function *model = flow_model(k->flow, event);

	if (callee != PROGRAM_NONE)
		return k->waiters[callee];
	if (!model)
		return false;
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_WAIT || model->sinks[i].kind == MODEL_LOOP)
			return true;
	return model->waits || model->runs_loop;
}

static fact_id argument(const struct keeper *k, fact_id event, int arg)
{
	return arg < 0 ? FACT_NONE
		       : program_argument(flow_program(k->flow), flow_unit(k->flow),
					  flow_event(k->flow, event), (uint32_t)arg);
}

static bool is_about(const struct keeper *k, fact_id value)
{
	return value != FACT_NONE &&
	       (flow_same(k->flow, value, k->value) || flow_mentions(k->flow, value, k->place));
}

static bool on_call(struct keeper *k, struct flow_path *path, fact_id event)
{
	const struct model_function *model = flow_model(k->flow, event);

	if (ends_waiting(k, event))
		return false;
	if (!model)
		return true;
	if (is_about(k, argument(k, event, model->contract.releases)))
		return false;
	if (k->on_stack || !flow_same(k->flow, argument(k, event, model->contract.frees), k->value))
		return true;
	if (k->freed == FACT_NONE)
		k->freed = event;
	k->is_coarse |= path->coarse;
	return false;
}

static bool on_event(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct keeper *k = data;
	const struct fact_event *e = flow_event(flow, event);

	if (event == k->start) {
		path->state = PENDING;
		path->since = event;
		return true;
	}
	if (path->state != PENDING)
		return true;
	if (e->kind == FACT_EVENT_CALL)
		return on_call(k, path, event);
	/* A pointer that is set anew points to something else. */
	return e->kind != FACT_EVENT_ASSIGN || k->on_stack || !flow_mentions(flow, k->value, e->a);
}

static void on_result(struct flow *flow, struct flow_path *path, fact_id call,
		      const struct flow_range *range, void *data)
{
	struct keeper *k = data;
	const struct model_function *model = flow_model(flow, call);

	if (path->state != PENDING || !model || !contract_has_failed(&model->contract, range))
		return;
	/* What is only prepared starts with a later call of its library. */
	if (call == k->start || (k->model->contract.fails == MODEL_FAILS_NEVER &&
				 g_str_equal(model->library, k->model->library)))
		path->state = IDLE;
}

static void on_end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct keeper *k = data;

	if (path->state != PENDING || k->is_left)
		return;
	k->is_left = true;
	k->left = event;
	k->is_coarse |= path->coarse;
}

static double score_of(const struct keeper *k, double score)
{
	return score * (k->is_coarse ? COARSE : 1) * (k->kept->as == MODEL_KEPT_DATA ? DATA : 1);
}

static void report_stack(struct keeper *k, uint32_t local, GPtrArray *findings)
{
	const struct program *program = flow_program(k->flow);
	const struct facts *facts = program_facts(program, flow_function(k->flow));
	const char *name = facts_string(facts, local_row(k->flow, local)->name);
	struct finding *f;

	k->site.event = k->start;
	f = site_finding_new(
		&k->site, k->model->name, score_of(k, ON_STACK),
		g_strdup_printf(
			"'%s', the %s of %s(), lives on the stack of %s(), which returns on "
			"line %u while it is in use; allocate it, and free it in the "
			"continuation",
			name, kept_as[k->kept->as], k->model->name,
			program->functions[flow_function(k->flow)].name,
			site_line(&k->site, k->left)));
	f->instead = g_strdup("allocate it, and free it in the continuation");
	site_finding_step(f, &k->site, k->left, STEP_NOTE,
			  g_strdup("the function returns here, and its stack is gone"));
	site_finding_close(f, &k->site,
			   g_strdup_printf("in use from here on, by %s()", k->model->name));
	g_ptr_array_add(findings, f);
}

static void report_freed(struct keeper *k, GPtrArray *findings)
{
	const struct model_function *freer = flow_model(k->flow, k->freed);
	guint line = site_line(&k->site, k->start);
	struct finding *f;

	k->site.event = k->freed;
	f = site_finding_new(
		&k->site, freer->name, score_of(k, FREED),
		g_strdup_printf(
			"%s() frees the %s that %s() has in use since line %u; free it in the "
			"continuation",
			freer->name, kept_as[k->kept->as], k->model->name, line));
	f->instead = g_strdup("free it in the continuation");
	site_finding_step(f, &k->site, k->start, STEP_NOTE,
			  g_strdup_printf("in use from here on, by %s()", k->model->name));
	site_finding_close(f, &k->site, g_strdup("and freed here"));
	g_ptr_array_add(findings, f);
}

/* Follows one argument of one start. */
static void follow(struct keeper *k, uint64_t *told, GPtrArray *findings)
{
	static const struct flow_client client = {on_event, on_result, on_end};
	uint32_t local = stack_object(k->flow, k->value);
	enum fact_value_kind kind = flow_value(k->flow, k->value)->kind;
	bool is_main =
		g_str_equal(flow_program(k->flow)->functions[flow_function(k->flow)].name, "main");

	k->on_stack = local != FACT_NONE;
	if (!k->on_stack && kind != FACT_VALUE_LOCAL && kind != FACT_VALUE_PARAM &&
	    kind != FACT_VALUE_FIELD && kind != FACT_VALUE_VARIABLE)
		return;
	if (k->on_stack && (is_main || (local < 64 && (*told & UINT64_C(1) << local))))
		return; /* main() ends the program with its stack */
	k->place = k->on_stack ? flow_base(k->flow, k->value) : k->value;
	k->freed = FACT_NONE;
	k->is_left = k->is_coarse = false;
	(void)flow_run(k->flow, &client, FACT_NONE, k);
	if (k->on_stack && k->is_left) {
		*told |= local < 64 ? UINT64_C(1) << local : 0;
		report_stack(k, local, findings);
	} else if (!k->on_stack && k->freed != FACT_NONE) {
		report_freed(k, findings);
	}
}

static void check_function(const struct rule *rule, const struct program *program,
			   uint32_t function, const bool *waiters, GPtrArray *findings)
{
	g_autoptr(flow_t) flow = NULL;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	uint32_t unit = program->functions[function].unit;
	uint64_t told = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct model_function *model = contract_model(program, unit, &events[i]);

		for (guint n = 0; model && n < model->contract.keep_count; n++) {
			const struct model_kept *kept = &model->contract.keeps[n];
			struct keeper k = {.site = {rule, program, function, FACT_NONE},
					   .waiters = waiters,
					   .model = model,
					   .kept = kept,
					   .start = first + i};

			k.value = program_argument(program, unit, &events[i], (uint32_t)kept->arg);
			if (k.value == FACT_NONE ||
			    !contract_applies(program, function, first + i, kept->when))
				continue;
			if (!flow)
				flow = flow_new(program, function);
			k.flow = flow;
			follow(&k, &told, findings);
		}
	}
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autofree bool *waiters = contract_waiters(input->program);

	for (guint f = 0; f < input->program->function_count; f++) {
		uint32_t symbol = input->program->functions[f].symbol;

		if (!(input->program->symbols[symbol].flags & FACT_SYMBOL_SYSTEM))
			check_function(rule, input->program, f, waiters, findings);
	}
}

const struct rule rule_continuation_lifetime = {
	.id = "continuation-lifetime",
	.family = "misuses",
	.summary = "What a pending operation uses is gone before its continuation runs.",
	.why = "A start returns at once, but the loop or the kernel goes on using the request, the "
	       "handle, the buffer and the data that it was given, until the continuation runs. If "
	       "they are locals of a function that returns, or are freed right after the start, "
	       "the "
	       "completion writes into whatever stands there by then. uv_close() is a start like "
	       "the others: the handle is in use until its close callback.",
	.instead = "Let the request and what belongs to it be one allocation, whose address "
		   "travels in "
		   "the request's data field, and free it in the continuation, in every way that "
		   "can end. Handles are freed in the close callback. A static object works where "
		   "there "
		   "is only one operation at a time.",
	.misses =
		"What is freed in another function, or through another name of the same pointer. A "
		"function that waits or runs a loop before it returns is taken to wait for this "
		"operation. What a function that is not modelled keeps.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
