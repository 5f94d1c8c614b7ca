/* The port as its users see it: posting, getting, leading and following. The core says who runs;
 * this file locks around it, puts threads to sleep and wakes them, and lets one of those that
 * wait ask the kernel for completions. */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum { LOOK_EVERY = 61 }; /* gets between two looks at the kernel while packets are queued */

/* ---- waking ------------------------------------------------------------------------------ */

void cport__send_wakes(struct cport *port, const struct cport__wakes *wakes)
{
	for (unsigned i = 0; i < wakes->count; i++)
		cport__futex_wake(wakes->words[i], 1);
	if (wakes->kick)
		port->backend->kick(port);
}

void cport__wake(struct cport *port, struct cport__thread *thread, struct cport__wakes *wakes)
{
	if (thread == port->leader && port->leader_waits) {
		wakes->kick |= !port->kicked;
		port->kicks += !port->kicked;
		port->kicked = true;
		return;
	}
	port->wakes++;
	__atomic_store_n(&thread->word, 1, __ATOMIC_RELEASE);
	if (wakes->count < sizeof(wakes->words) / sizeof(wakes->words[0]))
		wakes->words[wakes->count++] = &thread->word;
	else
		cport__futex_wake(&thread->word, 1);
}

static void promote(struct cport *port, struct cport__wakes *wakes, bool lazy)
{
	const struct cport__core *core = &port->core;

	if (!port->backend || port->leader || !core->newest || core->active >= core->max)
		return;
	if (lazy && core->active > 0)
		return;
	port->leader = (struct cport__thread *)core->newest;
	cport__wake(port, port->leader, wakes);
}

void cport__settle(struct cport *port, struct cport__wakes *wakes, bool lazy)
{
	struct cport__member *member;

	if (!port->core.newest)
		return;
	while (!port->coming && (member = cport__core_release(&port->core))) {
		port->handoffs++;
		port->coming = port->chained ? (struct cport__thread *)member : NULL;
		cport__wake(port, (struct cport__thread *)member, wakes);
	}
	promote(port, wakes, lazy);
}

static void settle_and_unlock(struct cport *port, bool lazy)
{
	struct cport__wakes wakes;

	wakes.count = 0;
	wakes.kick = false;
	cport__settle(port, &wakes, lazy);
	cport__unlock(&port->lock);
	cport__send_wakes(port, &wakes);
}

void cport__unlock_and_wake(struct cport *port)
{
	settle_and_unlock(port, false);
}

void cport__nudge(struct cport *port)
{
	cport__lock(&port->lock);
	cport__unlock_and_wake(port);
}

/* ---- packets in -------------------------------------------------------------------------- */

static struct cport__node *take_spare(struct cport *port)
{
	struct cport__node *node = port->spare;

	if (node)
		port->spare = node->next;
	return node;
}

int cport_post(struct cport *port, int64_t result, uintptr_t key, struct cport_op *op)
{
	struct cport__node *node = NULL;
	int r = -EBADF;

	cport__lock(&port->lock);
	if (!port->closed) {
		r = -ENOBUFS;
		node = take_spare(port);
	}
	if (!node) {
		cport__unlock(&port->lock);
		return r;
	}
	node->result = result;
	node->key = key;
	node->op = op;
	node->flags = 0;
	node->buffer = 0;
	node->queued_ = cport__is_traced(port) ? cport__ticks() : 0;
	port->posts++;
	cport__core_append(&port->core, node);
	settle_and_unlock(port, port->lazy);
	return 0;
}

/* Under the port's lock nobody else changes the count; others only read it. */
static void add_to_ended(struct cport_file *file, uint32_t difference)
{
	__atomic_store_n(&file->ended_, file->ended_ + difference, __ATOMIC_RELAXED);
}

static void forget_flight(struct cport *port, struct cport_op *op)
{
	__atomic_sub_fetch(&port->in_flight[op->slot_], 1, __ATOMIC_RELEASE);
	if (op->file_)
		add_to_ended(op->file_, 1);
}

