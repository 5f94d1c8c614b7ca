/* What fixtures expect functions to cost: how it grows, and what it costs besides.
 *
 *   // expect-cost: 500..1500             so many units of work, whatever the data
 *   // expect-cost: n * m                 grows as the product of both sizes
 *   // expect-cost: n + (the list head)   grows with each of both
 *   // expect-cost: n + 0..10             and has so many units that do not grow
 *
 * Sizes are called as cost_size_text() calls them, in brackets if that is more than one word. The
 * order of sizes says nothing. What another term outgrows is not told: a cost of n * m + n is n *
 * m. The comment stands on the line on which the definition of the function begins. */
#ifndef CONTLINT_RULES_EXPECT_COST_H
#define CONTLINT_RULES_EXPECT_COST_H

#include "analyzer/program.h"

struct expect_cost {
	guint line;         /* where the function must begin */
	char *text;         /* as the comment says it */
	char *growth;       /* the sizes, in one order for the same cost; "" if it does not grow */
	bool bounded;       /* the rest is asked for as well: */
	double least, most; /* units */
};

/* Reads what stands behind the colon. NULL if it cannot be read. */
struct expect_cost *expect_cost_parse(const char *text);
void expect_cost_free(struct expect_cost *expected);
typedef struct expect_cost expect_cost_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(expect_cost_t, expect_cost_free)

/* Compares the functions of `program` with what `files` (struct expect_file *) expect of them and
 * appends to `problems` one sentence (char *) for each difference. That no function begins on the
 * line, or more than one, is a difference too. Returns the number of expectations that hold. */
guint expect_cost_compare(const GPtrArray *files, const struct program *program,
			  GPtrArray *problems);

#endif
