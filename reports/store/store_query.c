/* Questions to the database. The statement comes from a person or a script, the database perhaps
 * from a stranger: so nothing is allowed but reading, three times over - the file is open for
 * reading only, the authorizer refuses all else while the statement is prepared, and SQLite itself
 * says whether it would write. */
#include "reports/store/store_private.h"

#include <string.h>

/* Pragmas that only tell something, with or without an argument. */
static const char *const telling_pragmas[] = {
	"table_info",       "table_xinfo",       "table_list",
	"index_list",       "index_info",        "index_xinfo",
	"foreign_key_list", "foreign_key_check", "integrity_check",
	"quick_check",      "compile_options",   "function_list",
	"collation_list",   "pragma_list",       NULL,
};

/* Pragmas that tell something as long as they have no argument. */
static const char *const silent_pragmas[] = {
	"application_id", "user_version", "page_count",     "page_size",
	"freelist_count", "encoding",     "schema_version", NULL,
};

static int allow_pragma(const char *name, const char *argument)
{
	if (g_strv_contains(telling_pragmas, name))
		return SQLITE_OK;
	return !argument && g_strv_contains(silent_pragmas, name) ? SQLITE_OK : SQLITE_DENY;
}

static int authorize(void *data, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_UPDATE:
		/* SQLite asks this while it sets up a table-valued function. That a statement which
		 * really updates the schema would write is seen afterwards. */
		return g_strcmp0(first, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_FUNCTION:
		return g_strcmp0(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_PRAGMA:
		return allow_pragma(first, second);
	default:
		return SQLITE_DENY;
	}
}

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool refuse(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		*error = g_error_new_valist(STORE_ERROR, STORE_ERROR_SQL, format, arguments);
	va_end(arguments);
	return false;
}

/* Errors that are the database's, not the statement's, keep their own sentence. */
static bool fail_query(const struct store *store, int code, GError **error)
{
	switch (code & 0xFF) {
	case SQLITE_AUTH:
		return refuse(error, "the query is refused: it may only read, %s",
			      sqlite3_errmsg(store->db));
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
	case SQLITE_CONSTRAINT:
		return refuse(error, "the query cannot be run: %s", sqlite3_errmsg(store->db));
	default:
		return store_fail(store, code, error);
	}
}

/* Blanks and comments may follow a statement, another statement may not. */
static bool check_rest(const struct store *store, const char *rest, GError **error)
{
	while (rest && *rest) {
		sqlite3_stmt *second = NULL;
		const char *next = NULL;
		int code = sqlite3_prepare_v2(store->db, rest, -1, &second, &next);

		if (second || code != SQLITE_OK) {
			(void)sqlite3_finalize(second);
			return refuse(error, "the query is refused: it must be one statement");
		}
		rest = next;
	}
	return true;
}

static bool prepare(const struct store *store, const char *sql, sqlite3_stmt **ret_statement,
		    GError **error)
{
	const char *rest = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, ret_statement, &rest);

	if (code != SQLITE_OK)
		return fail_query(store, code, error);
	if (!*ret_statement)
		return refuse(error, "the query is refused: it is empty");
	if (!sqlite3_stmt_readonly(*ret_statement))
		return refuse(error, "the query is refused: it may only read");
	return check_rest(store, rest, error);
}

/* SQLite's own name of parameter `position` is ":limit"; `name` has no colon. */
static const struct store_param *find_param(const struct store_param *params, guint count,
					    const char *name)
{
	for (guint i = 0; i < count; i++)
		if (name && g_str_equal(params[i].name, name + 1))
			return &params[i];
	return NULL;
}

static int bind_value(sqlite3_stmt *statement, int position, const char *value)
{
	char *end = NULL;
	gint64 number = g_ascii_strtoll(value, &end, 10);
	g_autofree char *again = g_strdup_printf("%" G_GINT64_FORMAT, number);

	/* "007" and "1e3" are text: only what reads back the same is a number. */
	if (end != value && g_str_equal(again, value))
		return sqlite3_bind_int64(statement, position, number);
	return sqlite3_bind_text(statement, position, value, -1, SQLITE_TRANSIENT);
}

