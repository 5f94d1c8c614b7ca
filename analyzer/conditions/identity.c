/* The tests are library calls that a model names (`context-test`, `forks`), or a comparison of what
 * tells threads apart (`thread-identity`) with one that was kept before. */
#include "analyzer/conditions/identity.h"

static struct fact_value value_of(const struct program *program, uint32_t function, fact_id value)
{
	struct fact_value none = {.kind = FACT_VALUE_UNKNOWN};

	return value == FACT_NONE
		       ? none
		       : *program_value(program, program->functions[function].unit, value);
}

const struct fact_event *identity_call(struct conditions *c, uint32_t function, fact_id value)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[function].unit;
	struct fact_value v = value_of(program, function, value);
	const GArray *assignments;

	if (v.kind == FACT_VALUE_CALL)
		return program_event(program, unit, v.a);
	if (v.kind != FACT_VALUE_LOCAL)
		return NULL;
	assignments = conditions_assignments(c, function);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (a->place.kind != FACT_VALUE_LOCAL || a->place.a != v.a || a->value == FACT_NONE)
			continue;
		if (value_of(program, function, a->value).kind == FACT_VALUE_CALL)
			return program_event(program, unit,
					     value_of(program, function, a->value).a);
	}
	return NULL;
}

/* The model of what is called, NULL if there is none. */
static const struct model_function *model_of(const struct program *program, uint32_t function,
					     const struct fact_event *call)
{
	return call ? program_call_model(program, program->functions[function].unit, call) : NULL;
}

/* The helper that is called, if so many may be looked into; else PROGRAM_NONE. */
static uint32_t helper_of(const struct program *program, uint32_t function,
			  const struct fact_event *call, int depth)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = call ? program_callee(program, unit, call) : PROGRAM_NONE;

	if (symbol == PROGRAM_NONE || depth > IDENTITY_WRAPPERS)
		return PROGRAM_NONE;
	return program_resolve(program, unit, symbol);
}

/* Asked once for each function; one that calls itself returns what its other returns do. */
static bool returns_fork(struct conditions *c, uint32_t function, int depth)
{
	struct body *body = conditions_body(c, function);
	uint32_t first, count;
	const struct fact_event *events = program_events(c->program, function, &first, &count);

	if (body->returns_fork)
		return body->returns_fork > 0;
	body->returns_fork = -1;
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == FACT_EVENT_RETURN &&
		    identity_is_fork(c, function, events[i].a, depth))
			body->returns_fork = 1;
	return body->returns_fork > 0;
}

bool identity_is_fork(struct conditions *c, uint32_t function, fact_id value, int depth)
{
	const struct program *program = c->program;
	const struct fact_event *call = identity_call(c, function, value);
	const struct model_function *model = model_of(program, function, call);
	uint32_t helper;

	if (model)
		return model->forks;
	helper = helper_of(program, function, call, depth);
	return helper != PROGRAM_NONE && returns_fork(c, helper, depth + 1);
}

/* Is `mine` what the calling thread is known by, or the calling process, and `other` what that may
 * be compared with? A process id in a record is mostly that of a peer. */
static bool is_own_identity(struct conditions *c, uint32_t function, fact_id mine, fact_id other)
{
	const struct model_function *model =
		model_of(c->program, function, identity_call(c, function, mine));
	enum fact_value_kind kind =
		(enum fact_value_kind)value_of(c->program, function, other).kind;

	return model && (model->thread_identity ||
			 (model->process_identity &&
			  (kind == FACT_VALUE_INT || kind == FACT_VALUE_VARIABLE)));
}

/* `mine() == kept`; `test() == 0`. */
static int compared(struct conditions *c, uint32_t function, const struct fact_value *v, int depth)
{
	int equal = v->op == FACT_OP_EQ ? 1 : -1;
	struct fact_value right = value_of(c->program, function, v->b);

	if ((right.kind == FACT_VALUE_INT || right.kind == FACT_VALUE_NULL) && right.number == 0)
		return -equal * identity_of_loop(c, function, v->a, depth);
	return is_own_identity(c, function, v->a, v->b) || is_own_identity(c, function, v->b, v->a)
		       ? equal
		       : 0;
}

/* What all returns of `function` agree on. */
static int returned(struct conditions *c, uint32_t function, int depth)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(c->program, function, &first, &count);
	int all = 0;

	for (uint32_t i = 0; i < count; i++) {
		int one;

		if (events[i].kind != FACT_EVENT_RETURN)
			continue;
		one = identity_of_loop(c, function, events[i].a, depth);
		if (!one || (all && one != all))
			return 0;
		all = one;
	}
	return all;
}

int identity_of_loop(struct conditions *c, uint32_t function, fact_id value, int depth)
{
	const struct program *program = c->program;
	struct fact_value v = value_of(program, function, value);
	const struct fact_event *call;
	const struct model_function *model;
	uint32_t helper;

	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT)
		return -identity_of_loop(c, function, v.a, depth);
	if (v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_EQ || v.op == FACT_OP_NE))
		return compared(c, function, &v, depth);
	call = identity_call(c, function, value);
	model = model_of(program, function, call);
	if (model)
		return model->context_test;
	helper = helper_of(program, function, call, depth);
	return helper == PROGRAM_NONE ? 0 : returned(c, helper, depth + 1);
}
