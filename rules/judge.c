/* The step from a program to its findings. */
#include "rules/judge.h"

#include "analyzer/cost.h"
#include "rules/suppress.h"

/* "file:line:column rule" of a finding's place, for rule `id`. */
static char *key_of(const struct finding *finding, const char *id)
{
	return g_strdup_printf("%s:%u:%u %s", finding->place.file, finding->place.line,
			       finding->place.column, id);
}

/* Drops what another rule says better at the same place. */
static void drop_replaced(GPtrArray *findings)
{
	g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = findings->pdata[i];
		const struct rule *rule = rules_find(finding->rule);

		for (guint k = 0; rule && rule->replaces && rule->replaces[k]; k++)
			g_hash_table_add(said, key_of(finding, rule->replaces[k]));
	}
	for (guint i = findings->len; g_hash_table_size(said) && i-- > 0;) {
		g_autofree char *key =
			key_of(findings->pdata[i], ((struct finding *)findings->pdata[i])->rule);

		if (g_hash_table_contains(said, key))
			g_ptr_array_remove_index(findings, i);
	}
}

GPtrArray *judge(const struct rule *const *rules, const struct rule_input *input)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	if (input->budget_us > 0)
		program_limit_costs(input->program, (double)input->budget_us * COST_UNITS_US);
	for (; *rules; rules++)
		(*rules)->check(*rules, input, findings);
	drop_replaced(findings);
	findings_seal(findings);
	suppress_apply(input->program, findings);
	return findings;
}
