/* Echo over libevent's bufferevents. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "listen.h"

static void on_read(struct bufferevent *connection, void *user)
{
	(void)user;
	bufferevent_write_buffer(connection, bufferevent_get_input(connection));
}

static void on_event(struct bufferevent *connection, short what, void *user)
{
	(void)user;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(connection);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
			  struct sockaddr *address, int size, void *user)
{
	struct bufferevent *connection = bufferevent_socket_new(evconnlistener_get_base(listener),
								fd, BEV_OPT_CLOSE_ON_FREE);

	(void)address;
	(void)size;
	(void)user;
	no_delay(fd);
	bufferevent_setcb(connection, on_read, NULL, on_event, NULL);
	bufferevent_enable(connection, EV_READ | EV_WRITE);
}

int main(void)
{
	struct event_base *base = event_base_new();

	evconnlistener_new(base, on_connection, NULL, LEV_OPT_CLOSE_ON_FREE, 0,
			   listen_on_loopback(SOCK_NONBLOCK));
	return event_base_dispatch(base);
}
