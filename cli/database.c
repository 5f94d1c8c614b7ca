/* The findings database, for commands that only look at it. */
#include "cli/database.h"

#include <stdio.h>

#include "analyzer/file_path.h"
#include "analyzer/words.h"
#include "cli/command.h"
#include "cli/vcs.h"
#include "reports/store/history.h"

void database_options_clear(struct database_options *options)
{
	g_clear_pointer(&options->path, g_free);
	g_clear_pointer(&options->format, g_free);
}

static char *database_in(const char *folder)
{
	return g_build_filename(folder, ".contlint", "contlint.db", NULL);
}

static bool has_database(const char *folder)
{
	g_autofree char *path = database_in(folder);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* .contlint/contlint.db of the nearest directory that has one, or NULL. */
static char *find_database(void)
{
	g_autofree char *here = g_get_current_dir();
	g_autofree char *folder = file_path_above(here, has_database);

	return folder ? database_in(folder) : NULL;
}

char *database_path(const struct database_options *options)
{
	char *path = options->path ? g_strdup(options->path) : find_database();

	if (!path)
		cli_error(
			"there is no .contlint/contlint.db here or above; contlint check makes it, "
			"--db names another");
	return path;
}

struct store *database_open(const struct database_options *options)
{
	g_autofree char *path = database_path(options);
	g_autoptr(GError) error = NULL;
	struct store *store = path ? store_open_readonly(path, &error) : NULL;

	if (error)
		cli_error("%s", error->message);
	return store;
}

struct store *database_open_writing(const struct database_options *options)
{
	g_autofree char *path = database_path(options);
	g_autoptr(GError) error = NULL;
	struct store *store = NULL;

	if (path && !g_file_test(path, G_FILE_TEST_EXISTS))
		cli_error("%s: there is no such database; contlint check makes it", path);
	else if (path)
		store = store_open(path, &error);
	if (error)
		cli_error("%s", error->message);
	return store;
}

const struct table_format *database_format(const struct database_options *options,
					   const char *fallback)
{
	const char *name = options->format ? options->format : fallback;
	const struct table_format *format = table_format_find(name);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	if (format)
		return format;
	for (const struct table_format *known = table_formats; known->name; known++)
		g_ptr_array_add(names, (gpointer)known->name);
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(name, (const char *const *)names->pdata);
	if (nearest)
		cli_error("there is no format %s; did you mean %s?", name, nearest);
	else
		cli_error("there is no format %s: it is box, csv, json or markdown", name);
	return NULL;
}

int database_failed(const GError *error)
{
	cli_error("%s", error->message);
	return g_error_matches(error, STORE_ERROR, STORE_ERROR_SQL) ? CLI_USAGE : CLI_DATABASE;
}

void database_print(const struct table *table, const struct table_format *format)
{
	g_autoptr(GString) out = g_string_new(NULL);

	format->write(table, out);
	(void)fwrite(out->str, 1, out->len, stdout); /* CSV may hold any byte */
}

bool database_knows_context(const char *context)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (guint bit = CONTEXT_IO; bit <= CONTEXT_CHILD; bit <<= 1)
		g_ptr_array_add(names, (gpointer)program_context_name((enum program_context)bit));
	g_ptr_array_add(names, (gpointer) "same"); /* that of whoever registers it */
	g_ptr_array_add(names, NULL);
	if (!context || g_strv_contains((const char *const *)names->pdata, context))
		return true;
	nearest = nearest_word(context, (const char *const *)names->pdata);
	if (nearest)
		cli_error("there is no context %s; did you mean %s?", context, nearest);
	else
		cli_error("there is no context %s: it is io, worker, startup, shutdown, signal, "
			  "child or same",
			  context);
	return false;
}

/* All names of `table`'s first column, NULL-terminated; borrowed from it. */
static GPtrArray *first_column(const struct table *table)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < table_row_count(table); i++)
		g_ptr_array_add(names, (gpointer)table_text(table, i, 0));
	g_ptr_array_add(names, NULL);
	return names;
}

static void tell_unknown(const struct table *functions, const char *name)
{
	g_autoptr(GPtrArray) names = first_column(functions);
	const char *nearest = nearest_word(name, (const char *const *)names->pdata);

	if (nearest)
		cli_error("no function is called %s; did you mean %s?", name, nearest);
	else
		cli_error("no function is called %s in the last run", name);
}

bool database_has_function(struct store *store, const char *name, int *ret_exit)
{
	const struct store_param param = {"name", name};
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) found = table_read(
		store, "SELECT 1 FROM function WHERE name = :name LIMIT 1", &param, 1, &error);
	g_autoptr(table_t) all = NULL;

	if (found && table_row_count(found) > 0)
		return true;
	if (found)
		all = table_read(store, "SELECT DISTINCT name FROM function ORDER BY name", NULL, 0,
				 &error);
	if (!all) {
		*ret_exit = database_failed(error);
		return false;
	}
	tell_unknown(all, name);
	*ret_exit = CLI_USAGE;
	return false;
}

/* Where the project was at its last run, or the current directory; caller frees. */
static char *project_root(struct store *store)
{
	g_autoptr(table_t) root = table_read(
		store, "SELECT root FROM run WHERE root IS NOT NULL ORDER BY run_id DESC LIMIT 1",
		NULL, 0, NULL);
	bool known = root && table_row_count(root) > 0 &&
		     g_file_test(table_text(root, 0, 0), G_FILE_TEST_IS_DIR);

	return known ? g_strdup(table_text(root, 0, 0)) : g_get_current_dir();
}

int database_find_run(struct store *store, const char *word, gint64 *ret_run_id)
{
	g_autofree char *root = project_root(store);
	g_autofree char *commit = vcs_find(root, word);
	g_autoptr(GError) error = NULL;

	if (!history_find_run(store, word, ret_run_id, &error) ||
	    (*ret_run_id == 0 && commit && !history_find_run(store, commit, ret_run_id, &error)))
		return database_failed(error);
	if (*ret_run_id != 0)
		return CLI_OK;
	if (commit)
		cli_error("no run has analysed %s (commit %.12s); contlint query trend lists the "
			  "runs",
			  word, commit);
	else
		cli_error("no run has the number, label, commit, branch or series %s; contlint "
			  "query trend lists the runs",
			  word);
	return CLI_USAGE;
}
