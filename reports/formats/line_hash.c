/* The hash of a line covers the 100 UTF-16 units from its first one on, wherever lines end, blanks
 * and tabs left out, so that indenting changes nothing. It is a polynomial in 37 modulo 2^64.
 * Behind the text stands one unit 65535 and then zeros without end. A second line with the same
 * hash is number 2 of it. */
#include "reports/formats/line_hash.h"

#include <stdbool.h>

enum { WINDOW = 100, FACTOR = 37, END_OF_TEXT = 65535 };

/* The units that count, and where each line begins among them. */
struct units {
	GArray *values; /* guint16 */
	GArray *starts; /* guint */
	bool at_start;
};

static void add_unit(struct units *units, guint unit)
{
	guint16 value = (guint16)unit;
	guint position = units->values->len;

	if (units->at_start)
		g_array_append_val(units->starts, position);
	units->at_start = unit == '\n';
	g_array_append_val(units->values, value);
}

static void add_character(struct units *units, gunichar character)
{
	if (character >= 0x10000) {
		add_unit(units, 0xD800 + ((character - 0x10000) >> 10));
		add_unit(units, 0xDC00 + ((character - 0x10000) & 0x3FF));
	} else {
		add_unit(units, character);
	}
}

/* One character of `text`, U+FFFD for a byte that begins none. Gives its size. */
static gsize read_character(const char *text, gsize size, gunichar *ret_character)
{
	*ret_character = (unsigned char)text[0];
	if (*ret_character < 0x80)
		return 1;
	*ret_character = g_utf8_get_char_validated(text, (gssize)size);
	if (*ret_character != (gunichar)-1 && *ret_character != (gunichar)-2)
		return (gsize)(g_utf8_next_char(text) - text);
	*ret_character = 0xFFFD;
	return 1;
}

static void add_text(struct units *units, const char *text, gsize size)
{
	bool after_return = false;

	for (gsize i = 0; i < size;) {
		gunichar character;

		i += read_character(text + i, size - i, &character);
		if (character == ' ' || character == '\t' || (character == '\n' && after_return)) {
			after_return = false;
			continue;
		}
		after_return = character == '\r';
		add_character(units, after_return ? '\n' : character);
	}
	add_unit(units, END_OF_TEXT);
}

static guint64 power(guint exponent)
{
	guint64 result = 1;

	for (guint i = 0; i < exponent; i++)
		result *= FACTOR;
	return result;
}

static guint64 unit_at(const struct units *units, gsize i)
{
	return i < units->values->len ? g_array_index(units->values, guint16, i) : 0;
}

/* Takes the hash as number N of its kind. Caller frees. */
static char *number_hash(GHashTable *counts, guint64 hash)
{
	gint64 key = (gint64)hash;
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, &key)) + 1;

	g_hash_table_insert(counts, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(count));
	return g_strdup_printf("%" G_GINT64_MODIFIER "x:%u", hash, count);
}

GPtrArray *line_hash_all(const char *text, gsize size)
{
	GPtrArray *hashes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) counts =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	struct units units = {.at_start = true};
	guint64 hash = 0, leaving = power(WINDOW);

	units.values = g_array_new(FALSE, FALSE, sizeof(guint16));
	units.starts = g_array_new(FALSE, FALSE, sizeof(guint));
	add_text(&units, text, size);
	for (gsize i = 0; i < WINDOW; i++)
		hash = hash * FACTOR + unit_at(&units, i);
	for (gsize i = 0, line = 0; line < units.starts->len; i++) {
		if (g_array_index(units.starts, guint, line) == i) {
			g_ptr_array_add(hashes, number_hash(counts, hash));
			line++;
		}
		hash = hash * FACTOR + unit_at(&units, i + WINDOW) - leaving * unit_at(&units, i);
	}
	g_array_unref(units.values);
	g_array_unref(units.starts);
	return hashes;
}
