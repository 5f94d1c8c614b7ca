/* Every stored query, asked of example.sql: docs/queries.md is what they answer. */
#include "reports/store/table.h"

#include <stdlib.h>
#include <string.h>

#include "tests/reports/store_fixture.h"

/* What the page's examples ask for. A parameter that is not here takes its default. */
static const struct store_param examples[] = {
	{"a", "1"},
	{"b", "3"},
	{"callback", "on_read"},
	{"commit", "v1.0"},
	{"file", "src/log.c"},
	{"fp", "a03000000000"},
	{"function", "log_line"},
	{"object", "run_rule"},
};

/* What makes Datasette's metadata of them, as the page has it. */
#define DATASETTE_SQL                                                                              \
	"SELECT json_object('databases', json_object('contlint', json_object('queries',\n"         \
	"  json_group_object(name, json_object('title', title, 'sql', sql))))) FROM named_query"

static const char page_head[] =
	"# Stored queries\n\n"
	"`contlint query NAME` asks one of these; `contlint query --list` lists them, and each "
	"answers in the\n"
	"format that `--format` names. They are rows of the table `named_query`, so that the "
	"`sqlite3` shell\n"
	"has them too, and one that is not quite yours is a start:\n\n"
	"```sh\n"
	"sqlite3 .contlint/contlint.db \"SELECT sql FROM named_query WHERE name = 'worst'\"\n"
	"```\n\n"
	"Datasette shows the views and offers the queries, here with 0.65:\n\n"
	"```sh\n"
	"sqlite3 .contlint/contlint.db \"" DATASETTE_SQL "\" > queries.json\n"
	"datasette .contlint/contlint.db --metadata queries.json\n"
	"```\n\n"
	"One is added by a file `reports/store/queries/NAME.sql`. The answers below are those of a "
	"small server whose\nhistory is in `tests/reports/example.sql`; `tools/update_golden` "
	"writes "
	"this page.\n";

static struct store *open_example(void **state)
{
	g_autofree char *sql = NULL;
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/tests/reports/example.sql", &sql, NULL,
					NULL));
	run_plain_sql(path_of(state), sql);
	return g_steal_pointer(&store);
}

static struct table *read_table(struct store *store, const char *sql,
				const struct store_param *params, guint count)
{
	g_autoptr(GError) error = NULL;
	struct table *table = table_read(store, sql, params, count, &error);

	if (!table)
		fail_msg("%s: %s", sql, error->message);
	return table;
}

static struct table *list_queries(struct store *store)
{
	return read_table(store, "SELECT name, title, sql, params FROM named_query ORDER BY name",
			  NULL, 0);
}

static const char *find_example(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(examples); i++)
		if (g_str_equal(examples[i].name, name))
			return examples[i].value;
	return NULL;
}

/* The parameters of query `i` with their values; `told`: as they are typed. */
static GArray *choose_params(struct store *store, const struct table *queries, guint i,
			     GString *told, GPtrArray *keep)
{
	const struct store_param param = {"name", table_text(queries, i, 0)};
	GArray *params = g_array_new(FALSE, FALSE, sizeof(struct store_param));
	struct table *declared =
		read_table(store,
			   "SELECT value ->> 'name', value ->> 'default' FROM named_query,"
			   " json_each(params) WHERE named_query.name = :name",
			   &param, 1);

	g_ptr_array_add(keep, declared);
	for (guint k = 0; k < table_row_count(declared); k++) {
		const char *example = find_example(table_text(declared, k, 0));
		struct store_param value = {table_text(declared, k, 0),
					    example ? example : table_text(declared, k, 1)};

		g_array_append_val(params, value);
		if (example)
			g_string_append_printf(told, " %s=%s", value.name, value.value);
	}
	return params;
}

