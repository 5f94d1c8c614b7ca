/* What the two rules about contended locks share: a continuation takes a lock that somebody else
 * holds while it blocks or computes for long. */
#ifndef CONTLINT_RULES_LOCK_RULE_H
#define CONTLINT_RULES_LOCK_RULE_H

#include "rules/rule.h"

enum lock_holder {
	LOCK_HOLDER_WORKER,  /* a thread that is known to run beside the loop */
	LOCK_HOLDER_UNKNOWN, /* a function whose callers are not known */
};

/* Appends one finding for each lock and holder. A holder that is itself a continuation is not
 * meant: what it does under the lock is reported where it does it. */
void lock_rule_check(const struct rule *rule, const struct rule_input *input,
		     enum lock_holder holder, GPtrArray *findings);

#endif
