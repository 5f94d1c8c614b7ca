/* By what a program names a file: the places that hold the name and the texts that it is made of.
 *
 * A name has several keys; two names that share one are taken for names of the same file. Keys are
 * flow-insensitive and field-based: p->path is one name, whatever p is. */
#ifndef CONTLINT_ANALYZER_HANDLES_FILE_NAME_H
#define CONTLINT_ANALYZER_HANDLES_FILE_NAME_H

#include "analyzer/conditions/condition_private.h"

/* Adds the keys of `value`, as it is at `at`, to `keys` (char *, owned by it). The parameters of
 * the function are what the call at `caller` passes, or with NULL what all its callers do. */
void file_name_keys(struct conditions *conditions, struct spot at, fact_id value,
		    const struct spot *caller, GHashTable *keys);

/* The key of a local or parameter alone; NULL if `value` is neither. Caller frees. */
char *file_name_own_key(const struct program *program, struct spot at, fact_id value);

#endif
