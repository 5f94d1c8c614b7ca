/* Expectation comments of fixtures: reading them, and comparing them with what was found. */
#include "rules/expect.h"

#include "rules/expect_cost.h"
#include "rules/rule.h"

#include <string.h>

G_DEFINE_QUARK(contlint - expect - error - quark, expect_error)

#define BLANKS " \t\r"
#define COST_WORD "expect-cost"

static const char *const kind_words[] = {
	[EXPECT_FOUND] = "expect",       [EXPECT_LOW] = "expect-low",
	[EXPECT_NOTE] = "expect-note",   [EXPECT_MISS] = "expect-miss",
	[EXPECT_FALSE] = "expect-false",
};

/* What is read now. `comment` is the text of one comment without the slashes. */
struct reader {
	struct expect_file *file;
	guint line, line_count;
	const char *comment;
	GError **error;
};

static bool fail_syntax(const struct reader *reader)
{
	g_autofree char *shown = g_strescape(reader->comment, NULL);

	g_set_error(reader->error, EXPECT_ERROR, EXPECT_ERROR_SYNTAX,
		    "%s:%u: cannot read this expectation: \"%.60s\"", reader->file->name,
		    reader->line, shown);
	return false;
}

/* Reads one rule name at *text and moves behind it; NULL and `error` if none is there. */
static const struct rule *read_rule(const struct reader *reader, const char **text)
{
	const char *start = *text + strspn(*text, BLANKS);
	size_t size = strspn(start, "abcdefghijklmnopqrstuvwxyz0123456789-");
	g_autofree char *id = g_strndup(start, size);
	const struct rule *rule = rules_find(id);

	if (size == 0) {
		(void)fail_syntax(reader);
		return NULL;
	}
	if (!rule)
		g_set_error(reader->error, EXPECT_ERROR, EXPECT_ERROR_RULE,
			    "%s:%u: there is no rule %.60s", reader->file->name, reader->line, id);
	*text = start + size;
	return rule;
}

/* The digits of an offset, at most four; the sign stands before them. */
static bool read_offset(const char **text, int *ret_offset)
{
	int sign = **text == '-' ? -1 : 1;
	const char *digits = *text + 1;
	size_t count = strspn(digits, "0123456789");

	if (count == 0 || count > 4)
		return false;
	*ret_offset = sign * (int)g_ascii_strtoll(digits, NULL, 10);
	*text = digits + count;
	return true;
}

/* The offset, if there is one, and the colon at *text; moves behind them. */
static bool read_place(const struct reader *reader, const char **text, guint *ret_line)
{
	int offset = 0;
	gint64 line;

	if ((**text == '+' || **text == '-') && !read_offset(text, &offset))
		return fail_syntax(reader);
	line = (gint64)reader->line + offset;
	if (**text != ':' || line < 1 || line > reader->line_count)
		return fail_syntax(reader);
	*text += 1;
	*ret_line = (guint)line;
	return true;
}

static bool read_expectations(const struct reader *reader, enum expect_kind kind, const char *text)
{
	struct expectation expectation = {.kind = kind, .comment_line = reader->line};
	const struct rule *rule;

	if (!read_place(reader, &text, &expectation.line))
		return false;
	for (;;) {
		rule = read_rule(reader, &text);
		if (!rule)
			return false;
		expectation.rule = rule->id;
		g_array_append_val(reader->file->expectations, expectation);
		text += strspn(text, BLANKS);
		if (*text != ',')
			break;
		text++;
	}
	return *text == '\0' ? true : fail_syntax(reader);
}

static bool read_cost(const struct reader *reader, const char *text)
{
	struct expect_cost *expected;
	guint line;

	if (!read_place(reader, &text, &line))
		return false;
	expected = expect_cost_parse(text);
	if (!expected)
		return fail_syntax(reader);
	expected->line = line;
	g_ptr_array_add(reader->file->costs, expected);
	return true;
}

static bool read_switch(const struct reader *reader, const char *text)
{
	const struct rule *rule;

	text += strspn(text, BLANKS);
	if (*text++ != '+')
		return fail_syntax(reader);
	rule = read_rule(reader, &text);
	if (!rule)
		return false;
	g_ptr_array_add(reader->file->rules, (gpointer)rule);
	return text[strspn(text, BLANKS)] == '\0' ? true : fail_syntax(reader);
}

/* Does `text` start with the word, followed by what an expectation goes on with? Prose such as
 * "expected" does not. */
static bool starts_with(const char *text, const char *word)
{
	size_t size = strlen(word);

	return strncmp(text, word, size) == 0 && text[size] != '\0' && strchr(":+-", text[size]);
}

/* The kind whose word `text` starts with; the longest word wins. */
static bool find_kind(const char *text, enum expect_kind *ret_kind, const char **ret_rest)
{
	for (guint i = G_N_ELEMENTS(kind_words); i-- > 0;) {
		if (starts_with(text, kind_words[i])) {
			*ret_kind = (enum expect_kind)i;
			*ret_rest = text + strlen(kind_words[i]);
			return true;
		}
	}
	return false;
}

static bool read_comment(const struct reader *reader)
{
	const char *text = reader->comment + strspn(reader->comment, BLANKS);
	enum expect_kind kind;
	const char *rest;

	if (starts_with(text, COST_WORD))
		return read_cost(reader, text + strlen(COST_WORD));
	if (find_kind(text, &kind, &rest))
		return read_expectations(reader, kind, rest);
	if (g_str_has_prefix(text, "rules:"))
		return read_switch(reader, text + strlen("rules:"));
	return true;
}

