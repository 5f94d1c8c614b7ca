/* What the parts of the walk share: flow.c (paths), flow_shape.c (where an event leads),
 * flow_terms.c (what is known of values). */
#ifndef CONTLINT_ANALYZER_CONDITIONS_FLOW_PRIVATE_H
#define CONTLINT_ANALYZER_CONDITIONS_FLOW_PRIVATE_H

#include "analyzer/conditions/condition.h"
#include "analyzer/conditions/flow.h"

/* Events by their number within the function. */
struct flow_shape {
	uint32_t *match; /* BRANCH: its else or end; ELSE: the end; LOOP: its end; LOOP_END: the
			  * loop; SWITCH: its first case or end; CASE: the next or the end; BREAK
			  * and CONTINUE: where they go; GOTO: its label. FACT_NONE: nowhere */
	uint32_t *test;  /* the loop whose condition is tested before this event, or FACT_NONE */
};

struct flow_shape flow_shape_new(const struct facts *facts, const struct fact_event *events,
				 uint32_t count, uint32_t first);
void flow_shape_clear(struct flow_shape *shape);

struct flow_term {
	fact_id value;
	uint32_t weight;   /* how often it is tested or set to a constant */
	uint32_t last_use; /* last event that tests or returns it, or the end of the loop around */
};

struct flow {
	const struct program *program;
	uint32_t function, unit, first, count;
	const struct fact_event *events; /* of the function */
	struct flow_shape shape;
	const formula_id *guards; /* by event; NULL until walked */
	GArray *candidates; /* struct flow_term: every value that is tested; NULL until walked */
	struct flow_term terms[FLOW_TERMS];
	guint term_count;
	GArray *trail; /* struct flow_step */
};

/* Fills `candidates`. */
void flow_terms_collect(struct flow *flow);

/* Chooses `terms` among the candidates; `watched` is one in any case. */
void flow_terms_choose(struct flow *flow, fact_id watched);

void flow_forget(struct flow_path *path);

/* Forgets what is not used after event `at`, so that paths meet again. */
void flow_forget_unused(const struct flow *flow, struct flow_path *path, uint32_t at);

/* What the event, a call or an assignment, does to what is known. */
void flow_learn_event(const struct flow *flow, struct flow_path *path, uint32_t at);

/* What a turn of the loop from event `from` to event `to` may have changed is forgotten. */
void flow_forget_loop(const struct flow *flow, struct flow_path *path, uint32_t from, uint32_t to);

/* The condition `value` is true, or not. False if that cannot be on this path. */
bool flow_learn_condition(struct flow *flow, struct flow_path *path, fact_id value, bool truth,
			  const struct flow_client *client, void *data);

/* `value` is `number`: a case. */
bool flow_learn_case(struct flow *flow, struct flow_path *path, fact_id value, int64_t number,
		     const struct flow_client *client, void *data);

#endif
