/* Files and operations: the promises S8 to S12, S29 to S39, S45 to S50 and S53, and each
 * operation once. Packets are counted: after the expected ones none may come. */
#include "rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>

static void *setup_port(void)
{
	return rig_open(2);
}

static int setup(void **state)
{
	*state = setup_port();
	return 0;
}

static int teardown(void **state)
{
	cport_release(*state);
	return 0;
}

/* A listening socket on the loopback, bound to the port. */
static struct sockaddr_in listen_on(struct cport_file *file, struct cport *port, uintptr_t key)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(cport_file_bind(file, port, fd, key, 0), 0);
	return address;
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

/* A regular file with `text`, without a name. */
static int file_with(const char *text)
{
	char path[] = "cport-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void expect_end(struct cport *port, struct cport_op *op, uintptr_t key, int64_t result)
{
	struct cport_packet packet = rig_get(port);

	assert_ptr_equal(packet.op, op);
	assert_int_equal(packet.key, key);
	assert_int_equal(packet.result, result);
	assert_int_equal(packet.flags, CPORT_COMPLETE);
	assert_int_equal(op->result, result);
	assert_int_equal(cport_op_pending(op), 0);
}

static void finish(struct cport_file *file, int other)
{
	assert_int_equal(cport_file_pending(file), 0);
	assert_int_equal(cport_file_close(file), 0);
	if (other >= 0)
		close(other);
}

/* ---- association ------------------------------------------------------------------------- */

static void s8_a_descriptor_is_bound_once(void **state)
{
	struct cport *second = rig_open(1);
	struct cport_file file, again;
	int other = rig_pair(&file, *state, 1, 0);

	assert_int_equal(cport_file_bind(&again, *state, file.fd_, 2, 0), -EEXIST);
	assert_int_equal(cport_file_bind(&again, second, file.fd_, 2, 0), -EEXIST);
	finish(&file, other);
	cport_release(second);
}

static void s9_what_cannot_be_waited_for_is_refused(void **state)
{
	struct cport_file file;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(cport_file_bind(&file, *state, 99999, 0, 0), -EBADF);
	assert_int_equal(cport_file_bind(&file, *state, fd, 0, 0), -EINVAL);
	close(fd);
}

static void s11_the_key_is_the_files_and_the_operation_its_own(void **state)
{
	struct cport_file first, second;
	struct cport_op ops[2] = {{0}, {0}};
	int others[2] = {rig_pair(&first, *state, 11, 0), rig_pair(&second, *state, 22, 0)};

	assert_true(cport_send(&first, &ops[0], "a", 1, 0) >= 0);
	expect_end(*state, &ops[0], 11, 1);
	assert_true(cport_send(&second, &ops[1], "bc", 2, 0) >= 0);
	expect_end(*state, &ops[1], 22, 2);
	finish(&first, others[0]);
	finish(&second, others[1]);
}

static void s12_plain_calls_bring_no_packet(void **state)
{
	struct cport_file file;
	int other = rig_pair(&file, *state, 1, 0);
	char byte;

	assert_int_equal(write(other, "x", 1), 1);
	assert_int_equal(read(file.fd_, &byte, 1), 1);
	assert_int_equal(write(file.fd_, "y", 1), 1);
	rig_expect_none(*state);
	finish(&file, other);
}

/* ---- submission and completion ----------------------------------------------------------- */

static void a_pending_receive_ends_when_data_comes(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "";
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), CPORT_PENDING);
	assert_int_equal(cport_file_pending(&file), 1);
	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), -EBUSY);
	rig_expect_none(*state);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(*state, &op, 5, 3);
	assert_string_equal(text, "abc");
	rig_expect_none(*state);
	finish(&file, other);
}

