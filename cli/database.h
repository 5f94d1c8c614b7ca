/* The findings database, for commands that only look at it. */
#ifndef CONTLINT_CLI_DATABASE_H
#define CONTLINT_CLI_DATABASE_H

#include "reports/store/store.h"
#include "reports/store/table.h"

/* What these commands have in common; owned. */
struct database_options {
	char *path;   /* --db, or NULL */
	char *format; /* --format, or NULL */
};

#define DATABASE_ENTRIES(options)                                                                  \
	{"db",                                                                                     \
	 0,                                                                                        \
	 0,                                                                                        \
	 G_OPTION_ARG_FILENAME,                                                                    \
	 &(options)->path,                                                                         \
	 "findings database (default: .contlint/contlint.db here or above)",                       \
	 "FILE"},                                                                                  \
	{                                                                                          \
		"format", 'f', 0, G_OPTION_ARG_STRING, &(options)->format,                         \
			"box, csv, json or markdown", "FORMAT"                                     \
	}

void database_options_clear(struct database_options *options);

/* Where the database is: --db, else the nearest .contlint/contlint.db, or NULL: the user has been
 * told. Caller frees. */
char *database_path(const struct database_options *options);

/* Opens the database for reading: the one of --db, else .contlint/contlint.db in the current
 * directory or the nearest one above that has it. NULL if that does not go: the user has been told,
 * and the command returns CLI_DATABASE. */
struct store *database_open(const struct database_options *options);

/* The same for writing; a database that is not there is not made. */
struct store *database_open_writing(const struct database_options *options);

/* The format asked for, `fallback` if none was; NULL if there is no such format: the user has been
 * told, and the command returns CLI_USAGE. */
const struct table_format *database_format(const struct database_options *options,
					   const char *fallback);

/* Tells an error of reading and gives the exit code: CLI_USAGE if the statement is at fault,
 * CLI_DATABASE if it is the database. */
int database_failed(const GError *error);

/* Prints a table as `format` to stdout. */
void database_print(const struct table *table, const struct table_format *format);

/* True if `context` (NULL: any) is a context's name; else the user has been told. */
bool database_knows_context(const char *context);

/* True if a function called `name` is in the database. Else false with CLI_USAGE in `*ret_exit`,
 * and the user has been told with a "did you mean"; or CLI_DATABASE. */
bool database_has_function(struct store *store, const char *name, int *ret_exit);

/* The run that `word` names: as history_find_run(), or a branch, tag or HEAD of the repository at
 * the project's folder. CLI_OK, or the exit code: the user has been told. */
int database_find_run(struct store *store, const char *word, gint64 *ret_run_id);

#endif
