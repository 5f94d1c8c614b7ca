/* What traces say about the findings of the latest static run. DESIGN section 13.
 *
 * Verdicts are conservative. With `hold` for the time that a call kept its I/O thread by itself
 * (computing and blocking, not waiting for a processor):
 *
 *   confirmed         a thread was seen in the sink, below the continuation, for longer than the
 *                     budget in one call; what the rest of the continuation took does not count
 *   unclear           a hold above the budget, but the sink was not seen for so long in it; or
 *                     the trace lacks something, or another trace of the run could not be read,
 *                     so that nothing weaker can be said
 *   fast              the sink was seen below the continuation, and no hold was above the budget
 *   within-budget     the continuation ran and no hold was above the budget; whether it came to
 *                     the sink is not known: only what takes a millisecond is seen
 *   sink-not-reached  as that, and an audit saw all its system calls and none of the sink's
 *   not-executed      the continuation did not run
 *   stale             the source has changed since it was analysed: nothing is stored
 *
 * A sink is seen by the function that contains it and the line, on an unwound stack; if the caller
 * has no line (no debug information), or the stack was cut at the sink, by the sink's name, when
 * the continuation has only one finding with a sink of that name. A continuation that was slow
 * without being seen in a sink confirms nothing, also if it has one finding only: it may have been
 * slow for a reason that no rule knows. */
#ifndef CONTLINT_REPORTS_TRACES_EVIDENCE_H
#define CONTLINT_REPORTS_TRACES_EVIDENCE_H

#include "reports/store/store.h"
#include "reports/store/store_evidence.h"

enum evidence_verdict {
	EVIDENCE_CONFIRMED,
	EVIDENCE_UNCLEAR,
	EVIDENCE_FAST,
	EVIDENCE_WITHIN_BUDGET,
	EVIDENCE_SINK_NOT_REACHED,
	EVIDENCE_NOT_EXECUTED,
	EVIDENCE_STALE,
};

const char *evidence_verdict_name(enum evidence_verdict verdict);

struct evidence_options {
	guint64 budget_ns;    /* a hold above it is too long */
	const char *workload; /* or NULL */
	bool keep_paths;      /* the trace files stay: store their paths */
	const char *started_at;
	const char *debug_folder; /* as in symbols.h */
};

/* One finding, over all traces of the run: the strongest verdict. */
struct evidence_row {
	gint64 finding_id; /* 0: only the run saw it */
	char *fingerprint, *rule, *root, *sink, *place;
	enum evidence_verdict verdict;
	bool over; /* a hold was above the budget */
	struct store_holds holds;
	bool is_pump;              /* a finding about what follows a submission: as in verdict.h */
	guint64 past_ns, overruns; /* over all traces */
};

struct evidence {
	gint64 run_id;
	guint known, executed; /* continuations of I/O threads */
	guint64 dropped, overwritten;
	bool audited;                /* a trace has the system calls of its continuations */
	guint system_calls;          /* kinds of them: rows of trace_call */
	guint64 calls_refused;       /* that found no room in it */
	guint rebuilt;               /* program files that are of another build than the trace's */
	guint unnamed;               /* functions that ran on I/O threads and have no name */
	/* Threads of the program on which blocking goes unseen unless it is declared, and those of
	 * which only could be seen that they slept, not where. */
	guint64 unwatched, half_watched;
	guint stalled, severe, hung; /* continuations that held their I/O thread by themselves for
				      * 25 ms, 100 ms, 1 s */
	GPtrArray *rows;             /* struct evidence_row *: findings, the worst first */
	GPtrArray *found;            /* struct evidence_row *: what only the run saw */
	GPtrArray *inside;           /* char *: continuations that a thread was in when its trace
				      * broke off: one of them it died in, if it crashed */
	GPtrArray *unread;           /* char *: a sentence for each trace that could not be read */
};

/* Reads the traces (paths), judges and stores them as one run of kind dynamic. Those that cannot
 * be read are told in `unread`; what the others say is then no more than what they confirm. NULL
 * and one sentence if no trace can be read (TRACE_ERROR) or the database cannot be read or written
 * (STORE_ERROR): then nothing is stored. */
struct evidence *evidence_join(struct store *store, const GPtrArray *paths,
			       const struct evidence_options *options, GError **error);
void evidence_free(struct evidence *evidence);
typedef struct evidence evidence_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(evidence_t, evidence_free)

#endif
