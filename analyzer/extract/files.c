/* Files as every unit of a worker sees them. A file is known by the name the compiler gives it;
 * its stamp (inode, size, change time) is looked at for every unit, its bytes only when that has
 * changed. */
#include "analyzer/extract/files.h"

#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "analyzer/facts.h"

struct file_cache {
	char *root;
	GHashTable *entries; /* "directory\nname" or an absolute name -> struct file_entry * */
};

static void suppression_clear(gpointer data)
{
	struct suppression *suppression = data;

	g_free(suppression->rule);
	g_free(suppression->reason);
}

static void entry_forget(struct file_entry *entry)
{
	g_clear_pointer(&entry->suppressions, g_array_unref);
	entry->hash_low = entry->hash_high = 0;
	entry->is_read = false;
}

static void entry_free(gpointer data)
{
	struct file_entry *entry = data;

	entry_forget(entry);
	g_free(entry->path);
	g_free(entry->absolute);
	g_free(entry);
}

struct file_cache *file_cache_new(const char *root)
{
	struct file_cache *cache = g_new0(struct file_cache, 1);

	cache->root = g_strdup(root);
	cache->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
	return cache;
}

void file_cache_free(struct file_cache *cache)
{
	if (!cache)
		return;
	g_free(cache->root);
	g_hash_table_unref(cache->entries);
	g_free(cache);
}

const char *file_cache_root(const struct file_cache *cache)
{
	return cache->root;
}

/* What of `path` is below the root, or NULL. */
static const char *below_root(const struct file_cache *cache, const char *path)
{
	size_t size = strlen(cache->root);

	if (size <= 1 || strncmp(path, cache->root, size) != 0 || path[size] != '/')
		return NULL;
	return path + size + 1;
}

/* The name as it was found is tried before the resolved one: a link in the tree to a file outside
 * of it is a file of the tree. */
static struct file_entry *entry_new(const struct file_cache *cache, const char *directory,
				    const char *name, const char *real)
{
	struct file_entry *entry = g_new0(struct file_entry, 1);
	const char *relative;

	entry->absolute = g_canonicalize_filename(name, directory);
	relative = below_root(cache, entry->absolute);
	if (!relative && real)
		relative = below_root(cache, real);
	entry->in_root = relative != NULL;
	entry->path = g_strdup(relative ? relative : entry->absolute);
	return entry;
}

static void entry_read(struct file_entry *entry)
{
	g_autofree char *text = NULL;
	XXH128_hash_t hash;
	gsize size;

	entry_forget(entry);
	entry->is_read = true;
	if (!g_file_get_contents(entry->absolute, &text, &size, NULL))
		return;
	hash = XXH3_128bits(text, size);
	entry->hash_low = hash.low64;
	entry->hash_high = hash.high64;
	if (!entry->in_root)
		return;
	entry->suppressions = suppressions_find(text, size);
	if (entry->suppressions)
		g_array_set_clear_func(entry->suppressions, suppression_clear);
}

static void entry_refresh(struct file_entry *entry)
{
	struct stat now;
	int64_t changed;

	if (stat(entry->absolute, &now) < 0 || !S_ISREG(now.st_mode)) {
		entry_forget(entry);
		return;
	}
	changed = (int64_t)now.st_mtim.tv_sec * 1000000000 + now.st_mtim.tv_nsec;
	if (entry->is_read && entry->device == now.st_dev && entry->inode == now.st_ino &&
	    entry->size == (uint64_t)now.st_size && entry->changed_ns == changed)
		return;
	entry->device = now.st_dev;
	entry->inode = now.st_ino;
	entry->size = now.st_size;
	entry->changed_ns = changed;
	entry_read(entry);
}

const struct file_entry *file_cache_get(struct file_cache *cache, const char *directory,
					const char *name, const char *real)
{
	g_autofree char *key = g_path_is_absolute(name) ? g_strdup(name)
							: g_strconcat(directory, "\n", name, NULL);
	struct file_entry *entry = g_hash_table_lookup(cache->entries, key);

	if (!entry) {
		entry = entry_new(cache, directory, name, real);
		g_hash_table_insert(cache->entries, g_steal_pointer(&key), entry);
	}
	entry_refresh(entry);
	return entry;
}

/* True if a path can start at `at` in `text`: "-I/root/x" and "'/root/x" do, "/other/root" does
 * not. */
static bool starts_path(const char *text, const char *at)
{
	return at == text || !(g_ascii_isalnum(at[-1]) || strchr("/_.-", at[-1])) ||
	       (at - text >= 2 && at[-2] == '-' && g_ascii_isalpha(at[-1]) &&
		(at - text == 2 || at[-3] == ' '));
}

char *file_cache_relative_text(const struct file_cache *cache, const char *text)
{
	size_t root_size = strlen(cache->root);
	GString *out = g_string_new(NULL);
	const char *at;

	while (root_size > 1 && (at = strstr(text, cache->root))) {
		const char *after = at + root_size;

		g_string_append_len(out, text, at - text);
		if (!starts_path(text, at) ||
		    (*after && (g_ascii_isalnum(*after) || strchr("_.-", *after)))) {
			g_string_append_len(out, at, root_size);
		} else if (*after == '/' && after[1] && !g_ascii_isspace(after[1])) {
			after++;
		} else {
			g_string_append_c(out, '.');
		}
		text = after;
	}
	g_string_append(out, text);
	return g_string_free(out, FALSE);
}
