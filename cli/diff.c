/* contlint diff: what changed between any two runs of the database. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/degrees.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reports/store/history.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_diff = {
	.name = "diff",
	.arguments = "A..B | A",
	.summary = "what is new, fixed or moved between two runs",
	.run = run,
};

/* In the order of the report. */
static const struct change {
	const char *name;
	char mark;
	const char *colour;
} changes[] = {
	{"introduced", '+', "\033[1;31m"}, {"unsuppressed", '+', "\033[1;31m"},
	{"moved", '>', "\033[1;34m"},      {"unknown", '?', "\033[1;33m"},
	{"fixed", '-', "\033[1;32m"},      {"suppressed", '-', "\033[1;32m"},
};

struct diff {
	struct database_options options;
	gboolean wanted[G_N_ELEMENTS(changes)]; /* none: all */
	gboolean degrees;                       /* costs that grow faster, instead */
};

static guint find_change(const char *name)
{
	guint i = 0;

	while (i + 1 < G_N_ELEMENTS(changes) && strcmp(changes[i].name, name) != 0)
		i++;
	return i;
}

static bool is_wanted(const struct diff *diff, guint change)
{
	bool any = false;

	for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
		any = any || diff->wanted[i];
	return !any || diff->wanted[change];
}

static void append_row(GString *out, const struct table *table, guint row, bool colour)
{
	const struct change *change = &changes[find_change(table_text(table, row, HISTORY_CHANGE))];

	g_string_append_printf(out, "%s%c%s ", colour ? change->colour : "", change->mark,
			       colour ? "\033[0m" : "");
	(void)terminal_append(out, table_text(table, row, HISTORY_FILE));
	g_string_append_printf(out, ":%s:%s: ", table_text(table, row, HISTORY_LINE),
			       table_text(table, row, HISTORY_COLUMN));
	(void)terminal_append(out, table_text(table, row, HISTORY_MESSAGE));
	g_string_append_printf(out, " [contlint-%s] %s", table_text(table, row, HISTORY_RULE),
			       table_text(table, row, HISTORY_FP));
	if (table_text(table, row, HISTORY_WAS_AT)[0] != '\0') {
		g_string_append(out, ", was at ");
		(void)terminal_append(out, table_text(table, row, HISTORY_WAS_AT));
	}
	if (table_text(table, row, HISTORY_WHY)[0] != '\0')
		g_string_append_printf(out, ": %s", table_text(table, row, HISTORY_WHY));
	g_string_append_c(out, '\n');
}

/* The number of findings of run `newer` that are in `older` too. */
static bool count_unchanged(struct store *store, gint64 older, gint64 newer, gint64 *ret_count,
			    GError **error)
{
	g_autofree char *a = g_strdup_printf("%" G_GINT64_FORMAT, older);
	g_autofree char *b = g_strdup_printf("%" G_GINT64_FORMAT, newer);
	const struct store_param params[] = {{"a", a}, {"b", b}};
	g_autoptr(table_t) count = table_read(
		store,
		"SELECT count(*) FROM occurrence n JOIN occurrence o ON o.finding_id = n.finding_id"
		" AND o.run_id = :a WHERE n.run_id = :b AND NOT n.carried"
		" AND NOT EXISTS(SELECT 1 FROM occurrence_suppression x"
		"  WHERE x.run_id IN (:a, :b) AND x.finding_id = n.finding_id)",
		params, G_N_ELEMENTS(params), error);

	if (count)
		*ret_count = table_integer(count, 0, 0);
	return count != NULL;
}

static void print_summary(const struct table *table, gint64 older, gint64 newer, gint64 unchanged)
{
	guint counts[G_N_ELEMENTS(changes)] = {0};
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < table_row_count(table); i++)
		counts[find_change(table_text(table, i, HISTORY_CHANGE))]++;
	for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
		if (counts[i] > 0)
			g_string_append_printf(text, "%u %s, ", counts[i], changes[i].name);
	(void)fflush(stdout);
	(void)fprintf(stderr,
		      "contlint: run %" G_GINT64_FORMAT " to run %" G_GINT64_FORMAT
		      ": %s%" G_GINT64_FORMAT " unchanged\n",
		      older, newer, text->str, unchanged);
}

static int print_diff(const struct diff *diff, struct store *store, gint64 older, gint64 newer)
{
	const struct table_format *format =
		diff->options.format ? database_format(&diff->options, NULL) : NULL;
	bool colour = cli_colour(STDOUT_FILENO);
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = history_diff(store, older, newer, &error);
	g_autoptr(GString) out = g_string_new(NULL);
	gint64 unchanged;

	if (!table || !count_unchanged(store, older, newer, &unchanged, &error))
		return database_failed(error);
	for (guint i = table_row_count(table); i-- > 0;)
		if (!is_wanted(diff, find_change(table_text(table, i, HISTORY_CHANGE))))
			table_remove_row(table, i);
	if (format)
		database_print(table, format);
	for (guint i = 0; !format && i < table_row_count(table); i++)
		append_row(out, table, i, colour);
	(void)fputs(out->str, stdout);
	print_summary(table, older, newer, unchanged);
	return CLI_OK;
}

/* What computes faster growing work than before. Like a gate: 1 if there is any. */
static int print_degrees(const struct diff *diff, struct store *store, gint64 older, gint64 newer)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = history_degrees(store, older, newer, &error);

	if (!table)
		return database_failed(error);
	if (diff->options.format)
		database_print(table, database_format(&diff->options, NULL));
	else
		degrees_print(table, stdout);
	(void)fflush(stdout);
	degrees_summarize(table, older, newer);
	return table_row_count(table) > 0 ? CLI_FINDINGS : CLI_OK;
}

static int run_diff(const struct diff *diff, int argc, char **argv)
{
	g_autoptr(store_t) store = NULL;
	g_auto(GStrv) words = NULL;
	gint64 older, newer;
	int code;

	if (argc != 2) {
		cli_error("diff takes two runs: A..B, each a number, a label, a commit, a branch, "
			  "latest or previous; or one, which is compared with latest");
		return CLI_USAGE;
	}
	if (diff->options.format && !database_format(&diff->options, NULL))
		return CLI_USAGE;
	words = g_strsplit(argv[1], "..", 2);
	store = database_open(&diff->options);
	if (!store)
		return CLI_DATABASE;
	code = database_find_run(store, words[0][0] ? words[0] : "previous", &older);
	if (code == CLI_OK)
		code = database_find_run(store, words[1] && words[1][0] ? words[1] : "latest",
					 &newer);
	if (code != CLI_OK)
		return code;
	return diff->degrees ? print_degrees(diff, store, older, newer)
			     : print_diff(diff, store, older, newer);
}

static int run(int argc, char **argv)
{
	struct diff diff = {0};
	const GOptionEntry entries[] = {
		{"introduced", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[0], "only these", NULL},
		{"unsuppressed", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[1], "only these", NULL},
		{"moved", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[2], "only these", NULL},
		{"unknown", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[3], "only these", NULL},
		{"fixed", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[4], "only these", NULL},
		{"suppressed", 0, 0, G_OPTION_ARG_NONE, &diff.wanted[5], "only these", NULL},
		{"degree-increase", 0, 0, G_OPTION_ARG_NONE, &diff.degrees,
		 "instead: continuations whose cost grows faster with the data; exit 1 if any",
		 NULL},
		DATABASE_ENTRIES(&diff.options),
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_diff, entries, &argc, &argv, NULL))
		result = run_diff(&diff, argc, argv);
	database_options_clear(&diff.options);
	return result;
}
