/* Deciding conditions on values. What locals hold is in local.c, the branches around an event in
 * guard.c, descriptors and handles in mode.c. */
#include "analyzer/conditions/condition.h"

#include <arpa/inet.h>
#include <string.h>

#include "analyzer/conditions/condition_private.h"
#include "analyzer/handles/file_bulk.h"
#include "analyzer/handles/mode.h"

struct conditions *conditions_new(const struct program *program)
{
	struct conditions *c = g_new0(struct conditions, 1);

	c->program = program;
	c->formulas = formulas_new();
	c->bodies = g_new0(struct body *, program->function_count + 1);
	c->calls_reached = g_new0(int8_t, program->function_count + 1);
	return c;
}

static void body_free(struct body *body)
{
	if (!body)
		return;
	if (body->assignments)
		g_array_free(body->assignments, TRUE);
	g_clear_pointer(&body->at_calls, g_hash_table_destroy);
	g_free(body->guards);
	g_free(body->in_loop);
	g_free(body->in_wide_switch);
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
	g_free(c->calls_reached);
	if (c->globals)
		g_hash_table_destroy(c->globals);
	g_free(c->writers);
	conditions_free_fields(c->fields);
	modes_free(c->modes);
	file_bulk_free(c->files);
	if (c->callers)
		g_hash_table_destroy(c->callers);
	formulas_free(c->formulas);
	g_free(c);
}

fact_id conditions_base(const struct program *program, uint32_t unit, fact_id value)
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
			    const struct fact_event *e, fact_id event)
{
	const struct fact_value *place = program_value(program, unit, e->a);
	struct assignment a = {.place = *place, .event = event, .value = e->b, .op = e->op};
	fact_id base = conditions_base(program, unit, e->a);

	if (base != FACT_NONE)
		a.base = *program_value(program, unit, base);
	g_array_append_val(body->assignments, a);
}

/* `f(&x)` and `p = &x`: x may change behind our back. */
static void note_address(const struct program *program, uint32_t unit, struct body *body,
			 fact_id value, struct assignment a)
{
	const struct fact_value *v;
	fact_id base;

	if (value == FACT_NONE)
		return;
	v = program_value(program, unit, value);
	base = conditions_base(program, unit, value);
	if (v->kind != FACT_VALUE_ADDRESS || base == FACT_NONE)
		return;
	a.by_address = true;
	a.place = *program_value(program, unit, v->a);
	a.base = *program_value(program, unit, base);
	g_array_append_val(body->assignments, a);
}

static void note_event(const struct program *program, uint32_t unit, struct body *body,
		       const struct fact_event *e, fact_id event)
{
	struct assignment a = {.op = FACT_OP_NONE, .value = FACT_NONE, .event = event};

	if (e->kind == FACT_EVENT_ASSIGN) {
		note_assignment(program, unit, body, e, event);
		a.escapes = true;
		note_address(program, unit, body, e->b, a);
	}
	for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++) {
		a.argument = k;
		note_address(program, unit, body, program_argument(program, unit, e, k), a);
	}
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
		note_event(program, unit, body, &events[i], first + i);
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
	case CONDITION_POINTEE_EQUAL:
	case CONDITION_STRING:
	case CONDITION_ADDRESS:
	case CONDITION_STREAM:
	case CONDITION_BEGINS:
	case CONDITION_OPEN:
	case CONDITION_BULKY:
	case CONDITION_FD_BULKY:
	case CONDITION_ASKED:
	case CONDITION_AFTER:
		return FORMULA_FALSE;
	case CONDITION_TRUE:
	case CONDITION_FALSE:
	case CONDITION_UNKNOWN:
	case CONDITION_FD_BLOCKING:
	case CONDITION_FD_NONBLOCKING:
	case CONDITION_FD_REGULAR:
	case CONDITION_HANDLE:
	case CONDITION_NOT:
	case CONDITION_AND:
	case CONDITION_OR:
	case CONDITION_UNLESS:
		break;
	}
	return FORMULA_UNKNOWN;
}

static bool is_null_test(const struct atom *atom)
{
	return atom->kind == CONDITION_NULL || atom->kind == CONDITION_ZERO ||
	       (atom->kind == CONDITION_EQUAL && atom->number == 0);
}

