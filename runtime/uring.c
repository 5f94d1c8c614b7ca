/* The io_uring backend: one ring a port.
 *
 * A completion is taken in by the thread that submitted the operation. A default ring interrupts
 * that thread for each, which costs more than all else where others send from another processor;
 * with COOP_TASKRUN it comes to it at its next system call or at a tick of the scheduler, and a
 * pool's monitor does not wait for that (hurry). With DEFER_TASKRUN it would wait until the thread
 * asks for completions, which is the very harm this runtime exists to show: only CPORT_ONE_THREAD,
 * where that thread is the only one, has it.
 *
 * The kernel cancels what a thread has submitted when that thread ends. Nobody asked for such a
 * cancel, so the operation is submitted again by whoever reaps it (S39). */
#include "uring.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* ---- starting ---------------------------------------------------------------------------- */

static void prepare(struct io_uring_sqe *sqe, const struct cport_op *op)
{
	int fd = op->file_->fd_;
	unsigned size = op->size_ > 0x7ffff000 ? 0x7ffff000 : (unsigned)op->size_;

	switch ((enum cport__kind)op->kind_) {
	case CPORT__READ:
		io_uring_prep_read(sqe, fd, op->address_, size, op->offset_);
		break;
	case CPORT__WRITE:
		io_uring_prep_write(sqe, fd, op->address_, size, op->offset_);
		break;
	case CPORT__RECV:
		io_uring_prep_recv(sqe, fd, op->address_, size, (int)op->argument_);
		break;
	case CPORT__SEND:
		io_uring_prep_send(sqe, fd, op->address_, size, (int)op->argument_ | MSG_NOSIGNAL);
		break;
	case CPORT__FSYNC:
		io_uring_prep_fsync(sqe, fd, 0);
		break;
	case CPORT__ACCEPT:
		io_uring_prep_accept(sqe, fd, NULL, NULL, (int)op->argument_);
		break;
	case CPORT__ACCEPT_MANY:
		io_uring_prep_multishot_accept(sqe, fd, NULL, NULL, (int)op->argument_);
		break;
	case CPORT__CONNECT:
		if (op->again_) /* under way already: wait for its end */
			io_uring_prep_poll_add(sqe, fd, POLLOUT);
		else
			io_uring_prep_connect(sqe, fd, op->address_, (socklen_t)op->size_);
		break;
	case CPORT__POLL:
		io_uring_prep_poll_add(sqe, fd, op->argument_);
		break;
	case CPORT__RECV_MANY:
		io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = BUFFER_GROUP;
		break;
	case CPORT__TIMER:
	case CPORT__WORK:
	case CPORT__THEN:
	case CPORT__NONE:
		break;
	}
}

/* The queue's lock is held. */
static void fill_entry(struct uring *uring, struct io_uring_sqe *sqe, struct cport_op *op)
{
	prepare(sqe, op);
	io_uring_sqe_set_data(sqe, op);
	CPORT__HANDED_OVER(op);
	cport__uring_publish(uring);
}

/* A file that is closed meanwhile waits for the queue's lock, and then hands over what is queued
 * before the descriptor goes. */
static int queue_op(struct cport *port, struct cport_op *op)
{
	struct uring *uring = cport__uring_of(port);
	struct cport_file *file = op->file_;
	struct io_uring_sqe *sqe = NULL;
	int r = -EBADF;

	cport__lock(&uring->lock);
	if (!__atomic_load_n(&file->closed_, __ATOMIC_RELAXED)) {
		r = -EAGAIN;
		sqe = cport__uring_next_entry(port);
	}
	if (sqe) {
		r = 0;
		op->epoch_ = file->epoch_;
		uring->queued++;
		cport__op_publish(op);
		fill_entry(uring, sqe, op);
	}
	cport__unlock(&uring->lock);
	return r;
}

/* The same for one that is under way, unless its end was asked for. */
static bool queue_again(struct cport *port, struct cport_op *op)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_sqe *sqe = NULL;

	cport__lock(&uring->lock);
	if (!cport__op_cancel_asked(op))
		sqe = cport__uring_next_entry(port);
	if (sqe)
		fill_entry(uring, sqe, op);
	cport__unlock(&uring->lock);
	return sqe != NULL;
}

static bool can_try(const struct cport_op *op)
{
	const struct cport_file *file = op->file_;

	if (!(__atomic_load_n(&file->mode_, __ATOMIC_RELAXED) & CPORT_SKIP_ON_SUCCESS))
		return false;
	if (op->kind_ == CPORT__RECV || op->kind_ == CPORT__SEND)
		return true;
	return (op->kind_ == CPORT__READ || op->kind_ == CPORT__WRITE ||
		op->kind_ == CPORT__ACCEPT) &&
	       (file->nonblocking_ || !file->pollable_);
}

