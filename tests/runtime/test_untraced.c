/* The runtime with its instrumentation compiled out: everything runs, and a trace cannot be had. */
#include "rig.h"

static uint32_t ended; /* atomic */

static void count(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static int64_t answer(struct cport_op *op)
{
	(void)op;
	return 42;
}

static void offload(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)result;
	op->fn = count;
	assert_int_equal(cport_offload(ctx, op, answer), CPORT_PENDING);
}

static void sleep_and_count(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct timespec pause = {0, 30 * MS};

	nanosleep(&pause, NULL);
	count(ctx, op, result);
}

static void wait_for(uint32_t wanted)
{
	struct timespec pause = {0, MS};

	for (int i = 0; i < 20000 && __atomic_load_n(&ended, __ATOMIC_ACQUIRE) < wanted; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), wanted);
}

static void continuations_and_work_run_and_blocking_is_seen(void **state)
{
	struct cport_pool_options options = {.minimum = 1, .maximum = 4};
	struct cport_op ops[3] = {{.fn = sleep_and_count}, {.fn = offload}, {.fn = count}};
	struct cport *port = rig_open(1);
	struct cport_pool_stat stat;
	struct cport_pool *pool;

	(void)state;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cport_timer(port, &ops[i], 0, i * MS), CPORT_PENDING);
	wait_for(3);
	assert_int_equal(ops[1].result, 42);
	cport_pool_stat(pool, &stat);
	assert_true(stat.blocks_seen >= 1);
	cport_pool_close(pool);
	cport_release(port);
}

static void a_trace_that_is_asked_for_is_refused(void **state)
{
	struct cport_options options = {.backend = rig_backend, .trace = "untraced.trace"};
	struct cport *port = NULL;

	(void)state;
	assert_int_equal(cport_open(&port, &options), -ENOTSUP);
	options.trace = NULL;
	options.flags = CPORT_AUDIT;
	assert_int_equal(cport_open(&port, &options), -ENOTSUP);
	assert_null(port);
}

static void the_environment_is_not_asked(void **state)
{
	const char *path = "untraced-environment.trace";
	struct cport *port;

	(void)state;
	assert_int_equal(setenv("CONTLINT_TRACE", path, 1), 0);
	port = rig_open(1);
	assert_int_equal(unsetenv("CONTLINT_TRACE"), 0);
	cport_release(port);
	assert_int_equal(access(path, F_OK), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(continuations_and_work_run_and_blocking_is_seen),
		cmocka_unit_test(a_trace_that_is_asked_for_is_refused),
		cmocka_unit_test(the_environment_is_not_asked),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
