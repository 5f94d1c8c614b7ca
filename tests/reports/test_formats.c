/* Every format, against a golden file, from a stored run as `contlint report` reads it; then what
 * hostile names and texts do to it. */
#include "reports/formats/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "reports/formats/html.h"
#include "reports/formats/line_hash.h"
#include "tests/reports/sample.h"
#include "tests/reports/store_fixture.h"

#define GOLDEN TEST_SOURCE_DIR "/tests/reports/golden"

/* What a report is made of, kept together. */
struct made {
	GPtrArray *findings, *suppressed;
	struct record *record;
	struct report_summary summary;
	struct report_input input;
};

static void fix_time(char **time)
{
	sample_replace(time, "2026-01-02T03:04:06Z");
}

/* The last unit was not whole, and a run with evidence came after. */
static void add_evidence(const char *path)
{
	run_plain_sql(
		path,
		"UPDATE run_unit SET status = 'timeout', problem = 'src/other.c: took too long'"
		" WHERE unit_id = (SELECT max(unit_id) FROM unit);"
		"INSERT INTO run(uuid, kind, seq, scope, status, started_at, finished_at,"
		" tool_version) VALUES('d', 'dynamic', 1, 'partial', 'ok', 't', 't', '1');"
		"INSERT INTO trace(run_id, workload, clock, duration_ns)"
		" SELECT max(run_id), 'smoke', 'monotonic', 1000000000 FROM run;"
		"INSERT INTO evidence(finding_id, trace_id, variant_id, verdict, calls, total_ns,"
		" p50_ns, p99_ns, max_ns, budget_ns, stack) SELECT o.finding_id, 1, o.variant_id, "
		"'confirmed', 42, "
		"84000000,"
		" 1500000, 9000000, 31000000, 1000000, 'getaddrinfo' || char(10) ||"
		" 'resolve src/proxy.c:7' FROM occurrence o ORDER BY o.finding_id LIMIT 1;"
		"INSERT INTO trace_function(trace_id, function_id, context, calls, total_ns, "
		"p50_ns,"
		" p99_ns, max_ns, histogram) SELECT 1, root_id, 'io', 42, 84000000, 1500000, "
		"9000000,"
		" 31000000, '[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,30,8,2,1,1]' FROM variant"
		" LIMIT 1");
}

static void load(struct made *made, const char *path)
{
	g_autoptr(store_t) store = open_store(path);
	g_autoptr(GError) error = NULL;

	made->record = record_load(store, 0, &error);
	if (!made->record)
		fail_msg("%s", error->message);
	made->findings = store_load_findings(store, made->record->run_id, 0, &error);
	assert_non_null(made->findings);
	fix_time(&made->record->finished_at);
	made->suppressed = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
	g_ptr_array_add(made->suppressed, g_ptr_array_steal_index(made->findings, 2));
	sample_replace(&((struct finding *)made->suppressed->pdata[0])->suppressed_by,
		       "only at start");
	made->input = (struct report_input){
		.findings = made->findings,
		.suppressed = made->suppressed,
		.summary = &made->summary,
		.record = made->record,
		.root = GOLDEN,
	};
}

static void make(struct made *made, void **state)
{
	*made = (struct made){0};
	store_one_run(path_of(state), 3);
	store_one_run(path_of(state), 3);
	add_evidence(path_of(state));
	load(made, path_of(state));
}

static void made_clear(struct made *made)
{
	g_ptr_array_unref(made->findings);
	g_ptr_array_unref(made->suppressed);
	record_free(made->record);
}

static GString *write_format(struct made *made, const char *name, const char *profile)
{
	GString *out = g_string_new(NULL);

	made->input.profile = profile;
	assert_true(formats_find(name)->write(&made->input, out, NULL));
	return out;
}

/* The root is where this tree lies. */
static void hide_root(GString *text)
{
	(void)g_string_replace(text, GOLDEN, "ROOT", 0);
}

static void assert_golden(const char *name, GString *actual)
{
	g_autofree char *path = g_build_filename(GOLDEN, name, NULL);
	g_autofree char *expected = NULL;

	hide_root(actual);
	if (g_getenv("CONTLINT_UPDATE_GOLDEN"))
		assert_true(g_file_set_contents(path, actual->str, (gssize)actual->len, NULL));
	assert_true(g_file_get_contents(path, &expected, NULL, NULL));
	assert_string_equal(actual->str, expected);
}

