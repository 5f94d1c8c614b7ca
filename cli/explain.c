/* contlint explain: what a rule is about, in words; without a name, the list of all rules. */
#include "cli/command.h"
#include "rules/page.h"
#include "rules/rule.h"

#include <stdio.h>
#include <string.h>

static int run(int argc, char **argv);

const struct command command_explain = {
	.name = "explain",
	.arguments = "[RULE]",
	.summary = "say what a rule is about and what to do instead",
	.run = run,
};

static const char *nearest_rule(const char *word)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new();

	for (const struct rule *const *rule = rules_all; *rule; rule++)
		g_ptr_array_add(ids, (gpointer)(*rule)->id);
	g_ptr_array_add(ids, NULL);
	return cli_nearest(word, (const char *const *)ids->pdata);
}

/* The rule that a user means: findings show it as contlint-RULE. */
static const struct rule *find_rule(const char *word)
{
	const char *id = g_str_has_prefix(word, "contlint-") ? word + strlen("contlint-") : word;
	const struct rule *rule = rules_find(id);
	const char *nearest = rule ? NULL : nearest_rule(id);

	if (!rule && nearest)
		cli_error("there is no rule %s; did you mean %s?", word, nearest);
	else if (!rule)
		cli_error("there is no rule %s; contlint explain lists them", word);
	return rule;
}

static void print_list(GString *out)
{
	for (const struct rule *const *rule = rules_all; *rule; rule++)
		g_string_append_printf(out, "%-22s %s%s\n", (*rule)->id, (*rule)->summary,
				       (*rule)->off_by_default ? " (off by default)" : "");
}

static int run(int argc, char **argv)
{
	gboolean markdown = FALSE;
	const GOptionEntry entries[] = {
		{"markdown", 0, 0, G_OPTION_ARG_NONE, &markdown,
		 "write the rule's page of the documentation", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GString) out = g_string_new(NULL);
	const struct rule *rule;

	if (!cli_parse(&command_explain, entries, &argc, &argv, NULL))
		return CLI_USAGE;
	if (argc > 2) {
		cli_error("explain takes one rule");
		return CLI_USAGE;
	}
	if (argc == 1) {
		if (markdown)
			page_markdown_index(out);
		else
			print_list(out);
	} else {
		rule = find_rule(argv[1]);
		if (!rule)
			return CLI_USAGE;
		if (markdown)
			page_markdown(rule, out);
		else
			page_text(rule, out);
	}
	(void)fputs(out->str, stdout);
	return CLI_OK;
}
