/* Files and operations: checking, claiming and filling in, before a backend starts them; and the
 * system call that each kind stands for. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- files ------------------------------------------------------------------------------- */

enum { KNOWN_DESCRIPTORS = 1 << 20 };

/* Which descriptors of the process are bound, one bit each: a promise about the process (S8) needs
 * a table of the process. Higher descriptors are not checked. */
static uint32_t bound[KNOWN_DESCRIPTORS / 32];

static bool mark_bound(int fd)
{
	uint32_t bit = 1u << (fd % 32);

	if (fd >= KNOWN_DESCRIPTORS)
		return true;
	return !(__atomic_fetch_or(&bound[fd / 32], bit, __ATOMIC_RELAXED) & bit);
}

static void unmark_bound(int fd)
{
	if (fd < KNOWN_DESCRIPTORS)
		__atomic_fetch_and(&bound[fd / 32], ~(1u << (fd % 32)), __ATOMIC_RELAXED);
}

/* Does a short read say that nothing is left? A stream of AF_UNIX also stops where descriptors are
 * passed. */
static bool drains(int fd)
{
	int protocol = 0;
	socklen_t size = sizeof(protocol);

	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
	       protocol == IPPROTO_TCP;
}

static int inspect(struct cport_file *file)
{
	struct stat stat;
	int flags = fcntl(file->fd_, F_GETFL);

	if (flags < 0 || fstat(file->fd_, &stat) < 0)
		return -errno;
	if (S_ISDIR(stat.st_mode) || flags & O_PATH)
		return -EINVAL;
	file->pollable_ = !S_ISREG(stat.st_mode) && !S_ISBLK(stat.st_mode);
	file->socket_ = S_ISSOCK(stat.st_mode);
	file->drains_ = file->socket_ && drains(file->fd_);
	file->nonblocking_ = (flags & O_NONBLOCK) != 0;
	return 0;
}

int cport_file_bind(struct cport_file *file, struct cport *port, int fd, uintptr_t key,
		    unsigned mode)
{
	int r;

	*file = (struct cport_file){.fd_ = fd, .mode_ = mode, .key_ = key, .users_ = 1};
	if (!port->backend)
		return -EINVAL;
	r = inspect(file);
	if (r < 0)
		return r;
	if (!mark_bound(fd))
		return -EEXIST;
	r = port->backend->bind(port, file);
	if (r < 0) {
		unmark_bound(fd);
		return r;
	}
	cport__retain(port);
	file->port_ = port;
	return 0;
}

int cport_file_add_mode(struct cport_file *file, unsigned mode)
{
	if (!file->port_)
		return -EBADF;
	__atomic_fetch_or(&file->mode_, mode, __ATOMIC_RELAXED);
	return 0;
}

bool cport__file_enter(struct cport_file *file)
{
	bool open;

	cport__lock(&file->lock_);
	open = !file->closed_;
	file->users_ += open;
	cport__unlock(&file->lock_);
	return open;
}

void cport__file_leave(struct cport_file *file)
{
	int fd = file->fd_;
	bool last;

	cport__lock(&file->lock_);
	last = --file->users_ == 0;
	cport__unlock(&file->lock_);
	if (!last)
		return;
	unmark_bound(fd);
	close(fd);
}

/* Who holds the file's lock and finds it open may use its descriptor. */
static bool mark_closed(struct cport_file *file)
{
	bool open;

	cport__lock(&file->lock_);
	open = !file->closed_;
	__atomic_store_n(&file->closed_, 1, __ATOMIC_RELAXED);
	cport__unlock(&file->lock_);
	return open;
}

int cport_file_close(struct cport_file *file)
{
	struct cport *port = file->port_;

	if (!port || !mark_closed(file))
		return -EBADF;
	port->backend->unbind(port, file);
	cport__file_leave(file);
	cport__unref(port);
	return 0;
}

unsigned cport_file_pending(const struct cport_file *file)
{
	return __atomic_load_n(&file->pending_, __ATOMIC_ACQUIRE);
}

/* ---- the system calls -------------------------------------------------------------------- */