/* With CPORT_SKIP_ON_SUCCESS what can end now does; -EAGAIN: it cannot. */
static int64_t try_now(struct cport_op *op)
{
	struct cport_file *file = op->file_;
	int64_t result;

	if (!can_try(op))
		return -EAGAIN;
	cport__lock(&file->lock_);
	result = file->closed_ ? -EBADF : cport__op_try(op);
	cport__unlock(&file->lock_);
	return result;
}

/* Ended at the start, without a packet. */
static int done(struct cport *port, struct cport_op *op, int64_t result)
{
	if (result < 0)
		return (int)result;
	op->result = result;
	__atomic_sub_fetch(&op->file_->pending_, 1, __ATOMIC_RELEASE);
	cport__op_disclaim(port, op);
	return CPORT_DONE;
}

/* What a continuation of a pool starts goes when it comes back, with what those that are queued
 * behind it start: one system call for all, and none of its own where the thread then waits in the
 * kernel. If it does not come back the monitor sees to it. One that is known to hold its thread
 * goes first: what it starts is to be under way meanwhile. */
static bool may_hold_back(const struct cport *port)
{
	const struct cport__thread *self = cport__self();
	struct cport_context *ctx = self->context;

	if (port->flags & CPORT_BATCH)
		return true;
	if (!self->watched || !ctx || ctx->port != port ||
	    __atomic_load_n(&ctx->pool->stopping, __ATOMIC_RELAXED))
		return false;
	if (self->crowded)
		return true;
	if (port->flags & CPORT_PROMPT)
		return false;
	ctx->timed = true;
	return !cport__habit_is(ctx->pool, ctx->fn);
}

static int start(struct cport *port, struct cport_op *op)
{
	struct uring *uring = cport__uring_of(port);
	int64_t result = try_now(op);
	int r;

	if (result != -EAGAIN && result != -EOPNOTSUPP)
		return done(port, op, result);
	r = queue_op(port, op);
	if (r < 0)
		return r;
	if (!may_hold_back(port) ||
	    cport__uring_held_back(uring) >= *uring->ring.sq.kring_entries / 2)
		cport__uring_submit(port);
	return CPORT_PENDING;
}

static void arm_kick(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_sqe *sqe;

	cport__lock(&uring->lock);
	sqe = cport__uring_next_entry(port);
	if (sqe) {
		io_uring_prep_poll_multishot(sqe, uring->event_fd, POLLIN);
		sqe->user_data = TAG_KICK;
		cport__uring_publish(uring);
	}
	cport__unlock(&uring->lock);
}

/* ---- cancelling -------------------------------------------------------------------------- */

/* Asks the kernel; -EAGAIN when the queue is full and cannot be emptied now. */
static int queue_cancel(struct cport *port, struct cport_op *op, int fd, unsigned flags)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_sqe *sqe;

	cport__lock(&uring->lock);
	sqe = cport__uring_next_entry(port);
	if (!sqe) {
		cport__unlock(&uring->lock);
		return -EAGAIN;
	}
	io_uring_prep_cancel(sqe, op, (int)flags);
	if (flags & IORING_ASYNC_CANCEL_FD)
		sqe->fd = fd;
	sqe->user_data = TAG_IGNORE;
	cport__uring_publish(uring);
	cport__unlock(&uring->lock);
	return 0;
}

/* The operation is pending, so its entry is in front of this one. */
static int cancel(struct cport *port, struct cport_op *op)
{
	return queue_cancel(port, op, -1, 0);
}

static int cancel_file(struct cport *port, struct cport_file *file)
{
	struct uring *uring = cport__uring_of(port);
	int r;

	cport__lock(&uring->lock);
	__atomic_store_n(&file->epoch_, file->epoch_ + 1, __ATOMIC_RELAXED);
	cport__unlock(&uring->lock);
	r = queue_cancel(port, NULL, file->fd_, IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL);
	cport__uring_submit(port);
	return r;
}

