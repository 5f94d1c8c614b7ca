/* Whether a value outlives the function that uses it. */
#include "analyzer/conditions/condition_private.h"

/* A field of a local record is gone with it, one of a record that a local points to is not. */
static bool is_lasting(const struct program *program, uint32_t function, fact_id value)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *base;

	if (value == FACT_NONE)
		return false;
	base = program_value(program, unit, value);
	if (base->kind != FACT_VALUE_FIELD)
		return base->kind == FACT_VALUE_VARIABLE;
	while (base->kind == FACT_VALUE_FIELD && base->b != FACT_NONE)
		base = program_value(program, unit, base->b);
	return base->kind != FACT_VALUE_LOCAL ||
	       program_local(program, function, base)->flags & FACT_SYMBOL_POINTER;
}

bool conditions_is_kept(struct conditions *c, uint32_t function, fact_id value)
{
	uint32_t unit = c->program->functions[function].unit;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(c->program, unit, value);
	const GArray *assignments;
	bool kept = false;

	if (!v || v->kind != FACT_VALUE_LOCAL)
		return is_lasting(c->program, function, value);
	assignments = conditions_assignments(c, function);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!same_place(&a->place, v))
			continue;
		if (a->by_address || !is_lasting(c->program, function, a->value))
			return false;
		kept = true;
	}
	return kept;
}
