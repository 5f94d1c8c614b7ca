/* The epoll backend: readiness turned into completions. A file is registered once, edge-triggered;
 * an operation is tried when it is started and waits in one of the file's two lists when it cannot
 * be done yet; the leader tries the lists of the files that epoll names. What epoll cannot wait
 * for - regular files, fsync - goes to the worker port.
 *
 * Events name a descriptor, not a pointer: a table leads to the file, and the leader locks the file
 * under the table's lock, so that nobody's memory goes away under it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { EVENTS = 256, FILES_MOST = 1 << 20 };

enum { IN, OUT };

struct epoll {
	int fd, event_fd;
	uint32_t table_lock;
	struct cport_file **files;   /* by descriptor */
	size_t file_limit, file_top; /* room; what was ever used */
	uint32_t buffer_lock;
	uint32_t *buffers; /* a stack of those that are free */
	uint32_t buffer_count;
	struct epoll_event events[EVENTS]; /* the leader's */
};

static struct epoll *epoll_of(struct cport *port)
{
	return port->backend_data;
}

/* ---- lists of waiting operations; the file's lock is held -------------------------------- */

static int list_of(const struct cport_op *op)
{
	switch ((enum cport__kind)op->kind_) {
	case CPORT__WRITE:
	case CPORT__SEND:
	case CPORT__CONNECT:
		return OUT;
	case CPORT__READ:
	case CPORT__RECV:
	case CPORT__FSYNC:
	case CPORT__ACCEPT:
	case CPORT__POLL:
	case CPORT__ACCEPT_MANY:
	case CPORT__RECV_MANY:
	case CPORT__TIMER:
	case CPORT__WORK:
	case CPORT__THEN:
	case CPORT__NONE:
		break;
	}
	return IN;
}

static void append(struct cport_file *file, struct cport_op *op)
{
	int list = list_of(op);

	op->next_ = NULL;
	op->previous_ = file->last_[list];
	if (file->last_[list])
		file->last_[list]->next_ = op;
	else
		file->first_[list] = op;
	file->last_[list] = op;
}

static void unlink_op(struct cport_file *file, struct cport_op *op)
{
	int list = list_of(op);

	if (op->previous_)
		op->previous_->next_ = op->next_;
	else
		file->first_[list] = op->next_;
	if (op->next_)
		op->next_->previous_ = op->previous_;
	else
		file->last_[list] = op->previous_;
	op->next_ = op->previous_ = NULL;
}

/* ---- ending ------------------------------------------------------------------------------ */

/* The leader comes back to the port soon and wakes whoever is to run. */
static void end_quietly(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
			uint32_t buffer)
{
	cport__lock(&port->lock);
	cport__op_end(port, op, result, flags, buffer);
	cport__unlock(&port->lock);
}

/* One shot; false when it had to be the last one, for want of room. */
static bool shoot(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
		  uint32_t buffer)
{
	bool more;

	cport__lock(&port->lock);
	more = cport__op_shot(port, op, result, flags, buffer);
	cport__unlock(&port->lock);
	return more;
}

/* ---- trying ------------------------------------------------------------------------------ */

static bool take_buffer(struct epoll *epoll, uint32_t *ret_buffer)
{
	bool any;

	cport__lock(&epoll->buffer_lock);
	any = epoll->buffer_count > 0;
	if (any)
		*ret_buffer = epoll->buffers[--epoll->buffer_count];
	cport__unlock(&epoll->buffer_lock);
	return any;
}

static void buffer_return(struct cport *port, uint32_t buffer)
{
	struct epoll *epoll = epoll_of(port);

	cport__lock(&epoll->buffer_lock);
	epoll->buffers[epoll->buffer_count++] = buffer;
	cport__unlock(&epoll->buffer_lock);
}

/* Both return true when the operation is over, with its last packet queued. */
static bool accept_many(struct cport *port, struct cport_file *file, struct cport_op *op)
{
	for (;;) {
		int64_t result = cport__op_try(op);

		if (result == -EAGAIN)
			return false;
		if (result >= 0 && shoot(port, op, result, 0, 0))
			continue;
		unlink_op(file, op);
		end_quietly(port, op, result, 0, 0);
		return true;
	}
}

