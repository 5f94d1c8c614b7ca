/* `while (send(…) < 0 && errno == EAGAIN);` and `for (;;) { …; if (errno == EAGAIN) continue; }`.
 * Misses loops of goto, results that carry the error (-EAGAIN) and calls that only a library knows
 * to be I/O. A round with anything unknown in it may wait there and is not taken for a spin. */
#include "rules/spin_retry.h"

#include "analyzer/conditions/condition.h"

#define AGAIN 11       /* EAGAIN and EWOULDBLOCK on Linux */
#define HELPER_DEPTH 3 /* calls of small functions in the arguments */
#define HELPER_EVENTS 24

struct retry {
	const struct program *program;
	uint32_t function, unit;
	fact_id begin, end; /* what happens in a round that goes round again */
	fact_id asks;       /* the first I/O call on a descriptor that is not blocking */
	bool other;         /* anything else that may wait or that changes the descriptor */
};

static bool is_errno(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);
	const struct facts *facts = program->units[unit].facts;

	if (v->kind == FACT_VALUE_DEREF)
		v = program_value(program, unit, v->a);
	return v->kind == FACT_VALUE_CALL &&
	       g_str_equal(facts_string(facts, program_event(program, unit, v->a)->text), "errno");
}

static bool is_again(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);

	return v->kind == FACT_VALUE_INT && v->number == AGAIN;
}

/* May `test` hold because errno is EAGAIN? */
static bool goes_on_again(const struct program *program, uint32_t unit, fact_id test)
{
	const struct fact_value *v = test == FACT_NONE ? NULL : program_value(program, unit, test);

	if (!v || v->kind != FACT_VALUE_BINARY)
		return false;
	if (v->op == FACT_OP_LAND || v->op == FACT_OP_LOR)
		return goes_on_again(program, unit, v->a) || goes_on_again(program, unit, v->b);
	return v->op == FACT_OP_EQ &&
	       ((is_errno(program, unit, v->a) && is_again(program, unit, v->b)) ||
		(is_errno(program, unit, v->b) && is_again(program, unit, v->a)));
}

/* A function that only reads and computes: a few events, and calls of such functions. */
static bool is_quiet(const struct program *program, uint32_t function, int depth)
{
	const struct program_function *f = &program->functions[function];
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	if (depth == HELPER_DEPTH || count > HELPER_EVENTS)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		bool quiet = events[i].kind != FACT_EVENT_LOOP;

		if (events[i].kind == FACT_EVENT_CALL && !(events[i].flags & FACT_EVENT_NORETURN)) {
			quiet = false;
			for (uint32_t k = f->first_out; k < f->first_out + f->out_count; k++)
				quiet |= program->edges[k].event == first + i &&
					 program_is_sure(&program->edges[k]) &&
					 is_quiet(program, program->edges[k].callee, depth + 1);
		}
		if (!quiet)
			return false;
	}
	return true;
}

/* Is `value` the same in each round? */
static bool is_steady(const struct retry *r, fact_id value)
{
	const struct fact_value *v = program_value(r->program, r->unit, value);

	while (v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE)
		v = program_value(r->program, r->unit, v->b);
	if (v->kind != FACT_VALUE_PARAM && v->kind != FACT_VALUE_LOCAL)
		return v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_INT;
	for (fact_id i = r->begin; i < r->end; i++) {
		const struct fact_event *e = program_event(r->program, r->unit, i);
		const struct fact_value *to;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = program_value(r->program, r->unit, e->a);
		if (to->kind == v->kind && to->a == v->a)
			return false;
	}
	return true;
}

static bool asks_descriptor(const struct model_function *model)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_SOCKET)
			return g_str_equal(model->library, "libc");
	return false;
}

/* Is there anything in the loop that read_sinks() can take for a question? */
static bool may_ask(const struct retry *r)
{
	uint32_t count;
	const struct program_model_call *calls =
		program_model_calls(r->program, r->function, &count);

	for (uint32_t i = 0; i < count; i++)
		if (calls[i].event >= r->begin && calls[i].event < r->end &&
		    asks_descriptor(calls[i].model))
			return true;
	return false;
}

