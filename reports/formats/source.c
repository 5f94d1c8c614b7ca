/* Lines of source files. Paths come from facts and databases that others wrote, so a path may name
 * a pipe or a device: only regular files are read, and opening never waits. */
#include "reports/formats/source.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_SIZE (32 * 1024 * 1024)

struct source {
	char *text;
	gsize size;
	GArray *starts; /* gsize: offset of each line, and one of the end */
};

struct sources {
	char *root;
	GHashTable *files; /* path -> struct source * */
};

static void source_free(void *data)
{
	struct source *source = data;

	g_free(source->text);
	g_array_unref(source->starts);
	g_free(source);
}

struct sources *sources_new(const char *root)
{
	struct sources *sources = g_new0(struct sources, 1);

	sources->root = g_strdup(root);
	sources->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, source_free);
	return sources;
}

void sources_free(struct sources *sources)
{
	if (!sources)
		return;
	g_free(sources->root);
	g_hash_table_unref(sources->files);
	g_free(sources);
}

/* The whole of an open file; what cannot be read is left out. */
static void read_all(int fd, struct source *source)
{
	struct stat status;
	ssize_t got = 1;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > LARGEST_SIZE)
		return;
	source->text = g_malloc((gsize)status.st_size + 1);
	while (got > 0 && source->size < (gsize)status.st_size) {
		got = TEMP_FAILURE_RETRY(read(fd, source->text + source->size,
					      (gsize)status.st_size - source->size));
		if (got > 0)
			source->size += (gsize)got;
	}
}

static void find_lines(struct source *source)
{
	gsize start = 0;

	while (start < source->size) {
		const char *end = memchr(source->text + start, '\n', source->size - start);

		g_array_append_val(source->starts, start);
		start = end ? (gsize)(end - source->text) + 1 : source->size;
	}
	g_array_append_val(source->starts, start);
}

static struct source *source_read(const char *root, const char *path)
{
	struct source *source = g_new0(struct source, 1);
	g_autofree char *full = root && !g_path_is_absolute(path)
					? g_build_filename(root, path, NULL)
					: g_strdup(path);
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	source->starts = g_array_new(FALSE, FALSE, sizeof(gsize));
	if (fd >= 0) {
		read_all(fd, source);
		(void)close(fd);
	}
	find_lines(source);
	return source;
}

static struct source *find_source(struct sources *sources, const char *path)
{
	struct source *source = g_hash_table_lookup(sources->files, path);

	if (!source) {
		source = source_read(sources->root, path);
		g_hash_table_insert(sources->files, g_strdup(path), source);
	}
	return source;
}

bool sources_text(struct sources *sources, const char *path, const char **ret_text, gsize *ret_size)
{
	const struct source *source = find_source(sources, path);

	if (!source->text)
		return false;
	*ret_text = source->text;
	*ret_size = source->size;
	return true;
}

guint sources_line_count(struct sources *sources, const char *path)
{
	return find_source(sources, path)->starts->len - 1;
}

guint sources_utf16_column(const char *line, gsize size, guint column)
{
	gsize end = MIN(size, column > 0 ? column - 1 : 0);
	guint units = 1;

	for (gsize i = 0; i < end; units++) {
		gunichar character = g_utf8_get_char_validated(line + i, (gssize)(size - i));

		if (character == (gunichar)-1 || character == (gunichar)-2) {
			i++;
			continue;
		}
		i += (gsize)(g_utf8_next_char(line + i) - (line + i));
		units += character >= 0x10000;
	}
	return units;
}

bool sources_line(struct sources *sources, const char *path, guint line, const char **ret_text,
		  gsize *ret_size)
{
	const struct source *source = find_source(sources, path);
	gsize start, end;

	if (line < 1 || line >= source->starts->len)
		return false;
	start = g_array_index(source->starts, gsize, line - 1);
	end = g_array_index(source->starts, gsize, line);
	while (end > start && (source->text[end - 1] == '\n' || source->text[end - 1] == '\r'))
		end--;
	*ret_text = source->text + start;
	*ret_size = end - start;
	return true;
}
