/* Which functions run on which thread, and why: registrations, home-made loops, offload edges. */
#ifndef CONTLINT_ANALYZER_CONTEXT_H
#define CONTLINT_ANALYZER_CONTEXT_H

#include "analyzer/program.h"

/* Fills program->registrations and every function's `contexts` and `is_loop`, and the
 * continuation count. `program` must have its edges. */
void context_find(struct program *program);

#endif
