/* The life of a port: opening it, closing it, draining it, and its end with the last reference. */
#include "internal.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static unsigned or_default(unsigned value, unsigned fallback)
{
	return value ? value : fallback;
}

static enum cport_backend wanted_backend(const struct cport_options *options)
{
	const char *name = secure_getenv("CPORT_BACKEND");

	if (options->backend != CPORT_BACKEND_AUTO || !name)
		return options->backend;
	if (strcmp(name, "uring") == 0)
		return CPORT_BACKEND_URING;
	return strcmp(name, "epoll") == 0 ? CPORT_BACKEND_EPOLL : CPORT_BACKEND_AUTO;
}

static int open_with(struct cport *port, const struct cport__backend *backend,
		     const struct cport_options *options)
{
	int r = backend->open(port, options);

	if (r == 0)
		port->backend = backend;
	return r;
}

static int open_backend(struct cport *port, const struct cport_options *options)
{
	int r = 0;

	switch (wanted_backend(options)) {
	case CPORT_BACKEND_NONE:
		return 0;
	case CPORT_BACKEND_URING:
		return open_with(port, &cport__uring, options);
	case CPORT_BACKEND_EPOLL:
		return open_with(port, &cport__epoll, options);
	case CPORT_BACKEND_AUTO:
		r = open_with(port, &cport__uring, options);
		return r < 0 ? open_with(port, &cport__epoll, options) : 0;
	}
	return -EINVAL;
}

static int make_nodes(struct cport *port, unsigned count)
{
	port->nodes = calloc(count, sizeof(*port->nodes));
	if (!port->nodes)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		port->nodes[i].next = port->spare;
		port->spare = &port->nodes[i];
	}
	return 0;
}

