/* contlint config: what .contlint.yaml says here, whether it is right, and a first one. */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/units/compdb.h"
#include "analyzer/file_path.h"
#include "analyzer/models/yaml_tree.h"
#include "cli/includes.h"
#include "cli/model_places.h"
#include "cli/settings.h"
#include "reports/terminal.h"
#include "rules/day.h"
#include "rules/silence.h"

static int run(int argc, char **argv);

const struct command command_config = {
	.name = "config",
	.arguments = "show | verify | init [OPTION…]",
	.summary = "show, check or make the project's " SETTINGS_FILE,
	.run = run,
};

enum { LINE_WIDTH = 90 };

struct config {
	char *file, *build_dir;
	gboolean origin, print;
};

/* The file that was named, or the one that holds here; NULL if there is none. Caller frees. */
static char *find_file(const struct config *config)
{
	g_autofree char *here = g_get_current_dir();

	return config->file ? g_strdup(config->file) : settings_find(here);
}

static struct settings *read_settings(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct settings *settings = settings_read(path, &error);

	if (!settings)
		cli_error("%s", error->message);
	return settings;
}

/* ---- show -------------------------------------------------------------------------------------
 */

static void print_line(const struct config *config, const char *key, const char *value,
		       const struct setting_place *place)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *line = g_strdup_printf("%s: %s", key, value);

	(void)terminal_append(out, line);
	if (config->origin && place->file) {
		g_string_append(out, "  # ");
		(void)terminal_append(out, place->file);
		g_string_append_printf(out, ":%u", place->line);
	} else if (config->origin) {
		g_string_append(out, "  # default");
	}
	(void)printf("%s\n", out->str);
}

static void print_setting(const struct config *config, const struct settings *settings,
			  enum setting_name name)
{
	char **words = settings_list(settings, name);
	bool list = settings_usual(name)[0] == '[';
	g_autofree char *joined = words ? g_strjoinv(", ", words) : NULL;
	g_autofree char *value = !words ? g_strdup(settings_usual(name))
				 : list ? g_strdup_printf("[%s]", joined)
					: g_strdup(joined);

	print_line(config, settings_key(name), value, &settings->all[name].place);
}

static void print_rules(const struct config *config, const struct settings *settings)
{
	static const char *const states[] = {"", "on", "off"};

	for (guint i = 0; i < settings->rules->len; i++) {
		const struct setting_rule *rule = g_ptr_array_index(settings->rules, i);
		g_autofree char *key = g_strdup_printf("rules.%s", rule->pattern);
		const char *level = rule->level < 0 ? NULL : finding_level_name(rule->level);

		print_line(config, key, level ? level : states[rule->state], &rule->place);
	}
}

static void print_suppressions(const struct config *config, const struct settings *settings)
{
	for (guint i = 0; i < settings->suppressions->len; i++) {
		const struct silence *silence = g_ptr_array_index(settings->suppressions, i);
		const struct setting_place place = {silence->file, silence->line};
		g_autofree char *value = g_strdup_printf(
			"%s in %s%s%s: %s", silence->rule, silence->path ? silence->path : "**",
			silence->expires ? " until " : "", silence->expires ? silence->expires : "",
			silence->reason);

		print_line(config, "suppress", value, &place);
	}
}

static int show(const struct config *config)
{
	g_autofree char *path = find_file(config);
	g_autoptr(settings_t) settings = read_settings(path);

	if (!settings)
		return CLI_USAGE;
	if (!path)
		(void)fputs("# there is no " SETTINGS_FILE " here or above: all as it is by "
			    "default\n",
			    stdout);
	for (guint i = 0; i < SETTING_COUNT; i++)
		print_setting(config, settings, (enum setting_name)i);
	print_rules(config, settings);
	print_suppressions(config, settings);
	return CLI_OK;
}

/* ---- verify -----------------------------------------------------------------------------------
 */

static void warn_expired(const struct settings *settings)
{
	g_autofree char *today = day_today();

	for (guint i = 0; i < settings->suppressions->len; i++) {
		const struct silence *silence = g_ptr_array_index(settings->suppressions, i);

		if (silence->expires && strcmp(silence->expires, today) < 0)
			cli_warning("%s:%u: this suppression expired on %s", silence->file,
				    silence->line, silence->expires);
	}
}

