/* Traces with names, for the formats that show time. */
#ifndef CONTLINT_REPORTS_FORMATS_TIMELINE_H
#define CONTLINT_REPORTS_FORMATS_TIMELINE_H

#include "reports/formats/format.h"
#include "reports/traces/symbols.h"
#include "reports/traces/trace.h"

struct timeline {
	struct trace *trace;
	struct symbols *symbols;
	GHashTable *names; /* address -> char * */
};

/* Calls `write` with each trace of `input`: those that it names, else those that the newest
 * instrumented run kept. False and one sentence if there is none, or one cannot be read. */
typedef void timeline_fn(struct timeline *timeline, void *data);
bool timeline_each(const struct report_input *input, timeline_fn *write, void *data,
		   GError **error);

/* The function at `address`, "0x1234" if it has no name; valid UTF-8, borrowed. */
const char *timeline_name(struct timeline *timeline, guint64 address);

/* "io", "worker", "monitor", "port"; static. */
const char *timeline_thread_kind(enum contlint_trace_thread kind);

#endif
