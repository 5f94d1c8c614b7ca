/* Ways through the call graph. */
#include "reports/store/callgraph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/reports/sample_run.h"

enum { MOST = 6 };

/* Functions a, b, … of one file, and the calls that a test wants. */
struct fixture {
	char *directory;
	struct store *store;
	struct sample_run *sample;
	struct program_function functions[MOST];
	struct program_edge edges[16];
	struct callgraph *graph;
};

static int setup(void **state)
{
	struct fixture *fixture = g_new0(struct fixture, 1);
	g_autofree char *path = NULL;

	fixture->directory = sample_directory_new();
	path = g_build_filename(fixture->directory, "findings.db", NULL);
	fixture->store = store_open(path, NULL);
	assert_non_null(fixture->store);
	fixture->sample = sample_run_new(0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	callgraph_free(fixture->graph);
	store_close(fixture->store);
	sample_run_free(fixture->sample);
	sample_directory_remove(fixture->directory);
	g_free(fixture);
	return 0;
}

static const char *const names[MOST] = {"a", "b", "c", "d", "e", "f"};

/* `calls` is "ab bc": a calls b, b calls c; in the order of the callers. */
static void make_program(struct fixture *fixture, const char *calls)
{
	struct program *program = &fixture->sample->program;
	guint count = 0;

	for (guint i = 0; i < MOST; i++)
		fixture->functions[i] = (struct program_function){
			.name = names[i], .usr = names[i], .file = "a.c", .line = i + 1};
	for (; calls[0]; calls += calls[2] ? 3 : 2, count++) {
		uint32_t caller = (uint32_t)(calls[0] - 'a');

		fixture->edges[count] = (struct program_edge){
			caller, (uint32_t)(calls[1] - 'a'), 0, EDGE_DIRECT, 1, PROGRAM_NONE, false};
		if (fixture->functions[caller].out_count++ == 0)
			fixture->functions[caller].first_out = count;
	}
	program->functions = fixture->functions;
	program->function_count = MOST;
	program->edges = fixture->edges;
	program->edge_count = count;
	program->unit_count = 0;
	program->units = NULL;
	program->registration_count = 0;
	program->unresolved_count = 0;
}

static void load(struct fixture *fixture)
{
	(void)sample_store(fixture->store, fixture->sample);
	fixture->graph = callgraph_load(fixture->store, NULL);
	assert_non_null(fixture->graph);
	assert_int_equal(callgraph_size(fixture->graph), MOST);
}

static guint find(const struct callgraph *graph, char name)
{
	for (guint i = 0; i < callgraph_size(graph); i++)
		if (callgraph_function(graph, i)->name[0] == name)
			return i;
	fail_msg("no %c", name);
	return 0;
}

/* The way from `from` to the target last aimed at, as letters; "" if there is none. */
static void assert_way(const struct callgraph *graph, char from, const char *expected)
{
	guint function = find(graph, from);
	g_autoptr(GString) way = g_string_new(NULL);

	if (callgraph_distance(graph, function) != G_MAXUINT)
		g_string_append_c(way, from);
	for (const struct callgraph_edge *edge = callgraph_next(graph, function); edge;
	     edge = callgraph_next(graph, edge->callee))
		g_string_append(way, callgraph_function(graph, edge->callee)->name);
	assert_string_equal(way->str, expected);
	if (way->len > 0)
		assert_int_equal(callgraph_distance(graph, function), way->len - 1);
}

static void aim(struct fixture *fixture, char target)
{
	guint function = find(fixture->graph, target);

	callgraph_aim(fixture->graph, &function, 1);
}

static void the_shortest_way_is_found(void **state)
{
	struct fixture *fixture = *state;

	make_program(fixture, "ab ac bc cd");
	load(fixture);
	aim(fixture, 'd');
	assert_way(fixture->graph, 'a', "acd");
	assert_way(fixture->graph, 'b', "bcd");
	assert_way(fixture->graph, 'd', "d");
	assert_way(fixture->graph, 'e', "");
}

static void recursion_ends(void **state)
{
	struct fixture *fixture = *state;

	make_program(fixture, "aa ab bc ca cd");
	load(fixture);
	aim(fixture, 'd');
	assert_way(fixture->graph, 'a', "abcd");
	aim(fixture, 'a');
	assert_way(fixture->graph, 'a', "a");
	assert_way(fixture->graph, 'b', "bca");
	assert_way(fixture->graph, 'd', "");
}

static void a_way_does_not_lead_through_a_loop(void **state)
{
	struct fixture *fixture = *state;

	make_program(fixture, "ab bc cd");
	fixture->functions[1].is_loop = true;
	load(fixture);
	aim(fixture, 'd');
	assert_way(fixture->graph, 'c', "cd");
	assert_way(fixture->graph, 'b', "bcd");
	assert_way(fixture->graph, 'a', "");
	aim(fixture, 'b'); /* but to it */
	assert_way(fixture->graph, 'a', "ab");
}

static void there_may_be_several_targets(void **state)
{
	struct fixture *fixture = *state;
	guint targets[2];

	make_program(fixture, "ab bc de");
	load(fixture);
	targets[0] = find(fixture->graph, 'c');
	targets[1] = find(fixture->graph, 'e');
	callgraph_aim(fixture->graph, targets, G_N_ELEMENTS(targets));
	assert_way(fixture->graph, 'a', "abc");
	assert_way(fixture->graph, 'd', "de");
}

static void the_surest_of_equal_calls_is_taken(void **state)
{
	struct fixture *fixture = *state;

	make_program(fixture, "ab ab");
	fixture->edges[0].kind = EDGE_INDIRECT;
	fixture->edges[0].target_count = 9;
	load(fixture);
	aim(fixture, 'b');
	assert_string_equal(callgraph_next(fixture->graph, find(fixture->graph, 'a'))->kind,
			    "direct");
}

static void functions_are_found_by_number(void **state)
{
	struct fixture *fixture = *state;
	const struct callgraph_function *function;

	make_program(fixture, "ab");
	load(fixture);
	function = callgraph_function(fixture->graph, find(fixture->graph, 'b'));
	assert_int_equal(callgraph_find(fixture->graph, function->id), find(fixture->graph, 'b'));
	assert_int_equal(callgraph_find(fixture->graph, 4711), G_MAXUINT);
	assert_string_equal(function->file, "a.c");
	assert_int_equal(function->line, 2);
}

#define graph_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		graph_test(the_shortest_way_is_found),
		graph_test(recursion_ends),
		graph_test(a_way_does_not_lead_through_a_loop),
		graph_test(there_may_be_several_targets),
		graph_test(the_surest_of_equal_calls_is_taken),
		graph_test(functions_are_found_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
