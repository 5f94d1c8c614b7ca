/* The records of a trace, for those who show time. */
#include "reports/traces/trace_private.h"

enum { EVENTS_MOST = 1 << 20 };

static guint64 time_of(const struct trace *trace, guint64 ticks)
{
	const struct contlint_trace_header *header = &trace->header;

	if (ticks <= header->start_ticks || header->latest_ticks <= header->start_ticks)
		return 0;
	ticks = MIN(ticks, header->latest_ticks);
	return (guint64)((double)(ticks - header->start_ticks) * (double)trace->duration_ns /
			 (double)(header->latest_ticks - header->start_ticks));
}

void trace_keep_event(struct trace *trace, const struct contlint_trace_record *record)
{
	struct trace_event event = {
		.type = (enum contlint_trace_type)record->type,
		.tid = record->tid,
		.function = record->function,
		.at_ns = time_of(trace, record->ticks),
	};

	if (trace->events->len >= EVENTS_MOST)
		return;
	if (event.type == CONTLINT_TRACE_CONTINUATION || event.type == CONTLINT_TRACE_WORK) {
		event.wall_ns = MIN(record->u.end.wall_ns, G_MAXINT64);
		event.cpu_ns = MIN(record->u.end.cpu_ns, G_MAXINT64);
		event.runqueue_ns = (guint64)record->u.end.runqueue_us * 1000;
		event.split = record->flags & CONTLINT_TRACE_SPLIT;
		if (record->flags & CONTLINT_TRACE_SUBMITTED)
			event.held_ns = (guint64)record->u.end.held_us * 1000;
	} else if (event.type == CONTLINT_TRACE_POOL_GROW ||
		   event.type == CONTLINT_TRACE_POOL_SHRINK) {
		event.threads = record->u.pool.threads;
		event.active = record->u.pool.active;
		event.depth = record->u.pool.depth;
	} else if (event.type == CONTLINT_TRACE_PORT) {
		if (record->u.port.event <= CONTLINT_TRACE_CLOSED)
			event.port = (enum contlint_trace_event)record->u.port.event;
		event.active = record->u.port.active;
		event.depth = record->u.port.depth;
		event.waiters = record->u.port.waiters;
		event.count = record->u.port.count;
	} else if (event.type == CONTLINT_TRACE_SUBMIT || event.type == CONTLINT_TRACE_CANCEL) {
		event.syscall = -2;
	} else {
		event.syscall = record->u.seen.syscall;
	}
	g_array_append_val(trace->events, event);
}
