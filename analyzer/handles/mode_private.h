/* Shared by mode.c (inside functions), mode_call.c (calls), mode_place.c (fields, variables,
 * callers) and mode_here.c (fields and variables inside the function that stores into them). */
#ifndef CONTLINT_ANALYZER_HANDLES_MODE_PRIVATE_H
#define CONTLINT_ANALYZER_HANDLES_MODE_PRIVATE_H

#include "analyzer/conditions/course.h"
#include "analyzer/handles/mode.h"

/* In `number` of an atom about a mode. */
#define MODE_FINALLY 1 /* with all that the rest of the function does to the descriptor */
#define MODE_POINTEE 2 /* of what the value points to: int *ret_fd */

/* The parameter of an atom that stands for "as it was before". */
#define MODE_BEFORE (UINT32_MAX - 1)

/* Questions inside questions: descriptors go through more hands than numbers. */
#define MODE_DEPTH 40

/* A local or parameter that is a descriptor or handle, or points to some; or a field or variable of
 * static storage, while its function is walked over. */
struct mode_place {
	enum fact_value_kind kind; /* LOCAL, PARAM, FIELD or VARIABLE; UNKNOWN: none of them */
	uint32_t number;
	bool pointee;  /* what it points to is meant, or what is in the array */
	fact_id value; /* FIELD, VARIABLE: as it is written */
};

/* How a call gets at a place. */
enum mode_access { MODE_NOT_PASSED, MODE_BY_VALUE, MODE_BY_ADDRESS };

/* Something done to a field or variable of static storage. */
struct mode_use {
	uint32_t function;
	fact_id event;     /* ASSIGN or CALL */
	uint32_t argument; /* CALL: which argument it is */
	bool is_call, by_address;
	bool creates; /* CALL: puts a new descriptor there, rather than changing one */
	uint32_t next;
};

struct modes {
	GHashTable *answers; /* struct mode_key -> formula */
	GHashTable *closed;  /* function << 32 | formula -> formula */
	GHashTable *setters; /* function << 32 | param -> itself: something is done to it */
	GArray *uses;        /* struct mode_use: of all symbols */
	uint32_t *first_use; /* symbol -> its first use, or NONE */
};

struct modes *modes_of(struct conditions *conditions);

static inline bool mode_is_of_handle(const struct atom *atom)
{
	return atom->kind == CONDITION_HANDLE;
}

/* The answer that prevails where something was done to a descriptor under a condition that cannot
 * be read: nonblocking, or a file. */
formula_id mode_prevailing(const struct atom *atom);

struct mode_place mode_place_of(const struct program *program, uint32_t unit, fact_id value);

/* The symbol of the field or variable that `value` is or is an element of, PROGRAM_NONE if it is
 * none. */
uint32_t mode_symbol_of(const struct program *program, uint32_t unit, fact_id value);

/* The pointer that moves in `p + n` and `p++`, within what it points into; FACT_NONE: none does. */
fact_id mode_moved_pointer(const struct fact_value *v);

/* How `value`, an argument, gets at `place`. */
enum mode_access mode_access_of(const struct program *program, uint32_t unit, fact_id value,
				const struct mode_place *place);

/* `atom` on `value` at `at`; beside formulas COURSE_NOTHING where it is no descriptor. */
formula_id mode_of_value(struct conditions *conditions, struct spot at, fact_id value,
			 const struct atom *atom, int depth);

/* What holds of the place after the call at `at` that gets it as argument `k`, if `before` held. */
formula_id mode_after_call(struct conditions *conditions, struct spot at, uint32_t k,
			   enum mode_access access, const struct atom *atom, formula_id before,
			   int depth);

/* The result of the call `event` of the function at `at`. */
formula_id mode_of_result(struct conditions *conditions, struct spot at, fact_id event,
			  const struct atom *atom, int depth);

/* What `function` makes of its parameter k: over its parameters, with the atom on k for what it
 * was. */
formula_id mode_after_function(struct conditions *conditions, uint32_t function, uint32_t k,
			       enum mode_access access, const struct atom *atom, int depth);

/* What `function` returns, over its parameters. */
formula_id mode_returned(struct conditions *conditions, uint32_t function, const struct atom *atom,
			 int depth);

/* A field or variable of static storage, everywhere in the program: FORMULA_FALSE, _TRUE or
 * _UNKNOWN, or COURSE_NOTHING where the question is being answered already. */
formula_id mode_of_symbol(struct conditions *conditions, uint32_t symbol, const struct atom *atom,
			  int depth);

/* Has the function of `at` stored into `symbol` before? */
bool mode_here_is_stored(struct conditions *conditions, struct spot at, uint32_t symbol);

/* May `event` have put something else into `place`, a field or a variable, in a way that is not
 * seen: by the object it is in, or by a function that stores there itself? */
bool mode_here_is_lost(struct conditions *conditions, uint32_t function, fact_id event,
		       const struct mode_place *place);

/* The atom for what the place was before, as a formula, and whether `formula` has it. */
formula_id mode_before(struct conditions *conditions, const struct atom *atom);
bool mode_has_before(const struct conditions *conditions, formula_id formula);

/* A formula over the parameters of `function`, for all of its callers: FORMULA_FALSE, _TRUE or
 * _UNKNOWN, or COURSE_NOTHING. */
formula_id mode_for_all_callers(struct conditions *conditions, uint32_t function,
				formula_id formula, int depth);

/* The answer kept for a question about number `what` of some kind of thing; false if there is none:
 * then `in_progress` is kept, so that the question meets an answer when it comes back to itself. */
bool mode_recall(struct conditions *conditions, uint32_t what, uint32_t number,
		 const struct atom *atom, formula_id in_progress, formula_id *ret_answer);
void mode_keep(struct conditions *conditions, uint32_t what, uint32_t number,
	       const struct atom *atom, formula_id answer);

#endif
