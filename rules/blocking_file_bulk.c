/* File operations whose time grows with the data, inside a continuation. What it misses is in the
 * rule's own text below. */
#include "rules/rule.h"
#include "rules/sink_rule.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct sink_rule what = {
		.kinds = 1u << MODEL_FILE_BULK,
		/* Without the cheap ones: opening a folder is told by the reading of it. */
		.classes = 1u << MODEL_W3 | 1u << MODEL_W2,
		.verb = "can block the I/O thread",
	};

	sink_rule_check(rule, input, &what, findings);
}

const struct rule rule_blocking_file_bulk = {
	.id = "blocking-file-bulk",
	.family = "blocks",
	.summary = "A continuation removes, truncates, copies, records or lists files on the I/O "
		   "thread.",
	.why = "unlink() of the last name of a large file frees its blocks before it returns: "
	       "for some gigabytes on ext4 that is seconds. ftruncate(), fallocate(), readdir() "
	       "over a folder of unknown size, nftw(), glob(), sendfile() from a cold file take "
	       "as long as there is data. write() to a file that each event adds to (a recording, "
	       "an "
	       "upload, a dump) returns from memory until the disk is slower than what comes; then "
	       "it waits for the disk. None of it shows in a test with small files.",
	.instead = "Give the work to a worker (uv_fs_unlink, uv_fs_scandir and others with a "
		   "callback; uv_queue_work; g_task_run_in_thread). For a file that is replaced: "
		   "keep a descriptor open, unlink() or rename() over it, which is then cheap, and "
		   "let a worker close the last descriptor. For folders: read a bounded number of "
		   "entries in a turn and re-arm.",
	.misses =
		"What is written by stdio is not seen as bulk work. close() of the last descriptor "
		"of an unlinked file frees its blocks too and is "
		"not reported. How large a file is is told by who writes it: one that the program "
		"writes piece by piece is taken for large, even if there are three pieces; one "
		"that nobody here writes, or that is written at once, has low confidence.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
