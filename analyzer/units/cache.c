/* Facts that need not be extracted again: two levels, as in ccache's direct mode.
 *
 * HH/KEY.m, the manifest, is found by the unit; it lists for up to eight states of the headers
 * which files were read with which bytes, and the name of the facts. HH/KEY.f holds those. Names
 * are hashes of what led to the content, so files are only added, touched and removed. */
#include "analyzer/units/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "analyzer/extract/extract.h"
#include "analyzer/file_path.h"
#include "analyzer/units/file_table.h"

enum {
	STATES_LIMIT = 8,
	MANIFEST_LIMIT = 64 << 20,
	FACTS_LIMIT = 1 << 30,
	TOUCH_AFTER_SECONDS = 3600, /* a hit is noted in the times once an hour, not each time */
};

static const char manifest_header[] = "contlint-manifest 1\n";
static const char facts_magic[] = "CLCACHE1";

struct cache {
	char *directory, *root;
	guint64 limit;
	struct file_table *files;
	struct file_hash build;    /* contlint's own executable */
	struct file_hash libclang; /* zero if it is not where it was */
	bool stored;               /* something was added in this run */
};

/* Environment that changes where clang looks for headers. */
static const char *const variables[] = {"CPATH", "C_INCLUDE_PATH", "SDKROOT", "SYSROOT"};

struct cache *cache_open(const char *directory, const char *root, guint64 limit, GError **error)
{
	struct cache *cache;
	g_autofree char *table = g_build_filename(directory, "files", NULL);

	if (g_mkdir_with_parents(directory, 0777) < 0 || access(directory, W_OK | X_OK) < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
			    "%s: cannot keep a cache there: %s", directory, g_strerror(errno));
		return NULL;
	}
	cache = g_new0(struct cache, 1);
	cache->directory = g_strdup(directory);
	cache->root = g_strdup(root);
	cache->limit = limit;
	cache->files = file_table_open(table);
	(void)file_table_hash(cache->files, "/proc/self/exe", &cache->build);
	(void)file_table_hash(cache->files, extract_library(), &cache->libclang);
	return cache;
}

/* Adds `text` with every mention of the root taken out. */
static void add_text(GByteArray *key, const struct cache *cache, const char *text)
{
	g_autoptr(GString) plain = g_string_new(text);

	if (strlen(cache->root) > 1)
		(void)g_string_replace(plain, cache->root, "\001", 0);
	g_byte_array_append(key, (const guint8 *)plain->str, (guint)plain->len + 1);
}

static char *hash_name(const void *bytes, size_t size)
{
	XXH128_hash_t hash = XXH3_128bits(bytes, size);

	return g_strdup_printf("%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
			       (uint64_t)hash.low64);
}

/* The name of the unit's manifest. Caller frees. */
static char *unit_key(const struct cache *cache, const struct compdb_unit *unit,
		      const struct file_hash *source)
{
	g_autoptr(GByteArray) key = g_byte_array_new();
	const uint32_t version = FACTS_VERSION;

	g_byte_array_append(key, (const guint8 *)&version, sizeof(version));
	g_byte_array_append(key, (const guint8 *)&cache->build, sizeof(cache->build));
	g_byte_array_append(key, (const guint8 *)&cache->libclang, sizeof(cache->libclang));
	g_byte_array_append(key, (const guint8 *)source, sizeof(*source));
	add_text(key, cache, unit->directory);
	add_text(key, cache, unit->file);
	add_text(key, cache, unit->label);
	add_text(key, cache, unit->target);
	for (guint i = 0; i < unit->flags->len; i++)
		add_text(key, cache, unit->flags->pdata[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
		add_text(key, cache, g_getenv(variables[i]) ? g_getenv(variables[i]) : "");
	return hash_name(key->data, key->len);
}

static char *entry_path(const struct cache *cache, const char *name, const char *suffix)
{
	return g_strdup_printf("%s/%.2s/%s%s", cache->directory, name, name + 2, suffix);
}

/* Notes a use, so that what is used stays. */
static void touch(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && status.st_mtime + TOUCH_AFTER_SECONDS < time(NULL))
		(void)utimensat(AT_FDCWD, path, NULL, 0);
}

static char *hash_text(const struct file_hash *hash, char text[33])
{
	(void)g_snprintf(text, 33, "%016" PRIx64 "%016" PRIx64, hash->high, hash->low);
	return text;
}

/* Reads what hash_text() wrote. */
static bool read_hash(const char *text, struct file_hash *ret_hash)
{
	uint64_t halves[2] = {0, 0};

	for (int i = 0; i < 32; i++) {
		int digit = g_ascii_xdigit_value(text[i]);

		if (digit < 0)
			return false;
		halves[i / 16] = halves[i / 16] << 4 | (uint64_t)digit;
	}
	*ret_hash = (struct file_hash){.high = halves[0], .low = halves[1]};
	return true;
}

/* True if the file of the manifest line "HASH PATH" still has that hash. */
static bool line_holds(struct cache *cache, const char *line)
{
	g_autofree char *absolute = NULL;
	struct file_hash wanted, hash;
	const char *path = line + 33;

	if (!read_hash(line, &wanted) || line[32] != ' ' || line[33] == '\0')
		return false;
	if (path[0] != '/')
		path = absolute = g_build_filename(cache->root, path, NULL);
	return file_table_hash(cache->files, path, &hash) && hash.low == wanted.low &&
	       hash.high == wanted.high;
}

/* The name of the facts whose files are all as they were, or NULL. The manifest, which is taken
 * apart here, is: its header, then for each state a line "= NAME" and a line for each file. Caller
 * frees. */
static char *find_state(struct cache *cache, char *manifest)
{
	const char *name = NULL;
	bool holds = false;
	char *end;

	for (char *line = manifest + strlen(manifest_header); *line; line = end) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (g_str_has_prefix(line, "= ")) {
			if (holds)
				break;
			name = line + 2;
			holds = strlen(name) == 32;
		} else if (line[0] != '\0') {
			holds = holds && line_holds(cache, line);
		}
	}
	return holds ? g_strdup(name) : NULL;
}

