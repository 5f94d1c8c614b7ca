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
