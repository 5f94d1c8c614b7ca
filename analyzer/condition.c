/* Deciding conditions on values. Locals are followed to what is assigned to them,
 * flow-insensitively: if all assignments give the same answer it is the answer, else the answer is
 * unknown. The branches around an event are in guard.c. */
#include "analyzer/condition.h"

#include <string.h>

#include "analyzer/condition_private.h"

struct conditions *conditions_new(const struct program *program)
{
	struct conditions *c = g_new0(struct conditions, 1);

	c->program = program;
	c->formulas = formulas_new();
	c->bodies = g_new0(struct body *, program->function_count + 1);
	return c;
}

static void body_free(struct body *body)
{
	if (!body)
		return;
	if (body->assignments)
		g_array_free(body->assignments, TRUE);
	g_free(body->guards);
	g_free(body->in_loop);
	g_free(body->leaving);
	g_free(body->on_failure);
	g_free(body);
}

void conditions_free(struct conditions *c)
{
	if (!c)
		return;
	for (guint i = 0; i < c->program->function_count; i++)
		body_free(c->bodies[i]);
	g_free(c->bodies);
	if (c->globals)
		g_hash_table_destroy(c->globals);
	formulas_free(c->formulas);
	g_free(c);
}

/* The object at the bottom of a place: `o` of o.a[1].b and of &o. */
static fact_id base_of(const struct program *program, uint32_t unit, fact_id value)
{
	for (;;) {
		const struct fact_value *v;
		fact_id next;

		if (value == FACT_NONE)
			return FACT_NONE;
		v = program_value(program, unit, value);
		if (v->kind == FACT_VALUE_FIELD)
			next = v->b;
		else if (v->kind == FACT_VALUE_ELEMENT || v->kind == FACT_VALUE_ADDRESS)
			next = v->a;
		else
			return value;
		value = next;
	}
}

static void note_assignment(const struct program *program, uint32_t unit, struct body *body,
			    const struct fact_event *e)
{
	const struct fact_value *place = program_value(program, unit, e->a);
	struct assignment a = {.place = *place, .value = e->b, .op = e->op};
	fact_id base = base_of(program, unit, e->a);

	if (base != FACT_NONE)
		a.base = *program_value(program, unit, base);
	g_array_append_val(body->assignments, a);
}

/* `f(&x)` and `p = &x`: x may change behind our back. */
static void note_address(const struct program *program, uint32_t unit, struct body *body,
			 fact_id value)
{
	struct assignment a = {.op = FACT_OP_NONE, .value = FACT_NONE, .by_address = true};
	const struct fact_value *v;
	fact_id base;

	if (value == FACT_NONE)
		return;
	v = program_value(program, unit, value);
	base = base_of(program, unit, value);
	if (v->kind != FACT_VALUE_ADDRESS || base == FACT_NONE)
		return;
	a.place = *program_value(program, unit, v->a);
	a.base = *program_value(program, unit, base);
	g_array_append_val(body->assignments, a);
}

static void note_event(const struct program *program, uint32_t unit, struct body *body,
		       const struct fact_event *e)
{
	if (e->kind == FACT_EVENT_ASSIGN) {
		note_assignment(program, unit, body, e);
		note_address(program, unit, body, e->b);
	}
	for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++)
		note_address(program, unit, body, program_argument(program, unit, e, k));
}

struct body *conditions_body(struct conditions *c, uint32_t function)
{
	if (!c->bodies[function])
		c->bodies[function] = g_new0(struct body, 1);
	return c->bodies[function];
}

const GArray *conditions_assignments(struct conditions *c, uint32_t function)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[function].unit;
	uint32_t first, count;
	const struct fact_event *events;
	struct body *body = conditions_body(c, function);

	if (body->assignments)
		return body->assignments;
	body->assignments = g_array_new(FALSE, FALSE, sizeof(struct assignment));
	events = program_events(program, function, &first, &count);
	for (uint32_t i = 0; i < count; i++)
		note_event(program, unit, body, &events[i]);
	return body->assignments;
}

