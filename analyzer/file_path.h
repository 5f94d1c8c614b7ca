/* Names of files: under the root or not, and how to read one that may be hostile. */
#ifndef CONTLINT_ANALYZER_FILE_PATH_H
#define CONTLINT_ANALYZER_FILE_PATH_H

#include <glib.h>
#include <stdbool.h>

/* True if `path` is `root` or below it. Both absolute and normalized. */
bool file_path_under(const char *path, const char *root);

/* `path` relative to `root` if below it, "." for the root itself, else `path`. Borrowed: points
 * into `path`, or static. */
const char *file_path_relative(const char *path, const char *root);

/* Absolute path of `name` (relative to `directory`, which is absolute), symbolic links in its
 * folders resolved, its own name kept. What does not exist is only normalized. Caller frees. */
char *file_path_resolve(const char *name, const char *directory);

/* `folder` or the nearest folder above it for which `is_it` says yes, or NULL. Caller frees. */
char *file_path_above(const char *folder, bool (*is_it)(const char *folder));

/* Reads the regular file at `path`, at most `limit` bytes. A FIFO, a device or a folder is an error
 * and is never waited for. The text has a NUL after its end; caller frees. */
bool file_path_read(const char *path, gsize limit, char **ret_text, gsize *ret_size,
		    GError **error);

/* Puts `size` bytes in place of the file at `path`, so that readers see the old or the new text and
 * nothing between, and no process that stops half-way leaves half a file. False with errno set. */
bool file_path_replace(const char *path, const void *bytes, gsize size);

/* True if `path` is a regular file; else `error` says in one sentence what it is. */
bool file_path_check(const char *path, GError **error);

#endif
