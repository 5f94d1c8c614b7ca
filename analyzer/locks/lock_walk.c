/* One function's locks, in one walk over its events with a stack of open statements. Ways that meet
 * hold what either held and have given back what both gave back. What only one of them held and is
 * then given back under a condition is gone: the two conditions are taken for one. A lock that was
 * only tried for is held where the result says so. Loops are walked once, backward jumps are not
 * followed: a lock that is carried over them is missed. */
#include <string.h>

#include "analyzer/locks/lock_private.h"
#include "analyzer/program_private.h"

struct state {
	uint32_t held, dropped; /* bits of slots */
	uint32_t sure;          /* held on every way */
	bool dead;              /* not reached */
};

struct frame {
	enum fact_event_kind kind; /* BRANCH, LOOP or SWITCH */
	struct state before;       /* BRANCH: of the other arm. SWITCH: at each case */
	uint32_t doubtful;         /* BRANCH: held before it on some ways only */
	struct state leaving;      /* what breaks out */
	struct state again;        /* LOOP: what continues */
	fact_id condition;
	bool tests_last;  /* LOOP: do */
	bool has_default; /* SWITCH */
};

/* A lock that was tried for: whether it is held is known when the result is. */
struct trial {
	uint32_t slot;
	fact_id event;
	enum model_result success;
	uint32_t local; /* the local that has the result, or NONE */
};

struct walk {
	struct locks *locks;
	const struct program *program;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
	struct lock_function *out;
	GArray *frames;     /* struct frame */
	GArray *trials;     /* struct trial */
	GHashTable *labels; /* string id + 1 -> struct state *: what jumps there */
	struct state now, end;
};

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

/* ---- slots ---- */

static uint32_t slot_of(struct walk *w, struct lock_ref ref, bool shared)
{
	struct lock_function *out = w->out;

	for (uint32_t i = 0; i < out->slot_count; i++)
		if (lock_ref_equal(out->slots[i].ref, ref) && out->slots[i].shared == shared)
			return i;
	if (out->slot_count == LOCK_SLOTS)
		return PROGRAM_NONE;
	out->slots[out->slot_count] = (struct lock_slot){ref, shared, FACT_NONE};
	return out->slot_count++;
}

/* Bits of all slots of `ref`, and of those that may be the same lock. */
static uint32_t bits_of(const struct walk *w, struct lock_ref ref)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < w->out->slot_count; i++) {
		const struct lock_ref *slot = &w->out->slots[i].ref;

		if (lock_ref_equal(*slot, ref) ||
		    (slot->kind == LOCK_REF_NAMED && ref.kind == LOCK_REF_NAMED &&
		     locks_are_same(w->program, slot->id, ref.id)))
			bits |= 1u << i;
	}
	return bits;
}

static void hold(struct walk *w, struct state *state, uint32_t slot, fact_id event)
{
	if (slot == PROGRAM_NONE || state->dead)
		return;
	w->out->slots[slot].taken = event;
	state->held |= 1u << slot;
	state->sure |= 1u << slot;
	state->dropped &= ~(1u << slot);
}

/* What is given back without being held is the caller's. */
static void release(struct walk *w, struct lock_ref ref)
{
	uint32_t slot, bits;

	if (ref.kind == LOCK_REF_NONE)
		return;
	bits = bits_of(w, ref);
	if (!(w->now.held & bits)) {
		slot = slot_of(w, ref, false);
		if (slot != PROGRAM_NONE)
			w->now.dropped |= 1u << slot;
	}
	w->now.held &= ~bits;
	w->now.sure &= ~bits;
}

/* ---- calls ---- */

static void add_row(struct walk *w, const struct lock_row *row)
{
	g_array_append_vals(w->out->rows, row, 1);
}

/* The call `event` is made while `held`, but not that which the call itself gives back. */
static void note_call(struct walk *w, fact_id event, uint32_t held)
{
	for (uint32_t i = 0; i < w->out->slot_count; i++) {
		const struct lock_slot *slot = &w->out->slots[i];
		struct lock_span span = {slot->ref, slot->shared, slot->taken, w->function, event};
		struct lock_gap gap = {slot->ref, event};

		if (held & 1u << i)
			g_array_append_val(w->out->spans, span);
		if (w->now.dropped & 1u << i)
			g_array_append_val(w->out->gaps, gap);
	}
}

static void try_for(struct walk *w, uint32_t slot, fact_id event, enum model_result success)
{
	struct trial trial = {slot, event, success, PROGRAM_NONE};

	if (slot != PROGRAM_NONE)
		g_array_append_val(w->trials, trial);
}

static bool waits_for_lock(const struct model_function *model)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_LOCK)
			return true;
	return false;
}

static struct lock_ref argument_place(struct walk *w, const struct fact_event *e, int arg)
{
	return lock_place(w->locks, w->program, w->function,
			  program_argument(w->program, w->unit, e, (uint32_t)arg));
}

static void use_lock(struct walk *w, fact_id event, const struct model_function *model,
		     const struct model_lock *use)
{
	const struct fact_event *e = program_event(w->program, w->unit, event);
	struct lock_ref ref = argument_place(w, e, use->arg);
	struct lock_row row = {LOCK_ACT_TAKE,         ref, event, w->function, event, use->shared,
			       !waits_for_lock(model)};
	uint32_t slot;

	if (use->use == MODEL_LOCK_RELEASE)
		release(w, ref);
	if (use->use != MODEL_LOCK_ACQUIRE)
		return;
	add_row(w, &row);
	if (ref.kind == LOCK_REF_NONE)
		return;
	slot = slot_of(w, ref, use->shared);
	if (use->result == MODEL_RESULT_ANY)
		hold(w, &w->now, slot, event);
	else
		try_for(w, slot, event, use->result);
}