/* The operation is the caller's again. */
static void give_back(struct cport_op *op, int64_t result)
{
	op->result = result;
	if (op->file_) {
		add_to_ended(op->file_, (uint32_t)-1);
		__atomic_sub_fetch(&op->file_->pending_, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&op->state_, CPORT__IDLE, __ATOMIC_RELEASE);
}

/* When a packet is queued, for the trace. What is reaped together was there together: reading the
 * clock for each would cost more than all else that is written about it. */
static uint64_t stamp(const struct cport *port)
{
	if (!cport__is_traced(port))
		return 0;
	return port->collected ? port->collected : cport__ticks();
}

static void fill(const struct cport *port, struct cport__node *node, struct cport_op *op,
		 int64_t result, uint32_t flags, uint32_t buffer)
{
	node->queued_ = stamp(port);
	node->result = result;
	node->key = op->key_;
	node->op = op;
	node->flags = flags | CPORT_COMPLETE;
	node->buffer = buffer;
}

/* The pump: the continuation that started the operation still runs. */
static void note_overrun(struct cport *port, const struct cport_op *op)
{
	struct cport_context *ctx = &port->pool->contexts[op->slot_ - 1];
	uint64_t none = 0;

	if (op->slot_ > port->pool->options.maximum) /* an earlier pool's */
		return;
	if (__atomic_load_n(&ctx->sequence, __ATOMIC_ACQUIRE) != op->sequence_ ||
	    __atomic_load_n(&ctx->started, __ATOMIC_ACQUIRE) == 0)
		return;
	(void)__atomic_compare_exchange_n(&ctx->overrun_ticks, &none, cport__ticks(), 0,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	__atomic_add_fetch(&ctx->overruns, 1, __ATOMIC_RELAXED);
}

void cport__op_end(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
		   uint32_t buffer)
{
	forget_flight(port, op);
	port->completions++;
	if (CPORT__TRACED && op->slot_ && port->pool &&
	    __atomic_load_n(&op->state_, __ATOMIC_RELAXED) != CPORT__STARTING)
		note_overrun(port, op);
	if (op->flags & CPORT_NO_PACKET) {
		give_back(op, result);
		return;
	}
	fill(port, &op->node_, op, result, flags, buffer);
	__atomic_store_n(&op->state_, CPORT__QUEUED, __ATOMIC_RELAXED);
	cport__core_append(&port->core, &op->node_);
}

bool cport__op_shot(struct cport *port, struct cport_op *op, int64_t result, uint32_t flags,
		    uint32_t buffer)
{
	struct cport__node *node = take_spare(port);

	if (!node)
		return false;
	port->completions++;
	fill(port, node, op, result, flags | CPORT_MORE, buffer);
	cport__core_append(&port->core, node);
	return true;
}

void cport__complete(struct cport *port, struct cport_op *op, int64_t result)
{
	cport__lock(&port->lock);
	cport__op_end(port, op, result, 0, 0);
	settle_and_unlock(port, port->lazy);
}

void cport__op_release(struct cport *port, struct cport_op *op, int64_t result)
{
	cport__lock(&port->lock);
	forget_flight(port, op);
	port->completions++;
	give_back(op, result);
	cport__unlock(&port->lock);
}

/* ---- packets out ------------------------------------------------------------------------- */

static void deliver(struct cport *port, struct cport__node *node, struct cport_packet *ret_packet)
{
	ret_packet->result = node->result;
	ret_packet->key = node->key;
	ret_packet->op = node->op;
	ret_packet->flags = node->flags;
	ret_packet->buffer = node->buffer;
	ret_packet->queued_ = node->queued_;
	port->taken++;
	if (node->flags & CPORT_COMPLETE)
		ret_packet->fn_ = node->op->fn; /* who asks cport_op_pending() may free it now */
	if ((node->flags & (CPORT_COMPLETE | CPORT_MORE)) == CPORT_COMPLETE) {
		give_back(node->op, node->result);
		return;
	}
	if (node->flags & CPORT__LOAN)
		return;
	node->next = port->spare;
	port->spare = node;
}

bool cport__take_any(struct cport *port, struct cport_packet *ret_packet)
{
	struct cport__node *node = cport__core_take_more(&port->core);

	if (node)
		deliver(port, node, ret_packet);
	return node != NULL;
}

/* `node` is the first; more may be there. */
static int deliver_batch(struct cport *port, struct cport__node *node,
			 struct cport_packet *ret_packets, unsigned count)
{
	unsigned taken = 0;

	while (node) {
		deliver(port, node, &ret_packets[taken++]);
		node = taken < count ? cport__core_take_more(&port->core) : NULL;
	}
	return (int)taken;
}

static int take(struct cport *port, struct cport__thread *self, struct cport_packet *ret_packets,
		unsigned count)
{
	struct cport__node *node = cport__core_take(&port->core, &self->member);

	return node ? deliver_batch(port, node, ret_packets, count) : 0;
}

/* Completions and timers that are there, into the queue. */
static void collect(struct cport *port)
{
	uint64_t before = port->completions;

	if (cport__is_traced(port))
		port->collected = cport__ticks();
	port->backend->reap(port);
	cport__timers_fire(port);
	port->collected = 0;
	if (cport__has_events(port))
		cport__event_reaped(port, port->completions - before);
}

/* Looks at the completions that are there without a system call. What is held back goes to the
 * kernel first, with the wait of the leader. */
static void look(struct cport *port, struct cport__thread *self)
{
	if (!port->backend || port->leader)
		return;
	if (port->core.depth > 0 && self->get_count % LOOK_EVERY != 0)
		return;
	if (port->core.depth == 0 && port->backend->holds_back(port))
		return;
	collect(port);
}

static int lead(struct cport *port, struct cport__thread *self, int64_t timeout_ns)
{
	int r;

	timeout_ns = cport__timers_wait(port, timeout_ns);
	port->leader = self;
	port->leader_waits = true;
	port->polls++;
	cport__unlock(&port->lock);
	r = port->backend->poll(port, timeout_ns);
	cport__lock(&port->lock);
	port->leader = NULL;
	port->leader_waits = false;
	port->kicked = false;
	collect(port);
	return r;
}

/* Sleeps until another thread says otherwise; NULL: no deadline. */
static void follow(struct cport *port, struct cport__thread *self, const struct timespec *deadline,
		   int64_t deadline_ns)
{
	struct cport__wakes wakes = {.count = 0, .kick = false};

	__atomic_store_n(&self->word, 0, __ATOMIC_RELAXED);
	cport__settle(port, &wakes, port->lazy);
	cport__unlock(&port->lock);
	cport__send_wakes(port, &wakes);
	if (port->backend && port->backend->holds_back(port))
		port->backend->flush(port);
	while (__atomic_load_n(&self->word, __ATOMIC_ACQUIRE) == 0) {
		if (deadline && cport__now() >= deadline_ns)
			break;
		cport__futex_wait(&self->word, 0, deadline);
	}
	cport__lock(&port->lock);
}

static bool may_lead(const struct cport *port, const struct cport__thread *self)
{
	if (!port->backend)
		return false;
	return port->leader == self || (!port->leader && port->core.active < port->core.max);
}

static int64_t time_left(int64_t timeout_ns, int64_t deadline_ns)
{
	int64_t left;

	if (timeout_ns <= 0)
		return timeout_ns;
	left = deadline_ns - cport__now();
	return left > 0 ? left : 0;
}

/* It was given a packet, and is here. */
static int receive(struct cport *port, struct cport__thread *self, struct cport_packet *ret_packets,
		   unsigned count)
{
	if (port->coming == self)
		port->coming = NULL;
	return deliver_batch(port, cport__core_accept(&port->core, &self->member), ret_packets,
			     count);
}

/* A thread that was made leader and has something better to do. */
static void step_down(struct cport *port, const struct cport__thread *self)
{
	if (port->leader == self)
		port->leader = NULL;
}

static int give_up(struct cport *port, struct cport__thread *self, struct cport_packet *ret_packet,
		   int result)
{
	step_down(port, self);
	cport__core_time_out(&port->core, &self->member);
	ret_packet->op = NULL;
	return result;
}

static int wait_for_packet(struct cport *port, struct cport__thread *self,
			   struct cport_packet *ret_packets, unsigned count, int64_t timeout_ns)
{
	int64_t deadline_ns = timeout_ns > 0 ? cport__after(timeout_ns) : 0;
	struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};

	cport__core_wait(&port->core, &self->member);
	for (;;) {
		int64_t left = time_left(timeout_ns, deadline_ns);
		bool led = may_lead(port, self);
		int taken, r = 0;

		if (led)
			r = lead(port, self, left);
		else if (left != 0)
			follow(port, self, timeout_ns > 0 ? &deadline : NULL, deadline_ns);
		if (self->member.state == CPORT__GIVEN) {
			step_down(port, self);
			return receive(port, self, ret_packets, count);
		}
		if (self->member.state == CPORT__OUT) {
			step_down(port, self);
			return -ESHUTDOWN;
		}
		taken = port->leader == self ? 0 : take(port, self, ret_packets, count);
		if (taken)
			return taken;
		if (left == 0 || r < 0)
			return give_up(port, self, ret_packets, r < 0 ? r : -ETIME);
	}
}

static int get_locked(struct cport *port, struct cport__thread *self,
		      struct cport_packet *ret_packets, unsigned count, int64_t timeout_ns)
{
	int taken;

	if (port->closed)
		return -EBADF;
	cport__core_enter(&port->core, &self->member);
	look(port, self);
	taken = take(port, self, ret_packets, count);
	return taken ? taken : wait_for_packet(port, self, ret_packets, count, timeout_ns);
}

int cport_get_many(struct cport *port, struct cport_packet *ret_packets, unsigned count,
		   int64_t timeout_ns)
{
	struct cport__thread *self = cport__self();
	int r;

	if (count == 0)
		return -EINVAL;
	r = cport__join(port);
	if (r < 0)
		return r;
	__atomic_store_n(&self->block_depth, 0, __ATOMIC_RELAXED);
	self->get_count++;
	if (self->get_count % LOOK_EVERY == 0 && port->backend && port->backend->holds_back(port))
		port->backend->flush(port);
	cport__lock(&port->lock);
	r = get_locked(port, self, ret_packets, count, timeout_ns);
	self->watched = port->lazy;
	self->crowded = port->lazy && port->core.depth > 0;
	settle_and_unlock(port, port->lazy);
	if (r == -EBADF || r == -ESHUTDOWN)
		cport_leave();
	return r;
}

int cport_get(struct cport *port, struct cport_packet *ret_packet, int64_t timeout_ns)
{
	return cport_get_many(port, ret_packet, 1, timeout_ns);
}

void cport__look(struct cport *port)
{
	cport__lock(&port->lock);
	if (port->backend && !port->leader && !port->closed) {
		(void)lead(port, cport__self(), 0);
		settle_and_unlock(port, false);
		return;
	}
	cport__unlock(&port->lock);
}

/* ---- reading the counts ------------------------------------------------------------------ */

unsigned cport_depth(struct cport *port)
{
	unsigned depth;

	cport__lock(&port->lock);
	depth = port->core.depth;
	cport__unlock(&port->lock);
	return depth;
}

void cport_stat(struct cport *port, struct cport_stat *ret_stat)
{
	cport__lock(&port->lock);
	*ret_stat = (struct cport_stat){
		.concurrency = port->core.max,
		.active = port->core.active,
		.depth = port->core.depth,
		.waiters = port->core.waiters,
		.associated = port->associated,
		.posts = port->posts,
		.completions = port->completions,
		.taken = port->taken,
		.handoffs = port->handoffs,
		.wakes = port->wakes,
		.kicks = port->kicks,
		.polls = port->polls,
		.backend = port->backend ? port->backend->name : "none",
	};
	cport__unlock(&port->lock);
}

void cport_flush(struct cport *port)
{
	if (port->backend)
		port->backend->flush(port);
}
