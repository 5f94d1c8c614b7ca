/* What a pending operation needs and what is gone before it ends. What it misses is in the rule's
 * own text below. */
#include <string.h>

#include "analyzer/conditions/condition.h"
#include "analyzer/costs/cost.h"
#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define ON_STACK 0.9
#define FREED 0.85
#define DATA 0.8
#define COARSE 0.5

#define BY_HELPER 0.9
#define DEPTH 4

enum { IDLE, PENDING };

/* What a function keeps in use of what comes to it as a parameter, when it returns. */
struct helper {
	const struct model_function *model; /* of the start, NULL: keeps nothing */
	const struct model_kept *kept;
	bool returns_start;       /* its result is that of the start */
	bool always;              /* no way through it comes without keeping it */
	struct flow_range result; /* what it returns when it keeps it */
};

/* What is the same for all functions of a run. */
struct survey {
	const struct rule *rule;
	const struct program *program;
	const bool *keepers; /* by function */
	bool *waiters;       /* likewise; NULL until asked for */
	bool *releasers;     /* likewise */
	GHashTable *helpers; /* function << 6 | parameter -> struct helper * */
	int depth;
	GPtrArray *findings;
};

struct keeper {
	struct site site;
	struct survey *survey;
	struct flow *flow;
	const struct model_function *model;
	const struct model_kept *kept;
	const struct helper *helper; /* NULL, or what starts it */
	fact_id start;               /* the call */
	fact_id value;               /* its argument, as a value */
	fact_id place;               /* what must live: the object, or the pointer to it */
	bool on_stack;
	fact_id left;  /* a return with the operation pending, FACT_NONE: the end */
	fact_id freed; /* a call that frees it while pending, FACT_NONE: none */
	bool is_left, is_coarse;
	struct flow_range result; /* what is returned then */
	bool returns_start;       /* that is always the start's own result */
	bool may_be_idle;         /* a path ends, or is given up, with nothing pending */
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

static bool waits(struct survey *s, uint32_t function)
{
	if (!s->waiters)
		s->waiters = contract_waiters(s->program);
	return s->waiters[function];
}

static bool ends_waiting(const struct keeper *k, fact_id event)
{
	uint32_t callee = flow_callee(k->flow, event);
	const struct model_function *model = flow_model(k->flow, event);

	if (callee != PROGRAM_NONE)
		return waits(k->survey, callee);
	if (!model)
		return false;
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_WAIT || model->sinks[i].kind == MODEL_LOOP)
			return true;
	return model->waits || model->runs_loop;
}

/* What a pointer is another name of, else itself. */
static fact_id named(const struct flow *flow, fact_id value)
{
	return conditions_alias(program_conditions(flow_program(flow)), flow_function(flow), value);
}

static fact_id argument(const struct keeper *k, fact_id event, int arg)
{
	return arg < 0 ? FACT_NONE
		       : named(k->flow,
			       program_argument(flow_program(k->flow), flow_unit(k->flow),
						flow_event(k->flow, event), (uint32_t)arg));
}

static bool is_about(const struct keeper *k, fact_id value)
{
	return value != FACT_NONE &&
	       (flow_same(k->flow, value, k->value) || flow_mentions(k->flow, value, k->place));
}

/* Is it given to a function of the program that takes back what was started? */
static bool may_release(const struct keeper *k, fact_id event)
{
	struct survey *s = k->survey;
	const struct fact_event *e = flow_event(k->flow, event);
	uint32_t callee = flow_callee(k->flow, event);

	if (callee == PROGRAM_NONE)
		return false;
	if (!s->releasers)
		s->releasers = contract_releasers(s->program);
	for (uint32_t n = 0; s->releasers[callee] && n < e->c; n++)
		if (is_about(k, argument(k, event, (int)n)))
			return true;
	return false;
}

static bool on_call(struct keeper *k, struct flow_path *path, fact_id event)
{
	const struct model_function *model = flow_model(k->flow, event);

	if (ends_waiting(k, event))
		return false;
	if (!model)
		return !may_release(k, event);
	if (is_about(k, argument(k, event, model->contract.releases)))
		return false;
	if (k->on_stack || !flow_same(k->flow, argument(k, event, model->contract.frees), k->value))
		return true;
	if (k->freed == FACT_NONE)
		k->freed = event;
	k->is_coarse |= path->coarse;
	return false;
}

