/* Shared by lock.c (all functions), lock_walk.c and lock_call.c (one function), lock_place.c (names
 * of locks) and lock_burden.c (what is done under a lock). */
#ifndef CONTLINT_ANALYZER_LOCKS_LOCK_PRIVATE_H
#define CONTLINT_ANALYZER_LOCKS_LOCK_PRIVATE_H

#include "analyzer/locks/lock.h"

/* A lock as a function sees it. */
struct lock_ref {
	enum { LOCK_REF_NONE, LOCK_REF_NAMED, LOCK_REF_PARAM } kind;
	uint32_t id; /* NAMED: locks->names; PARAM: its number */
};

struct lock_slot {
	struct lock_ref ref;
	bool shared;
	bool many;     /* several calls take it */
	bool tried;    /* one that takes it may fail */
	fact_id taken; /* the last call that took it, while walking */
};

struct lock_row {
	enum lock_act_kind kind;
	struct lock_ref ref;
	fact_id event;
	uint32_t inner;
	fact_id inner_event;
	bool shared, tries;
};

struct lock_span {
	struct lock_ref ref;
	bool shared;
	fact_id taken;
	uint32_t in;
	fact_id event;
};

/* A call before which the function has given back a lock that its caller may hold. */
struct lock_gap {
	struct lock_ref ref;
	fact_id event;
};

#define LOCK_SLOTS 32

/* What one function does with locks. */
struct lock_function {
	struct lock_slot slots[LOCK_SLOTS];
	guint slot_count;
	uint32_t gained, dropped; /* bits of slots: at every return held, or given back */
	uint32_t doubtful;        /* of `gained`: on some ways only */
	/* held where it returns zero or null, and where what else; not gained */
	uint32_t on_zero, on_other;
	GArray *rows;             /* struct lock_row */
	GArray *spans;            /* struct lock_span */
	GArray *gaps;             /* struct lock_gap */
};

struct locks {
	GArray *names;                    /* struct lock_name */
	GHashTable *known;                /* struct lock_name -> name + 1 */
	struct lock_function **functions; /* NULL: does nothing with locks */
	guint function_count;
	GArray *acts, *holds;
	guint steps;              /* of the question for a place that is being answered */
	struct lock_sinks *sinks; /* lock_burden.c; NULL until asked for */
};

/* For struct locks.known. */
GHashTable *lock_names_new(void);

/* The lock that `value` is, or points to, in `function`. */
struct lock_ref lock_place(struct locks *locks, const struct program *program, uint32_t function,
			   fact_id value);

/* The lock that the variable stands for whose scope ends with the call `e`, which its attribute
 * cleanup makes; LOCK_REF_NONE if it is no such call. */
struct lock_ref lock_place_cleaned(struct locks *locks, const struct program *program,
				   uint32_t function, const struct fact_event *e);

/* Makes what `function` does, with what is known of its callees so far. NULL if it does nothing. */
struct lock_function *lock_walk(struct locks *locks, const struct program *program,
				uint32_t function);
void lock_function_free(struct lock_function *function);

void lock_sinks_free(struct lock_sinks *sinks);

static inline bool lock_ref_equal(struct lock_ref left, struct lock_ref right)
{
	return left.kind == right.kind && left.id == right.id;
}

#endif
