/* Databases that come together, and a history that is thinned out. */
#include "reports/store/store_care.h"

#include <string.h>

#include "reports/store/table.h"
#include "tests/reports/sample.h"
#include "tests/reports/store_fixture.h"

enum { SHARD_FINDINGS = 24, SHARD_UNITS = 6, SHARDS = 3 };

static char *path_beside(void **state, const char *name)
{
	return g_build_filename(((struct fixture *)*state)->directory, name, NULL);
}

static void must(bool ok, GError *error)
{
	if (!ok)
		fail_msg("%s", error ? error->message : "it failed and did not say why");
}

/* All rows of `sql`, as text. */
static char *dump(struct store *store, const char *sql)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) table = table_read(store, sql, NULL, 0, &error);
	GString *out = g_string_new(NULL);

	must(table, error);
	table_format_find("csv")->write(table, out);
	return g_string_free(out, FALSE);
}

static void assert_same(struct store *left, struct store *right, const char *sql)
{
	g_autofree char *a = dump(left, sql);
	g_autofree char *b = dump(right, sql);

	assert_string_equal(a, b);
}

static void assert_sound(struct store *store)
{
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;

	must(store_check(store, problems, &error), error);
	if (problems->len > 0)
		fail_msg("%s", (char *)problems->pdata[0]);
}

/* What people see of a database: everything but numbers of rows and times. */
static const char *const seen[] = {
	"SELECT fingerprint, rule, level, confidence, file, line, col, message, callback, sink,"
	" function, status, carried, suppressed, review, evidence FROM findings ORDER BY 1",
	"SELECT f.fingerprint, p.n, p.kind, p.at, p.function, p.message FROM findings f"
	" JOIN path_text p USING(variant_id) ORDER BY 1, 2",
	"SELECT file, target, status, errors FROM units ORDER BY 1, 2",
	"SELECT rule, findings, open, suppressed FROM rule_stats ORDER BY 1",
	"SELECT function, context, via, registered_in, registered_at FROM callbacks ORDER BY 1, 5",
	"SELECT caller, callee, kind, at, calls FROM calls ORDER BY 1, 2, 3",
	"SELECT function, at, place FROM unresolved_calls ORDER BY 2",
	"SELECT fl.path, v.content_hash FROM latest_run JOIN run_file USING(run_id)"
	" JOIN file_version v USING(file_version_id) JOIN file fl USING(file_id) ORDER BY 1",
	"SELECT s.kind, s.target, s.reason FROM latest_run JOIN occurrence_suppression "
	"USING(run_id)"
	" JOIN suppression s USING(suppression_id) ORDER BY 2",
};

static void assert_all_the_same(struct store *left, struct store *right)
{
	for (guint i = 0; i < G_N_ELEMENTS(seen); i++)
		assert_same(left, right, seen[i]);
}

static void an_empty_database_takes_over_everything(void **state)
{
	g_autofree char *other = path_beside(state, "other.db");
	g_autoptr(GError) error = NULL;
	g_autoptr(store_t) mine = open_store(path_of(state));
	g_autoptr(store_t) theirs = NULL;
	guint added = 0;

	store_one_run(other, 3);
	store_one_run(other, 4);
	must(store_merge(mine, other, &added, &error), error);
	assert_int_equal(added, 2);
	theirs = open_store(other);
	assert_all_the_same(mine, theirs);
	assert_same(mine, theirs, "SELECT uuid, series, seq, status FROM run ORDER BY uuid");
	assert_sound(mine);
}

static void what_is_there_is_not_taken_twice(void **state)
{
	g_autofree char *other = path_beside(state, "other.db");
	g_autoptr(store_t) mine = open_store(path_of(state));
	guint added = 0;

	store_one_run(other, 3);
	assert_true(store_merge(mine, other, &added, NULL));
	assert_true(store_merge(mine, other, &added, NULL));
	assert_int_equal(added, 0);
	assert_answer(mine, "SELECT count(*) FROM run", "1");
	assert_answer(mine, "SELECT count(*) FROM path_step", "12");
	assert_sound(mine);
}

static void a_shared_finding_has_the_history_of_both(void **state)
{
	g_autofree char *other = path_beside(state, "other.db");
	g_autoptr(store_t) mine = NULL;
	guint added = 0;

	store_one_run(path_of(state), 2);
	store_one_run(other, 3);
	mine = open_store(path_of(state));
	assert_true(store_merge(mine, other, &added, NULL));
	assert_answer(mine, "SELECT count(*) FROM finding", "3");
	assert_answer(mine, "SELECT count(*) FROM variant", "3");
	assert_answer(mine, "SELECT count(*) FROM occurrence", "5");
	assert_answer(mine, "SELECT group_concat(seq) FROM (SELECT seq FROM run ORDER BY seq)",
		      "1,2");
	assert_sound(mine);
}

