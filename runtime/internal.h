/* What the files of the runtime share: the port, the thread, the backend interface.
 *
 * Lock order: the epoll table, a file, the port, the submission queue.
 *
 * The leader is the one thread that waits in the kernel for completions. It is a waiter like the
 * others; a packet posted to it reaches it through a kick. Only the leader, or a thread that
 * holds the port's lock while there is no leader, reads the completion queue.
 */
#ifndef CPORT_INTERNAL_H
#define CPORT_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "audit.h"
#include "clock.h"
#include "cport.h"
#include "lock.h"
#include "port.h"
#include "trace.h"

enum { CPORT__SLOTS = 513 }; /* pool threads and one for all others */

enum cport__kind {
	CPORT__NONE,
	CPORT__READ,
	CPORT__WRITE,
	CPORT__RECV,
	CPORT__SEND,
	CPORT__FSYNC,
	CPORT__ACCEPT,
	CPORT__CONNECT,
	CPORT__POLL,
	CPORT__ACCEPT_MANY,
	CPORT__RECV_MANY,
	CPORT__TIMER,
	CPORT__WORK,
	CPORT__THEN, /* of a task: `address_`; on a worker `offset_` is the result */
};

/* A port's flag: it serves another one, and has no trace. */
#define CPORT__INNER (1u << 31)

/* A packet's flag: a node that is only on loan to the worker port. */
#define CPORT__LOAN (1u << 31)

enum cport__op_state {
	CPORT__IDLE,
	CPORT__STARTING, /* claimed, being filled in: nobody else looks at it */
	CPORT__PENDING,  /* under way: it can be cancelled, and ended */
	CPORT__QUEUED,   /* ended, its packet not taken yet */
};

/* All of it is filled in, and it is where a cancel finds it. */
static inline void cport__op_publish(struct cport_op *op)
{
	__atomic_store_n(&op->state_, CPORT__PENDING, __ATOMIC_RELEASE);
}

struct cport__thread {
	struct cport__member member; /* first: the core's pointers are cast back */
	struct cport *port;          /* of the last get; holds a reference */
	uint32_t word;               /* futex: 1 when woken */
	uint32_t block_depth;        /* declared; written by the thread alone */
	uint32_t block_changes;      /* how often that changed */
	uint32_t slot;               /* of the pool's thread, 0 for others */
	uint32_t get_count;
	bool watched; /* a monitor watches what becomes of the packet that it took */
	bool crowded; /* and others are queued behind it */
	struct cport_context *context; /* of the pool's thread */
};

struct cport__backend {
	const char *name;
	int (*open)(struct cport *port, const struct cport_options *options);
	void (*close)(struct cport *port);
	int (*bind)(struct cport *port, struct cport_file *file);
	/* The file is marked as closed, its descriptor still open. Once this has returned no event
	 * will name the file and nothing that was started will use the descriptor, but for what a
	 * worker does (cport__file_enter). */
	void (*unbind)(struct cport *port, struct cport_file *file);
	/* As the public start functions; the operation is filled in. To be published once a cancel
	 * can reach it. -EBADF when the file was closed meanwhile: its descriptor is not to be
	 * used. */
	int (*start)(struct cport *port, struct cport_op *op);
	/* Under the port's lock: asks for the end of a pending operation of a file, or brings it
	 * about; a flush follows. -EAGAIN: not possible now; -EBUSY: call it again, without the
	 * lock meanwhile. */
	int (*cancel)(struct cport *port, struct cport_op *op);
	int (*cancel_file)(struct cport *port, struct cport_file *file);
	void (*cancel_everything)(struct cport *port);
	/* The leader, without the port's lock: waits for completions, -1: for ever. -EPERM when the
	 * port is another thread's alone, else 0. */
	int (*poll)(struct cport *port, int64_t timeout_ns);
	/* Under the port's lock: moves completions into the core's queue. */
	void (*reap)(struct cport *port);
	void (*kick)(struct cport *port);
	/* The pool's thread that calls it ends; where nobody else can end what it started, has all
	 * of that end, into the port's queue. NULL: others can. */
	void (*finish)(struct cport *port);
	/* For completions that a thread is to take in which computes; NULL: there are none. */
	void (*hurry)(struct cport *port);
	void (*flush)(struct cport *port);
	/* Is there something to flush? 0: no; else a number that stays as long as none of it is
	 * handed over. */
	uint64_t (*holds_back)(struct cport *port);
	void (*buffer_return)(struct cport *port, uint32_t buffer);
};

