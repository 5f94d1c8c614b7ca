/* A recursive-descent parser for a language of a dozen words. One token of look-ahead. A position
 * is an offset in the text; texts of parts are cut out of the whole, so that messages can show the
 * part that decided. */
#include "analyzer/models/model_condition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/words.h"

enum token { TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_STRING, TOKEN_SIGN, TOKEN_BAD };

struct parser {
	const struct condition_scope *scope;
	const char *text;
	unsigned position; /* after the token */
	enum token token;
	unsigned start;    /* of the token */
	unsigned last_end; /* of the token before it */
	char word[128];    /* of a word or sign */
	int64_t number;
	const char *string; /* interned contents of a string */
	unsigned depth;
	unsigned problem_column;
	char *problem; /* the first one */
};

const struct condition condition_always = {
	.kind = CONDITION_TRUE,
	.arg = -1,
	.text = "always",
};

static void complain(struct parser *parser, unsigned column, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static void complain(struct parser *parser, unsigned column, const char *format, ...)
{
	va_list list;

	if (parser->problem)
		return;
	va_start(list, format);
	parser->problem = g_strdup_vprintf(format, list);
	va_end(list);
	parser->problem_column = column;
}

bool condition_number(const char *text, int64_t *ret_number)
{
	const char *digits = text + (*text == '-');
	int base = g_str_has_prefix(digits, "0x") || g_str_has_prefix(digits, "0X") ? 16 : 10;
	char *end;
	long long number;

	if (!g_ascii_isdigit(*digits))
		return false;
	errno = 0;
	number = strtoll(text, &end, base);
	if (*end || errno)
		return false;
	*ret_number = number;
	return true;
}

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
}

static void read_string(struct parser *parser)
{
	const char *start = parser->text + parser->start + 1;
	const char *end = strchr(start, '"');
	g_autofree char *contents = NULL;

	if (!end) {
		parser->token = TOKEN_BAD;
		parser->position = (unsigned)strlen(parser->text);
		complain(parser, parser->start, "this string does not end");
		return;
	}
	contents = g_strndup(start, (gsize)(end - start));
	parser->string = parser->scope->intern(parser->scope->keeper, contents);
	parser->token = TOKEN_STRING;
	parser->position = (unsigned)(end - parser->text) + 1;
}

static void read_word(struct parser *parser)
{
	size_t size = 0;

	while (is_word_char(parser->text[parser->start + size]))
		size++;
	parser->position = parser->start + (unsigned)size;
	if (size >= sizeof(parser->word)) {
		parser->token = TOKEN_BAD;
		complain(parser, parser->start, "this word is too long");
		return;
	}
	memcpy(parser->word, parser->text + parser->start, size);
	parser->word[size] = 0;
	if (g_ascii_isdigit(parser->word[0]) || parser->word[0] == '-') {
		parser->token = TOKEN_NUMBER;
		if (!condition_number(parser->word, &parser->number))
			complain(parser, parser->start, "\"%s\" is no number that fits 64 bits",
				 parser->word);
		return;
	}
	parser->token = TOKEN_WORD;
}

static void read_sign(struct parser *parser)
{
	char c = parser->text[parser->start];

	if (!strchr("()|<>", c)) {
		parser->token = TOKEN_BAD;
		complain(parser, parser->start, "this character means nothing in a condition");
		return;
	}
	parser->word[0] = c;
	parser->word[1] = 0;
	parser->position = parser->start + 1;
	if ((c == '<' || c == '>') && parser->text[parser->position] == '=') {
		g_strlcat(parser->word, "=", sizeof(parser->word));
		parser->position++;
	}
	parser->token = TOKEN_SIGN;
}

static void advance(struct parser *parser)
{
	parser->last_end = parser->position;
	while (g_ascii_isspace(parser->text[parser->position]))
		parser->position++;
	parser->start = parser->position;
	parser->word[0] = 0;
	if (!parser->text[parser->start])
		parser->token = TOKEN_END;
	else if (parser->text[parser->start] == '"')
		read_string(parser);
	else if (is_word_char(parser->text[parser->start]))
		read_word(parser);
	else
		read_sign(parser);
}

