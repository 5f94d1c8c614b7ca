/* For how long a thread is known to have been in one place of a continuation, rather than in the
 * continuation as a whole. */
#ifndef CONTLINT_REPORTS_TRACES_HELD_H
#define CONTLINT_REPORTS_TRACES_HELD_H

#include "reports/traces/observed.h"

/* Was the thread in the place that is asked for? */
typedef bool held_match(const struct observed_sight *sight, const void *data);

struct held {
	guint64 ns;                        /* in one call, the longest */
	const struct observed_sight *seen; /* there: of that call, or any; NULL: it never was */
};

/* Time counts from a look that found the thread in the place to the next one that did, if no look
 * in between found it elsewhere; and as long as it slept there. A single look is no time. */
struct held held_longest(const struct observed *observed, held_match *match, const void *data);

#endif
