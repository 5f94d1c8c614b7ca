/* Work that is handed over to a pool of threads. */
#ifndef CONTLINT_RULES_HANDOVER_H
#define CONTLINT_RULES_HANDOVER_H

#include "rules/rule.h"

/* What the model says about the call of `registration` that hands work to one of few threads that
 * all work shares; NULL if it does nothing of that kind, or if the pool is told there that the work
 * may take long. */
const struct model_continuation *handover_to_pool(const struct program *program,
						  const struct program_registration *registration);

#endif
