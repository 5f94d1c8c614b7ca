/* A rule's page: the same texts for the terminal and for the documentation. */
#include "rules/page.h"

#include <string.h>

#define PAGE_WIDTH 80

/* Appends `text` broken between words, each line behind `indent` blanks. */
static void append_filled(GString *out, const char *text, guint indent)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	glong column = 0;

	for (guint i = 0; words[i]; i++) {
		glong width = g_utf8_strlen(words[i], -1);

		if (column > 0 && column + 1 + width > PAGE_WIDTH) {
			g_string_append_c(out, '\n');
			column = 0;
		}
		if (column == 0) {
			g_string_append_printf(out, "%*s", (int)indent, "");
			column = indent;
		} else {
			g_string_append_c(out, ' ');
			column++;
		}
		g_string_append(out, words[i]);
		column += width;
	}
	g_string_append_c(out, '\n');
}

static void append_section(GString *out, const char *title, const char *text)
{
	g_string_append_printf(out, "\n%s\n", title);
	append_filled(out, text, 2);
}

void page_text(const struct rule *rule, GString *out)
{
	g_string_append_printf(out, "%s\n", rule->id);
	append_filled(out, rule->summary, 2);
	append_section(out, "Why", rule->why);
	append_section(out, "Instead", rule->instead);
	append_section(out, "What it misses", rule->misses);
	g_string_append_printf(out, "\nLevel %s, precision %s, family \"%s\"%s.\n",
			       finding_level_name(rule->level), rule->precision, rule->family,
			       rule->off_by_default ? "; off by default" : "");
	g_string_append_printf(out, "To accept one place: // contlint-ok(%s) -- reason\n",
			       rule->id);
}

/* Markdown reads these as markup; the texts mean them as they are. */
static void append_escaped(GString *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("*<[", *text))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
}

static void append_markdown(GString *out, const char *title, const char *text)
{
	g_autoptr(GString) escaped = g_string_new(NULL);

	append_escaped(escaped, text);
	g_string_append_printf(out, "\n## %s\n\n", title);
	append_filled(out, escaped->str, 0);
}

void page_markdown_help(const struct rule *rule, GString *out)
{
	g_autoptr(GString) summary = g_string_new(NULL);

	append_escaped(summary, rule->summary);
	g_string_append_printf(out, "# %s\n\n%s\n", rule->id, summary->str);
	append_markdown(out, "Why", rule->why);
	append_markdown(out, "What to do instead", rule->instead);
	append_markdown(out, "What it misses", rule->misses);
}

void page_markdown(const struct rule *rule, GString *out)
{
	page_markdown_help(rule, out);
	g_string_append_printf(out,
			       "\n## Settings\n\n"
			       "Level %s, precision %s, family \"%s\"%s. Examples: "
			       "[fixtures/%s](../../fixtures/%s).\n\n"
			       "To accept one place, with the reason:\n\n"
			       "```c\n// contlint-ok(%s) -- reason\n```\n",
			       finding_level_name(rule->level), rule->precision, rule->family,
			       rule->off_by_default ? "; off by default" : "", rule->id, rule->id,
			       rule->id);
}

void page_markdown_index(GString *out)
{
	g_string_append(out, "# Rules\n\n| rule | family | what it finds |\n|---|---|---|\n");
	for (const struct rule *const *rule = rules_all; *rule; rule++)
		g_string_append_printf(out, "| [%s](%s.md) | %s | %s%s |\n", (*rule)->id,
				       (*rule)->id, (*rule)->family, (*rule)->summary,
				       (*rule)->off_by_default ? " Off by default." : "");
}