static formula_id test_flag_or(struct conditions *c, struct spot at, const struct fact_value *v,
			       const struct atom *atom, int depth)
{
	int64_t mask;
	formula_id left, right;

	if (v->op == FACT_OP_OR) {
		left = conditions_test_value(c, at, v->a, atom, depth + 1);
		right = conditions_test_value(c, at, v->b, atom, depth + 1);
		return formulas_or(c->formulas, left, right);
	}
	if (v->op == FACT_OP_AND && conditions_constant(c, at.function, v->b, &mask))
		return (mask & atom->number) ? conditions_test_value(c, at, v->a, atom, depth + 1)
					     : FORMULA_FALSE;
	return FORMULA_UNKNOWN;
}

/* &x against a number: what x holds. The call that takes the address does not change it before. */
static formula_id test_pointee_number(struct conditions *c, struct spot at, fact_id value,
				      const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	struct atom equal = {.kind = CONDITION_EQUAL, .number = atom->number, .guard = atom->guard};

	return conditions_test_value(c, at, program_value(c->program, unit, value)->a, &equal,
				     depth + 1);
}

static formula_id test_address(struct conditions *c, struct spot at, fact_id value,
			       const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	fact_id base = conditions_base(c->program, unit, value);
	struct fact_value object;

	if (is_null_test(atom))
		return FORMULA_FALSE;
	if (base == FACT_NONE)
		return FORMULA_UNKNOWN;
	object = *program_value(c->program, unit, base);
	if (object.kind == FACT_VALUE_VARIABLE)
		return conditions_test_global_object(c, unit, &object, atom);
	if (atom->kind == CONDITION_POINTEE_EQUAL)
		return test_pointee_number(c, at, value, atom, depth);
	if (object.kind != FACT_VALUE_LOCAL)
		return FORMULA_UNKNOWN;
	return conditions_test_object(c, at, &object, atom, depth);
}

bool conditions_is_assigned(struct conditions *c, uint32_t function, const struct fact_value *place)
{
	const GArray *assignments = conditions_assignments(c, function);

	for (guint i = 0; i < assignments->len; i++)
		if (same_place(&g_array_index(assignments, struct assignment, i).place, place))
			return true;
	return false;
}

