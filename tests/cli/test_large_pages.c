/* The heap in large pages. Built without sanitizers: their malloc() is another one. */
#include "cli/large_pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MEBIBYTE (1 << 20)
#define BLOCKS 200 /* of half a mebibyte: more than what a heap begins with */

/* What the kernel says about the mapping that `block` stands in. */
struct mapping {
	unsigned long begin, end;
	bool asked; /* for large pages */
};

static struct mapping mapping_of(const void *block)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	struct mapping mapping = {0};
	unsigned long begin, end;
	char line[512];
	bool here = false;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2) {
			here = begin <= (uintptr_t)block && (uintptr_t)block < end;
			if (here)
				mapping = (struct mapping){begin, end, false};
		}
		if (here && strncmp(line, "VmFlags:", 8) == 0)
			mapping.asked = strstr(line, " hg") != NULL;
	}
	if (file)
		(void)fclose(file);
	return mapping;
}

static void the_heap_is_in_large_pages(void **state)
{
	void *blocks[BLOCKS];

	(void)state;
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(MEBIBYTE / 2);
	for (int i = 1; i < BLOCKS; i++) { /* the first begins in what was there before */
		struct mapping mapping = mapping_of(blocks[i]);

		assert_true(mapping.asked);
		assert_true(mapping.end - mapping.begin > BLOCKS * MEBIBYTE);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heap_is_in_large_pages),
	};
	void *volatile begun; /* a heap, as libraries have one before main() */

#ifndef __GLIBC__
	return 77;
#endif
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) != 0)
		return 77;
	begun = malloc(100);
	free(begun);
	large_pages_use();
	return cmocka_run_group_tests_name("large_pages", tests, NULL, NULL);
}
