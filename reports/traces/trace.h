/* A trace file, read: what each continuation function did on each kind of thread, and where
 * threads were seen while a continuation held them. The format is runtime/trace_format.h.
 *
 * A trace comes from a program that may have been killed, from a disk that may have been full, or
 * from a stranger: nothing in it is trusted, and what does not fit is left out and counted. */
#ifndef CONTLINT_REPORTS_TRACES_TRACE_H
#define CONTLINT_REPORTS_TRACES_TRACE_H

#include <glib.h>
#include <stdbool.h>

#include "runtime/trace_format.h"

/* A continuation, or offloaded work, over all threads of one kind. */
struct trace_site {
	guint64 function; /* address in the running process */
	enum contlint_trace_thread kind;
	guint64 calls, total_ns, max_ns;
	/* The longest that a call can have held its thread by itself: without waiting for a
	 * processor where all calls were split, else max_ns. */
	guint64 own_max_ns;
	guint64 histogram[CONTLINT_TRACE_HISTOGRAM]; /* place i: 2^i ns and more */
	guint64 waited_ns;                           /* its packets, in the queue */
	guint64 blamed_packets, blamed_ns;           /* that waited while it held its thread */
	guint64 growths;                             /* threads that were made because of it */
	guint64 overruns, max_held_ns;               /* the pump: see trace_format.h */
	guint64 noted, heavy, blocked, stalled;      /* calls past each threshold */
};

/* System calls of one kind at one place inside a continuation, from an audited run. */
struct trace_call {
	guint64 function;   /* of the continuation */
	gint32 syscall;     /* its number */
	guint32 descriptor; /* as in struct contlint_trace_call */
	guint64 calls, total_ns, max_ns;
};

/* A thread, seen while it was in a continuation. */
struct trace_sight {
	guint64 function; /* of the continuation */
	guint32 tid;
	guint32 sequence;
	gint32 syscall; /* its number; -1: a page fault; -2: computing or not known */
	guint64 pc;
	guint64 age_ns;    /* how old the continuation was then */
	guint64 lasted_ns; /* for how long it is known to have been where it was */
	/* How long the continuation held the thread in the end by what it was seen at: computing
	 * for one that computed, without waiting for a processor for one that slept. If that is not
	 * known: what lasted for a thread that slept, 0 for one that computed, or was audited. */
	guint64 hold_ns;
	guint32 stack;   /* number + 1 in `stacks`; 0: none */
	bool on_io;      /* on an I/O thread */
	bool apart;      /* it was elsewhere since the sight before this one */
	bool unfinished; /* it had not ended when the trace did; age_ns is what is known */
	guint call;      /* number + 1 in `calls`: the audit saw it; 0: a sight of the monitor */
};

/* A record, as it was written. */
struct trace_event {
	enum contlint_trace_type type;
	guint32 tid;
	guint64 function; /* 0: none */
	guint64 at_ns;    /* since the start of the trace */
	/* CONTINUATION, WORK */
	guint64 wall_ns, cpu_ns, runqueue_ns, held_ns; /* held: past the last submission; or 0 */
	bool split;                                    /* cpu and runqueue are known */
	gint32 syscall;                                /* of what the monitor saw */
	guint32 threads, active, depth;                /* POOL_GROW, POOL_SHRINK; PORT */
	enum contlint_trace_event port;                /* PORT; 0: of another version */
	guint32 waiters, count;
};

struct trace_thread {
	guint32 tid;
	enum contlint_trace_thread kind;
};

struct trace {
	char *path;
	char *command; /* the program's name; valid UTF-8 */
	struct contlint_trace_header header;
	GArray *modules; /* struct contlint_trace_module; paths are terminated */
	GArray *sites;   /* struct trace_site, by function, then kind */
	GArray *sights; /* struct trace_sight; those that were not in a continuation are not here */
	GArray *stacks; /* struct contlint_trace_stack; sizes are valid */
	GArray *events; /* struct trace_event, thread by thread; at most a million */
	GArray *threads; /* struct trace_thread */
	GArray *calls;   /* struct trace_call; empty without an audit */
	bool audited;
	guint64 calls_refused; /* system calls that are not in `calls` */
	guint64 duration_ns;
	/* What is not in `sites`, so that they say less than happened: threads and functions that
	 * found no room, and parts of the file that could not be read. */
	guint64 dropped;
	/* What sites count nevertheless: records that newer ones replaced, and stacks that found no
	 * room. */
	guint64 overwritten, stacks_refused;
	guint left_out; /* of `dropped`: areas that are cut off or make no sense */
};

/* Reads the trace at `path`. NULL and one sentence if it is none, or not even its header is
 * whole; everything else that is wrong is counted in `dropped`. */
struct trace *trace_read(const char *path, GError **error);
void trace_free(struct trace *trace);
typedef struct trace trace_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(trace_t, trace_free)

/* The site of `function` on threads of `kind`, or NULL. */
const struct trace_site *trace_site_of(const struct trace *trace, guint64 function,
				       enum contlint_trace_thread kind);

/* Numbers of a file may be anything: a sum that stops at the greatest. */
guint64 trace_add(guint64 a, guint64 b);

/* Nanoseconds that `percent` (1 to 100) of 100 calls stayed below, at most: the end of their place
 * in the histogram, never above the maximum. 0 without calls. */
guint64 trace_site_percentile(const struct trace_site *site, guint percent);

GQuark trace_error_quark(void);
#define TRACE_ERROR (trace_error_quark())
enum trace_error { TRACE_ERROR_OPEN, TRACE_ERROR_FORMAT };

#endif
