/* The baseline: a file in the repository with the findings that are accepted for now, one a line,
 * sorted, so that merges are made line by line and a finding swapped for another is seen.
 *
 *	version: 1
 *	findings:
 *	- {file: src/a.c, fp: 5feceb66ffc86f38, loose: 6b86b273ff34fce1, rule: blocking-dns,
 *	   root: on_accept, sink: getaddrinfo, reason: "…", expires: 2027-01-01}     (on one line)
 *
 * `fp` says which finding it is; one that has moved is known by `loose`, each entry for one
 *finding. The rest is for people; `reason` and `expires` are theirs to add. */
#ifndef CONTLINT_RULES_BASELINE_H
#define CONTLINT_RULES_BASELINE_H

#include "rules/finding.h"

#define BASELINE_FILE ".contlint-baseline.yaml"

struct baseline_entry {
	char *file, *fingerprint, *loose; /* the last two: first 16 digits or more */
	char *rule, *root, *sink;         /* or NULL */
	char *reason, *expires;           /* or NULL; a day as 2027-01-01, the last that counts */
	guint line;                       /* of the file */
	bool used;                        /* by baseline_match() */
	bool rule_is_on;                  /* else nothing is known of it */
	char *hid;                        /* baseline_apply(): a finding's fingerprint, or NULL */
};

struct baseline {
	GPtrArray *entries; /* struct baseline_entry * */
	char *hash;         /* of the file's text */
};

/* NULL and a sentence with file:line:column if it cannot be read or understood. */
struct baseline *baseline_read(const char *path, GError **error);
struct baseline *baseline_new(void);
void baseline_free(struct baseline *baseline);
typedef struct baseline baseline_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(baseline_t, baseline_free)

/* Adds an entry for a finding. */
struct baseline_entry *baseline_add(struct baseline *baseline, const struct finding *finding);

/* The entry for each of `findings`, NULL where there is none: as many as findings, caller frees the
 * array. Marks entries as used. Those that expired before `today` (2024-05-06) fit nothing. */
struct baseline_entry **baseline_match(struct baseline *baseline, const GPtrArray *findings,
				       const char *today);

/* Told for each rule of the run: entries of others may have a finding all the same. */
void baseline_rule_is_on(struct baseline *baseline, const char *rule);

/* After baseline_match() of a run in which every unit was analysed whole. */
bool baseline_is_stale(const struct baseline_entry *entry);

/* After baseline_apply(): appends what is stored of each entry of which something is known, struct
 * suppression *, which borrows all but `expires`. */
void baseline_describe(const struct baseline *baseline, GPtrArray *suppressions);

/* Hides each finding that has an entry and is not hidden yet. */
void baseline_apply(struct baseline *baseline, const GPtrArray *findings, const char *today);

/* The text of the file: entries sorted, the same for the same entries. Caller frees. */
char *baseline_print(const struct baseline *baseline);

#endif
