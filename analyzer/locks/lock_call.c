/* Calls in the walk over one function: what models say that they do with locks, and what helpers do
 * for their callers. A helper that chooses by a parameter how to lock has locked as its caller
 * says; one that only tries has the lock where its result says so, if it returns constants. */
#include "analyzer/conditions/condition.h"
#include "analyzer/locks/lock_walk.h"

static uint32_t slot_of(struct walk *w, struct lock_ref ref, bool shared)
{
	struct lock_function *out = w->out;

	for (uint32_t i = 0; i < out->slot_count; i++)
		if (lock_ref_equal(out->slots[i].ref, ref) && out->slots[i].shared == shared)
			return i;
	if (out->slot_count == LOCK_SLOTS)
		return PROGRAM_NONE;
	out->slots[out->slot_count] =
		(struct lock_slot){.ref = ref, .shared = shared, .taken = FACT_NONE};
	return out->slot_count++;
}

uint32_t lock_walk_bits(const struct walk *w, struct lock_ref ref)
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

void lock_walk_hold(struct walk *w, struct state *state, uint32_t slot, fact_id event)
{
	if (slot == PROGRAM_NONE || state->dead)
		return;
	if (w->out->slots[slot].taken != FACT_NONE && w->out->slots[slot].taken != event)
		w->out->slots[slot].many = true;
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
	bits = lock_walk_bits(w, ref);
	if (!(w->now.held & bits)) {
		slot = slot_of(w, ref, false);
		if (slot != PROGRAM_NONE)
			w->now.dropped |= 1u << slot;
	}
	w->now.held &= ~bits;
	w->now.sure &= ~bits;
}

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
	struct lock_ref ref = lock_place(w->locks, w->program, w->function,
					 program_argument(w->program, w->unit, e, (uint32_t)arg));

	if (ref.kind == LOCK_REF_NONE && arg == 0)
		ref = lock_place_cleaned(w->locks, w->program, w->function, e);
	return ref;
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
		lock_walk_hold(w, &w->now, slot, event);
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
			held &= ~lock_walk_bits(w, argument_place(w, e, model->locks[i].arg));
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

/* lock(m, HOW): is it this way of taking the lock that is meant here? */
static bool is_meant(const struct walk *w, fact_id event, uint32_t helper,
		     const struct lock_function *callee, uint32_t slot)
{
	struct conditions *conditions = program_conditions(w->program);

	if (!(callee->doubtful & 1u << slot) || callee->slots[slot].many)
		return true;
	return conditions_at_caller(conditions,
				    conditions_guard(conditions, helper, callee->slots[slot].taken),
				    w->function, event, false) != FORMULA_FALSE;
}

static void helper_call(struct walk *w, fact_id event, uint32_t helper)
{
	const struct lock_function *callee = w->locks->functions[helper];
	const struct fact_event *e = program_event(w->program, w->unit, event);

	for (uint32_t i = 0; i < callee->slot_count; i++)
		if (callee->dropped & 1u << i)
			release(w, from_callee(w, e, callee->slots[i].ref));
	for (uint32_t i = 0; i < callee->slot_count; i++) {
		uint32_t taken = (callee->gained | callee->on_zero | callee->on_other) & 1u << i;
		struct lock_ref ref = from_callee(w, e, callee->slots[i].ref);
		uint32_t slot;

		if (!taken || ref.kind == LOCK_REF_NONE || !is_meant(w, event, helper, callee, i))
			continue;
		slot = slot_of(w, ref, callee->slots[i].shared);
		if (callee->gained & taken)
			lock_walk_hold(w, &w->now, slot, event);
		else
			try_for(w, slot, event,
				callee->on_zero & taken ? MODEL_RESULT_ZERO : MODEL_RESULT_NONZERO);
	}
	take_over(w, event, callee);
}

void lock_walk_call(struct walk *w, fact_id event, const struct fact_event *e)
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
		helper_call(w, event, callee);
}
