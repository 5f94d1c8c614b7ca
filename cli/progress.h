/* The progress line: one line on stderr that is written over and gone at the end. */
#ifndef CONTLINT_CLI_PROGRESS_H
#define CONTLINT_CLI_PROGRESS_H

#include <glib.h>
#include <stdbool.h>

#include "analyzer/units/workers.h"

struct progress {
	bool on;    /* stderr is a terminal and nobody asked for quiet */
	bool shown; /* there is something to erase */
	gint64 last_us;
};

void progress_init(struct progress *progress, bool quiet);

/* workers_options.progress; `data` is the struct progress. */
void progress_show(const struct workers_progress *state, void *data);

/* Removes the line. */
void progress_end(struct progress *progress);

/* The line for `state` in at most `width` columns, without line end. */
void progress_format(const struct workers_progress *state, guint width, GString *out);

#endif
