/* Findings made of what a run saw and no rule said: the linter's own list of misses. */
#ifndef CONTLINT_REPORTS_TRACES_UNSAID_H
#define CONTLINT_REPORTS_TRACES_UNSAID_H

#include "reports/traces/observed.h"
#include "rules/finding.h"

/* The innermost function of the project that the thread was in; NULL if there is none. */
const struct known_function *unsaid_function(const struct observed_sight *sight);

/* Do both show the thread in one place: the same function of the project, and the same line of it
 * unless it computes or waits for a page? `other` is a struct observed_sight too. */
bool unsaid_same_place(const struct observed_sight *sight, const void *other);

/* The finding that `sight` makes, or NULL if not enough is known: the continuation has no name, or
 * no file. Not sealed; free with finding_free(). */
struct finding *unsaid_finding(const struct observed_sight *sight);

#endif
