/* Runs in the database: what is kept, what is shared, and what absence means. */
#include "reports/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/reports/sample.h"
#include "tests/reports/sample_run.h"

struct fixture {
	char *directory;
	struct store *store;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	fixture->directory = sample_directory_new();
	path = g_build_filename(fixture->directory, "deep", "findings.db", NULL);
	fixture->store = store_open(path, &error);
	if (!fixture->store)
		fail_msg("%s", error->message);
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

#define assert_answer(state, sql, expected)                                                        \
	do {                                                                                       \
		g_autofree char *answer = sample_ask(store_of(state), sql);                        \
		assert_string_equal(answer, expected);                                             \
	} while (0)

static gint64 store_findings_run(void **state, guint count)
{
	g_autoptr(sample_run_t) sample = sample_run_new(count);

	return sample_store(store_of(state), sample);
}

static struct finding *nth(GPtrArray *findings, guint i)
{
	return g_ptr_array_index(findings, i);
}

static void assert_same_place(const struct finding_place *left, const struct finding_place *right)
{
	assert_string_equal(left->file, right->file);
	assert_int_equal(left->line, right->line);
	assert_int_equal(left->column, right->column);
	assert_int_equal(left->end_line, right->end_line);
	assert_int_equal(left->end_column, right->end_column);
}

static void assert_same_finding(const struct finding *left, const struct finding *right)
{
	g_autofree char *left_loose = finding_loose_fingerprint(left);
	g_autofree char *right_loose = finding_loose_fingerprint(right);

	assert_string_equal(left->rule, right->rule);
	assert_int_equal(left->level, right->level);
	assert_int_equal(left->confidence, right->confidence);
	assert_true(left->score >= right->score && left->score <= right->score);
	assert_string_equal(left->confidence_text, right->confidence_text);
	assert_string_equal(left->message, right->message);
	assert_string_equal(left->instead, right->instead);
	assert_string_equal(left->condition, right->condition);
	assert_string_equal(left->decided, right->decided);
	assert_string_equal(left->context, right->context);
	assert_same_place(&left->place, &right->place);
	assert_string_equal(left->root_name, right->root_name);
	assert_string_equal(left->root_usr, right->root_usr);
	assert_string_equal(left->root_file, right->root_file);
	assert_string_equal(left->sink_name, right->sink_name);
	assert_string_equal(left->function_name, right->function_name);
	assert_string_equal(left->function_usr, right->function_usr);
	assert_string_equal(left->sink_text, right->sink_text);
	assert_string_equal(left->unit, right->unit);
	assert_int_equal(left->other_roots, right->other_roots);
	assert_int_equal(left->other_paths, right->other_paths);
	assert_string_equal(left->fingerprint, right->fingerprint);
	assert_string_equal(left_loose, right_loose);
}

static void assert_same_steps(const struct finding *left, const struct finding *right)
{
	assert_int_equal(left->steps->len, right->steps->len);
	for (guint i = 0; i < left->steps->len; i++) {
		const struct finding_step *a = g_ptr_array_index(left->steps, i);
		const struct finding_step *b = g_ptr_array_index(right->steps, i);

		assert_int_equal(a->kind, b->kind);
		assert_same_place(&a->place, &b->place);
		assert_string_equal(a->function, b->function);
		assert_string_equal(a->usr, b->usr);
		assert_string_equal(a->message, b->message);
	}
}

static void assert_same_ways(const struct finding *left, const struct finding *right)
{
	assert_int_equal(left->ways->len, right->ways->len);
	assert_int_equal(left->ways_cut, right->ways_cut);
	for (guint i = 0; i < left->ways->len; i++) {
		const struct finding_way *a = g_ptr_array_index(left->ways, i);
		const struct finding_way *b = g_ptr_array_index(right->ways, i);
		const struct finding_step *first = g_ptr_array_index(a->steps, 0);
		const struct finding_step *same = g_ptr_array_index(b->steps, 0);

		assert_same_place(&a->place, &b->place);
		assert_string_equal(a->function, b->function);
		assert_string_equal(a->message, b->message);
		assert_int_equal(a->like_it, b->like_it);
		assert_int_equal(a->steps->len, b->steps->len);
		assert_int_equal(first->kind, same->kind);
		assert_same_place(&first->place, &same->place);
		assert_string_equal(first->message, same->message);
	}
}

static void findings_come_back_as_they_were(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(3);
	gint64 run = sample_store(store_of(state), sample);
	g_autoptr(GPtrArray) loaded = store_load_findings(store_of(state), run, 0, NULL);

	assert_int_equal(loaded->len, 3);
	for (guint i = 0; i < loaded->len; i++) {
		assert_same_finding(nth(loaded, i), nth(sample->findings, i));
		assert_same_steps(nth(loaded, i), nth(sample->findings, i));
		assert_same_ways(nth(loaded, i), nth(sample->findings, i));
		assert_null(nth(loaded, i)->suppressed_by);
	}
}

static void one_finding_can_be_loaded(void **state)
{
	gint64 run = store_findings_run(state, 3);
	g_autoptr(GPtrArray) loaded = store_load_findings(store_of(state), run, 2, NULL);

	assert_int_equal(loaded->len, 1);
}

static void a_finding_may_lack_almost_everything(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(0);

	g_ptr_array_add(sample->findings, finding_new("blocking-dns"));
	(void)finding_add_step(nth(sample->findings, 0), STEP_NOTE);
	findings_seal(sample->findings);
	(void)sample_store(store_of(state), sample);
	assert_answer(state, "SELECT count(*) FROM findings", "1");
	assert_answer(state, "SELECT count(*) FROM path_text", "1");
}

static void a_run_keeps_its_circumstances(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(0);

	sample->run.vcs_commit = "abc";
	sample->run.vcs_dirty = 1;
	sample->run.incomplete = true;
	(void)sample_store(store_of(state), sample);
	assert_answer(state,
		      "SELECT series || seq || scope || status || started_at || vcs_commit || "
		      "vcs_dirty || root || models_hash FROM run",
		      "default1fullincomplete2024-05-06T07:08:09Zabc1/src/projectm");
	assert_answer(state, "SELECT indirect_resolved || '/' || indirect_calls FROM coverage",
		      "4/5");
	assert_answer(state, "SELECT group_concat(rule_id) FROM run_rule",
		      "blocking-dns,blocking-wait");
	assert_answer(state,
		      "SELECT content_hash FROM run_file JOIN file_version USING"
		      "(file_version_id)",
		      "");
}

static void the_versions_of_files_with_findings_are_kept(void **state)
{
	(void)store_findings_run(state, 1);
	assert_answer(state,
		      "SELECT path || ' ' || content_hash FROM run_file "
		      "JOIN file_version USING(file_version_id) JOIN file USING(file_id)",
		      "src/proxy.c 00000000000000ab0000000000000012");
}

static void an_unchanged_run_adds_only_occurrences(void **state)
{
	(void)store_findings_run(state, 5);
	(void)store_findings_run(state, 5);
	assert_answer(state, "SELECT count(*) FROM finding", "5");
	assert_answer(state, "SELECT count(*) FROM variant", "5");
	assert_answer(state, "SELECT count(*) FROM path_step", "20");
	assert_answer(state, "SELECT count(*) FROM occurrence", "10");
	assert_answer(state, "SELECT count(*) FROM unit", "2");
	assert_answer(state, "SELECT count(*) FROM function", "5");
	assert_answer(state, "SELECT group_concat(DISTINCT status) FROM findings", "unchanged");
}

static void a_changed_message_is_a_new_variant_of_the_same_finding(void **state)
{
	g_autoptr(sample_run_t) changed = sample_run_new(1);

	(void)store_findings_run(state, 1);
	sample_replace(&nth(changed->findings, 0)->message, "waits");
	(void)sample_store(store_of(state), changed);
	assert_answer(state, "SELECT count(*) FROM finding", "1");
	assert_answer(state, "SELECT count(*) FROM variant", "2");
	assert_answer(state, "SELECT message || status FROM findings", "waitsunchanged");
}

static void a_finding_that_comes_back_is_reopened(void **state)
{
	(void)store_findings_run(state, 1);
	assert_answer(state, "SELECT status FROM findings", "new");
	(void)store_findings_run(state, 0);
	assert_answer(state, "SELECT state FROM gone_findings", "fixed");
	(void)store_findings_run(state, 1);
	assert_answer(state, "SELECT status FROM findings", "reopened");
	assert_answer(state,
		      "SELECT group_concat(status) FROM (SELECT status FROM "
		      "occurrence_status ORDER BY seq)",
		      "new,reopened");
}

static void series_do_not_mix(void **state)
{
	g_autoptr(sample_run_t) other = sample_run_new(2);

	(void)store_findings_run(state, 1);
	other->run.series = "feature";
	(void)sample_store(store_of(state), other);
	assert_answer(state, "SELECT count(*) FROM findings WHERE series = 'default'", "1");
	assert_answer(state,
		      "SELECT count(*) FROM findings WHERE series = 'feature' "
		      "AND status = 'new'",
		      "2");
	assert_answer(state, "SELECT seq FROM run WHERE series = 'feature'", "1");
}

static void a_rule_that_is_off_fixes_nothing(void **state)
{
	g_autoptr(sample_run_t) off = sample_run_new(0);

	(void)store_findings_run(state, 1);
	off->run.rules++; /* without the first */
	(void)sample_store(store_of(state), off);
	assert_answer(state, "SELECT state FROM gone_findings", "rule-off");
}

static void a_sink_that_moved_to_another_file_is_moved(void **state)
{
	g_autoptr(sample_run_t) moved = sample_run_new(1);

	(void)store_findings_run(state, 1);
	sample_replace(&nth(moved->findings, 0)->function_usr, "c:src/forward.c@F@resolve");
	findings_seal(moved->findings);
	(void)sample_store(store_of(state), moved);
	assert_answer(state, "SELECT state FROM gone_findings", "moved");
}

static void what_a_failed_unit_hides_is_unknown_and_not_fixed(void **state)
{
	static const enum unit_status failures[] = {UNIT_FAILED, UNIT_CRASHED, UNIT_TIMEOUT,
						    UNIT_MEMORY};

	(void)store_findings_run(state, 1);
	for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
		g_autoptr(sample_run_t) failed = sample_run_new(0);

		sample_result(failed, 0)->status = failures[i];
		sample_result(failed, 0)->problem = (char *)"src/proxy.c: something";
		(void)sample_store(store_of(state), failed);
		assert_answer(state, "SELECT count(*) FROM gone_findings", "0");
		assert_answer(state, "SELECT carried || status FROM findings", "1unchanged");
	}
	assert_answer(state, "SELECT problem FROM units WHERE status = 'memory'",
		      "src/proxy.c: something");
	(void)store_findings_run(state, 0);
	assert_answer(state, "SELECT state FROM gone_findings", "fixed");
}

