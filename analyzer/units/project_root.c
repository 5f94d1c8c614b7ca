/* Where a project starts. A run from elsewhere (`contlint check -p ~/src/redis` in another
 * project's folder) must not take the other project for it, so the sources decide. */
#include "analyzer/units/project_root.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/file_path.h"

static bool has_mark(const char *directory)
{
	static const char *const marks[] = {".contlint.yaml", ".contlint", ".git"};

	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *path = g_build_filename(directory, marks[i], NULL);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return true;
	}
	return false;
}

char *project_root_above(const char *directory)
{
	return file_path_above(directory, has_mark);
}

/* Cuts `folder` until `file` is below it. */
static void shorten(char *folder, const char *file)
{
	while (!file_path_under(file, folder)) {
		char *slash = strrchr(folder, '/');

		if (!slash || slash == folder) {
			folder[slash ? 1 : 0] = '\0';
			return;
		}
		*slash = '\0';
	}
}

static char *common_folder(char *const *files, guint count)
{
	char *folder = g_path_get_dirname(files[0]);

	for (guint i = 1; i < count; i++)
		shorten(folder, files[i]);
	return folder;
}

char *project_root_of(char *const *files, guint count, const char *fallback)
{
	g_autofree char *here = g_get_current_dir();
	g_autofree char *marked = NULL;
	g_autofree char *common = NULL;
	char real[PATH_MAX];

	if (realpath(here, real))
		marked = project_root_above(real);
	for (guint i = 0; marked && i < count; i++)
		if (file_path_under(files[i], marked))
			return g_steal_pointer(&marked);
	common = common_folder(files, count);
	/* All sources in src/ below the database: the project is what holds both. */
	if (strcmp(common, "/") == 0 || (fallback && file_path_under(common, fallback)))
		return g_strdup(fallback);
	return g_steal_pointer(&common);
}
