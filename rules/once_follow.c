/* Follows one subject along the paths of a function: called, handed on, kept, or nothing of it. */
#include "rules/once.h"

#include "analyzer/conditions/condition.h"
#include "rules/contract.h"
#include "rules/once_never.h"

struct follower {
	const struct once_subject *subject;
	struct once_memory *memory;
	struct once_result *result;
};

static bool is_certain(const struct once_result *r)
{
	return (r->is_called || r->is_handed) && !r->is_gone && !r->is_left;
}

static bool found_before(const struct once_result *result, fact_id second)
{
	for (guint i = 0; i < result->twice->len; i++)
		if (g_array_index(result->twice, struct once_twice, i).second == second)
			return true;
	return false;
}

/* The second time: the path ends here. */
static bool complain(struct flow *flow, struct follower *f, const struct flow_path *path,
		     fact_id event, bool handed)
{
	struct once_twice twice = {path->since, event, handed, false, path->coarse};

	twice.by_helper =
		f->subject->kind == ONCE_FIELD && (flow_callee(flow, event) != PROGRAM_NONE ||
						   flow_callee(flow, path->since) != PROGRAM_NONE);
	if (!found_before(f->result, event))
		g_array_append_val(f->result->twice, twice);
	f->result->is_called = true;
	return false;
}

static bool on_call(struct flow *flow, struct flow_path *path, fact_id event, struct follower *f)
{
	struct flow_range range = flow_range_of(flow, path, f->subject->place);

	if (flow_is_zero(&range))
		return false; /* calls through a null pointer are not on this path */
	if (path->state == ONCE_CALLED || path->state == ONCE_HANDED)
		return complain(flow, f, path, event, path->state == ONCE_HANDED);
	path->state = ONCE_CALLED;
	path->since = event;
	return true;
}

static bool on_hand(struct flow *flow, struct flow_path *path, fact_id event, struct follower *f)
{
	if (path->state == ONCE_CALLED || path->state == ONCE_HANDED)
		return complain(flow, f, path, event, true);
	path->state = ONCE_HANDED;
	path->since = event;
	return true;
}

static bool lose(struct flow_path *path)
{
	if (path->state == ONCE_OPEN || path->state == ONCE_MADE || path->state == ONCE_KEPT)
		path->state = ONCE_GONE;
	return true;
}

static bool frees(const struct flow *flow, fact_id event, uint32_t k)
{
	const struct model_function *model = flow_model(flow, event);

	return model && model->contract.frees == (int)k;
}

/* The object is given up: what was not called until now never will be. */
static bool on_free(struct flow *flow, struct flow_path *path, fact_id event, struct follower *f)
{
	struct flow_range range = flow_range_of(flow, path, f->subject->place);

	if (flow_is_zero(&range))
		return false; /* nobody waits */
	if (path->state == ONCE_OPEN) {
		path->state = ONCE_FREED;
		path->since = event;
	}
	return true;
}

/* A modelled function gets the subject as argument `k`. */
static bool on_model(struct flow *flow, struct flow_path *path, fact_id event,
		     const struct model_function *model, uint32_t k, struct follower *f)
{
	if (f->subject->kind == ONCE_TASK) {
		if (model->contract.completes == (int)k)
			return on_call(flow, path, event, f);
		if (model->contract.holds == (int)k)
			return lose(path);
		if (model->contract.drops == (int)k && f->subject->user_data)
			return on_free(flow, path, event, f);
		return model->continuation_count || model->contract.keep_count ? lose(path) : true;
	}
	for (guint i = 0; i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];

		if (c->arg != (int)k || c->field)
			continue;
		if (c->calls == MODEL_CALLS_MANY || c->when)
			return lose(path);
		return c->context == MODEL_CONTEXT_SAME ? on_call(flow, path, event, f)
							: on_hand(flow, path, event, f);
	}
	return lose(path);
}

static bool on_helper(struct flow *flow, struct flow_path *path, fact_id event, uint32_t callee,
		      uint32_t k, struct follower *f)
{
	const struct once_result *r = once_helper(flow, f->memory, f->subject, callee, k);

	if (!r || r->is_gone)
		return lose(path);
	if (is_certain(r))
		return r->is_called && !r->is_handed ? on_call(flow, path, event, f)
						     : on_hand(flow, path, event, f);
	if (!r->is_called && !r->is_handed)
		return true; /* looks at it only */
	if (path->state == ONCE_OPEN || path->state == ONCE_MADE || path->state == ONCE_KEPT) {
		path->state = ONCE_MAYBE;
		path->since = event;
	}
	return true;
}

