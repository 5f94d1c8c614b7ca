/* Descriptors and handles: is this one blocking, a file, in mode X?
 *
 * A mode comes from what made the descriptor (socket, accept4, open with its flags) and from what
 * was done to it since (fcntl, ioctl, helpers of any name that do so to a parameter). Inside a
 * function it is followed statement by statement; what a function makes of a parameter, returns or
 * stores through a pointer is summarized; fields and variables are one place each in the whole
 * program: their mode is what all that is stored in them agrees on, unless some code makes what is
 * in them nonblocking. All answers have three values, and what does not agree is unknown. */
#ifndef CONTLINT_ANALYZER_HANDLES_MODE_H
#define CONTLINT_ANALYZER_HANDLES_MODE_H

#include "analyzer/conditions/condition_private.h"

bool modes_is_about(enum condition_kind kind);

/* `atom`, of a kind that modes_is_about(), on `value` as it is at `at`; its `param` is ignored. A
 * formula over the function's parameters. */
formula_id modes_test(struct conditions *conditions, struct spot at, fact_id value,
		      const struct atom *atom, int depth);

/* `atom` on the parameter that the loop passes to the continuation of `registration`: what the
 * model says of it. FORMULA_FALSE, _TRUE or _UNKNOWN. */
formula_id modes_at_root(struct conditions *conditions, uint32_t registration,
			 const struct atom *atom);

void modes_free(struct modes *modes);

#endif
