/* A hint to the pool that what follows holds the thread: cport_may_run_long(), CPORT_BLOCKING,
 * CallbackMayRunLong(). The pool runs another thread meanwhile, so what follows is meant. */
#ifndef CONTLINT_RULES_SANCTION_H
#define CONTLINT_RULES_SANCTION_H

#include "analyzer/paths.h"
#include "rules/finding.h"

/* Does a hint in `function` surely come before `event`? */
bool sanction_covers(const struct program *program, uint32_t function, fact_id event);

/* If a hint surely comes before `event` of `function` on `path`, makes the finding a note that
 * shows the hint. */
void sanction_apply(struct finding *finding, const struct program *program, const struct path *path,
		    uint32_t function, fact_id event);

#endif