static bool recv_many(struct cport *port, struct cport_file *file, struct cport_op *op)
{
	for (;;) {
		uint32_t buffer = 0, flags = CPORT_BUFFER;
		int64_t result = -ENOBUFS;
		bool any = take_buffer(epoll_of(port), &buffer);

		if (any) {
			result = recv(file->fd_, port->buffers + (size_t)buffer * port->buffer_size,
				      port->buffer_size, MSG_DONTWAIT);
			result = result < 0 ? -errno : result;
		}
		if (any && result <= 0) {
			buffer_return(port, buffer);
			buffer = 0;
		}
		if (result == -EAGAIN)
			return false;
		if (result > 0 && shoot(port, op, result, flags, buffer))
			continue;
		unlink_op(file, op);
		end_quietly(port, op, result, result > 0 ? flags : 0, buffer);
		return true;
	}
}

static bool receives(const struct cport_op *op)
{
	return (op->kind_ == CPORT__RECV && op->argument_ == 0) || op->kind_ == CPORT__READ;
}

/* What gave less than was asked for is drained; what comes later is an event. */
static int64_t try_op(struct cport_file *file, struct cport_op *op)
{
	int64_t result = cport__op_try(op);

	if (file->drains_ && receives(op) && result != 0)
		file->drained_ = result == -EAGAIN || (result > 0 && (uint64_t)result < op->size_);
	return result;
}

static bool try_queued(struct cport *port, struct cport_file *file, struct cport_op *op)
{
	int64_t result;

	if (op->kind_ == CPORT__ACCEPT_MANY)
		return accept_many(port, file, op);
	if (op->kind_ == CPORT__RECV_MANY)
		return recv_many(port, file, op);
	result = try_op(file, op);
	if (result == -EAGAIN)
		return false;
	unlink_op(file, op);
	end_quietly(port, op, result, 0, 0);
	return true;
}

/* Operations of a list go in order, except that a poll holds up nobody. */
static void try_list(struct cport *port, struct cport_file *file, int list)
{
	struct cport_op *op = file->first_[list];
	bool held_up = false;

	while (op) {
		struct cport_op *next = op->next_;

		if (op->kind_ == CPORT__POLL)
			(void)try_queued(port, file, op);
		else if (!held_up)
			held_up = !try_queued(port, file, op);
		op = next;
	}
}

/* ---- starting ---------------------------------------------------------------------------- */

static bool skips(const struct cport_file *file)
{
	return __atomic_load_n(&file->mode_, __ATOMIC_RELAXED) & CPORT_SKIP_ON_SUCCESS;
}

/* Ended at once: as a result of the start, or by a packet. */
static int ended(struct cport *port, struct cport_op *op, int64_t result)
{
	struct cport_file *file = op->file_;

	if (!skips(file)) {
		cport__complete(port, op, result);
		return result < 0 ? CPORT_PENDING : CPORT_DONE;
	}
	if (result < 0)
		return (int)result;
	op->result = result;
	__atomic_sub_fetch(&file->pending_, 1, __ATOMIC_RELEASE);
	cport__op_disclaim(port, op);
	return CPORT_DONE;
}

/* Not a receive where everything was received: a system call for nothing. */
static bool is_worth_a_try(const struct cport_file *file, const struct cport_op *op)
{
	bool drained = file->drained_ && receives(op) && !skips(file);

	return op->kind_ == CPORT__POLL || (!file->first_[list_of(op)] && !drained);
}

/* Both are called with the file's lock, and release it. */
static int start_on_worker(struct cport *port, struct cport_op *op)
{
	int64_t result = -EAGAIN;
	int r;

	if (skips(op->file_) && op->kind_ != CPORT__FSYNC)
		result = cport__op_try(op);
	cport__unlock(&op->file_->lock_);
	if (result != -EAGAIN && result != -EOPNOTSUPP)
		return ended(port, op, result);
	r = cport__workers_submit(port, op);
	return r < 0 ? r : CPORT_PENDING;
}

static int start_many(struct cport *port, struct cport_file *file, struct cport_op *op)
{
	cport__op_publish(op);
	append(file, op);
	(void)try_queued(port, file, op);
	cport__unlock(&file->lock_);
	cport__nudge(port);
	return CPORT_PENDING;
}