extern const struct cport__backend cport__uring, cport__epoll;

struct cport {
	uint32_t lock;
	struct cport__core core;
	struct cport__thread *leader;
	bool leader_waits; /* in the kernel: wake it by a kick */
	bool kicked;
	bool closed;
	bool lazy; /* a monitor watches: it promotes leaders, not every get */
	/* The worker port's: one thread is woken at a time, and that one wakes the next if packets
	 * are still queued when it comes. What takes less than a wake-up is done by few then. */
	bool chained;
	struct cport__thread *coming; /* it was woken and has not come yet */
	struct cport__node *spare;
	struct cport_op *timers;
	struct cport_op *waiting; /* continuations that wait for their task's result */
	uint64_t posts, completions, taken, handoffs, wakes, kicks, polls;
	uint64_t collected; /* ticks: what is being collected was there then; 0: nothing is */
	uint32_t associated;

	uint32_t references; /* atomic: the handle, threads, files */
	/* atomic: operations between start and end, by the thread that started them */
	uint32_t in_flight[CPORT__SLOTS];

	const struct cport__backend *backend; /* NULL: posts only */
	void *backend_data;
	unsigned flags;
	struct cport__node *nodes;
	unsigned char *buffers;
	unsigned buffer_count, buffer_size;
	struct cport__workers *workers;
	struct cport__trace *trace; /* NULL: none */
	bool audit;                 /* continuations are audited; then there is a trace */
	bool events;                /* the core's changes are written down, with `pen` */
	struct cport__pen pen;      /* under the lock */
	bool pooled;                /* under the lock: it has a pool, */
	struct cport_pool *pool;    /* and this one, which has a monitor; NULL: none */
};

static inline bool cport__is_traced(const struct cport *port)
{
	return CPORT__TRACED && port->trace;
}

static inline bool cport__has_events(const struct cport *port)
{
	return CPORT__TRACED && port->events;
}

/* Threads to wake once the lock is released. */
struct cport__wakes {
	uint32_t *words[16];
	unsigned count;
	bool kick;
};

/* ---- cport.c: under the port's lock ------------------------------------------------------ */

/* Releases who may run, and, unless `lazy` and somebody runs, sees to it that a waiter leads. */
void cport__settle(struct cport *port, struct cport__wakes *wakes, bool lazy);
void cport__wake(struct cport *port, struct cport__thread *thread, struct cport__wakes *wakes);
void cport__send_wakes(struct cport *port, const struct cport__wakes *wakes);

/* settle, unlock, send. */
void cport__unlock_and_wake(struct cport *port);

/* The end of an operation, or one shot of it; false when there is no room for the shot. */
void cport__op_end(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
		   uint32_t buffer);
bool cport__op_shot(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
		    uint32_t buffer);

/* The oldest packet, whoever runs; false: none. For the drain. */
bool cport__take_any(struct cport *port, struct cport_packet *ret_packet);

/* ---- cport.c: without it ----------------------------------------------------------------- */

void cport__retain(struct cport *port);
void cport__unref(struct cport *port);

/* op_end with the lock taken and threads woken. */
void cport__complete(struct cport *port, struct cport_op *op, int64_t result);

/* The end of an operation without a packet. */
void cport__op_release(struct cport *port, struct cport_op *op, int64_t result);

/* A thread waits, nobody leads and there is room to run: make one lead. For the monitor. */
void cport__nudge(struct cport *port);

/* Lets completions in although nobody leads, waiting for none. For the monitor. */
void cport__look(struct cport *port);

/* ---- thread.c ---------------------------------------------------------------------------- */

/* A thread of the runtime: signals are for the program's own threads, but for those that the thread
 * brings on itself, and for `signal` (0: none). 0 or -errno. */
int cport__thread_start(pthread_t *ret_thread, void *(*run)(void *), void *argument, int signal);

