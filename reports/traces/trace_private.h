/* Inside the reader of traces: what its files share. */
#ifndef CONTLINT_REPORTS_TRACES_TRACE_PRIVATE_H
#define CONTLINT_REPORTS_TRACES_TRACE_PRIVATE_H

#include "reports/traces/trace.h"

/* Keeps what `record` says in trace->events, if it is worth showing and there is room. The header
 * and the duration of `trace` are known already. */
void trace_keep_event(struct trace *trace, const struct contlint_trace_record *record);

struct trace_reader {
	struct trace *trace;
	int fd;
	guint64 size;     /* of the file */
	GHashTable *ends; /* trace_end_key() -> struct trace_ending */
	GHashTable *io;   /* tids of I/O threads, as a set */
};

/* How long a continuation held its thread by itself, and how much of that it computed. */
struct trace_ending {
	guint64 hold_ns, cpu_ns; /* 0: not known */
	guint64 only_block_ns;   /* it slept once, for so long; 0: not known, or more often */
};

/* Of a continuation's run: the thread and the number that it gave it. The caller frees it. */
gint64 *trace_end_key(guint32 tid, guint32 sequence);

/* Adds what one thread wrote; `bytes` are as many as the header's area_size. */
void trace_read_area(struct trace_reader *reader, const guint8 *bytes);

#endif
