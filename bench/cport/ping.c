/* D4: a token goes to and fro between two threads: over two ports, a futex, an eventfd. Rounds take
 * turns; the least wall time of a round trip counts. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cport.h"
#include "runtime/lock.h"

enum { TRIPS = 5000, ROUNDS = 15 };

struct way {
	const char *name;
	void (*give)(int side); /* the token to `side` */
	void (*take)(int side);
	double best_ns;
};

static struct cport *ports[2];
static uint32_t words[2];
static int events[2];
static const struct way *way;

static void port_give(int side)
{
	(void)cport_post(ports[side], 0, 0, NULL);
}

static void port_take(int side)
{
	struct cport_packet packet;

	if (cport_get(ports[side], &packet, CPORT_FOREVER) != 1)
		exit(1);
}

static void futex_give(int side)
{
	__atomic_store_n(&words[side], 1, __ATOMIC_RELEASE);
	cport__futex_wake(&words[side], 1);
}

static void futex_take(int side)
{
	while (__atomic_load_n(&words[side], __ATOMIC_ACQUIRE) == 0)
		cport__futex_wait(&words[side], 0, NULL);
	__atomic_store_n(&words[side], 0, __ATOMIC_RELAXED);
}

static void event_give(int side)
{
	(void)!eventfd_write(events[side], 1);
}

static void event_take(int side)
{
	eventfd_t value;

	(void)!eventfd_read(events[side], &value);
}

static void *answer(void *unused)
{
	(void)unused;
	for (int i = 0; i < TRIPS; i++) {
		way->take(1);
		way->give(0);
	}
	return NULL;
}

static double measure(void)
{
	pthread_t other;
	int64_t start;

	if (pthread_create(&other, NULL, answer, NULL) != 0)
		exit(1);
	start = cport__now();
	for (int i = 0; i < TRIPS; i++) {
		way->give(1);
		way->take(0);
	}
	pthread_join(other, NULL);
	return (double)(cport__now() - start) / TRIPS;
}

int main(void)
{
	struct way ways[] = {
		{"futex", futex_give, futex_take, 1e18},
		{"eventfd", event_give, event_take, 1e18},
		{"two ports", port_give, port_take, 1e18},
	};
	struct cport_options options = {.backend = CPORT_BACKEND_NONE, .concurrency = 1};

	for (int i = 0; i < 2; i++) {
		events[i] = eventfd(0, 0);
		if (cport_open(&ports[i], &options) < 0 || events[i] < 0)
			return 1;
	}
	for (int i = 0; i < ROUNDS; i++)
		for (unsigned j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			double ns;

			way = &ways[j];
			ns = measure();
			ways[j].best_ns = ns < ways[j].best_ns ? ns : ways[j].best_ns;
		}
	for (unsigned j = 0; j < sizeof(ways) / sizeof(ways[0]); j++)
		printf("%-10s %8.0f ns a round trip, %.2f x futex\n", ways[j].name, ways[j].best_ns,
		       ways[j].best_ns / ways[0].best_ns);
	return 0;
}
