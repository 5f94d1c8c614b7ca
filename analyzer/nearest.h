/* "Did you mean": the known word that a mistyped one is closest to. */
#ifndef CONTLINT_ANALYZER_NEAREST_H
#define CONTLINT_ANALYZER_NEAREST_H

/* The word of the NULL-terminated `words` that is fewest edits (insert, delete, replace, swap of
 * neighbours) away from `word`, if they are so few that it can be meant; else NULL. Case and the
 * difference of '-' and '_' do not count. Borrowed from `words`. */
const char *nearest_word(const char *word, const char *const *words);

#endif
