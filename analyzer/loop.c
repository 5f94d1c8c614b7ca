/* A loop function calls a wait (epoll_wait and its kin, directly or through functions that do
 * little else) again and again, and what it calls in between are continuations. A wait for a single
 * descriptor is no loop: that is how synchronous reads with a timeout are written. The wait may be
 * a few calls down. Misses loops whose dispatch shares no function with the wait or with a call
 * that leads to it. */
#include "analyzer/loop.h"

#include "analyzer/loop_jump.h"
#include "analyzer/loop_wait.h"
#include "analyzer/program_private.h"

#define WAIT_DEPTH 3
#define LAYERS 4 /* calls between a loop and its wait */

struct finder {
	struct program *program;
	GArray *dispatches; /* struct loop_dispatch */
	GArray *bodies;     /* struct loop_body */
	uint8_t *waits;     /* function -> does it wait itself? */
	uint8_t *whole;     /* function -> is its wait a whole loop, which runs until it is quit? */
	formula_id *when;   /* function -> when its first wait waits, over its parameters */
	uint8_t *
		multiplexes; /* function -> waits for any number of events, here or not far below */
	uint8_t *repeated;   /* function is called in a loop, or by one that is */
	uint8_t *jumps;      /* function has labels */
	uint8_t *endless;    /* function is a loop without a condition: no turn of another one */
	uint8_t *steps;      /* function is one turn of a loop; NULL until known */
	uint8_t *layers; /* function -> calls down to a wait that it is made around, from 1 on; NULL
			  * until known */
};

/* When the call waits, over the parameters of `function`; FORMULA_FALSE if it is no wait. */
static formula_id wait_of(struct finder *finder, uint32_t function, fact_id event)
{
	struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	uint32_t symbol = program_callee(program, unit, e);
	const struct model_function *model;

	if (symbol == PROGRAM_NONE || !program->symbols[symbol].model)
		return FORMULA_FALSE;
	model = program->symbols[symbol].model;
	if (!model->waits || !loop_waits_for_many(program, function, e, model))
		return FORMULA_FALSE;
	return conditions_at_call(program->private->conditions, function, event, model->waits);
}

/* epoll_wait() and its kin, as against poll(), which is also used to wait for one thing. */
static bool is_multiplexer(const struct program *program, uint32_t function,
			   const struct fact_event *e)
{
	uint32_t symbol = program_callee(program, program->functions[function].unit, e);

	return program->symbols[symbol].model->wait_count_arg < 0;
}

/* g_main_loop_run() and its kin: a function around one waits for a single answer. */
static bool is_whole_loop(const struct program *program, uint32_t function,
			  const struct fact_event *e)
{
	uint32_t symbol = program_callee(program, program->functions[function].unit, e);
	const struct model_function *model = program->symbols[symbol].model;

	return model->runs_loop && model->waits->kind == CONDITION_TRUE;
}

static void find_waits(struct finder *finder)
{
	struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++)
			finder->jumps[i] |= events[k].kind == FACT_EVENT_LABEL;
		for (uint32_t k = 0; k < count && !finder->waits[i]; k++) {
			if (events[k].kind == FACT_EVENT_CALL)
				finder->when[i] = wait_of(finder, i, first + k);
			finder->waits[i] = finder->when[i] != FORMULA_FALSE;
			if (!finder->waits[i])
				continue;
			finder->multiplexes[i] = is_multiplexer(program, i, &events[k]);
			finder->whole[i] = is_whole_loop(program, i, &events[k]);
		}
	}
}

/* Callers of a multiplexer, to a few levels: they are layers of the loop's wait (a table of
 * backends), and not what it dispatches to. */
static void spread_multiplexers(struct finder *finder)
{
	struct program *program = finder->program;

	for (uint8_t depth = 1; depth < WAIT_DEPTH; depth++)
		for (guint i = 0; i < program->edge_count; i++) {
			const struct program_edge *e = &program->edges[i];

			if (e->kind == EDGE_DIRECT && finder->multiplexes[e->callee] == depth &&
			    !finder->multiplexes[e->caller])
				finder->multiplexes[e->caller] = depth + 1;
		}
}

