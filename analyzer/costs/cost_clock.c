/* Which functions tell what time it is: loops that ask it know when to stop. And what the program
 * itself measures. */
#include "analyzer/costs/cost_private.h"

#define CLOCK_DEPTH 4
#define CLOCK_EVENTS 24 /* a longer function does more than tell the time */
#define MAX_DEPTH 5

/* Calls down to one that a model calls a clock: 1 in the function itself. */
static bool tells_time(const struct costs *costs, uint32_t function, int depth)
{
	return costs->clocks[function] && costs->clocks[function] <= CLOCK_DEPTH + 1 - depth;
}

bool cost_call_is_clock(const struct costs *costs, uint32_t function, uint32_t event_row)
{
	const struct program *program = costs->program;
	const struct program_function *f = &program->functions[function];
	const struct fact_event *e = program_event(program, f->unit, event_row);
	uint32_t symbol = program_callee(program, f->unit, e);

	if (symbol != PROGRAM_NONE && program->symbols[symbol].model)
		return program->symbols[symbol].model->clock;
	for (uint32_t i = program_first_edge(program, function, event_row); i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event != event_row)
			break;
		if (tells_time(costs, edge->callee, 1))
			return true;
	}
	return false;
}

bool cost_is_clock(const struct costs *costs, uint32_t function)
{
	return tells_time(costs, function, 0);
}

static bool is_clock(const struct model_function *model)
{
	return model->clock;
}

static bool find_asking(const struct costs *costs, uint32_t function)
{
	const struct program_function *f = &costs->program->functions[function];

	for (uint32_t i = 0; i < f->out_count; i++)
		if (tells_time(costs, costs->program->edges[f->first_out + i].callee, 1))
			return true;
	return program_calls(costs->program, function, is_clock);
}

bool cost_asks_clock(struct costs *costs, uint32_t function)
{
	if (!costs->asking[function])
		costs->asking[function] = find_asking(costs, function) ? 1 : -1;
	return costs->asking[function] > 0;
}

/* ---- what answers with the time ----------------------------------------------------------- */

/* Is the value made of what the time was put into, or of an answer with the time? */
static bool is_of_time(const struct cost_body *body, fact_id value, const GArray *places, int depth)
{
	struct fact_value v = cost_value(body, value);
	fact_id parts[3];
	unsigned count;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	for (guint i = 0; i < places->len; i++)
		if (cost_same(&v, &g_array_index(places, struct fact_value, i)))
			return true;
	if (v.kind == FACT_VALUE_CALL) {
		const struct fact_event *call = cost_event(body, v.a);

		if (cost_call_is_clock(body->costs, body->function, v.a))
			return true;
		for (uint32_t k = 0; k < call->c; k++)
			if (is_of_time(body,
				       program_argument(body->costs->program, body->unit, call, k),
				       places, depth + 1))
				return true;
		return false;
	}
	count = facts_value_parts(&v, parts);
	for (unsigned i = 0; i < count; i++)
		if (is_of_time(body, parts[i], places, depth + 1))
			return true;
	return false;
}

/* The call `event` to a clock: now(&ts) puts the time into ts, now(ts) into what the caller gave.
 * True for the latter. */
static bool fills(const struct cost_body *body, fact_id event, GArray *places)
{
	const struct fact_event *e = cost_event(body, event);

	for (uint32_t k = 0; k < e->c; k++) {
		struct fact_value v =
			cost_value(body, program_argument(body->costs->program, body->unit, e, k));

		if (v.kind == FACT_VALUE_PARAM)
			return true;
		if (v.kind == FACT_VALUE_ADDRESS) {
			v = cost_value(body, v.a);
			g_array_append_val(places, v);
		}
	}
	return false;
}

/* clock_gettime(id, &now): its answer is whether it could. */
static bool puts_it_elsewhere(const struct cost_body *body, const struct fact_value *v)
{
	const struct fact_event *call = cost_event(body, v->a);
	const struct program *program = body->costs->program;

	for (uint32_t k = 0; program_call_model(program, body->unit, call) && k < call->c; k++)
		if (cost_value(body, program_argument(program, body->unit, call, k)).kind ==
		    FACT_VALUE_ADDRESS)
			return true;
	return false;
}

/* if (!tm), if (clock_gettime(id, &now) != 0): whether there is a time at all, not which. */
static bool is_whether(const struct cost_body *body, fact_id value)
{
	struct fact_value v = cost_value(body, value);

	while (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT)
		v = cost_value(body, v.a);
	if (v.kind == FACT_VALUE_BINARY && cost_value(body, v.a).kind == FACT_VALUE_CALL)
		v = cost_value(body, v.a);
	if (v.kind == FACT_VALUE_CALL)
		return puts_it_elsewhere(body, &v);
	return v.kind != FACT_VALUE_BINARY;
}

/* Does what the function returns, or puts where its caller says, hang on the time? That something
 * is stamped with the time on the way is no answer. */
static bool answers(struct costs *costs, uint32_t function)
{
	g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct fact_value));
	struct cost_body body;
	bool tested = false;

	cost_body_init(&body, costs, function);
	for (fact_id i = body.first; i < body.first + body.count; i++) {
		const struct fact_event *e = cost_event(&body, i);

		if (e->kind == FACT_EVENT_CALL && cost_call_is_clock(costs, function, i) &&
		    fills(&body, i, places))
			return true;
		if (e->kind == FACT_EVENT_BRANCH)
			tested |= !is_whether(&body, e->a) && is_of_time(&body, e->a, places, 0);
		if (e->kind == FACT_EVENT_RETURN && e->a != FACT_NONE &&
		    (tested || is_of_time(&body, e->a, places, 0)))
			return true;
		if (e->kind == FACT_EVENT_ASSIGN && is_of_time(&body, e->b, places, 0)) {
			struct fact_value to = cost_value(&body, e->a);

			g_array_append_val(places, to);
		}
	}
	return false;
}

