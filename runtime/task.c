/* Tasks: a result and a continuation that find each other, whichever comes first. */
#include "internal.h"

#include <errno.h>

/* Bits of the state; who sets the second one calls the continuation. */
enum { COMPLETED = 1, CONTINUED = 2, CLAIMED_RESULT = 4, CLAIMED_THEN = 8 };

void cport_task_init(struct cport_task *task, struct cport *port)
{
	*task = (struct cport_task){.port_ = port};
}

/* A continuation that waits for its task is nothing the port should wait for. */
static void suspend(struct cport *port, const struct cport_op *op)
{
	__atomic_sub_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELAXED);
}

static void resume(struct cport *port, const struct cport_op *op)
{
	__atomic_add_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELAXED);
}

static void give_back_and_call(struct cport_op *op, int64_t result)
{
	cport_fn *fn = op->fn; /* once it is given back it may be gone */

	cport__op_release(op->port_, op, result);
	cport__call_nested(cport__self()->context, fn, op, result);
}

/* The task may be gone once the continuation is under way. No worker thread can be had: the
 * continuation comes as a packet, for it must come. */
static void fire(struct cport_task *task)
{
	struct cport_op *op = task->op_;
	int64_t result = task->result_;

	resume(task->port_, op);
	switch ((enum cport_where)task->where_) {
	case CPORT_INLINE:
		give_back_and_call(op, result);
		return;
	case CPORT_DISPATCH:
		cport__complete(task->port_, op, result);
		return;
	case CPORT_WORKER:
		op->offset_ = (uint64_t)result;
		if (cport__workers_submit(task->port_, op) < 0)
			cport__complete(task->port_, op, result);
		return;
	}
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
	suspend(task->port_, op);
	task->op_ = op;
	task->where_ = where;
	arrive(task, CONTINUED);
	return 0;
}
