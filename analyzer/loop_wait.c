/* What the wait of a loop looks like, and the loop around it. */
#include "analyzer/loop_wait.h"

#include <string.h>

#include "analyzer/program_private.h"

bool loop_only_tells(const struct program *program, uint32_t symbol)
{
	return symbol != PROGRAM_NONE && (program->symbols[symbol].flags & FACT_SYMBOL_VARIADIC);
}

/* Is `fd` the number that some call of the function is given as it is? */
static bool is_passed_on(const struct program *program, uint32_t function,
			 const struct fact_value *fd)
{
	uint32_t unit = program->functions[function].unit, first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind != FACT_EVENT_CALL ||
		    loop_only_tells(program, program_callee(program, unit, &events[i])))
			continue;
		for (uint32_t k = 0; k < events[i].c; k++) {
			const struct fact_value *v = program_value(
				program, unit, program_argument(program, unit, &events[i], k));

			if (v->kind == fd->kind && v->a == fd->a)
				return true;
		}
	}
	return false;
}

/* select(fd + 1, ...) of a descriptor that is read from as well: the highest of several is only
 * used for that. */
static bool waits_for_one(const struct program *program, uint32_t function, fact_id count)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v = program_value(program, unit, count), *fd;

	if (v->kind != FACT_VALUE_BINARY || v->op != FACT_OP_ADD ||
	    program_value(program, unit, v->b)->kind != FACT_VALUE_INT)
		return false;
	fd = program_value(program, unit, v->a);
	return (fd->kind == FACT_VALUE_PARAM || fd->kind == FACT_VALUE_LOCAL ||
		fd->kind == FACT_VALUE_FIELD || fd->kind == FACT_VALUE_VARIABLE) &&
	       is_passed_on(program, function, fd);
}

bool loop_waits_for_many(const struct program *program, uint32_t function,
			 const struct fact_event *e, const struct model_function *model)
{
	fact_id value;
	int64_t count;

	if (model->wait_count_arg < 0)
		return true;
	value = program_argument(program, program->functions[function].unit, e,
				 (uint32_t)model->wait_count_arg);
	if (value == FACT_NONE)
		return true;
	if (conditions_constant(program->private->conditions, function, value, &count))
		return count > 1;
	return !waits_for_one(program, function, value);
}

/* Is the value a number that the function is given? */
static bool is_given_number(const struct program *program, uint32_t function, fact_id value)
{
	const struct facts *facts = program_facts(program, function);
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	return v->kind == FACT_VALUE_PARAM &&
	       !strchr(facts_string(facts, program_local(program, function, v)->type), '*');
}

bool loop_is_endless(const struct program *program, uint32_t function,
		     const struct fact_event *loop, const struct fact_event *wait)
{
	uint32_t unit = program->functions[function].unit;

	if (loop->kind != FACT_EVENT_LOOP || loop->c != FACT_BOUND_NONE ||
	    (loop->a != FACT_NONE && program_value(program, unit, loop->a)->kind != FACT_VALUE_INT))
		return false;
	for (uint32_t k = 0; wait->kind == FACT_EVENT_CALL && k < wait->c; k++)
		if (is_given_number(program, function, program_argument(program, unit, wait, k)))
			return false;
	return true;
}
