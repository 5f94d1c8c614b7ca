/* D3: the cost of a post and the get that takes it, on one thread and from another one. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/cport.h"

enum { ROUNDS = 15, ITEMS = 300000, BATCH = 64 };

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static struct cport *open_port(void)
{
	struct cport_options options = {.concurrency = 1, .posts = 4096};
	struct cport *port = NULL;

	if (cport_open(&port, &options) < 0)
		exit(1);
	return port;
}

static double alternate(struct cport *port)
{
	struct cport_packet packet;
	double start = now_ns();

	for (int i = 0; i < ITEMS; i++) {
		(void)cport_post(port, i, 0, NULL);
		(void)cport_get(port, &packet, 0);
	}
	return (now_ns() - start) / ITEMS;
}

static double batches(struct cport *port)
{
	struct cport_packet packets[BATCH];
	double start = now_ns();

	for (int i = 0; i < ITEMS / BATCH; i++) {
		for (int j = 0; j < BATCH; j++)
			(void)cport_post(port, j, 0, NULL);
		(void)cport_get_many(port, packets, BATCH, 0);
	}
	return (now_ns() - start) / ITEMS;
}

static void *produce(void *port)
{
	for (int i = 0; i < ITEMS; i++)
		while (cport_post(port, i, 0, NULL) < 0)
			;
	return NULL;
}

static double from_another(struct cport *port, unsigned long *ret_wakes)
{
	struct cport_packet packet;
	struct cport_stat before, after;
	pthread_t thread;
	double start = now_ns();

	cport_stat(port, &before);
	if (pthread_create(&thread, NULL, produce, port) != 0)
		exit(1);
	for (int i = 0; i < ITEMS; i++)
		(void)cport_get(port, &packet, CPORT_FOREVER);
	pthread_join(thread, NULL);
	cport_stat(port, &after);
	*ret_wakes = after.wakes + after.kicks - before.wakes - before.kicks;
	return (now_ns() - start) / ITEMS;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

int main(void)
{
	struct cport *port = open_port();
	double alternating = 1e9, batched = 1e9, external = 1e9;
	unsigned long wakes = 0, fewest = ~0ul;

	for (int i = 0; i < ROUNDS; i++) {
		alternating = least(alternating, alternate(port));
		batched = least(batched, batches(port));
		external = least(external, from_another(port, &wakes));
		fewest = wakes < fewest ? wakes : fewest;
	}
	printf("post+get alternating  %6.1f ns\n", alternating);
	printf("post+get in batches   %6.1f ns\n", batched);
	printf("from another thread   %6.1f ns, %.2f wakes per 1000\n", external,
	       (double)fewest * 1000 / ITEMS);
	cport_release(port);
	return 0;
}
