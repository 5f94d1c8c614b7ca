/* D12: do the parts of a continuation make up its time? Computing under competition, where nothing
 * blocks, so that wall - (cpu + runqueue) should be nothing; and sleeps, where what is not cpu
 * should be as long as the sleep was by the clock, its wait for a processor included. What the
 * kernel counts as the thread's computing inside of the sleep, its interrupts too, was no sleep. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cport.h"
#include "runtime/trace_format.h"

enum { COMPUTATIONS = 1000, SLEEPS = 1000, HOGS = 3, COMPUTE_NS = 2000000, SLEEP_NS = 3000000 };

static unsigned ended; /* atomic */
static int stop;       /* atomic */
static double slept_us[SLEEPS];

static void nap(int64_t ns)
{
	struct timespec pause = {0, ns};

	nanosleep(&pause, NULL);
}

static int64_t read_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void compute(int64_t ns)
{
	int64_t start = 0, cpu;

	do {
		for (volatile int i = 0; i < 2000; i++)
			;
		cpu = read_ns(CLOCK_THREAD_CPUTIME_ID);
		start = start ? start : cpu;
	} while (cpu - start < ns);
}

static void on_compute(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	compute(COMPUTE_NS);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void on_sleep(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	int64_t wall, cpu;

	(void)ctx;
	(void)op;
	(void)result;
	cpu = read_ns(CLOCK_THREAD_CPUTIME_ID);
	wall = read_ns(CLOCK_MONOTONIC);
	nap(SLEEP_NS);
	wall = read_ns(CLOCK_MONOTONIC) - wall;
	cpu = read_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
	slept_us[ended] = (double)(wall - cpu) / 1e3;
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void *hog(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
		compute(1000000);
	return NULL;
}

static void repeat(struct cport *port, cport_fn *fn, unsigned count)
{
	ended = 0;
	for (unsigned i = 0; i < count; i++) {
		struct cport_op op = {.fn = fn};

		if (cport_timer(port, &op, 0, 0) < 0)
			exit(1);
		while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) <= i)
			nap(300000);
	}
}

/* A trace for each kind: a thread's records of both would not find room in one. */
static void run(const char *path, cport_fn *fn, unsigned count, int hog_count)
{
	struct cport_options options = {.concurrency = 1, .trace = path};
	struct cport_pool_options pool_options = {.minimum = 1};
	pthread_t hogs[HOGS];
	struct cport_pool *pool;
	struct cport *port;

	if (cport_open(&port, &options) < 0 || cport_pool_open(&pool, port, &pool_options) < 0)
		exit(1);
	for (int i = 0; i < hog_count; i++)
		pthread_create(&hogs[i], NULL, hog, NULL);
	repeat(port, fn, count);
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < hog_count; i++)
		pthread_join(hogs[i], NULL);
	cport_pool_close(pool);
	cport_release(port);
}

struct tally {
	unsigned count, split, within;
	double worst_us;
};

/* Adds one continuation whose error should be at most 50 us and 1 % of its time. */
static void add(struct tally *tally, const struct contlint_trace_record *record, double error_us)
{
	double limit = 50 + (double)record->u.end.wall_ns / 1000 / 100;

	error_us = error_us < 0 ? -error_us : error_us;
	tally->count++;
	if (!(record->flags & CONTLINT_TRACE_SPLIT))
		return;
	tally->split++;
	tally->within += error_us <= limit;
	tally->worst_us = error_us > tally->worst_us ? error_us : tally->worst_us;
}

/* Time that was neither computing nor asleep: what was waited for a processor outside the sleep. */
static double unexplained(double rest_us, double runqueue_us)
{
	return rest_us <= 0 ? rest_us : rest_us < runqueue_us ? 0 : rest_us - runqueue_us;
}

static void judge(const struct contlint_trace_record *record, struct tally *tally)
{
	double wall = (double)record->u.end.wall_ns / 1000,
	       cpu = (double)record->u.end.cpu_ns / 1000;

	if (record->type != CONTLINT_TRACE_CONTINUATION)
		return;
	if (record->function == (uint64_t)(uintptr_t)on_compute)
		add(tally, record, wall - cpu - record->u.end.runqueue_us);
	else
		add(tally, record,
		    unexplained(wall - cpu - slept_us[tally->count], record->u.end.runqueue_us));
}

/* In the order in which they ran: there is room for all. -1: not readable, or some are gone. */
static int read_trace(struct tally *tally, const char *path)
{
	const struct contlint_trace_header *header;
	struct stat stat;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &stat) < 0)
		return -1;
	header = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (header == MAP_FAILED)
		return -1;
	for (unsigned i = 0; i < header->areas_used; i++) {
		const struct contlint_trace_area *area =
			(const void *)((const char *)header + header->areas_offset +
				       i * header->area_size);
		const struct contlint_trace_record *records =
			(const void *)((const char *)area + area->records_offset);

		if (area->kind == CONTLINT_TRACE_IO && area->record_count > area->record_capacity)
			return -1;
		for (uint64_t j = 0; j < area->record_count && j < area->record_capacity; j++)
			judge(&records[j], tally);
	}
	munmap((void *)header, (size_t)stat.st_size);
	return 0;
}

static void print(const char *what, const struct tally *tally)
{
	printf("%-10s %4u continuations, %u split, %.1f %% of them within 50 us + 1 %%, worst %.0f "
	       "us\n",
	       what, tally->count, tally->split,
	       100.0 * tally->within / (tally->split + !tally->split), tally->worst_us);
}

static int measure(const char *what, cport_fn *fn, unsigned count, int hog_count)
{
	struct tally tally = {0};
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "split-%ld.trace", (long)getpid());
	run(path, fn, count, hog_count);
	r = read_trace(&tally, path);
	unlink(path);
	if (r < 0 || tally.count != count) {
		fprintf(stderr, "%s: %u records of %u continuations\n", what, tally.count, count);
		return -1;
	}
	print(what, &tally);
	return 0;
}

int main(void)
{
	if (measure("sleeping", on_sleep, SLEEPS, 0) < 0 ||
	    measure("computing", on_compute, COMPUTATIONS, HOGS) < 0)
		return 1;
	return 0;
}
