/* Where a computing thread is. A thread that sleeps is looked at from outside; one that computes is
 * asked by a signal and writes its own stack into its own area. Nothing else of it is disturbed:
 * it is in no system call that could be interrupted. */
#ifndef CPORT_SAMPLE_H
#define CPORT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* Takes the signal SIGRTMAX - 3, unless the program has a handler for it; then there are no
 * samples. Once a process. */
void cport__sample_init(void);

/* The signal: threads that are to be asked must not block it. */
int cport__sample_signal(void);

/* The registers in the third argument of a handler; false where we do not know the machine. */
bool cport__sample_registers(struct contlint_trace_registers *ret_at, const void *context);

/* Asks a thread of this process that is in a continuation. */
void cport__sample_ask(uint32_t tid);

#endif
