/* One function's locks, in one walk over its events with a stack of open statements. Ways that meet
 * hold what either held and have given back what both gave back. What only one of them held and is
 * then given back under a condition is gone: the two conditions are taken for one. A lock that was
 * only tried for is held where the result says so. Loops are walked once, backward jumps are not
 * followed: a lock that is carried over them is missed. */
#include <string.h>

#include "analyzer/locks/lock_walk.h"

static const struct state unreached = {.dead = true};

static struct state join(struct state left, struct state right)
{
	if (left.dead)
		return right;
	if (right.dead)
		return left;
	return (struct state){
		.held = left.held | right.held,
		.dropped = left.dropped & right.dropped,
		.sure = left.sure & right.sure,
	};
}

static struct frame *top(const struct walk *w)
{
	return w->frames->len ? &g_array_index(w->frames, struct frame, w->frames->len - 1) : NULL;
}

/* ---- results of trials ---- */

/* `r = trylock(m)` */
static void on_assign(struct walk *w, const struct fact_event *e)
{
	const struct fact_value *to = program_value(w->program, w->unit, e->a);
	const struct fact_value *from;

	if (to->kind != FACT_VALUE_LOCAL || e->b == FACT_NONE)
		return;
	from = program_value(w->program, w->unit, e->b);
	for (guint i = 0; i < w->trials->len && from->kind == FACT_VALUE_CALL; i++) {
		struct trial *trial = &g_array_index(w->trials, struct trial, i);

		if (trial->event == from->a)
			trial->local = to->a;
	}
}

static struct trial *trial_of(const struct walk *w, const struct fact_value *v)
{
	for (guint i = w->trials->len; i-- > 0;) {
		struct trial *trial = &g_array_index(w->trials, struct trial, i);

		if ((v->kind == FACT_VALUE_CALL && v->a == trial->event) ||
		    (v->kind == FACT_VALUE_LOCAL && v->a == trial->local))
			return trial;
	}
	return NULL;
}

/* `value` is true (or, if !yes, false): takes into `state` the locks that this says are held. */
static void settle(struct walk *w, struct state *state, fact_id value, bool yes, int depth)
{
	struct fact_value v, right;
	const struct trial *trial;
	bool zero;

	if (value == FACT_NONE || depth > 16 || !w->trials->len)
		return;
	v = *program_value(w->program, w->unit, value);
	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT) {
		settle(w, state, v.a, !yes, depth + 1);
		return;
	}
	if (v.kind == FACT_VALUE_BINARY && v.op == (yes ? FACT_OP_LAND : FACT_OP_LOR)) {
		settle(w, state, v.a, yes, depth + 1);
		settle(w, state, v.b, yes, depth + 1);
		return;
	}
	zero = !yes;
	if (v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_EQ || v.op == FACT_OP_NE)) {
		right = *program_value(w->program, w->unit, v.b);
		if (right.kind != FACT_VALUE_NULL && (right.kind != FACT_VALUE_INT || right.number))
			return;
		zero = (v.op == FACT_OP_EQ) == yes;
		v = *program_value(w->program, w->unit, v.a);
	}
	trial = trial_of(w, &v);
	if (!trial || (trial->success == MODEL_RESULT_ZERO) != zero)
		return;
	w->out->slots[trial->slot].tried = true;
	lock_walk_hold(w, state, trial->slot, trial->event);
}

/* ---- statements ---- */

static void push(struct walk *w, const struct fact_event *e)
{
	struct frame frame = {.kind = e->kind,
			      .before = w->now,
			      .doubtful = w->now.held & ~w->now.sure,
			      .leaving = unreached,
			      .again = unreached,
			      .condition = e->a,
			      .tests_last = e->op == FACT_LOOP_DO};

	g_array_append_val(w->frames, frame);
}

static void open_branch(struct walk *w, const struct fact_event *e)
{
	push(w, e);
	settle(w, &w->now, e->a, true, 0);
	settle(w, &top(w)->before, e->a, false, 0);
}

static void on_else(struct walk *w)
{
	struct state then = w->now;

	if (!top(w) || top(w)->kind != FACT_EVENT_BRANCH)
		return;
	w->now = top(w)->before;
	top(w)->before = then;
}

