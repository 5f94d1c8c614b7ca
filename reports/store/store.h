/* The findings database: the only door to SQLite. DESIGN section 10.
 *
 * One writer, one transaction a run, WAL. Any failure leaves the last complete run as it was. */
#ifndef CONTLINT_REPORTS_STORE_STORE_H
#define CONTLINT_REPORTS_STORE_STORE_H

#include <glib.h>

#include "analyzer/program.h"
#include "analyzer/units/workers.h"
#include "rules/finding.h"
#include "rules/rule.h"

struct store;

/* Opens or makes the database at `path` (its directory too) and brings it to today's schema.
 * Errors, each one sentence: newer schema, not a contlint database, read-only, locked (waits up to
 * a minute), disk full. */
struct store *store_open(const char *path, GError **error);
/* The same without writing: a missing file is an error, an older schema too. */
struct store *store_open_readonly(const char *path, GError **error);
void store_close(struct store *store);
typedef struct store store_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(store_t, store_close)

struct store_run {
	const char *series;     /* "default" */
	const char *label;      /* a name for this run, or NULL */
	bool partial;           /* only some units were analysed */
	bool incomplete;        /* a unit failed */
	const char *started_at; /* ISO 8601 UTC */
	const char *root;
	const char *config_hash, *models_hash;
	const char *vcs_commit, *vcs_branch; /* or NULL */
	int vcs_dirty;                       /* 0, 1, -1 unknown */
	const struct compdb *compdb;         /* units, same order as results */
	const GPtrArray *results;            /* struct unit_result * */
	const struct program *program;       /* functions, callbacks, call edges */
	const struct rule *const *rules;     /* those that were on; NULL-terminated */
	const struct costs *costs;           /* of the program; NULL: nothing is stored about it */
	const GPtrArray *findings;           /* struct finding *, sealed: all, shown or not */
	const GPtrArray *suppressions;       /* struct suppression * that could hide; or NULL */
	const char *input_hash; /* of all that decides what is found; NULL if unknown */
};

/* Stores one complete run in one transaction and gives its run id. On failure nothing of it is
 * left. */
bool store_add_run(struct store *store, const struct store_run *run, gint64 *ret_run_id,
		   GError **error);

/* If the last run of all was full, complete and made from `run->input_hash`, adds a run that found
 * the same, without looking at compdb, results, program, rules and findings of `run`: they may be
 * NULL. `*ret_repeated` says whether it was so; if not, nothing is written. `*ret_coverage` is what
 * that run covered. */
bool store_repeat_run(struct store *store, const struct store_run *run, bool *ret_repeated,
		      gint64 *ret_run_id, struct program_coverage *ret_coverage, GError **error);

/* Adds what `author` thinks of a finding: unreviewed, confirmed, false-positive or intentional.
 * What was said before stays. `comment` may be NULL. */
bool store_add_review(struct store *store, gint64 finding_id, const char *author,
		      const char *status, const char *comment, GError **error);

/* Runs one read-only SQL statement and calls `row` for each row (values as text, NULL for null;
 * `names` are the columns). A statement that would write, or a second statement, is refused. */
typedef void store_row_fn(int count, const char *const *names, const char *const *values,
			  void *data);
bool store_query(struct store *store, const char *sql, store_row_fn *row, void *data,
		 GError **error);

/* The same with parameters and types. */
enum store_type { STORE_NULL, STORE_INTEGER, STORE_REAL, STORE_TEXT, STORE_BLOB };
struct store_value {
	enum store_type type;
	gint64 integer;   /* of STORE_INTEGER */
	double real;      /* of STORE_INTEGER and STORE_REAL */
	const char *text; /* as text, NUL-terminated; NULL for STORE_NULL. Blobs: their bytes */
	gsize size;       /* of `text` */
};
struct store_param {
	const char *name;  /* as in ":name" */
	const char *value; /* an integer if it looks like one, else text */
};
struct store_reader {
	/* Called once, before the first row, also if there is none. May be NULL. */
	void (*columns)(int count, const char *const *names, void *data);
	/* Called for each row; names and values live until it returns. False stops reading. */
	bool (*row)(int count, const struct store_value *values, void *data);
	void *data;
};
/* A parameter that the statement has not, or one that is not given, is an error. */
bool store_read(struct store *store, const char *sql, const struct store_param *params,
		guint param_count, const struct store_reader *reader, GError **error);

/* The findings of run `run_id` in the order of a report, as they were when it was stored, with
 * paths; those that were carried into it too. If `finding_id` is not 0, only that one. The array
 * owns its elements. */
GPtrArray *store_load_findings(struct store *store, gint64 run_id, gint64 finding_id,
			       GError **error);

/* The version of the SQLite in use, "3.40.1"; static storage. */
const char *store_sqlite_version(void);

GQuark store_error_quark(void);
#define STORE_ERROR (store_error_quark())
enum store_error {
	STORE_ERROR_OPEN,
	STORE_ERROR_NEWER,
	STORE_ERROR_NOT_OURS,
	STORE_ERROR_LOCKED,
	STORE_ERROR_FULL,
	STORE_ERROR_READONLY,
	STORE_ERROR_SQL,
	STORE_ERROR_CORRUPT,
	STORE_ERROR_OLDER
};

#endif
