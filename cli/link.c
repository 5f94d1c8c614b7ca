/* contlint link: files of facts, as contlint extract wrote them, -> findings. What `check` does
 * after extraction. */
#include "cli/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/units/compdb.h"
#include "analyzer/file_path.h"
#include "analyzer/units/project_root.h"
#include "analyzer/units/workers.h"
#include "cli/configuring.h"
#include "cli/judging.h"

static int run(int argc, char **argv);

const struct command command_link = {
	.name = "link",
	.arguments = "[OPTION…] FILE.facts…",
	.summary = "judge facts that contlint extract wrote",
	.run = run,
};

enum { FACTS_LIMIT = 1 << 30 };

static void result_free(gpointer data)
{
	struct unit_result *result = data;

	facts_free(result->facts);
	g_free(result);
}

static struct facts *read_facts(const char *path, GError **error)
{
	g_autofree char *bytes = NULL;
	gsize size;

	if (!file_path_read(path, FACTS_LIMIT, &bytes, &size, error))
		return NULL;
	return facts_decode(bytes, size, path, error);
}

static bool add_facts(struct compdb *compdb, GPtrArray *results, const char *path, GError **error)
{
	struct facts *facts = read_facts(path, error);
	const struct fact_file *source;
	struct unit_result *result;

	if (!facts)
		return false;
	source = facts->files->len ? &g_array_index(facts->files, struct fact_file, 0) : NULL;
	compdb_add_unit(compdb, source ? facts_string(facts, source->path) : path,
			facts_string(facts, facts->target));
	result = g_new0(struct unit_result, 1);
	result->facts = facts;
	result->error_count = facts->diagnostics->len;
	result->status = result->error_count > 0 ? UNIT_PARSE_ERROR : UNIT_OK;
	g_ptr_array_add(results, result);
	return true;
}

/* The project's folder: what was said, else the one around us, else here. Caller frees. */
static char *find_root(const char *said)
{
	g_autofree char *here = g_get_current_dir();
	char real[PATH_MAX];
	char *root = NULL;

	if (realpath(said ? said : here, real))
		root = said ? g_strdup(real) : project_root_above(real);
	return root ? root : g_steal_pointer(&here);
}

static int link_files(struct judging *judging, char *const *paths)
{
	g_autofree char *root = find_root(judging->words.root);
	g_autoptr(compdb_t) compdb = compdb_empty(root);
	g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(result_free);
	g_autoptr(GError) error = NULL;
	int code;

	for (; *paths; paths++)
		if (!add_facts(compdb, results, *paths, &error)) {
			cli_error("%s", error->message);
			return CLI_USAGE;
		}
	timings_mark(&judging->phases, "read");
	code = judging_open(judging, root);
	if (code == CLI_OK)
		code = configuring_folders(judging, compdb);
	if (code == CLI_OK)
		code = judging_load_models(judging);
	if (code != CLI_OK)
		return code;
	return judging_conclude(judging, compdb, results);
}

static int run(int argc, char **argv)
{
	g_autoptr(GArray) entries = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));
	struct judging judging;
	int code = CLI_USAGE;

	judging_init(&judging);
	judging_add_entries(&judging, entries);
	if (cli_parse(&command_link, (const GOptionEntry *)(gpointer)entries->data, &argc, &argv,
		      NULL)) {
		if (argc < 2)
			cli_error("link needs files that contlint extract wrote");
		else
			code = link_files(&judging, argv + 1);
	}
	judging_clear(&judging);
	return code;
}