static bool pop(struct walk *w, enum fact_event_kind kind, struct frame *ret_frame)
{
	if (!top(w) || top(w)->kind != kind)
		return false;
	*ret_frame = *top(w);
	g_array_set_size(w->frames, w->frames->len - 1);
	return true;
}

/* if (lock) unlock(lock): what is not there is not held, and given back as well. */
static void give_back_nothing(struct walk *w, struct frame *frame)
{
	const struct fact_value *v = program_value(w->program, w->unit, frame->condition);
	bool is_test = v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_NE &&
		       program_value(w->program, w->unit, v->b)->kind == FACT_VALUE_NULL;
	struct lock_ref ref =
		lock_place(w->locks, w->program, w->function, is_test ? v->a : frame->condition);
	uint32_t bits;

	if (ref.kind == LOCK_REF_NONE || w->now.dead || frame->before.dead)
		return;
	bits = lock_walk_bits(w, ref);
	frame->before.held &= w->now.held | ~bits;
	frame->before.sure &= w->now.held | ~bits;
	if (ref.kind == LOCK_REF_PARAM)
		frame->before.dropped |= w->now.dropped & bits;
}

static void close_branch(struct walk *w)
{
	struct frame frame;
	uint32_t gone = 0;

	if (!pop(w, FACT_EVENT_BRANCH, &frame))
		return;
	if (frame.condition != FACT_NONE && w->out->slot_count)
		give_back_nothing(w, &frame);
	if (!w->now.dead)
		gone |= ~w->now.held;
	if (!frame.before.dead)
		gone |= ~frame.before.held;
	w->now = join(w->now, frame.before);
	w->now.held &= ~(frame.doubtful & gone);
}

static bool is_endless(const struct walk *w, fact_id condition)
{
	const struct fact_value *v;

	if (condition == FACT_NONE)
		return true;
	v = program_value(w->program, w->unit, condition);
	return v->kind == FACT_VALUE_INT && v->number;
}

static void close_loop(struct walk *w)
{
	struct frame frame;
	struct state out;

	if (!pop(w, FACT_EVENT_LOOP, &frame))
		return;
	out = join(w->now, frame.again);
	if (!frame.tests_last)
		out = join(out, frame.before);
	if (is_endless(w, frame.condition))
		out = unreached;
	settle(w, &out, frame.condition, false, 0);
	w->now = join(out, frame.leaving);
}

static void on_case(struct walk *w, const struct fact_event *e)
{
	if (!top(w) || top(w)->kind != FACT_EVENT_SWITCH)
		return;
	top(w)->has_default |= e->a == FACT_NONE;
	w->now = join(w->now, top(w)->before);
}

static void close_switch(struct walk *w)
{
	struct frame frame;

	if (!pop(w, FACT_EVENT_SWITCH, &frame))
		return;
	w->now = join(w->now, frame.leaving);
	if (!frame.has_default)
		w->now = join(w->now, frame.before);
}

static void leave(struct walk *w, bool again)
{
	for (guint i = w->frames->len; i-- > 0;) {
		struct frame *frame = &g_array_index(w->frames, struct frame, i);

		if (frame->kind == FACT_EVENT_BRANCH || (again && frame->kind != FACT_EVENT_LOOP))
			continue;
		if (again)
			frame->again = join(frame->again, w->now);
		else
			frame->leaving = join(frame->leaving, w->now);
		break;
	}
	w->now = unreached;
}

static struct state *label_state(struct walk *w, fact_id label)
{
	struct state *state = g_hash_table_lookup(w->labels, GUINT_TO_POINTER(label + 1));

	if (!state) {
		state = g_new(struct state, 1);
		*state = unreached;
		g_hash_table_insert(w->labels, GUINT_TO_POINTER(label + 1), state);
	}
	return state;
}

static void on_goto(struct walk *w, fact_id label)
{
	if (label != FACT_NONE) {
		struct state *there = label_state(w, label);

		*there = join(*there, w->now);
	}
	w->now = unreached;
}

/* At a return only that counts which every way has done. */
static void meet(struct state *end, struct state now)
{
	if (end->dead) {
		*end = now;
		return;
	}
	end->held &= now.held;
	end->dropped &= now.dropped;
	end->sure &= now.sure;
}

