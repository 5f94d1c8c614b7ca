/* A comment that hides findings and does not say why. */
#include <string.h>

#include "rules/hygiene.h"

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	for (guint i = 0; i < input->suppressions->len; i++) {
		const struct suppression *comment = g_ptr_array_index(input->suppressions, i);
		struct finding *finding;

		if (strcmp(comment->rule, "*") == 0 ||
		    strcmp(comment->reason, SUPPRESS_NO_REASON) != 0)
			continue;
		finding = hygiene_add(
			rule, input, comment,
			g_strdup_printf("this suppression of %s does not say why; write it behind, "
					"as contlint-ok(%s) -- reason",
					comment->rule, comment->rule),
			findings);
		if (input->require_reason)
			finding->level = FINDING_ERROR;
	}
}

const struct rule rule_suppression_without_reason = {
	.id = "suppression-without-reason",
	.family = "hygiene",
	.summary = "a comment that hides findings does not say why",
	.why = "A finding is a question, and a suppression its answer. Without the reason the "
	       "next reader can neither trust it nor see when it stops being true.",
	.instead = "Write the reason behind the rule: `// contlint-ok(RULE) -- reason`, "
		   "`// NOLINT(contlint-RULE): reason`, with `until 2027-01-01` if it holds for "
		   "a time only. With `gate: {require_reason: true}` in .contlint.yaml this is an "
		   "error.",
	.misses = "Comments that name all rules, which may be meant for clang-tidy; and whether a "
		  "reason is one.",
	.level = FINDING_NOTE,
	.precision = "very-high",
	.check = check,
};
