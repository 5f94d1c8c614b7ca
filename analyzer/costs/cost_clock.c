/* Which functions tell what time it is: loops that ask it know when to stop. */
#include "analyzer/costs/cost_private.h"

#define CLOCK_DEPTH 4
#define CLOCK_EVENTS 24 /* a longer function does more than tell the time */

uint32_t cost_first_edge(const struct program *program, uint32_t function, fact_id event)
{
	const struct program_function *f = &program->functions[function];
	uint32_t low = 0, high = f->out_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (program->edges[f->first_out + middle].event < event)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

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
	for (uint32_t i = cost_first_edge(program, function, event_row); i < f->out_count; i++) {
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

/* Does the function itself call a clock? */
static bool asks_itself(const struct program *program, uint32_t function, uint32_t first,
			uint32_t count)
{
	uint32_t unit = program->functions[function].unit;

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = program_event(program, unit, first + i);
		uint32_t symbol = e->kind == FACT_EVENT_CALL ? program_callee(program, unit, e)
							     : PROGRAM_NONE;

		if (symbol != PROGRAM_NONE && program->symbols[symbol].model &&
		    program->symbols[symbol].model->clock)
			return true;
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
		if (count > CLOCK_EVENTS || !asks_itself(program, i, first, count))
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
			    costs->clocks[function] > CLOCK_DEPTH)
				continue;
			costs->clocks[caller] = (int8_t)(costs->clocks[function] + 1);
			g_array_append_val(found, caller);
		}
	}
}

/* A call whose answer is the time; that a message is stamped with it does not count. */
static bool asks_time(const struct costs *costs, uint32_t function, fact_id event)
{
	const struct fact_event *e =
		program_event(costs->program, costs->program->functions[function].unit, event);

	return e->kind == FACT_EVENT_CALL && e->flags & FACT_EVENT_RESULT_USED &&
	       cost_call_is_clock(costs, function, event);
}

enum cost_timed cost_timed(const struct costs *costs, uint32_t function, fact_id event)
{
	const GArray *loops = cost_loops(costs, function);
	uint32_t first, count;
	bool before = false, after = false;

	for (guint i = 0; i < loops->len; i++) {
		const struct cost_loop *loop = &g_array_index(loops, struct cost_loop, i);

		if (loop->begin < event && event < loop->end && loop->budget && loop->clock)
			return COST_TIMED_LOOP;
	}
	(void)program_events(costs->program, function, &first, &count);
	for (fact_id i = first; i < event && !before; i++)
		before = asks_time(costs, function, i);
	for (fact_id i = event + 1; before && i < first + count && !after; i++)
		after = asks_time(costs, function, i);
	return after ? COST_TIMED_AROUND : COST_TIMED_NOT;
}
