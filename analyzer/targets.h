/* Which functions a place may hold: a whole-program, field-based, flow-insensitive closure over
 * copies (Andersen's analysis without pointers to structs: an object's fields are one place each,
 * whatever object they are in). Casts do not stop it; explosion does, and is recorded.
 *
 * Source of the form: Andersen, "Program Analysis and Specialization for the C Programming
 * Language", 1994, chapter 4; field-based variant: Heintze and Tardieu, PLDI 2001. */
#ifndef CONTLINT_ANALYZER_TARGETS_H
#define CONTLINT_ANALYZER_TARGETS_H

#include "analyzer/program.h"

struct targets;

/* Where a function's address was first taken on its way into a place. */
struct target_seed {
	uint32_t unit;
	uint32_t function; /* PROGRAM_NONE at file scope */
	fact_id event;
};

struct target {
	uint32_t symbol; /* a function, defined or not */
	uint32_t seed;   /* targets_seed() */
	bool stored;     /* put by name into this place, or into one that is copied here as a whole:
			  * a field, variable or local declared as a pointer to a function. A way
			  * over a parameter or void * joins what belongs to different objects */
	bool set;        /* the same, but by a function that is handed it and stores it:
			  * set_handler(object, f) { object->handler = f; } */
	bool found;      /* by its name at run time (dlsym): each of its definitions is meant */
};

/* More targets than this in one place and it says nothing any more. Places that hold only what
 * was stored into them by name (tables of commands) may hold more than those that got their
 * functions through copies. */
#define TARGETS_MAX_COPIED 100
#define TARGETS_MAX_STORED 1000

/* So many are kept of those that got through copies to a place that is declared as a pointer to a
 * function: what a call hands over may tell them apart, see targets_that_take(). */
#define TARGETS_MAX_KEPT 1000

struct targets *targets_solve(const struct program *program);
void targets_free(struct targets *targets);

/* Nothing is added any more: gives back what only that needs. */
void targets_settle(struct targets *targets);

/* Node of the place that `value` names in `function` of `unit` (function PROGRAM_NONE: file
 * scope), PROGRAM_NONE if it names none. Symbols are their own node numbers. */
uint32_t targets_node(const struct targets *targets, uint32_t unit, uint32_t function,
		      fact_id value);

/* How many nodes there are: their numbers start at 0. */
guint targets_node_count(const struct targets *targets);

/* Node of the first parameter of a defined function: its parameters, then its locals, then its
 * result follow each other. */
uint32_t targets_first(const struct targets *targets, uint32_t function);

/* Node of what a defined function returns. */
uint32_t targets_result(const struct targets *targets, uint32_t function);

/* Node of parameter k of a defined function. */
uint32_t targets_parameter(const struct targets *targets, uint32_t function, uint32_t k);

/* What may stand in `node`. `*ret_stored`: each was stored there by name. `*ret_cut`: more were
 * seen than are listed. Borrowed. Outputs may be NULL. */
const struct target *targets_of(const struct targets *targets, uint32_t node, guint *ret_count,
				bool *ret_stored, bool *ret_cut);

/* Of more targets in a place than are followed, those with a body here that take `count` arguments:
 * functions that wait for different answers share one field. Appends struct target rows; nothing if
 * not even all of them were kept, or if there are still too many. */
void targets_that_take(const struct targets *targets, uint32_t node, uint32_t count,
		       GArray *ret_targets);

/* All functions that `value` may be: named functions, places and both arms of choices. Appends
 * struct target rows; a named function's seed is TARGETS_HERE. */
#define TARGETS_HERE UINT32_MAX
void targets_of_value(const struct targets *targets, uint32_t unit, uint32_t function,
		      fact_id value, GArray *ret_targets, bool *ret_stored, bool *ret_cut);

/* Lets what stands in `from` also stand in `to`, and follows it on. For records that share memory:
 * called after targets_solve(). */
void targets_add_copy(struct targets *targets, uint32_t from, uint32_t to);

/* The definitions that `target` means for a call in `unit`: those that fit there or, if fewer do,
 * where the function was named; each one where it is found at run time. Appends functions to
 * `ret_functions`. */
void targets_definitions(const struct targets *targets, const struct target *target, uint32_t unit,
			 GArray *ret_functions);

const struct target_seed *targets_seed(const struct targets *targets, uint32_t seed);

#endif
