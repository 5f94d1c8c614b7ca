/* The paths of one function: a walk over its events that knows what the branches on the way have
 * decided. Rules that ask "does this happen twice, or never, on some path" are clients of it.
 *
 * A client keeps a small number for each path (`state`) and changes it at events. The walk carries
 * it along branches, loops, switches and gotos, together with what is known of a few values: those
 * that are tested more than once, or set to a constant and tested. So `if (e) a(); if (!e) b();`
 * has two paths and not four. Paths that end the program are not walked. Where too many paths meet,
 * what is known of values is forgotten (`coarse`), and the client decides what that is worth.
 *
 * Values change by assignment and by passing their address; a call that changes a field behind our
 * back is not seen, which prunes paths and never invents one. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_FLOW_H
#define CONTLINT_ANALYZER_CONDITIONS_FLOW_H

#include "analyzer/program.h"

/* Values that are followed in one function at once. */
#define FLOW_TERMS 12

/* What an integer or pointer can be. */
struct flow_range {
	int64_t low, high;
	bool not_zero;
};

/* What a path knows of a value. */
struct flow_known {
	struct flow_range range;
	uint32_t origin; /* the call whose result it is, or FACT_NONE */
	uint32_t teller; /* the call that sets it only if it fails (GError), or FACT_NONE */
};

struct flow_path {
	uint32_t state; /* the client's; 0 at the start */
	uint32_t since; /* the client's: the event that led to `state`; of paths that differ in
			 * nothing else only the first is walked */
	bool coarse;    /* too many paths: what was known of values was forgotten */
	uint32_t trail; /* for flow_last_step() */
	uint32_t at;    /* private from here: event within the function */
	struct flow_known known[FLOW_TERMS];
};

struct flow;

struct flow_client {
	/* A call, assignment or read happens. False: the path is of no more interest. */
	bool (*event)(struct flow *flow, struct flow_path *path, fact_id event, void *data);
	/* The result of `call` is known to be in `range` from here on. May be NULL. */
	void (*result)(struct flow *flow, struct flow_path *path, fact_id call,
		       const struct flow_range *range, void *data);
	/* The path leaves the function: `event` is its return, FACT_NONE at the closing brace. */
	void (*end)(struct flow *flow, struct flow_path *path, fact_id event, void *data);
};

/* A branch that was decided on the way. */
struct flow_step {
	uint32_t parent; /* the step before in the trail, FACT_NONE at its start */
	fact_id event;   /* BRANCH, LOOP or CASE; a SWITCH of which no case was taken */
	bool taken;
};

/* `function` of `program`, which must outlive it. Free with flow_free(). */
struct flow *flow_new(const struct program *program, uint32_t function);
void flow_free(struct flow *flow);
typedef struct flow flow_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(flow_t, flow_free)

/* Walks all paths. `watched` (may be FACT_NONE) is a value that is followed in any case. False if
 * there were too many: what the client has seen is right, but not all. */
bool flow_run(struct flow *flow, const struct flow_client *client, fact_id watched, void *data);

const struct program *flow_program(const struct flow *flow);
uint32_t flow_function(const struct flow *flow);
uint32_t flow_unit(const struct flow *flow);
const struct fact_event *flow_event(const struct flow *flow, fact_id event);
const struct fact_value *flow_value(const struct flow *flow, fact_id value);

/* What `path` knows of `value`; anything if it knows nothing. */
struct flow_range flow_range_of(const struct flow *flow, const struct flow_path *path,
				fact_id value);
bool flow_is_zero(const struct flow_range *range);
bool flow_is_constant(const struct flow_range *range, int64_t *ret_number);
/* Can no value be in both? */
bool flow_is_apart(const struct flow_range *left, const struct flow_range *right);
/* Makes `range` hold what `with` holds as well; the first time, when `*is_set` is false, only that.
 */
void flow_widen(struct flow_range *range, bool *is_set, struct flow_range with);
/* The call whose result `value` is on `path`, FACT_NONE if it is not known to be one. */
fact_id flow_origin_of(const struct flow *flow, const struct flow_path *path, fact_id value);

/* Are both the same expression? Calls are the same only if they are one event. */
bool flow_same(const struct flow *flow, fact_id left, fact_id right);
/* Does `whole` contain `part`, or is it the same? */
bool flow_mentions(const struct flow *flow, fact_id whole, fact_id part);
/* The local, parameter or variable at the bottom of `value`, itself if it is none of them. */
fact_id flow_base(const struct flow *flow, fact_id value);

/* The definition that the call `event` means if it is a direct one, else PROGRAM_NONE. */
uint32_t flow_callee(const struct flow *flow, fact_id event);
/* The model of what is called directly, or NULL. */
const struct model_function *flow_model(const struct flow *flow, fact_id event);

/* The last branch decided on a path whose `trail` this is, NULL if there is none; the one before it
 * has its `parent` for a trail. Until the next run. */
const struct flow_step *flow_last_step(const struct flow *flow, uint32_t trail);

#endif
