/* cport: a completion port for Linux.
 *
 * A port is a queue of packets and a set of threads that wait for them. Operations complete
 * into the port; a thread takes a packet, runs its continuation, and comes back. At most
 * `concurrency` threads run at a time, the thread that began to wait last is woken first, and
 * a thread that blocks gives its place to another. cport(7) numbers the promises (S1 to S65)
 * and lists where this port differs from them.
 *
 * Errors are negative errno values. Sizes are bytes, times are nanoseconds unless the name says
 * otherwise. Structures below belong to the caller and must be zeroed before their first use;
 * fields that end in an underscore are the port's. Nothing is allocated after an open. Every
 * function may be called from any thread, except where it says "the calling thread".
 */
#ifndef CPORT_H
#define CPORT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define CPORT_CONTINUATION __attribute__((annotate("contlint::continuation")))
#define CPORT_MAY_BLOCK __attribute__((annotate("contlint::may_block")))
#else
#define CPORT_CONTINUATION
#define CPORT_MAY_BLOCK
#endif

#define CPORT_FOREVER (-1) /* a timeout that never comes */

struct cport;
struct cport_context;
struct cport_op;
struct cport_pool;

/* What runs when an operation has ended: bytes moved, a descriptor, or a negative errno value,
 * which is -ECANCELED after a cancel. `op` may be started again from here. */
typedef void cport_fn(struct cport_context *ctx, struct cport_op *op, int64_t result);

/* Work for the worker port; what it returns becomes the result of the operation. It runs on a
 * worker thread and may block or compute for long. */
typedef int64_t cport_work_fn(struct cport_op *op);

/* What starting an operation returns when it is no error. */
enum {
	CPORT_DONE = 0,    /* it has ended; a packet still comes, unless the file skips it (S29) */
	CPORT_PENDING = 1, /* a packet will come */
};

/* `flags` of an operation, set by the caller before it is started. */
enum {
	CPORT_NO_PACKET = 1 << 0, /* no packet; ask cport_op_pending(), then read `result` */
};

/* `flags` of a packet. */
enum {
	CPORT_MORE = 1 << 0,     /* a shot of an operation that goes on */
	CPORT_BUFFER = 1 << 1,   /* `buffer` names a buffer to be given back */
	CPORT_COMPLETE = 1 << 2, /* the end of an operation, as against a post */
};

/* A packet on its way; the port's. */
struct cport__node {
	struct cport__node *next;
	int64_t result;
	uintptr_t key;
	struct cport_op *op;
	uint32_t flags;
	uint32_t buffer;
	uint64_t queued_;
};

/* One operation. The runtime owns it, and the buffers named in it, from a successful start
 * until its last packet is taken. */
struct cport_op {
	void *user;     /* the caller's */
	cport_fn *fn;   /* called by a pool; unused when packets are taken by hand */
	int64_t result; /* valid after CPORT_DONE and once the packet is taken (S34) */
	uint32_t flags;

	uint8_t kind_;
	uint8_t state_;
	uint8_t cancelled_;
	uint8_t again_;
	struct cport_op *next_;
	struct cport_op *previous_;
	struct cport_op *child_;
	struct cport *port_;
	struct cport_file *file_;
	uintptr_t key_;
	void *address_;
	cport_work_fn *work_;
	uint64_t size_;
	uint64_t offset_;
	uint32_t argument_;
	uint32_t epoch_;
	uint32_t slot_;
	uint32_t sequence_;
	struct cport__node node_;
};

/* An associated descriptor. Keep it until cport_file_pending() is 0 after its close. */
struct cport_file {
	int fd_;
	uint32_t mode_;
	uint32_t pending_;
	uint32_t ended_;
	uint32_t epoch_;
	uint32_t lock_;
	uint32_t users_;
	uint8_t pollable_;
	uint8_t socket_;
	uint8_t nonblocking_;
	uint8_t closed_;
	uint8_t drains_;
	uint8_t drained_;
	uintptr_t key_;
	struct cport *port_;
	struct cport_op *first_[2];
	struct cport_op *last_[2];
};

struct cport_packet {
	int64_t result; /* of the operation, or what was posted */
	uintptr_t key;  /* of the file, or what was posted */
	struct cport_op *op;
	uint32_t flags;
	uint32_t buffer;
	uint64_t queued_;
	cport_fn *fn_;
};

/* ---- the port --------------------------------------------------------------------------- */

enum cport_backend {
	CPORT_BACKEND_AUTO, /* CPORT_BACKEND=uring|epoll if set, else io_uring, else epoll */
	CPORT_BACKEND_URING,
	CPORT_BACKEND_EPOLL,
	CPORT_BACKEND_NONE, /* posts only */
};