static formula_id test_number(int64_t number, const struct atom *atom)
{
	switch (atom->kind) {
	case CONDITION_NULL:
	case CONDITION_ZERO:
		return number == 0;
	case CONDITION_EQUAL:
		return number == atom->number;
	case CONDITION_LESS:
		return number < atom->number;
	case CONDITION_FLAG:
		return (number & atom->number) == atom->number;
	case CONDITION_ZERO_TIME:
	case CONDITION_POINTEE_FLAG:
	case CONDITION_STRING:
	case CONDITION_STREAM:
	case CONDITION_OPEN:
		return FORMULA_FALSE;
	case CONDITION_TRUE:
	case CONDITION_FALSE:
	case CONDITION_UNKNOWN:
	case CONDITION_FD_BLOCKING:
	case CONDITION_FD_REGULAR:
	case CONDITION_HANDLE:
	case CONDITION_NOT:
	case CONDITION_AND:
	case CONDITION_OR:
		break;
	}
	return FORMULA_UNKNOWN;
}

static bool is_null_test(const struct atom *atom)
{
	return atom->kind == CONDITION_NULL || atom->kind == CONDITION_ZERO ||
	       (atom->kind == CONDITION_EQUAL && atom->number == 0);
}

static formula_id test_value(struct conditions *c, uint32_t function, fact_id value,
			     const struct atom *atom, int depth);

static formula_id test_flag_or(struct conditions *c, uint32_t function, const struct fact_value *v,
			       const struct atom *atom, int depth)
{
	int64_t mask;
	formula_id left, right;

	if (v->op == FACT_OP_OR) {
		left = test_value(c, function, v->a, atom, depth + 1);
		right = test_value(c, function, v->b, atom, depth + 1);
		return formulas_or(c->formulas, left, right);
	}
	if (v->op == FACT_OP_AND && conditions_constant(c, function, v->b, &mask))
		return (mask & atom->number) ? test_value(c, function, v->a, atom, depth + 1)
					     : FORMULA_FALSE;
	return FORMULA_UNKNOWN;
}

/* A local or a field of a local: what is assigned to it here. */
static formula_id test_assigned(struct conditions *c, uint32_t function,
				const struct fact_value *place, const struct fact_value *base,
				const struct atom *atom, int depth)
{
	const GArray *assignments = conditions_assignments(c, function);
	formula_id answer = FORMULA_UNKNOWN;
	bool any = false;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		formula_id one;

		if (a->by_address) {
			if (same_place(&a->base, base))
				return FORMULA_UNKNOWN;
			continue;
		}
		if (!same_place(&a->place, place) || !same_place(&a->base, base))
			continue;
		if (a->op == FACT_OP_OR && atom->kind == CONDITION_FLAG) {
			one = test_value(c, function, a->value, atom, depth + 1);
			answer = any ? formulas_or(c->formulas, answer, one) : FORMULA_UNKNOWN;
			continue;
		}
		if (a->op != FACT_OP_NONE)
			return FORMULA_UNKNOWN;
		one = test_value(c, function, a->value, atom, depth + 1);
		if (one == FORMULA_UNKNOWN || (any && one != answer))
			return FORMULA_UNKNOWN;
		answer = one;
		any = true;
	}
	return answer;
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

/* Has the field `atom->name` of *object the bits: hints.ai_flags. A field that nobody sets is 0. */
static formula_id test_pointee_flag(struct conditions *c, uint32_t function,
				    const struct fact_value *base, const struct atom *atom,
				    int depth)
{
	const GArray *assignments = conditions_assignments(c, function);
	const struct program_unit *unit = &c->program->units[c->program->functions[function].unit];
	struct atom flag = {.kind = CONDITION_FLAG, .number = atom->number, .guard = atom->guard};
	formula_id answer = FORMULA_FALSE;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		formula_id one;

		if (a->by_address || !same_place(&a->base, base) ||
		    a->place.kind != FACT_VALUE_FIELD)
			continue;
		if (!g_str_equal(c->program->symbols[unit->symbols[a->place.a]].name, atom->name))
			continue;
		one = test_value(c, function, a->value, &flag, depth + 1);
		answer = a->op == FACT_OP_NONE ? one : formulas_or(c->formulas, answer, one);
	}
	return answer;
}

