/* Names of system calls: those of the machine that this was built on and for, for that is where
 * traces come from. */
#ifndef CONTLINT_REPORTS_TRACES_SYSCALLS_H
#define CONTLINT_REPORTS_TRACES_SYSCALLS_H

#include <stdbool.h>

/* "fsync"; NULL if there is none of this number. */
const char *syscalls_name(int number);

/* Is there one of this name? */
bool syscalls_has(const char *name);

/* The rows that CMake makes of the system's headers; the last one has no name. */
struct syscall_row {
	int number;
	const char *name;
};
extern const struct syscall_row syscall_rows[];

#endif
