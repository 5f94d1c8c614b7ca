/* Who runs, with real threads: the promises S13 to S28 and S61. test_port has the same of the core
 * alone. */
#include "rig.h"

/* A thread that does one thing after the other, as it is asked. What it waits for in between is
 * unknown to the port: until it asks for a packet it runs. */
enum asked { NOTHING, GET, GET_FOR_A_WHILE, POST, BLOCK_BEGIN, BLOCK_END, END };

struct actor {
	pthread_t thread;
	struct cport *port;
	struct cport_packet packet;
	int result;
	enum asked asked; /* atomic: the thread makes NOTHING of it when it has done it */
};

static int do_it(struct actor *actor, enum asked asked)
{
	switch (asked) {
	case GET:
		return cport_get(actor->port, &actor->packet, CPORT_FOREVER);
	case GET_FOR_A_WHILE:
		return cport_get(actor->port, &actor->packet, 50 * MS);
	case POST:
		return cport_post(actor->port, 0, 0, NULL);
	case BLOCK_BEGIN:
		cport_block_begin();
		return 0;
	case BLOCK_END:
		cport_block_end();
		return 0;
	case NOTHING:
	case END:
		break;
	}
	return 0;
}

static void *act(void *argument)
{
	struct actor *actor = argument;
	struct timespec pause = {0, MS / 4};
	enum asked asked = NOTHING;

	while (asked != END) {
		asked = __atomic_load_n(&actor->asked, __ATOMIC_ACQUIRE);
		if (asked == NOTHING) {
			nanosleep(&pause, NULL);
			continue;
		}
		actor->result = do_it(actor, asked);
		__atomic_store_n(&actor->asked, NOTHING, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void actor_start(struct actor *actor, struct cport *port)
{
	*actor = (struct actor){.port = port};
	assert_int_equal(pthread_create(&actor->thread, NULL, act, actor), 0);
}

static void actor_ask(struct actor *actor, enum asked asked)
{
	__atomic_store_n(&actor->asked, asked, __ATOMIC_RELEASE);
}

static int actor_is_busy(const struct actor *actor)
{
	return __atomic_load_n(&actor->asked, __ATOMIC_ACQUIRE) != NOTHING;
}

/* What came of the last thing that it was asked to do. */
static int actor_answer(const struct actor *actor)
{
	struct timespec pause = {0, MS / 4};

	for (int i = 0; i < 120000 && actor_is_busy(actor); i++)
		nanosleep(&pause, NULL);
	assert_false(actor_is_busy(actor));
	return actor->result;
}

static int actor_does(struct actor *actor, enum asked asked)
{
	actor_ask(actor, asked);
	return actor_answer(actor);
}

/* The actor becomes the newest waiter. */
static void actor_waits(struct actor *actor)
{
	unsigned waiters = rig_stat(actor->port).waiters;

	actor_ask(actor, GET);
	rig_wait_for_waiters(actor->port, waiters + 1);
}

/* What it was given while it waited. */
static int64_t actor_packet(const struct actor *actor)
{
	assert_int_equal(actor_answer(actor), 1);
	return actor->packet.result;
}

static void actors_end(struct actor *actors, int count, struct cport *port)
{
	cport_close(port);
	for (int i = 0; i < count; i++)
		(void)actor_answer(&actors[i]);
	for (int i = 0; i < count; i++) {
		actor_ask(&actors[i], END);
		pthread_join(actors[i].thread, NULL);
	}
	cport_release(port);
}

static void expect_counts(struct cport *port, unsigned active, unsigned depth, unsigned waiters)
{
	struct cport_stat stat = rig_stat(port);

	assert_int_equal(stat.active, active);
	assert_int_equal(stat.depth, depth);
	assert_int_equal(stat.waiters, waiters);
}

static void s13_a_post_goes_to_the_newest_waiter_or_is_queued(void **state)
{
	struct cport *port = rig_open(2);
	struct actor actors[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		actor_start(&actors[i], port);
		actor_waits(&actors[i]);
	}
	assert_int_equal(cport_post(port, 1, 0, NULL), 0);
	assert_int_equal(actor_packet(&actors[2]), 1);
	expect_counts(port, 1, 0, 2);
	assert_int_equal(cport_post(port, 2, 0, NULL), 0);
	assert_int_equal(actor_packet(&actors[1]), 2);
	expect_counts(port, 2, 0, 1);
	assert_int_equal(cport_post(port, 3, 0, NULL), 0);
	assert_int_equal(cport_post(port, 4, 0, NULL), 0);
	expect_counts(port, 2, 2, 1);
	assert_int_equal(rig_stat(port).handoffs, 2);
	assert_int_equal(actor_does(&actors[1], GET), 1);
	assert_int_equal(actors[1].packet.result, 3);
	assert_int_equal(actor_does(&actors[1], GET), 1);
	assert_int_equal(actors[1].packet.result, 4);
	assert_true(actor_is_busy(&actors[0]));
	actors_end(actors, 3, port);
}

static void s14_who_asks_gives_up_its_place_first_and_takes_the_oldest(void **state)
{
	struct cport *port = rig_open(1);
	struct actor actors[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		actor_start(&actors[i], port);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(cport_post(port, i, 0, NULL), 0);
	assert_int_equal(actor_does(&actors[0], GET), 1);
	assert_int_equal(actors[0].packet.result, 1);
	actor_waits(&actors[1]);
	expect_counts(port, 1, 2, 1);
	for (int i = 2; i <= 3; i++) {
		assert_int_equal(actor_does(&actors[0], GET), 1);
		assert_int_equal(actors[0].packet.result, i);
		expect_counts(port, 1, 3 - i, 1);
	}
	actor_waits(&actors[0]);
	expect_counts(port, 0, 0, 2);
	actors_end(actors, 2, port);
}

static void s21_who_asks_while_too_many_run_waits_though_packets_are_queued(void **state)
{
	struct cport *port = rig_open(1);
	struct actor actors[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		actor_start(&actors[i], port);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(cport_post(port, i, 0, NULL), 0);
	assert_int_equal(actor_does(&actors[0], GET), 1);
	actor_does(&actors[0], BLOCK_BEGIN);
	assert_int_equal(actor_does(&actors[1], GET), 1);
	actor_does(&actors[0], BLOCK_END);
	expect_counts(port, 2, 1, 0);
	actor_waits(&actors[0]);
	expect_counts(port, 1, 1, 1);
	assert_int_equal(actor_does(&actors[1], GET), 1);
	assert_int_equal(actors[1].packet.result, 3);
	assert_true(actor_is_busy(&actors[0]));
	expect_counts(port, 1, 0, 1);
	actors_end(actors, 2, port);
}

static void s24_posting_from_the_only_active_thread_wakes_nobody(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_stat before, after;
	struct actor actors[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		actor_start(&actors[i], port);
	assert_int_equal(cport_post(port, 1, 0, NULL), 0);
	assert_int_equal(actor_does(&actors[0], GET), 1);
	actor_waits(&actors[1]);
	actor_waits(&actors[2]);
	before = rig_stat(port);
	for (int i = 0; i < 10; i++)
		assert_int_equal(actor_does(&actors[0], POST), 0);
	after = rig_stat(port);
	assert_int_equal(after.wakes + after.kicks, before.wakes + before.kicks);
	assert_int_equal(after.handoffs, before.handoffs);
	expect_counts(port, 1, 10, 2);
	actors_end(actors, 3, port);
}

static void s27_who_was_served_and_waits_again_is_the_newest(void **state)
{
	struct cport *port = rig_open(2);
	struct actor actors[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		actor_start(&actors[i], port);
		actor_waits(&actors[i]);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(cport_post(port, i, 0, NULL), 0);
	for (int i = 1; i >= 0; i--) {
		assert_int_equal(actor_packet(&actors[i]), 1 - i);
		actor_waits(&actors[i]);
	}
	assert_int_equal(cport_post(port, 2, 0, NULL), 0);
	assert_int_equal(actor_packet(&actors[0]), 2);
	assert_true(actor_is_busy(&actors[1]));
	actors_end(actors, 2, port);
}

static void s27_who_timed_out_and_waits_again_is_the_newest(void **state)
{
	struct cport *port = rig_open(2);
	struct actor actors[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		actor_start(&actors[i], port);
	actor_ask(&actors[0], GET_FOR_A_WHILE);
	actor_ask(&actors[1], GET);
	assert_int_equal(actor_answer(&actors[0]), -ETIME);
	rig_wait_for_waiters(port, 1);
	actor_waits(&actors[0]);
	assert_int_equal(cport_post(port, 1, 0, NULL), 0);
	assert_int_equal(actor_packet(&actors[0]), 1);
	assert_true(actor_is_busy(&actors[1]));
	actors_end(actors, 2, port);
}

static void s28_one_taker_gets_packets_in_the_order_of_posting(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_packet packets[8];
	int next = 0;

	(void)state;
	for (int i = 0; i < 40; i++)
		assert_int_equal(cport_post(port, i, 0, NULL), 0);
	for (; next < 16; next++)
		assert_int_equal(rig_get(port).result, next);
	while (next < 40) {
		assert_int_equal(cport_get_many(port, packets, 8, SOON), 8);
		for (int i = 0; i < 8; i++)
			assert_int_equal(packets[i].result, next++);
	}
	cport_release(port);
}

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
		cmocka_unit_test(s13_a_post_goes_to_the_newest_waiter_or_is_queued),
		cmocka_unit_test(s14_who_asks_gives_up_its_place_first_and_takes_the_oldest),
		cmocka_unit_test(s15_a_poll_times_out_at_full_concurrency_though_packets_wait),
		cmocka_unit_test(s16_a_running_getter_wakes_nobody),
		cmocka_unit_test(s17_a_get_on_another_port_frees_the_place_on_the_first),
		cmocka_unit_test(s18_a_thread_that_ends_frees_its_place),
		cmocka_unit_test(s19_s20_blocking_gives_the_place_away_and_takes_it_back),
		cmocka_unit_test(s21_who_asks_while_too_many_run_waits_though_packets_are_queued),
		cmocka_unit_test(s22_a_timed_out_getter_keeps_its_place),
		cmocka_unit_test(s23_s43_many_packets_come_at_once_without_waiting_for_more),
		cmocka_unit_test(s24_posting_from_the_only_active_thread_wakes_nobody),
		cmocka_unit_test(s25_a_burst_releases_as_many_threads_as_may_run),
		cmocka_unit_test(s26_the_newest_waiter_is_first_and_packets_are_in_order),
		cmocka_unit_test(s27_who_was_served_and_waits_again_is_the_newest),
		cmocka_unit_test(s27_who_timed_out_and_waits_again_is_the_newest),
		cmocka_unit_test(s28_one_taker_gets_packets_in_the_order_of_posting),
		cmocka_unit_test(s61_blocking_nests),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
