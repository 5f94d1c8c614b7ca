/* What .contlint.yaml means for a check, where the command line says nothing. */
#ifndef CONTLINT_CLI_CONFIGURING_H
#define CONTLINT_CLI_CONFIGURING_H

#include "cli/judging.h"

/* Reads the configuration that was named, or the one at or above `folder`, unless it is read
 * already. CLI_OK or the exit code: the user has been told. */
int configuring_read(struct judging *judging, const char *folder);

/* Fills in the words that the command line left out. Once, when the project's folder is known. */
void configuring_fill(struct judging *judging);

/* What rules are told, but for the program and how whole it is. After judging_load_models(). */
struct rule_input configuring_rule_input(const struct judging *judging);

/* Adds the flags that are wanted to each unit and, with `chosen`, leaves out the units that are not
 * to be read. CLI_OK or the exit code: the user has been told. */
int configuring_units(const struct judging *judging, struct compdb *compdb, bool chosen);

/* Reads the configurations of the folders that hold units, and of those above them in the project;
 * none if one was named or none is wanted. CLI_OK or the exit code: the user has been told. */
int configuring_folders(struct judging *judging, const struct compdb *compdb);

/* The hold that a continuation may have, in microseconds: of the configuration at or above the
 * current folder; `usual` if it does not say. False: the user has been told. */
bool configuring_budget(int usual, int *ret_budget_us);

#endif
