/* Markdown: a table of all findings, then each with its path; and the same, short and within
 * GitHub's limit of 1 MiB, as the summary of a step. */
#include "reports/formats/format.h"

#include <string.h>

enum { SUMMARY_ROWS = 50, SUMMARY_PATHS = 20 };

static const char *const marks[] = {
	[FINDING_ERROR] = "\360\237\224\264",   /* red */
	[FINDING_WARNING] = "\360\237\237\240", /* orange */
	[FINDING_NOTE] = "\360\237\224\265",    /* blue */
};

/* Text of others as text: what Markdown or HTML would take for markup is escaped, line ends become
 * blanks, what is not printable becomes U+FFFD. */
static void append_text(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (character == '\n' || character == '\t' || character == '\r')
			g_string_append_c(out, ' ');
		else if (character < 0x80 && strchr("\\`*_{}[]<>#|!~&@$", (int)character))
			g_string_append_printf(out, "&#%u;", character);
		else
			g_string_append_unichar(out,
						g_unichar_isprint(character) ? character : 0xFFFD);
	}
}

static const char *plural(guint count)
{
	return count == 1 ? "" : "s";
}

static void append_head(GString *out, const struct report_input *input)
{
	const struct record *record = input->record;
	guint count = input->findings->len;

	if (count == 0)
		g_string_append(out, "## contlint: no findings\n\n");
	else
		g_string_append_printf(out, "## contlint: %u finding%s\n\n", count, plural(count));
	if (!record)
		return;
	g_string_append_printf(
		out, "%u unit%s, %u continuation%s, %u of %u indirect calls resolved%s.%s\n\n",
		record->units, plural(record->units), record->continuations,
		plural(record->continuations), record->indirect_resolved, record->indirect_calls,
		record->partial ? "; only a part of the project was checked" : "",
		record->bad_units->len > 0 ? " **Not every unit was analysed whole.**" : "");
}

static void append_measure(GString *out, const struct record_finding *known)
{
	char max[G_ASCII_DTOSTR_BUF_SIZE];

	if (!known || strcmp(known->verdict, "untested") == 0)
		return;
	append_text(out, known->verdict);
	if (known->calls > 0)
		g_string_append_printf(
			out, ", max %s ms",
			g_ascii_formatd(max, sizeof(max), "%.1f", (double)known->max_ns / 1e6));
}

static void append_row(GString *out, const struct report_input *input,
		       const struct finding *finding)
{
	const struct record_finding *known = record_find(input->record, finding);

	g_string_append_printf(out, "| %s %s | %s | ", marks[finding->level],
			       finding_level_name(finding->level), finding->rule);
	append_text(out, finding->place.file);
	g_string_append_printf(out, ":%u | ", finding->place.line);
	append_text(out, finding->root_name);
	g_string_append(out, " | ");
	append_text(out, finding->sink_name);
	g_string_append_printf(out, " | %s | %s | ", finding_confidence_name(finding->confidence),
			       known ? known->status : "");
	append_measure(out, known);
	g_string_append(out, " |\n");
}

static void append_table(GString *out, const struct report_input *input, guint most)
{
	guint count = MIN(input->findings->len, most);

	if (count == 0)
		return;
	g_string_append(out, "| level | rule | at | continuation | sink | confidence | status | "
			     "measured |\n|---|---|---|---|---|---|---|---|\n");
	for (guint i = 0; i < count; i++)
		append_row(out, input, g_ptr_array_index(input->findings, i));
	if (count < input->findings->len)
		g_string_append_printf(out, "\n%u more are in the other reports.\n",
				       input->findings->len - count);
	g_string_append_c(out, '\n');
}

static void append_steps(GString *out, const struct finding *finding)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);

		g_string_append_printf(out, "%u. ", i + 1);
		append_text(out, step->place.file);
		g_string_append_printf(out, ":%u: ", step->place.line);
		append_text(out, step->message);
		g_string_append_c(out, '\n');
	}
}

static void append_finding(GString *out, const struct finding *finding)
{
	g_string_append_printf(out, "<details><summary>%s %s: ", marks[finding->level],
			       finding->rule);
	append_text(out, finding->message);
	g_string_append(out, "</summary>\n\n");
	append_steps(out, finding);
	if (finding->condition) {
		g_string_append(out, "\nCondition: ");
		append_text(out, finding->condition);
		g_string_append_printf(out, " (%s)\n", finding->decided);
	}
	if (finding->instead) {
		g_string_append(out, "\nInstead: ");
		append_text(out, finding->instead);
		g_string_append_c(out, '\n');
	}
	g_string_append(out, "\n</details>\n\n");
}

static void append_units(GString *out, const struct report_input *input)
{
	const GPtrArray *units = input->record ? input->record->bad_units : NULL;

	if (!units || units->len == 0)
		return;
	g_string_append(out, "### Not analysed whole\n\n");
	for (guint i = 0; i < MIN(units->len, SUMMARY_ROWS); i++) {
		const struct record_unit *unit = g_ptr_array_index(units, i);

		g_string_append(out, "- ");
		append_text(out, unit->file);
		g_string_append_printf(out, ": %s", unit->status);
		if (unit->problem) {
			g_string_append(out, ", ");
			append_text(out, unit->problem);
		}
		g_string_append_c(out, '\n');
	}
	if (units->len > SUMMARY_ROWS)
		g_string_append_printf(out, "- and %u more\n", units->len - SUMMARY_ROWS);
}

static void write_limited(const struct report_input *input, GString *out, guint rows, guint paths)
{
	append_head(out, input);
	append_table(out, input, rows);
	for (guint i = 0; i < MIN(input->findings->len, paths); i++)
		append_finding(out, g_ptr_array_index(input->findings, i));
	append_units(out, input);
}

static bool write_markdown(const struct report_input *input, GString *out, GError **error)
{
	write_limited(input, out, G_MAXUINT, G_MAXUINT);
	return true;
}

static bool write_summary(const struct report_input *input, GString *out, GError **error)
{
	write_limited(input, out, SUMMARY_ROWS, SUMMARY_PATHS);
	return true;
}

const struct format format_markdown = {
	.name = "markdown",
	.summary = "a table of all findings, and each with its path",
	.write = write_markdown,
};

const struct format format_summary = {
	.name = "summary",
	.summary = "Markdown, short: for $GITHUB_STEP_SUMMARY",
	.write = write_summary,
};
