/* The monitor of a pool: a thread that ticks while continuations run. A continuation that has held
 * its thread for half a tick is looked at through the kernel's own statement about the thread,
 * /proc/self/task/TID/syscall, which says `running` for a thread that computes or would if it had
 * a processor, and names the system call, or -1 for a page fault, of one that sleeps. The place
 * of a sleeping one goes to another thread (S62 to S64). In a process that may not be dumped that
 * file cannot be opened; /proc/self/task/TID/stat says whether the thread sleeps, not where. */
#include "internal.h"
#include "sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum {
	IDLE_TICKS = 20,
	SAMPLE_NS = 1000000,
	PLACE_SIZE = 2048, /* of a stack, by which places are told apart */
	STALLS_MOST = 5,   /* in STALLS_SPAN_NS; the others are counted in their sites */
};

#define STALLS_SPAN_NS INT64_C(60000000000)

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
	uint32_t sequence, trace_sequence;
	uint32_t block_changes;
	bool declared; /* it has said that it blocks or runs for long */
	int64_t age_ns;
	struct answer answer;
};

/* ---- looking ----------------------------------------------------------------------------- */

/* "TID (NAME) S ...": the state. */
static void read_state(const char *state, struct answer *answer)
{
	if (*state == 'R') {
		answer->finding = COMPUTES;
		answer->syscall = -2;
	} else if (*state == 'S' || *state == 'D') {
		answer->finding = SLEEPS;
		answer->syscall = -3;
	}
}

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
	const char *name_end;

	look->answer.finding = NOTHING;
	if (size <= 0)
		return;
	text[size] = '\0';
	name_end = strrchr(text, ')');
	if (name_end)
		read_state(name_end + (name_end[1] ? 2 : 0), &look->answer);
	else
		read_answer(text, &look->answer);
}

/* ---- writing it down --------------------------------------------------------------------- */

/* What was declared is no news. */
static bool is_news(const struct look *look)
{
	return cport__pen_is_open(&look->ctx->pool->monitor_pen) && look->ctx->pen.area &&
	       !look->declared;
}

/* The age is that of the innermost continuation. */
static void write_sight(const struct look *look, enum contlint_trace_type type, uint16_t flags,
			uint32_t stack)
{
	const struct contlint_trace_area *area = look->ctx->pen.area;
	struct contlint_trace_record record = {.type = (uint16_t)type, .flags = flags};

	record.ticks = cport__ticks();
	record.tid = __atomic_load_n(&area->tid, __ATOMIC_ACQUIRE);
	record.function = __atomic_load_n(&area->current_function, __ATOMIC_ACQUIRE);
	record.u.seen.age_ns = (uint64_t)cport__ticks_ns(
		record.ticks - __atomic_load_n(&area->current_start, __ATOMIC_RELAXED));
	record.u.seen.syscall = look->answer.syscall;
	record.u.seen.argument = look->answer.argument;
	record.u.seen.pc = look->answer.pc;
	record.u.seen.sequence = look->trace_sequence;
	record.u.seen.stack = stack;
	cport__pen_write(&look->ctx->pool->monitor_pen, &record);
}

/* Is the thread in the same continuation, and asleep where it was? What was read of its stack in
 * between is then whole. */
static bool is_still_there(const struct look *look)
{
	struct look again = *look;

	ask_kernel(&again);
	return again.answer.finding == SLEEPS && again.answer.sp == look->answer.sp &&
	       again.answer.pc == look->answer.pc &&
	       __atomic_load_n(&look->ctx->trace_sequence, __ATOMIC_ACQUIRE) ==
		       look->trace_sequence &&
	       __atomic_load_n(&look->ctx->started, __ATOMIC_ACQUIRE) != 0;
}

/* Drafts the stack of a thread that sleeps. What looks at the same place have in common; 0: it has
 * no stack. */
static uint64_t draft_place(const struct look *look)
{
	struct contlint_trace_area *own = look->ctx->pool->monitor_pen.area;
	const struct contlint_trace_area *area = look->ctx->pen.area;
	const struct contlint_trace_header *header = cport__trace_header(look->ctx->port->trace);
	struct contlint_trace_registers at = {0};
	const struct contlint_trace_stack *draft;

	if (look->answer.sp == 0)
		return 0;
	if (!cport__audit_where(&look->ctx->audit, &at)) {
		at.pc = look->answer.pc;
		at.sp = look->answer.sp;
	}
	at.tid = __atomic_load_n(&area->tid, __ATOMIC_ACQUIRE);
	draft = cport__stack_draft(own, &at);
	return (cport__stack_way(header, draft, PLACE_SIZE) ^ at.pc ^ at.sp << 8 ^
		(uint64_t)look->answer.syscall << 48) |
	       1;
}

