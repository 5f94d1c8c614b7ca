/* Expectation comments of fixtures: what must be found, what is known to be missed.
 *
 *   // expect: RULE[, RULE…]   must be reported on this line
 *   // expect+1: RULE          on the line below; expect-2: two above
 *   // expect-low: RULE        must be found, with low confidence, so that users do not see it
 *   // expect-note: RULE         must be found, at the level of a note
 *   // expect-miss: RULE       a fault that is not seen yet; a failure once it is
 *   // expect-false: RULE      right code that is reported all the same; a failure once it is not
 *   // expect-cost: n * m      what the function that begins on this line costs, see expect_cost.h
 *   // rules: +RULE            this file is judged with a rule that is off by default
 *
 * The text of a fixture is hostile until it is parsed. */
#ifndef CONTLINT_RULES_EXPECT_H
#define CONTLINT_RULES_EXPECT_H

#include "rules/finding.h"

enum expect_kind { EXPECT_FOUND, EXPECT_LOW, EXPECT_NOTE, EXPECT_MISS, EXPECT_FALSE };

struct expectation {
	enum expect_kind kind;
	const char *rule; /* static: the rule's id */
	guint line;       /* where the finding must be */
	guint comment_line;
};

struct expect_file {
	char *name;           /* as findings name it */
	GArray *expectations; /* struct expectation, in the order of the comments */
	GPtrArray *costs;     /* struct expect_cost *, owned */
	GPtrArray *rules;     /* const struct rule *: switched on by `rules:` */
};

/* Reads the comments of `text`. NULL and one sentence that starts with `name` and the line if a
 * comment cannot be read, names no rule, or points outside the file. */
struct expect_file *expect_parse(const char *name, const char *text, size_t size, GError **error);
void expect_free(struct expect_file *file);
typedef struct expect_file expect_file_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(expect_file_t, expect_free)

/* Compares what was found with what `files` (struct expect_file *) expect and appends to `problems`
 * one sentence (char *) for each difference; costs are compared by expect_cost_compare(). A finding
 * in any other file is a difference too. Suppressed findings and, unless expected, those of low
 * confidence count as not found. Returns the number of expectations that hold. */
guint expect_compare(const GPtrArray *files, const GPtrArray *findings, GPtrArray *problems);

GQuark expect_error_quark(void);
#define EXPECT_ERROR (expect_error_quark())
enum expect_error { EXPECT_ERROR_SYNTAX, EXPECT_ERROR_RULE };

#endif