static void warn_missing(const struct settings *settings, enum setting_name name)
{
	const struct setting *setting = &settings->all[name];
	const char *path = settings_word(settings, name);

	if (path && !g_file_test(path, G_FILE_TEST_EXISTS))
		cli_warning("%s:%u: %s: there is no %s", setting->place.file, setting->place.line,
			    settings_key(name), path);
}

static int verify(const struct config *config)
{
	g_autofree char *path = find_file(config);
	g_autoptr(settings_t) settings = path ? read_settings(path) : NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *models = NULL;

	if (!path)
		cli_error("there is no " SETTINGS_FILE " here or above; contlint config init "
			  "makes one");
	if (!settings)
		return CLI_USAGE;
	models = model_places_hash(NULL, settings_list(settings, SETTING_MODELS), &error);
	if (!models) {
		const struct setting_place *place = &settings->all[SETTING_MODELS].place;

		cli_error("%s:%u: %s", place->file, place->line, error->message);
		return CLI_USAGE;
	}
	warn_missing(settings, SETTING_COMPILE_COMMANDS);
	warn_missing(settings, SETTING_BASELINE);
	warn_expired(settings);
	(void)fprintf(stderr, "contlint: %s is understood\n", path);
	return CLI_OK;
}

/* ---- init -------------------------------------------------------------------------------------
 */

struct use {
	const struct model_library *library;
	guint files;
};

static int compare_uses(const void *left, const void *right)
{
	const struct use *a = left, *b = right;

	if (a->files != b->files)
		return a->files > b->files ? -1 : 1;
	return strcmp(a->library->name, b->library->name);
}

/* Headers of the C library and of POSIX stand in models of others, whose headers need them. */
static bool is_common(const struct models *models, const struct model_library *library,
		      const char *header)
{
	static const char *const common[] = {"stdbool.h", "stddef.h", "stdint.h", "sys/types.h",
					     NULL};
	const GPtrArray *libraries = models_libraries(models);

	if (g_strv_contains(common, header))
		return true;
	for (guint i = 0; i < libraries->len; i++) {
		const struct model_library *other = libraries->pdata[i];

		if (strcmp(other->name, library->name) != 0 &&
		    g_strv_contains(other->headers, header))
			return true;
	}
	return false;
}

/* How many files include a header that is the library's own. */
static guint files_with(const struct models *models, const struct model_library *library,
			GHashTable *includes)
{
	guint files = 0;

	for (guint i = 0; library->headers[i]; i++) {
		const char *header = library->headers[i];

		if (!is_common(models, library, header))
			files = MAX(files, GPOINTER_TO_UINT(g_hash_table_lookup(includes, header)));
	}
	return files;
}

/* Libraries with a header that is included, most used first: GArray of struct use. A library in
 * several files of models is there once. */
static GArray *find_uses(const struct models *models, GHashTable *includes)
{
	GArray *uses = g_array_new(FALSE, FALSE, sizeof(struct use));
	const GPtrArray *libraries = models_libraries(models);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < libraries->len; i++) {
		struct use use = {.library = libraries->pdata[i]};

		use.files = files_with(models, use.library, includes);
		if (use.files > 0 && !use.library->platform &&
		    strcmp(use.library->name, "libc") != 0 &&
		    g_hash_table_add(seen, (gpointer)use.library->name))
			g_array_append_val(uses, use);
	}
	g_array_sort(uses, compare_uses);
	return uses;
}

static void append_uses(GString *out, const GArray *uses)
{
	gsize line;

	g_string_append(out, "# What the sources include and contlint has models of, beside the C "
			     "library:\n# ");
	line = out->len - 2;
	if (uses->len == 0)
		g_string_append(out, "nothing");
	for (guint i = 0; i < uses->len; i++) {
		const struct use *use = &g_array_index(uses, struct use, i);

		if (i > 0)
			g_string_append(out, out->len - line > LINE_WIDTH ? ",\n# " : ", ");
		if (i > 0 && g_str_has_suffix(out->str, "\n# "))
			line = out->len - 2;
		g_string_append_printf(out, "%s (%u file%s)", use->library->name, use->files,
				       use->files == 1 ? "" : "s");
	}
	g_string_append(out, ".\n");
}

