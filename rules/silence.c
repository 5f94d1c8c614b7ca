/* Findings that the configuration hides. */
#include "rules/silence.h"

#include <string.h>

#include "analyzer/file_path.h"
#include "rules/suppress.h"

void silence_free(struct silence *silence)
{
	if (!silence)
		return;
	g_free(silence->rule);
	g_free(silence->path);
	g_free(silence->reason);
	g_free(silence->expires);
	if (silence->regex)
		g_regex_unref(silence->regex);
	g_free(silence);
}

static bool is_in(const struct silence *silence, const char *file)
{
	return file && g_regex_match(silence->regex, file, 0, NULL);
}

static bool fits(const struct silence *silence, const struct finding *finding)
{
	return suppress_rule_fits(silence->rule, finding->rule) &&
	       (!silence->regex || is_in(silence, finding->place.file) ||
		is_in(silence, finding->root_file));
}

static void hide(struct finding *finding, struct silence *silence, const char *root)
{
	finding_hide(finding, "config", silence->reason, silence->rule,
		     file_path_relative(silence->file, root), silence->line);
	silence->hits++;
}

void silence_apply(const GPtrArray *silences, const GPtrArray *findings, const char *today,
		   const char *root)
{
	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = g_ptr_array_index(findings, i);

		for (guint k = 0; !finding->suppressed_by && k < silences->len; k++) {
			struct silence *silence = g_ptr_array_index(silences, k);

			if (silence->expires && strcmp(silence->expires, today) < 0)
				continue;
			if (fits(silence, finding))
				hide(finding, silence, root);
		}
	}
}

void silence_describe(const GPtrArray *silences, const char *root, GPtrArray *suppressions)
{
	for (guint i = 0; i < silences->len; i++) {
		const struct silence *silence = g_ptr_array_index(silences, i);
		struct suppression *row = g_new0(struct suppression, 1);

		row->kind = "config";
		row->rule = silence->rule;
		row->reason = silence->reason;
		row->expires = g_strdup(silence->expires);
		row->file = file_path_relative(silence->file, root);
		row->line = silence->line;
		row->column = silence->column;
		row->files = silence->regex;
		row->hits = silence->hits;
		row->standing = silence->standing;
		g_ptr_array_add(suppressions, row);
	}
}
