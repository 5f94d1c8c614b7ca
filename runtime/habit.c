/* What a continuation starts may go to the kernel with its return, which saves a system call, if it
 * returns soon. Nobody knows that beforehand, but functions have habits: one that is found to hold
 * its thread, by the monitor at a tick or by its own thread when it returns, has what it starts
 * handed over at once from then on. One that was merely kept from the processor now and then is
 * forgotten. Functions share places; who takes another's is found again. */
#include "internal.h"

enum {
	WEIGHT = 8,    /* ticks that one finding lasts */
	OFTEN = 16,    /* more than two of them are a habit */
	LASTS = 1000,  /* and are forgotten after that many ticks at most */
};

static size_t place_of(const struct cport_pool *pool, cport_fn *fn)
{
	return ((uintptr_t)fn >> 4) % (sizeof(pool->habits) / sizeof(pool->habits[0]));
}

void cport__habit_note(struct cport_pool *pool, cport_fn *fn)
{
	struct cport__habit *habit = &pool->habits[place_of(pool, fn)];
	uint64_t now = __atomic_load_n(&pool->ticks, __ATOMIC_RELAXED);
	uint64_t until = __atomic_load_n(&habit->until, __ATOMIC_RELAXED);

	if (__atomic_load_n(&habit->fn, __ATOMIC_RELAXED) != fn || until < now)
		until = now;
	until = until + WEIGHT < now + LASTS ? until + WEIGHT : now + LASTS;
	__atomic_store_n(&habit->fn, fn, __ATOMIC_RELAXED);
	__atomic_store_n(&habit->until, until, __ATOMIC_RELAXED);
}

bool cport__habit_is(const struct cport_pool *pool, cport_fn *fn)
{
	const struct cport__habit *habit = &pool->habits[place_of(pool, fn)];

	return __atomic_load_n(&habit->fn, __ATOMIC_RELAXED) == fn &&
	       __atomic_load_n(&habit->until, __ATOMIC_RELAXED) >
		       __atomic_load_n(&pool->ticks, __ATOMIC_RELAXED) + OFTEN;
}
