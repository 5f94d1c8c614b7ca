/* Where the compile database is. */
#include "cli/build_dir.h"

#include <glib.h>

static const char *const usual_places[] = {".", "build"};

const char *build_dir_find(const char *said)
{
	for (size_t i = 0; !said && i < G_N_ELEMENTS(usual_places); i++) {
		g_autofree char *path =
			g_build_filename(usual_places[i], "compile_commands.json", NULL);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return usual_places[i];
	}
	return said ? said : usual_places[0];
}
