/* Files as every unit of a worker sees them: path as facts say it, hash, suppression comments.
 * Headers are read by many units and looked at once, as long as they do not change. */
#ifndef CONTLINT_ANALYZER_EXTRACT_FILES_H
#define CONTLINT_ANALYZER_EXTRACT_FILES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A suppression found in a comment. */
struct suppression {
	uint32_t kind; /* enum fact_suppression_kind */
	uint32_t line, column;
	uint32_t about; /* as in facts */
	char *rule;   /* owned */
	char *reason; /* owned, may be NULL */
};

struct file_entry {
	char *path;     /* relative to the root if under it, else absolute */
	char *absolute; /* to open it */
	bool in_root;
	bool is_read; /* hash and suppressions are those of the file with the stamp below */
	uint64_t hash_low, hash_high; /* XXH3 128-bit; 0 if unreadable */
	GArray *suppressions;         /* struct suppression; NULL if there are none */
	uint64_t device, inode, size;
	int64_t changed_ns;
};

struct file_cache;

/* `root` is absolute with symlinks resolved. */
struct file_cache *file_cache_new(const char *root);
void file_cache_free(struct file_cache *cache);

/* The file called `name` as the compiler names it from `directory`; `real` is its path with
 * symlinks resolved or NULL. Borrowed, valid until the cache is freed. */
const struct file_entry *file_cache_get(struct file_cache *cache, const char *directory,
					const char *name, const char *real);

/* The cache's root. */
const char *file_cache_root(const struct file_cache *cache);

/* `text` with the root cut out of every path in it. Caller frees. */
char *file_cache_relative_text(const struct file_cache *cache, const char *text);

/* The suppressions in a source file's text, NULL if there are none. Caller unrefs. */
GArray *suppressions_find(const char *text, size_t size);

#endif
