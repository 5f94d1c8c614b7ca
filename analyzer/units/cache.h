/* Facts that need not be extracted again.
 *
 * A unit is found by what it is (contlint's and libclang's build, its cleaned command, the bytes
 * of its source) and valid if every file it read still has the same bytes. Paths under the root are
 * kept relative to it, so a cache can travel between checkouts.
 *
 * A known limit, shared with ccache: a header that is newly made in a folder searched earlier than
 * the one where it was found before is not noticed, for nothing that the unit read has changed. */
#ifndef CONTLINT_ANALYZER_UNITS_CACHE_H
#define CONTLINT_ANALYZER_UNITS_CACHE_H

#include <glib.h>
#include <stdbool.h>

#include "analyzer/units/compdb.h"
#include "analyzer/facts.h"

struct cache;

#define CACHE_DEFAULT_LIMIT (G_GUINT64_CONSTANT(1) << 30)

/* Opens the cache in `directory`, which is made if needed, for sources under `root`. `limit` is in
 * bytes. NULL and one sentence if the directory cannot be used. */
struct cache *cache_open(const char *directory, const char *root, guint64 limit, GError **error);

/* Saves what is known of files, and removes what was not used for longest if the cache is over its
 * limit. NULL is fine. */
void cache_close(struct cache *cache);

/* The name of the facts of `unit` if they are here and valid, else NULL. Facts of the same name are
 * the same. Caller frees. */
char *cache_find(struct cache *cache, const struct compdb_unit *unit);

/* The facts of `unit` if they are here and valid, else NULL. Damaged entries are as good as none.
 * Caller frees with facts_free(), and `*ret_name`, which is set with them. */
struct facts *cache_load(struct cache *cache, const struct compdb_unit *unit, char **ret_name);

/* Keeps `bytes`, the encoded `facts` of `unit`, and gives their name, which the caller frees. Facts
 * with compile errors are not kept: the missing header that caused them may appear. A full disk
 * costs only the next run's time. NULL if they are not kept. */
char *cache_store(struct cache *cache, const struct compdb_unit *unit, const struct facts *facts,
		  GBytes *bytes);

/* How many bytes and files are in the cache at `directory`; both 0 if there is none. */
void cache_measure(const char *directory, guint64 *ret_bytes, guint *ret_files);

#endif
