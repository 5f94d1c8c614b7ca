/* Words for runs, and what changed between two of them. */
#include "reports/store/history.h"

#include <string.h>

#include "tests/reports/sample.h"
#include "tests/reports/store_fixture.h"

/* Stores a run of `count` findings as `change` left it. */
static gint64 add_run(struct store *store, guint count, void (*change)(struct sample_run *))
{
	g_autoptr(sample_run_t) sample = sample_run_new(count);

	if (change)
		change(sample);
	return sample_store(store, sample);
}

static struct finding *first(struct sample_run *sample)
{
	return g_ptr_array_index(sample->findings, 0);
}

/* "introduced 1, fixed 2": what the difference says, in its order. */
static char *tell(struct store *store, gint64 older, gint64 newer)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(table_t) diff = history_diff(store, older, newer, &error);
	GString *out = g_string_new(NULL);

	if (!diff)
		fail_msg("%s", error->message);
	for (guint i = 0; i < table_row_count(diff); i++) {
		const char *why = table_text(diff, i, HISTORY_WHY);

		g_string_append_printf(out, "%s%s%s%s", i > 0 ? ", " : "",
				       table_text(diff, i, HISTORY_CHANGE), why[0] ? ": " : "",
				       why);
	}
	return g_string_free(out, FALSE);
}

#define assert_diff(store, older, newer, expected)                                                 \
	do {                                                                                       \
		g_autofree char *told = tell(store, older, newer);                                 \
		assert_string_equal(told, expected);                                               \
	} while (0)

static void equal_runs_differ_in_nothing(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));

	assert_diff(store, add_run(store, 3, NULL), add_run(store, 3, NULL), "");
}

static void the_direction_decides_what_is_new(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 one = add_run(store, 1, NULL), two = add_run(store, 2, NULL);

	assert_diff(store, one, two, "introduced");
	assert_diff(store, two, one, "fixed");
}

static void rename_function(struct sample_run *sample)
{
	sample_replace(&first(sample)->root_usr, "c:src/renamed.c@F@on_accept");
	findings_seal(sample->findings);
}

static void an_equal_sink_elsewhere_has_moved(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 one = add_run(store, 1, NULL), two = add_run(store, 1, rename_function);
	g_autoptr(table_t) diff = history_diff(store, one, two, NULL);

	assert_diff(store, one, two, "moved");
	assert_string_equal(table_text(diff, 0, HISTORY_WAS_AT), "src/proxy.c:7");
	assert_int_not_equal(table_integer(diff, 0, HISTORY_ID),
			     table_integer(diff, 0, HISTORY_OLD_ID));
}

static void of_two_that_came_only_one_has_moved(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 one = add_run(store, 1, NULL), three = add_run(store, 3, rename_function);

	/* The second of three equal sinks has the ordinal of the first, so it stays. */
	assert_diff(store, one, three, "introduced, introduced");
	assert_diff(store, add_run(store, 0, NULL), three, "introduced, introduced, introduced");
}

static void turn_off_dns(struct sample_run *sample)
{
	sample->run.rules++;
	g_ptr_array_set_size(sample->findings, 0);
}

static void a_rule_that_was_off_proves_nothing(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 on = add_run(store, 1, NULL), off = add_run(store, 0, turn_off_dns);

	assert_diff(store, on, off, "unknown: its rule was off in run 2");
	assert_diff(store, off, on, "unknown: its rule was off in run 2");
}

static void fail_first_unit(struct sample_run *sample)
{
	sample_result(sample, 0)->status = UNIT_CRASHED;
	sample->run.incomplete = true;
}

static void code_that_was_not_analysed_proves_nothing(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 failed = add_run(store, 0, fail_first_unit), whole = add_run(store, 1, NULL);
	gint64 again = add_run(store, 0, fail_first_unit);

	assert_diff(store, failed, whole, "unknown: its code was not analysed in run 1");
	assert_diff(store, whole, again, "unknown: its code was not analysed in run 3");
}

static void only_other_file(struct sample_run *sample)
{
	g_ptr_array_remove_index(sample->compdb.units, 0);
	g_ptr_array_remove_index(sample->results, 0);
	sample->run.partial = true;
	sample->run.series = "part";
}

static void a_partial_run_proves_nothing_about_the_rest(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 whole = add_run(store, 1, NULL), part = add_run(store, 0, only_other_file);

	assert_diff(store, whole, part, "unknown: its code was not analysed in run 2");
}

static void full_without_first_file(struct sample_run *sample)
{
	only_other_file(sample);
	sample->run.partial = false;
	sample->run.series = NULL;
}

static void a_file_that_is_no_longer_built_takes_its_findings_along(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 whole = add_run(store, 1, NULL),
	       without = add_run(store, 0, full_without_first_file);

	assert_diff(store, whole, without, "fixed");
}

static void suppress_first(struct sample_run *sample)
{
	first(sample)->suppressed_by = g_strdup("once at start");
}

static void silencing_is_a_change_of_its_own(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 open = add_run(store, 1, NULL), silent = add_run(store, 1, suppress_first);

	assert_diff(store, open, silent, "suppressed");
	assert_diff(store, silent, open, "unsuppressed");
	assert_diff(store, silent, silent, "");
}

static void silent_findings_come_and_go_silently(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 none = add_run(store, 0, NULL), silent = add_run(store, 1, suppress_first);

	assert_diff(store, none, silent, "");
	assert_diff(store, silent, none, "");
}

static void name_run(struct sample_run *sample)
{
	sample->run.label = "v1.0";
	sample->run.vcs_commit = "0123456789abcdef0123456789abcdef01234567";
	sample->run.vcs_branch = "main";
	sample->run.series = "release";
}

static void assert_names(struct store *store, const char *word, gint64 expected)
{
	g_autoptr(GError) error = NULL;
	gint64 run_id = -1;

	if (!history_find_run(store, word, &run_id, &error))
		fail_msg("%s", error->message);
	if (run_id != expected)
		fail_msg("%s is run %d, not %d", word, (int)run_id, (int)expected);
}

static void a_run_has_many_names(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	gint64 one = add_run(store, 1, NULL), named = add_run(store, 1, name_run);
	gint64 three = add_run(store, 1, NULL);

	assert_names(store, "1", one);
	assert_names(store, "latest", three);
	assert_names(store, "previous", one); /* of the series of the latest */
	assert_names(store, "v1.0", named);
	assert_names(store, "main", named);
	assert_names(store, "0123456", named);
	assert_names(store, "01234567", named);
	assert_names(store, "series:release", named);
	assert_names(store, "series:default", three);
}

static void a_word_that_names_no_run_names_none(void **state)
{
	static const char *const words[] = {"",        "7",           "012345",      "v1",
					    "series:", "series:v1.0", "' OR 1=1 --", "previous"};
	g_autoptr(store_t) store = open_store(path_of(state));

	(void)add_run(store, 1, name_run);
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		assert_names(store, words[i], 0);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(equal_runs_differ_in_nothing),
		store_test(the_direction_decides_what_is_new),
		store_test(an_equal_sink_elsewhere_has_moved),
		store_test(of_two_that_came_only_one_has_moved),
		store_test(a_rule_that_was_off_proves_nothing),
		store_test(code_that_was_not_analysed_proves_nothing),
		store_test(a_partial_run_proves_nothing_about_the_rest),
		store_test(a_file_that_is_no_longer_built_takes_its_findings_along),
		store_test(silencing_is_a_change_of_its_own),
		store_test(silent_findings_come_and_go_silently),
		store_test(a_run_has_many_names),
		store_test(a_word_that_names_no_run_names_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
