/* Timers: a pairing heap of the operations themselves, so that nothing is allocated. The first
 * deadline bounds the wait of the leader; no kernel object stands behind a timer.
 *
 * In the heap `offset_` is the deadline, `child_` the first child, `next_` the next sibling and
 * `previous_` the previous sibling, or the parent of a first child. */
#include "internal.h"

#include <errno.h>

static struct cport_op *meld(struct cport_op *a, struct cport_op *b)
{
	if (!a || !b)
		return a ? a : b;
	if ((int64_t)b->offset_ < (int64_t)a->offset_) {
		struct cport_op *swap = a;

		a = b;
		b = swap;
	}
	b->next_ = a->child_;
	if (a->child_)
		a->child_->previous_ = b;
	b->previous_ = a;
	a->child_ = b;
	return a;
}

/* Melds a list of siblings: in pairs from the left, then all from the right. */
static struct cport_op *meld_siblings(struct cport_op *first)
{
	struct cport_op *pairs = NULL, *heap = NULL;

	while (first) {
		struct cport_op *a = first, *b = first->next_;

		first = b ? b->next_ : NULL;
		a->next_ = a->previous_ = NULL;
		if (b)
			b->next_ = b->previous_ = NULL;
		a = meld(a, b);
		a->next_ = pairs;
		pairs = a;
	}
	while (pairs) {
		struct cport_op *next = pairs->next_;

		pairs->next_ = NULL;
		heap = meld(heap, pairs);
		pairs = next;
	}
	return heap;
}

void cport__timer_remove(struct cport *port, struct cport_op *op)
{
	struct cport_op *children = meld_siblings(op->child_);

	op->child_ = NULL;
	if (op == port->timers) {
		port->timers = children;
		return;
	}
	if (op->previous_->child_ == op)
		op->previous_->child_ = op->next_;
	else
		op->previous_->next_ = op->next_;
	if (op->next_)
		op->next_->previous_ = op->previous_;
	op->next_ = op->previous_ = NULL;
	port->timers = meld(port->timers, children);
}

void cport__timers_fire(struct cport *port)
{
	int64_t now;

	if (!port->timers)
		return;
	now = cport__now();
	while (port->timers && (int64_t)port->timers->offset_ <= now) {
		struct cport_op *op = port->timers;

		cport__timer_remove(port, op);
		cport__op_end(port, op, 0, 0, 0);
	}
}

int64_t cport__timers_wait(const struct cport *port, int64_t timeout_ns)
{
	int64_t left;

	if (!port->timers || timeout_ns == 0)
		return timeout_ns;
	left = (int64_t)port->timers->offset_ - cport__now();
	if (left < 0)
		left = 0;
	return timeout_ns < 0 || left < timeout_ns ? left : timeout_ns;
}

int cport_timer(struct cport *port, struct cport_op *op, uintptr_t key, int64_t delay_ns)
{
	int r;

	if (delay_ns < 0)
		return -EINVAL;
	r = cport__op_claim(port, op, CPORT__TIMER);
	if (r < 0)
		return r;
	op->key_ = key;
	op->file_ = NULL;
	op->offset_ = (uint64_t)cport__after(delay_ns);
	op->child_ = op->next_ = op->previous_ = NULL;
	cport__lock(&port->lock);
	if (port->closed) {
		cport__unlock(&port->lock);
		cport__op_disclaim(port, op);
		return -EBADF;
	}
	port->timers = meld(port->timers, op);
	cport__op_publish(op);
	r = port->timers == op && port->leader_waits && !port->kicked;
	port->kicked |= r;
	port->kicks += (unsigned)r;
	cport__unlock(&port->lock);
	if (r)
		port->backend->kick(port);
	return CPORT_PENDING;
}
