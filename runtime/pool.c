/* The pool: threads that take packets and call continuations. It has its minimum at all times,
 * grows by one rule (cport__pool_consider) when a continuation holds its thread, charges each
 * growth to that continuation, and shrinks when threads have been idle for long. */
#include "internal.h"
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAXIMUM_DEFAULT = 64, STEP_MOST = 10, HOLDS_BACK_NS = 50000 };

/* ---- one thread -------------------------------------------------------------------------- */

static void begin_trace(struct cport_context *ctx, cport_fn *fn, uint64_t ticks)
{
	uint64_t function = (uint64_t)(uintptr_t)fn;

	ctx->submits = 0;
	__atomic_store_n(&ctx->overruns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->overrun_ticks, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->released, 0, __ATOMIC_RELAXED);
	cport__blame_take(ctx, ticks);
	__atomic_store_n(&ctx->started, cport__pen_begin(&ctx->pen, function, ticks),
			 __ATOMIC_RELEASE);
}

static void end_trace(struct cport_context *ctx)
{
	struct cport__ending ending = {
		.start_ticks = ctx->started,
		.end_ticks = cport__ticks(),
		.last_submit_ticks = ctx->last_submit,
		.queued_ticks = ctx->packet.queued_,
		.overrun_ticks = __atomic_load_n(&ctx->overrun_ticks, __ATOMIC_RELAXED),
		.submits = ctx->submits,
		.overruns = __atomic_load_n(&ctx->overruns, __ATOMIC_RELAXED),
		.sequence = ctx->trace_sequence,
		.type = CONTLINT_TRACE_CONTINUATION,
	};

	cport__blame_end(ctx, ending.end_ticks);
	cport__pen_end(&ctx->pen, &ending);
}

static void begin_continuation(struct cport_context *ctx, cport_fn *fn)
{
	uint64_t ticks = cport__ticks();

	__atomic_store_n(&ctx->fn, fn, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->trace_sequence, ctx->sequence + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&ctx->sequence, ctx->sequence + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&ctx->started, ticks, __ATOMIC_RELEASE);
	if (cport__pen_is_open(&ctx->pen))
		begin_trace(ctx, fn, ticks);
	else if (cport__is_traced(ctx->port))
		cport__trace_miss(ctx->port->trace);
	if (__atomic_load_n(&ctx->pool->monitor_word, __ATOMIC_RELAXED))
		cport__monitor_wake(ctx->pool);
}

/* Did it take too long for what it has started? */
static void note_habit(struct cport_context *ctx)
{
	ctx->timed = false;
	if (cport__ticks_ns(cport__ticks() - ctx->started) > HOLDS_BACK_NS)
		cport__habit_note(ctx->pool, ctx->fn);
}

static void end_continuation(struct cport_context *ctx)
{
	if (ctx->timed)
		note_habit(ctx);
	if (cport__pen_is_open(&ctx->pen))
		end_trace(ctx);
	__atomic_store_n(&ctx->started, 0, __ATOMIC_RELEASE);
	while (ctx->thread->block_depth > 0)
		cport_block_end();
	if (ctx->counted_long) {
		__atomic_store_n(&ctx->counted_long, false, __ATOMIC_RELAXED);
		__atomic_sub_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
	}
}

static void dispatch(struct cport_context *ctx)
{
	const struct cport_packet *packet = &ctx->packet;
	cport_post_fn *on_post = ctx->pool->options.on_post;
	bool completes = packet->flags & CPORT_COMPLETE;
	cport_fn *fn = completes ? packet->fn_ : NULL;

	if (!fn && (completes || !on_post))
		return;
	begin_continuation(ctx, fn ? fn : (cport_fn *)(void (*)(void))on_post);
	cport__audit_begin(&ctx->audit);
	if (fn)
		fn(ctx, packet->op, packet->result);
	else
		on_post(ctx, packet);
	cport__audit_end(&ctx->audit);
	end_continuation(ctx);
}

