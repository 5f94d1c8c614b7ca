/* Rows of a query, and the four ways to write them. Nulls are empty but in JSON; numbers stand to
 * the right. */
#include "reports/store/table.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "reports/terminal.h"

struct cell {
	enum store_type type;
	gint64 integer;
	double real;
	char *text; /* never NULL */
	gsize size;
};

struct table {
	GPtrArray *names;
	GArray *cells; /* struct cell, row after row */
};

static void cell_clear(void *data)
{
	g_free(((struct cell *)data)->text);
}

struct table *table_new(void)
{
	struct table *table = g_new0(struct table, 1);

	table->names = g_ptr_array_new_with_free_func(g_free);
	table->cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
	g_array_set_clear_func(table->cells, cell_clear);
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	g_ptr_array_unref(table->names);
	g_array_unref(table->cells);
	g_free(table);
}

void table_set_columns(struct table *table, int count, const char *const *names)
{
	for (int i = 0; i < count; i++)
		g_ptr_array_add(table->names, g_strdup(names[i]));
}

void table_add_row(struct table *table, const struct store_value *values)
{
	for (guint i = 0; i < table->names->len; i++) {
		const struct store_value *value = &values[i];
		gsize size = value->text ? value->size : 0;
		struct cell cell = {value->type, value->integer, value->real, g_malloc(size + 1),
				    size};

		if (size > 0)
			memcpy(cell.text, value->text, size);
		cell.text[size] = '\0';
		g_array_append_val(table->cells, cell);
	}
}

static void keep_columns(int count, const char *const *names, void *data)
{
	table_set_columns(data, count, names);
}

static bool keep_row(int count, const struct store_value *values, void *data)
{
	table_add_row(data, values);
	return true;
}

void table_remove_row(struct table *table, guint row)
{
	g_array_remove_range(table->cells, row * table->names->len, table->names->len);
}

struct table *table_read(struct store *store, const char *sql, const struct store_param *params,
			 guint param_count, GError **error)
{
	g_autoptr(table_t) table = table_new();
	const struct store_reader reader = {keep_columns, keep_row, table};

	if (!store_read(store, sql, params, param_count, &reader, error))
		return NULL;
	return g_steal_pointer(&table);
}

guint table_row_count(const struct table *table)
{
	return table->names->len > 0 ? table->cells->len / table->names->len : 0;
}

static const struct cell *nth_cell(const struct table *table, guint row, guint column)
{
	return &g_array_index(table->cells, struct cell, row * table->names->len + column);
}

const char *table_text(const struct table *table, guint row, guint column)
{
	return nth_cell(table, row, column)->text;
}

gint64 table_integer(const struct table *table, guint row, guint column)
{
	const struct cell *cell = nth_cell(table, row, column);

	return cell->type == STORE_INTEGER ? cell->integer : 0;
}

static const char *nth_name(const struct table *table, guint column)
{
	return g_ptr_array_index(table->names, column);
}

static bool is_number(const struct cell *cell)
{
	return cell->type == STORE_INTEGER || cell->type == STORE_REAL;
}

/* Box: every cell is written once to be measured, and once to be shown. */

static guint measure(const char *text)
{
	g_autoptr(GString) shown = g_string_new(NULL);

	return terminal_append(shown, text);
}

static guint *measure_columns(const struct table *table)
{
	guint *widths = g_new0(guint, table->names->len + 1);

	for (guint column = 0; column < table->names->len; column++) {
		widths[column] = measure(nth_name(table, column));
		for (guint row = 0; row < table_row_count(table); row++)
			widths[column] =
				MAX(widths[column], measure(table_text(table, row, column)));
	}
	return widths;
}

static void append_repeated(GString *out, const char *text, guint count)
{
	for (guint i = 0; i < count; i++)
		g_string_append(out, text);
}

static void append_rule(GString *out, const guint *widths, guint count,
			const char *const corners[3])
{
	for (guint i = 0; i < count; i++) {
		g_string_append(out, i == 0 ? corners[0] : corners[1]);
		append_repeated(out, "─", widths[i] + 2);
	}
	g_string_append_printf(out, "%s\n", corners[2]);
}

static void append_padded(GString *out, const char *text, guint width, bool right)
{
	guint blanks = width - measure(text);

	g_string_append(out, "│ ");
	append_repeated(out, " ", right ? blanks : 0);
	(void)terminal_append(out, text);
	append_repeated(out, " ", right ? 1 : blanks + 1);
}

