/* Hashes of files, remembered across runs by status: device, inode, size, times.
 *
 * A file that changed within two seconds of being read is not remembered: its next change may leave
 * the same times. One line a file, so that a damaged line costs one file. */
#include "analyzer/units/file_table.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <xxhash.h>

#include "analyzer/file_path.h"

enum { MEMORY_LIMIT = 256 << 20, FILE_LIMIT = 1 << 30 };

static const char header[] = "contlint-files 1\n";
static const int64_t settle_ns = 2 * INT64_C(1000000000);

struct file_state {
	struct file_hash hash;
	uint64_t device, inode, size;
	int64_t modified_ns, changed_ns;
	bool asked; /* in this run */
	bool exists;
	bool settled; /* may be remembered */
};

struct file_table {
	char *path;        /* or NULL */
	GHashTable *files; /* char * -> struct file_state * */
	bool dirty;
};

static void read_line(struct file_table *table, const char *line)
{
	struct file_state *state = g_new0(struct file_state, 1);
	int at = 0;

	if (sscanf(line,
		   "%16" SCNx64 "%16" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64
		   " %" SCNd64 " %n",
		   &state->hash.high, &state->hash.low, &state->device, &state->inode, &state->size,
		   &state->modified_ns, &state->changed_ns, &at) != 7 ||
	    line[at] != '/') {
		table->dirty = true;
		g_free(state);
		return;
	}
	state->exists = state->settled = true;
	g_hash_table_replace(table->files, g_strdup(line + at), state);
}

struct file_table *file_table_open(const char *path)
{
	struct file_table *table = g_new0(struct file_table, 1);
	g_autofree char *text = NULL;
	gsize size;

	table->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	table->path = g_strdup(path);
	if (!path || !file_path_read(path, MEMORY_LIMIT, &text, &size, NULL) ||
	    !g_str_has_prefix(text, header))
		return table;
	for (char *line = text + strlen(header); *line;) {
		char *end = strchr(line, '\n');

		if (!end)
			break;
		*end = '\0';
		read_line(table, line);
		line = end + 1;
	}
	return table;
}

static void write_line(gpointer key, gpointer value, gpointer data)
{
	const struct file_state *state = value;

	if (!state->asked || !state->exists || !state->settled || strchr(key, '\n'))
		return;
	g_string_append_printf(data,
			       "%016" PRIx64 "%016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			       " %" PRId64 " %" PRId64 " %s\n",
			       state->hash.high, state->hash.low, state->device, state->inode,
			       state->size, state->modified_ns, state->changed_ns,
			       (const char *)key);
}

void file_table_close(struct file_table *table)
{
	if (!table)
		return;
	if (table->path && table->dirty) {
		g_autoptr(GString) text = g_string_new(header);

		g_hash_table_foreach(table->files, write_line, text);
		(void)file_path_replace(table->path, text->str, text->len);
	}
	g_hash_table_unref(table->files);
	g_free(table->path);
	g_free(table);
}

static int64_t nanoseconds(struct timespec time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* True if `state` was hashed when the file's status was `status`. */
static bool is_same(const struct file_state *state, const struct stat *status)
{
	return state->exists && state->device == status->st_dev && state->inode == status->st_ino &&
	       state->size == (uint64_t)status->st_size &&
	       state->modified_ns == nanoseconds(status->st_mtim) &&
	       state->changed_ns == nanoseconds(status->st_ctim);
}

static void read_state(struct file_state *state, const char *path, const struct stat *status)
{
	g_autofree char *text = NULL;
	struct timespec now;
	XXH128_hash_t hash;
	gsize size;

	memset(state, 0, sizeof(*state));
	if (!file_path_read(path, FILE_LIMIT, &text, &size, NULL))
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	hash = XXH3_128bits(text, size);
	*state = (struct file_state){
		.hash = {.low = hash.low64, .high = hash.high64},
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = (uint64_t)status->st_size,
		.modified_ns = nanoseconds(status->st_mtim),
		.changed_ns = nanoseconds(status->st_ctim),
		.exists = true,
	};
	state->settled = state->size == size &&
			 MAX(state->modified_ns, state->changed_ns) + settle_ns < nanoseconds(now);
}

bool file_table_hash(struct file_table *table, const char *path, struct file_hash *ret_hash)
{
	struct file_state *state = g_hash_table_lookup(table->files, path);
	struct stat status;

	if (!state) {
		state = g_new0(struct file_state, 1);
		g_hash_table_insert(table->files, g_strdup(path), state);
	}
	if (!state->asked) {
		if (stat(path, &status) < 0) {
			table->dirty |= state->exists;
			state->exists = false;
		} else if (!is_same(state, &status)) {
			read_state(state, path, &status);
			table->dirty = true;
		}
		state->asked = true;
	}
	if (state->exists)
		*ret_hash = state->hash;
	return state->exists;
}
