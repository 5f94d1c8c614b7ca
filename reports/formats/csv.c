/* Findings as CSV (RFC 4180), a line each. Whoever opens it in a spreadsheet must not execute what
 * a file name says: a field that a spreadsheet would take for a formula gets an apostrophe. */
#include <string.h>

#include "reports/formats/format.h"

static void append_field(GString *out, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);

	if (out->len > 0 && out->str[out->len - 1] != '\n')
		g_string_append_c(out, ',');
	g_string_append_c(out, '"');
	if (valid[0] != '\0' && strchr("=+-@\t\r", valid[0]))
		g_string_append_c(out, '\'');
	for (const char *at = valid; *at; at++) {
		if (*at == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *at);
	}
	g_string_append_c(out, '"');
}

static void append_number(GString *out, guint64 number)
{
	g_string_append_printf(out, ",%" G_GUINT64_FORMAT, number);
}

static void append_finding(GString *out, const struct report_input *input,
			   const struct finding *finding)
{
	static const struct record_finding nothing = {
		.status = "", .verdict = "untested", .review = ""};
	const struct record_finding *known = record_find(input->record, finding);
	char max_ms[G_ASCII_DTOSTR_BUF_SIZE];

	known = known ? known : &nothing;
	append_field(out, finding->fingerprint);
	append_field(out, finding->rule);
	append_field(out, finding_level_name(finding->level));
	append_field(out, finding_confidence_name(finding->confidence));
	append_field(out, finding->place.file);
	append_number(out, finding->place.line);
	append_number(out, finding->place.column);
	append_field(out, finding->root_name);
	append_field(out, finding->function_name);
	append_field(out, finding->sink_name);
	append_field(out, finding->context);
	append_field(out, known->status);
	append_field(out, known->review);
	append_field(out, known->verdict);
	append_field(out,
		     g_ascii_formatd(max_ms, sizeof(max_ms), "%.3f", (double)known->max_ns / 1e6));
	append_field(out, finding->suppressed_by);
	append_field(out, finding->message);
	g_string_append(out, "\r\n");
}

static bool write_csv(const struct report_input *input, GString *out, GError **error)
{
	g_string_append(out, "fingerprint,rule,level,confidence,file,line,column,continuation,"
			     "function,sink,context,status,review,evidence,max_ms,suppressed,"
			     "message\r\n");
	for (guint i = 0; i < input->findings->len; i++)
		append_finding(out, input, g_ptr_array_index(input->findings, i));
	for (guint i = 0; input->suppressed && i < input->suppressed->len; i++)
		append_finding(out, input, g_ptr_array_index(input->suppressed, i));
	return true;
}

const struct format format_csv = {
	.name = "csv",
	.summary = "a line a finding, for spreadsheets",
	.write = write_csv,
};