static void write_box(const struct table *table, GString *out)
{
	static const char *const top[] = {"┌", "┬", "┐"};
	static const char *const middle[] = {"├", "┼", "┤"};
	static const char *const bottom[] = {"└", "┴", "┘"};
	guint count = table->names->len;
	g_autofree guint *widths = measure_columns(table);

	if (table_row_count(table) == 0)
		return;
	append_rule(out, widths, count, top);
	for (guint i = 0; i < count; i++)
		append_padded(out, nth_name(table, i), widths[i], false);
	g_string_append(out, "│\n");
	append_rule(out, widths, count, middle);
	for (guint row = 0; row < table_row_count(table); row++) {
		for (guint i = 0; i < count; i++)
			append_padded(out, table_text(table, row, i), widths[i],
				      is_number(nth_cell(table, row, i)));
		g_string_append(out, "│\n");
	}
	append_rule(out, widths, count, bottom);
}

/* CSV: RFC 4180, with a newline at the end of a line. */

static void append_csv(GString *out, const char *text, gsize size)
{
	if (size > 0 && strcspn(text, ",\"\r\n") == strlen(text) && strlen(text) == size) {
		g_string_append_len(out, text, (gssize)size);
		return;
	}
	if (size == 0)
		return;
	g_string_append_c(out, '"');
	for (gsize i = 0; i < size; i++) {
		if (text[i] == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, text[i]);
	}
	g_string_append_c(out, '"');
}

static void write_csv(const struct table *table, GString *out)
{
	for (guint i = 0; i < table->names->len; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		append_csv(out, nth_name(table, i), strlen(nth_name(table, i)));
	}
	g_string_append_c(out, '\n');
	for (guint row = 0; row < table_row_count(table); row++) {
		for (guint i = 0; i < table->names->len; i++) {
			const struct cell *cell = nth_cell(table, row, i);

			if (i > 0)
				g_string_append_c(out, ',');
			append_csv(out, cell->text, cell->size);
		}
		g_string_append_c(out, '\n');
	}
}

/* JSON: an array of objects, one a line. */

static json_t *text_value(const struct cell *cell)
{
	g_autofree char *valid = g_utf8_make_valid(cell->text, (gssize)cell->size);

	return json_string(valid);
}

static json_t *blob_value(const struct cell *cell)
{
	g_autoptr(GString) hex = g_string_new(NULL);

	for (gsize i = 0; i < cell->size; i++)
		g_string_append_printf(hex, "%02x", (unsigned char)cell->text[i]);
	return json_string(hex->str);
}

static json_t *json_value(const struct cell *cell)
{
	switch (cell->type) {
	case STORE_NULL:
		return json_null();
	case STORE_INTEGER:
		return json_integer(cell->integer);
	case STORE_REAL:
		return isfinite(cell->real) ? json_real(cell->real) : json_null();
	case STORE_TEXT:
		return text_value(cell);
	case STORE_BLOB:
		return blob_value(cell);
	}
	g_assert_not_reached();
}

static char *json_row(const struct table *table, guint row)
{
	json_t *object = json_object();
	char *text;

	for (guint i = 0; i < table->names->len; i++) {
		g_autofree char *name = g_utf8_make_valid(nth_name(table, i), -1);

		(void)json_object_set_new(object, name, json_value(nth_cell(table, row, i)));
	}
	text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
	json_decref(object);
	return text;
}

static void write_json(const struct table *table, GString *out)
{
	g_string_append_c(out, '[');
	for (guint row = 0; row < table_row_count(table); row++) {
		char *text = json_row(table, row);

		g_string_append_printf(out, "%s\n%s", row > 0 ? "," : "", text);
		free(text); /* jansson's */
	}
	g_string_append(out, "\n]\n");
}

static void append_markdown(GString *out, const char *text)
{
	g_autoptr(GString) shown = g_string_new(NULL);

	(void)terminal_append(shown, text);
	(void)g_string_replace(shown, "\\", "\\\\", 0);
	(void)g_string_replace(shown, "|", "\\|", 0);
	(void)g_string_replace(shown, "<", "\\<", 0);
	g_string_append_printf(out, " %s |", shown->str);
}

static void write_markdown(const struct table *table, GString *out)
{
	guint count = table->names->len, rows = table_row_count(table);

	g_string_append_c(out, '|');
	for (guint i = 0; i < count; i++)
		append_markdown(out, nth_name(table, i));
	g_string_append(out, "\n|");
	for (guint i = 0; i < count; i++)
		g_string_append(out, rows > 0 && is_number(nth_cell(table, 0, i)) ? " ---: |"
										  : " --- |");
	g_string_append_c(out, '\n');
	for (guint row = 0; row < rows; row++) {
		g_string_append_c(out, '|');
		for (guint i = 0; i < count; i++)
			append_markdown(out, table_text(table, row, i));
		g_string_append_c(out, '\n');
	}
}

const struct table_format table_formats[] = {
	{"box", write_box},           {"csv", write_csv}, {"json", write_json},
	{"markdown", write_markdown}, {NULL, NULL},
};

const struct table_format *table_format_find(const char *name)
{
	for (const struct table_format *format = table_formats; format->name; format++)
		if (g_str_equal(format->name, name))
			return format;
	return NULL;
}
