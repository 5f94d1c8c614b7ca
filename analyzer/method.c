/* Calls through a field that hand on the field's own record: see method.h. Misses those that keep
 * the function or its data in a local. */
#include "analyzer/method.h"

#include "analyzer/same_value.h"

fact_id method_record(const struct program *program, uint32_t unit, const struct fact_event *event)
{
	const struct fact_value *callee = program_value(program, unit, event->a);

	while (callee->kind == FACT_VALUE_DEREF)
		callee = program_value(program, unit, callee->a);
	return callee->kind == FACT_VALUE_FIELD ? callee->b : FACT_NONE;
}

/* Is it `record`, or `record->field`? */
static bool is_of(const struct program *program, uint32_t unit, fact_id value, fact_id record)
{
	const struct fact_value *v = program_value(program, unit, value);

	return same_value(program, unit, value, record) ||
	       (v->kind == FACT_VALUE_FIELD && same_value(program, unit, v->b, record));
}

bool method_is_call(const struct program *program, uint32_t unit, const struct fact_event *event)
{
	fact_id record = method_record(program, unit, event);

	for (uint32_t k = 0; record != FACT_NONE && k < event->c; k++)
		if (is_of(program, unit, program_argument(program, unit, event, k), record))
			return true;
	return false;
}
