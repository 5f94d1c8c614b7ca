/* contlint models: do the models fit this program? */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/model_use.h"
#include "analyzer/units/workers.h"
#include "cli/linking.h"
#include "cli/model_places.h"
#include "reports/terminal.h"

static int run(int argc, char **argv);

const struct command command_models = {
	.name = "models",
	.arguments = "verify|suggest [OPTION…]",
	.summary = "show models that match nothing, and functions without one",
	.run = run,
};

enum { WISHES_SHOWN = 30 };

struct models_options {
	struct linking_words words;
	gboolean all;
	int limit;
};

/* Does a row come from contlint's own models? */
static bool is_own(const char *own, const char *file)
{
	return g_str_has_prefix(file, own) && file[strlen(own)] == '/';
}

static void append_row(GString *out, const struct model_row *row)
{
	(void)terminal_append(out, row->file);
	g_string_append_printf(out, ":%u: %s ", row->line, row->kind);
	if (row->record)
		g_string_append_printf(out, "%s.", row->record);
	g_string_append_printf(out, "%s matches nothing\n", row->name);
}

/* Rows of the user's models that matched nothing, and with `all` those of ours; then a count a
 * library. */
static void verify(const struct program *program, const struct models_options *options)
{
	g_autofree char *own = model_places_builtin();
	g_autoptr(GArray) rows = model_use_rows(program);
	g_autoptr(GString) out = g_string_new(NULL);
	guint of_user = 0;

	for (guint i = 0, used = 0, first = 0; i < rows->len; i++) {
		const struct model_row *row = &g_array_index(rows, struct model_row, i);
		bool is_users = !is_own(own, row->file);

		of_user += is_users;
		used += row->used;
		if (!row->used && (options->all || is_users))
			append_row(out, row);
		if (i + 1 < rows->len && g_str_equal(row->library, row[1].library))
			continue;
		(void)fprintf(stderr, "contlint: %s: %u of %u rows match\n", row->library, used,
			      i + 1 - first);
		first = i + 1;
		used = 0;
	}
	if (!of_user && !options->all)
		(void)fprintf(stderr, "contlint: no row of a model of your own is of a library "
				      "that the program uses; --all lists ours\n");
	(void)fputs(out->str, stdout);
}

static void suggest(const struct program *program, const struct models_options *options)
{
	g_autoptr(GArray) wishes = model_use_wishes(program);
	g_autoptr(GString) out = g_string_new(NULL);
	guint shown = 0, left = 0, chosen = 0;

	for (guint i = 0; i < wishes->len; i++) {
		const struct model_wish *wish = &g_array_index(wishes, struct model_wish, i);

		if (wish->library && !options->all) {
			chosen++;
			continue;
		}
		if (shown >= (guint)options->limit) {
			left++;
			continue;
		}
		shown++;
		g_string_append_printf(out, "%s()  %u continuation%s, %u call%s",
				       program->symbols[wish->symbol].name, wish->continuations,
				       wish->continuations == 1 ? "" : "s", wish->calls,
				       wish->calls == 1 ? "" : "s");
		if (*wish->header) {
			g_string_append(out, "  ");
			(void)terminal_append(out, wish->header);
		}
		g_string_append_c(out, '\n');
	}
	if (!shown)
		g_string_append(out, "no continuation reaches a function that wants a model\n");
	(void)fputs(out->str, stdout);
	if (left)
		(void)fprintf(stderr, "contlint: %u more (--limit)\n", left);
	if (chosen)
		(void)fprintf(stderr,
			      "contlint: %u more of libraries that are modelled, left out because "
			      "they do not block (--all)\n",
			      chosen);
}

static int look(const struct models_options *options,
		void (*tell)(const struct program *program, const struct models_options *options))
{
	struct linked linked;
	int code = linking_open(&options->words, &linked);
	guint missing = 0;

	if (code == CLI_OK)
		tell(linked.program, options);
	for (guint i = 0; code == CLI_OK && i < linked.results->len; i++)
		missing += !((const struct unit_result *)linked.results->pdata[i])->facts;
	linked_clear(&linked);
	if (missing)
		cli_warning("%u units could not be read", missing);
	return missing ? CLI_INCOMPLETE : code;
}

static int run_models(const struct models_options *options, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "verify") == 0)
		return look(options, verify);
	if (argc == 2 && strcmp(argv[1], "suggest") == 0)
		return look(options, suggest);
	cli_error("models takes one word, verify or suggest");
	return CLI_USAGE;
}

static int run(int argc, char **argv)
{
	struct models_options options = {.limit = WISHES_SHOWN};
	const GOptionEntry own[] = {
		{"all", 0, 0, G_OPTION_ARG_NONE, &options.all,
		 "verify: contlint's own rows too; suggest: modelled libraries too", NULL},
		{"limit", 0, 0, G_OPTION_ARG_INT, &options.limit,
		 "suggest: so many functions (default: 30)", "N"},
	};
	g_autoptr(GArray) entries = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));
	int code = CLI_USAGE;

	linking_add_entries(&options.words, entries);
	g_array_append_vals(entries, own, G_N_ELEMENTS(own));
	if (cli_parse(&command_models, (const GOptionEntry *)(gpointer)entries->data, &argc, &argv,
		      NULL))
		code = run_models(&options, argc, argv);
	linking_words_clear(&options.words);
	return code;
}
