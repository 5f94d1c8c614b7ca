/* Which functions set which fields of records, themselves or by what they call; see field.c. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_FIELD_SETTERS_H
#define CONTLINT_ANALYZER_CONDITIONS_FIELD_SETTERS_H

#include "analyzer/program.h"

struct setters;

/* `program` must have its edges and outlive the setters. */
struct setters *setters_new(const struct program *program);
void setters_free(struct setters *setters);

/* Does some function set the field `symbol` to a constant before it hands the object on? */
bool setters_decide(const struct setters *setters, uint32_t symbol);

/* May `function`, or what it calls, change a field of the symbol in any object? Of a symbol that
 * setters_decide(). */
bool setters_may_change(struct setters *setters, uint32_t function, uint32_t symbol);

/* Does the function hand an object to a library's function that may fill it? */
bool setters_fills(const struct setters *setters, uint32_t function);

/* Does the function call something that nobody knows? */
bool setters_calls_unknown(const struct setters *setters, uint32_t function);

/* Can an object be known by the value: a local or parameter, or a pointer in one? */
static inline bool setters_is_root(const struct fact_value *value)
{
	return value->kind == FACT_VALUE_PARAM || value->kind == FACT_VALUE_LOCAL;
}

/* Is `value` a constant, or one of two: `udp ? CHILD_UDP : CHILD_TCP`? */
bool setters_is_constant(const struct program *program, uint32_t unit, fact_id value);

/* The field whose address `value` is, NULL if it is no such thing. */
const struct fact_value *setters_pointed_field(const struct program *program, uint32_t unit,
					       fact_id value);

/* Does the function of the model go over as many bytes as an argument says, as memset() does? NULL
 * does not. */
bool setters_is_filler(const struct model_function *model);

#endif
