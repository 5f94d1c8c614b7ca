/* Sources in the HTML report. */
#include "reports/formats/html.h"

#include <string.h>

#include "reports/jsontext.h"

#define WHOLE_SIZE_MOST (3 * 1024 * 1024) /* bytes of all whole files together */
#define LINE_SIZE_MOST 2000               /* bytes of one line that are shown */

enum { LINES_AROUND = 8 };

struct file {
	char *path;
	GHashTable *lines; /* as a set */
};

struct html_files {
	struct sources *sources;
	GPtrArray *files;    /* struct file * */
	GHashTable *numbers; /* path -> number + 1 */
};

static void file_free(void *data)
{
	struct file *file = data;

	g_free(file->path);
	g_hash_table_unref(file->lines);
	g_free(file);
}

struct html_files *html_files_new(struct sources *sources)
{
	struct html_files *files = g_new0(struct html_files, 1);

	files->sources = sources;
	files->files = g_ptr_array_new_with_free_func(file_free);
	files->numbers = g_hash_table_new(g_str_hash, g_str_equal);
	return files;
}

void html_files_free(struct html_files *files)
{
	g_ptr_array_unref(files->files);
	g_hash_table_unref(files->numbers);
	g_free(files);
}

static guint add_file(struct html_files *files, const char *path)
{
	struct file *file = g_new0(struct file, 1);

	file->path = g_strdup(path);
	file->lines = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(files->files, file);
	g_hash_table_insert(files->numbers, file->path, GUINT_TO_POINTER(files->files->len));
	return files->files->len;
}

int html_files_use(struct html_files *files, const char *path, guint line)
{
	guint number;
	const struct file *file;

	if (!path)
		return -1;
	number = GPOINTER_TO_UINT(g_hash_table_lookup(files->numbers, path));
	if (number == 0)
		number = add_file(files, path);
	file = g_ptr_array_index(files->files, number - 1);
	(void)g_hash_table_add(file->lines, GUINT_TO_POINTER(line));
	return (int)number - 1;
}

/* Lines `first` to `last` as one text. */
static json_t *chunk(struct sources *sources, const char *path, guint first, guint last)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *valid = NULL;
	const char *line;
	gsize size;

	for (guint i = first; i <= last && sources_line(sources, path, i, &line, &size); i++) {
		if (i > first)
			g_string_append_c(text, '\n');
		g_string_append_len(text, line, (gssize)MIN(size, LINE_SIZE_MOST));
	}
	valid = g_utf8_make_valid(text->str, (gssize)text->len);
	return json_pack("[i, o]", (int)first, jsontext_new(valid));
}

static int compare_numbers(const void *left, const void *right)
{
	guint a = *(const guint *)left, b = *(const guint *)right;

	return a < b ? -1 : a > b;
}

static GArray *sorted_lines(const struct file *file)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(guint));
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, file->lines);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		guint line = GPOINTER_TO_UINT(key);

		g_array_append_val(lines, line);
	}
	g_array_sort(lines, compare_numbers);
	return lines;
}

/* What lies around the lines, neighbours that touch as one. */
static json_t *excerpts(struct sources *sources, const struct file *file, guint count)
{
	json_t *chunks = json_array();
	g_autoptr(GArray) lines = sorted_lines(file);

	for (guint i = 0; i < lines->len;) {
		guint line = g_array_index(lines, guint, i);
		guint first = line > LINES_AROUND ? line - LINES_AROUND : 1;
		guint last = MIN(line + LINES_AROUND, count);

		while (++i < lines->len &&
		       g_array_index(lines, guint, i) <= last + LINES_AROUND + 1)
			last = MIN(g_array_index(lines, guint, i) + LINES_AROUND, count);
		if (first <= count)
			(void)json_array_insert_new(chunks, 0,
						    chunk(sources, file->path, first, last));
	}
	return chunks;
}

json_t *html_files_json(const struct html_files *files)
{
	json_t *list = json_array();
	gsize whole = 0;

	for (guint i = 0; i < files->files->len; i++) {
		const struct file *file = g_ptr_array_index(files->files, i);
		guint count = sources_line_count(files->sources, file->path);
		const char *text;
		gsize size = 0;
		json_t *chunks;

		(void)sources_text(files->sources, file->path, &text, &size);
		if (whole + size <= WHOLE_SIZE_MOST && count > 0) {
			whole += size;
			chunks = json_pack("[o]", chunk(files->sources, file->path, 1, count));
		} else {
			chunks = excerpts(files->sources, file, count);
		}
		(void)json_array_append_new(list,
					    json_pack("[o, o]", jsontext_new(file->path), chunks));
	}
	return list;
}
