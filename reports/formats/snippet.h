/* A source line with a caret under the place that is meant. */
#ifndef CONTLINT_REPORTS_FORMATS_SNIPPET_H
#define CONTLINT_REPORTS_FORMATS_SNIPPET_H

#include "rules/finding.h"

/* Appends two lines as clang prints them, the caret between `caret_begin` and `caret_end`:
 *
 *    12 |         getaddrinfo(host, port, &hints, &result);
 *       |         ^~~~~~~~~~~
 *
 * `text` is the whole line without its end, any bytes. A line too long for a terminal is cut around
 * the caret. */
void snippet_append(GString *out, const struct finding_place *place, const char *text, gsize size,
		    const char *caret_begin, const char *caret_end);

#endif
