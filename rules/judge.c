/* The step from a program to its findings. */
#include "rules/judge.h"

#include "analyzer/costs/cost.h"
#include <string.h>

#include "rules/day.h"
#include "rules/detour.h"
#include "rules/silence.h"
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

/* Rules about suppressions look at what those have hidden. */
static bool is_hygiene(const struct rule *rule)
{
	return strcmp(rule->family, "hygiene") == 0;
}

static void run_rules(const struct rule_input *input, bool hygiene, GPtrArray *findings)
{
	for (const struct rule *const *rule = input->rules; *rule; rule++)
		if (is_hygiene(*rule) == hygiene)
			(*rule)->check(*rule, input, findings);
}

/* What no comment hides the configuration may. */
static void hide_configured(const struct rule_input *input, const GPtrArray *findings)
{
	if (input->silences)
		silence_apply(input->silences, findings, input->today, input->root);
}

/* What hygiene finds is hidden too, which is nothing that anybody finds stale. */
static void add_hygiene(const struct rule_input *input, GPtrArray *findings)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	run_rules(input, true, found);
	if (found->len == 0)
		return;
	suppress_apply(input->suppressions, found, input->today);
	hide_configured(input, found);
	g_ptr_array_extend_and_steal(findings, g_steal_pointer(&found));
	findings_seal(findings);
}

GPtrArray *judge(const struct rule *const *rules, const struct rule_input *input,
		 GPtrArray **ret_suppressions)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	g_autoptr(GPtrArray) suppressions = suppress_gather(input->program);
	g_autofree char *today = day_today();
	struct rule_input own = *input;
	guint rows;

	own.rules = rules;
	own.suppressions = suppressions;
	own.today = today;
	if (input->budget_us > 0)
		program_limit_costs(input->program, (double)input->budget_us * COST_UNITS_US);
	run_rules(&own, false, findings);
	drop_replaced(findings);
	findings_seal(findings);
	suppress_apply(suppressions, findings, today);
	detours_look(&own, findings);
	hide_configured(&own, findings);
	rows = suppressions->len;
	if (input->silences)
		silence_describe(input->silences, input->root, suppressions);
	add_hygiene(&own, findings);
	for (guint i = rows; i < suppressions->len; i++)
		((struct suppression *)suppressions->pdata[i])->hits =
			((struct silence *)input->silences->pdata[i - rows])->hits;
	if (ret_suppressions)
		*ret_suppressions = g_steal_pointer(&suppressions);
	return findings;
}