static void trace_size(struct cport_pool *pool, struct cport__pen *pen,
		       enum contlint_trace_type type, enum cport_growth reason, cport_fn *culprit)
{
	struct contlint_trace_record record = {
		.type = (uint16_t)type,
		.function = (uint64_t)(uintptr_t)culprit,
		.u.pool = {.reason = reason, .threads = pool->threads},
	};

	cport__lock(&pool->port->lock);
	record.u.pool.active = pool->port->core.active;
	record.u.pool.depth = pool->port->core.depth;
	cport__unlock(&pool->port->lock);
	cport__pen_write(pen, &record);
}

/* The pool's lock is held. */
static void put_away(struct cport_context *ctx)
{
	cport__pen_close(&ctx->pen);
	__atomic_store_n(&ctx->syscall_fd, -1, __ATOMIC_RELEASE);
}

/* Above the minimum, with nothing of its own under way (S58, S39). The thread is joined under the
 * pool's lock, so from here on it must not take that again. */
static bool may_retire(struct cport_context *ctx)
{
	struct cport_pool *pool = ctx->pool;
	bool may;

	if (__atomic_load_n(&ctx->port->in_flight[ctx->slot], __ATOMIC_ACQUIRE) > 0)
		return false;
	cport_flush(ctx->port);
	cport__lock(&pool->lock);
	may = pool->threads > pool->options.minimum && !pool->stopping;
	if (may) {
		pool->threads--;
		pool->retired++;
		ctx->alive = false;
		ctx->joinable = true;
		trace_size(pool, &ctx->pen, CONTLINT_TRACE_POOL_SHRINK, 0, NULL);
		put_away(ctx);
	}
	cport__unlock(&pool->lock);
	return may;
}

/* True: the thread has retired; false: it was told to end. */
static bool serve(struct cport_context *ctx)
{
	for (;;) {
		int r = cport_get(ctx->port, &ctx->packet, ctx->pool->options.keep_alive_ns);

		if (r == 1 && ctx->packet.flags & CPORT__STOP)
			return false;
		if (r == 1)
			dispatch(ctx);
		else if (r != -ETIME)
			return false;
		else if (may_retire(ctx))
			return true;
	}
}

