/* What the database says beside the findings of a run: the run itself, what happened to each
 * finding before, what instrumented runs measured, and the runs before. For formats that tell more
 * than text does. */
#ifndef CONTLINT_REPORTS_STORE_RECORD_H
#define CONTLINT_REPORTS_STORE_RECORD_H

#include "reports/store/store.h"
#include "runtime/trace_format.h"

/* Of one finding. Texts are never NULL unless it is said. */
struct record_finding {
	const char *status;     /* "new", "unchanged", "reopened"; static */
	const char *verdict;    /* "confirmed" … "stale", "untested"; interned */
	const char *review;     /* "unreviewed" …; interned */
	char *first_seen;       /* ISO 8601 UTC */
	char *first_commit;     /* or NULL */
	char *stack, *workload; /* of the run that says most, or NULL */
	guint64 calls, p50_ns, p99_ns, max_ns, budget_ns; /* 0 without evidence */
	gint64 root_id;                                   /* number of its continuation */
	bool carried; /* its code was not analysed in this run */
};

struct record_unit {
	char *file, *status, *problem; /* problem may be NULL */
	guint errors;
};

/* A run of the same series, this one or one before. */
struct record_run {
	gint64 run_id;
	char *started_at, *commit; /* commit may be NULL */
	guint high, medium, low, suppressed, added;
};

/* How long a function held threads, over all instrumented runs. */
struct record_hold {
	gint64 function_id;
	char *function, *context;
	guint64 calls, total_ns, p50_ns, p99_ns, max_ns;
	bool has_histogram;
	guint64 histogram[CONTLINT_TRACE_HISTOGRAM];
};

struct record {
	gint64 run_id, previous_run_id; /* previous 0: there is none */
	char *series, *started_at, *finished_at, *tool_version;
	char *root, *commit, *branch, *label; /* or NULL */
	bool partial, incomplete;
	guint units, functions, continuations;
	guint indirect_calls, indirect_resolved, indirect_cut, indirect_unresolved;
	GHashTable *findings; /* fingerprint -> struct record_finding * */
	GPtrArray *bad_units; /* struct record_unit *: those that were not analysed whole */
	GPtrArray *units_ok;  /* char *: files of the others */
	GPtrArray *runs;      /* struct record_run *, oldest first, at most RECORD_RUNS_TEXT */
	GPtrArray *holds;     /* struct record_hold *, the longest maximum first */
	GPtrArray *traces;    /* char *: files of the newest instrumented run that were kept */
};

#define RECORD_RUNS_TEXT "60"

/* The run `run_id` of kind static; 0 is the newest. NULL and one sentence if there is none, or the
 * database cannot be read. */
struct record *record_load(struct store *store, gint64 run_id, GError **error);
void record_free(struct record *record);
typedef struct record record_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(record_t, record_free)

/* What is known of `finding`; NULL if `record` is NULL or has nothing. */
const struct record_finding *record_find(const struct record *record,
					 const struct finding *finding);

/* The holds of function `function_id` on I/O threads, or NULL. */
const struct record_hold *record_hold_of(const struct record *record, gint64 function_id);

#endif
