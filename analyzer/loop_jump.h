/* Loops that are made of a label and a jump back to it. */
#ifndef CONTLINT_ANALYZER_LOOP_JUMP_H
#define CONTLINT_ANALYZER_LOOP_JUMP_H

#include "analyzer/facts.h"

/* The last jump backward over `at`, an index into the `count` events of a function; *ret_begin is
 * its label. `count` if there is none, and *ret_begin is left as it was. */
uint32_t loop_jump_around(const struct fact_event *events, uint32_t count, uint32_t at,
			  uint32_t *ret_begin);

#endif
