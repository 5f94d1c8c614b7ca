/* Waiting for the disk inside a continuation. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_FILE_SYNC,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_file_sync = {
	.id = "blocking-file-sync",
	.family = "blocks",
	.summary = "A continuation waits until data is on the disk.",
	.why = "fsync(), fdatasync(), msync(MS_SYNC) and sync() return when the device has the "
	       "data, and not only this file's: a journalling file system may write out "
	       "everybody's dirty pages first. A few milliseconds on an idle SSD become seconds "
	       "on a busy disk or a network volume. All that time the I/O thread serves nobody.",
	.instead = "Send the flush to a worker and answer when it reports back (uv_fs_fsync with a "
		   "callback, IORING_OP_FSYNC, g_task_run_in_thread, aio_fsync). Collect several "
		   "changes into one flush. sync_file_range() or a flush started early makes the "
		   "last one shorter, but it does not make it safe to wait for.",
	.misses = "Files opened with O_SYNC or O_DSYNC, where each write() waits. close() on a "
		  "network file system, which may flush as well. Databases that flush inside "
		  "themselves: see blocking-library-call.",
	.level = FINDING_WARNING,
	.precision = "very-high",
	.check = check,
};
