/* What contlint cost says of a function, in words. */
#ifndef CONTLINT_CLI_COSTING_H
#define CONTLINT_CLI_COSTING_H

#include "analyzer/costs/cost.h"

/* The expression, the estimated time, where each size comes from and what a large constant is made
 * of; several lines. */
void costing_append_function(GString *out, const struct program *program, uint32_t function);

/* The same of a library function: what its model says. */
void costing_append_model(GString *out, const struct costs *costs,
			  const struct model_function *model);

/* What a unit is; one line. */
void costing_append_unit(GString *out);

#endif