/* A call of the C library that asks a descriptor, which is its argument 0. */
static void read_sinks(struct retry *r, fact_id event, const struct model_function *model)
{
	struct conditions *conditions = program_conditions(r->program);
	fact_id descriptor =
		program_argument(r->program, r->unit, program_event(r->program, r->unit, event), 0);

	for (guint i = 0; i < model->sink_count; i++) {
		const struct model_sink *sink = &model->sinks[i];

		if (sink->kind != MODEL_SOCKET)
			r->other |= sink->kind != MODEL_FILE;
		else if (descriptor == FACT_NONE || !is_steady(r, descriptor) ||
			 conditions_at_call(conditions, r->function, event, sink->when) ==
				 FORMULA_TRUE)
			r->other = true;
		else if (r->asks == FACT_NONE)
			r->asks = event;
	}
}

static void read_call(struct retry *r, fact_id event)
{
	const struct program *program = r->program;
	const struct program_function *f = &program->functions[r->function];
	const struct fact_event *e = program_event(program, r->unit, event);
	const struct model_function *model = program_call_model(program, r->unit, e);
	bool known = g_str_equal(facts_string(program->units[r->unit].facts, e->text), "errno");

	for (uint32_t i = f->first_out; i < f->first_out + f->out_count && !known; i++)
		known = program->edges[i].event == event && program_is_sure(&program->edges[i]) &&
			is_quiet(program, program->edges[i].callee, 0);
	if (model && model->sink_count && g_str_equal(model->library, "libc"))
		read_sinks(r, event, model);
	else if (!known)
		r->other = true;
}

/* What is asked if that is all that happens, else FACT_NONE. */
static fact_id only_asks(struct retry *r)
{
	for (fact_id i = r->begin; i < r->end && !r->other; i++)
		if (program_event(r->program, r->unit, i)->kind == FACT_EVENT_CALL)
			read_call(r, i);
	return r->other ? FACT_NONE : r->asks;
}

/* The first branch of a loop that goes round again on EAGAIN; FACT_NONE if there is none before
 * another loop. */
static fact_id find_continue(const struct retry *r, const struct cost_loop *loop)
{
	for (fact_id i = loop->begin + 1; i + 1 < loop->end; i++) {
		const struct fact_event *e = program_event(r->program, r->unit, i);

		if (e->kind == FACT_EVENT_LOOP)
			return FACT_NONE;
		if (e->kind == FACT_EVENT_BRANCH && goes_on_again(r->program, r->unit, e->a) &&
		    program_event(r->program, r->unit, i + 1)->kind == FACT_EVENT_CONTINUE)
			return i;
	}
	return FACT_NONE;
}

/* Is `value` part of what the loop is about? */
static bool is_part(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	const struct fact_value *place = data;

	return v->kind == place->kind && v->a == place->a;
}

/* while (sent < size) */
static bool has_test(const struct retry *r, const struct cost_loop *loop)
{
	return loop->test != FACT_NONE && loop->bound != FACT_BOUND_CALL &&
	       program_event(r->program, r->unit, loop->begin)->op == FACT_LOOP_WHILE;
}

/* Does a round that ends in `continue` leave the test as it was? */
static bool keeps_test(const struct retry *r, const struct cost_loop *loop)
{
	const struct facts *facts = r->program->units[r->unit].facts;

	for (fact_id i = r->begin; i < r->end; i++) {
		const struct fact_event *e = program_event(r->program, r->unit, i);

		if (e->kind == FACT_EVENT_ASSIGN &&
		    facts_value_any(facts, loop->test, is_part,
				    program_value(r->program, r->unit, e->a)))
			return false;
	}
	return true;
}

fact_id spin_retries(const struct program *program, uint32_t function, const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;
	struct retry r = {program, function, unit, loop->begin + 1, loop->end, FACT_NONE, false};
	bool is_open =
		(loop->bound == FACT_BOUND_NONE || loop->bound == FACT_BOUND_CALL || loop->clock) &&
		!loop->budget;
	bool is_endless = is_open && loop->bound == FACT_BOUND_NONE;

	if (!may_ask(&r))
		return FACT_NONE;
	if (is_open && goes_on_again(program, unit, loop->test))
		return only_asks(&r);
	if (!is_endless && !has_test(&r, loop))
		return FACT_NONE;
	r.end = find_continue(&r, loop);
	return r.end != FACT_NONE && (is_endless || keeps_test(&r, loop)) ? only_asks(&r)
									  : FACT_NONE;
}
