/* From a continuation to a sink: which registrations reach it, by which calls, and under which
 * conditions. */
#ifndef CONTLINT_ANALYZER_PATHS_H
#define CONTLINT_ANALYZER_PATHS_H

#include "analyzer/conditions/condition.h"
#include "analyzer/program.h"

/* A call in a defined function that a model calls a sink; through a pointer, one of what that may
 * be. */
struct sink_site {
	uint32_t function;
	fact_id event;
	uint32_t symbol;  /* what is called */
	double certainty; /* 1, or how much a call through a pointer is believed to be this one */
	const struct model_function *model;
	const struct model_sink *sink;
	formula_id formula; /* when it blocks, over the function's parameters */
	bool in_loop;
	bool on_failure; /* stands where a call has failed */
};

/* All sinks in functions that run on an I/O thread and that are not ruled out where they stand:
 * struct sink_site rows in order of function and event. Found once a program; borrowed. */
const GArray *paths_sinks(const struct program *program);

/* The same for one function, whoever runs it: struct sink_site rows. Caller frees. */
GArray *paths_sites_of(const struct program *program, uint32_t function);

struct path {
	uint32_t function;     /* where it ends; NONE if a loop's own body is all of it */
	formula_id formula;    /* what must hold there */
	uint32_t registration; /* program->registrations */
	GArray *edges;         /* uint32_t program->edges, from the continuation to the sink */
	formula_id verdict;    /* FORMULA_TRUE: it blocks if reached; FORMULA_UNKNOWN */
	double root_certainty, call_certainty; /* 0 to 1 */
	guint other_roots; /* further continuations seen to reach the sink; the search is bounded,
			    * so there may be more */
	guint other_paths; /* further calls by which it is reached */
};

/* The name of what `site` calls. */
static inline const char *paths_sink_name(const struct program *program,
					  const struct sink_site *site)
{
	return program->symbols[site->symbol].name;
}

/* The best path from an I/O continuation to `site`: fewest and most certain calls. NULL if there
 * is none. Searched once for all sinks that share a function and a condition; borrowed. */
const struct path *paths_best(const struct program *program, const struct sink_site *site);

/* The same to any place in `function` that is reached if `formula` holds there. */
const struct path *paths_best_to(const struct program *program, uint32_t function,
				 formula_id formula);

/* The same for any function: the best path from a registration of `context` (one bit of enum
 * program_context) to `function`, where `formula` must hold. Borrowed. */
const struct path *paths_to(const struct program *program, uint32_t context, uint32_t function,
			    formula_id formula);

/* The first path that is found to there, one of the fewest and most certain calls: nobody is
 * counted that calls as well, so it takes a fraction of the time. */
const struct path *paths_first(const struct program *program, uint32_t context, uint32_t function,
			       formula_id formula);

/* Calls and registrations that are not to be on a path. */
struct paths_shut {
	bool *edges;         /* by program->edges */
	bool *registrations; /* by program->registrations */
};

/* From here on the functions above look for paths without what is in `shut`, until they are told
 * NULL. It is borrowed until then, and so are the paths found meanwhile. */
void paths_shut(const struct program *program, const struct paths_shut *shut);

/* How much a call edge is believed, 0 to 1: direct ones fully; the more targets share a place, the
 * less. */
double paths_edge_certainty(const struct program_edge *edge);

/* How much it is believed that `event` is reached once its function runs: less in a switch of very
 * many cases. */
double paths_place_certainty(const struct program *program, uint32_t function, fact_id event);

/* Another way to what a path leads to. */
struct path_way {
	struct path *path;
	guint shared;  /* so many of its last calls are the last calls of the path as well */
	guint like_it; /* further callers that come over the last calls of this one */
};
#define PATHS_WAYS 16

/* Other ways to where `path` of context io ends: one for each way in, the widest ones first, at
 * most PATHS_WAYS. `*ret_cut` is how many further ones there are. Caller frees the array, which
 * owns what is in it. */
GArray *paths_ways(const struct program *program, const struct path *path, guint *ret_cut);

/* What the functions above remember; NULL until then. */
struct paths;
void paths_free(struct paths *paths);

#endif
