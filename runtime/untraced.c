/* In place of the instrumentation where it is compiled out (CPORT_TRACE=OFF): a trace cannot be
 * opened, and nothing else of this is called on a hot path. */
#include "internal.h"
#include "sample.h"

#include <errno.h>
#include <signal.h>

int cport__trace_open(struct cport__trace **ret_trace, const char *path, bool audited)
{
	(void)audited;
	*ret_trace = NULL;
	return path ? -ENOTSUP : 0;
}

void cport__trace_close(struct cport__trace *trace)
{
	(void)trace;
}

void cport__trace_touch(struct cport__trace *trace)
{
	(void)trace;
}

void cport__trace_miss(struct cport__trace *trace)
{
	(void)trace;
}

void cport__trace_thread(struct cport__trace *trace, enum cport__sight sight)
{
	(void)trace;
	(void)sight;
}

void cport__pen_open(struct cport__pen *pen, struct cport__trace *trace,
		     enum contlint_trace_thread kind)
{
	(void)trace;
	(void)kind;
	*pen = (struct cport__pen){.schedstat_fd = -1};
}

void cport__pen_close(struct cport__pen *pen)
{
	(void)pen;
}

uint64_t cport__pen_begin(struct cport__pen *pen, uint64_t function, uint64_t ticks)
{
	(void)pen;
	(void)function;
	return ticks;
}

void cport__pen_end(struct cport__pen *pen, const struct cport__ending *ending)
{
	(void)pen;
	(void)ending;
}

void cport__pen_write(struct cport__pen *pen, struct contlint_trace_record *record)
{
	(void)pen;
	(void)record;
}

const struct contlint_trace_header *cport__trace_header(const struct cport__trace *trace)
{
	(void)trace;
	return NULL;
}

struct contlint_trace_stack *cport__stack_draft(struct contlint_trace_area *area,
						const struct contlint_trace_registers *at)
{
	(void)area;
	(void)at;
	return NULL;
}

uint64_t cport__stack_way(const struct contlint_trace_header *header,
			  const struct contlint_trace_stack *draft, uint64_t size)
{
	(void)header;
	(void)draft;
	(void)size;
	return 0;
}

uint32_t cport__stack_keep(struct contlint_trace_area *area,
			   const struct contlint_trace_header *header, uint64_t function)
{
	(void)area;
	(void)header;
	(void)function;
	return 0;
}

void cport__call_nested(struct cport_context *ctx, cport_fn *fn, struct cport_op *op,
			int64_t result)
{
	fn(ctx, op, result);
}

void cport__pen_charge_growth(struct cport__pen *pen, uint64_t function)
{
	(void)pen;
	(void)function;
}

void cport__blame_end(struct cport_context *ctx, uint64_t end_ticks)
{
	(void)ctx;
	(void)end_ticks;
}

void cport__blame_take(struct cport_context *ctx, uint64_t taken_ticks)
{
	(void)ctx;
	(void)taken_ticks;
}

void cport__events_open(struct cport *port)
{
	(void)port;
}

void cport__events_close(struct cport *port)
{
	(void)port;
}

void cport__event_reaped(struct cport *port, uint64_t count)
{
	(void)port;
	(void)count;
}

void cport__event_closed(struct cport *port)
{
	(void)port;
}

void cport__event_op(struct cport_context *ctx, enum contlint_trace_type type,
		     const struct cport_op *op, int result)
{
	(void)ctx;
	(void)type;
	(void)op;
	(void)result;
}

bool cport__audit_acquire(void)
{
	return false;
}

void cport__audit_release(void)
{
}

void cport__audit_start(struct cport_context *ctx)
{
	(void)ctx;
}

bool cport__audit_where(const struct cport__audit *audit, struct contlint_trace_registers *ret_at)
{
	(void)audit;
	(void)ret_at;
	return false;
}

void cport__sample_init(void)
{
}

int cport__sample_signal(void)
{
	return SIGRTMAX - 3;
}

void cport__sample_ask(uint32_t tid)
{
	(void)tid;
}