/* A line may hold several comments: `// expect: a // expect-miss: b`. */
static bool read_line(struct reader *reader, const char *line)
{
	g_auto(GStrv) parts = g_strsplit(line, "//", -1);

	for (guint i = 1; parts[0] && parts[i]; i++) {
		reader->comment = parts[i];
		if (!read_comment(reader))
			return false;
	}
	return true;
}

struct expect_file *expect_parse(const char *name, const char *text, size_t size, GError **error)
{
	g_autofree char *copy = g_strndup(text, size); /* ends at a NUL byte, which C refuses too */
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	g_autoptr(expect_file_t) file = g_new0(struct expect_file, 1);
	struct reader reader = {
		.file = file,
		.line_count = g_strv_length(lines),
		.error = error,
	};

	file->name = g_strdup(name);
	file->expectations = g_array_new(FALSE, FALSE, sizeof(struct expectation));
	file->costs = g_ptr_array_new_with_free_func((GDestroyNotify)expect_cost_free);
	file->rules = g_ptr_array_new();
	for (guint i = 0; lines[i]; i++) {
		reader.line = i + 1;
		if (!read_line(&reader, lines[i]))
			return NULL;
	}
	return g_steal_pointer(&file);
}

void expect_free(struct expect_file *file)
{
	if (!file)
		return;
	g_free(file->name);
	g_array_unref(file->expectations);
	g_ptr_array_unref(file->costs);
	g_ptr_array_unref(file->rules);
	g_free(file);
}

static bool fits(const struct finding *finding, const struct expect_file *file,
		 const struct expectation *expectation)
{
	return finding->place.line == expectation->line &&
	       g_str_equal(finding->rule, expectation->rule) &&
	       g_strcmp0(finding->place.file, file->name) == 0;
}

/* What was found at the place of an expectation: the best of the findings there. */
enum sight { SEEN_NOT, SEEN_SUPPRESSED, SEEN_LOW, SEEN_NOTE, SEEN_SHOWN };

static enum sight sight_of(const struct finding *finding)
{
	if (finding->suppressed_by)
		return SEEN_SUPPRESSED;
	if (finding->confidence == FINDING_LOW)
		return SEEN_LOW;
	return finding->level == FINDING_NOTE ? SEEN_NOTE : SEEN_SHOWN;
}

static enum sight look(const struct expect_file *file, const struct expectation *expectation,
		       const GPtrArray *findings)
{
	enum sight best = SEEN_NOT;

	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(findings, i);

		if (fits(finding, file, expectation))
			best = MAX(best, sight_of(finding));
	}
	return best;
}

/* What is wrong with an expectation in view of what was seen, or NULL: it holds. */
static const char *complaint(enum expect_kind kind, enum sight seen)
{
	static const char *const table[][5] = {
		/* SEEN_NOT, SEEN_SUPPRESSED, SEEN_LOW, SEEN_NOTE, SEEN_SHOWN */
		[EXPECT_FOUND] = {"expected %s, not found", "expected %s, but it is suppressed",
				  "expected %s, found with low confidence only", NULL, NULL},
		[EXPECT_LOW] = {"expected %s with low confidence, not found",
				"expected %s with low confidence, but it is suppressed", NULL,
				"%s is shown now: make it an expect",
				"%s is shown now: make it an expect"},
		[EXPECT_NOTE] = {"expected %s as a note, not found",
				 "expected %s as a note, but it is suppressed",
				 "expected %s as a note, found with low confidence only", NULL,
				 "%s is more than a note: make it an expect"},
		[EXPECT_MISS] = {NULL, NULL, NULL, "%s is found now: make it an expect",
				 "%s is found now: make it an expect"},
		[EXPECT_FALSE] = {"%s is not reported any more: delete the comment",
				  "%s is suppressed: delete the comment",
				  "%s has low confidence now: make it an expect-low", NULL, NULL},
	};

	return table[kind][seen];
}

static bool check_one(const struct expect_file *file, const struct expectation *expectation,
		      const GPtrArray *findings, GPtrArray *problems)
{
	const char *format = complaint(expectation->kind, look(file, expectation, findings));
	g_auto(GStrv) halves = NULL;

	if (!format)
		return true;
	halves = g_strsplit(format, "%s", 2);
	g_ptr_array_add(problems, g_strdup_printf("%s:%u: %s%s%s", file->name, expectation->line,
						  halves[0], expectation->rule, halves[1]));
	return false;
}

static bool is_expected(const GPtrArray *files, const struct finding *finding)
{
	for (guint i = 0; i < files->len; i++) {
		const struct expect_file *file = g_ptr_array_index(files, i);

		for (guint j = 0; j < file->expectations->len; j++) {
			if (fits(finding, file,
				 &g_array_index(file->expectations, struct expectation, j)))
				return true;
		}
	}
	return false;
}

guint expect_compare(const GPtrArray *files, const GPtrArray *findings, GPtrArray *problems)
{
	guint held = 0;

	for (guint i = 0; i < files->len; i++) {
		const struct expect_file *file = g_ptr_array_index(files, i);

		for (guint j = 0; j < file->expectations->len; j++)
			held += check_one(file,
					  &g_array_index(file->expectations, struct expectation, j),
					  findings, problems);
	}
	for (guint i = 0; i < findings->len; i++) {
		const struct finding *finding = g_ptr_array_index(findings, i);

		if (sight_of(finding) >= SEEN_NOTE && !is_expected(files, finding))
			g_ptr_array_add(problems,
					g_strdup_printf("%s:%u: %s is reported, not expected: %s",
							finding->place.file, finding->place.line,
							finding->rule, finding->message));
	}
	return held;
}
