/* The monitor of a pool: a thread that ticks while continuations run. A continuation that has held
 * its thread for half a tick is looked at through the kernel's own statement about the thread,
 * /proc/self/task/TID/syscall, which says `running` for a thread that computes or would if it had
 * a processor, and names the system call, or -1 for a page fault, of one that sleeps. The place
 * of a sleeping one goes to another thread (S62 to S64). */
#include "internal.h"
#include "sample.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

enum { IDLE_TICKS = 20, SAMPLE_NS = 1500000, STALL_NS = 25000000 };

enum finding { NOTHING, COMPUTES, SLEEPS };

/* What the kernel says of a thread. `syscall` is -1 for a page fault. */
struct answer {
	enum finding finding;
	int syscall;
	uint64_t argument, sp, pc;
};

/* One look at one continuation. */
struct look {
	struct cport_context *ctx;
	uint32_t sequence;
	uint32_t block_changes;
	bool declared; /* it has said that it blocks or runs for long */
	int64_t age_ns;
	struct answer answer;
};

/* ---- looking ----------------------------------------------------------------------------- */

/* "running", "NR 0xARGUMENT x 6 0xSP 0xPC" or "-1 0xSP 0xPC". */
static void read_answer(const char *text, struct answer *answer)
{
	unsigned long argument = 0, sp = 0, pc = 0;

	if (text[0] == 'r') {
		answer->finding = COMPUTES;
		answer->syscall = -2;
		return;
	}
	answer->finding = SLEEPS;
	answer->syscall = atoi(text);
	if (answer->syscall == -1)
		(void)sscanf(text, "%*d %lx %lx", &sp, &pc);
	else
		(void)sscanf(text, "%*d %lx %*x %*x %*x %*x %*x %lx %lx", &argument, &sp, &pc);
	answer->argument = argument;
	answer->sp = sp;
	answer->pc = pc;
}

/* The pool's lock is held, so the descriptor is not closed meanwhile. */
static void ask_kernel(struct look *look)
{
	int fd = __atomic_load_n(&look->ctx->syscall_fd, __ATOMIC_ACQUIRE);
	char text[256];
	ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

	look->answer.finding = NOTHING;
	if (size <= 0)
		return;
	text[size] = '\0';
	read_answer(text, &look->answer);
}

/* ---- writing it down --------------------------------------------------------------------- */

/* What was declared is no news. */
static void write_sight(const struct look *look, enum contlint_trace_type type, bool with_stack)
{
	struct cport__pen *pen = &look->ctx->pool->monitor_pen;
	const struct contlint_trace_area *area = look->ctx->pen.area;
	struct contlint_trace_record record = {.type = (uint16_t)type};
	struct contlint_trace_registers at = {0};

	if (!cport__pen_is_open(pen) || !area || look->declared)
		return;
	record.tid = __atomic_load_n(&area->tid, __ATOMIC_ACQUIRE);
	record.function = __atomic_load_n(&area->current_function, __ATOMIC_ACQUIRE);
	record.u.seen.age_ns = (uint64_t)look->age_ns;
	record.u.seen.syscall = look->answer.syscall;
	record.u.seen.argument = look->answer.argument;
	record.u.seen.pc = look->answer.pc;
	record.u.seen.sequence = look->sequence;
	if (!cport__audit_where(&look->ctx->audit, &at)) {
		at.pc = look->answer.pc;
		at.sp = look->answer.sp;
	}
	at.tid = record.tid;
	if (with_stack && look->answer.sp)
		record.u.seen.stack = cport__pen_stack(pen, &at);
	cport__pen_write(pen, &record);
}

/* Once a continuation, when it has held its thread for long. */
static void note_stall(const struct look *look)
{
	struct cport_context *ctx = look->ctx;

	if (look->age_ns < STALL_NS || ctx->stalled_sequence == look->sequence)
		return;
	ctx->stalled_sequence = look->sequence;
	write_sight(look, CONTLINT_TRACE_STALL, true);
}