/* Takes the token if it is this word or sign. */
static bool accept(struct parser *parser, const char *word)
{
	if ((parser->token != TOKEN_WORD && parser->token != TOKEN_SIGN) ||
	    strcmp(parser->word, word) != 0)
		return false;
	advance(parser);
	return true;
}

/* Complains that one of `words` (NULL-terminated) was expected here. */
static void complain_expected(struct parser *parser, const char *const *words)
{
	g_autofree char *list = g_strjoinv(", ", (char **)words);
	const char *near = parser->token == TOKEN_WORD ? nearest_word(parser->word, words) : NULL;

	if (parser->token == TOKEN_END)
		complain(parser, parser->start, "the condition ends where one of %s is expected",
			 list);
	else if (near)
		complain(parser, parser->start, "\"%s\" is not known here; did you mean \"%s\"?",
			 parser->word, near);
	else
		complain(parser, parser->start, "one of %s is expected here", list);
}

/* The parser says NULL and has a problem after the first mistake. */
static struct condition *make(struct parser *parser, enum condition_kind kind, unsigned start)
{
	struct condition *condition;
	g_autofree char *text = NULL;

	if (parser->problem)
		return NULL;
	condition = parser->scope->allocate(parser->scope->keeper, sizeof(*condition));
	text = g_strndup(parser->text + start, parser->last_end - start);
	condition->kind = kind;
	condition->arg = -1;
	condition->text = parser->scope->intern(parser->scope->keeper, text);
	return condition;
}

static struct condition *negate(struct parser *parser, struct condition *condition, unsigned start)
{
	struct condition *not = make(parser, CONDITION_NOT, start);

	if (not )
		not ->left = condition;
	return not ;
}

static const char *intern_word(struct parser *parser)
{
	const char *word = parser->scope->intern(parser->scope->keeper, parser->word);

	advance(parser);
	return word;
}

/* The argument's number in "arg 3". */
static int read_argument(struct parser *parser)
{
	int argument = -1;

	if (parser->token != TOKEN_NUMBER || parser->number < 0 || parser->number > 63)
		complain(parser, parser->start,
			 "the number of an argument, from 0, is expected here");
	else
		argument = (int)parser->number;
	advance(parser);
	return argument;
}

/* Sorted, so that the suggestion does not depend on the order of a hash table. */
static void complain_constant(struct parser *parser)
{
	GHashTable *const *tables = parser->scope->constants;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *near;

	for (; *tables; tables++) {
		GHashTableIter i;
		gpointer name;

		g_hash_table_iter_init(&i, *tables);
		while (g_hash_table_iter_next(&i, &name, NULL))
			g_ptr_array_add(names, name);
	}
	g_ptr_array_sort(names, words_compare);
	g_ptr_array_add(names, NULL);
	near = nearest_word(parser->word, (const char *const *)names->pdata);
	if (near)
		complain(parser, parser->start,
			 "\"%s\" is not among the constants; did you mean \"%s\"?", parser->word,
			 near);
	else
		complain(parser, parser->start, "\"%s\" is not among the constants", parser->word);
}

/* A number, or the name of a constant. */
static int64_t read_value(struct parser *parser)
{
	int64_t number = parser->number;

	if (parser->token == TOKEN_WORD) {
		const int64_t *found = NULL;

		for (GHashTable *const *table = parser->scope->constants; *table && !found; table++)
			found = g_hash_table_lookup(*table, parser->word);
		if (!found)
			complain_constant(parser);
		number = found ? *found : 0;
	} else if (parser->token != TOKEN_NUMBER) {
		complain(parser, parser->start,
			 "a number or the name of a constant is expected here");
	}
	advance(parser);
	return number;
}

/* FLAG|FLAG…: all of them, as one number. */
static int64_t read_flags(struct parser *parser)
{
	unsigned start = parser->start;
	int64_t flags = read_value(parser);

	while (accept(parser, "|"))
		flags |= read_value(parser);
	if (flags == 0)
		complain(parser, start, "a flag of 0 is never absent");
	return flags;
}

static struct condition *with_argument(struct condition *condition, int argument)
{
	if (condition)
		condition->arg = argument;
	return condition;
}

