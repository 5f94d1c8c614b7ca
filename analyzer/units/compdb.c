/* The compile database: JSON, a command or file names -> units with cleaned flags. */
#include "analyzer/units/compdb.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/units/command_line.h"
#include "analyzer/file_path.h"
#include "analyzer/units/project_root.h"

G_DEFINE_QUARK(contlint_compdb, compdb_error)

enum { DATABASE_LIMIT = 1 << 30 };

/* An entry as the database writes it, before anything is believed. */
struct entry {
	char *directory; /* absolute */
	char *file;      /* absolute, normalized */
	char **argv;
	char *output; /* or NULL */
};

struct builder {
	struct compdb *compdb;
	GHashTable *seen; /* char * -> itself: what tells units apart */
	GHashTable *refusals;
	guint cl_count;
};

static void entry_free(gpointer data)
{
	struct entry *entry = data;

	g_free(entry->directory);
	g_free(entry->file);
	g_strfreev(entry->argv);
	g_free(entry->output);
	g_free(entry);
}

static void unit_free(gpointer data)
{
	struct compdb_unit *unit = data;

	g_free(unit->directory);
	g_free(unit->file);
	g_free(unit->label);
	g_free(unit->target);
	g_ptr_array_unref(unit->flags);
	g_free(unit);
}

void compdb_free(struct compdb *compdb)
{
	if (!compdb)
		return;
	g_free(compdb->root);
	g_ptr_array_unref(compdb->units);
	g_ptr_array_unref(compdb->warnings);
	g_free(compdb);
}

static char *real_path(const char *path)
{
	char real[PATH_MAX];

	return realpath(path, real) ? g_strdup(real) : g_canonicalize_filename(path, NULL);
}

/* What two equal-named functions are told apart by: CMake's link target, else where the object
 * goes, else where the source is. */
static char *unit_target(const struct entry *entry, const char *output, const char *root)
{
	static const char mark[] = ".dir/";
	g_autofree char *path = NULL;
	g_autofree char *folder = NULL;
	const char *cmake;

	path = output ? g_canonicalize_filename(output, entry->directory) : g_strdup(entry->file);
	cmake = strstr(path, "CMakeFiles/");
	cmake = cmake ? strstr(cmake, mark) : NULL;
	if (cmake)
		folder = g_strndup(path, (gsize)(cmake - path) + strlen(mark) - 1);
	else
		folder = g_path_get_dirname(path);
	return g_strdup(file_path_relative(folder, root));
}

/* Two entries with the same key say the same. libtool compiles each file a second time with
 * -DPIC, which changes nothing that we see. */
static char *unit_key(const struct compdb_unit *unit)
{
	GString *key = g_string_new(unit->file);

	g_string_append_printf(key, "\n%s", unit->directory);
	for (guint i = 0; i < unit->flags->len; i++)
		if (strcmp(unit->flags->pdata[i], "-DPIC") != 0)
			g_string_append_printf(key, "\n%s", (const char *)unit->flags->pdata[i]);
	return g_string_free(key, FALSE);
}

static void add_unit(struct builder *builder, const struct entry *entry,
		     struct command_line *command)
{
	struct compdb *compdb = builder->compdb;
	struct compdb_unit *unit = g_new0(struct compdb_unit, 1);
	const char *output = entry->output ? entry->output : command->output;
	struct stat status;
	char *key;

	unit->directory = g_strdup(entry->directory);
	unit->file = g_strdup(entry->file);
	unit->label = g_strdup(file_path_relative(entry->file, compdb->root));
	unit->target = unit_target(entry, output, compdb->root);
	unit->flags = g_ptr_array_ref(command->flags);
	if (command->language && strcmp(command->language, "none") != 0) {
		g_ptr_array_add(unit->flags, g_strdup("-x"));
		g_ptr_array_add(unit->flags, g_strdup(command->language));
	}
	if (stat(unit->file, &status) == 0 && S_ISREG(status.st_mode))
		unit->size = (guint64)status.st_size;
	key = unit_key(unit);
	if (g_hash_table_add(builder->seen, key))
		g_ptr_array_add(compdb->units, unit);
	else
		unit_free(unit);
}