static bool bind_params(const struct store *store, sqlite3_stmt *statement,
			const struct store_param *params, guint count, GError **error)
{
	for (guint i = 0; i < count; i++) {
		g_autofree char *name = g_strconcat(":", params[i].name, NULL);

		if (sqlite3_bind_parameter_index(statement, name) == 0)
			return refuse(error, "the query has no parameter %s", params[i].name);
	}
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);
		const struct store_param *param = find_param(params, count, name);
		int code;

		if (!param)
			return refuse(error, "the query needs a value for its parameter %s",
				      name ? name + 1 : "?");
		code = bind_value(statement, i, param->value);
		if (code != SQLITE_OK)
			return fail_query(store, code, error);
	}
	return true;
}

static struct store_value read_value(sqlite3_stmt *statement, int column)
{
	static const enum store_type types[] = {
		[SQLITE_INTEGER] = STORE_INTEGER, [SQLITE_FLOAT] = STORE_REAL,
		[SQLITE_TEXT] = STORE_TEXT,       [SQLITE_BLOB] = STORE_BLOB,
		[SQLITE_NULL] = STORE_NULL,
	};
	struct store_value value = {.type = types[sqlite3_column_type(statement, column)]};

	if (value.type == STORE_INTEGER)
		value.integer = sqlite3_column_int64(statement, column);
	if (value.type == STORE_INTEGER || value.type == STORE_REAL)
		value.real = sqlite3_column_double(statement, column);
	/* A blob read as text gets its NUL here too. */
	value.text = (const char *)sqlite3_column_text(statement, column);
	value.size = (gsize)sqlite3_column_bytes(statement, column);
	return value;
}

static void tell_columns(sqlite3_stmt *statement, const struct store_reader *reader)
{
	int count = sqlite3_column_count(statement);
	g_autofree const char **names = g_new0(const char *, (gsize)count + 1);

	for (int i = 0; i < count; i++)
		names[i] = sqlite3_column_name(statement, i);
	reader->columns(count, names, reader->data);
}

static bool read_rows(const struct store *store, sqlite3_stmt *statement,
		      const struct store_reader *reader, GError **error)
{
	int count = sqlite3_column_count(statement), code;
	g_autofree struct store_value *values = g_new0(struct store_value, (gsize)count + 1);

	if (reader->columns)
		tell_columns(statement, reader);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		for (int i = 0; i < count; i++)
			values[i] = read_value(statement, i);
		if (!reader->row(count, values, reader->data))
			return true;
	}
	return code == SQLITE_DONE || fail_query(store, code, error);
}

bool store_read(struct store *store, const char *sql, const struct store_param *params,
		guint param_count, const struct store_reader *reader, GError **error)
{
	sqlite3_stmt *statement = NULL;
	bool ok;

	(void)sqlite3_set_authorizer(store->db, authorize, NULL);
	ok = prepare(store, sql, &statement, error) &&
	     bind_params(store, statement, params, param_count, error) &&
	     read_rows(store, statement, reader, error);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_set_authorizer(store->db, NULL, NULL);
	return ok;
}

/* store_query() gives the names with each row. */
struct plain_reader {
	store_row_fn *row;
	void *data;
	GPtrArray *names;
};

static void keep_names(int count, const char *const *names, void *data)
{
	struct plain_reader *plain = data;

	for (int i = 0; i < count; i++)
		g_ptr_array_add(plain->names, g_strdup(names[i]));
}

static bool pass_row(int count, const struct store_value *values, void *data)
{
	const struct plain_reader *plain = data;
	g_autofree const char **texts = g_new0(const char *, (gsize)count + 1);

	for (int i = 0; i < count; i++)
		texts[i] = values[i].text;
	plain->row(count, (const char *const *)plain->names->pdata, texts, plain->data);
	return true;
}

bool store_query(struct store *store, const char *sql, store_row_fn *row, void *data,
		 GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	struct plain_reader plain = {row, data, names};
	const struct store_reader reader = {keep_names, pass_row, &plain};

	return store_read(store, sql, NULL, 0, &reader, error);
}
