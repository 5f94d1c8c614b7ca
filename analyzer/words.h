/* Words in lists: the one that a mistyped word is closest to ("did you mean"), and their order. */
#ifndef CONTLINT_ANALYZER_WORDS_H
#define CONTLINT_ANALYZER_WORDS_H

/* The word of the NULL-terminated `words` that is fewest edits (insert, delete, replace, swap of
 * neighbours) away from `word`, if they are so few that it can be meant; one that begins with it is
 * one edit away. NULL if there is none. Case and the difference of '-' and '_' do not count.
 * Borrowed from `words`. */
const char *nearest_word(const char *word, const char *const *words);

/* For qsort() and g_ptr_array_sort(): of char *, by bytes. */
int words_compare(const void *left, const void *right);

#endif