static formula_id test_parameter(struct conditions *c, struct spot at, const struct fact_value *v,
				 const struct atom *atom, int depth)
{
	struct atom mine = *atom;

	if (conditions_is_assigned(c, at.function, v))
		return conditions_test_local(c, at, v, v, atom, depth);
	if (atom->kind == CONDITION_POINTEE_FLAG)
		return conditions_test_object(c, at, v, atom, depth);
	mine.param = v->a;
	return formulas_atom(c->formulas, &mine);
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

/* The text that a call gives, as its model says. */
static formula_id test_beginning(struct conditions *c, uint32_t unit, const struct fact_value *call,
				 const struct atom *atom)
{
	const struct model_function *model =
		program_call_model(c->program, unit, program_event(c->program, unit, call->a));

	if (!model || !model->begins)
		return FORMULA_UNKNOWN;
	return g_str_has_prefix(model->begins, atom->name);
}

static formula_id test_place(struct conditions *c, struct spot at, fact_id value,
			     const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	struct fact_value v = *program_value(c->program, unit, value);
	struct fact_value base;

	switch ((enum fact_value_kind)v.kind) {
	case FACT_VALUE_PARAM:
		return test_parameter(c, at, &v, atom, depth);
	case FACT_VALUE_LOCAL:
		if (atom->kind == CONDITION_STREAM)
			return FORMULA_FALSE;
		return conditions_test_local(c, at, &v, &v, atom, depth);
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
		base = *program_value(c->program, unit, conditions_base(c->program, unit, value));
		if (base.kind != FACT_VALUE_LOCAL || !is_object(c, at.function, &base, &v))
			return conditions_test_field(c, at, value, atom, depth);
		return conditions_test_local(c, at, &v, &base, atom, depth);
	case FACT_VALUE_CALL:
		if (atom->kind == CONDITION_BEGINS)
			return test_beginning(c, unit, &v, atom);
		return atom->kind == CONDITION_STREAM ? FORMULA_FALSE : FORMULA_UNKNOWN;
	default: /* not a place that we follow */
		return atom->kind == CONDITION_STREAM ? FORMULA_FALSE : FORMULA_UNKNOWN;
	}
}

/* May `value` be the function whose symbol is atom->number? */
static formula_id test_target(struct conditions *c, struct spot at, fact_id value,
			      const struct atom *atom)
{
	uint32_t unit = c->program->functions[at.function].unit;
	const struct fact_value *v = program_value(c->program, unit, value);
	g_autoptr(GArray) found = NULL;
	bool stored = true, cut = false;
	struct atom mine = *atom;

	if (v->kind == FACT_VALUE_PARAM && !conditions_is_assigned(c, at.function, v)) {
		mine.param = v->a;
		return formulas_atom(c->formulas, &mine);
	}
	found = g_array_new(FALSE, FALSE, sizeof(struct target));
	targets_of_value(c->program->private->targets, unit, at.function, value, found, &stored,
			 &cut);
	for (guint i = 0; i < found->len; i++)
		if (g_array_index(found, struct target, i).symbol == atom->number)
			return FORMULA_TRUE;
	return cut ? FORMULA_TRUE : FORMULA_FALSE;
}

/* `c ? a : b`, as `wait ? 0 : WNOHANG`: the arms decide, or else what c is. */
static formula_id test_choice(struct conditions *c, struct spot at, const struct fact_value *v,
			      const struct atom *atom, int depth)
{
	struct atom zero = {.kind = CONDITION_ZERO};
	formula_id yes = conditions_test_value(c, at, v->a, atom, depth + 1);
	formula_id no = conditions_test_value(c, at, v->b, atom, depth + 1);
	formula_id is_zero;

	if (yes == no)
		return yes;
	is_zero = conditions_test_value(c, at, v->c, &zero, depth + 1);
	if (is_zero == FORMULA_UNKNOWN)
		return FORMULA_UNKNOWN;
	return formulas_or(c->formulas,
			   formulas_and(c->formulas, formulas_not(c->formulas, is_zero), yes),
			   formulas_and(c->formulas, is_zero, no));
}

/* `a || b`, `a && b` and `!a`: their parts say whether it is zero. */
static formula_id test_logic(struct conditions *c, struct spot at, const struct fact_value *v,
			     const struct atom *atom, int depth)
{
	const struct atom zero = {.kind = CONDITION_ZERO};
	formula_id left, right;

	if (atom->kind == CONDITION_EQUAL ? atom->number != 0 && atom->number != 1
					  : atom->kind != CONDITION_ZERO)
		return FORMULA_UNKNOWN;
	left = conditions_test_value(c, at, v->a, &zero, depth + 1);
	if (v->kind == FACT_VALUE_UNARY) {
		left = formulas_not(c->formulas, left);
	} else {
		right = conditions_test_value(c, at, v->b, &zero, depth + 1);
		left = v->op == FACT_OP_LAND ? formulas_or(c->formulas, left, right)
					     : formulas_and(c->formulas, left, right);
	}
	return atom->kind == CONDITION_EQUAL && atom->number == 1 ? formulas_not(c->formulas, left)
								  : left;
}

bool conditions_flags_set(const struct program *program, uint32_t unit, fact_id value,
			  fact_id *ret_flags, int64_t *ret_mask)
{
	const struct fact_value *v = program_value(program, unit, value), *left, *right;

	if (v->kind != FACT_VALUE_BINARY || v->op != FACT_OP_AND)
		return false;
	left = program_value(program, unit, v->a);
	right = program_value(program, unit, v->b);
	if (left->kind != FACT_VALUE_UNARY || left->op != FACT_OP_NOT ||
	    right->kind != FACT_VALUE_INT)
		return false;
	*ret_flags = left->a;
	*ret_mask = right->number;
	return true;
}

/* `a == 3`, `a != 3`: whether it is zero. */
static formula_id test_comparison(struct conditions *c, struct spot at, const struct fact_value *v,
				  const struct atom *atom, int depth)
{
	struct atom equal = {.kind = CONDITION_EQUAL, .guard = atom->guard};
	fact_id operand = v->a;
	formula_id answer;

	if (atom->kind != CONDITION_ZERO || v->kind != FACT_VALUE_BINARY ||
	    !conditions_constant(c, at.function, v->b, &equal.number))
		return FORMULA_UNKNOWN;
	if (equal.number == 0 &&
	    conditions_flags_set(c->program, c->program->functions[at.function].unit, v->a,
				 &operand, &equal.number))
		equal.kind = CONDITION_FLAG;
	answer = conditions_test_value(c, at, operand, &equal, depth + 1);
	return v->op == FACT_OP_EQ ? formulas_not(c->formulas, answer) : answer;
}

/* "127.0.0.1", "::1", "fe80::1%eth0" */
static bool is_address(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "%", 2);
	unsigned char address[sizeof(struct in6_addr)];

	return parts[0] && (inet_pton(AF_INET, parts[0], address) == 1 ||
			    inet_pton(AF_INET6, parts[0], address) == 1);
}

