/* contlint: finds the subcommand and hands over. */
#include "cli/command.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/words.h"
#include "cli/large_pages.h"
#include "cli/version.h"

static void print_usage(FILE *out)
{
	(void)fputs("Usage: contlint COMMAND [OPTION…]\n\n"
		    "Finds continuations that hold an I/O thread.\n\n",
		    out);
	for (size_t i = 0; commands_all[i]; i++)
		(void)fprintf(out, "  %-12s %s\n", commands_all[i]->name, commands_all[i]->summary);
	(void)fputs("\n`contlint COMMAND --help` tells the options of one; "
		    "`contlint --version` what it is made of.\n",
		    out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; commands_all[i]; i++)
		if (strcmp(commands_all[i]->name, name) == 0)
			return commands_all[i];
	return NULL;
}

static int unknown_command(const char *word)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *nearest;

	for (size_t i = 0; commands_all[i]; i++)
		g_ptr_array_add(names, (gpointer)commands_all[i]->name);
	g_ptr_array_add(names, NULL);
	nearest = nearest_word(word, (const char *const *)names->pdata);
	if (word[0] == '-')
		cli_error("unknown option %s; options stand after the command", word);
	else if (nearest)
		cli_error("there is no command %s; did you mean contlint %s?", word, nearest);
	else
		cli_error("there is no command %s; contlint --help lists them", word);
	return CLI_USAGE;
}

static bool is_word(const char *word, const char *name)
{
	return strcmp(word, name) == 0 ||
	       (g_str_has_prefix(word, "--") && strcmp(word + 2, name) == 0);
}

/* Who starts us without stdin, stdout or stderr would find files of ours in their places. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd >= 3)
		(void)close(fd);
}

int main(int argc, char **argv)
{
	const struct command *command;

	open_standard_files();
	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	if (is_word(argv[1], "version")) {
		version_print(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "-h") == 0 || (is_word(argv[1], "help") && argc == 2)) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (is_word(argv[1], "help")) {
		char *help[] = {argv[2], (char[]){"--help"}, NULL};

		command = find_command(argv[2]);
		return command ? command->run(2, help) : unknown_command(argv[2]);
	}
	large_pages_use();
	command = find_command(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}
