/* The demonstration of the model: what a continuation costs that issues the next I/O and then keeps
 * its thread, and what each remedy does.
 *
 * An open-loop load: messages at fixed times on eight connections, latency counted from the time a
 * message was due. Every k-th is heavy. All claims are about accounted quantities - overruns,
 * threads, the split of time, who is charged - never about percentiles, which are printed for the
 * reader. A scenario whose threads waited for a processor too long is invalid, not failed.
 *
 * E1 to E6 and E10 are here; the others are in files of their own.
 *
 * pump [--keep] [SCENARIO...]: --keep leaves a Chrome trace and a picture of each scenario that has
 * a trace in this folder. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "claims.h"
#include "reading.h"
#include "runtime/cport.h"

enum { CONNECTIONS = 8, MESSAGES = 1000, LIGHT_US = 10 };

static const int64_t MS = 1000000;

struct message {
	int64_t due_ns;
	int64_t heavy;
};

struct connection {
	struct cport_file file;
	struct cport_op recv_op, heavy_op;
	struct message message;
	int other;
};

struct scenario {
	const char *name, *what;
	int every;        /* the k-th message is heavy */
	int64_t hold_ns;  /* for that long */
	unsigned maximum; /* threads */
	unsigned flags;   /* of the port */
	void (*heavy)(struct cport_context *ctx, struct connection *connection);
	void (*check)(void);
};

/* The one that runs; the load's thread and the pool's threads share it. */
static const struct scenario *scenario;
static struct connection connections[CONNECTIONS];
static double latencies_ms[MESSAGES];  /* of light messages */
static unsigned latency_count;         /* atomic */
static unsigned handled, heavy_done;   /* atomic */
static unsigned heavy_sent, sent_late; /* by more than the pause between two */
static struct reading reading;
static struct cport_pool_stat pool_stat;
static double p90_ms;

/* ---- time -------------------------------------------------------------------------------- */

static int64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void nap(int64_t ns)
{
	struct timespec pause = {ns / 1000000000, ns % 1000000000};

	nanosleep(&pause, NULL);
}

static void compute(int64_t ns)
{
	int64_t start = now_ns(CLOCK_THREAD_CPUTIME_ID);

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) - start < ns)
		for (volatile int i = 0; i < 200; i++)
			;
}

/* ---- heavy parts ------------------------------------------------------------------------- */

static void finish_heavy(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&heavy_done, 1, __ATOMIC_RELEASE);
}

/* The heavy part is awaited: something else does it, a packet says that it is done. */
static void await(struct cport_context *ctx, struct connection *connection)
{
	connection->heavy_op.fn = finish_heavy;
	if (cport_timer(cport_context_port(ctx), &connection->heavy_op, 0, scenario->hold_ns) < 0)
		__atomic_add_fetch(&heavy_done, 1, __ATOMIC_RELEASE); /* the last one still waits */
}

static void compute_here(struct cport_context *ctx, struct connection *connection)
{
	(void)connection;
	compute(scenario->hold_ns);
	finish_heavy(ctx, NULL, 0);
}

static void block_here(struct cport_context *ctx, struct connection *connection)
{
	(void)connection;
	nap(scenario->hold_ns);
	finish_heavy(ctx, NULL, 0);
}

static void block_and_say_so(struct cport_context *ctx, struct connection *connection)
{
	(void)connection;
	CPORT_BLOCKING(ctx)
	nap(scenario->hold_ns);
	finish_heavy(ctx, NULL, 0);
}

static int64_t compute_elsewhere(struct cport_op *op)
{
	(void)op;
	compute(scenario->hold_ns);
	return 0;
}

static void offload(struct cport_context *ctx, struct connection *connection)
{
	connection->heavy_op.fn = finish_heavy;
	if (cport_offload(ctx, &connection->heavy_op, compute_elsewhere) < 0)
		compute_here(ctx, connection);
}

/* ---- the server -------------------------------------------------------------------------- */

static void on_message(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct connection *connection = op->user;
	struct message message = connection->message;
	int64_t late = now_ns(CLOCK_MONOTONIC) - message.due_ns;

	if (result != (int64_t)sizeof(message))
		return;
	if (cport_recv(&connection->file, op, &connection->message, sizeof(message), 0) < 0)
		return;
	if (message.heavy)
		scenario->heavy(ctx, connection);
	else
		compute(LIGHT_US * 1000);
	if (!message.heavy)
		latencies_ms[__atomic_fetch_add(&latency_count, 1, __ATOMIC_RELAXED)] =
			(double)late / 1e6;
	__atomic_add_fetch(&handled, 1, __ATOMIC_RELEASE);
}

static void open_connections(struct cport *port)
{
	memset(connections, 0, sizeof(connections));
	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *connection = &connections[i];
		int fds[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
		    cport_file_bind(&connection->file, port, fds[0], 0, 0) < 0)
			exit(1);
		connection->other = fds[1];
		connection->recv_op.fn = on_message;
		connection->recv_op.user = connection;
		if (cport_recv(&connection->file, &connection->recv_op, &connection->message,
			       sizeof(connection->message), 0) < 0)
			exit(1);
	}
}

