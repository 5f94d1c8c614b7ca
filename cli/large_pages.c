/* The heap in large pages: see large_pages.h. Facts, models and the program are tens of megabytes
 * that are touched once, and each small page that is touched first is a fault: on a virtual machine
 * these took a third of the time of linking. Room is only reserved; what nobody touches takes no
 * memory. What does not fit into it is had in small pages as before. */
#include "cli/large_pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>

#define RESERVED (1 << 30)
#define FURTHER (64 << 20) /* the heap grows by so much when the room is used up */
#define KEPT (1 << 30)     /* so much can be free at its end before it is given back */

/* So that the heap grows now, by what was said: a block that is large enough for a mapping of its
 * own (M_MMAP_THRESHOLD, 128 KiB) would not make it grow. Some of a heap may be there already. */
static void take_some(void)
{
	void *volatile blocks[4];

	for (int i = 0; i < 4; i++)
		blocks[i] = malloc(1 << 16);
	for (int i = 0; i < 4; i++)
		free(blocks[i]);
}

void large_pages_use(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)sbrk(0), end;

	(void)mallopt(M_TRIM_THRESHOLD, KEPT);
	(void)mallopt(M_TOP_PAD, RESERVED);
	take_some();
	(void)mallopt(M_TOP_PAD, FURTHER);
	begin = (begin + page - 1) / page * page;
	end = (uintptr_t)sbrk(0);
	if (end > begin)
		(void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}
#else
void large_pages_use(void)
{
}
#endif
