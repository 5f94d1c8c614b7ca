/* Other names of a pointer within a function. What a field or variable holds is not followed, as it
 * may change behind our back. */
#include "analyzer/conditions/condition_private.h"

/* How often a local or parameter gets a value; many times if its address is given away. */
static guint count_settings(struct conditions *c, uint32_t function, const struct fact_value *name,
			    fact_id *ret_value)
{
	const GArray *assignments = conditions_assignments(c, function);
	guint count = 0;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!same_place(&a->place, name))
			continue;
		count += a->by_address || a->op != FACT_OP_NONE ? 2 : 1;
		*ret_value = a->value;
	}
	return count;
}

static bool is_pointer_field(const struct program *program, uint32_t unit,
			     const struct fact_value *v)
{
	return v->kind == FACT_VALUE_FIELD &&
	       (program->symbols[program->units[unit].symbols[v->a]].flags & FACT_SYMBOL_POINTER);
}

/* The local or parameter that `value` is, or of a part of which it is the address without another
 * pointer being read on the way; NULL if it is nothing like that. */
static const struct fact_value *root_of(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);

	if (v->kind == FACT_VALUE_ADDRESS) {
		v = program_value(program, unit, v->a);
		while (v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE) {
			v = program_value(program, unit, v->b);
			if (is_pointer_field(program, unit, v))
				return NULL;
		}
	}
	return v->kind == FACT_VALUE_LOCAL || v->kind == FACT_VALUE_PARAM ? v : NULL;
}

fact_id conditions_alias(struct conditions *c, uint32_t function, fact_id value)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v, *root;
	fact_id given = FACT_NONE, other;

	if (value == FACT_NONE)
		return value;
	v = program_value(program, unit, value);
	if (v->kind != FACT_VALUE_LOCAL || count_settings(c, function, v, &given) != 1 ||
	    given == FACT_NONE)
		return value;
	root = root_of(program, unit, given);
	if (!root || count_settings(c, function, root, &other) > (root->kind == FACT_VALUE_LOCAL))
		return value;
	return given;
}
