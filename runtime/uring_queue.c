/* The queues of a ring: filling and handing over the submission queue, and waking whoever waits for
 * completions. */
#include "uring.h"

#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>

/* ---- submission -------------------------------------------------------------------------- */

int cport__uring_enter(struct uring *uring, unsigned count, unsigned wait, unsigned flags,
		       struct io_uring_getevents_arg *arg)
{
	return io_uring_enter2((unsigned)uring->ring.ring_fd, count, wait, flags, (sigset_t *)arg,
			       arg ? sizeof(*arg) : _NSIG / 8);
}

static void ring_bell(struct uring *uring)
{
	(void)eventfd_write(uring->event_fd, 1);
}

void cport__uring_submit(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	unsigned count = cport__uring_held_back(uring);
	int r;

	if (count == 0)
		return;
	r = cport__uring_enter(uring, count, 0, 0, NULL);
	if (r == -EEXIST || r == -EBADFD)
		ring_bell(uring);
}

/* The queue's lock is held, so the ring stays as it is: without a thread. */
static void take_descriptor_away(struct uring *uring, const struct cport_file *file)
{
	const struct io_uring_sq *sq = &uring->ring.sq;

	for (unsigned i = *sq->khead; i != uring->tail; i++) {
		struct io_uring_sqe *sqe = &sq->sqes[i & *sq->kring_mask];
		const struct cport_op *op = (const struct cport_op *)(uintptr_t)sqe->user_data;

		if (sqe->user_data > TAG_IGNORE && op->file_ == file)
			sqe->fd = -1;
	}
}

void cport__uring_withdraw(struct cport *port, const struct cport_file *file)
{
	enum { PATIENCE = 1000 };
	struct uring *uring = cport__uring_of(port);
	const unsigned *head = uring->ring.sq.khead;
	unsigned tail;
	bool enabled;
	int r = 0;

	cport__lock(&uring->lock);
	tail = uring->tail;
	enabled = uring->enabled;
	if (!enabled)
		take_descriptor_away(uring, file);
	cport__unlock(&uring->lock);
	for (int i = 0; enabled && i < PATIENCE && r != -EEXIST; i++) {
		if ((int)(__atomic_load_n(head, __ATOMIC_ACQUIRE) - tail) >= 0)
			return;
		if (i > 0)
			sched_yield();
		r = cport__uring_enter(uring, cport__uring_held_back(uring), 0, 0, NULL);
	}
}

struct io_uring_sqe *cport__uring_next_entry(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_sq *sq = &uring->ring.sq;
	struct io_uring_sqe *sqe;

	if (cport__uring_held_back(uring) == *sq->kring_entries)
		cport__uring_submit(port);
	if (cport__uring_held_back(uring) == *sq->kring_entries)
		return NULL;
	sqe = &sq->sqes[uring->tail & *sq->kring_mask];
	memset(sqe, 0, sizeof(*sqe));
	return sqe;
}

/* ---- waking ------------------------------------------------------------------------------ */

/* Has an entry complete that does nothing. False: the kernel did not take it. */
static bool complete_nothing(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);
	struct io_uring_sqe *sqe;
	unsigned tail, count;

	cport__lock(&uring->lock);
	sqe = cport__uring_next_entry(port);
	if (sqe) {
		io_uring_prep_nop(sqe);
		sqe->user_data = TAG_IGNORE;
		cport__uring_publish(uring);
	}
	tail = uring->tail;
	count = cport__uring_held_back(uring);
	cport__unlock(&uring->lock);
	if (!sqe)
		return false;
	(void)cport__uring_enter(uring, count, 0, 0, NULL);
	return (int)(__atomic_load_n(uring->ring.sq.khead, __ATOMIC_ACQUIRE) - tail) >= 0;
}

/* What the thread that kicks completes itself needs no other thread; the bell's completion is taken
 * in by the thread that opened the port, whatever that is at. It is for rings that others must not
 * enter. */
void cport__uring_kick(struct cport *port)
{
	struct uring *uring = cport__uring_of(port);

	if (port->flags & CPORT_ONE_THREAD ||
	    (!cport__uring_completions_wait(uring) && !complete_nothing(port)))
		ring_bell(uring);
}

void cport__uring_hurry(struct cport *port)
{
	enum { PATIENCE = 2000 };
	const struct uring *uring = cport__uring_of(port);
	const unsigned *flags = uring->ring.sq.kflags;

	if (!(__atomic_load_n(flags, __ATOMIC_RELAXED) & IORING_SQ_TASKRUN))
		return;
	(void)cport__order_threads();
	for (int i = 0; i < PATIENCE; i++)
		if (!(__atomic_load_n(flags, __ATOMIC_ACQUIRE) & IORING_SQ_TASKRUN))
			return;
}
