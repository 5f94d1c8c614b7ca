/* Ends of a function at which a callback has not come: which branch led there, and whether the
 * function owes it at all. */
#ifndef CONTLINT_RULES_ONCE_NEVER_H
#define CONTLINT_RULES_ONCE_NEVER_H

#include "rules/once.h"

/* A path ends on which the subject was called, handed on or kept: none of its branches alone leads
 * to where it does not come. */
void once_never_settled(const struct flow *flow, const struct flow_path *path,
			struct once_result *result);

/* A path ends, at `event` and with `returned`, on which nothing has happened to it. */
void once_never_note(const struct flow *flow, const struct flow_path *path, fact_id event,
		     struct flow_range returned, struct once_result *result);

/* All paths have been walked: keeps one row of `never` a branch, without those ends that tell the
 * caller by their result and those of a countdown, where only the last of several operations has to
 * call it. */
void once_never_close(const struct flow *flow, struct once_result *result);

#endif
