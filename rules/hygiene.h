/* Findings about the comments that hide findings. */
#ifndef CONTLINT_RULES_HYGIENE_H
#define CONTLINT_RULES_HYGIENE_H

#include "rules/rule.h"
#include "rules/suppress.h"

/* Appends a finding of `rule` about a comment; takes `message`. */
struct finding *hygiene_add(const struct rule *rule, const struct rule_input *input,
			    const struct suppression *comment, char *message,
			    GPtrArray *findings);

#endif
