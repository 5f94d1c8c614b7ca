/* contlint cost: what a function computes, as a sum over named sizes, and where each size and each
 * large constant comes from. It links the program anew, from the facts of the last check as far as
 * they are cached. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/units/workers.h"
#include "cli/costing.h"
#include "cli/linking.h"

static int run(int argc, char **argv);

const struct command command_cost = {
	.name = "cost",
	.arguments = "[FILE:]FUNCTION",
	.summary = "say what a function computes, and what that depends on",
	.run = run,
};

/* ---- the program -------------------------------------------------------------------------- */

/* Is `file` what was asked for, "src/a.c", or does it end so below a folder: "a.c"? */
static bool is_file(const char *file, const char *asked, gsize length)
{
	gsize whole = strlen(file);

	return length > 0 && length <= whole &&
	       strncmp(file + whole - length, asked, length) == 0 &&
	       (length == whole || file[whole - length - 1] == '/');
}

/* Leaves those of the functions that are in the file asked for. */
static guint keep_in_file(const struct program *program, uint32_t *functions, guint count,
			  const char *asked, gsize length)
{
	guint kept = 0;

	for (guint i = 0; i < count; i++)
		if (is_file(program->functions[functions[i]].file, asked, length))
			functions[kept++] = functions[i];
	return kept;
}

static void tell_files(const struct program *program, const char *asked, const char *name,
		       const uint32_t *functions, guint count)
{
	g_autoptr(GString) files = g_string_new(NULL);

	for (guint i = 0; i < count; i++)
		g_string_append_printf(files, "%s%s", i ? ", " : "",
				       program->functions[functions[i]].file);
	cli_error("%s: no such file has it; %s() is in %s", asked, name, files->str);
}

static int show_library(const char *name, const struct program *program)
{
	const struct model_function *model = models_function(program->models, name);
	g_autoptr(GString) out = g_string_new(NULL);

	if (!model) {
		cli_error("%s: the project has no such function", name);
		return CLI_USAGE;
	}
	costing_append_model(out, program_costs(program), model);
	costing_append_unit(out);
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

/* `asked` is FUNCTION or FILE:FUNCTION. */
static int show(const char *asked, const struct program *program)
{
	const char *colon = strrchr(asked, ':'), *name = colon ? colon + 1 : asked;
	g_autoptr(GString) out = g_string_new(NULL);
	guint found, count;
	g_autofree uint32_t *functions = program_functions_named(program, name, &found);

	if (found == 0)
		return show_library(asked, program);
	count = colon ? keep_in_file(program, functions, found, asked, (gsize)(colon - asked))
		      : found;
	if (count == 0) {
		tell_files(program, asked, name, functions, found);
		return CLI_USAGE;
	}
	for (guint i = 0; i < count; i++)
		costing_append_function(out, program, functions[i]);
	costing_append_unit(out);
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

static int cost_of_project(const struct linking_words *words, const char *name)
{
	struct linked linked;
	int code = linking_open(words, &linked);

	for (guint i = 0; code == CLI_OK && i < linked.results->len; i++) {
		const struct unit_result *result = linked.results->pdata[i];

		if (!result->facts)
			cli_warning("%s", result->problem);
	}
	if (code == CLI_OK)
		code = show(name, linked.program);
	linked_clear(&linked);
	return code;
}

static int run(int argc, char **argv)
{
	struct linking_words words = {0};
	g_autoptr(GArray) entries = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));
	int code = CLI_USAGE;

	linking_add_entries(&words, entries);
	if (cli_parse(&command_cost, (const GOptionEntry *)(gpointer)entries->data, &argc, &argv,
		      NULL)) {
		if (argc == 2)
			code = cost_of_project(&words, argv[1]);
		else
			cli_error("cost takes one function");
	}
	linking_words_clear(&words);
	return code;
}
