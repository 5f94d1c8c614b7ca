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

/* What reports name and is no rule: there is nothing to accept at one place. */
static const struct topic {
	const char *name, *text;
} topics[] = {
	{"degree-increase",
	 "degree-increase\n"
	 "  The cost of a continuation grows faster with the data than in an older run.\n"
	 "\n"
	 "Why\n"
	 "  A loop around a loop over the same data makes the square of what was linear.\n"
	 "  No test with little data shows that.\n"
	 "\n"
	 "Instead\n"
	 "  contlint cost FUNCTION names the loops and the sizes that multiply. Keep an\n"
	 "  index instead of searching, take the inner loop out, or bound what comes in.\n"
	 "  If it is meant to grow, compare with this run from now on: --base ID.\n"
	 "\n"
	 "This is no rule: contlint diff and contlint check compare two runs, if\n"
	 "--degree-increase says so, and print a line for each such continuation.\n"},
};

/* NULL if it is none, and a rule perhaps. */
static const struct topic *find_topic(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(topics); i++)
		if (g_str_equal(topics[i].name, rules_id_of(name)))
			return &topics[i];
	return NULL;
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
	g_autoptr(GError) error = NULL;
	const struct topic *topic;
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
	} else if ((topic = find_topic(argv[1]))) {
		g_string_append(out, topic->text);
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
