/* The trace file of a cport program: what the runtime maps and writes, and a reader finds, also
 * after _exit(), SIGKILL or a crash. Nothing but this header is needed to read one.
 *
 *   header        one page (header_size bytes)
 *   modules       module_count entries at modules_offset: where the code was
 *   areas         area_count places for threads at areas_offset, area_size bytes each:
 *                 struct contlint_trace_area, then its sites, records, calls and stacks at the
 *                 offsets that the area's header gives, relative to the area
 *
 * An area belongs to one thread, the only writer, and once that has ended to another of its kind,
 * which writes on: records say whose they are. Areas past areas_used are holes. Numbers are in
 * the byte order of the machine; a wrong magic is a foreign or an unfinished file. Every offset and
 * count must be checked against the file's size: a file may have been cut.
 *
 * Times are ticks; ns = start_ns + (ticks - start_ticks) * (latest_ns - start_ns) /
 * (latest_ticks - start_ticks), of CLOCK_MONOTONIC. Durations are nanoseconds already. Addresses
 * are those of the running process; a module maps them to a file.
 *
 * Record n of an area is at place n % record_capacity; those before record_count -
 * record_capacity have been overwritten. Sites count everything that ever ran, also what records
 * no longer show: a maximum below a budget is one only if no site was refused.
 */
#ifndef CONTLINT_TRACE_FORMAT_H
#define CONTLINT_TRACE_FORMAT_H

#include <stdint.h>

#define CONTLINT_TRACE_MAGIC 0x3143525450524f43ull /* "CORPTRC1", little endian */

enum { CONTLINT_TRACE_VERSION = 3 };

enum {
	CONTLINT_TRACE_HEADER_SIZE = 4096,
	CONTLINT_TRACE_BUILD_ID = 32,
	CONTLINT_TRACE_PATH = 440,
	CONTLINT_TRACE_HISTOGRAM = 40,
	CONTLINT_TRACE_STACK = 8192,
};

struct contlint_trace_header {
	uint64_t magic; /* written last */
	uint32_t version;
	uint32_t header_size;
	uint32_t pid;
	uint32_t ended; /* 1: the port was closed in good order */
	uint64_t modules_offset;
	uint32_t module_size, module_count;
	uint32_t modules_refused; /* there were more than there was room */
	uint32_t area_count;
	uint64_t areas_offset, area_size;
	uint32_t areas_used; /* may exceed area_count: the rest was refused */
	uint32_t record_size, site_size, stack_size;
	uint64_t start_ticks, start_ns, latest_ticks, latest_ns;
	uint64_t realtime_ns; /* CLOCK_REALTIME at start_ticks */
	/* Thresholds of what sites count. Times, not units of the machine's speed. */
	uint64_t note_ns, heavy_ns, blocked_ns, stall_ns;
	char command[256];              /* the program's name, zero-terminated */
	uint32_t audited;               /* 1: system calls inside continuations were written down */
	uint32_t continuations_refused; /* ran on threads that found no area; of them nothing is
					 * known */
	/* Threads of pools where blocking that is not declared goes unseen, and those that are seen
	 * to sleep, but not in which call; by the times that such a thread was made. */
	uint32_t threads_unwatched, threads_half_watched;
};

/* One loadable segment that can be executed. */
struct contlint_trace_module {
	uint64_t start, end; /* addresses */
	uint64_t bias;       /* address - bias = address in the file's own numbering */
	uint32_t build_id_size;
	uint32_t reserved;
	uint8_t build_id[CONTLINT_TRACE_BUILD_ID];
	char path[CONTLINT_TRACE_PATH]; /* zero-terminated, perhaps cut */
};

enum contlint_trace_thread {
	CONTLINT_TRACE_IO = 1, /* runs continuations */
	CONTLINT_TRACE_WORKER,
	CONTLINT_TRACE_MONITOR,
	CONTLINT_TRACE_EVERYBODY, /* no thread: whoever has the port's lock */
};

