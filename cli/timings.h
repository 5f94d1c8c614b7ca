/* What a command spent, phase by phase, for --timings. */
#ifndef CONTLINT_CLI_TIMINGS_H
#define CONTLINT_CLI_TIMINGS_H

#include <glib.h>
#include <stdio.h>

enum { TIMINGS_LIMIT = 12 };

struct timings {
	struct timing {
		const char *name; /* static */
		double wall, cpu; /* seconds; cpu of this process and its dead children */
	} phases[TIMINGS_LIMIT];
	guint count;
	double wall, cpu; /* when the current phase began */
};

void timings_start(struct timings *timings);

/* Ends the current phase, which was called `name`, and starts the next. */
void timings_mark(struct timings *timings, const char *name);

/* One line a phase and one for all. */
void timings_print(const struct timings *timings, FILE *out);

#endif
