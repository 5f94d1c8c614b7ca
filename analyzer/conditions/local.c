/* What a local holds, a parameter that is assigned, or a field of a local: where an event is given,
 * by a walk over the statements before it (course.h); without one, and where there is only one
 * assignment, the answer on which all assignments agree. */
#include "analyzer/conditions/course.h"

/* A place of which something is asked. */
struct question {
	struct conditions *c;
	uint32_t function, unit;
	const struct fact_value *place, *base;
	const struct atom *atom;
	int depth;
};

static bool is_about(const struct question *q, const struct assignment *a)
{
	return same_place(&a->place, q->place) && same_place(&a->base, q->base);
}

/* What `x |= value`, `x &= value` do to a question for a flag. */
static formula_id after_operator(const struct question *q, const struct spot *at, uint8_t op,
				 fact_id value, formula_id before)
{
	int64_t mask;

	if (q->atom->kind != CONDITION_FLAG)
		return FORMULA_UNKNOWN;
	if (course_is_empty(before))
		before = FORMULA_UNKNOWN;
	if (op == FACT_OP_OR)
		return formulas_or(q->c->formulas, before,
				   conditions_test_value(q->c, *at, value, q->atom, q->depth + 1));
	if (op == FACT_OP_AND && conditions_constant(q->c, at->function, value, &mask))
		return (mask & q->atom->number) == q->atom->number ? before : FORMULA_FALSE;
	return FORMULA_UNKNOWN;
}

/* Is the place, or the whole object that it is a part of, open to others from the call on? */
static bool is_passed(const struct question *q, const struct fact_event *e)
{
	const struct program *program = q->c->program;

	for (uint32_t k = 0; k < e->c; k++) {
		fact_id argument = program_argument(program, q->unit, e, k);
		fact_id base;

		if (program_value(program, q->unit, argument)->kind != FACT_VALUE_ADDRESS)
			continue;
		base = conditions_base(program, q->unit, argument);
		if (base != FACT_NONE && same_place(program_value(program, q->unit, base), q->base))
			return true;
	}
	return false;
}

/* The question where its whole object is copied from `value`. */
static formula_id of_copy(const struct question *q, struct spot at, fact_id value)
{
	const struct fact_value *other =
		value == FACT_NONE ? NULL : program_value(q->c->program, q->unit, value);

	if (!other || other->kind != FACT_VALUE_LOCAL || q->place->kind != FACT_VALUE_FIELD ||
	    q->depth > CONDITIONS_DEPTH)
		return FORMULA_UNKNOWN;
	return conditions_test_local(q->c, at, q->place, other, q->atom, q->depth + 1);
}

static formula_id step(struct course *course, fact_id event, formula_id state)
{
	const struct question *q = course->user;
	const struct fact_event *e = program_event(q->c->program, q->unit, event);
	struct spot at = {.function = q->function, .event = event};
	const struct fact_value *place, *base;
	fact_id bottom;

	if (e->kind == FACT_EVENT_CALL)
		return is_passed(q, e) ? FORMULA_UNKNOWN : state;
	place = program_value(q->c->program, q->unit, e->a);
	bottom = conditions_base(q->c->program, q->unit, e->a);
	base = bottom == FACT_NONE ? NULL : program_value(q->c->program, q->unit, bottom);
	if (!base || !same_place(base, q->base))
		return state;
	if (!same_place(place, q->place)) /* another field, or the whole object */
		return place->kind == q->base->kind ? of_copy(q, at, e->b) : state;
	if (e->op != FACT_OP_NONE)
		return after_operator(q, &at, e->op, e->b, state);
	return conditions_test_value(q->c, at, e->b, q->atom, q->depth + 1);
}

/* What the place holds where the function begins. */
static formula_id at_start(const struct question *q)
{
	struct atom atom = *q->atom;

	if (q->place->kind != FACT_VALUE_PARAM)
		return COURSE_NOTHING;
	atom.param = q->place->a;
	return formulas_atom(q->c->formulas, &atom);
}

static formula_id walk(struct question *q, fact_id event)
{
	struct course course = {.conditions = q->c,
				.function = q->function,
				.start = at_start(q),
				.step = step,
				.user = q,
				.depth = q->depth};
	struct course_subject subject = {*q->place, *q->base};
	formula_id answer = course_remembered(&course, &subject, q->atom, event);

	return course_is_empty(answer) ? FORMULA_UNKNOWN : answer;
}

