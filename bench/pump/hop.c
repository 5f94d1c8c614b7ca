/* E9: the continuation of a task, inline on the thread that completes it, or dispatched as a
 * packet. Inline costs less; dispatched, whoever completes is free at once. The hop's price is the
 * length of a continuation from which on dispatching is worth thinking of.
 *
 * Accounted: the processor time of one thread that does both sides, the least of some rounds; so
 * the hop has no wake-up in it, which would make it dearer still. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "claims.h"
#include "runtime/cport.h"

enum { TASKS = 20000, ROUNDS = 15, LONG_NS = 200000 };

static unsigned ended;

static int64_t cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void light(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	ended++;
}

static void heavy(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	int64_t start = cpu_ns();

	while (cpu_ns() - start < LONG_NS)
		;
	light(ctx, op, result);
}

/* Completes one task; a dispatched continuation is then taken and called. Returns how long the
 * completion itself held the thread. */
static int64_t complete_one(struct cport *port, cport_fn *fn, enum cport_where where, int timed)
{
	struct cport_task task;
	struct cport_op op = {.fn = fn};
	struct cport_packet packet;
	int64_t start, held;

	cport_task_init(&task, port);
	if (cport_task_then(&task, &op, where) < 0)
		exit(1);
	start = timed ? cpu_ns() : 0;
	if (cport_task_complete(&task, 1) < 0)
		exit(1);
	held = timed ? cpu_ns() - start : 0;
	if (where == CPORT_DISPATCH && cport_get(port, &packet, CPORT_FOREVER) == 1)
		packet.op->fn(NULL, packet.op, packet.result);
	return held;
}

static double cost(struct cport *port, enum cport_where where)
{
	double least = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = cpu_ns();
		double each;

		for (int j = 0; j < TASKS / ROUNDS; j++)
			(void)complete_one(port, light, where, 0);
		each = (double)(cpu_ns() - start) / (TASKS / ROUNDS);
		least = each < least ? each : least;
	}
	return least;
}

/* The least of some, so that an interrupt does not count. */
static int64_t held(struct cport *port, enum cport_where where)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t one = complete_one(port, heavy, where, 1);

		least = one < least ? one : least;
	}
	return least;
}

void run_hop(void)
{
	struct cport_options options = {.concurrency = 1};
	double in_line, dispatched;
	int64_t held_inline, held_dispatched;
	struct cport *port;

	if (cport_open(&port, &options) < 0)
		exit(1);
	in_line = cost(port, CPORT_INLINE);
	dispatched = cost(port, CPORT_DISPATCH);
	held_inline = held(port, CPORT_INLINE);
	held_dispatched = held(port, CPORT_DISPATCH);
	printf("E9  inline or dispatched\n");
	printf("    a light continuation costs %.0f ns inline, %.0f ns dispatched: the hop is %.0f "
	       "ns\n",
	       in_line, dispatched, dispatched - in_line);
	printf("    one of %d us holds who completes for %.1f us inline, %.1f us dispatched\n",
	       LONG_NS / 1000, (double)held_inline / 1e3, (double)held_dispatched / 1e3);
	claim(in_line < dispatched, 0, "inline costs less for light work");
	claim(held_inline >= LONG_NS, 0, "inline, who completes is held for all of it");
	claim(held_dispatched < LONG_NS / 10, 0, "dispatched, for less than a tenth of it");
	claim(ended == 2 * (TASKS / ROUNDS) * ROUNDS + 2 * ROUNDS, 0,
	      "each continuation ran exactly once");
	cport_release(port);
}
