/* From the compile database to the linked program, for commands that do not judge it. */
#include "cli/linking.h"

#include "analyzer/units/workers.h"
#include "cli/build_dir.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/model_places.h"
#include "cli/progress.h"
#include "cli/settings.h"

void linking_add_entries(struct linking_words *words, GArray *entries)
{
	const GOptionEntry rows[] = {
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &words->build_dir,
		 "folder of compile_commands.json (default: here or build/)", "DIR"},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &words->jobs,
		 "worker processes (default: number of cores)", "N"},
		{"cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &words->cache_dir,
		 "where facts are kept (default: .contlint/cache in the project)", "DIR"},
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &words->root,
		 "the project's folder; paths are told relative to it", "DIR"},
		{"models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words->models,
		 "further folder of models; may be repeated", "DIR"},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &words->quiet, "no progress", NULL},
	};

	g_array_append_vals(entries, rows, G_N_ELEMENTS(rows));
}

void linking_words_clear(struct linking_words *words)
{
	g_free(words->build_dir);
	g_free(words->root);
	g_free(words->cache_dir);
	g_strfreev(words->models);
}

void linked_clear(struct linked *linked)
{
	g_clear_pointer(&linked->program, program_free);
	g_clear_pointer(&linked->results, g_ptr_array_unref);
	g_clear_pointer(&linked->models, models_free);
	g_clear_pointer(&linked->compdb, compdb_free);
}

static GPtrArray *extract(const struct linking_words *words, const struct compdb *compdb,
			  GError **error)
{
	g_autofree char *usual = g_build_filename(compdb->root, ".contlint", "cache", NULL);
	struct progress progress;
	const struct workers_options options = {
		.jobs = (guint)words->jobs,
		.cache_dir = words->cache_dir ? words->cache_dir : usual,
		.progress = progress_show,
		.progress_data = &progress,
		.cancelled = interrupt_asked,
	};
	GPtrArray *results;

	progress_init(&progress, words->quiet);
	interrupt_catch();
	results = workers_extract(compdb, &options, error);
	interrupt_release();
	progress_end(&progress);
	return results;
}

/* The compile database and the models of the configuration at or above the project's folder. */
static bool load(const struct linking_words *words, struct linked *linked, GError **error)
{
	g_autofree char *path = settings_find(words->root ? words->root : ".");
	g_autoptr(settings_t) settings = settings_read(path, error);
	g_auto(GStrv) folders = NULL;
	const char *place;

	if (!settings)
		return false;
	place = words->build_dir ? words->build_dir
				 : settings_word(settings, SETTING_COMPILE_COMMANDS);
	linked->compdb = compdb_load(build_dir_find(place), words->root, error);
	if (!linked->compdb)
		return false;
	folders = settings_models(settings, words->models);
	linked->models = model_places_load(linked->compdb->root, folders, error);
	return linked->models != NULL;
}

struct program *linking_results(const GPtrArray *results, const struct models *models)
{
	g_autofree struct facts **facts = g_new0(struct facts *, results->len + 1);

	for (guint i = 0; i < results->len; i++)
		facts[i] = ((const struct unit_result *)results->pdata[i])->facts;
	return program_link(facts, results->len, models);
}

int linking_open(const struct linking_words *words, struct linked *ret_linked)
{
	g_autoptr(GError) error = NULL;

	*ret_linked = (struct linked){0};
	if (words->jobs < 0) {
		cli_error("--jobs is a number above 0");
		return CLI_USAGE;
	}
	if (!load(words, ret_linked, &error)) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	ret_linked->results = extract(words, ret_linked->compdb, &error);
	if (!ret_linked->results && interrupt_signal())
		return 128 + interrupt_signal();
	if (!ret_linked->results) {
		cli_error("%s", error->message);
		return CLI_INTERNAL;
	}
	ret_linked->program = linking_results(ret_linked->results, ret_linked->models);
	return CLI_OK;
}
