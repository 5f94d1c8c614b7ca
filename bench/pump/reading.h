/* What the demonstration takes from a trace. */
#ifndef BENCH_PUMP_READING_H
#define BENCH_PUMP_READING_H

#include <stdint.h>

struct reading {
	unsigned long calls, overruns, held_calls; /* of all continuations */
	double total_ms, cpu_ms, runqueue_ms, blocked_ms;
	double held_p99_us, held_max_us;
	unsigned growths;         /* records of growth */
	unsigned growths_charged; /* of which to `function` */
	double victim_ms;         /* packets waited in the queue, longer than 0.1 ms each */
	double blamed_ms;         /* while a continuation of more than 1 ms ran */
};

/* Reads the trace of a program that has ended; `function` is the address of the continuation that
 * growth should be charged to. -1: not readable. */
int reading_take(struct reading *ret_reading, const char *path, uint64_t function);

/* Writes the continuations, and what made the pool grow, for a viewer of Chrome traces. */
int reading_write_chrome(const char *trace, const char *path);

#endif