static char *make_text(const struct compdb *compdb, const char *database, const GArray *uses)
{
	g_autofree char *absolute = file_path_resolve(database, compdb->root);
	GString *out = g_string_new(
		"# What contlint check does here: contlint config show --origin says what holds "
		"and why.\nversion: 1\nbuild:\n  compile_commands: ");

	yaml_append_quoted(out, file_path_relative(absolute, compdb->root));
	g_string_append(out, "\n\n");
	append_uses(out, uses);
	g_string_append(out,
			"# A library of your own wants a file of models: contlint models suggest "
			"says which functions.\n"
			"models: [builtin]    # and files or folders of yours\n\n"
			"# Units that are not read at all:\n"
			"paths:\n  exclude: []        # [\"tests/**\"]\n\n"
			"# What fails a check; contlint baseline write accepts what there is now.\n"
			"gate:\n  fail_on: any\n  require_reason: true\n\n"
			"# rules:\n#   blocking-stdio: off\n#   blocking-dns: error\n\n"
			"# suppress:\n# - {rule: blocking-file-sync, path: \"src/tools/**\",\n"
			"#    reason: one client only, expires: 2027-12-31}\n");
	return g_string_free(out, FALSE);
}

/* Where the compile database is, or NULL: the user has been told. Caller frees. */
static char *find_database(const struct config *config)
{
	static const char *const usual[] = {".", "build"};
	g_autofree char *here = g_get_current_dir();

	for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
		const char *folder = config->build_dir ? config->build_dir : usual[i];
		g_autofree char *path =
			g_file_test(folder, G_FILE_TEST_IS_DIR)
				? g_build_filename(folder, "compile_commands.json", NULL)
				: g_strdup(folder);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return file_path_resolve(path, here);
	}
	cli_error("there is no compile_commands.json here or in build/: name its folder with -p");
	return NULL;
}

static int write_text(const struct config *config, const char *path, const char *text)
{
	if (config->print) {
		(void)fputs(text, stdout);
		return CLI_OK;
	}
	if (g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK)) {
		cli_error("%s is there already; --print shows what would be written", path);
		return CLI_USAGE;
	}
	if (!file_path_replace(path, text, strlen(text))) {
		cli_error("%s: %s", path, g_strerror(errno));
		return CLI_USAGE;
	}
	(void)printf("%s\n", path);
	return CLI_OK;
}

static int init(const struct config *config)
{
	g_autofree char *database = find_database(config);
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = database ? compdb_load(database, NULL, &error) : NULL;
	g_autoptr(models_t) models = compdb ? model_places_load(compdb->root, NULL, &error) : NULL;
	g_autoptr(GHashTable) includes = NULL;
	g_autoptr(GArray) uses = NULL;
	g_autofree char *text = NULL;
	g_autofree char *path = NULL;

	if (database && !models)
		cli_error("%s", error->message);
	if (!models)
		return CLI_USAGE;
	includes = includes_count(compdb);
	uses = find_uses(models, includes);
	text = make_text(compdb, database, uses);
	path = g_build_filename(compdb->root, SETTINGS_FILE, NULL);
	return write_text(config, path, text);
}

static int run_config(const struct config *config, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*act)(const struct config *config);
	} actions[] = {{"show", show}, {"verify", verify}, {"init", init}};

	for (size_t i = 0; argc == 2 && i < G_N_ELEMENTS(actions); i++)
		if (strcmp(argv[1], actions[i].word) == 0)
			return actions[i].act(config);
	cli_error("config takes what to do: show, verify or init");
	return CLI_USAGE;
}

static int run(int argc, char **argv)
{
	struct config config = {0};
	const GOptionEntry entries[] = {
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &config.file,
		 "show, verify: this file (default: " SETTINGS_FILE " here or above)", "FILE"},
		{"origin", 0, 0, G_OPTION_ARG_NONE, &config.origin,
		 "show: where each thing is said", NULL},
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &config.build_dir,
		 "init: folder of compile_commands.json (default: here or build/)", "DIR"},
		{"print", 0, 0, G_OPTION_ARG_NONE, &config.print, "init: print it, write nothing",
		 NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int code = CLI_USAGE;

	if (cli_parse(&command_config, entries, &argc, &argv, NULL))
		code = run_config(&config, argc, argv);
	g_free(config.file);
	g_free(config.build_dir);
	return code;
}
