/* The word by which somebody names a finding. */
#ifndef CONTLINT_CLI_FINDING_ID_H
#define CONTLINT_CLI_FINDING_ID_H

#include "reports/store/store.h"

/* The finding that `word` names, by its number, its fingerprint or the beginning of it (4 digits or
 * more), and the last run that has it. CLI_OK or the exit code: the user has been told. */
int finding_id_find(struct store *store, const char *word, gint64 *ret_id, gint64 *ret_run_id);

#endif