/* One message a millisecond. After a heavy one the next comes on the same connection, so that what
 * the pump has issued ends while it holds its thread. */
static void send_load(void)
{
	int64_t start = now_ns(CLOCK_MONOTONIC) + MS;
	int place = 0, was_heavy = 0;

	for (int i = 0; i < MESSAGES; i++) {
		struct message message = {start + i * MS, i % scenario->every == 0};

		if (now_ns(CLOCK_MONOTONIC) < message.due_ns)
			nap(message.due_ns - now_ns(CLOCK_MONOTONIC));
		sent_late += now_ns(CLOCK_MONOTONIC) - message.due_ns > MS;
		place = was_heavy ? place : (place + 1) % CONNECTIONS;
		if (send(connections[place].other, &message, sizeof(message), 0) < 0)
			exit(1);
		was_heavy = message.heavy != 0;
		heavy_sent += message.heavy != 0;
	}
}

static void wait_for_all(void)
{
	for (int i = 0; i < 20000; i++) {
		if (__atomic_load_n(&handled, __ATOMIC_ACQUIRE) == MESSAGES &&
		    __atomic_load_n(&heavy_done, __ATOMIC_ACQUIRE) == heavy_sent)
			return;
		nap(MS);
	}
	fprintf(stderr, "%s: messages are missing\n", scenario->name);
	exit(1);
}

/* ---- claims ------------------------------------------------------------------------------ */

/* Its threads had no processor, or the load itself came late. */
static int is_noisy(void)
{
	return reading.runqueue_ms > 0.25 * (reading.total_ms + 1) || sent_late > MESSAGES / 20;
}

static void check(int holds, const char *text)
{
	claim(holds, is_noisy(), text);
}

/* Threads that are needed by Little's law: those that block, and one that runs. */
static unsigned little(void)
{
	double blocked = 1000.0 / scenario->every * (double)scenario->hold_ns / 1e9;

	return (unsigned)ceil(blocked) + 1;
}

static double e3_p90_ms;
static unsigned e4_threads;

static void check_await(void)
{
	check(reading.overruns == 0, "nothing ends while its starter still runs");
	check(pool_stat.most_threads == 1, "one I/O thread is enough");
	check(reading.held_p99_us < 50,
	      "held past the submission: p99 below 50 us, where the thread kept its processor");
}

static void check_pump_compute(void)
{
	check(reading.overruns == heavy_sent, "every heavy continuation is overrun");
	check(pool_stat.most_threads == 1, "no thread is added: the processor is in use");
	check(reading.blamed_ms >= 0.9 * reading.victim_ms,
	      "what waited in the queue, waited for heavy continuations (90 %)");
	check(reading.charged_ms >= 0.8 * reading.blamed_ms &&
		      reading.charged_ms <= 1.2 * reading.blamed_ms,
	      "and the runtime charges them with it (20 %)");
}

static void check_pump_block(void)
{
	e3_p90_ms = p90_ms;
	check(reading.overruns >= heavy_sent * 9 / 10, "heavy continuations are overrun (90 %)");
	check(reading.cpu_ms < 0.2 * reading.total_ms,
	      "while the processor is idle: cpu below 20 %");
	check(pool_stat.most_threads == 1, "the pool is fixed");
}

static void check_growing(void)
{
	unsigned wanted = little();

	e4_threads = pool_stat.most_threads;
	check(pool_stat.most_threads + 1 >= wanted && pool_stat.most_threads <= wanted + 2,
	      "threads: what Little's law asks for, one less to two more");
	check(reading.growths > 0 && reading.growths == reading.growths_charged,
	      "every growth is charged to the continuation that blocked");
	check(pool_stat.blocks_seen > 0, "the monitor saw it");
	check(e3_p90_ms == 0 || p90_ms < e3_p90_ms, "light messages are faster than in E3 (p90)");
}

static void check_hint(void)
{
	check(pool_stat.blocks_seen == 0, "the monitor had nothing to find");
	check(reading.growths > 0 && reading.growths == reading.growths_charged,
	      "every growth is charged to the continuation that blocked");
	check(e4_threads == 0 || (pool_stat.most_threads <= e4_threads + 1 &&
				  pool_stat.most_threads + 1 >= e4_threads),
	      "as many threads as in E4, one more or less");
}

static void check_offload(void)
{
	check(reading.kept_overruns == 0,
	      "nothing ends while its starter still runs, where the thread kept its processor");
	check(pool_stat.most_threads == 1, "one I/O thread is enough");
	check(heavy_done == heavy_sent, "all heavy parts were done");
}

