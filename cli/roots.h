/* The continuations that have a way to what a call graph is aimed at. */
#ifndef CONTLINT_CLI_ROOTS_H
#define CONTLINT_CLI_ROOTS_H

#include "reports/store/callgraph.h"

/* A continuation that has a way, with one line for its registrations. */
struct root {
	guint function, distance; /* in the graph; calls on the way */
	char *contexts, *registered;
};

/* Those that have a way to the target of the last callgraph_aim(), nearest first: struct root rows,
 * the caller's. `context` is where they must run, or NULL. NULL and `error` if the database cannot
 * be read. */
GArray *roots_read(struct store *store, const struct callgraph *graph, const char *context,
		   GError **error);

#endif