static char *read_manifest(const char *path)
{
	g_autofree char *text = NULL;
	gsize size;

	if (!file_path_read(path, MANIFEST_LIMIT, &text, &size, NULL) || strlen(text) != size ||
	    !g_str_has_prefix(text, manifest_header))
		return NULL;
	return g_steal_pointer(&text);
}

/* Facts as they are kept: magic, hash of the rest, the rest. */
static struct facts *read_facts(const char *path)
{
	g_autofree char *bytes = NULL;
	XXH128_canonical_t wanted, found;
	size_t head = strlen(facts_magic) + sizeof(wanted);
	gsize size;

	if (!file_path_read(path, FACTS_LIMIT, &bytes, &size, NULL) || size < head ||
	    memcmp(bytes, facts_magic, strlen(facts_magic)) != 0)
		return NULL;
	memcpy(&wanted, bytes + strlen(facts_magic), sizeof(wanted));
	XXH128_canonicalFromHash(&found, XXH3_128bits(bytes + head, size - head));
	if (memcmp(&wanted, &found, sizeof(wanted)) != 0)
		return NULL;
	return facts_decode(bytes + head, size - head, path, NULL);
}

/* The unit's facts and, for noting its use, the manifest; NULL if there are none that are valid. */
static char *find(struct cache *cache, const struct compdb_unit *unit, char **ret_manifest_path)
{
	g_autofree char *key = NULL;
	g_autofree char *path = NULL;
	g_autofree char *manifest = NULL;
	struct file_hash source;
	char *name;

	if (!file_table_hash(cache->files, unit->file, &source))
		return NULL;
	key = unit_key(cache, unit, &source);
	path = entry_path(cache, key, ".m");
	manifest = read_manifest(path);
	name = manifest ? find_state(cache, manifest) : NULL;
	if (name && ret_manifest_path)
		*ret_manifest_path = g_steal_pointer(&path);
	return name;
}

char *cache_find(struct cache *cache, const struct compdb_unit *unit)
{
	return find(cache, unit, NULL);
}

struct facts *cache_load(struct cache *cache, const struct compdb_unit *unit, char **ret_name)
{
	g_autofree char *manifest_path = NULL;
	g_autofree char *name = find(cache, unit, &manifest_path);
	g_autofree char *facts_path = name ? entry_path(cache, name, ".f") : NULL;
	struct facts *facts = name ? read_facts(facts_path) : NULL;

	if (!facts)
		return NULL;
	touch(manifest_path);
	touch(facts_path);
	*ret_name = g_steal_pointer(&name);
	return facts;
}

/* The lines for the files that `facts` were made of, or NULL if one has no hash or no name that
 * fits in a line. */
static GString *file_lines(const struct compdb_unit *unit, const struct facts *facts)
{
	g_autoptr(GString) lines = g_string_new(NULL);

	for (guint i = 0; i < facts->files->len; i++) {
		const struct fact_file *file = &g_array_index(facts->files, struct fact_file, i);
		const struct file_hash hash = {.low = file->hash_low, .high = file->hash_high};
		g_autofree char *path = g_strdup(facts_string(facts, file->path));
		char text[33];

		if ((hash.low == 0 && hash.high == 0) || strchr(path, '\n'))
			return NULL;
		if (!(file->flags & FACT_FILE_IN_ROOT) && path[0] != '/') {
			char *absolute = g_canonicalize_filename(path, unit->directory);

			g_free(path);
			path = absolute;
		}
		g_string_append_printf(lines, "%s %s\n", hash_text(&hash, text), path);
	}
	return g_steal_pointer(&lines);
}

static bool write_entry(const char *path, const GString *bytes)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_mkdir(folder, 0777) < 0 && errno != EEXIST)
		return false;
	return file_path_replace(path, bytes->str, bytes->len);
}