static bool is_in_loop(const struct finder *finder, const struct program_edge *e)
{
	uint32_t first, count, begin;
	const struct fact_event *events;

	if (conditions_in_loop(finder->program->private->conditions, e->caller, e->event))
		return true;
	if (!finder->jumps[e->caller])
		return false;
	events = program_events(finder->program, e->caller, &first, &count);
	return loop_jump_around(events, count, e->event - first, &begin) < count;
}

/* Functions called in a loop, and those that they call outside one. */
static void find_repeated(struct finder *finder)
{
	struct program *program = finder->program;
	bool changed = true;

	for (int round = 0; round < WAIT_DEPTH && changed; round++) {
		changed = false;
		for (guint i = 0; i < program->edge_count; i++) {
			const struct program_edge *e = &program->edges[i];

			if (finder->repeated[e->callee])
				continue;
			if (!finder->repeated[e->caller] && !is_in_loop(finder, e))
				continue;
			finder->repeated[e->callee] = changed = true;
		}
	}
}

/* Does the callee wait, given what it is passed here? A loop function is no wait for its callers.
 */
static bool edge_waits(struct finder *finder, const struct program_edge *e)
{
	struct program *program = finder->program;

	return finder->waits[e->callee] && !finder->whole[e->callee] &&
	       !program->functions[e->callee].is_loop &&
	       conditions_at_caller(program->private->conditions, finder->when[e->callee],
				    e->caller, e->event,
				    e->kind == EDGE_SYNCHRONOUS) != FORMULA_FALSE;
}

/* Does this call, directly or below it, wait? Event is a call in `function`. */
static bool call_waits(struct finder *finder, uint32_t function, fact_id event, uint32_t *edge)
{
	struct program *program = finder->program;
	uint32_t end =
		program->functions[function].first_out + program->functions[function].out_count;
	bool waits = wait_of(finder, function, event) != FORMULA_FALSE;

	while (*edge < end && program->edges[*edge].event < event)
		(*edge)++;
	for (uint32_t i = *edge; i < end && program->edges[i].event == event; i++)
		waits |= edge_waits(finder, &program->edges[i]) ||
			 (finder->layers && finder->layers[program->edges[i].callee]);
	return waits;
}

static bool can_dispatch(struct finder *finder, uint32_t function, fact_id event)
{
	struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	uint32_t symbol = program_callee(program, unit, e);
	struct definitions callees;

	if (conditions_guard(program->private->conditions, function, event) == FORMULA_FALSE)
		return false;
	if (symbol == PROGRAM_NONE)
		return true;
	if (loop_only_tells(program, symbol))
		return false;
	callees = program_definitions(program, unit, symbol);
	for (guint i = 0; i < callees.count; i++)
		if (finder->steps && finder->steps[callees.functions[i]])
			return false;
	return callees.count > 0;
}

/* f(LEVEL): who is only given constants is told of no event. */
static bool takes_constants(const struct program *program, uint32_t function,
			    const struct fact_event *e)
{
	uint32_t unit = program->functions[function].unit;

	for (uint32_t k = 0; k < e->c; k++) {
		int kind =
			program_value(program, unit, program_argument(program, unit, e, k))->kind;

		if (kind != FACT_VALUE_INT && kind != FACT_VALUE_STRING)
			return false;
	}
	return e->c > 0;
}

/* Does what is called here do more than reckon? */
static bool does_something(const struct program *program, uint32_t function, fact_id event)
{
	const struct program_function *f = &program->functions[function];

	if (takes_constants(program, function, program_event(program, f->unit, event)))
		return false;
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];
		uint32_t first, count;
		const struct fact_event *events;

		if (e->event != event)
			continue;
		events = program_events(program, e->callee, &first, &count);
		for (uint32_t k = 0; k < count; k++)
			if (events[k].kind == FACT_EVENT_CALL)
				return true;
	}
	return false;
}

/* Is one of the functions called here a layer of the wait itself? */
static bool calls_multiplexer(struct finder *finder, uint32_t function, fact_id event)
{
	const struct program_function *f = &finder->program->functions[function];

	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &finder->program->edges[i];

		if (e->event == event && finder->multiplexes[e->callee])
			return true;
	}
	return false;
}