static int64_t result_of(ssize_t r)
{
	return r < 0 ? -errno : r;
}

static int64_t transfer(const struct cport_op *op, int rwf_flags)
{
	struct iovec piece = {op->address_, op->size_};
	int fd = op->file_->fd_;
	int64_t offset = (int64_t)op->offset_;

	if (op->file_->pollable_ && op->kind_ == CPORT__READ)
		return result_of(read(fd, op->address_, op->size_));
	if (op->file_->pollable_) /* contlint-ok-next(blocking-file-bulk) -- no regular file */
		return result_of(write(fd, op->address_, op->size_));
	if (op->kind_ == CPORT__READ)
		return result_of(preadv2(fd, &piece, 1, offset, rwf_flags));
	return result_of(pwritev2(fd, &piece, 1, offset, rwf_flags));
}

static int64_t try_poll(const struct cport_op *op)
{
	struct pollfd entry = {.fd = op->file_->fd_, .events = (short)op->argument_};
	int r = poll(&entry, 1, 0);

	if (r < 0)
		return -errno;
	return r == 0 ? -EAGAIN : entry.revents;
}

/* The first attempt connects; later ones ask how it went, once the socket is writable. */
static int64_t try_connect(struct cport_op *op)
{
	struct pollfd entry = {.fd = op->file_->fd_, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);

	if (!op->again_) {
		op->again_ = 1;
		if (connect(op->file_->fd_, op->address_, (socklen_t)op->size_) == 0)
			return 0;
		return errno == EINPROGRESS ? -EAGAIN : -errno;
	}
	if (poll(&entry, 1, 0) <= 0)
		return -EAGAIN;
	if (getsockopt(op->file_->fd_, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

int64_t cport__op_try(struct cport_op *op)
{
	int fd = op->file_->fd_;

	switch ((enum cport__kind)op->kind_) {
	case CPORT__READ:
	case CPORT__WRITE:
		return transfer(op, RWF_NOWAIT);
	case CPORT__RECV:
		return result_of(
			recv(fd, op->address_, op->size_, (int)op->argument_ | MSG_DONTWAIT));
	case CPORT__SEND:
		return result_of(send(fd, op->address_, op->size_,
				      (int)op->argument_ | MSG_DONTWAIT | MSG_NOSIGNAL));
	case CPORT__ACCEPT:
	case CPORT__ACCEPT_MANY:
		return result_of(accept4(fd, NULL, NULL, (int)op->argument_));
	case CPORT__CONNECT:
		return try_connect(op);
	case CPORT__POLL:
		return try_poll(op);
	case CPORT__FSYNC:
	case CPORT__RECV_MANY:
	case CPORT__TIMER:
	case CPORT__WORK:
	case CPORT__THEN:
	case CPORT__NONE:
		break;
	}
	return -EAGAIN;
}

int64_t cport__op_perform(struct cport_op *op)
{
	switch ((enum cport__kind)op->kind_) {
	case CPORT__READ:
	case CPORT__WRITE:
		return transfer(op, 0);
	case CPORT__FSYNC:
		return result_of(fsync(op->file_->fd_));
	case CPORT__WORK:
		return op->work_(op);
	case CPORT__RECV:
	case CPORT__SEND:
	case CPORT__ACCEPT:
	case CPORT__ACCEPT_MANY:
	case CPORT__CONNECT:
	case CPORT__POLL:
	case CPORT__RECV_MANY:
	case CPORT__TIMER:
	case CPORT__THEN:
	case CPORT__NONE:
		break;
	}
	return -EINVAL;
}

/* ---- starting ---------------------------------------------------------------------------- */

static void note_submission(struct cport_context *ctx, struct cport_op *op)
{
	op->sequence_ = ctx->sequence;
	ctx->submits++;
	if (cport__pen_is_open(&ctx->pen))
		ctx->last_submit = cport__ticks();
	if (cport__has_events(ctx->port))
		cport__event_op(ctx, CONTLINT_TRACE_SUBMIT, op, 0);
}

void cport__op_disclaim(struct cport *port, struct cport_op *op)
{
	__atomic_sub_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&op->state_, CPORT__IDLE, __ATOMIC_RELEASE);
}

int cport__op_claim(struct cport *port, struct cport_op *op, enum cport__kind kind)
{
	const struct cport__thread *self = cport__self();
	uint8_t idle = CPORT__IDLE;

	if (!port->backend)
		return -EINVAL;
	if (!__atomic_compare_exchange_n(&op->state_, &idle, CPORT__STARTING, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return -EBUSY;
	op->kind_ = (uint8_t)kind;
	op->cancelled_ = 0;
	op->again_ = 0;
	__atomic_store_n(&op->port_, port, __ATOMIC_RELAXED); /* a late cancel may read it */
	op->slot_ = self->context && self->context->port == port ? self->slot : 0;
	/* Counted before the look at `closed`: a drain that finds nothing is not followed by it. */
	__atomic_add_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&port->closed, __ATOMIC_SEQ_CST)) {
		cport__op_disclaim(port, op);
		return -EBADF;
	}
	if (CPORT__TRACED && self->context)
		note_submission(self->context, op);
	return 0;
}

static int claim(struct cport_file *file, struct cport_op *op, enum cport__kind kind)
{
	int r;

	if (!file->port_ || __atomic_load_n(&file->closed_, __ATOMIC_RELAXED))
		return -EBADF;
	r = cport__op_claim(file->port_, op, kind);
	if (r < 0)
		return r;
	__atomic_add_fetch(&file->pending_, 1, __ATOMIC_RELAXED);
	op->file_ = file;
	op->key_ = file->key_;
	return 0;
}

static int start(struct cport_op *op)
{
	struct cport_file *file = op->file_;
	struct cport *port = file->port_;
	int r = port->backend->start(port, op);

	if (r < 0) {
		__atomic_sub_fetch(&file->pending_, 1, __ATOMIC_RELEASE);
		cport__op_disclaim(port, op);
	}
	return r;
}

static int start_transfer(struct cport_file *file, struct cport_op *op, enum cport__kind kind,
			  struct iovec piece, uint64_t extra)
{
	int r = claim(file, op, kind);

	if (r < 0)
		return r;
	op->address_ = piece.iov_base;
	op->size_ = piece.iov_len;
	op->offset_ = extra;
	op->argument_ = (uint32_t)extra;
	return start(op);
}

int cport_read(struct cport_file *file, struct cport_op *op, void *buffer, size_t size,
	       int64_t offset)
{
	struct iovec piece = {buffer, size};

	return start_transfer(file, op, CPORT__READ, piece, (uint64_t)offset);
}

int cport_write(struct cport_file *file, struct cport_op *op, const void *buffer, size_t size,
		int64_t offset)
{
	struct iovec piece = {(void *)buffer, size};

	return start_transfer(file, op, CPORT__WRITE, piece, (uint64_t)offset);
}

int cport_recv(struct cport_file *file, struct cport_op *op, void *buffer, size_t size, int flags)
{
	struct iovec piece = {buffer, size};

	return start_transfer(file, op, CPORT__RECV, piece, (uint32_t)flags);
}

int cport_send(struct cport_file *file, struct cport_op *op, const void *buffer, size_t size,
	       int flags)
{
	struct iovec piece = {(void *)buffer, size};

	return start_transfer(file, op, CPORT__SEND, piece, (uint32_t)flags);
}

static int start_plain(struct cport_file *file, struct cport_op *op, enum cport__kind kind,
		       uint32_t argument)
{
	struct iovec nothing = {NULL, 0};

	return start_transfer(file, op, kind, nothing, argument);
}

int cport_fsync(struct cport_file *file, struct cport_op *op)
{
	return start_plain(file, op, CPORT__FSYNC, 0);
}

int cport_accept(struct cport_file *file, struct cport_op *op, int flags)
{
	return start_plain(file, op, CPORT__ACCEPT, (uint32_t)flags);
}

int cport_connect(struct cport_file *file, struct cport_op *op, const struct sockaddr *address,
		  socklen_t size)
{
	struct iovec piece = {(void *)address, size};

	return start_transfer(file, op, CPORT__CONNECT, piece, 0);
}

int cport_poll(struct cport_file *file, struct cport_op *op, unsigned events)
{
	return start_plain(file, op, CPORT__POLL, events);
}

int cport_accept_many(struct cport_file *file, struct cport_op *op, int flags)
{
	return start_plain(file, op, CPORT__ACCEPT_MANY, (uint32_t)flags);
}

int cport_recv_many(struct cport_file *file, struct cport_op *op)
{
	if (!file->port_ || file->port_->buffer_count == 0)
		return -EINVAL;
	return start_plain(file, op, CPORT__RECV_MANY, 0);
}

void *cport_buffer(struct cport *port, const struct cport_packet *packet)
{
	if (!(packet->flags & CPORT_BUFFER))
		return NULL;
	return port->buffers + (size_t)packet->buffer * port->buffer_size;
}

void cport_buffer_return(struct cport *port, uint32_t buffer)
{
	port->backend->buffer_return(port, buffer);
}

/* ---- cancelling -------------------------------------------------------------------------- */

bool cport__op_cancel_asked(const struct cport_op *op)
{
	return __atomic_load_n(&op->cancelled_, __ATOMIC_RELAXED) ||
	       (op->file_ && op->epoch_ != __atomic_load_n(&op->file_->epoch_, __ATOMIC_RELAXED));
}

/* What a cancel still has to do without the port's lock. */
enum after { NOTHING, FLUSH, CALL };

/* Under the port's lock; as cport__backend.cancel. */
static int cancel_pending(struct cport *port, struct cport_op *op, enum after *ret_after)
{
	int r = 0;

	if (__atomic_load_n(&op->state_, __ATOMIC_ACQUIRE) != CPORT__PENDING ||
	    __atomic_load_n(&op->port_, __ATOMIC_RELAXED) != port || cport__op_cancel_asked(op))
		return -ENOENT;
	if (op->kind_ == CPORT__THEN) {
		*ret_after = CALL;
		return cport__task_withdraw(port, op) ? 0 : -ENOENT;
	}
	__atomic_store_n(&op->cancelled_, 1, __ATOMIC_RELAXED);
	if (op->kind_ == CPORT__TIMER) {
		cport__timer_remove(port, op);
		cport__op_end(port, op, -ECANCELED, 0, 0);
	} else if (op->file_) {
		r = port->backend->cancel(port, op);
		*ret_after = FLUSH;
	}
	if (r < 0)
		__atomic_store_n(&op->cancelled_, 0, __ATOMIC_RELAXED);
	return r;
}

static int try_cancel(struct cport *port, struct cport_op *op)
{
	enum after after = NOTHING;
	int r;

	cport__lock(&port->lock);
	r = cancel_pending(port, op, &after);
	cport__unlock_and_wake(port);
	if (r == 0 && after == FLUSH)
		port->backend->flush(port);
	if (r == 0 && after == CALL)
		cport__task_cancel(port, op);
	return r;
}

/* What is not published yet is not pending yet. */
int cport_cancel(struct cport_op *op)
{
	struct cport_context *ctx = cport__self()->context;
	int r = -EBUSY;

	while (r == -EBUSY) {
		if (__atomic_load_n(&op->state_, __ATOMIC_ACQUIRE) != CPORT__PENDING)
			r = -ENOENT;
		else
			r = try_cancel(__atomic_load_n(&op->port_, __ATOMIC_RELAXED), op);
		if (r == -EBUSY)
			sched_yield();
	}
	if (ctx && cport__has_events(ctx->port))
		cport__event_op(ctx, CONTLINT_TRACE_CANCEL, op, r);
	return r;
}

int cport_cancel_all(struct cport_file *file)
{
	if (!file->port_ ||
	    cport_file_pending(file) == __atomic_load_n(&file->ended_, __ATOMIC_RELAXED))
		return -ENOENT;
	return file->port_->backend->cancel_file(file->port_, file);
}

int cport_op_pending(const struct cport_op *op)
{
	return __atomic_load_n(&op->state_, __ATOMIC_ACQUIRE) != CPORT__IDLE;
}
