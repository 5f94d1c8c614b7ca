/* contlint callbacks: which functions are continuations, and who made them so. The handlers that
 * these call through a pointer in their turn belong to the answer: a loop that knows one callback
 * for each connection and a table of commands behind it serves its events with the commands. */
#include "cli/command.h"
#include "cli/database.h"

#include <stdio.h>

#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_callbacks = {
	.name = "callbacks",
	.arguments = "[FUNCTION] [--registered|--dispatched|--unresolved]",
	.summary = "list the continuations and what makes them so",
	.run = run,
};

#define REGISTERED                                                                                 \
	"SELECT 'registered' AS how, function, file || ':' || line AS at, context, via,"           \
	" registered_in AS made_in, registered_at AS made_at, calls, library, certainty"           \
	" FROM callbacks WHERE (:name = '' OR function = :name)"                                   \
	" AND (:context = '' OR context = :context)"

/* What a continuation calls through a pointer, or through a switch that is a table: a loop's own
 * callback finds the handler of a connection or a packet so. Once for each place that it is called
 * through. */
#define DISPATCHED                                                                                 \
	"SELECT 'dispatched' AS how, k.callee function, f.file || ':' || f.line AS at,"            \
	" 'io' context, k.via, k.caller made_in, min(k.at) made_at, NULL calls, NULL library,"     \
	" NULL certainty FROM calls k"                                                             \
	" JOIN functions c ON c.function_id = k.caller_id"                                         \
	" JOIN functions f ON f.function_id = k.callee_id"                                         \
	" WHERE (k.kind = 'indirect' OR (k.kind = 'direct' AND k.via IS NOT NULL))"                \
	" AND ',' || c.contexts || ',' LIKE '%,io,%'"                                              \
	" AND NOT EXISTS (SELECT 1 FROM callbacks b WHERE b.function_id = k.callee_id"             \
	" AND b.context = 'io')"                                                                   \
	" AND (:name = '' OR k.callee = :name) AND :context IN ('', 'io')"                         \
	" GROUP BY k.callee_id, k.via"

#define IN_ORDER " ORDER BY how DESC, function, at, made_at"

static const char select_all[] = REGISTERED " UNION ALL " DISPATCHED IN_ORDER;
static const char select_registered[] = REGISTERED IN_ORDER;
static const char select_dispatched[] = DISPATCHED IN_ORDER;

static const char select_unresolved[] =
	"SELECT DISTINCT at, function, place, targets, contexts, reason, outside, via"
	" FROM unresolved_calls"
	" WHERE (:name = '' OR function = :name)"
	" AND (:context = '' OR ',' || contexts || ',' LIKE '%,' || :context || ',%')"
	" ORDER BY outside, kind, at, place";

/* "on_accept src/proxy.c:10" once, then a line for each registration. */
static void append_callbacks(const struct table *table, GString *out)
{
	for (guint i = 0; i < table_row_count(table); i++) {
		bool dispatched = g_str_equal(table_text(table, i, 0), "dispatched");
		const char *name = table_text(table, i, 1), *at = table_text(table, i, 2);
		const char *via = table_text(table, i, 4), *in = table_text(table, i, 5);
		const char *where = table_text(table, i, 6);
		const char *made = dispatched ? "called through" : "registered through";

		if (i == 0 || !g_str_equal(name, table_text(table, i - 1, 1)) ||
		    !g_str_equal(at, table_text(table, i - 1, 2)))
			g_string_append_printf(out, "%s%s%s\n", name, at[0] ? "  " : "", at);
		g_string_append_printf(out, "    %s", table_text(table, i, 3));
		if (via[0] || dispatched)
			g_string_append_printf(out, ", %s %s", made, via[0] ? via : "a pointer");
		if (in[0])
			g_string_append_printf(out, " in %s()", in);
		if (where[0])
			g_string_append_printf(out, " at %s", where);
		g_string_append_c(out, '\n');
	}
}

/* "a.c:3:2: start() hands source.cb to uv_timer_start: " */
static void append_lost(const struct table *table, guint row, GString *out)
{
	const char *place = table_text(table, row, 2), *via = table_text(table, row, 7);

	g_string_append_printf(out, "%s: %s() ", table_text(table, row, 0),
			       table_text(table, row, 1));
	if (via[0])
		g_string_append_printf(out, "hands %s to %s: ", place[0] ? place : "a callback",
				       via);
	else
		g_string_append_printf(out, "calls through %s: ", place[0] ? place : "a pointer");
}

