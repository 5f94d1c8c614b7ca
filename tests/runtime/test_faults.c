/* Every allocation and every system call of opening a port and a pool fails in turn: the error is
 * returned, the result is untouched, and nothing is left behind. The calls are replaced by the
 * linker (--wrap); the address sanitizer watches for leaks. */
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>

static int countdown; /* the call that fails; 0: none */
static int failures;

static int fails_now(void)
{
	if (countdown == 0 || --countdown > 0)
		return 0;
	failures++;
	errno = ENOMEM;
	return 1;
}

/* WRAP(result, name, parameters, arguments, what a failure returns) */
#define WRAP(type, name, parameters, arguments, failure)                                           \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		if (fails_now())                                                                   \
			return failure;                                                            \
		return __real_##name arguments;                                                    \
	}

WRAP(void *, calloc, (size_t count, size_t size), (count, size), NULL)
WRAP(int, posix_memalign, (void **memory, size_t alignment, size_t size), (memory, alignment, size),
     ENOMEM)
WRAP(void *, mmap, (void *address, size_t size, int protection, int flags, int fd, off_t offset),
     (address, size, protection, flags, fd, offset), MAP_FAILED)
WRAP(int, eventfd, (unsigned value, int flags), (value, flags), -1)
WRAP(int, epoll_create1, (int flags), (flags), -1)
WRAP(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),
     (epoll, what, fd, event), -1)
WRAP(int, getrlimit, (int what, struct rlimit *limit), (what, limit), -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP(int, posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size), ENOSPC)
WRAP(int, io_uring_queue_init_params,
     (unsigned entries, struct io_uring *ring, struct io_uring_params *params),
     (entries, ring, params), -ENOMEM)
WRAP(int, io_uring_register_buf_ring,
     (struct io_uring * ring, struct io_uring_buf_reg *reg, unsigned flags), (ring, reg, flags),
     -ENOMEM)
WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
     (thread, attributes, run, argument), EAGAIN)

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static int try_open(int failing)
{
	struct cport_options options = {
		.backend = rig_backend,
		.buffer_count = 8,
		.buffer_size = 64,
		.trace = "cport-test-faults.trace",
	};
	struct cport *untouched = (struct cport *)&options, *port = untouched;
	int r;

	countdown = failing;
	r = cport_open(&port, &options);
	countdown = 0;
	if (r < 0)
		assert_ptr_equal(port, untouched);
	else
		cport_release(port);
	unlink(options.trace);
	return r;
}

static void each_failing_call_of_open_is_reported_and_undone(void **state)
{
	int before, failing = 1;

	(void)state;
	assert_int_equal(try_open(0), 0);
	before = count_descriptors();
	for (;; failing++) {
		failures = 0;
		if (try_open(failing) == 0)
			break;
		assert_int_equal(failures, 1);
		assert_int_equal(count_descriptors(), before);
	}
	assert_int_equal(failures, 0);
	assert_true(failing > 6);
}

static void each_failing_call_of_a_pools_open_is_reported_and_undone(void **state)
{
	struct cport_pool_options options = {.minimum = 3};
	struct cport *port = rig_open(2);
	struct cport_pool *pool = NULL;
	int failed = 0, r = -1;

	(void)state;
	for (int failing = 1; r < 0; failing++) {
		countdown = failing;
		r = cport_pool_open(&pool, port, &options);
		countdown = 0;
		failed += r < 0;
	}
	assert_int_equal(failed, 5); /* memory, three threads, the monitor */
	cport_pool_close(pool);
	cport_release(port);
}

static void a_file_that_needs_workers_says_when_there_are_none(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_op op = {0};
	int r;

	(void)state;
	countdown = 1;
	r = cport_work(port, &op, 0, NULL);
	countdown = 0;
	assert_int_equal(r, -EAGAIN);
	assert_int_equal(cport_op_pending(&op), 0);
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failing_call_of_open_is_reported_and_undone),
		cmocka_unit_test(each_failing_call_of_a_pools_open_is_reported_and_undone),
		cmocka_unit_test(a_file_that_needs_workers_says_when_there_are_none),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
