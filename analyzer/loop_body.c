/* A call in the body of a loop holds its thread like any continuation, unless the loop ends behind
 * it: then it is part of the shutdown. */
#include "analyzer/loop_body.h"

#include "analyzer/conditions/after.h"

static bool is_wait(const struct program *program, uint32_t function, const struct fact_event *e)
{
	uint32_t symbol = program_callee(program, program->functions[function].unit, e);

	return symbol != PROGRAM_NONE && program->symbols[symbol].model &&
	       program->symbols[symbol].model->waits;
}

/* How many loops and switches of the body, itself not counted, are around `event`. */
static int count_breakable(const struct fact_event *events, uint32_t first, uint32_t event)
{
	int depth = 0;

	for (uint32_t i = first; i < event; i++) {
		depth += events[i].kind == FACT_EVENT_LOOP || events[i].kind == FACT_EVENT_SWITCH;
		depth -= events[i].kind == FACT_EVENT_LOOP_END ||
			 events[i].kind == FACT_EVENT_SWITCH_END;
	}
	return depth - (events[first].kind == FACT_EVENT_LOOP);
}

/* Does a label of this name stand within the body? */
static bool has_label(const struct fact_event *events, uint32_t first, uint32_t end, fact_id label)
{
	for (uint32_t i = first; i < end; i++)
		if (events[i].kind == FACT_EVENT_LABEL && events[i].a == label)
			return true;
	return false;
}

static bool leaves(const struct program *program, const struct loop_body *body, fact_id event)
{
	uint32_t base, count;
	const struct fact_event *events = program_events(program, body->function, &base, &count);
	uint32_t first = body->first - base, end = body->end - base;
	int breakable = count_breakable(events, first, event - base);
	struct after after = {0};

	for (uint32_t i = event - base + 1; i < end; i++) {
		const struct fact_event *e = &events[i];
		bool comes = after_step(&after, e) && after_is_sure(&after);

		if (!comes)
			continue;
		if (e->kind == FACT_EVENT_LOOP_END || e->kind == FACT_EVENT_SWITCH_END)
			breakable--;
		if (e->kind == FACT_EVENT_CONTINUE && breakable <= 0)
			return false;
		if (e->kind == FACT_EVENT_RETURN || e->flags & FACT_EVENT_NORETURN ||
		    (e->kind == FACT_EVENT_BREAK && breakable <= 0) ||
		    (e->kind == FACT_EVENT_GOTO && !has_label(events, first, end, e->a)))
			return true;
	}
	return false;
}

bool loop_body_handles(const struct program *program, const struct loop_body *body, fact_id event)
{
	const struct fact_event *e =
		program_event(program, program->functions[body->function].unit, event);

	return event >= body->first && event < body->end && !is_wait(program, body->function, e) &&
	       !leaves(program, body, event);
}
