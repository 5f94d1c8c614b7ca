/* A whole run by hand: what a check of golden/src/proxy.c hands to the store. */
#ifndef CONTLINT_TESTS_REPORTS_SAMPLE_RUN_H
#define CONTLINT_TESTS_REPORTS_SAMPLE_RUN_H

#include "reports/store/store.h"

/* Functions of the program by number. resolve() calls getaddrinfo() twice, which has no body. */
enum { SAMPLE_MAIN, SAMPLE_ON_ACCEPT, SAMPLE_RESOLVE, SAMPLE_FUNCTION_COUNT };

struct sample_run {
	struct store_run run;
	struct compdb compdb;
	struct program program;
	GPtrArray *results, *findings;
	struct program_function functions[SAMPLE_FUNCTION_COUNT];
	struct program_symbol symbols[6];
	struct program_edge edges[1];
	uint32_t unit_symbols[6];
	struct program_registration registrations[1];
	struct program_unresolved unresolved[1];
	struct program_unit units[1];
	struct facts *facts;
};

/* With `count` findings, two units (src/proxy.c and src/other.c, both ok) and two rules. */
struct sample_run *sample_run_new(guint count);
void sample_run_free(struct sample_run *sample);
typedef struct sample_run sample_run_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sample_run_t, sample_run_free)

/* A further unit, ok. */
void sample_add_unit(struct sample_run *sample, const char *label);

struct unit_result *sample_result(struct sample_run *sample, guint unit);

/* A new directory for one test, removed with all that is in it. */
char *sample_directory_new(void);
void sample_directory_remove(char *directory);

/* Stores the run; fails the test with the error if that does not go. */
gint64 sample_store(struct store *store, const struct sample_run *sample);

/* The first value of the first row of `sql`, "" for no row or null. Fails the test if it cannot be
 * asked. The caller frees it. */
char *sample_ask(struct store *store, const char *sql);

#endif