static void a_failed_unit_elsewhere_keeps_nothing(void **state)
{
	g_autoptr(sample_run_t) failed = sample_run_new(0);

	(void)store_findings_run(state, 1);
	sample_result(failed, 1)->status = UNIT_CRASHED;
	(void)sample_store(store_of(state), failed);
	assert_answer(state, "SELECT state FROM gone_findings", "fixed");
}

static void a_unit_with_new_compile_errors_hides_findings_as_long_as_it_has_them(void **state)
{
	(void)store_findings_run(state, 1);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(sample_run_t) broken = sample_run_new(0);

		sample_result(broken, 0)->status = UNIT_PARSE_ERROR;
		sample_result(broken, 0)->error_count = 3;
		(void)sample_store(store_of(state), broken);
		assert_answer(state, "SELECT carried FROM findings", "1");
	}
	(void)store_findings_run(state, 0);
	assert_answer(state, "SELECT count(*) FROM findings", "0");
}

static void a_unit_that_always_had_errors_can_be_fixed(void **state)
{
	for (guint count = 2; count-- > 0;) {
		g_autoptr(sample_run_t) broken = sample_run_new(count);

		sample_result(broken, 0)->error_count = 3;
		(void)sample_store(store_of(state), broken);
	}
	assert_answer(state, "SELECT state FROM gone_findings", "fixed");
}

