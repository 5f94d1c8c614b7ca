/* The call graph of the last run, walked from a function back to the continuations that reach it.
 */
#ifndef CONTLINT_REPORTS_STORE_CALLGRAPH_H
#define CONTLINT_REPORTS_STORE_CALLGRAPH_H

#include "reports/store/store.h"

struct callgraph;

struct callgraph_function {
	gint64 id;         /* function_id */
	char *name, *file; /* `file` is NULL for functions without a body */
	guint line;
	bool is_loop;
};

struct callgraph_edge {
	guint caller, callee; /* functions */
	const char *kind;     /* "direct", "indirect", "synchronous", "external" */
	guint line;           /* in the caller's file; 0 if not known */
	guint targets;
	char *via; /* or NULL */
};

/* Reads the whole graph. */
struct callgraph *callgraph_load(struct store *store, GError **error);
void callgraph_free(struct callgraph *graph);
typedef struct callgraph callgraph_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(callgraph_t, callgraph_free)

guint callgraph_size(const struct callgraph *graph);
const struct callgraph_function *callgraph_function(const struct callgraph *graph, guint function);

/* The function with this function_id; G_MAXUINT if there is none. */
guint callgraph_find(const struct callgraph *graph, gint64 id);

/* Finds for every function its shortest way to one of `count` targets. A way does not lead through
 * a function that waits and dispatches: what a loop calls is not called by whoever runs the loop.
 */
void callgraph_aim(struct callgraph *graph, const guint *targets, guint count);

/* The first call on the way from `function` to a target of the last callgraph_aim(); NULL if it is
 * one itself or does not reach one. */
const struct callgraph_edge *callgraph_next(const struct callgraph *graph, guint function);

/* Calls on that way: 0 for a target, G_MAXUINT if there is none. */
guint callgraph_distance(const struct callgraph *graph, guint function);

#endif
