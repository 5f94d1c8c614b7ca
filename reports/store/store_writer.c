/* Statements and numbers for the writing of a run. Each statement is prepared once, each file and
 * function is looked up once: a run has tens of thousands of rows. */
#include "reports/store/store_writer.h"

#include <stdarg.h>
#include <string.h>

static int bind_one(sqlite3_stmt *statement, int position, char letter, va_list *values)
{
	const char *text;
	gint64 number;

	switch (letter) {
	case 'i':
		return sqlite3_bind_int64(statement, position, va_arg(*values, gint64));
	case 'k':
		number = va_arg(*values, gint64);
		return number == 0 ? sqlite3_bind_null(statement, position)
				   : sqlite3_bind_int64(statement, position, number);
	case 'u':
		return sqlite3_bind_int64(statement, position, va_arg(*values, guint));
	case 'd':
		return sqlite3_bind_double(statement, position, va_arg(*values, double));
	case 's':
		text = va_arg(*values, const char *);
		return sqlite3_bind_text(statement, position, text, -1, SQLITE_STATIC);
	}
	g_assert_not_reached();
}

/* Steps once and leaves the statement reset, so that no borrowed text outlives the call. */
static bool step(struct writer *writer, gint64 *ret_number, GError **error, const char *sql,
		 const char *format, va_list *values)
{
	sqlite3_stmt *statement = g_hash_table_lookup(writer->statements, sql);
	int code = SQLITE_OK;

	if (!statement) {
		if (!store_prepare(writer->store, sql, &statement, error))
			return false;
		g_hash_table_insert(writer->statements, (gpointer)sql, statement);
	}
	for (int i = 0; format[i] && code == SQLITE_OK; i++)
		code = bind_one(statement, i + 1, format[i], values);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (ret_number)
		*ret_number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)store_fail(writer->store, code, error);
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool writer_run(struct writer *writer, GError **error, const char *sql, const char *format, ...)
{
	va_list values;
	bool ok;

	va_start(values, format);
	ok = step(writer, NULL, error, sql, format, &values);
	va_end(values);
	return ok;
}

bool writer_find(struct writer *writer, gint64 *ret_number, GError **error, const char *sql,
		 const char *format, ...)
{
	va_list values;
	bool ok;

	va_start(values, format);
	ok = step(writer, ret_number, error, sql, format, &values);
	va_end(values);
	return ok;
}

gint64 writer_last_id(const struct writer *writer)
{
	return sqlite3_last_insert_rowid(writer->store->db);
}

static bool known(GHashTable *table, const char *key, gint64 *ret_id)
{
	const gint64 *id = g_hash_table_lookup(table, key);

	if (!id)
		return false;
	*ret_id = *id;
	return true;
}

static void remember(GHashTable *table, const char *key, gint64 id)
{
	g_hash_table_insert(table, g_strdup(key), g_memdup2(&id, sizeof(id)));
}

bool writer_file(struct writer *writer, const char *path, gint64 *ret_id, GError **error)
{
	if (!path || path[0] == '\0') {
		*ret_id = 0;
		return true;
	}
	if (known(writer->files, path, ret_id))
		return true;
	if (!writer_find(writer, ret_id, error, "SELECT file_id FROM file WHERE path = ?", "s",
			 path))
		return false;
	if (*ret_id == 0) {
		if (!writer_run(writer, error, "INSERT INTO file(path) VALUES(?)", "s", path))
			return false;
		*ret_id = writer_last_id(writer);
	}
	remember(writer->files, path, *ret_id);
	return true;
}

bool writer_function(struct writer *writer, const char *usr, const char *name, const char *file,
		     gint64 *ret_id, GError **error)
{
	g_autofree char *key = NULL;
	gint64 file_id;

	usr = usr ? usr : name;
	name = name ? name : usr;
	*ret_id = 0;
	if (!usr)
		return true;
	if (!writer_file(writer, file, &file_id, error))
		return false;
	key = g_strdup_printf("%" G_GINT64_FORMAT " %s", file_id, usr);
	if (known(writer->functions, key, ret_id))
		return true;
	if (!writer_find(writer, ret_id, error,
			 "SELECT function_id FROM function "
			 "WHERE usr = ? AND coalesce(file_id, 0) = ?",
			 "si", usr, file_id))
		return false;
	if (*ret_id == 0) {
		if (!writer_run(writer, error,
				"INSERT INTO function(usr, name, file_id) VALUES(?, ?, ?)", "ssk",
				usr, name, file_id))
			return false;
		*ret_id = writer_last_id(writer);
	}
	remember(writer->functions, key, *ret_id);
	return true;
}

bool writer_program_function(struct writer *writer, uint32_t index, gint64 *ret_id, GError **error)
{
	const struct program_function *function = &writer->run->program->functions[index];

	if (writer->function_ids[index] == 0 &&
	    !writer_function(writer, function->usr, function->name, function->file,
			     &writer->function_ids[index], error))
		return false;
	*ret_id = writer->function_ids[index];
	return true;
}

static void index_functions(struct writer *writer)
{
	const struct program *program = writer->run->program;

	writer->by_usr = g_hash_table_new(g_str_hash, g_str_equal);
	for (uint32_t i = program->function_count; i-- > 0;) /* the first of equals stays */
		if (program->functions[i].usr)
			g_hash_table_insert(writer->by_usr, (gpointer)program->functions[i].usr,
					    GUINT_TO_POINTER(i + 1));
}

bool writer_named_function(struct writer *writer, const char *usr, const char *name,
			   const char *file, gint64 *ret_id, GError **error)
{
	const struct program *program = writer->run->program;
	guint found;

	if (!usr)
		return writer_function(writer, usr, name, file, ret_id, error);
	if (!writer->by_usr)
		index_functions(writer);
	found = GPOINTER_TO_UINT(g_hash_table_lookup(writer->by_usr, usr));
	if (found == 0)
		return writer_function(writer, usr, name, file, ret_id, error);
	if (file && g_strcmp0(program->functions[found - 1].file, file) != 0) {
		g_autofree char *key = NULL;
		gint64 file_id;

		/* A namesake of another program, if it was stored with the graph. */
		if (!writer_file(writer, file, &file_id, error))
			return false;
		key = g_strdup_printf("%" G_GINT64_FORMAT " %s", file_id, usr);
		if (known(writer->functions, key, ret_id))
			return true;
	}
	return writer_program_function(writer, found - 1, ret_id, error);
}
