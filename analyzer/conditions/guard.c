/* What must hold for an event to be reached: the branches around it, and returns before it.
 *
 * One walk over a function's events with a stack of open statements. After `if (a) return;` the
 * rest of the block stands under !a. A block that ends in a call that does not come back is a way
 * out, not the loop's daily work: its events are never reached. So are those of a forked child.
 * Labels forget what is known, because anybody may jump there. */
#include "analyzer/conditions/branch.h"
#include "analyzer/conditions/identity.h"

enum end { END_NONE, END_JUMP, END_EXIT };

struct frame {
	enum fact_event_kind kind; /* BRANCH, LOOP or SWITCH */
	formula_id outside;        /* guard where the statement stands */
	formula_id yes, no;        /* BRANCH: the condition and its opposite; SWITCH: the case that
				    * is open, and that none was it so far */
	formula_id after;          /* SWITCH: how it is left by break */
	int failing;               /* BRANCH: the arm of failure */
	fact_id condition;         /* BRANCH: values */
	enum end then_end;         /* BRANCH: how its first arm ended */
	bool in_else;
	bool may_leave;  /* LOOP: has a break; SWITCH: a case is left by one */
	bool once;       /* LOOP: do { … } while (0), with neither break nor continue */
	uint32_t block;  /* first event of the block being walked */
	fact_id subject; /* SWITCH: values */
	fact_id at;      /* SWITCH: its event */
	bool has_default;
};

struct walk {
	struct conditions *c;
	struct branch_reader reader;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
	struct body *body;
	GArray *frames; /* struct frame */
	formula_id guard;
	enum end end;
	uint32_t block;
	int failures; /* branches of failure that are open */
	int depth;    /* of wrappers */
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

static void walk_init(struct walk *w, struct conditions *c, uint32_t function, int depth)
{
	*w = (struct walk){.c = c, .function = function, .depth = depth, .guard = FORMULA_TRUE};
	w->unit = c->program->functions[function].unit;
	w->reader = (struct branch_reader){.conditions = c,
					   .function = function,
					   .unit = w->unit,
					   .event = FACT_NONE,
					   .depth = depth};
	w->events = program_events(c->program, function, &w->first, &w->count);
	w->body = conditions_body(c, function);
}

/* The calls in the condition `value` of a branch that leaves the program. */
static void mark_leaving(const struct walk *w, fact_id value, int depth)
{
	struct fact_value v = branch_value(&w->reader, value);

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
	struct fact_value v = branch_value(&w->reader, value);
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
	if (branch_is_number(&w->reader, v.a, &number))
		v = (struct fact_value){
			.kind = v.kind, .op = facts_operator_mirrored(v.op), .a = v.b, .b = v.a};
	call = branch_is_number(&w->reader, v.b, &number) ? identity_call(w->c, w->function, v.a)
							  : NULL;
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

	w->reader.event = w->first + at;
	frame.yes = branch_formula(&w->reader, frame.condition, true);
	frame.no = branch_formula(&w->reader, frame.condition, false);
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
	if (e->a != FACT_NONE && branch_is_number(&w->reader, e->a, &number) && !number) {
		top(w)->once = e->op == FACT_LOOP_DO;
		w->guard = e->op == FACT_LOOP_DO ? w->guard : FORMULA_FALSE;
	}
	if (e->a != FACT_NONE && branch_is_number(&w->reader, e->a, &number) && number)
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
	if (frame.once)
		return; /* a block like any other */
	set_guard(w, frame.outside);
	if (!frame.may_leave)
		w->end = END_JUMP; /* for (;;) without break: nothing after it is reached */
}

/* The case `event` is taken: its own number, or for the default none of those before it. */
static formula_id case_taken(struct walk *w, struct frame *frame, const struct fact_event *e)
{
	formula_id before = frame->no;
	int64_t number;

	if (e->a == FACT_NONE)
		return before;
	if (e->b != FACT_NONE || !branch_is_number(&w->reader, e->a, &number))
		return FORMULA_TRUE;
	frame->no = conditions_and(
		w->c, before,
		branch_compare(&w->reader, FACT_OP_EQ, frame->subject, number, false));
	return branch_compare(&w->reader, FACT_OP_EQ, frame->subject, number, true);
}

/* `left` or `right`; what would grow too large counts as true. */
static formula_id either(const struct walk *w, formula_id left, formula_id right)
{
	formula_id any = formulas_or(w->c->formulas, left, right);

	return conditions_is_small(w->c, any) ? any : FORMULA_TRUE;
}

/* Anybody may jump to a label, whatever was known. */
static void forget(struct walk *w, uint32_t at)
{
	for (guint i = 0; i < w->frames->len; i++)
		if (g_array_index(w->frames, struct frame, i).kind == FACT_EVENT_SWITCH)
			g_array_index(w->frames, struct frame, i).yes = FORMULA_TRUE;
	set_guard(w, FORMULA_TRUE);
	w->block = at + 1;
}

/* A case inside another statement, case 1: do { case 2: …, is jumped to like a label. */
static void open_nested_case(struct walk *w, uint32_t at)
{
	for (guint i = w->frames->len; i-- > 0;) {
		struct frame *frame = &g_array_index(w->frames, struct frame, i);

		if (frame->kind != FACT_EVENT_SWITCH)
			continue;
		frame->no = FORMULA_TRUE; /* it may be this one and go on behind the switch */
		frame->after = FORMULA_TRUE;
		break;
	}
	forget(w, at);
}

static void open_case(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];
	struct frame *frame = top(w);
	bool falls_in = at && w->events[at - 1].kind == FACT_EVENT_CASE;
	formula_id one;

