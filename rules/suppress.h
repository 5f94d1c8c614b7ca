/* Comments in the source that hide findings. */
#ifndef CONTLINT_RULES_SUPPRESS_H
#define CONTLINT_RULES_SUPPRESS_H

#include "analyzer/program.h"
#include "rules/finding.h"

/* What is stored of a comment without a reason. */
#define SUPPRESS_NO_REASON "no reason given"

/* What hides findings: a comment, or a row of the configuration or of the baseline. A comment of a
 * header is there once, however many units read it. Strings are borrowed, of the facts, but for
 * `expires`.
 */
struct suppression {
	const char *kind;   /* static: "in-source", "config" or "baseline" */
	const char *rule;   /* may end in a star */
	const char *reason; /* SUPPRESS_NO_REASON if there is none */
	char *expires;      /* the last day that counts, as it was written, or NULL; owned */
	const char *file;
	guint line, column; /* where it stands */
	GRegex *files;      /* a row of the configuration: those that it is about, NULL: all */
	guint first, last;  /* the lines that it is about; last is 0 for a begin without end */
	bool whole_file;
	bool begins;   /* a range that goes up to its end */
	bool standing; /* need not hide anything */
	guint hits;    /* findings it hid */
	bool excuses;  /* stands at one of several ways to a finding */
};

/* The comments of the program: struct suppression *, which the array owns; the program and its
 * facts must outlive it. "until 2027-01-01" at either end of a reason is its last day. */
GPtrArray *suppress_gather(const struct program *program);

/* Marks each finding that a comment hides: `suppressed_by` becomes its reason. A comment on a line,
 * above it or in a begin/end pair counts at the sink and at every step of the path; one for a whole
 * file only at the sink. A begin without its end hides nothing, so that a forgotten end cannot
 * silence the rest of a file; nor does a comment after its last day. Counts the hits. */
void suppress_apply(const GPtrArray *suppressions, const GPtrArray *findings, const char *today);

/* For suppress_find(): the comments by their files. */
GHashTable *suppress_index(const GPtrArray *suppressions);

/* The comment that hides the finding as it is told, or NULL. `*ret_at_sink`: it is about the sink,
 * and so about every path to it; else about a step of this one. */
struct suppression *suppress_find(GHashTable *index, const struct finding *finding,
				  const char *today, bool *ret_at_sink);

/* The same for any of `steps`, of a finding of `rule`: where it is about a step. */
struct suppression *suppress_find_step(GHashTable *index, const char *rule, const GPtrArray *steps,
				       const char *today);

/* Is the comment about these lines of the file? A call that spans several has it on any of them. */
bool suppress_covers(const struct suppression *suppression, const char *file, guint first,
		     guint last);

/* True if the comment has a last day that is before `today`, or that no calendar has. */
bool suppress_is_over(const struct suppression *suppression, const char *today);

/* True if `pattern`, the rule of a suppression, which may end in a star ("*", "blocking-*"), fits.
 */
bool suppress_rule_fits(const char *pattern, const char *rule);

#endif