/* Keeps the draft if it is whole. The number + 1, or 0. */
static uint32_t keep_place(const struct look *look)
{
	const struct contlint_trace_area *area = look->ctx->pen.area;

	if (look->answer.sp == 0 || !is_still_there(look))
		return 0;
	return cport__stack_keep(look->ctx->pool->monitor_pen.area,
				 cport__trace_header(look->ctx->port->trace),
				 __atomic_load_n(&area->current_function, __ATOMIC_ACQUIRE));
}

/* The record of the place where the thread was seen last, unless others have replaced it. */
static struct contlint_trace_record *last_place(const struct cport_context *ctx)
{
	struct contlint_trace_area *area = ctx->pool->monitor_pen.area;
	struct contlint_trace_record *records = (void *)((char *)area + area->records_offset);

	if ((uint32_t)area->record_count - ctx->place_record >= area->record_capacity)
		return NULL;
	return &records[(ctx->place_record - 1) % area->record_capacity];
}

/* Nanoseconds since `started`, which is in ticks; 0 if nothing runs. */
static int64_t age_since(uint64_t started)
{
	return started ? cport__ticks_ns(cport__ticks() - started) : 0;
}

/* Writes down where a thread sleeps, once for as long as each look finds it there. */
static void note_place(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	bool seen_before = ctx->placed_sequence == look->trace_sequence;
	struct contlint_trace_record *record;
	uint64_t place;

	if (!is_news(look))
		return;
	place = draft_place(look);
	if (seen_before && !ctx->place_left && place == ctx->place) {
		record = last_place(ctx);
		if (record)
			record->u.seen.lasted_us =
				(uint32_t)((look->age_ns - ctx->placed_age_ns) / 1000);
		return;
	}
	write_sight(look, CONTLINT_TRACE_BLOCK_SEEN,
		    seen_before && ctx->place_left ? CONTLINT_TRACE_APART : 0, keep_place(look));
	ctx->placed_sequence = look->trace_sequence;
	ctx->place_record = (uint32_t)ctx->pool->monitor_pen.area->record_count;
	ctx->place = place;
	/* What it lasts longer counts from the record, which may stand long after the look. */
	ctx->placed_age_ns = age_since(__atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE));
	if (ctx->placed_age_ns < look->age_ns)
		ctx->placed_age_ns = look->age_ns; /* it has ended meanwhile */
	ctx->place_left = false;
}

/* A few a minute, however many there are: none of them is worth drowning the others. */
static bool may_tell_stall(struct cport_pool *pool)
{
	int64_t now = cport__now();

	if (now - pool->stalls_since_ns >= STALLS_SPAN_NS) {
		pool->stalls_since_ns = now;
		pool->stalls_told = 0;
	}
	return pool->stalls_told++ < STALLS_MOST;
}

/* When a continuation has held its thread for long, and each time that has doubled. One that
 * computes says itself where. */
