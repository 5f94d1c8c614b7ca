/* Runs in which nothing had changed: as whole as any other, and made only when that is sure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports/store/store.h"
#include "tests/reports/sample_run.h"

struct fixture {
	char *directory;
	struct store *store;
	struct sample_run *sample;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	g_autofree char *path = NULL;

	fixture->directory = sample_directory_new();
	path = g_build_filename(fixture->directory, "findings.db", NULL);
	fixture->store = store_open(path, NULL);
	fixture->sample = sample_run_new(3);
	fixture->sample->run.input_hash = "abc";
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	store_close(fixture->store);
	sample_run_free(fixture->sample);
	sample_directory_remove(fixture->directory);
	g_free(fixture);
	return 0;
}

/* Asks for a repetition with `hash`; the new run's id, 0 if there was none. */
static gint64 repeat(const struct fixture *fixture, const char *hash)
{
	const struct store_run run = {.series = fixture->sample->run.series,
				      .started_at = "2030-01-02T03:04:05Z",
				      .root = "/elsewhere",
				      .vcs_commit = "c0ffee",
				      .vcs_dirty = -1,
				      .input_hash = hash};
	struct program_coverage coverage = {0};
	g_autoptr(GError) error = NULL;
	bool repeated = false;
	gint64 run_id = 0;

	if (!store_repeat_run(fixture->store, &run, &repeated, &run_id, &coverage, &error))
		fail_msg("%s", error->message);
	assert_int_equal(repeated, run_id != 0);
	if (repeated)
		assert_int_equal(coverage.functions,
				 fixture->sample->run.program->coverage.functions);
	return run_id;
}

static void assert_answer(const struct fixture *fixture, const char *sql, const char *wanted)
{
	g_autofree char *answer = sample_ask(fixture->store, sql);

	assert_string_equal(answer, wanted);
}

static void every_table_of_a_run_has_as_many_rows(void **state)
{
	const struct fixture *fixture = *state;
	/* All tables with a run_id, as a statement that counts where they differ. */
	g_autofree char *sql =
		sample_ask(fixture->store,
			   "SELECT 'SELECT ' || group_concat('((SELECT count(*) FROM ' || m.name ||"
			   " ' WHERE run_id = 1) <> (SELECT count(*) FROM ' || m.name ||"
			   " ' WHERE run_id = 2))', ' + ') FROM sqlite_master m JOIN "
			   "pragma_table_info(m.name) c"
			   " WHERE m.type = 'table' AND c.name = 'run_id'"
			   " AND m.name NOT IN ('trace', 'baseline')");

	assert_true(g_str_has_prefix(sql, "SELECT (("));
	assert_int_equal(sample_store(fixture->store, fixture->sample), 1);
	assert_int_equal(repeat(fixture, "abc"), 2);
	assert_answer(fixture, sql, "0");
	assert_answer(fixture, "SELECT count(*) > 0 FROM run_unit WHERE run_id = 2", "1");
}

static void the_findings_are_the_same(void **state)
{
	const struct fixture *fixture = *state;
	g_autoptr(GPtrArray) first = NULL;
	g_autoptr(GPtrArray) second = NULL;

	(void)sample_store(fixture->store, fixture->sample);
	(void)repeat(fixture, "abc");
	first = store_load_findings(fixture->store, 1, 0, NULL);
	second = store_load_findings(fixture->store, 2, 0, NULL);
	assert_int_equal(first->len, 3);
	assert_int_equal(second->len, 3);
	for (guint i = 0; i < 3; i++)
		assert_string_equal(((struct finding *)first->pdata[i])->fingerprint,
				    ((struct finding *)second->pdata[i])->fingerprint);
}

static void the_new_run_has_its_own_time_and_place(void **state)
{
	const struct fixture *fixture = *state;

	(void)sample_store(fixture->store, fixture->sample);
	(void)repeat(fixture, "abc");
	assert_answer(fixture,
		      "SELECT seq || started_at || root || vcs_commit FROM run WHERE run_id = 2",
		      "22030-01-02T03:04:05Z/elsewherec0ffee");
	assert_answer(fixture, "SELECT count(DISTINCT uuid) FROM run", "2");
	assert_answer(fixture, "SELECT DISTINCT status FROM run_unit WHERE run_id = 2", "cached");
}

static void a_repetition_can_be_repeated(void **state)
{
	const struct fixture *fixture = *state;

	(void)sample_store(fixture->store, fixture->sample);
	assert_int_equal(repeat(fixture, "abc"), 2);
	assert_int_equal(repeat(fixture, "abc"), 3);
}

static void another_input_is_not_repeated(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(repeat(fixture, "abc"), 0);
	(void)sample_store(fixture->store, fixture->sample);
	assert_int_equal(repeat(fixture, "abd"), 0);
	assert_int_equal(repeat(fixture, NULL), 0);
	assert_answer(fixture, "SELECT count(*) FROM run", "1");
}

static void only_the_last_run_of_all_is_repeated(void **state)
{
	const struct fixture *fixture = *state;

	(void)sample_store(fixture->store, fixture->sample);
	fixture->sample->run.input_hash = "def";
	(void)sample_store(fixture->store, fixture->sample);
	assert_int_equal(repeat(fixture, "abc"), 0);
	assert_int_equal(repeat(fixture, "def"), 3);
}

static void what_is_not_whole_is_not_repeated(void **state)
{
	const struct fixture *fixture = *state;

	fixture->sample->run.incomplete = true;
	(void)sample_store(fixture->store, fixture->sample);
	assert_int_equal(repeat(fixture, "abc"), 0);
	fixture->sample->run.incomplete = false;
	fixture->sample->run.partial = true;
	(void)sample_store(fixture->store, fixture->sample);
	assert_int_equal(repeat(fixture, "abc"), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(every_table_of_a_run_has_as_many_rows),
		CASE(the_findings_are_the_same),
		CASE(the_new_run_has_its_own_time_and_place),
		CASE(a_repetition_can_be_repeated),
		CASE(another_input_is_not_repeated),
		CASE(only_the_last_run_of_all_is_repeated),
		CASE(what_is_not_whole_is_not_repeated),
	};

	return cmocka_run_group_tests_name("store_repeat", tests, NULL, NULL);
}
