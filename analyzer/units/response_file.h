/* Response files: @FILE in a command stands for the words in FILE. */
#ifndef CONTLINT_ANALYZER_UNITS_RESPONSE_FILE_H
#define CONTLINT_ANALYZER_UNITS_RESPONSE_FILE_H

#include <glib.h>
#include <stdbool.h>

/* Appends the words (char *, g_malloc'd) of `argv` to `words`, response files replaced by what
 * they hold, and theirs too, to a depth of 8, 100 files and 100,000 words. Paths are relative to
 * `directory`. A file that cannot be read, is outside `root`, no regular file or larger than
 * 4 MiB is left out. Returns how many were. */
guint response_file_expand(char *const *argv, const char *directory, const char *root,
			   GPtrArray *words);

#endif
