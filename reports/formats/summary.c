/* The last words of a check. They say what was not looked into as loudly as what was found: a
 * silent report over half a program is worse than none. */
#include "reports/formats/format.h"
#include "reports/terminal.h"

void summary_count(struct report_summary *summary, const GPtrArray *findings)
{
	guint *const counts[] = {
		[FINDING_HIGH] = &summary->shown_high,
		[FINDING_MEDIUM] = &summary->shown_medium,
		[FINDING_LOW] = &summary->shown_low,
	};

	for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
		*counts[i] = 0;
	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(findings, i);

		(*counts[finding->confidence])++;
	}
}

static const char *plural(guint count)
{
	return count == 1 ? "" : "s";
}

/* "3 high, 9 medium": those of `counts` that are not 0. */
static void append_counts(GString *out, const char *const *words, const guint *counts, guint size)
{
	const char *separator = "";

	for (guint i = 0; i < size; i++) {
		if (counts[i] == 0)
			continue;
		g_string_append_printf(out, "%s%u %s", separator, counts[i], words[i]);
		separator = ", ";
	}
}

static void append_findings(GString *out, const struct report_summary *summary)
{
	static const char *const words[] = {"high", "medium", "low"};
	const guint counts[] = {summary->shown_high, summary->shown_medium, summary->shown_low};
	guint total = counts[0] + counts[1] + counts[2];

	if (total == 0) {
		g_string_append(out, "no findings");
		return;
	}
	g_string_append_printf(out, "%u finding%s (", total, plural(total));
	append_counts(out, words, counts, G_N_ELEMENTS(counts));
	g_string_append_c(out, ')');
}

/* Callbacks that are handed over and are no function that is known. */
static void append_registrations(GString *out, const struct report_summary *summary)
{
	static const char *const words[] = {"set from outside", "unresolved"};
	const guint counts[] = {summary->registrations_outside, summary->registrations_unresolved};

	if (counts[0] + counts[1] == 0)
		return;
	g_string_append(out, "; callbacks without a function: ");
	append_counts(out, words, counts, G_N_ELEMENTS(counts));
}

static void append_calls(GString *out, const struct report_summary *summary)
{
	static const char *const words[] = {"set from outside", "cut", "unresolved"};
	const guint counts[] = {summary->indirect_outside, summary->indirect_cut,
				summary->indirect_unresolved};

	if (summary->indirect_calls == 0)
		return;
	g_string_append_printf(out, "; indirect calls %u/%u resolved", summary->indirect_resolved,
			       summary->indirect_calls);
	if (counts[0] + counts[1] + counts[2] > 0)
		g_string_append(out, ", ");
	append_counts(out, words, counts, G_N_ELEMENTS(counts));
}

static void append_units(GString *out, const struct report_summary *summary)
{
	guint failed = summary->units_failed, broken = summary->units_with_errors;

	if (failed > 0)
		g_string_append_printf(out,
				       "contlint: %u of %u unit%s could not be analysed: "
				       "nothing is known about %s\n",
				       failed, summary->units, plural(summary->units),
				       failed == 1 ? "it" : "them");
	if (broken > 0)
		g_string_append_printf(out,
				       "contlint: %u unit%s compile errors: only what could be "
				       "parsed was judged\n",
				       broken, broken == 1 ? " has" : "s have");
}

static void append_hidden(GString *out, const struct report_summary *summary)
{
	static const char *const words[] = {"of low confidence", "suppressed", "in the baseline",
					    "rejected by a review", "outside the filter"};
	const guint counts[] = {summary->hidden_low, summary->hidden_suppressed,
				summary->hidden_baseline, summary->hidden_reviewed,
				summary->hidden_filtered};

	if (counts[0] + counts[1] + counts[2] + counts[3] + counts[4] == 0)
		return;
	g_string_append(out, "contlint: not shown: ");
	append_counts(out, words, counts, G_N_ELEMENTS(counts));
	if (summary->database) {
		g_string_append(out, "; all are in ");
		(void)terminal_append(out, summary->database);
	}
	g_string_append_c(out, '\n');
}

void text_summary(const struct report_summary *summary, GString *out)
{
	char seconds[G_ASCII_DTOSTR_BUF_SIZE];

	append_units(out, summary);
	append_hidden(out, summary);
	g_string_append(out, "contlint: ");
	append_findings(out, summary);
	g_string_append_printf(out, " in %u unit%s, %u continuation%s", summary->units,
			       plural(summary->units), summary->continuations,
			       plural(summary->continuations));
	append_registrations(out, summary);
	append_calls(out, summary);
	(void)g_ascii_formatd(seconds, sizeof(seconds), "%.2f", summary->seconds);
	g_string_append_printf(out, "; %s s\n", seconds);
}