struct cport__thread *cport__self(void);
/* Associates the calling thread; the association with another port ends (S17). */
int cport__join(struct cport *port);
int cport__thread_init(void); /* once a process */

/* ---- timer.c: under the port's lock ------------------------------------------------------ */

void cport__timers_fire(struct cport *port);
void cport__timer_remove(struct cport *port, struct cport_op *op);
/* How long until the first one, at most `timeout_ns`; -1: for ever. */
int64_t cport__timers_wait(const struct cport *port, int64_t timeout_ns);

/* ---- task.c: under the port's lock ------------------------------------------------------- */

/* Takes a continuation that waits from its task; false: the task goes on with it. */
bool cport__task_withdraw(struct cport *port, struct cport_op *op);

/* ---- task.c: without it ------------------------------------------------------------------ */

/* Has a continuation that was withdrawn called with -ECANCELED, where it was to be called. */
void cport__task_cancel(struct cport *port, struct cport_op *op);

/* ---- op.c -------------------------------------------------------------------------------- */

/* One attempt without waiting: the result, -EAGAIN when it would have to wait. */
int64_t cport__op_try(struct cport_op *op);
/* The same on a thread that may wait. */
int64_t cport__op_perform(struct cport_op *op);
/* Claims an idle operation for a start, to be published or disclaimed; -EBUSY. */
int cport__op_claim(struct cport *port, struct cport_op *op, enum cport__kind kind);
/* Undoes it. */
void cport__op_disclaim(struct cport *port, struct cport_op *op);
bool cport__op_cancel_asked(const struct cport_op *op);

/* Around the use of a file's descriptor by a worker: whoever uses it last closes it. False: the
 * file is closed. */
bool cport__file_enter(struct cport_file *file);
void cport__file_leave(struct cport_file *file);

/* ---- worker.c ---------------------------------------------------------------------------- */

/* Threads that may wait, with a port of their own. start sees to it that there is one; submit adds
 * others, up to `count`, while work has to wait. */
int cport__workers_open(struct cport *port, unsigned count);
int cport__workers_start(struct cport *port);
int cport__workers_submit(struct cport *port, struct cport_op *op);
void cport__workers_close(struct cport *port);

/* ---- pool.c ------------------------------------------------------------------------------ */

/* How to tell the pool's threads to end. */
#define CPORT__STOP (1u << 30)

/* One thread of a pool; `slot` - 1 is its place in the pool. */
struct cport_context {
	struct cport_pool *pool;
	struct cport *port;
	struct cport__thread *thread;
	struct cport_packet packet;
	uint32_t slot;
	pthread_t id;
	int syscall_fd;    /* /proc/self/task/TID/syscall, or stat, kept open; -1: none */
	bool alive;        /* under the pool's lock: the thread exists */
	bool joinable;     /* it has ended and wants to be joined */
	bool counted_long; /* said that it runs long; atomic */
	bool seen_blocked; /* the monitor's: it gave the place away */
	bool seen_hog;
	uint32_t seen_sequence;
	uint32_t charged_sequence; /* the last one that a growth was charged to; atomic */
	uint32_t stalled_sequence; /* the last one reported as a stall, */
	int64_t stalled_age_ns;    /* when it was so old */
	bool stall_asked;          /* the next sample is of one; atomic */
	uint32_t sampled_sequence; /* the last one that gave a sample, */
	uint32_t samples;          /* and how many; atomic */
	uint32_t placed_sequence;  /* the last one that was seen asleep with a trace: */
	uint32_t place_record;     /* its last record among the monitor's, */
	uint64_t place;            /* of this place, */
	int64_t placed_age_ns;     /* when it was so old */
	bool place_left;           /* it was seen to compute since */
	uint32_t slept_sequence;   /* the last one that was seen asleep, */
	int64_t slept_age_ns;      /* when it was so old */
	struct cport__node stop;

	/* The thread's. */
	struct cport__pen pen;
	struct cport__audit audit;
	uint64_t last_submit; /* ticks, while there is a trace */
	uint32_t submits;
	bool timed; /* it has started something that may wait for its return, if that comes soon */
	uint32_t nested; /* continuations that ran inside others */