struct contlint_trace_area {
	uint32_t tid;
	uint32_t kind;         /* enum contlint_trace_thread */
	uint64_t record_count; /* ever written */
	uint32_t record_capacity, site_capacity, stack_capacity;
	uint32_t site_count;
	uint64_t sites_refused; /* continuations of functions that found no site */
	uint32_t stack_count;
	uint32_t stacks_refused;
	uint64_t sites_offset, records_offset, stacks_offset;
	uint64_t current_function; /* not 0: the thread is, or died, in this continuation */
	uint64_t current_start;    /* ticks */
	uint64_t calls_offset;     /* 0: not audited */
	uint32_t call_capacity;
	uint32_t reserved;
	uint64_t calls_refused; /* system calls that found no place, or went unseen */
};

/* What is known of one continuation function on one thread. */
struct contlint_trace_site {
	uint64_t function; /* address; 0: empty */
	uint64_t calls;
	uint64_t total_ns, cpu_ns, runqueue_ns, blocked_ns; /* the split of calls that have one */
	uint64_t split_calls;
	uint64_t max_ns, max_cpu_ns, max_blocked_ns;
	uint64_t held_calls, held_total_ns, max_held_ns; /* from the last submission to the end */
	uint64_t overruns, overrun_ns;                   /* the pump */
	uint64_t noted, heavy, blocked, stalled;         /* calls past each threshold */
	uint64_t waited_calls, waited_ns, max_waited_ns; /* its packets, in the queue */
	uint64_t blamed_packets, blamed_ns; /* packets that waited while it held a place; the time
					     * is divided by the places that there are */
	uint64_t growths;                   /* threads that were made because of it */
	uint64_t watch; /* the writer's own: calls from now on that will be split */
	uint32_t histogram[CONTLINT_TRACE_HISTOGRAM]; /* of durations; place i: 2^i ns and more */
};

/* A bit of `descriptor` that is none of S_IFMT. */
#define CONTLINT_TRACE_NONBLOCKING 1u

/* System calls of one kind, made at one place inside one continuation function. */
struct contlint_trace_call {
	uint64_t function;   /* of the continuation; 0: empty */
	uint64_t pc;         /* where it returns to */
	uint64_t way;        /* the writer's own: what equal stacks have in common */
	int32_t syscall;     /* its number */
	uint32_t descriptor; /* its first argument: S_IFMT of the file, and whether it is
			      * non-blocking; 0: not known, or no descriptor */
	uint32_t stack;      /* number + 1 in this area; 0: none */
	uint32_t reserved;
	uint64_t calls, total_ns, max_ns;
};

enum contlint_trace_type {
	CONTLINT_TRACE_CONTINUATION = 1, /* the end of one */
	CONTLINT_TRACE_BLOCK_SEEN, /* by the monitor: a thread sleeps in a system call; one record
				    * for as long as it is seen at the same place */
	CONTLINT_TRACE_UNBLOCK_SEEN,
	CONTLINT_TRACE_HOG_SEEN,
	CONTLINT_TRACE_POOL_GROW,
	CONTLINT_TRACE_POOL_SHRINK,
	CONTLINT_TRACE_LONG_HINT,
	CONTLINT_TRACE_BLOCK_HINT,
	CONTLINT_TRACE_STALL,  /* by the monitor: a continuation holds its thread past stall_ns */
	CONTLINT_TRACE_WORK,   /* offloaded work has run; `function` is the work's */
	CONTLINT_TRACE_SAMPLE, /* a computing continuation, by the thread itself, with its stack */
	/* Only where events were asked for: */
	CONTLINT_TRACE_PORT,   /* what happened to the port, and how it was left */
	CONTLINT_TRACE_SUBMIT, /* a continuation started an operation */
	CONTLINT_TRACE_CANCEL, /* or cancelled one; `result` says whether it was pending */
};