static void s29_what_ends_at_once_still_brings_exactly_one_packet(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(write(other, "abc", 3), 3);
	assert_true(cport_recv(&file, &op, text, sizeof(text), 0) >= 0);
	expect_end(*state, &op, 5, 3);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s29_after_a_refused_start_no_packet_comes(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	int other = rig_pair(&file, *state, 5, 0);

	cport_file_close(&file);
	assert_int_equal(cport_send(&file, &op, "x", 1, 0), -EBADF);
	assert_int_equal(cport_op_pending(&op), 0);
	rig_expect_none(*state);
	close(other);
}

static void s30_skipping_files_bring_no_packet_for_done(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, CPORT_SKIP_ON_SUCCESS);

	assert_int_equal(cport_send(&file, &op, "xy", 2, 0), CPORT_DONE);
	assert_int_equal(op.result, 2);
	rig_expect_none(*state);
	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), CPORT_PENDING);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(*state, &op, 5, 3);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s31_the_skip_mode_is_sticky_and_unknown_bits_pass(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_file_add_mode(&file, 0xdeadbee0u | CPORT_SKIP_ON_SUCCESS), 0);
	assert_int_equal(cport_file_add_mode(&file, 0), 0);
	assert_int_equal(cport_send(&file, &op, "x", 1, 0), CPORT_DONE);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s32_an_operation_can_ask_for_no_packet(void **state)
{
	struct cport_file file;
	struct cport_op op = {.flags = CPORT_NO_PACKET};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), CPORT_PENDING);
	assert_int_equal(write(other, "abc", 3), 3);
	rig_expect_none(*state);
	assert_int_equal(cport_op_pending(&op), 0);
	assert_int_equal(op.result, 3);
	finish(&file, other);
}

static void s34_the_result_is_not_written_before_the_packet_is_taken(void **state)
{
	struct cport_file file;
	struct cport_op op = {.result = 4711};
	char text[8];
	struct cport_packet packet;
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_post(*state, 0, 0, NULL), 0);
	assert_int_equal(write(other, "abc", 3), 3);
	assert_true(cport_recv(&file, &op, text, sizeof(text), 0) >= 0);
	packet = rig_get(*state);
	if (!packet.op)
		assert_int_equal(op.result, 4711);
	else
		assert_int_equal(op.result, 3);
	(void)rig_get(*state);
	assert_int_equal(op.result, 3);
	finish(&file, other);
}

static void s35_reads_across_and_at_the_end_of_a_file(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "-------";

	assert_int_equal(cport_file_bind(&file, *state, file_with("abc"), 5, 0), 0);
	assert_true(cport_read(&file, &op, text, 5, 1) >= 0);
	expect_end(*state, &op, 5, 2);
	assert_string_equal(text, "bc-----");
	assert_true(cport_read(&file, &op, text, 5, 3) >= 0);
	expect_end(*state, &op, 5, 0);
	finish(&file, -1);
}

static void s36_a_graceful_close_is_a_success_with_nothing(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), CPORT_PENDING);
	close(other);
	expect_end(*state, &op, 5, 0);
	finish(&file, -1);
}

static void s37_a_reset_is_a_failure_with_the_key(void **state)
{
	struct cport_file listener, file;
	struct sockaddr_in address = listen_on(&listener, *state, 1);
	struct linger now = {1, 0};
	struct cport_op op = {0};
	char text[8];
	int fd = connect_to(&address), accepted = accept(listener.fd_, NULL, NULL);

	if (accepted < 0) /* the epoll backend made the listener non-blocking */
		fail_msg("no connection");
	assert_int_equal(cport_file_bind(&file, *state, accepted, 125, 0), 0);
	assert_int_equal(cport_recv(&file, &op, text, sizeof(text), 0), CPORT_PENDING);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	expect_end(*state, &op, 125, -ECONNRESET);
	rig_expect_none(*state);
	finish(&file, -1);
	finish(&listener, -1);
}

static void s38_connecting_brings_one_packet_also_when_refused(void **state)
{
	struct cport_file listener, file;
	struct sockaddr_in address = listen_on(&listener, *state, 1);
	struct cport_op op = {0};

	assert_int_equal(cport_file_bind(&file, *state, socket(AF_INET, SOCK_STREAM, 0), 2, 0), 0);
	assert_true(cport_connect(&file, &op, (struct sockaddr *)&address, sizeof(address)) >= 0);
	expect_end(*state, &op, 2, 0);
	finish(&file, -1);
	finish(&listener, -1);
	assert_int_equal(cport_file_bind(&file, *state, socket(AF_INET, SOCK_STREAM, 0), 3, 0), 0);
	assert_true(cport_connect(&file, &op, (struct sockaddr *)&address, sizeof(address)) >= 0);
	expect_end(*state, &op, 3, -ECONNREFUSED);
	rig_expect_none(*state);
	finish(&file, -1);
}

