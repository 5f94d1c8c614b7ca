/* Edit distance (optimal string alignment) with a small bound: words of commands, options and keys.
 * Words longer than LONGEST are not compared; nobody mistypes those into each other. */
#include "analyzer/words.h"

#include <glib.h>
#include <string.h>

enum { LONGEST = 63 };

static char plain(char c)
{
	return c == '_' ? '-' : g_ascii_tolower(c);
}

static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned char rows[3][LONGEST + 1];
	unsigned char *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_size; j++)
		last[j] = (unsigned char)j;
	for (size_t i = 1; i <= a_size; i++) {
		now[0] = (unsigned char)i;
		for (size_t j = 1; j <= b_size; j++) {
			unsigned cost = plain(a[i - 1]) != plain(b[j - 1]);
			unsigned best = MIN(last[j] + 1u, now[j - 1] + 1u);

			best = MIN(best, last[j - 1] + cost);
			if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
			    plain(a[i - 2]) == plain(b[j - 1]))
				best = MIN(best, before[j - 2] + 1u);
			now[j] = (unsigned char)best;
		}
		unsigned char *free_row = before;
		before = last;
		last = now;
		now = free_row;
	}
	return last[b_size];
}

const char *nearest_word(const char *word, const char *const *words)
{
	size_t size = strlen(word);
	const char *nearest = NULL;
	unsigned fewest = (unsigned)MAX(size / 3, 1) + 1; /* a third of the letters may be wrong */

	if (size == 0 || size > LONGEST)
		return NULL;
	for (; *words; words++) {
		size_t other_size = strlen(*words);
		unsigned edits;

		if (other_size > LONGEST)
			continue;
		edits = distance(word, size, *words, other_size);
		if (size >= 2 && g_str_has_prefix(*words, word))
			edits = MIN(edits, 1);
		if (edits < fewest && edits < size) {
			fewest = edits;
			nearest = *words;
		}
	}
	return nearest;
}

int words_compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}
