/* Ends at which a callback has not come. */
#include "rules/once_never.h"

static gpointer decision_of(const struct flow_step *step)
{
	return GSIZE_TO_POINTER((gsize)step->event << 1 | step->taken);
}

void once_never_settled(const struct flow *flow, const struct flow_path *path,
			struct once_result *result)
{
	const struct flow_step *step = flow_last_step(flow, path->trail);

	for (; step; step = flow_last_step(flow, step->parent))
		g_hash_table_add(result->settled, decision_of(step));
}

void once_never_note(const struct flow *flow, const struct flow_path *path, fact_id event,
		     struct flow_range returned, struct once_result *result)
{
	const struct flow_step *last = flow_last_step(flow, path->trail);
	struct once_never never = {
		event, {FACT_NONE, FACT_NONE, false}, path->trail, returned, path->coarse};

	if (last)
		never.last = *last;
	for (guint i = 0; i < result->never->len; i++) {
		const struct flow_step *other =
			&g_array_index(result->never, struct once_never, i).last;

		if (other->event == never.last.event && other->taken == never.last.taken)
			return;
	}
	g_array_append_val(result->never, never);
}

/* Does the condition ask for a count that the function takes one from? */
static bool counts_down(const struct flow *flow, fact_id condition)
{
	uint32_t first, count;
	const struct fact_event *events =
		program_events(flow_program(flow), flow_function(flow), &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];

		if (e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_SUB &&
		    flow_value(flow, e->a)->kind != FACT_VALUE_LOCAL &&
		    flow_mentions(flow, condition, e->a))
			return true;
	}
	return false;
}

static bool is_of_countdown(const struct flow *flow, const struct once_never *never)
{
	const struct flow_step *step = flow_last_step(flow, never->trail);

	for (; step; step = flow_last_step(flow, step->parent))
		if (flow_event(flow, step->event)->kind == FACT_EVENT_BRANCH &&
		    counts_down(flow, flow_event(flow, step->event)->a))
			return true;
	return false;
}

static bool is_void(const struct flow *flow)
{
	const struct program *program = flow_program(flow);
	uint32_t symbol = program->functions[flow_function(flow)].symbol;

	return g_str_has_prefix(program->symbols[symbol].type, "void (");
}

/* Does the result tell the caller that the callback will not come: is it something else than those
 * of the paths that call it? */
static bool is_told(const struct flow *flow, const struct once_result *r,
		    const struct once_never *never)
{
	int64_t done, left;

	if (never->end == FACT_NONE || flow_event(flow, never->end)->a == FACT_NONE ||
	    is_void(flow))
		return false;
	return !(r->is_called || r->is_handed) || !flow_is_constant(&r->done, &done) ||
	       !flow_is_constant(&never->returned, &left) || left != done;
}

/* The last branch that no other path took in the same way. */
static void find_branch(const struct flow *flow, const struct once_result *r,
			struct once_never *never)
{
	const struct flow_step *step = flow_last_step(flow, never->trail);

	for (; step; step = flow_last_step(flow, step->parent))
		if (!g_hash_table_contains(r->settled, decision_of(step))) {
			never->last = *step;
			return;
		}
}

void once_never_close(const struct flow *flow, struct once_result *result)
{
	guint kept = 0;

	for (guint i = 0; i < result->never->len; i++) {
		struct once_never never = g_array_index(result->never, struct once_never, i);
		bool is_known = false;

		if (is_told(flow, result, &never) || is_of_countdown(flow, &never))
			continue;
		find_branch(flow, result, &never);
		for (guint k = 0; k < kept; k++)
			is_known |= g_array_index(result->never, struct once_never, k).last.event ==
				    never.last.event;
		if (!is_known)
			g_array_index(result->never, struct once_never, kept++) = never;
	}
	g_array_set_size(result->never, kept);
	g_clear_pointer(&result->settled, g_hash_table_destroy);
}
