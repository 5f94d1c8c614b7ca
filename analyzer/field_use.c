/* Read off the events that follow the store, in their order and whatever branches they stand in.
 * Misses records that are filled by one function and passed on by another. */
#include "analyzer/field_use.h"

#include <string.h>

struct record {
	const struct program *program;
	const struct facts *facts;
	uint32_t function, unit;
	const struct fact_value *field;
	fact_id object; /* the record, or the pointer to it */
};

/* Does "tag.field" of a model name it? */
static bool is_named(const struct record *r, const char *name)
{
	const struct program_symbol *symbol =
		&r->program->symbols[r->program->units[r->unit].symbols[r->field->a]];
	const char *dot = strrchr(name, '.');

	return dot && symbol->owner && g_str_equal(symbol->name, dot + 1) &&
	       strlen(symbol->owner) == (size_t)(dot - name) &&
	       memcmp(symbol->owner, name, (size_t)(dot - name)) == 0;
}

static bool is_object(const struct record *r, fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(r->program, r->unit, value);

	return v &&
	       facts_value_same(r->facts, v->kind == FACT_VALUE_ADDRESS ? v->a : value, r->object);
}

/* The continuation that the call `event` makes of the record's function. */
static const struct model_continuation *of_call(const struct record *r, fact_id event)
{
	const struct fact_event *e = program_event(r->program, r->unit, event);
	const struct model_function *model = program_call_model(r->program, r->unit, e);

	for (guint i = 0; model && i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];

		if (c->field && c->arg >= 0 && is_named(r, c->field) &&
		    is_object(r, program_argument(r->program, r->unit, e, (uint32_t)c->arg)) &&
		    conditions_at_call(program_conditions(r->program), r->function, event,
				       c->when) == FORMULA_TRUE)
			return c;
	}
	return NULL;
}

/* Is the field given another function? */
static bool is_store(const struct record *r, const struct fact_event *e)
{
	const struct fact_value *v = program_value(r->program, r->unit, e->a);

	return v->kind == FACT_VALUE_FIELD && v->a == r->field->a &&
	       facts_value_same(r->facts, v->b, r->object);
}

const struct model_continuation *field_use_of(const struct program *program,
					      const struct target_seed *seed)
{
	struct record r = {.program = program,
			   .facts = program->units[seed->unit].facts,
			   .function = seed->function,
			   .unit = seed->unit};
	const struct model_continuation *found = NULL;
	const struct fact_event *e;
	uint32_t first, count;

	if (seed->function == PROGRAM_NONE)
		return NULL;
	e = program_event(program, seed->unit, seed->event);
	r.field = e->kind == FACT_EVENT_ASSIGN ? program_value(program, seed->unit, e->a) : NULL;
	if (!r.field || r.field->kind != FACT_VALUE_FIELD || r.field->b == FACT_NONE)
		return NULL;
	r.object = r.field->b;
	(void)program_events(program, seed->function, &first, &count);
	for (fact_id i = seed->event + 1; i < first + count && !found; i++) {
		e = program_event(program, seed->unit, i);
		if (e->kind == FACT_EVENT_ASSIGN && is_store(&r, e))
			return NULL;
		if (e->kind == FACT_EVENT_CALL)
			found = of_call(&r, i);
	}
	return found;
}
