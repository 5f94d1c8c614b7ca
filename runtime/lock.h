/* A lock and a wake-up in four bytes each, over futexes. The lock is 0 when free, 1 when held
 * and 2 when held with somebody waiting; critical sections are short, so it spins a little
 * before it sleeps. It can live in a caller's zeroed memory and needs no destruction: unlocking
 * does not look at the memory again, only the kernel may be asked to wake its address.
 *
 * An unlock is a plain store and a look at whether anybody sleeps. That the look does not come
 * before the store is seen is ordered by who goes to sleep: it counts itself, then has the kernel
 * put a barrier into every running thread of the process (membarrier), then tries once more. A
 * locked instruction costs 8 ns, and locks are taken some ten times for an echoed request. Where
 * the kernel has no such barrier, unlocking is the locked exchange. */
#ifndef CPORT_LOCK_H
#define CPORT_LOCK_H

#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void cport__futex_wake(uint32_t *word, int count)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* Sleeps while `*word` is `value`, at most until `deadline` of CLOCK_MONOTONIC, NULL: for ever.
 * May return for no reason. */
static inline void cport__futex_wait(uint32_t *word, uint32_t value,
				     const struct timespec *deadline)
{
	/* contlint-ok-next(blocking-wait) -- another thread is inside the same few lines */
	(void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline, NULL,
		      FUTEX_BITSET_MATCH_ANY);
}

/* Once a process, before the first lock is used. */
void cport__lock_init(void);

/* Has the kernel order the memory of all running threads of the process. False: it cannot. */
bool cport__order_threads(void);

void cport__lock_slow(uint32_t *word);

extern bool cport__threads_ordered;   /* cport__order_threads() works */
extern uint32_t cport__lock_sleepers; /* atomic: threads that sleep for any lock, or are about to */

static inline void cport__lock(uint32_t *word)
{
	uint32_t free_word = 0;

	if (!__atomic_compare_exchange_n(word, &free_word, 1, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		cport__lock_slow(word);
}

static inline void cport__unlock(uint32_t *word)
{
	if (!__atomic_load_n(&cport__threads_ordered, __ATOMIC_RELAXED)) {
		if (__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) == 2)
			cport__futex_wake(word, 1);
		return;
	}
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&cport__lock_sleepers, __ATOMIC_RELAXED))
		cport__futex_wake(word, 1);
}

/* False: somebody else has it. */
static inline bool cport__trylock(uint32_t *word)
{
	uint32_t free_word = 0;

	return __atomic_compare_exchange_n(word, &free_word, 1, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* CLOCK_MONOTONIC. */
static inline int64_t cport__now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* `ns` from now, or the last moment there is. */
static inline int64_t cport__after(int64_t ns)
{
	int64_t now = cport__now();

	return ns < INT64_MAX - now ? now + ns : INT64_MAX;
}

#endif
