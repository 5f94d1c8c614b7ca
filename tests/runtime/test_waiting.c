/* Opening, posting, timing out, closing: the promises S1 to S7, S40, S41, S51 and S52, and what
 * many threads get. */
#include "rig.h"

static void s1_no_concurrency_means_the_online_processors(void **state)
{
	struct cport *port = rig_open(0);

	(void)state;
	assert_int_equal(rig_stat(port).concurrency, sysconf(_SC_NPROCESSORS_ONLN));
	cport_release(port);
}

static void s2_concurrency_stays_as_it_was_opened(void **state)
{
	struct cport *port = rig_open(3);
	struct cport_file file;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	assert_int_equal(rig_stat(port).concurrency, 3);
	cport_file_close(&file);
	close(other);
	cport_release(port);
}

static void s3_a_port_needs_no_file(void **state)
{
	struct cport *port = rig_open(1);

	(void)state;
	assert_int_equal(cport_post(port, 1, 2, NULL), 0);
	assert_int_equal(rig_get(port).key, 2);
	cport_release(port);
}

static void s4_depth_counts_what_is_queued_and_no_hand_off(void **state)
{
	struct cport *port = rig_open(1);
	struct getter getter;

	(void)state;
	cport_post(port, 1, 0, NULL);
	cport_post(port, 2, 0, NULL);
	assert_int_equal(cport_depth(port), 2);
	rig_get(port);
	rig_get(port);
	cport_leave();
	getter_start(&getter, port);
	cport_post(port, 3, 0, NULL);
	assert_int_equal(cport_depth(port), 0);
	assert_int_equal(getter_result(&getter), 1);
	getter_end(&getter);
	cport_release(port);
}

static void s5_packets_arrive_bit_exact(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op op = {0};
	struct cport_packet packet;

	(void)state;
	cport_post(port, INT64_MIN + 5, UINTPTR_MAX - 1, &op);
	packet = rig_get(port);
	assert_true(packet.result == INT64_MIN + 5);
	assert_true(packet.key == UINTPTR_MAX - 1);
	assert_ptr_equal(packet.op, &op);
	cport_release(port);
}

static void s6_post_never_looks_at_the_operation(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op *nowhere = (struct cport_op *)(uintptr_t)0xdead0;

	(void)state;
	cport_post(port, -12345, 7, nowhere);
	cport_post(port, 0, 8, NULL);
	assert_ptr_equal(rig_get(port).op, nowhere);
	assert_null(rig_get(port).op);
	cport_release(port);
}

static void s7_a_bound_file_keeps_the_port(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_file file;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	cport_release(port);
	assert_int_equal(cport_post(port, 0, 0, NULL), -EBADF);
	assert_int_equal(cport_file_close(&file), 0);
	close(other);
}

static void posts_are_bounded_and_say_so(void **state)
{
	struct cport *port = rig_open(1);

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_int_equal(cport_post(port, i, 0, NULL), 0);
	assert_int_equal(cport_post(port, 64, 0, NULL), -ENOBUFS);
	for (int i = 0; i < 64; i++)
		assert_int_equal(rig_get(port).result, i);
	assert_int_equal(cport_post(port, 64, 0, NULL), 0);
	cport_release(port);
}

static void *write_later(void *fd)
{
	struct timespec pause = {0, QUIET};

	nanosleep(&pause, NULL);
	assert_int_equal(write(*(int *)fd, "x", 1), 1);
	return NULL;
}

/* The starter makes no system call: it asks the time, which the vDSO knows. */
static int comes_while_the_starter_computes(unsigned flags)
{
	struct cport_options options = {.concurrency = 2, .backend = rig_backend, .flags = flags};
	struct getter getter;
	struct cport_op op = {0};
	struct cport_file file;
	struct cport *port = NULL;
	struct timespec time;
	pthread_t writer;
	time_t until;
	char byte;
	int other, result;

	assert_int_equal(cport_open(&port, &options), 0);
	other = rig_pair(&file, port, 1, 0);
	getter_start(&getter, port);
	assert_int_equal(cport_recv(&file, &op, &byte, 1, 0), CPORT_PENDING);
	assert_int_equal(pthread_create(&writer, NULL, write_later, &other), 0);
	clock_gettime(CLOCK_MONOTONIC, &time);
	until = time.tv_sec + SOON / 1000000000;
	do
		clock_gettime(CLOCK_MONOTONIC, &time);
	while (time.tv_sec < until && __atomic_load_n(&getter.result, __ATOMIC_ACQUIRE) == 0);
	result = __atomic_load_n(&getter.result, __ATOMIC_ACQUIRE);
	pthread_join(writer, NULL);
	getter_end(&getter);
	cport_file_close(&file);
	close(other);
	cport_release(port);
	return result;
}

