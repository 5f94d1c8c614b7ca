/* Loops that wait for another thread, or for a descriptor, by asking again and again. What it
 * misses is in the rule's own text below. */
#include <string.h>

#include "rules/rule.h"
#include "rules/spin_retry.h"
#include "rules/story.h"
#include "rules/trail.h"

#define SPINS 0.9   /* certainty that it waits for a thread */
#define RETRIES 0.8 /* that the descriptor it asks is nonblocking, and is not ready at once */
#define SMALL 8     /* events of a function that only reads or pauses */
#define HELPERS 2   /* calls of such functions, one inside the other */

struct spin {
	const struct rule *rule;
	const struct rule_input *input;
	GHashTable *known;
	GPtrArray *findings;
};

/* What a loop does in a round. */
struct round {
	bool pauses; /* lets a moment pass */
	bool sleeps; /* lets a stated time pass */
	bool asks;   /* looks at what others change: a trylock, an atomic read, a small helper */
	bool clock;  /* looks at the time */
	bool sets;   /* sets a local or what is shared */
	bool calls;  /* calls what is not known: an iterator, a parser */
	bool works;  /* anything else than asking */
};

/* while (!stop), while (state != READY): the place that is looked at, or NULL. */
static const struct fact_value *asked_place(const struct program *program, uint32_t unit,
					    fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);

	while (v && v->kind == FACT_VALUE_UNARY)
		v = program_value(program, unit, v->a);
	if (v && v->kind == FACT_VALUE_BINARY && v->op >= FACT_OP_LT && v->op <= FACT_OP_NE)
		v = program_value(program, unit, v->a);
	return v && (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE ||
		     v->kind == FACT_VALUE_DEREF)
		       ? v
		       : NULL;
}

/* A builtin of the compiler that reads an atomic variable. */
static bool is_atomic_read(const char *name)
{
	return g_str_has_prefix(name, "__atomic_load") ||
	       g_str_has_prefix(name, "__c11_atomic_load");
}

static void read_model(const struct model_function *model, struct round *round)
{
	bool tries = false, sleeps = false;

	for (guint i = 0; i < model->lock_count; i++)
		tries |= model->locks[i].use == MODEL_LOCK_ACQUIRE &&
			 model->locks[i].result != MODEL_RESULT_ANY && !model->sink_count;
	for (guint i = 0; i < model->sink_count; i++)
		sleeps |= model->sinks[i].kind == MODEL_WAIT && model->sinks[i].duration_arg == 0;
	round->pauses |= model->pauses;
	round->sleeps |= sleeps;
	round->asks |= tries;
	round->clock |= model->clock;
	round->works |= !model->pauses && !tries && !sleeps && !model->clock;
}

static void read_call(const struct program *program, uint32_t function, fact_id event,
		      struct round *round, int depth);

/* A function that is called in the round. */
static void read_helper(const struct program *program, uint32_t function, struct round *round,
			int depth)
{
	uint32_t unit = program->functions[function].unit, first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	round->works |= count > SMALL;
	for (uint32_t i = 0; i < count && !round->works; i++) {
		round->works = events[i].kind == FACT_EVENT_LOOP;
		if (events[i].kind == FACT_EVENT_CALL)
			read_call(program, function, first + i, round, depth + 1);
		if (events[i].kind == FACT_EVENT_RETURN)
			round->asks |= asked_place(program, unit, events[i].a) != NULL;
	}
}

static void read_call(const struct program *program, uint32_t function, fact_id event,
		      struct round *round, int depth)
{
	const struct program_function *f = &program->functions[function];
	const struct fact_event *e = program_event(program, f->unit, event);
	uint32_t symbol = program_callee(program, f->unit, e);
	bool defined = false;

	if (symbol != PROGRAM_NONE && program->symbols[symbol].model) {
		read_model(program->symbols[symbol].model, round);
		return;
	}
	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event != event)
			continue;
		defined = true;
		if (depth >= HELPERS)
			round->works = true;
		else
			read_helper(program, edge->callee, round, depth);
	}
	if (defined)
		return;
	/* Builtins have neither a model nor a body: atomic reads and exchanges. */
	round->works |= symbol == PROGRAM_NONE;
	if (symbol != PROGRAM_NONE && is_atomic_read(program->symbols[symbol].name))
		round->asks = true;
	else
		round->calls = true;
}

/* A place that threads share: an exchange with it asks what it is. */
static bool is_atomic(const struct program *program, uint32_t function, fact_id value)
{
	const struct program_function *f = &program->functions[function];
	const struct fact_value *v = program_value(program, f->unit, value);
	const char *type = "";

	while (v->kind == FACT_VALUE_DEREF || v->kind == FACT_VALUE_ADDRESS)
		v = program_value(program, f->unit, v->a);
	if (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE)
		type = program->symbols[program->units[f->unit].symbols[v->a]].type;
	else if (program_local(program, function, v))
		type = facts_string(program->units[f->unit].facts,
				    program_local(program, function, v)->type);
	return strstr(type, "_Atomic") || g_str_has_prefix(type, "atomic_");
}