static struct condition *parse_flags(struct parser *parser, int argument, const char *field,
				     unsigned start)
{
	bool lacks = accept(parser, "lacks");
	struct condition *condition;
	int64_t flags;

	if (!lacks && !accept(parser, "has"))
		complain_expected(parser, (const char *const[]){"has", "lacks", NULL});
	flags = read_flags(parser);
	condition = make(parser, field ? CONDITION_POINTEE_FLAG : CONDITION_FLAG, start);
	if (!condition)
		return NULL;
	condition->arg = argument;
	condition->number = flags;
	condition->name = field;
	return lacks ? negate(parser, condition, start) : condition;
}

static struct condition *parse_stream(struct parser *parser, unsigned start)
{
	static const char *const streams[] = {"stdin", "stdout", "stderr", NULL};
	struct condition *condition;
	const char *name;

	if (parser->token != TOKEN_WORD || !g_strv_contains(streams, parser->word))
		complain_expected(parser, streams);
	name = intern_word(parser);
	condition = make(parser, CONDITION_STREAM, start);
	if (condition)
		condition->name = name;
	return condition;
}

static struct condition *parse_zero_time(struct parser *parser, unsigned start)
{
	if (!accept(parser, "time"))
		complain_expected(parser, (const char *const[]){"time", NULL});
	return make(parser, CONDITION_ZERO_TIME, start);
}

static struct condition *parse_string(struct parser *parser, unsigned start)
{
	const char *string = parser->string;
	struct condition *condition;

	advance(parser);
	condition = make(parser, CONDITION_STRING, start);
	if (condition)
		condition->name = string;
	return condition;
}

/* "begins TEXT" */
static struct condition *parse_begins(struct parser *parser, int argument, unsigned start)
{
	struct condition *condition;

	if (parser->token != TOKEN_STRING)
		complain(parser, parser->start, "a text in quotes is expected here");
	condition = parse_string(parser, start);
	if (condition)
		condition->kind = CONDITION_BEGINS;
	return with_argument(condition, argument);
}

static struct condition *parse_equal(struct parser *parser, unsigned start)
{
	int64_t number = read_value(parser);
	struct condition *condition;

	condition = make(parser, number == 0 ? CONDITION_ZERO : CONDITION_EQUAL, start);
	if (condition)
		condition->number = number;
	return condition;
}

/* "asked by NAME": which function has been asked. */
static struct condition *parse_asked(struct parser *parser, unsigned start)
{
	struct condition *condition;
	const char *name;

	if (!accept(parser, "by"))
		complain_expected(parser, (const char *const[]){"by", NULL});
	if (parser->token != TOKEN_WORD)
		complain(parser, parser->start, "the name of a function is expected here");
	name = intern_word(parser);
	condition = make(parser, CONDITION_ASKED, start);
	if (condition)
		condition->name = name;
	return condition;
}

/* "points to VALUE" */
static struct condition *parse_pointee(struct parser *parser, int argument, unsigned start)
{
	struct condition *condition;
	int64_t number;

	if (!accept(parser, "to"))
		complain_expected(parser, (const char *const[]){"to", NULL});
	number = read_value(parser);
	condition = make(parser, CONDITION_POINTEE_EQUAL, start);
	if (condition)
		condition->number = number;
	return with_argument(condition, argument);
}

/* What follows "arg N is [not]". */
static struct condition *parse_is(struct parser *parser, int argument, unsigned start)
{
	bool not = accept(parser, "not");
	struct condition *condition;

	if (accept(parser, "null"))
		condition = make(parser, CONDITION_NULL, start);
	else if (accept(parser, "address"))
		condition = make(parser, CONDITION_ADDRESS, start);
	else if (accept(parser, "open"))
		condition = make(parser, CONDITION_OPEN, start);
	else if (accept(parser, "bulky"))
		condition = make(parser, CONDITION_BULKY, start);
	else if (accept(parser, "asked"))
		condition = parse_asked(parser, start);
	else if (accept(parser, "stream"))
		condition = parse_stream(parser, start);
	else if (accept(parser, "zero"))
		condition = parse_zero_time(parser, start);
	else if (parser->token == TOKEN_STRING)
		condition = parse_string(parser, start);
	else
		condition = parse_equal(parser, start);
	with_argument(condition, argument);
	return not &&condition ? negate(parser, condition, start) : condition;
}

