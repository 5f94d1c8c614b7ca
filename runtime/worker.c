/* The worker port: a second port without a backend, and a few threads that take operations from
 * it, do them the blocking way and complete them into the first. They are started when the first
 * file needs them, or the first offload. */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct cport__workers {
	struct cport *port;
	struct cport *home;
	uint32_t lock;
	unsigned started, count;
	pthread_t threads[];
};

static int64_t perform_traced(struct cport_op *op, struct cport__pen *pen)
{
	struct cport__ending ending = {.type = CONTLINT_TRACE_WORK};
	int64_t result;

	if (!cport__pen_is_open(pen) || op->kind_ != CPORT__WORK)
		return cport__op_perform(op);
	ending.start_ticks = cport__ticks();
	ending.start_ticks =
		cport__pen_begin(pen, (uint64_t)(uintptr_t)op->work_, ending.start_ticks);
	result = cport__op_perform(op);
	ending.end_ticks = cport__ticks();
	cport__pen_end(pen, &ending);
	return result;
}

static void complete_work(struct cport *home, struct cport_op *op, struct cport__pen *pen)
{
	struct cport_file *file = op->file_;
	int64_t result = -ECANCELED;

	if (!__atomic_load_n(&home->closed, __ATOMIC_RELAXED) && !cport__op_cancel_asked(op) &&
	    (!file || cport__file_enter(file))) {
		result = perform_traced(op, pen);
		if (file)
			cport__file_leave(file);
	}
	cport__complete(home, op, result);
}

/* The continuation of a task runs here and brings no packet; it may start `op` again. */
static void continue_task(struct cport *home, struct cport_op *op, struct cport__pen *pen)
{
	struct cport__ending ending = {.type = CONTLINT_TRACE_WORK};
	int64_t result = (int64_t)op->offset_;
	cport_fn *fn = op->fn; /* once it is given back it may be gone */

	if (cport__pen_is_open(pen))
		ending.start_ticks = cport__pen_begin(pen, (uint64_t)(uintptr_t)fn, cport__ticks());
	cport__op_release(home, op, result);
	fn(NULL, op, result);
	if (cport__pen_is_open(pen)) {
		ending.end_ticks = cport__ticks();
		cport__pen_end(pen, &ending);
	}
}

static void perform(struct cport *home, struct cport_op *op, struct cport__pen *pen)
{
	if (op->kind_ == CPORT__THEN)
		continue_task(home, op, pen);
	else
		complete_work(home, op, pen);
}

static void *work(void *argument)
{
	struct cport__workers *workers = argument;
	struct cport_packet packet;
	struct cport__pen pen;

	cport__pen_open(&pen, workers->home->trace, CONTLINT_TRACE_WORKER);
	while (cport_get(workers->port, &packet, CPORT_FOREVER) == 1) {
		/* contlint-ok-next(*) -- made to wait for others */
		perform(workers->home, packet.op, &pen);
	}
	cport__pen_close(&pen);
	return NULL;
}

int cport__workers_open(struct cport *port, unsigned count)
{
	struct cport_options options = {
		.concurrency = count,
		.backend = CPORT_BACKEND_NONE,
		.flags = CPORT__INNER,
		.posts = 1,
	};
	struct cport__workers *workers = calloc(1, sizeof(*workers) + count * sizeof(pthread_t));
	int r;

	if (!workers)
		return -ENOMEM;
	r = cport_open(&workers->port, &options);
	if (r < 0) {
		free(workers);
		return r;
	}
	workers->port->chained = true;
	workers->home = port;
	workers->count = count;
	port->workers = workers;
	return 0;
}

static int start_thread(struct cport__workers *workers)
{
	int r = cport__thread_start(&workers->threads[workers->started], work, workers, 0);

	__atomic_store_n(&workers->started, workers->started + (r == 0), __ATOMIC_RELEASE);
	return r;
}

int cport__workers_start(struct cport *port)
{
	struct cport__workers *workers = port->workers;
	int r = 0;

	if (__atomic_load_n(&workers->started, __ATOMIC_ACQUIRE) > 0)
		return 0;
	cport__lock(&workers->lock);
	if (workers->started == 0)
		r = start_thread(workers);
	cport__unlock(&workers->lock);
	return r;
}

/* One thread more for work that nobody waits for. Starting them one by one keeps the continuation
 * that offloads light. */
static void add_thread(struct cport__workers *workers)
{
	cport__lock(&workers->lock);
	if (workers->started < workers->count)
		(void)start_thread(workers);
	cport__unlock(&workers->lock);
}

int cport__workers_submit(struct cport *port, struct cport_op *op)
{
	struct cport *workers = port->workers->port;
	int r = cport__workers_start(port);
	bool waits;

	if (r < 0)
		return r;
	op->node_ = (struct cport__node){.op = op, .flags = CPORT__LOAN};
	cport__op_publish(op);
	cport__lock(&workers->lock);
	waits = workers->core.waiters <= workers->core.depth;
	cport__core_append(&workers->core, &op->node_);
	cport__unlock_and_wake(workers);
	if (waits &&
	    __atomic_load_n(&port->workers->started, __ATOMIC_RELAXED) < port->workers->count)
		add_thread(port->workers);
	return 0;
}

int cport_work(struct cport *port, struct cport_op *op, uintptr_t key, cport_work_fn *work_fn)
{
	int r = cport__op_claim(port, op, CPORT__WORK);

	if (r < 0)
		return r;
	op->key_ = key;
	op->file_ = NULL;
	op->work_ = work_fn;
	r = cport__workers_submit(port, op);
	if (r < 0) {
		cport__op_disclaim(port, op);
		return r;
	}
	return CPORT_PENDING;
}

int cport_offload(struct cport_context *ctx, struct cport_op *op, cport_work_fn *work_fn)
{
	return ctx ? cport_work(ctx->port, op, 0, work_fn) : -EINVAL;
}

void cport__workers_close(struct cport *port)
{
	struct cport__workers *workers = port->workers;

	(void)cport_close(workers->port);
	for (unsigned i = 0; i < workers->started; i++)
		pthread_join(workers->threads[i], NULL);
	cport_release(workers->port);
	free(workers);
	port->workers = NULL;
}