static void add_entry(struct builder *builder, const struct entry *entry)
{
	g_autoptr(command_line_t) command = command_line_parse(
		entry->argv, entry->directory, builder->compdb->root, builder->refusals);

	switch (command_line_language(command, entry->file)) {
	case COMMAND_C:
		add_unit(builder, entry, command);
		return;
	case COMMAND_CL:
		builder->cl_count++;
		builder->compdb->skipped_count++;
		return;
	case COMMAND_OTHER:
		builder->compdb->skipped_count++;
		return;
	}
	g_assert_not_reached();
}

static void add_warnings(const struct builder *builder, const char *name)
{
	g_autoptr(GList) flags = g_hash_table_get_keys(builder->refusals);
	GPtrArray *warnings = builder->compdb->warnings;

	flags = g_list_sort(flags, (GCompareFunc)strcmp);
	for (GList *item = flags; item; item = item->next) {
		const struct command_refusal *refusal =
			g_hash_table_lookup(builder->refusals, item->data);

		g_ptr_array_add(warnings,
				g_strdup_printf("%s: removed %s %u time%s: it %s", name,
						(const char *)item->data, refusal->count,
						refusal->count == 1 ? "" : "s", refusal->reason));
	}
	if (builder->cl_count > 0)
		g_ptr_array_add(warnings,
				g_strdup_printf("%s: skipped %u command%s of clang-cl or cl, whose "
						"options are not understood; use clang or gcc",
						name, builder->cl_count,
						builder->cl_count == 1 ? "" : "s"));
}

/* The root that was asked for, or the one that fits the C sources (all, if there is no C). */
static char *choose_root(const GPtrArray *entries, const char *root, const char *fallback)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new();

	if (root)
		return real_path(root);
	for (guint i = 0; i < entries->len; i++) {
		const struct entry *entry = entries->pdata[i];

		if (g_str_has_suffix(entry->file, ".c"))
			g_ptr_array_add(files, entry->file);
	}
	if (files->len == 0)
		return g_strdup(fallback);
	return project_root_of((char *const *)files->pdata, files->len, fallback);
}

struct compdb *compdb_empty(const char *root)
{
	struct compdb *compdb = g_new0(struct compdb, 1);

	compdb->root = g_strdup(root);
	compdb->units = g_ptr_array_new_with_free_func(unit_free);
	compdb->warnings = g_ptr_array_new_with_free_func(g_free);
	return compdb;
}

/* Entries -> units. `name` is for messages, `folder` the root if nothing better is found. */
static struct compdb *build(const GPtrArray *entries, const char *name, const char *root,
			    const char *folder)
{
	g_autofree char *chosen = choose_root(entries, root, folder);
	struct compdb *compdb = compdb_empty(chosen);
	struct builder builder = {
		.compdb = compdb,
		.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.refusals = command_refusals_new(),
	};

	compdb->entry_count = entries->len;
	for (guint i = 0; i < entries->len; i++)
		add_entry(&builder, entries->pdata[i]);
	add_warnings(&builder, name);
	g_hash_table_unref(builder.seen);
	g_hash_table_unref(builder.refusals);
	return compdb;
}

/* `items` as an argument vector, or NULL if one of them is no string. Caller frees. */
static char **read_arguments(const json_t *items)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	if (!json_is_array(items))
		return NULL;
	for (size_t i = 0; i < json_array_size(items); i++) {
		const char *word = json_string_value(json_array_get(items, i));

		if (!word)
			return NULL;
		g_strv_builder_add(builder, word);
	}
	return g_strv_builder_end(builder);
}

static char **read_command(const json_t *object, GError **error)
{
	const json_t *arguments = json_object_get(object, "arguments");
	const char *command = json_string_value(json_object_get(object, "command"));
	char **argv = NULL;

	if (arguments) {
		argv = read_arguments(arguments);
		if (!argv)
			g_set_error_literal(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED,
					    "\"arguments\" is not a list of strings");
		return argv;
	}
	if (!command) {
		g_set_error_literal(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED,
				    "has neither \"command\" nor \"arguments\"");
		return NULL;
	}
	/* Quotes and backslashes as a shell reads them; $, ` and the like stay as they are. */
	if (!g_shell_parse_argv(command, NULL, &argv, error))
		g_prefix_error(error, "\"command\" cannot be split: ");
	return argv;
}

