/* The trace as a file: who writes which one, threads that come and go, ports without a backend, and
 * what ends where it starts. */
#include "rig.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runtime/trace_format.h"

static char path[64];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(path, sizeof(path), "cport-test-file-%ld.trace", (long)getpid());
	unlink(path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static struct contlint_trace_header read_header(const char *name)
{
	struct contlint_trace_header header;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, &header, sizeof(header)), sizeof(header));
	assert_true(header.magic == CONTLINT_TRACE_MAGIC);
	close(fd);
	return header;
}

/* All calls, and all overruns, of all functions on the pool's threads. */
static void sum_sites(uint64_t *ret_calls, uint64_t *ret_overruns)
{
	struct contlint_trace_header header = read_header(path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*ret_calls = *ret_overruns = 0;
	for (uint32_t i = 0; i < header.areas_used && i < header.area_count; i++) {
		off_t offset = (off_t)(header.areas_offset + i * header.area_size);
		struct contlint_trace_area area;
		struct contlint_trace_site site;

		assert_int_equal(pread(fd, &area, sizeof(area), offset), sizeof(area));
		for (uint32_t j = 0; area.kind == CONTLINT_TRACE_IO && j < area.site_capacity;
		     j++) {
			assert_int_equal(pread(fd, &site, sizeof(site),
					       offset + (off_t)area.sites_offset +
						       (off_t)(j * sizeof(site))),
					 sizeof(site));
			*ret_calls += site.calls;
			*ret_overruns += site.overruns;
		}
	}
	close(fd);
}

static struct cport *open_traced(enum cport_backend backend, unsigned flags)
{
	struct cport_options options = {
		.concurrency = 1,
		.backend = backend,
		.flags = flags,
		.trace = path,
	};
	struct cport *port = NULL;

	assert_int_equal(cport_open(&port, &options), 0);
	return port;
}

static int ended; /* atomic */

static void wait_for(int wanted)
{
	for (int i = 0; i < 30000 && __atomic_load_n(&ended, __ATOMIC_ACQUIRE) < wanted; i++)
		usleep(1000);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), wanted);
}

static void block_shortly(struct cport_context *ctx, const struct cport_packet *packet)
{
	(void)packet;
	CPORT_BLOCKING(ctx)
	{
		usleep(1000);
	}
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void threads_that_come_and_go_are_all_described(void **state)
{
	struct cport *port = open_traced(rig_backend, 0);
	struct cport_pool_options options = {
		.minimum = 1,
		.maximum = 4,
		.keep_alive_ns = MS,
		.on_post = block_shortly,
	};
	struct cport_pool *pool = NULL;
	struct cport_pool_stat stat = {0};
	uint64_t calls, overruns;
	int posted = 0;

	(void)state;
	ended = 0;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	while (stat.retired < 100 && posted < 20000) {
		for (int i = 0; i < 3; i++)
			posted += cport_post(port, 0, 0, NULL) == 0;
		wait_for(posted);
		usleep(2000);
		cport_pool_stat(pool, &stat);
	}
	cport_pool_close(pool);
	cport_release(port);
	assert_true(stat.retired >= 100);
	sum_sites(&calls, &overruns);
	assert_int_equal(calls, posted);
	assert_in_range(read_header(path).areas_used, 1, 16);
	assert_int_equal(read_header(path).continuations_refused, 0);
}

/* 77: such a process cannot be had here. */
static int open_where_nobody_may_look(void)
{
	struct cport *port = open_traced(rig_backend, 0);
	struct cport_pool_options options = {.minimum = 2};
	struct cport_pool *pool = NULL;
	char own[64];

	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 77;
	(void)snprintf(own, sizeof(own), "/proc/self/task/%ld/syscall", (long)getpid());
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || access(own, R_OK) == 0)
		return 77;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	cport_pool_close(pool);
	cport_release(port);
	return 0;
}

static void what_cannot_be_watched_is_counted(void **state)
{
	const int64_t ticks[] = {MS, -1};
	int status = 0;
	pid_t child;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cport *port = open_traced(rig_backend, 0);
		struct cport_pool_options options = {.minimum = 3, .monitor_ns = ticks[i]};
		struct cport_pool *pool = NULL;

		assert_int_equal(cport_pool_open(&pool, port, &options), 0);
		cport_pool_close(pool);
		cport_release(port);
		assert_int_equal(read_header(path).threads_unwatched, i == 0 ? 0 : 3);
		assert_int_equal(read_header(path).threads_half_watched, 0);
	}
	child = fork();
	if (child == 0)
		_exit(open_where_nobody_may_look());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(read_header(path).threads_unwatched, 0);
	assert_int_equal(read_header(path).threads_half_watched, 2);
}

