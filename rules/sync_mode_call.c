/* Asynchronous functions asked to be synchronous, inside a continuation. What it misses is in the
 * rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_SYNC_MODE,
		.verb = "works synchronously here and can block the I/O thread",
		/* A callback that is not known is hardly ever a null pointer. */
		.unknown = 0.2,
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_sync_mode_call = {
	.id = "sync-mode-call",
	.family = "waits",
	.summary = "A continuation calls an asynchronous function in its synchronous form.",
	.why = "uv_fs_stat(loop, &req, path, NULL) is not asynchronous: without a callback it "
	       "does the work at once, on this thread. The same holds for uv_getaddrinfo() and "
	       "uv_random() without a callback, bufferevent_socket_connect_hostname() without an "
	       "evdns base, lio_listio(LIO_WAIT). The name says otherwise, so a reader passes "
	       "over it.",
	.instead =
		"Pass the callback (or the evdns base) and go on in it. In a worker, before the "
		"loop starts and after it has ended the synchronous form is the right one and is "
		"not reported.",
	.misses =
		"A callback that comes from a variable which is NULL only in some runs. A wrapper "
		"that passes on its own callback parameter is decided at its callers where they "
		"are known; where they are not, nothing is said.",
	.level = FINDING_WARNING,
	.precision = "very-high",
	.check = check,
};
