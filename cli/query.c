/* contlint query: any question to the findings database, stored or written by hand. */
#include "cli/command.h"
#include "cli/database.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/words.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_query = {
	.name = "query",
	.arguments = "NAME [KEY=VALUE…] | --sql STATEMENT [KEY=VALUE…] | --list",
	.summary = "ask the findings database",
	.run = run,
};

enum { LIST_COLUMN = 25 }; /* where the titles of stored queries begin */

struct query {
	struct database_options options;
	char *sql;
	gboolean list;
	GPtrArray *words; /* KEY=VALUE, cut at the =; owned */
	GArray *params;   /* struct store_param */
};

static void query_init(struct query *query)
{
	query->words = g_ptr_array_new_with_free_func(g_free);
	query->params = g_array_new(FALSE, FALSE, sizeof(struct store_param));
}

static void query_clear(struct query *query)
{
	database_options_clear(&query->options);
	g_free(query->sql);
	g_ptr_array_unref(query->words);
	g_array_unref(query->params);
}

static bool add_param(struct query *query, const char *word)
{
	char *copy = g_strdup(word);
	char *equals = strchr(copy, '=');
	struct store_param param = {copy, equals ? equals + 1 : NULL};

	g_ptr_array_add(query->words, copy);
	if (!equals || equals == copy) {
		cli_error("query: %s is no parameter; one looks like key=value", word);
		return false;
	}
	*equals = '\0';
	g_array_append_val(query->params, param);
	return true;
}

static bool has_param(const struct query *query, const char *name)
{
	for (guint i = 0; i < query->params->len; i++)
		if (g_str_equal(g_array_index(query->params, struct store_param, i).name, name))
			return true;
	return false;
}

static int print_list(struct store *store)
{
	static const char sql[] =
		"SELECT name || coalesce((SELECT ' ' || group_concat(value ->> 'name' || '=…', ' ')"
		" FROM json_each(params)), ''), title FROM named_query ORDER BY name";
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = table_read(store, sql, NULL, 0, &error);

	if (!table)
		return database_failed(error);
	for (guint i = 0; i < table_row_count(table); i++) {
		guint columns = terminal_append(out, table_text(table, i, 0));

		do
			g_string_append_c(out, ' ');
		while (++columns < LIST_COLUMN);
		(void)terminal_append(out, table_text(table, i, 1));
		g_string_append_c(out, '\n');
	}
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

static int ask(struct query *query, struct store *store, const char *sql,
	       const struct table_format *format)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table =
		table_read(store, sql, (const struct store_param *)(void *)query->params->data,
			   query->params->len, &error);

	if (!table)
		return database_failed(error);
	database_print(table, format);
	if (table_row_count(table) == 0 && g_str_equal(format->name, "box"))
		(void)fprintf(stderr, "contlint: no rows\n");
	return CLI_OK;
}

static int tell_unknown(struct store *store, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) all = table_read(store, "SELECT name FROM named_query", NULL, 0, &error);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	if (!all)
		return database_failed(error);
	for (guint i = 0; i < table_row_count(all); i++)
		g_ptr_array_add(names, (gpointer)table_text(all, i, 0));
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(name, (const char *const *)names->pdata);
	if (nearest)
		cli_error("there is no stored query %s; did you mean %s?", name, nearest);
	else
		cli_error("there is no stored query %s; contlint query --list lists them", name);
	return CLI_USAGE;
}

/* Parameters that were not given take their defaults; one without a default is told with its
 * meaning. */
static bool complete_params(struct query *query, const char *name, const struct table *declared)
{
	for (guint i = 0; i < table_row_count(declared); i++) {
		struct store_param param = {table_text(declared, i, 0), table_text(declared, i, 1)};

		if (has_param(query, param.name))
			continue;
		if (table_integer(declared, i, 3) == 0) {
			cli_error("query %s needs %s=…: %s", name, param.name,
				  table_text(declared, i, 2));
			return false;
		}
		g_array_append_val(query->params, param);
	}
	return true;
}

static int ask_stored(struct query *query, struct store *store, const char *name,
		      const struct table_format *format)
{
	const struct store_param param = {"name", name};
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) found = table_read(
		store, "SELECT sql FROM named_query WHERE name = :name", &param, 1, &error);
	g_autoptr(table_t) declared = NULL;

	if (found)
		declared = table_read(store,
				      "SELECT value ->> 'name', value ->> 'default',"
				      " value ->> 'doc', value ->> 'default' IS NOT NULL"
				      " FROM named_query, json_each(params)"
				      " WHERE named_query.name = :name",
				      &param, 1, &error);
	if (!declared)
		return database_failed(error);
	if (table_row_count(found) == 0)
		return tell_unknown(store, name);
	if (!complete_params(query, name, declared))
		return CLI_USAGE;
	return ask(query, store, table_text(found, 0, 0), format);
}

static int run_query(struct query *query, int argc, char **argv)
{
	const struct table_format *format = database_format(&query->options, "box");
	int first = query->sql ? 1 : 2;
	g_autoptr(store_t) store = NULL;

	if (!format)
		return CLI_USAGE;
	if (!query->list && !query->sql && argc < 2) {
		cli_error("query needs a NAME or --sql; contlint query --list lists the names");
		return CLI_USAGE;
	}
	for (int i = first; i < argc; i++)
		if (!add_param(query, argv[i]))
			return CLI_USAGE;
	store = database_open(&query->options);
	if (!store)
		return CLI_DATABASE;
	if (query->list)
		return print_list(store);
	if (query->sql)
		return ask(query, store, query->sql, format);
	return ask_stored(query, store, argv[1], format);
}

static int run(int argc, char **argv)
{
	struct query query = {0};
	const GOptionEntry entries[] = {
		{"sql", 0, 0, G_OPTION_ARG_STRING, &query.sql,
		 "one statement that reads; its parameters as :key", "STATEMENT"},
		{"list", 0, 0, G_OPTION_ARG_NONE, &query.list, "list the stored queries", NULL},
		DATABASE_ENTRIES(&query.options),
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	query_init(&query);
	if (cli_parse(&command_query, entries, &argc, &argv, NULL))
		result = run_query(&query, argc, argv);
	query_clear(&query);
	return result;
}
