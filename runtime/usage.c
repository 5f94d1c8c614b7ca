/* The mark is the thread's restartable-sequence pointer: the kernel clears it when it puts the
 * thread back on a processor outside that sequence. Setting and comparing it costs nothing. The
 * counters cost microseconds and are read only where the mark is gone. */
#include "usage.h"

#include "clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#if defined(__GLIBC__) && __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define HAS_RSEQ 1
#endif

enum { ATTEMPTS = 3 };

/* Two readings take some 5 us: a two-hundredth of 1000. */
enum { PAIR_EVERY_NS = 1000000, PAIRS_MOST = 2048 };

static int mark_works;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#ifdef HAS_RSEQ

/* A sequence of no instructions: the thread is always outside it, and nobody ever jumps to its
 * abort address. The kernel wants the signature in front of that all the same. */
static const uint32_t landing[2] = {RSEQ_SIG, 0};
static struct rseq_cs nowhere __attribute__((aligned(32))) = {
	.start_ip = 1,
	.post_commit_offset = 0,
	.abort_ip = (uintptr_t)&landing[1],
};

/* Where the kernel keeps the pointer to the sequence of the calling thread. */
static uint64_t *mark(void)
{
	char *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	return (uint64_t *)(void *)(area + offsetof(struct rseq, rseq_cs));
}

void cport__usage_arm(void)
{
	if (mark_works)
		__atomic_store_n(mark(), (uint64_t)(uintptr_t)&nowhere, __ATOMIC_RELAXED);
}

bool cport__usage_switched(void)
{
	if (!mark_works)
		return true;
	return __atomic_load_n(mark(), __ATOMIC_RELAXED) != (uint64_t)(uintptr_t)&nowhere;
}

/* A sleep must clear it, and doing nothing must leave it alone in most of some attempts. */
static void test_mark(void)
{
	struct timespec pause = {0, 1};
	int kept = 0;

	if (__rseq_size == 0)
		return;
	mark_works = 1;
	for (int i = 0; i < 5; i++) {
		cport__usage_arm();
		kept += !cport__usage_switched();
	}
	cport__usage_arm();
	nanosleep(&pause, NULL);
	mark_works = kept >= 3 && cport__usage_switched();
}

#else

void cport__usage_arm(void)
{
}

bool cport__usage_switched(void)
{
	return true;
}

static void test_mark(void)
{
}

#endif

void cport__usage_init(void)
{
	pthread_once(&once, test_mark);
}

int cport__usage_open(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/schedstat", syscall(SYS_gettid));
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The second number: time spent runnable without a processor. */
static int64_t read_runqueue(int fd)
{
	char text[80];
	ssize_t size = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	char *rest = text;

	if (size <= 0)
		return 0;
	text[size] = '\0';
	(void)strtoll(text, &rest, 10);
	return strtoll(rest, NULL, 10);
}

static void read_counters(int schedstat_fd, struct cport__usage *ret_usage)
{
	struct timespec time;
	struct rusage usage;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	getrusage(RUSAGE_THREAD, &usage);
	*ret_usage = (struct cport__usage){
		.cpu_ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec,
		.runqueue_ns = read_runqueue(schedstat_fd),
		.voluntary = usage.ru_nvcsw,
		.involuntary = usage.ru_nivcsw,
		.major_faults = usage.ru_majflt,
	};
}

uint64_t cport__usage_read(int schedstat_fd, struct cport__usage *ret_usage)
{
	uint64_t ticks = 0;

	for (int i = 0; i < ATTEMPTS; i++) {
		cport__usage_arm();
		ticks = cport__ticks();
		read_counters(schedstat_fd, ret_usage);
		if (!cport__usage_switched())
			break;
	}
	return ticks;
}

void cport__usage_save(struct cport__allowance *allowance, uint64_t ticks)
{
	allowance->saved_ns = (int64_t)PAIRS_MOST * PAIR_EVERY_NS;
	allowance->ticks = ticks;
}

bool cport__usage_afford(struct cport__allowance *allowance, uint64_t ticks)
{
	const int64_t most = (int64_t)PAIRS_MOST * PAIR_EVERY_NS;

	allowance->saved_ns += cport__ticks_ns(ticks - allowance->ticks);
	allowance->ticks = ticks;
	if (allowance->saved_ns > most)
		allowance->saved_ns = most;
	if (allowance->saved_ns < PAIR_EVERY_NS)
		return false;
	allowance->saved_ns -= PAIR_EVERY_NS;
	return true;
}
