/* Home-made event loops: a function that waits for many descriptors and then dispatches. */
#ifndef CONTLINT_ANALYZER_LOOP_H
#define CONTLINT_ANALYZER_LOOP_H

#include "analyzer/loop_body.h"
#include "analyzer/program.h"

/* A call that a loop function makes to handle what its wait returned. */
struct loop_dispatch {
	uint32_t loop; /* the loop function */
	fact_id event; /* the call */
	bool indirect; /* through a place: its targets are continuations */
};

/* Marks loop functions (`is_loop`) and gives their dispatching calls, struct loop_dispatch. Appends
 * what they do themselves to `bodies`, struct loop_body, at most one a function. */
GArray *loop_find(struct program *program, GArray *bodies);

#endif
