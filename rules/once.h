/* What continuation-exactly-once follows: callbacks that are owed one call, and what a function
 * does with them on each path. */
#ifndef CONTLINT_RULES_ONCE_H
#define CONTLINT_RULES_ONCE_H

#include "analyzer/conditions/flow.h"

enum once_kind {
	ONCE_PARAMETER, /* a callback handed to the function */
	ONCE_FIELD,     /* a callback called through a field: an error is a second call, or none
			 * before the object is freed */
	ONCE_TASK,      /* an object that is completed by calls on it */
};

struct once_subject {
	enum once_kind kind;
	fact_id place;    /* values; FACT_NONE: a parameter that is not used, or of ONCE_FIELD a
			   * function that names only the object */
	uint32_t param;   /* of ONCE_PARAMETER */
	fact_id object;   /* of ONCE_FIELD: the value whose field it is, or that points to it */
	uint32_t field;   /* of ONCE_FIELD: the program's symbol */
	const char *name; /* for messages; owned */
	uint64_t aliases; /* locals that are only other names of it, by number below 64 */
	double certainty; /* of its contract, 0 to 1 */
	bool at_most;     /* none is fine */
	bool made_here;   /* a task that the function makes */
	bool user_data;   /* a task that the function gets as its user data */
};

/* The subjects of the flow's function, struct once_subject rows. Free with once_subjects_free(). */
GArray *once_subjects(struct flow *flow, const struct models *models);
void once_subjects_free(GArray *subjects);

/* `subject` of a caller as a helper sees it, the flow's function, to which it comes as parameter
 * `param`; of ONCE_FIELD the object comes so. False if the helper does not name it. */
bool once_subject_of(struct flow *flow, const struct once_subject *subject, uint32_t param,
		     struct once_subject *ret_subject);

/* Does `value` name the subject? */
bool once_is_subject(const struct flow *flow, const struct once_subject *subject, fact_id value);

enum once_state {
	ONCE_OPEN, /* nothing has happened to it */
	ONCE_MADE, /* the function has made it and owes the call */
	ONCE_CALLED,
	ONCE_HANDED, /* given to what will call it */
	ONCE_KEPT,   /* stored where somebody may find it */
	ONCE_MAYBE,  /* given to a helper that calls it on some paths; its result tells */
	ONCE_GONE,   /* given to code that is not known */
	ONCE_FREED,  /* its object is freed or given up, and nothing has happened to it */
};

struct once_twice {
	fact_id first, second; /* events */
	bool handed;           /* the first, or the second, only hands it on */
	bool by_helper;        /* a helper calls it through the object */
	bool coarse;
};

struct once_never {
	fact_id end;           /* the return, or FACT_NONE */
	struct flow_step last; /* the branch that led there; event FACT_NONE if none */
	uint32_t trail;        /* of the path, for flow_last_step() */
	struct flow_range returned;
	bool coarse;
};

/* What all paths do. */
struct once_result {
	GArray *twice; /* struct once_twice, one a second place */
	GArray *never; /* struct once_never, one an end, without those that say so by their result
			*/
	GHashTable *settled; /* while it is followed: branches, as they were decided elsewhere */
	bool is_called, is_handed, is_gone, is_left; /* on some path */
	bool is_open;                                /* it ends with nothing done on some path */
	bool is_freed;                               /* its object is freed on some path */
	bool is_changed;                             /* the field is set on some path */
	bool is_passed;               /* kept, given away or waived on some path that was seen */
	struct flow_range done, left; /* what it returns then */
};

/* Summaries of helpers, kept while a rule runs. */
struct once_memory;
struct once_memory *once_memory_new(void);
void once_memory_free(struct once_memory *memory);

/* What `function` does with the subject of the calling `flow`, which comes to it as parameter
 * `param` (of ONCE_FIELD: in the object that comes so). NULL if that cannot be said. */
const struct once_result *once_helper(const struct flow *flow, struct once_memory *memory,
				      const struct once_subject *subject, uint32_t function,
				      uint32_t param);

/* Follows `subject` through the flow's function. Clear with once_result_clear(). */
void once_follow(struct flow *flow, const struct once_subject *subject, struct once_memory *memory,
		 struct once_result *ret_result);
void once_result_clear(struct once_result *result);

#endif
