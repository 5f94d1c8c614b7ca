/* Looked up a few times for each row of a report: a list is enough. */
#include "reports/traces/syscalls.h"

#include <stddef.h>
#include <string.h>

const char *syscalls_name(int number)
{
	for (const struct syscall_row *row = syscall_rows; row->name; row++)
		if (row->number == number)
			return row->name;
	return NULL;
}

bool syscalls_has(const char *name)
{
	for (const struct syscall_row *row = syscall_rows; row->name; row++)
		if (strcmp(row->name, name) == 0)
			return true;
	return false;
}
