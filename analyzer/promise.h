/* Functions that are put where only what never blocks may stand: a pointer to function, or a type
 * of them, that is declared nonblocking. Who calls through it believes the declaration. */
#ifndef CONTLINT_ANALYZER_PROMISE_H
#define CONTLINT_ANALYZER_PROMISE_H

#include "analyzer/program.h"

/* For each function that is not declared itself the place it goes into, for people: "ops.run", or
 * "nb_cb" for a type. PROMISE texts are interned; the array, one a function, is the caller's. */
const char **promises_find(const struct program *program);

#endif