static void a_port_without_a_backend_is_traced(void **state)
{
	struct cport *port = open_traced(CPORT_BACKEND_NONE, CPORT_EVENTS);
	struct cport_pool_options options = {.minimum = 1, .on_post = block_shortly};
	struct cport_pool *pool = NULL;
	uint64_t calls, overruns;

	(void)state;
	ended = 0;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	assert_int_equal(cport_post(port, 0, 0, NULL), 0);
	wait_for(1);
	cport_pool_close(pool);
	cport_release(port);
	sum_sites(&calls, &overruns);
	assert_int_equal(calls, 1);
}

static void a_port_without_a_backend_and_a_trace_has_no_events(void **state)
{
	struct cport_options options = {.backend = CPORT_BACKEND_NONE, .flags = CPORT_EVENTS};
	struct cport *port = NULL;

	(void)state;
	unsetenv("CONTLINT_TRACE");
	assert_int_equal(cport_open(&port, &options), -EINVAL);
}

static struct cport_file file;
static struct cport_op send_op;

static void sent(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)op;
	(void)result;
	__atomic_add_fetch(&ended, 1, __ATOMIC_RELEASE);
}

static void send_one(struct cport_context *ctx, const struct cport_packet *packet)
{
	(void)ctx;
	(void)packet;
	send_op.fn = sent;
	(void)cport_send(&file, &send_op, "x", 1, 0);
}

static void what_ends_at_its_start_is_no_overrun(void **state)
{
	struct cport *port = open_traced(rig_backend, 0);
	struct cport_pool_options options = {.minimum = 1, .maximum = 1, .on_post = send_one};
	int other = rig_pair(&file, port, 1, 0);
	struct cport_pool *pool = NULL;
	uint64_t calls, overruns;

	(void)state;
	ended = 0;
	assert_int_equal(cport_pool_open(&pool, port, &options), 0);
	for (int i = 1; i <= 50; i++) {
		assert_int_equal(cport_post(port, 0, 0, NULL), 0);
		wait_for(i);
	}
	cport_pool_close(pool);
	cport_file_close(&file);
	close(other);
	cport_release(port);
	sum_sites(&calls, &overruns);
	assert_int_equal(calls, 100);
	assert_in_range(overruns, 0, 5); /* the monitor may reap in between */
}

/* Pipes of a round: the children wait for the end of one, tell by another, wait for the next. */
struct round {
	int go[2], opened[2], end[2];
};

static void open_when_told(struct round *round)
{
	struct cport *port;
	char byte = 0;

	close(round->go[1]);
	close(round->end[1]);
	if (read(round->go[0], &byte, 1) < 0)
		_exit(1);
	port = open_traced(rig_backend, 0);
	if (write(round->opened[1], &byte, 1) < 0 || read(round->end[0], &byte, 1) < 0)
		_exit(2);
	cport_release(port);
	_exit(0);
}

/* The file with the name that was asked for, and one with an ending for each of the others. */
static int count_traces(int children, const pid_t *processes)
{
	int count = 0;

	for (int i = 0; i < children; i++)
		for (int number = 0; number < children; number++) {
			char name[128];

			(void)snprintf(name, sizeof(name), "%s.%ld.%d", path, (long)processes[i],
				       number);
			if (access(name, F_OK) < 0)
				continue;
			count += read_header(name).pid == (uint32_t)processes[i];
			unlink(name);
		}
	return count + (read_header(path).magic == CONTLINT_TRACE_MAGIC);
}

enum { CHILDREN = 4, ROUNDS = 12 };

static void open_at_once(struct round *round, pid_t *processes)
{
	char byte;

	assert_int_equal(pipe2(round->go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(round->opened, O_CLOEXEC), 0);
	assert_int_equal(pipe2(round->end, O_CLOEXEC), 0);
	for (int i = 0; i < CHILDREN; i++) {
		processes[i] = fork();
		if (processes[i] == 0)
			open_when_told(round);
	}
	usleep(2000); /* so that all wait */
	close(round->go[1]);
	for (int i = 0; i < CHILDREN; i++)
		assert_int_equal(read(round->opened[0], &byte, 1), 1);
	close(round->end[1]);
}

static void processes_that_open_at_once_all_have_their_trace(void **state)
{
	pid_t processes[CHILDREN];
	struct round round;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		open_at_once(&round, processes);
		for (int j = 0; j < CHILDREN; j++)
			assert_int_equal(waitpid(processes[j], NULL, 0), processes[j]);
		assert_int_equal(count_traces(CHILDREN, processes), CHILDREN);
		close(round.go[0]);
		close(round.opened[0]);
		close(round.opened[1]);
		close(round.end[0]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(threads_that_come_and_go_are_all_described, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_watched_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_port_without_a_backend_is_traced, setup,
						teardown),
		cmocka_unit_test(a_port_without_a_backend_and_a_trace_has_no_events),
		cmocka_unit_test_setup_teardown(what_ends_at_its_start_is_no_overrun, setup,
						teardown),
		cmocka_unit_test_setup_teardown(processes_that_open_at_once_all_have_their_trace,
						setup, teardown),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