static int start(struct cport *port, struct cport_op *op)
{
	struct cport_file *file = op->file_;
	int64_t result = -EAGAIN;

	cport__lock(&file->lock_);
	if (file->closed_) {
		cport__unlock(&file->lock_);
		return -EBADF;
	}
	op->epoch_ = file->epoch_;
	if (!file->pollable_ || op->kind_ == CPORT__FSYNC)
		return start_on_worker(port, op);
	if (op->kind_ == CPORT__ACCEPT_MANY || op->kind_ == CPORT__RECV_MANY)
		return start_many(port, file, op);
	if (is_worth_a_try(file, op))
		result = try_op(file, op);
	if (result == -EAGAIN) {
		cport__op_publish(op);
		append(file, op);
	}
	cport__unlock(&file->lock_);
	return result == -EAGAIN ? CPORT_PENDING : ended(port, op, result);
}

/* ---- cancelling -------------------------------------------------------------------------- */

static bool is_listed(const struct cport_file *file, const struct cport_op *op)
{
	for (int list = IN; list <= OUT; list++)
		for (const struct cport_op *o = file->first_[list]; o; o = o->next_)
			if (o == op)
				return true;
	return false;
}

/* On a worker it is found out when its turn comes. Locks go the other way round elsewhere. */
static int cancel(struct cport *port, struct cport_op *op)
{
	struct cport_file *file = op->file_;

	if (!cport__trylock(&file->lock_))
		return -EBUSY;
	if (is_listed(file, op)) {
		unlink_op(file, op);
		cport__op_end(port, op, -ECANCELED, 0, 0);
	}
	cport__unlock(&file->lock_);
	return 0;
}

static int cancel_file(struct cport *port, struct cport_file *file)
{
	cport__lock(&file->lock_);
	__atomic_store_n(&file->epoch_, file->epoch_ + 1, __ATOMIC_RELAXED);
	for (int list = IN; list <= OUT; list++)
		while (file->first_[list]) {
			struct cport_op *op = file->first_[list];

			unlink_op(file, op);
			end_quietly(port, op, -ECANCELED, 0, 0);
		}
	cport__unlock(&file->lock_);
	cport__nudge(port);
	return 0;
}

static struct cport_file *lock_file(struct epoll *epoll, size_t fd)
{
	struct cport_file *file;

	cport__lock(&epoll->table_lock);
	file = fd < epoll->file_limit ? epoll->files[fd] : NULL;
	if (file)
		cport__lock(&file->lock_);
	cport__unlock(&epoll->table_lock);
	return file;
}

static void cancel_everything(struct cport *port)
{
	struct epoll *epoll = epoll_of(port);

	for (size_t fd = 0; fd < epoll->file_top; fd++) {
		struct cport_file *file = lock_file(epoll, fd);

		if (!file)
			continue;
		cport__unlock(&file->lock_);
		(void)cancel_file(port, file);
	}
}

/* ---- files ------------------------------------------------------------------------------- */

static void set_file(struct epoll *epoll, int fd, struct cport_file *file)
{
	cport__lock(&epoll->table_lock);
	epoll->files[fd] = file;
	if ((size_t)fd >= epoll->file_top)
		epoll->file_top = (size_t)fd + 1;
	cport__unlock(&epoll->table_lock);
}

static int bind_pollable(struct epoll *epoll, struct cport_file *file)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
		.data.fd = file->fd_,
	};
	int flags = fcntl(file->fd_, F_GETFL);

	set_file(epoll, file->fd_, file);
	if (epoll_ctl(epoll->fd, EPOLL_CTL_ADD, file->fd_, &event) == 0) {
		(void)fcntl(file->fd_, F_SETFL, flags | O_NONBLOCK);
		file->nonblocking_ = 1;
		return 0;
	}
	set_file(epoll, file->fd_, NULL);
	return -errno;
}

static int bind_file(struct cport *port, struct cport_file *file)
{
	struct epoll *epoll = epoll_of(port);
	int r;

	if ((size_t)file->fd_ >= epoll->file_limit)
		return -EMFILE;
	r = file->pollable_ ? bind_pollable(epoll, file) : -EPERM;
	if (r != -EPERM)
		return r;
	file->pollable_ = 0;
	r = cport__workers_start(port);
	if (r == 0)
		set_file(epoll, file->fd_, file);
	return r;
}

static void unbind(struct cport *port, struct cport_file *file)
{
	struct epoll *epoll = epoll_of(port);

	if (file->pollable_)
		(void)epoll_ctl(epoll->fd, EPOLL_CTL_DEL, file->fd_, NULL);
	set_file(epoll, file->fd_, NULL);
	(void)cancel_file(port, file);
}