static void note_stall(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	bool again = ctx->stalled_sequence == look->sequence;

	if (look->age_ns < (again ? 2 * ctx->stalled_age_ns : CPORT__STALL_NS) || !is_news(look))
		return;
	ctx->stalled_sequence = look->sequence;
	ctx->stalled_age_ns = look->age_ns;
	if (!may_tell_stall(ctx->pool))
		return;
	if (look->answer.finding == SLEEPS) {
		(void)draft_place(look);
		write_sight(look, CONTLINT_TRACE_STALL, 0, keep_place(look));
		return;
	}
	__atomic_store_n(&ctx->stall_asked, true, __ATOMIC_RELAXED);
	cport__sample_ask(__atomic_load_n(&ctx->pen.area->tid, __ATOMIC_ACQUIRE));
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

/* The place of one that was seen asleep may be its own again: it has been woken, and has said in
 * between that it blocks (S63: it counts once all the same). */
static void on_sleeping(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	bool again = ctx->seen_blocked;

	ctx->slept_sequence = look->sequence;
	ctx->slept_age_ns = look->age_ns;
	note_place(look);
	if (!give_away(look))
		return;
	if (!again)
		count_given(look, &ctx->pool->blocks_seen);
}

/* How long it has computed, as far as ticks can tell: since it began, or was last seen asleep. */
static int64_t computing_ns(const struct look *look)
{
	const struct cport_context *ctx = look->ctx;

	return ctx->slept_sequence == look->sequence ? look->age_ns - ctx->slept_age_ns
						     : look->age_ns;
}

/* When the next sample of a continuation that computes is due, after `samples` of them: some close
 * together, so that what lies between two of them can be said, then ever fewer. */
static int64_t sample_due_ns(uint32_t samples)
{
	return samples < 4 ? (int64_t)(samples + 1) * SAMPLE_NS
			   : (int64_t)SAMPLE_NS << (samples < 32 ? samples - 1 : 31);
}

/* Samples of each continuation that is heavy: the thread itself knows where it is. What it does
 * just after it has slept is not what it was slow for. Asked again until it has answered: it may
 * have been stopped by the scheduler before it could say what it runs. */
static void ask_for_sample(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	const struct contlint_trace_area *area = ctx->pen.area;
	uint32_t samples = 0;

	if (__atomic_load_n(&ctx->sampled_sequence, __ATOMIC_ACQUIRE) == look->sequence)
		samples = __atomic_load_n(&ctx->samples, __ATOMIC_RELAXED);
	if (!area || look->declared || computing_ns(look) < sample_due_ns(samples))
		return;
	cport__sample_ask(__atomic_load_n(&area->tid, __ATOMIC_ACQUIRE));
}

static void on_computing(const struct look *look)
{
	struct cport_context *ctx = look->ctx;
	int64_t limit = ctx->pool->options.exclude_hog_ns;

	ctx->place_left = true;
	ask_for_sample(look);
	if (ctx->seen_blocked && !ctx->seen_hog) {
		take_back(ctx, look->sequence);
		if (is_news(look))
			write_sight(look, CONTLINT_TRACE_UNBLOCK_SEEN, 0, 0);
	}
	if (limit <= 0 || look->age_ns < limit || ctx->seen_blocked)
		return;
	if (!give_away(look))
		return;
	ctx->seen_hog = true;
	count_given(look, &ctx->pool->hogs_seen);
	if (is_news(look))
		write_sight(look, CONTLINT_TRACE_HOG_SEEN, 0, 0);
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
	look.trace_sequence = __atomic_load_n(&ctx->trace_sequence, __ATOMIC_RELAXED);
	started = __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE);
	look.age_ns = age_since(started);
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

/* How much a thread more is the continuation's doing: one that blocks accounts for one thread, so
 * that the next one is somebody else's. The pool's lock is held, without which no thread ends. */
static int guilt(const struct cport_context *ctx)
{
	bool charged = __atomic_load_n(&ctx->charged_sequence, __ATOMIC_RELAXED) ==
		       __atomic_load_n(&ctx->sequence, __ATOMIC_RELAXED);

	if (ctx->seen_blocked)
		return charged ? 2 : 4;
	if (__atomic_load_n(&ctx->counted_long, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&ctx->thread->block_depth, __ATOMIC_RELAXED) > 0)
		return charged ? 1 : 3;
	return 0;
}

/* Among equals the one that has held its thread longest. */
static struct cport_context *find_culprit(struct cport_pool *pool)
{
	struct cport_context *culprit = NULL;
	uint64_t oldest = UINT64_MAX;
	int most = 0;

	cport__lock(&pool->lock);
	for (unsigned i = 0; i < pool->options.maximum; i++) {
		struct cport_context *ctx = &pool->contexts[i];
		uint64_t started = __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE);
		int how_much = started ? guilt(ctx) : -1;

		if (how_much < most || (how_much == most && started >= oldest))
			continue;
		most = how_much;
		oldest = started;
		culprit = ctx;
	}
	cport__unlock(&pool->lock);
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
	struct cport_context *culprit = find_culprit(pool);
	enum cport_growth reason = CPORT_GREW_HINT;

	if (culprit && culprit->seen_blocked)
		reason = culprit->seen_hog ? CPORT_GREW_HOG : CPORT_GREW_BLOCKED;
	if (culprit && cport__pool_consider(pool, reason, culprit, &pool->monitor_pen))
		return;
	note_progress(pool, now);
	if (now - pool->last_progress_ns >= pool->options.starvation_ns && culprit)
		(void)cport__pool_consider(pool, CPORT_GREW_STARVATION, culprit,
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

/* A port of one thread is that thread's alone: whoever looks first would become it. */
static void look_for_completions(struct cport *port)
{
	if (port->flags & CPORT_ONE_THREAD)
		return;
	if (port->backend && port->backend->hurry)
		port->backend->hurry(port);
	cport__look(port);
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
		look_for_completions(pool->port);
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
	int r = cport__thread_start(&pool->monitor, watch, pool, 0);

	pool->monitor_runs = r == 0;
	return r;
}

void cport__monitor_stop(struct cport_pool *pool)
{
	cport__monitor_wake(pool);
	pthread_join(pool->monitor, NULL);
	pool->monitor_runs = false;
}
