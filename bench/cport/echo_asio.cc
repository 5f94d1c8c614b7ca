// Echo over Asio: echo_asio [THREADS].
#include <asio.hpp>
#include <memory>
#include <thread>
#include <vector>

extern "C" {
#include "listen.h"
}

using asio::ip::tcp;

struct session : std::enable_shared_from_this<session> {
	tcp::socket socket;
	char buffer[BUFFER];

	explicit session(tcp::socket from) : socket(std::move(from))
	{
	}

	void receive()
	{
		socket.async_read_some(
			asio::buffer(buffer),
			[self = shared_from_this()](std::error_code error, size_t size) {
				if (!error)
					self->send(size);
			});
	}

	void send(size_t size)
	{
		asio::async_write(socket, asio::buffer(buffer, size),
				  [self = shared_from_this()](std::error_code error, size_t) {
					  if (!error)
						  self->receive();
				  });
	}
};

static void accept_next(tcp::acceptor &acceptor)
{
	acceptor.async_accept([&acceptor](std::error_code error, tcp::socket socket) {
		if (!error) {
			socket.set_option(tcp::no_delay(true));
			std::make_shared<session>(std::move(socket))->receive();
		}
		accept_next(acceptor);
	});
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	asio::io_context context(threads);
	tcp::acceptor acceptor(context, tcp::v4(), listen_on_loopback(0));
	std::vector<std::thread> others;

	accept_next(acceptor);
	for (int i = 1; i < threads; i++)
		others.emplace_back([&context] { context.run(); });
	context.run();
}