/* The ring hands completions to the thread that waits for them, and that one is busy. */
static void check_one_thread(void)
{
	check(reading.overruns == 0,
	      "no completion is seen before the continuation that holds the thread ends");
	check(reading.held_calls == MESSAGES, "every continuation has issued the next I/O");
	check(p90_ms > 1, "though light messages wait for milliseconds (p90)");
}

static const struct scenario scenarios[] = {
	{"E1", "await", 5, 10000000, 16, 0, await, check_await},
	{"E2", "pump, computes, growing pool", 20, 5000000, 16, 0, compute_here,
	 check_pump_compute},
	{"E3", "pump, blocks, one thread", 10, 8000000, 1, 0, block_here, check_pump_block},
	{"E4", "pump, blocks, growing pool", 5, 10000000, 16, 0, block_here, check_growing},
	{"E5", "pump, blocks and says so", 5, 10000000, 16, 0, block_and_say_so, check_hint},
	{"E6", "offload", 20, 5000000, 16, 0, offload, check_offload},
	{"E10", "pump, computes, ring of one thread", 20, 5000000, 1, CPORT_ONE_THREAD,
	 compute_here, check_one_thread},
};

/* ---- running ----------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* Ends what is pending; a ring of one thread wants its own thread for that. */
static void close_connections(void)
{
	for (int i = 0; i < CONNECTIONS; i++)
		close(connections[i].other);
	for (int i = 0; i < CONNECTIONS; i++)
		while (cport_file_pending(&connections[i].file) > 0)
			nap(MS);
}

static void serve(const char *trace)
{
	struct cport_options options = {.concurrency = 1, .flags = scenario->flags, .trace = trace};
	struct cport_pool_options pool_options = {.minimum = 1, .maximum = scenario->maximum};
	struct cport_pool *pool;
	struct cport *port;

	latency_count = handled = heavy_done = heavy_sent = sent_late = 0;
	if (cport_open(&port, &options) < 0 || cport_pool_open(&pool, port, &pool_options) < 0)
		exit(1);
	open_connections(port);
	send_load();
	wait_for_all();
	cport_pool_stat(pool, &pool_stat);
	close_connections();
	cport_pool_close(pool);
	cport_close(port);
	for (int i = 0; i < CONNECTIONS; i++)
		cport_file_close(&connections[i].file);
	cport_release(port);
}

static void run(const struct scenario *chosen, int keep)
{
	char trace[64], picture[64], title[96];

	scenario = chosen;
	(void)snprintf(trace, sizeof(trace), "pump-%s-%ld.trace", chosen->name, (long)getpid());
	(void)snprintf(picture, sizeof(picture), "pump-%s", chosen->name);
	(void)snprintf(title, sizeof(title), "%s %s", chosen->name, chosen->what);
	serve(trace);
	if (reading_take(&reading, trace, (uint64_t)(uintptr_t)on_message) < 0 ||
	    (keep && reading_keep(trace, picture, title) < 0))
		exit(1);
	unlink(trace);
	qsort(latencies_ms, latency_count, sizeof(latencies_ms[0]), compare);
	p90_ms = latencies_ms[latency_count * 9 / 10];
	printf("%s  %s\n", chosen->name, chosen->what);
	printf("    threads %u  overruns %lu/%u  cpu %.0f ms  runqueue %.0f ms  blocked %.0f ms  "
	       "light p50 %.2f p90 %.2f p99 %.2f ms  sent late %u\n",
	       pool_stat.most_threads, reading.overruns, heavy_sent, reading.cpu_ms,
	       reading.runqueue_ms, reading.blocked_ms, latencies_ms[latency_count / 2], p90_ms,
	       latencies_ms[latency_count * 99 / 100], sent_late);
	chosen->check();
}

static int is_wanted(const char *name, int count, char **names)
{
	int wanted = count == 0;

	for (int i = 0; i < count; i++)
		wanted |= strcmp(names[i], name) == 0;
	return wanted;
}

static int is_scenario(const char *name)
{
	int is = strcmp(name, "E7") == 0 || strcmp(name, "E8") == 0 || strcmp(name, "E9") == 0;

	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		is |= strcmp(name, scenarios[i].name) == 0;
	return is;
}

int main(int argc, char **argv)
{
	int keep = argc > 1 && strcmp(argv[1], "--keep") == 0;
	int count = argc - 1 - keep;
	char **names = argv + 1 + keep;

	for (int i = 0; i < count; i++)
		if (!is_scenario(names[i])) {
			fprintf(stderr, "pump: %s is no scenario\n"
					"Usage: pump [--keep] [E1 to E10]...\n",
				names[i]);
			return 2;
		}
	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (is_wanted(scenarios[i].name, count, names))
			run(&scenarios[i], keep);
	if (is_wanted("E7", count, names))
		run_sweep(keep);
	if (is_wanted("E8", count, names))
		run_waking();
	if (is_wanted("E9", count, names))
		run_hop();
	return claims_print_sum() > 0;
}
