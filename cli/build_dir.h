/* Where the compile database is. */
#ifndef CONTLINT_CLI_BUILD_DIR_H
#define CONTLINT_CLI_BUILD_DIR_H

/* `said` if it is not NULL; else the first of the usual places that has a compile database, else
 * the current folder, for the message. Borrowed. */
const char *build_dir_find(const char *said);

#endif
