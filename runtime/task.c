/* Tasks: a result and a continuation that find each other, whichever comes first. */
#include "internal.h"

#include <errno.h>

/* Bits of the state; who sets the second one calls the continuation. */
enum { COMPLETED = 1, CONTINUED = 2, CLAIMED_RESULT = 4, CLAIMED_THEN = 8 };

void cport_task_init(struct cport_task *task, struct cport *port)
{
	*task = (struct cport_task){.port_ = port};
}

/* A continuation that waits for its task is in the port's list and can be cancelled; but it is
 * nothing that the port should wait for. The port's lock is held. */
static void suspend(struct cport *port, struct cport_op *op)
{
	op->previous_ = NULL;
	op->next_ = port->waiting;
	if (port->waiting)
		port->waiting->previous_ = op;
	port->waiting = op;
	__atomic_sub_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELAXED);
	cport__op_publish(op);
}

static void resume(struct cport *port, struct cport_op *op)
{
	if (op->previous_)
		op->previous_->next_ = op->next_;
	else
		port->waiting = op->next_;
	if (op->next_)
		op->next_->previous_ = op->previous_;
	op->next_ = op->previous_ = NULL;
	op->address_ = NULL;
	__atomic_add_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELAXED);
	__atomic_store_n(&op->state_, CPORT__STARTING, __ATOMIC_RELAXED);
}

static void give_back_and_call(struct cport *port, struct cport_op *op, int64_t result)
{
	cport_fn *fn = op->fn; /* once it is given back it may be gone */

	cport__op_release(port, op, result);
	cport__call_nested(cport__self()->context, fn, op, result);
}

/* The task may be gone once the continuation is under way. No worker thread can be had: the
 * continuation comes as a packet, for it must come. */
static void go_on(struct cport *port, struct cport_op *op, int64_t result)
{
	switch ((enum cport_where)op->argument_) {
	case CPORT_INLINE:
		give_back_and_call(port, op, result);
		return;
	case CPORT_DISPATCH:
		cport__complete(port, op, result);
		return;
	case CPORT_WORKER:
		op->offset_ = (uint64_t)result;
		if (cport__workers_submit(port, op) < 0)
			cport__complete(port, op, result);
		return;
	}
}

static void fire(struct cport_task *task)
{
	struct cport *port = task->port_;
	struct cport_op *op = task->op_;
	int64_t result = task->result_;

	cport__lock(&port->lock);
	resume(port, op);
	cport__unlock(&port->lock);
	go_on(port, op, result);
}

/* On a worker it is no longer the task's. */
bool cport__task_withdraw(struct cport *port, struct cport_op *op)
{
	struct cport_task *task = op->address_;
	uint32_t state = task ? __atomic_load_n(&task->state_, __ATOMIC_RELAXED) : 0;

	do {
		if (!(state & CONTINUED) || state & COMPLETED)
			return false;
	} while (!__atomic_compare_exchange_n(&task->state_, &state,
					      state & ~(uint32_t)(CONTINUED | CLAIMED_THEN), 0,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	resume(port, op);
	return true;
}

void cport__task_cancel(struct cport *port, struct cport_op *op)
{
	go_on(port, op, -ECANCELED);
}

static bool claim(struct cport_task *task, uint32_t bit)
{
	return !(__atomic_fetch_or(&task->state_, bit, __ATOMIC_ACQ_REL) & bit);
}

/* One side is there; the second of the two goes on. */
static void arrive(struct cport_task *task, uint32_t bit)
{
	uint32_t other = bit == COMPLETED ? CONTINUED : COMPLETED;

	if (__atomic_fetch_or(&task->state_, bit, __ATOMIC_ACQ_REL) & other)
		fire(task);
}

int cport_task_complete(struct cport_task *task, int64_t result)
{
	if (!claim(task, CLAIMED_RESULT))
		return -EALREADY;
	task->result_ = result;
	arrive(task, COMPLETED);
	return 0;
}

/* False: the port was closed meanwhile. */
static bool wait_for_task(struct cport *port, struct cport_op *op)
{
	bool open;

	cport__lock(&port->lock);
	open = !port->closed;
	if (open)
		suspend(port, op);
	cport__unlock(&port->lock);
	return open;
}

int cport_task_then(struct cport_task *task, struct cport_op *op, enum cport_where where)
{
	int r;

	if (!claim(task, CLAIMED_THEN))
		return -EALREADY;
	r = cport__op_claim(task->port_, op, CPORT__THEN);
	if (r < 0) {
		__atomic_fetch_and(&task->state_, ~(uint32_t)CLAIMED_THEN, __ATOMIC_RELEASE);
		return r;
	}
	op->file_ = NULL;
	op->key_ = 0;
	op->address_ = task;
	op->argument_ = where;
	task->op_ = op;
	if (!wait_for_task(task->port_, op)) {
		cport__op_disclaim(task->port_, op);
		__atomic_fetch_and(&task->state_, ~(uint32_t)CLAIMED_THEN, __ATOMIC_RELEASE);
		return -EBADF;
	}
	arrive(task, CONTINUED);
	return 0;
}
