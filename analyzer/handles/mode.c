/* Modes inside a function: what a local or parameter is, statement by statement, what a function
 * makes of its parameters and what it returns; and what a field or variable is that it has stored
 * into, as long as nothing else can have. Misses descriptors that travel through containers,
 * through memory of another type and through messages. */
#include "analyzer/handles/mode.h"

#include "analyzer/handles/mode_private.h"

bool modes_is_about(enum condition_kind kind)
{
	return kind == CONDITION_FD_BLOCKING || kind == CONDITION_FD_NONBLOCKING ||
	       kind == CONDITION_FD_REGULAR || kind == CONDITION_HANDLE;
}

formula_id mode_prevailing(const struct atom *atom)
{
	if (atom->kind == CONDITION_FD_BLOCKING)
		return FORMULA_FALSE;
	if (atom->kind == CONDITION_FD_REGULAR || atom->kind == CONDITION_FD_NONBLOCKING)
		return FORMULA_TRUE;
	return g_str_equal(atom->name, "blocking") ? FORMULA_FALSE : FORMULA_TRUE;
}

struct mode_place mode_place_of(const struct program *program, uint32_t unit, fact_id value)
{
	struct mode_place place = {.kind = FACT_VALUE_UNKNOWN};

	while (value != FACT_NONE) {
		const struct fact_value *v = program_value(program, unit, value);

		if (v->kind == FACT_VALUE_LOCAL || v->kind == FACT_VALUE_PARAM) {
			place.kind = v->kind;
			place.number = v->a;
			return place;
		}
		if ((v->kind != FACT_VALUE_DEREF && v->kind != FACT_VALUE_ELEMENT) || place.pointee)
			return place;
		place.pointee = true;
		value = v->a;
	}
	return place;
}

uint32_t mode_symbol_of(const struct program *program, uint32_t unit, fact_id value)
{
	while (value != FACT_NONE) {
		const struct fact_value *v = program_value(program, unit, value);

		if (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD)
			return program->units[unit].symbols[v->a];
		if (v->kind != FACT_VALUE_ELEMENT && v->kind != FACT_VALUE_ADDRESS)
			return PROGRAM_NONE;
		value = v->a;
	}
	return PROGRAM_NONE;
}

enum mode_access mode_access_of(const struct program *program, uint32_t unit, fact_id value,
				const struct mode_place *place)
{
	const struct fact_value *v = program_value(program, unit, value);
	bool address = v->kind == FACT_VALUE_ADDRESS;
	struct mode_place other;

	if (place->kind == FACT_VALUE_FIELD || place->kind == FACT_VALUE_VARIABLE) {
		if (!facts_value_same(program->units[unit].facts, address ? v->a : value,
				      place->value))
			return MODE_NOT_PASSED;
		return address ? MODE_BY_ADDRESS : MODE_BY_VALUE;
	}
	other = mode_place_of(program, unit, address ? v->a : value);
	if (other.kind != place->kind || other.number != place->number)
		return MODE_NOT_PASSED;
	if (other.pointee == place->pointee)
		return address ? MODE_BY_ADDRESS : MODE_BY_VALUE;
	return place->pointee && !address ? MODE_BY_ADDRESS : MODE_NOT_PASSED;
}

fact_id mode_moved_pointer(const struct fact_value *v)
{
	bool computed = v->kind == FACT_VALUE_BINARY || v->kind == FACT_VALUE_UNARY;

	switch (computed ? v->op : FACT_OP_NONE) {
	case FACT_OP_ADD:
	case FACT_OP_SUB:
	case FACT_OP_PRE_INC:
	case FACT_OP_PRE_DEC:
	case FACT_OP_POST_INC:
	case FACT_OP_POST_DEC:
		return v->a;
	}
	return FACT_NONE;
}

/* A walk over a function for one place. */
struct tracker {
	struct conditions *c;
	struct spot at; /* its function */
	uint32_t unit;
	struct mode_place place;
	const struct atom *atom;
	formula_id returned; /* over all returns that are no failures */
	formula_id failed;   /* over those that are */
};

static struct spot spot_of(const struct tracker *t, fact_id event)
{
	return (struct spot){.function = t->at.function, .event = event};
}

static bool is_place(const struct tracker *t, fact_id value)
{
	return mode_access_of(t->c->program, t->unit, value, &t->place) == MODE_BY_VALUE;
}