static formula_id test_address(struct conditions *c, uint32_t function, fact_id value,
			       const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[function].unit;
	fact_id base = base_of(c->program, unit, value);
	struct fact_value object;

	if (is_null_test(atom))
		return FORMULA_FALSE;
	if (base == FACT_NONE)
		return FORMULA_UNKNOWN;
	object = *program_value(c->program, unit, base);
	if (object.kind == FACT_VALUE_VARIABLE)
		return conditions_test_global_object(c, unit, &object, atom);
	if (object.kind != FACT_VALUE_LOCAL)
		return FORMULA_UNKNOWN;
	if (atom->kind == CONDITION_ZERO_TIME)
		return test_zero_time(c, function, &object);
	if (atom->kind == CONDITION_POINTEE_FLAG)
		return test_pointee_flag(c, function, &object, atom, depth);
	return FORMULA_UNKNOWN;
}

static bool parameter_is_stable(struct conditions *c, uint32_t function, uint32_t param)
{
	const GArray *assignments = conditions_assignments(c, function);
	struct fact_value place = {.kind = FACT_VALUE_PARAM, .a = param};

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (same_place(&a->place, &place))
			return false;
	}
	return true;
}

/* Is the local the object that has the field, and no pointer to one that others change as well?
 * Typedefs of either are taken for pointers. */
static bool is_object(struct conditions *c, uint32_t function, const struct fact_value *local,
		      const struct fact_value *field)
{
	const struct program_function *f = &c->program->functions[function];
	const struct program_unit *unit = &c->program->units[f->unit];
	const struct fact_function *row =
		facts_row(unit->facts, functions, struct fact_function, f->row);
	const struct fact_param *l =
		facts_row(unit->facts, locals, struct fact_param, row->first_local + local->a);
	const char *owner = c->program->symbols[unit->symbols[field->a]].owner;
	const char *type = facts_string(unit->facts, l->type);

	if (g_str_has_prefix(type, "struct "))
		type += strlen("struct ");
	return owner && g_str_equal(type, owner);
}

static formula_id test_place(struct conditions *c, uint32_t function, fact_id value,
			     const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[function].unit;
	struct fact_value v = *program_value(c->program, unit, value);
	struct atom mine = *atom;
	struct fact_value base;

	switch ((enum fact_value_kind)v.kind) {
	case FACT_VALUE_PARAM:
		if (!parameter_is_stable(c, function, v.a))
			return FORMULA_UNKNOWN;
		mine.param = v.a;
		return formulas_atom(c->formulas, &mine);
	case FACT_VALUE_LOCAL:
		if (atom->kind == CONDITION_STREAM)
			return FORMULA_FALSE;
		return test_assigned(c, function, &v, &v, atom, depth);
	case FACT_VALUE_VARIABLE:
		if (atom->kind == CONDITION_STREAM)
			return g_str_equal(
				c->program->symbols[c->program->units[unit].symbols[v.a]].name,
				atom->name);
		return conditions_test_global(c, unit, &v, atom);
	case FACT_VALUE_FIELD:
		if (atom->kind == CONDITION_STREAM)
			return FORMULA_FALSE;
		if (v.b == FACT_NONE)
			return FORMULA_UNKNOWN;
		base = *program_value(c->program, unit, base_of(c->program, unit, value));
		if (base.kind != FACT_VALUE_LOCAL || !is_object(c, function, &base, &v))
			return FORMULA_UNKNOWN;
		return test_assigned(c, function, &v, &base, atom, depth);
	default: /* not a place that we follow */
		return atom->kind == CONDITION_STREAM ? FORMULA_FALSE : FORMULA_UNKNOWN;
	}
}

