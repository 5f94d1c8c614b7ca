/* Where a project starts: paths below are told relative to it. */
#ifndef CONTLINT_ANALYZER_UNITS_PROJECT_ROOT_H
#define CONTLINT_ANALYZER_UNITS_PROJECT_ROOT_H

#include <glib.h>

/* The nearest folder at or above `directory` that has .contlint.yaml, .contlint or .git in it, or
 * NULL. Caller frees. */
char *project_root_above(const char *directory);

/* The root for `files` (absolute paths, at least one): project_root_above() of the current
 * directory if one of the files is below it; else `fallback`, the folder of the database, if all
 * are below that or have no folder but "/" in common; else their common folder. Absolute, symbolic
 * links resolved; caller frees. */
char *project_root_of(char *const *files, guint count, const char *fallback);

#endif
