/* Echo over plain epoll, level-triggered, written by hand: the yardstick. */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <unistd.h>

#include "listen.h"

static void serve(int epoll, int fd)
{
	char buffer[BUFFER];
	ssize_t size = recv(fd, buffer, BUFFER, 0);

	(void)epoll;
	if (size <= 0 || send(fd, buffer, (size_t)size, MSG_NOSIGNAL) != size)
		close(fd);
}

int main(void)
{
	int listener = listen_on_loopback(SOCK_NONBLOCK), epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	for (;;) {
		int count = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd != listener) {
				serve(epoll, events[i].data.fd);
				continue;
			}
			event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
			no_delay(event.data.fd);
			epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
		}
	}
}
