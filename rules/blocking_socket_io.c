/* Reads, writes, connects and accepts on a descriptor that is in blocking mode, inside a
 * continuation. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_SOCKET,
		.verb = "can block the I/O thread",
		/* A descriptor of which nothing is known is mostly nonblocking. */
		.unknown = 0.3,
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_socket_io = {
	.id = "blocking-socket-io",
	.family = "blocks",
	.summary = "A continuation reads, writes, connects or accepts on a blocking descriptor.",
	.why = "On a blocking descriptor send() waits until the peer has read enough, recv() until "
	       "it has sent, connect() until the handshake is done or given up, two minutes for a "
	       "silent host. A loop that only waits for readiness cannot help: ready to write "
	       "means that some bytes fit, not that all do, and a second read finds nothing. One "
	       "slow peer then stops all others. On Linux accept() gives a blocking descriptor "
	       "even if the listening one is nonblocking.",
	.instead =
		"Make the descriptor nonblocking where it is made: SOCK_NONBLOCK for socket() and "
		"accept4(), O_NONBLOCK for pipe2() and open(), EFD_NONBLOCK, TFD_NONBLOCK, "
		"SFD_NONBLOCK, IN_NONBLOCK; else fcntl(F_SETFL), evutil_make_socket_nonblocking(), "
		"g_unix_set_fd_nonblocking(). Keep what could not be written and go on when the "
		"loop says so. For a single call MSG_DONTWAIT does.",
	.misses =
		"A descriptor whose mode cannot be followed (from a message, a container, a "
		"library "
		"without a model, a function's user) is of low confidence, and so is one that some "
		"paths make nonblocking and others do not. The first read in a continuation that "
		"is called because its descriptor is ready does not wait and is of low confidence "
		"too. Fields and variables are one place each in the whole program: where any code "
		"makes what is in one nonblocking, all of it counts as nonblocking, but for what "
		"the function itself has just stored there, as long as the object went through no "
		"other hands. Regular files are the business of the rules for files.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
