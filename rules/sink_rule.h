/* What the sink rules share: a continuation reaches a call that a model calls a sink of some kind.
 */
#ifndef CONTLINT_RULES_SINK_RULE_H
#define CONTLINT_RULES_SINK_RULE_H

#include "rules/rule.h"

struct sink_rule {
	unsigned kinds;   /* bits 1u << enum model_kind */
	unsigned classes; /* bits 1u << enum model_class; 0: all */
	const char *verb; /* "can block the I/O thread": what the sink does */
	double unknown;   /* weight of a condition that cannot be decided; 0: the usual 0.6 */
};

/* Appends one finding for each sink site that an I/O continuation reaches. */
void sink_rule_check(const struct rule *rule, const struct rule_input *input,
		     const struct sink_rule *what, GPtrArray *findings);

#endif
