/* The count of what held and what did not. */
#include "claims.h"

#include <stdio.h>

static unsigned passed, failed, invalid;

void claim(int holds, int noisy, const char *text)
{
	const char *verdict = holds ? "pass" : noisy ? "INVALID (noise)" : "FAIL";

	passed += holds != 0;
	failed += !holds && !noisy;
	invalid += !holds && noisy;
	printf("    %-16s %s\n", verdict, text);
}

unsigned claims_print_sum(void)
{
	printf("%u claims hold, %u failed, %u invalid\n", passed, failed, invalid);
	return failed;
}
