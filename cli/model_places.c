/* Where the models are at run time. */
#include "cli/model_places.h"

#include <gio/gio.h>
#include <string.h>

#include "analyzer/words.h"
#include "cli/command.h"

#define BUILTIN "builtin"

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

static bool need_models(const char *path, GError **error)
{
	if (is_folder(path) || g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return true;
	g_set_error(error, MODELS_ERROR, MODELS_ERROR_READ,
		    "%s: is not a folder or a file of models", path);
	return false;
}

/* "builtin" or "builtin:NAME": what stands behind the colon, or "". NULL if it is a path. */
static const char *builtin_name(const char *word)
{
	if (!g_str_has_prefix(word, BUILTIN))
		return NULL;
	word += strlen(BUILTIN);
	return *word == ':' ? word + 1 : *word == '\0' ? word : NULL;
}

/* Which of our libraries there are, for a "did you mean". */
static GPtrArray *list_names(const char *builtin)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) open = g_dir_open(builtin, 0, NULL);
	const char *name;

	while (open && (name = g_dir_read_name(open)))
		if (g_str_has_suffix(name, ".yaml"))
			g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".yaml")));
	g_ptr_array_sort(names, words_compare);
	return names;
}

/* Adds NAME.yaml, or all NAME-*.yaml: posix is several files. */
static bool add_builtin(GStrvBuilder *folders, const char *builtin, const char *name,
			GError **error)
{
	g_autoptr(GPtrArray) names = list_names(builtin);
	g_autofree char *start = g_strconcat(name, "-", NULL);
	bool found = false, exact = false;
	const char *nearest;

	for (guint i = 0; i < names->len; i++)
		exact = exact || strcmp(names->pdata[i], name) == 0;
	for (guint i = 0; i < names->len; i++) {
		const char *other = names->pdata[i];
		g_autofree char *path = g_strdup_printf("%s/%s.yaml", builtin, other);

		if (exact ? strcmp(other, name) != 0 : !g_str_has_prefix(other, start))
			continue;
		g_strv_builder_add(folders, path);
		found = true;
	}
	if (found)
		return true;
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(name, (const char *const *)names->pdata);
	g_set_error(error, MODELS_ERROR, MODELS_ERROR_READ,
		    "there is no model " BUILTIN ":%s%s%s%s", name,
		    nearest ? "; did you mean " BUILTIN ":" : "", nearest ? nearest : "",
		    nearest ? "?" : "");
	return false;
}

/* Ours come first: all of them, unless somebody says which. */
static bool add_ours(GStrvBuilder *folders, char *const *extra, GError **error)
{
	g_autofree char *builtin = model_places_builtin();
	bool all = true;

	if (!need_models(builtin, error))
		return false;
	for (size_t i = 0; extra && extra[i]; i++) {
		const char *name = builtin_name(extra[i]);

		if (name && *name == '\0') {
			all = true;
			break;
		}
		all = all && !name;
	}
	if (all) {
		g_strv_builder_add(folders, builtin);
		return true;
	}
	/* What names alone say holds for every library. */
	if (!add_builtin(folders, builtin, "conventions", error))
		return false;
	for (size_t i = 0; extra[i]; i++) {
		const char *name = builtin_name(extra[i]);

		if (name && !add_builtin(folders, builtin, name, error))
			return false;
	}
	return true;
}

/* All folders, NULL-terminated; NULL if one that was asked for is none. Caller frees. */
static GStrv list_folders(const char *root, char *const *extra, GError **error)
{
	g_autoptr(GStrvBuilder) folders = g_strv_builder_new();
	g_autofree char *project =
		root ? g_build_filename(root, ".contlint", "models", NULL) : NULL;

	if (!add_ours(folders, extra, error))
		return NULL;
	if (project && is_folder(project))
		g_strv_builder_add(folders, project);
	for (size_t i = 0; extra && extra[i]; i++) {
		if (builtin_name(extra[i]))
			continue;
		if (!need_models(extra[i], error))
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