static void on_return(struct walk *w, fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(w->program, w->unit, value);
	bool known = v && (v->kind == FACT_VALUE_INT || v->kind == FACT_VALUE_NULL);
	bool zero = known && (v->kind == FACT_VALUE_NULL || v->number == 0);

	if (w->now.dead)
		return;
	if (!known || zero)
		meet(&w->end_zero, w->now);
	if (!known || !zero)
		meet(&w->end_other, w->now);
	w->now = unreached;
}

static void step(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_CALL:
		lock_walk_call(w, w->first + at, e);
		return;
	case FACT_EVENT_ASSIGN:
		on_assign(w, e);
		return;
	case FACT_EVENT_BRANCH:
		open_branch(w, e);
		return;
	case FACT_EVENT_ELSE:
		on_else(w);
		return;
	case FACT_EVENT_BRANCH_END:
		close_branch(w);
		return;
	case FACT_EVENT_LOOP:
	case FACT_EVENT_SWITCH:
		push(w, e);
		if (e->kind == FACT_EVENT_SWITCH)
			w->now.dead = true;
		return;
	case FACT_EVENT_LOOP_END:
		close_loop(w);
		return;
	case FACT_EVENT_CASE:
		on_case(w, e);
		return;
	case FACT_EVENT_SWITCH_END:
		close_switch(w);
		return;
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		leave(w, e->kind == FACT_EVENT_CONTINUE);
		return;
	case FACT_EVENT_RETURN:
		on_return(w, e->a);
		return;
	case FACT_EVENT_GOTO:
		on_goto(w, e->a);
		return;
	case FACT_EVENT_LABEL:
		w->now = join(w->now, *label_state(w, e->a));
		return;
	case FACT_EVENT_READ:
		return;
	}
}

void lock_function_free(struct lock_function *function)
{
	if (!function)
		return;
	g_array_unref(function->rows);
	g_array_unref(function->spans);
	g_array_unref(function->gaps);
	g_free(function);
}

/* What callers hold after it: of locks that were only tried for, those held for sure. */
static uint32_t handed_over(const struct walk *w, const struct state *end)
{
	uint32_t held = end->held;

	for (uint32_t i = 0; i < w->out->slot_count; i++)
		if (w->out->slots[i].tried && !(end->sure & 1u << i))
			held &= ~(1u << i);
	return held;
}

/* What the function has done for its callers. */
static void sum_up(struct walk *w)
{
	struct lock_function *out = w->out;
	struct state end = w->end_zero;

	if (!w->end_other.dead)
		meet(&end, w->end_other);
	if (end.dead)
		return;
	out->gained = handed_over(w, &end);
	out->doubtful = out->gained & ~end.sure;
	out->dropped = end.dropped;
	if (w->end_zero.dead || w->end_other.dead)
		return;
	out->on_zero = handed_over(w, &w->end_zero) & ~end.held;
	out->on_other = handed_over(w, &w->end_other) & ~end.held;
}

struct lock_function *lock_walk(struct locks *locks, const struct program *program,
				uint32_t function)
{
	struct walk w = {.locks = locks, .program = program, .function = function};

	w.unit = program->functions[function].unit;
	w.events = program_events(program, function, &w.first, &w.count);
	w.out = g_new0(struct lock_function, 1);
	w.out->rows = g_array_new(FALSE, FALSE, sizeof(struct lock_row));
	w.out->spans = g_array_new(FALSE, FALSE, sizeof(struct lock_span));
	w.out->gaps = g_array_new(FALSE, FALSE, sizeof(struct lock_gap));
	w.frames = g_array_new(FALSE, FALSE, sizeof(struct frame));
	w.trials = g_array_new(FALSE, FALSE, sizeof(struct trial));
	w.labels = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	w.end_zero = w.end_other = unreached;
	for (uint32_t i = 0; i < w.count; i++)
		step(&w, i);
	on_return(&w, FACT_NONE);
	sum_up(&w);
	g_array_unref(w.frames);
	g_array_unref(w.trials);
	g_hash_table_unref(w.labels);
	return w.out;
}
