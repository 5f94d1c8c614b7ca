/* C text without a compiler: tokens of an expression, comments of a file, the semicolons of a for.
 * It knows strings, comments and punctuators, not the preprocessor: what it reads has been
 * parsed by clang, which is the one that complains. */
#include <string.h>

#include "analyzer/extract/unit.h"

struct reader {
	const char *pos, *end;
};

static char peek(const struct reader *reader, size_t ahead)
{
	return ahead < (size_t)(reader->end - reader->pos) ? reader->pos[ahead] : '\0';
}

static bool at_line_comment(const struct reader *reader)
{
	return *reader->pos == '/' && peek(reader, 1) == '/';
}

static bool at_block_comment(const struct reader *reader)
{
	return *reader->pos == '/' && peek(reader, 1) == '*';
}

/* A backslash at the end of a line; its size or 0. */
static size_t splice(const struct reader *reader)
{
	if (*reader->pos != '\\')
		return 0;
	if (peek(reader, 1) == '\n')
		return 2;
	return peek(reader, 1) == '\r' && peek(reader, 2) == '\n' ? 3 : 0;
}

static void skip_line_comment(struct reader *reader)
{
	while (reader->pos < reader->end && *reader->pos != '\n')
		reader->pos += splice(reader) ? splice(reader) : 1;
}

static void skip_block_comment(struct reader *reader)
{
	const char *close;

	reader->pos += 2;
	close = memmem(reader->pos, reader->end - reader->pos, "*/", 2);
	reader->pos = close ? close + 2 : reader->end;
}

/* A string or character literal from its quote on. Ends at the line's end if it is not closed, as
 * apostrophes in disabled code are. */
static void skip_quoted(struct reader *reader)
{
	char quote = *reader->pos++;

	while (reader->pos < reader->end && *reader->pos != quote && *reader->pos != '\n') {
		if (splice(reader))
			reader->pos += splice(reader);
		else if (*reader->pos == '\\' && reader->pos + 1 < reader->end)
			reader->pos += 2;
		else
			reader->pos++;
	}
	if (reader->pos < reader->end && *reader->pos == quote)
		reader->pos++;
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '$' || (c & 0x80);
}

/* An identifier or number; 1.5e+3 is one. */
static void skip_word(struct reader *reader)
{
	bool number = g_ascii_isdigit(*reader->pos) || *reader->pos == '.';

	while (reader->pos < reader->end) {
		char c = *reader->pos;
		bool exponent = number && (c == '+' || c == '-') && strchr("eEpP", reader->pos[-1]);

		if (!is_word(c) && !(number && c == '.') && !exponent)
			return;
		reader->pos++;
	}
}

/* One character, but for ... <<= >>= -> ## && || << >> ++ -- and what ends in =. */
static void skip_punctuator(struct reader *reader)
{
	char first = *reader->pos, second = peek(reader, 1), third = peek(reader, 2);
	size_t size = 1;

	if (first == '.' && second == '.' && third == '.')
		size = 3;
	else if ((first == '<' || first == '>') && second == first)
		size = third == '=' ? 3 : 2;
	else if (second == '=' && strchr("<>=!*/%+-&^|", first))
		size = 2;
	else if ((first == '-' && second == '>') || (second == first && strchr("+-&|#", first)))
		size = 2;
	reader->pos += size;
}

/* Moves over blanks and comments; false at the end. */
static bool skip_blanks(struct reader *reader)
{
	while (reader->pos < reader->end) {
		if (g_ascii_isspace(*reader->pos) || *reader->pos == '\0')
			reader->pos++;
		else if (splice(reader))
			reader->pos += splice(reader);
		else if (at_line_comment(reader))
			skip_line_comment(reader);
		else if (at_block_comment(reader))
			skip_block_comment(reader);
		else
			return true;
	}
	return false;
}

/* Moves over one token; its first character stands at reader->pos. */
static void skip_token(struct reader *reader)
{
	char c = *reader->pos;
	bool fraction =
		c == '.' && reader->pos + 1 < reader->end && g_ascii_isdigit(reader->pos[1]);

	if (c == '"' || c == '\'') {
		skip_quoted(reader);
	} else if (is_word(c) || fraction) {
		skip_word(reader);
		/* L"x" and u8'x' are one token each */
		if (reader->pos < reader->end && (*reader->pos == '"' || *reader->pos == '\'') &&
		    strchr("LUu8", reader->pos[-1]) && !g_ascii_isdigit(c))
			skip_quoted(reader);
	} else {
		skip_punctuator(reader);
	}
}

const char *tokens_skip_blanks(const char *text, size_t size)
{
	struct reader reader = {text, text + size};

	(void)skip_blanks(&reader);
	return reader.pos;
}

void tokens_join(const char *text, size_t size, GString *out)
{
	struct reader reader = {text, text + size};

	while (skip_blanks(&reader)) {
		const char *start = reader.pos;

		skip_token(&reader);
		if (out->len)
			g_string_append_c(out, ' ');
		g_string_append_len(out, start, reader.pos - start);
	}
}

guint tokens_semicolons(const char *text, size_t size)
{
	struct reader reader = {text, text + size};
	guint count = 0;
	int depth = 0;

	while (skip_blanks(&reader)) {
		char c = *reader.pos;

		depth += (c == '(' || c == '{' || c == '[') - (c == ')' || c == '}' || c == ']');
		count += c == ';' && depth == 0;
		skip_token(&reader);
	}
	return count;
}

struct position {
	const char *counted; /* line breaks before here are counted */
	const char *line_start;
	uint32_t line;
};

static void position_move(struct position *position, const char *to)
{
	const char *newline;

	while ((newline = memchr(position->counted, '\n', to - position->counted))) {
		position->line++;
		position->line_start = position->counted = newline + 1;
	}
	position->counted = to;
}

void tokens_comments(const char *text, size_t size, comment_fn *each, void *data)
{
	struct reader reader = {text, text + size};
	struct position position = {text, text, 1};

	while (reader.pos < reader.end) {
		const char *start = reader.pos;
		bool block = at_block_comment(&reader);

		if (!block && !at_line_comment(&reader)) {
			if (*start == '"' || *start == '\'')
				skip_quoted(&reader);
			else if (is_word(*start))
				skip_word(&reader); /* the apostrophes of 1'000 are no quotes */
			else
				reader.pos++;
			continue;
		}
		if (block)
			skip_block_comment(&reader);
		else
			skip_line_comment(&reader);
		position_move(&position, start);
		each(start + 2, reader.pos - start - 2, position.line,
		     start - position.line_start + 1, data);
	}
}
