/* Words for runs, and the difference of two. A word can fit several ways (a label may look like a
 * commit): the order of the attempts below decides. */
#include "reports/store/history.h"

#include <string.h>

extern const char store_query_diff[]; /* reports/store/queries/diff.sql */

enum { COMMIT_SHORTEST = 7 };

/* Each gives one run_id or none, the newest that fits `:word`. */
#define NEWEST "SELECT run_id FROM run WHERE kind = 'static' AND "
static const char by_number[] = NEWEST "run_id = :word";
static const char by_label[] = NEWEST "label = :word ORDER BY run_id DESC LIMIT 1";
static const char by_commit[] = NEWEST "substr(vcs_commit, 1, length(:word)) ="
				       " CAST(:word AS TEXT) ORDER BY run_id DESC LIMIT 1";
static const char by_branch[] = NEWEST "vcs_branch = :word ORDER BY run_id DESC LIMIT 1";
static const char by_series[] = NEWEST "series = :word ORDER BY seq DESC LIMIT 1";
static const char latest[] = NEWEST ":word <> '' ORDER BY run_id DESC LIMIT 1";
static const char before_latest[] =
	"SELECT p.run_id FROM run p JOIN run l USING(series, kind) WHERE l.run_id = (" NEWEST
	":word <> '' ORDER BY run_id DESC LIMIT 1) AND p.seq < l.seq ORDER BY p.seq DESC LIMIT 1";

static bool is_hex(const char *word)
{
	size_t size = strspn(word, "0123456789abcdef");

	return size >= COMMIT_SHORTEST && word[size] == '\0';
}

/* The statements to try for `word`, NULL-terminated. A number that is no run may be a label. */
static void choose_statements(const char *word, const char *statements[4])
{
	guint count = 0;

	if (strspn(word, "0123456789") == strlen(word))
		statements[count++] = by_number;
	else if (strcmp(word, "latest") == 0)
		statements[count++] = latest;
	else if (strcmp(word, "previous") == 0)
		statements[count++] = before_latest;
	statements[count++] = by_label;
	statements[count++] = is_hex(word) ? by_commit : by_branch;
	statements[count] = NULL;
}

static bool find_by(struct store *store, const char *sql, const char *word, gint64 *ret_run_id,
		    GError **error)
{
	const struct store_param param = {"word", word};
	g_autoptr(table_t) found = table_read(store, sql, &param, 1, error);

	if (!found)
		return false;
	*ret_run_id = table_row_count(found) > 0 ? table_integer(found, 0, 0) : 0;
	return true;
}

bool history_find_run(struct store *store, const char *word, gint64 *ret_run_id, GError **error)
{
	static const char series[] = "series:";
	const char *statements[4];

	*ret_run_id = 0;
	if (g_str_has_prefix(word, series))
		return find_by(store, by_series, word + strlen(series), ret_run_id, error);
	if (word[0] == '\0')
		return true;
	choose_statements(word, statements);
	for (guint i = 0; statements[i] && *ret_run_id == 0; i++)
		if (!find_by(store, statements[i], word, ret_run_id, error))
			return false;
	return true;
}

/* `sql` about two runs, :a the older. */
static struct table *read_pair(struct store *store, const char *sql, gint64 older, gint64 newer,
			       GError **error)
{
	g_autofree char *a = g_strdup_printf("%" G_GINT64_FORMAT, older);
	g_autofree char *b = g_strdup_printf("%" G_GINT64_FORMAT, newer);
	const struct store_param params[] = {{"a", a}, {"b", b}};

	return table_read(store, sql, params, G_N_ELEMENTS(params), error);
}

struct table *history_diff(struct store *store, gint64 older, gint64 newer, GError **error)
{
	return read_pair(store, store_query_diff, older, newer, error);
}

struct table *history_degrees(struct store *store, gint64 older, gint64 newer, GError **error)
{
	return read_pair(store,
			 "SELECT f.name \"function\", l.path file, d.line, o.degree was, n.degree,"
			 " o.cost cost_was, n.cost FROM continuation_cost n"
			 " JOIN continuation_cost o ON o.function_id = n.function_id"
			 " AND o.run_id = :a JOIN function f ON f.function_id = n.function_id"
			 " LEFT JOIN file l ON l.file_id = f.file_id"
			 " LEFT JOIN definition d ON d.function_id = n.function_id"
			 " WHERE n.run_id = :b AND n.degree > o.degree"
			 " ORDER BY l.path, d.line, f.name",
			 older, newer, error);
}
