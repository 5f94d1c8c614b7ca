/* JUnit XML for the test tabs of Jenkins and GitLab: a suite a rule with a failure a finding, a
 * passing case for each unit that was read whole, and an error for each that was not. */
#include <string.h>

#include "reports/formats/format.h"

/* XML 1.0 has no way at all to write most control characters. */
static char *escape(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
	g_autoptr(GString) plain = g_string_new(NULL);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);
		bool allowed = character == '\t' || character == '\n' ||
			       (character >= 0x20 && character < 0xFFFE) || character >= 0x10000;

		g_string_append_unichar(plain, allowed ? character : 0xFFFD);
	}
	return g_markup_escape_text(plain->str, (gssize)plain->len);
}

static void append_attribute(GString *out, const char *name, const char *text)
{
	g_autofree char *escaped = escape(text);

	g_string_append_printf(out, " %s=\"%s\"", name, escaped);
}

static void append_path(GString *out, const struct finding *finding)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);
		g_autofree char *file = escape(step->place.file);
		g_autofree char *message = escape(step->message);

		g_string_append_printf(out, "%s:%u:%u: %s\n", file, step->place.line,
				       step->place.column, message);
	}
}

static void append_failure(GString *out, const struct finding *finding)
{
	g_autofree char *name =
		g_strdup_printf("%s:%u %s", finding->place.file ? finding->place.file : "",
				finding->place.line, finding->sink_name ? finding->sink_name : "");

	g_string_append(out, "    <testcase");
	append_attribute(out, "classname", finding->rule);
	append_attribute(out, "name", name);
	append_attribute(out, "file", finding->place.file);
	g_string_append_printf(out, " line=\"%u\">\n      <failure", finding->place.line);
	append_attribute(out, "type", finding_level_name(finding->level));
	append_attribute(out, "message", finding->message);
	g_string_append_c(out, '>');
	append_path(out, finding);
	g_string_append(out, "</failure>\n    </testcase>\n");
}

static void append_rule(GString *out, const GPtrArray *findings, const char *rule)
{
	guint count = 0;

	for (guint i = 0; i < findings->len; i++)
		count += strcmp(((const struct finding *)findings->pdata[i])->rule, rule) == 0;
	g_string_append(out, "  <testsuite");
	append_attribute(out, "name", rule);
	g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\">\n", count, count);
	for (guint i = 0; i < findings->len; i++)
		if (strcmp(((const struct finding *)findings->pdata[i])->rule, rule) == 0)
			append_failure(out, findings->pdata[i]);
	g_string_append(out, "  </testsuite>\n");
}

static void append_bad_unit(GString *out, const struct record_unit *unit)
{
	g_string_append(out, "    <testcase classname=\"units\"");
	append_attribute(out, "name", unit->file);
	g_string_append(out, ">\n      <error");
	append_attribute(out, "type", unit->status);
	append_attribute(out, "message", unit->problem ? unit->problem : unit->status);
	g_string_append(out, "/>\n    </testcase>\n");
}

static void append_units(GString *out, const struct record *record)
{
	g_string_append_printf(
		out, "  <testsuite name=\"units\" tests=\"%u\" failures=\"0\" errors=\"%u\">\n",
		record->units_ok->len + record->bad_units->len, record->bad_units->len);
	for (guint i = 0; i < record->units_ok->len; i++) {
		g_string_append(out, "    <testcase classname=\"units\"");
		append_attribute(out, "name", g_ptr_array_index(record->units_ok, i));
		g_string_append(out, "/>\n");
	}
	for (guint i = 0; i < record->bad_units->len; i++)
		append_bad_unit(out, g_ptr_array_index(record->bad_units, i));
	g_string_append(out, "  </testsuite>\n");
}

static bool write_junit(const struct report_input *input, GString *out, GError **error)
{
	g_autoptr(GPtrArray) rules = g_ptr_array_new();

	for (guint i = 0; i < input->findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(input->findings, i);

		if (!g_ptr_array_find_with_equal_func(rules, finding->rule, g_str_equal, NULL))
			g_ptr_array_add(rules, (gpointer)finding->rule);
	}
	g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			     "<testsuites name=\"contlint\">\n");
	for (guint i = 0; i < rules->len; i++)
		append_rule(out, input->findings, g_ptr_array_index(rules, i));
	if (input->record)
		append_units(out, input->record);
	g_string_append(out, "</testsuites>\n");
	return true;
}

const struct format format_junit = {
	.name = "junit",
	.summary = "JUnit XML: findings as failures, units as test cases",
	.write = write_junit,
};
