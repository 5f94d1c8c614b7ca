/* What a scenario claims, and how that came out. */
#ifndef BENCH_PUMP_CLAIMS_H
#define BENCH_PUMP_CLAIMS_H

/* Prints `text` with pass, FAIL, or INVALID if it does not hold and `noisy` says that the machine
 * did not let us measure. */
void claim(int holds, int noisy, const char *text);

/* The last line of the program. Returns how many failed. */
unsigned claims_print_sum(void);

/* The scenarios that need no trace, or several runs: each prints its table and its claims. */
void run_sweep(int keep); /* E7 */
void run_waking(void);    /* E8 */
void run_hop(void);       /* E9 */

#endif