struct issue {
	struct cport_file *file;
	struct cport_op *op;
	char *text;
};

static void *issue_recv(void *argument)
{
	struct issue *issue = argument;

	return (void *)(intptr_t)cport_recv(issue->file, issue->op, issue->text, 8, 0);
}

static void s39_operations_outlive_the_thread_that_started_them(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "";
	int other = rig_pair(&file, *state, 5, 0);
	struct issue issue = {&file, &op, text};
	pthread_t thread;
	void *result;

	assert_int_equal(pthread_create(&thread, NULL, issue_recv, &issue), 0);
	pthread_join(thread, &result);
	assert_int_equal((intptr_t)result, CPORT_PENDING);
	rig_expect_none(*state);
	assert_int_equal(cport_op_pending(&op), 1);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(*state, &op, 5, 3);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s42_a_failed_operation_is_a_packet_all_the_same(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(cport_file_bind(&file, *state, fds[1], 9, 0), 0);
	assert_true(cport_write(&file, &op, "x", 1, -1) >= 0);
	expect_end(*state, &op, 9, -EPIPE);
	finish(&file, -1);
}

/* ---- cancelling and closing -------------------------------------------------------------- */

static void s45_cancelling_one_operation_leaves_the_others(void **state)
{
	struct cport_file file;
	struct cport_op first = {0}, second = {0};
	char text[2][8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_recv(&file, &first, text[0], 8, 0), CPORT_PENDING);
	assert_int_equal(cport_recv(&file, &second, text[1], 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel(&first), 0);
	expect_end(*state, &first, 5, -ECANCELED);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(*state, &second, 5, 3);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s46_cancelling_what_is_not_pending_finds_nothing(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_cancel(&op), -ENOENT);
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel(&op), 0);
	assert_int_equal(cport_cancel(&op), -ENOENT);
	expect_end(*state, &op, 5, -ECANCELED);
	assert_int_equal(cport_cancel(&op), -ENOENT);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s47_cancel_all_ends_everything_or_finds_nothing(void **state)
{
	struct cport_file file;
	struct cport_op ops[3] = {{0}, {0}, {0}};
	char text[3][8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_cancel_all(&file), -ENOENT);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cport_recv(&file, &ops[i], text[i], 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel_all(&file), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rig_get(*state).result, -ECANCELED);
	assert_int_equal(cport_cancel_all(&file), -ENOENT);
	rig_expect_none(*state);
	finish(&file, other);
}

static void s48_an_operation_stays_the_runtimes_until_its_packet_is_taken(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel(&op), 0);
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), -EBUSY);
	expect_end(*state, &op, 5, -ECANCELED);
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel(&op), 0);
	expect_end(*state, &op, 5, -ECANCELED);
	finish(&file, other);
}

static void s49_closing_ends_what_is_pending_with_the_original_key(void **state)
{
	struct cport_file file;
	struct cport_op op = {0}, poll = {0};
	char text[8];
	int other = rig_pair(&file, *state, 125, 0);

	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	assert_int_equal(cport_poll(&file, &poll, POLLIN), CPORT_PENDING);
	assert_int_equal(cport_file_close(&file), 0);
	for (int i = 0; i < 2; i++) {
		struct cport_packet packet = rig_get(*state);

		assert_int_equal(packet.key, 125);
		assert_int_equal(packet.result, -ECANCELED);
	}
	assert_int_equal(cport_file_pending(&file), 0);
	assert_int_equal(read(other, text, 8), 0);
	rig_expect_none(*state);
	close(other);
}

static void s50_closing_with_nothing_pending_queues_nothing(void **state)
{
	struct cport_file file;
	int other = rig_pair(&file, *state, 5, 0);

	finish(&file, other);
	assert_int_equal(cport_file_close(&file), -EBADF);
	rig_expect_none(*state);
}

