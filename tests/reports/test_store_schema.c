/* The schema: that it describes itself, and that it moves on. */
#include "reports/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/reports/store_fixture.h"

static void outdated_views_are_put_in_place_anew(void **state)
{
	store_one_run(path_of(state), 1);
	run_plain_sql(path_of(state), "UPDATE meta SET value = 'old' WHERE key = 'views';"
				      "DROP VIEW path_text; CREATE VIEW mine AS SELECT 1;"
				      "DELETE FROM schema_doc; DELETE FROM named_query");
	{
		g_autoptr(store_t) store = open_store(path_of(state));

		assert_answer(store, "SELECT count(*) FROM path_text", "4");
		assert_answer(store, "SELECT count(*) > 0 FROM named_query", "1");
		assert_answer(store, "SELECT * FROM mine", "1"); /* the user's own stay */
	}
}

enum { NEXT = STORE_SCHEMA_VERSION + 1 };

static const struct store_migration migrations[] = {
	{NEXT, "CREATE TABLE two(x INTEGER) STRICT; INSERT INTO two VALUES(2)"},
	{NEXT + 1, "CREATE TABLE three AS SELECT x + 1 AS x FROM two"},
	{0, NULL},
};

static void migrations_run_in_order_after_a_backup(void **state)
{
	g_autofree char *backup =
		g_strconcat(path_of(state), ".v" G_STRINGIFY(STORE_SCHEMA_VERSION) ".backup", NULL);
	g_autoptr(store_t) store = NULL;

	store_one_run(path_of(state), 2);
	store = open_store(path_of(state));
	assert_true(store_migrate(store, migrations, NEXT + 1, NULL));
	assert_answer(store, "SELECT x FROM three", "3");
	assert_answer(store,
		      "SELECT user_version - " G_STRINGIFY(
			      STORE_SCHEMA_VERSION) " FROM pragma_user_version",
		      "2");
	assert_answer(store, "SELECT count(*) FROM findings", "2");
	store_close(g_steal_pointer(&store));
	store = open_store(backup);
	assert_answer(store, "PRAGMA integrity_check", "ok");
	assert_answer(store, "SELECT count(*) FROM findings", "2");
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
}

static void migrations_start_where_the_database_is(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_true(store_migrate(store, migrations, NEXT, NULL));
	assert_true(store_migrate(store, migrations, NEXT + 1, NULL));
	assert_answer(store, "SELECT count(*) FROM two", "1");
	assert_true(store_migrate(store, migrations, NEXT + 1, NULL));
}

static void a_migration_that_fails_changes_nothing(void **state)
{
	static const struct store_migration bad[] = {
		{NEXT, "CREATE TABLE two(x INTEGER) STRICT"},
		{NEXT + 1, "CREATE TABLE two(x INTEGER) STRICT"},
		{0, NULL},
	};
	g_autoptr(store_t) store = open_store(path_of(state));
	g_autoptr(GError) error = NULL;

	assert_false(store_migrate(store, bad, NEXT + 1, &error));
	assert_non_null(strstr(error->message, "table two already exists"));
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
	assert_answer(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'two'", "0");
}

/* Every table with its columns, types and defaults, as SQLite sees them. */
static const char shape[] =
	"SELECT group_concat(s, x'0a') FROM (SELECT o.name || ' ' || c.cid || ' ' || c.name || ' '"
	" || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '') || ' ' || c.pk s"
	" FROM sqlite_schema o JOIN pragma_table_info(o.name) c WHERE o.type = 'table'"
	" ORDER BY o.name, c.cid)";

static void a_database_of_version_1_is_brought_up_to_date(void **state)
{
	g_autofree char *fresh_path = g_strconcat(path_of(state), "-fresh", NULL);
	g_autoptr(store_t) store = NULL, fresh = open_store(fresh_path);
	g_autofree char *expected = sample_ask(fresh, shape);
	g_autofree char *schema = NULL;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/tests/reports/golden/schema-1.sql",
					&schema, NULL, NULL));
	run_plain_sql(path_of(state), schema);
	store_one_run(path_of(state), 2);
	store = open_store(path_of(state));
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
	assert_answer(store, shape, expected);
	assert_answer(store, "SELECT count(histogram) FROM trace_function", "0");
	assert_answer(store, "SELECT count(*) FROM findings", "2");
}

