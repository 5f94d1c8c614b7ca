/* Which functions tell what time it is: loops that ask it know when to stop. */
#include "analyzer/cost_private.h"

#define CLOCK_DEPTH 3
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

static bool is_clock(struct costs *costs, uint32_t function, int depth);

bool cost_call_is_clock(struct costs *costs, uint32_t function, uint32_t event_row, int depth)
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
		if (is_clock(costs, edge->callee, depth + 1))
			return true;
	}
	return false;
}

static bool is_clock(struct costs *costs, uint32_t function, int depth)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(costs->program, function, &first, &count);
	bool yes = false;

	if (costs->clocks[function] || count > CLOCK_EVENTS || depth > CLOCK_DEPTH)
		return costs->clocks[function] > 0;
	costs->clocks[function] = -1;
	for (uint32_t i = 0; i < count && !yes; i++)
		yes = events[i].kind == FACT_EVENT_CALL &&
		      cost_call_is_clock(costs, function, first + i, depth);
	costs->clocks[function] = yes ? 1 : -1;
	return yes;
}

bool cost_is_clock(struct costs *costs, uint32_t function)
{
	return is_clock(costs, function, 0);
}