static struct round read_round(const struct program *program, uint32_t function,
			       const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;
	struct round round = {0};

	/* What works is no spin, whatever else it does. */
	for (fact_id i = loop->begin + 1; i < loop->end && !round.works; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		if (e->kind == FACT_EVENT_CALL)
			read_call(program, function, i, &round, 0);
		round.sets |= e->kind == FACT_EVENT_ASSIGN;
		/* Writing to memory is work, apart from the loop's own locals. */
		if (e->kind == FACT_EVENT_ASSIGN &&
		    program_value(program, unit, e->a)->kind != FACT_VALUE_LOCAL &&
		    !is_atomic(program, function, e->a))
			round.works = true;
	}
	return round;
}

/* while (!stop); with nothing in it: a place that only others can change. */
static bool is_bare(const struct program *program, uint32_t function, const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		enum fact_event_kind kind = program_event(program, unit, i)->kind;

		if (kind != FACT_EVENT_READ && kind != FACT_EVENT_CONTINUE)
			return false;
	}
	return asked_place(program, unit, loop->test) != NULL;
}

/* Does the loop do nothing in a round but ask, or let time pass before it asks again? */
static bool is_spin(const struct program *program, uint32_t function, const struct cost_loop *loop)
{
	const struct round round = read_round(program, function, loop);
	uint32_t unit = program->functions[function].unit;
	fact_id test = loop->test;

	if (loop->budget) /* it waits for a time to come */
		return loop->clock && round.clock && !round.works && !round.sleeps && !round.sets;
	if (round.works)
		return is_bare(program, function, loop);
	return round.pauses || (round.asks && !round.sets && !round.calls) ||
	       (round.sleeps && !round.calls && asked_place(program, unit, test)) ||
	       is_bare(program, function, loop);
}

static void tell(const struct spin *s, uint32_t function, const struct cost_loop *loop,
		 fact_id retried)
{
	const struct program *program = s->input->program;
	const struct path *path = story_path(s->input, function, loop->begin);
	bool is_io = retried != FACT_NONE;
	struct finding *finding;
	struct story story = {
		.rule = s->rule,
		.input = s->input,
		.path = path,
		.function = function,
		.event = loop->begin,
		.claim = is_io ? "this loop asks a nonblocking descriptor again and again and "
				 "holds the I/O thread until it is ready"
			 : loop->budget
				 ? "this loop asks for the time again and again and holds "
				   "the I/O thread until it is over"
				 : "this loop asks again and again and holds the I/O thread until "
				   "another thread acts",
		.step = "asks again and again",
		.instead = is_io          ? "return, and go on when the descriptor is ready"
			   : loop->budget ? "return, and go on in a timer of the loop"
					  : "return, and let the other thread wake the loop",
		.certainty = is_io ? RETRIES : SPINS,
		.why = "waiting",
	};

	if (!path)
		return;
	finding = story_tell(&story);
	if (is_io)
		trail_add(finding, program, STEP_NOTE, function, program->functions[function].unit,
			  retried,
			  g_strdup_printf("%s() is called again here",
					  story_sink(program, function, retried)));
	story_keep_surest(s->known, s->findings, finding);
}

static void check_loop(const struct spin *s, uint32_t function, const struct cost_loop *loop)
{
	const struct program *program = s->input->program;
	fact_id retried = spin_retries(program, function, loop);
	bool is_open =
		loop->bound == FACT_BOUND_NONE || loop->bound == FACT_BOUND_CALL || loop->clock;

	if (retried != FACT_NONE ||
	    (is_open && loop->outer == COST_NONE && is_spin(program, function, loop)))
		tell(s, function, loop, retried);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	struct costs *costs = program_costs(program);
	g_autoptr(GHashTable) known = story_places();
	const struct spin s = {rule, input, known, findings};

	for (uint32_t i = 0; i < program->function_count; i++) {
		struct cost_loops loops;

		/* First: asking for the loops of a function reads what it calls. */
		if (!(program->functions[i].contexts & CONTEXT_IO))
			continue;
		loops = cost_loops(costs, i);
		for (uint32_t k = 0; k < loops.count; k++)
			check_loop(&s, i, &loops.rows[k]);
	}
}

const struct rule rule_busy_wait = {
	.id = "busy-wait",
	.family = "computes",
	.summary = "A continuation spins until another thread acts or a descriptor is ready.",
	.why = "A spin is fine for a few hundred cycles between two processors. On an I/O thread "
	       "it "
	       "stops everything, and if the other thread has been preempted, or waits for this "
	       "processor, it lasts a time slice of several milliseconds, or for ever. It also "
	       "looks like useful work in every profile. A nonblocking call that is retried until "
	       "it "
	       "no longer says EAGAIN waits as a blocking one does, and burns the processor "
	       "meanwhile.",
	.instead =
		"Return to the loop and go on when the other thread says so: an eventfd, "
		"uv_async_send, g_main_context_invoke, a packet posted to the port. Where the "
		"other side must have ended, hand over with a reference count instead of waiting.",
	.misses =
		"A retry of a system call that would block is recognized by errno == EAGAIN in the "
		"loop's condition or before a `continue` of a loop without a step, not in a loop "
		"of goto and not by an "
		"error that is returned. A loop that also does work in each round is no spin. One "
		"that sleeps between two looks at more than one place is left to blocking-wait. An "
		"exchange that is retried without a pause is taken for lock-free code and is "
		"silent.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
