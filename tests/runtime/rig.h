/* What the tests of the port share: a port on the backend named on the command line, connected
 * sockets, and getting with a bound on the wait. */
#ifndef TESTS_RUNTIME_RIG_H
#define TESTS_RUNTIME_RIG_H

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "runtime/cport.h"

#define MS 1000000LL
#define SOON (30000 * MS) /* comes, unless something is broken */
#define QUIET (20 * MS)  /* does not come in this time */

/* The backend of this run, from the first argument: uring or epoll. */
static enum cport_backend rig_backend = CPORT_BACKEND_AUTO;

static inline struct cport *rig_open(unsigned concurrency)
{
	struct cport_options options = {
		.concurrency = concurrency,
		.backend = rig_backend,
		.posts = 64,
		.buffer_count = 8,
		.buffer_size = 16,
	};
	struct cport *port = NULL;

	assert_int_equal(cport_open(&port, &options), 0);
	return port;
}

static inline struct cport_packet rig_get(struct cport *port)
{
	struct cport_packet packet = {0};

	assert_int_equal(cport_get(port, &packet, SOON), 1);
	return packet;
}

static inline void rig_expect_none(struct cport *port)
{
	struct cport_packet packet;

	assert_int_equal(cport_get(port, &packet, QUIET), -ETIME);
}

/* Two connected sockets; `file` is bound to the first, the second is returned. */
static inline int rig_pair(struct cport_file *file, struct cport *port, uintptr_t key,
			   unsigned mode)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(cport_file_bind(file, port, fds[0], key, mode), 0);
	return fds[1];
}

static inline struct cport_stat rig_stat(struct cport *port)
{
	struct cport_stat stat;

	cport_stat(port, &stat);
	return stat;
}

static inline void rig_wait_for_waiters(struct cport *port, unsigned count)
{
	struct timespec pause = {0, MS};

	for (int i = 0; i < 30000 && rig_stat(port).waiters != count; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(rig_stat(port).waiters, count);
}

/* A thread that gets one packet and then does as it is told. */
struct getter {
	pthread_t thread;
	struct cport *port;
	struct cport_packet packet;
	int result;
	int go_on; /* atomic: 1 = end */
};

static inline void *getter_run(void *argument)
{
	struct getter *getter = argument;
	struct timespec pause = {0, MS / 4};
	int result = cport_get(getter->port, &getter->packet, CPORT_FOREVER);

	__atomic_store_n(&getter->result, result, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&getter->go_on, __ATOMIC_ACQUIRE))
		nanosleep(&pause, NULL);
	return NULL;
}

static inline void getter_start(struct getter *getter, struct cport *port)
{
	unsigned waiters = rig_stat(port).waiters;

	*getter = (struct getter){.port = port};
	assert_int_equal(pthread_create(&getter->thread, NULL, getter_run, getter), 0);
	rig_wait_for_waiters(port, waiters + 1);
}

static inline int getter_result(struct getter *getter)
{
	struct timespec pause = {0, MS / 4};

	for (int i = 0; i < 20000; i++) {
		int result = __atomic_load_n(&getter->result, __ATOMIC_ACQUIRE);

		if (result != 0)
			return result;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static inline void getter_end(struct getter *getter)
{
	__atomic_store_n(&getter->go_on, 1, __ATOMIC_RELEASE);
	pthread_join(getter->thread, NULL);
}

/* Reads the backend and leaves with 77 when the kernel refuses it. */
static inline void rig_choose(int argc, char **argv)
{
	struct cport_options options = {0};
	struct cport *port;

	if (argc < 2)
		return;
	rig_backend = strcmp(argv[1], "uring") == 0 ? CPORT_BACKEND_URING : CPORT_BACKEND_EPOLL;
	options.backend = rig_backend;
	if (cport_open(&port, &options) < 0)
		exit(rig_backend == CPORT_BACKEND_URING ? 77 : 1);
	cport_release(port);
}

#endif