static void reviews_and_traces_come_along(void **state)
{
	g_autofree char *other = path_beside(state, "other.db");
	g_autoptr(store_t) mine = open_store(path_of(state));
	guint added = 0;

	store_one_run(other, 1);
	run_plain_sql(
		other,
		"INSERT INTO review(finding_id, at, author, status) VALUES(1, '2024-01-01',"
		" 'eva', 'intentional');"
		"INSERT INTO run SELECT 9, 'u', 'dynamic', series, seq, label, scope, status,"
		" started_at, finished_at, tool_version, config_hash, models_hash, vcs_commit,"
		" vcs_branch, vcs_dirty, root, ci_url, props FROM run WHERE run_id = 1;"
		"INSERT INTO trace(trace_id, run_id, clock, duration_ns) VALUES(7, 9, 'c', 5);"
		"INSERT INTO trace_function(trace_id, function_id, context, calls, total_ns,"
		" p50_ns, p99_ns, max_ns, histogram) VALUES(7, 1, 'io', 1, 2, 3, 4, 5, '[]');"
		"INSERT INTO evidence SELECT 1, 7, variant_id, 'fast', 1, 2, 3, 4, 5, 6, NULL"
		" FROM variant");
	assert_true(store_merge(mine, other, &added, NULL));
	assert_int_equal(added, 2);
	assert_answer(mine, "SELECT review || ' ' || evidence FROM findings", "intentional fast");
	assert_answer(mine, "SELECT max_ns || histogram FROM trace_function", "5[]");
	assert_true(store_merge(mine, other, &added, NULL));
	assert_answer(mine, "SELECT count(*) FROM review", "1");
	assert_sound(mine);
}

static void what_is_no_database_is_told_and_changes_nothing(void **state)
{
	g_autofree char *other = path_beside(state, "other.db");
	g_autoptr(store_t) mine = open_store(path_of(state));
	g_autoptr(GError) error = NULL;
	guint added = 0;

	assert_false(store_merge(mine, other, &added, &error));
	assert_non_null(strstr(error->message, "other.db: there is no such database"));
	assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
	assert_sound(mine);
}

static void keep_words(int count, const char *const *names, const char *const *values, void *data)
{
	g_ptr_array_add(data, g_strdup_printf("%s %s", values[0], values[1]));
}

/* Whoever adds a table or a column tells the merge of it. */
static void every_column_is_merged(void **state)
{
	extern const char store_sql_merge[], store_sql_merge_graph[];
	g_autofree char *text = g_strconcat(store_sql_merge, store_sql_merge_graph, NULL);
	g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_true(store_query(store,
				"SELECT o.name, c.name FROM sqlite_schema o"
				" JOIN pragma_table_info(o.name) c WHERE o.type = 'table'"
				" AND o.name NOT IN ('meta', 'named_query', 'schema_doc', 'rule',"
				"  'baseline_finding')",
				keep_words, columns, NULL));
	assert_true(columns->len > 100);
	for (guint i = 0; i < columns->len; i++) {
		g_auto(GStrv) words = g_strsplit(columns->pdata[i], " ", 2);
		bool is_number = g_str_has_suffix(words[1], "_id");

		if (!strstr(text, words[0]) || (!is_number && !strstr(text, words[1])))
			fail_msg("the merge does not know %s", (char *)columns->pdata[i]);
	}
}

/* A run over the units with `unit % SHARDS == part`, or over all of them. */
static void store_part(const char *path, GRand *random, int part)
{
	g_autoptr(store_t) store = open_store(path);
	g_autoptr(sample_run_t) sample = sample_run_new(0);

	g_ptr_array_set_size(sample->compdb.units, 0);
	g_ptr_array_set_size(sample->results, 0);
	for (guint i = 0; i < SHARD_UNITS; i++) {
		g_autofree char *label = g_strdup_printf("src/file%u.c", i);

		if (part < 0 || i % SHARDS == (guint)part)
			sample_add_unit(sample, label);
	}
	for (guint i = 0; i < SHARD_FINDINGS; i++) {
		guint unit = (guint)g_rand_int_range(random, 0, SHARD_UNITS);
		guint line = (guint)g_rand_int_range(random, 1, 9);
		bool hidden = g_rand_boolean(random), dns = g_rand_boolean(random);
		struct finding *finding = sample_finding();
		g_autofree char *file = g_strdup_printf("src/file%u.c", unit);

		sample_replace(&finding->place.file, file);
		sample_replace(&finding->unit, file);
		sample_replace(&finding->function_usr, file);
		finding->place.line = finding->place.end_line = line;
		finding->rule = dns ? "blocking-dns" : "blocking-wait";
		if (hidden)
			finding->suppressed_by = g_strdup("known");
		if (part < 0 || unit % SHARDS == (guint)part)
			g_ptr_array_add(sample->findings, finding);
		else
			finding_free(finding);
	}
	findings_seal(sample->findings);
	sample->run.partial = part >= 0;
	(void)sample_store(store, sample);
}

