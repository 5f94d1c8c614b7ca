/* Ctrl-C: asked for while workers are running, the usual end of a process else. */
#ifndef CONTLINT_CLI_INTERRUPT_H
#define CONTLINT_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here to interrupt_release(), SIGINT, SIGTERM and SIGHUP are only noted. */
void interrupt_catch(void);
void interrupt_release(void);

/* The signal that came, or 0. The exit code for it is 128 + that. */
int interrupt_signal(void);

/* The same as workers_options.cancelled. */
bool interrupt_asked(void *data);

#endif
