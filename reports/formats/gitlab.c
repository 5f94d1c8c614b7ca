/* GitLab Code Quality: a JSON array for `artifacts: reports: codequality`. Its fingerprint is ours,
 * so a merge request shows what is new and what is fixed. */
#include <string.h>

#include "reports/formats/format.h"
#include "reports/jsontext.h"

/* What a run confirmed is as bad as an error. */
static const char *severity(const struct report_input *input, const struct finding *finding)
{
	const struct record_finding *known = record_find(input->record, finding);

	if (known && strcmp(known->verdict, "confirmed") == 0)
		return "critical";
	switch (finding->level) {
	case FINDING_ERROR:
		return "critical";
	case FINDING_WARNING:
		return finding->confidence == FINDING_HIGH ? "major" : "minor";
	case FINDING_NOTE:
		return "info";
	}
	return "info";
}

static json_t *issue(const struct report_input *input, const struct finding *finding)
{
	const char *fingerprint = finding->fingerprint ? finding->fingerprint : "v1:";

	return json_pack("{s:o, s:s, s:o, s:s, s:{s:o, s:{s:i}}}", "description",
			 jsontext_new(finding->message ? finding->message : ""), "check_name",
			 finding->rule, "fingerprint", jsontext_new(strchr(fingerprint, ':') + 1),
			 "severity", severity(input, finding), "location", "path",
			 jsontext_new(finding->place.file ? finding->place.file : "(unknown)"),
			 "lines", "begin", (int)MAX(finding->place.line, 1));
}

static bool write_gitlab(const struct report_input *input, GString *out, GError **error)
{
	json_t *issues = json_array();

	for (guint i = 0; i < input->findings->len; i++)
		(void)json_array_append_new(issues,
					    issue(input, g_ptr_array_index(input->findings, i)));
	jsontext_append(issues, JSON_INDENT(1), out);
	g_string_append_c(out, '\n');
	return true;
}

const struct format format_gitlab = {
	.name = "gitlab",
	.summary = "GitLab Code Quality",
	.write = write_gitlab,
};