static int open_own_file(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/%s", syscall(SYS_gettid), name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool has_monitor(const struct cport_pool *pool)
{
	return pool->options.monitor_ns > 0;
}

/* By which the monitor sees whether the calling thread sleeps; -1: it cannot. */
static int open_syscall_file(const struct cport_context *ctx)
{
	enum cport__sight sight = CPORT__SEES_ALL;
	int fd = has_monitor(ctx->pool) ? open_own_file("syscall") : -1;

	if (fd < 0) {
		fd = has_monitor(ctx->pool) ? open_own_file("stat") : -1;
		sight = fd < 0 ? CPORT__SEES_NOTHING : CPORT__SEES_SLEEP;
	}
	if (cport__is_traced(ctx->port))
		cport__trace_thread(ctx->port->trace, sight);
	return fd;
}

static void *run(void *argument)
{
	struct cport_context *ctx = argument;
	int fd = open_syscall_file(ctx);

	__atomic_store_n(&ctx->syscall_fd, fd, __ATOMIC_RELEASE);
	ctx->thread = cport__self();
	ctx->thread->slot = ctx->slot;
	ctx->thread->context = ctx;
	cport__pen_open(&ctx->pen, ctx->port->trace, CONTLINT_TRACE_IO);
	cport__audit_start(ctx);
	if (!serve(ctx)) {
		cport_flush(ctx->port);
		if (ctx->port->backend && ctx->port->backend->finish)
			ctx->port->backend->finish(ctx->port);
		cport__lock(&ctx->pool->lock);
		put_away(ctx);
		cport__unlock(&ctx->pool->lock);
	}
	if (fd >= 0)
		close(fd);
	cport_leave();
	return NULL;
}

/* ---- growing ----------------------------------------------------------------------------- */

/* The pool's lock is held. */
static int grow(struct cport_pool *pool, enum cport_growth reason)
{
	struct cport_context *ctx = pool->contexts;
	int r;

	while (ctx->alive)
		ctx++;
	if (ctx->joinable)
		pthread_join(ctx->id, NULL);
	ctx->joinable = false;
	ctx->thread = NULL;
	r = cport__thread_start(&ctx->id, run, ctx, cport__sample_signal());
	if (r < 0)
		return r;
	ctx->alive = true;
	pool->threads++;
	pool->grown[reason]++;
	if (pool->threads > pool->most_threads)
		pool->most_threads = pool->threads;
	return 0;
}

/* A packet waits, there is room to run, and no thread to run it (S60). Without a monitor nobody
 * asks again when a packet comes, so that one that may still come counts as one that waits. */
static bool is_short_of_threads(const struct cport_pool *pool)
{
	struct cport *port = pool->port;
	bool is_short;

	cport__lock(&port->lock);
	is_short = (port->core.depth > 0 || !has_monitor(pool)) &&
		   port->core.active < port->core.max && port->core.waiters == 0;
	cport__unlock(&port->lock);
	return is_short;
}

/* The first extra threads, one a processor, come at once; each later one waits a step that grows
 * with them. Who has no monitor is not asked a second time. */
static bool pace_allows(const struct cport_pool *pool, int64_t now)
{
	unsigned extra = pool->threads - pool->options.minimum;
	int64_t steps;

	if (pool->threads < pool->options.minimum || extra < pool->processors || !has_monitor(pool))
		return true;
	steps = 1 + (extra - pool->processors) / pool->processors;
	if (steps > STEP_MOST)
		steps = STEP_MOST;
	return (now - pool->last_growth_ns) / steps >= pool->options.step_ns;
}

static bool wants_thread(const struct cport_pool *pool, enum cport_growth reason, int64_t now)
{
	unsigned blocked = __atomic_load_n(&pool->blocked, __ATOMIC_RELAXED);

	if (pool->stopping || pool->threads >= pool->options.maximum)
		return false;
	if (reason == CPORT_GREW_STARVATION)
		return now - pool->last_growth_ns >= pool->options.starvation_ns;
	return pool->threads < pool->options.minimum + blocked && pace_allows(pool, now);
}

bool cport__pool_consider(struct cport_pool *pool, enum cport_growth reason,
			  struct cport_context *culprit, struct cport__pen *pen)
{
	uint32_t sequence = __atomic_load_n(&culprit->sequence, __ATOMIC_RELAXED);
	cport_fn *fn = __atomic_load_n(&culprit->fn, __ATOMIC_RELAXED);
	int64_t now = cport__now();
	bool grew = false;

	if (!is_short_of_threads(pool))
		return false;
	cport__lock(&pool->lock);
	if (wants_thread(pool, reason, now) && grow(pool, reason) == 0) {
		pool->last_growth_ns = now;
		pool->culprit = fn;
		__atomic_store_n(&culprit->charged_sequence, sequence, __ATOMIC_RELAXED);
		grew = true;
		trace_size(pool, pen, CONTLINT_TRACE_POOL_GROW, reason, fn);
		cport__pen_charge_growth(pen, (uint64_t)(uintptr_t)fn);
	}
	cport__unlock(&pool->lock);
	return grew;
}

/* ---- hints ------------------------------------------------------------------------------- */

struct cport *cport_context_port(const struct cport_context *ctx)
{
	return ctx->port;
}

const struct cport_packet *cport_context_packet(const struct cport_context *ctx)
{
	return &ctx->packet;
}

static bool is_own_thread(const struct cport_context *ctx)
{
	return ctx && ctx->thread == cport__self() && ctx->started != 0;
}

static bool has_reserve(struct cport_pool *pool)
{
	bool reserve;

	cport__lock(&pool->port->lock);
	reserve = pool->port->core.waiters > 0;
	cport__unlock(&pool->port->lock);
	cport__lock(&pool->lock);
	reserve |= pool->threads < pool->options.maximum;
	cport__unlock(&pool->lock);
	return reserve;
}

static void trace_hint(struct cport_context *ctx, enum contlint_trace_type type)
{
	struct contlint_trace_record record = {.type = (uint16_t)type};

	if (!cport__pen_is_open(&ctx->pen))
		return;
	record.ticks = cport__ticks();
	record.tid = ctx->pen.area->tid;
	record.function = ctx->pen.area->current_function;
	record.u.seen.age_ns =
		(uint64_t)cport__ticks_ns(record.ticks - ctx->pen.area->current_start);
	record.u.seen.sequence = ctx->trace_sequence;
	cport__pen_write(&ctx->pen, &record);
}

int cport_may_run_long(struct cport_context *ctx)
{
	if (!is_own_thread(ctx))
		return 0;
	if (ctx->counted_long)
		return 1;
	if (!has_reserve(ctx->pool))
		return 0;
	__atomic_store_n(&ctx->counted_long, true, __ATOMIC_RELAXED);
	__atomic_add_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
	trace_hint(ctx, CONTLINT_TRACE_LONG_HINT);
	cport_flush(ctx->port);
	cport__nudge(ctx->port);
	(void)cport__pool_consider(ctx->pool, CPORT_GREW_HINT, ctx, &ctx->pen);
	return 1;
}

struct cport_blocking cport_blocking_begin(struct cport_context *ctx)
{
	struct cport_blocking blocking = {ctx, 1};

	if (!is_own_thread(ctx)) {
		blocking.ctx = NULL;
		return blocking;
	}
	if (ctx->thread->block_depth == 0)
		__atomic_add_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
	if (cport__pen_is_open(&ctx->pen) && ctx->released == 0)
		__atomic_store_n(&ctx->released, cport__ticks(), __ATOMIC_RELAXED);
	trace_hint(ctx, CONTLINT_TRACE_BLOCK_HINT);
	cport_block_begin();
	cport__look(ctx->port);
	(void)cport__pool_consider(ctx->pool, CPORT_GREW_HINT, ctx, &ctx->pen);
	return blocking;
}

void cport_blocking_end(struct cport_blocking *blocking)
{
	struct cport_context *ctx = blocking->ctx;

	if (!ctx)
		return;
	cport_block_end();
	if (ctx->thread->block_depth == 0)
		__atomic_sub_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
}

/* ---- opening and closing ----------------------------------------------------------------- */

static void fill_options(struct cport_pool_options *options, const struct cport *port)
{
	if (options->minimum == 0)
		options->minimum = port->core.max;
	if (options->maximum == 0)
		options->maximum = MAXIMUM_DEFAULT;
	if (options->maximum < options->minimum)
		options->maximum = options->minimum;
	if (options->keep_alive_ns == 0)
		options->keep_alive_ns = 10000000000;
	if (options->monitor_ns == 0)
		options->monitor_ns = 1000000;
	if (options->step_ns == 0)
		options->step_ns = 25000000;
	if (options->starvation_ns == 0)
		options->starvation_ns = 500000000;
}

static void make_contexts(struct cport_pool *pool)
{
	for (unsigned i = 0; i < pool->options.maximum; i++) {
		struct cport_context *ctx = &pool->contexts[i];

		ctx->pool = pool;
		ctx->port = pool->port;
		ctx->slot = i + 1;
		ctx->syscall_fd = -1;
	}
}

/* One packet for each thread that says: end. */
static void post_stops(struct cport_pool *pool)
{
	struct cport *port = pool->port;

	cport__lock(&port->lock);
	for (unsigned i = 0; i < pool->options.maximum; i++) {
		struct cport_context *ctx = &pool->contexts[i];

		ctx->stop = (struct cport__node){.flags = CPORT__LOAN | CPORT__STOP};
		if (ctx->alive && !port->closed)
			cport__core_append(&port->core, &ctx->stop);
	}
	cport__unlock_and_wake(port);
}

/* Those that nobody took, because the port was closed meanwhile. */
static void withdraw_stops(struct cport *port)
{
	cport__lock(&port->lock);
	for (uint32_t count = port->core.depth; count > 0; count--) {
		struct cport__node *node = cport__core_take_more(&port->core);

		if (!(node->flags & CPORT__STOP))
			cport__core_append(&port->core, node);
	}
	cport__unlock(&port->lock);
}

void cport_pool_close(struct cport_pool *pool)
{
	cport__lock(&pool->lock);
	__atomic_store_n(&pool->stopping, true, __ATOMIC_RELEASE);
	cport__unlock(&pool->lock);
	if (pool->monitor_runs)
		cport__monitor_stop(pool);
	cport_flush(pool->port);
	cport__lock(&pool->port->lock);
	pool->port->lazy = false;
	pool->port->pool = NULL;
	cport__unlock(&pool->port->lock);
	post_stops(pool);
	for (unsigned i = 0; i < pool->options.maximum; i++)
		if (pool->contexts[i].alive || pool->contexts[i].joinable)
			pthread_join(pool->contexts[i].id, NULL);
	withdraw_stops(pool->port);
	cport__lock(&pool->port->lock);
	pool->port->pooled = false;
	cport__unlock(&pool->port->lock);
	cport__unref(pool->port);
	free(pool);
}

static int start(struct cport_pool *pool)
{
	int r = 0;

	cport__lock(&pool->lock);
	while (r == 0 && pool->threads < pool->options.minimum)
		r = grow(pool, CPORT_GREW_AT_OPEN);
	cport__unlock(&pool->lock);
	if (r == 0 && has_monitor(pool))
		r = cport__monitor_start(pool);
	if (r == 0 && has_monitor(pool)) {
		cport__lock(&pool->port->lock);
		pool->port->lazy = true;
		pool->port->pool = pool;
		cport__unlock(&pool->port->lock);
	}
	return r;
}

/* Two would count each other's threads, and one would get the stops of the other. */
static bool claim_port(struct cport *port)
{
	bool had;

	cport__lock(&port->lock);
	had = port->pooled;
	port->pooled = true;
	cport__unlock(&port->lock);
	return !had;
}

int cport_pool_open(struct cport_pool **ret_pool, struct cport *port,
		    const struct cport_pool_options *options)
{
	struct cport_pool_options filled = options ? *options : (struct cport_pool_options){0};
	struct cport_pool *pool;
	int r;

	fill_options(&filled, port);
	if (filled.maximum >= CPORT__SLOTS ||
	    (port->flags & CPORT_ONE_THREAD && filled.maximum > 1))
		return -EINVAL;
	pool = calloc(1, sizeof(*pool) + filled.maximum * sizeof(pool->contexts[0]));
	if (!pool)
		return -ENOMEM;
	if (!claim_port(port)) {
		free(pool);
		return -EBUSY;
	}
	pool->port = port;
	pool->options = filled;
	cport__clock_init();
	pool->processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	make_contexts(pool);
	cport__retain(port);
	r = start(pool);
	if (r < 0) {
		cport_pool_close(pool);
		return r;
	}
	*ret_pool = pool;
	return 0;
}

static uint64_t count_continuations(struct cport_pool *pool)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < pool->options.maximum; i++)
		count += __atomic_load_n(&pool->contexts[i].sequence, __ATOMIC_RELAXED);
	return count;
}

void cport_pool_stat(struct cport_pool *pool, struct cport_pool_stat *ret_stat)
{
	cport__lock(&pool->lock);
	*ret_stat = (struct cport_pool_stat){
		.threads = pool->threads,
		.most_threads = pool->most_threads,
		.blocked = __atomic_load_n(&pool->blocked, __ATOMIC_RELAXED),
		.continuations = count_continuations(pool),
		.retired = pool->retired,
		.blocks_seen = __atomic_load_n(&pool->blocks_seen, __ATOMIC_RELAXED),
		.hogs_seen = __atomic_load_n(&pool->hogs_seen, __ATOMIC_RELAXED),
		.ticks = __atomic_load_n(&pool->ticks, __ATOMIC_RELAXED),
		.culprit = pool->culprit,
	};
	for (int i = 0; i < CPORT_GROWTH_COUNT; i++)
		ret_stat->grown[i] = pool->grown[i];
	cport__unlock(&pool->lock);
}
