/* Echo over libuv. */
#include <stdlib.h>
#include <uv.h>

#include "listen.h"

/* With buffers of its own, as the other servers have them: what a buffer from malloc() for each
 * read costs here is the C library giving memory back to the kernel and taking it again. */
struct client {
	uv_tcp_t tcp;
	uv_write_t write;
	char bytes[BUFFER];
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	*buffer = uv_buf_init(((struct client *)handle)->bytes, BUFFER);
}

static void on_written(uv_write_t *request, int status)
{
	(void)request;
	(void)status;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct client *client = (struct client *)stream;
	uv_buf_t answer;

	if (size < 0)
		uv_close((uv_handle_t *)stream, (uv_close_cb)free);
	if (size <= 0)
		return;
	answer = uv_buf_init(buffer->base, (unsigned)size);
	uv_write(&client->write, stream, &answer, 1, on_written);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct client *client = malloc(sizeof(*client));

	(void)status;
	uv_tcp_init(listener->loop, &client->tcp);
	uv_accept(listener, (uv_stream_t *)&client->tcp);
	uv_tcp_nodelay(&client->tcp, 1);
	uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
}

int main(void)
{
	uv_tcp_t listener;

	uv_tcp_init(uv_default_loop(), &listener);
	uv_tcp_open(&listener, listen_on_loopback(SOCK_NONBLOCK));
	uv_listen((uv_stream_t *)&listener, 512, on_connection);
	return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
