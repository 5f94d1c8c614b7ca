/* E7: how many threads should run. The same computing, in pieces of a millisecond, with a
 * concurrency of 1, 2, 4 and 8 and as many threads. Up to the number of processors more gets done
 * in the same time; beyond, the threads wait for a processor instead.
 *
 * Accounted: computing and waiting for a processor, from the trace. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "claims.h"
#include "reading.h"
#include "runtime/cport.h"

enum { PIECES = 400, PIECE_NS = 1000000 };

struct result {
	unsigned concurrency;
	double wall_ms, cpu_ms, runqueue_ms;
	unsigned long switches;
};

static unsigned done; /* atomic */

static int64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void piece(struct cport_context *ctx, const struct cport_packet *packet)
{
	int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	(void)ctx;
	(void)packet;
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) - start < PIECE_NS)
		for (volatile int i = 0; i < 200; i++)
			;
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
}

static void compute_all(struct result *result, const char *trace)
{
	struct cport_options options = {.concurrency = result->concurrency, .trace = trace};
	struct cport_pool_options pool_options = {
		.minimum = result->concurrency,
		.maximum = result->concurrency,
		.monitor_ns = -1,
		.on_post = piece,
	};
	struct timespec pause = {0, 200000};
	struct cport_pool *pool;
	struct cport *port;
	int64_t start;

	done = 0;
	if (cport_open(&port, &options) < 0 || cport_pool_open(&pool, port, &pool_options) < 0)
		exit(1);
	start = now_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < PIECES; i++)
		if (cport_post(port, 0, 0, NULL) < 0)
			exit(1);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < PIECES)
		nanosleep(&pause, NULL);
	result->wall_ms = (double)(now_ns(CLOCK_MONOTONIC) - start) / 1e6;
	cport_pool_close(pool);
	cport_release(port);
}

static struct result measure(unsigned concurrency, int keep)
{
	struct result result = {.concurrency = concurrency};
	struct reading reading;
	char trace[64], picture[64], title[64];

	(void)snprintf(trace, sizeof(trace), "pump-E7-%u-%ld.trace", concurrency, (long)getpid());
	(void)snprintf(picture, sizeof(picture), "pump-E7-%u", concurrency);
	(void)snprintf(title, sizeof(title), "E7 %u threads compute at a time", concurrency);
	compute_all(&result, trace);
	if (reading_take(&reading, trace, (uint64_t)(uintptr_t)piece) < 0 ||
	    (keep && reading_keep(trace, picture, title) < 0))
		exit(1);
	unlink(trace);
	result.cpu_ms = reading.cpu_ms;
	result.runqueue_ms = reading.runqueue_ms;
	result.switches = reading.switches;
	return result;
}

/* The share of its time that a thread had to wait for a processor. */
static double waiting(const struct result *result)
{
	return result->runqueue_ms / (result->cpu_ms + result->runqueue_ms + 1);
}

/* A thread with a processor to itself that waits for one waits for other work on the machine. */
static int is_noisy(const struct result *results, unsigned fitting)
{
	return waiting(&results[0]) > 0.05 || waiting(&results[fitting]) > 0.25;
}

void run_sweep(int keep)
{
	unsigned processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), fitting = 0;
	struct result results[4];

	printf("E7  concurrency: %d pieces of 1 ms, on %u processors\n", PIECES, processors);
	for (int i = 0; i < 4; i++) {
		results[i] = measure(1u << i, keep);
		if (results[i].concurrency <= processors)
			fitting = (unsigned)i;
		printf("    %u at a time: %4.0f ms, %3.0f %% of the threads' time without a "
		       "processor, %.2f switches a piece\n",
		       results[i].concurrency, results[i].wall_ms, 100 * waiting(&results[i]),
		       (double)results[i].switches / PIECES);
	}
	claim(results[3].wall_ms > 0.8 * results[fitting].wall_ms,
	      is_noisy(results, fitting),
	      "more threads than processors do not get more done (20 %)");
	claim(waiting(&results[3]) > waiting(&results[fitting]) + 0.2,
	      is_noisy(results, fitting),
	      "they wait for a processor instead (20 % of their time more)");
	claim(results[3].switches > results[fitting].switches, is_noisy(results, fitting),
	      "and are switched more often");
}
