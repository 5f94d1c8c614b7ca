/* Continuations that wait for a task which has no result yet: cancelled, drained, and cancelled
 * while the task is completed. */
#include "rig.h"

#include <sched.h>

static int called;     /* atomic */
static int64_t result; /* of the last call */

static void note(struct cport_context *ctx, struct cport_op *op, int64_t value)
{
	(void)ctx;
	(void)op;
	__atomic_store_n(&result, value, __ATOMIC_RELAXED);
	__atomic_add_fetch(&called, 1, __ATOMIC_RELEASE);
}

static void wait_for(int wanted)
{
	for (int i = 0; i < 30000 && __atomic_load_n(&called, __ATOMIC_ACQUIRE) < wanted; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&called, __ATOMIC_ACQUIRE), wanted);
}

static void s45_a_cancelled_continuation_is_called_where_it_was_to_be(void **state)
{
	static const enum cport_where places[] = {CPORT_INLINE, CPORT_DISPATCH, CPORT_WORKER};
	struct cport *port = rig_open(1);
	struct cport_pool *pool = NULL;
	struct cport_op op = {.fn = note};
	struct cport_task task;

	(void)state;
	called = 0;
	assert_int_equal(cport_pool_open(&pool, port, NULL), 0);
	for (int i = 0; i < 3; i++) {
		cport_task_init(&task, port);
		assert_int_equal(cport_task_then(&task, &op, places[i]), 0);
		assert_int_equal(cport_cancel(&op), 0);
		wait_for(i + 1);
		assert_int_equal(result, -ECANCELED);
		assert_int_equal(cport_cancel(&op), -ENOENT);
		assert_int_equal(cport_op_pending(&op), 0);
	}
	assert_int_equal(cport_task_then(&task, &op, CPORT_INLINE), 0); /* another one */
	assert_int_equal(cport_task_complete(&task, 5), 0);
	assert_int_equal(called, 4);
	assert_int_equal(result, 5);
	cport_pool_close(pool);
	cport_release(port);
}

static void add(const struct cport_packet *packet, void *sum)
{
	*(int64_t *)sum += packet->result;
}

static void s53_a_drain_hands_back_what_waits_for_a_task(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op ops[3] = {{.fn = note}, {.fn = note}, {.fn = note}};
	struct cport_task tasks[3], late;
	int64_t sum = 0;

	(void)state;
	called = 0;
	for (int i = 0; i < 3; i++) {
		cport_task_init(&tasks[i], port);
		assert_int_equal(cport_task_then(&tasks[i], &ops[i], CPORT_INLINE), 0);
	}
	assert_int_equal(cport_cancel(&ops[1]), 0);
	cport_close(port);
	assert_int_equal(cport_drain(port, add, &sum), 2);
	assert_int_equal(sum, 2 * -ECANCELED);
	assert_int_equal(called, 1);
	assert_int_equal(cport_task_complete(&tasks[0], 1), 0); /* for nobody */
	assert_int_equal(called, 1);
	cport_task_init(&late, port);
	assert_int_equal(cport_task_then(&late, &ops[0], CPORT_INLINE), -EBADF);
	cport_release(port);
}

enum { ROUNDS = 20000 };

struct pair {
	struct cport_task task;
	struct cport_op op;
	int round, done; /* atomic */
};

static void *complete_each(void *argument)
{
	struct pair *pair = argument;

	for (int i = 1; i <= ROUNDS; i++) {
		while (__atomic_load_n(&pair->round, __ATOMIC_ACQUIRE) < i)
			sched_yield();
		(void)cport_task_complete(&pair->task, 1);
		__atomic_store_n(&pair->done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void s45_a_cancel_beside_the_result_calls_once(void **state)
{
	struct cport *port = rig_open(1);
	struct pair pair = {.op = {.fn = note}};
	pthread_t completer;
	int ours = 0, theirs = 0;

	(void)state;
	called = 0;
	assert_int_equal(pthread_create(&completer, NULL, complete_each, &pair), 0);
	for (int i = 1; i <= ROUNDS; i++) {
		cport_task_init(&pair.task, port);
		assert_int_equal(cport_task_then(&pair.task, &pair.op, CPORT_INLINE), 0);
		__atomic_store_n(&pair.round, i, __ATOMIC_RELEASE);
		ours += cport_cancel(&pair.op) == 0;
		while (__atomic_load_n(&pair.done, __ATOMIC_ACQUIRE) < i)
			sched_yield();
		assert_int_equal(__atomic_load_n(&called, __ATOMIC_ACQUIRE), i);
		theirs += result == 1;
	}
	pthread_join(completer, NULL);
	assert_int_equal(ours + theirs, ROUNDS);
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s45_a_cancelled_continuation_is_called_where_it_was_to_be),
		cmocka_unit_test(s53_a_drain_hands_back_what_waits_for_a_task),
		cmocka_unit_test(s45_a_cancel_beside_the_result_calls_once),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
