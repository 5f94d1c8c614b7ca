/* What one trace says of one finding. evidence.h says what the verdicts mean. */
#ifndef CONTLINT_REPORTS_TRACES_VERDICT_H
#define CONTLINT_REPORTS_TRACES_VERDICT_H

#include "reports/traces/evidence.h"
#include "reports/traces/observed.h"

/* What one trace says of one finding. */
struct judgement {
	enum evidence_verdict verdict;
	bool over;
	struct store_holds holds;
	const struct observed_sight *seen; /* in the sink, the longest; or NULL */
	/* Of a finding about what follows a submission: the longest that a call of the
	 * continuation held its thread after its last one, and how many operations had ended
	 * meanwhile. */
	bool is_pump;
	guint64 past_ns, overruns;
};

/* Marks what `observed` saw in the sink of `finding` as explained. Never EVIDENCE_STALE. */
struct judgement verdict_judge(const struct known *known, const struct observed *observed,
			       const struct known_finding *finding, guint64 budget_ns);

/* Adds calls and totals, and keeps the larger of everything else. */
void verdict_add_holds(struct store_holds *sum, const struct store_holds *more);

#endif