static formula_id after_call(const struct tracker *t, fact_id event, formula_id state, int depth)
{
	const struct fact_event *e = program_event(t->c->program, t->unit, event);

	for (uint32_t k = 0; k < e->c; k++) {
		fact_id value = program_argument(t->c->program, t->unit, e, k);
		enum mode_access access = mode_access_of(t->c->program, t->unit, value, &t->place);

		if (access != MODE_NOT_PASSED)
			state = mode_after_call(t->c, spot_of(t, event), k, access, t->atom, state,
						depth + 1);
	}
	return state;
}

/* The same for a field or a variable of static storage. */
static formula_id step_stored(struct course *course, fact_id event, formula_id state)
{
	const struct tracker *t = course->user;
	const struct fact_event *e = program_event(t->c->program, t->unit, event);

	if (e->kind == FACT_EVENT_ASSIGN && is_place(t, e->a))
		return e->op != FACT_OP_NONE ? FORMULA_UNKNOWN
					     : mode_of_value(t->c, spot_of(t, event), e->b, t->atom,
							     course->depth + 1);
	if (mode_here_is_lost(t->c, t->at.function, event, &t->place))
		return course->start;
	return e->kind == FACT_EVENT_CALL ? after_call(t, event, state, course->depth) : state;
}

static formula_id step(struct course *course, fact_id event, formula_id state)
{
	const struct tracker *t = course->user;
	const struct fact_event *e = program_event(t->c->program, t->unit, event);
	struct mode_place place;
	formula_id assigned;

	if (t->place.kind == FACT_VALUE_FIELD || t->place.kind == FACT_VALUE_VARIABLE)
		return step_stored(course, event, state);
	if (e->kind == FACT_EVENT_CALL)
		return after_call(t, event, state, course->depth);
	place = mode_place_of(t->c->program, t->unit, e->a);
	if (place.kind != t->place.kind || place.number != t->place.number)
		return state;
	if (e->op != FACT_OP_NONE && mode_is_of_handle(t->atom))
		return state; /* a pointer moves within what it points to */
	if (place.pointee != t->place.pointee || e->op != FACT_OP_NONE)
		return place.pointee ? state : FORMULA_UNKNOWN;
	assigned = mode_of_value(t->c, spot_of(t, event), e->b, t->atom, course->depth + 1);
	if (place.pointee && place.kind == FACT_VALUE_LOCAL)
		return course_join(course, state, assigned); /* one element of several */
	return assigned;
}

/* Where something was done to it on one way and nothing on the other. */
static formula_id merge(struct course *course, formula_id left, formula_id right)
{
	const struct tracker *t = course->user;
	formula_id changed = left == course->start ? right : left;

	if (left != course->start && right != course->start)
		return FORMULA_UNKNOWN;
	return changed == formulas_not(t->c->formulas, mode_prevailing(t->atom)) ? FORMULA_UNKNOWN
										 : changed;
}

/* fd < 0, fd == -1, !handle: the place holds nothing if that is so. */
static bool is_empty(struct course *course, fact_id condition, bool yes)
{
	const struct tracker *t = course->user;
	const struct program *program = t->c->program;
	const struct fact_value *v, *right;

	if (condition == FACT_NONE)
		return false;
	v = program_value(program, t->unit, condition);
	if (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_LNOT)
		return is_empty(course, v->a, !yes);
	if (v->kind == FACT_VALUE_BINARY && v->op == (yes ? FACT_OP_LAND : FACT_OP_LOR))
		return is_empty(course, v->a, yes) || is_empty(course, v->b, yes);
	if (is_place(t, condition))
		return !yes && mode_is_of_handle(t->atom);
	if (v->kind != FACT_VALUE_BINARY || !is_place(t, v->a))
		return false;
	right = program_value(program, t->unit, v->b);
	if (right->kind == FACT_VALUE_NULL)
		return v->op == (yes ? FACT_OP_EQ : FACT_OP_NE);
	if (right->kind != FACT_VALUE_INT || right->number > 0)
		return false;
	switch ((int)v->op) {
	case FACT_OP_LT:
	case FACT_OP_LE:
		return yes;
	case FACT_OP_GE:
	case FACT_OP_GT:
		return !yes;
	case FACT_OP_EQ:
		return yes && right->number < 0;
	case FACT_OP_NE:
		return !yes && right->number < 0;
	}
	return false;
}

