/* The walk of course.h: a stack of open statements, as in guard.c. A loop's body is walked twice if
 * it changes what it began with. */
#include "analyzer/conditions/course.h"

struct frame {
	enum fact_event_kind kind; /* BRANCH, LOOP or SWITCH */
	uint32_t at;               /* of the statement's first event */
	formula_id entry;          /* what held where it begins */
	formula_id then_exit;      /* BRANCH: after its first arm */
	formula_id breaks;         /* LOOP, SWITCH: what left it */
	formula_id continues;      /* LOOP */
	bool in_else, again, has_default;
};

struct jump {
	fact_id label; /* strings */
	formula_id state;
};

struct walk {
	struct course *course;
	uint32_t unit, first, count, target;
	const struct fact_event *events;
	GArray *frames; /* struct frame */
	GArray *jumps;  /* struct jump: forward ones so far */
	formula_id state, answer;
	formula_id *states; /* by event, or NULL */
	guint loops;        /* that are open */
	bool answered;
};

formula_id course_join(struct course *course, formula_id left, formula_id right)
{
	if (left == right || left == COURSE_NOWHERE)
		return right;
	if (right == COURSE_NOWHERE || right == COURSE_NOTHING)
		return left;
	if (left == COURSE_NOTHING)
		return right;
	return course->merge ? course->merge(course, left, right) : FORMULA_UNKNOWN;
}

static struct frame *top(const struct walk *w)
{
	return w->frames->len ? &g_array_index(w->frames, struct frame, w->frames->len - 1) : NULL;
}

static struct frame *top_of(const struct walk *w, enum fact_event_kind kind)
{
	struct frame *frame = top(w);

	return frame && frame->kind == kind ? frame : NULL;
}

static void pop(struct walk *w)
{
	w->loops -= top(w)->kind == FACT_EVENT_LOOP;
	g_array_set_size(w->frames, w->frames->len - 1);
}

static void push(struct walk *w, uint32_t at)
{
	struct frame frame = {.kind = w->events[at].kind,
			      .at = at,
			      .entry = w->state,
			      .then_exit = COURSE_NOWHERE,
			      .breaks = COURSE_NOWHERE,
			      .continues = COURSE_NOWHERE};

	w->loops += frame.kind == FACT_EVENT_LOOP;
	g_array_append_val(w->frames, frame);
}

/* `state` on the arm of the branch at `at` that is taken if its condition is `yes`. */
static formula_id on_arm(const struct walk *w, uint32_t at, bool yes, formula_id state)
{
	struct course *course = w->course;

	return course->is_empty && !course_is_empty(state) &&
			       course->is_empty(course, w->events[at].a, yes)
		       ? COURSE_NOTHING
		       : state;
}

static formula_id close_branch(const struct walk *w, const struct frame *frame)
{
	struct conditions *c = w->course->conditions;
	formula_id yes = frame->in_else ? frame->then_exit : w->state;
	formula_id no = frame->in_else ? w->state : on_arm(w, frame->at, false, frame->entry);
	formula_id condition, split;

	if (yes == no || course_is_empty(yes) || course_is_empty(no))
		return course_join(w->course, yes, no);
	condition = conditions_branch(c, w->course->function, w->first + frame->at);
	if (!conditions_is_decided(c, condition))
		return course_join(w->course, yes, no);
	split = formulas_or(c->formulas, formulas_and(c->formulas, condition, yes),
			    formulas_and(c->formulas, formulas_not(c->formulas, condition), no));
	return conditions_is_small(c, split) ? split : course_join(w->course, yes, no);
}

static bool is_endless(const struct walk *w, const struct fact_event *loop)
{
	const struct fact_value *v;

	if (loop->a == FACT_NONE)
		return true;
	v = program_value(w->course->conditions->program, w->unit, loop->a);
	return v->kind == FACT_VALUE_INT && v->number;
}

/* Returns where the walk goes on: after the loop, or in it once more. */
static uint32_t close_loop(struct walk *w, uint32_t at)
{
	struct frame *frame = top_of(w, FACT_EVENT_LOOP);
	formula_id end, begin, after;

	if (!frame)
		return at + 1;
	end = course_join(w->course, w->state, frame->continues);
	begin = course_join(w->course, frame->entry, end);
	if (begin != frame->entry && !frame->again) {
		frame->again = true;
		frame->entry = w->state = begin;
		return frame->at + 1;
	}
	after = w->events[frame->at].op == FACT_LOOP_DO ? end : begin;
	if (is_endless(w, &w->events[frame->at]))
		after = COURSE_NOWHERE;
	w->state = course_join(w->course, after, frame->breaks);
	pop(w);
	return at + 1;
}

