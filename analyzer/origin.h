/* Why a call through a pointer is not followed, and the place that would resolve it. */
#ifndef CONTLINT_ANALYZER_ORIGIN_H
#define CONTLINT_ANALYZER_ORIGIN_H

#include "analyzer/program.h"

/* Sets the `reason` of every row of program->unresolved: what would have to put a function where
 * the call looks for it; and whether only somebody outside the program can. `program` has its edges
 * and registrations. */
void origin_explain(struct program *program);

#endif
