/* Places in source files: rows for them, and the text between two of them. Locations cost more
 * than anything else in libclang, so they are asked for only where a fact is made. */
#include <string.h>

#include "analyzer/extract/unit.h"

/* Longer expressions are cut: the text serves people and identity, not compilers. */
#define TEXT_MAX 4096

/* clang's own copy of a file, and where its lines start: clang finds a column by walking back to
 * the line's start, which is slow on long lines. */
struct source {
	const char *text;
	size_t size;
	GArray *lines; /* uint32_t: offset of each line's first byte */
};

void source_free(gpointer data)
{
	struct source *source = data;

	g_array_unref(source->lines);
	g_free(source);
}

static void find_lines(struct source *source)
{
	const char *pos = source->text, *end = source->text + source->size;
	uint32_t start = 0;

	g_array_append_val(source->lines, start);
	while (pos < end && (pos = memchr(pos, '\n', end - pos))) {
		start = ++pos - source->text;
		g_array_append_val(source->lines, start);
	}
}

static const struct source *source_of(struct unit *unit, CXFile file)
{
	struct source *source;

	if (file == unit->last_source_file)
		return unit->last_source;
	source = g_hash_table_lookup(unit->texts, file);
	if (!source) {
		source = g_new0(struct source, 1);
		source->text = clang_getFileContents(unit->tu, file, &source->size);
		source->lines = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		if (source->text)
			find_lines(source);
		g_hash_table_insert(unit->texts, file, source);
	}
	unit->last_source_file = file;
	unit->last_source = source;
	return source;
}

static bool in_system_dir(const struct unit *unit, const char *path)
{
	for (guint i = 0; i < unit->system_dirs->len; i++)
		if (g_str_has_prefix(path, g_ptr_array_index(unit->system_dirs, i)))
			return true;
	return false;
}

static fact_id add_loc(struct unit *unit, fact_id file, uint32_t line, uint32_t column)
{
	struct fact_loc loc = {file, MAX(line, 1), MAX(column, 1)};
	GArray *locs = unit->facts->locs;

	if (locs->len) {
		const struct fact_loc *last = &g_array_index(locs, struct fact_loc, locs->len - 1);

		if (last->file == file && last->line == loc.line && last->column == loc.column)
			return locs->len - 1;
	}
	g_array_append_val(locs, loc);
	return locs->len - 1;
}

