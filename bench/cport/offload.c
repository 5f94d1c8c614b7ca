/* D5: the round trip of offloaded work that does nothing, one under way and 64: time and processor
 * time of all threads. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cport.h"

enum { DEPTH = 64, TRIPS = 20000, ROUNDS = 9 };

static double now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int64_t nothing(struct cport_op *op)
{
	(void)op;
	return 0;
}

static void trips(struct cport *port, int depth)
{
	static struct cport_op ops[DEPTH];
	struct cport_packet packet;
	int started = 0;

	for (; started < depth; started++)
		if (cport_work(port, &ops[started], 0, nothing) < 0)
			exit(1);
	for (int ended = 0; ended < TRIPS; ended++) {
		if (cport_get(port, &packet, CPORT_FOREVER) != 1)
			exit(1);
		if (started++ < TRIPS && cport_work(port, packet.op, 0, nothing) < 0)
			exit(1);
	}
}

/* Both are the least of all rounds so far. */
static void measure(struct cport *port, int depth, double *wall_ns, double *cpu_ns)
{
	double wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);

	trips(port, depth);
	wall = (now_ns(CLOCK_MONOTONIC) - wall) / TRIPS;
	cpu = (now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / TRIPS;
	*wall_ns = wall < *wall_ns ? wall : *wall_ns;
	*cpu_ns = cpu < *cpu_ns ? cpu : *cpu_ns;
}

int main(void)
{
	struct cport_options options = {.concurrency = 1};
	struct cport *port;

	if (cport_open(&port, &options) < 0)
		return 1;
	for (int depth = 1; depth <= DEPTH; depth *= DEPTH) {
		double wall = 1e18, cpu = 1e18;

		for (int i = 0; i < ROUNDS; i++)
			measure(port, depth, &wall, &cpu);
		printf("cport offload, %2d under way  %8.0f ns  cpu %8.0f ns\n", depth, wall, cpu);
	}
	cport_release(port);
	return 0;
}
