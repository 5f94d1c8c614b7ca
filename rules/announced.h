/* Starts on an I/O object that have to be announced to it, and taken back where they fail: the
 * contract of a thread pool's I/O objects. */
#ifndef CONTLINT_RULES_ANNOUNCED_H
#define CONTLINT_RULES_ANNOUNCED_H

#include "rules/rule.h"

/* Appends a finding for each start that was not announced, and each announcement that is neither
 * followed by a completion nor taken back. */
void announced_check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings);

#endif
