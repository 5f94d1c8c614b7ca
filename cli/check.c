/* contlint check: the whole road for a project, from its compile database to findings on stdout, a
 * run in the database and an exit code for CI. */
#include "cli/command.h"

#include <stdio.h>

#include "analyzer/units/compdb.h"
#include "analyzer/units/workers.h"
#include "cli/build_dir.h"
#include "cli/configuring.h"
#include "cli/interrupt.h"
#include "cli/judging.h"
#include "cli/progress.h"

static int run(int argc, char **argv);

const struct command command_check = {
	.name = "check",
	.arguments = "[OPTION…] [FILE…] [-- FLAG…]",
	.summary = "find continuations that hold an I/O thread",
	.run = run,
};

struct check {
	struct judging judging;
	char *build_dir, *cache_dir;
	gboolean no_cache;
	int jobs, timeout_seconds, memory_mib;
	char **files; /* NULL-terminated, borrowed from argv */
	char **flags; /* after --, or NULL */
	bool has_files;
};

static void check_clear(struct check *check)
{
	judging_clear(&check->judging);
	g_free(check->build_dir);
	g_free(check->cache_dir);
	g_strfreev(check->flags);
}

static bool parse(struct check *check, int argc, char **argv)
{
	const GOptionEntry own[] = {
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &check->build_dir,
		 "folder of compile_commands.json (default: here or build/)", "DIR"},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &check->jobs,
		 "worker processes (default: number of cores)", "N"},
		{"tu-timeout", 0, 0, G_OPTION_ARG_INT, &check->timeout_seconds,
		 "seconds for one unit (default: 60)", "SECONDS"},
		{"tu-memory", 0, 0, G_OPTION_ARG_INT, &check->memory_mib,
		 "memory for one unit (default: 2048)", "MIB"},
		{"cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &check->cache_dir,
		 "where facts are kept (default: .contlint/cache in the project)", "DIR"},
		{"no-cache", 0, 0, G_OPTION_ARG_NONE, &check->no_cache,
		 "extract everything, keep nothing", NULL},
	};
	g_autoptr(GArray) entries = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));

	g_array_append_vals(entries, own, G_N_ELEMENTS(own));
	judging_add_entries(&check->judging, entries);
	if (!cli_parse(&command_check, (const GOptionEntry *)(gpointer)entries->data, &argc, &argv,
		       &check->flags))
		return false;
	if (check->jobs < 0 || check->timeout_seconds < 0 || check->memory_mib < 0) {
		cli_error("--jobs, --tu-timeout and --tu-memory are numbers above 0");
		return false;
	}
	check->files = argv + 1;
	check->has_files = argc > 1;
	if (check->flags && !check->has_files) {
		cli_error("flags after -- are for files on the command line, but there are none");
		return false;
	}
	return true;
}

/* The folder of the compile database if nobody said it: the configuration's, else a usual one. */
static const char *find_build_dir(const struct check *check)
{
	const char *configured = settings_word(check->judging.settings, SETTING_COMPILE_COMMANDS);

	return build_dir_find(check->build_dir ? check->build_dir : configured);
}

/* Files alone are compiled as they are; with -p they choose from the compile database. */
static struct compdb *load_units(struct check *check, GError **error)
{
	const char *root = check->judging.words.root;
	g_autoptr(compdb_t) compdb = NULL;

	check->judging.partial = check->has_files;
	if (check->has_files && !check->build_dir &&
	    (check->flags || !settings_word(check->judging.settings, SETTING_COMPILE_COMMANDS)))
		return compdb_from_files(check->files, check->flags, root, error);
	if (check->flags) {
		cli_warning("flags after -- are not used: the compile database has each file's");
		g_clear_pointer(&check->flags, g_strfreev);
	}
	compdb = compdb_load(find_build_dir(check), root, error);
	if (compdb && check->has_files && !compdb_select(compdb, check->files, error))
		return NULL;
	return g_steal_pointer(&compdb);
}

/* Where facts are kept, or NULL. Caller frees. */
static char *cache_folder(const struct check *check, const struct compdb *compdb)
{
	if (check->no_cache)
		return NULL;
	if (check->cache_dir)
		return g_strdup(check->cache_dir);
	return g_build_filename(compdb->root, ".contlint", "cache", NULL);
}

static GPtrArray *extract(const struct check *check, const struct compdb *compdb, const char *cache,
			  GError **error)
{
	struct progress progress;
	const struct workers_options options = {
		.jobs = (guint)check->jobs,
		.timeout_seconds = (guint)check->timeout_seconds,
		.memory_mib = (guint)check->memory_mib,
		.cache_dir = cache,
		.progress = progress_show,
		.progress_data = &progress,
		.cancelled = interrupt_asked,
	};
	GPtrArray *results;

	progress_init(&progress, check->judging.words.quiet);
	interrupt_catch();
	results = workers_extract(compdb, &options, error);
	interrupt_release();
	progress_end(&progress);
	return results;
}

/* True if nothing has changed since the last run: then all has been said again. */
static bool repeat(struct judging *judging, const struct compdb *compdb, const char *cache,
		   int *ret_code)
{
	g_autofree char *hash = cache ? workers_find_input(compdb, cache) : NULL;

	if (!hash)
		return false;
	timings_mark(&judging->phases, "compare");
	return judging_repeat(judging, compdb, hash, ret_code);
}

/* The configuration around us says where the compile database is; that says where the project is,
 * whose configuration then holds. */
static int open_project(struct check *check, struct compdb **ret_compdb)
{
	struct judging *judging = &check->judging;
	const char *root = judging->words.root;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;
	int code = configuring_read(judging, root ? root : ".");

	if (code != CLI_OK)
		return code;
	compdb = load_units(check, &error);
	if (!compdb) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	code = judging_open(judging, compdb->root);
	if (code == CLI_OK)
		code = configuring_units(judging, compdb, !check->has_files);
	if (code == CLI_OK)
		code = configuring_folders(judging, compdb);
	if (code != CLI_OK)
		return code;
	for (guint i = 0; i < compdb->warnings->len; i++)
		cli_warning("%s", (const char *)compdb->warnings->pdata[i]);
	timings_mark(&judging->phases, "compdb");
	*ret_compdb = g_steal_pointer(&compdb);
	return CLI_OK;
}

static int check_project(struct check *check)
{
	struct judging *judging = &check->judging;
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;
	g_autofree char *cache = NULL;
	int code = open_project(check, &compdb);

	if (code != CLI_OK)
		return code;
	cache = cache_folder(check, compdb);
	if (repeat(judging, compdb, cache, &code))
		return code;
	code = judging_load_models(judging);
	if (code != CLI_OK)
		return code;
	results = extract(check, compdb, cache, &error);
	if (!results && interrupt_signal())
		return 128 + interrupt_signal();
	if (!results) {
		cli_error("%s", error->message);
		return CLI_INTERNAL;
	}
	timings_mark(&judging->phases, "extract");
	judging->units_hash = workers_input_hash(results);
	return judging_conclude(judging, compdb, results);
}

static int run(int argc, char **argv)
{
	struct check check = {0};
	int code = CLI_USAGE;

	judging_init(&check.judging);
	if (parse(&check, argc, argv) && judging_read_words(&check.judging))
		code = check_project(&check);
	check_clear(&check);
	return code;
}
