/* Reading from a person or a pipe, and logging to something slow, inside a continuation. What it
 * misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_STDIO,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_stdio = {
	.id = "blocking-stdio",
	.family = "blocks",
	.summary = "A continuation reads or writes a stdio stream on the I/O thread.",
	.why = "getchar(), scanf() and fgets(stdin) wait for a person or for whoever holds the "
	       "other end of the pipe. fflush() and syslog() wait for the reader of the log: a "
	       "terminal stopped with Ctrl-S, a full pipe or a busy journal holds the I/O "
	       "thread, and with it every connection.",
	.instead =
		"Give descriptor 0 to the loop and read what is there (uv_tty_init, "
		"bufferevent_socket_new, g_io_add_watch). Write logs into a bounded buffer and "
		"let another thread, or the loop itself with a non-blocking descriptor, drain it; "
		"drop and count when it is full.",
	.misses =
		"printf() to a stream that may be a file, a pipe or a terminal is too common to "
		"report each time: only the calls that a model names are. Reading in a loop counts "
		"more if the stream is kept open from turn to turn, as long files are; what is "
		"opened, read and closed in one turn has low confidence, like a configuration, "
		"even "
		"if it is long. A stream that was opened in memory (open_memstream) cannot block; "
		"it is reported where the stream "
		"is not known.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
