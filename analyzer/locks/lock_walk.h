/* Shared by lock_walk.c (statements) and lock_call.c (calls): the walk over one function. */
#ifndef CONTLINT_ANALYZER_LOCKS_LOCK_WALK_H
#define CONTLINT_ANALYZER_LOCKS_LOCK_WALK_H

#include "analyzer/locks/lock_private.h"
#include "analyzer/program_private.h"

struct state {
	uint32_t held, dropped; /* bits of slots */
	uint32_t sure;          /* held on every way */
	bool dead;              /* not reached */
};

struct frame {
	enum fact_event_kind kind; /* BRANCH, LOOP or SWITCH */
	struct state before;       /* BRANCH: of the other arm. SWITCH: at each case */
	uint32_t doubtful;         /* BRANCH: held before it on some ways only */
	struct state leaving;      /* what breaks out */
	struct state again;        /* LOOP: what continues */
	fact_id condition;
	bool tests_last;  /* LOOP: do */
	bool has_default; /* SWITCH */
};

/* A lock that was tried for: whether it is held is known when the result is. */
struct trial {
	uint32_t slot;
	fact_id event;
	enum model_result success;
	uint32_t local; /* the local that has the result, or NONE */
};

struct walk {
	struct locks *locks;
	const struct program *program;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
	struct lock_function *out;
	GArray *frames;     /* struct frame */
	GArray *trials;     /* struct trial */
	GHashTable *labels; /* string id + 1 -> struct state *: what jumps there */
	struct state now;
	struct state end_zero, end_other; /* where it returns zero or null, and what else */
};

/* Bits of all slots of `ref`, and of those that may be the same lock. */
uint32_t lock_walk_bits(const struct walk *walk, struct lock_ref ref);

/* The lock of `slot` is held in `state`, by the call `event`. */
void lock_walk_hold(struct walk *walk, struct state *state, uint32_t slot, fact_id event);

/* What the call `event` does with locks. */
void lock_walk_call(struct walk *walk, fact_id event, const struct fact_event *e);

#endif
