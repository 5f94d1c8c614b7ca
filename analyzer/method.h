/* Calls of methods: object->handler(object, …), object->handler(object->data, …). */
#ifndef CONTLINT_ANALYZER_METHOD_H
#define CONTLINT_ANALYZER_METHOD_H

#include "analyzer/program.h"

/* Does the call `event` of `unit` go through a field of a record, and hand on that record or
 * something in it? What an object does is its own, whoever calls it; how a container compares or
 * frees what is in it says nothing of another container. */
bool method_is_call(const struct program *program, uint32_t unit, const struct fact_event *event);

/* The record whose field the call goes through: values, FACT_NONE if it is none. */
fact_id method_record(const struct program *program, uint32_t unit, const struct fact_event *event);

#endif