/* `flags` of cport_options. */
enum {
	/* Operations are handed to the kernel when the thread comes back to cport_get(), not when
	 * they are started: fewer system calls, but what a long continuation started waits for
	 * it to end, for cport_flush() or for a pool's monitor. Without the flag a pool with a
	 * monitor does so, but not for continuation functions that are known to take long. */
	CPORT_BATCH = 1 << 0,
	/* One thread, the first that waits, does everything but posting and cancelling, and closes
	 * its files and drains the port before it ends; others get -EPERM. A pool's thread cancels
	 * what is pending when the pool is closed, and anybody may drain then. Implies a
	 * concurrency of 1. */
	CPORT_ONE_THREAD = 1 << 1,
	/* Writes every system call inside a pool's continuations to the trace, with its stack; each
	 * costs some microseconds. -EINVAL without a trace, -ENOTSUP where the kernel has no
	 * syscall user dispatch or the program handles SIGSYS itself. CONTLINT_AUDIT=1 in the
	 * environment asks for the same where it is possible. */
	CPORT_AUDIT = 1 << 2,
	/* Writes what happens to the port, and what continuations start and cancel, to the trace;
	 * CONTLINT_EVENTS=1 asks for the same. -EINVAL without a trace. */
	CPORT_EVENTS = 1 << 3,
	/* A completion interrupts the thread that started the operation, even while it computes, so
	 * that another thread can have it at once. Without the flag it comes at that thread's next
	 * system call, at the next tick of a pool's monitor, or, where there is none, at one of the
	 * scheduler; that saves an interrupt a completion, which is dear on virtual machines. And
	 * a pool hands over at once what a continuation starts, unless others are queued. */
	CPORT_PROMPT = 1 << 4,
};

/* A zero, and a NULL instead of the structure, mean the default. */
struct cport_options {
	unsigned concurrency; /* threads running at a time; default: online processors */
	enum cport_backend backend;
	unsigned flags;
	unsigned entries;      /* operations handed over in one go; default 256 */
	unsigned posts;        /* posts and shots that can be queued; default 4096 */
	unsigned buffer_count; /* for cport_recv_many(): a power of two; default none */
	unsigned buffer_size;
	unsigned workers;  /* threads of the worker port; default 4, started when needed */
	const char *trace; /* a file for the trace; default: CONTLINT_TRACE of the environment.
			    * `%p` becomes the process id; see trace_format.h */
};

struct cport_stat {
	unsigned concurrency, active, depth, waiters, associated;
	uint64_t posts, completions, taken;
	uint64_t handoffs; /* packets given to a waiting thread */
	uint64_t wakes;    /* futex wakes of followers, with a packet or to lead */
	uint64_t kicks;    /* wakes of a leader that waited in the kernel */
	uint64_t polls;    /* waits of leaders */
	const char *backend;
};

/* Opens a port. On success `*ret_port` is the caller's, to be closed and released. */
int cport_open(struct cport **ret_port, const struct cport_options *options);

/* Closes it: threads that wait get -ESHUTDOWN, later calls -EBADF. What is queued or pending
 * stays until cport_drain(). -EBADF if it is closed already. */
int cport_close(struct cport *port);

/* After the close: cancels what is pending, waits for its end, and hands every packet that
 * nobody took to `fn`, or drops it when `fn` is NULL. Returns their number; -EBUSY: not closed;
 * -EPERM: a CPORT_ONE_THREAD port whose operations only its thread can end. */
typedef void cport_drain_fn(const struct cport_packet *packet, void *user);
int cport_drain(struct cport *port, cport_drain_fn *fn, void *user);

/* Gives back the caller's reference, closing and draining first if need be. The port goes with
 * its last reference: bound files and associated threads hold one each (S7). */
void cport_release(struct cport *port);

/* Queues a packet, or hands it to the thread that began to wait last. `op` is never looked at.
 * -ENOBUFS when options.posts are queued, -EBADF on a closed port. */
int cport_post(struct cport *port, int64_t result, uintptr_t key, struct cport_op *op);

/* Takes a packet: 1, or -ETIME, -ESHUTDOWN (closed while waiting), -EBADF (closed before). The
 * calling thread is associated with the port from then on. On -ETIME only `op` is touched. */
int cport_get(struct cport *port, struct cport_packet *ret_packet, int64_t timeout_ns);

/* Takes up to `count` packets that are there, waiting only for the first one. Returns how many,
 * or as cport_get(); -EINVAL when `count` is 0. */
int cport_get_many(struct cport *port, struct cport_packet *ret_packets, unsigned count,
		   int64_t timeout_ns);

/* Ends the association of the calling thread; its exit does the same (S18). */
void cport_leave(void);

