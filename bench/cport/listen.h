/* What the echo servers share: a listening socket on the loopback, its port printed. */
#ifndef BENCH_CPORT_LISTEN_H
#define BENCH_CPORT_LISTEN_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MESSAGE = 64, BUFFER = 4096 };

static inline int listen_on_loopback(int flags)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 512) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		exit(1);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static inline void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

#endif