static void wake(struct walk *w, fact_id event, const struct model_wake *wake)
{
	const struct fact_event *e = program_event(w->program, w->unit, event);
	struct lock_row row = {
		LOCK_ACT_WAKE, argument_place(w, e, wake->arg), event, w->function, event, false,
		false};

	if (!wake->when || conditions_at_call(program_conditions(w->program), w->function, event,
					      wake->when) != FORMULA_FALSE)
		add_row(w, &row);
}

static void modelled_call(struct walk *w, fact_id event, const struct model_function *model)
{
	const struct fact_event *e = program_event(w->program, w->unit, event);
	uint32_t held = w->now.held;

	for (guint i = 0; i < model->lock_count; i++)
		if (model->locks[i].use == MODEL_LOCK_WAIT)
			held &= ~bits_of(w, argument_place(w, e, model->locks[i].arg));
	note_call(w, event, held);
	for (guint i = 0; i < model->lock_count; i++)
		use_lock(w, event, model, &model->locks[i]);
	for (guint i = 0; i < model->wake_count; i++)
		wake(w, event, &model->wakes[i]);
	if (model->waits_for_arg >= 0) {
		struct lock_row row = {LOCK_ACT_WAIT, argument_place(w, e, model->waits_for_arg),
				       event,         w->function,
				       event,         false,
				       false};

		add_row(w, &row);
	}
}

/* A lock of the callee as it is called here. */
static struct lock_ref from_callee(struct walk *w, const struct fact_event *e, struct lock_ref ref)
{
	return ref.kind == LOCK_REF_PARAM ? argument_place(w, e, (int)ref.id) : ref;
}

/* What the callee does with its parameters is done with our arguments. */
static void take_over(struct walk *w, fact_id event, const struct lock_function *callee)
{
	const struct fact_event *e = program_event(w->program, w->unit, event);

	for (guint i = 0; i < callee->rows->len; i++) {
		struct lock_row row = g_array_index(callee->rows, struct lock_row, i);

		if (row.ref.kind != LOCK_REF_PARAM)
			continue;
		row.ref = from_callee(w, e, row.ref);
		row.event = event;
		add_row(w, &row);
	}
	for (guint i = 0; i < callee->spans->len; i++) {
		struct lock_span span = g_array_index(callee->spans, struct lock_span, i);

		if (span.ref.kind != LOCK_REF_PARAM)
			continue;
		span.ref = from_callee(w, e, span.ref);
		span.taken = event;
		if (span.ref.kind != LOCK_REF_NONE)
			g_array_append_val(w->out->spans, span);
	}
}

static void helper_call(struct walk *w, fact_id event, const struct lock_function *callee)
{
	const struct fact_event *e = program_event(w->program, w->unit, event);

	for (uint32_t i = 0; i < callee->slot_count; i++)
		if (callee->dropped & 1u << i)
			release(w, from_callee(w, e, callee->slots[i].ref));
	for (uint32_t i = 0; i < callee->slot_count; i++) {
		struct lock_ref ref = from_callee(w, e, callee->slots[i].ref);

		if ((callee->gained & 1u << i) && ref.kind != LOCK_REF_NONE)
			hold(w, &w->now, slot_of(w, ref, callee->slots[i].shared), event);
	}
	take_over(w, event, callee);
}

static void on_call(struct walk *w, fact_id event, const struct fact_event *e)
{
	uint32_t symbol = program_callee(w->program, w->unit, e);
	const struct model_function *model = program_call_model(w->program, w->unit, e);
	uint32_t callee;

	if (w->now.dead)
		return;
	if (e->flags & FACT_EVENT_NORETURN || (model && model->noreturn)) {
		w->now.dead = true;
		return;
	}
	if (model && (model->lock_count || model->wake_count || model->waits_for_arg >= 0)) {
		modelled_call(w, event, model);
		return;
	}
	note_call(w, event, w->now.held);
	callee = symbol == PROGRAM_NONE || model ? PROGRAM_NONE
						 : program_resolve(w->program, w->unit, symbol);
	if (callee != PROGRAM_NONE && callee != w->function && w->locks->functions[callee])
		helper_call(w, event, w->locks->functions[callee]);
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
	if (trial && (trial->success == MODEL_RESULT_ZERO) == zero)
		hold(w, state, trial->slot, trial->event);
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

static void close_branch(struct walk *w)
{
	struct frame frame;
	uint32_t gone = 0;

	if (!pop(w, FACT_EVENT_BRANCH, &frame))
		return;
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
static void on_return(struct walk *w)
{
	if (!w->now.dead && w->end.dead) {
		w->end = w->now;
	} else if (!w->now.dead) {
		w->end.held &= w->now.held;
		w->end.dropped &= w->now.dropped;
	}
	w->now = unreached;
}

static void step(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_CALL:
		on_call(w, w->first + at, e);
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
		on_return(w);
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
	w.end = unreached;
	for (uint32_t i = 0; i < w.count; i++)
		step(&w, i);
	on_return(&w);
	w.out->gained = w.end.dead ? 0 : w.end.held;
	w.out->dropped = w.end.dead ? 0 : w.end.dropped;
	g_array_unref(w.frames);
	g_array_unref(w.trials);
	g_hash_table_unref(w.labels);
	return w.out;
}
