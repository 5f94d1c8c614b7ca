/* The monitor of a pool: a thread that ticks while continuations run. A continuation that has held
 * its thread for half a tick is looked at through the kernel's own statement about the thread,
 * /proc/self/task/TID/syscall, which says `running` for a thread that computes or would if it had
 * a processor, and names the system call, or -1 for a page fault, of one that sleeps. The place
 * of a sleeping one goes to another thread (S62 to S64). */
#include "internal.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

enum { IDLE_TICKS = 20 };

enum finding { NOTHING, COMPUTES, SLEEPS };

/* ---- looking ----------------------------------------------------------------------------- */

/* The pool's lock is held, so the descriptor is not closed meanwhile. */
static enum finding ask_kernel(struct cport_context *ctx)
{
	int fd = __atomic_load_n(&ctx->syscall_fd, __ATOMIC_ACQUIRE);
	char text[16];
	ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof(text), 0);

	if (size <= 0)
		return NOTHING;
	return text[0] == 'r' ? COMPUTES : SLEEPS;
}

/* Gives the place away, unless the thread has moved on since it was looked at (S63). */
static bool give_away(struct cport_context *ctx, uint32_t sequence, bool *seen)
{
	struct cport *port = ctx->port;
	struct cport__thread *thread = ctx->thread;
	bool given = false;

	cport__lock(&port->lock);
	if (thread && __atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE) == sequence &&
	    __atomic_load_n(&ctx->started_ns, __ATOMIC_ACQUIRE) != 0 &&
	    thread->member.state == CPORT__RUNNING) {
		cport__core_block(&port->core, &thread->member);
		*seen = given = true;
	}
	cport__unlock_and_wake(port);
	return given;
}

/* It runs again; whatever became of the continuation, the port knows the thread's state. */
static void take_back(struct cport_context *ctx, uint32_t sequence)
{
	struct cport *port = ctx->port;

	cport__lock(&port->lock);
	if (ctx->thread && __atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE) == sequence &&
	    __atomic_load_n(&ctx->thread->block_depth, __ATOMIC_RELAXED) == 0)
		cport__core_unblock(&port->core, &ctx->thread->member);
	cport__unlock(&port->lock);
	ctx->seen_blocked = false;
	__atomic_sub_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
}

static void on_sleeping(struct cport_context *ctx, uint32_t sequence)
{
	struct cport_pool *pool = ctx->pool;

	if (ctx->seen_blocked || !give_away(ctx, sequence, &ctx->seen_blocked))
		return;
	ctx->seen_sequence = sequence;
	__atomic_add_fetch(&pool->blocked, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&pool->blocks_seen, 1, __ATOMIC_RELAXED);
}

static void on_computing(struct cport_context *ctx, uint32_t sequence, int64_t age_ns)
{
	struct cport_pool *pool = ctx->pool;
	int64_t limit = pool->options.exclude_hog_ns;

	if (ctx->seen_blocked && !ctx->seen_hog)
		take_back(ctx, sequence);
	if (limit <= 0 || age_ns < limit || ctx->seen_blocked)
		return;
	if (!give_away(ctx, sequence, &ctx->seen_blocked))
		return;
	ctx->seen_sequence = sequence;
	ctx->seen_hog = true;
	__atomic_add_fetch(&pool->blocked, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&pool->hogs_seen, 1, __ATOMIC_RELAXED);
}

/* The continuation that was seen to block is over. */
static void forget(struct cport_context *ctx)
{
	ctx->seen_blocked = ctx->seen_hog = false;
	__atomic_sub_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
}

/* What a tick saw. */
struct sight {
	bool busy; /* a continuation runs */
	bool held; /* and has done so for half a tick */
};

static void inspect(struct cport_context *ctx, int64_t now, struct sight *sight)
{
	uint32_t sequence = __atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE);
	int64_t started = __atomic_load_n(&ctx->started_ns, __ATOMIC_ACQUIRE);
	int64_t age = started ? now - started : 0;

	if (ctx->seen_blocked && (started == 0 || sequence != ctx->seen_sequence))
		forget(ctx);
	sight->busy |= started != 0;
	if (age < ctx->pool->options.monitor_ns / 2)
		return;
	sight->held = true;
	switch (ask_kernel(ctx)) {
	case SLEEPS:
		on_sleeping(ctx, sequence);
		break;
	case COMPUTES:
		on_computing(ctx, sequence, age);
		break;
	case NOTHING:
		break;
	}
}

/* ---- growing ----------------------------------------------------------------------------- */

/* The continuation that has held its thread longest, of those that were seen to block. */
static struct cport_context *find_culprit(struct cport_pool *pool, bool blocked_only)
{
	struct cport_context *culprit = NULL;
	int64_t oldest = INT64_MAX;

