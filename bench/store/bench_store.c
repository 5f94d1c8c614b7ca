/* What storing a run costs: 5,000 findings with paths of five steps, 10,000 functions and 50,000
 * call edges, three times, of which the second and third find nothing new; then what reading costs.
 * Beside it, as a floor, as many rows put by SQLite into one table without keys.
 *
 *	cmake --preset release -DCONTLINT_TESTS=ON
 *	cmake --build --preset release --target bench_store
 *	build/release/tests/reports/bench_store */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/reports/sample.h"
#include "tests/reports/sample_run.h"

enum { FINDINGS = 5000, FUNCTIONS = 10000, CALLS_EACH = 5, EDGES = FUNCTIONS * CALLS_EACH };

/* User and system time of this process, seconds. */
static double cpu(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void lengthen_paths(GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		struct finding_step *step =
			finding_add_step(g_ptr_array_index(findings, i), STEP_NOTE);

		step->place.file = g_strdup("src/proxy.c");
		step->place.line = i + 1;
		step->function = g_strdup("resolve");
		step->usr = g_strdup("c:src/proxy.c@F@resolve");
		step->message = g_strdup("waits for the network");
	}
}

static void make_functions(struct program *program)
{
	struct program_function *functions = g_new0(struct program_function, FUNCTIONS);

	for (guint i = 0; i < FUNCTIONS; i++) {
		functions[i] = program->functions[i % SAMPLE_FUNCTION_COUNT];
		functions[i].name = g_strdup_printf("function_%u", i);
		functions[i].usr = g_strdup_printf("c:@F@function_%u", i);
		functions[i].file = g_strdup_printf("src/file%u.c", i / 50);
		functions[i].first_out = i * CALLS_EACH;
		functions[i].out_count = CALLS_EACH;
	}
	program->functions = functions;
	program->function_count = FUNCTIONS;
}

static void make_edges(struct program *program)
{
	struct program_edge *edges = g_new0(struct program_edge, EDGES);
	GRand *random = g_rand_new_with_seed(1);

	for (guint i = 0; i < EDGES; i++)
		edges[i] = (struct program_edge){
			.caller = i / CALLS_EACH,
			.callee = (uint32_t)g_rand_int_range(random, 0, FUNCTIONS),
			.event = 1,
			.target_count = 1,
			.place = PROGRAM_NONE,
		};
	program->edges = edges;
	program->edge_count = EDGES;
	g_rand_free(random);
}

static void store_run_once(const char *path, const struct sample_run *sample)
{
	double start = cpu();
	struct store *store = store_open(path, NULL);
	double opened = cpu();

	(void)sample_store(store, sample);
	printf("run     open %.3f s, store %.3f s\n", opened - start, cpu() - opened);
	store_close(store);
}

static void read_back(const char *path)
{
	double start = cpu();
	g_autoptr(store_t) store = store_open_readonly(path, NULL);
	g_autofree char *count = sample_ask(store, "SELECT count(*) FROM findings");
	double counted = cpu();
	g_autoptr(GPtrArray) findings = store_load_findings(store, 3, 0, NULL);

	printf("read    findings view (%s rows) %.3f s, %u findings with paths %.3f s\n", count,
	       counted - start, findings->len, cpu() - counted);
}

/* As many rows as the first run writes, with as many bytes. */
static void write_floor(const char *path, guint rows)
{
	double start = cpu();
	sqlite3_stmt *insert;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)sqlite3_exec(db, "CREATE TABLE t(a, b, c, d, e); BEGIN", NULL, NULL, NULL);
	(void)sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?, ?, ?, ?, ?)", -1, &insert, NULL);
	for (guint i = 0; i < rows; i++) {
		for (int column = 1; column <= 4; column++)
			(void)sqlite3_bind_int64(insert, column, i);
		(void)sqlite3_bind_text(insert, 5, "calls getaddrinfo()", -1, SQLITE_STATIC);
		(void)sqlite3_step(insert);
		(void)sqlite3_reset(insert);
	}
	(void)sqlite3_finalize(insert);
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	(void)sqlite3_close(db);
	printf("floor   %u bare rows %.3f s\n", rows, cpu() - start);
}

int main(void)
{
	char *directory = sample_directory_new();
	g_autofree char *path = g_build_filename(directory, "findings.db", NULL);
	g_autofree char *floor = g_build_filename(directory, "floor.db", NULL);
	struct sample_run *sample = sample_run_new(FINDINGS);

	lengthen_paths(sample->findings);
	make_functions(&sample->program);
	make_edges(&sample->program);
	for (guint i = 0; i < 3; i++)
		store_run_once(path, sample);
	read_back(path);
	write_floor(floor, FINDINGS * (3 + 5) + 2 * FUNCTIONS + EDGES);
	sample_directory_remove(directory);
	return 0; /* the process ends: what it holds is not worth freeing */
}