static int make_buffers(struct cport *port, const struct cport_options *options)
{
	unsigned count = options->buffer_count;
	void *memory;

	if (count == 0)
		return 0;
	if ((count & (count - 1)) != 0 || count > 32768 || options->buffer_size == 0)
		return -EINVAL;
	memory = mmap(NULL, (size_t)count * options->buffer_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	port->buffers = memory;
	port->buffer_count = count;
	port->buffer_size = options->buffer_size;
	return 0;
}

static void destroy(struct cport *port)
{
	if (port->workers)
		cport__workers_close(port);
	if (port->backend)
		port->backend->close(port);
	if (port->buffers)
		munmap(port->buffers, (size_t)port->buffer_count * port->buffer_size);
	cport__events_close(port);
	cport__trace_close(port->trace);
	if (port->audit)
		cport__audit_release();
	free(port->nodes);
	free(port);
}

static bool environment_wants(const char *name)
{
	const char *word = secure_getenv(name);

	return word && word[0] != '\0' && strcmp(word, "0") != 0;
}

/* What is asked for in so many words must be possible; what the environment asks for need not. */
static int open_trace(struct cport *port, const struct cport_options *options)
{
	bool demanded = options->flags & CPORT_AUDIT;
	bool audit = (demanded || environment_wants("CONTLINT_AUDIT")) && cport__audit_acquire();
	int r;

	if (demanded && !audit)
		return -ENOTSUP;
	r = cport__trace_open(&port->trace, options->trace, audit);
	port->audit = audit && port->trace;
	if (audit && !port->audit)
		cport__audit_release();
	if (r == 0 && !port->trace && options->flags & (CPORT_AUDIT | CPORT_EVENTS))
		return -EINVAL;
	if (port->trace && (options->flags & CPORT_EVENTS || environment_wants("CONTLINT_EVENTS")))
		cport__events_open(port);
	return r;
}

static int fill_port(struct cport *port, const struct cport_options *options)
{
	unsigned processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	bool one_thread = options->flags & CPORT_ONE_THREAD;
	int r;

	port->references = 1;
	port->flags = options->flags;
	cport__core_init(&port->core,
			 or_default(one_thread ? 1 : options->concurrency, processors));
	r = make_nodes(port, or_default(options->posts, 4096));
	if (r == 0)
		r = make_buffers(port, options);
	if (r == 0)
		r = open_backend(port, options);
	if (r == 0 && !(options->flags & CPORT__INNER))
		r = open_trace(port, options);
	if (r == 0 && port->backend)
		r = cport__workers_open(port, or_default(options->workers, 4));
	return r;
}

int cport_open(struct cport **ret_port, const struct cport_options *options)
{
	static const struct cport_options defaults;
	struct cport *port;
	int r = cport__thread_init();

	if (r < 0)
		return r;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	r = fill_port(port, options ? options : &defaults);
	if (r < 0) {
		destroy(port);
		return r;
	}
	*ret_port = port;
	return 0;
}

void cport__retain(struct cport *port)
{
	__atomic_add_fetch(&port->references, 1, __ATOMIC_RELAXED);
}

void cport__unref(struct cport *port)
{
	if (__atomic_sub_fetch(&port->references, 1, __ATOMIC_ACQ_REL) == 0)
		destroy(port);
}

int cport_close(struct cport *port)
{
	struct cport__wakes wakes = {.count = 0, .kick = false};
	struct cport__member *member;

	cport__lock(&port->lock);
	if (port->closed) {
		cport__unlock(&port->lock);
		return -EBADF;
	}
	__atomic_store_n(&port->closed, true, __ATOMIC_SEQ_CST);
	while ((member = cport__core_abandon(&port->core)))
		cport__wake(port, (struct cport__thread *)member, &wakes);
	if (cport__has_events(port))
		cport__event_closed(port);
	cport__unlock(&port->lock);
	cport__send_wakes(port, &wakes);
	return 0;
}

static void cancel_timers(struct cport *port)
{
	cport__lock(&port->lock);
	while (port->timers) {
		struct cport_op *op = port->timers;

		cport__timer_remove(port, op);
		cport__op_end(port, op, -ECANCELED, 0, 0);
	}
	cport__unlock(&port->lock);
}

/* Continuations that wait for the result of a task will not see it. One whose task has just been
 * completed goes on by itself. */
static void cancel_tasks(struct cport *port)
{
	cport__lock(&port->lock);
	while (port->waiting) {
		struct cport_op *op = port->waiting;

		if (cport__task_withdraw(port, op)) {
			cport__op_end(port, op, -ECANCELED, 0, 0);
			continue;
		}
		cport__unlock(&port->lock);
		sched_yield();
		cport__lock(&port->lock);
	}
	cport__unlock(&port->lock);
}

/* Every packet in the queue, to `fn` without the lock. */
static int hand_out(struct cport *port, cport_drain_fn *fn, void *user)
{
	struct cport_packet packet;
	int count = 0;

	cport__lock(&port->lock);
	while (cport__take_any(port, &packet)) {
		cport__unlock(&port->lock);
		if (fn)
			fn(&packet, user);
		count++;
		cport__lock(&port->lock);
	}
	cport__unlock(&port->lock);
	return count;
}

/* Waits until the last leader has left the kernel, then takes its place for good. */
static void become_last_leader(struct cport *port)
{
	cport__lock(&port->lock);
	while (port->leader) {
		cport__unlock(&port->lock);
		port->backend->kick(port);
		sched_yield();
		cport__lock(&port->lock);
	}
	port->leader = cport__self();
	cport__unlock(&port->lock);
}

static bool anything_in_flight(const struct cport *port)
{
	for (int i = 0; i < CPORT__SLOTS; i++)
		if (__atomic_load_n(&port->in_flight[i], __ATOMIC_ACQUIRE) > 0)
			return true;
	return false;
}

int cport_drain(struct cport *port, cport_drain_fn *fn, void *user)
{
	int count, r = 0;

	if (!__atomic_load_n(&port->closed, __ATOMIC_RELAXED))
		return -EBUSY;
	if (!port->backend)
		return hand_out(port, fn, user);
	cancel_timers(port);
	cancel_tasks(port);
	become_last_leader(port);
	count = hand_out(port, fn, user);
	while (r == 0 && anything_in_flight(port)) {
		port->backend->cancel_everything(port);
		r = port->backend->poll(port, 1000000);
		cport__lock(&port->lock);
		port->backend->reap(port);
		cport__unlock(&port->lock);
		count += hand_out(port, fn, user);
	}
	count += hand_out(port, fn, user);
	cport__lock(&port->lock);
	port->leader = NULL;
	cport__unlock(&port->lock);
	return r < 0 ? r : count;
}

void cport_release(struct cport *port)
{
	if (cport__self()->port == port)
		cport_leave();
	(void)cport_close(port);
	(void)cport_drain(port, NULL, NULL);
	cport__unref(port);
}
