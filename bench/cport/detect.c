/* D10: how long undeclared blocking goes unseen, from the beginning of a sleep to the start of a
 * light continuation on another thread; and how often computing is taken for blocking while other
 * threads compete for the processors. detect [SLEEPS] [COMPUTATIONS] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cport.h"

enum { SLEEPS = 200, COMPUTATIONS = 10000, HOGS = 4 };

static int64_t slept_at, seen_at; /* atomic */
static unsigned ended;            /* atomic */
static int stop;                  /* atomic */

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void nap(int64_t ns)
{
	struct timespec pause = {0, ns};

	nanosleep(&pause, NULL);
}

static void on_light(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_store_n(&seen_at, now_ns(), __ATOMIC_RELEASE);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void on_sleep(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_store_n(&slept_at, now_ns(), __ATOMIC_RELEASE);
	nap(20000000);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void compute(int64_t ns)
{
	struct timespec time;
	int64_t start = 0, cpu;

	do {
		for (volatile int i = 0; i < 2000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
		cpu = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
		start = start ? start : cpu;
	} while (cpu - start < ns);
}

static void on_compute(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	compute(1500000);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void *hog(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		compute(1000000);
	return NULL;
}

static void start(struct cport *port, struct cport_op *op, cport_fn *fn)
{
	op->fn = fn;
	if (cport_timer(port, op, 0, 0) < 0)
		exit(1);
}

static void wait_for(unsigned count)
{
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < count)
		nap(200000);
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static void measure_sleeps(struct cport *port, int count)
{
	int64_t *delays = calloc((size_t)count, sizeof(*delays));

	for (int i = 0; i < count && delays; i++) {
		struct cport_op sleep_op = {0}, light_op = {0};

		ended = 0;
		start(port, &sleep_op, on_sleep);
		start(port, &light_op, on_light);
		wait_for(2);
		delays[i] = seen_at - slept_at;
	}
	qsort(delays, (size_t)count, sizeof(*delays), compare);
	printf("blocking seen after  p50 %.2f ms  p99 %.2f ms  max %.2f ms  (%d sleeps)\n",
	       (double)delays[count / 2] / 1e6, (double)delays[count * 99 / 100] / 1e6,
	       (double)delays[count - 1] / 1e6, count);
	free(delays);
}

static void measure_computing(struct cport *port, struct cport_pool *pool, unsigned count)
{
	struct cport_pool_stat before, after;
	struct cport_op ops[2] = {{0}, {0}};
	pthread_t hogs[HOGS];

	cport_pool_stat(pool, &before);
	for (int i = 0; i < HOGS; i++)
		pthread_create(&hogs[i], NULL, hog, NULL);
	for (unsigned done = 0; done < count; done += 2) {
		ended = 0;
		start(port, &ops[0], on_compute);
		start(port, &ops[1], on_compute);
		wait_for(2);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < HOGS; i++)
		pthread_join(hogs[i], NULL);
	cport_pool_stat(pool, &after);
	printf("computing taken for blocking  %lu of %u\n",
	       (unsigned long)(after.blocks_seen - before.blocks_seen), count);
}

int main(int argc, char **argv)
{
	struct cport_options options = {.concurrency = 1};
	struct cport_pool_options pool_options = {.minimum = 2, .maximum = 8};
	int sleeps = argc > 1 ? atoi(argv[1]) : SLEEPS;
	int computations = argc > 2 ? atoi(argv[2]) : COMPUTATIONS;
	struct cport_pool *pool;
	struct cport *port;

	if (cport_open(&port, &options) < 0 || cport_pool_open(&pool, port, &pool_options) < 0)
		return 1;
	if (sleeps > 0)
		measure_sleeps(port, sleeps);
	measure_computing(port, pool, (unsigned)computations);
	cport_pool_close(pool);
	cport_release(port);
	return 0;
}
