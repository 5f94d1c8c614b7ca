/* What must hold for an event to be reached: the branches around it, and returns before it.
 *
 * One walk over a function's events with a stack of open statements. After `if (a) return;` the
 * rest of the block stands under !a. A block that ends in a call that does not come back is a way
 * out, not the loop's daily work: its events are never reached. So are those of a forked child.
 * Labels forget what is known, because anybody may jump there. */
#include "analyzer/conditions/condition_private.h"
#include "analyzer/conditions/identity.h"

/* A branch that depends on a local that depends on a branch: so far it is followed. */
#define MAX_BRANCHES 3

enum end { END_NONE, END_JUMP, END_EXIT };

struct frame {
	enum fact_event_kind kind; /* BRANCH, LOOP or SWITCH */
	formula_id outside;        /* guard where the statement stands */
	formula_id yes, no;        /* BRANCH: the condition and its opposite */
	int failing;               /* BRANCH: the arm of failure */
	fact_id condition;         /* BRANCH: values */
	enum end then_end;         /* BRANCH: how its first arm ended */
	bool in_else;
	bool may_leave;  /* LOOP: has a break; SWITCH: a case fell out */
	uint32_t block;  /* first event of the block being walked */
	fact_id subject; /* SWITCH: values */
	fact_id at;      /* SWITCH: its event */
	bool has_default;
};

struct walk {
	struct conditions *c;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
	struct body *body;
	GArray *frames; /* struct frame */
	formula_id guard;
	enum end end;
	uint32_t block;
	int failures;  /* branches of failure that are open */
	int depth;     /* of wrappers */
	bool exact;    /* what cannot be read is unknown, else it counts as true */
	fact_id event; /* branch that is read, or FACT_NONE */
};

static bool ends_program(struct conditions *c, uint32_t function, int depth);

/* Does the call not come back? */
static bool is_exit(const struct walk *w, const struct fact_event *e)
{
	const struct program *program = w->c->program;
	uint32_t symbol = program_callee(program, w->unit, e);
	uint32_t callee;

	if (e->flags & FACT_EVENT_NORETURN)
		return true;
	if (symbol == PROGRAM_NONE)
		return false;
	if (program->symbols[symbol].flags & FACT_SYMBOL_NORETURN)
		return true;
	if (program->symbols[symbol].model)
		return program->symbols[symbol].model->noreturn;
	callee = program_resolve(program, w->unit, symbol);
	return callee != PROGRAM_NONE && ends_program(w->c, callee, w->depth + 1);
}

static struct fact_value value_of(const struct walk *w, fact_id value)
{
	struct fact_value none = {.kind = FACT_VALUE_UNKNOWN};

	return value == FACT_NONE ? none : *program_value(w->c->program, w->unit, value);
}

static bool is_fork(const struct walk *w, fact_id value)
{
	return identity_is_fork(w->c, w->function, value, w->depth);
}

static void walk_init(struct walk *w, struct conditions *c, uint32_t function, int depth)
{
	*w = (struct walk){.c = c,
			   .function = function,
			   .depth = depth,
			   .guard = FORMULA_TRUE,
			   .event = FACT_NONE};
	w->unit = c->program->functions[function].unit;
	w->events = program_events(c->program, function, &w->first, &w->count);
	w->body = conditions_body(c, function);
}

static formula_id test(const struct walk *w, fact_id value, enum condition_kind kind,
		       int64_t number, bool negated)
{
	struct atom atom = {.kind = kind, .number = number, .negated = negated, .guard = !w->exact};
	struct spot at = {.function = w->function, .event = w->event};

	return conditions_test(w->c, at, value, &atom);
}

static formula_id unread(const struct walk *w)
{
	return w->exact ? FORMULA_UNKNOWN : FORMULA_TRUE;
}

