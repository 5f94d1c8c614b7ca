/* What the kernel counts about the calling thread, and whether it was switched off its processor
 * since a moment ago. */
#ifndef CPORT_USAGE_H
#define CPORT_USAGE_H

#include "trace.h"

/* Arms the mark; later, cport__usage_switched() says whether the thread was off its processor, or
 * interrupted by a signal, since then. Where the mark does not work the answer is always yes.
 * cport__usage_init() finds that out, once a process. */
void cport__usage_init(void);
void cport__usage_arm(void);
bool cport__usage_switched(void);

/* /proc/self/task/TID/schedstat of the calling thread; -1. */
int cport__usage_open(void);

/* The counters, and the ticks at which they had these values: read again if the thread was switched
 * off meanwhile, for then they would be of two moments. 2 to 3 us. Arms the mark. */
uint64_t cport__usage_read(int schedstat_fd, struct cport__usage *ret_usage);

/* Takes the price of two readings, the start's and the end's; false: it cannot be afforded. save
 * fills the allowance. */
bool cport__usage_afford(struct cport__allowance *allowance, uint64_t ticks);
void cport__usage_save(struct cport__allowance *allowance, uint64_t ticks);

#endif
