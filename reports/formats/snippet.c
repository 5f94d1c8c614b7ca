/* A source line with a caret. The line is cut into cells, one a character, so that tabs, wide
 * characters and spelled-out bytes have the same width above the caret and in it. */
#include "reports/formats/snippet.h"

#include "reports/terminal.h"

enum {
	WIDEST = 92,        /* columns of source shown; with the gutter a line of 100 */
	CARET_AT_MOST = 60, /* in a line that is cut: column of the caret */
	NEARBY_SIZE = 512,  /* bytes looked at on each side of the caret */
};

struct cell {
	gsize byte;  /* where its character starts in the line */
	gsize start; /* where it starts in what is shown */
	guint column, columns;
};

struct line {
	GArray *cells; /* struct cell, and one behind the last */
	GString *shown;
	bool cut_before, cut_behind;
};

static bool is_middle_byte(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

static void add_cells(struct line *line, const char *text, gsize size, gsize caret)
{
	gsize byte = caret > NEARBY_SIZE ? caret - NEARBY_SIZE : 0;
	gsize end = MIN(size, caret + NEARBY_SIZE);
	struct cell cell = {0};

	while (byte > 0 && byte < end && is_middle_byte(text[byte]))
		byte++;
	line->cut_before = byte > 0;
	line->cut_behind = end < size;
	while (byte < end) {
		cell.byte = byte;
		cell.start = line->shown->len;
		byte += terminal_append_character(line->shown, text + byte, size - byte,
						  cell.column, &cell.columns);
		g_array_append_val(line->cells, cell);
		cell.column += cell.columns;
	}
	cell = (struct cell){byte, line->shown->len, cell.column, 1};
	g_array_append_val(line->cells, cell);
}

static const struct cell *nth_cell(const struct line *line, guint i)
{
	return &g_array_index(line->cells, struct cell, i);
}

static guint find_cell(const struct line *line, gsize byte)
{
	guint i = 0;

	while (i + 1 < line->cells->len && nth_cell(line, i + 1)->byte <= byte)
		i++;
	return i;
}

/* The cells [*first, *end) that fit on a terminal, the caret's among them. */
static void choose_window(struct line *line, guint caret, guint *first, guint *end)
{
	guint last = line->cells->len - 1;

	*first = 0;
	*end = last;
	if (nth_cell(line, last)->column > WIDEST)
		while (nth_cell(line, caret)->column - nth_cell(line, *first)->column >
		       CARET_AT_MOST)
			(*first)++;
	while (*end > caret + 1 &&
	       nth_cell(line, *end)->column - nth_cell(line, *first)->column > WIDEST)
		(*end)--;
	line->cut_before |= *first > 0;
	line->cut_behind |= *end < last;
}

static void append_repeated(GString *out, char character, guint count)
{
	for (guint i = 0; i < count; i++)
		g_string_append_c(out, character);
}

static void append_source(GString *out, const struct line *line, guint number, guint first,
			  guint end)
{
	gsize start = nth_cell(line, first)->start;
	gsize stop = nth_cell(line, end)->start;

	g_string_append_printf(out, "%5u | ", number);
	if (line->cut_before)
		g_string_append(out, "...");
	g_string_append_len(out, line->shown->str + start, (gssize)(stop - start));
	if (line->cut_behind)
		g_string_append(out, "...");
	g_string_append_c(out, '\n');
}

/* Columns of the marked expression, as far as they are shown. */
static guint marked_columns(const struct line *line, const struct finding_place *place, guint caret,
			    guint end)
{
	guint last = caret + 1;

	if (place->end_line > place->line)
		last = end; /* it goes on below */
	else if (place->end_line == place->line && place->end_column > place->column)
		last = MIN(find_cell(line, place->end_column - 1), end);
	if (last <= caret)
		return 1;
	return nth_cell(line, MIN(last, line->cells->len - 1))->column -
	       nth_cell(line, caret)->column;
}

void snippet_append(GString *out, const struct finding_place *place, const char *text, gsize size,
		    const char *caret_begin, const char *caret_end)
{
	struct line line = {g_array_new(FALSE, FALSE, sizeof(struct cell)), g_string_new(NULL),
			    false, false};
	gsize byte = MIN(place->column > 0 ? place->column - 1 : 0, size);
	guint caret, first, end, columns;

	add_cells(&line, text, size, byte);
	caret = find_cell(&line, byte);
	choose_window(&line, caret, &first, &end);
	append_source(out, &line, place->line, first, end);
	columns = marked_columns(&line, place, caret, end);
	append_repeated(out, ' ', 5);
	g_string_append(out, " | ");
	append_repeated(out, ' ',
			nth_cell(&line, caret)->column - nth_cell(&line, first)->column +
				(line.cut_before ? 3 : 0));
	g_string_append_printf(out, "%s^", caret_begin);
	append_repeated(out, '~', columns > 1 ? columns - 1 : 0);
	g_string_append_printf(out, "%s\n", caret_end);
	g_array_unref(line.cells);
	g_string_free(line.shown, TRUE);
}
