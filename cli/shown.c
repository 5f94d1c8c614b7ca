/* Which findings people see, and how many of the others there are, by what hides them. */
#include "cli/shown.h"

#include <gio/gio.h>
#include <string.h>

#include "reports/store/table.h"

bool shown_find_confidence(const char *word, enum finding_confidence *ret_confidence,
			   GError **error)
{
	for (int i = FINDING_HIGH; i <= FINDING_LOW; i++)
		if (strcmp(word, finding_confidence_name((enum finding_confidence)i)) == 0) {
			*ret_confidence = (enum finding_confidence)i;
			return true;
		}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		    "%s is none of low, medium, high", word);
	return false;
}

static const char select_rejected[] = "SELECT fp FROM current_review JOIN finding USING(finding_id)"
				      " WHERE status IN ('false-positive', 'intentional')";

/* Fingerprints of the findings that a person has rejected. A database that cannot be read has told
 * that elsewhere. */
static GHashTable *find_rejected(struct store *store)
{
	GHashTable *rejected = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(table_t) rows = store ? table_read(store, select_rejected, NULL, 0, NULL) : NULL;

	for (guint i = 0; rows && i < table_row_count(rows); i++)
		g_hash_table_add(rejected, g_strdup(table_text(rows, i, 0)));
	return rejected;
}

/* The counter of what hides a finding; NULL if nothing does. */
static guint *hidden_by(const struct finding *finding, enum finding_confidence confidence,
			const struct filter *filter, GHashTable *rejected,
			struct report_summary *summary)
{
	if (!filter_fits(filter, finding))
		return &summary->hidden_filtered;
	if (finding->suppressed_by && g_strcmp0(finding->suppression, "baseline") == 0)
		return &summary->hidden_baseline;
	if (finding->suppressed_by)
		return &summary->hidden_suppressed;
	if (g_hash_table_contains(rejected, finding->fingerprint))
		return &summary->hidden_reviewed;
	if (finding->confidence > confidence)
		return &summary->hidden_low;
	return NULL;
}

GPtrArray *shown_choose(const GPtrArray *findings, enum finding_confidence confidence,
			const struct filter *filter, struct store *store,
			struct report_summary *summary)
{
	g_autoptr(GHashTable) rejected = find_rejected(store);
	GPtrArray *shown = g_ptr_array_new();

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = findings->pdata[i];
		guint *hidden = hidden_by(finding, confidence, filter, rejected, summary);

		if (hidden)
			(*hidden)++;
		else
			g_ptr_array_add(shown, finding);
	}
	summary_count(summary, shown);
	return shown;
}

GPtrArray *shown_suppressed(const GPtrArray *findings, const struct filter *filter)
{
	GPtrArray *suppressed = g_ptr_array_new();

	for (guint i = 0; i < findings->len; i++) {
		struct finding *finding = findings->pdata[i];

		if (finding->suppressed_by && filter_fits(filter, finding))
			g_ptr_array_add(suppressed, finding);
	}
	return suppressed;
}