static void cancel_everything(struct cport *port)
{
	(void)queue_cancel(port, NULL, -1, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
	cport__uring_submit(port);
}

/* ---- completion -------------------------------------------------------------------------- */

static bool shoots_again(const struct io_uring_cqe *cqe)
{
	return cqe->flags & IORING_CQE_F_MORE;
}

/* The kernel gave up on it because the thread that submitted it has ended. */
static bool orphaned(struct cport *port, const struct cport_op *op, int result)
{
	return (result == -ECANCELED || result == -EINTR) && !port->closed &&
	       !cport__uring_of(port)->finished && !cport__op_cancel_asked(op);
}

/* What was asked to end has been cancelled, however the kernel says so: interrupted, or without a
 * descriptor, which cport__uring_withdraw() took away. */
static int64_t result_of(struct cport_op *op, int result)
{
	bool asked = cport__op_cancel_asked(op);

	if (asked && (result == -EINTR || result == -EBADF))
		return -ECANCELED;
	if (op->kind_ != CPORT__CONNECT || result < 0 || !op->again_)
		return result;
	return asked ? -ECANCELED : cport__op_try(op);
}

static bool end_op(struct cport *port, struct cport_op *op, const struct io_uring_cqe *cqe)
{
	uint32_t flags = 0, buffer = 0;

	CPORT__HANDED_BACK(op);
	if (cqe->flags & IORING_CQE_F_BUFFER) {
		flags = CPORT_BUFFER;
		buffer = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	}
	if (shoots_again(cqe))
		return cport__op_shot(port, op, cqe->res, flags, buffer);
	if (orphaned(port, op, cqe->res)) {
		op->again_ = 1;
		if (queue_again(port, op)) {
			cport__uring_of(port)->again = true;
			return true;
		}
	}
	cport__uring_of(port)->ended++;
	cport__op_end(port, op, result_of(op, cqe->res), flags, buffer);
	return true;
}

/* One completion; false: no room for its packet, leave it in the queue. */
static bool handle(struct cport *port, const struct io_uring_cqe *cqe)
{
	if (cqe->user_data == TAG_IGNORE)
		return true;
	if (cqe->user_data == TAG_KICK) {
		if (!shoots_again(cqe) && !port->closed) {
			arm_kick(port);
			cport__uring_of(port)->again = true;
		}
		return true;
	}
	return end_op(port, io_uring_cqe_get_data(cqe), cqe);
}

static void fetch_overflow(struct uring *uring)
{
	unsigned flags = __atomic_load_n(uring->ring.sq.kflags, __ATOMIC_RELAXED);

	if (uring->enabled && flags & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN))
		(void)cport__uring_enter(uring, 0, 0, IORING_ENTER_GETEVENTS, NULL);
}

static void reap(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_cq *cq = &uring->ring.cq;
	unsigned head = *cq->khead, tail;

	fetch_overflow(uring);
	tail = __atomic_load_n(cq->ktail, __ATOMIC_ACQUIRE);
	while (head != tail && handle(port, &cq->cqes[head & *cq->kring_mask]))
		head++;
	__atomic_store_n(cq->khead, head, __ATOMIC_RELEASE);
	if (uring->again)
		cport__uring_submit(port);
	uring->again = false;
}

static int wait_in_kernel(struct cport *port, int64_t timeout_ns)
{
	struct uring *uring = cport__uring_of(port);
	bool wait = timeout_ns != 0 && !cport__uring_completions_wait(uring);
	struct __kernel_timespec time = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	struct io_uring_getevents_arg arg = {
		.sigmask_sz = _NSIG / 8,
		.ts = timeout_ns > 0 ? (uint64_t)(uintptr_t)&time : 0,
	};
	unsigned count = cport__uring_held_back(uring);
	int r;

	if (!wait && count == 0 && !(port->flags & CPORT_ONE_THREAD))
		return 0;
	r = cport__uring_enter(uring, count, wait, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			       &arg);
	return r == -EEXIST ? -EPERM : 0;
}

/* The first thread of a CPORT_ONE_THREAD port to wait is its thread. liburing 2.3 declares
 * io_uring_enable_rings() but does not export it. */
static void enable(struct uring *uring)
{
	int fd = uring->ring.ring_fd;

	cport__lock(&uring->lock);
	if (io_uring_register((unsigned)fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) == 0)
		uring->enabled = true;
	cport__unlock(&uring->lock);
}

static bool is_empty(struct uring *uring)
{
	bool empty;

	cport__lock(&uring->lock);
	empty = uring->queued == __atomic_load_n(&uring->ended, __ATOMIC_RELAXED);
	cport__unlock(&uring->lock);
	return empty;
}

/* The thread of the ring is gone, and left nothing in it: workers may still be at something. */
static int wait_for_others(struct uring *uring)
{
	struct timespec pause = {0, 1000000};

	if (!is_empty(uring))
		return -EPERM;
	nanosleep(&pause, NULL);
	return 0;
}

static int poll_ring(struct cport *port, int64_t timeout_ns)
{
	struct uring *uring = cport__uring_of(port);

	if (uring->finished && timeout_ns > 0 && port->closed)
		return wait_for_others(uring);
	if (!uring->enabled)
		enable(uring);
	return wait_in_kernel(port, timeout_ns);
}

static void finish(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	int r = 0;

	if (!(port->flags & CPORT_ONE_THREAD))
		return;
	cport__lock(&port->lock);
	uring->finished = true;
	cport__unlock(&port->lock);
	while (r == 0 && !is_empty(uring)) {
		cancel_everything(port);
		r = poll_ring(port, 0);
		cport__lock(&port->lock);
		reap(port);
		cport__unlock(&port->lock);
		sched_yield();
	}
}

