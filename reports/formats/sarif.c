/* SARIF 2.1.0. The whole log says all that we know; the profile "github" holds what code scanning
 * reads and leaves out what it would show as an open alert: suppressed results. It keeps 5,000
 * results, so we choose them, and say how many are left out. */
#include "reports/formats/sarif.h"

#include <string.h>

#include "reports/jsontext.h"

enum { GITHUB_RESULTS = 5000 };

static const char *const profiles[] = {"github", NULL};

static json_t *notification(const char *id, const char *level, const char *text)
{
	return json_pack("{s:{s:s}, s:s, s:{s:o}}", "descriptor", "id", id, "level", level,
			 "message", "text", jsontext_new(text));
}

/* Code scanning shows these on its page about the tool. */
static json_t *notifications(const struct report_input *input, guint left_out)
{
	json_t *list = json_array();

	for (guint i = 0; input->record && i < input->record->bad_units->len; i++) {
		const struct record_unit *unit = g_ptr_array_index(input->record->bad_units, i);
		g_autofree char *text = g_strdup_printf(
			"%s was not analysed whole (%s)%s%s.", unit->file, unit->status,
			unit->problem ? ": " : "", unit->problem ? unit->problem : "");

		(void)json_array_append_new(list, notification("unit-failed", "warning", text));
	}
	if (left_out > 0) {
		g_autofree char *text = g_strdup_printf(
			"%u results are left out: code scanning keeps %d, these are the first in "
			"the order of level and confidence.",
			left_out, GITHUB_RESULTS);

		(void)json_array_append_new(list, notification("results-left-out", "note", text));
	}
	return list;
}

/* Not "false" when a unit failed: code scanning would refuse the whole log. */
static json_t *invocation(const struct report_input *input, guint left_out)
{
	json_t *invocation =
		json_pack("{s:b, s:o}", "executionSuccessful", 1, "toolExecutionNotifications",
			  notifications(input, left_out));

	if (input->record) {
		jsontext_set(invocation, "startTimeUtc", input->record->started_at);
		jsontext_set(invocation, "endTimeUtc", input->record->finished_at);
	}
	return invocation;
}

/* Each result is written before the next is made: all of them as one tree of JSON cost twice the
 * time. `*count` is how many are in `out`; the result is how many are left out. */
static guint add_results(struct sarif *sarif, const GPtrArray *findings, guint *count, GString *out)
{
	for (guint i = 0; findings && i < findings->len; i++) {
		if (sarif->github && *count == GITHUB_RESULTS)
			return findings->len - i;
		if ((*count)++ > 0)
			g_string_append_c(out, ',');
		jsontext_append(sarif_result(sarif, g_ptr_array_index(findings, i)), JSON_COMPACT,
				out);
	}
	return 0;
}

static json_t *tool(const struct sarif *sarif)
{
	return json_pack("{s:{s:s, s:s, s:s, s:s, s:o}}", "driver", "name", "contlint", "version",
			 CONTLINT_VERSION, "semanticVersion", CONTLINT_VERSION, "informationUri",
			 CONTLINT_HOMEPAGE, "rules", sarif_rules(sarif));
}

/* Absolute, with a slash behind it. */
static json_t *root_base(const char *root)
{
	g_autofree char *absolute = g_canonicalize_filename(root, NULL);
	g_autofree char *folder = g_strconcat(absolute, "/", NULL);
	g_autofree char *uri = g_filename_to_uri(folder, NULL, NULL);

	return json_pack("{s:{s:s, s:{s:s}}}", "PROJECTROOT", "uri", uri ? uri : "file:///",
			 "description", "text", "The root of the project that was checked.");
}

/* The run but for its results, whose rules it lists. */
static json_t *run_of(struct sarif *sarif, guint left_out)
{
	const struct report_input *input = sarif->input;
	g_autofree char *category =
		g_strdup_printf("contlint/%s/", input->record ? input->record->series : "default");
	json_t *run = json_pack("{s:o, s:{s:o}, s:[o], s:s}", "tool", tool(sarif),
				"automationDetails", "id", jsontext_new(category), "invocations",
				invocation(input, left_out), "columnKind", "utf16CodeUnits");

	if (!sarif->github && input->root)
		(void)json_object_set_new(run, "originalUriBaseIds", root_base(input->root));
	return run;
}

static void write_run(struct sarif *sarif, GString *out)
{
	const struct report_input *input = sarif->input;
	g_autoptr(GString) results = g_string_new(NULL);
	guint count = 0, left_out = add_results(sarif, input->findings, &count, results);

	if (!sarif->github)
		(void)add_results(sarif, input->suppressed, &count, results);
	jsontext_append(run_of(sarif, left_out), JSON_COMPACT, out);
	g_string_truncate(out, out->len - strlen("}"));
	g_string_append(out, ",\"results\":[");
	g_string_append_len(out, results->str, (gssize)results->len);
	g_string_append(out, "]}");
}

static void json_free(void *value)
{
	json_decref(value);
}

static bool write_sarif(const struct report_input *input, GString *out, GError **error)
{
	g_autoptr(sources_t) sources = sources_new(input->root);
	struct sarif sarif = {.input = input, .sources = sources};

	sarif.github = g_strcmp0(input->profile, "github") == 0;
	sarif.rules = g_ptr_array_new();
	sarif.artifacts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, json_free);
	g_string_append(out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
			     "\"version\":\"2.1.0\",\"runs\":[");
	write_run(&sarif, out);
	g_string_append(out, "]}\n");
	g_ptr_array_unref(sarif.rules);
	g_hash_table_unref(sarif.artifacts);
	if (sarif.line_hashes)
		g_hash_table_unref(sarif.line_hashes);
	return true;
}

const struct format format_sarif = {
	.name = "sarif",
	.summary = "SARIF 2.1.0; sarif:github is what code scanning reads",
	.profiles = profiles,
	.write = write_sarif,
};
