/* The runs of a database as a history: which run a word means, and what changed between two. */
#ifndef CONTLINT_REPORTS_STORE_HISTORY_H
#define CONTLINT_REPORTS_STORE_HISTORY_H

#include "reports/store/store.h"
#include "reports/store/table.h"

/* The newest static run that `word` names: its number; "latest" and "previous", of all or, as
 * "series:NAME", of one series; its label; the beginning (7 digits or more) of its commit; its
 * branch. 0 in `*ret_run_id` if none does. False and `error` only if the database cannot be read.
 */
bool history_find_run(struct store *store, const char *word, gint64 *ret_run_id, GError **error);

/* The columns of history_diff(), in their order. */
enum history_column {
	HISTORY_CHANGE, /* introduced, unsuppressed, moved, unknown, fixed or suppressed */
	HISTORY_FP,
	HISTORY_RULE,
	HISTORY_LEVEL,
	HISTORY_CONFIDENCE,
	HISTORY_FILE,
	HISTORY_LINE,
	HISTORY_COLUMN,
	HISTORY_MESSAGE,
	HISTORY_WHY,    /* of unknown */
	HISTORY_WAS_AT, /* of moved: file:line in the older run */
	HISTORY_FINGERPRINT,
	HISTORY_ID,
	HISTORY_OLD_ID,
};

/* What changed from run `older` to run `newer`: reports/diff.sql. NULL and `error` if the database
 * cannot be read. */
struct table *history_diff(struct store *store, gint64 older, gint64 newer, GError **error);

/* The columns of history_degrees(), in their order. */
enum history_degree {
	HISTORY_DEGREE_FUNCTION,
	HISTORY_DEGREE_FILE, /* empty if not known */
	HISTORY_DEGREE_LINE, /* empty if not known: only the last run keeps lines */
	HISTORY_DEGREE_WAS,
	HISTORY_DEGREE_IS,
	HISTORY_DEGREE_COST_WAS,
	HISTORY_DEGREE_COST,
};

/* The continuations of both runs whose cost grows faster with the data in `newer` than in `older`:
 * from constant to linear, from linear to the square. NULL and `error` as above. */
struct table *history_degrees(struct store *store, gint64 older, gint64 newer, GError **error);

#endif
