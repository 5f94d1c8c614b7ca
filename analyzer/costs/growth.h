/* What comes into being while the loop runs: kinds of elements that code of the I/O thread
 * allocates, so that nobody knows how many there will be.
 *
 * A kind is a type that a fresh block of memory is given: `struct user *user = calloc(…)`. What is
 * only allocated below a function that reads a file line by line comes from a configuration, also
 * when that is read again, and does not count. */
#ifndef CONTLINT_ANALYZER_COSTS_GROWTH_H
#define CONTLINT_ANALYZER_COSTS_GROWTH_H

#include "analyzer/costs/cost.h"

struct growth;

/* Linear in the facts of what runs on an I/O thread. The costs, and so the program, must outlive
 * it.
 */
struct growth *growth_new(const struct costs *costs);
void growth_free(struct growth *growth);

/* A function that allocates what a pointer of the spelled type `type` points to, on the I/O thread
 * and in other turns than `function` runs in; PROGRAM_NONE if there is none. */
uint32_t growth_of(struct growth *growth, const char *type, uint32_t function);

#endif
