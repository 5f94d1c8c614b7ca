/* Whether a start has been made by the time of a later call, as far as its result says. */
#ifndef CONTLINT_RULES_STARTED_H
#define CONTLINT_RULES_STARTED_H

#include "analyzer/program.h"

/* False if the call `later` of `function` is reached after the call `start` only where that has
 * failed. True if that cannot be said. */
bool started_before(const struct program *program, uint32_t function, fact_id start, fact_id later);

#endif
