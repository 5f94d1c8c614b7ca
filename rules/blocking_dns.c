/* Name resolution inside a continuation. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_DNS,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_dns = {
	.id = "blocking-dns",
	.family = "blocks",
	.summary = "A continuation looks up a host, service or user name on the I/O thread.",
	.why = "getaddrinfo(), gethostbyname() and getnameinfo() send queries and wait for "
	       "answers; the usual resolver waits 5 seconds for each server before it tries the "
	       "next, twice. getpwuid() and getgrnam() go the same way through NSS and may ask "
	       "LDAP. On the developer's machine the answer is in a cache and takes a "
	       "microsecond. The day the name server is down, every connection of the program "
	       "stands still.",
	.instead = "Resolve with a call that takes a callback: uv_getaddrinfo, evdns_getaddrinfo, "
		   "g_resolver_lookup_by_name_async, sd_resolve_getaddrinfo, ares_getaddrinfo; or "
		   "send getaddrinfo() to a worker. Where the text is already an address, say so "
		   "with AI_NUMERICHOST (and NI_NUMERICHOST | NI_NUMERICSERV in the other "
		   "direction): then nothing is asked and nothing is reported. Names that never "
		   "change can be resolved once, before the loop starts.",
	.misses = "Host names that are addresses by convention, without AI_NUMERICHOST, are "
		  "reported although they do not block. Hints that another function fills in "
		  "through several pointers are unknown, which lowers the confidence. Libraries "
		  "that resolve inside themselves are seen only if they are modelled.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