/* End of the outermost loop around `at`, or `count`; *ret_begin is its begin. A jump backward makes
 * one as well. */
static uint32_t around(const struct fact_event *events, uint32_t count, uint32_t at,
		       uint32_t *ret_begin)
{
	uint32_t depth = 0, begin = 0;

	*ret_begin = at;
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == FACT_EVENT_LOOP && !depth++)
			begin = i;
		if (events[i].kind != FACT_EVENT_LOOP_END || !depth || --depth)
			continue;
		if (begin <= at && at <= i) {
			*ret_begin = begin;
			return i;
		}
	}
	return loop_jump_around(events, count, at, ret_begin);
}

static void add_dispatches(struct finder *finder, uint32_t function, uint32_t wait, uint32_t begin,
			   uint32_t end, bool in_loop)
{
	struct program *program = finder->program;
	uint32_t first, count, edge = program->functions[function].first_out;
	const struct fact_event *events = program_events(program, function, &first, &count);
	guint before = finder->dispatches->len;
	bool believed = false, runs = in_loop || (finder->layers && finder->layers[function]);

	for (uint32_t i = begin; i < end; i++) {
		struct loop_dispatch dispatch = {function, first + i, false};

		if (events[i].kind != FACT_EVENT_CALL ||
		    call_waits(finder, function, first + i, &edge) ||
		    !can_dispatch(finder, function, first + i) ||
		    calls_multiplexer(finder, function, first + i))
			continue;
		dispatch.indirect = program_callee(program, program->functions[function].unit,
						   &events[i]) == PROGRAM_NONE;
		if (!dispatch.indirect && i <= wait && !in_loop)
			continue;
		believed |= dispatch.indirect ||
			    ((runs || conditions_in_loop(program->private->conditions, function,
							 first + i)) &&
			     does_something(program, function, first + i));
		g_array_append_val(finder->dispatches, dispatch);
	}
	/* A function that is itself called in a loop must dispatch through a place, or for each of
	 * several events, to be believed, unless it stands around the loop's wait. */
	if (!believed)
		g_array_set_size(finder->dispatches, before);
	if (finder->dispatches->len == before)
		return;
	program->functions[function].is_loop = true;
	finder->endless[function] =
		in_loop && loop_is_endless(program, function, &events[begin], &events[wait]);
}

/* Remembers what `function` does itself after its wait. Without a call that handles something it
 * may be a loop that never ends; that it serves events is seen by who runs it. */
static void add_body(struct finder *finder, uint32_t function, uint32_t wait, uint32_t begin,
		     uint32_t end, bool in_loop)
{
	struct program *program = finder->program;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	struct loop_body body = {
		.function = function,
		.wait = first + wait,
		.first = first + (in_loop ? begin : wait),
		.end = first + end,
		.dispatches = program->functions[function].is_loop,
	};

	if (body.dispatches || (in_loop && events[begin].kind == FACT_EVENT_LOOP &&
				events[begin].c == FACT_BOUND_NONE))
		g_array_append_val(finder->bodies, body);
}

/* again: if (wait() < 0 && errno == EINTR) goto again; */
static bool only_retries(struct finder *finder, uint32_t function, uint32_t wait, uint32_t end)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(finder->program, function, &first, &count);

	for (uint32_t i = wait + 1; i < end; i++)
		if (events[i].kind == FACT_EVENT_CALL && can_dispatch(finder, function, first + i))
			return false;
	return true;
}

static void look_at(struct finder *finder, uint32_t function)
{
	struct program *program = finder->program;
	uint32_t first, count, begin, end, edge = program->functions[function].first_out;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		bool in_loop;

		if (events[i].kind != FACT_EVENT_CALL ||
		    !call_waits(finder, function, first + i, &edge))
			continue;
		end = around(events, count, i, &begin);
		in_loop = (begin != i || end != count) && (events[begin].kind == FACT_EVENT_LOOP ||
							   !only_retries(finder, function, i, end));
		if (!in_loop)
			end = count;
		if (!in_loop && !finder->repeated[function])
			continue;
		/* Twice or ten times is a retry, no event loop. */
		if (in_loop && events[begin].c == FACT_BOUND_CONSTANT)
			continue;
		add_dispatches(finder, function, i, in_loop ? begin : 0, end, in_loop);
		add_body(finder, function, i, begin, end, in_loop);
		return;
	}
}

