/* Keeps what model files say and finds it by name. Reading is model_read.c's. */
#include "analyzer/models/model.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/models/model_tables.h"
#include "analyzer/words.h"

enum { BLOCK_SIZE = 64 * 1024 };

GQuark models_error_quark(void)
{
	return g_quark_from_static_string("contlint-models");
}

void *model_allocate(void *keeper, size_t size)
{
	struct models *models = keeper;
	size_t aligned = (size + 15) & ~(size_t)15;
	char *block;

	if (aligned > BLOCK_SIZE / 4) {
		/* A block of its own, put before the last one, which stays open. */
		block = g_malloc0(aligned);
		g_ptr_array_insert(models->blocks, (gint)models->blocks->len - 1, block);
		return block;
	}
	if (models->block_used + aligned > BLOCK_SIZE) {
		g_ptr_array_add(models->blocks, g_malloc0(BLOCK_SIZE));
		models->block_used = 0;
	}
	block = g_ptr_array_index(models->blocks, models->blocks->len - 1);
	block += models->block_used;
	models->block_used += aligned;
	return block;
}

const char *model_intern(void *keeper, const char *text)
{
	struct models *models = keeper;

	return text ? g_string_chunk_insert_const(models->strings, text) : NULL;
}

static struct models *models_new(void)
{
	struct models *models = g_new0(struct models, 1);

	models->strings = g_string_chunk_new(BLOCK_SIZE);
	models->blocks = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(models->blocks, g_malloc0(BLOCK_SIZE));
	models->functions = g_hash_table_new(g_str_hash, g_str_equal);
	models->fields = g_hash_table_new(g_str_hash, g_str_equal);
	models->typedefs = g_hash_table_new(g_str_hash, g_str_equal);
	models->constants = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						  (GDestroyNotify)g_hash_table_unref);
	models->completion_words = model_no_texts;
	models->error_types = model_no_texts;
	models->function_list = g_ptr_array_new();
	models->field_list = g_ptr_array_new();
	models->typedef_list = g_ptr_array_new();
	models->library_list = g_ptr_array_new();
	models->constant_list = g_ptr_array_new();
	return models;
}

void models_free(struct models *models)
{
	if (!models)
		return;
	g_ptr_array_unref(models->function_list);
	g_ptr_array_unref(models->field_list);
	g_ptr_array_unref(models->typedef_list);
	g_ptr_array_unref(models->library_list);
	g_ptr_array_unref(models->constant_list);
	g_hash_table_unref(models->functions);
	g_hash_table_unref(models->fields);
	g_hash_table_unref(models->typedefs);
	g_hash_table_unref(models->constants);
	g_ptr_array_unref(models->blocks);
	g_string_chunk_free(models->strings);
	g_free(models);
}

static bool complain_read(const char *path, const char *problem, GError **error)
{
	g_set_error(error, MODELS_ERROR, MODELS_ERROR_READ, "%s: cannot be read: %s", path,
		    problem);
	return false;
}

/* Reads all of an open file of at most YAML_TREE_SIZE_MAX bytes. */
static bool read_all(int fd, const char *path, GByteArray *bytes, GError **error)
{
	struct stat status;
	ssize_t got = 1;

	if (fstat(fd, &status) < 0)
		return complain_read(path, g_strerror(errno), error);
	if (!S_ISREG(status.st_mode))
		return complain_read(path, "it is no regular file", error);
	if (status.st_size > YAML_TREE_SIZE_MAX)
		return complain_read(path, "it is larger than 4 MiB", error);
	g_byte_array_set_size(bytes, (guint)status.st_size + 1);
	bytes->len = 0;
	while (got > 0 && bytes->len < (guint)status.st_size) {
		got = read(fd, bytes->data + bytes->len, (size_t)status.st_size - bytes->len);
		if (got < 0)
			return complain_read(path, g_strerror(errno), error);
		bytes->len += (guint)got;
	}
	return true;
}

