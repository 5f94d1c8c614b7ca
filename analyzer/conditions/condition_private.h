/* Shared by condition.c (values), local.c (values of locals), global.c (values of static storage),
 * field.c (fields of what parameters point to), branch.c (conditions of branches), would_block.c
 * (errno in them), guard.c (the branches around an event), lazy.c (what is done once) and mode.c
 * (descriptors). */
#ifndef CONTLINT_ANALYZER_CONDITIONS_CONDITION_PRIVATE_H
#define CONTLINT_ANALYZER_CONDITIONS_CONDITION_PRIVATE_H

#include "analyzer/conditions/formula.h"
#include "analyzer/program_private.h"

/* How many locals, choices and operators are followed one into the other. */
#define CONDITIONS_DEPTH 5

/* Formulas with more atoms than this are not built. */
#define CONDITIONS_ATOMS 12

/* Where a value is looked at. Without an event (FACT_NONE) all that the function ever assigns
 * counts, in whatever order. */
struct spot {
	uint32_t function;
	fact_id event;
};

/* A place of a function and what it gets; `base` is the object at the bottom of the place. */
struct assignment {
	struct fact_value place, base;
	fact_id event; /* ASSIGN or CALL */
	fact_id value;
	uint32_t argument; /* of the call, if by_address and no escape */
	uint8_t op;
	bool by_address; /* its address is passed to a call or kept */
	bool escapes;    /* its address is kept in another place */
};

/* What is known of one function, made when first asked for. */
struct body {
	GArray *assignments;  /* struct assignment; NULL until asked for */
	formula_id *guards;   /* per event of the function; NULL until asked for */
	bool *in_loop;        /* likewise */
	bool *in_wide_switch; /* likewise */
	bool *on_failure;     /* made with the guards: events in a branch of failure */
	GHashTable *at_calls; /* event and atom -> what it is there, plus 1; or NULL */
	bool *leaving;        /* made with the guards: calls tested before an exit */
	bool guards_running;  /* being made: stops recursion */
	GArray *answered;     /* what was walked for them, see course.c; NULL else */
	int8_t ends;          /* 1: never returns, -1: returns, 0: not known yet */
	int8_t returns_fork;  /* 1: what fork() returned, -1: not, 0: not known yet */
};

struct conditions {
	const struct program *program;
	struct formulas *formulas;
	struct body **bodies;    /* by function */
	int8_t *calls_reached;   /* by function: 1 if each of its calls can be reached, -1 if one
				  * cannot, 0 until its guards are made */
	GHashTable *globals;     /* symbol -> struct global *, see global.c */
	struct fields *fields;   /* see field.c; NULL until asked for */
	uint32_t *writers;       /* by symbol, see lazy.c; NULL until asked for */
	struct modes *modes;     /* see mode.c; NULL until asked for */
	struct file_bulk *files; /* see file_bulk.c; NULL until asked for */
	GHashTable *callers;     /* name -> what calls it, see called_before.c; NULL likewise */
	guint branches;          /* whose conditions are being read, one inside the other */
	guint questions;         /* that are being answered, one inside the other */
	guint steps;             /* of walks for the outermost of them */
};

struct body *conditions_body(struct conditions *conditions, uint32_t function);

/* What the function assigns, struct assignment rows. Borrowed. */
const GArray *conditions_assignments(struct conditions *conditions, uint32_t function);

/* Are the two values the same place, as far as their own row says? */
static inline bool same_place(const struct fact_value *left, const struct fact_value *right)
{
	return left->kind == right->kind && left->a == right->a;
}

/* `atom` on `value`; its `param` is ignored and becomes the parameter that `value` is, if any. */
formula_id conditions_test(struct conditions *conditions, struct spot at, fact_id value,
			   const struct atom *atom);

/* The same inside another question, without negation and guard. */
formula_id conditions_test_value(struct conditions *conditions, struct spot at, fact_id value,
				 const struct atom *atom, int depth);

/* A local, a parameter that is assigned, or a field of a local: what it holds at `at`. */
formula_id conditions_test_local(struct conditions *conditions, struct spot at,
				 const struct fact_value *place, const struct fact_value *base,
				 const struct atom *atom, int depth);

/* The field `atom->field` of what `value` points to or is the address of; without one `value` is
 * itself a field. What it holds at `at`, or an atom; see field.c. */
formula_id conditions_test_field(struct conditions *conditions, struct spot at, fact_id value,
				 const struct atom *atom, int depth);

struct fields;
void conditions_free_fields(struct fields *fields);

/* `~flags & mask` for a constant mask, which is 0 if all bits are set in the flags: FLAGS_SET() of
 * some programs. */
bool conditions_flags_set(const struct program *program, uint32_t unit, fact_id value,
			  fact_id *ret_flags, int64_t *ret_mask);

/* Is the place, a local or parameter, assigned in the function? */
bool conditions_is_assigned(struct conditions *conditions, uint32_t function,
			    const struct fact_value *place);

/* Has the field `atom->name` of the object `base`, a local or what a parameter points to, the
 * bits? A field of a local that nobody sets is 0. */
formula_id conditions_test_object(struct conditions *conditions, struct spot at,
				  const struct fact_value *base, const struct atom *atom,
				  int depth);

/* Is the event a call of the function `name`, by its name? */
bool conditions_calls(const struct program *program, uint32_t unit, const struct fact_event *e,
		      const char *name);

/* CONDITION_AFTER at the event: true if it can be seen in the function, else the callers decide. */
formula_id conditions_after(struct conditions *conditions, struct spot at, const struct atom *atom);

/* The object at the bottom of a place: `o` of o.a[1].b and of &o. FACT_NONE if there is none. */
fact_id conditions_base(const struct program *program, uint32_t unit, fact_id value);

/* The condition of the BRANCH `event`, as it is: what cannot be read is unknown. */
formula_id conditions_branch(struct conditions *conditions, uint32_t function, fact_id event);

/* The parameter that has to be a nonblocking descriptor if `value == number` holds at the branch
 * `at`, because it is `errno == EAGAIN` after a call; FACT_NONE if it says nothing of the kind. */
fact_id conditions_would_block(struct conditions *conditions, struct spot at, fact_id value,
			       int64_t number);

/* Is nothing in the formula unknown? */
bool conditions_is_decided(const struct conditions *conditions, formula_id formula);

/* Has it CONDITIONS_ATOMS atoms at most? */
bool conditions_is_small(const struct conditions *conditions, formula_id formula);

/* The number that a variable of one file always has: nothing but its initializer sets it, and its
 * address stands nowhere. False if that is not known. */
bool conditions_global_number(struct conditions *conditions, uint32_t unit,
			      const struct fact_value *variable, int64_t *ret_number);

/* `atom` on a variable of static storage that is never assigned but by its initializer. */
formula_id conditions_test_global(struct conditions *conditions, uint32_t unit,
				  const struct fact_value *variable, const struct atom *atom);
/* `atom` on the address of such a variable: its fields. */
formula_id conditions_test_global_object(struct conditions *conditions, uint32_t unit,
					 const struct fact_value *variable,
					 const struct atom *atom);

#endif
