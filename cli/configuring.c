/* What .contlint.yaml means for a check. */
#include "cli/configuring.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/file_glob.h"
#include "analyzer/words.h"
#include "cli/command.h"
#include "rules/judge.h"

int configuring_read(struct judging *judging, const char *folder)
{
	const struct judging_words *words = &judging->words;
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;

	if (words->config)
		path = g_strdup(words->config);
	else if (!words->no_config)
		path = settings_find(folder);
	if (judging->settings && g_strcmp0(path, judging->settings_path) == 0)
		return CLI_OK;
	g_clear_pointer(&judging->settings, settings_free);
	g_free(judging->settings_path);
	judging->settings_path = g_steal_pointer(&path);
	judging->settings = settings_read(judging->settings_path, &error);
	if (judging->settings)
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_USAGE;
}

static void fill_word(const struct settings *settings, enum setting_name name, char **word)
{
	if (!*word)
		*word = g_strdup(settings_word(settings, name));
}

static void fill_list(const struct settings *settings, enum setting_name name, char ***list)
{
	if (!*list)
		*list = g_strdupv(settings_list(settings, name));
}

/* "+a,-b" of the command line changes what the configuration says, "a,b" takes its place. */
static void fill_rules(const struct settings *settings, char **list)
{
	char *configured = settings_rule_list(settings);
	bool replaces = *list && (*list)[0] != '\0' && (*list)[0] != '+' && (*list)[0] != '-';
	char *both;

	if (!configured || replaces) {
		g_free(configured);
		return;
	}
	both = *list ? g_strconcat(configured, ",", *list, NULL) : g_strdup(configured);
	g_free(configured);
	g_free(*list);
	*list = both;
}

void configuring_fill(struct judging *judging)
{
	const struct settings *settings = judging->settings;
	struct judging_words *words = &judging->words;
	char **models;

	fill_word(settings, SETTING_CONFIDENCE, &words->confidence);
	fill_word(settings, SETTING_BASE, &words->base);
	fill_word(settings, SETTING_FAIL_ON, &words->fail_on);
	fill_word(settings, SETTING_BASELINE, &words->baseline);
	fill_word(settings, SETTING_DATABASE, &words->database);
	fill_word(settings, SETTING_SERIES, &words->series);
	fill_word(settings, SETTING_HEADERS, &judging->filtering.headers);
	fill_list(settings, SETTING_REPORTS, &words->formats);
	models = settings_models(settings, words->models);
	g_strfreev(words->models);
	words->models = models;
	fill_rules(settings, &words->rules);
	if (words->budget_us == JUDGING_NOT_SAID && settings_word(settings, SETTING_BUDGET_US))
		words->budget_us = settings_number(settings, SETTING_BUDGET_US);
	words->require_reason =
		words->require_reason || settings_flag(settings, SETTING_REQUIRE_REASON);
}

struct rule_input configuring_rule_input(const struct judging *judging)
{
	const struct settings *settings = judging->settings;
	int sleep_ms = settings_number(settings, SETTING_SHORT_SLEEP_MS);
	const char *workers = settings_word(settings, SETTING_WORKER_BLOCKING);

	return (struct rule_input){
		.models = judging->models,
		.short_sleep_ns =
			sleep_ms > 0 ? sleep_ms * G_GINT64_CONSTANT(1000000) : JUDGE_SHORT_SLEEP_NS,
		.budget_us = (guint)judging->words.budget_us,
		.strict_workers = g_strcmp0(workers, "forbid") == 0,
		.require_reason = judging->words.require_reason,
		.silences = settings->suppressions,
		.root = judging->root,
	};
}

/* ---- units ------------------------------------------------------------------------------------
 */

struct paths {
	GPtrArray *include, *exclude; /* GRegex *; NULL if nothing was said */
};

static GPtrArray *read_globs(char **globs)
{
	GPtrArray *all;

	if (!globs)
		return NULL;
	all = g_ptr_array_new_with_free_func((GDestroyNotify)g_regex_unref);
	for (; *globs; globs++)
		g_ptr_array_add(all, file_glob_new(*globs));
	return all;
}

static bool fits_one(const GPtrArray *globs, const char *label)
{
	for (guint i = 0; globs && i < globs->len; i++)
		if (g_regex_match(globs->pdata[i], label, 0, NULL))
			return true;
	return false;
}

static bool is_wanted(const char *label, const void *data)
{
	const struct paths *paths = data;

	return (!paths->include || fits_one(paths->include, label)) &&
	       !fits_one(paths->exclude, label);
}

int configuring_units(const struct judging *judging, struct compdb *compdb, bool chosen)
{
	const struct settings *settings = judging->settings;
	char **flags = settings_list(settings, SETTING_EXTRA_ARGS);
	g_autoptr(GPtrArray) include = read_globs(settings_list(settings, SETTING_INCLUDE));
	g_autoptr(GPtrArray) exclude = read_globs(settings_list(settings, SETTING_EXCLUDE));
	const struct paths paths = {include, exclude};

	if (flags)
		compdb_add_flags(compdb, flags, judging->settings_path);
	if (!chosen)
		return CLI_OK;
	compdb_keep(compdb, is_wanted, &paths);
	if (compdb->units->len > 0)
		return CLI_OK;
	cli_error("%s: what paths includes and excludes leaves no unit", judging->settings_path);
	return CLI_USAGE;
}

/* ---- folders ----------------------------------------------------------------------------------
 */

/* Adds the folders of `label`, a path below the project's folder, that are not among them. */
static void add_folders(GHashTable *folders, const char *label)
{
	for (const char *slash = strchr(label, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *folder = g_strndup(label, (gsize)(slash - label));

		if (slash > label)
			(void)g_hash_table_add(folders, folder);
		else
			g_free(folder); /* of an absolute path: not in the project */
		if (slash == label)
			return;
	}
}

int configuring_folders(struct judging *judging, const struct compdb *compdb)
{
	g_autoptr(GHashTable) folders =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree const char **names = NULL;
	g_autoptr(GError) error = NULL;
	guint count;

	if (judging->words.config || judging->words.no_config)
		return CLI_OK;
	for (guint i = 0; i < compdb->units->len; i++)
		add_folders(folders, ((const struct compdb_unit *)compdb->units->pdata[i])->label);
	names = (const char **)g_hash_table_get_keys_as_array(folders, &count);
	if (count > 0)
		qsort(names, count, sizeof(names[0]), words_compare);
	for (guint i = 0; i < count; i++) {
		g_autofree char *path =
			g_build_filename(judging->root, names[i], SETTINGS_FILE, NULL);

		if (!g_file_test(path, G_FILE_TEST_EXISTS) ||
		    g_strcmp0(path, judging->settings_path) == 0)
			continue;
		if (!settings_add_folder(judging->settings, judging->root, path, &error)) {
			cli_error("%s", error->message);
			return CLI_USAGE;
		}
	}
	return CLI_OK;
}

bool configuring_budget(int usual, int *ret_budget_us)
{
	g_autofree char *here = g_get_current_dir();
	g_autofree char *path = settings_find(here);
	g_autoptr(GError) error = NULL;
	g_autoptr(settings_t) settings = settings_read(path, &error);
	int said;

	if (!settings) {
		cli_error("%s", error->message);
		return false;
	}
	said = settings_number(settings, SETTING_BUDGET_US);
	*ret_budget_us = said > 0 ? said : usual;
	return true;
}
