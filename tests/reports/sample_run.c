/* A whole run by hand. */
#include "tests/reports/sample_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "tests/reports/sample.h"

enum {
	SYMBOL_MAIN,
	SYMBOL_ON_ACCEPT,
	SYMBOL_RESOLVE,
	SYMBOL_ADD_SOURCE,
	SYMBOL_GETADDRINFO,
	SYMBOL_HANDLER
};

static const struct {
	uint32_t symbol, line, column;
} calls[] = {
	/* event  callee             line column */
	/* 0 */ {SYMBOL_ADD_SOURCE, 17, 2},
	/* 1 */ {SYMBOL_RESOLVE, 12, 2},
	/* 2 */ {SYMBOL_GETADDRINFO, 7, 33},
	/* 3 */ {SYMBOL_GETADDRINFO, 8, 3},
};

static void add_function_row(struct facts *facts, fact_id symbol, uint32_t first, uint32_t count)
{
	struct fact_function row = {.symbol = symbol,
				    .begin = FACT_NONE,
				    .end = FACT_NONE,
				    .first_event = first,
				    .event_count = count};

	g_array_append_val(facts->functions, row);
}

static void add_call(struct facts *facts, guint i)
{
	struct fact_value callee = {.kind = FACT_VALUE_FUNCTION, .a = calls[i].symbol};
	struct fact_loc loc = {0, calls[i].line, calls[i].column};
	struct fact_event event = {.kind = FACT_EVENT_CALL,
				   .a = i,
				   .loc = i,
				   .spelling = i,
				   .end = FACT_NONE,
				   .text = FACT_NONE};

	g_array_append_val(facts->values, callee);
	g_array_append_val(facts->locs, loc);
	g_array_append_val(facts->events, event);
}

static struct facts *make_facts(void)
{
	struct facts *facts = facts_new();
	struct fact_file file = {facts_intern(facts, "src/proxy.c"), FACT_FILE_MAIN, 0x12, 0xab};

	g_array_append_val(facts->files, file);
	for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
		add_call(facts, i);
	add_function_row(facts, SYMBOL_MAIN, 0, 1); /* row 0 is the file scope */
	add_function_row(facts, SYMBOL_ON_ACCEPT, 1, 1);
	add_function_row(facts, SYMBOL_RESOLVE, 2, 2);
	return facts;
}

static void set_function(struct sample_run *sample, uint32_t i, const char *name, const char *usr,
			 uint32_t line, uint32_t contexts)
{
	sample->symbols[i] = (struct program_symbol){.usr = usr, .name = name, .function = i};
	sample->functions[i] = (struct program_function){
		.symbol = i,
		.unit = 0,
		.row = i + 1,
		.name = name,
		.usr = usr,
		.file = "src/proxy.c",
		.line = line,
		.end_line = line + 5,
		.contexts = contexts,
	};
}

static void make_program(struct sample_run *sample)
{
	struct program *program = &sample->program;

	set_function(sample, SAMPLE_MAIN, "main", "c:@F@main", 15, CONTEXT_STARTUP);
	set_function(sample, SAMPLE_ON_ACCEPT, "on_accept", "c:src/proxy.c@F@on_accept", 10,
		     CONTEXT_IO);
	set_function(sample, SAMPLE_RESOLVE, "resolve", "c:src/proxy.c@F@resolve", 3,
		     CONTEXT_IO | CONTEXT_WORKER);
	sample->functions[SAMPLE_ON_ACCEPT].out_count = 1;
	sample->functions[SAMPLE_RESOLVE].first_out = 1;
	sample->symbols[SYMBOL_ADD_SOURCE] = (struct program_symbol){
		.usr = "c:@F@add_source", .name = "add_source", .function = PROGRAM_NONE};
	sample->symbols[SYMBOL_GETADDRINFO] = (struct program_symbol){
		.usr = "c:@F@getaddrinfo", .name = "getaddrinfo", .function = PROGRAM_NONE};
	sample->symbols[SYMBOL_HANDLER] = (struct program_symbol){.usr = "c:@S@source@FI@handler",
								  .name = "handler",
								  .owner = "source",
								  .function = PROGRAM_NONE};
	sample->edges[0] = (struct program_edge){
		SAMPLE_ON_ACCEPT, SAMPLE_RESOLVE, 1, EDGE_DIRECT, 1, PROGRAM_NONE, false};
	sample->registrations[0] = (struct program_registration){.function = SAMPLE_ON_ACCEPT,
								 .context = CONTEXT_IO,
								 .calls = MODEL_CALLS_MANY,
								 .in_function = SAMPLE_MAIN,
								 .event = 0,
								 .via = "add_source",
								 .certainty = 1};
	sample->unresolved[0] = (struct program_unresolved){
		SAMPLE_MAIN, 0, SYMBOL_HANDLER, 0,
		"a function in source.handler, and nothing here stores one"};
	for (uint32_t i = 0; i < G_N_ELEMENTS(sample->unit_symbols); i++)
		sample->unit_symbols[i] = i;
	sample->units[0] =
		(struct program_unit){sample->facts, sample->unit_symbols, "src/proxy.c", "proxy"};
	*program = (struct program){
		.units = sample->units,
		.unit_count = 1,
		.symbols = sample->symbols,
		.symbol_count = G_N_ELEMENTS(sample->symbols),
		.functions = sample->functions,
		.function_count = SAMPLE_FUNCTION_COUNT,
		.edges = sample->edges,
		.edge_count = 1,
		.registrations = sample->registrations,
		.registration_count = 1,
		.unresolved = sample->unresolved,
		.unresolved_count = 1,
		.coverage = {.units = 2,
			     .functions = 3,
			     .continuations = 1,
			     .indirect_calls = 5,
			     .indirect_resolved = 4,
			     .indirect_unresolved = 1},
	};
}

