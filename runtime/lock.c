/* The contended half of the lock. */
#include "lock.h"

enum { SPINS = 64 };

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

void cport__lock_slow(uint32_t *word)
{
	for (int i = 0; i < SPINS; i++) {
		uint32_t free_word = 0;

		if (__atomic_load_n(word, __ATOMIC_RELAXED) == 0 &&
		    __atomic_compare_exchange_n(word, &free_word, 1, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		relax();
	}
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
		cport__futex_wait(word, 2, NULL);
}
