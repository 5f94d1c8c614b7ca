/* Costs that grow faster than before, as lines of a report. */
#include "cli/degrees.h"

#include <unistd.h>

#include "cli/command.h"
#include "cli/database.h"
#include "reports/store/history.h"
#include "reports/terminal.h"

/* "+ src/a.c:12: on_timer() grows as the square of the data now: 4 x (n) x (n), was 9 x (n)" */
static void append_degree(GString *out, const struct table *table, guint row, bool colour)
{
	static const char *const words[] = {"stays the same", "grows with",
					    "grows as the square of", "grows as the cube of"};
	gint64 degree = table_integer(table, row, HISTORY_DEGREE_IS);
	const char *line = table_text(table, row, HISTORY_DEGREE_LINE);

	g_string_append_printf(out, "%s+%s ", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "");
	(void)terminal_append(out, table_text(table, row, HISTORY_DEGREE_FILE));
	g_string_append_printf(out, "%s%s: ", line[0] ? ":" : "", line);
	(void)terminal_append(out, table_text(table, row, HISTORY_DEGREE_FUNCTION));
	g_string_append_printf(
		out, "() %s the data now: ", words[MIN(degree, (gint64)G_N_ELEMENTS(words) - 1)]);
	(void)terminal_append(out, table_text(table, row, HISTORY_DEGREE_COST));
	g_string_append(out, "; was ");
	(void)terminal_append(out, table_text(table, row, HISTORY_DEGREE_COST_WAS));
	g_string_append(out, " [contlint-degree-increase]\n");
}

void degrees_print(const struct table *table, FILE *file)
{
	bool colour = cli_colour(fileno(file));
	g_autoptr(GString) out = g_string_new(NULL);

	for (guint i = 0; i < table_row_count(table); i++)
		append_degree(out, table, i, colour);
	(void)fputs(out->str, file);
}

void degrees_summarize(const struct table *table, gint64 older, gint64 newer)
{
	(void)fprintf(stderr,
		      "contlint: run %" G_GINT64_FORMAT " to run %" G_GINT64_FORMAT
		      ": the cost of %u continuation%s grows faster\n",
		      older, newer, table_row_count(table), table_row_count(table) == 1 ? "" : "s");
}

bool degrees_tell(const struct gate *gate, const char *database, gint64 run_id, guint *ret_count)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) store = NULL;
	g_autoptr(table_t) table = NULL;

	*ret_count = 0;
	if (!gate->degrees || gate->base_run_id == 0)
		return true;
	store = store_open_readonly(database, &error);
	table = store ? history_degrees(store, gate->base_run_id, run_id, &error) : NULL;
	if (!table) {
		cli_error("%s", error->message);
		return false;
	}
	(void)fflush(stdout);
	degrees_print(table, stderr);
	degrees_summarize(table, gate->base_run_id, run_id);
	*ret_count = table_row_count(table);
	return true;
}
