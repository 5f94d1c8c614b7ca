/* Writing the trace. Every function does nothing when there is no trace (NULL). A thread writes
 * its own area only; nothing is flushed, for the file is mapped. */
#ifndef CPORT_TRACE_H
#define CPORT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

/* What is counted for each continuation function: tokio's note, what HAProxy calls heavy, and
 * Seastar's stall. */
enum {
	CPORT__NOTE_NS = 50000,
	CPORT__HEAVY_NS = 1000000,  /* computed */
	CPORT__BLOCKED_NS = 100000, /* of a call that was blocked */
	CPORT__STALL_NS = 25000000,
};

/* 0: compiled out. Conditions that ask for it vanish, and untraced.c stands in for what they guard.
 */
#ifdef CPORT_NO_TRACE
#define CPORT__TRACED 0
#else
#define CPORT__TRACED 1
#endif

struct cport__trace;

/* What a thread knows about itself between two looks at the kernel's counters. */
struct cport__usage {
	int64_t cpu_ns, runqueue_ns;
	long voluntary, involuntary, major_faults;
};

/* What a thread may spend on reading its counters: about a two-hundredth of its time, saved up for
 * some thousand readings. */
struct cport__allowance {
	int64_t saved_ns;
	uint64_t ticks; /* when it was last asked */
};

/* A thread's pen: its area, and the continuation that it is in. */
struct cport__pen {
	struct cport__trace *trace;
	struct contlint_trace_area *area; /* NULL: no trace */
	struct contlint_trace_site *site;
	struct cport__usage usage; /* at the start of the continuation, if `split` */
	bool split;
	bool switched; /* before one inside it began, which sets the mark anew */
	struct cport__allowance allowance;
	int schedstat_fd;
	volatile int writing; /* a signal must not write meanwhile */
};

static inline bool cport__pen_is_open(const struct cport__pen *pen)
{
	return CPORT__TRACED && pen->area;
}

/* What the end of a continuation is told about it. */
struct cport__ending {
	uint64_t start_ticks, end_ticks, last_submit_ticks, queued_ticks, overrun_ticks;
	uint32_t submits, overruns, sequence;
	enum contlint_trace_type type; /* CONTINUATION or WORK */
};

/* Opens the trace named by `path`, or by CONTLINT_TRACE when that is NULL; NULL and 0 when neither
 * names one. An `audited` one has room for system calls. `%p` becomes the process's id; a file that
 * a living process writes is left alone and
 * ".PID.N" appended to the name. */
int cport__trace_open(struct cport__trace **ret_trace, const char *path, bool audited);
const struct contlint_trace_header *cport__trace_header(const struct cport__trace *trace);
void cport__trace_close(struct cport__trace *trace);

/* Gives the calling thread an area, perhaps one that another of its kind has left; leaves `pen`
 * without one when there are no more. */
void cport__pen_open(struct cport__pen *pen, struct cport__trace *trace,
		     enum contlint_trace_thread kind);
void cport__pen_close(struct cport__pen *pen);

/* Around a continuation, on its thread. It begins at `ticks`, or a little later, when what the
 * kernel counts has been read: at what is returned. */
uint64_t cport__pen_begin(struct cport__pen *pen, uint64_t function, uint64_t ticks);
void cport__pen_end(struct cport__pen *pen, const struct cport__ending *ending);

/* The outer one goes on after one inside it has ended: it began as `outer` says, at `start`. */
void cport__pen_resume(struct cport__pen *pen, const struct cport__pen *outer, uint64_t function,
		       uint64_t start);

/* Charges `function` with the wait of packets, or with a thread more, on this thread's account. */
void cport__pen_blame(struct cport__pen *pen, uint64_t function, uint64_t packets, uint64_t ns);
void cport__pen_charge_growth(struct cport__pen *pen, uint64_t function);

/* A record whose `type`, `tid`, `function` and union are filled in. */
void cport__pen_write(struct cport__pen *pen, struct contlint_trace_record *record);

/* Stacks, in an area of the caller's. A draft is `at` and the memory from its `sp` on, not counted
 * until it is kept. */
struct contlint_trace_stack *cport__stack_draft(struct contlint_trace_area *area,
						const struct contlint_trace_registers *at);

/* What the drafts of one way from a continuation have in common: the addresses of code in their
 * first `size` bytes. Stale ones may tell equal ways apart. */
uint64_t cport__stack_way(const struct contlint_trace_header *header,
			  const struct contlint_trace_stack *draft, uint64_t size);

/* Keeps the draft as one of `function`, unless one like it is there. The number + 1; 0: there is no
 * room, or that function has had its share. */
uint32_t cport__stack_keep(struct contlint_trace_area *area,
			   const struct contlint_trace_header *header, uint64_t function);

/* A continuation ran on a thread that has no area. */
void cport__trace_miss(struct cport__trace *trace);

/* How much a monitor can see of a pool's thread that blocks without saying so. */
enum cport__sight {
	CPORT__SEES_ALL,
	CPORT__SEES_SLEEP, /* not in which call */
	CPORT__SEES_NOTHING,
};
void cport__trace_thread(struct cport__trace *trace, enum cport__sight sight);

/* Keeps the pair of clocks in the header fresh. */
void cport__trace_touch(struct cport__trace *trace);

#endif
