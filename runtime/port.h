/* The port core: which thread runs with which packet. It knows packets, threads and three
 * counts, and nothing of I/O, system calls or locks: the owner holds a lock around every call
 * and wakes the threads that the functions return. The rules are S13 to S28 of cport(7).
 *
 *   active  running threads that count against the concurrency value
 *   depth   packets that no thread has been given
 *   invariant, between calls: not (active < max and depth > 0 and a thread waits)
 *
 * That holds once cport__core_release() has returned NULL; cport__core_append() alone may break
 * it, so that a burst can be appended before the first thread is woken.
 */
#ifndef CPORT_PORT_H
#define CPORT_PORT_H

#include "cport.h"

enum cport__state {
	CPORT__OUT,     /* not associated */
	CPORT__RUNNING, /* associated, counted in active */
	CPORT__BLOCKED, /* associated, its place given away */
	CPORT__WAITING, /* in the stack of waiters */
	CPORT__GIVEN,   /* woken with `given`, counted in active */
};

/* A thread, as the core sees it. */
struct cport__member {
	enum cport__state state;
	struct cport__member *newer, *older;
	struct cport__node *given;
};

/* What happened, for cport__core.observe. */
enum cport__event {
	CPORT__EVENT_APPEND,
	CPORT__EVENT_RELEASE,
	CPORT__EVENT_ENTER,
	CPORT__EVENT_TAKE,
	CPORT__EVENT_WAIT,
	CPORT__EVENT_TIME_OUT,
	CPORT__EVENT_BLOCK,
	CPORT__EVENT_UNBLOCK,
	CPORT__EVENT_LEAVE,
	CPORT__EVENT_ABANDON,
};

struct cport__core;
typedef void cport__observe_fn(struct cport__core *core, enum cport__event event,
			       struct cport__member *member, struct cport__node *node);

struct cport__core {
	uint32_t max, active, depth, waiters;
	struct cport__node *first, *last;
	struct cport__member *newest;
	cport__observe_fn *observe; /* called under the owner's lock after each change; or NULL */
	void *observer;
};

void cport__core_init(struct cport__core *core, uint32_t max);

/* Queues a packet behind the others. */
void cport__core_append(struct cport__core *core, struct cport__node *node);

/* Gives the oldest packet to the newest waiter if the rules allow it. Returns that waiter, now
 * GIVEN, to be woken; NULL when there is nothing to release. */
struct cport__member *cport__core_release(struct cport__core *core);

/* A thread asks for a packet: it no longer runs (S14). It must take, wait or time out next. */
void cport__core_enter(struct cport__core *core, struct cport__member *member);

/* The oldest packet for a thread that has entered or waits, which then runs; NULL: none to be
 * had now. */
struct cport__node *cport__core_take(struct cport__core *core, struct cport__member *member);

/* One packet more for a thread that has just taken one (S23). */
struct cport__node *cport__core_take_more(struct cport__core *core);

/* The packet a woken thread was given; it runs from here. */
struct cport__node *cport__core_accept(struct cport__core *core, struct cport__member *member);

/* The thread becomes the newest waiter. */
void cport__core_wait(struct cport__core *core, struct cport__member *member);

/* A thread that entered or waits goes without a packet; it runs, and counts (S22). */
void cport__core_time_out(struct cport__core *core, struct cport__member *member);

/* A running thread blocks elsewhere (S19); then release. It runs again, whatever that makes of
 * active (S20). Neither changes a thread that is not RUNNING, respectively BLOCKED. */
void cport__core_block(struct cport__core *core, struct cport__member *member);
void cport__core_unblock(struct cport__core *core, struct cport__member *member);

/* The thread is no longer the port's, from any state but GIVEN; then release. */
void cport__core_leave(struct cport__core *core, struct cport__member *member);

/* Takes the newest waiter out, for the close; NULL when nobody waits. */
struct cport__member *cport__core_abandon(struct cport__core *core);

#endif
