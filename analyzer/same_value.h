/* Whether two values of a unit are the same place or the same text. */
#ifndef CONTLINT_ANALYZER_SAME_VALUE_H
#define CONTLINT_ANALYZER_SAME_VALUE_H

#include "analyzer/program.h"

/* Are they spelled alike? Both must stand in the same function. What stands in between is not
 * looked at, and elements of arrays are never the same. */
bool same_value(const struct program *program, uint32_t unit, fact_id left, fact_id right);

#endif
