/* Who runs, with real threads: the promises S13 to S28 and S61. test_port has the same of the core
 * alone. */
#include "rig.h"

static void s15_a_poll_times_out_at_full_concurrency_though_packets_wait(void **state)
{
	struct cport *port = rig_open(1);
	struct getter getter;
	struct cport_packet packet;

	(void)state;
	getter_start(&getter, port);
	cport_post(port, 1, 0, NULL);
	assert_int_equal(getter_result(&getter), 1);
	cport_post(port, 2, 0, NULL);
	assert_int_equal(cport_get(port, &packet, 0), -ETIME);
	assert_int_equal(cport_depth(port), 1);
	getter_end(&getter);
	cport_release(port);
}

static void s16_a_running_getter_wakes_nobody(void **state)
{
	struct cport *port = rig_open(1);
	struct getter getter;
	struct cport_stat before, after;

	(void)state;
	cport_post(port, 0, 0, NULL);
	rig_get(port);
	getter_start(&getter, port);
	for (int i = 0; i < 10; i++)
		cport_post(port, i, 0, NULL);
	before = rig_stat(port);
	for (int i = 0; i < 10; i++)
		assert_int_equal(rig_get(port).result, i);
	after = rig_stat(port);
	assert_int_equal(after.wakes + after.kicks, before.wakes + before.kicks);
	assert_int_equal(after.polls, before.polls);
	cport_close(port);
	assert_int_equal(getter_result(&getter), -ESHUTDOWN);
	getter_end(&getter);
	cport_release(port);
}

static void s17_a_get_on_another_port_frees_the_place_on_the_first(void **state)
{
	struct cport *first = rig_open(1), *second = rig_open(1);
	struct getter getter;

	(void)state;
	cport_post(first, 1, 0, NULL);
	rig_get(first);
	getter_start(&getter, first);
	cport_post(first, 2, 0, NULL);
	cport_post(second, 3, 0, NULL);
	assert_int_equal(rig_get(second).result, 3);
	assert_int_equal(getter_result(&getter), 1);
	assert_int_equal(getter.packet.result, 2);
	getter_end(&getter);
	cport_release(first);
	cport_release(second);
}

static void s18_a_thread_that_ends_frees_its_place(void **state)
{
	struct cport *port = rig_open(1);
	struct getter older, newer;

	(void)state;
	getter_start(&older, port);
	getter_start(&newer, port);
	cport_post(port, 1, 0, NULL);
	assert_int_equal(getter_result(&newer), 1);
	cport_post(port, 2, 0, NULL);
	assert_int_equal(rig_stat(port).depth, 1);
	getter_end(&newer);
	assert_int_equal(getter_result(&older), 1);
	assert_int_equal(older.packet.result, 2);
	getter_end(&older);
	assert_int_equal(rig_stat(port).associated, 0);
	cport_release(port);
}

static void s19_s20_blocking_gives_the_place_away_and_takes_it_back(void **state)
{
	struct cport *port = rig_open(1);
	struct getter getter;

	(void)state;
	cport_post(port, 1, 0, NULL);
	rig_get(port);
	getter_start(&getter, port);
	cport_post(port, 2, 0, NULL);
	assert_int_equal(cport_depth(port), 1);
	cport_block_begin();
	assert_int_equal(getter_result(&getter), 1);
	cport_block_end();
	assert_int_equal(rig_stat(port).active, 2);
	getter_end(&getter);
	cport_release(port);
}

static void s61_blocking_nests(void **state)
{
	struct cport *port = rig_open(1);

	(void)state;
	cport_post(port, 1, 0, NULL);
	rig_get(port);
	cport_block_begin();
	cport_block_begin();
	assert_int_equal(rig_stat(port).active, 0);
	cport_block_end();
	assert_int_equal(rig_stat(port).active, 0);
	cport_block_end();
	assert_int_equal(rig_stat(port).active, 1);
	cport_block_end();
	assert_int_equal(rig_stat(port).active, 1);
	cport_release(port);
}

static void s22_a_timed_out_getter_keeps_its_place(void **state)
{
	struct cport *port = rig_open(1);
	struct getter getter;

	(void)state;
	getter_start(&getter, port);
	rig_expect_none(port);
	cport_post(port, 1, 0, NULL);
	assert_int_equal(rig_stat(port).depth, 1);
	assert_int_equal(rig_get(port).result, 1);
	cport_leave();
	cport_post(port, 2, 0, NULL);
	assert_int_equal(getter_result(&getter), 1);
	getter_end(&getter);
	cport_release(port);
}

static void s23_s43_many_packets_come_at_once_without_waiting_for_more(void **state)
{
	struct cport *port = rig_open(2);
	struct cport_packet packets[8];

	(void)state;
	assert_int_equal(cport_get_many(port, packets, 0, 0), -EINVAL);
	for (int i = 0; i < 3; i++)
		cport_post(port, i, 0, NULL);
	assert_int_equal(cport_get_many(port, packets, 2, SOON), 2);
	assert_int_equal(cport_get_many(port, packets, 8, SOON), 1);
	assert_int_equal(packets[0].result, 2);
	assert_int_equal(rig_stat(port).active, 1);
	cport_release(port);
}

static void s25_a_burst_releases_as_many_threads_as_may_run(void **state)
{
	struct cport *port = rig_open(2);
	struct getter getters[4];
	int served = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		getter_start(&getters[i], port);
	for (int i = 0; i < 3; i++)
		cport_post(port, i, 0, NULL);
	assert_int_equal(getter_result(&getters[3]), 1);
	assert_int_equal(getter_result(&getters[2]), 1);
	assert_int_equal(rig_stat(port).waiters, 2);
	assert_int_equal(rig_stat(port).depth, 1);
	cport_close(port);
	for (int i = 0; i < 4; i++) {
		served += getter_result(&getters[i]) == 1;
		getter_end(&getters[i]);
	}
	assert_int_equal(served, 2);
	cport_release(port);
}

static void s26_the_newest_waiter_is_first_and_packets_are_in_order(void **state)
{
	struct cport *port = rig_open(3);
	struct getter first, second;

	(void)state;
	getter_start(&first, port);
	getter_start(&second, port);
	for (int i = 3; i <= 5; i++)
		cport_post(port, i, 0, NULL);
	assert_int_equal(getter_result(&second), 1);
	assert_int_equal(getter_result(&first), 1);
	assert_int_equal(second.packet.result, 3);
	assert_int_equal(first.packet.result, 4);
	assert_int_equal(rig_get(port).result, 5);
	getter_end(&first);
	getter_end(&second);
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s15_a_poll_times_out_at_full_concurrency_though_packets_wait),
		cmocka_unit_test(s16_a_running_getter_wakes_nobody),
		cmocka_unit_test(s17_a_get_on_another_port_frees_the_place_on_the_first),
		cmocka_unit_test(s18_a_thread_that_ends_frees_its_place),
		cmocka_unit_test(s19_s20_blocking_gives_the_place_away_and_takes_it_back),
		cmocka_unit_test(s61_blocking_nests),
		cmocka_unit_test(s22_a_timed_out_getter_keeps_its_place),
		cmocka_unit_test(s23_s43_many_packets_come_at_once_without_waiting_for_more),
		cmocka_unit_test(s25_a_burst_releases_as_many_threads_as_may_run),
		cmocka_unit_test(s26_the_newest_waiter_is_first_and_packets_are_in_order),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
