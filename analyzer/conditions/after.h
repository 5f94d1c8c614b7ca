/* What comes after an event in the same run of its function, read off the flat sequence of events:
 * what stands beside the arm of a branch does not follow it. */
#ifndef CONTLINT_ANALYZER_CONDITIONS_AFTER_H
#define CONTLINT_ANALYZER_CONDITIONS_AFTER_H

#include "analyzer/program.h"

/* 1 where a branch, loop or switch begins, -1 where it ends, 0 else. */
static inline int nesting_step(const struct fact_event *e)
{
	return (e->kind == FACT_EVENT_LOOP || e->kind == FACT_EVENT_BRANCH ||
		e->kind == FACT_EVENT_SWITCH) -
	       (e->kind == FACT_EVENT_LOOP_END || e->kind == FACT_EVENT_BRANCH_END ||
		e->kind == FACT_EVENT_SWITCH_END);
}

/* Starts as zeroes, behind the event. */
struct after {
	int level;    /* how deep, against the event */
	int least;    /* the outermost level so far */
	int skipping; /* in an arm beside that of the event, so many levels deep */
};

/* Goes on to `e`. True if it can follow the event. */
static inline bool after_step(struct after *after, const struct fact_event *e)
{
	if (after->skipping > 0)
		after->skipping += nesting_step(e);
	else if (after->level == after->least &&
		 (e->kind == FACT_EVENT_ELSE || e->kind == FACT_EVENT_CASE))
		after->skipping = 1;
	if (after->skipping > 0)
		return false;
	after->level += nesting_step(e);
	after->least = MIN(after->least, after->level);
	return true;
}

/* Does what after_step() has come to follow whatever happens between, but for jumps? */
static inline bool after_is_sure(const struct after *after)
{
	return after->level == after->least;
}

#endif
