/* Findings about one place in one function: a contract that is broken there, whoever calls. */
#ifndef CONTLINT_RULES_SITE_FINDING_H
#define CONTLINT_RULES_SITE_FINDING_H

#include "rules/rule.h"

struct site {
	const struct rule *rule;
	const struct program *program;
	uint32_t function;
	fact_id event; /* FACT_NONE: the end of the function */
};

/* A finding at `site` about `subject` (a name). `score` is its confidence from 0 to 1 before what
 * the place takes from it (test code); takes `message`. The caller's, to be appended. */
struct finding *site_finding_new(const struct site *site, const char *subject, double score,
				 char *message);

/* Adds a step before the one of the site itself; takes `message`. */
void site_finding_step(struct finding *finding, const struct site *site, fact_id event,
		       enum finding_step_kind kind, char *message);

/* Closes the path with the site itself; takes `message`. */
void site_finding_close(struct finding *finding, const struct site *site, char *message);

/* Line of `event`, of the function's end for FACT_NONE. */
guint site_line(const struct site *site, fact_id event);

#endif
