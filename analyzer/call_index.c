/* Which functions call what models know: one look at all events instead of one for each question.
 */
#include "analyzer/program_private.h"

struct call_index {
	GArray *calls;   /* struct program_model_call, by function */
	uint32_t *first; /* by function: its first row; one more at the end */
	bool *through;   /* by function: it calls something that has no name */
};

static void read_function(const struct program *program, uint32_t function,
			  struct call_index *calls)
{
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct program_model_call call = {.event = first + i};
		uint32_t symbol;

		if (events[i].kind != FACT_EVENT_CALL)
			continue;
		symbol = program_callee(program, unit, &events[i]);
		if (symbol == PROGRAM_NONE) {
			calls->through[function] = true;
			continue;
		}
		call.model = program->symbols[symbol].model;
		if (call.model)
			g_array_append_val(calls->calls, call);
	}
}

static const struct call_index *calls_of(const struct program *program)
{
	struct call_index *calls = program->private->call_index;

	if (calls)
		return calls;
	calls = program->private->call_index = g_new0(struct call_index, 1);
	calls->calls = g_array_new(FALSE, FALSE, sizeof(struct program_model_call));
	calls->first = g_new0(uint32_t, program->function_count + 1);
	calls->through = g_new0(bool, program->function_count + 1);
	for (uint32_t i = 0; i < program->function_count; i++) {
		calls->first[i] = calls->calls->len;
		read_function(program, i, calls);
	}
	calls->first[program->function_count] = calls->calls->len;
	return calls;
}

const struct program_model_call *program_model_calls(const struct program *program,
						     uint32_t function, uint32_t *ret_count)
{
	const struct call_index *calls = calls_of(program);
	uint32_t first = calls->first[function];

	*ret_count = calls->first[function + 1] - first;
	return &g_array_index(calls->calls, struct program_model_call, first);
}

struct program_model_walk program_walk_models(const struct program *program, uint32_t function)
{
	struct program_model_walk walk = {0};

	walk.calls = program_model_calls(program, function, &walk.count);
	return walk;
}

bool program_calls(const struct program *program, uint32_t function,
		   bool (*is)(const struct model_function *model))
{
	uint32_t count;
	const struct program_model_call *calls = program_model_calls(program, function, &count);

	for (uint32_t i = 0; i < count; i++)
		if (is(calls[i].model))
			return true;
	return false;
}

bool program_calls_through(const struct program *program, uint32_t function)
{
	return calls_of(program)->through[function];
}

void call_index_free(struct call_index *calls)
{
	if (!calls)
		return;
	g_array_free(calls->calls, TRUE);
	g_free(calls->first);
	g_free(calls->through);
	g_free(calls);
}