/* ---- the leader -------------------------------------------------------------------------- */

static int wait_for_events(struct epoll *epoll, int64_t timeout_ns)
{
	struct timespec time = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + 999999) / 1000000;
	int count =
		epoll_pwait2(epoll->fd, epoll->events, EVENTS, timeout_ns < 0 ? NULL : &time, NULL);

	if (count < 0 && errno == ENOSYS)
		count = epoll_wait(epoll->fd, epoll->events, EVENTS,
				   ms > 86400000 ? 86400000 : (int)ms);
	return count;
}

static void on_event(struct cport *port, const struct epoll_event *event)
{
	struct epoll *epoll = epoll_of(port);
	int fd = event->data.fd;
	struct cport_file *file;
	eventfd_t value;

	if (fd == epoll->event_fd) {
		(void)eventfd_read(fd, &value);
		return;
	}
	file = lock_file(epoll, (size_t)fd);
	if (!file)
		return;
	/* Behind data that was read there may be an end, an error or a mark, told once. */
	if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
		file->drains_ = 0;
	file->drained_ = 0;
	try_list(port, file, IN);
	try_list(port, file, OUT);
	cport__unlock(&file->lock_);
}

static int poll_files(struct cport *port, int64_t timeout_ns)
{
	struct epoll *epoll = epoll_of(port);
	int count = wait_for_events(epoll, timeout_ns);

	for (int i = 0; i < count; i++)
		on_event(port, &epoll->events[i]);
	return 0;
}

static void reap(struct cport *port)
{
	(void)port;
}

static void kick(struct cport *port)
{
	(void)eventfd_write(epoll_of(port)->event_fd, 1);
}

static void flush(struct cport *port)
{
	(void)port;
}

static uint64_t holds_back(struct cport *port)
{
	(void)port;
	return 0;
}

/* ---- opening and closing ----------------------------------------------------------------- */

static void close_epoll(struct cport *port)
{
	struct epoll *epoll = epoll_of(port);

	if (epoll->files)
		munmap(epoll->files, epoll->file_limit * sizeof(*epoll->files));
	if (epoll->event_fd >= 0)
		close(epoll->event_fd);
	if (epoll->fd >= 0)
		close(epoll->fd);
	free(epoll->buffers);
	free(epoll);
}

static int make_table(struct epoll *epoll)
{
	struct rlimit limit;
	void *memory;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	epoll->file_limit = limit.rlim_cur < FILES_MOST ? (size_t)limit.rlim_cur : FILES_MOST;
	memory = mmap(NULL, epoll->file_limit * sizeof(*epoll->files), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	epoll->files = memory;
	return 0;
}

static int make_descriptors(struct epoll *epoll)
{
	struct epoll_event event = {.events = EPOLLIN};

	epoll->fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll->fd < 0)
		return -errno;
	epoll->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll->event_fd < 0)
		return -errno;
	event.data.fd = epoll->event_fd;
	return epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->event_fd, &event) < 0 ? -errno : 0;
}

static int make_buffer_stack(struct cport *port)
{
	struct epoll *epoll = epoll_of(port);

	if (port->buffer_count == 0)
		return 0;
	epoll->buffers = calloc(port->buffer_count, sizeof(*epoll->buffers));
	if (!epoll->buffers)
		return -ENOMEM;
	for (uint32_t i = 0; i < port->buffer_count; i++)
		buffer_return(port, i);
	return 0;
}

static int open_epoll(struct cport *port, const struct cport_options *options)
{
	struct epoll *epoll = calloc(1, sizeof(*epoll));
	int r;

	(void)options;
	if (!epoll)
		return -ENOMEM;
	port->backend_data = epoll;
	epoll->fd = epoll->event_fd = -1;
	r = make_table(epoll);
	if (r == 0)
		r = make_descriptors(epoll);
	if (r == 0)
		r = make_buffer_stack(port);
	if (r < 0)
		close_epoll(port);
	return r;
}

const struct cport__backend cport__epoll = {
	.name = "epoll",
	.open = open_epoll,
	.close = close_epoll,
	.bind = bind_file,
	.unbind = unbind,
	.start = start,
	.cancel = cancel,
	.cancel_file = cancel_file,
	.cancel_everything = cancel_everything,
	.poll = poll_files,
	.reap = reap,
	.kick = kick,
	.flush = flush,
	.holds_back = holds_back,
	.buffer_return = buffer_return,
};
