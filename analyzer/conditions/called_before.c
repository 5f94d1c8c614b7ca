/* Whether a function has been called on the way to an event: the condition `after NAME` of models.
 * What the functions of the way call before counts with all that it calls in its turn, but not over
 * pointers. Branches are not looked at: what stands before may have been called. */
#include "analyzer/conditions/condition_private.h"

/* Adds the functions that call one of `found` surely, and their callers. */
static void add_callers(const struct program *program, GHashTable *found, GArray *open)
{
	while (open->len) {
		uint32_t function = g_array_index(open, uint32_t, open->len - 1);
		const struct program_function *f = &program->functions[function];

		g_array_set_size(open, open->len - 1);
		for (uint32_t i = 0; i < f->in_count; i++) {
			const struct program_edge *edge =
				&program->edges[program->in_edges[f->first_in + i]];

			if (program_is_sure(edge) &&
			    g_hash_table_add(found, GUINT_TO_POINTER(edge->caller + 1)))
				g_array_append_val(open, edge->caller);
		}
	}
}

bool conditions_calls(const struct program *program, uint32_t unit, const struct fact_event *e,
		      const char *name)
{
	uint32_t symbol =
		e->kind == FACT_EVENT_CALL ? program_callee(program, unit, e) : PROGRAM_NONE;

	return symbol != PROGRAM_NONE && g_str_equal(program->symbols[symbol].name, name);
}

/* The functions that call `name`, themselves or by what they call: function + 1. */
static GHashTable *callers_of(struct conditions *c, const char *name)
{
	const struct program *program = c->program;
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	GHashTable *found;

	if (!c->callers)
		c->callers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						   (GDestroyNotify)g_hash_table_destroy);
	found = g_hash_table_lookup(c->callers, name);
	if (found)
		return found;
	found = g_hash_table_new(NULL, NULL);
	g_hash_table_insert(c->callers, (gpointer)name, found);
	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++)
			if (conditions_calls(program, program->functions[i].unit, &events[k],
					     name) &&
			    g_hash_table_add(found, GUINT_TO_POINTER(i + 1)))
				g_array_append_val(open, i);
	}
	add_callers(program, found, open);
	return found;
}

/* The end of the outermost loop around `event`, or the event itself: up to there what is called may
 * come before it. */
static fact_id last_before(const struct conditions *c, struct spot at)
{
	uint32_t first, count, depth = 0;
	const struct fact_event *events = program_events(c->program, at.function, &first, &count);
	bool inside = false;

	for (uint32_t i = 0; i < count; i++) {
		depth -= events[i].kind == FACT_EVENT_LOOP_END && depth;
		if (first + i >= at.event && depth == 0)
			return inside ? first + i : at.event;
		inside |= first + i == at.event;
		depth += events[i].kind == FACT_EVENT_LOOP;
	}
	return at.event;
}

/* Does the function call `name` before the event, itself or by what it calls? */
static bool is_called(struct conditions *c, struct spot at, const char *name)
{
	const struct program *program = c->program;
	const struct program_function *f = &program->functions[at.function];
	GHashTable *callers = callers_of(c, name);
	fact_id last = last_before(c, at);
	uint32_t first, count;
	const struct fact_event *events = program_events(program, at.function, &first, &count);

	for (uint32_t i = 0; i < count && first + i < last; i++)
		if (first + i != at.event && conditions_calls(program, f->unit, &events[i], name))
			return true;
	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event < last && edge->event != at.event && program_is_sure(edge) &&
		    g_hash_table_contains(callers, GUINT_TO_POINTER(edge->callee + 1)))
			return true;
	}
	return false;
}

formula_id conditions_after(struct conditions *c, struct spot at, const struct atom *atom)
{
	if (!is_called(c, at, atom->name))
		return formulas_atom(c->formulas, atom);
	return atom->negated ? FORMULA_FALSE : FORMULA_TRUE;
}
