/* The system calls that an audited run saw inside continuations, in the words of the program. */
#ifndef CONTLINT_REPORTS_TRACES_AUDITED_H
#define CONTLINT_REPORTS_TRACES_AUDITED_H

#include "reports/traces/observed.h"
#include "reports/store/store_evidence.h"

/* One system call at one place below one continuation. */
struct audited_call {
	const struct observed_function *root;
	char *syscall;    /* "fsync", or its number */
	char *descriptor; /* "socket", "non-blocking socket", "file", …; NULL if it is of no weight
			   */
	char *at;         /* the innermost function of the project: "flush journal.c:12"; or NULL */
	char *stack;      /* as observed_stack_text(); or NULL */
	guint64 calls, total_ns, max_ns;
};

/* Those of one trace, the longest total first; equal ones are added up. Free with
 * g_ptr_array_unref(); borrows from `observed`. */
GPtrArray *audited_calls(const struct observed *observed);

#endif
