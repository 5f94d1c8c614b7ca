/* Lines of source files, for showing. */
#ifndef CONTLINT_REPORTS_FORMATS_SOURCE_H
#define CONTLINT_REPORTS_FORMATS_SOURCE_H

#include <glib.h>
#include <stdbool.h>

struct sources;

/* Files with a relative path are looked for below `root` (NULL: the current directory). */
struct sources *sources_new(const char *root);
void sources_free(struct sources *sources);
typedef struct sources sources_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sources_t, sources_free)

/* Line `line` (from 1) of `path`, without its end: `*ret_size` bytes, any bytes, borrowed until
 * sources_free(). False if there is no such line, or the file cannot be read, is no regular file or
 * is larger than 32 MiB. Each file is read once. */
bool sources_line(struct sources *sources, const char *path, guint line, const char **ret_text,
		  gsize *ret_size);

/* All of `path`: as above. */
bool sources_text(struct sources *sources, const char *path, const char **ret_text,
		  gsize *ret_size);

/* How many lines `path` has; 0 if it cannot be read. */
guint sources_line_count(struct sources *sources, const char *path);

/* The column in UTF-16 units, from 1, of byte column `column` in a line; a byte that is not UTF-8
 * counts as one. A column behind the line is one behind its end. */
guint sources_utf16_column(const char *line, gsize size, guint column);

#endif
