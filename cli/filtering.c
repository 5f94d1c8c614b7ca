/* The options that say which findings are wanted. */
#include "cli/filtering.h"

#include <string.h>

#include "cli/command.h"
#include "cli/vcs.h"

void filtering_clear(struct filtering *filtering)
{
	g_free(filtering->since);
	g_free(filtering->diff);
	g_free(filtering->lines);
	g_free(filtering->headers);
	filter_clear(&filtering->filter);
}

/* What is new and not yet known to git is changed too. */
static bool add_untracked(struct filtering *filtering, const char *root, GError **error)
{
	const char *const words[] = {"ls-files", "--others", "--exclude-standard", "-z", NULL};
	g_autofree char *names = vcs_ask(root, words, error);

	for (const char *name = names; name && *name; name += strlen(name) + 1)
		changes_add_file(filtering->filter.changes, name);
	return names != NULL;
}

static bool read_since(struct filtering *filtering, const char *root, GError **error)
{
	const char *const words[] = {"diff",
				     "--no-color",
				     "--no-ext-diff",
				     "--no-textconv",
				     "--unified=0",
				     "--relative",
				     "--src-prefix=a/",
				     "--dst-prefix=b/",
				     "--merge-base",
				     "--end-of-options",
				     filtering->since,
				     "--",
				     ".",
				     NULL};
	g_autofree char *text = vcs_ask(root, words, error);

	return text && changes_add(filtering->filter.changes, "git diff", text, NULL, error) &&
	       add_untracked(filtering, root, error);
}

static bool read_diff(struct filtering *filtering, const char *root, GError **error)
{
	bool input = strcmp(filtering->diff, "-") == 0;
	g_autofree char *prefix = vcs_prefix(root);
	g_autofree char *text = NULL;

	return g_file_get_contents(input ? "/dev/stdin" : filtering->diff, &text, NULL, error) &&
	       changes_add(filtering->filter.changes, input ? "standard input" : filtering->diff,
			   text, prefix, error);
}

int filtering_open(struct filtering *filtering, const char *root)
{
	struct filter *filter = &filtering->filter;
	g_autoptr(GError) error = NULL;
	bool good = true;

	if (filtering->since || filtering->diff)
		filter->changes = changes_new();
	if (filtering->since)
		good = read_since(filtering, root, &error);
	if (good && filtering->diff)
		good = read_diff(filtering, root, &error);
	if (good && filtering->lines)
		good = filter_read_lines(filter, filtering->lines, &error);
	if (good && filtering->headers)
		good = filter_read_headers(filter, filtering->headers, &error);
	if (good)
		return CLI_OK;
	cli_error("%s", error->message);
	return CLI_USAGE;
}
