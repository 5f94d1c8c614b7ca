/* The heap in large pages, where the system has them. */
#ifndef CONTLINT_CLI_LARGE_PAGES_H
#define CONTLINT_CLI_LARGE_PAGES_H

/* Has what malloc() hands out from now on stand in large pages, and keeps what is freed for the
 * next who asks. Before the program does its work, in its only thread; without effect where the
 * system or another malloc() does it otherwise. */
void large_pages_use(void);

#endif
