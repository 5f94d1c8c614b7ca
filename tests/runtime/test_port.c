/* The port core against an executable model of the kernel queue's rules, on random schedules,
 * and each rule S13 to S28 once by hand. One thread plays all the threads: the core knows
 * neither locks nor time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/port.h"

#include "model.h"

enum { THREADS = 8, NODES = 64, STEPS = 1000000 };

struct rig {
	struct cport__core core;
	struct cport__member members[THREADS];
	struct cport__node nodes[NODES];
	int next_node;
};

static struct rig rig_make(uint32_t max)
{
	struct rig rig;

	memset(&rig, 0, sizeof(rig));
	cport__core_init(&rig.core, max);
	return rig;
}

/* Posts a packet; the number of the thread that was given it, -1 when it was queued. */
static int post(struct rig *rig)
{
	struct cport__node *node = &rig->nodes[rig->next_node++ % NODES];
	struct cport__member *member;

	node->key = (uintptr_t)rig->next_node;
	cport__core_append(&rig->core, node);
	member = cport__core_release(&rig->core);
	return member ? (int)(member - rig->members) : -1;
}

/* A get: the key of its packet, or 0 and the thread waits. */
static int get(struct rig *rig, int thread)
{
	struct cport__member *member = &rig->members[thread];
	struct cport__node *node;

	cport__core_enter(&rig->core, member);
	node = cport__core_take(&rig->core, member);
	if (node)
		return (int)node->key;
	cport__core_wait(&rig->core, member);
	return 0;
}

static int accept_given(struct rig *rig, int thread)
{
	assert_int_equal(rig->members[thread].state, CPORT__GIVEN);
	return (int)cport__core_accept(&rig->core, &rig->members[thread])->key;
}

static int released(struct rig *rig)
{
	struct cport__member *member = cport__core_release(&rig->core);

	return member ? (int)(member - rig->members) : -1;
}

static void s13_post_hands_to_the_newest_waiter_or_queues(void **state)
{
	struct rig rig = rig_make(2);

	(void)state;
	get(&rig, 0);
	get(&rig, 1);
	get(&rig, 2);
	assert_int_equal(post(&rig), 2);
	assert_int_equal(post(&rig), 1);
	assert_int_equal(post(&rig), -1);
	assert_int_equal(rig.core.active, 2);
	assert_int_equal(rig.core.depth, 1);
	assert_int_equal(accept_given(&rig, 2), 1);
}

static void s14_get_gives_up_its_place_first_and_takes_the_oldest(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	post(&rig);
	assert_int_equal(get(&rig, 0), 1);
	assert_int_equal(get(&rig, 0), 2);
	assert_int_equal(rig.core.active, 1);
}

static void s15_get_waits_at_full_concurrency_though_packets_are_queued(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	post(&rig);
	get(&rig, 0);
	assert_int_equal(get(&rig, 1), 0);
	assert_int_equal(rig.core.depth, 1);
	assert_int_equal(rig.core.waiters, 1);
}

static void s16_a_running_getter_takes_and_nobody_is_woken(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	get(&rig, 1);
	post(&rig);
	assert_int_equal(get(&rig, 0), 2);
	assert_int_equal(rig.members[1].state, CPORT__WAITING);
	assert_int_equal(released(&rig), -1);
}

static void s17_s18_leaving_frees_a_place(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	get(&rig, 1);
	assert_int_equal(post(&rig), -1);
	cport__core_leave(&rig.core, &rig.members[0]);
	assert_int_equal(released(&rig), 1);
	assert_int_equal(rig.core.active, 1);
}

static void s19_blocking_releases_the_newest_waiter(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	get(&rig, 1);
	get(&rig, 2);
	post(&rig);
	cport__core_block(&rig.core, &rig.members[0]);
	assert_int_equal(released(&rig), 2);
	assert_int_equal(released(&rig), -1);
}

static void s20_unblocking_counts_at_once_and_may_exceed_the_maximum(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	post(&rig);
	cport__core_block(&rig.core, &rig.members[0]);
	assert_int_equal(get(&rig, 1), 2);
	cport__core_unblock(&rig.core, &rig.members[0]);
	assert_int_equal(rig.core.active, 2);
}

