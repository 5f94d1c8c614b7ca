/* GitHub workflow commands: annotations in the log of a job and in the pull request. GitHub keeps
 * 10 of each level a step, so the first ones are written, and what is left out is said. */
#include "reports/formats/format.h"

#include <string.h>

enum { MOST_OF_A_LEVEL = 10 };

static const char *const commands[] = {
	[FINDING_ERROR] = "error",
	[FINDING_WARNING] = "warning",
	[FINDING_NOTE] = "notice",
};

/* `property`: commas and colons end one. */
static void append_escaped(GString *out, const char *text, bool property)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);

	for (const char *at = valid; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte == '%' || byte < ' ' || byte == 0x7F ||
		    (property && (byte == ',' || byte == ':')))
			g_string_append_printf(out, "%%%02X", byte);
		else
			g_string_append_c(out, *at);
	}
}

static void append_finding(GString *out, const struct finding *finding)
{
	const struct finding_place *place = &finding->place;

	g_string_append_printf(out, "::%s ", commands[finding->level]);
	if (place->file) {
		g_string_append(out, "file=");
		append_escaped(out, place->file, true);
		g_string_append_printf(out, ",line=%u,endLine=%u,col=%u", place->line, place->line,
				       place->column);
		if (place->end_line == place->line && place->end_column > place->column)
			g_string_append_printf(out, ",endColumn=%u", place->end_column);
		g_string_append_c(out, ',');
	}
	g_string_append(out, "title=contlint-");
	append_escaped(out, finding->rule, true);
	g_string_append(out, "::");
	append_escaped(out, finding->message, false);
	if (finding->instead &&
	    !strstr(finding->message ? finding->message : "", finding->instead)) {
		g_string_append(out, "%0Ainstead: ");
		append_escaped(out, finding->instead, false);
	}
	g_string_append_c(out, '\n');
}

static bool write_github(const struct report_input *input, GString *out, GError **error)
{
	guint counts[FINDING_NOTE + 1] = {0};
	guint left_out = 0;

	for (guint i = 0; i < input->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(input->findings, i);
		/* The last place for notes is for what is left out. */
		guint most = MOST_OF_A_LEVEL - (finding->level == FINDING_NOTE);

		if (counts[finding->level] < most)
			append_finding(out, finding);
		else
			left_out++;
		counts[finding->level]++;
	}
	if (left_out > 0)
		g_string_append_printf(out,
				       "::notice title=contlint::%u more findings are in the step "
				       "summary and in the other reports\n",
				       left_out);
	return true;
}

const struct format format_github = {
	.name = "github",
	.summary = "GitHub workflow commands: annotations of a job",
	.write = write_github,
};