/* a <= b is a < b + 1; a > b is not a < b + 1; a >= b is not a < b. */
static struct condition *parse_order(struct parser *parser, int argument, unsigned start)
{
	bool plus = strcmp(parser->word, "<=") == 0 || strcmp(parser->word, ">") == 0;
	bool greater = parser->word[0] == '>';
	struct condition *condition;
	unsigned column;
	int64_t number;

	advance(parser);
	column = parser->start;
	number = read_value(parser);
	if (plus && number == INT64_MAX)
		complain(parser, column, "no number is greater than this one");
	condition = make(parser, CONDITION_LESS, start);
	if (!condition)
		return NULL;
	condition->arg = argument;
	condition->number = number + plus;
	return greater ? negate(parser, condition, start) : condition;
}

static struct condition *parse_arg(struct parser *parser, unsigned start)
{
	static const char *const predicates[] = {"is",    "has",    "lacks",  "<",
						 "field", "points", "begins", NULL};
	int argument = read_argument(parser);

	if (accept(parser, "is"))
		return parse_is(parser, argument, start);
	if (parser->token == TOKEN_SIGN && strchr("<>", parser->word[0]))
		return parse_order(parser, argument, start);
	if (accept(parser, "begins"))
		return parse_begins(parser, argument, start);
	if (accept(parser, "points"))
		return parse_pointee(parser, argument, start);
	if (accept(parser, "field")) {
		if (parser->token != TOKEN_WORD)
			complain(parser, parser->start, "the name of a field is expected here");
		return parse_flags(parser, argument, intern_word(parser), start);
	}
	if (parser->token == TOKEN_WORD &&
	    (strcmp(parser->word, "has") == 0 || strcmp(parser->word, "lacks") == 0))
		return parse_flags(parser, argument, NULL, start);
	complain_expected(parser, predicates);
	return NULL;
}

static struct condition *parse_fd(struct parser *parser, unsigned start)
{
	int argument = read_argument(parser);
	enum condition_kind kind = CONDITION_FD_BLOCKING;

	if (!accept(parser, "is"))
		complain_expected(parser, (const char *const[]){"is", NULL});
	if (accept(parser, "regular"))
		kind = CONDITION_FD_REGULAR;
	else if (accept(parser, "bulky"))
		kind = CONDITION_FD_BULKY;
	else if (accept(parser, "nonblocking"))
		kind = CONDITION_FD_NONBLOCKING;
	else if (!accept(parser, "blocking"))
		complain_expected(parser, (const char *const[]){"blocking", "nonblocking",
								"regular", "bulky", NULL});
	return with_argument(make(parser, kind, start), argument);
}

static struct condition *parse_handle(struct parser *parser, unsigned start)
{
	int argument = read_argument(parser);
	struct condition *condition;
	const char *mode;

	if (!accept(parser, "is"))
		complain_expected(parser, (const char *const[]){"is", NULL});
	if (parser->token != TOKEN_WORD)
		complain(parser, parser->start, "the name of a mode is expected here");
	mode = intern_word(parser);
	condition = make(parser, CONDITION_HANDLE, start);
	if (condition)
		condition->name = mode;
	return with_argument(condition, argument);
}

/* "after NAME" */
static struct condition *parse_after(struct parser *parser, unsigned start)
{
	struct condition *condition;
	const char *name;

	if (parser->token != TOKEN_WORD)
		complain(parser, parser->start, "the name of a function is expected here");
	name = intern_word(parser);
	condition = make(parser, CONDITION_AFTER, start);
	if (condition)
		condition->name = name;
	return condition;
}

/* The text of an unknown is what it depends on: the reader of a finding sees it. */
static struct condition *parse_unknown(struct parser *parser, unsigned start)
{
	const char *string = parser->string;
	struct condition *condition;

