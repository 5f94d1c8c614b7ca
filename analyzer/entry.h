/* Entries: functions that only callers outside the program call. What they are passed is theirs. */
#ifndef CONTLINT_ANALYZER_ENTRY_H
#define CONTLINT_ANALYZER_ENTRY_H

#include "analyzer/program.h"

struct entries;

/* `program` has its edges and registrations. */
struct entries *entries_find(const struct program *program);
void entries_free(struct entries *entries);

/* Does nothing here call `function`, and no library that it was handed to? */
bool entries_has(const struct entries *entries, uint32_t function);

/* May a library store into this node of the pointer closure, since it has its address? */
bool entries_escaped(const struct entries *entries, uint32_t node);

#endif
