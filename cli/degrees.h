/* Continuations whose cost grows faster with the data than in another run, for people. */
#ifndef CONTLINT_CLI_DEGREES_H
#define CONTLINT_CLI_DEGREES_H

#include <glib.h>
#include <stdio.h>

#include "cli/gate.h"
#include "reports/store/table.h"

/* A line each of the rows of history_degrees() to `file`. */
void degrees_print(const struct table *table, FILE *file);

/* How many there are of them, to stderr. */
void degrees_summarize(const struct table *table, gint64 older, gint64 newer);

/* If the gate asks for it, tells what has become of the costs since its base run, to stderr: a
 * report of another format may stand on standard output. *ret_count: how many grow faster. False:
 * the user has been told why it cannot be known. */
bool degrees_tell(const struct gate *gate, const char *database, gint64 run_id, guint *ret_count);

#endif