/* The last line that starts at or before `offset`, from 0. */
static guint line_at(const GArray *lines, uint32_t offset)
{
	guint low = 0, high = lines->len;

	while (high - low > 1) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(lines, uint32_t, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static fact_id add_offset(struct unit *unit, CXFile file, unsigned offset)
{
	const struct source *source = source_of(unit, file);
	guint line;

	if (!source->lines->len)
		return add_loc(unit, file_row(unit, file), 1, 1);
	line = line_at(source->lines, offset);
	return add_loc(unit, file_row(unit, file), line + 1,
		       offset - g_array_index(source->lines, uint32_t, line) + 1);
}

static void add_suppressions(struct unit *unit, fact_id file, const GArray *found)
{
	for (guint i = 0; found && i < found->len; i++) {
		const struct suppression *suppression =
			&g_array_index(found, struct suppression, i);
		struct fact_suppression row = {
			.kind = suppression->kind,
			.loc = add_loc(unit, file, suppression->line, suppression->column),
			.rule = facts_intern(unit->facts, suppression->rule),
			.reason = facts_intern(unit->facts, suppression->reason),
			.about = suppression->about,
		};

		g_array_append_val(unit->facts->suppressions, row);
	}
}

static fact_id add_file(struct unit *unit, CXFile file)
{
	CXString name = clang_getFileName(file);
	CXString real = clang_File_tryGetRealPathName(file);
	const struct file_entry *entry =
		file_cache_get(unit->files, unit->command->directory, clang_getCString(name),
			       clang_getCString(real));
	struct fact_file row = {.path = facts_intern(unit->facts, entry->path),
				.hash_low = entry->hash_low,
				.hash_high = entry->hash_high};
	fact_id id = unit->facts->files->len;

	if (id == 0)
		row.flags |= FACT_FILE_MAIN;
	else if (in_system_dir(unit, entry->absolute))
		row.flags |= FACT_FILE_SYSTEM;
	if (entry->in_root)
		row.flags |= FACT_FILE_IN_ROOT;
	g_array_append_val(unit->facts->files, row);
	if (!(row.flags & FACT_FILE_SYSTEM))
		add_suppressions(unit, id, entry->suppressions);
	clang_disposeString(name);
	clang_disposeString(real);
	return id;
}

fact_id file_row(struct unit *unit, CXFile file)
{
	gpointer known;

	if (file == unit->last_file)
		return unit->last_file_row;
	known = g_hash_table_lookup(unit->file_rows, file);
	unit->last_file = file;
	if (known) {
		unit->last_file_row = GPOINTER_TO_UINT(known) - 1;
	} else {
		unit->last_file_row = add_file(unit, file);
		g_hash_table_insert(unit->file_rows, file,
				    GUINT_TO_POINTER(unit->last_file_row + 1));
	}
	return unit->last_file_row;
}

static void collect_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
	if (file)
		file_row(data, file);
}

void files_collect(struct unit *unit)
{
	CXFile main_file = clang_getFile(unit->tu, unit->command->file);

	if (main_file)
		file_row(unit, main_file);
	clang_getInclusions(unit->tu, collect_file, unit);
}

const char *file_text(struct unit *unit, CXFile file, size_t *ret_size)
{
	const struct source *source = source_of(unit, file);

	*ret_size = source->size;
	return source->text;
}

fact_id location_row(struct unit *unit, CXSourceLocation location)
{
	unsigned offset;
	CXFile file;

	clang_getExpansionLocation(location, &file, NULL, NULL, &offset);
	return file ? add_offset(unit, file, offset) : FACT_NONE;
}

void locate(struct unit *unit, CXSourceLocation location, struct fact_event *event)
{
	unsigned offset, spelling_offset;
	CXFile file, spelling_file;

	event->loc = event->spelling = FACT_NONE;
	clang_getExpansionLocation(location, &file, NULL, NULL, &offset);
	if (!file)
		return;
	event->loc = event->spelling = add_offset(unit, file, offset);
	clang_getSpellingLocation(location, &spelling_file, NULL, NULL, &spelling_offset);
	if (!spelling_file || (spelling_file == file && spelling_offset == offset))
		return;
	event->flags |= FACT_EVENT_MACRO;
	event->spelling = add_offset(unit, spelling_file, spelling_offset);
}

/* Start and end of a range in one file, however much of it comes from macros. */
struct span {
	CXFile file;
	unsigned start, end; /* offsets */
};

typedef void place_fn(CXSourceLocation location, CXFile *file, unsigned *line, unsigned *column,
		      unsigned *offset);

static bool span_by(place_fn *place, CXSourceLocation from, CXSourceLocation to, struct span *span)
{
	CXFile end_file;

	place(from, &span->file, NULL, NULL, &span->start);
	place(to, &end_file, NULL, NULL, &span->end);
	return span->file && span->file == end_file && span->start < span->end;
}

/* Inside a macro's argument the expansion is one point: there the argument's own place counts. */
static bool span_of(CXSourceLocation from, CXSourceLocation to, struct span *span)
{
	return span_by(clang_getExpansionLocation, from, to, span) ||
	       span_by(clang_getFileLocation, from, to, span);
}

static fact_id span_text(struct unit *unit, const struct span *span)
{
	const struct source *source = source_of(unit, span->file);
	g_autoptr(GString) joined = NULL;

	if (!source->text || span->end > source->size)
		return FACT_NONE;
	joined = g_string_new(NULL);
	tokens_join(source->text + span->start, MIN(span->end - span->start, TEXT_MAX), joined);
	return facts_intern(unit->facts, joined->str);
}

void locate_extent(struct unit *unit, CXCursor cursor, struct fact_event *event, bool with_text)
{
	CXSourceRange extent = clang_getCursorExtent(cursor);
	struct span span;

	if (!span_of(clang_getRangeStart(extent), clang_getRangeEnd(extent), &span))
		return;
	event->end = add_offset(unit, span.file, span.end);
	if (with_text)
		event->text = span_text(unit, &span);
}

static bool in_macro(CXSourceLocation location)
{
	unsigned expansion, spelling;
	CXFile expansion_file, spelling_file;

	clang_getExpansionLocation(location, &expansion_file, NULL, NULL, &expansion);
	clang_getSpellingLocation(location, &spelling_file, NULL, NULL, &spelling);
	return expansion_file != spelling_file || expansion != spelling;
}

bool source_between(struct unit *unit, CXSourceLocation from, CXSourceLocation to,
		    const char **ret_start, size_t *ret_size)
{
	const struct source *source;
	struct span span;

	if (in_macro(from) || !span_by(clang_getExpansionLocation, from, to, &span))
		return false;
	source = source_of(unit, span.file);
	if (!source->text || span.end > source->size)
		return false;
	*ret_start = source->text + span.start;
	*ret_size = span.end - span.start;
	return true;
}
