/* A switch is a table if four of its cases at least, and half of those that do anything, only call
 * one function of the program that nobody else calls. What else stands in such a case is what is
 * done with the result. A chain of `if` is none, nor is a switch whose cases test first. */
#include "analyzer/switch_table.h"

#include "analyzer/program_private.h"

#define LEAST_CASES 4

/* One open switch; the others are around it. */
struct open_switch {
	guint first_call;         /* in `calls`: what is found in it */
	uint32_t handlers, cases; /* cases that only call; that do anything */
	fact_id call;             /* of the case so far; FACT_NONE: none */
	uint32_t calls;           /* of the case so far */
	bool is_more;             /* the case tests, loops or nests */
};

static void end_case(struct open_switch *s, GArray *calls)
{
	bool only_calls = s->calls == 1 && s->call != FACT_NONE && !s->is_more;

	s->cases += s->calls > 0 || s->is_more;
	s->handlers += only_calls;
	if (only_calls)
		g_array_append_val(calls, s->call);
	s->call = FACT_NONE;
	s->calls = 0;
	s->is_more = false;
}

static void end_switch(GArray *open, GArray *calls)
{
	struct open_switch *s = &g_array_index(open, struct open_switch, open->len - 1);

	end_case(s, calls);
	if (s->handlers < LEAST_CASES || s->handlers * 2 < s->cases)
		g_array_set_size(calls, s->first_call);
	g_array_set_size(open, open->len - 1);
}

/* Is it called here only, or in functions of the same name: a program and its library may both
 * have one? */
static bool is_handler(const struct program *program, uint32_t function, uint32_t callee)
{
	const struct program_function *f = &program->functions[callee];

	for (uint32_t i = 0; i < f->in_count; i++) {
		uint32_t caller = program->edges[program->in_edges[f->first_in + i]].caller;

		if (!g_str_equal(program->functions[caller].name,
				 program->functions[function].name))
			return false;
	}
	return f->in_count > 0;
}

/* Does the event call a function by name that the program defines, and that is a handler? */
static bool calls_handler(const struct program *program, uint32_t function,
			  const struct fact_event *e)
{
	uint32_t callee = program_called(program, program->functions[function].unit, e);

	return callee != PROGRAM_NONE && is_handler(program, function, callee);
}

static void begin_switch(GArray *open, const GArray *calls)
{
	struct open_switch begun = {.first_call = calls->len, .call = FACT_NONE};

	if (open->len)
		g_array_index(open, struct open_switch, open->len - 1).is_more = true;
	g_array_append_val(open, begun);
}

GArray *switch_table_calls(const struct program *program, uint32_t function)
{
	GArray *calls = g_array_new(FALSE, FALSE, sizeof(fact_id));
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(struct open_switch));
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];
		struct open_switch *s =
			open->len ? &g_array_index(open, struct open_switch, open->len - 1) : NULL;

		if (e->kind == FACT_EVENT_SWITCH)
			begin_switch(open, calls);
		else if (!s)
			continue;
		else if (e->kind == FACT_EVENT_SWITCH_END)
			end_switch(open, calls);
		else if (e->kind == FACT_EVENT_CASE)
			end_case(s, calls);
		else if (e->kind == FACT_EVENT_BRANCH || e->kind == FACT_EVENT_LOOP)
			s->is_more = true;
		else if (e->kind == FACT_EVENT_CALL && ++s->calls == 1 &&
			 calls_handler(program, function, e))
			s->call = first + i;
	}
	return calls;
}
