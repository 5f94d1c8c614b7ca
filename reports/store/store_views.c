/* What the database says of itself: views, stored queries and descriptions. They are no part of the
 * schema's version; whoever writes with another contlint puts its own in place. */
#include "reports/store/store_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const char store_sql_views[];
extern const char store_sql_docs[];

static char *fingerprint_of_views(void)
{
	GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
	char *hex;

	g_checksum_update(checksum, (const guchar *)store_sql_views, -1);
	g_checksum_update(checksum, (const guchar *)store_sql_docs, -1);
	for (const struct store_named_query *query = store_named_queries; query->name; query++) {
		g_checksum_update(checksum, (const guchar *)query->name, -1);
		g_checksum_update(checksum, (const guchar *)query->text, -1);
	}
	hex = g_strdup(g_checksum_get_string(checksum));
	g_checksum_free(checksum);
	return hex;
}

static bool views_are_current(const struct store *store, const char *hash, bool *ret_current,
			      GError **error)
{
	g_autofree char *sql = g_strdup_printf(
		"SELECT count(*) FROM meta WHERE key = 'views' AND value = '%s'", hash);
	gint64 count;

	if (!store_number(store, sql, &count, error))
		return false;
	*ret_current = count > 0;
	return true;
}

/* One line "NAME[=DEFAULT] meaning". */
static json_t *read_param(const char *line, gsize size)
{
	g_autofree char *name = g_strndup(line, size);
	char *doc = strchr(name, ' '), *value;
	json_t *param;

	if (doc)
		*doc++ = '\0';
	value = strchr(name, '=');
	if (value)
		*value++ = '\0';
	param = json_pack("{s:s, s:s}", "name", name, "doc", doc ? doc : "");
	if (value)
		(void)json_object_set_new(param, "default", json_string(value));
	return param;
}

/* The parameters as JSON; `*rest` goes from their first line to the statement. */
static char *read_params(const char **rest)
{
	static const char mark[] = "-- :";
	json_t *params = json_array();
	char *text;

	while (g_str_has_prefix(*rest, mark)) {
		const char *line = *rest + strlen(mark);
		gsize size = strcspn(line, "\n");

		(void)json_array_append_new(params, read_param(line, size));
		*rest = line + size + 1;
	}
	text = json_dumps(params, JSON_PRESERVE_ORDER);
	json_decref(params);
	return text;
}

static bool put_query(const struct store *store, const struct store_named_query *query,
		      GError **error)
{
	const char *title = query->text + strlen("-- "), *rest = strchr(title, '\n') + 1;
	int title_size = (int)(rest - title - 1), code;
	char *params = read_params(&rest);
	sqlite3_stmt *statement;
	bool ok = store_prepare(store,
				"INSERT INTO named_query(name, title, params, sql)"
				" VALUES(?, ?, ?, rtrim(?, char(10)))",
				&statement, error);

	if (ok) {
		(void)sqlite3_bind_text(statement, 1, query->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(statement, 2, title, title_size, SQLITE_STATIC);
		(void)sqlite3_bind_text(statement, 3, params, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(statement, 4, rest, -1, SQLITE_STATIC);
		code = sqlite3_step(statement);
		(void)sqlite3_finalize(statement);
		ok = code == SQLITE_DONE || store_fail(store, code, error);
	}
	free(params);
	return ok;
}

static bool put_queries(const struct store *store, GError **error)
{
	if (!store_exec(store, "DELETE FROM named_query", error))
		return false;
	for (const struct store_named_query *query = store_named_queries; query->name; query++)
		if (!put_query(store, query, error))
			return false;
	return true;
}

static bool put_views(const struct store *store, const char *hash, GError **error)
{
	g_autofree char *meta =
		g_strdup_printf("INSERT OR REPLACE INTO meta VALUES('views', '%s')", hash);

	return store_exec(store, store_sql_views, error) && put_queries(store, error) &&
	       store_exec(store, store_sql_docs, error) && store_exec(store, meta, error);
}

/* Of several processes that come here at once the first does the work. */
bool store_refresh_views(const struct store *store, GError **error)
{
	g_autofree char *hash = fingerprint_of_views();
	bool current, ok;

	if (!views_are_current(store, hash, &current, error))
		return false;
	if (current)
		return true;
	if (!store_exec(store, "BEGIN IMMEDIATE", error))
		return false;
	ok = views_are_current(store, hash, &current, error) &&
	     (current || put_views(store, hash, error));
	return store_end(store, ok, error);
}
