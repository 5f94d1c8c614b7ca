/* Hints that sanction what follows them: see sanction.h. A hint in a helper that has returned is
 * not seen. */
#include "rules/sanction.h"

#include "analyzer/conditions/after.h"
#include "rules/trail.h"

/* CPORT_BLOCKING is a loop of one round that the hint's result is kept for: its end ends the hint.
 * The row after that end; `count` if the hint is no such block. */
static uint32_t end_of_block(const struct fact_event *events, uint32_t count, uint32_t hint)
{
	uint32_t i = hint + 1;
	int depth = 0;

	if (i + 1 >= count || events[i].kind != FACT_EVENT_ASSIGN ||
	    events[i + 1].kind != FACT_EVENT_LOOP)
		return count;
	for (i++; i < count; i++) {
		depth += nesting_step(&events[i]);
		if (depth == 0)
			return i + 1;
	}
	return count;
}

/* Is row `place` only reached over row `hint`, which stands before it? */
static bool covers(const struct fact_event *events, uint32_t count, uint32_t hint, uint32_t place)
{
	int depth = 0;

	if (place >= end_of_block(events, count, hint))
		return false;
	for (uint32_t i = hint + 1; i < place; i++) {
		depth += nesting_step(&events[i]);
		if (depth < 0 || (depth == 0 && (events[i].kind == FACT_EVENT_ELSE ||
						 events[i].kind == FACT_EVENT_CASE)))
			return false;
	}
	return true;
}

/* The hint in `function` before `event`; FACT_NONE if there is none. */
static fact_id hint_before(const struct program *program, uint32_t function, fact_id event)
{
	uint32_t first, count, call_count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	const struct program_model_call *calls =
		program_model_calls(program, function, &call_count);

	for (uint32_t i = 0; i < call_count && calls[i].event < event; i++)
		if (calls[i].model->may_run_long &&
		    covers(events, count, calls[i].event - first, event - first))
			return calls[i].event;
	return FACT_NONE;
}

bool sanction_covers(const struct program *program, uint32_t function, fact_id event)
{
	return hint_before(program, function, event) != FACT_NONE;
}

static void apply(struct finding *finding, const struct program *program, uint32_t function,
		  fact_id hint)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, hint));
	char *message = g_strconcat(finding->message, "; ", program->symbols[symbol].name,
				    "() has told the pool so", NULL);

	g_free(finding->message);
	finding->message = message;
	finding->level = FINDING_NOTE;
	trail_add(finding, program, STEP_NOTE, function, unit, hint,
		  g_strdup("tells the pool that what follows may take long"));
}

void sanction_apply(struct finding *finding, const struct program *program, const struct path *path,
		    uint32_t function, fact_id event)
{
	fact_id hint = hint_before(program, function, event);

	for (guint i = path->edges->len; hint == FACT_NONE && i-- > 0;) {
		const struct program_edge *edge =
			&program->edges[g_array_index(path->edges, uint32_t, i)];

		function = edge->caller;
		hint = hint_before(program, function, edge->event);
	}
	if (hint != FACT_NONE)
		apply(finding, program, function, hint);
}