static void unit_free(void *data)
{
	struct compdb_unit *unit = data;

	g_free(unit->label);
	g_ptr_array_unref(unit->flags);
	g_free(unit);
}

void sample_add_unit(struct sample_run *sample, const char *label)
{
	struct compdb_unit *unit = g_new0(struct compdb_unit, 1);
	struct unit_result *result = g_new0(struct unit_result, 1);

	unit->label = g_strdup(label);
	unit->flags = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(unit->flags, g_strdup("-I/src/project/include"));
	g_ptr_array_add(sample->compdb.units, unit);
	result->status = UNIT_OK;
	result->cpu_ms = 12;
	g_ptr_array_add(sample->results, result);
}

static const struct rule rule_dns = {
	.id = "blocking-dns",
	.family = "blocks",
	.summary = "resolves a name",
	.why = "slow",
	.instead = "resolve elsewhere",
	.misses = "nothing",
	.level = FINDING_WARNING,
	.precision = "high",
};
static const struct rule rule_wait = {
	.id = "blocking-wait",
	.family = "blocks",
	.summary = "waits",
	.why = "slow",
	.instead = "do not",
	.misses = "much",
	.level = FINDING_WARNING,
	.precision = "medium",
};
static const struct rule *const rules[] = {&rule_dns, &rule_wait, NULL};

struct sample_run *sample_run_new(guint count)
{
	struct sample_run *sample = g_new0(struct sample_run, 1);

	sample->facts = make_facts();
	make_program(sample);
	sample->results = g_ptr_array_new_with_free_func(g_free);
	sample->compdb.root = (char *)"/src/project";
	sample->compdb.units = g_ptr_array_new_with_free_func(unit_free);
	sample_add_unit(sample, "src/proxy.c");
	sample_add_unit(sample, "src/other.c");
	sample->findings = sample_findings(count);
	sample->run = (struct store_run){
		.started_at = "2024-05-06T07:08:09Z",
		.root = "/src/project",
		.models_hash = "m",
		.vcs_dirty = -1,
		.compdb = &sample->compdb,
		.results = sample->results,
		.program = &sample->program,
		.rules = rules,
		.findings = sample->findings,
	};
	return sample;
}

void sample_run_free(struct sample_run *sample)
{
	if (!sample)
		return;
	facts_free(sample->facts);
	g_ptr_array_unref(sample->results);
	g_ptr_array_unref(sample->compdb.units);
	g_ptr_array_unref(sample->findings);
	g_free(sample);
}

struct unit_result *sample_result(struct sample_run *sample, guint unit)
{
	return g_ptr_array_index(sample->results, unit);
}

char *sample_directory_new(void)
{
	char *directory = g_dir_make_tmp("contlint-XXXXXX", NULL);

	assert_non_null(directory);
	return directory;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void sample_directory_remove(char *directory)
{
	assert_int_equal(nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	g_free(directory);
}

gint64 sample_store(struct store *store, const struct sample_run *sample)
{
	g_autoptr(GError) error = NULL;
	gint64 run_id = 0;

	if (!store_add_run(store, &sample->run, &run_id, &error))
		fail_msg("%s", error->message);
	return run_id;
}

static void keep_first(int count, const char *const *names, const char *const *values, void *data)
{
	char **answer = data;

	if (!*answer)
		*answer = g_strdup(values[0] ? values[0] : "");
}

char *sample_ask(struct store *store, const char *sql)
{
	g_autoptr(GError) error = NULL;
	char *answer = NULL;

	if (!store_query(store, sql, keep_first, &answer, &error))
		fail_msg("%s: %s", sql, error->message);
	return answer ? answer : g_strdup("");
}
