/* What comes over a TCP connection in pieces arrives whole, whatever lies behind the piece that a
 * short receive took: more data, the end, an urgent byte or a reset. */
#include "rig.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

enum { ROUNDS = 200, PIECES = 40, PIECE_MOST = 24 };

struct stream {
	struct cport_file file;
	struct cport_op op;
	char buffer[64];
	int other;
};

static int listen_on(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

/* A connection; the accepted side is bound. */
static void connect_stream(struct stream *stream, struct cport *port)
{
	struct sockaddr_in address;
	int listener = listen_on(&address), one = 1, fd;

	stream->op = (struct cport_op){0};
	stream->other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(stream->other, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setsockopt(stream->other, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	fd = accept(listener, NULL, NULL);
	assert_int_equal(cport_file_bind(&stream->file, port, fd, 1, 0), 0);
	close(listener);
}

static void end_stream(struct stream *stream)
{
	cport_file_close(&stream->file);
	if (stream->other >= 0)
		close(stream->other);
}

static int64_t receive(struct stream *stream, struct cport *port, size_t size)
{
	assert_true(cport_recv(&stream->file, &stream->op, stream->buffer, size, 0) >= 0);
	return rig_get(port).result;
}

static void receives_exactly(struct stream *stream, struct cport *port, const char *text)
{
	size_t length = strlen(text);

	for (size_t have = 0; have < length;) {
		int64_t result = receive(stream, port, sizeof(stream->buffer));

		assert_in_range(result, 1, length - have);
		assert_memory_equal(stream->buffer, text + have, (size_t)result);
		have += (size_t)result;
	}
}

static void an_end_behind_the_data_is_received(void **state)
{
	struct cport *port = rig_open(1);
	struct stream stream;

	(void)state;
	connect_stream(&stream, port);
	assert_int_equal(send(stream.other, "abc", 3, 0), 3);
	assert_int_equal(shutdown(stream.other, SHUT_WR), 0);
	rig_expect_none(port); /* both are there, and told */
	receives_exactly(&stream, port, "abc");
	assert_int_equal(receive(&stream, port, 8), 0);
	assert_int_equal(receive(&stream, port, 8), 0);
	end_stream(&stream);
	cport_release(port);
}

static void data_behind_an_urgent_byte_is_received(void **state)
{
	struct cport *port = rig_open(1);
	struct stream stream;

	(void)state;
	connect_stream(&stream, port);
	assert_int_equal(send(stream.other, "before", 6, 0), 6);
	receives_exactly(&stream, port, "before");
	assert_int_equal(send(stream.other, "one", 3, 0), 3);
	assert_int_equal(send(stream.other, "!", 1, MSG_OOB), 1);
	assert_int_equal(send(stream.other, "two", 3, 0), 3);
	rig_expect_none(port);
	receives_exactly(&stream, port, "onetwo");
	end_stream(&stream);
	cport_release(port);
}

static void a_reset_behind_the_data_ends_the_next_receive(void **state)
{
	struct linger now = {.l_onoff = 1};
	struct cport *port = rig_open(1);
	struct stream stream;
	int64_t result;

	(void)state;
	connect_stream(&stream, port);
	assert_int_equal(send(stream.other, "abc", 3, 0), 3);
	receives_exactly(&stream, port, "abc");
	assert_int_equal(setsockopt(stream.other, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(stream.other);
	stream.other = -1;
	result = receive(&stream, port, 8);
	assert_int_equal(result, -ECONNRESET);
	end_stream(&stream);
	cport_release(port);
}

/* Sends pieces of 1 to PIECE_MOST bytes, then the end. */
static void *send_pieces(void *argument)
{
	const struct stream *stream = argument;
	char piece[PIECE_MOST];
	unsigned seed = (unsigned)stream->other;

	memset(piece, 'x', sizeof(piece));
	for (int i = 0; i < PIECES; i++) {
		size_t size = 1 + (size_t)rand_r(&seed) % PIECE_MOST;

		if (send(stream->other, piece, size, MSG_NOSIGNAL) != (ssize_t)size)
			return NULL;
	}
	shutdown(stream->other, SHUT_WR);
	return NULL;
}

static size_t sum_of_pieces(const struct stream *stream)
{
	unsigned seed = (unsigned)stream->other;
	size_t sum = 0;

	for (int i = 0; i < PIECES; i++)
		sum += 1 + (size_t)rand_r(&seed) % PIECE_MOST;
	return sum;
}

static void pieces_sent_meanwhile_all_arrive_and_then_the_end(void **state)
{
	struct cport *port = rig_open(1);
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct stream stream;
		pthread_t sender;
		size_t sum = 0;
		int64_t result = 0;

		connect_stream(&stream, port);
		assert_int_equal(pthread_create(&sender, NULL, send_pieces, &stream), 0);
		do {
			result = receive(&stream, port, 1 + (size_t)rand_r(&seed) % 64);
			assert_true(result >= 0);
			sum += (size_t)result;
		} while (result > 0);
		pthread_join(sender, NULL);
		assert_int_equal(sum, sum_of_pieces(&stream));
		end_stream(&stream);
	}
	cport_release(port);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_behind_the_data_is_received),
		cmocka_unit_test(data_behind_an_urgent_byte_is_received),
		cmocka_unit_test(a_reset_behind_the_data_ends_the_next_receive),
		cmocka_unit_test(pieces_sent_meanwhile_all_arrive_and_then_the_end),
	};

	rig_choose(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
