/* What a home-made event loop does itself, between one wait and the next. */
#ifndef CONTLINT_ANALYZER_LOOP_BODY_H
#define CONTLINT_ANALYZER_LOOP_BODY_H

#include "analyzer/program.h"

/* The body of a loop that waits for events: part of one function. */
struct loop_body {
	uint32_t function;
	fact_id wait;       /* the call that waits */
	fact_id first, end; /* events of the function that happen each time round */
	bool dispatches;    /* calls functions of the program to handle what the wait returned */
};

/* Does `event`, a call in the body, happen while the loop goes on? False for the waits themselves
 * and for what stands on a way out of the loop. */
bool loop_body_handles(const struct program *program, const struct loop_body *body, fact_id event);

#endif