void cost_find_clocks(struct costs *costs)
{
	const struct program *program = costs->program;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	uint32_t first, count;

	for (uint32_t i = 0; i < program->function_count; i++) {
		(void)program_events(program, i, &first, &count);
		if (count > CLOCK_EVENTS || !program_calls(program, i, is_clock) ||
		    !answers(costs, i))
			continue;
		costs->clocks[i] = 1;
		g_array_append_val(found, i);
	}
	for (guint k = 0; k < found->len; k++) {
		uint32_t function = g_array_index(found, uint32_t, k);
		const struct program_function *f = &program->functions[function];

		for (uint32_t i = 0; i < f->in_count; i++) {
			uint32_t caller = program->edges[program->in_edges[f->first_in + i]].caller;

			(void)program_events(program, caller, &first, &count);
			if (costs->clocks[caller] || count > CLOCK_EVENTS ||
			    costs->clocks[function] > CLOCK_DEPTH || !answers(costs, caller))
				continue;
			costs->clocks[caller] = (int8_t)(costs->clocks[function] + 1);
			g_array_append_val(found, caller);
		}
	}
}

/* ---- what is measured --------------------------------------------------------------------- */

/* start, and what stands in it: start.tv_sec. */
static bool is_place(const struct cost_body *body, fact_id value, const struct fact_value *place)
{
	struct fact_value v = cost_value(body, value);

	while (!cost_same(&v, place) && v.kind == FACT_VALUE_FIELD && v.b != FACT_NONE)
		v = cost_value(body, v.b);
	return cost_same(&v, place);
}

/* The place that the event sets to the time: start = now(), gettimeofday(&start); UNKNOWN if it is
 * none. */
static struct fact_value time_place(const struct cost_body *body, fact_id event)
{
	const struct fact_event *e = cost_event(body, event);
	const struct program *program = body->costs->program;
	struct fact_value none = {.kind = FACT_VALUE_UNKNOWN}, v;

	if (e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_NONE) {
		v = cost_value(body, e->b);
		return v.kind == FACT_VALUE_CALL &&
				       cost_call_is_clock(body->costs, body->function, v.a)
			       ? cost_value(body, e->a)
			       : none;
	}
	if (e->kind != FACT_EVENT_CALL || !cost_call_is_clock(body->costs, body->function, event))
		return none;
	for (uint32_t k = 0; k < e->c; k++) {
		v = cost_value(body, program_argument(program, body->unit, e, k));
		if (v.kind == FACT_VALUE_ADDRESS)
			return cost_value(body, v.a);
	}
	return none;
}

/* now - start; elapsed_since(start) */
static bool takes_difference(const struct cost_body *body, fact_id value,
			     const struct fact_value *place, int depth)
{
	struct fact_value v = cost_value(body, value);
	fact_id parts[3];
	unsigned count;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_SUB && is_place(body, v.b, place))
		return true;
	if (v.kind == FACT_VALUE_CALL) {
		const struct fact_event *call = cost_event(body, v.a);
		bool clock = cost_call_is_clock(body->costs, body->function, v.a);

		for (uint32_t k = 0; k < call->c; k++) {
			fact_id argument =
				program_argument(body->costs->program, body->unit, call, k);

			if ((clock && is_place(body, argument, place)) ||
			    takes_difference(body, argument, place, depth + 1))
				return true;
		}
		return false;
	}
	count = facts_value_parts(&v, parts);
	for (unsigned i = 0; i < count; i++)
		if (takes_difference(body, parts[i], place, depth + 1))
			return true;
	return false;
}

/* Does the event look at how long it is since `place` was set to the time? */
static bool measures(const struct cost_body *body, fact_id event, const struct fact_value *place)
{
	const struct fact_event *e = cost_event(body, event);

	switch ((int)e->kind) {
	case FACT_EVENT_ASSIGN:
		return (e->op == FACT_OP_SUB && is_place(body, e->b, place)) ||
		       takes_difference(body, e->b, place, 0);
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_RETURN:
		return takes_difference(body, e->a, place, 0);
	case FACT_EVENT_CALL:
		for (uint32_t k = 0; k < e->c; k++)
			if (takes_difference(
				    body, program_argument(body->costs->program, body->unit, e, k),
				    place, 0))
				return true;
		return false;
	default:
		return false;
	}
}

/* Is the time taken before the event, and afterwards how long it is since then? */
static bool is_measured(const struct cost_body *body, fact_id event)
{
	for (fact_id i = body->first; i < event; i++) {
		struct fact_value place = time_place(body, i);

		if (place.kind == FACT_VALUE_UNKNOWN)
			continue;
		for (fact_id k = event + 1; k < body->first + body->count; k++)
			if (measures(body, k, &place))
				return true;
	}
	return false;
}

enum cost_timed cost_timed(struct costs *costs, uint32_t function, fact_id event)
{
	const struct cost_loops loops = cost_loops(costs, function);
	struct cost_body body;

	if (!cost_asks_clock(costs, function))
		return COST_TIMED_NOT;
	for (uint32_t i = 0; i < loops.count; i++) {
		const struct cost_loop *loop = &loops.rows[i];

		if (loop->begin < event && event < loop->end && loop->budget && loop->clock)
			return COST_TIMED_LOOP;
	}
	cost_body_init(&body, costs, function);
	return is_measured(&body, event) ? COST_TIMED_AROUND : COST_TIMED_NOT;
}
