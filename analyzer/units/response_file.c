/* Response files. They are read only under the project root: a compile database must not be able
 * to make us read, say, a private key and show its words in a message. */
#include "analyzer/units/response_file.h"

#include <limits.h>
#include <stdlib.h>

#include "analyzer/file_path.h"

/* FILE_LIMIT because a file that names itself many times would be read so often. */
enum { DEPTH_LIMIT = 8, FILE_LIMIT = 100, SIZE_LIMIT = 4 << 20, WORD_LIMIT = 100000 };

struct expansion {
	const char *directory, *root;
	GPtrArray *words;
	guint read, refused;
};

/* Splits as gcc and clang do: blanks separate, both quotes group, a backslash takes the next
 * character as it is, everywhere. Nothing is expanded. */
static GPtrArray *split_words(const char *text, size_t size)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) word = g_string_new(NULL);
	bool in_word = false;
	char quote = '\0';

	for (size_t i = 0; i < size && text[i] != '\0'; i++) {
		char c = text[i];

		if (!quote && g_ascii_isspace(c)) {
			if (in_word)
				g_ptr_array_add(words, g_strdup(word->str));
			g_string_truncate(word, 0);
			in_word = false;
			continue;
		}
		in_word = true;
		if (c == '\\' && i + 1 < size)
			g_string_append_c(word, text[++i]);
		else if (quote ? c == quote : (c == '\'' || c == '"'))
			quote = quote ? '\0' : c;
		else
			g_string_append_c(word, c);
	}
	if (in_word)
		g_ptr_array_add(words, g_strdup(word->str));
	g_ptr_array_add(words, NULL);
	return words;
}

static GPtrArray *read_words(struct expansion *expansion, const char *name)
{
	g_autofree char *path = g_canonicalize_filename(name, expansion->directory);
	g_autofree char *text = NULL;
	char real[PATH_MAX];
	gsize size;

	if (expansion->read++ >= FILE_LIMIT)
		return NULL;
	if (!realpath(path, real) || !file_path_under(real, expansion->root))
		return NULL;
	if (!file_path_read(real, SIZE_LIMIT, &text, &size, NULL))
		return NULL;
	return split_words(text, size);
}

static void expand(struct expansion *expansion, char *const *argv, guint depth)
{
	for (size_t i = 0; argv[i] && expansion->words->len < WORD_LIMIT; i++) {
		g_autoptr(GPtrArray) inner = NULL;

		if (argv[i][0] != '@' || argv[i][1] == '\0') {
			g_ptr_array_add(expansion->words, g_strdup(argv[i]));
			continue;
		}
		if (depth < DEPTH_LIMIT)
			inner = read_words(expansion, argv[i] + 1);
		if (inner)
			expand(expansion, (char *const *)inner->pdata, depth + 1);
		else
			expansion->refused++;
	}
}

guint response_file_expand(char *const *argv, const char *directory, const char *root,
			   GPtrArray *words)
{
	struct expansion expansion = {.directory = directory, .root = root, .words = words};

	expand(&expansion, argv, 0);
	return expansion.refused;
}
