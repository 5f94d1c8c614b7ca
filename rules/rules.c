/* The list of rules, made from rules.def. */
#include "rules/rule.h"

#include <string.h>

#define RULE(name) extern const struct rule rule_##name;
#include "rules/rules.def"

const struct rule *const rules_all[] = {
#define RULE(name) &rule_##name,
#include "rules/rules.def"
	NULL,
};

const struct rule *rules_find(const char *id)
{
	for (const struct rule *const *rule = rules_all; *rule; rule++) {
		if (g_str_equal((*rule)->id, id))
			return *rule;
	}
	return NULL;
}

const char *const *rules_ids(void)
{
	static const char *ids[G_N_ELEMENTS(rules_all)];

	for (size_t i = 0; rules_all[i]; i++)
		ids[i] = rules_all[i]->id;
	return ids;
}

const char *rules_id_of(const char *name)
{
	static const char shown[] = "contlint-";

	return name + (g_str_has_prefix(name, shown) ? strlen(shown) : 0);
}
