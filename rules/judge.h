/* The step from a program to its findings, for every command that judges. */
#ifndef CONTLINT_RULES_JUDGE_H
#define CONTLINT_RULES_JUDGE_H

#include "rules/rule.h"

/* Constant waits up to this are notes unless the user says otherwise. */
#define JUDGE_SHORT_SLEEP_NS (50 * G_GINT64_CONSTANT(1000000))

/* Microseconds that a continuation may compute unless the user says otherwise. */
#define JUDGE_BUDGET_US 1000

/* Runs `rules` (NULL-terminated) over the program. Gives `struct finding *`, which it owns: sealed,
 * in the order of a report, the suppressed ones marked and not taken out. `*ret_suppressions` (or
 * NULL) becomes the comments of the program and the rows of the configuration, struct suppression
 * *, with what each has hidden; the caller's, and not to outlive the program and the rows. */
GPtrArray *judge(const struct rule *const *rules, const struct rule_input *input,
		 GPtrArray **ret_suppressions);

#endif
