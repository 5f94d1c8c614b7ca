/* Fields and variables of static storage inside the function that has just stored into them: the
 * order of its own statements decides, not what the rest of the program does to the field. That
 * holds until the object goes through other hands. Misses what a function does to the object that
 * it finds by itself, a few calls down. */
#include "analyzer/handles/mode_private.h"

bool mode_here_is_stored(struct conditions *c, struct spot at, uint32_t symbol)
{
	const struct modes *modes = modes_of(c);

	for (uint32_t i = modes->first_use[symbol]; i != PROGRAM_NONE;) {
		const struct mode_use *use = &g_array_index(modes->uses, struct mode_use, i);

		if (use->function == at.function && use->event < at.event && !use->is_call)
			return true;
		i = use->next;
	}
	return false;
}

/* What is behind the & and * of a value. */
static fact_id bare(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);

	while (v->kind == FACT_VALUE_ADDRESS || v->kind == FACT_VALUE_DEREF) {
		value = v->a;
		v = program_value(program, unit, value);
	}
	return value;
}

/* Is `value` the object that the field is in, one that has this in it, or a pointer to one? */
static bool is_object(const struct program *program, uint32_t unit, fact_id value,
		      const struct mode_place *place)
{
	const struct fact_value *v = program_value(program, unit, place->value);

	value = bare(program, unit, value);
	while (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_ELEMENT) {
		fact_id object = v->kind == FACT_VALUE_FIELD ? v->b : v->a;

		if (object == FACT_NONE)
			return false;
		object = bare(program, unit, object);
		if (facts_value_same(program->units[unit].facts, value, object))
			return true;
		v = program_value(program, unit, object);
	}
	return false;
}

static bool is_passed_on(const struct program *program, uint32_t unit, const struct fact_event *e,
			 const struct mode_place *place)
{
	for (uint32_t k = 0; k < e->c; k++)
		if (is_object(program, unit, program_argument(program, unit, e, k), place))
			return true;
	return false;
}

static bool stores_itself(struct conditions *c, uint32_t function, uint32_t symbol)
{
	struct spot end = {.function = function, .event = FACT_NONE};

	return mode_here_is_stored(c, end, symbol);
}

bool mode_here_is_lost(struct conditions *c, uint32_t function, fact_id event,
		       const struct mode_place *place)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	uint32_t symbol, callee;

	if (e->kind == FACT_EVENT_ASSIGN)
		return is_object(program, unit, e->a, place);
	symbol = program_callee(program, unit, e);
	callee = symbol == PROGRAM_NONE ? PROGRAM_NONE : program_resolve(program, unit, symbol);
	if (symbol != PROGRAM_NONE && callee == PROGRAM_NONE)
		return false; /* a library does not know what is in our objects */
	if (callee != PROGRAM_NONE && place->kind == FACT_VALUE_VARIABLE &&
	    stores_itself(c, callee, mode_symbol_of(program, unit, place->value)))
		return true;
	return is_passed_on(program, unit, e, place);
}

formula_id mode_before(struct conditions *c, const struct atom *atom)
{
	struct atom before = *atom;

	before.param = MODE_BEFORE;
	return formulas_atom(c->formulas, &before);
}

bool mode_has_before(const struct conditions *c, formula_id formula)
{
	struct formula f = formulas_get(c->formulas, formula);

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return false;
	case FORMULA_ATOM:
		return f.atom.param == MODE_BEFORE;
	case FORMULA_AND:
	case FORMULA_OR:
		return mode_has_before(c, f.left) || mode_has_before(c, f.right);
	}
	return false;
}
