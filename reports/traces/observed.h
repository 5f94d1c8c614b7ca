/* A trace in the words of the program: its functions and stacks, found again among those that the
 * static run knows. */
#ifndef CONTLINT_REPORTS_TRACES_OBSERVED_H
#define CONTLINT_REPORTS_TRACES_OBSERVED_H

#include "reports/traces/known.h"
#include "reports/store/store_evidence.h"
#include "reports/traces/trace.h"

/* A continuation or offloaded work. */
struct observed_function {
	const struct trace_site *site;
	struct symbol symbol;
	const struct known_function *function; /* NULL if not known */
};

struct observed_frame {
	struct symbol symbol;
	const struct known_function *function; /* NULL if not known */
};

/* An I/O thread, seen while it was in a continuation. */
struct observed_sight {
	const struct trace_sight *sight;
	const struct observed_function *root;
	GArray *frames; /* struct observed_frame, from the innermost to the continuation; empty if
			 * there was no stack */
	bool whole;     /* `frames` reach the continuation */
	bool explained; /* a finding says so: see evidence.c */
};

struct observed {
	struct trace *trace;
	struct symbols *symbols;
	GArray *functions;  /* struct observed_function */
	GPtrArray *sights;  /* struct observed_sight *, call by call, the oldest first */
	guint unnamed;      /* functions on I/O threads that have no name, or several */
	bool others_unread; /* other traces of the run could not be read */
};

/* NULL and one sentence if the trace cannot be read. `known` must live longer. */
struct observed *observed_read(const char *path, const struct known *known,
			       const char *debug_folder, GError **error);
void observed_free(struct observed *observed);
typedef struct observed observed_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(observed_t, observed_free)

/* How long the function held its threads. */
struct store_holds observed_holds(const struct trace_site *site);

/* The file of `frame` as the static run names it, if it knows it. NULL if there is none. */
const char *observed_file(const struct observed_frame *frame);

/* Name of the function without what C libraries put before it: "nanosleep" of "__nanosleep". */
const char *observed_plain_name(const char *name);

/* The frames, a line each: "nap program.c:22". Caller frees; NULL if there are none. */
char *observed_stack_text(const struct observed_sight *sight);

#endif