/* May `value` be the function whose symbol is atom->number? */
static formula_id test_target(struct conditions *c, uint32_t function, fact_id value,
			      const struct atom *atom)
{
	uint32_t unit = c->program->functions[function].unit;
	const struct fact_value *v = program_value(c->program, unit, value);
	g_autoptr(GArray) found = NULL;
	bool stored = true, cut = false;
	struct atom mine = *atom;

	if (v->kind == FACT_VALUE_PARAM && parameter_is_stable(c, function, v->a)) {
		mine.param = v->a;
		return formulas_atom(c->formulas, &mine);
	}
	found = g_array_new(FALSE, FALSE, sizeof(struct target));
	targets_of_value(c->program->private->targets, unit, function, value, found, &stored, &cut);
	for (guint i = 0; i < found->len; i++)
		if (g_array_index(found, struct target, i).symbol == atom->number)
			return FORMULA_TRUE;
	return cut ? FORMULA_TRUE : FORMULA_FALSE;
}

/* `c ? a : b`, as `wait ? 0 : WNOHANG`: the arms decide, or else what c is. */
static formula_id test_choice(struct conditions *c, uint32_t function, const struct fact_value *v,
			      const struct atom *atom, int depth)
{
	struct atom zero = {.kind = CONDITION_ZERO};
	formula_id yes = test_value(c, function, v->a, atom, depth + 1);
	formula_id no = test_value(c, function, v->b, atom, depth + 1);
	formula_id is_zero;

	if (yes == no)
		return yes;
	is_zero = test_value(c, function, v->c, &zero, depth + 1);
	if (is_zero == FORMULA_UNKNOWN)
		return FORMULA_UNKNOWN;
	return formulas_or(c->formulas,
			   formulas_and(c->formulas, formulas_not(c->formulas, is_zero), yes),
			   formulas_and(c->formulas, is_zero, no));
}

static formula_id test_value(struct conditions *c, uint32_t function, fact_id value,
			     const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[function].unit;
	const struct fact_value *v;
	int64_t number;

	if (value == FACT_NONE || depth > CONDITIONS_DEPTH)
		return FORMULA_UNKNOWN;
	if (atom->kind == CONDITION_TARGET)
		return test_target(c, function, value, atom);
	v = program_value(c->program, unit, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_INT:
		return test_number(v->number, atom);
	case FACT_VALUE_NULL:
		return test_number(0, atom);
	case FACT_VALUE_STRING:
		if (atom->kind == CONDITION_STRING)
			return g_str_equal(facts_string(c->program->units[unit].facts, v->a),
					   atom->name);
		return is_null_test(atom) ? FORMULA_FALSE : FORMULA_UNKNOWN;
	case FACT_VALUE_FUNCTION:
		return is_null_test(atom) ? FORMULA_FALSE : FORMULA_UNKNOWN;
	case FACT_VALUE_ADDRESS:
		return test_address(c, function, value, atom, depth);
	case FACT_VALUE_CHOICE:
		return test_choice(c, function, v, atom, depth);
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
		if (conditions_constant(c, function, value, &number))
			return test_number(number, atom);
		return atom->kind == CONDITION_FLAG && v->kind == FACT_VALUE_BINARY
			       ? test_flag_or(c, function, v, atom, depth)
			       : FORMULA_UNKNOWN;
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_FIELD:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_CALL:
	case FACT_VALUE_UNKNOWN:
		return test_place(c, function, value, atom, depth);
	}
	return FORMULA_UNKNOWN;
}

formula_id conditions_test(struct conditions *c, uint32_t function, fact_id value,
			   const struct atom *atom)
{
	struct atom plain = *atom;
	formula_id answer;

	plain.negated = false;
	answer = test_value(c, function, value, &plain, 0);
	if (atom->negated)
		answer = formulas_not(c->formulas, answer);
	return atom->guard ? formulas_soften(c->formulas, answer) : answer;
}
