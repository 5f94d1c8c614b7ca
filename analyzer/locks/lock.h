/* Locks: who takes which one, and what is done while it is held; who waits for what to be woken.
 *
 * A lock is known by its place: a variable, or a field of whatever object it is in. What is held is
 * "may hold": on some way to that call. Helpers that take or give back a lock do so for their
 * callers, and a lock that is a parameter is the argument of each caller. */
#ifndef CONTLINT_ANALYZER_LOCKS_LOCK_H
#define CONTLINT_ANALYZER_LOCKS_LOCK_H

#include "analyzer/paths.h"
#include "analyzer/program.h"

struct lock_name {
	uint32_t symbol; /* a variable or a field */
	uint32_t object; /* the variable that the field is in, or PROGRAM_NONE if that varies */
	int64_t index;   /* of an element, LOCK_ANY_INDEX if it is none or that varies */
};
#define LOCK_ANY_INDEX INT64_MIN

enum lock_act_kind {
	LOCK_ACT_TAKE, /* takes a lock */
	LOCK_ACT_WAIT, /* waits without bound until somebody wakes the object */
	LOCK_ACT_WAKE,
};

/* Something done with a lock, or with another object that threads wait for. */
struct lock_act {
	enum lock_act_kind kind;
	uint32_t lock; /* locks_name(); PROGRAM_NONE: its place cannot be told */
	uint32_t function;
	fact_id event;  /* in the function that names the lock: this call, or one of a helper */
	uint32_t inner; /* the function of the modelled call: `function`, or a helper */
	fact_id inner_event; /* the modelled call */
	bool shared;         /* TAKE: as a reader */
	bool tries;          /* TAKE: does not wait for it */
};

/* A call made while a lock is held. */
struct lock_hold {
	uint32_t lock;
	uint32_t function; /* that names the lock */
	fact_id taken;     /* the call there by which it is taken */
	uint32_t in;       /* the function of the call made meanwhile: `function`, or a helper */
	fact_id event;
	bool shared;
};

/* Rows of all functions: struct lock_act in order of function and event, struct lock_hold in order
 * of function, lock and where it was taken. Found once a program; borrowed. */
const GArray *locks_acts(const struct program *program);
const GArray *locks_holds(const struct program *program);

struct lock_name locks_name(const struct program *program, uint32_t lock);

/* May two names mean one lock? */
bool locks_are_same(const struct program *program, uint32_t left, uint32_t right);

/* "ledger.lock", "queue_mutex". Caller frees. */
char *locks_text(const struct program *program, uint32_t lock);

/* What holds a thread while a lock is held. */
struct lock_burden {
	const struct lock_hold *hold;
	struct sink_site site; /* formula: over the parameters of hold->function */
	GArray *edges;         /* uint32_t: from hold->in to the sink's function */
	double certainty;      /* of these calls, 0 to 1 */
};

/* The nearest blocking or heavy call that is made, directly or not, by one of the holds `first` to
 * `last` - 1 of locks_holds(), which are of one lock in one function. False if there is none. The
 * edges are the caller's: lock_burden_clear(). */
bool locks_burden(const struct program *program, guint first, guint last,
		  struct lock_burden *ret_burden);
void lock_burden_clear(struct lock_burden *burden);

/* What the functions above remember; NULL until then. */
struct locks;
void locks_free(struct locks *locks);

#endif