static void a_completion_comes_while_its_starter_computes(void **state)
{
	(void)state;
	assert_int_equal(comes_while_the_starter_computes(0), 1);
	assert_int_equal(comes_while_the_starter_computes(CPORT_PROMPT), 1);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

static void s40_a_timeout_is_not_early(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_packet packet;
	int64_t start = now();

	(void)state;
	assert_int_equal(cport_get(port, &packet, 0), -ETIME);
	assert_int_equal(cport_get(port, &packet, 3 * MS / 2), -ETIME);
	assert_true(now() - start >= 3 * MS / 2);
	cport_release(port);
}

static void s41_a_timeout_touches_only_the_operation(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_packet packet = {.result = 11, .key = 12, .flags = 13};
	struct cport_op op;

	(void)state;
	packet.op = &op;
	assert_int_equal(cport_get(port, &packet, 0), -ETIME);
	assert_null(packet.op);
	assert_int_equal(packet.result, 11);
	assert_int_equal(packet.key, 12);
	assert_int_equal(packet.flags, 13);
	cport_release(port);
}

static void s51_closing_abandons_the_waiters_and_later_gets_are_told_apart(void **state)
{
	struct cport *port = rig_open(1);
	struct getter leader, follower;
	struct cport_packet packet;

	(void)state;
	getter_start(&leader, port);
	getter_start(&follower, port);
	assert_int_equal(cport_close(port), 0);
	assert_int_equal(getter_result(&leader), -ESHUTDOWN);
	assert_int_equal(getter_result(&follower), -ESHUTDOWN);
	assert_int_equal(cport_get(port, &packet, 0), -EBADF);
	assert_int_equal(cport_post(port, 0, 0, NULL), -EBADF);
	assert_int_equal(cport_close(port), -EBADF);
	getter_end(&leader);
	getter_end(&follower);
	cport_release(port);
}

static void count_drained(const struct cport_packet *packet, void *user)
{
	int64_t *sum = user;

	*sum += packet->result;
}

static void s52_what_is_queued_at_the_close_is_handed_back(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_file file;
	struct cport_op op = {0}, timer = {0};
	int64_t sum = 0;
	char byte;
	int other = rig_pair(&file, port, 1, 0);

	(void)state;
	cport_post(port, 1000, 0, NULL);
	assert_int_equal(cport_recv(&file, &op, &byte, 1, 0), CPORT_PENDING);
	assert_int_equal(cport_timer(port, &timer, 0, SOON), CPORT_PENDING);
	assert_int_equal(cport_drain(port, count_drained, &sum), -EBUSY);
	cport_close(port);
	assert_int_equal(cport_drain(port, count_drained, &sum), 3);
	assert_int_equal(sum, 1000 - 2 * ECANCELED);
	assert_int_equal(op.result, -ECANCELED);
	assert_int_equal(cport_op_pending(&op), 0);
	cport_file_close(&file);
	close(other);
	cport_release(port);
}

/* ---- many threads ------------------------------------------------------------------------ */

enum { CROWD = 6, PACKETS = 20000 };

struct crowd {
	struct cport *port;
	uint64_t sum;   /* atomic */
	uint32_t taken; /* atomic */
	uint32_t running, most;
};

static void count_running(struct crowd *crowd)
{
	uint32_t running = __atomic_add_fetch(&crowd->running, 1, __ATOMIC_SEQ_CST);
	uint32_t most = __atomic_load_n(&crowd->most, __ATOMIC_RELAXED);

	while (running > most && !__atomic_compare_exchange_n(&crowd->most, &most, running, 0,
							      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	for (volatile int i = 0; i < 50; i++)
		;
	__atomic_sub_fetch(&crowd->running, 1, __ATOMIC_SEQ_CST);
}

static void *crowd_run(void *argument)
{
	struct crowd *crowd = argument;
	struct cport_packet packet;

	while (cport_get(crowd->port, &packet, CPORT_FOREVER) == 1) {
		count_running(crowd);
		__atomic_add_fetch(&crowd->sum, (uint64_t)packet.result, __ATOMIC_RELAXED);
		__atomic_add_fetch(&crowd->taken, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void post_all(struct cport *port, uint64_t *ret_sum)
{
	struct timespec pause = {0, MS / 10};

	for (int i = 1; i <= PACKETS;) {
		if (cport_post(port, i, 0, NULL) == 0)
			*ret_sum += (uint64_t)i++;
		else
			nanosleep(&pause, NULL);
	}
}

static void every_packet_is_taken_once_and_no_more_run_than_may(void **state)
{
	struct crowd crowd = {.port = rig_open(2)};
	struct timespec pause = {0, MS};
	pthread_t threads[CROWD];
	uint64_t sum = 0;

	(void)state;
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, &crowd), 0);
	post_all(crowd.port, &sum);
	for (int i = 0; i < 10000 && __atomic_load_n(&crowd.taken, __ATOMIC_ACQUIRE) < PACKETS; i++)
		nanosleep(&pause, NULL);
	cport_close(crowd.port);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.taken, PACKETS);
	assert_true(crowd.sum == sum);
	assert_in_range(crowd.most, 1, 2);
	cport_release(crowd.port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s1_no_concurrency_means_the_online_processors),
		cmocka_unit_test(s2_concurrency_stays_as_it_was_opened),
		cmocka_unit_test(s3_a_port_needs_no_file),
		cmocka_unit_test(s4_depth_counts_what_is_queued_and_no_hand_off),
		cmocka_unit_test(s5_packets_arrive_bit_exact),
		cmocka_unit_test(s6_post_never_looks_at_the_operation),
		cmocka_unit_test(s7_a_bound_file_keeps_the_port),
		cmocka_unit_test(posts_are_bounded_and_say_so),
		cmocka_unit_test(a_completion_comes_while_its_starter_computes),
		cmocka_unit_test(s40_a_timeout_is_not_early),
		cmocka_unit_test(s41_a_timeout_touches_only_the_operation),
		cmocka_unit_test(s51_closing_abandons_the_waiters_and_later_gets_are_told_apart),
		cmocka_unit_test(s52_what_is_queued_at_the_close_is_handed_back),
		cmocka_unit_test(every_packet_is_taken_once_and_no_more_run_than_may),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