	if (parser->token != TOKEN_STRING || !*string)
		complain(parser, parser->start,
			 "what it depends on is expected here, in double quotes");
	advance(parser);
	condition = make(parser, CONDITION_UNKNOWN, start);
	if (condition)
		condition->text = condition->name = string;
	return condition;
}

static struct condition *parse_whole(struct parser *parser);

static struct condition *parse_group(struct parser *parser)
{
	struct condition *condition = parse_whole(parser);

	if (!accept(parser, ")"))
		complain(parser, parser->start, "\")\" is expected here");
	return parser->problem ? NULL : condition;
}

static struct condition *parse_test(struct parser *parser)
{
	static const char *const tests[] = {"arg",    "fd",    "handle", "after", "unknown",
					    "always", "never", "not",    "(",     NULL};
	unsigned start = parser->start;

	if (accept(parser, "arg"))
		return parse_arg(parser, start);
	if (accept(parser, "fd"))
		return parse_fd(parser, start);
	if (accept(parser, "handle"))
		return parse_handle(parser, start);
	if (accept(parser, "after"))
		return parse_after(parser, start);
	if (accept(parser, "unknown"))
		return parse_unknown(parser, start);
	if (accept(parser, "always"))
		return make(parser, CONDITION_TRUE, start);
	if (accept(parser, "never"))
		return make(parser, CONDITION_FALSE, start);
	if (accept(parser, "("))
		return parse_group(parser);
	complain_expected(parser, tests);
	return NULL;
}

static struct condition *parse_not(struct parser *parser)
{
	unsigned start = parser->start;
	struct condition *condition;

	if (parser->depth == CONDITION_DEPTH_MAX) {
		complain(parser, start, "this condition is nested too deeply");
		return NULL;
	}
	parser->depth++;
	if (accept(parser, "not")) {
		condition = parse_not(parser);
		condition = condition ? negate(parser, condition, start) : NULL;
	} else {
		condition = parse_test(parser);
	}
	parser->depth--;
	return condition;
}

static struct condition *join(struct parser *parser, enum condition_kind kind,
			      struct condition *left, struct condition *right, unsigned start)
{
	struct condition *condition = left && right ? make(parser, kind, start) : NULL;

	if (!condition)
		return NULL;
	condition->left = left;
	condition->right = right;
	return condition;
}

static struct condition *parse_and(struct parser *parser)
{
	unsigned start = parser->start;
	struct condition *condition = parse_not(parser);

	while (condition && accept(parser, "and"))
		condition = join(parser, CONDITION_AND, condition, parse_not(parser), start);
	return condition;
}

static struct condition *parse_or(struct parser *parser)
{
	unsigned start = parser->start;
	struct condition *condition = parse_and(parser);

	while (condition && accept(parser, "or"))
		condition = join(parser, CONDITION_OR, condition, parse_and(parser), start);
	return condition;
}

/* An exception binds least. */
static struct condition *parse_whole(struct parser *parser)
{
	unsigned start = parser->start;
	struct condition *condition = parse_or(parser);

	if (condition && accept(parser, "unless"))
		condition = join(parser, CONDITION_UNLESS, condition, parse_or(parser), start);
	return condition;
}

const struct condition *condition_parse(const char *text, const struct condition_scope *scope,
					unsigned *ret_column, char **ret_problem)
{
	struct parser parser = {.scope = scope, .text = text};
	struct condition *condition = NULL;

	if (strlen(text) > CONDITION_SIZE_MAX) {
		complain(&parser, 0, "a condition has at most %d bytes", CONDITION_SIZE_MAX);
	} else {
		advance(&parser);
		condition = parse_whole(&parser);
		if (parser.token != TOKEN_END)
			complain(&parser, parser.start,
				 "\"and\", \"or\", \"unless\" or the end of the condition is "
				 "expected here");
	}
	if (!parser.problem)
		return condition;
	*ret_column = parser.problem_column;
	*ret_problem = parser.problem;
	return NULL;
}

int condition_last_argument(const struct condition *condition)
{
	int last = condition->arg;

	if (condition->left)
		last = MAX(last, condition_last_argument(condition->left));
	if (condition->right)
		last = MAX(last, condition_last_argument(condition->right));
	return last;
}
