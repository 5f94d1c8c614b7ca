/* The contended half of the lock. */
#include "lock.h"

#include <linux/membarrier.h>

enum { SPINS = 64 };

bool cport__threads_ordered;
uint32_t cport__lock_sleepers;

void cport__lock_init(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
		__atomic_store_n(&cport__threads_ordered, cport__order_threads(), __ATOMIC_RELAXED);
}

bool cport__order_threads(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

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
	__atomic_add_fetch(&cport__lock_sleepers, 1, __ATOMIC_SEQ_CST);
	(void)cport__order_threads();
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE) != 0)
		cport__futex_wait(word, 2, NULL);
	__atomic_sub_fetch(&cport__lock_sleepers, 1, __ATOMIC_RELAXED);
}
