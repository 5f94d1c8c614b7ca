/* Where the models are at run time. */
#include "cli/model_places.h"

#include <gio/gio.h>

static bool is_folder(const char *path)
{
	return g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* An installed contlint finds its models wherever its prefix was moved to. */
static char *beside_executable(void)
{
	g_autofree char *executable = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = executable ? g_path_get_dirname(executable) : NULL;

	if (!folder)
		return NULL;
	return g_build_filename(folder, "..", "share", "contlint", "models", NULL);
}

char *model_places_builtin(void)
{
	const char *asked = g_getenv("CONTLINT_MODELS");
	g_autofree char *beside = NULL;

	if (asked && asked[0] != '\0')
		return g_strdup(asked);
	beside = beside_executable();
	if (beside && is_folder(beside))
		return g_steal_pointer(&beside);
	if (is_folder(CONTLINT_SOURCE_MODELS))
		return g_strdup(CONTLINT_SOURCE_MODELS);
	return g_strdup(CONTLINT_DATA_DIR "/models");
}

static bool need_folder(const char *path, GError **error)
{
	if (is_folder(path))
		return true;
	g_set_error(error, MODELS_ERROR, MODELS_ERROR_READ, "%s: is not a folder of models", path);
	return false;
}

/* All folders, NULL-terminated; NULL if one that was asked for is none. Caller frees. */
static GStrv list_folders(const char *root, char *const *extra, GError **error)
{
	g_autoptr(GStrvBuilder) folders = g_strv_builder_new();
	g_autofree char *builtin = model_places_builtin();
	g_autofree char *project =
		root ? g_build_filename(root, ".contlint", "models", NULL) : NULL;

	if (!need_folder(builtin, error))
		return NULL;
	g_strv_builder_add(folders, builtin);
	if (project && is_folder(project))
		g_strv_builder_add(folders, project);
	for (size_t i = 0; extra && extra[i]; i++) {
		if (!need_folder(extra[i], error))
			return NULL;
		g_strv_builder_add(folders, extra[i]);
	}
	return g_strv_builder_end(folders);
}

struct models *model_places_load(const char *root, char *const *extra, GError **error)
{
	g_auto(GStrv) folders = list_folders(root, extra, error);

	return folders ? models_load((const char *const *)folders, error) : NULL;
}

char *model_places_hash(const char *root, char *const *extra, GError **error)
{
	g_auto(GStrv) folders = list_folders(root, extra, error);

	return folders ? models_hash((const char *const *)folders, error) : NULL;
}
