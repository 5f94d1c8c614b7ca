/* A subcommand: one file, one exported const struct, one line in commands.def. Only cli/ prints
 * errors, reads options and exits. */
#ifndef CONTLINT_CLI_COMMAND_H
#define CONTLINT_CLI_COMMAND_H

#include <glib.h>
#include <stdbool.h>

/* Exit codes, DESIGN section 11. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FINDINGS = 1,
	CLI_USAGE = 2,      /* usage, configuration or model error */
	CLI_INCOMPLETE = 3, /* wins over 0 and 1 */
	CLI_DATABASE = 4,
	CLI_INTERNAL = 5,
	CLI_PROGRAM = 6, /* the program that was run ended with another status than 0 */
	/* 128 + n: a signal ended it, or us. */
};

struct command {
	const char *name;
	const char *arguments; /* "[OPTION…] FILE…", for the usage line */
	const char *summary;   /* one line */
	/* argv[0] is the command's name. Returns an enum cli_exit. */
	int (*run)(int argc, char **argv);
};

extern const struct command *const commands_all[]; /* NULL-terminated, order of commands.def */

/* Prints "contlint: " and one sentence to stderr. */
void cli_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void cli_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Parses argv with GOption. On a bad option prints one sentence with the nearest real option
 * ("did you mean --jobs?") and returns false: the command then returns CLI_USAGE. --help is
 * handled inside: it prints and exits 0; so does --list-options, which programs read. Words after
 * "--" go to *ret_rest (NULL-terminated, caller frees with g_strfreev, NULL if there is no "--")
 * when ret_rest is given. */
bool cli_parse(const struct command *command, const GOptionEntry *entries, int *argc, char ***argv,
	       char ***ret_rest);

/* True if colour is wanted on `fd`: a terminal, NO_COLOR not set, TERM not "dumb". */
bool cli_colour(int fd);

#endif