/* O_NONBLOCK, because a model folder of a stranger may hold a FIFO. */
static bool read_file(const char *path, GByteArray *bytes, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good;

	if (fd < 0)
		return complain_read(path, g_strerror(errno), error);
	good = read_all(fd, path, bytes, error);
	(void)close(fd);
	return good;
}

/* Adds the paths of the *.yaml files of `directory`, sorted; so the order of a disk decides
 * nothing. */
static bool list_files(const char *directory, GPtrArray *paths, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(GDir) open = g_dir_open(directory, 0, &problem);
	const char *name;

	if (!open) {
		g_set_error(error, MODELS_ERROR, MODELS_ERROR_READ, "%s", problem->message);
		return false;
	}
	while ((name = g_dir_read_name(open)))
		if (g_str_has_suffix(name, ".yaml") && name[0] != '.')
			g_ptr_array_add(paths, g_build_filename(directory, name, NULL));
	g_ptr_array_sort(paths, words_compare);
	return true;
}

/* The paths of the next layer of `places`, which is moved behind it: a folder, or files that follow
 * each other, which may use each other's constants as those of a folder do. NULL if it cannot be
 * read. */
static GPtrArray *next_layer(const char *const **places, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	for (; **places && g_file_test(**places, G_FILE_TEST_IS_REGULAR); (*places)++)
		g_ptr_array_add(paths, g_strdup(**places));
	if (paths->len > 0)
		return g_steal_pointer(&paths);
	if (!list_files(**places, paths, error))
		return NULL;
	(*places)++;
	return g_steal_pointer(&paths);
}

static struct yaml_tree *read_tree(struct models *models, const char *path, GError **error)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	if (!read_file(path, bytes, error))
		return NULL;
	return yaml_tree_read(model_intern(models, path), (const char *)bytes->data, bytes->len,
			      error);
}

static bool read_rows(struct models *models, GPtrArray *trees, GError **error)
{
	g_autoptr(GHashTable) functions = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) fields = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) typedefs = g_hash_table_new(g_str_hash, g_str_equal);
	struct model_layer layer = {functions, fields, typedefs};

	for (guint i = 0; i < trees->len; i++)
		if (!model_read_rows(models, &layer, g_ptr_array_index(trees, i), error))
			return false;
	return true;
}

static bool read_layer(struct models *models, const GPtrArray *paths, GError **error)
{
	g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)yaml_tree_free);

	for (guint i = 0; i < paths->len; i++) {
		struct yaml_tree *tree = read_tree(models, g_ptr_array_index(paths, i), error);

		if (!tree)
			return false;
		g_ptr_array_add(trees, tree);
		if (!model_read_library(models, tree, error))
			return false;
	}
	return read_rows(models, trees, error);
}

static int compare_functions(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const struct model_function *const *)a)->name,
		      (*(const struct model_function *const *)b)->name);
}

static int compare_fields(gconstpointer a, gconstpointer b)
{
	const struct model_field *left = *(const struct model_field *const *)a;
	const struct model_field *right = *(const struct model_field *const *)b;
	int order = strcmp(left->record, right->record);

	return order ? order : strcmp(left->field, right->field);
}

static int compare_typedefs(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const struct model_typedef *const *)a)->name,
		      (*(const struct model_typedef *const *)b)->name);
}

static int compare_libraries(gconstpointer a, gconstpointer b)
{
	return strcmp((*(const struct model_library *const *)a)->name,
		      (*(const struct model_library *const *)b)->name);
}

static int compare_constants(gconstpointer a, gconstpointer b)
{
	const struct model_constant *left = *(const struct model_constant *const *)a;
	const struct model_constant *right = *(const struct model_constant *const *)b;
	int order = strcmp(left->library, right->library);

	return order ? order : strcmp(left->name, right->name);
}

static void list_values(GHashTable *table, GPtrArray *list, GCompareFunc compare)
{
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, table);
	while (g_hash_table_iter_next(&i, NULL, &value))
		g_ptr_array_add(list, value);
	g_ptr_array_sort(list, compare);
}

