/* Which findings are wanted: those at certain lines, in certain headers, or that a change touches.
 * What is filtered out is stored all the same; it is only not shown and not at the gate. */
#ifndef CONTLINT_REPORTS_FILTER_H
#define CONTLINT_REPORTS_FILTER_H

#include "analyzer/program.h"
#include "reports/changes.h"
#include "reports/store/store.h"
#include "rules/finding.h"

struct filter {
	GPtrArray *lines;        /* or NULL: all; of filter_read_lines() */
	GRegex *headers;         /* or NULL: all */
	struct changes *changes; /* or NULL: all */
	GHashTable *touched;     /* functions that `changes` touches; or NULL */
};

/* Understands clang-tidy's line filter, [{"name": "a.c", "lines": [[1, 3], [5, 7]]}, …]: a finding
 * is wanted if its file's path ends with a name and, where there are lines, its place is in one of
 * the ranges. False and a sentence if it is not that. */
bool filter_read_lines(struct filter *filter, const char *json, GError **error);

/* Of findings in a file that is not a unit itself, only those are wanted in whose path `regex` is
 * found. False and a sentence if it is none. */
bool filter_read_headers(struct filter *filter, const char *regex, GError **error);

/* With `changes` set: learns which functions there are, from the program or from the last run of a
 * database. Either suffices. False and a sentence if it cannot be read. */
void filter_learn_program(struct filter *filter, const struct program *program);
bool filter_learn_store(struct filter *filter, struct store *store, GError **error);

/* With `changes` set, a finding is wanted if its path goes through a changed line or through a
 * function with one, from the registration to the sink. */
bool filter_fits(const struct filter *filter, const struct finding *finding);

void filter_clear(struct filter *filter);

#endif
