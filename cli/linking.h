/* For the commands that ask the linked program something: from the compile database to the program,
 * with the facts of the last check as far as they are cached. */
#ifndef CONTLINT_CLI_LINKING_H
#define CONTLINT_CLI_LINKING_H

#include <glib.h>

#include "analyzer/units/compdb.h"
#include "analyzer/program.h"

/* As written on the command line; owned. */
struct linking_words {
	char *build_dir, *root, *cache_dir;
	char **models;
	gboolean quiet;
	int jobs;
};

/* What a program is made of; it borrows from the others. */
struct linked {
	struct compdb *compdb;
	struct models *models;
	GPtrArray *results; /* struct unit_result * */
	struct program *program;
};

/* Appends the options to `entries` (GOptionEntry, zero-terminated array). */
void linking_add_entries(struct linking_words *words, GArray *entries);
void linking_words_clear(struct linking_words *words);

/* Reads the configuration and the compile database, extracts what is not cached and links. CLI_OK,
 * or the exit code: the user has been told. To be cleared in either case. */
int linking_open(const struct linking_words *words, struct linked *ret_linked);
void linked_clear(struct linked *linked);

/* Links the units that were read. The program borrows from both. Caller frees. */
struct program *linking_results(const GPtrArray *results, const struct models *models);

#endif
