/* GitHub's primaryLocationLineHash: how code scanning knows an alert again when lines move. */
#ifndef CONTLINT_REPORTS_FORMATS_LINE_HASH_H
#define CONTLINT_REPORTS_FORMATS_LINE_HASH_H

#include <glib.h>

/* "24b380d316f3b402:1" for each line of `text` (`size` bytes), line 1 at index 0. An empty file has
 * one line. Elements are owned by the array. */
GPtrArray *line_hash_all(const char *text, gsize size);

#endif
