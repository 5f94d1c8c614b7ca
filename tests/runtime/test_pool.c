/* The pool: the promises S54 to S65, offload and tasks. Callbacks are counted; waits have bounds,
 * and nothing is asserted about how fast the machine is. */
#include "rig.h"

#include <fcntl.h>

struct count {
	struct cport *port;
	uint32_t called; /* atomic */
	uint32_t go_on;  /* atomic: blocked ones may end */
	int64_t sum;     /* atomic */
	int answer, second_answer;
	pthread_t thread;
};

static void nap(int64_t ns)
{
	struct timespec pause = {ns / 1000000000, ns % 1000000000};

	nanosleep(&pause, NULL);
}

static uint32_t called(struct count *count)
{
	return __atomic_load_n(&count->called, __ATOMIC_ACQUIRE);
}

static void wait_for(struct count *count, uint32_t wanted)
{
	for (int i = 0; i < 60000 && called(count) < wanted; i++)
		nap(MS / 2);
	assert_int_equal(called(count), wanted);
}

static struct cport_pool *open_pool(struct cport *port, unsigned minimum, unsigned maximum)
{
	struct cport_pool_options options = {.minimum = minimum, .maximum = maximum};
	struct cport_pool *pool = NULL;

	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	return pool;
}

static struct cport_pool_stat pool_stat(struct cport_pool *pool)
{
	struct cport_pool_stat stat;

	cport_pool_stat(pool, &stat);
	return stat;
}

static void start(struct cport *port, struct cport_op *op, cport_fn *fn, void *user)
{
	op->fn = fn;
	op->user = user;
	assert_int_equal(cport_timer(port, op, 0, 0), CPORT_PENDING);
}

/* ---- continuations ----------------------------------------------------------------------- */

static void tally(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct count *count = op->user;

	(void)ctx;
	__atomic_add_fetch(&count->sum, result, __ATOMIC_RELAXED);
	__atomic_add_fetch(&count->called, 1, __ATOMIC_RELEASE);
}

static void tally_post(struct cport_context *ctx, const struct cport_packet *packet)
{
	struct count *count = (struct count *)packet->key;

	(void)ctx;
	__atomic_add_fetch(&count->called, 1, __ATOMIC_RELEASE);
}

/* Sleeps in the kernel, saying nothing, until told to go on. */
static void block_silently(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct count *count = op->user;

	(void)ctx;
	(void)result;
	while (!__atomic_load_n(&count->go_on, __ATOMIC_ACQUIRE))
		nap(5 * MS);
	__atomic_add_fetch(&count->called, 1, __ATOMIC_RELEASE);
}

static void block_politely(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct count *count = op->user;

	(void)result;
	CPORT_BLOCKING(ctx)
	{
		CPORT_BLOCKING(ctx)
		{
			while (!__atomic_load_n(&count->go_on, __ATOMIC_ACQUIRE))
				nap(MS);
		}
	}
	__atomic_add_fetch(&count->called, 1, __ATOMIC_RELEASE);
}

static int64_t cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void compute(int64_t ns)
{
	int64_t until = cpu_time() + ns;

	while (cpu_time() < until)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static void compute_long(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	compute(30 * MS);
	tally(ctx, op, result);
}

/* ---- running ----------------------------------------------------------------------------- */

static void each_completion_calls_its_continuation_once(void **state)
{
	struct cport *port = rig_open(2);
	struct cport_pool *pool = open_pool(port, 2, 4);
	struct count count = {.port = port};
	struct cport_op ops[200];

	(void)state;
	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 200; i++)
		start(port, &ops[i], tally, &count);
	wait_for(&count, 200);
	cport_pool_close(pool);
	assert_int_equal(called(&count), 200);
	cport_release(port);
}