static bool is_layer(const struct finder *finder, uint32_t function)
{
	return finder->layers[function];
}

static bool is_loop(const struct finder *finder, uint32_t function)
{
	return finder->program->functions[function].is_loop;
}

/* Is every function that this call may be one of those? So it is for a table of backends; a handler
 * that has a loop of its own is one of many. */
static bool all_are(const struct finder *finder, const struct program_edge *edge,
		    bool (*is)(const struct finder *finder, uint32_t function))
{
	const struct program *program = finder->program;
	const struct program_function *f = &program->functions[edge->caller];

	if (edge->kind == EDGE_SYNCHRONOUS)
		return false;
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++)
		if (program->edges[i].event == edge->event && !is(finder, program->edges[i].callee))
			return false;
	return true;
}

/* Functions around a wait that hand on what it said: choose_timeout(); fill_sets();
 * table->wait(sets). */
static void find_layers(struct finder *finder)
{
	struct program *program = finder->program;
	uint8_t *layers = finder->layers = g_new0(uint8_t, program->function_count + 1);

	for (uint32_t i = 0; i < program->function_count; i++)
		layers[i] = finder->waits[i] && !finder->whole[i] &&
			    !program->functions[i].is_loop && finder->when[i] != FORMULA_FALSE;
	for (uint8_t depth = 1; depth < LAYERS; depth++)
		for (guint i = 0; i < program->edge_count; i++) {
			const struct program_edge *e = &program->edges[i];

			if (layers[e->callee] != depth || layers[e->caller] ||
			    program->functions[e->caller].is_loop ||
			    !all_are(finder, e, is_layer) ||
			    (depth == 1 && !edge_waits(finder, e)) ||
			    conditions_in_loop(program->private->conditions, e->caller, e->event))
				continue;
			layers[e->caller] = depth + 1;
		}
}

/* layer() { lower_layer(); handle(); }, down to the wait: it is done in each turn as well. */
static void look_into_layer(struct finder *finder, uint32_t function)
{
	const struct program *program = finder->program;
	const struct program_function *f = &program->functions[function];
	uint32_t first, count;

	if (finder->layers[function] < 2 || f->is_loop)
		return;
	(void)program_events(program, function, &first, &count);
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (finder->layers[e->callee] + 1 != finder->layers[function] ||
		    !all_are(finder, e, is_layer))
			continue;
		add_dispatches(finder, function, e->event - first, e->event - first, count, false);
		look_into_layer(finder, e->callee);
		return;
	}
}

/* A loop without an end, until a function says so or a variable of the program: for (;;),
 * while (!should_exit()), while (state != OVER). Others wait for what they have started themselves,
 * while (!request.done), or walk over what there is. */
static bool goes_on(const struct program *program, uint32_t function, const struct fact_event *loop)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *test;
	bool negated;

	if (loop->kind != FACT_EVENT_LOOP)
		return true;
	if (loop->c == FACT_BOUND_CONSTANT || loop->c == FACT_BOUND_LIST || loop->a == FACT_NONE)
		return loop->a == FACT_NONE && loop->c == FACT_BOUND_NONE;
	test = program_value(program, unit, loop->a);
	negated = test->kind == FACT_VALUE_UNARY && test->op == FACT_OP_LNOT;
	if (test->kind == FACT_VALUE_BINARY &&
	    program_value(program, unit, test->b)->kind == FACT_VALUE_INT)
		test = program_value(program, unit, test->a);
	else if (negated)
		test = program_value(program, unit, test->a);
	return test->kind == FACT_VALUE_INT || test->kind == FACT_VALUE_VARIABLE ||
	       (negated && test->kind == FACT_VALUE_CALL);
}

