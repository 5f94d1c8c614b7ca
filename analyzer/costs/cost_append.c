/* Calls that append and go over all that is there for it: strcat() to one buffer in each round, the
 * end of a list. What a loop has begun anew in the round is short, and is no such thing. */
#include "analyzer/costs/cost_private.h"

static const struct model_sink *appending_sink(const struct cost_body *body, fact_id event)
{
	const struct model_function *model =
		program_call_model(body->costs->program, body->unit, cost_event(body, event));

	for (guint i = 0; model && i < model->sink_count; i++)
		if (model->sinks[i].appends)
			return &model->sinks[i];
	return NULL;
}

/* The place at the beginning of what `value` points to or into. */
static struct fact_value place_of(const struct cost_body *body, fact_id value)
{
	struct fact_value v = cost_value(body, value);

	while (v.kind == FACT_VALUE_ELEMENT || v.kind == FACT_VALUE_DEREF ||
	       v.kind == FACT_VALUE_ADDRESS)
		v = cost_value(body, v.a);
	return v;
}

/* Does the call `e` write to `place` from its beginning: strcpy(line, ""), snprintf(line, …)? */
static bool call_begins_anew(const struct cost_body *body, fact_id event,
			     const struct fact_value *place)
{
	const struct fact_event *e = cost_event(body, event);
	struct fact_value v;

	if (e->c == 0 || appending_sink(body, event))
		return false;
	v = place_of(body, program_argument(body->costs->program, body->unit, e, 0));
	return cost_same(&v, place);
}

/* place = append(place, x) keeps it; all else that is assigned to it or to its elements does not.
 */
static bool begins_anew(const struct cost_body *body, fact_id event, const struct fact_value *place)
{
	const struct fact_event *e = cost_event(body, event);
	struct fact_value to, from;

	if (e->kind == FACT_EVENT_CALL)
		return call_begins_anew(body, event, place);
	if (e->kind != FACT_EVENT_ASSIGN)
		return false;
	to = place_of(body, e->a);
	from = cost_value(body, e->b);
	return cost_same(&to, place) &&
	       (from.kind != FACT_VALUE_CALL || !appending_sink(body, from.a));
}

bool cost_appends(const struct cost_body *body, fact_id event, const struct cost_loop *loop)
{
	const struct model_sink *sink = appending_sink(body, event);
	struct fact_value place;

	if (!sink)
		return false;
	place = place_of(body,
			 program_argument(body->costs->program, body->unit, cost_event(body, event),
					  (uint32_t)sink->string_arg));
	if (place.kind != FACT_VALUE_LOCAL && place.kind != FACT_VALUE_PARAM &&
	    place.kind != FACT_VALUE_FIELD && place.kind != FACT_VALUE_VARIABLE)
		return false;
	for (fact_id i = loop->begin + 1; i < loop->end; i++)
		if (begins_anew(body, i, &place))
			return false;
	return true;
}