/* The answer of all assignments, if they agree. */
static formula_id agreed(const struct question *q, const GArray *assignments)
{
	formula_id answer = FORMULA_UNKNOWN;
	bool any = false;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		struct spot at = {.function = q->function, .event = a->event};
		formula_id one;

		if (a->by_address && same_place(&a->base, q->base))
			return FORMULA_UNKNOWN;
		if (a->by_address || !is_about(q, a))
			continue;
		one = a->op == FACT_OP_NONE
			      ? conditions_test_value(q->c, at, a->value, q->atom, q->depth + 1)
			      : after_operator(q, &at, a->op, a->value,
					       any ? answer : FORMULA_UNKNOWN);
		if (a->op == FACT_OP_NONE && any && one != answer)
			return FORMULA_UNKNOWN;
		answer = one;
		any = true;
	}
	return answer;
}

/* How many assignments have a say; FALSE if others can change it at any time. */
static bool count(const struct question *q, const GArray *assignments, guint *ret_count)
{
	*ret_count = q->place->kind == FACT_VALUE_PARAM;
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (a->escapes && same_place(&a->base, q->base))
			return false;
		*ret_count += a->by_address ? same_place(&a->base, q->base) : is_about(q, a);
	}
	return true;
}

formula_id conditions_test_local(struct conditions *c, struct spot at,
				 const struct fact_value *place, const struct fact_value *base,
				 const struct atom *atom, int depth)
{
	const GArray *assignments = conditions_assignments(c, at.function);
	struct question q = {.c = c,
			     .function = at.function,
			     .unit = c->program->functions[at.function].unit,
			     .place = place,
			     .base = base,
			     .atom = atom,
			     .depth = depth};
	guint assigned;

	if (!count(&q, assignments, &assigned) || !assigned)
		return FORMULA_UNKNOWN;
	if (assigned == 1 && place->kind != FACT_VALUE_PARAM)
		return agreed(&q, assignments);
	if (at.event == FACT_NONE)
		return place->kind == FACT_VALUE_PARAM ? FORMULA_UNKNOWN : agreed(&q, assignments);
	return walk(&q, at.event);
}

/* Is *object a time of {0, 0}: all fields of it that are assigned here are 0. */
static formula_id test_zero_time(struct conditions *c, uint32_t function,
				 const struct fact_value *base)
{
	const GArray *assignments = conditions_assignments(c, function);
	bool any = false;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		int64_t number;

		if (a->by_address || !same_place(&a->base, base))
			continue;
		if (a->place.kind != FACT_VALUE_FIELD)
			return FORMULA_UNKNOWN;
		if (a->op != FACT_OP_NONE || !conditions_constant(c, function, a->value, &number))
			return FORMULA_UNKNOWN;
		if (number)
			return FORMULA_FALSE;
		any = true;
	}
	return any ? FORMULA_TRUE : FORMULA_UNKNOWN;
}

/* Is the whole object assigned? */
static bool is_whole(const struct question *q, const struct assignment *a)
{
	return !a->by_address && same_place(&a->place, q->base);
}

/* The atom about the object where the whole of `value`, or of what it points to, is copied. */
static formula_id object_of(const struct question *q, struct spot at, fact_id value)
{
	fact_id base =
		value == FACT_NONE ? FACT_NONE : conditions_base(q->c->program, q->unit, value);
	const struct fact_value *v =
		base == FACT_NONE ? NULL : program_value(q->c->program, q->unit, base);

	if (v && v->kind == FACT_VALUE_VARIABLE)
		return conditions_test_global_object(q->c, q->unit, v, q->atom);
	return v && v->kind == FACT_VALUE_LOCAL
		       ? conditions_test_object(q->c, at, v, q->atom, q->depth + 1)
		       : FORMULA_UNKNOWN;
}

static bool sets_field(const struct question *q, const struct assignment *a)
{
	const struct program_unit *unit = &q->c->program->units[q->unit];

	return !a->by_address && same_place(&a->base, q->base) &&
	       a->place.kind == FACT_VALUE_FIELD &&
	       g_str_equal(q->c->program->symbols[unit->symbols[a->place.a]].name, q->atom->name);
}

