/* Comments in the source that hide findings. */
#ifndef CONTLINT_RULES_SUPPRESS_H
#define CONTLINT_RULES_SUPPRESS_H

#include "analyzer/program.h"
#include "rules/finding.h"

/* Marks each finding that a comment hides: `suppressed_by` becomes the comment's reason, or "no
 * reason given". A comment on a line, above it or in a begin/end pair counts at the sink and at
 * every step of the path; one for a whole file only at the sink. A begin without its end hides
 * nothing, so that a forgotten end cannot silence the rest of a file. */
void suppress_apply(const struct program *program, GPtrArray *findings);

/* True if `pattern`, the rule of a suppression, which may end in a star ("*", "blocking-*"), fits.
 */
bool suppress_rule_fits(const char *pattern, const char *rule);

#endif
