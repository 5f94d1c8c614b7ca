/* Conditions over values: does this call block, is this branch taken, given what the caller passed?
 *
 * A formula speaks about the parameters of one function. It is decided where it can be, and what is
 * left travels to the callers, where the parameters become arguments. Three values: yes, no,
 * unknown. Formulas are hash-consed: equal ones have equal ids. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_CONDITION_H
#define CONTLINT_ANALYZER_CONDITIONS_CONDITION_H

#include "analyzer/program.h"

typedef uint32_t formula_id;
#define FORMULA_FALSE 0u
#define FORMULA_TRUE 1u
#define FORMULA_UNKNOWN 2u

struct conditions;

/* `program` must have its units, symbols, functions and targets. */
struct conditions *conditions_new(const struct program *program);
void conditions_free(struct conditions *conditions);

/* `condition` over the arguments of the call `event` in `function`, as a formula over the
 * function's own parameters. */
formula_id conditions_at_call(struct conditions *conditions, uint32_t function, fact_id event,
			      const struct condition *condition);

/* What must hold for `event` to be reached inside `function`: the branches around it, returns
 * before it, dead code, a forked child, a path that ends in exit(). What cannot be decided counts
 * as true. FORMULA_FALSE: never reached, or only on a way out. */
formula_id conditions_guard(struct conditions *conditions, uint32_t function, fact_id event);

/* The same for all events of `function`, in their order. Borrowed. */
const formula_id *conditions_guards(struct conditions *conditions, uint32_t function);

/* False if the guard of one of its calls, or of more, is FORMULA_FALSE: most functions have no such
 * call, and then nobody needs to look at guards for it. */
bool conditions_reach_calls(struct conditions *conditions, uint32_t function);

/* True if the result of the call `event` is tested and the branch taken on it leaves the program:
 * `if (finish() == 0) exit(0);`. Such a call is mostly part of the way out. */
bool conditions_is_leaving(struct conditions *conditions, uint32_t function, fact_id event);

/* True if `event` stands in a branch that is taken when a call has failed (its result is negative,
 * or not 0 from the C library): cleaning up, not daily work. */
bool conditions_on_failure(struct conditions *conditions, uint32_t function, fact_id event);

/* The time in nanoseconds that `value`, an argument of the call `event`, points to: a timeval or
 * timespec of the function whose fields get one constant each. */
bool conditions_time(struct conditions *conditions, uint32_t function, fact_id event, fact_id value,
		     int64_t *ret_ns);

/* The variable of static storage that must be empty for `event` to be reached, and that the
 * function then fills: it comes here once. PROGRAM_NONE if there is none. */
uint32_t conditions_once(struct conditions *conditions, uint32_t function, fact_id event);

/* True if `event` is inside a loop of `function`. */
bool conditions_in_loop(struct conditions *conditions, uint32_t function, fact_id event);

/* True if `event` stands in a switch of more than a hundred cases: a table in the form of code,
 * of which one caller means a few rows. */
bool conditions_in_wide_switch(struct conditions *conditions, uint32_t function, fact_id event);

/* Parameter `param` is the function `symbol`; unknown counts as true. */
formula_id conditions_is_target(struct conditions *conditions, uint32_t param, uint32_t symbol);

/* Can the formula turn out to be true, or is it unknown at best? */
bool conditions_can_hold(const struct conditions *conditions, formula_id formula);

formula_id conditions_and(struct conditions *conditions, formula_id left, formula_id right);

/* What must hold over the parameters of the caller for the call of `edge` to be made and `formula`,
 * over those of the callee, to hold then. */
formula_id conditions_before(struct conditions *conditions, formula_id formula,
			     const struct program_edge *edge);

/* `formula` over the parameters of the callee of call `event` in `caller`, said over the caller's
 * own parameters. For EDGE_SYNCHRONOUS calls nothing is known of the callee's parameters. */
formula_id conditions_at_caller(struct conditions *conditions, formula_id formula, uint32_t caller,
				fact_id event, bool synchronous);

/* At the root of a path parameters are what the loop passes: conditions of the sink become
 * unknown (but for descriptors of which the model of the registration says more), guards become
 * true. Where a loop calls the root by its name, what it passes is known. Without a registration
 * PROGRAM_NONE. Gives FORMULA_FALSE, _TRUE or _UNKNOWN. */
formula_id conditions_at_root(struct conditions *conditions, formula_id formula,
			      uint32_t registration);

/* Does `value` outlive the function: a field of a record that is not the function's own, a variable
 * of static storage, or a local that gets nothing else? */
bool conditions_is_kept(struct conditions *conditions, uint32_t function, fact_id value);

/* What `value` is another name of: what a local gets, if it gets only that, and if that is a
 * parameter or local, or the address of a part of one or of what it points to, which does not
 * change either. `value` itself (FACT_NONE too) if it is none. */
fact_id conditions_alias(struct conditions *conditions, uint32_t function, fact_id value);

/* The integer that `value` has in `function`, if it has just one. */
bool conditions_constant(struct conditions *conditions, uint32_t function, fact_id value,
			 int64_t *ret_number);

#endif
