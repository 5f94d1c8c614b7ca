/* Two threads at one thing: a start beside a close or a cancel, a pool that grows while it shrinks,
 * and an operation that is freed as soon as it is nobody's. Each runs for CPORT_RACE milliseconds
 * (default 800). */
#include "rig.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static int64_t end_of_race(void)
{
	const char *wanted = getenv("CPORT_RACE");

	return now() + (wanted ? atoi(wanted) : 800) * MS;
}

static uint32_t draw(uint32_t limit)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % limit;
}

static void pause_for(uint32_t turns)
{
	for (volatile uint32_t i = 0; i < turns; i++)
		;
}

/* ---- a start and a close ----------------------------------------------------------------- */

enum { WRITES = 64 };

struct writer {
	pthread_t thread;
	struct cport_file *file;
	struct cport_op ops[WRITES];
	int round; /* atomic: which one it is, -1: the end */
	int done;  /* atomic: the last one that is over */
};

static void *write_until_closed(void *argument)
{
	struct writer *writer = argument;
	int seen = 0, round = 0;

	for (;;) {
		while ((round = __atomic_load_n(&writer->round, __ATOMIC_ACQUIRE)) == seen)
			sched_yield();
		if (round < 0)
			return NULL;
		for (int i = 0; i < WRITES; i++)
			if (cport_write(writer->file, &writer->ops[i], "SECRET", 6, 0) == -EBADF)
				break;
		seen = round;
		__atomic_store_n(&writer->done, round, __ATOMIC_RELEASE);
	}
}

static int nameless_file(void)
{
	char path[] = "cport-race-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void take_all(struct cport *port, const struct cport_file *file)
{
	struct cport_packet packet;

	while (cport_file_pending(file) > 0)
		(void)cport_get(port, &packet, MS);
	while (cport_get(port, &packet, 0) == 1)
		;
}

/* Closes the file while the other thread writes to it, and has another one opened in its place. */
static void close_and_open(struct cport *port, struct writer *writer, unsigned mode)
{
	static struct cport_file file;
	int round = writer->round + 1, other;
	struct timespec pause = {0, MS / 2};
	char text[8];

	assert_int_equal(cport_file_bind(&file, port, nameless_file(), 1, mode), 0);
	writer->file = &file;
	__atomic_store_n(&writer->round, round, __ATOMIC_RELEASE);
	pause_for(draw(6000));
	assert_int_equal(cport_file_close(&file), 0);
	other = nameless_file();
	while (__atomic_load_n(&writer->done, __ATOMIC_ACQUIRE) != round)
		sched_yield();
	take_all(port, &file);
	if (draw(64) == 0)
		nanosleep(&pause, NULL); /* for what nobody knows of */
	assert_int_equal(pread(other, text, sizeof(text), 0), 0);
	close(other);
}

static void race_close_with_writes(unsigned mode)
{
	struct cport *port = rig_open(4);
	static struct writer writer;
	int64_t end = end_of_race();

	memset(&writer, 0, sizeof(writer));
	assert_int_equal(pthread_create(&writer.thread, NULL, write_until_closed, &writer), 0);
	while (now() < end)
		close_and_open(port, &writer, mode);
	__atomic_store_n(&writer.round, -1, __ATOMIC_RELEASE);
	pthread_join(writer.thread, NULL);
	cport_release(port);
}

static void a_start_beside_a_close_never_reaches_another_file(void **state)
{
	(void)state;
	race_close_with_writes(0);
	race_close_with_writes(CPORT_SKIP_ON_SUCCESS);
}

/* ---- a start and a cancel ---------------------------------------------------------------- */

struct canceller {
	pthread_t thread;
	struct cport_op op;
	int stop;          /* atomic */
	uint32_t accepted; /* atomic: cancels that were taken */
};

static void *cancel_all_the_time(void *argument)
{
	struct canceller *canceller = argument;

	while (!__atomic_load_n(&canceller->stop, __ATOMIC_ACQUIRE))
		if (cport_cancel(&canceller->op) == 0)
			__atomic_add_fetch(&canceller->accepted, 1, __ATOMIC_ACQ_REL);
	return NULL;
}

static void start_canceller(struct canceller *canceller)
{
	memset(canceller, 0, sizeof(*canceller));
	assert_int_equal(pthread_create(&canceller->thread, NULL, cancel_all_the_time, canceller),
			 0);
}

static void stop_canceller(struct canceller *canceller)
{
	__atomic_store_n(&canceller->stop, 1, __ATOMIC_RELEASE);
	pthread_join(canceller->thread, NULL);
}

static void s45_s46_a_cancel_beside_a_start_is_not_lost(void **state)
{
	struct cport *port = rig_open(4);
	static struct canceller canceller;
	int64_t end = end_of_race();
	struct cport_file file;
	uint32_t started = 0;
	char text[8];
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	start_canceller(&canceller);
	while (now() < end) {
		assert_int_equal(cport_recv(&file, &canceller.op, text, 8, 0), CPORT_PENDING);
		assert_int_equal(rig_get(port).result, -ECANCELED);
		started++;
	}
	stop_canceller(&canceller);
	assert_int_equal(canceller.accepted, started);
	cport_file_close(&file);
	close(other);
	cport_release(port);
}

static void a_cancel_beside_a_timer_ends_it_once(void **state)
{
	struct cport *port = rig_open(4);
	static struct canceller canceller;
	int64_t end = end_of_race();
	uint32_t cancelled = 0;

	(void)state;
	start_canceller(&canceller);
	while (now() < end) {
		assert_int_equal(cport_timer(port, &canceller.op, 1, MS / 10), CPORT_PENDING);
		cancelled += rig_get(port).result == -ECANCELED;
	}
	stop_canceller(&canceller);
	assert_int_equal(canceller.accepted, cancelled);
	rig_expect_none(port);
	cport_release(port);
}

/* ---- a pool that grows and shrinks -------------------------------------------------------- */

static void block_shortly(struct cport_context *ctx, const struct cport_packet *packet)
{
	uint32_t *called = (uint32_t *)packet->key;

	CPORT_BLOCKING(ctx)
	{
		usleep(50);
	}
	__atomic_add_fetch(called, 1, __ATOMIC_RELEASE);
}

static void a_pool_grows_while_it_shrinks(void **state)
{
	struct cport *port = rig_open(8);
	struct cport_pool_options options = {
		.minimum = 1,
		.maximum = 16,
		.keep_alive_ns = MS / 20,
		.monitor_ns = -1,
		.on_post = block_shortly,
	};
	struct cport_pool *pool = NULL;
	int64_t end = end_of_race();
	uint32_t posted = 0, called = 0;

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	while (now() < end) {
		for (int i = 0; i < 3; i++)
			posted += cport_post(port, 0, (uintptr_t)&called, NULL) == 0;
		usleep(50 + draw(150));
	}
	for (int i = 0; i < 30000 && __atomic_load_n(&called, __ATOMIC_ACQUIRE) < posted; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&called, __ATOMIC_ACQUIRE), posted);
	cport_pool_close(pool);
	cport_release(port);
}

