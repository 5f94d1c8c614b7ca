/* Tests by which code asks who runs it: the child of a fork(), the thread of the loop. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_IDENTITY_H
#define CONTLINT_ANALYZER_CONDITIONS_IDENTITY_H

#include "analyzer/conditions/condition_private.h"

/* Helpers that hand on such an answer are followed so deep. */
#define IDENTITY_WRAPPERS 4

/* The call whose result `value` is, directly or through a local: NULL if it is none. */
const struct fact_event *identity_call(struct conditions *conditions, uint32_t function,
				       fact_id value);

/* Is `value` what fork() returned, there or in a helper? `depth` helpers are on the way already. */
bool identity_is_fork(struct conditions *conditions, uint32_t function, fact_id value, int depth);

/* Does a true `value` mean that this is the loop's thread (1), that it is not (-1), or neither (0)?
 * The thread (or process) that a program remembers to compare itself with is the loop's. */
int identity_of_loop(struct conditions *conditions, uint32_t function, fact_id value, int depth);

#endif