/* The tables are made as they are today; only what is older leaves a copy behind. */
static void a_new_database_is_not_migrated(void **state)
{
	g_autofree char *folder = g_path_get_dirname(path_of(state));
	const char *name;
	GDir *files;

	store_one_run(path_of(state), 1);
	files = g_dir_open(folder, 0, NULL);
	assert_non_null(files);
	while ((name = g_dir_read_name(files)))
		assert_false(g_str_has_suffix(name, ".backup"));
	g_dir_close(files);
}

static void sixteen_at_once_migrate_once(void **state)
{
	g_autofree char *kept = g_strconcat(path_of(state), ".v1.backup", NULL);
	g_autofree char *schema = NULL;
	g_autoptr(store_t) store = NULL;
	pid_t children[16];
	int status;

	assert_true(g_file_get_contents(TEST_SOURCE_DIR "/tests/reports/golden/schema-1.sql",
					&schema, NULL, NULL));
	run_plain_sql(path_of(state), schema);
	for (int i = 0; i < 16; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			_exit(store_open(path_of(state), NULL) ? 0 : 1);
	}
	for (int i = 0; i < 16; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	store = open_store(path_of(state));
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
	store_close(g_steal_pointer(&store));
	run_plain_sql(kept, "CREATE TEMP TABLE is_one(version CHECK(version = 1));"
			    "INSERT INTO is_one SELECT user_version FROM pragma_user_version");
}

/* As version 3 had them: by finding first, with a second tree by run. */
static void occurrences_survive_being_ordered_anew(void **state)
{
	g_autoptr(store_t) store = NULL;

	store_one_run(path_of(state), 2);
	run_plain_sql(path_of(state),
		      "CREATE TEMP TABLE kept AS SELECT finding_id, run_id, variant_id, carried"
		      " FROM occurrence; DROP TABLE occurrence;"
		      "CREATE TABLE occurrence(finding_id INTEGER NOT NULL REFERENCES finding,"
		      " run_id INTEGER NOT NULL REFERENCES run, variant_id INTEGER NOT NULL"
		      " REFERENCES variant, carried INTEGER NOT NULL DEFAULT 0,"
		      " PRIMARY KEY(finding_id, run_id)) STRICT, WITHOUT ROWID;"
		      "CREATE INDEX occurrence_run ON occurrence(run_id, finding_id, variant_id);"
		      "INSERT INTO occurrence SELECT * FROM kept;"
		      "INSERT INTO suppression(kind, target) VALUES('in-source', 'x');"
		      "INSERT INTO occurrence_suppression SELECT run_id, finding_id, 1"
		      " FROM occurrence WHERE finding_id = 2;"
		      "DROP VIEW unresolved_calls; ALTER TABLE unresolved_call DROP COLUMN reason;"
		      "ALTER TABLE unresolved_call DROP COLUMN outside;"
		      "DROP VIEW runs;"
		      "ALTER TABLE coverage DROP COLUMN indirect_outside;"
		      "ALTER TABLE coverage DROP COLUMN io_indirect_outside;"
		      "ALTER TABLE coverage DROP COLUMN registrations_unresolved;"
		      "ALTER TABLE coverage DROP COLUMN registrations_outside;"
		      "ALTER TABLE unresolved_call DROP COLUMN kind;"
		      "ALTER TABLE unresolved_call DROP COLUMN via;"
		      "DROP TABLE continuation_cost; DROP TABLE other_way;"
		      "ALTER TABLE trace_function DROP COLUMN noted;"
		      "ALTER TABLE trace_function DROP COLUMN heavy;"
		      "ALTER TABLE trace_function DROP COLUMN blocked;"
		      "ALTER TABLE trace_function DROP COLUMN stalled;"
		      "PRAGMA user_version = 3");
	store = open_store(path_of(state));
	assert_answer(store, "PRAGMA user_version", G_STRINGIFY(STORE_SCHEMA_VERSION));
	assert_answer(store, "SELECT count(*) || sum(suppressed) FROM findings", "21");
	assert_answer(store, "SELECT count(*) FROM sqlite_schema WHERE name = 'occurrence_run'",
		      "0");
	assert_answer(store, "PRAGMA foreign_key_check", "");
}

static void every_table_view_and_column_is_described(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_answer(store,
		      "SELECT group_concat(o.name || '.' || c.name, ' ') FROM sqlite_schema o "
		      "CROSS JOIN pragma_table_info(o.name) c WHERE o.type IN ('table', 'view') "
		      "AND NOT EXISTS(SELECT 1 FROM schema_doc d WHERE d.object = o.name "
		      "AND d.column = c.name)",
		      "");
	assert_answer(store,
		      "SELECT group_concat(o.name, ' ') FROM sqlite_schema o "
		      "WHERE o.type IN ('table', 'view') AND NOT EXISTS(SELECT 1 FROM schema_doc d "
		      "WHERE d.object = o.name AND d.column = '')",
		      "");
	assert_answer(store,
		      "SELECT group_concat(d.object || '.' || d.column, ' ') FROM schema_doc d "
		      "WHERE d.column <> '' AND NOT EXISTS(SELECT 1 FROM "
		      "pragma_table_info(d.object) c WHERE c.name = d.column)",
		      "");
	assert_answer(store,
		      "SELECT count(*) FROM sqlite_schema o JOIN pragma_table_list(o.name) t "
		      "WHERE o.type = 'table' AND NOT t.strict",
		      "0");
}

static void keep_name(int count, const char *const *names, const char *const *values, void *data)
{
	for (int i = 0; i < count; i++)
		g_ptr_array_add(data, g_strdup(values[i]));
}

static void every_view_can_be_read(void **state)
{
	g_autoptr(GPtrArray) views = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(store_t) store = NULL;

	store_one_run(path_of(state), 3);
	store = open_store(path_of(state));
	assert_true(store_query(store, "SELECT name FROM sqlite_schema WHERE type = 'view'",
				keep_name, views, NULL));
	assert_true(views->len > 10);
	for (guint i = 0; i < views->len; i++) {
		g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s",
						       (char *)g_ptr_array_index(views, i));
		g_autofree char *count = sample_ask(store, sql);

		assert_string_not_equal(count, "");
	}
}

