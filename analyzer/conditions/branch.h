/* What the condition of a branch says, as a formula over the function's parameters. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_BRANCH_H
#define CONTLINT_ANALYZER_CONDITIONS_BRANCH_H

#include "analyzer/conditions/condition_private.h"

/* Where a condition is read, and how. */
struct branch_reader {
	struct conditions *conditions;
	uint32_t function, unit;
	fact_id event; /* the branch, or FACT_NONE */
	int depth;     /* of wrappers of fork() and of questions for the thread */
	bool exact;    /* what cannot be read is unknown, else it counts as true */
};

/* The condition `value` holds (or, if !yes, does not). */
formula_id branch_formula(const struct branch_reader *reader, fact_id value, bool yes);

/* `value op number` holds (or, if !yes, does not). */
formula_id branch_compare(const struct branch_reader *reader, enum fact_operator op, fact_id value,
			  int64_t number, bool yes);

/* Is the value a constant? *ret_number is 0 if it is none. */
bool branch_is_number(const struct branch_reader *reader, fact_id value, int64_t *ret_number);

/* The row of a value, of kind FACT_VALUE_UNKNOWN if there is none. */
struct fact_value branch_value(const struct branch_reader *reader, fact_id value);

#endif
