/* The rules of a SARIF log: what a viewer shows beside an alert. */
#include "reports/jsontext.h"
#include "reports/formats/sarif.h"

#include <string.h>

#include "rules/page.h"
#include "rules/rule.h"

static const char *const severities[] = {
	[FINDING_ERROR] = "error",
	[FINDING_WARNING] = "warning",
	[FINDING_NOTE] = "recommendation",
};

guint sarif_rule_index(struct sarif *sarif, const char *id)
{
	guint index;

	if (g_ptr_array_find_with_equal_func(sarif->rules, id, g_str_equal, &index))
		return index;
	g_ptr_array_add(sarif->rules, (gpointer)id);
	return sarif->rules->len - 1;
}

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", jsontext_new(text));
}

/* "blocking-dns" -> "BlockingDns": viewers show a name that reads as one word. */
static char *camel_name(const char *id)
{
	GString *name = g_string_new(NULL);
	bool upper = true;

	for (; *id; id++) {
		if (*id == '-')
			upper = true;
		else
			g_string_append_c(name, upper ? g_ascii_toupper(*id) : *id);
		upper = *id == '-';
	}
	return g_string_free(name, FALSE);
}

static json_t *properties(const struct rule *rule)
{
	return json_pack("{s:[s,s,s], s:s, s:s}", "tags", "latency", "event-loop", rule->family,
			 "precision", rule->precision, "problem.severity", severities[rule->level]);
}

static json_t *help(const struct rule *rule)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) markdown = g_string_new(NULL);

	page_text(rule, text);
	page_markdown_help(rule, markdown);
	return json_pack("{s:o, s:o}", "text", jsontext_new(text->str), "markdown",
			 jsontext_new(markdown->str));
}

/* A finding of an older contlint, or of a run, may have a rule that is not in our list. */
static json_t *foreign_rule(const char *id)
{
	return json_pack("{s:s, s:o, s:o, s:o}", "id", id, "shortDescription",
			 message("A rule that this version of contlint does not have."),
			 "fullDescription",
			 message("A rule that this version of contlint does not have; its results "
				 "come from the findings database."),
			 "help", message("See the message of the result."));
}

static json_t *sentence(const char *text)
{
	g_autoptr(GString) whole = g_string_new(text);

	if (whole->len > 0) {
		whole->str[0] = g_ascii_toupper(whole->str[0]);
		if (!strchr(".!?", whole->str[whole->len - 1]))
			g_string_append_c(whole, '.');
	}
	return message(whole->str);
}

static json_t *describe(const char *id)
{
	const struct rule *rule = rules_find(id);
	g_autofree char *name = camel_name(id);
	json_t *object;

	if (!rule)
		return foreign_rule(id);
	object = json_pack("{s:s, s:s, s:o, s:o, s:{s:s}, s:o, s:o}", "id", rule->id, "name", name,
			   "shortDescription", sentence(rule->summary), "fullDescription",
			   sentence(rule->why), "defaultConfiguration", "level",
			   finding_level_name(rule->level), "help", help(rule), "properties",
			   properties(rule));
	return object;
}

json_t *sarif_rules(const struct sarif *sarif)
{
	json_t *rules = json_array();

	for (guint i = 0; i < sarif->rules->len; i++)
		(void)json_array_append_new(rules, describe(g_ptr_array_index(sarif->rules, i)));
	return rules;
}