static void shards_together_are_one_whole_run(void **state)
{
	for (guint32 seed = 1; seed <= 6; seed++) {
		g_autofree char *whole_path = g_strdup_printf("%s.whole%u", path_of(state), seed);
		g_autofree char *joined_path = g_strdup_printf("%s.joined%u", path_of(state), seed);
		g_auto(GStrv) paths = g_new0(char *, SHARDS + 1);
		g_autoptr(GError) error = NULL;
		g_autoptr(store_t) whole = NULL;
		g_autoptr(store_t) joined = NULL;
		gint64 run_id;

		for (int part = -1; part < SHARDS; part++) {
			GRand *random = g_rand_new_with_seed(seed);

			if (part >= 0)
				paths[part] =
					g_strdup_printf("%s.%u.%d", path_of(state), seed, part);
			store_part(part < 0 ? whole_path : paths[part], random, part);
			g_rand_free(random);
		}
		joined = open_store(joined_path);
		must(store_join_shards(joined, paths, &run_id, &error), error);
		whole = open_store(whole_path);
		assert_all_the_same(joined, whole);
		assert_answer(joined, "SELECT count(*) || scope FROM run", "1full");
		assert_sound(joined);
	}
}

static void a_shard_that_is_missing_leaves_nothing_behind(void **state)
{
	g_autofree char *there = path_beside(state, "there.db");
	char *paths[] = {there, (char *)"/nowhere/shard.db", NULL};
	g_autoptr(store_t) mine = open_store(path_of(state));
	g_autoptr(GError) error = NULL;
	gint64 run_id;

	store_one_run(there, 2);
	assert_false(store_join_shards(mine, paths, &run_id, &error));
	assert_non_null(strstr(error->message, "/nowhere/shard.db"));
	assert_answer(mine, "SELECT count(*) FROM run", "0");
	assert_sound(mine);
}

static void old_runs_go_with_what_only_they_had(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	g_autoptr(sample_run_t) many = sample_run_new(5);
	g_autoptr(sample_run_t) few = sample_run_new(2);
	g_autoptr(GError) error = NULL;
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;
	guint removed = 0;

	for (guint i = 0; i < 4; i++)
		(void)sample_store(store, i == 0 ? many : few);
	before = dump(store, seen[0]);
	must(store_prune(store, 2, &removed, &error), error);
	after = dump(store, seen[0]);
	assert_int_equal(removed, 2);
	assert_string_equal(before, after);
	assert_answer(store, "SELECT count(*) FROM finding", "2");
	assert_answer(store, "SELECT count(*) FROM path_step", "8");
	assert_sound(store);
	must(store_prune(store, 2, &removed, &error), error);
	assert_int_equal(removed, 0);
}

static void a_reviewed_finding_outlives_its_runs(void **state)
{
	g_autoptr(store_t) store = NULL;
	guint removed = 0;

	store_one_run(path_of(state), 1);
	run_plain_sql(path_of(state),
		      "INSERT INTO review(finding_id, at, author, status) VALUES(1, '2024-01-01',"
		      " 'eva', 'intentional')");
	store_one_run(path_of(state), 0);
	store = open_store(path_of(state));
	assert_true(store_prune(store, 1, &removed, NULL));
	assert_answer(store, "SELECT count(*) FROM current_review", "1");
	assert_sound(store);
}

static void damage_is_told(void **state)
{
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(store_t) store = NULL;

	store_one_run(path_of(state), 1);
	run_plain_sql(path_of(state), "DELETE FROM path_step WHERE n = 1;"
				      "DELETE FROM function WHERE name = 'resolve'");
	store = open_store(path_of(state));
	assert_true(store_check(store, problems, NULL));
	assert_true(problems->len >= 2);
	assert_non_null(strstr(problems->pdata[0], "points to nothing in function"));
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(an_empty_database_takes_over_everything),
		store_test(what_is_there_is_not_taken_twice),
		store_test(a_shared_finding_has_the_history_of_both),
		store_test(reviews_and_traces_come_along),
		store_test(what_is_no_database_is_told_and_changes_nothing),
		store_test(every_column_is_merged),
		store_test(shards_together_are_one_whole_run),
		store_test(a_shard_that_is_missing_leaves_nothing_behind),
		store_test(old_runs_go_with_what_only_they_had),
		store_test(a_reviewed_finding_outlives_its_runs),
		store_test(damage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
