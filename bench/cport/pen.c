/* D9: what the instrumentation costs a continuation. A chain of posts, each continuation doing
 * nothing but the next one, in two pools of one thread, one with a trace and one without; they take
 * turns, and the least processor time for a continuation counts. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cport.h"

enum { CHAIN = 100000, ROUNDS = 31 };

static int left; /* of the chain; its thread's alone, but for the wait of main() */
static double start_ns;
static double took_ns; /* atomic by `left` */

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void next(struct cport_context *ctx, const struct cport_packet *packet)
{
	int now = __atomic_load_n(&left, __ATOMIC_RELAXED) - 1;

	(void)packet;
	if (now == CHAIN - 1)
		start_ns = cpu_ns();
	if (now == 0)
		took_ns = cpu_ns() - start_ns;
	else if (cport_post(cport_context_port(ctx), 0, 0, NULL) < 0)
		exit(1);
	__atomic_store_n(&left, now, __ATOMIC_RELEASE);
}

struct side {
	struct cport *port;
	struct cport_pool *pool;
	double best_ns;
};

static void open_side(struct side *side, const char *trace)
{
	struct cport_options options = {.concurrency = 1, .trace = trace};
	struct cport_pool_options pool_options = {.minimum = 1, .maximum = 1, .on_post = next};

	side->best_ns = 1e18;
	if (cport_open(&side->port, &options) < 0 ||
	    cport_pool_open(&side->pool, side->port, &pool_options) < 0)
		exit(1);
}

static void run(struct side *side)
{
	struct timespec pause = {0, 1000000};

	__atomic_store_n(&left, CHAIN, __ATOMIC_RELEASE);
	if (cport_post(side->port, 0, 0, NULL) < 0)
		exit(1);
	while (__atomic_load_n(&left, __ATOMIC_ACQUIRE) > 0)
		nanosleep(&pause, NULL);
	if (took_ns / CHAIN < side->best_ns)
		side->best_ns = took_ns / CHAIN;
}

static void close_side(struct side *side)
{
	cport_pool_close(side->pool);
	cport_release(side->port);
}

int main(void)
{
	struct side plain, traced;
	char path[64];

	(void)snprintf(path, sizeof(path), "pen-%ld.trace", (long)getpid());
	open_side(&plain, NULL);
	open_side(&traced, path);
	for (int i = 0; i < ROUNDS; i++) {
		run(&plain);
		run(&traced);
	}
	printf("a continuation of a pool  %.1f ns, with a trace %.1f ns: %.1f ns more\n",
	       plain.best_ns, traced.best_ns, traced.best_ns - plain.best_ns);
	close_side(&plain);
	close_side(&traced);
	unlink(path);
	return 0;
}