/* `event` of a PORT record. */
enum contlint_trace_event {
	CONTLINT_TRACE_QUEUED = 1, /* a packet */
	CONTLINT_TRACE_HANDED,     /* a packet, to the thread that began to wait last */
	CONTLINT_TRACE_ASKED,      /* a thread, for a packet: it no longer runs */
	CONTLINT_TRACE_TAKEN,      /* a packet */
	CONTLINT_TRACE_WAITS,      /* a thread */
	CONTLINT_TRACE_TIMED_OUT,
	CONTLINT_TRACE_BLOCKED, /* a thread; its place is free */
	CONTLINT_TRACE_UNBLOCKED,
	CONTLINT_TRACE_LEFT,
	CONTLINT_TRACE_ABANDONED,
	CONTLINT_TRACE_OVERSUBSCRIBED, /* as UNBLOCKED, and now more run than are meant to */
	CONTLINT_TRACE_REAPED,         /* completions; `count` of them */
	CONTLINT_TRACE_CLOSED,
};

/* Flag of what was seen: it was seen elsewhere, or to compute, since the look before this one. */
enum { CONTLINT_TRACE_APART = 1 << 0 };

/* Flags of a CONTINUATION. */
enum {
	CONTLINT_TRACE_SWITCHED = 1 << 0,  /* the thread was off its processor meanwhile */
	CONTLINT_TRACE_SPLIT = 1 << 1,     /* cpu_ns, runqueue_ns, switches and faults are known */
	CONTLINT_TRACE_SUBMITTED = 1 << 2, /* held_ns counts from the last submission inside it */
	CONTLINT_TRACE_OVERRUN = 1 << 3,   /* something it started ended while it still ran */
};

struct contlint_trace_record {
	uint64_t ticks;    /* when it ended or was seen */
	uint64_t function; /* the continuation it is about, or is charged to; 0: none */
	uint16_t type;     /* enum contlint_trace_type */
	uint16_t flags;
	uint32_t tid; /* the thread it is about */
	union {
		struct { /* CONTINUATION, WORK: ns; blocked = wall - cpu - runqueue */
			uint64_t wall_ns, cpu_ns;
			uint32_t runqueue_us, held_us, queued_us;
			uint16_t voluntary, involuntary;
			uint32_t major_faults, sequence;
		} end;
		struct { /* BLOCK_SEEN, UNBLOCK_SEEN, HOG_SEEN, STALL, SAMPLE, hints */
			uint64_t age_ns;
			int32_t syscall; /* its number; -1: a page fault; -2: computing, not known;
					  * -3: asleep, nothing else is known */
			uint32_t stack;  /* number + 1 in this area; 0: none */
			uint64_t
				argument; /* the first one of the system call: often a descriptor */
			uint64_t pc;
			uint32_t sequence;
			uint32_t lasted_us; /* BLOCK_SEEN: it was seen there so much longer */
		} seen;
		struct {                          /* POOL_GROW, POOL_SHRINK */
			uint32_t reason, threads; /* enum cport_growth; how many there are now */
			uint32_t active, depth;
			uint64_t reserved[3];
		} pool;
		struct {                /* PORT, written under the port's lock */
			uint32_t event; /* enum contlint_trace_event */
			uint32_t active, depth, waiters, maximum;
			uint32_t count;
			uint64_t key, op; /* of the packet; 0: there is none */
		} port;
		struct { /* SUBMIT, CANCEL */
			uint64_t op;
			uint32_t kind; /* enum cport__kind of the runtime */
			int32_t result;
			uint64_t age_ns;
			uint32_t sequence, reserved;
			uint64_t reserved2;
		} op;
	} u;
};

/* Registers have their DWARF numbers of the machine; bit i of `mask` says that registers[i] is
 * known. Of a thread that sleeps only `pc` and `sp` are. */
struct contlint_trace_registers {
	uint64_t pc, sp;
	uint32_t tid;
	uint32_t function; /* the writer's own: of the continuation, the low half */
	uint64_t mask;
	uint64_t registers[32];
};

/* The stack of a thread: its registers and the memory from `sp` on. */
struct contlint_trace_stack {
	struct contlint_trace_registers at;
	uint32_t size; /* valid bytes */
	uint32_t way;  /* the writer's own: what equal stacks have in common */
	uint8_t bytes[CONTLINT_TRACE_STACK];
};

#endif
