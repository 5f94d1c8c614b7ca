/* Echo over cport: echo_cport THREADS [batch] [one] [skip]. With 1 thread and no pool options it is
 * a loop over cport_get_many(); with more, or with `pool`, a pool calls the continuations. */
#include <string.h>
#include <unistd.h>

#include "listen.h"
#include "runtime/cport.h"

struct client {
	struct cport_file file;
	struct cport_op op;
	char buffer[BUFFER];
	int sending;
};

static struct cport *port;
static struct cport_file listener;
static struct cport_op accept_op;
static unsigned mode;

static void on_client(struct cport_context *ctx, struct cport_op *op, int64_t result);

/* Goes on until something is pending. With `skip`, what ends at once brings no packet; without,
 * it brings one all the same. `result` is that of a receive. */
static void go_on(struct client *client, int64_t result)
{
	int r;

	for (;;) {
		if (client->sending || result <= 0) {
			client->sending = 0;
			r = cport_recv(&client->file, &client->op, client->buffer, BUFFER, 0);
		} else {
			client->sending = 1;
			r = cport_send(&client->file, &client->op, client->buffer, (size_t)result,
				       0);
		}
		if (r < 0)
			cport_file_close(&client->file);
		if (r != CPORT_DONE || !mode)
			return;
		result = client->op.result;
		if (result <= 0)
			cport_file_close(&client->file);
	}
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
	if (cport_file_bind(&client->file, port, (int)result, 0, mode) < 0)
		exit(1);
	go_on(client, 0);
}

static void on_client(struct cport_context *ctx, struct cport_op *op, int64_t result)
{
	struct client *client = op->user;

	(void)ctx;
	if (result <= 0) {
		cport_file_close(&client->file);
		return;
	}
	go_on(client, result);
}

static void loop(void)
{
	struct cport_packet packets[64];

	for (;;) {
		int count = cport_get_many(port, packets, 64, CPORT_FOREVER);

		for (int i = 0; i < count; i++)
			packets[i].op->fn(NULL, packets[i].op, packets[i].result);
	}
}

int main(int argc, char **argv)
{
	struct cport_options options = {.concurrency = 2};
	struct cport_pool_options pool_options = {0};
	struct cport_pool *pool;
	int threads = argc > 1 ? atoi(argv[1]) : 0;

	for (int i = 2; i < argc; i++) {
		options.flags |= strcmp(argv[i], "batch") == 0 ? CPORT_BATCH : 0;
		options.flags |= strcmp(argv[i], "one") == 0 ? CPORT_ONE_THREAD : 0;
		mode |= strcmp(argv[i], "skip") == 0 ? CPORT_SKIP_ON_SUCCESS : 0;
	}
	if (cport_open(&port, &options) < 0)
		return 1;
	accept_op.fn = on_accept;
	if (cport_file_bind(&listener, port, listen_on_loopback(0), 0, 0) < 0 ||
	    cport_accept_many(&listener, &accept_op, 0) < 0)
		return 1;
	if (threads == 0)
		loop();
	pool_options.minimum = (unsigned)threads;
	if (cport_pool_open(&pool, port, &pool_options) < 0)
		return 1;
	pause();
	return 0;
}
