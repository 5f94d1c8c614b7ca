/* Loops that take what is ready until nothing is, however much comes. What it misses is in the
 * rule's own text below. */
#include "analyzer/conditions/after.h"
#include "rules/rule.h"
#include "rules/story.h"
#include "rules/trail.h"
#include "rules/trigger.h"

#define WRAPPERS 2 /* calls between the loop and what takes one */
#define DIRECT 0.9
#define MAYBE_FILE 0.6 /* what is read may be a file, which has an end */
#define WRAPPED 0.6

struct drain {
	const struct rule *rule;
	const struct rule_input *input;
	struct costs *costs;
	GHashTable *known;
	GPtrArray *findings;
	enum trigger trigger;
};

static bool takes_one(const struct drain *d, uint32_t function, int depth);

/* Does the call take one of what is ready? */
static bool call_takes_one(const struct drain *d, uint32_t function, fact_id event, int depth)
{
	const struct program *program = d->input->program;
	const struct program_function *f = &program->functions[function];
	const struct model_function *model =
		program_call_model(program, f->unit, program_event(program, f->unit, event));

	if (model)
		return model->drains;
	for (uint32_t i = 0; depth < WRAPPERS && i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event == event && program_is_sure(edge) &&
		    takes_one(d, edge->callee, depth + 1))
			return true;
	}
	return false;
}

/* A wrapper: it takes one and hands back what came of it. */
static bool takes_one(const struct drain *d, uint32_t function, int depth)
{
	const struct program *program = d->input->program;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	bool returns = false;

	for (uint32_t i = 0; i < count; i++)
		returns |= events[i].kind == FACT_EVENT_RETURN && events[i].a != FACT_NONE;
	for (uint32_t i = 0; returns && i < count; i++)
		if (events[i].kind == FACT_EVENT_CALL &&
		    call_takes_one(d, function, first + i, depth))
			return true;
	return false;
}

/* The call in the loop that takes one, outside of loops in it; FACT_NONE if there is none. */
static fact_id find_taking(const struct drain *d, uint32_t function, const struct cost_loop *loop)
{
	const struct program *program = d->input->program;
	uint32_t unit = program->functions[function].unit;
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		inside += e->kind == FACT_EVENT_LOOP;
		inside -= e->kind == FACT_EVENT_LOOP_END;
		if (inside == 0 && e->kind == FACT_EVENT_CALL &&
		    (e->flags & FACT_EVENT_RESULT_USED) && call_takes_one(d, function, i, 0))
			return i;
	}
	return FACT_NONE;
}

/* Is `value` what the call at `taking` gave, or a place that got it? */
static bool is_result(const struct drain *d, uint32_t function, const struct cost_loop *loop,
		      fact_id taking, fact_id value)
{
	const struct program *program = d->input->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v = program_value(program, unit, value);

	if (v->kind == FACT_VALUE_CALL)
		return v->a == taking;
	for (fact_id i = taking; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);
		const struct fact_value *to, *from;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = program_value(program, unit, e->a);
		from = program_value(program, unit, e->b);
		if (from->kind == FACT_VALUE_CALL && from->a == taking)
			return to->kind == v->kind && to->a == v->a;
	}
	return false;
}

/* Compared with `number` by `op`, is it a failure? `below` is the operator that says less. */
static bool is_failure(const struct program *program, uint32_t unit, uint32_t op, fact_id number,
		       uint32_t below)
{
	const struct fact_value *v = program_value(program, unit, number);

	return v->kind == FACT_VALUE_INT &&
	       ((op == below && v->number <= 0) || (op == FACT_OP_EQ && v->number == -1));
}

/* Does the loop go on because the call failed: r < 0 && errno == EINTR? */
static bool retries(const struct drain *d, uint32_t function, const struct cost_loop *loop,
		    fact_id taking, fact_id test)
{
	const struct program *program = d->input->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v = test == FACT_NONE ? NULL : program_value(program, unit, test);

	if (!v || v->kind != FACT_VALUE_BINARY)
		return false;
	if (v->op == FACT_OP_LAND || v->op == FACT_OP_LOR)
		return retries(d, function, loop, taking, v->a) ||
		       retries(d, function, loop, taking, v->b);
	if (is_failure(program, unit, v->op, v->b, FACT_OP_LT))
		return is_result(d, function, loop, taking, v->a);
	return is_failure(program, unit, v->op, v->a, FACT_OP_GT) &&
	       is_result(d, function, loop, taking, v->b);
}

/* Does each round end the loop, but for what says `continue`? It tries again, then. */
static bool leaves_at_once(const struct program *program, uint32_t unit,
			   const struct cost_loop *loop)
{
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		enum fact_event_kind kind = program_event(program, unit, i)->kind;

		inside += nesting_step(program_event(program, unit, i));
		if (inside == 0 && (kind == FACT_EVENT_BREAK || kind == FACT_EVENT_RETURN ||
				    kind == FACT_EVENT_GOTO))
			return true;
	}
	return false;
}

/* The variable that a loop looks at: while (!stop), while (go_on). */
static const struct fact_value *flag_of(const struct program *program, uint32_t unit,
					const struct cost_loop *loop)
{
	fact_id test = loop->test;
	const struct fact_value *v = test == FACT_NONE ? NULL : program_value(program, unit, test);

	while (v && v->kind == FACT_VALUE_UNARY)
		v = program_value(program, unit, v->a);
	if (v && v->kind == FACT_VALUE_BINARY && v->op >= FACT_OP_LT && v->op <= FACT_OP_NE &&
	    program_value(program, unit, v->b)->kind == FACT_VALUE_INT)
		v = program_value(program, unit, v->a);
	return v && (v->kind == FACT_VALUE_LOCAL || v->kind == FACT_VALUE_PARAM) ? v : NULL;
}