static void close_switch(struct walk *w)
{
	struct frame *frame = top_of(w, FACT_EVENT_SWITCH);
	formula_id none;

	if (!frame)
		return;
	none = frame->has_default ? COURSE_NOWHERE : frame->entry;
	w->state = course_join(w->course, course_join(w->course, w->state, frame->breaks), none);
	pop(w);
}

static void leave_statement(struct walk *w, bool is_break)
{
	for (guint i = w->frames->len; i-- > 0;) {
		struct frame *frame = &g_array_index(w->frames, struct frame, i);
		formula_id *way = is_break ? &frame->breaks : &frame->continues;

		if (frame->kind == FACT_EVENT_BRANCH ||
		    (!is_break && frame->kind != FACT_EVENT_LOOP))
			continue;
		*way = course_join(w->course, *way, w->state);
		break;
	}
	w->state = COURSE_NOWHERE;
}

/* Is the place changed between the label at `at` and a later jump back to it? */
static bool is_changed_before_jump_back(const struct walk *w, uint32_t at)
{
	bool changed = false;

	for (uint32_t i = at + 1; i < w->count; i++) {
		const struct fact_event *e = &w->events[i];

		if (e->kind == FACT_EVENT_ASSIGN || e->kind == FACT_EVENT_CALL)
			changed = changed ||
				  w->course->step(w->course, w->first + i, w->state) != w->state;
		if (e->kind == FACT_EVENT_GOTO && changed &&
		    (e->a == FACT_NONE || e->a == w->events[at].a))
			return true;
	}
	return false;
}

static void enter_label(struct walk *w, uint32_t at)
{
	for (guint i = 0; i < w->jumps->len; i++) {
		const struct jump *jump = &g_array_index(w->jumps, struct jump, i);

		if (jump->label == w->events[at].a || jump->label == FACT_NONE)
			w->state = course_join(w->course, w->state, jump->state);
	}
	if (!course_is_empty(w->state) && w->state != FORMULA_UNKNOWN &&
	    is_changed_before_jump_back(w, at))
		w->state = FORMULA_UNKNOWN;
}

static void jump(struct walk *w, uint32_t at)
{
	struct jump jump = {.label = w->events[at].a, .state = w->state};

	if (w->state != COURSE_NOWHERE)
		g_array_append_val(w->jumps, jump);
	w->state = COURSE_NOWHERE;
}

static void enter_else(struct walk *w)
{
	struct frame *frame = top_of(w, FACT_EVENT_BRANCH);

	if (!frame)
		return;
	frame->then_exit = w->state;
	frame->in_else = true;
	w->state = on_arm(w, frame->at, false, frame->entry);
}

static void enter_case(struct walk *w, const struct fact_event *e)
{
	struct frame *frame = top_of(w, FACT_EVENT_SWITCH);

	if (!frame)
		return;
	frame->has_default |= e->a == FACT_NONE;
	w->state = course_join(w->course, w->state, frame->entry);
}

/* Said by the declaration or by a model. */
static bool does_not_come_back(const struct walk *w, const struct fact_event *e)
{
	const struct program *program = w->course->conditions->program;
	uint32_t symbol;

	if (e->kind != FACT_EVENT_CALL)
		return false;
	if (e->flags & FACT_EVENT_NORETURN)
		return true;
	symbol = program_callee(program, program->functions[w->course->function].unit, e);
	return symbol != PROGRAM_NONE && program->symbols[symbol].model &&
	       program->symbols[symbol].model->noreturn;
}

static void change(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];

	if (w->state == COURSE_NOWHERE)
		return;
	w->state = w->course->step(w->course, w->first + at, w->state);
	if (does_not_come_back(w, e))
		w->state = COURSE_NOWHERE;
}

static void leave_function(struct walk *w, fact_id event)
{
	if (w->course->leave && w->state != COURSE_NOWHERE)
		w->course->leave(w->course, event, w->state);
	w->state = COURSE_NOWHERE;
}