static void append_query(GString *page, struct store *store, const struct table *queries, guint i)
{
	g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func((GDestroyNotify)table_free);
	g_autoptr(GString) told = g_string_new(table_text(queries, i, 0));
	g_autoptr(GArray) params = choose_params(store, queries, i, told, keep);
	g_autoptr(table_t) answer =
		read_table(store, table_text(queries, i, 2),
			   (const struct store_param *)(void *)params->data, params->len);

	if (table_row_count(answer) == 0)
		fail_msg("%s has no answer in example.sql", told->str);
	g_string_append_printf(page, "\n## %s\n\n%c%s.\n\n    contlint query %s\n\n",
			       table_text(queries, i, 0),
			       g_ascii_toupper(table_text(queries, i, 1)[0]),
			       table_text(queries, i, 1) + 1, told->str);
	table_format_find("markdown")->write(answer, page);
}

static void every_stored_query_answers_as_its_page_says(void **state)
{
	static const char path[] = TEST_SOURCE_DIR "/docs/queries.md";
	g_autoptr(store_t) store = open_example(state);
	g_autoptr(table_t) queries = list_queries(store);
	g_autoptr(GString) page = g_string_new(page_head);
	g_autofree char *expected = NULL;

	for (guint i = 0; i < table_row_count(queries); i++)
		append_query(page, store, queries, i);
	if (g_getenv("CONTLINT_UPDATE_GOLDEN"))
		assert_true(g_file_set_contents(path, page->str, (gssize)page->len, NULL));
	assert_true(g_file_get_contents(path, &expected, NULL, NULL));
	if (!g_str_equal(page->str, expected))
		fail_msg("docs/queries.md is not what they answer: run tools/update_golden");
}

static void the_example_keeps_all_rules_of_the_schema(void **state)
{
	g_autoptr(store_t) store = open_example(state);

	assert_answer(store, "PRAGMA integrity_check", "ok");
	assert_answer(store, "PRAGMA foreign_key_check", "");
}

/* Rows that a statement gives to a program that knows SQLite and nothing of us. The shell's
 * .parameter makes a number of all digits; Datasette binds `texts`. */
static int count_plainly(sqlite3 *db, const char *sql, bool texts)
{
	sqlite3_stmt *statement;
	int count = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
		const char *value = find_example(sqlite3_bind_parameter_name(statement, i) + 1);

		if (!value)
			value = "20";
		if (texts || strspn(value, "0123456789") < strlen(value))
			(void)sqlite3_bind_text(statement, i, value, -1, SQLITE_STATIC);
		else
			(void)sqlite3_bind_int(statement, i, atoi(value));
	}
	while (sqlite3_step(statement) == SQLITE_ROW)
		count++;
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	return count;
}

static void views_and_queries_need_nothing_but_sqlite(void **state)
{
	g_autoptr(store_t) store = open_example(state);
	g_autoptr(table_t) queries = list_queries(store);
	g_autoptr(table_t) views = read_table(store,
					      "SELECT 'SELECT * FROM ' || name FROM sqlite_schema"
					      " WHERE type = 'view'",
					      NULL, 0);
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path_of(state), &db, SQLITE_OPEN_READONLY, NULL),
			 SQLITE_OK);
	for (guint i = 0; i < table_row_count(queries); i++) {
		int count = count_plainly(db, table_text(queries, i, 2), false);

		assert_true(count > 0);
		assert_int_equal(count, count_plainly(db, table_text(queries, i, 2), true));
	}
	for (guint i = 0; i < table_row_count(views); i++)
		if (count_plainly(db, table_text(views, i, 0), false) == 0)
			fail_msg("%s: no rows", table_text(views, i, 0));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void datasettes_metadata_has_every_query(void **state)
{
	g_autoptr(store_t) store = open_example(state);

	assert_answer(store,
		      "SELECT count(*) > 40 AND count(*) = (SELECT count(*) FROM named_query)"
		      " FROM json_each((" DATASETTE_SQL
		      "), '$.databases.contlint.queries') j JOIN named_query q"
		      " ON q.name = j.key AND q.sql = j.value ->> 'sql'",
		      "1");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(every_stored_query_answers_as_its_page_says),
		store_test(the_example_keeps_all_rules_of_the_schema),
		store_test(views_and_queries_need_nothing_but_sqlite),
		store_test(datasettes_metadata_has_every_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