static bool write_facts(const char *path, GBytes *bytes)
{
	g_autoptr(GString) whole = g_string_new(facts_magic);
	XXH128_canonical_t hash;
	gsize size;
	const char *data = g_bytes_get_data(bytes, &size);

	XXH128_canonicalFromHash(&hash, XXH3_128bits(data, size));
	g_string_append_len(whole, (const char *)hash.digest, sizeof(hash.digest));
	g_string_append_len(whole, data, (gssize)size);
	return write_entry(path, whole);
}

/* Appends the states of `old`, newest first, as many as may stay, without the one called `name`. */
static void append_states(GString *manifest, const char *old, const char *name)
{
	const char *state = old ? strstr(old, "\n= ") : NULL;
	guint count = 1;

	while (state && count < STATES_LIMIT) {
		const char *next = strstr(state + 1, "\n= ");
		size_t size = next ? (size_t)(next - state) : strlen(state + 1);

		if (strncmp(state + 3, name, strlen(name)) != 0) {
			g_string_append_len(manifest, state + 1, (gssize)size);
			count++;
		}
		state = next;
	}
}

char *cache_store(struct cache *cache, const struct compdb_unit *unit, const struct facts *facts,
		  GBytes *bytes)
{
	g_autoptr(GString) lines = NULL;
	g_autoptr(GString) manifest = g_string_new(manifest_header);
	g_autoptr(GString) state = NULL;
	g_autofree char *key = NULL;
	g_autofree char *name = NULL;
	g_autofree char *manifest_path = NULL;
	g_autofree char *facts_path = NULL;
	g_autofree char *old = NULL;
	const struct fact_file *source;
	struct file_hash hash;

	if (facts->diagnostics->len > 0 || facts->files->len == 0)
		return NULL;
	lines = file_lines(unit, facts);
	if (!lines)
		return NULL;
	/* The bytes that were parsed count, not those that stand there now. */
	source = &g_array_index(facts->files, struct fact_file, 0);
	hash = (struct file_hash){.low = source->hash_low, .high = source->hash_high};
	key = unit_key(cache, unit, &hash);
	state = g_string_new(key);
	g_string_append(state, lines->str);
	name = hash_name(state->str, state->len);
	manifest_path = entry_path(cache, key, ".m");
	facts_path = entry_path(cache, name, ".f");
	old = read_manifest(manifest_path);
	g_string_append_printf(manifest, "= %s\n%s", name, lines->str);
	append_states(manifest, old, name);
	cache->stored = true;
	if (!write_facts(facts_path, bytes) || !write_entry(manifest_path, manifest))
		return NULL;
	return g_steal_pointer(&name);
}

/* A file of the cache, for counting and removing. */
struct cached_file {
	char *path;
	guint64 size;
	gint64 used_ns;
};

static void cached_file_clear(gpointer data)
{
	g_free(((struct cached_file *)data)->path);
}

static void list_folder(const char *folder, GArray *files)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	if (!dir)
		return;
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct cached_file file = {0};
		struct stat status;

		if (lstat(path, &status) < 0 || !S_ISREG(status.st_mode))
			continue;
		file.path = g_steal_pointer(&path);
		file.size = (guint64)status.st_size;
		file.used_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
		g_array_append_val(files, file);
	}
	g_dir_close(dir);
}

static GArray *list_files(const char *directory)
{
	GArray *files = g_array_new(FALSE, FALSE, sizeof(struct cached_file));

	g_array_set_clear_func(files, cached_file_clear);
	for (guint i = 0; i < 256; i++) {
		g_autofree char *folder = g_strdup_printf("%s/%02x", directory, i);

		list_folder(folder, files);
	}
	return files;
}

static int compare_age(gconstpointer left, gconstpointer right)
{
	const struct cached_file *a = left, *b = right;

	return (a->used_ns > b->used_ns) - (a->used_ns < b->used_ns);
}

/* Removes the least recently used files until the cache is a fifth below its limit. */
static void trim(const struct cache *cache)
{
	g_autoptr(GArray) files = list_files(cache->directory);
	guint64 size = 0;

	for (guint i = 0; i < files->len; i++)
		size += g_array_index(files, struct cached_file, i).size;
	if (size <= cache->limit)
		return;
	g_array_sort(files, compare_age);
	for (guint i = 0; i < files->len && size > cache->limit / 5 * 4; i++) {
		const struct cached_file *file = &g_array_index(files, struct cached_file, i);

		(void)g_unlink(file->path);
		size -= file->size;
	}
}

void cache_close(struct cache *cache)
{
	if (!cache)
		return;
	file_table_close(cache->files);
	if (cache->stored)
		trim(cache);
	g_free(cache->directory);
	g_free(cache->root);
	g_free(cache);
}

void cache_measure(const char *directory, guint64 *ret_bytes, guint *ret_files)
{
	g_autoptr(GArray) files = list_files(directory);

	*ret_bytes = 0;
	for (guint i = 0; i < files->len; i++)
		*ret_bytes += g_array_index(files, struct cached_file, i).size;
	*ret_files = files->len;
}
