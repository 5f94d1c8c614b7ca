/* What the files of a run hold: path -> hash of the bytes. Each file is read at most once a run,
 * and not at all if its status is what it was when it was last read. */
#ifndef CONTLINT_ANALYZER_UNITS_FILE_TABLE_H
#define CONTLINT_ANALYZER_UNITS_FILE_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct file_table;

struct file_hash {
	uint64_t low, high; /* XXH3, 128 bits: what facts.h keeps for each file */
};

/* A table that remembers in the file `path`, which may be missing or damaged; NULL: nowhere. */
struct file_table *file_table_open(const char *path);

/* Writes what was asked for in this run, if it is not what the file says already, and frees the
 * table. A file that cannot be written costs only the next run's time. */
void file_table_close(struct file_table *table);

/* The hash of the regular file at the absolute `path`; false if there is none that can be read.
 * The answer is the same for the whole run. */
bool file_table_hash(struct file_table *table, const char *path, struct file_hash *ret_hash);

#endif
