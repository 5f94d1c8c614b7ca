/* contlint cost: what a function computes, as a sum over named sizes, and where each size comes
 * from. It links the program anew, from the facts of the last check as far as they are cached. */
#include "cli/command.h"

#include <stdio.h>

#include "analyzer/compdb.h"
#include "analyzer/cost.h"
#include "analyzer/workers.h"
#include "cli/build_dir.h"
#include "cli/model_places.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_cost = {
	.name = "cost",
	.arguments = "FUNCTION",
	.summary = "say what a function computes, and what that depends on",
	.run = run,
};

struct asked {
	char *build_dir, *cache_dir, *root;
	char **models;
	int jobs;
	const char *name; /* of the function */
};

static void asked_clear(struct asked *asked)
{
	g_free(asked->build_dir);
	g_free(asked->cache_dir);
	g_free(asked->root);
	g_strfreev(asked->models);
}

/* ---- words -------------------------------------------------------------------------------- */

static const char *degree_words(uint32_t degree)
{
	static const char *const words[] = {
		"does not depend on how much data there is",
		"grows with the data",
		"grows as the square of the data",
		"grows as the cube of the data",
	};

	return words[MIN(degree, G_N_ELEMENTS(words) - 1)];
}

static const char *weight_words(uint32_t weight)
{
	switch ((enum cost_weight)weight) {
	case COST_FIXED:
		return "set before the loop runs";
	case COST_OPEN:
		return "who decides about it is not seen";
	case COST_GROWN:
		return "grows in continuations";
	case COST_EVENT:
		return "comes in with an event";
	}
	return "";
}

/* "src/a.c:12", "?" if that is not known. */
static void append_place(GString *out, const struct program *program, uint32_t function,
			 fact_id event)
{
	uint32_t unit = program->functions[function].unit, line, column;
	const char *file;

	if (!program_locate(program, unit, program_event(program, unit, event)->loc, &file, &line,
			    &column)) {
		g_string_append_c(out, '?');
		return;
	}
	(void)terminal_append(out, file);
	g_string_append_printf(out, ":%u", line);
}

/* "    n: loop at src/a.c:12 in f(), called at src/b.c:7; comes in with an event" */
static void append_factor(GString *out, const struct program *program, uint32_t function,
			  const struct cost_factor *factor)
{
	const struct costs *costs = program_costs(program);
	const struct cost_size *size = cost_size(costs, factor->size);
	const struct program_function *in = &program->functions[size->in_function];
	bool loop = program_event(program, in->unit, size->event)->kind == FACT_EVENT_LOOP;
	g_autofree char *text = cost_size_text(costs, factor->size);

	g_string_append(out, "    ");
	(void)terminal_append(out, text);
	g_string_append(out, loop ? ": loop at " : ": call at ");
	append_place(out, program, size->in_function, size->event);
	g_string_append(out, " in ");
	(void)terminal_append(out, in->name);
	g_string_append(out, "()");
	if (size->in_function != function) {
		g_string_append(out, ", reached from ");
		append_place(out, program, function, factor->at);
	}
	g_string_append_printf(out, "; %s%s\n", weight_words(size->weight),
			       factor->nested ? "; another one in each round of what is around it"
					      : "");
}

static void append_function(GString *out, const struct program *program, uint32_t function)
{
	const struct costs *costs = program_costs(program);
	const struct cost *cost = cost_of(costs, function);
	const struct program_function *f = &program->functions[function];
	g_autoptr(GHashTable) told = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_autofree char *text = cost_text(costs, cost);

	(void)terminal_append(out, f->name);
	g_string_append(out, "() in ");
	(void)terminal_append(out, f->file);
	g_string_append(out, "\n  ");
	(void)terminal_append(out, text);
	g_string_append_printf(out, "\n  %s%s\n", degree_words(cost_degree(cost)),
			       f->contexts & CONTEXT_IO ? ", on the I/O thread" : "");
	for (uint32_t i = cost->count; i-- > 0;)
		for (uint32_t k = 0; k < cost->terms[i].count; k++) {
			const struct cost_factor *factor = &cost->terms[i].factors[k];

			if (g_hash_table_add(told, GUINT_TO_POINTER(factor->size)))
				append_factor(out, program, function, factor);
		}
}

/* ---- the program -------------------------------------------------------------------------- */

static GPtrArray *extract(const struct asked *asked, const struct compdb *compdb, GError **error)
{
	g_autofree char *usual = g_build_filename(compdb->root, ".contlint", "cache", NULL);
	const struct workers_options options = {
		.jobs = (guint)asked->jobs,
		.cache_dir = asked->cache_dir ? asked->cache_dir : usual,
	};

	return workers_extract(compdb, &options, error);
}

static struct program *link_results(const GPtrArray *results, const struct models *models)
{
	g_autofree struct facts **facts = g_new0(struct facts *, results->len + 1);

	for (guint i = 0; i < results->len; i++) {
		const struct unit_result *result = results->pdata[i];

		facts[i] = result->facts;
		if (!result->facts)
			cli_warning("%s", result->problem);
	}
	return program_link(facts, results->len, models);
}

static int show(const struct asked *asked, const struct program *program)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree uint32_t *functions = NULL;
	guint count;

	functions = program_functions_named(program, asked->name, &count);
	if (count == 0) {
		cli_error("%s: the project has no such function", asked->name);
		return CLI_USAGE;
	}
	for (guint i = 0; i < count; i++)
		append_function(out, program, functions[i]);
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

static int cost_of_project(const struct asked *asked)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		compdb_load(build_dir_find(asked->build_dir), asked->root, &error);
	g_autoptr(models_t) models = NULL;
	g_autoptr(GPtrArray) results = NULL;
	g_autoptr(program_t) program = NULL;

	if (compdb)
		models = model_places_load(compdb->root, asked->models, &error);
	if (!models) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	results = extract(asked, compdb, &error);
	if (!results) {
		cli_error("%s", error->message);
		return CLI_INTERNAL;
	}
	program = link_results(results, models);
	return show(asked, program);
}

static int run(int argc, char **argv)
{
	struct asked asked = {0};
	const GOptionEntry entries[] = {
		{"build-dir", 'p', 0, G_OPTION_ARG_FILENAME, &asked.build_dir,
		 "folder of compile_commands.json (default: here or build/)", "DIR"},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &asked.jobs,
		 "worker processes (default: number of cores)", "N"},
		{"cache-dir", 0, 0, G_OPTION_ARG_FILENAME, &asked.cache_dir,
		 "where facts are kept (default: .contlint/cache in the project)", "DIR"},
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &asked.root,
		 "the project's folder; paths are told relative to it", "DIR"},
		{"models", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &asked.models,
		 "further folder of models; may be repeated", "DIR"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int code = CLI_USAGE;

	if (cli_parse(&command_cost, entries, &argc, &argv, NULL)) {
		asked.name = argv[1];
		if (argc != 2)
			cli_error("cost takes one function");
		else if (asked.jobs < 0)
			cli_error("--jobs is a number above 0");
		else
			code = cost_of_project(&asked);
	}
	asked_clear(&asked);
	return code;
}
