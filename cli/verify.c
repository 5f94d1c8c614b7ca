/* contlint verify: runs the whole road over fixtures, in memory, and compares what is found with
 * the expectation comments in them. Rule writers use it, and our own tests are made of it. */
#include "analyzer/units/compdb.h"
#include "analyzer/units/workers.h"
#include "cli/command.h"
#include "cli/model_places.h"
#include "cli/rule_choice.h"
#include "rules/expect.h"
#include "rules/expect_cost.h"
#include "rules/judge.h"

#include <stdio.h>

static int run(int argc, char **argv);

const struct command command_verify = {
	.name = "verify",
	.arguments = "[OPTION…] FILE… [-- FLAG…]",
	.summary = "compare findings with the // expect: comments in the sources",
	.run = run,
};

/* What is compared at once: one file, or all with --together. */
struct batch {
	GPtrArray *files; /* struct expect_file *, owned */
	GPtrArray *facts; /* struct facts *, borrowed from the results */
	GPtrArray *rules; /* const struct rule *, NULL-terminated by close_batch() */
};

static void batch_init(struct batch *batch)
{
	g_autofree const struct rule **on = rule_choice_parse(NULL, NULL);

	batch->files = g_ptr_array_new_with_free_func((GDestroyNotify)expect_free);
	batch->facts = g_ptr_array_new();
	batch->rules = g_ptr_array_new();
	for (guint i = 0; on[i]; i++)
		g_ptr_array_add(batch->rules, (gpointer)on[i]);
}

static void batch_clear(struct batch *batch)
{
	g_ptr_array_unref(batch->files);
	g_ptr_array_unref(batch->facts);
	g_ptr_array_unref(batch->rules);
}

static void switch_on(struct batch *batch, const struct rule *rule)
{
	if (rule && !g_ptr_array_find(batch->rules, rule, NULL))
		g_ptr_array_add(batch->rules, (gpointer)rule);
}

/* The fixtures of a rule that is off by default stand in a folder with its name, those of several
 * files in one below. */
static void switch_on_by_folder(struct batch *batch, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *above = g_path_get_dirname(folder);
	g_autofree char *name = g_path_get_basename(folder);
	g_autofree char *name_above = g_path_get_basename(above);

	switch_on(batch, rules_find(name));
	switch_on(batch, rules_find(name_above));
}

static bool batch_add(struct batch *batch, const struct compdb_unit *unit,
		      const struct unit_result *result, GError **error)
{
	g_autofree char *text = NULL;
	struct expect_file *file;
	size_t size;

	if (!g_file_get_contents(unit->file, &text, &size, error))
		return false;
	file = expect_parse(unit->label, text, size, error);
	if (!file)
		return false;
	g_ptr_array_add(batch->files, file);
	g_ptr_array_add(batch->facts, result->facts);
	for (guint i = 0; i < file->rules->len; i++)
		switch_on(batch, g_ptr_array_index(file->rules, i));
	switch_on_by_folder(batch, unit->file);
	return true;
}

static void print_finding(const struct finding *finding)
{
	(void)printf("%s:%u:%u: %s confidence: %s%s%s [%s]\n", finding->place.file,
		     finding->place.line, finding->place.column,
		     finding_confidence_name(finding->confidence), finding->message,
		     finding->suppressed_by ? "; suppressed: " : "",
		     finding->suppressed_by ? finding->suppressed_by : "", finding->rule);
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct finding_step *step = g_ptr_array_index(finding->steps, i);

		(void)printf("    %s:%u: %s\n", step->place.file, step->place.line, step->message);
	}
}

