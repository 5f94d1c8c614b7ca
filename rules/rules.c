/* The list of rules, made from rules.def. */
#include "rules/rule.h"

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