/* ---- an operation that is nobody's -------------------------------------------------------- */

static void nothing(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
}

static void wait_until_idle(const struct cport_op *op)
{
	while (cport_op_pending(op))
		sched_yield();
}

static void s48_an_operation_is_not_looked_at_once_it_is_not_pending(void **state)
{
	static const enum cport_where places[] = {CPORT_DISPATCH, CPORT_WORKER};
	struct cport *port = rig_open(2);
	struct cport_pool *pool = NULL;
	int64_t end = end_of_race();

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, NULL), 0);
	for (uint32_t i = 0; now() < end; i++) {
		struct cport_op *op = calloc(1, sizeof(*op));
		struct cport_task *task = calloc(1, sizeof(*task));

		op->fn = nothing;
		cport_task_init(task, port);
		if (i % 2 == 0) {
			assert_int_equal(cport_timer(port, op, 0, 0), CPORT_PENDING);
		} else {
			assert_int_equal(cport_task_then(task, op, places[i / 2 % 2]), 0);
			assert_int_equal(cport_task_complete(task, 1), 0);
		}
		wait_until_idle(op);
		free(op);
		free(task);
	}
	cport_pool_close(pool);
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_beside_a_close_never_reaches_another_file),
		cmocka_unit_test(s45_s46_a_cancel_beside_a_start_is_not_lost),
		cmocka_unit_test(a_cancel_beside_a_timer_ends_it_once),
		cmocka_unit_test(a_pool_grows_while_it_shrinks),
		cmocka_unit_test(s48_an_operation_is_not_looked_at_once_it_is_not_pending),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