/* ---- moving places ----------------------------------------------------------------------- */

/* Is the thread still where it was when the kernel was asked? The port's lock is held. */
static bool is_unchanged(const struct look *look)
{
	const struct cport_context *ctx = look->ctx;
	const struct cport__thread *thread = ctx->thread;

	return __atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE) == look->sequence &&
	       __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE) != 0 &&
	       __atomic_load_n(&thread->block_changes, __ATOMIC_ACQUIRE) == look->block_changes &&
	       thread->member.state == CPORT__RUNNING;
}

/* Gives the place away, unless the thread has moved on since it was looked at (S63). */
static bool give_away(const struct look *look)
{
	struct cport *port = look->ctx->port;
	bool given;

	cport__lock(&port->lock);
	given = is_unchanged(look);
	if (given) {
		cport__core_block(&port->core, &look->ctx->thread->member);
		look->ctx->seen_blocked = true;
		__atomic_store_n(&look->ctx->released, cport__ticks(), __ATOMIC_RELAXED);
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

static void count_given(const struct look *look, uint64_t *counter)
{
	struct cport_context *ctx = look->ctx;

	ctx->seen_sequence = look->sequence;
	__atomic_add_fetch(&ctx->pool->blocked, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void on_sleeping(const struct look *look)
{
	struct cport_context *ctx = look->ctx;

	ctx->slept_sequence = look->sequence;
	ctx->slept_age_ns = look->age_ns;
	if (ctx->seen_blocked || !give_away(look))
		return;
	count_given(look, &ctx->pool->blocks_seen);
	write_sight(look, CONTLINT_TRACE_BLOCK_SEEN, true);
}

/* How long it has computed, as far as ticks can tell: since it began, or was last seen asleep. */
static int64_t computing_ns(const struct look *look)
{
	const struct cport_context *ctx = look->ctx;

	return ctx->slept_sequence == look->sequence ? look->age_ns - ctx->slept_age_ns
						     : look->age_ns;
}

/* How long the continuation must have computed for its next sample: twice as long each time. What
 * it does first would else stand for all that it does. */
static int64_t next_sample_ns(const struct look *look)
{
	const struct cport_context *ctx = look->ctx;
	uint32_t samples = __atomic_load_n(&ctx->samples, __ATOMIC_RELAXED);

	if (__atomic_load_n(&ctx->sampled_sequence, __ATOMIC_RELAXED) != look->sequence)
		return SAMPLE_NS;
	return samples < 32 ? (int64_t)SAMPLE_NS << samples : INT64_MAX;
}

/* Samples of each continuation that is heavy: the thread itself knows where it is. What it does
 * just after it has slept is not what it was slow for. Asked again until it has answered: it may
 * have been stopped by the scheduler before it could say what it runs. */
static void ask_for_sample(const struct look *look)
{
	const struct contlint_trace_area *area = look->ctx->pen.area;

	if (!area || look->declared || computing_ns(look) < next_sample_ns(look))
		return;
	cport__sample_ask(__atomic_load_n(&area->tid, __ATOMIC_ACQUIRE));
}

static void on_computing(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	int64_t limit = ctx->pool->options.exclude_hog_ns;

	ask_for_sample(look);

	if (ctx->seen_blocked && !ctx->seen_hog) {
		take_back(ctx, look->sequence);
		write_sight(look, CONTLINT_TRACE_UNBLOCK_SEEN, false);
	}
	if (limit <= 0 || look->age_ns < limit || ctx->seen_blocked)
		return;
	if (!give_away(look))
		return;
	ctx->seen_hog = true;
	count_given(look, &ctx->pool->hogs_seen);
	write_sight(look, CONTLINT_TRACE_HOG_SEEN, false);
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

static void inspect(struct cport_context *ctx, struct sight *sight)
{
	struct look look = {.ctx = ctx};
	uint64_t started;

	look.sequence = __atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE);
	started = __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE);
	look.age_ns = started ? cport__ticks_ns(cport__ticks() - started) : 0;
	if (ctx->seen_blocked && (started == 0 || look.sequence != ctx->seen_sequence))
		forget(ctx);
	sight->busy |= started != 0;
	if (look.age_ns < ctx->pool->options.monitor_ns / 2)
		return;
	sight->held = true;
	cport__habit_note(ctx->pool, __atomic_load_n(&ctx->fn, __ATOMIC_RELAXED));
	look.block_changes = __atomic_load_n(&ctx->thread->block_changes, __ATOMIC_ACQUIRE);
	look.declared = __atomic_load_n(&ctx->counted_long, __ATOMIC_RELAXED) ||
			__atomic_load_n(&ctx->thread->block_depth, __ATOMIC_RELAXED) > 0;
	ask_kernel(&look);
	switch (look.answer.finding) {
	case SLEEPS:
		on_sleeping(&look);
		break;
	case COMPUTES:
		on_computing(&look);
		break;
	case NOTHING:
		return;
	}
	note_stall(&look);
}

/* ---- growing ----------------------------------------------------------------------------- */

/* The continuation that has held its thread longest, of those that were seen to block. */
static struct cport_context *find_culprit(struct cport_pool *pool, bool blocked_only)
{
	struct cport_context *culprit = NULL;
	uint64_t oldest = UINT64_MAX;

	for (unsigned i = 0; i < pool->options.maximum; i++) {
		struct cport_context *ctx = &pool->contexts[i];
		uint64_t started = __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE);

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
	if (culprit &&
	    cport__pool_consider(pool, reason, __atomic_load_n(&culprit->fn, __ATOMIC_RELAXED),
				 &pool->monitor_pen))
		return;
	note_progress(pool, now);
	if (now - pool->last_progress_ns >= pool->options.starvation_ns && culprit)
		(void)cport__pool_consider(pool, CPORT_GREW_STARVATION,
					   __atomic_load_n(&culprit->fn, __ATOMIC_RELAXED),
					   &pool->monitor_pen);
}

/* A thread that never finds the queue empty does not come to hand over what it holds back. */
static void flush_what_waits(struct cport_pool *pool, bool held)
{
	struct cport *port = pool->port;
	uint64_t held_back = port->backend ? port->backend->holds_back(port) : 0;

	if (held_back && (held || held_back == pool->held_back))
		cport_flush(port);
	pool->held_back = held_back;
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
			inspect(&pool->contexts[i], &sight);
	cport__unlock(&pool->lock);
	cport__trace_touch(pool->port->trace);
	flush_what_waits(pool, sight.held);
	if (sight.held) {
		if (pool->port->backend && pool->port->backend->hurry)
			pool->port->backend->hurry(pool->port);
		cport__look(pool->port);
		consider_growth(pool, now);
	}
	return sight.busy;
}

/* ---- ticking and parking ----------------------------------------------------------------- */

static bool any_continuation(struct cport_pool *pool)
{
	for (unsigned i = 0; i < pool->options.maximum; i++)
		if (__atomic_load_n(&pool->contexts[i].started, __ATOMIC_ACQUIRE))
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
	ordered = cport__order_threads();
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
	cport__pen_open(&pool->monitor_pen, pool->port->trace, CONTLINT_TRACE_MONITOR);
	if (pool->port->trace)
		cport__sample_init();
	while (!__atomic_load_n(&pool->stopping, __ATOMIC_ACQUIRE)) {
		idle = tick(pool) ? 0 : idle + 1;
		if (idle > IDLE_TICKS)
			park(pool);
		nanosleep(&pause, NULL);
	}
	cport__pen_close(&pool->monitor_pen);
	return NULL;
}

int cport__monitor_start(struct cport_pool *pool)
{
	sigset_t all, before;
	int r;

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
