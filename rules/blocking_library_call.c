/* Library calls that do I/O and wait for it, inside a continuation. What it misses is in the rule's
 * own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_LIBRARY,
		/* Without the cheap ones: asynchronous interfaces are made of them. */
		.classes = 1u << MODEL_W3 | 1u << MODEL_W2,
		.verb = "can block the I/O thread",
		/* Mostly the mode of a handle, or what the program has asked just before. */
		.unknown = 0.3,
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_library_call = {
	.id = "blocking-library-call",
	.family = "blocks",
	.summary = "A continuation calls a library function that does I/O and waits for it.",
	.why = "PQexec(), curl_easy_perform(), redisCommand(), mysql_query(), sqlite3_step(), "
	       "dbus_connection_send_with_reply_and_block() look like function calls and are "
	       "conversations: a request, a network or a disk, an answer. Their time is decided "
	       "by another machine. The loop's own thread waits in poll() inside the library, "
	       "where no other event of the program can reach it.",
	.instead =
		"Most of these libraries have a second interface for loops: PQsendQuery with "
		"PQconsumeInput, the curl multi interface with its socket callback, "
		"redisAsyncCommand, sd_bus_call_async, dbus_connection_send_with_reply. Give its "
		"descriptor to the loop. SQLite has none: use a worker that owns the connection.",
	.misses = "Handles put into non-blocking mode in a way that the model cannot follow are "
		  "reported with lower confidence. sqlite3 on \":memory:\" is reported as if it "
		  "were a file. Libraries without a model are not seen at all: `contlint models "
		  "suggest` lists the external functions that continuations reach.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
