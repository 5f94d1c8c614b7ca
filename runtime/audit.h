/* Audit mode: every system call inside a continuation is written down, with its call stack. The
 * kernel sends a signal in place of each call (syscall user dispatch); the handler notes it and
 * then makes it. That costs some microseconds a call, so it is for finding out, not for measuring.
 * What the vDSO answers (the time) is no system call and is not seen. */
#ifndef CPORT_AUDIT_H
#define CPORT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

struct cport_context;

/* Of one thread. */
struct cport__audit {
	volatile uint8_t selector; /* the kernel reads it: 1 = signal, 0 = let through */
	bool works;                /* the kernel knows it */
	uintptr_t base;            /* of the stack, where the continuation was called */
	uint32_t turn;             /* atomic; odd: a call is under way, and `at` is valid */
	struct contlint_trace_registers at;
};

/* Handles the signal until everyone who acquired it has released it. False: the kernel cannot do
 * it, or the program handles the signal itself. */
bool cport__audit_acquire(void);
void cport__audit_release(void);

/* The calling thread is that of `ctx`, and its pen is open. */
void cport__audit_start(struct cport_context *ctx);

/* Around the continuation itself. */
static inline void cport__audit_begin(struct cport__audit *audit)
{
	if (!CPORT__TRACED || !audit->works)
		return;
	audit->base = (uintptr_t)__builtin_frame_address(0);
	audit->selector = 1;
}

static inline void cport__audit_end(struct cport__audit *audit)
{
	if (CPORT__TRACED)
		audit->selector = 0;
}

/* Where the thread made the call that it is in, for another thread. False: it is in none. */
bool cport__audit_where(const struct cport__audit *audit, struct contlint_trace_registers *ret_at);

#endif
