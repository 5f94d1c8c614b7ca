/* Inside the reader of traces: what its files share. */
#ifndef CONTLINT_REPORTS_TRACE_PRIVATE_H
#define CONTLINT_REPORTS_TRACE_PRIVATE_H

#include "reports/trace.h"

/* Keeps what `record` says in trace->events, if it is worth showing and there is room. The header
 * and the duration of `trace` are known already. */
void trace_keep_event(struct trace *trace, const struct contlint_trace_record *record);

#endif
