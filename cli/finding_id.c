/* The word by which somebody names a finding. */
#include "cli/finding_id.h"

#include <string.h>

#include "cli/command.h"
#include "cli/database.h"

enum { SHORTEST_PREFIX = 4, MOST_CANDIDATES = 5 };

/* Findings with what the last run that had them says. */
#define SELECT_CANDIDATES                                                                          \
	"SELECT f.finding_id, f.fp, f.rule_id,"                                                    \
	" (SELECT max(r.run_id) FROM run r CROSS JOIN occurrence o USING(run_id)"                  \
	"  WHERE o.finding_id = f.finding_id)"                                                     \
	" FROM finding f "

/* A number, or the hexadecimal beginning of a fingerprint. */
static struct table *find_candidates(struct store *store, const char *id, GError **error)
{
	const char *digits = g_str_has_prefix(id, "v1:") ? id + 3 : id;
	g_autofree char *low = g_strconcat("v1:", digits, NULL);
	g_autofree char *high = g_strconcat("v1:", digits, "g", NULL); /* behind every digit */
	const struct store_param number = {"id", id};
	const struct store_param range[] = {{"low", low}, {"high", high}};
	g_autoptr(table_t) found = NULL;

	if (strspn(id, "0123456789") == strlen(id)) {
		found = table_read(store, SELECT_CANDIDATES "WHERE f.finding_id = :id", &number, 1,
				   error);
		if (!found || table_row_count(found) > 0)
			return g_steal_pointer(&found);
		g_clear_pointer(&found, table_free);
	}
	return table_read(store,
			  SELECT_CANDIDATES "WHERE f.fp >= :low AND f.fp < :high ORDER BY f.fp",
			  range, G_N_ELEMENTS(range), error);
}

static int tell_candidates(const struct table *found, const char *id)
{
	guint count = table_row_count(found);
	g_autoptr(GString) list = g_string_new(NULL);

	if (count == 0) {
		cli_error("no finding has the fingerprint or number %s; contlint query open lists "
			  "them",
			  id);
		return CLI_USAGE;
	}
	for (guint i = 0; i < MIN(count, MOST_CANDIDATES); i++)
		g_string_append_printf(list, "%s%.16s (%s)", i > 0 ? ", " : "",
				       table_text(found, i, 1) + strlen("v1:"),
				       table_text(found, i, 2));
	cli_error("%s is the beginning of %u fingerprints: %s%s", id, count, list->str,
		  count > MOST_CANDIDATES ? ", …" : "");
	return CLI_USAGE;
}

int finding_id_find(struct store *store, const char *word, gint64 *ret_id, gint64 *ret_run_id)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) found = NULL;

	if (strspn(word, "0123456789") < strlen(word) && strlen(word) < SHORTEST_PREFIX) {
		cli_error("%s is too short for a fingerprint: at least %d digits", word,
			  SHORTEST_PREFIX);
		return CLI_USAGE;
	}
	found = find_candidates(store, word, &error);
	if (!found)
		return database_failed(error);
	if (table_row_count(found) != 1)
		return tell_candidates(found, word);
	*ret_id = table_integer(found, 0, 0);
	*ret_run_id = table_integer(found, 0, 3);
	return CLI_OK;
}