/* `value op number` is `yes`; the other operators are said through these two. */
static formula_id compare(const struct walk *w, enum fact_operator op, fact_id value,
			  int64_t number, bool yes)
{
	bool fork = is_fork(w, value);
	fact_id flags;
	int64_t mask;

	switch (op) {
	case FACT_OP_EQ:
	case FACT_OP_NE:
		if (number == 0 &&
		    conditions_flags_set(w->c->program, w->unit, value, &flags, &mask))
			return test(w, flags, CONDITION_FLAG, mask, (op == FACT_OP_EQ) != yes);
		if (fork && number == 0)
			return (op == FACT_OP_EQ) == yes ? FORMULA_FALSE : FORMULA_TRUE;
		return test(w, value, CONDITION_EQUAL, number, (op == FACT_OP_EQ) != yes);
	case FACT_OP_LT:
	case FACT_OP_GE:
		return test(w, value, CONDITION_LESS, number, (op == FACT_OP_LT) != yes);
	case FACT_OP_LE:
	case FACT_OP_GT:
		if (number == INT64_MAX)
			return FORMULA_TRUE;
		if (fork && number == 0 && (op == FACT_OP_GT) != yes)
			return FORMULA_FALSE; /* if (pid > 0) { parent } else { child } */
		return test(w, value, CONDITION_LESS, number + 1, (op == FACT_OP_LE) != yes);
	default:
		return unread(w);
	}
}

static bool is_number(const struct walk *w, fact_id value, int64_t *ret_number)
{
	struct fact_value v = value_of(w, value);

	*ret_number = v.kind == FACT_VALUE_INT ? v.number : 0;
	return v.kind == FACT_VALUE_INT || v.kind == FACT_VALUE_NULL;
}

/* Is it fork() itself, or its result compared with a number? */
static bool tests_fork(const struct walk *w, fact_id value)
{
	struct fact_value v = value_of(w, value);

	if (v.kind == FACT_VALUE_BINARY && v.op >= FACT_OP_LT && v.op <= FACT_OP_NE)
		return is_fork(w, v.a) || is_fork(w, v.b);
	return v.kind == FACT_VALUE_UNARY ? is_fork(w, v.a) : is_fork(w, value);
}

/* The condition `value` holds (or, if !yes, does not). */
static formula_id branch(const struct walk *w, fact_id value, bool yes, int depth)
{
	struct fact_value v = value_of(w, value);
	struct formulas *formulas = w->c->formulas;
	formula_id left, right;
	int64_t number;
	int loop;

	if (value == FACT_NONE || depth > 16)
		return unread(w);
	loop = identity_of_loop(w->c, w->function, value, w->depth);
	if (loop)
		return (loop > 0) == yes ? FORMULA_TRUE : FORMULA_FALSE;
	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT)
		return branch(w, v.a, !yes, depth + 1);
	if (v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_LAND || v.op == FACT_OP_LOR)) {
		left = branch(w, v.a, yes, depth + 1);
		right = branch(w, v.b, yes, depth + 1);
		/* `if (!debugging && fork()) { parent } else { child }`: the child's arm */
		if (right == FORMULA_FALSE && tests_fork(w, v.b))
			return FORMULA_FALSE;
		return (v.op == FACT_OP_LAND) == yes ? formulas_and(formulas, left, right)
						     : formulas_or(formulas, left, right);
	}
	if (v.kind == FACT_VALUE_BINARY && is_number(w, v.b, &number) && v.op >= FACT_OP_LT &&
	    v.op <= FACT_OP_NE)
		return compare(w, v.op, v.a, number, yes);
	if (v.kind == FACT_VALUE_BINARY && is_number(w, v.a, &number) && v.op >= FACT_OP_LT &&
	    v.op <= FACT_OP_NE)
		return compare(w, facts_operator_mirrored(v.op), v.b, number, yes);
	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_AND && is_number(w, v.b, &number) &&
	    number && !(number & (number - 1)))
		return test(w, v.a, CONDITION_FLAG, number, !yes);
	if (is_fork(w, value))
		return yes ? FORMULA_TRUE : FORMULA_FALSE;
	return test(w, value, CONDITION_ZERO, 0, yes);
}

