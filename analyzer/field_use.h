/* A function that is put into the record of an operation: the call that then gets the record says
 * where the function runs. */
#ifndef CONTLINT_ANALYZER_FIELD_USE_H
#define CONTLINT_ANALYZER_FIELD_USE_H

#include "analyzer/conditions/condition.h"
#include "analyzer/targets.h"

/* What the model of the first call says that takes the record after `seed` was stored in it, in the
 * same function. NULL if there is no such call, or its condition is not decided. */
const struct model_continuation *field_use_of(const struct program *program,
					      const struct target_seed *seed);

#endif
