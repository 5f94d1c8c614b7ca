/* Which headers a project's sources name. Conditions are not looked at: what is included on some
 * system only is named all the same. */
#include "cli/includes.h"

#include <string.h>

#include "analyzer/file_path.h"

enum { FILE_LIMIT = 8 << 20 };

struct walk {
	const struct compdb *compdb;
	GHashTable *counts; /* word -> number of files */
	GHashTable *seen;   /* paths of files that were read */
	GPtrArray *folders; /* char *: of -I, of the unit under way */
};

/* The word of an #include line, or NULL; `*ret_quoted` if it stands in quotes. Caller frees. */
static char *read_include(const char *line, bool *ret_quoted)
{
	line += strspn(line, " \t");
	if (*line++ != '#')
		return NULL;
	line += strspn(line, " \t");
	if (!g_str_has_prefix(line, "include"))
		return NULL;
	line += strlen("include");
	line += strspn(line, " \t");
	*ret_quoted = *line == '"';
	if (*line != '"' && *line != '<')
		return NULL;
	line++;
	return g_strndup(line, strcspn(line, ">\"\r\n"));
}

/* The file of the project that `word` names, or NULL. Caller frees. */
static char *find_file(const struct walk *walk, const char *from, const char *word, bool quoted)
{
	g_autofree char *folder = g_path_get_dirname(from);

	for (guint i = 0; i <= walk->folders->len; i++) {
		const char *in = i == 0 ? folder : walk->folders->pdata[i - 1];
		g_autofree char *path = NULL;

		if (i == 0 && !quoted)
			continue;
		path = g_canonicalize_filename(word, in);
		if (file_path_under(path, walk->compdb->root) &&
		    g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&path);
	}
	return NULL;
}

static void count(struct walk *walk, GHashTable *here, const char *word)
{
	gpointer number = g_hash_table_lookup(walk->counts, word);

	if (g_hash_table_add(here, g_strdup(word)))
		g_hash_table_insert(walk->counts, g_strdup(word),
				    GUINT_TO_POINTER(GPOINTER_TO_UINT(number) + 1));
}

/* Reads `path` and leaves the files of the project that it includes in `next`. */
static void read_one(struct walk *walk, const char *path, GPtrArray *next)
{
	g_autoptr(GHashTable) here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	gsize size;

	if (!g_hash_table_add(walk->seen, g_strdup(path)) ||
	    !file_path_read(path, FILE_LIMIT, &text, &size, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		bool quoted;
		g_autofree char *word = read_include(lines[i], &quoted);
		char *file = word ? find_file(walk, path, word, quoted) : NULL;

		if (word)
			count(walk, here, word);
		if (file)
			g_ptr_array_add(next, file);
	}
}

static void note_folders(struct walk *walk, const struct compdb_unit *unit)
{
	g_ptr_array_set_size(walk->folders, 0);
	for (guint i = 0; i < unit->flags->len; i++) {
		const char *flag = unit->flags->pdata[i];
		const char *folder = NULL;

		if (strcmp(flag, "-I") == 0 && i + 1 < unit->flags->len)
			folder = unit->flags->pdata[i + 1];
		else if (g_str_has_prefix(flag, "-I"))
			folder = flag + 2;
		if (folder && *folder)
			g_ptr_array_add(walk->folders,
					g_canonicalize_filename(folder, unit->directory));
	}
}

GHashTable *includes_count(const struct compdb *compdb)
{
	struct walk walk = {
		.compdb = compdb,
		.counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.folders = g_ptr_array_new_with_free_func(g_free),
	};

	for (guint i = 0; i < compdb->units->len; i++) {
		const struct compdb_unit *unit = g_ptr_array_index(compdb->units, i);
		g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);

		note_folders(&walk, unit);
		g_ptr_array_add(left, g_strdup(unit->file));
		while (left->len > 0) {
			g_autofree char *path = g_ptr_array_steal_index_fast(left, left->len - 1);

			read_one(&walk, path, left);
		}
	}
	g_hash_table_unref(walk.seen);
	g_ptr_array_unref(walk.folders);
	return walk.counts;
}
