/* Single cheap file calls inside a continuation; off by default. What it misses is in the rule's
 * own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_FILE,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_file_io = {
	.id = "blocking-file-io",
	.family = "blocks",
	.summary = "A continuation opens, reads, writes or looks at a regular file.",
	.why = "open(), stat(), rename(), read() and write() on a regular file cannot be made "
	       "non-blocking: O_NONBLOCK means nothing there. From the page cache they take "
	       "microseconds; from a sleeping disk, a full write-back queue or a network volume "
	       "they take as long as the device does. The rule is off by default because most "
	       "programs accept this for configuration and logs. Turn it on where latency is the "
	       "product.",
	.instead = "Read what is needed before the loop starts and keep it. In the loop use a call "
		   "with a callback (uv_fs_*, io_uring, g_file_*_async) or a worker. For logs: a "
		   "bounded buffer that another thread writes.",
	.misses =
		"Page faults on mapped files, which are blocking-page-fault's. read() and write() "
		"on a descriptor that is not known to be a regular file. Files in memory (memfd, "
		"tmpfs, /proc, /sys) look like any other and are reported, unless their path is a "
		"constant that the model knows.",
	.level = FINDING_NOTE,
	.precision = "low",
	.off_by_default = true,
	.check = check,
};
