/* What one place of a function holds when an event is reached: a walk over the function's
 * statements in which every arm of a branch starts from what held before it. The state is a formula
 * over the function's parameters; where arms differ, the branch's own condition tells them apart
 * or, if it cannot be read, the state is unknown. Arms that return, jump or do not come back say
 * nothing about what follows. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_COURSE_H
#define CONTLINT_ANALYZER_CONDITIONS_COURSE_H

#include "analyzer/conditions/condition_private.h"

/* States beside formulas: no way leads here; the place holds nothing yet (or no more). */
#define COURSE_NOWHERE UINT32_MAX
#define COURSE_NOTHING (UINT32_MAX - 1)

/* Events walked for one question, with all that it asks on its way; what takes more is unknown. */
#define COURSE_STEPS 3000

static inline bool course_is_empty(formula_id state)
{
	return state >= COURSE_NOTHING;
}

struct course {
	struct conditions *conditions;
	uint32_t function;
	formula_id start; /* what holds where the function begins */
	/* What holds after `event` (ASSIGN or CALL) if `state` held before it. */
	formula_id (*step)(struct course *course, fact_id event, formula_id state);
	/* A state where nothing tells which of two it is; NULL: unknown. */
	formula_id (*merge)(struct course *course, formula_id left, formula_id right);
	/* Does the condition's outcome `yes` say that the place holds nothing? NULL: never. */
	bool (*is_empty)(struct course *course, fact_id condition, bool yes);
	/* Told the state at each return, FACT_NONE for the end of the body; may be NULL, and may
	 * be told of one return twice. */
	void (*leave)(struct course *course, fact_id event, formula_id state);
	void *user;
	int depth; /* of questions inside questions, for the step */
};

/* The state before `event` of the function, or FACT_NONE to walk to the end for `leave`. */
formula_id course_at(struct course *course, fact_id event);

/* What the states of a course are about. */
struct course_subject {
	struct fact_value place, base; /* as in struct assignment */
};

/* As course_at() for a question for `atom` about `subject`, which, with the function and the depth,
 * are all that the course depends on. While the guards of the function are made, which ask the same
 * of many events, it is walked once. */
formula_id course_remembered(struct course *course, const struct course_subject *subject,
			     const struct atom *atom, fact_id event);

/* What holds if either may: unknown unless they agree. Nowhere and nothing do not count. */
formula_id course_join(struct course *course, formula_id left, formula_id right);

#endif