/* The calling thread is about to block outside the port, and has returned from it: its place
 * is given to another thread meanwhile (S19, S20). Nests. */
void cport_block_begin(void);
void cport_block_end(void);

/* Hands over what CPORT_BATCH holds back. */
void cport_flush(struct cport *port);

unsigned cport_depth(struct cport *port);
void cport_stat(struct cport *port, struct cport_stat *ret_stat);

/* ---- the pool --------------------------------------------------------------------------- */

/* What a pool's thread calls for packets that are no end of an operation. */
typedef void cport_post_fn(struct cport_context *ctx, const struct cport_packet *packet);

/* A zero means the default. */
struct cport_pool_options {
	unsigned minimum;       /* threads that stay; default: the port's concurrency */
	unsigned maximum;       /* at most 512; default 64 */
	int64_t keep_alive_ns;  /* idle time after which a thread above the minimum ends; 10 s */
	int64_t monitor_ns;     /* tick of the monitor; default 1 ms, negative: no monitor */
	int64_t step_ns;        /* first pause between growths past the processors; 25 ms */
	int64_t starvation_ns;  /* one more thread when packets wait that long; 500 ms */
	int64_t exclude_hog_ns; /* computing that long gives the place away; default: never (S65) */
	cport_post_fn *on_post;
};

/* Why a pool grew. */
enum cport_growth {
	CPORT_GREW_AT_OPEN,
	CPORT_GREW_HINT,       /* CPORT_BLOCKING or cport_may_run_long() */
	CPORT_GREW_BLOCKED,    /* the monitor saw a blocked thread */
	CPORT_GREW_HOG,        /* the same with exclude_hog_ns */
	CPORT_GREW_STARVATION, /* nothing was taken for long */
	CPORT_GROWTH_COUNT,
};

struct cport_pool_stat {
	unsigned threads, most_threads, blocked;
	uint64_t continuations;
	uint64_t grown[CPORT_GROWTH_COUNT];
	uint64_t retired;
	uint64_t blocks_seen; /* by the monitor, undeclared */
	uint64_t hogs_seen;
	uint64_t ticks;    /* of the monitor */
	cport_fn *culprit; /* the continuation that the last growth is charged to; on_post, cast, if
			    * that was it */
};

/* Threads that get packets from `port` and call the continuations. The pool must be closed before
 * the port is released, and not from one of its own threads; nobody else should get from the
 * port meanwhile. -EBUSY: the port has a pool. */
int cport_pool_open(struct cport_pool **ret_pool, struct cport *port,
		    const struct cport_pool_options *options);

/* Runs what is queued by now, ends the threads and frees the pool. What is queued later or still
 * pending stays with the port; so does what is queued, but for what runs already, if the port was
 * closed before. */
void cport_pool_close(struct cport_pool *pool);
void cport_pool_stat(struct cport_pool *pool, struct cport_pool_stat *ret_stat);

/* Inside a continuation, on its own thread: the port, and the packet that is being handled. */
struct cport *cport_context_port(const struct cport_context *ctx);
const struct cport_packet *cport_context_packet(const struct cport_context *ctx);

/* Says that this continuation will run for long. True if another thread waits or could be made
 * (S54); false when the pool is full and busy, on another thread, or without a context. A second
 * call is true. */
int cport_may_run_long(struct cport_context *ctx);

/* Says that what follows blocks, until the block is left by any way but longjmp():
 *     CPORT_BLOCKING(ctx) { fsync(fd); }
 * Another thread runs meanwhile, made for it if need be. Nests (S61). Without a context, or on
 * another thread, it says nothing. */
struct cport_blocking {
	struct cport_context *ctx;
	int once;
};
struct cport_blocking cport_blocking_begin(struct cport_context *ctx);
void cport_blocking_end(struct cport_blocking *blocking);
#define CPORT_JOIN_(a, b) a##b
#define CPORT_NAME_(line) CPORT_JOIN_(cport_blocking_, line)
#define CPORT_BLOCKING(context)                                                                    \
	for (struct cport_blocking CPORT_NAME_(__LINE__)                                           \
		     __attribute__((cleanup(cport_blocking_end))) = cport_blocking_begin(context); \
	     CPORT_NAME_(__LINE__).once; CPORT_NAME_(__LINE__).once = 0)

/* Runs `work` on the worker port; `op` ends with what it returned. cport_work() is the same from
 * anywhere, with a key for the packet. CPORT_PENDING, -EBUSY, -EBADF, or no thread could be made;
 * -EINVAL without a context.
 * A cancel works until the work has begun. */
int cport_offload(struct cport_context *ctx, struct cport_op *op, cport_work_fn *work);
int cport_work(struct cport *port, struct cport_op *op, uintptr_t key, cport_work_fn *work);

