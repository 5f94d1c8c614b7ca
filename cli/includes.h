/* Which headers a project's sources name, read as text: for guessing what it uses. */
#ifndef CONTLINT_CLI_INCLUDES_H
#define CONTLINT_CLI_INCLUDES_H

#include "analyzer/units/compdb.h"

/* Words behind #include (char *, "uv.h") -> how many files of the project have them, as a number in
 * the pointer. Looks into the units and into the headers below the root that they include. Caller
 * frees with g_hash_table_unref(). */
GHashTable *includes_count(const struct compdb *compdb);

#endif
