/* Echo over libuv. */
#include <stdlib.h>
#include <uv.h>

#include "listen.h"

struct reply {
	uv_write_t request;
	uv_buf_t buffer;
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)handle;
	(void)suggested;
	*buffer = uv_buf_init(malloc(BUFFER), BUFFER);
}

static void on_written(uv_write_t *request, int status)
{
	struct reply *reply = (struct reply *)request;

	(void)status;
	free(reply->buffer.base);
	free(reply);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct reply *reply;

	if (size <= 0) {
		free(buffer->base);
		if (size < 0)
			uv_close((uv_handle_t *)stream, (uv_close_cb)free);
		return;
	}
	reply = malloc(sizeof(*reply));
	reply->buffer = uv_buf_init(buffer->base, (unsigned)size);
	uv_write(&reply->request, stream, &reply->buffer, 1, on_written);
}

static void on_connection(uv_stream_t *listener, int status)
{
	uv_tcp_t *client = malloc(sizeof(*client));

	(void)status;
	uv_tcp_init(listener->loop, client);
	uv_accept(listener, (uv_stream_t *)client);
	uv_tcp_nodelay(client, 1);
	uv_read_start((uv_stream_t *)client, on_alloc, on_read);
}

int main(void)
{
	uv_tcp_t listener;

	uv_tcp_init(uv_default_loop(), &listener);
	uv_tcp_open(&listener, listen_on_loopback(SOCK_NONBLOCK));
	uv_listen((uv_stream_t *)&listener, 512, on_connection);
	return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
