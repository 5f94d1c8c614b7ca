/* A queue of jobs, a table of watchers, a timer wheel: the program has put its own machinery before
 * the loop, and one continuation of the machinery calls through a pointer whatever was handed to
 * it. Each of these functions runs there, however many share the pointer; a doubt for each of them
 * would be wrong. So it is a continuation itself, and the place where it was handed over is where
 * a reader begins.
 *
 * That is believed only of machinery: few functions lead from the registrations to the call, and
 * all of them run on the I/O thread and nowhere else. The pointer of a container (how to free what
 * is in it) is called from everywhere, for objects that have nothing to do with each other. Misses
 * machinery that also runs before the loop or in pools. */
#include "analyzer/handed.h"

#include "analyzer/program_private.h"

#define MAX_LEADING 16 /* functions between the registrations and the call */

struct search {
	const struct program *program;
	GArray *leading; /* uint32_t functions that lead to the call, itself first */
	bool by_loop;
	GArray *found; /* struct handed */
};

static bool leads(const struct search *s, uint32_t function)
{
	for (guint i = 0; i < s->leading->len; i++)
		if (g_array_index(s->leading, uint32_t, i) == function)
			return true;
	return false;
}

/* Does a home-made loop call it by its name? Then it is what the loop does with an event, whoever
 * else asks it to. */
static bool is_called_by_loop(const struct program *program, uint32_t function)
{
	guint first, count = program_registrations_of(program, function, &first);

	for (guint i = first; i < first + count; i++) {
		uint32_t in = program->registrations[i].in_function;

		if (program->registrations[i].context == CONTEXT_IO && in != PROGRAM_NONE &&
		    program->functions[in].is_loop)
			return true;
	}
	return false;
}

/* Collects what leads to `function`. False if that is more than the loop's own machinery. */
static bool climb(struct search *s, uint32_t function)
{
	const struct program *program = s->program;

	g_array_set_size(s->leading, 0);
	g_array_append_val(s->leading, function);
	s->by_loop = is_called_by_loop(program, function);
	if (s->by_loop)
		return true;
	for (guint head = 0; head < s->leading->len; head++) {
		const struct program_function *f =
			&program->functions[g_array_index(s->leading, uint32_t, head)];

		if (f->contexts != CONTEXT_IO || s->leading->len > MAX_LEADING)
			return false;
		for (uint32_t i = 0; i < f->in_count; i++) {
			uint32_t caller = program->edges[program->in_edges[f->first_in + i]].caller;

			s->by_loop |= program->functions[caller].is_loop;
			if (!program->functions[caller].is_loop && !leads(s, caller))
				g_array_append_val(s->leading, caller);
		}
	}
	return true;
}

/* Was it given to a function of this program, which then is not one that calls it at once? */
static bool is_handed(const struct search *s, const struct target *target)
{
	const struct program *program = s->program;
	const struct target_seed *seed;
	const struct fact_event *e;
	struct definitions takers;
	uint32_t symbol;

	if (target->stored || target->seed == TARGETS_HERE)
		return false;
	seed = targets_seed(program->private->targets, target->seed);
	if (seed->function == PROGRAM_NONE || seed->event == FACT_NONE)
		return false;
	e = program_event(program, seed->unit, seed->event);
	symbol = e->kind == FACT_EVENT_CALL ? program_callee(program, seed->unit, e) : PROGRAM_NONE;
	if (symbol == PROGRAM_NONE)
		return false;
	takers = program_definitions(program, seed->unit, symbol);
	for (guint i = 0; i < takers.count; i++)
		if (leads(s, takers.functions[i]))
			return false;
	return takers.count > 0;
}

static void read_call(struct search *s, uint32_t function, fact_id event)
{
	const struct program *program = s->program;
	uint32_t unit = program->functions[function].unit;
	g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(struct target));
	struct handed row = {.function = function, .event = event, .by_loop = s->by_loop};
	bool stored = true, cut = false;

	targets_of_value(program->private->targets, unit, function,
			 program_event(program, unit, event)->a, targets, &stored, &cut);
	for (guint i = 0; !cut && i < targets->len; i++) {
		row.target = g_array_index(targets, struct target, i);
		if (is_handed(s, &row.target))
			g_array_append_val(s->found, row);
	}
}

/* Does the edge go through a pointer that holds more than this one function? */
static bool is_shared(const struct program_edge *edge)
{
	return edge->kind == EDGE_INDIRECT && !edge->by_parameter && edge->target_count > 1;
}

GArray *handed_find(const struct program *program)
{
	struct search s = {
		.program = program,
		.leading = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
		.found = g_array_new(FALSE, FALSE, sizeof(struct handed)),
	};

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct program_function *f = &program->functions[i];
		fact_id last = FACT_NONE;
		bool climbed = false;

		if (!(f->contexts & CONTEXT_IO) || f->is_loop)
			continue;
		for (uint32_t k = 0; k < f->out_count; k++) {
			const struct program_edge *edge = &program->edges[f->first_out + k];

			if (edge->event == last || !is_shared(edge))
				continue;
			last = edge->event;
			if (!climbed && !climb(&s, i))
				break;
			climbed = true;
			read_call(&s, i, edge->event);
		}
	}
	g_array_free(s.leading, TRUE);
	return s.found;
}