/* `before`, and what the function that gets the address of the object does to the field. */
static formula_id after_call(const struct question *q, const struct assignment *a,
			     formula_id before)
{
	const struct program *program = q->c->program;
	uint32_t callee =
		program_called(program, q->unit, program_event(program, q->unit, a->event));
	struct fact_value object = {.kind = FACT_VALUE_PARAM, .a = a->argument};
	struct spot inside = {.function = callee, .event = FACT_NONE};
	struct spot at = {.function = q->function, .event = a->event};
	const struct fact_event *e = program_event(program, q->unit, a->event);
	const struct model_function *model = program_call_model(program, q->unit, e);
	formula_id answer;

	if (model && model->copies.from >= 0 && model->copies.to == (int)a->argument)
		return object_of(
			q, at, program_argument(program, q->unit, e, (uint32_t)model->copies.from));
	if (callee == PROGRAM_NONE)
		return before;
	answer = conditions_test_object(q->c, inside, &object, q->atom, q->depth + 1);
	answer = conditions_at_caller(q->c, answer, q->function, a->event, false);
	return answer == FORMULA_TRUE || answer == FORMULA_FALSE ? answer : before;
}

static formula_id test_pointee_flag(const struct question *q, fact_id before)
{
	const GArray *assignments = conditions_assignments(q->c, q->function);
	struct atom flag = {
		.kind = CONDITION_FLAG, .number = q->atom->number, .guard = q->atom->guard};
	struct question number = *q;
	struct atom mine = *q->atom;
	formula_id answer = FORMULA_FALSE;

	number.atom = &flag;
	if (q->base->kind == FACT_VALUE_PARAM) {
		mine.param = q->base->a;
		answer = formulas_atom(q->c->formulas, &mine);
	}
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		struct spot at = {.function = q->function, .event = a->event};

		if (before != FACT_NONE && a->event >= before)
			break;
		if (a->by_address && !a->escapes && same_place(&a->base, q->base))
			answer = after_call(q, a, answer);
		if (is_whole(q, a))
			answer = object_of(q, at, a->value);
		if (!sets_field(q, a))
			continue;
		answer = a->op == FACT_OP_NONE
				 ? conditions_test_value(q->c, at, a->value, &flag, q->depth + 1)
				 : after_operator(&number, &at, a->op, a->value, answer);
	}
	return answer;
}

formula_id conditions_test_object(struct conditions *c, struct spot at,
				  const struct fact_value *base, const struct atom *atom, int depth)
{
	struct question q = {.c = c,
			     .function = at.function,
			     .unit = c->program->functions[at.function].unit,
			     .base = base,
			     .atom = atom,
			     .depth = depth};

	if (depth > CONDITIONS_DEPTH)
		return FORMULA_UNKNOWN;
	if (atom->kind == CONDITION_ZERO_TIME && base->kind == FACT_VALUE_LOCAL)
		return test_zero_time(c, at.function, base);
	if (atom->kind == CONDITION_POINTEE_FLAG)
		return test_pointee_flag(&q, at.event);
	return FORMULA_UNKNOWN;
}

/* Nanoseconds of a second, microsecond or nanosecond that a field of a time counts; 0: no time. */
static int64_t field_ns(const struct question *q, const struct fact_value *field)
{
	static const struct {
		const char *name;
		int64_t ns;
	} fields[] = {{"tv_sec", 1000000000}, {"tv_usec", 1000}, {"tv_nsec", 1}};
	const struct program_unit *unit = &q->c->program->units[q->unit];
	const char *name = q->c->program->symbols[unit->symbols[field->a]].name;

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (g_str_equal(name, fields[i].name))
			return fields[i].ns;
	return 0;
}

bool conditions_time(struct conditions *c, uint32_t function, fact_id event, fact_id value,
		     int64_t *ret_ns)
{
	const GArray *assignments = conditions_assignments(c, function);
	struct question q = {
		.c = c, .function = function, .unit = c->program->functions[function].unit};
	fact_id base = value == FACT_NONE ? FACT_NONE : conditions_base(c->program, q.unit, value);
	fact_id seen[2] = {FACT_NONE, FACT_NONE}; /* fields that have their number */
	int64_t time = 0;

	if (base == FACT_NONE || program_value(c->program, q.unit, base)->kind != FACT_VALUE_LOCAL)
		return false;
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		int64_t number, ns;

		if (!same_place(&a->base, program_value(c->program, q.unit, base)) ||
		    (a->by_address && a->event == event))
			continue;
		ns = a->by_address || a->place.kind != FACT_VALUE_FIELD ? 0
									: field_ns(&q, &a->place);
		/* One number for each field. */
		if (!ns || seen[0] == a->place.a || seen[1] != FACT_NONE || a->op != FACT_OP_NONE ||
		    !conditions_constant(c, function, a->value, &number) ||
		    __builtin_mul_overflow(number, ns, &number) ||
		    __builtin_add_overflow(time, number, &time))
			return false;
		seen[seen[0] != FACT_NONE] = a->place.a;
	}
	*ret_ns = time;
	return seen[0] != FACT_NONE;
}
