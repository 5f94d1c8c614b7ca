/* What the demonstration takes from a trace. */
#ifndef BENCH_PUMP_READING_H
#define BENCH_PUMP_READING_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/trace_format.h"

/* A trace of our own making, mapped. */
struct trace {
	const struct contlint_trace_header *header;
	size_t size;
};

int trace_open(struct trace *trace, const char *path); /* -1: it cannot be read */
void trace_close(struct trace *trace);

/* Ticks as microseconds since the trace began. */
double trace_us(const struct trace *trace, uint64_t ticks);

/* Every record of every thread. */
typedef void trace_record_fn(const struct trace *trace, const struct contlint_trace_record *record,
			     void *user);
void trace_each(const struct trace *trace, trace_record_fn *fn, void *user);

struct reading {
	unsigned long calls, overruns, held_calls; /* of continuations, not of offloaded work */
	unsigned long kept_overruns; /* of those whose thread kept its processor meanwhile */
	double total_ms, cpu_ms, runqueue_ms, blocked_ms;
	unsigned long switches; /* off the processor, inside continuations */
	double held_p99_us, held_max_us;
	unsigned growths;         /* records of growth */
	unsigned growths_charged; /* of which to `function` */
	double victim_ms;         /* packets waited in the queue, longer than 0.1 ms each */
	double blamed_ms;         /* while a continuation of more than 1 ms ran */
	double charged_ms;        /* the same by the runtime's own account, to `function` */
};

/* Reads the trace of a program that has ended; `function` is the address of the continuation that
 * growth should be charged to. -1: not readable. */
int reading_take(struct reading *ret_reading, const char *path, uint64_t function);

/* Writes NAME.json for a viewer of Chrome traces, and NAME.svg; -1: it could not. */
int reading_keep(const char *trace, const char *name, const char *title);

#endif
