/* Every allocation and every system call of opening a port, its trace, the audit and a pool fails
 * in turn: the error is returned, the result is untouched, and nothing is left behind; or the port
 * does without, and works. The calls are replaced by the linker (--wrap); the address sanitizer
 * watches for leaks. */
#include "rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

static _Thread_local int countdown; /* the call of this thread that fails; 0: none */
static _Thread_local int is_main;
static int others_fail; /* atomic: other threads may open and enlarge nothing */
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
WRAP(int, unlink, (const char *path), (path), -1)
WRAP(ssize_t, read, (int fd, void *buffer, size_t size), (fd, buffer, size), -1)
WRAP(int, flock, (int fd, int how), (fd, how), -1)
WRAP(int, fstat, (int fd, struct stat *stat), (fd, stat), -1)
WRAP(int, stat, (const char *path, struct stat *stat), (path, stat), -1)
WRAP(off_t, lseek, (int fd, off_t offset, int from), (fd, offset, from), -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), -1)
WRAP(int, io_uring_queue_init_params,
     (unsigned entries, struct io_uring *ring, struct io_uring_params *params),
     (entries, ring, params), -ENOMEM)
WRAP(int, io_uring_enter2,
     (unsigned ring, unsigned count, unsigned wait, unsigned flags, sigset_t *mask, size_t size),
     (ring, count, wait, flags, mask, size), -ENOMEM)
WRAP(int, io_uring_register_buf_ring,
     (struct io_uring * ring, struct io_uring_buf_reg *reg, unsigned flags), (ring, reg, flags),
     -ENOMEM)
WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
     (thread, attributes, run, argument), EAGAIN)

/* Called as variadic functions: the words that a call does not pass are read and not looked at. */
WRAP(long, syscall, (long number, long a, long b, long c, long d, long e, long f),
     (number, a, b, c, d, e, f), -1)
WRAP(int, prctl, (int what, long a, long b, long c, long d), (what, a, b, c, d), -1)

static int is_refused(void)
{
	return fails_now() || (!is_main && __atomic_load_n(&others_fail, __ATOMIC_ACQUIRE));
}

