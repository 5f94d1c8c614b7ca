/* D7: a million timers of up to a second in random order, started and ended; the least processor
 * time for each. timers_uv does the same with libuv. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cport.h"

enum { TIMERS = 1000000, ROUNDS = 3 };

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double run(struct cport *port, struct cport_op *ops)
{
	struct cport_packet packets[64];
	double start = cpu_ns();
	unsigned seed = 1;

	for (int i = 0; i < TIMERS; i++) {
		seed = seed * 1103515245 + 12345;
		if (cport_timer(port, &ops[i], 0, (int64_t)(seed >> 8) % 1000 * 1000000) < 0)
			exit(1);
	}
	for (int ended = 0; ended < TIMERS;)
		ended += cport_get_many(port, packets, 64, CPORT_FOREVER);
	return (cpu_ns() - start) / TIMERS;
}

int main(void)
{
	struct cport_options options = {.concurrency = 1};
	struct cport_op *ops = calloc(TIMERS, sizeof(*ops));
	double best = 1e18;
	struct cport *port;

	if (!ops || cport_open(&port, &options) < 0)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		double ns = run(port, ops);

		best = ns < best ? ns : best;
	}
	printf("cport  a million timers  %6.0f ns of cpu each\n", best);
	free(ops);
	cport_release(port);
	return 0;
}
