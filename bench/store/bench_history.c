/* What a long history costs: 300 runs of 5,000 findings in 400 units. From run to run 20 findings
 * are fixed, 20 others come, and 50 stand on other lines. Then every view and the difference of two
 * runs are asked as people ask them, five times each; the median counts.
 *
 *	cmake --preset release -DCONTLINT_TESTS=ON
 *	cmake --build --preset release --target bench_history
 *	build/release/tests/reports/bench_history [RUNS [FINDINGS]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reports/store/history.h"
#include "tests/reports/sample.h"
#include "tests/reports/sample_run.h"

enum { RUNS = 300, FINDINGS = 5000, UNITS = 400, FIXED_EACH = 20, SHIFTED_EACH = 50, ASKED = 5 };

/* Of processor time: others on this machine do not count. */
static double seconds(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Finding `number` is the same one in every run that has it; `shift` moves its lines. */
static struct finding *make_finding(guint number, guint shift)
{
	struct finding *finding = sample_finding();
	g_autofree char *function = g_strdup_printf("function_%u", number);
	g_autofree char *file = g_strdup_printf("src/file%u.c", number % UNITS);

	sample_replace(&finding->function_name, function);
	sample_replace(&finding->function_usr, function);
	sample_replace(&finding->place.file, file);
	sample_replace(&finding->unit, file);
	finding->place.line = finding->place.end_line = 10 + number / UNITS + shift;
	return finding;
}

static GPtrArray *make_findings(guint run, guint count)
{
	GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	for (guint i = run * FIXED_EACH; i < run * FIXED_EACH + count; i++)
		/* Which findings have been shifted, and how often, up to this run. */
		g_ptr_array_add(findings, make_finding(i, (run * SHIFTED_EACH + i) / count));
	findings_seal(findings);
	return findings;
}

static void unit_add(struct sample_run *sample, guint number)
{
	struct compdb_unit *unit = g_new0(struct compdb_unit, 1);
	struct unit_result *result = g_new0(struct unit_result, 1);

	unit->label = g_strdup_printf("src/file%u.c", number);
	unit->flags = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(sample->compdb.units, unit);
	g_ptr_array_add(sample->results, result);
}

static void write_runs(const char *path, guint runs, guint count)
{
	g_autoptr(store_t) store = store_open(path, NULL);
	struct sample_run *sample = sample_run_new(0);
	double start = seconds();

	for (guint i = 0; i < UNITS; i++)
		unit_add(sample, i);
	for (guint i = 0; i < runs; i++) {
		g_autoptr(GPtrArray) findings = make_findings(i, count);

		sample->run.findings = findings;
		(void)sample_store(store, sample);
	}
	(void)printf("%u runs of %u findings in %u units stored in %.1f s\n", runs, count, UNITS,
		     seconds() - start);
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Prints the median time of a statement and how many rows it gives. */
static void ask(const char *path, const char *what, const char *sql)
{
	double times[ASKED];
	guint rows = 0;

	for (guint i = 0; i < ASKED; i++) {
		g_autoptr(store_t) store = store_open_readonly(path, NULL);
		double start = seconds();
		g_autoptr(table_t) table = table_read(store, sql, NULL, 0, NULL);

		times[i] = seconds() - start;
		rows = table ? table_row_count(table) : 0;
	}
	qsort(times, ASKED, sizeof(times[0]), compare);
	(void)printf("%-28s %6u rows %8.1f ms\n", what, rows, times[ASKED / 2] * 1e3);
}

static void ask_difference(const char *path, guint older, guint newer)
{
	g_autofree char *what = g_strdup_printf("diff %u..%u", older, newer);
	double times[ASKED];
	guint rows = 0;

	for (guint i = 0; i < ASKED; i++) {
		g_autoptr(store_t) store = store_open_readonly(path, NULL);
		double start = seconds();
		g_autoptr(table_t) table = history_diff(store, older, newer, NULL);

		times[i] = seconds() - start;
		rows = table_row_count(table);
	}
	qsort(times, ASKED, sizeof(times[0]), compare);
	(void)printf("%-28s %6u rows %8.1f ms\n", what, rows, times[ASKED / 2] * 1e3);
}

static void ask_views(const char *path)
{
	g_autoptr(store_t) store = store_open_readonly(path, NULL);
	g_autoptr(table_t) views =
		table_read(store, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1",
			   NULL, 0, NULL);

	for (guint i = 0; i < table_row_count(views); i++) {
		const char *view = table_text(views, i, 0);
		bool of_one_run = strcmp(view, "occurrence_status") == 0;
		g_autofree char *sql = g_strdup_printf(
			"SELECT count(*) FROM %s%s", view,
			of_one_run ? " WHERE run_id = (SELECT max(run_id) FROM run)" : "");

		ask(path, view, sql);
	}
}

int main(int argc, char **argv)
{
	guint runs = argc > 1 ? (guint)atoi(argv[1]) : RUNS;
	guint count = argc > 2 ? (guint)atoi(argv[2]) : FINDINGS;
	char *directory = sample_directory_new();
	g_autofree char *path = g_build_filename(directory, "findings.db", NULL);
	GStatBuf status;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	write_runs(path, runs, count);
	if (g_stat(path, &status) == 0)
		(void)printf("file %.1f MB\n", (double)status.st_size / 1e6);
	ask_views(path);
	ask(path, "findings, all columns", "SELECT * FROM findings");
	ask(path, "open, worst 20",
	    "SELECT * FROM open_findings ORDER BY score DESC, file, line LIMIT 20");
	ask_difference(path, runs - 1, runs);
	ask_difference(path, runs / 2, runs);
	ask_difference(path, 1, runs);
	if (g_getenv("CONTLINT_KEEP"))
		(void)printf("kept: %s\n", path);
	else
		sample_directory_remove(directory);
	return 0;
}
