/* contlint db: the care of database files. */
#include "cli/command.h"
#include "cli/database.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/words.h"
#include "reports/store/store_care.h"

static int run(int argc, char **argv);

const struct command command_db = {
	.name = "db",
	.arguments = "merge FILE… | check | prune --keep N | migrate",
	.summary = "join, check and thin out findings databases",
	.run = run,
};

struct db {
	struct database_options options;
	gboolean shards;
	int keep;
};

/* Made if it is not there: the databases of others come together in it. */
static struct store *open_or_make(const struct db *db)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = database_path(&db->options);
	struct store *store = path ? store_open(path, &error) : NULL;

	if (error)
		cli_error("%s", error->message);
	return store;
}

static int merge_shards(struct store *store, char **files)
{
	g_autoptr(GError) error = NULL;
	gint64 run_id;

	if (!store_join_shards(store, files, &run_id, &error)) {
		cli_error("%s", error->message);
		return CLI_DATABASE;
	}
	(void)fprintf(stderr, "contlint: %u shards are run %" G_GINT64_FORMAT "\n",
		      g_strv_length(files), run_id);
	return CLI_OK;
}

static int run_merge(const struct db *db, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;

	if (argc == 0) {
		cli_error("db merge takes the databases to be taken in");
		return CLI_USAGE;
	}
	store = open_or_make(db);
	if (!store)
		return CLI_DATABASE;
	if (db->shards)
		return merge_shards(store, argv);
	for (int i = 0; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		guint added;

		if (!store_merge(store, argv[i], &added, &error)) {
			cli_error("%s", error->message);
			return CLI_DATABASE;
		}
		(void)fprintf(stderr, "contlint: %s: %u run%s taken\n", argv[i], added,
			      added == 1 ? "" : "s");
	}
	return CLI_OK;
}

static int run_check(const struct db *db, int argc, char **argv)
{
	g_autoptr(store_t) store = database_open(&db->options);
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;

	if (!store)
		return CLI_DATABASE;
	if (!store_check(store, problems, &error)) {
		cli_error("%s", error->message);
		return CLI_DATABASE;
	}
	for (guint i = 0; i < problems->len; i++)
		(void)printf("%s\n", (const char *)problems->pdata[i]);
	if (problems->len == 0)
		(void)fprintf(stderr, "contlint: the database is sound\n");
	return problems->len == 0 ? CLI_OK : CLI_DATABASE;
}

static int run_prune(const struct db *db, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;
	g_autoptr(GError) error = NULL;
	guint removed;

	if (db->keep <= 0) {
		cli_error("db prune needs --keep N, the runs of each series that stay");
		return CLI_USAGE;
	}
	store = database_open_writing(&db->options);
	if (!store)
		return CLI_DATABASE;
	if (!store_prune(store, (guint)db->keep, &removed, &error)) {
		cli_error("%s", error->message);
		return CLI_DATABASE;
	}
	(void)fprintf(stderr, "contlint: %u run%s removed\n", removed, removed == 1 ? "" : "s");
	return CLI_OK;
}

/* Opening for writing is what brings a database up to date, with a copy before. */
static int run_migrate(const struct db *db, int argc, char **argv)
{
	g_autoptr(store_t) store = database_open_writing(&db->options);
	g_autoptr(table_t) version =
		store ? table_read(store, "PRAGMA user_version", NULL, 0, NULL) : NULL;

	if (!version)
		return CLI_DATABASE;
	(void)fprintf(stderr, "contlint: the database has schema %s, today's\n",
		      table_text(version, 0, 0));
	return CLI_OK;
}

static const struct action {
	const char *name;
	int (*run)(const struct db *db, int argc, char **argv);
	bool takes_files;
} actions[] = {
	{"merge", run_merge, true},
	{"check", run_check, false},
	{"prune", run_prune, false},
	{"migrate", run_migrate, false},
};

static int choose(const struct db *db, int argc, char **argv)
{
	const char *names[G_N_ELEMENTS(actions) + 1] = {NULL};
	const char *nearest;

	for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
		names[i] = actions[i].name;
		if (argc < 2 || strcmp(argv[1], actions[i].name) != 0)
			continue;
		if (actions[i].takes_files || argc == 2)
			return actions[i].run(db, argc - 2, argv + 2);
		cli_error("db %s takes no %s", argv[1], argv[2]);
		return CLI_USAGE;
	}
	nearest = argc > 1 ? nearest_word(argv[1], names) : NULL;
	if (nearest)
		cli_error("db %s: there is no such action; did you mean %s?", argv[1], nearest);
	else
		cli_error("db takes an action: merge, check, prune or migrate");
	return CLI_USAGE;
}

static int run(int argc, char **argv)
{
	struct db db = {0};
	const GOptionEntry entries[] = {
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &db.options.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{"shards", 0, 0, G_OPTION_ARG_NONE, &db.shards,
		 "merge: the newest runs of the files are parts of one run", NULL},
		{"keep", 0, 0, G_OPTION_ARG_INT, &db.keep,
		 "prune: how many runs of each series stay", "N"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_db, entries, &argc, &argv, NULL))
		result = choose(&db, argc, argv);
	database_options_clear(&db.options);
	return result;
}
