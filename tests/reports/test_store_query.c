/* Questions to the database: they may read, and nothing else. */
#include "reports/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/reports/sample_run.h"

struct fixture {
	char *directory;
	struct store *store;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	g_autoptr(sample_run_t) sample = sample_run_new(3);
	g_autofree char *path = NULL;

	fixture->directory = sample_directory_new();
	path = g_build_filename(fixture->directory, "findings.db", NULL);
	fixture->store = store_open(path, NULL);
	assert_non_null(fixture->store);
	(void)sample_store(fixture->store, sample);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	store_close(fixture->store);
	sample_directory_remove(fixture->directory);
	g_free(fixture);
	return 0;
}

static struct store *store_of(void **state)
{
	return ((struct fixture *)*state)->store;
}

static void count_rows(int count, const char *const *names, const char *const *values, void *data)
{
	(*(guint *)data)++;
}

static void assert_refused(void **state, const char *sql, const char *sentence)
{
	g_autoptr(GError) error = NULL;
	guint rows = 0;

	assert_false(store_query(store_of(state), sql, count_rows, &rows, &error));
	assert_true(g_error_matches(error, STORE_ERROR, STORE_ERROR_SQL));
	if (!strstr(error->message, sentence))
		fail_msg("%s: \"%s\" does not say \"%s\"", sql, error->message, sentence);
	assert_int_equal(rows, 0);
}

/* A text of all that a reader is told. */
static void tell_names(int count, const char *const *names, void *data)
{
	for (int i = 0; i < count; i++)
		g_string_append_printf(data, "%s;", names[i]);
}

static bool tell_values(int count, const struct store_value *values, void *data)
{
	for (int i = 0; i < count; i++)
		g_string_append_printf(data, " %d=%s", values[i].type,
				       values[i].text ? values[i].text : "null");
	return true;
}

static char *read_with(void **state, const char *sql, const struct store_param *params, guint count)
{
	g_autoptr(GString) told = g_string_new(NULL);
	const struct store_reader reader = {tell_names, tell_values, told};
	g_autoptr(GError) error = NULL;

	if (!store_read(store_of(state), sql, params, count, &reader, &error))
		return g_strdup(error->message);
	return g_strdup(told->str);
}

static void rows_come_with_names_types_and_texts(void **state)
{
	g_autofree char *told = read_with(
		state, "SELECT 1 AS a, 2.5 AS b, 'x' AS c, NULL AS d, x'4142' AS e", NULL, 0);

	assert_string_equal(told, "a;b;c;d;e; 1=1 2=2.5 3=x 0=null 4=AB");
}

static void names_are_told_even_without_rows(void **state)
{
	g_autofree char *told = read_with(state, "SELECT 1 AS a WHERE 0", NULL, 0);

	assert_string_equal(told, "a;");
}

static bool stop_at_once(int count, const struct store_value *values, void *data)
{
	(*(guint *)data)++;
	return false;
}

static void reading_can_be_stopped(void **state)
{
	guint rows = 0;
	const struct store_reader reader = {NULL, stop_at_once, &rows};

	assert_true(store_read(store_of(state), "SELECT * FROM findings", NULL, 0, &reader, NULL));
	assert_int_equal(rows, 1);
}

static void parameters_are_bound_by_name(void **state)
{
	const struct store_param params[] = {{"text", "it's"}, {"number", "-7"}};
	g_autofree char *told =
		read_with(state, "SELECT :number + 1 AS n, :text AS t, typeof(:number) AS y",
			  params, G_N_ELEMENTS(params));

	assert_string_equal(told, "n;t;y; 1=-6 3=it's 3=integer");
}

static void only_what_reads_back_the_same_is_a_number(void **state)
{
	static const char *const texts[] = {"007", "1e3", "", " 1", "99999999999999999999", "0x1"};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		const struct store_param param = {"p", texts[i]};
		g_autofree char *told = read_with(state, "SELECT typeof(:p) AS y", &param, 1);

		assert_string_equal(told, "y; 3=text");
	}
}

static void parameters_must_be_complete_and_known(void **state)
{
	const struct store_param param = {"b", "1"};
	g_autofree char *missing = read_with(state, "SELECT :a", NULL, 0);
	g_autofree char *unknown = read_with(state, "SELECT 1", &param, 1);
	g_autofree char *nameless = read_with(state, "SELECT ?", NULL, 0);

	assert_string_equal(missing, "the query needs a value for its parameter a");
	assert_string_equal(unknown, "the query has no parameter b");
	assert_string_equal(nameless, "the query needs a value for its parameter ?");
}

