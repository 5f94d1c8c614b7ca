/* Patterns of paths: * and ? stay inside of a folder, ** goes through any number of them. */
#ifndef CONTLINT_ANALYZER_FILE_GLOB_H
#define CONTLINT_ANALYZER_FILE_GLOB_H

#include <glib.h>

/* An expression for whole paths, relative to the root, with '/'. A folder's name with a '/' behind
 * it stands for all below it. Caller frees with g_regex_unref(). */
GRegex *file_glob_new(const char *glob);

/* The same for a glob that is relative to `folder`, whose letters stand for themselves. */
GRegex *file_glob_below(const char *folder, const char *glob);

#endif