static bool is_negative(const struct conditions *c, uint32_t unit, fact_id value)
{
	const struct fact_value *v;

	if (value == FACT_NONE)
		return false;
	v = program_value(c->program, unit, value);
	return (v->kind == FACT_VALUE_INT && v->number < 0) ||
	       (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_NEG);
}

static bool is_failure(const struct tracker *t, fact_id event)
{
	return event != FACT_NONE &&
	       (is_negative(t->c, t->unit, program_event(t->c->program, t->unit, event)->a) ||
		conditions_on_failure(t->c, t->at.function, event));
}

static void leave(struct course *course, fact_id event, formula_id state)
{
	struct tracker *t = course->user;
	formula_id *into = is_failure(t, event) ? &t->failed : &t->returned;

	*into = course_join(course, *into, state);
}

static void track(struct tracker *t, struct course *course, int depth)
{
	struct atom start = *t->atom;

	t->unit = t->c->program->functions[t->at.function].unit;
	t->returned = t->failed = COURSE_NOWHERE;
	start.param = t->place.number;
	start.number = (start.number & ~MODE_POINTEE) | (t->place.pointee ? MODE_POINTEE : 0);
	*course = (struct course){.conditions = t->c,
				  .function = t->at.function,
				  .start = t->place.kind == FACT_VALUE_PARAM
						   ? formulas_atom(t->c->formulas, &start)
						   : COURSE_NOTHING,
				  .step = step,
				  .merge = merge,
				  .is_empty = is_empty,
				  .user = t,
				  .depth = depth};
}

formula_id mode_after_function(struct conditions *c, uint32_t function, uint32_t k,
			       enum mode_access access, const struct atom *atom, int depth)
{
	struct tracker t = {.c = c,
			    .at = {.function = function, .event = FACT_NONE},
			    .place = {FACT_VALUE_PARAM, k, access == MODE_BY_ADDRESS},
			    .atom = atom};
	struct course course;
	guint steps = c->steps;
	formula_id answer;

	if (mode_recall(c, function, k << 1 | t.place.pointee, atom, COURSE_NOTHING, &answer))
		return answer;
	c->steps = 0; /* what is kept for others gets a budget of its own */
	track(&t, &course, depth);
	course.leave = leave;
	(void)course_at(&course, FACT_NONE);
	c->steps = steps;
	answer = course_is_empty(t.returned) ? t.failed : t.returned;
	answer = course_is_empty(answer) ? course.start : answer;
	mode_keep(c, function, k << 1 | t.place.pointee, atom, answer);
	return answer;
}

#define RETURNED (UINT32_MAX - 2)

formula_id mode_returned(struct conditions *c, uint32_t function, const struct atom *atom,
			 int depth)
{
	const struct program *program = c->program;
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);
	struct course course = {.conditions = c};
	guint steps = c->steps;
	formula_id answer;

	if (mode_recall(c, function, RETURNED, atom, COURSE_NOTHING, &answer))
		return answer;
	answer = COURSE_NOTHING;
	c->steps = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct spot at = {.function = function, .event = first + i};

		if (events[i].kind != FACT_EVENT_RETURN || is_negative(c, unit, events[i].a))
			continue;
		answer = course_join(&course, answer,
				     mode_of_value(c, at, events[i].a, atom, depth + 1));
	}
	c->steps = steps;
	mode_keep(c, function, RETURNED, atom, answer);
	return answer;
}

/* Is the place given to a call that only files can be given to? */
static bool is_used_as_file(struct tracker *t)
{
	const struct program *program = t->c->program;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, t->at.function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct model_function *model =
			program_call_model(program, t->unit, &events[i]);

		for (guint k = 0; model && k < model->effect_count; k++) {
			const struct model_mode_effect *effect = &model->effects[k];

			if (effect->mode == MODEL_MODE_REGULAR && !effect->handle_mode &&
			    effect->arg >= 0 && !effect->points &&
			    (uint32_t)effect->arg < events[i].c &&
			    is_place(t, program_argument(program, t->unit, &events[i],
							 (uint32_t)effect->arg)))
				return true;
		}
	}
	return false;
}

/* What the rest of the function makes of it: only what prevails counts, in whatever branch. */
static formula_id finally(const struct tracker *t, fact_id event, formula_id state, int depth)
{
	uint32_t first, count;
	const struct fact_event *events =
		program_events(t->c->program, t->at.function, &first, &count);

	for (uint32_t i = event - first; i < count; i++)
		if (events[i].kind == FACT_EVENT_CALL &&
		    after_call(t, first + i, state, depth) == mode_prevailing(t->atom))
			return mode_prevailing(t->atom);
	return state;
}

