/* Other paths to what a comment hides on one of them. */
#ifndef CONTLINT_RULES_DETOUR_H
#define CONTLINT_RULES_DETOUR_H

#include "rules/rule.h"

/* Where a comment at a step of its path hides a finding, looks for a path without such a step and
 * shows that in its place; the finding stays hidden if there is none. `findings` are sealed and
 * suppress_apply() has seen them. Marks the comments that are on the way. Does nothing in a program
 * without comments. */
void detours_look(const struct rule_input *input, GPtrArray *findings);

#endif
