/* Inside symbols: what its two files share. Nobody else includes this or elfutils. */
#ifndef CONTLINT_REPORTS_TRACES_SYMBOLS_PRIVATE_H
#define CONTLINT_REPORTS_TRACES_SYMBOLS_PRIVATE_H

#include <elfutils/libdwfl.h>

#include "reports/traces/symbols.h"

/* What the callbacks of an unwinding need. */
struct unwinding {
	const struct contlint_trace_stack *stack;
	guint64 frame_pointer; /* what it is taken to be; 0: not known */
	GArray *frames;        /* struct unwound */
};

struct unwound {
	guint64 pc;    /* as on the stack */
	guint64 place; /* the instruction that is being executed, for looking up */
	guint64 sp;    /* 0 if not known */
};

struct symbols {
	Dwfl *dwfl;
	GStringChunk *texts;
	char *debug_path;
	Dwfl_Callbacks callbacks;
	guint unreadable, rebuilt;
	bool attached; /* to the threads of unwind.c */
	struct unwinding unwinding;
};

#endif