static void whatever_writes_is_refused(void **state)
{
	static const char *const statements[] = {
		"DELETE FROM finding",
		"INSERT INTO meta VALUES('a', 'b')",
		"DROP TABLE finding",
		"UPDATE run SET series = 'x'",
		"CREATE TABLE x(y)",
		"CREATE TEMP TABLE x(y)",
		"CREATE VIEW x AS SELECT 1",
		"ATTACH '/tmp/contlint-attached.db' AS other",
		"VACUUM",
		"VACUUM INTO '/tmp/contlint-vacuum.db'",
		"BEGIN IMMEDIATE",
		"PRAGMA user_version = 9",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA writable_schema = 1",
		"PRAGMA wal_checkpoint",
		"REINDEX",
		"ANALYZE",
		"WITH a AS (SELECT 1) DELETE FROM finding RETURNING *",
		"EXPLAIN DELETE FROM finding",
	};

	for (guint i = 0; i < G_N_ELEMENTS(statements); i++)
		assert_refused(state, statements[i], "the query is refused: it may only read");
	assert_refused(state, "UPDATE sqlite_master SET sql = ''", "may not be modified");
	assert_refused(state, "SELECT load_extension('x')", "not authorized to use function");
	assert_false(g_file_test("/tmp/contlint-attached.db", G_FILE_TEST_EXISTS));
	assert_false(g_file_test("/tmp/contlint-vacuum.db", G_FILE_TEST_EXISTS));
}

static void the_store_can_write_after_a_refusal(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(1);

	assert_refused(state, "DELETE FROM finding", "may only read");
	assert_int_equal(sample_store(store_of(state), sample), 2);
}

static void a_second_statement_is_refused(void **state)
{
	assert_refused(state, "SELECT 1; SELECT 2", "it must be one statement");
	assert_refused(state, "SELECT 1; DELETE FROM finding", "it must be one statement");
	assert_refused(state, "SELECT 1; nonsense", "it must be one statement");
}

static void comments_and_semicolons_are_no_statement(void **state)
{
	g_autofree char *told =
		read_with(state, "-- one\nSELECT 1 AS a; -- two\n /* three */ ;;\n", NULL, 0);

	assert_string_equal(told, "a; 1=1");
	assert_refused(state, "", "it is empty");
	assert_refused(state, "  -- nothing\n", "it is empty");
}

static void errors_say_what_sqlite_says(void **state)
{
	assert_refused(state, "SELEC 1", "the query cannot be run: near \"SELEC\": syntax error");
	assert_refused(state, "SELECT * FROM finding_s", "no such table: finding_s");
	assert_refused(state, "SELECT abs(-9223372036854775807 - 1)", "integer overflow");
}

static void reading_pragmas_are_allowed(void **state)
{
	g_autofree char *told = read_with(state, "PRAGMA user_version", NULL, 0);
	g_autofree char *columns =
		read_with(state, "SELECT count(*) > 5 AS n FROM pragma_table_info('run')", NULL, 0);

	assert_true(g_str_has_prefix(told, "user_version; 1="));
	assert_string_equal(columns, "n; 1=1");
}

static void recursion_json_and_windows_are_allowed(void **state)
{
	g_autofree char *told = read_with(
		state,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
		"SELECT json_group_array(i) AS j, max(r) AS r "
		"FROM (SELECT i, row_number() OVER (ORDER BY i) r FROM n)",
		NULL, 0);

	assert_string_equal(told, "j;r; 3=[1,2,3] 1=3");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(rows_come_with_names_types_and_texts),
		store_test(names_are_told_even_without_rows),
		store_test(reading_can_be_stopped),
		store_test(parameters_are_bound_by_name),
		store_test(only_what_reads_back_the_same_is_a_number),
		store_test(parameters_must_be_complete_and_known),
		store_test(whatever_writes_is_refused),
		store_test(the_store_can_write_after_a_refusal),
		store_test(a_second_statement_is_refused),
		store_test(comments_and_semicolons_are_no_statement),
		store_test(errors_say_what_sqlite_says),
		store_test(reading_pragmas_are_allowed),
		store_test(recursion_json_and_windows_are_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