formula_id conditions_branch(struct conditions *c, uint32_t function, fact_id event)
{
	formula_id answer;
	struct walk w;

	if (c->branches >= MAX_BRANCHES)
		return FORMULA_UNKNOWN;
	walk_init(&w, c, function, IDENTITY_WRAPPERS);
	w.exact = true;
	w.event = event;
	c->branches++;
	answer = branch(&w, program_event(c->program, w.unit, event)->a, true, 0);
	c->branches--;
	return answer;
}

/* The calls in the condition `value` of a branch that leaves the program. */
static void mark_leaving(const struct walk *w, fact_id value, int depth)
{
	struct fact_value v = value_of(w, value);

	if (value == FACT_NONE || depth > 16)
		return;
	if (v.kind == FACT_VALUE_CALL && v.a >= w->first && v.a - w->first < w->count)
		w->body->leaving[v.a - w->first] = true;
	if (v.kind == FACT_VALUE_UNARY || v.kind == FACT_VALUE_BINARY)
		mark_leaving(w, v.a, depth + 1);
	if (v.kind == FACT_VALUE_BINARY)
		mark_leaving(w, v.b, depth + 1);
}

/* Which arm of a branch is taken when a call has failed: 1 the first, -1 the other, 0 unknown. */
static int failing_arm(const struct walk *w, fact_id value, int depth)
{
	struct fact_value v = value_of(w, value);
	const struct fact_event *call;
	const struct model_function *model;
	int64_t number;
	int left;

	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT && depth < 16)
		return -failing_arm(w, v.a, depth + 1);
	if (v.kind != FACT_VALUE_BINARY || depth >= 16)
		return 0;
	if (v.op == FACT_OP_LAND || v.op == FACT_OP_LOR) {
		left = failing_arm(w, v.a, depth + 1);
		return left ? left : failing_arm(w, v.b, depth + 1);
	}
	if (is_number(w, v.a, &number))
		v = (struct fact_value){
			.kind = v.kind, .op = facts_operator_mirrored(v.op), .a = v.b, .b = v.a};
	call = is_number(w, v.b, &number) ? identity_call(w->c, w->function, v.a) : NULL;
	if (!call)
		return 0;
	if ((v.op == FACT_OP_LT && number == 0) || (v.op == FACT_OP_EQ && number == -1))
		return 1;
	if ((v.op == FACT_OP_GE && number == 0) || (v.op == FACT_OP_NE && number == -1))
		return -1;
	model = program_call_model(w->c->program, w->unit, call);
	if (number || !model || !g_str_equal(model->library, "libc"))
		return 0;
	return v.op == FACT_OP_NE ? 1 : v.op == FACT_OP_EQ ? -1 : 0;
}

static struct frame *top(const struct walk *w)
{
	return w->frames->len ? &g_array_index(w->frames, struct frame, w->frames->len - 1) : NULL;
}

static void set_guard(struct walk *w, formula_id guard)
{
	w->guard = guard;
	w->end = END_NONE;
}

/* The block that began at w->block ends here. If it was a way out, nothing in it is daily work. */
static void close_block(struct walk *w, uint32_t at)
{
	if (w->end != END_EXIT)
		return;
	for (uint32_t i = w->block; i < at; i++)
		w->body->guards[i] = FORMULA_FALSE;
}

static void push(struct walk *w, uint32_t at, struct frame frame)
{
	frame.kind = w->events[at].kind;
	frame.outside = w->guard;
	frame.block = w->block;
	g_array_append_val(w->frames, frame);
	w->block = at + 1;
}