static void s53_draining_ends_operations_with_their_key(void **state)
{
	struct cport *port = rig_open(1);
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other = rig_pair(&file, port, 77, 0);

	(void)state;
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	cport_close(port);
	assert_int_equal(cport_drain(port, NULL, NULL), 1);
	assert_int_equal(op.result, -ECANCELED);
	assert_int_equal(cport_send(&file, &op, "x", 1, 0), -EBADF);
	finish(&file, other);
	cport_release(port);
}

/* ---- each operation ---------------------------------------------------------------------- */

static void files_are_written_synced_and_read_back(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "";

	assert_int_equal(cport_file_bind(&file, *state, file_with("...."), 5, 0), 0);
	assert_true(cport_write(&file, &op, "ab", 2, 1) >= 0);
	expect_end(*state, &op, 5, 2);
	assert_true(cport_fsync(&file, &op) >= 0);
	expect_end(*state, &op, 5, 0);
	assert_true(cport_read(&file, &op, text, 7, 0) >= 0);
	expect_end(*state, &op, 5, 4);
	assert_string_equal(text, ".ab.");
	rig_expect_none(*state);
	finish(&file, -1);
}

static void pipes_are_read_when_something_is_written(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "";
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(cport_file_bind(&file, *state, fds[0], 5, 0), 0);
	assert_int_equal(cport_read(&file, &op, text, 8, -1), CPORT_PENDING);
	assert_int_equal(write(fds[1], "hi", 2), 2);
	expect_end(*state, &op, 5, 2);
	finish(&file, fds[1]);
}

static void non_blocking_descriptors_wait_all_the_same(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[8] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(cport_file_bind(&file, *state, fds[0], 5, 0), 0);
	assert_int_equal(cport_read(&file, &op, text, 8, -1), CPORT_PENDING);
	rig_expect_none(*state);
	assert_int_equal(write(fds[1], "hi", 2), 2);
	expect_end(*state, &op, 5, 2);
	finish(&file, fds[1]);
}

static void poll_tells_what_is_ready_and_holds_up_nobody(void **state)
{
	struct cport_file file;
	struct cport_op never = {0}, poll = {0}, recv = {0};
	char text[8];
	int other = rig_pair(&file, *state, 5, 0);

	assert_int_equal(cport_poll(&file, &never, POLLPRI), CPORT_PENDING);
	assert_true(cport_poll(&file, &poll, POLLOUT) >= 0);
	expect_end(*state, &poll, 5, POLLOUT);
	assert_int_equal(cport_recv(&file, &recv, text, 8, 0), CPORT_PENDING);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(*state, &recv, 5, 3);
	assert_int_equal(cport_cancel(&never), 0);
	expect_end(*state, &never, 5, -ECANCELED);
	finish(&file, other);
}

static void accept_gives_the_new_descriptor(void **state)
{
	struct cport_file listener;
	struct sockaddr_in address = listen_on(&listener, *state, 1);
	struct cport_op op = {0};
	struct cport_packet packet;
	int fd;

	assert_int_equal(cport_accept(&listener, &op, SOCK_CLOEXEC), CPORT_PENDING);
	fd = connect_to(&address);
	packet = rig_get(*state);
	assert_ptr_equal(packet.op, &op);
	assert_true(packet.result >= 0);
	assert_true(fcntl((int)packet.result, F_GETFD) & FD_CLOEXEC);
	close((int)packet.result);
	close(fd);
	finish(&listener, -1);
}

static void s33_accept_many_brings_one_packet_a_connection_and_a_last_one(void **state)
{
	struct cport_file listener;
	struct sockaddr_in address = listen_on(&listener, *state, 1);
	struct cport_op op = {0};
	int fds[5];

	assert_int_equal(cport_accept_many(&listener, &op, SOCK_CLOEXEC), CPORT_PENDING);
	for (int i = 0; i < 5; i++)
		fds[i] = connect_to(&address);
	for (int i = 0; i < 5; i++) {
		struct cport_packet packet = rig_get(*state);

		assert_ptr_equal(packet.op, &op);
		assert_int_equal(packet.flags, CPORT_COMPLETE | CPORT_MORE);
		close((int)packet.result);
		close(fds[i]);
	}
	assert_int_equal(cport_cancel(&op), 0);
	expect_end(*state, &op, 1, -ECANCELED);
	rig_expect_none(*state);
	finish(&listener, -1);
}