	for (unsigned i = 0; i < pool->options.maximum; i++) {
		struct cport_context *ctx = &pool->contexts[i];
		int64_t started = __atomic_load_n(&ctx->started_ns, __ATOMIC_ACQUIRE);

		if (started == 0 || started >= oldest || (blocked_only && !ctx->seen_blocked))
			continue;
		oldest = started;
		culprit = ctx;
	}
	return culprit;
}

static void note_progress(struct cport_pool *pool, int64_t now)
{
	struct cport *port = pool->port;
	uint64_t taken;
	bool waits;

	cport__lock(&port->lock);
	taken = port->taken;
	waits = port->core.depth > 0;
	cport__unlock(&port->lock);
	if (taken != pool->last_taken || !waits)
		pool->last_progress_ns = now;
	pool->last_taken = taken;
}

static void consider_growth(struct cport_pool *pool, int64_t now)
{
	struct cport_context *culprit = find_culprit(pool, true);
	enum cport_growth reason = CPORT_GREW_HINT;

	if (culprit)
		reason = culprit->seen_hog ? CPORT_GREW_HOG : CPORT_GREW_BLOCKED;
	else
		culprit = find_culprit(pool, false);
	if (culprit && cport__pool_consider(pool, reason,
	                                    __atomic_load_n(&culprit->fn, __ATOMIC_RELAXED)))
		return;
	note_progress(pool, now);
	if (now - pool->last_progress_ns >= pool->options.starvation_ns && culprit)
		(void)cport__pool_consider(pool, CPORT_GREW_STARVATION,
		                           __atomic_load_n(&culprit->fn, __ATOMIC_RELAXED));
}

/* True if any continuation runs. */
static bool tick(struct cport_pool *pool)
{
	struct sight sight = {false, false};
	int64_t now = cport__now();

	__atomic_add_fetch(&pool->ticks, 1, __ATOMIC_RELAXED);
	cport__lock(&pool->lock);
	for (unsigned i = 0; i < pool->options.maximum; i++)
		if (pool->contexts[i].alive || pool->contexts[i].seen_blocked)
			inspect(&pool->contexts[i], now, &sight);
	cport__unlock(&pool->lock);
	if (sight.held) {
		cport_flush(pool->port);
		cport__look(pool->port);
		consider_growth(pool, now);
	}
	return sight.busy;
}

/* ---- ticking and parking ----------------------------------------------------------------- */

static bool any_continuation(struct cport_pool *pool)
{
	for (unsigned i = 0; i < pool->options.maximum; i++)
		if (__atomic_load_n(&pool->contexts[i].started_ns, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

/* Sleeps until a continuation begins. A thread stores that it began and then reads the word, we
 * store the word and then read the threads; the barrier orders their side for them, so that a
 * continuation costs no fence. */
static void park(struct cport_pool *pool)
{
	struct timespec patience;
	int64_t until;
	bool ordered;

	__atomic_store_n(&pool->monitor_word, 1, __ATOMIC_SEQ_CST);
	ordered = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
	until = cport__now() + 20000000;
	patience = (struct timespec){until / 1000000000, until % 1000000000};
	if (!any_continuation(pool) && !__atomic_load_n(&pool->stopping, __ATOMIC_ACQUIRE))
		cport__futex_wait(&pool->monitor_word, 1, ordered ? NULL : &patience);
	__atomic_store_n(&pool->monitor_word, 0, __ATOMIC_SEQ_CST);
}

void cport__monitor_wake(struct cport_pool *pool)
{
	if (__atomic_exchange_n(&pool->monitor_word, 0, __ATOMIC_SEQ_CST))
		cport__futex_wake(&pool->monitor_word, 1);
}

static void *watch(void *argument)
{
	struct cport_pool *pool = argument;
	struct timespec pause = {pool->options.monitor_ns / 1000000000,
	                         pool->options.monitor_ns % 1000000000};
	int idle = 0;

	(void)prctl(PR_SET_TIMERSLACK, 1);
	while (!__atomic_load_n(&pool->stopping, __ATOMIC_ACQUIRE)) {
		idle = tick(pool) ? 0 : idle + 1;
		if (idle > IDLE_TICKS)
			park(pool);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

int cport__monitor_start(struct cport_pool *pool)
{
	sigset_t all, before;
	int r;

	(void)syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&pool->monitor, NULL, watch, pool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pool->monitor_runs = r == 0;
	return -r;
}

void cport__monitor_stop(struct cport_pool *pool)
{
	cport__monitor_wake(pool);
	pthread_join(pool->monitor, NULL);
	pool->monitor_runs = false;
}