/* Is it still pending after the event? */
static bool on_pending(struct keeper *k, struct flow_path *path, fact_id event)
{
	const struct fact_event *e = flow_event(k->flow, event);

	if (e->kind == FACT_EVENT_CALL)
		return on_call(k, path, event);
	/* A pointer that is set anew points to something else. */
	return e->kind != FACT_EVENT_ASSIGN || k->on_stack ||
	       !flow_mentions(k->flow, k->value, e->a);
}

static bool on_event(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct keeper *k = data;

	(void)flow;
	if (event == k->start) {
		path->state = PENDING;
		path->since = event;
		return true;
	}
	if (path->state != PENDING || on_pending(k, path, event))
		return true;
	k->may_be_idle = true;
	return false;
}

/* Does the helper's result tell that nothing was started, or is left of it? */
static bool tells_idle(const struct keeper *k, const struct flow_range *range)
{
	return k->helper->returns_start ? contract_has_failed(&k->model->contract, range)
					: flow_is_apart(range, &k->helper->result);
}

static void on_result(struct flow *flow, struct flow_path *path, fact_id call,
		      const struct flow_range *range, void *data)
{
	struct keeper *k = data;
	const struct model_function *model = flow_model(flow, call);

	if (k->helper && path->state == PENDING && call == k->start) {
		if (tells_idle(k, range))
			path->state = IDLE;
		return;
	}
	if (path->state != PENDING || !model)
		return;
	if (call == k->start && contract_has_refused(&model->contract, range))
		path->state = IDLE;
	if (!contract_has_failed(&model->contract, range))
		return;
	/* What is only prepared starts with a later call of its library. */
	if (call == k->start || (k->model->contract.fails == MODEL_FAILS_NEVER &&
				 g_str_equal(model->library, k->model->library)))
		path->state = IDLE;
}

static void on_end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct keeper *k = data;
	fact_id value = event == FACT_NONE ? FACT_NONE : flow_event(flow, event)->a;

	if (path->state != PENDING) {
		k->may_be_idle = true;
		return;
	}
	if (!k->is_left) {
		k->left = event;
		k->is_coarse |= path->coarse;
		k->returns_start = true;
	}
	k->returns_start &= flow_origin_of(flow, path, value) == k->start;
	flow_widen(&k->result, &k->is_left, flow_range_of(flow, path, value));
}

static double score_of(const struct keeper *k, double score)
{
	return score * (k->is_coarse ? COARSE : 1) * (k->helper ? BY_HELPER : 1) *
	       (k->kept->as == MODEL_KEPT_DATA ? DATA : 1);
}

/* ", which send() calls," or nothing. */
static char *by_helper(const struct keeper *k)
{
	uint32_t callee = k->helper ? flow_callee(k->flow, k->start) : PROGRAM_NONE;

	return callee == PROGRAM_NONE
		       ? g_strdup("")
		       : g_strdup_printf(", which %s() calls",
					 flow_program(k->flow)->functions[callee].name);
}