/* Judges the batch and prints what is not as expected. Returns the number of those. */
static guint batch_check(struct batch *batch, const struct models *models, bool show,
			 guint *held_count)
{
	g_autoptr(program_t) program =
		program_link((struct facts *const *)batch->facts->pdata, batch->facts->len, models);
	struct rule_input input = {
		.program = program,
		.models = models,
		.short_sleep_ns = JUDGE_SHORT_SLEEP_NS,
		.complete = true,
	};
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) findings = NULL;

	g_ptr_array_add(batch->rules, NULL);
	findings = judge((const struct rule *const *)batch->rules->pdata, &input, NULL);
	for (guint i = 0; show && i < findings->len; i++)
		print_finding(g_ptr_array_index(findings, i));
	*held_count += expect_compare(batch->files, findings, problems);
	*held_count += expect_cost_compare(batch->files, program, problems);
	for (guint i = 0; i < problems->len; i++)
		(void)printf("%s\n", (const char *)g_ptr_array_index(problems, i));
	return problems->len;
}

/* A fixture that does not compile proves nothing. */
static bool tell_unit_problem(const struct compdb_unit *unit, const struct unit_result *result)
{
	const struct fact_diagnostic *first;
	const struct fact_loc *loc;

	if (!result->facts) {
		cli_error("%s", result->problem);
		return true;
	}
	if (result->facts->diagnostics->len == 0)
		return false;
	first = facts_row(result->facts, diagnostics, struct fact_diagnostic, 0);
	loc = first->loc == FACT_NONE ? NULL
				      : facts_row(result->facts, locs, struct fact_loc, first->loc);
	cli_error("%s:%u: does not compile: %s", unit->label, loc ? loc->line : 1,
		  facts_string(result->facts, first->text));
	return true;
}

static int verify(const struct compdb *compdb, const GPtrArray *results,
		  const struct models *models, bool together, bool show)
{
	g_autoptr(GError) error = NULL;
	guint problem_count = 0, held_count = 0, broken_count = 0;
	struct batch batch;

	for (guint i = 0; i < compdb->units->len; i++)
		broken_count += tell_unit_problem(g_ptr_array_index(compdb->units, i),
						  g_ptr_array_index(results, i));
	if (broken_count > 0)
		return CLI_INCOMPLETE;
	batch_init(&batch);
	for (guint i = 0; i < compdb->units->len; i++) {
		bool last = i + 1 == compdb->units->len;

		if (!batch_add(&batch, g_ptr_array_index(compdb->units, i),
			       g_ptr_array_index(results, i), &error)) {
			cli_error("%s", error->message);
			batch_clear(&batch);
			return CLI_USAGE;
		}
		if (together && !last)
			continue;
		problem_count += batch_check(&batch, models, show, &held_count);
		batch_clear(&batch);
		batch_init(&batch);
	}
	batch_clear(&batch);
	if (problem_count > 0)
		return CLI_FINDINGS;
	(void)fprintf(stderr, "%u %s as expected, %u %s\n", compdb->units->len,
		      compdb->units->len == 1 ? "file is" : "files are", held_count,
		      held_count == 1 ? "comment holds" : "comments hold");
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	gboolean together = FALSE, show = FALSE;
	const GOptionEntry entries[] = {
		{"together", 0, 0, G_OPTION_ARG_NONE, &together,
		 "link all files into one program; else each is one by itself", NULL},
		{"show", 0, 0, G_OPTION_ARG_NONE, &show, "print every finding with its path", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	char *no_flags[] = {NULL};
	struct workers_options options = {0};
	g_auto(GStrv) flags = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(models_t) models = NULL;
	g_autoptr(compdb_t) compdb = NULL;
	g_autoptr(GPtrArray) results = NULL;

	if (!cli_parse(&command_verify, entries, &argc, &argv, &flags))
		return CLI_USAGE;
	if (argc < 2) {
		cli_error("verify needs a file with // expect: comments");
		return CLI_USAGE;
	}
	models = model_places_load(NULL, NULL, &error);
	if (models)
		compdb = compdb_from_files(argv + 1, flags ? flags : no_flags, NULL, &error);
	if (!compdb) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	results = workers_extract(compdb, &options, &error);
	if (!results) {
		cli_error("%s", error->message);
		return CLI_INTERNAL;
	}
	return verify(compdb, results, models, together, show);
}
