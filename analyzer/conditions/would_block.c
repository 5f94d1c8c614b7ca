/* `errno == EAGAIN`: the call before it would have blocked, which only a descriptor says that does
 * not block. So the callers decide, who know what they pass. Only parameters are looked at: guards
 * are being made while this is asked, and what is known of other descriptors rests on guards. */
#include <errno.h>

#include "analyzer/conditions/condition_private.h"
#include "analyzer/same_value.h"

static bool is_errno_call(const struct program *program, uint32_t unit, const struct fact_event *e)
{
	return conditions_calls(program, unit, e, "__errno_location");
}

static bool is_errno(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);

	if (v->kind != FACT_VALUE_DEREF || v->a == FACT_NONE)
		return false;
	v = program_value(program, unit, v->a);
	return v->kind == FACT_VALUE_CALL &&
	       is_errno_call(program, unit, program_event(program, unit, v->a));
}

/* Is it `not arg N has FLAG`, and the argument of `e` a number without it? */
static bool is_seen_to_lack(const struct program *program, uint32_t unit,
			    const struct fact_event *e, const struct condition *condition)
{
	const struct condition *flag = condition->left;
	fact_id argument;

	if (condition->kind != CONDITION_NOT || flag->kind != CONDITION_FLAG || flag->arg < 0)
		return false;
	argument = program_argument(program, unit, e, (uint32_t)flag->arg);
	return argument != FACT_NONE &&
	       program_value(program, unit, argument)->kind == FACT_VALUE_INT &&
	       !(program_value(program, unit, argument)->number & flag->number);
}

/* The argument that is the descriptor whose mode alone decides whether the call blocks, or -1. */
static int descriptor_in(const struct program *program, uint32_t unit, const struct fact_event *e,
			 const struct condition *condition)
{
	if (!condition)
		return -1;
	if (condition->kind == CONDITION_FD_BLOCKING)
		return condition->arg;
	if (condition->kind == CONDITION_UNLESS)
		return descriptor_in(program, unit, e, condition->left);
	if (condition->kind != CONDITION_AND)
		return -1;
	if (is_seen_to_lack(program, unit, e, condition->right))
		return descriptor_in(program, unit, e, condition->left);
	return is_seen_to_lack(program, unit, e, condition->left)
		       ? descriptor_in(program, unit, e, condition->right)
		       : -1;
}

/* The descriptor whose call `e` has set errno, FACT_NONE if the call says nothing about one. */
static fact_id asked_descriptor(const struct program *program, uint32_t unit,
				const struct fact_event *e)
{
	const struct model_function *model = program_call_model(program, unit, e);

	for (guint i = 0; model && i < model->sink_count; i++) {
		int argument = descriptor_in(program, unit, e, model->sinks[i].when);

		if (argument >= 0)
			return program_argument(program, unit, e, (uint32_t)argument);
	}
	return FACT_NONE;
}

/* Where errno was looked at: at the branch itself, or where the local got it that the branch tests.
 * FACT_NONE if the value is no errno. */
static fact_id read_at(struct conditions *c, struct spot at, fact_id value)
{
	uint32_t unit = c->program->functions[at.function].unit;
	const struct fact_value *v = program_value(c->program, unit, value);
	const GArray *assignments;
	fact_id event = FACT_NONE;

	if (v->kind != FACT_VALUE_LOCAL)
		return is_errno(c->program, unit, value) ? at.event : FACT_NONE;
	assignments = conditions_assignments(c, at.function);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!same_place(&a->place, v) || a->event > at.event)
			continue;
		if (a->by_address || a->value == FACT_NONE || !is_errno(c->program, unit, a->value))
			return FACT_NONE;
		event = a->event;
	}
	return event;
}

/* May the call change the mode of what it gets in `value`? */
static bool may_set_mode(const struct program *program, uint32_t unit, const struct fact_event *e,
			 fact_id value)
{
	const struct model_function *model = program_call_model(program, unit, e);

	if (e->kind != FACT_EVENT_CALL || (model && !model->effect_count))
		return false;
	for (uint32_t k = 0; k < e->c; k++)
		if (same_value(program, unit, value, program_argument(program, unit, e, k)))
			return true;
	return false;
}

/* The argument of call `i` of the function, if it is a parameter as the caller has passed it. */
static fact_id passed_descriptor(struct conditions *c, uint32_t function,
				 const struct fact_event *events, uint32_t i)
{
	uint32_t unit = c->program->functions[function].unit;
	fact_id value = asked_descriptor(c->program, unit, &events[i]);
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(c->program, unit, value);

	if (!v || v->kind != FACT_VALUE_PARAM || conditions_is_assigned(c, function, v))
		return FACT_NONE;
	while (i-- > 0)
		if (may_set_mode(c->program, unit, &events[i], value))
			return FACT_NONE;
	return value;
}

/* Goes back from there over other tests of errno and the ways that they leave by. Any other
 * call between may have set it. */
fact_id conditions_would_block(struct conditions *c, struct spot at, fact_id value, int64_t number)
{
	uint32_t first, count, unit = c->program->functions[at.function].unit;
	const struct fact_event *events = program_events(c->program, at.function, &first, &count);
	fact_id read = FACT_NONE;
	int nested = 0;

	if (at.event != FACT_NONE && value != FACT_NONE &&
	    (number == EAGAIN || number == EWOULDBLOCK))
		read = read_at(c, at, value);
	if (read == FACT_NONE)
		return FACT_NONE;
	for (uint32_t i = read - first; i-- > 0;) {
		const struct fact_event *e = &events[i];

		switch ((enum fact_event_kind)e->kind) {
		case FACT_EVENT_BRANCH:
			nested = MAX(nested - 1, 0);
			break;
		case FACT_EVENT_BRANCH_END:
			nested++;
			break;
		case FACT_EVENT_CALL:
			if (is_errno_call(c->program, unit, e))
				break;
			return nested ? FACT_NONE : passed_descriptor(c, at.function, events, i);
		case FACT_EVENT_LOOP:
		case FACT_EVENT_LOOP_END:
		case FACT_EVENT_SWITCH:
		case FACT_EVENT_SWITCH_END:
		case FACT_EVENT_CASE:
		case FACT_EVENT_LABEL:
			return FACT_NONE;
		default: /* leaves the errno alone */
			break;
		}
	}
	return FACT_NONE;
}
