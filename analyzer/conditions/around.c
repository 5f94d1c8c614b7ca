/* What stands around an event of a function: loops, and switches with many cases. */
#include <string.h>

#include "analyzer/conditions/condition_private.h"

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

/* Where a switch begins, and how many cases of its own it has so far. */
struct open_switch {
	uint32_t begin, cases;
};

static void find_wide(struct conditions *c, uint32_t function, struct body *body)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(c->program, function, &first, &count);
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(struct open_switch));

	body->in_wide_switch = g_new0(bool, count + 1);
	for (uint32_t i = 0; i < count; i++) {
		struct open_switch begun = {i, 0};
		struct open_switch *last =
			open->len ? &g_array_index(open, struct open_switch, open->len - 1) : NULL;

		if (events[i].kind == FACT_EVENT_SWITCH)
			g_array_append_val(open, begun);
		else if (events[i].kind == FACT_EVENT_CASE && last)
			last->cases++;
		if (events[i].kind != FACT_EVENT_SWITCH_END || !last)
			continue;
		if (last->cases > WIDE_SWITCH)
			memset(&body->in_wide_switch[last->begin], true, i + 1 - last->begin);
		g_array_set_size(open, open->len - 1);
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