static bool ignore_row(int count, const struct store_value *values, void *data)
{
	return true;
}

/* Asks a stored query; each of its parameters gets a value that some rows have. */
static void ask_named_query(struct store *store, const char *name, const char *sql,
			    const char *params)
{
	const struct store_reader reader = {NULL, ignore_row, NULL};
	g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(struct store_param));
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autofree char *list =
		g_strdup_printf("SELECT value ->> 'name' FROM json_each('%s')", params);

	assert_true(store_query(store, list, keep_name, names, NULL));
	for (guint i = 0; i < names->len; i++) {
		struct store_param param = {g_ptr_array_index(names, i), "1"};

		g_array_append_val(values, param);
	}
	if (!store_read(store, sql, (const struct store_param *)(void *)values->data, values->len,
			&reader, &error))
		fail_msg("%s: %s", name, error->message);
}

static void every_stored_query_runs_with_its_parameters(void **state)
{
	g_autoptr(GPtrArray) queries = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(store_t) store = NULL;

	store_one_run(path_of(state), 3);
	store = open_store(path_of(state));
	assert_true(store_query(store, "SELECT name, sql, params FROM named_query", keep_name,
				queries, NULL));
	assert_true(queries->len > 3 * 20);
	for (guint i = 0; i + 2 < queries->len; i += 3)
		ask_named_query(store, g_ptr_array_index(queries, i),
				g_ptr_array_index(queries, i + 1),
				g_ptr_array_index(queries, i + 2));
}

