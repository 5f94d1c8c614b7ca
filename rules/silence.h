/* Findings that are hidden by a row of the configuration: a rule, files and the reason. */
#ifndef CONTLINT_RULES_SILENCE_H
#define CONTLINT_RULES_SILENCE_H

#include "rules/finding.h"

struct silence {
	char *rule; /* may end in a star */
	char *path; /* glob, or NULL: anywhere */
	char *reason;
	char *expires;    /* the last day that counts, 2027-01-01, or NULL */
	const char *file; /* borrowed: where it stands */
	guint line, column;
	GRegex *regex; /* of `path` */
	bool standing; /* need not hide anything: a rule that is off there */
	guint hits;    /* findings it hid */
};

void silence_free(struct silence *silence);

/* Hides each finding that one of `silences` (struct silence *) fits and nothing hides yet: its sink
 * or its continuation is in one of the files. Those that expired before `today` fit nothing.
 * `root` is the project's folder: places are told relative to it. */
void silence_apply(const GPtrArray *silences, const GPtrArray *findings, const char *today,
		   const char *root);

/* Appends what is stored of each row, struct suppression *, which borrows all but `expires`. */
void silence_describe(const GPtrArray *silences, const char *root, GPtrArray *suppressions);

#endif
