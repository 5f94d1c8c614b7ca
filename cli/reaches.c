/* contlint reaches: which continuations can come to a function, and on which way. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/roots.h"

#include <stdio.h>
#include <string.h>

#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_reaches = {
	.name = "reaches",
	.arguments = "FUNCTION",
	.summary = "show which continuations reach a function, and how",
	.run = run,
};

struct reaches {
	struct database_options options;
	char *context;
	const char *name; /* of the function asked for */
};

/* All functions called `name`: a static of each file, or one for all. */
static GArray *find_targets(const struct callgraph *graph, const char *name)
{
	GArray *targets = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint i = 0; i < callgraph_size(graph); i++)
		if (g_str_equal(callgraph_function(graph, i)->name, name))
			g_array_append_val(targets, i);
	return targets;
}

static void append_call(GString *out, const struct callgraph *graph,
			const struct callgraph_edge *edge)
{
	const struct callgraph_function *caller = callgraph_function(graph, edge->caller);
	const struct callgraph_function *callee = callgraph_function(graph, edge->callee);

	g_string_append(out, "    ");
	if (caller->file)
		(void)terminal_append(out, caller->file);
	if (edge->line > 0)
		g_string_append_printf(out, ":%u", edge->line);
	g_string_append(out, ": calls ");
	(void)terminal_append(out, callee->name);
	g_string_append(out, "()");
	if (edge->via) {
		g_string_append(out, " through ");
		(void)terminal_append(out, edge->via);
	}
	if (edge->targets > 1)
		g_string_append_printf(out, ", one of %u targets", edge->targets);
	g_string_append_c(out, '\n');
}

static void append_root(GString *out, const struct callgraph *graph, const struct root *root)
{
	const struct callgraph_edge *edge = callgraph_next(graph, root->function);

	(void)terminal_append(out, callgraph_function(graph, root->function)->name);
	g_string_append(out, "() on ");
	(void)terminal_append(out, root->contexts);
	g_string_append(out, ", ");
	(void)terminal_append(out, root->registered);
	g_string_append_c(out, '\n');
	if (!edge)
		g_string_append(out, "    is the function itself\n");
	for (; edge; edge = callgraph_next(graph, edge->callee))
		append_call(out, graph, edge);
}

/* "on_accept -> resolve -> getaddrinfo". */
static char *way_text(const struct callgraph *graph, guint function)
{
	g_autoptr(GString) text = g_string_new(callgraph_function(graph, function)->name);
	const struct callgraph_edge *edge;

	for (edge = callgraph_next(graph, function); edge;
	     edge = callgraph_next(graph, edge->callee))
		g_string_append_printf(text, " -> %s",
				       callgraph_function(graph, edge->callee)->name);
	return g_strdup(text->str);
}

static struct store_value text_value(const char *text)
{
	return (struct store_value){.type = STORE_TEXT, .text = text, .size = strlen(text)};
}

static struct table *make_table(const struct callgraph *graph, const GArray *roots)
{
	static const char *const names[] = {"callback", "context", "registered", "calls", "way"};
	struct table *table = table_new();

	table_set_columns(table, G_N_ELEMENTS(names), names);
	for (guint i = 0; i < roots->len; i++) {
		const struct root *root = &g_array_index(roots, struct root, i);
		g_autofree char *way = way_text(graph, root->function);
		g_autofree char *calls = g_strdup_printf("%u", root->distance);
		struct store_value row[G_N_ELEMENTS(names)] = {
			text_value(callgraph_function(graph, root->function)->name),
			text_value(root->contexts), text_value(root->registered), text_value(calls),
			text_value(way)};

		row[3].type = STORE_INTEGER;
		row[3].integer = root->distance;
		table_add_row(table, row);
	}
	return table;
}

static void print_ways(const struct reaches *reaches, const struct callgraph *graph,
		       const GArray *roots)
{
	g_autoptr(GString) out = g_string_new(NULL);

	if (roots->len == 0)
		g_string_append_printf(out, "no continuation%s%s reaches %s()\n",
				       reaches->context ? " on " : "",
				       reaches->context ? reaches->context : "", reaches->name);
	else
		g_string_append_printf(out, "%u continuation%s%s%s reach%s %s()\n", roots->len,
				       roots->len == 1 ? "" : "s", reaches->context ? " on " : "",
				       reaches->context ? reaches->context : "",
				       roots->len == 1 ? "es" : "", reaches->name);
	for (guint i = 0; i < roots->len; i++)
		append_root(out, graph, &g_array_index(roots, struct root, i));
	(void)fputs(out->str, stdout);
}

/* What is not known is told on stderr: an empty answer must not pass for a proof. */
static void tell_unresolved(struct store *store)
{
	g_autoptr(table_t) count =
		table_read(store, "SELECT count(*) FROM unresolved_call", NULL, 0, NULL);

	if (count && table_integer(count, 0, 0) == 1)
		(void)fprintf(stderr, "contlint: 1 call through a pointer was not followed "
				      "(contlint callbacks --unresolved)\n");
	else if (count && table_integer(count, 0, 0) > 1)
		(void)fprintf(stderr,
			      "contlint: %s calls through pointers were not followed "
			      "(contlint callbacks --unresolved)\n",
			      table_text(count, 0, 0));
}

static int show(const struct reaches *reaches, struct store *store)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(callgraph_t) graph = callgraph_load(store, &error);
	g_autoptr(GArray) targets = NULL;
	g_autoptr(GArray) roots = NULL;

	if (!graph)
		return database_failed(error);
	targets = find_targets(graph, reaches->name);
	callgraph_aim(graph, (const guint *)(void *)targets->data, targets->len);
	roots = roots_read(store, graph, reaches->context, &error);
	if (!roots)
		return database_failed(error);
	if (reaches->options.format) {
		g_autoptr(table_t) table = make_table(graph, roots);

		database_print(table, database_format(&reaches->options, "box"));
		return CLI_OK;
	}
	print_ways(reaches, graph, roots);
	tell_unresolved(store);
	return CLI_OK;
}

static int run_reaches(struct reaches *reaches, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;
	int result;

	if (argc != 2) {
		cli_error("reaches takes one function");
		return CLI_USAGE;
	}
	reaches->name = argv[1];
	if (!database_format(&reaches->options, "box") || !database_knows_context(reaches->context))
		return CLI_USAGE;
	store = database_open(&reaches->options);
	if (!store)
		return CLI_DATABASE;
	if (!database_has_function(store, reaches->name, &result))
		return result;
	return show(reaches, store);
}

static int run(int argc, char **argv)
{
	struct reaches reaches = {0};
	const GOptionEntry entries[] = {
		{"context", 0, 0, G_OPTION_ARG_STRING, &reaches.context,
		 "only continuations that run there: io, worker, signal …", "CONTEXT"},
		DATABASE_ENTRIES(&reaches.options),
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_reaches, entries, &argc, &argv, NULL))
		result = run_reaches(&reaches, argc, argv);
	database_options_clear(&reaches.options);
	g_free(reaches.context);
	return result;
}
