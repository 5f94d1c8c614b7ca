/* What the misuse rules ask of the contract of a call. */
#ifndef CONTLINT_RULES_CONTRACT_H
#define CONTLINT_RULES_CONTRACT_H

#include "analyzer/conditions/flow.h"

/* Does a result in `range` mean that nothing was started? */
bool contract_has_failed(const struct model_contract *contract, const struct flow_range *range);

/* Does it mean that what only prepares an object has not done so, and keeps nothing? */
bool contract_has_refused(const struct model_contract *contract, const struct flow_range *range);

/* "negative", "not 0", "0": for messages. */
const char *contract_failure(const struct model_contract *contract);

/* Can this call fail in a way that the model speaks of? */
bool contract_can_fail(const struct program *program, uint32_t function, fact_id event,
		       const struct model_function *model);

/* Does `condition` (NULL: always) hold for the call, as far as can be said? */
bool contract_applies(const struct program *program, uint32_t function, fact_id event,
		      const struct condition *condition);

/* By function (free with g_free()): does it, or what it calls, wait for something or run a loop? */
bool *contract_waiters(const struct program *program);

/* By function (free with g_free()): does it, or what it calls, take back what was started? */
bool *contract_releasers(const struct program *program);

/* By function: it starts something that keeps an argument in use, itself or through direct calls.
 * NULL if none does. Caller frees. */
bool *contract_keepers(const struct program *program);

/* Does `value` contain parameter or local `number` of the function? */
bool contract_mentions(const struct program *program, uint32_t unit, fact_id value,
		       enum fact_value_kind kind, uint32_t number);

/* Does the name of a parameter, "unused" or "_", say that nobody looks at it? */
bool contract_is_waived_name(const char *name);

#endif