/* One line of JSON is no golden file that anybody could read. */
static void spread_json(GString *text)
{
	json_t *value = json_loads(text->str, JSON_ALLOW_NUL, NULL);
	char *spread;

	assert_non_null(value);
	spread = json_dumps(value, JSON_INDENT(1));
	g_string_assign(text, spread);
	g_string_append_c(text, '\n');
	free(spread);
	json_decref(value);
}

static void every_format_writes_its_golden_file(void **state)
{
	static const struct {
		const char *format, *profile, *file;
	} rows[] = {
		{"sarif", NULL, "full.sarif"},     {"sarif", "github", "github.sarif"},
		{"gitlab", NULL, "gitlab.json"},   {"jsonl", NULL, "findings.jsonl"},
		{"junit", NULL, "junit.xml"},      {"csv", NULL, "findings.csv"},
		{"markdown", NULL, "findings.md"}, {"summary", NULL, "summary.md"},
		{"github", NULL, "github.txt"},
	};
	struct made made;

	make(&made, state);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) out = write_format(&made, rows[i].format, rows[i].profile);

		if (g_str_has_prefix(rows[i].format, "sarif"))
			spread_json(out);
		assert_golden(rows[i].file, out);
	}
	made_clear(&made);
}

static void the_data_of_the_page_is_as_golden(void **state)
{
	g_autoptr(sources_t) sources = sources_new(GOLDEN);
	g_autoptr(GString) out = g_string_new(NULL);
	struct made made;
	json_t *data;
	char *text;

	make(&made, state);
	data = html_data(&made.input, sources);
	text = json_dumps(data, JSON_INDENT(1) | JSON_SORT_KEYS);
	g_string_append(out, text);
	g_string_append_c(out, '\n');
	assert_golden("html-data.json", out);
	free(text);
	json_decref(data);
	made_clear(&made);
}

static void every_format_writes_without_a_database_and_without_findings(void **state)
{
	const struct report_summary summary = {0};
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	const struct report_input input = {.findings = none, .summary = &summary};

	for (guint i = 0; formats_all[i]; i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		bool written = formats_all[i]->write(&input, out, NULL);

		assert_true(written != formats_all[i]->from_traces);
		assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
	}
}

static const char hostile[] =
	"</script><!--<img src=x onerror=a()>|`\"'%,:\n::error::\033]0;\007\377";

static void make_hostile(struct made *made)
{
	struct finding *finding = g_ptr_array_index(made->findings, 0);
	struct finding_step *step = g_ptr_array_index(finding->steps, 0);

	sample_replace(&finding->message, hostile);
	sample_replace(&finding->place.file, hostile);
	sample_replace(&finding->root_name, hostile);
	sample_replace(&finding->instead, hostile);
	sample_replace(&step->place.file, hostile);
	sample_replace(&step->message, hostile);
}

static void hostile_text_stays_text_in_every_format(void **state)
{
	struct made made;

	make(&made, state);
	make_hostile(&made);
	for (guint i = 0; formats_all[i] && !formats_all[i]->from_traces; i++) {
		g_autoptr(GString) out = write_format(&made, formats_all[i]->name, NULL);

		assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
		if (!g_str_equal(formats_all[i]->name, "csv")) /* quotes it, as it is */
			for (gsize j = 0; j < out->len; j++)
				assert_true((unsigned char)out->str[j] >= ' ' ||
					    strchr("\n\t\r", out->str[j]));
	}
	made_clear(&made);
}

static guint count_of(const char *text, const char *word)
{
	guint count = 0;

	for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
		count++;
	return count;
}

static void hostile_text_cannot_leave_its_place(void **state)
{
	g_autoptr(GString) html = NULL, markdown = NULL, github = NULL;
	struct made made;

	make(&made, state);
	make_hostile(&made);
	html = write_format(&made, "html", NULL);
	assert_null(strstr(html->str, "<img"));
	assert_int_equal(count_of(html->str, "</script"), 2); /* the data's and the script's */
	markdown = write_format(&made, "markdown", NULL);
	assert_null(strstr(markdown->str, "<img"));
	assert_null(strstr(markdown->str, "<!--"));
	github = write_format(&made, "github", NULL);
	assert_null(strstr(github->str, "\n::error"));
	made_clear(&made);
}

