/* contlint facts: what files of facts say, as text for people. */
#include "cli/command.h"

#include <stdio.h>

#include "analyzer/facts.h"
#include "analyzer/file_path.h"

static int run(int argc, char **argv);

const struct command command_facts = {
	.name = "facts",
	.arguments = "FILE.facts…",
	.summary = "print what contlint extract wrote",
	.run = run,
};

enum { FACTS_LIMIT = 1 << 30 };

static bool is_source(const char *path)
{
	return g_str_has_suffix(path, ".c") || g_str_has_suffix(path, ".h");
}

/* An enum cli_exit. */
static int print_file(const char *path)
{
	g_autoptr(facts_t) facts = NULL;
	g_autoptr(GString) text = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	gsize size;

	if (is_source(path)) {
		cli_error("%s: this is source, not facts; first: contlint extract -o FILE.facts -- "
			  "cc -c %s",
			  path, path);
		return CLI_USAGE;
	}
	if (!file_path_read(path, FACTS_LIMIT, &bytes, &size, &error) ||
	    !(facts = facts_decode(bytes, size, path, &error))) {
		cli_error("%s", error->message);
		return CLI_USAGE;
	}
	text = g_string_new(NULL);
	facts_print(facts, text);
	(void)fwrite(text->str, 1, text->len, stdout);
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	const GOptionEntry entries[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};

	if (!cli_parse(&command_facts, entries, &argc, &argv, NULL))
		return CLI_USAGE;
	if (argc < 2) {
		cli_error("no file of facts was named; contlint extract writes them");
		return CLI_USAGE;
	}
	for (int i = 1; i < argc; i++) {
		int code = print_file(argv[i]);

		if (code != CLI_OK)
			return code;
	}
	return CLI_OK;
}
