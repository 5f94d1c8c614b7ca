/* What every subcommand needs to talk with its user: sentences on stderr, options with
 * "did you mean", colour. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/words.h"
#include "reports/terminal.h"

/* Sentences quote file names and words of others, which may hold anything. */
static void cli_say(const char *level, const char *format, va_list arguments)
{
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	g_autoptr(GString) plain = g_string_new(NULL);

	(void)terminal_append(plain, text);
	(void)fflush(stdout);
	(void)fprintf(stderr, "contlint: %s%s\n", level, plain->str);
}

void cli_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	cli_say("", format, arguments);
	va_end(arguments);
}

void cli_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	cli_say("warning: ", format, arguments);
	va_end(arguments);
}

bool cli_colour(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (no_color && no_color[0] != '\0')
		return false;
	return isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

static bool is_known_option(const char *word, size_t size, const GOptionEntry *entries)
{
	for (size_t i = 0; entries[i].long_name; i++)
		if (strlen(entries[i].long_name) == size &&
		    strncmp(entries[i].long_name, word, size) == 0)
			return true;
	return false;
}

static bool is_known_letter(char letter, const GOptionEntry *entries)
{
	for (size_t i = 0; entries[i].long_name; i++)
		if (entries[i].short_name == letter)
			return true;
	return letter == 'h';
}

/* The first word that is no option of ours, or NULL; GOption tells it in a translated sentence
 * only. */
static const char *find_unknown(int argc, char **argv, const GOptionEntry *entries)
{
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (word[0] != '-' || word[1] == '\0')
			continue;
		if (word[1] != '-') {
			if (!is_known_letter(word[1], entries))
				return word;
		} else if (!is_known_option(word + 2, strcspn(word + 2, "="), entries)) {
			return word;
		}
	}
	return NULL;
}

static void tell_unknown_option(const char *word, const struct command *command,
				const GOptionEntry *entries)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *plain = NULL;
	const char *nearest = NULL;

	for (size_t i = 0; entries[i].long_name; i++)
		if (entries[i].long_name[0] != '\0' && !(entries[i].flags & G_OPTION_FLAG_HIDDEN))
			g_ptr_array_add(names, (gpointer)entries[i].long_name);
	g_ptr_array_add(names, (gpointer) "help");
	g_ptr_array_add(names, NULL);
	if (word[1] == '-') {
		plain = g_strndup(word + 2, strcspn(word + 2, "="));
	} else if (word[2] != '\0') { /* -jobs: one dash too few */
		plain = g_strdup(word + 1);
	}
	if (plain)
		nearest = nearest_word(plain, (const char *const *)names->pdata);
	if (nearest)
		cli_error("unknown option %s of contlint %s; did you mean --%s?", word,
			  command->name, nearest);
	else
		cli_error("unknown option %s; contlint %s --help lists the options", word,
			  command->name);
}

/* For completions and manual pages: a line an option, its parts separated by tabs. */
static void print_options(const GOptionEntry *entries)
{
	for (; entries->long_name; entries++) {
		const char letter[] = {entries->short_name, '\0'};

		if (entries->long_name[0] == '\0' || (entries->flags & G_OPTION_FLAG_HIDDEN))
			continue;
		(void)printf("%s\t%s\t%s\t%s\n", entries->long_name, letter,
			     entries->arg_description ? entries->arg_description : "",
			     entries->description ? entries->description : "");
	}
}

static void print_help(const struct command *command, GOptionContext *context)
{
	g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
	/* GOption's first paragraph is a usage line that knows no subcommands. */
	const char *options = strstr(help, "\n\n");

	(void)printf("Usage: contlint %s %s\n\n%s\n", command->name, command->arguments,
		     command->summary);
	if (options)
		(void)fputs(options + 1, stdout);
}

/* Cuts argv at "--"; what follows is copied to *ret_rest, or stays as plain words if nobody asked
 * for it. Returns how many words stand before it. */
static int cut_rest(int argc, char **argv, char ***ret_rest)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0) {
			if (!ret_rest)
				return argc;
			*ret_rest = g_strdupv(argv + i + 1);
			argv[i] = NULL;
			return i;
		}
	return argc;
}

static const GOptionEntry *find_letter(char letter, const GOptionEntry *entries)
{
	for (; entries->long_name; entries++)
		if (entries->short_name == letter)
			return entries;
	return NULL;
}

/* GOption does not know -j4: it becomes --jobs=4. */
static void spell_out(int argc, char **argv, const GOptionEntry *entries)
{
	for (int i = 1; i < argc; i++) {
		const GOptionEntry *entry;
		g_autofree char *word = NULL;

		if (argv[i][0] != '-' || argv[i][1] == '\0' || argv[i][1] == '-')
			continue;
		entry = find_letter(argv[i][1], entries);
		if (!entry || entry->arg == G_OPTION_ARG_NONE)
			continue;
		if (argv[i][2] == '\0') {
			i++; /* its value, whatever it looks like */
			continue;
		}
		word = g_strdup_printf("--%s=%s", entry->long_name, argv[i] + 2);
		argv[i] = (char *)g_intern_string(word);
	}
}

bool cli_parse(const struct command *command, const GOptionEntry *entries, int *argc, char ***argv,
	       char ***ret_rest)
{
	gboolean help = FALSE;
	const GOptionEntry help_entry[] = {
		{"help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this text", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) rest = NULL;
	g_auto(GStrv) words = NULL;
	const char *unknown;

	if (*argc == 2 && strcmp((*argv)[1], "--list-options") == 0) {
		print_options(entries);
		exit(CLI_OK);
	}
	*argc = cut_rest(*argc, *argv, ret_rest ? &rest : NULL);
	spell_out(*argc, *argv, entries);
	words = g_strdupv(*argv); /* a parse that stops half-way takes words out of argv */
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_add_main_entries(context, help_entry, NULL);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		unknown = find_unknown((int)g_strv_length(words), words, entries);
		if (g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) &&
		    unknown)
			tell_unknown_option(unknown, command, entries);
		else
			cli_error("%s: %s", command->name, error->message);
		return false;
	}
	if (help) {
		print_help(command, context);
		exit(CLI_OK);
	}
	if (!ret_rest && *argc > 1 && strcmp((*argv)[1], "--") == 0) {
		for (int i = 1; i < *argc; i++)
			(*argv)[i] = (*argv)[i + 1];
		(*argc)--;
	}
	if (ret_rest)
		*ret_rest = g_steal_pointer(&rest);
	return true;
}
