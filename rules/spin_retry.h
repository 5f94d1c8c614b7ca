/* Loops that ask a nonblocking descriptor again until it does not say EAGAIN. */
#ifndef CONTLINT_RULES_SPIN_RETRY_H
#define CONTLINT_RULES_SPIN_RETRY_H

#include "analyzer/costs/cost.h"

/* The first I/O call in `loop` of `function` if the loop goes round on EAGAIN and does nothing in
 * such a round but ask the same descriptor, else FACT_NONE. So it is where the descriptor is
 * blocking, as nothing says EAGAIN there. */
fact_id spin_retries(const struct program *program, uint32_t function,
		     const struct cost_loop *loop);

#endif
