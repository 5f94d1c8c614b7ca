/* Echo over plain liburing, written by hand: echo_uring [coop|defer]. */
#define _GNU_SOURCE
#include <liburing.h>
#include <string.h>
#include <unistd.h>

#include "listen.h"

struct client {
	int fd, sending;
	char buffer[BUFFER];
};

static struct io_uring ring;

static struct io_uring_sqe *entry(void *data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe) {
		io_uring_submit(&ring);
		sqe = io_uring_get_sqe(&ring);
	}
	sqe->user_data = (uintptr_t)data;
	return sqe;
}

static void receive(struct client *client)
{
	struct io_uring_sqe *sqe = entry(client);

	client->sending = 0;
	io_uring_prep_recv(sqe, client->fd, client->buffer, BUFFER, 0);
	io_uring_sqe_set_data(sqe, client);
}

static void on_client(struct client *client, int result)
{
	struct io_uring_sqe *sqe;

	if (result <= 0) {
		close(client->fd);
		return;
	}
	if (client->sending) {
		receive(client);
		return;
	}
	client->sending = 1;
	sqe = entry(client);
	io_uring_prep_send(sqe, client->fd, client->buffer, (size_t)result, MSG_NOSIGNAL);
	io_uring_sqe_set_data(sqe, client);
}

static void on_accept(int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	no_delay(fd);
	client->fd = fd;
	receive(client);
}

int main(int argc, char **argv)
{
	struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE, .cq_entries = 2048};
	int listener = listen_on_loopback(0);
	struct io_uring_cqe *cqe;

	if (argc > 1 && strcmp(argv[1], "coop") == 0)
		params.flags |= IORING_SETUP_COOP_TASKRUN;
	if (argc > 1 && strcmp(argv[1], "defer") == 0)
		params.flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
	if (io_uring_queue_init_params(256, &ring, &params) < 0)
		return 1;
	io_uring_prep_multishot_accept(io_uring_get_sqe(&ring), listener, NULL, NULL, 0);
	for (;;) {
		unsigned head, count = 0;

		io_uring_submit_and_wait(&ring, 1);
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			struct client *client = io_uring_cqe_get_data(cqe);

			count++;
			if (client)
				on_client(client, cqe->res);
			else
				on_accept(cqe->res);
		}
		io_uring_cq_advance(&ring, count);
	}
}