int __real_posix_fallocate(int fd, off_t offset, off_t size);
int __wrap_posix_fallocate(int fd, off_t offset, off_t size);
int __wrap_posix_fallocate(int fd, off_t offset, off_t size)
{
	return is_refused() ? ENOSPC : __real_posix_fallocate(fd, offset, size);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	unsigned mode = 0;
	va_list list;

	if (is_refused())
		return -1;
	va_start(list, flags);
	if (flags & O_CREAT)
		mode = va_arg(list, unsigned);
	va_end(list);
	return __real_open(path, flags, mode);
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

static void expect_to_work(struct cport *port)
{
	struct cport_file file;
	struct cport_op op = {0};
	char byte = 0;
	int other = rig_pair(&file, port, 3, 0);

	assert_true(cport_recv(&file, &op, &byte, 1, 0) >= 0);
	assert_int_equal(write(other, "x", 1), 1);
	assert_int_equal(rig_get(port).result, 1);
	assert_int_equal(byte, 'x');
	cport_file_close(&file);
	close(other);
}

/* The other backend is tested beside this one. */
static void name_trace(char *path, size_t size)
{
	(void)snprintf(path, size, "cport-test-faults-%ld.trace", (long)getpid());
}

static int try_open(int failing, unsigned flags)
{
	char path[64];
	struct cport_options options = {
		.backend = rig_backend,
		.flags = flags,
		.buffer_count = 8,
		.buffer_size = 64,
		.trace = path,
	};
	struct cport *untouched = (struct cport *)&options, *port = untouched;
	int r;

	name_trace(path, sizeof(path));
	signal(SIGSYS, SIG_DFL); /* cmocka's goes */
	failures = 0;
	countdown = failing;
	r = cport_open(&port, &options);
	countdown = 0;
	if (r < 0) {
		assert_ptr_equal(port, untouched);
	} else {
		expect_to_work(port);
		cport_release(port);
	}
	unlink(options.trace);
	return r;
}

/* Returns how many failures were reported; `ret_borne` are those that the port does without. */
static int fail_each_call_of_open(unsigned flags, int *ret_borne)
{
	int before = count_descriptors(), reported = 0;

	*ret_borne = 0;
	for (int failing = 1;; failing++) {
		int r = try_open(failing, flags);

		assert_int_equal(count_descriptors(), before);
		if (failures == 0 && r == 0)
			return reported;
		assert_int_equal(failures, 1);
		reported += r < 0;
		*ret_borne += r == 0;
	}
}

static void each_failing_call_of_open_is_reported_and_undone(void **state)
{
	int uring = rig_backend == CPORT_BACKEND_URING, reported, borne;

	(void)state;
	assert_int_equal(try_open(0, 0), 0);
	reported = fail_each_call_of_open(0, &borne);
	print_message("%d are reported, the port does without %d\n", reported, borne);
	assert_in_range(reported, uring ? 14 : 15, 20);
	assert_in_range(borne, 1, 6); /* looking at the trace's file is done again */
}

static void each_failing_call_of_an_audits_open_too(void **state)
{
	int plain, reported, borne;

	(void)state;
	if (try_open(0, CPORT_AUDIT | CPORT_EVENTS) == -ENOTSUP)
		skip();
	plain = fail_each_call_of_open(0, &borne);
	reported = fail_each_call_of_open(CPORT_AUDIT | CPORT_EVENTS, &borne);
	print_message("%d are reported, the port does without %d\n", reported, borne);
	assert_int_equal(reported, plain + 4); /* two of the handler, two of the dispatch */
}

static void each_failing_call_of_a_pools_open_is_reported_and_undone(void **state)
{
	struct cport_pool_options options = {.minimum = 3};
	struct cport *port = rig_open(2);
	struct cport_pool *pool;
	int reported = 0;

	(void)state;
	failures = 1;
	for (int failing = 1; failures > 0; failing++) {
		pool = NULL;
		failures = 0;
		countdown = failing;
		reported += cport_pool_open(&pool, port, &options) < 0;
		countdown = 0;
		if (pool)
			cport_pool_close(pool);
	}
	assert_int_equal(reported, 5); /* memory, three threads, the monitor */
	cport_release(port);
}

static void count_end(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	(void)ctx;
	(void)result;
	__atomic_add_fetch((int *)op->user, 1, __ATOMIC_RELEASE);
}

static void a_pool_works_though_its_threads_get_nothing_for_their_trace(void **state)
{
	char path[64];
	struct cport_options options = {.backend = rig_backend, .trace = path};
	struct cport_pool_options pool_options = {.minimum = 2};
	int before = count_descriptors(), ended = 0;
	struct cport_op op = {.fn = count_end, .user = &ended};
	struct cport *port = NULL;
	struct cport_pool *pool = NULL;

	(void)state;
	name_trace(path, sizeof(path));
	assert_int_equal(cport_open(&port, &options), 0);
	__atomic_store_n(&others_fail, 1, __ATOMIC_RELEASE);
	assert_int_equal(cport_pool_open(&pool, port, &pool_options), 0);
	assert_int_equal(cport_timer(port, &op, 0, MS), CPORT_PENDING);
	for (int i = 0; i < 5000 && !__atomic_load_n(&ended, __ATOMIC_ACQUIRE); i++)
		usleep(1000);
	__atomic_store_n(&others_fail, 0, __ATOMIC_RELEASE);
	assert_int_equal(__atomic_load_n(&ended, __ATOMIC_ACQUIRE), 1);
	cport_pool_close(pool);
	cport_release(port);
	unlink(options.trace);
	assert_int_equal(count_descriptors(), before);
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
		cmocka_unit_test(each_failing_call_of_an_audits_open_too),
		cmocka_unit_test(each_failing_call_of_a_pools_open_is_reported_and_undone),
		cmocka_unit_test(a_pool_works_though_its_threads_get_nothing_for_their_trace),
		cmocka_unit_test(a_file_that_needs_workers_says_when_there_are_none),
	};

	is_main = 1;
	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
