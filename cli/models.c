/* contlint models: do the models fit this program? */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/compdb.h"
#include "analyzer/model_use.h"
#include "analyzer/workers.h"
#include "cli/interrupt.h"
#include "cli/model_places.h"
#include "cli/progress.h"
#include "cli/settings.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_models = {
	.name = "models",
	.arguments = "verify|suggest [OPTION…]",
	.summary = "show models that match nothing, and functions without one",
	.run = run,
};

enum { WISHES_SHOWN = 30 };

struct models_options {
	char *build_dir, *root, *cache_dir;
	char **folders;
	gboolean all, quiet;
	int limit;
};

static void options_clear(struct models_options *options)
{
	g_free(options->build_dir);
	g_free(options->root);
	g_free(options->cache_dir);
	g_strfreev(options->folders);
}

/* Does a row come from contlint's own models? */
static bool is_own(const char *own, const char *file)
{
	return g_str_has_prefix(file, own) && file[strlen(own)] == '/';
}

static void append_row(GString *out, const struct model_row *row)
{
	(void)terminal_append(out, row->file);
	g_string_append_printf(out, ":%u: %s ", row->line, row->kind);
	if (row->record)
		g_string_append_printf(out, "%s.", row->record);
	g_string_append_printf(out, "%s matches nothing\n", row->name);
}

/* Rows of the user's models that matched nothing, and with `all` those of ours; then a count a
 * library. */
static void verify(const struct program *program, const struct models_options *options)
{
	g_autofree char *own = model_places_builtin();
	g_autoptr(GArray) rows = model_use_rows(program);
	g_autoptr(GString) out = g_string_new(NULL);
	guint of_user = 0;

	for (guint i = 0, used = 0, first = 0; i < rows->len; i++) {
		const struct model_row *row = &g_array_index(rows, struct model_row, i);
		bool is_users = !is_own(own, row->file);

		of_user += is_users;
		used += row->used;
		if (!row->used && (options->all || is_users))
			append_row(out, row);
		if (i + 1 < rows->len && g_str_equal(row->library, row[1].library))
			continue;
		(void)fprintf(stderr, "contlint: %s: %u of %u rows match\n", row->library, used,
			      i + 1 - first);
		first = i + 1;
		used = 0;
	}
	if (!of_user && !options->all)
		(void)fprintf(stderr, "contlint: no row of a model of your own is of a library "
				      "that the program uses; --all lists ours\n");
	(void)fputs(out->str, stdout);
}

static void suggest(const struct program *program, const struct models_options *options)
{
	g_autoptr(GArray) wishes = model_use_wishes(program);
	g_autoptr(GString) out = g_string_new(NULL);
	guint shown = 0, left = 0, chosen = 0;

	for (guint i = 0; i < wishes->len; i++) {
		const struct model_wish *wish = &g_array_index(wishes, struct model_wish, i);

		if (wish->library && !options->all) {
			chosen++;
			continue;
		}
		if (shown >= (guint)options->limit) {
			left++;
			continue;
		}
		shown++;
		g_string_append_printf(out, "%s()  %u continuation%s, %u call%s",
				       program->symbols[wish->symbol].name, wish->continuations,
				       wish->continuations == 1 ? "" : "s", wish->calls,
				       wish->calls == 1 ? "" : "s");
		if (*wish->header) {
			g_string_append(out, "  ");
			(void)terminal_append(out, wish->header);
		}
		g_string_append_c(out, '\n');
	}
	if (!shown)
		g_string_append(out, "no continuation reaches a function that wants a model\n");
	(void)fputs(out->str, stdout);
	if (left)
		(void)fprintf(stderr, "contlint: %u more (--limit)\n", left);
	if (chosen)
		(void)fprintf(stderr,
			      "contlint: %u more of libraries that are modelled, left out because "
			      "they do not block (--all)\n",
			      chosen);
}

static GPtrArray *extract(const struct models_options *options, const struct compdb *compdb,
			  GError **error)
{
	g_autofree char *cache =
		options->cache_dir ? g_strdup(options->cache_dir)
				   : g_build_filename(compdb->root, ".contlint", "cache", NULL);
	struct progress progress;
	const struct workers_options workers = {
		.cache_dir = cache,
		.progress = progress_show,
		.progress_data = &progress,
		.cancelled = interrupt_asked,
	};
	GPtrArray *results;

	progress_init(&progress, options->quiet);
	interrupt_catch();
	results = workers_extract(compdb, &workers, error);
	interrupt_release();
	progress_end(&progress);
	return results;
}

static int fail(const GError *error, int code)
{
	cli_error("%s", error->message);
	return code;
}

/* Where the compile database is. */
static const char *find_place(const struct models_options *options, const struct settings *settings)
{
	const char *configured = settings_word(settings, SETTING_COMPILE_COMMANDS);

	if (options->build_dir || configured)
		return options->build_dir ? options->build_dir : configured;
	return g_file_test("compile_commands.json", G_FILE_TEST_EXISTS) ? "." : "build";
}

static int look(const struct models_options *options,
		void (*tell)(const struct program *program, const struct models_options *options))
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = settings_find(options->root ? options->root : ".");
	g_autoptr(settings_t) settings = settings_read(path, &error);
	g_auto(GStrv) folders = settings ? settings_models(settings, options->folders) : NULL;
	g_autoptr(compdb_t) compdb =
		settings ? compdb_load(find_place(options, settings), options->root, &error) : NULL;
	g_autoptr(models_t) models = NULL;
	g_autoptr(GPtrArray) results = NULL;
	g_autoptr(program_t) program = NULL;
	g_autofree struct facts **facts = NULL;
	guint missing = 0;

	if (compdb)
		models = model_places_load(compdb->root, folders, &error);
	if (!models)
		return fail(error, CLI_USAGE);
	results = extract(options, compdb, &error);
	if (!results && interrupt_signal())
		return 128 + interrupt_signal();
	if (!results)
		return fail(error, CLI_INTERNAL);
	facts = g_new0(struct facts *, results->len + 1);
	for (guint i = 0; i < results->len; i++) {
		facts[i] = ((const struct unit_result *)results->pdata[i])->facts;
		missing += facts[i] == NULL;
	}
	program = program_link(facts, results->len, models);
	tell(program, options);
	if (missing)
		cli_warning("%u units could not be read", missing);
	return missing ? CLI_INCOMPLETE : CLI_OK;
}

static int run_models(const struct models_options *options, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "verify") == 0)
		return look(options, verify);
	if (argc == 2 && strcmp(argv[1], "suggest") == 0)
		return look(options, suggest);
	cli_error("models takes one word, verify or suggest");
	return CLI_USAGE;
}

static int run(int argc, char **argv)
{
	struct models_options options = {.limit = WISHES_SHOWN};
	const GOptionEntry entries[] = {
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &options.build_dir,
		 "folder of compile_commands.json (default: here or build/)", "DIR"},
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &options.root, "the project's folder", "DIR"},
		{"models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.folders,
		 "further folder of models; may be repeated", "DIR"},
		{"cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.cache_dir,
		 "where facts are kept (default: .contlint/cache in the project)", "DIR"},
		{"all", 0, 0, G_OPTION_ARG_NONE, &options.all,
		 "verify: contlint's own rows too; suggest: modelled libraries too", NULL},
		{"limit", 0, 0, G_OPTION_ARG_INT, &options.limit,
		 "suggest: so many functions (default: 30)", "N"},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, "no progress", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int code = CLI_USAGE;

	if (cli_parse(&command_models, entries, &argc, &argv, NULL))
		code = run_models(&options, argc, argv);
	options_clear(&options);
	return code;
}
