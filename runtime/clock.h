/* Ticks: the processor's own counter where it runs at a constant rate, else CLOCK_MONOTONIC. A tick
 * count costs 10 to 20 ns, a clock_gettime() 50. */
#ifndef CPORT_CLOCK_H
#define CPORT_CLOCK_H

#include "lock.h"

/* 1 where the counter may be used; set by cport__clock_init(), constant afterwards. */
extern int cport__clock_counter;

static inline uint64_t cport__ticks(void)
{
#if defined(__x86_64__)
	if (cport__clock_counter)
		return __builtin_ia32_rdtsc();
#endif
	return (uint64_t)cport__now();
}

/* Measures the rate, once a process; the first call takes some milliseconds. */
void cport__clock_init(void);

/* The length of `ticks`, the difference of two counts, in ns; a negative one stays negative. */
int64_t cport__ticks_ns(uint64_t ticks);

#endif
