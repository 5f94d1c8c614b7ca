/* A format: findings -> text for somebody. One file a format, one exported const struct, one line
 * in formats.def. */
#ifndef CONTLINT_REPORTS_FORMATS_FORMAT_H
#define CONTLINT_REPORTS_FORMATS_FORMAT_H

#include <gio/gio.h>

#include "reports/store/record.h"
#include "rules/finding.h"

struct report_summary {
	guint units, units_failed, units_with_errors, units_cached;
	guint functions, continuations;
	guint indirect_calls, indirect_resolved, indirect_cut, indirect_unresolved,
		indirect_outside;
	guint registrations_unresolved, registrations_outside;
	/* Findings that are in the database but not shown. */
	guint hidden_low, hidden_suppressed, hidden_baseline, hidden_reviewed, hidden_filtered;
	double seconds;
	const char *database;                      /* path, or NULL */
	guint shown_high, shown_medium, shown_low; /* summary_count() fills them */
};

struct report_input {
	const GPtrArray *findings;   /* struct finding *, in report order */
	const GPtrArray *suppressed; /* struct finding *, those that somebody silenced; or NULL */
	const struct report_summary *summary;
	const struct record *record; /* what the database says beside them; or NULL */
	const GPtrArray
		*traces;     /* char *: trace files to show; NULL: those that the record names */
	const char *profile; /* one of the format's, or NULL */
	const char *root;    /* project root: source lines are read below it */
	bool colour;
	bool explain_confidence;
	bool all_ways; /* every other way that is kept, with its calls */
};

struct format {
	const char *name;    /* "text" */
	const char *summary; /* one line */
	/* What may stand behind a colon, "github" of sarif:github; NULL-terminated, or NULL. */
	const char *const *profiles;
	bool from_traces; /* it shows kept traces, and fails without any */
	/* Appends the report to `out`: all of it, or false and one sentence. Formats for people
	 * hold no control character but newline, unless `colour` asks for them: names and source
	 * text are hostile to terminals. */
	bool (*write)(const struct report_input *input, GString *out, GError **error);
};

extern const struct format *const formats_all[]; /* NULL-terminated, order of formats.def */
const struct format *formats_find(const char *name);

/* Counts `findings` (struct finding *, those that are shown) by confidence into `summary`. */
void summary_count(struct report_summary *summary, const GPtrArray *findings);

/* Appends the last words of a check, for stderr, each line with its end: how many findings in how
 * many units, and what could not be looked into. */
void text_summary(const struct report_summary *summary, GString *out);

#endif