static void list_constants(struct models *models, const char *library, GHashTable *table)
{
	GHashTableIter i;
	gpointer name, number;

	g_hash_table_iter_init(&i, table);
	while (g_hash_table_iter_next(&i, &name, &number)) {
		struct model_constant *constant = model_allocate(models, sizeof(*constant));

		constant->name = name;
		constant->library = library;
		constant->number = *(const int64_t *)number;
		g_ptr_array_add(models->constant_list, constant);
	}
}

static void list_functions(struct models *models)
{
	GHashTableIter i;
	gpointer name, row;

	g_hash_table_iter_init(&i, models->functions);
	while (g_hash_table_iter_next(&i, &name, &row))
		if (strcmp(name, ((const struct model_function *)row)->name) == 0)
			g_ptr_array_add(models->function_list, row);
	g_ptr_array_sort(models->function_list, compare_functions);
}

static void list_all(struct models *models)
{
	GHashTableIter i;
	gpointer library, table;

	list_functions(models);
	list_values(models->fields, models->field_list, compare_fields);
	list_values(models->typedefs, models->typedef_list, compare_typedefs);
	g_hash_table_iter_init(&i, models->constants);
	while (g_hash_table_iter_next(&i, &library, &table))
		list_constants(models, library, table);
	g_ptr_array_sort(models->constant_list, compare_constants);
	g_ptr_array_sort(models->library_list, compare_libraries);
}

struct models *models_load(const char *const *directories, GError **error)
{
	g_autoptr(models_t) models = models_new();

	while (*directories) {
		g_autoptr(GPtrArray) paths = next_layer(&directories, error);

		if (!paths || !read_layer(models, paths, error))
			return NULL;
	}
	list_all(models);
	return g_steal_pointer(&models);
}

const struct model_function *models_function(const struct models *models, const char *name)
{
	return g_hash_table_lookup(models->functions, name);
}

const struct model_field *models_field(const struct models *models, const char *record,
				       const char *field)
{
	char key[256];
	int size = g_snprintf(key, sizeof(key), "%s.%s", record, field);

	return size < (int)sizeof(key) ? g_hash_table_lookup(models->fields, key) : NULL;
}

const struct model_typedef *models_typedef(const struct models *models, const char *name)
{
	return g_hash_table_lookup(models->typedefs, name);
}

const GPtrArray *models_functions(const struct models *models)
{
	return models->function_list;
}

const GPtrArray *models_fields(const struct models *models)
{
	return models->field_list;
}

const GPtrArray *models_typedefs(const struct models *models)
{
	return models->typedef_list;
}

const GPtrArray *models_libraries(const struct models *models)
{
	return models->library_list;
}

const char *const *models_completion_words(const struct models *models)
{
	return models->completion_words;
}

const char *const *models_error_types(const struct models *models)
{
	return models->error_types;
}

const GPtrArray *models_constants(const struct models *models)
{
	return models->constant_list;
}

/* Name, size and bytes. */
static bool hash_file(GChecksum *checksum, const char *path, GError **error)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	guint64 size;

	if (!read_file(path, bytes, error))
		return false;
	size = GUINT64_TO_LE(bytes->len);
	g_checksum_update(checksum, (const guchar *)name, (gssize)strlen(name) + 1);
	g_checksum_update(checksum, (const guchar *)&size, sizeof(size));
	g_checksum_update(checksum, bytes->data, bytes->len);
	return true;
}

char *models_hash(const char *const *directories, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	while (*directories) {
		g_autoptr(GPtrArray) paths = next_layer(&directories, error);

		if (!paths)
			return NULL;
		for (guint i = 0; i < paths->len; i++)
			if (!hash_file(checksum, g_ptr_array_index(paths, i), error))
				return NULL;
	}
	return g_strdup(g_checksum_get_string(checksum));
}
