/* From a continuation to a sink: which registrations reach it, by which calls, and under which
 * conditions. */
#ifndef CONTLINT_ANALYZER_PATHS_H
#define CONTLINT_ANALYZER_PATHS_H

#include "analyzer/condition.h"
#include "analyzer/program.h"

/* A call in a defined function that a model calls a sink. */
struct sink_site {
	uint32_t function;
	fact_id event;
	const struct model_function *model;
	const struct model_sink *sink;
	formula_id formula; /* when it blocks, over the function's parameters */
	bool in_loop;
};

/* All sinks of the kinds in `kinds` (bits 1u << enum model_kind) and classes in `classes` (bits
 * 1u << enum model_class; 0: all) in functions that run on an I/O thread, and that are not ruled
 * out where they stand. struct sink_site rows in order of function and event; caller frees. */
GArray *paths_sinks(const struct program *program, unsigned kinds, unsigned classes);

struct path {
	uint32_t registration; /* program->registrations */
	GArray *edges;         /* uint32_t program->edges, from the continuation to the sink */
	formula_id verdict;    /* FORMULA_TRUE: it blocks if reached; FORMULA_UNKNOWN */
	double root_certainty, call_certainty; /* 0 to 1 */
	guint other_roots;     /* further continuations that reach the sink */
	guint other_paths;     /* further calls by which it is reached */
};

/* Searches paths and remembers what it found, as many sinks share a function. */
struct path_finder;
struct path_finder *path_finder_new(const struct program *program);
void path_finder_free(struct path_finder *finder);

/* The best path from an I/O continuation to `site`: fewest and most certain calls. NULL if there
 * is none. Borrowed from the finder. */
const struct path *path_finder_best(struct path_finder *finder, const struct sink_site *site);

/* How much a call edge is believed: 1 for direct ones; the more targets share a place, the less. */
double path_edge_certainty(const struct program_edge *edge);

#endif
