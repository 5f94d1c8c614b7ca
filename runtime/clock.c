/* Whether the processor's counter can be trusted, and its rate. */
#include "clock.h"

#include <pthread.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { MEASURE_NS = 3000000 };

int cport__clock_counter;
static double ns_per_tick = 1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int counter_is_constant(void)
{
#if defined(__x86_64__)
	unsigned a = 0, b = 0, c = 0, d = 0;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
#else
	return 0;
#endif
}

static void measure(void)
{
	struct timespec pause = {0, MEASURE_NS};
	uint64_t start_ticks, ticks;
	int64_t start_ns;

	cport__clock_counter = counter_is_constant();
	if (!cport__clock_counter)
		return;
	start_ns = cport__now();
	start_ticks = cport__ticks();
	nanosleep(&pause, NULL);
	ticks = cport__ticks() - start_ticks;
	ns_per_tick = (double)(cport__now() - start_ns) / (double)ticks;
}

void cport__clock_init(void)
{
	pthread_once(&once, measure);
}

int64_t cport__ticks_ns(uint64_t ticks)
{
	return (int64_t)((double)(int64_t)ticks * ns_per_tick);
}