/* ---- tasks ------------------------------------------------------------------------------- */

/* Where the continuation of a task runs. */
enum cport_where {
	CPORT_INLINE,   /* on the thread that completes the task, or that calls then */
	CPORT_DISPATCH, /* as a packet of the port */
	CPORT_WORKER,   /* on a worker thread, without a context */
};

/* One result and one continuation, in any order. */
struct cport_task {
	struct cport *port_;
	struct cport_op *op_;
	int64_t result_;
	uint32_t state_;
};

void cport_task_init(struct cport_task *task, struct cport *port);

/* Gives the task its result. -EALREADY when it has one. */
int cport_task_complete(struct cport_task *task, int64_t result);

/* Has `op->fn` called with the result, exactly once, now or when it comes; `op` and `task` are the
 * runtime's until then. Inline, the context is that of the pool's thread, or NULL. cport_cancel()
 * takes the continuation from a task that has no result yet, and has it called with -ECANCELED in
 * the same place, inline by the thread that cancels; cport_drain() hands it back as a packet.
 * -EALREADY: the task has a continuation; -EBUSY: `op` is under way; -EBADF: the port is closed;
 * -EINVAL: it has no backend. */
int cport_task_then(struct cport_task *task, struct cport_op *op, enum cport_where where);

/* ---- files ------------------------------------------------------------------------------ */

/* `mode` of a file: sticky, and unknown bits are accepted (S31). */
enum {
	CPORT_SKIP_ON_SUCCESS = 1 << 0, /* CPORT_DONE brings no packet (S30) */
};

/* Associates `fd` with a port for good. -EBADF, -EINVAL for what cannot be waited for (a
 * directory), -EEXIST when the descriptor is bound already. The epoll backend makes `fd`
 * non-blocking. `fd` must be closed through the file. */
int cport_file_bind(struct cport_file *file, struct cport *port, int fd, uintptr_t key,
		    unsigned mode);
int cport_file_add_mode(struct cport_file *file, unsigned mode);

/* Cancels what is pending, as cport_cancel_all(), and closes the descriptor. -EBADF if closed. */
int cport_file_close(struct cport_file *file);

/* Operations that were started and not taken yet. */
unsigned cport_file_pending(const struct cport_file *file);

/* ---- operations ------------------------------------------------------------------------- */

/* All return CPORT_DONE, CPORT_PENDING or an error, after which no packet comes. -EBUSY: `op` is
 * under way. An `offset` of -1 is the current position. */
int cport_read(struct cport_file *file, struct cport_op *op, void *buffer, size_t size,
	       int64_t offset);
int cport_write(struct cport_file *file, struct cport_op *op, const void *buffer, size_t size,
		int64_t offset);
int cport_recv(struct cport_file *file, struct cport_op *op, void *buffer, size_t size, int flags);
int cport_send(struct cport_file *file, struct cport_op *op, const void *buffer, size_t size,
	       int flags);
int cport_fsync(struct cport_file *file, struct cport_op *op);

/* The result is the new descriptor; `flags` are accept4's. */
int cport_accept(struct cport_file *file, struct cport_op *op, int flags);

/* `address` must stay until the packet is taken. */
int cport_connect(struct cport_file *file, struct cport_op *op, const struct sockaddr *address,
		  socklen_t size);

/* The result is the events of poll(2) that came. */
int cport_poll(struct cport_file *file, struct cport_op *op, unsigned events);

/* One packet a connection, or a piece of data in one of the port's buffers, each with
 * CPORT_MORE, until the last one without it: an error, the end of the data, a cancel, -ENOBUFS
 * when all buffers are out; or a success like the others, where the kernel ended the operation or
 * no more shots can be queued: it can be started again. */
int cport_accept_many(struct cport_file *file, struct cport_op *op, int flags);
int cport_recv_many(struct cport_file *file, struct cport_op *op);

/* The data of a packet with CPORT_BUFFER, and giving its buffer back. */
void *cport_buffer(struct cport *port, const struct cport_packet *packet);
void cport_buffer_return(struct cport *port, uint32_t buffer);

/* Ends with 0 after `delay_ns`. */
int cport_timer(struct cport *port, struct cport_op *op, uintptr_t key, int64_t delay_ns);

/* Asks for the end of one operation: its packet comes with -ECANCELED, or with its result if
 * that was first. -ENOENT: not pending, or asked before. */
int cport_cancel(struct cport_op *op);

/* The same for all operations of a file. -ENOENT: none was pending. */
int cport_cancel_all(struct cport_file *file);

/* Not 0 while the runtime owns `op`. */
int cport_op_pending(const struct cport_op *op);

#ifdef __cplusplus
}
#endif

#endif