static void append_unresolved(const struct table *table, GString *out)
{
	for (guint i = 0; i < table_row_count(table); i++) {
		const char *contexts = table_text(table, i, 4);
		const char *reason = table_text(table, i, 5);
		bool outside = table_integer(table, i, 6);

		append_lost(table, i, out);
		if (table_integer(table, i, 3) == 0)
			g_string_append(out, "no target known");
		else
			g_string_append_printf(out, "cut at %s targets", table_text(table, i, 3));
		g_string_append_printf(out, "%s%s\n", contexts[0] ? "; runs on: " : "", contexts);
		if (reason[0])
			g_string_append_printf(out, "    %s %s\n",
					       outside ? "set from outside:" : "needs", reason);
	}
}

/* Line by line, so that names of others cannot command the terminal. */
static void print_plain(const GString *text)
{
	g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; lines[i] && (lines[i][0] || lines[i + 1]); i++) {
		(void)terminal_append(out, lines[i]);
		g_string_append_c(out, '\n');
	}
	(void)fputs(out->str, stdout);
}

struct callbacks {
	struct database_options options;
	char *context;
	gboolean registered, dispatched, unresolved;
};

/* Nothing to list is an answer too, and there is a next question. */
static void tell_none(const struct callbacks *callbacks, const char *name)
{
	if (callbacks->dispatched)
		(void)printf("no continuation calls %s through a pointer\n",
			     name[0] ? name : "anything");
	else if (callbacks->unresolved)
		(void)printf("every call through a pointer and every callback is resolved%s%s\n",
			     name[0] ? " in " : "", name);
	else if (name[0])
		(void)printf(
			"%s() is no continuation%s%s; contlint reaches %s tells which ones call "
			"it\n",
			name, callbacks->context ? " on " : "",
			callbacks->context ? callbacks->context : "", name);
	else
		(void)printf("no continuation was found\n");
}

static int show(const struct callbacks *callbacks, struct store *store, const char *name)
{
	const struct table_format *format = database_format(&callbacks->options, "box");
	const struct store_param params[] = {
		{"name", name}, {"context", callbacks->context ? callbacks->context : ""}};
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = NULL;

	table = table_read(store,
			   callbacks->unresolved   ? select_unresolved
			   : callbacks->dispatched ? select_dispatched
			   : callbacks->registered ? select_registered
						   : select_all,
			   params, G_N_ELEMENTS(params), &error);
	if (!table)
		return database_failed(error);
	if (callbacks->options.format) {
		database_print(table, format);
		return CLI_OK;
	}
	if (table_row_count(table) == 0)
		tell_none(callbacks, name);
	else if (callbacks->unresolved)
		append_unresolved(table, out);
	else
		append_callbacks(table, out);
	print_plain(out);
	return CLI_OK;
}

static int run_callbacks(const struct callbacks *callbacks, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	g_autoptr(store_t) store = NULL;
	int result;

	if (argc > 2) {
		cli_error("callbacks takes one function");
		return CLI_USAGE;
	}
	if (callbacks->registered + callbacks->dispatched + callbacks->unresolved > 1) {
		cli_error("--registered, --dispatched and --unresolved are lists of their own; "
			  "ask for one");
		return CLI_USAGE;
	}
	if (!database_format(&callbacks->options, "box") ||
	    !database_knows_context(callbacks->context))
		return CLI_USAGE;
	store = database_open(&callbacks->options);
	if (!store)
		return CLI_DATABASE;
	if (name[0] && !database_has_function(store, name, &result))
		return result;
	return show(callbacks, store, name);
}

static int run(int argc, char **argv)
{
	struct callbacks callbacks = {0};
	const GOptionEntry entries[] = {
		{"registered", 0, 0, G_OPTION_ARG_NONE, &callbacks.registered,
		 "list only what is handed to a loop, a library or a pool", NULL},
		{"dispatched", 0, 0, G_OPTION_ARG_NONE, &callbacks.dispatched,
		 "list only what these call through a pointer in their turn", NULL},
		{"unresolved", 0, 0, G_OPTION_ARG_NONE, &callbacks.unresolved,
		 "list calls through pointers that were not followed and callbacks that no "
		 "function is known of, those last that only "
		 "somebody outside the program can set",
		 NULL},
		{"context", 0, 0, G_OPTION_ARG_STRING, &callbacks.context,
		 "only those that run there: io, worker, signal …", "CONTEXT"},
		DATABASE_ENTRIES(&callbacks.options),
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_callbacks, entries, &argc, &argv, NULL))
		result = run_callbacks(&callbacks, argc, argv);
	database_options_clear(&callbacks.options);
	g_free(callbacks.context);
	return result;
}