static void s33_recv_many_uses_the_ports_buffers(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	struct cport_packet packet;
	int other = rig_pair(&file, *state, 1, 0);

	assert_int_equal(cport_recv_many(&file, &op), CPORT_PENDING);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(write(other, "hello", 5), 5);
		packet = rig_get(*state);
		assert_int_equal(packet.result, 5);
		assert_int_equal(packet.flags, CPORT_COMPLETE | CPORT_MORE | CPORT_BUFFER);
		assert_memory_equal(cport_buffer(*state, &packet), "hello", 5);
		cport_buffer_return(*state, packet.buffer);
	}
	close(other);
	expect_end(*state, &op, 1, 0);
	rig_expect_none(*state);
	finish(&file, -1);
}

static void recv_many_ends_when_the_buffers_are_out(void **state)
{
	struct cport_file file;
	struct cport_op op = {0};
	char text[16 * 9] = "";
	uint32_t buffers[8];
	int other = rig_pair(&file, *state, 1, 0);

	assert_int_equal(cport_recv_many(&file, &op), CPORT_PENDING);
	assert_int_equal(write(other, text, sizeof(text)), sizeof(text));
	for (int i = 0; i < 8; i++) {
		struct cport_packet packet = rig_get(*state);

		assert_true(packet.flags & CPORT_BUFFER);
		buffers[i] = packet.buffer;
	}
	expect_end(*state, &op, 1, -ENOBUFS);
	for (int i = 0; i < 8; i++)
		cport_buffer_return(*state, buffers[i]);
	assert_int_equal(cport_recv_many(&file, &op), CPORT_PENDING);
	assert_int_equal(rig_get(*state).result, 16);
	assert_int_equal(cport_cancel(&op), 0);
	expect_end(*state, &op, 1, -ECANCELED);
	finish(&file, other);
}

static void timers_end_in_the_order_of_their_deadlines(void **state)
{
	struct cport_op ops[20];
	int64_t last = 0;

	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 20; i++)
		assert_int_equal(cport_timer(*state, &ops[i], 3, (i * 7 % 20) * MS / 4), 1);
	for (int i = 0; i < 20; i++) {
		struct cport_packet packet = rig_get(*state);

		assert_true((int64_t)packet.op->offset_ >= last);
		assert_int_equal(packet.result, 0);
		last = (int64_t)packet.op->offset_;
	}
	rig_expect_none(*state);
}

static void cancelled_timers_end_once(void **state)
{
	struct cport_op ops[20];
	int cancelled = 0;

	memset(ops, 0, sizeof(ops));
	for (int i = 0; i < 20; i++)
		assert_int_equal(cport_timer(*state, &ops[i], 3, i % 2 ? SOON : MS / 4), 1);
	for (int i = 1; i < 20; i += 2)
		assert_int_equal(cport_cancel(&ops[i]), 0);
	assert_int_equal(cport_cancel(&ops[1]), -ENOENT);
	for (int i = 0; i < 20; i++)
		cancelled += rig_get(*state).result == -ECANCELED;
	assert_int_equal(cancelled, 10);
	rig_expect_none(*state);
}

static void a_waiting_leader_hears_of_an_earlier_timer(void **state)
{
	struct getter getter;
	struct cport_op op = {0};

	getter_start(&getter, *state);
	assert_int_equal(cport_timer(*state, &op, 3, MS), CPORT_PENDING);
	assert_int_equal(getter_result(&getter), 1);
	assert_ptr_equal(getter.packet.op, &op);
	getter_end(&getter);
}

