/* contlint extract: one compiler command -> one file of facts, for builds that want extraction as
 * one of their own steps. */
#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/units/compdb.h"
#include "analyzer/file_path.h"
#include "analyzer/units/workers.h"
#include "cli/interrupt.h"

static int run(int argc, char **argv);

const struct command command_extract = {
	.name = "extract",
	.arguments = "[OPTION…] -- COMPILER FLAG… FILE.c",
	.summary = "write what one C source says, for contlint link",
	.run = run,
};

struct extraction {
	char *output, *depfile, *root;
	int timeout_seconds, memory_mib;
	char **command;
};

/* foo.facts in the current folder, as the compiler would write foo.o. Caller frees. */
static char *default_output(const struct compdb_unit *unit)
{
	char *name = g_path_get_basename(unit->label);
	char *dot = strrchr(name, '.');
	char *output;

	if (dot)
		*dot = '\0';
	output = g_strconcat(name, ".facts", NULL);
	g_free(name);
	return output;
}

static int write_facts(const char *path, const struct facts *facts)
{
	g_autoptr(GBytes) bytes = facts_encode(facts);
	gsize size;
	const void *data = g_bytes_get_data(bytes, &size);

	if (file_path_replace(path, data, size))
		return CLI_OK;
	cli_error("%s: %s", path, g_strerror(errno));
	return CLI_USAGE;
}

/* In a rule of Make, blanks, dollars and hashes of a name have to be escaped. */
static void append_escaped(GString *rule, const char *path)
{
	for (; *path; path++) {
		if (*path == '$')
			g_string_append_c(rule, '$');
		else if (*path == ' ' || *path == '#')
			g_string_append_c(rule, '\\');
		g_string_append_c(rule, *path);
	}
}

/* What `output` was made of, as compilers tell it with -MF. */
static int write_depfile(const char *path, const char *output, const char *root,
			 const struct facts *facts)
{
	g_autoptr(GString) rule = g_string_new(NULL);

	append_escaped(rule, output);
	g_string_append_c(rule, ':');
	for (guint i = 0; i < facts->files->len; i++) {
		const struct fact_file *file = facts_row(facts, files, struct fact_file, i);
		g_autofree char *full =
			g_canonicalize_filename(facts_string(facts, file->path), root);

		g_string_append(rule, " \\\n ");
		append_escaped(rule, full);
	}
	g_string_append_c(rule, '\n');
	if (file_path_replace(path, rule->str, rule->len))
		return CLI_OK;
	cli_error("%s: %s", path, g_strerror(errno));
	return CLI_USAGE;
}

static void tell_errors(const struct facts *facts, const char *label)
{
	const struct fact_diagnostic *first;

	if (facts->diagnostics->len == 0)
		return;
	first = &g_array_index(facts->diagnostics, struct fact_diagnostic, 0);
	cli_warning("%s: %u compile error%s, only what could be parsed is in the facts: %s", label,
		    facts->diagnostics->len, facts->diagnostics->len == 1 ? "" : "s",
		    facts_string(facts, first->text));
}

static int extract(const struct extraction *extraction)
{
	const struct workers_options options = {
		.jobs = 1,
		.timeout_seconds = (guint)extraction->timeout_seconds,
		.memory_mib = (guint)extraction->memory_mib,
		.cancelled = interrupt_asked,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(compdb_t) compdb =
		compdb_from_command(extraction->command, extraction->root, &error);
	g_autoptr(GPtrArray) results = NULL;
	g_autofree char *output = NULL;
	const struct unit_result *result;
	const struct compdb_unit *unit;
	int code;

	if (!compdb) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	for (guint i = 0; i < compdb->warnings->len; i++)
		cli_warning("%s", (const char *)compdb->warnings->pdata[i]);
	interrupt_catch();
	results = workers_extract(compdb, &options, &error);
	interrupt_release();
	if (!results && interrupt_signal())
		return 128 + interrupt_signal();
	if (!results) {
		cli_error("%s", error->message);
		return CLI_INTERNAL;
	}
	unit = compdb->units->pdata[0];
	result = results->pdata[0];
	if (!result->facts) {
		cli_error("%s", result->problem);
		return CLI_INCOMPLETE;
	}
	tell_errors(result->facts, unit->label);
	output = extraction->output ? g_strdup(extraction->output) : default_output(unit);
	code = write_facts(output, result->facts);
	if (code == CLI_OK && extraction->depfile)
		code = write_depfile(extraction->depfile, output, compdb->root, result->facts);
	return code;
}

static int run(int argc, char **argv)
{
	struct extraction extraction = {0};
	const GOptionEntry entries[] = {
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &extraction.output,
		 "where the facts go (default: NAME.facts here)", "FILE"},
		{"depfile", 0, 0, G_OPTION_ARG_FILENAME, &extraction.depfile,
		 "tell Make or Ninja there which files were read", "FILE"},
		{"root", 0, 0, G_OPTION_ARG_FILENAME, &extraction.root,
		 "the project's folder; paths are told relative to it", "DIR"},
		{"tu-timeout", 0, 0, G_OPTION_ARG_INT, &extraction.timeout_seconds,
		 "seconds for the unit (default: 60)", "SECONDS"},
		{"tu-memory", 0, 0, G_OPTION_ARG_INT, &extraction.memory_mib,
		 "memory for the unit (default: 2048)", "MIB"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int code = CLI_USAGE;

	if (cli_parse(&command_extract, entries, &argc, &argv, &extraction.command)) {
		if (extraction.timeout_seconds < 0 || extraction.memory_mib < 0)
			cli_error("--tu-timeout and --tu-memory are numbers above 0");
		else if (argc > 1 || !extraction.command || !extraction.command[0])
			cli_error("extract needs a compiler command after --: "
				  "contlint extract -o foo.facts -- cc -c foo.c");
		else
			code = extract(&extraction);
	}
	g_free(extraction.output);
	g_free(extraction.depfile);
	g_free(extraction.root);
	g_strfreev(extraction.command);
	return code;
}
