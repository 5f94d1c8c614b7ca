/* From trace files to verdicts: what `run` and `confirm` do alike. */
#ifndef CONTLINT_CLI_JOINING_H
#define CONTLINT_CLI_JOINING_H

#include <stdio.h>

#include "cli/database.h"

#define JOINING_NOT_SAID G_MININT

struct joining {
	struct database_options database; /* owned */
	char *workload;                   /* or NULL; owned */
	int budget_us; /* JOINING_NOT_SAID until it is known */
	bool keep_paths;
	bool audit; /* it was asked for */
	char *started_at;
	struct store *store;
};

#define JOINING_ENTRIES(joining)                                                                   \
	{"db",                                                                                     \
	 0,                                                                                        \
	 0,                                                                                        \
	 G_OPTION_ARG_FILENAME,                                                                    \
	 &(joining)->database.path,                                                                \
	 "findings database (default: .contlint/contlint.db here or above)",                       \
	 "FILE"},                                                                                  \
		{"workload",                                                                       \
		 0,                                                                                \
		 0,                                                                                \
		 G_OPTION_ARG_STRING,                                                              \
		 &(joining)->workload,                                                             \
		 "what the program is made to do, for the database",                               \
		 "NAME"},                                                                          \
	{                                                                                          \
		"budget-us", 0, 0, G_OPTION_ARG_INT, &(joining)->budget_us,                        \
			"hold that a continuation may have, microseconds (default: 1000)", "N"     \
	}

void joining_init(struct joining *joining);
void joining_clear(struct joining *joining);

/* Checks the options and opens the database, before anything takes long. CLI_OK or the exit code:
 * the user has been told. */
int joining_open(struct joining *joining);

/* Joins the traces (paths) with the findings, stores that, and prints to `out` what came of it.
 * CLI_OK or the exit code: the user has been told. */
int joining_conclude(struct joining *joining, const GPtrArray *traces, FILE *out);

#endif