static formula_id mode_of_place(struct conditions *c, struct spot at, struct mode_place place,
				const struct atom *atom, int depth)
{
	struct tracker t = {.c = c, .at = at, .place = place, .atom = atom};
	struct course course;
	formula_id state;

	track(&t, &course, depth);
	if (!mode_is_of_handle(atom) && is_used_as_file(&t))
		return atom->kind == CONDITION_FD_REGULAR ? FORMULA_TRUE : FORMULA_FALSE;
	if (at.event == FACT_NONE)
		return FORMULA_UNKNOWN;
	state = course_at(&course, at.event);
	if (atom->number & MODE_FINALLY && !course_is_empty(state))
		state = finally(&t, at.event, state, depth);
	return state;
}

/* A field or variable that the function has stored into before: what it then holds goes before what
 * the program stores there elsewhere. */
static formula_id mode_of_stored(struct conditions *c, struct spot at, fact_id value,
				 uint32_t symbol, const struct atom *atom, int depth)
{
	struct tracker t = {.c = c, .at = at, .atom = atom};
	struct course course;
	formula_id state;

	if (!mode_is_of_handle(atom) && !(atom->number & MODE_FINALLY) && at.event != FACT_NONE &&
	    mode_here_is_stored(c, at, symbol)) {
		t.place.kind =
			program_value(c->program, c->program->functions[at.function].unit, value)
				->kind;
		t.place.value = value;
		track(&t, &course, depth);
		course.start = mode_before(c, atom);
		state = course_at(&course, at.event);
		if (state != FORMULA_UNKNOWN && !course_is_empty(state) &&
		    !mode_has_before(c, state))
			return state;
	}
	return mode_of_symbol(c, symbol, atom, depth);
}

static formula_id mode_of_choice(struct conditions *c, struct spot at, const struct fact_value *v,
				 const struct atom *atom, int depth)
{
	struct course course = {.conditions = c};

	return course_join(&course, mode_of_value(c, at, v->a, atom, depth + 1),
			   mode_of_value(c, at, v->b, atom, depth + 1));
}

formula_id mode_of_value(struct conditions *c, struct spot at, fact_id value,
			 const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit, symbol;
	const struct fact_value *v;
	struct mode_place place;

	if (value == FACT_NONE || depth > MODE_DEPTH || c->steps > COURSE_STEPS)
		return FORMULA_UNKNOWN;
	v = program_value(c->program, unit, value);
	if (v->kind == FACT_VALUE_NULL || (v->kind == FACT_VALUE_INT && v->number < 0))
		return COURSE_NOTHING;
	if (v->kind == FACT_VALUE_CALL)
		return mode_of_result(c, at, v->a, atom, depth + 1);
	if (v->kind == FACT_VALUE_CHOICE)
		return mode_of_choice(c, at, v, atom, depth);
	if (mode_is_of_handle(atom) && mode_moved_pointer(v) != FACT_NONE)
		return mode_of_value(c, at, mode_moved_pointer(v), atom, depth + 1);
	if (v->kind == FACT_VALUE_ADDRESS) {
		value = v->a;
		v = program_value(c->program, unit, value);
	}
	place = mode_place_of(c->program, unit, value);
	if (place.kind != FACT_VALUE_UNKNOWN)
		return mode_of_place(c, at, place, atom, depth);
	symbol = mode_symbol_of(c->program, unit, value);
	return symbol == PROGRAM_NONE ? FORMULA_UNKNOWN
				      : mode_of_stored(c, at, value, symbol, atom, depth);
}

formula_id modes_test(struct conditions *c, struct spot at, fact_id value, const struct atom *atom,
		      int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	struct mode_place place = mode_place_of(c->program, unit, value);
	struct atom mine = *atom;
	formula_id answer;

	mine.param = 0;
	mine.number &= ~MODE_POINTEE;
	if (atom->number & MODE_POINTEE && place.kind != FACT_VALUE_UNKNOWN) {
		place.pointee = true;
		answer = mode_of_place(c, at, place, &mine, depth);
	} else {
		answer = mode_of_value(c, at, value, &mine, depth);
	}
	return course_is_empty(answer) ? FORMULA_UNKNOWN : answer;
}