/* Is `value` the object whose field the subject is, or its address? */
static bool is_object(const struct flow *flow, const struct once_subject *subject, fact_id value)
{
	const struct fact_value *v;

	if (subject->kind != ONCE_FIELD || value == FACT_NONE)
		return false;
	v = flow_value(flow, value);
	return flow_same(flow, v->kind == FACT_VALUE_ADDRESS ? v->a : value, subject->object);
}

/* A helper gets the object: it may call the callback in it, or set another one. */
static bool on_object(struct flow *flow, struct flow_path *path, fact_id event, uint32_t k,
		      struct follower *f)
{
	uint32_t callee = flow_callee(flow, event);
	const struct once_result *r =
		callee == PROGRAM_NONE ? NULL : once_helper(flow, f->memory, f->subject, callee, k);
	if (!r || r->is_gone)
		return true; /* what it does with the field is not known */
	if (r->is_freed && !r->is_open && !r->is_called && !r->is_handed)
		return on_free(flow, path, event, f);
	if (r->is_changed) {
		f->result->is_changed = true;
		path->state = ONCE_OPEN;
		path->since = FACT_NONE;
		return true;
	}
	return on_helper(flow, path, event, callee, k, f);
}

static bool on_pass(struct flow *flow, struct flow_path *path, fact_id event, uint32_t k,
		    struct follower *f)
{
	const struct model_function *model = flow_model(flow, event);
	uint32_t callee = flow_callee(flow, event);

	if (model)
		return on_model(flow, path, event, model, k, f);
	return callee == PROGRAM_NONE ? lose(path) : on_helper(flow, path, event, callee, k, f);
}

/* What keeps the subject is given to a modelled start: from now on that will call it. */
static bool on_start(struct flow *flow, struct flow_path *path, fact_id event, struct follower *f)
{
	const struct model_function *model = flow_model(flow, event);
	fact_id keeper = flow_base(flow, flow_event(flow, path->since)->a);
	const struct fact_event *e = flow_event(flow, event);

	if (!model || model->contract.fails == MODEL_FAILS_NEVER ||
	    flow_value(flow, keeper)->kind == FACT_VALUE_VARIABLE)
		return true;
	for (uint32_t k = 0; k < e->c; k++) {
		fact_id value = program_argument(flow_program(flow), flow_unit(flow), e, k);

		if (value != FACT_NONE && flow_same(flow, flow_base(flow, value), keeper))
			return on_hand(flow, path, event, f);
	}
	return true;
}

/* The field may be called or changed where it is given to: nothing more is said of this path. */
static bool lose_field(struct follower *f)
{
	f->result->is_gone = true;
	return false;
}

/* Does the call tell of a fault of the program? What follows it is no way that the program goes. */
static bool tells_fault(const struct flow *flow, fact_id event)
{
	const struct model_function *model = flow_model(flow, event);

	return model && model->contract.fault &&
	       conditions_at_call(program_conditions(flow_program(flow)), flow_function(flow),
				  event, model->contract.fault) == FORMULA_TRUE;
}

static bool on_call_event(struct flow *flow, struct flow_path *path, fact_id event,
			  struct follower *f)
{
	const struct fact_event *e = flow_event(flow, event);

	if (tells_fault(flow, event))
		return false;
	if (f->subject->kind != ONCE_TASK && once_is_subject(flow, f->subject, e->a))
		return on_call(flow, path, event, f);
	for (uint32_t k = 0; k < e->c; k++) {
		fact_id value = program_argument(flow_program(flow), flow_unit(flow), e, k);

		if (once_is_subject(flow, f->subject, value))
			return f->subject->kind == ONCE_FIELD ? lose_field(f)
							      : on_pass(flow, path, event, k, f);
		if (is_object(flow, f->subject, value))
			return frees(flow, event, k) ? on_free(flow, path, event, f)
						     : on_object(flow, path, event, k, f);
		if (value != FACT_NONE && flow_mentions(flow, value, f->subject->place))
			return f->subject->kind == ONCE_FIELD ? lose_field(f) : lose(path);
	}
	return path->state == ONCE_KEPT ? on_start(flow, path, event, f) : true;
}

static bool on_assign(struct flow *flow, struct flow_path *path, fact_id event, struct follower *f)
{
	const struct fact_event *e = flow_event(flow, event);
	const struct fact_value *to = flow_value(flow, e->a);
	bool made = e->b != FACT_NONE && flow_value(flow, e->b)->kind == FACT_VALUE_CALL &&
		    f->subject->made_here;

	if (flow_mentions(flow, f->subject->place, e->a) ||
	    (f->subject->kind == ONCE_FIELD && flow_mentions(flow, f->subject->object, e->a))) {
		/* It is another one from here on. */
		f->result->is_changed = true;
		path->state = made ? ONCE_MADE : ONCE_OPEN;
		path->since = FACT_NONE;
		return f->subject->kind != ONCE_PARAMETER;
	}
	if (e->b == FACT_NONE || !flow_mentions(flow, e->b, f->subject->place) ||
	    once_is_subject(flow, f->subject, e->a))
		return true;
	if (f->subject->kind == ONCE_FIELD)
		return true;
	if (!once_is_subject(flow, f->subject, e->b) || to->kind == FACT_VALUE_LOCAL)
		return lose(path);
	if (path->state == ONCE_OPEN || path->state == ONCE_MADE) {
		path->state = ONCE_KEPT;
		path->since = event;
	}
	return true;
}

