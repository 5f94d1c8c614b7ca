/* Shared by condition.c (values), global.c (values of static storage) and guard.c (branches). */
#ifndef CONTLINT_ANALYZER_CONDITION_PRIVATE_H
#define CONTLINT_ANALYZER_CONDITION_PRIVATE_H

#include "analyzer/formula.h"
#include "analyzer/program_private.h"

/* How many locals, choices and operators are followed one into the other. */
#define CONDITIONS_DEPTH 5

/* A place of a function and what it gets; `base` is the object at the bottom of the place. */
struct assignment {
	struct fact_value place, base;
	fact_id value;
	uint8_t op;
	bool by_address; /* its address is passed to a call */
};

/* What is known of one function, made when first asked for. */
struct body {
	GArray *assignments; /* struct assignment; NULL until asked for */
	formula_id *guards;  /* per event of the function; NULL until asked for */
	bool *in_loop;       /* likewise */
	bool *on_failure;    /* made with the guards: events in a branch of failure */
	bool *leaving;       /* made with the guards: calls tested before an exit */
	bool guards_running; /* being made: stops recursion */
	int8_t ends;         /* 1: never returns, -1: returns, 0: not known yet */
};

struct conditions {
	const struct program *program;
	struct formulas *formulas;
	struct body **bodies; /* by function */
	GHashTable *globals;  /* symbol -> struct global *, see global.c */
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
formula_id conditions_test(struct conditions *conditions, uint32_t function, fact_id value,
			   const struct atom *atom);

/* `atom` on a variable of static storage that is never assigned but by its initializer. */
formula_id conditions_test_global(struct conditions *conditions, uint32_t unit,
				  const struct fact_value *variable, const struct atom *atom);
/* `atom` on the address of such a variable: its fields. */
formula_id conditions_test_global_object(struct conditions *conditions, uint32_t unit,
					 const struct fact_value *variable,
					 const struct atom *atom);

#endif
