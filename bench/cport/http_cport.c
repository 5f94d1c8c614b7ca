/* D8: plaintext HTTP with connections that stay open, over a pool of one thread: http_cport. Each
 * request is scanned to its empty line and answered with the same few bytes; pipelined ones get one
 * answer each. */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "listen.h"
#include "runtime/cport.h"

static const char answer[] = "HTTP/1.1 200 OK\r\nServer: cport\r\nContent-Type: text/plain\r\n"
			     "Content-Length: 13\r\nConnection: keep-alive\r\n\r\nHello, World!";

enum { REQUEST = 4096, ANSWERS = 16, ANSWER = sizeof(answer) - 1 };

struct client {
	struct cport_file file;
	struct cport_op op;
	size_t have;
	int sending;
	char request[REQUEST];
	char answers[ANSWERS * ANSWER];
};

static struct cport *port;
static struct cport_file listener;
static struct cport_op accept_op;

/* How many whole requests there are; the rest is moved to the front. */
static size_t take_requests(struct client *client)
{
	char *from = client->request;
	size_t count = 0;

	while (count < ANSWERS) {
		char *end = memmem(from, client->have, "\r\n\r\n", 4);

		if (!end)
			break;
		client->have -= (size_t)(end + 4 - from);
		from = end + 4;
		count++;
	}
	memmove(client->request, from, client->have);
	return count;
}

static int start_answer(struct client *client, size_t count)
{
	client->sending = 1;
	for (size_t i = 0; i < count; i++)
		memcpy(client->answers + i * ANSWER, answer, ANSWER);
	return cport_send(&client->file, &client->op, client->answers, count * ANSWER, 0);
}

static void on_client(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct client *client = op->user;
	size_t count;

	(void)ctx;
	if (result <= 0 || client->have == REQUEST) {
		cport_file_close(&client->file);
		return;
	}
	if (!client->sending)
		client->have += (size_t)result;
	client->sending = 0;
	count = take_requests(client);
	if (count > 0)
		(void)start_answer(client, count);
	else
		(void)cport_recv(&client->file, op, client->request + client->have,
				 REQUEST - client->have, 0);
}

static void on_accept(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct client *client = calloc(1, sizeof(*client));

	(void)ctx;
	(void)op;
	if (!client || result < 0)
		exit(1);
	no_delay((int)result);
	client->op.fn = on_client;
	client->op.user = client;
	if (cport_file_bind(&client->file, port, (int)result, 0, 0) < 0 ||
	    cport_recv(&client->file, &client->op, client->request, REQUEST, 0) < 0)
		exit(1);
}

int main(void)
{
	struct cport_options options = {.concurrency = 1};
	struct cport_pool_options pool_options = {.minimum = 1};
	struct cport_pool *pool;

	if (cport_open(&port, &options) < 0)
		return 1;
	accept_op.fn = on_accept;
	if (cport_file_bind(&listener, port, listen_on_loopback(0), 0, 0) < 0 ||
	    cport_accept_many(&listener, &accept_op, 0) < 0 ||
	    cport_pool_open(&pool, port, &pool_options) < 0)
		return 1;
	pause();
	return 0;
}
