/* E8: whom to wake. Eight threads wait, packets come one by one with a pause between them, and a
 * rule says who is woken: the thread that began to wait last (a completion port), the one that has
 * waited longest (a queue of waiters), or all of them (a shared descriptor). The rules are modelled
 * here in the simplest way, so that nothing else differs; the last row is cport itself.
 *
 * Accounted: wakes, and how many threads had to do with anything. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "claims.h"
#include "runtime/cport.h"
#include "runtime/lock.h"

enum { THREADS = 8, PACKETS = 5000, PAUSE_NS = 50000 };

enum rule { NEWEST, OLDEST, EVERYBODY, CPORT, RULES };

static const char *const names[RULES] = {"last in, first out", "first in, first out", "wake all",
					 "cport"};

struct waiter {
	uint32_t word; /* futex: 1 = woken */
	unsigned long runs, packets;
};

struct outcome {
	unsigned long wakes;
	unsigned busy;      /* threads that had a packet */
	unsigned disturbed; /* that were woken at all, more than a few times */
};

static enum rule rule;
static uint32_t lock;
static struct waiter waiters[THREADS];
static int stack[THREADS]; /* who waits, oldest first */
static unsigned waiting, queued, handled;
static unsigned long wakes;
static int stop;
static struct cport *port;

static void nap(long ns)
{
	struct timespec pause = {0, ns};

	nanosleep(&pause, NULL);
}

/* The lock is held. Takes waiters from the stack and marks them. */
static unsigned choose(int *ret_chosen)
{
	unsigned count = rule == EVERYBODY ? waiting : waiting > 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned place = rule == NEWEST ? waiting - 1 : 0;

		ret_chosen[i] = stack[place];
		waiting--;
		memmove(&stack[place], &stack[place + 1], (waiting - place) * sizeof(stack[0]));
		__atomic_store_n(&waiters[ret_chosen[i]].word, 1, __ATOMIC_RELEASE);
	}
	return count;
}

static void post(void)
{
	int chosen[THREADS];
	unsigned count;

	cport__lock(&lock);
	queued++;
	count = choose(chosen);
	wakes += count;
	cport__unlock(&lock);
	for (unsigned i = 0; i < count; i++)
		cport__futex_wake(&waiters[chosen[i]].word, 1);
}

static void *serve(void *argument)
{
	struct waiter *self = argument;

	cport__lock(&lock);
	while (!stop) {
		if (queued > 0) {
			queued--;
			handled++;
			self->packets++;
			continue;
		}
		self->word = 0;
		stack[waiting++] = (int)(self - waiters);
		cport__unlock(&lock);
		while (__atomic_load_n(&self->word, __ATOMIC_ACQUIRE) == 0)
			cport__futex_wait(&self->word, 0, NULL);
		cport__lock(&lock);
		self->runs++;
	}
	cport__unlock(&lock);
	return NULL;
}

static void *serve_port(void *argument)
{
	struct waiter *self = argument;
	struct cport_packet packet;

	while (cport_get(port, &packet, CPORT_FOREVER) == 1) {
		self->runs++;
		self->packets++;
		__atomic_add_fetch(&handled, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void end_threads(pthread_t *threads)
{
	if (rule == CPORT) {
		(void)cport_close(port);
	} else {
		cport__lock(&lock);
		stop = 1;
		for (int i = 0; i < THREADS; i++)
			__atomic_store_n(&waiters[i].word, 1, __ATOMIC_RELEASE);
		cport__unlock(&lock);
		for (int i = 0; i < THREADS; i++)
			cport__futex_wake(&waiters[i].word, 1);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void send_packets(void)
{
	for (int i = 0; i < PACKETS; i++) {
		if (rule == CPORT)
			(void)cport_post(port, 0, 0, NULL);
		else
			post();
		nap(PAUSE_NS);
	}
	while (__atomic_load_n(&handled, __ATOMIC_ACQUIRE) < PACKETS)
		nap(PAUSE_NS);
}

static struct outcome measure(enum rule chosen)
{
	struct cport_options options = {.backend = CPORT_BACKEND_NONE, .concurrency = THREADS};
	struct outcome outcome = {0};
	pthread_t threads[THREADS];
	struct cport_stat stat;

	rule = chosen;
	memset(waiters, 0, sizeof(waiters));
	waiting = queued = handled = 0;
	wakes = 0;
	stop = 0;
	if (rule == CPORT && cport_open(&port, &options) < 0)
		exit(1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, rule == CPORT ? serve_port : serve,
				   &waiters[i]) != 0)
			exit(1);
	nap(20000000); /* until all wait */
	send_packets();
	outcome.wakes = wakes;
	if (rule == CPORT) {
		cport_stat(port, &stat);
		outcome.wakes = stat.wakes;
	}
	for (int i = 0; i < THREADS; i++) {
		outcome.busy += waiters[i].packets > PACKETS / 100;
		outcome.disturbed += waiters[i].runs > PACKETS / 100;
	}
	end_threads(threads);
	if (rule == CPORT)
		cport_release(port);
	return outcome;
}

void run_waking(void)
{
	struct outcome outcomes[RULES];

	printf("E8  who is woken: %d threads, %d packets one by one\n", THREADS, PACKETS);
	for (int i = 0; i < RULES; i++) {
		outcomes[i] = measure((enum rule)i);
		printf("    %-20s wakes %6lu  threads with more than 1 %% of the packets %u, woken "
		       "for more than 1 %% %u\n",
		       names[i], outcomes[i].wakes, outcomes[i].busy, outcomes[i].disturbed);
	}
	claim(outcomes[NEWEST].wakes <= PACKETS && outcomes[OLDEST].wakes <= PACKETS, 0,
	      "one wake a packet at most, last in first out or first in first out");
	claim(outcomes[EVERYBODY].wakes > 2 * outcomes[NEWEST].wakes, 0,
	      "waking all wakes more than twice as often");
	claim(outcomes[NEWEST].busy < outcomes[OLDEST].busy, 0,
	      "last in first out keeps fewer threads busy, and their caches warm");
	claim(outcomes[CPORT].busy <= outcomes[NEWEST].busy + 1 && outcomes[CPORT].wakes <= PACKETS,
	      0, "cport does as the first row");
}
