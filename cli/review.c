/* contlint review: what a person thinks of a finding, written beside it for everybody. */
#include "cli/command.h"
#include "cli/database.h"
#include "cli/finding_id.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/words.h"

static int run(int argc, char **argv);

const struct command command_review = {
	.name = "review",
	.arguments = "ID confirmed | false-positive | intentional | unreviewed",
	.summary = "say what you think of a finding",
	.run = run,
};

static const char *const statuses[] = {"unreviewed", "confirmed", "false-positive", "intentional",
				       NULL};

struct review {
	struct database_options options;
	char *author, *comment;
};

static bool knows_status(const char *word)
{
	const char *nearest;

	if (g_strv_contains(statuses, word))
		return true;
	nearest = nearest_word(word, statuses);
	if (nearest)
		cli_error("there is no status %s; did you mean %s?", word, nearest);
	else
		cli_error("there is no status %s: it is confirmed, false-positive, intentional or "
			  "unreviewed",
			  word);
	return false;
}

static int run_review(const struct review *review, int argc, char **argv)
{
	const char *author = review->author ? review->author : g_get_user_name();
	g_autoptr(store_t) store = NULL;
	g_autoptr(GError) error = NULL;
	gint64 id, run_id;
	int code;

	if (argc != 3) {
		cli_error("review takes a finding and what it is: confirmed, false-positive, "
			  "intentional or unreviewed");
		return CLI_USAGE;
	}
	if (!knows_status(argv[2]))
		return CLI_USAGE;
	store = database_open_writing(&review->options);
	if (!store)
		return CLI_DATABASE;
	code = finding_id_find(store, argv[1], &id, &run_id);
	if (code != CLI_OK)
		return code;
	if (store_add_review(store, id, author, argv[2], review->comment, &error))
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_DATABASE;
}

static int run(int argc, char **argv)
{
	struct review review = {0};
	const GOptionEntry entries[] = {
		{"comment", 0, 0, G_OPTION_ARG_STRING, &review.comment, "why", "TEXT"},
		{"author", 0, 0, G_OPTION_ARG_STRING, &review.author,
		 "who says so (default: the user)", "NAME"},
		{"db", 0, 0, G_OPTION_ARG_FILENAME, &review.options.path,
		 "findings database (default: .contlint/contlint.db here or above)", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	int result = CLI_USAGE;

	if (cli_parse(&command_review, entries, &argc, &argv, NULL))
		result = run_review(&review, argc, argv);
	database_options_clear(&review.options);
	g_free(review.author);
	g_free(review.comment);
	return result;
}
