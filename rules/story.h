/* A finding at any place that a continuation reaches, a loop as well as a call: what the rules
 * about computing share. What is there and how bad it is only the rule knows. */
#ifndef CONTLINT_RULES_STORY_H
#define CONTLINT_RULES_STORY_H

#include "analyzer/costs/cost.h"
#include "analyzer/paths.h"
#include "rules/rule.h"

struct story {
	const struct rule *rule;
	const struct rule_input *input;
	const struct path *path; /* from a continuation to `function` */
	uint32_t function;       /* it has the place */
	fact_id event;           /* the place */
	const char
		*claim; /* how the message begins: "qsort() computes for long on the I/O thread" */
	const char *step;    /* what the step at the place says: "calls qsort()" */
	const char *instead; /* what to do instead, or NULL */
	double certainty;    /* of what only the rule knows, 0 to 1 */
	const char *why;     /* in a word, what `certainty` is about: "size" */
};

/* The best path to `event` of `function`; NULL if no continuation comes to it. */
const struct path *story_path(const struct rule_input *input, uint32_t function, fact_id event);

/* The first path to there, for what has low confidence by whatever path: who else comes there is
 * not counted. */
const struct path *story_first_path(const struct rule_input *input, uint32_t function,
				    fact_id event);

/* A finding with everything but findings_seal(): place, identity, message, steps, confidence and
 * the rule's level. */
struct finding *story_tell(const struct story *story);

/* Of two findings at one place the surer one stays and counts the other's continuations. `known` is
 * made by story_places(); takes `finding`. */
GHashTable *story_places(void);
void story_keep_surest(GHashTable *known, GPtrArray *findings, struct finding *finding);

/* How sure it is that what is estimated at `units` takes longer than `limit`, both in units of
 * costs: less than ten times the usual limit may well be below that. Who has set a budget below the
 * usual limit wants to know of all that is above it. */
double story_estimate(double units, double limit);

/* How sure it is that something of that weight can be large. */
double story_weight(enum cost_weight weight);

/* "about 12 ms" for so many units of work. Caller frees. */
char *story_time(double units);

/* What `function` calls at `event`, "loop" at a loop. */
const char *story_sink(const struct program *program, uint32_t function, fact_id event);

/* What to do with work that takes long in a continuation of `registration`: "give the work to
 * uv_queue_work()", or to what else its library has. The caller's. */
char *story_offload(const struct rule_input *input, uint32_t registration);

/* `instead`, with the library's own name for a worker thread where it speaks of one. The caller's.
 */
char *story_instead(const struct rule_input *input, uint32_t registration, const char *instead);

/* The limit of units of work on `path`: CONTLINT_BUDGET_US of its continuation, or what the user
 * asked for. */
double story_limit(const struct rule_input *input, const struct path *path);

#endif
