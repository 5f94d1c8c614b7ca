/* An instrumented run on its way into the database: all of it in one transaction. */
#ifndef CONTLINT_REPORTS_STORE_STORE_EVIDENCE_H
#define CONTLINT_REPORTS_STORE_STORE_EVIDENCE_H

#include "reports/store/store.h"

/* How long a function held threads. */
struct store_holds {
	guint64 calls, total_ns, p50_ns, p99_ns, max_ns;
};

/* A function that a trace saw. */
struct store_trace_function {
	gint64 function_id;  /* 0: not known to the database, then by name and file */
	const char *context; /* "io" or "worker" */
	const char *name, *file;
	struct store_holds holds;
	/* Calls that took 2^i ns and more, CONTLINT_TRACE_HISTOGRAM of them; or NULL. */
	const guint64 *histogram;
	guint64 waited_ns, blamed_packets, blamed_ns, growths, overruns, max_held_ns;
	guint64 noted, heavy, blocked, stalled; /* calls past the thresholds of the trace */
};

/* A system call that an audited run saw inside a continuation. */
struct store_call {
	gint64 function_id; /* as above, of the continuation */
	const char *name, *file;
	const char *syscall;
	const char *descriptor, *at, *stack; /* or NULL */
	guint64 calls, total_ns, max_ns;
};

struct store_evidence {
	gint64 finding_id, variant_id; /* 0: those of `fingerprint` in this run */
	const char *fingerprint;
	const char *verdict;
	struct store_holds holds;
	guint64 budget_ns;
	const char *stack; /* or NULL */
};

struct store_trace {
	const char *build_id, *workload, *path; /* or NULL */
	guint64 duration_ns, dropped, overwritten;
	const GArray *functions; /* struct store_trace_function */
	const GArray *evidence;  /* struct store_evidence */
	const GArray *calls;     /* struct store_call */
};

struct store_dynamic_run {
	const char *series;
	const char *started_at;    /* ISO 8601 UTC */
	const char *root;          /* or NULL */
	gint64 static_run_id;      /* that it is compared with */
	guint known, executed;     /* continuations of I/O threads */
	const GArray *traces;      /* struct store_trace */
	const GPtrArray *findings; /* struct finding *, sealed: those that only the run saw */
};

/* The rule of findings that only a run saw. */
#define STORE_DYNAMIC_RULE "dynamic-only"

/* Stores the run and gives its id. On failure nothing of it is left. */
bool store_add_dynamic_run(struct store *store, const struct store_dynamic_run *run,
			   gint64 *ret_run_id, GError **error);

#endif
