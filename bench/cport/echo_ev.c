/* Echo over libev. */
#define _GNU_SOURCE
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "listen.h"

static void on_read(struct ev_loop *loop, ev_io *watcher, int events)
{
	char buffer[BUFFER];
	ssize_t size = recv(watcher->fd, buffer, BUFFER, 0);

	(void)events;
	if (size > 0 && send(watcher->fd, buffer, (size_t)size, MSG_NOSIGNAL) == size)
		return;
	ev_io_stop(loop, watcher);
	close(watcher->fd);
	free(watcher);
}

static void on_accept(struct ev_loop *loop, ev_io *listener, int events)
{
	int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK);
	ev_io *watcher = malloc(sizeof(*watcher));

	(void)events;
	no_delay(fd);
	ev_io_init(watcher, on_read, fd, EV_READ);
	ev_io_start(loop, watcher);
}

int main(void)
{
	struct ev_loop *loop = ev_default_loop(0);
	ev_io listener;

	ev_io_init(&listener, on_accept, listen_on_loopback(SOCK_NONBLOCK), EV_READ);
	ev_io_start(loop, &listener);
	ev_run(loop, 0);
	return 0;
}
