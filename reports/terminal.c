/* What a terminal is shown of text that others wrote. Escape sequences can retitle a window or
 * rewrite what stands above, and direction marks can make code look like other code: so only
 * printable characters pass, and the rest is spelled out as clang does it. */
#include "reports/terminal.h"

#include <string.h>

static guint columns_of(gunichar character)
{
	if (g_unichar_iszerowidth(character))
		return 0;
	return g_unichar_iswide(character) ? 2 : 1;
}

static gsize append_byte(GString *out, unsigned char byte, guint *ret_columns)
{
	g_string_append_printf(out, "<%02X>", byte);
	*ret_columns = 4;
	return 1;
}

static void append_spelled(GString *out, gunichar character, guint *ret_columns)
{
	gsize before = out->len;

	g_string_append_printf(out, "<U+%04X>", character);
	*ret_columns = (guint)(out->len - before);
}

gsize terminal_append_character(GString *out, const char *text, gsize size, guint column,
				guint *ret_columns)
{
	unsigned char byte = (unsigned char)text[0];
	gunichar character = byte;
	gsize used = 1;

	if (byte == '\t') {
		*ret_columns = TERMINAL_TAB - column % TERMINAL_TAB;
		for (guint i = 0; i < *ret_columns; i++)
			g_string_append_c(out, ' ');
		return 1;
	}
	if (byte >= 0x80) {
		character = g_utf8_get_char_validated(text, (gssize)size);
		if (character == (gunichar)-1 || character == (gunichar)-2)
			return append_byte(out, byte, ret_columns);
		used = (gsize)(g_utf8_next_char(text) - text);
	}
	if (!g_unichar_isprint(character)) {
		append_spelled(out, character, ret_columns);
		return used;
	}
	g_string_append_len(out, text, (gssize)used);
	*ret_columns = columns_of(character);
	return used;
}

guint terminal_append(GString *out, const char *text)
{
	gsize size = strlen(text);
	guint column = 0, columns;

	for (gsize i = 0; i < size; column += columns)
		i += terminal_append_character(out, text + i, size - i, column, &columns);
	return column;
}
