/* Taking care of database files: joining those of several machines, thinning out the history,
 * looking whether all is well. */
#ifndef CONTLINT_REPORTS_STORE_STORE_CARE_H
#define CONTLINT_REPORTS_STORE_STORE_CARE_H

#include "reports/store/store.h"

/* Takes from the database at `path` every run that `store` has not, with findings, reviews,
 * suppressions and evidence, in one transaction. The call graph is that of the newest run of both.
 * `*ret_added` is the number of runs taken. */
bool store_merge(struct store *store, const char *path, guint *ret_added, GError **error);

/* Takes the newest static run of each of `paths` (NULL-terminated) and makes one full run of them:
 * they are the parts of one check. All or nothing. */
bool store_join_shards(struct store *store, char *const *paths, gint64 *ret_run_id, GError **error);

/* Takes out all but the newest `keep` runs of each series and kind, and what then belongs to
 * nothing; the newest static run of all always stays. The file shrinks. */
bool store_prune(struct store *store, guint keep, guint *ret_removed, GError **error);

/* Appends to `problems` (char *) one sentence for each thing that is not as it must be; none if the
 * database is sound. False and `error` only if it cannot be read. */
bool store_check(struct store *store, GPtrArray *problems, GError **error);

#endif
