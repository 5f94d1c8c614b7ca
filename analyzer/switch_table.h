/* Switches that are tables of handlers: `case CMD_PUBLISH: return handle_publish(context);`. */
#ifndef CONTLINT_ANALYZER_SWITCH_TABLE_H
#define CONTLINT_ANALYZER_SWITCH_TABLE_H

#include "analyzer/program.h"

/* The calls of `function` that are all that their case of such a switch does, of functions that
 * are called there only; in the order of the source, fact_id each. The caller frees it. */
GArray *switch_table_calls(const struct program *program, uint32_t function);

#endif
