/* A rule: program + models -> findings. One file a rule, one exported const struct, one line in
 * rules.def. Rules never see libclang, never print, never touch SQL. */
#ifndef CONTLINT_RULES_RULE_H
#define CONTLINT_RULES_RULE_H

#include "analyzer/program.h"
#include "rules/finding.h"

struct rule;

struct rule_input {
	const struct program *program;
	const struct models *models;
	gint64 short_sleep_ns; /* constant waits up to this are notes; default 50 ms */
	guint budget_us; /* computing more than this is noteworthy; 0 for a millisecond */
	bool strict_workers; /* what blocks on a shared pool counts, with a bound as well */
	bool complete;       /* every unit of the program was analysed whole */
	bool require_reason; /* a suppression without reason is an error */
	const GPtrArray *silences; /* struct silence *, whose hits are counted, or NULL */
	const char *root;          /* of the project, if there are silences */
	/* Set by judge(): */
	const char *today;               /* as 2026-05-06, for suppressions that expire */
	const struct rule *const *rules; /* those that are on, NULL-terminated */
	const GPtrArray *suppressions;   /* struct suppression *, with their hits; for hygiene */
};

struct rule {
	const char *id;      /* "blocking-dns" */
	const char *family;  /* "blocks", "waits", "computes", "misuses", "hygiene" */
	const char *summary; /* one line */
	const char *why;     /* a paragraph */
	const char *instead; /* a paragraph: what to do instead */
	const char *misses;  /* a paragraph: what it does not see */
	enum finding_level level;
	const char *precision; /* "very-high", "high", "medium", "low": for SARIF */
	bool off_by_default;
	/* Rules whose findings at the same place say less of the same defect and are dropped, so
	 * that one defect is reported once; NULL-terminated, or NULL. */
	const char *const *replaces;
	/* Appends `struct finding *` to `findings`. */
	void (*check)(const struct rule *rule, const struct rule_input *input, GPtrArray *findings);
};

/* All rules in the order of rules.def; NULL-terminated. */
extern const struct rule *const rules_all[];

const struct rule *rules_find(const char *id); /* NULL if there is none */

/* The ids of all rules, NULL-terminated, for nearest_word(). Static. */
const char *const *rules_ids(void);

/* The id in `name`, which may have the "contlint-" that findings show it with. Borrowed. */
const char *rules_id_of(const char *name);

#endif