static bool on_event(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct follower *f = data;
	const struct fact_event *e = flow_event(flow, event);

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_CALL:
		return on_call_event(flow, path, event, f);
	case FACT_EVENT_ASSIGN:
		return on_assign(flow, path, event, f);
	case FACT_EVENT_READ: /* (void)cb says: not here */
		if (e->b != 1 || !once_is_subject(flow, f->subject, e->a))
			return true;
		f->result->is_passed = true;
		return false;
	default:
		return true;
	}
}

static void on_result(struct flow *flow, struct flow_path *path, fact_id call,
		      const struct flow_range *range, void *data)
{
	struct follower *f = data;
	const struct model_function *model = flow_model(flow, call);
	const struct fact_event *e = flow_event(flow, call);
	const struct once_result *r = NULL;
	uint32_t callee;

	if (path->since != call)
		return;
	if (path->state == ONCE_HANDED && model && contract_has_failed(&model->contract, range)) {
		path->state = ONCE_OPEN;
		return;
	}
	if (path->state != ONCE_MAYBE)
		return;
	callee = flow_callee(flow, call);
	for (uint32_t k = 0; callee != PROGRAM_NONE && k < e->c; k++)
		if (once_is_subject(flow, f->subject,
				    program_argument(flow_program(flow), flow_unit(flow), e, k)) ||
		    is_object(flow, f->subject,
			      program_argument(flow_program(flow), flow_unit(flow), e, k)))
			r = once_helper(flow, f->memory, f->subject, callee, k);
	if (r && flow_is_apart(range, &r->done))
		path->state = ONCE_OPEN;
	else if (r && flow_is_apart(range, &r->left))
		path->state = r->is_called ? ONCE_CALLED : ONCE_HANDED;
}

static void on_end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct follower *f = data;
	struct once_result *r = f->result;
	struct flow_range null = flow_range_of(flow, path, f->subject->place);
	fact_id value = event == FACT_NONE ? FACT_NONE : flow_event(flow, event)->a;
	struct flow_range returned = flow_range_of(flow, path, value);
	bool done = r->is_called || r->is_handed;

	if (flow_is_zero(&null))
		return;
	if (value != FACT_NONE && flow_mentions(flow, value, f->subject->place))
		(void)lose(path);
	switch ((enum once_state)path->state) {
	case ONCE_CALLED:
		r->is_called = true;
		once_never_settled(flow, path, r);
		flow_widen(&r->done, &done, returned);
		return;
	case ONCE_HANDED:
		r->is_handed = true;
		once_never_settled(flow, path, r);
		flow_widen(&r->done, &done, returned);
		return;
	case ONCE_OPEN:
	case ONCE_MADE:
		r->is_open = true;
		flow_widen(&r->left, &r->is_left, returned);
		if (f->subject->kind == ONCE_PARAMETER || path->state == ONCE_MADE ||
		    (f->subject->kind == ONCE_TASK &&
		     flow_value(flow, f->subject->place)->kind == FACT_VALUE_PARAM))
			once_never_note(flow, path, event, returned, r);
		return;
	case ONCE_FREED:
		r->is_freed = true;
		flow_widen(&r->left, &r->is_left, returned);
		once_never_note(flow, path, event, returned, r);
		return;
	case ONCE_KEPT:
	case ONCE_MAYBE:
	case ONCE_GONE:
		r->is_gone = r->is_passed = true;
		once_never_settled(flow, path, r);
		return;
	}
}

void once_follow(struct flow *flow, const struct once_subject *subject, struct once_memory *memory,
		 struct once_result *ret_result)
{
	static const struct flow_client client = {on_event, on_result, on_end};
	struct follower f = {subject, memory, ret_result};

	*ret_result = (struct once_result){
		.twice = g_array_new(FALSE, FALSE, sizeof(struct once_twice)),
		.never = g_array_new(FALSE, FALSE, sizeof(struct once_never)),
		.settled = g_hash_table_new(NULL, NULL),
	};
	if (!flow_run(flow, &client, subject->place, &f))
		ret_result->is_gone = true;
	once_never_close(flow, ret_result);
}

void once_result_clear(struct once_result *result)
{
	g_array_free(result->twice, TRUE);
	g_array_free(result->never, TRUE);
	if (result->settled)
		g_hash_table_destroy(result->settled);
}
