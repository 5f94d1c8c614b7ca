/* A picture of a trace. */
#ifndef BENCH_PUMP_TIMELINE_H
#define BENCH_PUMP_TIMELINE_H

#include "reading.h"

/* Draws `width_ms` of the trace as SVG. -1: it cannot be read, is empty, or cannot be written. */
int timeline_write(const char *trace_path, const char *path, const char *title, double width_ms);

#endif
