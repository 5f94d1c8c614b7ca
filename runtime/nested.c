/* A continuation inside another one: that of a task whose result came while `where` is inline. The
 * thread is held by both, and each has its own place in the trace: what is seen meanwhile is the
 * inner one's, and what the outer one took contains what the inner one took. */
#include "internal.h"
#include "usage.h"

/* Numbers of those that are inside others; the pool counts the others from 1. */
#define NESTED (UINT32_C(1) << 31)

/* What the outer one goes on with. */
struct outer {
	struct cport__pen pen;
	uint64_t function, start, last_submit;
	uint32_t sequence, submits;
	cport_fn *fn;
	uint8_t selector;
};

static void enter(struct cport_context *ctx, cport_fn *fn, struct outer *ret_outer)
{
	uint64_t ticks = cport__ticks();

	*ret_outer = (struct outer){
		.pen = ctx->pen,
		.function = ctx->pen.area->current_function,
		.start = ctx->pen.area->current_start,
		.last_submit = ctx->last_submit,
		.sequence = ctx->trace_sequence,
		.submits = ctx->submits,
		.fn = ctx->fn,
		.selector = ctx->audit.selector,
	};
	ctx->audit.selector = 0; /* our own calls are nobody's */
	ret_outer->pen.switched |= cport__usage_switched();
	ctx->submits = 0;
	__atomic_store_n(&ctx->fn, fn, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->trace_sequence, NESTED | ++ctx->nested, __ATOMIC_RELAXED);
	(void)cport__pen_begin(&ctx->pen, (uint64_t)(uintptr_t)fn, ticks);
	ctx->audit.selector = ret_outer->selector;
}

static void leave(struct cport_context *ctx, const struct outer *outer)
{
	struct cport__ending ending = {
		.start_ticks = ctx->pen.area->current_start,
		.end_ticks = cport__ticks(),
		.last_submit_ticks = ctx->last_submit,
		.submits = ctx->submits,
		.sequence = ctx->trace_sequence,
		.type = CONTLINT_TRACE_CONTINUATION,
	};

	ctx->audit.selector = 0;
	cport__pen_end(&ctx->pen, &ending);
	ctx->submits += outer->submits;
	if (ending.submits == 0)
		ctx->last_submit = outer->last_submit;
	cport__pen_resume(&ctx->pen, &outer->pen, outer->function, outer->start);
	__atomic_store_n(&ctx->trace_sequence, outer->sequence, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->fn, outer->fn, __ATOMIC_RELAXED);
	ctx->audit.selector = outer->selector;
}

void cport__call_nested(struct cport_context *ctx, cport_fn *fn, struct cport_op *op,
			int64_t result)
{
	struct outer outer;

	if (!ctx || !ctx->pen.area || ctx->started == 0) {
		fn(ctx, op, result);
		return;
	}
	enter(ctx, fn, &outer);
	fn(ctx, op, result);
	leave(ctx, &outer);
}