	if (!frame || frame->kind != FACT_EVENT_SWITCH) {
		open_nested_case(w, at);
		return;
	}
	if (!falls_in)
		close_block(w, at);
	falls_in |= w->end == END_NONE && at > frame->block && w->block != frame->block;
	frame->has_default |= e->a == FACT_NONE;
	w->reader.event = frame->at;
	one = case_taken(w, frame, e);
	if (falls_in && w->guard != FORMULA_FALSE && w->end == END_NONE)
		one = either(w, one, frame->yes);
	frame->yes = one;
	w->block = at + 1;
	set_guard(w, conditions_and(w->c, frame->outside, one));
}

static void close_switch(struct walk *w, uint32_t at)
{
	bool falls_out = w->end == END_NONE;
	struct frame frame;

	if (!top(w) || top(w)->kind != FACT_EVENT_SWITCH)
		return;
	close_block(w, at);
	frame = *top(w);
	g_array_set_size(w->frames, w->frames->len - 1);
	w->block = frame.block;
	if (falls_out)
		frame.after = either(w, frame.after, frame.yes);
	if (!frame.has_default)
		frame.after = either(w, frame.after, frame.no);
	set_guard(w, conditions_and(w->c, frame.outside, frame.after));
	if (frame.has_default && !frame.may_leave && !falls_out)
		w->end = END_JUMP;
}

/* A break or, in a loop that runs once, a continue. */
static void leave(struct walk *w, bool by_break)
{
	for (guint i = w->frames->len; i-- > 0;) {
		struct frame *frame = &g_array_index(w->frames, struct frame, i);

		if (frame->kind == FACT_EVENT_BRANCH ||
		    (frame->kind == FACT_EVENT_SWITCH && !by_break))
			continue;
		frame->once = false;
		frame->may_leave |= by_break;
		if (frame->kind == FACT_EVENT_SWITCH && !w->end)
			frame->after = either(w, frame->after, frame->yes);
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
		     (struct frame){.subject = e->a,
				    .at = w->first + at,
				    .yes = FORMULA_FALSE,
				    .no = FORMULA_TRUE,
				    .after = FORMULA_FALSE});
		return;
	case FACT_EVENT_CASE:
		open_case(w, at);
		return;
	case FACT_EVENT_SWITCH_END:
		close_switch(w, at);
		return;
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		leave(w, e->kind == FACT_EVENT_BREAK);
		w->end = w->end ? w->end : END_JUMP;
		return;
	case FACT_EVENT_RETURN:
	case FACT_EVENT_GOTO:
		w->end = w->end ? w->end : END_JUMP;
		return;
	case FACT_EVENT_LABEL:
		forget(w, at);
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

static bool reaches_calls(const struct walk *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		if (w->events[i].kind == FACT_EVENT_CALL && w->body->guards[i] == FORMULA_FALSE)
			return false;
	return true;
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
	c->calls_reached[function] = reaches_calls(&w) ? 1 : -1;
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

const formula_id *conditions_guards(struct conditions *c, uint32_t function)
{
	return guarded(c, function)->guards;
}

bool conditions_reach_calls(struct conditions *c, uint32_t function)
{
	if (!c->calls_reached[function])
		(void)guarded(c, function);
	return c->calls_reached[function] > 0;
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
