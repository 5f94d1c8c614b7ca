/* Records that share memory: one part of a program sees it as one record, another as a second. */
#ifndef CONTLINT_ANALYZER_VIEWS_H
#define CONTLINT_ANALYZER_VIEWS_H

#include "analyzer/targets.h"

/* Fills fields that are called through and hold nothing yet: what the field of the same name of a
 * record over the same memory holds may stand there too. Fields that hold something are left alone,
 * so that nothing that is known gets less sure. */
void views_join(const struct program *program, struct targets *targets);

/* Likewise callbacks of a union that hold nothing, filled through a pointer to data beside them. */
void views_join_unions(const struct program *program, struct targets *targets);

#endif