static void a_held_back_operation_goes_with_the_next_get(void **state)
{
	struct cport_options options = {.backend = rig_backend, .flags = CPORT_BATCH};
	struct cport *port = NULL;
	struct cport_file file;
	struct cport_op op = {0};
	char byte = 0;
	int other;

	(void)state;
	assert_int_equal(cport_open(&port, &options), 0);
	other = rig_pair(&file, port, 5, 0);
	assert_true(cport_send(&file, &op, "x", 1, 0) >= 0);
	expect_end(port, &op, 5, 1);
	assert_int_equal(read(other, &byte, 1), 1);
	assert_true(cport_send(&file, &op, "y", 1, 0) >= 0);
	cport_flush(port);
	assert_int_equal(read(other, &byte, 1), 1);
	expect_end(port, &op, 5, 1);
	finish(&file, other);
	cport_release(port);
}

static void a_port_of_one_thread_does_everything_too(void **state)
{
	struct cport_options options = {.backend = rig_backend, .flags = CPORT_ONE_THREAD};
	struct cport *port = NULL;
	struct cport_file file;
	struct cport_op op = {0};
	char text[8];
	int other;

	(void)state;
	assert_int_equal(cport_open(&port, &options), 0);
	other = rig_pair(&file, port, 5, 0);
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	rig_expect_none(port);
	assert_int_equal(write(other, "abc", 3), 3);
	expect_end(port, &op, 5, 3);
	assert_int_equal(cport_recv(&file, &op, text, 8, 0), CPORT_PENDING);
	assert_int_equal(cport_cancel(&op), 0);
	expect_end(port, &op, 5, -ECANCELED);
	finish(&file, other);
	cport_release(port);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(s8_a_descriptor_is_bound_once),
		CASE(s9_what_cannot_be_waited_for_is_refused),
		CASE(s11_the_key_is_the_files_and_the_operation_its_own),
		CASE(s12_plain_calls_bring_no_packet),
		CASE(a_pending_receive_ends_when_data_comes),
		CASE(s29_what_ends_at_once_still_brings_exactly_one_packet),
		CASE(s29_after_a_refused_start_no_packet_comes),
		CASE(s30_skipping_files_bring_no_packet_for_done),
		CASE(s31_the_skip_mode_is_sticky_and_unknown_bits_pass),
		CASE(s32_an_operation_can_ask_for_no_packet),
		CASE(s34_the_result_is_not_written_before_the_packet_is_taken),
		CASE(s35_reads_across_and_at_the_end_of_a_file),
		CASE(s36_a_graceful_close_is_a_success_with_nothing),
		CASE(s37_a_reset_is_a_failure_with_the_key),
		CASE(s38_connecting_brings_one_packet_also_when_refused),
		CASE(s39_operations_outlive_the_thread_that_started_them),
		CASE(s42_a_failed_operation_is_a_packet_all_the_same),
		CASE(s45_cancelling_one_operation_leaves_the_others),
		CASE(s46_cancelling_what_is_not_pending_finds_nothing),
		CASE(s47_cancel_all_ends_everything_or_finds_nothing),
		CASE(s48_an_operation_stays_the_runtimes_until_its_packet_is_taken),
		CASE(s49_closing_ends_what_is_pending_with_the_original_key),
		CASE(s50_closing_with_nothing_pending_queues_nothing),
		CASE(s53_draining_ends_operations_with_their_key),
		CASE(files_are_written_synced_and_read_back),
		CASE(pipes_are_read_when_something_is_written),
		CASE(non_blocking_descriptors_wait_all_the_same),
		CASE(poll_tells_what_is_ready_and_holds_up_nobody),
		CASE(accept_gives_the_new_descriptor),
		CASE(s33_accept_many_brings_one_packet_a_connection_and_a_last_one),
		CASE(s33_recv_many_uses_the_ports_buffers),
		CASE(recv_many_ends_when_the_buffers_are_out),
		CASE(timers_end_in_the_order_of_their_deadlines),
		CASE(cancelled_timers_end_once),
		CASE(a_waiting_leader_hears_of_an_earlier_timer),
		CASE(a_held_back_operation_goes_with_the_next_get),
		CASE(a_port_of_one_thread_does_everything_too),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