static formula_id test_string(const char *text, const struct atom *atom)
{
	if (atom->kind == CONDITION_STRING)
		return g_str_equal(text, atom->name);
	if (atom->kind == CONDITION_ADDRESS)
		return is_address(text);
	if (atom->kind == CONDITION_BEGINS)
		return g_str_has_prefix(text, atom->name);
	return is_null_test(atom) ? FORMULA_FALSE : FORMULA_UNKNOWN;
}

formula_id conditions_test_value(struct conditions *c, struct spot at, fact_id value,
				 const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	const struct fact_value *v;
	int64_t number;

	if (value == FACT_NONE || depth > CONDITIONS_DEPTH)
		return FORMULA_UNKNOWN;
	if (atom->field)
		return conditions_test_field(c, at, value, atom, depth);
	if (atom->kind == CONDITION_TARGET)
		return test_target(c, at, value, atom);
	if (file_bulk_is_about(atom->kind))
		return file_bulk_test(c, at, value, atom);
	if (modes_is_about(atom->kind))
		return modes_test(c, at, value, atom, depth);
	v = program_value(c->program, unit, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_INT:
		return test_number(v->number, atom);
	case FACT_VALUE_NULL:
		return test_number(0, atom);
	case FACT_VALUE_STRING:
		return test_string(facts_string(c->program->units[unit].facts, v->a), atom);
	case FACT_VALUE_FUNCTION:
		return is_null_test(atom) ? FORMULA_FALSE : FORMULA_UNKNOWN;
	case FACT_VALUE_ADDRESS:
		return test_address(c, at, value, atom, depth);
	case FACT_VALUE_CHOICE:
		return test_choice(c, at, v, atom, depth);
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
		if (conditions_constant(c, at.function, value, &number))
			return test_number(number, atom);
		if (v->op == FACT_OP_LOR || v->op == FACT_OP_LAND || v->op == FACT_OP_LNOT)
			return test_logic(c, at, v, atom, depth);
		if (v->op == FACT_OP_EQ || v->op == FACT_OP_NE)
			return test_comparison(c, at, v, atom, depth);
		return atom->kind == CONDITION_FLAG && v->kind == FACT_VALUE_BINARY
			       ? test_flag_or(c, at, v, atom, depth)
			       : FORMULA_UNKNOWN;
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_FIELD:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_CALL:
	case FACT_VALUE_UNKNOWN:
		return test_place(c, at, value, atom, depth);
	}
	return FORMULA_UNKNOWN;
}

formula_id conditions_test(struct conditions *c, struct spot at, fact_id value,
			   const struct atom *atom)
{
	struct atom plain = *atom;
	formula_id answer;

	plain.negated = false;
	c->steps = c->questions ? c->steps : 0;
	c->questions++;
	answer = conditions_test_value(c, at, value, &plain, 0);
	c->questions--;
	/* Where a name comes from is mostly unknown, and it is hardly ever an address or below
	 * /proc then. */
	if ((atom->kind == CONDITION_ADDRESS || atom->kind == CONDITION_BEGINS) &&
	    answer == FORMULA_UNKNOWN)
		answer = FORMULA_FALSE;
	if (atom->negated)
		answer = formulas_not(c->formulas, answer);
	return atom->guard ? formulas_soften(c->formulas, answer) : answer;
}