/* Is the loop's variable set to stop it whatever came of the call at `taking`: stop = true? */
static bool stops_after(const struct program *program, uint32_t unit, const struct cost_loop *loop,
			fact_id taking)
{
	const struct fact_value *flag = flag_of(program, unit, loop), *to;
	struct after after = {0};

	for (fact_id i = taking + 1; flag && i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		if (!after_step(&after, e) || !after_is_sure(&after))
			continue;
		if (e->kind == FACT_EVENT_BREAK)
			return false;
		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = program_value(program, unit, e->a);
		if (to->kind == flag->kind && to->a == flag->a &&
		    program_value(program, unit, e->b)->kind == FACT_VALUE_INT)
			return true;
	}
	return false;
}

static double certainty_of(const struct drain *d, uint32_t function, fact_id taking)
{
	const struct program *program = d->input->program;
	uint32_t unit = program->functions[function].unit;
	const struct model_function *model =
		program_call_model(program, unit, program_event(program, unit, taking));
	double certainty = model ? DIRECT : WRAPPED;

	for (guint i = 0; model && i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_FILE) {
			if (conditions_at_call(program_conditions(program), function, taking,
					       model->sinks[i].when) == FORMULA_TRUE)
				return 0;
			certainty *= MAYBE_FILE;
		}
	return certainty;
}

static const char *instead_of(enum trigger trigger)
{
	switch (trigger) {
	case TRIGGER_LEVEL:
		return "stop after a number of rounds: the loop reports the rest again";
	case TRIGGER_UNCLEAR:
		return "stop after a number of rounds: the loop reports the rest again, unless it "
		       "is told to report edges only";
	case TRIGGER_EDGE:
		return "stop after a number of rounds and arm the event again";
	}
	return NULL;
}

static void check_loop(const struct drain *d, uint32_t function, const struct cost_loop *loop)
{
	const struct program *program = d->input->program;
	uint32_t unit = program->functions[function].unit;
	fact_id taking;
	const struct path *path;
	g_autofree char *claim = NULL;
	struct story story;
	struct finding *finding;

	if (loop->budget || (loop->bound != FACT_BOUND_CALL && loop->bound != FACT_BOUND_NONE))
		return;
	taking = find_taking(d, function, loop);
	if (taking == FACT_NONE || leaves_at_once(program, unit, loop) ||
	    stops_after(program, unit, loop, taking) ||
	    retries(d, function, loop, taking, loop->test) ||
	    certainty_of(d, function, taking) <= 0)
		return;
	path = story_path(d->input, function, loop->begin);
	if (!path)
		return;
	claim = g_strdup_printf("this loop calls %s() until there is nothing left, and holds the "
				"I/O thread as long "
				"as more comes",
				story_sink(program, function, taking));
	story = (struct story){
		.rule = d->rule,
		.input = d->input,
		.path = path,
		.function = function,
		.event = loop->begin,
		.claim = claim,
		.step = "goes on until there is nothing left",
		.instead = instead_of(d->trigger),
		.certainty = certainty_of(d, function, taking),
		.why = "taking",
	};
	finding = story_tell(&story);
	if (program_event(program, unit, loop->begin)->kind == FACT_EVENT_LABEL)
		trail_add(finding, program, STEP_NOTE, function, unit, loop->end,
			  g_strdup("jumps back here"));
	if (d->trigger == TRIGGER_EDGE)
		finding->level = FINDING_NOTE;
	story_keep_surest(d->known, d->findings, finding);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	const struct drain d = {rule,  input,    program_costs(program),
				known, findings, trigger_of(program)};

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct cost_loops loops = cost_loops(d.costs, i);

		if (!(program->functions[i].contexts & CONTEXT_IO) || program->functions[i].is_loop)
			continue;
		for (uint32_t k = 0; k < loops.count; k++)
			check_loop(&d, i, &loops.rows[k]);
	}
}

const struct rule rule_unbounded_drain = {
	.id = "unbounded-drain",
	.family = "computes",
	.summary = "A continuation reads or accepts until nothing is left, without a budget.",
	.why = "`while ((n = read(fd, …)) > 0)` ends when the peer stops sending. A peer that "
	       "sends "
	       "faster than we work keeps the thread for itself, and every other connection "
	       "waits: the fairness of the loop is in the hands of the loudest. A flood of new "
	       "connections does the same with accept().",
	.instead =
		"Count: stop after some rounds or bytes, or when some time is over, and return. A "
		"level-triggered loop reports what is left at once; with edge-triggered events "
		"keep a list of those that are not empty yet, or arm the event again.",
	.misses = "A loop that ends after a number of rounds or some time is silent, whatever the "
		  "number is. Wrappers more than two calls away from what "
		  "they call are not seen. What empties a queue in memory is reported only if a "
		  "model says that the function drains. Where descriptors are registered as "
		  "edge-triggered anywhere, findings are notes, as they must be emptied there. "
		  "Flags that come out of a field are not known. BIO_read() does not drain: it "
		  "mostly empties memory.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.off_by_default = true,
	.check = check,
};