/* Leaves only src/other.c in the run. */
static void keep_other_unit(struct sample_run *sample)
{
	g_ptr_array_remove_index(sample->compdb.units, 0);
	g_ptr_array_remove_index(sample->results, 0);
	sample->program.unit_count = 0;
	sample->program.function_count = 0;
	sample->program.registration_count = 0;
	sample->program.unresolved_count = 0;
}

static void a_partial_run_keeps_what_it_did_not_look_at(void **state)
{
	g_autoptr(sample_run_t) partial = sample_run_new(0);

	(void)store_findings_run(state, 2);
	keep_other_unit(partial);
	partial->run.partial = true;
	(void)sample_store(store_of(state), partial);
	assert_answer(state, "SELECT count(*) FROM findings WHERE carried", "2");
	assert_answer(state, "SELECT count(*) FROM call_edge", "3");
	assert_answer(state, "SELECT count(*) FROM definition", "3");
}

static void a_partial_run_fixes_what_it_looked_at(void **state)
{
	g_autoptr(sample_run_t) partial = sample_run_new(1);

	(void)store_findings_run(state, 2);
	partial->run.partial = true;
	(void)sample_store(store_of(state), partial);
	assert_answer(state, "SELECT count(*) FROM findings", "1");
	assert_answer(state, "SELECT state FROM gone_findings", "fixed");
	assert_answer(state, "SELECT count(*) FROM callbacks", "1");
}

