/* What this contlint is made of. */
#ifndef CONTLINT_CLI_VERSION_H
#define CONTLINT_CLI_VERSION_H

#include <stdio.h>

const char *version_contlint(void); /* "0.1.0" */

/* Three lines: contlint, libclang, SQLite. */
void version_print(FILE *out);

#endif
