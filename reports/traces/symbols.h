/* From addresses of a running program to functions and lines, and from a captured stack to its
 * frames: the only door to libdw.
 *
 * Files are found by the path in the trace, checked by their build-id, else as .build-id/xx/….debug
 * below the debug folder; debug information may be in a file of its own (build-id or debuglink).
 * A file whose build-id is another one is never used: its addresses would lie. */
#ifndef CONTLINT_REPORTS_TRACES_SYMBOLS_H
#define CONTLINT_REPORTS_TRACES_SYMBOLS_H

#include <glib.h>
#include <stdbool.h>

#include "runtime/trace_format.h"

struct symbols;

/* `modules` (struct contlint_trace_module) are copied as far as needed. `debug_folder` is where
 * separate debug information is looked for; NULL: /usr/lib/debug. Never fails: what cannot be read
 * has no names. */
struct symbols *symbols_new(const GArray *modules, const char *debug_folder);
void symbols_free(struct symbols *symbols);
typedef struct symbols symbols_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(symbols_t, symbols_free)

/* How many modules have no readable file, and how many have a file of another build. */
guint symbols_unreadable(const struct symbols *symbols);
guint symbols_rebuilt(const struct symbols *symbols);

/* One function at one place. Text is borrowed until symbols_free(). */
struct symbol {
	const char *name;    /* as in the source; without debug information as in the symbol table;
			      * NULL if not known */
	const char *linkage; /* name in the symbol table, without version, or NULL */
	const char *file;    /* of its definition, absolute where the compiler said so; or NULL */
	guint line;          /* of its definition; 0 if not known */
	const char *at_file; /* where in it; NULL if not known */
	guint at_line;       /* 0 if not known */
	guint64 pc;
	bool inlined; /* into the symbol behind it */
};

/* What is at `address`, innermost first: inlined functions, then the function itself. At least one
 * element, perhaps without a name. `address` is that of an instruction; for a return address give
 * the one below. Free with g_array_unref(). */
GArray *symbols_at(struct symbols *symbols, guint64 address);

/* How the frames of a stack were found. */
enum symbols_method {
	SYMBOLS_UNWOUND,       /* by call frame information alone */
	SYMBOLS_FRAME_POINTER, /* and with a frame pointer that was found on the stack: its return
				* address follows a call of just that function */
	SYMBOLS_CUT,           /* ended before the first frame of the thread */
};

/* The frames of a captured stack, innermost first, inlined ones included (struct symbol). Only
 * frames that are certain: no return address is guessed. Free with g_array_unref(). */
GArray *symbols_unwind(struct symbols *symbols, const struct contlint_trace_stack *stack,
		       enum symbols_method *ret_method);

#endif