static uint64_t holds_back(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	uint64_t head = __atomic_load_n(uring->ring.sq.khead, __ATOMIC_ACQUIRE);

	return cport__uring_held_back(uring) ? head + 1 : 0;
}

/* ---- buffers ----------------------------------------------------------------------------- */

static void buffer_return(struct cport *port, uint32_t buffer)
{
	struct uring *uring = cport__uring_of(port);
	int mask = io_uring_buf_ring_mask(port->buffer_count);

	cport__lock(&uring->lock);
	io_uring_buf_ring_add(uring->buffers, port->buffers + (size_t)buffer * port->buffer_size,
			      port->buffer_size, (unsigned short)buffer, mask, 0);
	io_uring_buf_ring_advance(uring->buffers, 1);
	cport__unlock(&uring->lock);
}

static int open_buffers(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_buf_reg reg = {.ring_entries = port->buffer_count, .bgid = BUFFER_GROUP};
	void *memory = NULL;
	int r;

	if (port->buffer_count == 0)
		return 0;
	r = posix_memalign(&memory, 4096, port->buffer_count * sizeof(struct io_uring_buf));
	if (r != 0)
		return -r;
	uring->buffers = memory;
	io_uring_buf_ring_init(uring->buffers);
	reg.ring_addr = (uint64_t)(uintptr_t)memory;
	r = io_uring_register_buf_ring(&uring->ring, &reg, 0);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < port->buffer_count; i++)
		buffer_return(port, i);
	return 0;
}

/* ---- opening and closing ----------------------------------------------------------------- */

static unsigned ring_flags(const struct cport *port)
{
	unsigned flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL;

	if (port->flags & CPORT_ONE_THREAD)
		return flags | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		       IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_R_DISABLED;
	if (!(port->flags & CPORT_PROMPT))
		flags |= IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
	return flags;
}

static int open_ring(struct cport *port, unsigned entries)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_params params = {.flags = ring_flags(port), .cq_entries = entries * 8};
	int r = io_uring_queue_init_params(entries, &uring->ring, &params);

	if (r < 0)
		return r;
	if (!(params.features & IORING_FEAT_EXT_ARG) || !(params.features & IORING_FEAT_NODROP)) {
		io_uring_queue_exit(&uring->ring);
		return -ENOSYS;
	}
	for (unsigned i = 0; i < *uring->ring.sq.kring_entries; i++)
		uring->ring.sq.array[i] = i;
	uring->enabled = !(port->flags & CPORT_ONE_THREAD);
	return 0;
}

static void close_ring(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);

	if (uring->event_fd >= 0)
		close(uring->event_fd);
	io_uring_queue_exit(&uring->ring);
	free(uring->buffers);
	free(uring);
}

static int open_rest(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	int r;

	uring->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (uring->event_fd < 0)
		return -errno;
	r = open_buffers(port);
	if (r < 0)
		return r;
	arm_kick(port);
	cport__uring_submit(port);
	return 0;
}

static int open_uring(struct cport *port, const struct cport_options *options)
{
	struct uring *uring = calloc(1, sizeof(*uring));
	int r;

	if (!uring)
		return -ENOMEM;
	port->backend_data = uring;
	uring->event_fd = -1;
	r = open_ring(port, options->entries ? options->entries : 256);
	if (r < 0) {
		free(uring);
		return r;
	}
	r = open_rest(port);
	if (r < 0)
		close_ring(port);
	return r;
}

static int bind_file(struct cport *port, struct cport_file *file)
{
	(void)port;
	(void)file;
	return 0;
}

/* Who had the queue's lock before us has its entry there, who comes later finds the file closed. */
static void unbind(struct cport *port, struct cport_file *file)
{
	struct uring *uring = cport__uring_of(port);
	bool served;

	cport__lock(&uring->lock);
	served = uring->enabled && !uring->finished;
	__atomic_store_n(&file->epoch_, file->epoch_ + 1, __ATOMIC_RELAXED);
	cport__unlock(&uring->lock);
	while (served && cport_file_pending(file) > 0 && cancel_file(port, file) == -EAGAIN)
		sched_yield();
	cport__uring_withdraw(port, file);
}

const struct cport__backend cport__uring = {
	.name = "uring",
	.open = open_uring,
	.close = close_ring,
	.bind = bind_file,
	.unbind = unbind,
	.start = start,
	.cancel = cancel,
	.cancel_file = cancel_file,
	.cancel_everything = cancel_everything,
	.poll = poll_ring,
	.reap = reap,
	.kick = cport__uring_kick,
	.finish = finish,
	.hurry = cport__uring_hurry,
	.flush = cport__uring_submit,
	.holds_back = holds_back,
	.buffer_return = buffer_return,
};