/* for (;;) { run_layers(); handle(); } */
static void look_around_layers(struct finder *finder, uint32_t function)
{
	struct program *program = finder->program;
	const struct program_function *f = &program->functions[function];
	uint32_t first, count, begin, end;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (finder->layers[e->callee] < 2 || !all_are(finder, e, is_layer))
			continue;
		end = around(events, count, e->event - first, &begin);
		if ((begin == e->event - first && end == count) ||
		    !goes_on(program, function, &events[begin]))
			continue;
		add_dispatches(finder, function, e->event - first, begin, end, true);
		add_body(finder, function, e->event - first, begin, end, true);
		look_into_layer(finder, e->callee);
		return;
	}
}

/* for (;;) { housekeeping(); run_once(); } where run_once() is a loop function. */
static void look_beside(struct finder *finder, uint32_t function)
{
	struct program *program = finder->program;
	const struct program_function *f = &program->functions[function];
	uint32_t first, count, begin, end;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (e->kind == EDGE_SYNCHRONOUS || !finder->steps[e->callee])
			continue;
		end = around(events, count, e->event - first, &begin);
		if (begin == e->event - first && end == count)
			continue;
		add_dispatches(finder, function, begin, begin, end, true);
		return;
	}
}

/* run_once() { wait_and_mark(); run_marked(); }, called in a loop, where wait_and_mark() is a loop
 * function: what the step calls after it runs on the loop's thread as well. */
static void look_after(struct finder *finder, uint32_t function)
{
	struct program *program = finder->program;
	const struct program_function *f = &program->functions[function];
	uint32_t first, count;

	(void)program_events(program, function, &first, &count);
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (e->kind != EDGE_DIRECT || !program->functions[e->callee].is_loop)
			continue;
		add_dispatches(finder, function, e->event - first, 0, count, false);
		return;
	}
}

static void find_steps(struct finder *finder)
{
	struct program *program = finder->program;
	uint8_t *steps = finder->steps = g_new0(uint8_t, program->function_count + 1);

	for (uint32_t i = 0; i < program->function_count; i++)
		steps[i] = program->functions[i].is_loop && !finder->endless[i];
	/* A function that only passes the call on is a step as well. */
	for (guint i = 0; i < program->edge_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (steps[e->callee] == 1 && !steps[e->caller] && all_are(finder, e, is_loop) &&
		    !conditions_in_loop(program->private->conditions, e->caller, e->event))
			steps[e->caller] = 2;
	}
	for (uint32_t i = 0; i < program->function_count; i++)
		if (steps[i] != 1)
			look_beside(finder, i);
	for (uint32_t i = 0; i < program->function_count; i++)
		if (steps[i] == 2 && finder->repeated[i])
			look_after(finder, i);
}

GArray *loop_find(struct program *program, GArray *bodies)
{
	struct finder finder = {
		.program = program,
		.dispatches = g_array_new(FALSE, FALSE, sizeof(struct loop_dispatch)),
		.bodies = bodies,
		.waits = g_new0(uint8_t, program->function_count + 1),
		.whole = g_new0(uint8_t, program->function_count + 1),
		.when = g_new0(formula_id, program->function_count + 1),
		.multiplexes = g_new0(uint8_t, program->function_count + 1),
		.repeated = g_new0(uint8_t, program->function_count + 1),
		.jumps = g_new0(uint8_t, program->function_count + 1),
		.endless = g_new0(uint8_t, program->function_count + 1),
	};

	find_waits(&finder);
	spread_multiplexers(&finder);
	find_repeated(&finder);
	/* In this order: a function that waits and dispatches is no wait for its callers, but
	 * what they call beside it in their own loop runs on its thread as well. */
	for (uint32_t i = 0; i < program->function_count; i++)
		if (finder.waits[i])
			look_at(&finder, i);
	for (uint32_t i = 0; i < program->function_count; i++)
		if (!finder.waits[i] && !program->functions[i].is_loop)
			look_at(&finder, i);
	find_layers(&finder);
	for (uint32_t i = 0; i < program->function_count; i++)
		if (!program->functions[i].is_loop)
			look_around_layers(&finder, i);
	g_clear_pointer(&finder.layers, g_free);
	find_steps(&finder);
	g_free(finder.waits);
	g_free(finder.whole);
	g_free(finder.when);
	g_free(finder.multiplexes);
	g_free(finder.repeated);
	g_free(finder.jumps);
	g_free(finder.endless);
	g_free(finder.steps);
	return finder.dispatches;
}