static void code_scanning_gets_5000_results_and_is_told_of_the_rest(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(5003);
	const struct report_summary summary = {0};
	const struct report_input input = {
		.findings = findings, .summary = &summary, .profile = "github", .root = GOLDEN};
	g_autoptr(GString) out = g_string_new(NULL);
	json_t *log, *run;

	assert_true(formats_find("sarif")->write(&input, out, NULL));
	log = json_loads(out->str, 0, NULL);
	run = json_array_get(json_object_get(log, "runs"), 0);
	assert_int_equal(json_array_size(json_object_get(run, "results")), 5000);
	assert_non_null(strstr(out->str, "3 results are left out"));
	json_decref(log);
}

static void annotations_stop_where_github_stops(void **state)
{
	g_autoptr(GPtrArray) findings = sample_findings(25);
	const struct report_summary summary = {0};
	const struct report_input input = {.findings = findings, .summary = &summary};
	g_autoptr(GString) out = g_string_new(NULL);

	assert_true(formats_find("github")->write(&input, out, NULL));
	assert_int_equal(count_of(out->str, "::warning "), 10);
	assert_non_null(strstr(out->str, "::notice title=contlint::15 more findings"));
}

static void columns_are_utf16_units_in_sarif(void **state)
{
	static const char line[] = "\"\360\237\230\200\303\251\" f()"; /* an emoji, an e acute */

	assert_int_equal(sources_utf16_column(line, strlen(line), 1), 1);
	assert_int_equal(sources_utf16_column(line, strlen(line), 10), 7);
	assert_int_equal(sources_utf16_column(line, strlen(line), 99), strlen(line) - 2);
	assert_int_equal(sources_utf16_column("\377\377x", 3, 3), 3);
}

static void assert_hashes(const char *text, const char *const *expected)
{
	g_autoptr(GPtrArray) hashes = line_hash_all(text, strlen(text));

	for (guint i = 0; expected[i]; i++)
		assert_string_equal(hashes->pdata[i], expected[i]);
}

/* The values are published: they are those of the test of GitHub's own action. */
static void line_hashes_are_those_of_github(void **state)
{
	g_autoptr(GString) ten = g_string_new(NULL);

	for (guint i = 0; i < 10; i++)
		g_string_append(ten, "Lorem ipsum dolor sit amet.\n");
	assert_hashes("", (const char *const[]){"c129715d7a2bc9a3:1", NULL});
	assert_hashes(ten->str, (const char *const[]){"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2",
						      "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4",
						      "a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6",
						      "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1",
						      "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1",
						      "c129715d7a2bc9a3:1", NULL});
}

static void blanks_and_ends_of_lines_do_not_change_a_line_hash(void **state)
{
	g_autoptr(GPtrArray) plain = line_hash_all("a b\nc\n", 6);
	g_autoptr(GPtrArray) dressed = line_hash_all("\ta  b\r\n c\r", 10);

	assert_int_equal(plain->len, dressed->len);
	for (guint i = 0; i < plain->len; i++)
		assert_string_equal(plain->pdata[i], dressed->pdata[i]);
}

static void a_run_that_is_not_there_is_told(void **state)
{
	g_autoptr(store_t) store = open_store(path_of(state));
	g_autoptr(GError) none = NULL, other = NULL;

	assert_null(record_load(store, 0, &none));
	assert_non_null(strstr(none->message, "no run yet"));
	assert_null(record_load(store, 7, &other));
	assert_non_null(strstr(other->message, "no run 7"));
}

static void a_record_tells_what_became_of_a_finding(void **state)
{
	struct made made;
	const struct record_finding *known;
	const struct record_hold *hold;

	make(&made, state);
	known = record_find(made.record, made.findings->pdata[0]);
	assert_string_equal(known->status, "unchanged");
	assert_int_equal(made.record->runs->len, 2);
	assert_int_equal(made.record->bad_units->len, 1);
	hold = record_hold_of(made.record, known->root_id);
	assert_int_equal(hold->histogram[20], 30);
	assert_int_equal(hold->max_ns, 31000000);
	made_clear(&made);
}

#define format_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		format_test(every_format_writes_its_golden_file),
		format_test(the_data_of_the_page_is_as_golden),
		format_test(every_format_writes_without_a_database_and_without_findings),
		format_test(hostile_text_stays_text_in_every_format),
		format_test(hostile_text_cannot_leave_its_place),
		format_test(code_scanning_gets_5000_results_and_is_told_of_the_rest),
		format_test(annotations_stop_where_github_stops),
		format_test(columns_are_utf16_units_in_sarif),
		format_test(line_hashes_are_those_of_github),
		format_test(blanks_and_ends_of_lines_do_not_change_a_line_hash),
		format_test(a_run_that_is_not_there_is_told),
		format_test(a_record_tells_what_became_of_a_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