static void posts_go_to_their_own_function(void **state)
{
	struct cport *port = rig_open(2);
	struct cport_pool_options options = {.minimum = 1, .on_post = tally_post};
	struct cport_pool *pool = NULL;
	struct count count = {.port = port};

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(cport_post(port, i, (uintptr_t)&count, NULL), 0);
	wait_for(&count, 10);
	cport_pool_close(pool);
	cport_release(port);
}

static void what_a_pool_leaves_stays_with_the_port(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 2, 4);
	struct count count = {.port = port};
	struct cport_op op = {0};

	(void)state;
	op.fn = tally;
	op.user = &count;
	assert_int_equal(cport_timer(port, &op, 9, 2000 * MS), CPORT_PENDING);
	cport_pool_close(pool);
	assert_int_equal(rig_get(port).key, 9);
	assert_int_equal(called(&count), 0);
	cport_release(port);
}

/* ---- hints ------------------------------------------------------------------------------- */

static void ask_twice(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct count *count = op->user;

	count->answer = cport_may_run_long(ctx);
	count->second_answer = cport_may_run_long(ctx);
	tally(ctx, op, result);
}

static void s54_may_run_long_is_true_with_a_reserve_and_stays_true(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 2);
	struct count count = {.port = port};
	struct cport_op op = {0};

	(void)state;
	start(port, &op, ask_twice, &count);
	wait_for(&count, 1);
	assert_int_equal(count.answer, 1);
	assert_int_equal(count.second_answer, 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void s55_may_run_long_is_false_in_a_full_pool(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 1);
	struct count count = {.port = port};
	struct cport_op op = {0};

	(void)state;
	start(port, &op, ask_twice, &count);
	wait_for(&count, 1);
	assert_int_equal(count.answer, 0);
	cport_pool_close(pool);
	cport_release(port);
}

static void s56_s57_a_file_counts_what_is_under_way(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 2);
	struct count count = {.port = port};
	struct cport_op op = {.fn = tally, .user = &count};
	struct cport_file file;
	char text[4];
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	assert_int_equal(cport_file_pending(&file), 0);
	assert_int_equal(cport_recv(&file, &op, text, 4, 0), CPORT_PENDING);
	assert_int_equal(cport_file_pending(&file), 1);
	assert_int_equal(cport_file_close(&file), 0);
	wait_for(&count, 1);
	assert_int_equal(count.sum, -ECANCELED);
	assert_int_equal(cport_file_pending(&file), 0);
	close(other);
	cport_pool_close(pool);
	cport_release(port);
}

static void s61_declared_blocking_grows_the_pool_at_once_and_is_charged(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool_options options = {.minimum = 1, .maximum = 4, .monitor_ns = -1};
	struct cport_pool *pool = NULL;
	struct count blocked = {.port = port}, light = {.port = port};
	struct cport_op op = {0}, light_op = {0};

	(void)state;
	start(port, &op, block_politely, &blocked);
	start(port, &light_op, tally, &light);
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	wait_for(&light, 1);
	assert_int_equal(called(&blocked), 0);
	assert_int_equal(pool_stat(pool).grown[CPORT_GREW_HINT], 1);
	assert_int_equal(pool_stat(pool).blocks_seen, 0);
	assert_true(pool_stat(pool).culprit == block_politely);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 1);
	cport_pool_close(pool);
	assert_int_equal(rig_stat(port).active, 0);
	cport_release(port);
}

/* Nothing is queued when they block, and nobody looks later. */
static void s61_without_a_monitor_somebody_waits_beside_those_that_block(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool_options options = {.minimum = 1, .maximum = 8, .monitor_ns = -1};
	struct cport_pool *pool = NULL;
	struct count blocked = {.port = port}, light = {.port = port};
	struct cport_op ops[5], light_op = {0};

	(void)state;
	memset(ops, 0, sizeof(ops));
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	for (unsigned i = 0; i < 5; i++) {
		start(port, &ops[i], block_politely, &blocked);
		for (int j = 0; j < 10000 && pool_stat(pool).blocked <= i; j++)
			nap(MS);
		assert_int_equal(pool_stat(pool).blocked, i + 1);
	}
	start(port, &light_op, tally, &light);
	wait_for(&light, 1);
	assert_int_equal(called(&blocked), 0);
	assert_int_equal(pool_stat(pool).threads, 6);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 5);
	cport_pool_close(pool);
	assert_int_equal(rig_stat(port).active, 0);
	cport_release(port);
}