static void open_branch(struct walk *w, uint32_t at)
{
	struct frame frame = {.condition = w->events[at].a};
	enum end end = w->end;

	w->event = w->first + at;
	frame.yes = branch(w, frame.condition, true, 0);
	frame.no = branch(w, frame.condition, false, 0);
	frame.failing = failing_arm(w, frame.condition, 0);
	w->failures += frame.failing > 0;
	push(w, at, frame);
	w->guard = conditions_and(w->c, w->guard, frame.yes);
	w->end = end;
}

static void open_else(struct walk *w, uint32_t at)
{
	struct frame *frame = top(w);

	if (!frame || frame->kind != FACT_EVENT_BRANCH)
		return;
	close_block(w, at);
	w->failures += (frame->failing < 0) - (frame->failing > 0);
	frame->then_end = w->end;
	frame->in_else = true;
	w->block = at + 1;
	set_guard(w, conditions_and(w->c, frame->outside, frame->no));
}

static void close_branch(struct walk *w, uint32_t at)
{
	struct frame frame;
	enum end then_end, else_end;

	if (!top(w) || top(w)->kind != FACT_EVENT_BRANCH)
		return;
	close_block(w, at);
	frame = *top(w);
	g_array_set_size(w->frames, w->frames->len - 1);
	w->failures -= frame.in_else ? frame.failing < 0 : frame.failing > 0;
	then_end = frame.in_else ? frame.then_end : w->end;
	else_end = frame.in_else ? w->end : END_NONE;
	if (then_end == END_EXIT && else_end != END_EXIT)
		mark_leaving(w, frame.condition, 0);
	w->block = frame.block;
	set_guard(w, frame.outside);
	if (then_end && else_end)
		w->end = then_end == END_EXIT && else_end == END_EXIT ? END_EXIT : END_JUMP;
	else if (then_end)
		w->guard = conditions_and(w->c, frame.outside, frame.no);
	else if (else_end)
		w->guard = conditions_and(w->c, frame.outside, frame.yes);
}

static void open_loop(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];
	struct frame frame = {.may_leave = e->a != FACT_NONE};
	int64_t number;

	push(w, at, frame);
	if (e->op != FACT_LOOP_DO && e->a != FACT_NONE && is_number(w, e->a, &number) && !number)
		w->guard = FORMULA_FALSE;
	if (e->a != FACT_NONE && is_number(w, e->a, &number) && number)
		top(w)->may_leave = false;
}

static void close_loop(struct walk *w, uint32_t at)
{
	struct frame frame;

	if (!top(w) || top(w)->kind != FACT_EVENT_LOOP)
		return;
	close_block(w, at);
	frame = *top(w);
	g_array_set_size(w->frames, w->frames->len - 1);
	w->block = frame.block;
	set_guard(w, frame.outside);
	if (!frame.may_leave)
		w->end = END_JUMP; /* for (;;) without break: nothing after it is reached */
}

static void open_case(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];
	struct frame *frame = top(w);
	bool falls_in = at && w->events[at - 1].kind == FACT_EVENT_CASE;
	formula_id one = FORMULA_TRUE;
	int64_t number;

	if (!frame || frame->kind != FACT_EVENT_SWITCH)
		return;
	if (!falls_in)
		close_block(w, at);
	falls_in |= w->end == END_NONE && at > frame->block && w->block != frame->block;
	if (e->a == FACT_NONE)
		frame->has_default = true;
	w->event = frame->at;
	if (e->a != FACT_NONE && e->b == FACT_NONE && is_number(w, e->a, &number))
		one = compare(w, FACT_OP_EQ, frame->subject, number, true);
	if (falls_in && w->guard != FORMULA_FALSE && w->end == END_NONE)
		one = formulas_or(w->c->formulas, one, frame->yes);
	frame->yes = one;
	w->block = at + 1;
	set_guard(w, conditions_and(w->c, frame->outside, one));
}

static void close_switch(struct walk *w, uint32_t at)
{
	struct frame frame;

	if (!top(w) || top(w)->kind != FACT_EVENT_SWITCH)
		return;
	close_block(w, at);
	frame = *top(w);
	g_array_set_size(w->frames, w->frames->len - 1);
	w->block = frame.block;
	set_guard(w, frame.outside);
}

