/* What the files of the io_uring backend share. The submission queue is filled under a lock of its
 * own and handed over with a plain io_uring_enter(), so that a leader can wait in the kernel while
 * others submit. The completion queue is read under the port's lock. */
#ifndef CPORT_URING_H
#define CPORT_URING_H

#include "internal.h"

#include <liburing.h>

/* user_data that is no operation. */
enum { TAG_KICK = 1, TAG_IGNORE = 2 };

enum { BUFFER_GROUP = 1 };

struct uring {
	struct io_uring ring;
	uint32_t lock; /* of the submission queue */
	unsigned tail; /* entries that were filled */
	int event_fd;
	bool enabled;    /* CPORT_ONE_THREAD: its thread has come */
	bool finished;   /* and gone */
	uint32_t queued; /* operations that were put into the ring, */
	uint32_t ended;  /* and under the port's lock: those that came out of it */
	bool again;      /* under the port's lock: reaping has queued something */
	struct io_uring_buf_ring *buffers;
	size_t buffers_size;
};

static inline struct uring *cport__uring_of(struct cport *port)
{
	return port->backend_data;
}

/* Entries that were not handed over. */
static inline unsigned cport__uring_held_back(const struct uring *uring)
{
	return __atomic_load_n(&uring->tail, __ATOMIC_RELAXED) -
	       __atomic_load_n(uring->ring.sq.khead, __ATOMIC_ACQUIRE);
}

static inline bool cport__uring_completions_wait(const struct uring *uring)
{
	return __atomic_load_n(uring->ring.cq.ktail, __ATOMIC_ACQUIRE) !=
	       __atomic_load_n(uring->ring.cq.khead, __ATOMIC_RELAXED);
}

/* io_uring_enter(): 0 or more, or -errno. */
int cport__uring_enter(struct uring *uring, unsigned count, unsigned wait, unsigned flags,
		       struct io_uring_getevents_arg *arg);

/* Hands over what is in the queue. What the kernel does not take now stays for the next time; a
 * ring of one thread is served by that thread. */
void cport__uring_submit(struct cport *port);

/* Sees to it that no entry in the queue uses the descriptor of `file`, which is closed: what is
 * there is handed over, or, while the ring has no thread yet, loses its descriptor. A thread that
 * the ring does not serve can do neither. */
void cport__uring_withdraw(struct cport *port, const struct cport_file *file);

/* Under the queue's lock: an entry to be filled in, NULL when the queue is full and cannot be
 * emptied now; and the end of that. */
struct io_uring_sqe *cport__uring_next_entry(struct cport *port);
static inline void cport__uring_publish(struct uring *uring)
{
	__atomic_store_n(&uring->tail, uring->tail + 1, __ATOMIC_RELAXED);
	__atomic_store_n(uring->ring.sq.ktail, uring->tail, __ATOMIC_RELEASE);
}

/* Wakes the leader by a completion, unless one waits for it already. */
void cport__uring_kick(struct cport *port);

/* While a thread computes that has completions to take in: an interrupt brings it to it. */
void cport__uring_hurry(struct cport *port);

#endif