static void a_unit_that_is_gone_from_a_full_run_takes_its_findings_along(void **state)
{
	g_autoptr(sample_run_t) rest = sample_run_new(0);

	(void)store_findings_run(state, 2);
	keep_other_unit(rest);
	(void)sample_store(store_of(state), rest);
	assert_answer(state, "SELECT count(*) FROM findings", "0");
	assert_answer(state, "SELECT count(*) FROM call_edge", "0");
}

static void suppressed_findings_are_stored_and_not_open(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(2);
	g_autoptr(sample_run_t) failed = sample_run_new(0);
	g_autoptr(GPtrArray) loaded = NULL;
	gint64 run;

	sample_replace(&nth(sample->findings, 0)->suppressed_by, "startup only");
	(void)sample_store(store_of(state), sample);
	run = sample_store(store_of(state), sample);
	assert_answer(state, "SELECT count(*) FROM findings", "2");
	assert_answer(state, "SELECT count(*) FROM open_findings", "1");
	assert_answer(state, "SELECT count(*) FROM suppression", "1");
	loaded = store_load_findings(store_of(state), run, 0, NULL);
	assert_string_equal(nth(loaded, 0)->suppressed_by, "startup only");
	sample_result(failed, 0)->status = UNIT_CRASHED;
	(void)sample_store(store_of(state), failed);
	assert_answer(state, "SELECT count(*) FROM open_findings", "1");
	assert_answer(state, "SELECT count(*) FROM findings WHERE suppressed AND carried", "1");
}

static void continuations_are_stored_with_their_registration(void **state)
{
	(void)store_findings_run(state, 1);
	assert_answer(state,
		      "SELECT function || ' ' || context || ' ' || calls || ' ' || via || ' ' || "
		      "registered_in || ' ' || registered_at || ' ' || file || ':' || line "
		      "FROM callbacks",
		      "on_accept io many add_source main src/proxy.c:17:2 src/proxy.c:10");
}

static void calls_are_stored_once_a_pair_with_external_ones(void **state)
{
	(void)store_findings_run(state, 1);
	(void)store_findings_run(state, 1);
	assert_answer(state, "SELECT count(*) FROM calls", "3");
	assert_answer(state,
		      "SELECT kind || ' ' || at FROM calls WHERE caller = 'on_accept' AND "
		      "callee = 'resolve'",
		      "direct src/proxy.c:12");
	assert_answer(state,
		      "SELECT kind || ' ' || calls || ' ' || at FROM calls "
		      "WHERE callee = 'getaddrinfo'",
		      "external 2 src/proxy.c:7");
	assert_answer(state, "SELECT contexts FROM functions WHERE function = 'resolve'",
		      "io,worker");
	assert_answer(state, "SELECT function || place || at FROM unresolved_calls",
		      "mainsource.handlersrc/proxy.c:17:2");
}

static void an_indirect_call_tells_its_place_and_targets(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(0);

	sample->edges[0].kind = EDGE_INDIRECT;
	sample->edges[0].target_count = 12;
	sample->edges[0].place = 5;
	(void)sample_store(store_of(state), sample);
	assert_answer(state, "SELECT kind || targets || via FROM calls WHERE callee = 'resolve'",
		      "indirect12source.handler");
}

static void namesakes_of_two_programs_are_two_functions(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(0);

	sample->functions[SAMPLE_RESOLVE].usr = sample->functions[SAMPLE_RESOLVE].name =
		"c:@F@main";
	sample->functions[SAMPLE_RESOLVE].file = "src/other.c";
	(void)sample_store(store_of(state), sample);
	assert_answer(state, "SELECT count(*) FROM function WHERE usr = 'c:@F@main'", "2");
}