	/* Atomic, written by the thread, read by the monitor. */
	uint32_t sequence;       /* of the continuation */
	uint32_t trace_sequence; /* in the trace: that of the innermost, see nested.c */
	uint64_t started;        /* ticks; 0: in none */
	uint64_t released; /* ticks: it gave its place away; 0: it did not. Also the monitor's */
	cport_fn *fn;

	/* Atomic, written by whoever reaps. */
	uint32_t overruns;
	uint64_t overrun_ticks;
};

/* A continuation function that has held its thread. Atomic. */
struct cport__habit {
	cport_fn *fn;
	uint64_t until; /* tick of the monitor */
};

struct cport_pool {
	struct cport *port;
	struct cport_pool_options options;
	uint32_t lock; /* of the threads' lives and what follows */
	unsigned threads, most_threads, processors;
	unsigned blocked; /* atomic: continuations that block or said they run long */
	int64_t last_growth_ns, last_progress_ns;
	uint64_t last_taken;
	uint64_t grown[CPORT_GROWTH_COUNT];
	uint64_t retired, blocks_seen, hogs_seen, ticks;
	uint64_t held_back;      /* the monitor's: what was held back at the last tick */
	int64_t stalls_since_ns; /* also its: a span of time, and the stalls told in it */
	unsigned stalls_told;
	struct cport__habit habits[64];
	cport_fn *culprit;
	bool stopping;

	pthread_t monitor;
	bool monitor_runs;
	uint32_t monitor_word; /* 1: parked */
	struct cport__pen monitor_pen;
	struct cport_context contexts[];
};

/* Makes a thread if the rules allow one now; the continuation of `culprit` is charged, in the books
 * and with the calling thread's pen. True if it did. */
bool cport__pool_consider(struct cport_pool *pool, enum cport_growth reason,
			  struct cport_context *culprit, struct cport__pen *pen);

/* ---- habit.c: which continuation functions hold their thread -------------------------------- */

/* One continuation of `fn` has, for longer than what it starts should wait, or for one tick more.
 */
void cport__habit_note(struct cport_pool *pool, cport_fn *fn);
/* Do they so often? */
bool cport__habit_is(const struct cport_pool *pool, cport_fn *fn);

/* ---- blame.c: only with a trace ---------------------------------------------------------- */

/* The continuation of `ctx` ends: charges it for what is still queued. */
void cport__blame_end(struct cport_context *ctx, uint64_t end_ticks);
/* `ctx` has taken its packet: charges those that still run for its wait. */
void cport__blame_take(struct cport_context *ctx, uint64_t taken_ticks);

/* ---- nested.c ---------------------------------------------------------------------------- */

/* Calls the continuation of `op` on the calling thread, inside whatever it runs. `ctx` may be NULL.
 */
void cport__call_nested(struct cport_context *ctx, cport_fn *fn, struct cport_op *op,
			int64_t result);

/* ---- events.c: where events were asked for ----------------------------------------------- */

void cport__events_open(struct cport *port);
void cport__events_close(struct cport *port);
/* Under the port's lock. */
void cport__event_reaped(struct cport *port, uint64_t count);
void cport__event_closed(struct cport *port);
/* On the thread of `ctx`. */
void cport__event_op(struct cport_context *ctx, enum contlint_trace_type type,
		     const struct cport_op *op, int result);

/* ---- monitor.c --------------------------------------------------------------------------- */

int cport__monitor_start(struct cport_pool *pool);
void cport__monitor_stop(struct cport_pool *pool);
void cport__monitor_wake(struct cport_pool *pool);

#if defined(__SANITIZE_THREAD__)
#define CPORT__TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CPORT__TSAN 1
#endif
#endif

/* The kernel carries an operation from the thread that starts it to the one that reaps it;
 * ThreadSanitizer does not see that. */
#ifdef CPORT__TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define CPORT__HANDED_OVER(pointer) __tsan_release(pointer)
#define CPORT__HANDED_BACK(pointer) __tsan_acquire(pointer)
#else
#define CPORT__HANDED_OVER(pointer) ((void)(pointer))
#define CPORT__HANDED_BACK(pointer) ((void)(pointer))
#endif

#endif
