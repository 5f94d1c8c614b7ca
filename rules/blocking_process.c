/* Starting a process, or waiting for one, inside a continuation. What it misses is in the rule's
 * own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_PROCESS,
		/* Without the cheap ones: the loop's own way to start a child. */
		.classes = 1u << MODEL_W3 | 1u << MODEL_W2,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_process = {
	.id = "blocking-process",
	.family = "blocks",
	.summary = "A continuation starts a process or waits for one on the I/O thread.",
	.why = "system(), waitpid() without WNOHANG, pclose() and g_spawn_sync() last as long as "
	       "the child does, and the child is another program with its own troubles. fork() "
	       "by itself copies the page tables of the parent: a process of 10 GB stands still "
	       "for some tens of milliseconds at each fork, and its pages fault one by one after "
	       "it.",
	.instead =
		"Start children with posix_spawn() or vfork() and exec, or better with the loop's "
		"own function (uv_spawn, g_subprocess_new, sd_event_add_child) that reports the "
		"exit as an event. Reap in the SIGCHLD event with waitpid(…, WNOHANG). Read the "
		"child's output through the loop instead of popen(). A large server forks from a "
		"small helper process that it started early.",
	.misses = "What the child itself does after fork() is not the I/O thread's and is not "
		  "reported. A waitpid() whose flags are computed elsewhere is reported with lower "
		  "confidence. waitpid() in a SIGCHLD event returns at once although it has no "
		  "WNOHANG, when just that child has ended: it is reported.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