static void s21_an_over_subscribed_getter_waits_until_others_are_back(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	post(&rig);
	post(&rig);
	cport__core_block(&rig.core, &rig.members[0]);
	get(&rig, 1);
	cport__core_unblock(&rig.core, &rig.members[0]);
	assert_int_equal(get(&rig, 0), 0);
	assert_int_equal(rig.core.depth, 1);
	assert_int_equal(get(&rig, 1), 3);
	assert_int_equal(rig.members[0].state, CPORT__WAITING);
}

static void s22_a_timed_out_getter_is_still_active(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	get(&rig, 0);
	get(&rig, 1);
	cport__core_time_out(&rig.core, &rig.members[1]);
	assert_int_equal(post(&rig), -1);
	assert_int_equal(get(&rig, 1), 1);
	assert_int_equal(rig.members[0].state, CPORT__WAITING);
}

static void s23_many_packets_count_as_one_active_thread(void **state)
{
	struct rig rig = rig_make(2);

	(void)state;
	post(&rig);
	post(&rig);
	assert_int_equal(get(&rig, 0), 1);
	assert_int_equal(cport__core_take_more(&rig.core)->key, 2);
	assert_null(cport__core_take_more(&rig.core));
	assert_int_equal(rig.core.active, 1);
}

static void s24_posting_from_the_only_active_thread_wakes_nobody(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	post(&rig);
	get(&rig, 0);
	get(&rig, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(post(&rig), -1);
}

static void s25_a_burst_releases_as_many_as_there_are_places(void **state)
{
	struct rig rig = rig_make(3);
	int woken = 0;

	(void)state;
	for (int i = 0; i < 5; i++)
		get(&rig, i);
	for (int i = 0; i < 4; i++)
		woken += post(&rig) >= 0;
	assert_int_equal(woken, 3);
	assert_int_equal(rig.core.depth, 1);
}

static void s26_waiters_are_lifo_and_packets_fifo(void **state)
{
	struct rig rig = rig_make(3);

	(void)state;
	get(&rig, 1);
	get(&rig, 0);
	for (int i = 0; i < 3; i++)
		post(&rig);
	assert_int_equal(accept_given(&rig, 0), 1);
	assert_int_equal(accept_given(&rig, 1), 2);
	assert_int_equal(get(&rig, 2), 3);
}

static void s27_a_new_wait_is_a_new_place_in_the_stack(void **state)
{
	struct rig rig = rig_make(2);

	(void)state;
	get(&rig, 0);
	get(&rig, 1);
	cport__core_time_out(&rig.core, &rig.members[0]);
	get(&rig, 0);
	assert_int_equal(post(&rig), 0);
}

static void s28_packets_come_in_the_order_of_posting(void **state)
{
	struct rig rig = rig_make(1);

	(void)state;
	for (int i = 0; i < NODES; i++)
		post(&rig);
	for (int i = 0; i < NODES; i++)
		assert_int_equal(get(&rig, 0), i + 1);
}

/* ---- refinement ------------------------------------------------------------------------- */

/* Random numbers that are the same on every machine. */
static uint32_t draw(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % limit;
}

struct walk {
	struct rig rig;
	struct model model;
	uint64_t seed;
};

static void compare(struct walk *walk, const char *step)
{
	if (walk->rig.core.active != (uint32_t)walk->model.active ||
	    walk->rig.core.depth != (uint32_t)walk->model.depth ||
	    walk->rig.core.waiters != (uint32_t)walk->model.waiters)
		fail_msg("%s: active %u depth %u waiters %u, the model says %d %d %d", step,
			 walk->rig.core.active, walk->rig.core.depth, walk->rig.core.waiters,
			 walk->model.active, walk->model.depth, walk->model.waiters);
}

/* Both sides let go of whoever may run, and must name the same threads and packets. */
static void release_all(struct walk *walk)
{
	for (;;) {
		int packet = 0;
		int expected = model_release(&walk->model, &packet);
		int thread = released(&walk->rig);

		assert_int_equal(thread, expected);
		if (thread < 0)
			return;
		assert_int_equal(accept_given(&walk->rig, thread), packet);
	}
}

static void step_post(struct walk *walk)
{
	struct rig *rig = &walk->rig;
	struct cport__node *node;

	if (walk->model.depth == MODEL_PACKETS)
		return;
	node = &rig->nodes[rig->next_node++ % NODES];
	node->key = (uintptr_t)rig->next_node;
	cport__core_append(&rig->core, node);
	model_append(&walk->model, rig->next_node);
}

static void step_get(struct walk *walk, int thread, int waits)
{
	struct cport__member *member = &walk->rig.members[thread];
	int expected = model_get(&walk->model, thread, waits);
	struct cport__node *node;

	cport__core_enter(&walk->rig.core, member);
	node = cport__core_take(&walk->rig.core, member);
	assert_int_equal(node ? (int)node->key : 0, expected);
	if (node)
		return;
	if (waits)
		cport__core_wait(&walk->rig.core, member);
	else
		cport__core_time_out(&walk->rig.core, member);
}

static void step(struct walk *walk)
{
	int thread = (int)draw(&walk->seed, THREADS);
	struct cport__member *member = &walk->rig.members[thread];
	int waits = walk->model.state[thread] == MODEL_WAITING;

	switch (draw(&walk->seed, 8)) {
	case 0:
	case 1:
	case 2:
		step_post(walk);
		break;
	case 3:
	case 4:
		if (!waits)
			step_get(walk, thread, draw(&walk->seed, 4) != 0);
		break;
	case 5:
		if (waits) {
			cport__core_time_out(&walk->rig.core, member);
			model_time_out(&walk->model, thread);
		}
		break;
	case 6:
		if (walk->model.state[thread] == MODEL_BLOCKED) {
			cport__core_unblock(&walk->rig.core, member);
			model_unblock(&walk->model, thread);
		} else {
			cport__core_block(&walk->rig.core, member);
			model_block(&walk->model, thread);
		}
		break;
	case 7:
		if (!waits && draw(&walk->seed, 4) == 0) {
			cport__core_leave(&walk->rig.core, member);
			model_leave(&walk->model, thread);
		}
		break;
	}
	release_all(walk);
	compare(walk, "step");
}

static void the_core_refines_the_model_on_a_million_random_steps(void **state)
{
	static struct walk walk;

	(void)state;
	for (uint32_t max = 1; max <= 4; max++) {
		walk.rig = rig_make(max);
		model_init(&walk.model, (int)max);
		walk.seed = max;
		for (int i = 0; i < STEPS / 4; i++)
			step(&walk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s13_post_hands_to_the_newest_waiter_or_queues),
		cmocka_unit_test(s14_get_gives_up_its_place_first_and_takes_the_oldest),
		cmocka_unit_test(s15_get_waits_at_full_concurrency_though_packets_are_queued),
		cmocka_unit_test(s16_a_running_getter_takes_and_nobody_is_woken),
		cmocka_unit_test(s17_s18_leaving_frees_a_place),
		cmocka_unit_test(s19_blocking_releases_the_newest_waiter),
		cmocka_unit_test(s20_unblocking_counts_at_once_and_may_exceed_the_maximum),
		cmocka_unit_test(s21_an_over_subscribed_getter_waits_until_others_are_back),
		cmocka_unit_test(s22_a_timed_out_getter_is_still_active),
		cmocka_unit_test(s23_many_packets_count_as_one_active_thread),
		cmocka_unit_test(s24_posting_from_the_only_active_thread_wakes_nobody),
		cmocka_unit_test(s25_a_burst_releases_as_many_as_there_are_places),
		cmocka_unit_test(s26_waiters_are_lifo_and_packets_fifo),
		cmocka_unit_test(s27_a_new_wait_is_a_new_place_in_the_stack),
		cmocka_unit_test(s28_packets_come_in_the_order_of_posting),
		cmocka_unit_test(the_core_refines_the_model_on_a_million_random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
