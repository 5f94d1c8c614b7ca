/* contlint explain: what a rule is about, in words; without a name, the list of all rules. */
#include "cli/command.h"
#include "cli/rule_choice.h"
#include "rules/page.h"
#include "rules/rule.h"

#include <stdio.h>

static int run(int argc, char **argv);

const struct command command_explain = {
	.name = "explain",
	.arguments = "[RULE]",
	.summary = "say what a rule is about and what to do instead",
	.run = run,
};

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
	g_autoptr(GError) error = NULL;
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
		rule = rule_choice_find(argv[1], &error);
		if (!rule) {
			cli_error("%s", error->message);
			return CLI_USAGE;
		}
		if (markdown)
			page_markdown(rule, out);
		else
			page_text(rule, out);
	}
	(void)fputs(out->str, stdout);
	return CLI_OK;
}