/* One object of the list. NULL and an error that names no file yet. */
static struct entry *read_entry(const json_t *object, const char *folder, GError **error)
{
	const char *file = json_string_value(json_object_get(object, "file"));
	const char *directory = json_string_value(json_object_get(object, "directory"));
	const char *output = json_string_value(json_object_get(object, "output"));
	g_autofree char *absolute = NULL;
	struct entry *entry;
	char **argv;

	if (!json_is_object(object) || !file || file[0] == '\0') {
		g_set_error_literal(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED,
				    json_is_object(object) ? "has no \"file\""
							   : "is not an object");
		return NULL;
	}
	argv = read_command(object, error);
	if (!argv)
		return NULL;
	absolute = g_canonicalize_filename(directory ? directory : ".", folder);
	entry = g_new0(struct entry, 1);
	entry->directory = real_path(absolute);
	entry->file = file_path_resolve(file, entry->directory);
	entry->argv = argv;
	entry->output = g_strdup(output);
	return entry;
}

static GPtrArray *read_entries(const json_t *list, const char *path, const char *folder,
			       GError **error)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);

	if (!json_is_array(list)) {
		g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED,
			    "%s: is not a list of commands", path);
		return NULL;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct entry *entry = read_entry(json_array_get(list, i), folder, error);

		if (!entry) {
			g_prefix_error(error, "%s: entry %zu ", path, i + 1);
			return NULL;
		}
		g_ptr_array_add(entries, entry);
	}
	return g_steal_pointer(&entries);
}

/* The whole file as JSON; caller drops the reference. */
static json_t *read_json(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) problem = NULL;
	json_error_t where;
	json_t *list;
	gsize size;

	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_set_error(
			error, COMPDB_ERROR, COMPDB_ERROR_MISSING,
			"%s: no such file; CMake writes it with "
			"-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, `bear -- make` for other builds, or "
			"name the files: contlint check a.c -- -Iinclude",
			path);
		return NULL;
	}
	if (!file_path_read(path, DATABASE_LIMIT, &text, &size, &problem)) {
		g_set_error_literal(error, COMPDB_ERROR, COMPDB_ERROR_MISSING, problem->message);
		return NULL;
	}
	list = json_loadb(text, size, 0, &where);
	if (!list && where.line > 0)
		g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED, "%s:%d:%d: %s", path,
			    where.line, MAX(where.column, 1), where.text);
	else if (!list)
		g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_MALFORMED, "%s: %s", path,
			    where.text);
	return list;
}

/* An error if nothing of `compdb` can be analysed; takes it then. */
static struct compdb *need_units(struct compdb *compdb, const char *path, GError **error)
{
	if (compdb->units->len > 0)
		return compdb;
	if (compdb->entry_count == 0)
		g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_EMPTY, "%s: is an empty list", path);
	else
		g_set_error(
			error, COMPDB_ERROR, COMPDB_ERROR_EMPTY,
			"%s: has no C source among its %u commands%s", path, compdb->entry_count,
			compdb->warnings->len > 0 ? " (those of clang-cl are not understood)" : "");
	compdb_free(compdb);
	return NULL;
}

struct compdb *compdb_load(const char *path, const char *root, GError **error)
{
	g_autofree char *name = NULL;
	g_autofree char *absolute = NULL;
	g_autofree char *folder = NULL;
	g_autoptr(GPtrArray) entries = NULL;
	json_t *list;

	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		name = g_build_filename(path, "compile_commands.json", NULL);
	else
		name = g_strdup(path);
	list = read_json(name, error);
	if (!list)
		return NULL;
	absolute = real_path(name);
	folder = g_path_get_dirname(absolute);
	entries = read_entries(list, name, folder, error);
	json_decref(list);
	if (!entries)
		return NULL;
	return need_units(build(entries, name, root, folder), name, error);
}

static struct entry *new_entry(const char *file, const char *directory, char **argv)
{
	struct entry *entry = g_new0(struct entry, 1);

	entry->directory = g_strdup(directory);
	entry->file = file_path_resolve(file, directory);
	entry->argv = argv;
	return entry;
}

