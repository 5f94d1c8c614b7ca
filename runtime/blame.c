/* Who waited for whom. A packet that waits in the queue waits for the continuations that hold the
 * port's places meanwhile. Each of those is charged with the time that they had in common, divided
 * by the number of places, so that all charges together make up the wait. A continuation that ends
 * is charged for what is still queued; one that goes on, when a packet is taken.
 *
 * Only continuations and waits of some length are looked at: what happens within WORTH_NS is the
 * queue's own pace. A completion that nobody has reaped yet is not in the queue; a pool's monitor
 * reaps while all places are taken, so that those are late by its tick at most. */
#include "internal.h"

enum { WORTH_NS = 100000 };

/* Ticks that the two spans have in common. */
static uint64_t overlap(uint64_t from, uint64_t to, uint64_t start, uint64_t stop)
{
	from = from > start ? from : start;
	to = to < stop ? to : stop;
	return to > from ? to - from : 0;
}

/* When the continuation of `ctx`, which ran until `now`, stopped to hold its place. */
static uint64_t held_until(const struct cport_context *ctx, uint64_t now)
{
	uint64_t released = __atomic_load_n(&ctx->released, __ATOMIC_RELAXED);

	return released ? released : now;
}

static void charge(struct cport_context *by, const struct cport_context *culprit, uint64_t packets,
		   uint64_t ticks)
{
	const struct contlint_trace_area *area =
		__atomic_load_n(&culprit->pen.area, __ATOMIC_RELAXED);
	uint64_t function = area ? __atomic_load_n(&area->current_function, __ATOMIC_RELAXED) : 0;

	cport__pen_blame(&by->pen, function, packets,
			 (uint64_t)cport__ticks_ns(ticks) / by->port->core.max);
}

void cport__blame_end(struct cport_context *ctx, uint64_t end_ticks)
{
	struct cport *port = ctx->port;
	uint64_t until = held_until(ctx, end_ticks), packets = 0, ticks = 0;

	if (cport__ticks_ns(until - ctx->started) < WORTH_NS)
		return;
	cport__lock(&port->lock);
	for (const struct cport__node *node = port->core.first; node; node = node->next) {
		uint64_t common =
			node->queued_ ? overlap(node->queued_, until, ctx->started, until) : 0;

		packets += common > 0;
		ticks += common;
	}
	cport__unlock(&port->lock);
	if (packets > 0)
		charge(ctx, ctx, packets, ticks);
}

void cport__blame_take(struct cport_context *ctx, uint64_t taken_ticks)
{
	struct cport_pool *pool = ctx->pool;
	uint64_t queued = ctx->packet.queued_;

	if (queued == 0 || cport__ticks_ns(taken_ticks - queued) < WORTH_NS)
		return;
	for (unsigned i = 0; i < pool->options.maximum; i++) {
		const struct cport_context *other = &pool->contexts[i];
		uint64_t started = __atomic_load_n(&other->started, __ATOMIC_ACQUIRE), ticks = 0;

		if (other != ctx && started != 0)
			ticks = overlap(queued, taken_ticks, started,
					held_until(other, taken_ticks));
		if (ticks > 0)
			charge(ctx, other, 1, ticks);
	}
}
