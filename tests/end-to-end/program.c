/* A cport program for the tests of `contlint run`: what a static check finds in it, and what a run
 * confirms, is written behind each continuation.
 *
 *   program [ROUNDS [EXIT [SIGHT]]]  EXIT: its exit status; "kill" ends it by SIGKILL, "crash" by
 *                                    SIGABRT in a continuation. SIGHT: "unwatched": its pool has no
 *                                    monitor; "hidden": nobody may look into it
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cport.h"

static int ended; /* atomic */
static int rare;  /* never set */

static void nap(long ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

/* Found, and confirmed. */
static void sleeps(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	nap(40);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

/* Found; it runs, but never comes to the sleep. */
static void light(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	if (rare)
		usleep(8000);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

/* Found; no run comes here. */
static void never(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	sleep(1);
}

/* Not found, since no model says that getrusage() tells the time; a run sees it. */
static void computes(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct rusage begin, now;

	(void)ctx, (void)op, (void)result;
	getrusage(RUSAGE_THREAD, &begin);
	do
		getrusage(RUSAGE_THREAD, &now);
	while ((now.ru_utime.tv_sec - begin.ru_utime.tv_sec) * 1000000 + now.ru_utime.tv_usec -
		       begin.ru_utime.tv_usec + now.ru_stime.tv_usec - begin.ru_stime.tv_usec <
	       40000);
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static int deadly = SIGKILL;

static void is_killed(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx, (void)op, (void)result;
	raise(deadly);
}

static void run_once(struct cport *port, cport_fn *fn)
{
	static struct cport_op op;
	int before = __atomic_load_n(&ended, __ATOMIC_ACQUIRE);

	memset(&op, 0, sizeof(op));
	op.fn = fn;
	if (cport_timer(port, &op, 0, 0) < 0)
		abort();
	while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) == before)
		nap(1);
}

/* Found, but nothing that a run could confirm: it is no continuation, and holds nothing. */
static void start_carelessly(struct cport *port, struct cport_op *op)
{
	cport_timer(port, op, 0, 0);
}

/* The superuser may look all the same. */
static void hide(void)
{
	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		abort();
	(void)prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 3;
	const char *sight = argc > 3 ? argv[3] : "";
	struct cport_pool_options options = {.monitor_ns = *sight == 'u' ? -1 : 0};
	struct cport_pool *pool;
	struct cport_op op;
	struct cport *port;

	if (cport_open(&port, NULL) < 0)
		abort();
	if (*sight == 'h')
		hide();
	if (cport_pool_open(&pool, port, &options) < 0)
		abort();
	for (int i = 0; i < rounds; i++) {
		run_once(port, light);
		run_once(port, sleeps);
		run_once(port, computes);
		if (rare)
			run_once(port, never);
		if (rare)
			start_carelessly(port, &op);
	}
	if (argc > 2 && strcmp(argv[2], "crash") == 0)
		deadly = SIGABRT;
	if (argc > 2 && (strcmp(argv[2], "kill") == 0 || deadly == SIGABRT))
		run_once(port, is_killed);
	cport_pool_close(pool);
	cport_release(port);
	puts("done");
	return argc > 2 ? atoi(argv[2]) : 0;
}
