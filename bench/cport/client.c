/* The load: client PORT CONNECTIONS SECONDS. Each connection has one message of 64 bytes under way.
 * Prints the requests that were answered. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "listen.h"

static int open_connection(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		exit(1);
	no_delay(fd);
	return fd;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	char message[MESSAGE], answer[BUFFER];
	int epoll = epoll_create1(0), connections;
	struct epoll_event events[64];
	unsigned long requests = 0;
	double end;

	if (argc < 4)
		return 2;
	memset(message, 'x', sizeof(message));
	connections = atoi(argv[2]);
	for (int i = 0; i < connections; i++) {
		struct epoll_event event = {.events = EPOLLIN};

		event.data.fd = open_connection(atoi(argv[1]));
		epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
		if (send(event.data.fd, message, MESSAGE, 0) != MESSAGE)
			return 1;
	}
	end = now() + atof(argv[3]);
	while (now() < end) {
		int count = epoll_wait(epoll, events, 64, 1000);

		for (int i = 0; i < count; i++) {
			if (recv(events[i].data.fd, answer, BUFFER, 0) != MESSAGE ||
			    send(events[i].data.fd, message, MESSAGE, 0) != MESSAGE)
				return 1;
			requests++;
		}
	}
	printf("%lu\n", requests);
	return 0;
}