static const char page_head[] =
	"# The findings database\n\n"
	"`.contlint/contlint.db` is an SQLite file and meant to be queried: with `contlint query`, "
	"with the\n`sqlite3` shell, with anything else. The views are its public face; the tables "
	"behind them may\nchange with the schema's number. This page is made from the database's "
	"own `schema_doc` and\n`named_query` tables by `tools/update_golden`. "
	"[queries.md](queries.md) shows what each stored query\nanswers.\n";

static void append_rows(int count, const char *const *names, const char *const *values, void *data)
{
	g_string_append(data, values[0]);
}

static void append_answer(struct store *store, GString *page, const char *sql)
{
	g_autoptr(GError) error = NULL;

	if (!store_query(store, sql, append_rows, page, &error))
		fail_msg("%s", error->message);
}

static const char page_objects[] =
	"SELECT char(10) || '### ' || o.name || char(10) || char(10) || upper(substr(d.doc, 1, 1)) "
	"||"
	" substr(d.doc, 2) || '.' || char(10) || char(10) || '| column | meaning |' || char(10) ||"
	" '| --- | --- |' || char(10) || (SELECT group_concat('| ' || c.column || ' | ' ||"
	"  replace(c.doc, '|', char(92) || '|') || ' |', char(10)) FROM (SELECT * FROM schema_doc x"
	"  JOIN pragma_table_info(o.name) i ON i.name = x.column WHERE x.object = o.name"
	"  ORDER BY i.cid) c) || char(10)"
	" FROM sqlite_schema o JOIN schema_doc d ON d.object = o.name AND d.column = ''"
	" WHERE o.type = '%s' ORDER BY o.name";

static const char page_queries[] =
	"SELECT '| ' || name || coalesce((SELECT ' ' || group_concat(value ->> 'name' || '=…', ' ')"
	" FROM json_each(params)), '') || ' | ' || title || ' |' || char(10) FROM named_query"
	" ORDER BY name";

static void the_page_about_the_schema_is_up_to_date(void **state)
{
	static const char path[] = TEST_SOURCE_DIR "/docs/schema.md";
	g_autoptr(store_t) store = open_store(path_of(state));
	g_autoptr(GString) page = g_string_new(page_head);
	g_autofree char *views = g_strdup_printf(page_objects, "view");
	g_autofree char *tables = g_strdup_printf(page_objects, "table");
	g_autofree char *expected = NULL;

	g_string_append(page, "\n## Stored queries\n\n| query | answers |\n| --- | --- |\n");
	append_answer(store, page, page_queries);
	g_string_append(page, "\n## Views\n");
	append_answer(store, page, views);
	g_string_append(page, "\n## Tables\n");
	append_answer(store, page, tables);
	if (g_getenv("CONTLINT_UPDATE_GOLDEN"))
		assert_true(g_file_set_contents(path, page->str, (gssize)page->len, NULL));
	assert_true(g_file_get_contents(path, &expected, NULL, NULL));
	if (!g_str_equal(page->str, expected))
		fail_msg("docs/schema.md is not what the schema says: run tools/update_golden");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(outdated_views_are_put_in_place_anew),
		store_test(migrations_run_in_order_after_a_backup),
		store_test(migrations_start_where_the_database_is),
		store_test(a_migration_that_fails_changes_nothing),
		store_test(a_new_database_is_not_migrated),
		store_test(sixteen_at_once_migrate_once),
		store_test(a_database_of_version_1_is_brought_up_to_date),
		store_test(occurrences_survive_being_ordered_anew),
		store_test(every_table_view_and_column_is_described),
		store_test(every_view_can_be_read),
		store_test(every_stored_query_runs_with_its_parameters),
		store_test(the_page_about_the_schema_is_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
