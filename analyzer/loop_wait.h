/* Questions about a wait and what stands around it, by which event loops are told from reads with a
 * timeout. */
#ifndef CONTLINT_ANALYZER_LOOP_WAIT_H
#define CONTLINT_ANALYZER_LOOP_WAIT_H

#include "analyzer/program.h"

/* Does the call `e` of `function`, which `model` calls a wait, wait for several things? poll(&one,
 * 1, t), poll(NULL, 0, t) and select(one + 1, ...) wait for one. */
bool loop_waits_for_many(const struct program *program, uint32_t function,
			 const struct fact_event *e, const struct model_function *model);

/* Is the symbol a function that takes any number of arguments? It prints or logs: it handles no
 * event and reads no descriptor. False for PROGRAM_NONE. */
bool loop_only_tells(const struct program *program, uint32_t symbol);

/* Is `loop` for (;;) or while (true), with the call `wait` of `function` in it, and not until
 * something is over? Who is told for how long to wait does so once, and its loop is for what
 * interrupts it. Both are events of `function`; false if `loop` is none. */
bool loop_is_endless(const struct program *program, uint32_t function,
		     const struct fact_event *loop, const struct fact_event *wait);

#endif
