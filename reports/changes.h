/* The lines that a unified diff changes. */
#ifndef CONTLINT_REPORTS_CHANGES_H
#define CONTLINT_REPORTS_CHANGES_H

#include <glib.h>
#include <stdbool.h>

struct changes;

struct changes *changes_new(void);
void changes_free(struct changes *changes);
typedef struct changes changes_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(changes_t, changes_free)

/* Adds what `text` changes, as `diff -u` and `git diff` write it, with any number of lines around.
 * Paths lose a leading "a/" and "b/" and then `prefix` ("sub/", or NULL); files outside of that are
 * left out. Where lines are deleted, the line that now stands there counts. False and a sentence
 * with the line of `text` if it is no such diff; `name` stands in front of it. */
bool changes_add(struct changes *changes, const char *name, const char *text, const char *prefix,
		 GError **error);

/* Adds a file that is new as a whole. */
void changes_add_file(struct changes *changes, const char *path);

/* True if one of the lines `first` to `last` of `file` is changed. */
bool changes_touch(const struct changes *changes, const char *file, guint first, guint last);

#endif
