/* The step from a program to its findings. */
#include "rules/judge.h"

#include "rules/suppress.h"

GPtrArray *judge(const struct rule *const *rules, const struct rule_input *input)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	for (; *rules; rules++)
		(*rules)->check(*rules, input, findings);
	findings_seal(findings);
	suppress_apply(input->program, findings);
	return findings;
}

const struct rule **judge_default_rules(void)
{
	GPtrArray *on = g_ptr_array_new();

	for (const struct rule *const *rule = rules_all; *rule; rule++) {
		if (!(*rule)->off_by_default)
			g_ptr_array_add(on, (gpointer)*rule);
	}
	g_ptr_array_add(on, NULL);
	return (const struct rule **)g_ptr_array_free(on, FALSE);
}
