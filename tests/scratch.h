/* A folder of its own for a test, gone afterwards. Header only. */
#ifndef CONTLINT_TESTS_SCRATCH_H
#define CONTLINT_TESTS_SCRATCH_H

#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* A new empty folder, symbolic links resolved. Free with scratch_remove(). */
static inline char *scratch_new(void)
{
	g_autofree char *folder = g_dir_make_tmp("contlint-test-XXXXXX", NULL);

	g_assert_nonnull(folder);
	return realpath(folder, NULL);
}

/* Removes `path` and all below it. */
static inline void scratch_delete(const char *path)
{
	GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);

	if (dir) {
		for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
			g_autofree char *inner = g_build_filename(path, name, NULL);

			scratch_delete(inner);
		}
		g_dir_close(dir);
	}
	(void)g_remove(path);
}

static inline void scratch_remove(char *folder)
{
	scratch_delete(folder);
	free(folder);
}

/* Writes `size` bytes to FOLDER/NAME, folders in between are made. Returns the path, to be freed
 * with g_free(). */
static inline char *scratch_write_bytes(const char *folder, const char *name, const char *text,
					size_t size)
{
	char *path = g_build_filename(folder, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
	g_assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
	return path;
}

/* The same for a string; nobody needs the path. */
static inline void scratch_write(const char *folder, const char *name, const char *text)
{
	g_free(scratch_write_bytes(folder, name, text, strlen(text)));
}

#endif