/* ---- the monitor ------------------------------------------------------------------------- */

static void s62_undeclared_blocking_is_seen_and_charged(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 4);
	struct count blocked = {.port = port}, light = {.port = port};
	struct cport_op op = {0}, light_op = {0};

	(void)state;
	start(port, &op, block_silently, &blocked);
	start(port, &light_op, tally, &light);
	wait_for(&light, 1);
	assert_int_equal(called(&blocked), 0);
	assert_int_equal(pool_stat(pool).grown[CPORT_GREW_BLOCKED], 1);
	assert_true(pool_stat(pool).culprit == block_silently);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void s63_blocking_twice_is_not_counted_twice(void **state)
{
	struct cport *port = rig_open(2);
	struct cport_pool *pool = open_pool(port, 1, 4);
	struct count count = {.port = port};
	struct cport_op ops[4];

	(void)state;
	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 4; i++)
		start(port, &ops[i], block_silently, &count);
	nap(60 * MS);
	__atomic_store_n(&count.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&count, 4);
	for (int i = 0; i < 2000 && (rig_stat(port).active || pool_stat(pool).blocked); i++)
		nap(MS);
	assert_int_equal(rig_stat(port).active, 0);
	assert_int_equal(pool_stat(pool).blocked, 0);
	cport_pool_close(pool);
	cport_release(port);
}

static void *hog(void *argument)
{
	struct count *count = argument;

	while (!__atomic_load_n(&count->go_on, __ATOMIC_ACQUIRE))
		compute(MS);
	return NULL;
}

static void s64_s65_preempted_computing_is_not_blocking(void **state)
{
	struct cport *port = rig_open(2);
	struct cport_pool *pool = open_pool(port, 2, 8);
	struct count count = {.port = port};
	struct cport_op ops[4];
	pthread_t hogs[3];

	(void)state;
	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&hogs[i], NULL, hog, &count), 0);
	for (int i = 0; i < 4; i++)
		start(port, &ops[i], compute_long, &count);
	wait_for(&count, 4);
	__atomic_store_n(&count.go_on, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 3; i++)
		pthread_join(hogs[i], NULL);
	assert_int_equal(pool_stat(pool).blocks_seen, 0);
	assert_int_equal(pool_stat(pool).most_threads, 2);
	cport_pool_close(pool);
	cport_release(port);
}

static void s65_hogs_give_their_place_away_only_on_request(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool_options options = {.minimum = 1, .maximum = 4, .exclude_hog_ns = 3 * MS};
	struct cport_pool *pool = NULL;
	struct count count = {.port = port};
	struct cport_op ops[2] = {{0}, {0}};

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	start(port, &ops[0], compute_long, &count);
	start(port, &ops[1], compute_long, &count);
	wait_for(&count, 2);
	assert_true(pool_stat(pool).hogs_seen > 0);
	assert_int_equal(pool_stat(pool).grown[CPORT_GREW_HOG], 1);
	cport_pool_close(pool);
	cport_release(port);
}

/* ---- size -------------------------------------------------------------------------------- */