static void report_stack(struct keeper *k, uint32_t local, GPtrArray *findings)
{
	const struct program *program = flow_program(k->flow);
	const struct facts *facts = program_facts(program, flow_function(k->flow));
	const char *name = facts_string(facts, local_row(k->flow, local)->name);
	g_autofree char *by = by_helper(k);
	struct finding *f;

	k->site.event = k->start;
	f = site_finding_new(
		&k->site, k->model->name, score_of(k, ON_STACK),
		g_strdup_printf(
			"'%s', the %s of %s()%s, lives on the stack of %s(), which returns on "
			"line %u while it is in use; allocate it, and free it in the "
			"continuation",
			name, kept_as[k->kept->as], k->model->name, by,
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

static void walk(struct keeper *k)
{
	static const struct flow_client client = {on_event, on_result, on_end};

	k->freed = FACT_NONE;
	k->is_left = k->is_coarse = k->may_be_idle = false;
	k->may_be_idle |= !flow_run(k->flow, &client, FACT_NONE, k);
}

/* The pointer through which the memory of `value` was got: `c` of &c->request, for a start that has
 * a continuation or submits. What is only prepared is often freed before it is used. */
static fact_id owner_of(const struct keeper *k)
{
	const struct program_unit *unit = &flow_program(k->flow)->units[flow_unit(k->flow)];
	const struct fact_value *v = flow_value(k->flow, k->value);

	if (v->kind != FACT_VALUE_ADDRESS ||
	    (k->model && !(k->model->continuation_count || k->model->submits)))
		return k->value;
	v = flow_value(k->flow, v->a);
	while (v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE) {
		const struct fact_value *object = flow_value(k->flow, v->b);
		uint32_t flags = FACT_SYMBOL_POINTER;

		if (object->kind == FACT_VALUE_FIELD)
			flags = flow_program(k->flow)->symbols[unit->symbols[object->a]].flags;
		else if (object->kind != FACT_VALUE_LOCAL && object->kind != FACT_VALUE_PARAM)
			break;
		if (flags & FACT_SYMBOL_POINTER)
			return v->b;
		v = object;
	}
	return k->value;
}

/* Is there a call that could free the object? Asked before all paths are walked. */
static bool may_be_freed(const struct keeper *k)
{
	uint32_t count;
	const struct program_model_call *calls =
		program_model_calls(flow_program(k->flow), flow_function(k->flow), &count);

	for (uint32_t i = 0; i < count; i++) {
		int frees = calls[i].model->contract.frees;

		if (frees >= 0 && flow_same(k->flow, argument(k, calls[i].event, frees), k->value))
			return true;
	}
	return false;
}

/* Does the function turn the loop until the object on its stack says that it is over? */
static bool is_awaited(const struct keeper *k)
{
	const struct cost_loops loops =
		cost_loops(program_costs(flow_program(k->flow)), flow_function(k->flow));

	for (uint32_t i = 0; i < loops.count; i++) {
		const struct cost_loop *loop = &loops.rows[i];

		if (loop->begin < k->start || loop->test == FACT_NONE ||
		    !flow_mentions(k->flow, loop->test, k->place))
			continue;
		for (fact_id e = loop->begin; e < loop->end; e++)
			if (flow_event(k->flow, e)->kind == FACT_EVENT_CALL && ends_waiting(k, e))
				return true;
	}
	return false;
}

/* Follows one argument of one start. */
static void follow(struct keeper *k, uint64_t *told)
{
	enum fact_value_kind kind;
	uint32_t local;
	bool is_main =
		g_str_equal(flow_program(k->flow)->functions[flow_function(k->flow)].name, "main");

	k->value = named(k->flow, k->value);
	local = stack_object(k->flow, k->value);
	k->on_stack = local != FACT_NONE;
	if (!k->on_stack)
		k->value = owner_of(k);
	kind = flow_value(k->flow, k->value)->kind;
	if (!k->on_stack && kind != FACT_VALUE_LOCAL && kind != FACT_VALUE_PARAM &&
	    kind != FACT_VALUE_FIELD && kind != FACT_VALUE_VARIABLE)
		return;
	if (k->on_stack && (is_main || (local < 64 && (*told & UINT64_C(1) << local))))
		return; /* main() ends the program with its stack */
	k->place = k->on_stack ? flow_base(k->flow, k->value) : k->value;
	if (!k->on_stack && !may_be_freed(k))
		return;
	walk(k);
	if (k->on_stack && k->is_left && !is_awaited(k)) {
		*told |= local < 64 ? UINT64_C(1) << local : 0;
		report_stack(k, local, k->survey->findings);
	} else if (!k->on_stack && k->freed != FACT_NONE) {
		report_freed(k, k->survey->findings);
	}
}

static const struct helper *helper_of(struct survey *s, uint32_t function, uint32_t param);

/* Is it worth while to ask a helper about its argument: is it on the stack, may it be freed, or
 * does it come from a caller that asks? */
static bool may_be_kept(const struct keeper *k)
{
	struct keeper owner = *k;

	if (k->value == FACT_NONE)
		return false;
	if (stack_object(k->flow, k->value) != FACT_NONE)
		return true;
	owner.value = owner_of(k);
	return k->survey->depth > 0 ? flow_value(k->flow, owner.value)->kind == FACT_VALUE_PARAM
				    : may_be_freed(&owner);
}

/* What a helper keeps only sometimes is not followed to where it is freed, unless its result is
 * that of the start: the caller knows more of it than we. */
static bool can_be_followed(const struct keeper *k)
{
	const struct helper *helper = k->helper;

	return stack_object(k->flow, k->value) != FACT_NONE || k->survey->depth > 0 ||
	       (helper->always &&
		(helper->returns_start || helper->model->contract.fails == MODEL_FAILS_NEVER));
}

/* Is `place` a field called `name` of the object that `value` points to? */
static bool is_field_of(const struct flow *flow, fact_id place, fact_id value, const char *name)
{
	const struct program *program = flow_program(flow);
	const struct fact_value *v = flow_value(flow, place), *object = flow_value(flow, value);
	const struct fact_value *owner;

	if (v->kind != FACT_VALUE_FIELD || v->b == FACT_NONE ||
	    !g_str_equal(program->symbols[program->units[flow_unit(flow)].symbols[v->a]].name,
			 name))
		return false;
	if (object->kind == FACT_VALUE_ADDRESS)
		value = object->a;
	owner = flow_value(flow, v->b);
	return flow_same(flow, v->b, value) ||
	       (owner->kind == FACT_VALUE_ELEMENT && flow_same(flow, owner->a, value));
}

/* What a call wraps into the object that it gives: the memory of uv_buf_init(memory, size). */
static fact_id wrapped(const struct flow *flow, fact_id value)
{
	const struct fact_value *v = flow_value(flow, value);
	const struct model_function *model =
		v->kind == FACT_VALUE_CALL ? flow_model(flow, v->a) : NULL;

	return model && model->contract.wraps >= 0
		       ? program_argument(flow_program(flow), flow_unit(flow),
					  flow_event(flow, v->a), (uint32_t)model->contract.wraps)
		       : FACT_NONE;
}

/* What the field `name` of the object that `value` points to was last set to before the call
 * `event`; FACT_NONE if it is not seen. */
static fact_id behind(const struct flow *flow, fact_id event, fact_id value, const char *name)
{
	const struct fact_value *object = flow_value(flow, value);
	fact_id found = FACT_NONE;
	uint32_t first, count;

	(void)program_events(flow_program(flow), flow_function(flow), &first, &count);
	for (fact_id i = first; i < event; i++) {
		const struct fact_event *e = flow_event(flow, i);

		if (e->kind != FACT_EVENT_ASSIGN || e->b == FACT_NONE)
			continue;
		if (is_field_of(flow, e->a, value, name))
			found = e->b;
		else if (object->kind == FACT_VALUE_ADDRESS && flow_same(flow, e->a, object->a))
			found = wrapped(flow, e->b);
	}
	return found;
}

/* Calls `see` for each argument of the call `event` that a start keeps in use. */
static void each_kept(struct survey *s, struct flow *flow, fact_id event,
		      void (*see)(struct keeper *k, void *data), void *data)
{
	const struct fact_event *e = flow_event(flow, event);
	const struct model_function *model = flow_model(flow, event);
	uint32_t callee = model ? PROGRAM_NONE : flow_callee(flow, event);
	struct keeper k = {.site = {s->rule, s->program, flow_function(flow), FACT_NONE},
			   .survey = s,
			   .flow = flow,
			   .start = event};

	for (guint n = 0; model && n < model->contract.keep_count; n++) {
		k.model = model;
		k.kept = &model->contract.keeps[n];
		k.value = program_argument(s->program, flow_unit(flow), e, (uint32_t)k.kept->arg);
		if (k.value != FACT_NONE && k.kept->field)
			k.value = behind(flow, event, k.value, k.kept->field);
		if (k.value != FACT_NONE &&
		    contract_applies(s->program, flow_function(flow), event, k.kept->when))
			see(&k, data);
	}
	if (callee == PROGRAM_NONE)
		return;
	for (uint32_t n = 0; n < e->c; n++) {
		k.value = named(flow, program_argument(s->program, flow_unit(flow), e, n));
		k.model = NULL;
		k.helper = may_be_kept(&k) ? helper_of(s, callee, n) : NULL;
		if (!k.helper || !k.helper->model || !can_be_followed(&k))
			continue;
		k.model = k.helper->model;
		k.kept = k.helper->kept;
		see(&k, data);
	}
}

/* Does it keep what it is given when it returns? */
static bool may_keep(struct survey *s, const struct program_edge *edge)
{
	return program_is_sure(edge) && s->keepers[edge->callee] && !waits(s, edge->callee);
}

/* The same for each call of `function` that can start something, in their order. */
static void each_start(struct survey *s, uint32_t function,
		       void (*see)(struct keeper *k, void *data), void *data)
{
	const struct program_function *f = &s->program->functions[function];
	const struct program_edge *edges = &s->program->edges[f->first_out];
	g_autoptr(flow_t) flow = NULL;
	uint32_t count, call = 0, edge = 0;
	const struct program_model_call *calls = program_model_calls(s->program, function, &count);

	while (call < count || edge < f->out_count) {
		fact_id modelled = call < count ? calls[call].event : FACT_NONE;
		fact_id defined = edge < f->out_count ? edges[edge].event : FACT_NONE;
		bool starts = modelled <= defined ? calls[call].model->contract.keep_count > 0
						  : may_keep(s, &edges[edge]);

		if (starts && !flow)
			flow = flow_new(s->program, function);
		if (starts)
			each_kept(s, flow, MIN(modelled, defined), see, data);
		if (modelled > defined) {
			edge++;
			continue;
		}
		call++;
		while (edge < f->out_count && edges[edge].event == modelled)
			edge++; /* the model speaks of it */
	}
}

struct asked {
	uint32_t param;
	struct helper *helper;
};

/* One start of a helper: is it the parameter that it keeps, and still when the helper returns? */
static void see_in_helper(struct keeper *k, void *data)
{
	const struct asked *asked = data;
	const struct fact_value *v;

	k->value = named(k->flow, k->value);
	k->value = owner_of(k);
	v = flow_value(k->flow, k->value);
	if (asked->helper->model || v->kind != FACT_VALUE_PARAM || v->a != asked->param)
		return;
	k->place = k->value;
	walk(k);
	if (!k->is_left || k->is_coarse)
		return;
	*asked->helper = (struct helper){
		.model = k->model,
		.kept = k->kept,
		.returns_start = k->returns_start,
		.always = !k->may_be_idle && (!k->helper || k->helper->always),
		.result = k->result,
	};
}

static const struct helper *helper_of(struct survey *s, uint32_t function, uint32_t param)
{
	gint64 key = (gint64)function << 6 | param;
	struct helper *helper = g_hash_table_lookup(s->helpers, &key);
	struct asked asked = {param, helper};

	if (helper || param > 63 || s->depth >= DEPTH)
		return helper;
	asked.helper = helper = g_new0(struct helper, 1);
	g_hash_table_insert(s->helpers, g_memdup2(&key, sizeof(key)), helper);
	s->depth++;
	each_start(s, function, see_in_helper, &asked);
	s->depth--;
	return helper;
}

static void see_here(struct keeper *k, void *data)
{
	follow(k, data);
}

static void check_function(struct survey *s, uint32_t function)
{
	uint64_t told = 0;

	each_start(s, function, see_here, &told);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autofree bool *keepers = contract_keepers(input->program);
	struct survey s = {
		.rule = rule, .program = input->program, .keepers = keepers, .findings = findings};

	if (!keepers)
		return;
	s.helpers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	for (guint f = 0; f < input->program->function_count; f++) {
		uint32_t symbol = input->program->functions[f].symbol;

		if (keepers[f] && !(input->program->symbols[symbol].flags & FACT_SYMBOL_SYSTEM))
			check_function(&s, f);
	}
	g_hash_table_destroy(s.helpers);
	g_free(s.waiters);
	g_free(s.releasers);
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
		"What is freed in another function, through a name that a pointer has for some of "
		"the time only, or by an attribute cleanup (g_autofree). A helper that starts or "
		"closes something under a condition is not followed to where it is freed. A "
		"function that waits or runs a loop before it returns is taken to wait for this "
		"operation. What a function keeps that is neither modelled nor a helper that hands "
		"its parameter, or a part of what that points to, to a modelled start.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
