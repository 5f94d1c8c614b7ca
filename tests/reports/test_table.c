/* Tables in the four formats, with values that break formats. */
#include "reports/store/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

static struct store_value text(const char *value)
{
	return (struct store_value){STORE_TEXT, 0, 0, value, strlen(value)};
}

static struct table *make_table(const char *const *names, const struct store_value *values,
				int columns, guint rows)
{
	struct table *table = table_new();

	table_set_columns(table, columns, names);
	for (guint i = 0; i < rows; i++)
		table_add_row(table, values + i * (guint)columns);
	return table;
}

/* One column called "a" with one value, written as `format`. */
static GString *write_one(const char *format, struct store_value value)
{
	const char *const names[] = {"a"};
	g_autoptr(table_t) table = make_table(names, &value, 1, 1);
	GString *out = g_string_new(NULL);

	table_format_find(format)->write(table, out);
	return out;
}

static void assert_written(const char *format, struct store_value value, const char *expected)
{
	g_autoptr(GString) out = write_one(format, value);

	assert_string_equal(out->str, expected);
}

static void csv_quotes_what_would_break_a_line(void **state)
{
	assert_written("csv", text("plain text"), "a\nplain text\n");
	assert_written("csv", text("a,b"), "a\n\"a,b\"\n");
	assert_written("csv", text("say \"x\""), "a\n\"say \"\"x\"\"\"\n");
	assert_written("csv", text("two\nlines"), "a\n\"two\nlines\"\n");
	assert_written("csv", (struct store_value){0}, "a\n\n");
}

static void csv_keeps_every_byte(void **state)
{
	g_autoptr(GString) out =
		write_one("csv", (struct store_value){STORE_BLOB, 0, 0, "x\0y", 3});

	assert_int_equal(out->len, strlen("a\n\"x?y\"\n"));
	assert_memory_equal(out->str, "a\n\"x\0y\"\n", out->len);
}

static void json_keeps_types(void **state)
{
	assert_written("json", (struct store_value){STORE_INTEGER, 9007199254740993, 0, "", 0},
		       "[\n{\"a\":9007199254740993}\n]\n");
	assert_written("json", (struct store_value){STORE_REAL, 0, 0.5, "", 0},
		       "[\n{\"a\":0.5}\n]\n");
	assert_written("json", (struct store_value){STORE_REAL, 0, INFINITY, "", 0},
		       "[\n{\"a\":null}\n]\n");
	assert_written("json", (struct store_value){0}, "[\n{\"a\":null}\n]\n");
	assert_written("json", (struct store_value){STORE_BLOB, 0, 0, "\001\377", 2},
		       "[\n{\"a\":\"01ff\"}\n]\n");
}

static void json_is_json_whatever_the_bytes_are(void **state)
{
	static const char *const hostile[] = {"\"\\", "\033[2J",   "\377\376",
					      "\303", "</script>", "\342\200\256"};

	for (guint i = 0; i < G_N_ELEMENTS(hostile); i++) {
		g_autoptr(GString) out = write_one("json", text(hostile[i]));
		json_t *value = json_loads(out->str, 0, NULL);

		assert_non_null(value);
		assert_true(json_is_string(json_object_get(json_array_get(value, 0), "a")));
		json_decref(value);
	}
}

static void json_without_rows_is_an_empty_array(void **state)
{
	const char *const names[] = {"a"};
	g_autoptr(table_t) table = make_table(names, NULL, 1, 0);
	g_autoptr(GString) out = g_string_new(NULL);
	json_t *value;

	table_format_find("json")->write(table, out);
	value = json_loads(out->str, 0, NULL);
	assert_int_equal(json_array_size(value), 0);
	assert_true(json_is_array(value));
	json_decref(value);
}

static void markdown_escapes_what_would_be_markup(void **state)
{
	assert_written("markdown", text("a|b\\c<d\ne"),
		       "| a |\n| --- |\n| a\\|b\\\\c\\<d\\<U+000A>e |\n");
}

static void a_box_is_as_wide_as_its_widest_cell(void **state)
{
	const char *const names[] = {"name", "n"};
	const struct store_value values[] = {text("x"),
					     {STORE_INTEGER, 7, 7, "7", 1},
					     text("\344\270\226\347\225\214!"),
					     {STORE_INTEGER, 12, 12, "12", 2}};
	g_autoptr(table_t) table = make_table(names, values, 2, 2);
	g_autoptr(GString) out = g_string_new(NULL);

	table_format_find("box")->write(table, out);
	assert_string_equal(out->str, "┌───────┬────┐\n"
				      "│ name  │ n  │\n"
				      "├───────┼────┤\n"
				      "│ x     │  7 │\n"
				      "│ 世界! │ 12 │\n"
				      "└───────┴────┘\n");
}

static void a_box_of_nothing_is_nothing(void **state)
{
	const char *const names[] = {"a"};
	g_autoptr(table_t) table = make_table(names, NULL, 1, 0);
	g_autoptr(GString) out = g_string_new(NULL);

	table_format_find("box")->write(table, out);
	assert_string_equal(out->str, "");
}

static void values_can_be_asked(void **state)
{
	const char *const names[] = {"a", "b"};
	const struct store_value values[] = {text("x"), {STORE_INTEGER, 7, 7, "7", 1}};
	g_autoptr(table_t) table = make_table(names, values, 2, 1);

	assert_int_equal(table_row_count(table), 1);
	assert_string_equal(table_text(table, 0, 0), "x");
	assert_int_equal(table_integer(table, 0, 1), 7);
	assert_int_equal(table_integer(table, 0, 0), 0);
}

static void an_unknown_format_is_none(void **state)
{
	assert_null(table_format_find("xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_quotes_what_would_break_a_line),
		cmocka_unit_test(csv_keeps_every_byte),
		cmocka_unit_test(json_keeps_types),
		cmocka_unit_test(json_is_json_whatever_the_bytes_are),
		cmocka_unit_test(json_without_rows_is_an_empty_array),
		cmocka_unit_test(markdown_escapes_what_would_be_markup),
		cmocka_unit_test(a_box_is_as_wide_as_its_widest_cell),
		cmocka_unit_test(a_box_of_nothing_is_nothing),
		cmocka_unit_test(values_can_be_asked),
		cmocka_unit_test(an_unknown_format_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
