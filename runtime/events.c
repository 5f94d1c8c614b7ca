/* The port's own events, for those who ask for them: every change of the core's counts, in order,
 * with the counts that it left. They are written under the port's lock, so one pen serves all
 * threads. What a continuation starts and cancels is in its thread's own records. */
#include "internal.h"

/* By enum cport__event. */
static const uint32_t names[] = {
	[CPORT__EVENT_APPEND] = CONTLINT_TRACE_QUEUED,
	[CPORT__EVENT_RELEASE] = CONTLINT_TRACE_HANDED,
	[CPORT__EVENT_ENTER] = CONTLINT_TRACE_ASKED,
	[CPORT__EVENT_TAKE] = CONTLINT_TRACE_TAKEN,
	[CPORT__EVENT_WAIT] = CONTLINT_TRACE_WAITS,
	[CPORT__EVENT_TIME_OUT] = CONTLINT_TRACE_TIMED_OUT,
	[CPORT__EVENT_BLOCK] = CONTLINT_TRACE_BLOCKED,
	[CPORT__EVENT_UNBLOCK] = CONTLINT_TRACE_UNBLOCKED,
	[CPORT__EVENT_LEAVE] = CONTLINT_TRACE_LEFT,
	[CPORT__EVENT_ABANDON] = CONTLINT_TRACE_ABANDONED,
};

static void write_event(struct cport *port, uint32_t event, uint32_t tid,
			const struct cport__node *node, uint32_t count)
{
	const struct cport__core *core = &port->core;
	struct contlint_trace_record record = {
		.type = CONTLINT_TRACE_PORT,
		.tid = tid,
		.u.port = {.event = event,
			   .active = core->active,
			   .depth = core->depth,
			   .waiters = core->waiters,
			   .maximum = core->max,
			   .count = count},
	};

	if (node) {
		record.u.port.key = node->key;
		record.u.port.op = (uint64_t)(uintptr_t)node->op;
	}
	cport__pen_write(&port->pen, &record);
}

/* A thread of the pool has a number in the trace; others have none. */
static uint32_t tid_of(const struct cport__member *member)
{
	const struct cport__thread *thread = (const struct cport__thread *)member;
	const struct cport_context *ctx = thread ? thread->context : NULL;

	return ctx && ctx->pen.area ? ctx->pen.area->tid : 0;
}

static void observe(struct cport__core *core, enum cport__event what, struct cport__member *member,
		    struct cport__node *node)
{
	uint32_t event = names[what];

	if (what == CPORT__EVENT_UNBLOCK && core->active > core->max)
		event = CONTLINT_TRACE_OVERSUBSCRIBED;
	write_event(core->observer, event, tid_of(member), node, 1);
}

void cport__events_open(struct cport *port)
{
	cport__pen_open(&port->pen, port->trace, CONTLINT_TRACE_EVERYBODY);
	if (!port->pen.area)
		return;
	port->events = true;
	port->core.observe = observe;
	port->core.observer = port;
}

void cport__events_close(struct cport *port)
{
	if (!port->events)
		return;
	port->core.observe = NULL;
	port->events = false;
	cport__pen_close(&port->pen);
}

void cport__event_reaped(struct cport *port, uint64_t count)
{
	if (count > 0)
		write_event(port, CONTLINT_TRACE_REAPED, 0, NULL, (uint32_t)count);
}

void cport__event_closed(struct cport *port)
{
	write_event(port, CONTLINT_TRACE_CLOSED, 0, NULL, 1);
}

void cport__event_op(struct cport_context *ctx, enum contlint_trace_type type,
		     const struct cport_op *op, int result)
{
	struct contlint_trace_record record = {.type = (uint16_t)type};

	if (!ctx->pen.area || ctx->started == 0)
		return;
	record.ticks = cport__ticks();
	record.tid = ctx->pen.area->tid;
	record.function = ctx->pen.area->current_function;
	record.u.op.op = (uint64_t)(uintptr_t)op;
	record.u.op.kind = op->kind_;
	record.u.op.result = result;
	record.u.op.age_ns = (uint64_t)cport__ticks_ns(record.ticks - ctx->started);
	record.u.op.sequence = ctx->trace_sequence;
	cport__pen_write(&ctx->pen, &record);
}
