/* Unified diffs: only the new side matters, since findings are of the code as it is now. */
#include "reports/changes.h"

#include <gio/gio.h>
#include <string.h>

struct range {
	guint first, last;
};

struct changes {
	GHashTable *files; /* path -> GArray of struct range, in order */
};

struct changes *changes_new(void)
{
	struct changes *changes = g_new0(struct changes, 1);

	changes->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					       (GDestroyNotify)g_array_unref);
	return changes;
}

void changes_free(struct changes *changes)
{
	if (!changes)
		return;
	g_hash_table_unref(changes->files);
	g_free(changes);
}

static GArray *ranges_of(struct changes *changes, const char *path)
{
	GArray *ranges = g_hash_table_lookup(changes->files, path);

	if (!ranges) {
		ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
		g_hash_table_insert(changes->files, g_strdup(path), ranges);
	}
	return ranges;
}

void changes_add_file(struct changes *changes, const char *path)
{
	const struct range all = {1, G_MAXUINT};

	g_array_append_val(ranges_of(changes, path), all);
}

bool changes_touch(const struct changes *changes, const char *file, guint first, guint last)
{
	const GArray *ranges = file ? g_hash_table_lookup(changes->files, file) : NULL;

	for (guint i = 0; ranges && i < ranges->len; i++) {
		const struct range *range = &g_array_index(ranges, struct range, i);

		if (range->first <= last && range->last >= first)
			return true;
	}
	return false;
}

/* Where reading is. */
struct reader {
	struct changes *changes;
	const char *prefix;
	char *old;                /* name behind "--- ", owned */
	GArray *ranges;           /* of the file that is open, or NULL if it is none of ours */
	guint old_left, new_left; /* lines of the open hunk that are still to come */
	guint line;               /* of the new side: the next one */
	guint files;
};

/* A name without its time stamp; git writes unusual ones as C does. Caller frees. */
static char *read_name(const char *text)
{
	g_autofree char *name = NULL;

	if (text[0] == '"') {
		const char *end = strrchr(text + 1, '"');

		name = g_strndup(text + 1, end ? (gsize)(end - text - 1) : strlen(text + 1));
		return g_strcompress(name);
	}
	return g_strndup(text, strcspn(text, "\t\r"));
}

static bool is_nothing(const char *name)
{
	return strcmp(name, "/dev/null") == 0;
}

/* "a/src/x.c": one letter that a tool put there. */
static bool has_letter(const char *name)
{
	return g_ascii_isalpha(name[0]) && name[1] == '/';
}

static void open_file(struct reader *reader, const char *text)
{
	g_autofree char *name = read_name(text);
	const char *old = reader->old ? reader->old : "/dev/null";
	const char *path = name;

	reader->files++;
	reader->ranges = NULL;
	if (is_nothing(name))
		return;
	if (has_letter(name) && (is_nothing(old) || has_letter(old)))
		path += 2;
	if (g_str_has_prefix(path, "./"))
		path += 2;
	if (reader->prefix) {
		if (!g_str_has_prefix(path, reader->prefix))
			return;
		path += strlen(reader->prefix);
	}
	reader->ranges = ranges_of(reader->changes, path);
}

/* "12,3" or "12"; moves *text behind it. */
static bool read_span(const char **text, guint *ret_first, guint *ret_count)
{
	char *end;
	guint64 first = g_ascii_strtoull(*text, &end, 10), count = 1;

	if (!g_ascii_isdigit(**text))
		return false;
	if (*end == ',') {
		if (!g_ascii_isdigit(end[1]))
			return false;
		count = g_ascii_strtoull(end + 1, &end, 10);
	}
	if (first > G_MAXINT || count > G_MAXINT)
		return false;
	*text = end;
	*ret_first = (guint)first;
	*ret_count = (guint)count;
	return true;
}

/* "@@ -1,2 +3,4 @@ …" */
static bool open_hunk(struct reader *reader, const char *text)
{
	guint old_first;

	text += strlen("@@ -");
	if (!read_span(&text, &old_first, &reader->old_left) || !g_str_has_prefix(text, " +"))
		return false;
	text += strlen(" +");
	if (!read_span(&text, &reader->line, &reader->new_left) || !g_str_has_prefix(text, " @@"))
		return false;
	if (reader->new_left == 0)
		reader->line++; /* it names the line before the gap */
	return true;
}

static void mark(struct reader *reader)
{
	const struct range range = {reader->line, reader->line};
	struct range *last;

	if (!reader->ranges)
		return;
	if (reader->ranges->len > 0) {
		last = &g_array_index(reader->ranges, struct range, reader->ranges->len - 1);
		if (last->last == reader->line || last->last + 1 == reader->line) {
			last->last = reader->line;
			return;
		}
	}
	g_array_append_val(reader->ranges, range);
}

/* One line inside of a hunk; false if it is none. */
static bool read_change(struct reader *reader, char first)
{
	bool old = first == '-' || first == ' ' || first == '\0' || first == '\r';
	bool new = first == '+' || (old && first != '-');

	if (first == '\\') /* No newline at end of file */
		return true;
	if ((!old && !new) || (old && reader->old_left == 0) || (new && reader->new_left == 0))
		return false;
	if (first == '-' || first == '+')
		mark(reader);
	reader->old_left -= old;
	reader->new_left -= new;
	reader->line += new;
	return true;
}

static bool read_line(struct reader *reader, const char *text)
{
	if (reader->old_left + reader->new_left > 0)
		return read_change(reader, text[0]);
	if (g_str_has_prefix(text, "--- ")) {
		g_free(reader->old);
		reader->old = read_name(text + strlen("--- "));
	} else if (g_str_has_prefix(text, "+++ ")) {
		open_file(reader, text + strlen("+++ "));
	} else if (g_str_has_prefix(text, "@@ -")) {
		return reader->files > 0 && open_hunk(reader, text);
	} else if (g_str_has_prefix(text, "@@@")) {
		return false; /* of a merge: two old sides */
	}
	return true;
}

bool changes_add(struct changes *changes, const char *name, const char *text, const char *prefix,
		 GError **error)
{
	struct reader reader = {.changes = changes, .prefix = prefix};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool empty = text[strspn(text, " \t\r\n")] == '\0';
	bool good = true;

	for (guint i = 0; lines[i] && good; i++) {
		/* Behind the last line end there is nothing. */
		if (!lines[i + 1] && lines[i][0] == '\0')
			break;
		good = read_line(&reader, lines[i]);
		if (!good)
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
				    "%s:%u: this is not a unified diff, as git diff writes it",
				    name, i + 1);
	}
	if (good && (reader.old_left + reader.new_left > 0 ||
		     (reader.files == 0 && !empty && !strstr(text, "diff --git ")))) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", name,
			    reader.files > 0 ? "the diff ends inside of a hunk"
					     : "there is no unified diff in it");
		good = false;
	}
	g_free(reader.old);
	return good;
}