struct compdb *compdb_from_files(char *const *files, char *const *flags, const char *root,
				 GError **error)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
	g_autofree char *here = real_path(".");

	for (size_t i = 0; files[i]; i++) {
		g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

		if (!file_path_check(files[i], error))
			return NULL;
		g_strv_builder_add(argv, "cc");
		if (flags)
			g_strv_builder_addv(argv, (const char **)(gpointer)flags);
		g_ptr_array_add(entries, new_entry(files[i], here, g_strv_builder_end(argv)));
	}
	return need_units(build(entries, "command line", root, here), "command line", error);
}

/* The one input that is C. */
static const char *find_source(const struct command_line *command, GError **error)
{
	const char *source = NULL;

	for (guint i = 0; i < command->inputs->len; i++) {
		const char *input = command->inputs->pdata[i];

		if (command_line_language(command, input) != COMMAND_C)
			continue;
		if (source) {
			g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_USAGE,
				    "command has two C sources, %s and %s; extract takes one",
				    source, input);
			return NULL;
		}
		source = input;
	}
	if (!source)
		g_set_error_literal(error, COMPDB_ERROR, COMPDB_ERROR_USAGE,
				    "command has no C source in it");
	return source;
}

struct compdb *compdb_from_command(char *const *argv, const char *root, GError **error)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
	g_autoptr(GHashTable) refusals = command_refusals_new();
	g_autoptr(command_line_t) command = NULL;
	g_autofree char *here = real_path(".");
	const char *source;

	command = command_line_parse(argv, here, root ? root : here, refusals);
	source = find_source(command, error);
	if (!source || !file_path_check(source, error))
		return NULL;
	g_ptr_array_add(entries, new_entry(source, here, g_strdupv((char **)argv)));
	return need_units(build(entries, "command", root, here), "command", error);
}

void compdb_add_unit(struct compdb *compdb, const char *label, const char *target)
{
	struct compdb_unit *unit = g_new0(struct compdb_unit, 1);

	unit->directory = g_strdup(compdb->root);
	unit->file = g_canonicalize_filename(label, compdb->root);
	unit->label = g_strdup(label);
	unit->target = g_strdup(target);
	unit->flags = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(compdb->units, unit);
	compdb->entry_count++;
}

static bool has_file(const struct compdb *compdb, const char *file)
{
	for (guint i = 0; i < compdb->units->len; i++)
		if (strcmp(((struct compdb_unit *)compdb->units->pdata[i])->file, file) == 0)
			return true;
	return false;
}

bool compdb_select(struct compdb *compdb, char *const *files, GError **error)
{
	g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *here = g_get_current_dir();

	for (size_t i = 0; files[i]; i++) {
		char *file = file_path_resolve(files[i], here);

		g_hash_table_add(wanted, file);
		if (has_file(compdb, file))
			continue;
		g_set_error(error, COMPDB_ERROR, COMPDB_ERROR_USAGE,
			    "%s: is not a C source of the compile database", files[i]);
		return false;
	}
	for (guint i = compdb->units->len; i > 0; i--)
		if (!g_hash_table_contains(
			    wanted, ((struct compdb_unit *)compdb->units->pdata[i - 1])->file))
			g_ptr_array_remove_index(compdb->units, i - 1);
	return true;
}

void compdb_add_flags(struct compdb *compdb, char *const *flags, const char *name)
{
	struct builder builder = {.compdb = compdb, .refusals = command_refusals_new()};
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
	g_auto(GStrv) words = NULL;
	g_autoptr(command_line_t) command = NULL;

	g_strv_builder_add(argv, "cc");
	g_strv_builder_addv(argv, (const char **)(gpointer)flags);
	words = g_strv_builder_end(argv);
	command = command_line_parse(words, compdb->root, compdb->root, builder.refusals);
	add_warnings(&builder, name);
	g_hash_table_unref(builder.refusals);
	for (guint i = 0; i < compdb->units->len; i++) {
		struct compdb_unit *unit = g_ptr_array_index(compdb->units, i);

		for (guint k = 0; k < command->flags->len; k++)
			g_ptr_array_add(unit->flags, g_strdup(command->flags->pdata[k]));
	}
}

void compdb_keep(struct compdb *compdb, bool (*keep)(const char *label, const void *data),
		 const void *data)
{
	for (guint i = compdb->units->len; i-- > 0;) {
		const struct compdb_unit *unit = g_ptr_array_index(compdb->units, i);

		if (!keep(unit->label, data))
			g_ptr_array_remove_index(compdb->units, i);
	}
}
