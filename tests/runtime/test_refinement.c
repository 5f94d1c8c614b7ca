/* Real ports with real threads against the model: every change of a port's core is replayed on the
 * model, under the port's lock, and must be a step that the model allows, with the same thread,
 * the same packet and the same counts. Threads post, poll, wait, block, leave, go to the other port
 * and end at random. CPORT_REFINE in the environment sets the steps of each thread. */
#include "rig.h"

#include <sched.h>

#include "runtime/internal.h"

#include "model.h"

enum { PORTS = 2, THREADS = 6, STEPS = 4000 };

struct checked {
	struct cport *port;
	struct model model;
	const struct cport__member *members[MODEL_THREADS];
	uint64_t events;
	char mistake[128]; /* the first one */
};

static struct checked ports[PORTS];
static int steps = STEPS;

static int number_of(struct checked *checked, const struct cport__member *member)
{
	for (int i = 0; i < MODEL_THREADS; i++) {
		if (!checked->members[i])
			checked->members[i] = member;
		if (checked->members[i] == member)
			return i;
	}
	return -1;
}

static void expect(struct checked *checked, int holds, const char *what)
{
	if (!holds && !checked->mistake[0])
		(void)snprintf(checked->mistake, sizeof(checked->mistake), "event %lu: %s",
			       (unsigned long)checked->events, what);
}

static void on_take(struct checked *checked, int thread, int packet)
{
	struct model *model = &checked->model;

	expect(checked, model->depth > 0, "a packet is taken that the model does not have");
	if (model->depth == 0)
		return;
	if (thread >= 0) {
		expect(checked, model->active < model->max, "a thread takes past the maximum");
		if (model->state[thread] == MODEL_WAITING) {
			model_time_out(model, thread);
			model->active--;
		}
		model->state[thread] = MODEL_RUNNING;
		model->active++;
	}
	expect(checked, model_pop(model) == packet, "another packet is taken");
}

static void on_release(struct checked *checked, int thread, int packet)
{
	int expected_packet = 0;
	int expected = model_release(&checked->model, &expected_packet);

	expect(checked, expected == thread, "another thread is released");
	expect(checked, expected_packet == packet, "another packet is handed over");
}

static void on_time_out(struct model *model, int thread)
{
	if (model->state[thread] == MODEL_WAITING) {
		model_time_out(model, thread);
		return;
	}
	model->state[thread] = MODEL_RUNNING;
	model->active++;
}

static void on_wait(struct model *model, int thread)
{
	model->state[thread] = MODEL_WAITING;
	model->stack[model->waiters++] = thread;
}

static void replay(struct cport__core *core, enum cport__event event, struct cport__member *member,
		   struct cport__node *node)
{
	struct checked *checked = core->observer;
	struct model *model = &checked->model;
	int thread = member ? number_of(checked, member) : -1;
	int packet = node ? (int)node->key : 0;

	checked->events++;
	switch (event) {
	case CPORT__EVENT_APPEND:
		model_append(model, packet);
		break;
	case CPORT__EVENT_RELEASE:
		on_release(checked, thread, packet);
		break;
	case CPORT__EVENT_ENTER:
	case CPORT__EVENT_LEAVE:
		model_leave(model, thread);
		break;
	case CPORT__EVENT_TAKE:
		on_take(checked, thread, packet);
		break;
	case CPORT__EVENT_WAIT:
		on_wait(model, thread);
		break;
	case CPORT__EVENT_TIME_OUT:
		on_time_out(model, thread);
		break;
	case CPORT__EVENT_BLOCK:
		model_block(model, thread);
		break;
	case CPORT__EVENT_UNBLOCK:
		model_unblock(model, thread);
		break;
	case CPORT__EVENT_ABANDON:
		expect(checked, model->stack[model->waiters - 1] == thread,
		       "another thread is abandoned");
		model->waiters--;
		model->state[thread] = MODEL_OUT;
		break;
	}
	expect(checked, (int)core->active == model->active, "active differs");
	expect(checked, (int)core->depth == model->depth, "depth differs");
	expect(checked, (int)core->waiters == model->waiters, "waiters differ");
}

/* ---- the threads ------------------------------------------------------------------------- */

static uint32_t draw(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % limit;
}

static void random_step(uint64_t *seed, int i)
{
	struct cport *port = ports[draw(seed, 20) == 0].port;
	struct cport_packet packets[3];

	switch (draw(seed, 8)) {
	case 0:
	case 1:
	case 2:
		(void)cport_post(port, 0, (uintptr_t)i + 1, NULL);
		break;
	case 3:
		(void)cport_get(port, packets, 0);
		break;
	case 4:
	case 5:
		(void)cport_get(port, packets, 1 + draw(seed, 200000));
		break;
	case 6:
		(void)cport_get_many(port, packets, 3, draw(seed, 100000));
		break;
	case 7:
		cport_block_begin();
		if (draw(seed, 8) == 0)
			sched_yield();
		cport_block_end();
		break;
	}
	if (draw(seed, 200) == 0)
		cport_leave();
}

static void *walk(void *argument)
{
	uint64_t seed = (uint64_t)(uintptr_t)argument;

	for (int i = 0; i < steps; i++)
		random_step(&seed, i);
	return NULL;
}

static void open_checked(struct checked *checked, unsigned concurrency)
{
	struct cport_options options = {
		.concurrency = concurrency,
		.backend = rig_backend,
		.posts = MODEL_PACKETS,
	};

	memset(checked, 0, sizeof(*checked));
	assert_int_equal(cport_open(&checked->port, &options), 0);
	model_init(&checked->model, (int)concurrency);
	checked->port->core.observe = replay;
	checked->port->core.observer = checked;
}

static void real_threads_take_only_steps_that_the_model_allows(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < PORTS; i++)
		open_checked(&ports[i], i + 1);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, walk, (void *)(i + 1)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < PORTS; i++) {
		cport_close(ports[i].port);
		assert_string_equal(ports[i].mistake, "");
		assert_true(ports[i].events > 0);
		assert_int_equal(rig_stat(ports[i].port).active, 0);
		cport_release(ports[i].port);
	}
	if (getenv("CPORT_REFINE"))
		printf("%lu and %lu changes replayed\n", (unsigned long)ports[0].events,
		       (unsigned long)ports[1].events);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_threads_take_only_steps_that_the_model_allows),
	};

	rig_choose(argc, argv);
	if (getenv("CPORT_REFINE"))
		steps = atoi(getenv("CPORT_REFINE"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
