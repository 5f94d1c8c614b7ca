/* Suppression comments, clang-tidy's and our own, as the manual names them. Looked for in every
 * file of the project once; a file without either word costs two searches. Ours may stand alone
 * above the code that they are about, with other comments between. */
#include <string.h>

#include "analyzer/extract/files.h"
#include "analyzer/extract/unit.h"

struct marker {
	const char *word;
	enum fact_suppression_kind kind;
	bool clang_tidy; /* NOLINT: rules in parentheses, ours start with "contlint-" */
};

/* Longer words before their beginnings. */
static const struct marker markers[] = {
	{"NOLINTNEXTLINE", FACT_SUPPRESS_NEXT_LINE, true},
	{"NOLINTBEGIN", FACT_SUPPRESS_BEGIN, true},
	{"NOLINTEND", FACT_SUPPRESS_END, true},
	{"NOLINT", FACT_SUPPRESS_LINE, true},
	{"contlint-ok-file", FACT_SUPPRESS_FILE, false},
	{"contlint-ok-begin", FACT_SUPPRESS_BEGIN, false},
	{"contlint-ok-end", FACT_SUPPRESS_END, false},
	{"contlint-ok-next", FACT_SUPPRESS_NEXT_LINE, false},
	{"contlint-ok", FACT_SUPPRESS_LINE, false},
};

struct search {
	const char *text, *end;
	GArray *found; /* struct suppression */
	uint32_t line, column;
	uint32_t code; /* line of the code that a comment alone on its line is above, else 0 */
};

static const char *skip_spaces(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

/* The rest of the line as a reason: without leading ":" or "--", blanks and a comment's end. */
static char *read_reason(const char *text)
{
	const char *end = text + strcspn(text, "\r\n");
	g_autofree char *reason = NULL;

	text = skip_spaces(text);
	while (text < end && (*text == ':' || *text == '-' || *text == ' '))
		text++;
	if (end - text >= 2 && end[-1] == '/' && end[-2] == '*')
		end -= 2;
	reason = g_strstrip(g_strndup(text, end > text ? end - text : 0));
	return *reason ? g_steal_pointer(&reason) : NULL;
}

static void add(struct search *search, const struct marker *marker, char *rule, const char *reason)
{
	struct suppression suppression = {.kind = marker->kind,
					  .line = search->line,
					  .column = search->column,
					  .about = search->line,
					  .rule = rule,
					  .reason = read_reason(reason)};

	if (marker->kind == FACT_SUPPRESS_NEXT_LINE)
		suppression.about++;
	if (!marker->clang_tidy && search->code > search->line &&
	    (marker->kind == FACT_SUPPRESS_LINE || marker->kind == FACT_SUPPRESS_NEXT_LINE)) {
		suppression.kind = FACT_SUPPRESS_NEXT_LINE;
		suppression.about = search->code;
	}
	g_array_append_val(search->found, suppression);
}

/* One name out of a list; NULL if it is not about us. */
static char *rule_name(const struct marker *marker, char *name)
{
	g_strstrip(name);
	if (g_str_has_prefix(name, "contlint-"))
		return name[9] ? g_strdup(name + 9) : NULL;
	if (strcmp(name, "*") == 0)
		return g_strdup("*");
	return marker->clang_tidy || !*name ? NULL : g_strdup(name);
}

/* (a, b): reason */
static void read_list(struct search *search, const struct marker *marker, const char *text)
{
	const char *close = strchr(text, ')');
	g_autofree char *list = NULL;
	g_auto(GStrv) names = NULL;

	if (!close)
		return;
	list = g_strndup(text + 1, close - text - 1);
	names = g_strsplit(list, ",", -1);
	for (char **name = names; *name; name++) {
		char *rule = rule_name(marker, *name);

		if (rule)
			add(search, marker, rule, close + 1);
	}
}

/* ": rule reason" */
static void read_single(struct search *search, const struct marker *marker, const char *text)
{
	size_t size;
	g_autofree char *name = NULL;
	char *rule;

	text = skip_spaces(text);
	if (*text == ':')
		text = skip_spaces(text + 1);
	size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-*");
	name = g_strndup(text, size);
	rule = rule_name(marker, name);
	if (rule)
		add(search, marker, rule, text + size);
}

static void read_marker(struct search *search, const struct marker *marker, const char *text)
{
	const char *list = skip_spaces(text);

	if (*list == '(')
		read_list(search, marker, list);
	else if (!marker->clang_tidy)
		read_single(search, marker, text);
}

static const struct marker *marker_at(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(markers); i++)
		if (g_str_has_prefix(text, markers[i].word))
			return &markers[i];
	return NULL;
}

static bool starts_word(const char *text, const char *pos)
{
	return pos == text || !(g_ascii_isalnum(pos[-1]) || pos[-1] == '_' || pos[-1] == '-');
}

/* Where the code is that a comment from `start` to `end` stands above, if nothing is before it on
 * its line, which is `line`; else 0. */
static uint32_t code_below(const struct search *search, const char *start, const char *end,
			   uint32_t line)
{
	const char *code = tokens_skip_blanks(end, search->end - end);
	const char *before = start;

	while (before > search->text && (before[-1] == ' ' || before[-1] == '\t'))
		before--;
	if (code == search->end || (before > search->text && before[-1] != '\n'))
		return 0;
	for (const char *pos = start; pos < code; pos++)
		line += *pos == '\n';
	return line;
}

static void search_comment(const char *text, size_t size, uint32_t line, uint32_t column,
			   void *data)
{
	struct search *search = data;
	g_autofree char *copy = g_strndup(text, size);

	search->line = line;
	search->column = column;
	for (const char *pos = copy; (pos = strpbrk(pos, "Nc\n")); pos++) {
		const struct marker *marker = NULL;

		if (*pos == '\n')
			search->line++; /* a block comment suppresses on the marker's own line */
		else if (starts_word(copy, pos))
			marker = marker_at(pos);
		if (!marker)
			continue;
		search->code = code_below(search, text - strlen("//"), text + size, line);
		read_marker(search, marker, pos + strlen(marker->word));
	}
}

GArray *suppressions_find(const char *text, size_t size)
{
	struct search search = {.text = text, .end = text + size};

	if (!memmem(text, size, "NOLINT", 6) && !memmem(text, size, "contlint-ok", 11))
		return NULL;
	search.found = g_array_new(FALSE, FALSE, sizeof(struct suppression));
	tokens_comments(text, size, search_comment, &search);
	if (search.found->len == 0)
		g_clear_pointer(&search.found, g_array_unref);
	return search.found;
}
