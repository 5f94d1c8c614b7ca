/* Connections opened, used, cancelled and dropped at random while other threads take the packets
 * and one more cancels whatever it finds: every operation ends exactly once, and nothing is left.
 * CPORT_STORM in the environment sets the number of connections. */
#include "rig.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>

enum { SLOTS = 32, OPS = 4, GETTERS = 3, CONNECTIONS = 10000 };

struct connection {
	struct cport_file file;
	struct cport_op ops[OPS];
	uint32_t started[OPS]; /* the driver's */
	uint32_t ended[OPS];   /* atomic, the getters' */
	char buffers[OPS][16];
	int other;
	int open;
};

static struct connection connections[SLOTS];
static uint64_t seed = 1;
static int opened;

static uint32_t draw(uint32_t limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % limit;
}

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void *take_packets(void *port)
{
	struct cport_packet packet;

	while (cport_get(port, &packet, CPORT_FOREVER) == 1)
		__atomic_add_fetch((uint32_t *)packet.op->user, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int calm; /* atomic: the storm is over */

static void *cancel_what_is_there(void *argument)
{
	uint64_t place = 1;

	(void)argument;
	while (!__atomic_load_n(&calm, __ATOMIC_ACQUIRE)) {
		place = place * 6364136223846793005u + 1442695040888963407u;
		(void)cport_cancel(&connections[(place >> 33) % SLOTS].ops[(place >> 40) % OPS]);
		if ((place >> 50) % 64 == 0)
			sched_yield();
	}
	return NULL;
}

static void start_op(struct connection *connection, int i)
{
	struct cport_op *op = &connection->ops[i];
	struct cport_file *file = &connection->file;
	int r = -EINVAL;

	if (cport_op_pending(op) ||
	    __atomic_load_n(&connection->ended[i], __ATOMIC_ACQUIRE) != connection->started[i])
		return;
	op->user = &connection->ended[i];
	switch (i) {
	case 0:
	case 1:
		r = cport_recv(file, op, connection->buffers[i], 16, 0);
		break;
	case 2:
		r = cport_send(file, op, "storm", 5, 0);
		break;
	case 3:
		r = cport_poll(file, op, POLLIN);
		break;
	}
	assert_true(r == CPORT_DONE || r == CPORT_PENDING);
	connection->started[i]++;
}

static void wait_until_quiet(struct connection *connection)
{
	struct timespec pause = {0, MS / 10};

	for (int tries = 0; tries < 100000; tries++) {
		int quiet = cport_file_pending(&connection->file) == 0;

		for (int i = 0; i < OPS; i++)
			quiet &= __atomic_load_n(&connection->ended[i], __ATOMIC_ACQUIRE) ==
				 connection->started[i];
		if (quiet)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("an operation never ended");
}

static void drop(struct connection *connection)
{
	if (draw(2)) {
		close(connection->other);
		assert_int_equal(cport_file_close(&connection->file), 0);
	} else {
		assert_int_equal(cport_file_close(&connection->file), 0);
		close(connection->other);
	}
	wait_until_quiet(connection);
	connection->open = 0;
}

static void step(struct cport *port)
{
	struct connection *connection = &connections[draw(SLOTS)];
	uint32_t i = draw(OPS);
	char text[64];
	int r;

	if (!connection->open) {
		connection->other = rig_pair(&connection->file, port, 1, 0);
		connection->open = 1;
		opened++;
	}
	switch (draw(12)) {
	case 0:
		r = cport_cancel(&connection->ops[i]);
		assert_true(r == 0 || r == -ENOENT);
		break;
	case 1:
		r = cport_cancel_all(&connection->file);
		assert_true(r == 0 || r == -ENOENT);
		break;
	case 2:
		drop(connection);
		break;
	case 3:
	case 4:
		assert_int_equal(send(connection->other, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT), 1);
		break;
	case 5:
		(void)recv(connection->other, text, sizeof(text), MSG_DONTWAIT);
		break;
	default:
		start_op(connection, (int)i);
		break;
	}
}

static void every_operation_of_a_storm_ends_exactly_once(void **state)
{
	const char *wanted = getenv("CPORT_STORM");
	int connections_wanted = wanted ? atoi(wanted) : CONNECTIONS;
	int before = count_descriptors();
	struct cport *port = rig_open(2);
	pthread_t threads[GETTERS], canceller;

	(void)state;
	assert_int_equal(pthread_create(&canceller, NULL, cancel_what_is_there, NULL), 0);
	for (int i = 0; i < GETTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_packets, port), 0);
	while (opened < connections_wanted)
		step(port);
	for (int i = 0; i < SLOTS; i++)
		if (connections[i].open)
			drop(&connections[i]);
	__atomic_store_n(&calm, 1, __ATOMIC_RELEASE);
	pthread_join(canceller, NULL);
	cport_close(port);
	for (int i = 0; i < GETTERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(cport_drain(port, NULL, NULL), 0);
	cport_release(port);
	assert_int_equal(count_descriptors(), before);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_of_a_storm_ends_exactly_once),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