static void s58_idle_threads_end_after_the_keep_alive(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool_options options = {.minimum = 1, .maximum = 4, .keep_alive_ns = 20 * MS};
	struct cport_pool *pool = NULL;
	struct count blocked = {.port = port}, light = {.port = port};
	struct cport_op op = {0}, light_op = {0};

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	start(port, &op, block_politely, &blocked);
	start(port, &light_op, tally, &light);
	wait_for(&light, 1);
	assert_int_equal(pool_stat(pool).most_threads, 2);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 1);
	for (int i = 0; i < 5000 && pool_stat(pool).threads > 1; i++)
		nap(MS);
	assert_int_equal(pool_stat(pool).threads, 1);
	assert_true(pool_stat(pool).retired >= 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void s59_the_pool_stays_between_its_bounds(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 3);
	struct count blocked = {.port = port};
	struct cport_op ops[8];

	(void)state;
	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 8; i++)
		start(port, &ops[i], block_silently, &blocked);
	for (int i = 0; i < 10000 && pool_stat(pool).most_threads < 3; i++)
		nap(MS);
	nap(100 * MS); /* time for one too many */
	assert_int_equal(pool_stat(pool).most_threads, 3);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 8);
	assert_true(pool_stat(pool).threads >= 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void s60_nothing_waits_nothing_grows(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 4);
	struct count blocked = {.port = port};
	struct cport_op op = {0};

	(void)state;
	start(port, &op, block_silently, &blocked);
	for (int i = 0; i < 2000 && pool_stat(pool).blocks_seen == 0; i++)
		nap(MS);
	assert_true(pool_stat(pool).blocks_seen > 0);
	nap(20 * MS);
	assert_int_equal(pool_stat(pool).threads, 1);
	__atomic_store_n(&blocked.go_on, 1, __ATOMIC_RELEASE);
	wait_for(&blocked, 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void an_idle_pool_is_left_alone_by_its_monitor(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 4);
	uint64_t ticks;

	(void)state;
	do { /* it takes some idle ticks to find out */
		nap(100 * MS);
		ticks = pool_stat(pool).ticks;
		nap(200 * MS);
	} while (pool_stat(pool).ticks > ticks + 1 && ticks < 60);
	assert_in_range(pool_stat(pool).ticks - ticks, 0, 1);
	cport_pool_close(pool);
	cport_release(port);
}

/* ---- offload and tasks ------------------------------------------------------------------- */

static int64_t work(struct cport_op *op)
{
	struct count *count = op->user;

	count->thread = pthread_self();
	return 4242;
}

static void begin_offload(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct count *count = op->user;

	(void)result;
	op->fn = tally;
	count->answer = cport_offload(ctx, op, work);
}

static void offloaded_work_runs_elsewhere_and_comes_back_once(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_pool *pool = open_pool(port, 1, 1);
	struct count count = {.port = port};
	struct cport_op op = {0};

	(void)state;
	start(port, &op, begin_offload, &count);
	wait_for(&count, 1);
	assert_int_equal(count.answer, CPORT_PENDING);
	assert_int_equal(count.sum, 4242);
	assert_false(pthread_equal(count.thread, pthread_self()));
	cport_pool_close(pool);
	assert_int_equal(called(&count), 1);
	cport_release(port);
}

static void a_completion_before_then_works_and_so_does_the_other_order(void **state)
{
	struct cport *port = rig_open(1);
	struct count count = {.port = port};
	struct cport_op first = {.fn = tally, .user = &count}, second = first;
	struct cport_task early, late;

	(void)state;
	cport_task_init(&early, port);
	cport_task_init(&late, port);
	assert_int_equal(cport_task_complete(&early, 5), 0);
	assert_int_equal(cport_task_complete(&early, 6), -EALREADY);
	assert_int_equal(called(&count), 0);
	assert_int_equal(cport_task_then(&early, &first, CPORT_INLINE), 0);
	assert_int_equal(called(&count), 1);
	assert_int_equal(cport_task_then(&early, &second, CPORT_INLINE), -EALREADY);
	assert_int_equal(cport_task_then(&late, &first, CPORT_INLINE), 0);
	assert_int_equal(called(&count), 1);
	assert_int_equal(cport_task_complete(&late, 7), 0);
	assert_int_equal(called(&count), 2);
	assert_int_equal(count.sum, 12);
	cport_release(port);
}

static void a_dispatched_continuation_is_a_packet(void **state)
{
	struct cport *port = rig_open(1);
	struct count count = {.port = port};
	struct cport_op op = {.fn = tally, .user = &count};
	struct cport_task task;

	(void)state;
	cport_task_init(&task, port);
	assert_int_equal(cport_task_then(&task, &op, CPORT_DISPATCH), 0);
	assert_int_equal(cport_task_complete(&task, -7), 0);
	assert_int_equal(rig_get(port).result, -7);
	assert_int_equal(called(&count), 0);
	cport_release(port);
}

static void a_worker_continuation_runs_without_a_packet(void **state)
{
	struct cport *port = rig_open(1);
	struct count count = {.port = port};
	struct cport_op op = {.fn = tally, .user = &count};
	struct cport_task task, forgotten;
	struct cport_op never = {.fn = tally, .user = &count};

	(void)state;
	cport_task_init(&task, port);
	assert_int_equal(cport_task_complete(&task, 3), 0);
	assert_int_equal(cport_task_then(&task, &op, CPORT_WORKER), 0);
	wait_for(&count, 1);
	rig_expect_none(port);
	cport_task_init(&forgotten, port);
	assert_int_equal(cport_task_then(&forgotten, &never, CPORT_WORKER), 0);
	cport_release(port);
	assert_int_equal(called(&count), 1);
}

static void *complete_task(void *task)
{
	(void)cport_task_complete(task, 1);
	return NULL;
}

static void racing_sides_call_the_continuation_exactly_once(void **state)
{
	struct cport *port = rig_open(1);
	struct count count = {.port = port};

	(void)state;
	for (uint32_t i = 1; i <= 300; i++) {
		struct cport_op op = {.fn = tally, .user = &count};
		struct cport_task task;
		pthread_t thread;

		cport_task_init(&task, port);
		assert_int_equal(pthread_create(&thread, NULL, complete_task, &task), 0);
		assert_int_equal(cport_task_then(&task, &op, CPORT_INLINE), 0);
		pthread_join(thread, NULL);
		assert_int_equal(called(&count), i);
	}
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_completion_calls_its_continuation_once),
		cmocka_unit_test(posts_go_to_their_own_function),
		cmocka_unit_test(what_a_pool_leaves_stays_with_the_port),
		cmocka_unit_test(s54_may_run_long_is_true_with_a_reserve_and_stays_true),
		cmocka_unit_test(s55_may_run_long_is_false_in_a_full_pool),
		cmocka_unit_test(s56_s57_a_file_counts_what_is_under_way),
		cmocka_unit_test(s58_idle_threads_end_after_the_keep_alive),
		cmocka_unit_test(s59_the_pool_stays_between_its_bounds),
		cmocka_unit_test(s60_nothing_waits_nothing_grows),
		cmocka_unit_test(s61_declared_blocking_grows_the_pool_at_once_and_is_charged),
		cmocka_unit_test(s61_without_a_monitor_somebody_waits_beside_those_that_block),
		cmocka_unit_test(s62_undeclared_blocking_is_seen_and_charged),
		cmocka_unit_test(s63_blocking_twice_is_not_counted_twice),
		cmocka_unit_test(s64_s65_preempted_computing_is_not_blocking),
		cmocka_unit_test(s65_hogs_give_their_place_away_only_on_request),
		cmocka_unit_test(an_idle_pool_is_left_alone_by_its_monitor),
		cmocka_unit_test(offloaded_work_runs_elsewhere_and_comes_back_once),
		cmocka_unit_test(a_completion_before_then_works_and_so_does_the_other_order),
		cmocka_unit_test(a_dispatched_continuation_is_a_packet),
		cmocka_unit_test(a_worker_continuation_runs_without_a_packet),
		cmocka_unit_test(racing_sides_call_the_continuation_exactly_once),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