static void leave(struct walk *w)
{
	for (guint i = w->frames->len; i-- > 0;) {
		struct frame *frame = &g_array_index(w->frames, struct frame, i);

		if (frame->kind == FACT_EVENT_BRANCH)
			continue;
		frame->may_leave = true;
		return;
	}
}

static void step(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];

	w->body->guards[at] = w->end ? FORMULA_FALSE : w->guard;
	w->body->on_failure[at] = w->failures > 0;
	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_BRANCH:
		open_branch(w, at);
		return;
	case FACT_EVENT_ELSE:
		open_else(w, at);
		return;
	case FACT_EVENT_BRANCH_END:
		close_branch(w, at);
		return;
	case FACT_EVENT_LOOP:
		open_loop(w, at);
		return;
	case FACT_EVENT_LOOP_END:
		close_loop(w, at);
		return;
	case FACT_EVENT_SWITCH:
		push(w, at,
		     (struct frame){.subject = e->a, .at = w->first + at, .yes = FORMULA_FALSE});
		return;
	case FACT_EVENT_CASE:
		open_case(w, at);
		return;
	case FACT_EVENT_SWITCH_END:
		close_switch(w, at);
		return;
	case FACT_EVENT_BREAK:
		leave(w);
		w->end = w->end ? w->end : END_JUMP;
		return;
	case FACT_EVENT_RETURN:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_CONTINUE:
		w->end = w->end ? w->end : END_JUMP;
		return;
	case FACT_EVENT_LABEL:
		set_guard(w, FORMULA_TRUE);
		w->block = at + 1;
		return;
	case FACT_EVENT_CALL:
		if (!w->end && is_exit(w, e))
			w->end = END_EXIT;
		return;
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_READ:
		return;
	}
}

static void make_guards(struct conditions *c, uint32_t function, int depth)
{
	struct body *body = conditions_body(c, function);
	bool returns = false;
	struct walk w;

	walk_init(&w, c, function, depth);
	body->guards_running = true;
	body->guards = g_new0(formula_id, w.count + 1);
	body->leaving = g_new0(bool, w.count + 1);
	body->on_failure = g_new0(bool, w.count + 1);
	w.frames = g_array_new(FALSE, FALSE, sizeof(struct frame));
	for (uint32_t i = 0; i < w.count; i++) {
		step(&w, i);
		returns |=
			w.events[i].kind == FACT_EVENT_RETURN && body->guards[i] != FORMULA_FALSE;
	}
	body->ends = w.end == END_EXIT && !returns ? 1 : -1;
	g_array_free(w.frames, TRUE);
	body->guards_running = false;
	g_clear_pointer(&body->answered, g_array_unref);
}

static bool ends_program(struct conditions *c, uint32_t function, int depth)
{
	struct body *body = conditions_body(c, function);

	if (!body->ends && !body->guards_running && depth <= IDENTITY_WRAPPERS)
		make_guards(c, function, depth);
	return body->ends > 0;
}

static const struct body *guarded(struct conditions *c, uint32_t function)
{
	struct body *body = conditions_body(c, function);

	if (!body->guards)
		make_guards(c, function, 0);
	return body;
}

/* Number of `event` within its function. */
static uint32_t position(const struct conditions *c, uint32_t function, fact_id event)
{
	uint32_t first, count;

	(void)program_events(c->program, function, &first, &count);
	return event - first;
}

formula_id conditions_guard(struct conditions *c, uint32_t function, fact_id event)
{
	return guarded(c, function)->guards[position(c, function, event)];
}

bool conditions_is_leaving(struct conditions *c, uint32_t function, fact_id event)
{
	return guarded(c, function)->leaving[position(c, function, event)];
}

bool conditions_on_failure(struct conditions *c, uint32_t function, fact_id event)
{
	return guarded(c, function)->on_failure[position(c, function, event)];
}