/* Returns the next event to look at. */
static uint32_t step(struct walk *w, uint32_t at)
{
	const struct fact_event *e = &w->events[at];

	w->course->conditions->steps++;
	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_BRANCH:
		push(w, at);
		w->state = on_arm(w, at, true, w->state);
		break;
	case FACT_EVENT_LOOP:
		push(w, at);
		break;
	case FACT_EVENT_SWITCH:
		push(w, at);
		w->state = COURSE_NOWHERE;
		break;
	case FACT_EVENT_ELSE:
		enter_else(w);
		break;
	case FACT_EVENT_BRANCH_END:
		if (!top_of(w, FACT_EVENT_BRANCH))
			break;
		w->state = close_branch(w, top(w));
		pop(w);
		break;
	case FACT_EVENT_LOOP_END:
		return close_loop(w, at);
	case FACT_EVENT_CASE:
		enter_case(w, e);
		break;
	case FACT_EVENT_SWITCH_END:
		close_switch(w);
		break;
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		leave_statement(w, e->kind == FACT_EVENT_BREAK);
		break;
	case FACT_EVENT_RETURN:
		leave_function(w, w->first + at);
		break;
	case FACT_EVENT_GOTO:
		jump(w, at);
		break;
	case FACT_EVENT_LABEL:
		enter_label(w, at);
		break;
	case FACT_EVENT_CALL:
	case FACT_EVENT_ASSIGN:
		change(w, at);
		break;
	case FACT_EVENT_READ:
		break;
	}
	return at + 1;
}

static bool is_given_up(const struct course *course)
{
	return course->conditions->steps > COURSE_STEPS;
}

static struct walk walk_of(struct course *course)
{
	const struct program *program = course->conditions->program;
	struct walk w = {.course = course, .state = course->start, .answer = COURSE_NOWHERE};

	w.unit = program->functions[course->function].unit;
	w.events = program_events(program, course->function, &w.first, &w.count);
	w.target = w.count;
	return w;
}

/* Until the target has been reached and no loop is open. */
static void go(struct walk *w)
{
	w->frames = g_array_new(FALSE, FALSE, sizeof(struct frame));
	w->jumps = g_array_new(FALSE, FALSE, sizeof(struct jump));
	for (uint32_t i = 0; i < w->count && !(w->answered && !w->loops);) {
		if (is_given_up(w->course))
			break;
		if (i == w->target) {
			w->answer = w->state;
			w->answered = true;
		}
		if (w->states)
			w->states[i] = w->state;
		i = step(w, i);
	}
	g_array_free(w->frames, TRUE);
	g_array_free(w->jumps, TRUE);
}

formula_id course_at(struct course *course, fact_id event)
{
	struct walk w = walk_of(course);

	if (event != FACT_NONE)
		w.target = event - w.first;
	go(&w);
	if (is_given_up(course))
		w.answer = w.state = FORMULA_UNKNOWN;
	if (event == FACT_NONE)
		leave_function(&w, FACT_NONE);
	return w.answer;
}

/* ---- what was walked for the guards of a function ----------------------------------------- */

/* The states of one question at all events of a function. */
struct answered {
	struct course_subject subject;
	struct atom atom;
	int depth;
	guint branches; /* that were being read */
	formula_id *states;
};

static void free_answered(void *row)
{
	g_free(((struct answered *)row)->states);
}

static const formula_id *find_answered(const GArray *rows, const struct answered *question)
{
	for (guint i = 0; i < rows->len; i++) {
		const struct answered *row = &g_array_index(rows, struct answered, i);

		if (row->depth == question->depth && row->branches == question->branches &&
		    same_place(&row->subject.place, &question->subject.place) &&
		    same_place(&row->subject.base, &question->subject.base) &&
		    formulas_same_atom(&row->atom, &question->atom))
			return row->states;
	}
	return NULL;
}

formula_id course_remembered(struct course *course, const struct course_subject *subject,
			     const struct atom *atom, fact_id event)
{
	struct body *body = conditions_body(course->conditions, course->function);
	struct walk w = walk_of(course);
	struct answered row = {.subject = *subject,
			       .atom = *atom,
			       .depth = course->depth,
			       .branches = course->conditions->branches};
	const formula_id *states;
	formula_id answer;

	if (!body->guards_running || w.count > COURSE_STEPS / 2)
		return course_at(course, event);
	if (!body->answered) {
		body->answered = g_array_new(FALSE, FALSE, sizeof(struct answered));
		g_array_set_clear_func(body->answered, free_answered);
	}
	states = find_answered(body->answered, &row);
	if (states)
		return states[event - w.first];
	row.states = w.states = g_new(formula_id, w.count + 1);
	go(&w);
	if (is_given_up(course)) {
		g_free(row.states);
		return FORMULA_UNKNOWN;
	}
	answer = row.states[event - w.first];
	g_array_append_val(body->answered, row);
	return answer;
}
