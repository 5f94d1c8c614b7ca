/* What stands around an event of a function: loops, and switches with many cases. */
#include "analyzer/condition_private.h"

#define WIDE_SWITCH 100

static void count_loops(struct conditions *c, uint32_t function, struct body *body)
{
	uint32_t first, count, depth = 0;
	const struct fact_event *events = program_events(c->program, function, &first, &count);

	body->in_loop = g_new0(bool, count + 1);
	for (uint32_t i = 0; i < count; i++) {
		depth -= events[i].kind == FACT_EVENT_LOOP_END && depth;
		body->in_loop[i] = depth > 0;
		depth += events[i].kind == FACT_EVENT_LOOP;
	}
}

bool conditions_in_loop(struct conditions *c, uint32_t function, fact_id event)
{
	struct body *body = conditions_body(c, function);
	uint32_t first, count;

	if (!body->in_loop)
		count_loops(c, function, body);
	(void)program_events(c->program, function, &first, &count);
	return body->in_loop[event - first];
}

/* One past the end of the switch that begins at `begin`; *ret_cases is the number of its own
 * cases. */
static uint32_t measure_switch(const struct fact_event *events, uint32_t count, uint32_t begin,
			       guint *ret_cases)
{
	uint32_t depth = 0, i;

	*ret_cases = 0;
	for (i = begin; i < count; i++) {
		depth += events[i].kind == FACT_EVENT_SWITCH;
		*ret_cases += events[i].kind == FACT_EVENT_CASE && depth == 1;
		if (events[i].kind == FACT_EVENT_SWITCH_END && !--depth)
			return i + 1;
	}
	return i;
}

static void find_wide(struct conditions *c, uint32_t function, struct body *body)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(c->program, function, &first, &count);

	body->in_wide_switch = g_new0(bool, count + 1);
	for (uint32_t i = 0; i < count; i++) {
		guint cases;
		uint32_t end;

		if (events[i].kind != FACT_EVENT_SWITCH)
			continue;
		end = measure_switch(events, count, i, &cases);
		for (uint32_t k = i; cases > WIDE_SWITCH && k < end; k++)
			body->in_wide_switch[k] = true;
	}
}

bool conditions_in_wide_switch(struct conditions *c, uint32_t function, fact_id event)
{
	struct body *body = conditions_body(c, function);
	uint32_t first, count;

	if (!body->in_wide_switch)
		find_wide(c, function, body);
	(void)program_events(c->program, function, &first, &count);
	return body->in_wide_switch[event - first];
}
