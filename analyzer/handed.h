/* Functions that are handed over to somebody who calls them from a continuation. */
#ifndef CONTLINT_ANALYZER_HANDED_H
#define CONTLINT_ANALYZER_HANDED_H

#include "analyzer/targets.h"

/* A function that a caller of the program's own code hands over, and the call that runs it. */
struct handed {
	uint32_t function; /* the dispatcher */
	fact_id event;     /* its call through a place */
	bool by_loop;      /* a home-made loop calls the dispatcher when something is ready */
	struct target target;
};

/* All of them, struct handed, in order of the dispatchers. Called when contexts have spread. */
GArray *handed_find(const struct program *program);

#endif