static void a_unit_does_not_depend_on_where_the_project_lies(void **state)
{
	g_autoptr(sample_run_t) elsewhere = sample_run_new(0);
	struct compdb_unit *unit = g_ptr_array_index(elsewhere->compdb.units, 0);

	(void)store_findings_run(state, 0);
	elsewhere->compdb.root = (char *)"/home/ci/project";
	sample_replace((char **)&g_ptr_array_index(unit->flags, 0), "-I/home/ci/project/include");
	(void)sample_store(store_of(state), elsewhere);
	assert_answer(state,
		      "SELECT count(*) FROM unit WHERE file_id = "
		      "(SELECT file_id FROM file WHERE path = 'src/proxy.c')",
		      "1");
}

static void a_run_can_do_without_a_compile_database(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(1);

	sample->run.compdb = NULL;
	sample->run.results = NULL;
	(void)sample_store(store_of(state), sample);
	assert_answer(state, "SELECT count(*) FROM units", "0");
	assert_answer(state, "SELECT count(*) FROM findings", "1");
}

static void hostile_texts_are_only_text(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(1);
	struct finding *finding = nth(sample->findings, 0);
	g_autoptr(GPtrArray) loaded = NULL;
	gint64 run;

	sample_replace(&finding->message, "'); DROP TABLE finding; --\n\033[2J \377");
	sample_replace(&finding->place.file, "a';\".c");
	run = sample_store(store_of(state), sample);
	loaded = store_load_findings(store_of(state), run, 0, NULL);
	assert_string_equal(nth(loaded, 0)->message, finding->message);
	assert_string_equal(nth(loaded, 0)->place.file, finding->place.file);
}

static void a_run_that_cannot_be_stored_leaves_nothing(void **state)
{
	g_autoptr(sample_run_t) sample = sample_run_new(2);
	g_autoptr(GError) error = NULL;
	gint64 run_id = 42;

	(void)store_findings_run(state, 1);
	nth(sample->findings, 1)->decided = "guessed"; /* the schema knows no such word */
	assert_false(store_add_run(store_of(state), &sample->run, &run_id, &error));
	assert_int_equal(run_id, 42);
	assert_non_null(strstr(error->message, "CHECK constraint failed"));
	assert_answer(state, "SELECT count(*) FROM run", "1");
	assert_answer(state, "SELECT count(*) FROM finding", "1");
	nth(sample->findings, 1)->decided = "proven";
	(void)sample_store(store_of(state), sample);
	assert_answer(state, "SELECT count(*) FROM findings", "2");
}

static void foreign_keys_hold_after_many_runs(void **state)
{
	for (guint i = 0; i < 6; i++)
		(void)store_findings_run(state, i % 3);
	assert_answer(state, "PRAGMA foreign_key_check", "");
	assert_answer(state, "PRAGMA integrity_check", "ok");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(findings_come_back_as_they_were),
		store_test(one_finding_can_be_loaded),
		store_test(a_finding_may_lack_almost_everything),
		store_test(a_run_keeps_its_circumstances),
		store_test(the_versions_of_files_with_findings_are_kept),
		store_test(an_unchanged_run_adds_only_occurrences),
		store_test(a_changed_message_is_a_new_variant_of_the_same_finding),
		store_test(a_finding_that_comes_back_is_reopened),
		store_test(series_do_not_mix),
		store_test(a_rule_that_is_off_fixes_nothing),
		store_test(a_sink_that_moved_to_another_file_is_moved),
		store_test(what_a_failed_unit_hides_is_unknown_and_not_fixed),
		store_test(a_failed_unit_elsewhere_keeps_nothing),
		store_test(a_unit_with_new_compile_errors_hides_findings_as_long_as_it_has_them),
		store_test(a_unit_that_always_had_errors_can_be_fixed),
		store_test(a_partial_run_keeps_what_it_did_not_look_at),
		store_test(a_partial_run_fixes_what_it_looked_at),
		store_test(a_unit_that_is_gone_from_a_full_run_takes_its_findings_along),
		store_test(suppressed_findings_are_stored_and_not_open),
		store_test(continuations_are_stored_with_their_registration),
		store_test(calls_are_stored_once_a_pair_with_external_ones),
		store_test(an_indirect_call_tells_its_place_and_targets),
		store_test(namesakes_of_two_programs_are_two_functions),
		store_test(a_unit_does_not_depend_on_where_the_project_lies),
		store_test(a_run_can_do_without_a_compile_database),
		store_test(hostile_texts_are_only_text),
		store_test(a_run_that_cannot_be_stored_leaves_nothing),
		store_test(foreign_keys_hold_after_many_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
