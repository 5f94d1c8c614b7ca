/* Text of others on a terminal: source lines, file names and messages may hold anything. */
#ifndef CONTLINT_REPORTS_TERMINAL_H
#define CONTLINT_REPORTS_TERMINAL_H

#include <glib.h>

/* Tab stops are this many columns apart. */
#define TERMINAL_TAB 8

/* Appends the first character of `text` (`size` bytes, not 0) as a terminal can be trusted with it:
 * a tab as blanks up to the next stop from `column` (counted from 0), what is not printable as
 * <U+001B>, a byte that is not UTF-8 as <9B>. `*ret_columns` is the columns that it takes. Gives
 * how many bytes of `text` were used. */
gsize terminal_append_character(GString *out, const char *text, gsize size, guint column,
				guint *ret_columns);

/* Appends all of `text` in that way, line ends too. Gives the columns taken. */
guint terminal_append(GString *out, const char *text);

#endif
