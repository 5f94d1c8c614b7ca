/* Takes what a model file says into the models: what its library is, then its rows. */
#include <string.h>

#include "analyzer/models/model_tables.h"

/* `more` after `texts`, without repeats. */
static const char *const *join_texts(struct models *models, const char *const *texts,
				     const char *const *more)
{
	guint count = g_strv_length((char **)texts), more_count = g_strv_length((char **)more);
	const char **joined = model_allocate(models, (count + more_count + 1) * sizeof(*joined));

	for (guint i = 0; i < count; i++)
		joined[i] = texts[i];
	for (guint i = 0; i < more_count; i++)
		if (!g_strv_contains(joined, more[i]))
			joined[count++] = more[i];
	return joined;
}

static struct model_library *library_named(struct models *models, const char *name)
{
	struct model_library *library;

	for (guint i = 0; i < models->library_list->len; i++) {
		library = g_ptr_array_index(models->library_list, i);
		if (library->name == name)
			return library;
	}
	library = model_allocate(models, sizeof(*library));
	library->name = name;
	library->headers = model_no_texts;
	library->pkg_config = model_no_texts;
	library->defines = model_no_texts;
	g_ptr_array_add(models->library_list, library);
	return library;
}

static bool read_constants(struct model_reader *reader, const struct yaml_node *node,
			   GError **error)
{
	GHashTable *table = g_hash_table_lookup(reader->models->constants, reader->library);

	if (!table) {
		table = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_insert(reader->models->constants, (gpointer)reader->library, table);
	}
	if (!node)
		return true;
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "constants are names with numbers");
	for (const struct yaml_node *name = node->first; name; name = name->next->next) {
		int64_t *number = model_allocate(reader->models, sizeof(*number));
		bool good = name->kind == YAML_NODE_SCALAR &&
			    name->next->kind == YAML_NODE_SCALAR &&
			    condition_number(name->next->text, number);

		if (!good)
			return yaml_tree_complain(
				reader->tree, name->next, 0, error,
				"a constant is a decimal or hexadecimal number of 64 bits");
		g_hash_table_replace(table, (gpointer)model_intern(reader->models, name->text),
				     number);
	}
	return true;
}

bool model_read_library(struct models *models, const struct yaml_tree *tree, GError **error)
{
	struct model_reader reader = {.models = models, .tree = tree};
	const struct yaml_node nothing = {.kind = YAML_NODE_MAP, .line = 1, .column = 1};
	const struct yaml_node *root = tree->root ? tree->root : &nothing;
	struct model_library *library;
	struct model_file_draft draft;

	if (!model_map_read(&reader, &model_file_map, root, &draft, error))
		return false;
	library = library_named(models, draft.library);
	library->headers = join_texts(models, library->headers, draft.headers);
	library->pkg_config = join_texts(models, library->pkg_config, draft.pkg_config);
	library->defines = join_texts(models, library->defines, draft.defines);
	models->completion_words =
		join_texts(models, models->completion_words, draft.completion_words);
	models->error_types = join_texts(models, models->error_types, draft.error_types);
	if (draft.offload)
		library->offload = draft.offload;
	library->many_threads |= draft.many_threads;
	if (draft.platform >= 0)
		library->platform = model_platform_name(draft.platform);
	reader.library = draft.library;
	return read_constants(&reader, model_map_find(root, "constants"), error);
}

static bool complain_twice(struct model_reader *reader, const struct yaml_node *name,
			   const char *file, unsigned line, GError **error)
{
	return yaml_tree_complain(reader->tree, name, 0, error,
				  "\"%s\" is modelled twice, first at %s:%u", name->text, file,
				  line);
}

/* Names of an overridden row must not lead to it any more. */
static void forget_function(struct models *models, const char *name)
{
	const struct model_function *old = g_hash_table_lookup(models->functions, name);

	if (!old || strcmp(old->name, name) != 0)
		return;
	for (const char *const *alias = old->aliases; *alias; alias++)
		if (g_hash_table_lookup(models->functions, *alias) == old)
			g_hash_table_remove(models->functions, *alias);
}

static bool add_function_name(struct model_reader *reader, struct model_layer *layer,
			      const struct yaml_node *node, const char *name,
			      struct model_function *row, GError **error)
{
	const struct model_function *first = g_hash_table_lookup(layer->functions, name);

	if (first) {
		struct yaml_node named = *node;

		named.text = name;
		return complain_twice(reader, &named, first->file, first->line, error);
	}
	forget_function(reader->models, name);
	g_hash_table_insert(layer->functions, (gpointer)name, row);
	g_hash_table_replace(reader->models->functions, (gpointer)name, row);
	return true;
}

static bool read_function(struct model_reader *reader, struct model_layer *layer,
			  const struct yaml_node *name, GError **error)
{
	struct model_function_draft draft;
	struct model_function *row;

	if (!model_map_read(reader, &model_function_map, name->next, &draft, error))
		return false;
	row = model_allocate(reader->models, sizeof(*row));
	*row = draft.row;
	row->name = model_intern(reader->models, name->text);
	row->library = reader->library;
	row->file = model_intern(reader->models, reader->tree->file);
	row->line = name->line;
	if (!add_function_name(reader, layer, name, row->name, row, error))
		return false;
	for (const char *const *alias = row->aliases; *alias; alias++)
		if (!add_function_name(reader, layer, name, *alias, row, error))
			return false;
	return true;
}

static bool read_field(struct model_reader *reader, struct model_layer *layer,
		       const struct yaml_node *name, GError **error)
{
	const char *dot = strchr(name->text, '.');
	const struct model_field *first = g_hash_table_lookup(layer->fields, name->text);
	struct model_field *row;
	g_autofree char *record = NULL;
	const char *key;
	struct model_role role;

	if (!dot || dot == name->text || !dot[1])
		return yaml_tree_complain(reader->tree, name, 0, error,
					  "a field is written record.field");
	if (first)
		return complain_twice(reader, name, first->file, first->line, error);
	if (!model_map_read(reader, &model_role_map, name->next, &role, error))
		return false;
	record = g_strndup(name->text, (gsize)(dot - name->text));
	row = model_allocate(reader->models, sizeof(*row));
	row->record = model_intern(reader->models, record);
	row->field = model_intern(reader->models, dot + 1);
	row->library = reader->library;
	row->context = (enum model_context)role.context;
	row->calls = (enum model_calls)role.calls;
	row->dispatches = role.dispatches;
	row->status = role.status;
	row->file = model_intern(reader->models, reader->tree->file);
	row->line = name->line;
	key = model_intern(reader->models, name->text);
	g_hash_table_insert(layer->fields, (gpointer)key, row);
	g_hash_table_replace(reader->models->fields, (gpointer)key, row);
	return true;
}

static bool read_typedef(struct model_reader *reader, struct model_layer *layer,
			 const struct yaml_node *name, GError **error)
{
	const struct model_typedef *first = g_hash_table_lookup(layer->typedefs, name->text);
	struct model_typedef *row;
	struct model_role role;

	if (first)
		return complain_twice(reader, name, first->file, first->line, error);
	if (!model_map_read(reader, &model_role_map, name->next, &role, error))
		return false;
	row = model_allocate(reader->models, sizeof(*row));
	row->name = model_intern(reader->models, name->text);
	row->library = reader->library;
	row->context = (enum model_context)role.context;
	row->calls = (enum model_calls)role.calls;
	row->status = role.status;
	row->file = model_intern(reader->models, reader->tree->file);
	row->line = name->line;
	g_hash_table_insert(layer->typedefs, (gpointer)row->name, row);
	g_hash_table_replace(reader->models->typedefs, (gpointer)row->name, row);
	return true;
}

/* Every pair of the mapping under `key` of the file. */
static bool read_section(struct model_reader *reader, struct model_layer *layer, const char *key,
			 bool (*read)(struct model_reader *reader, struct model_layer *layer,
				      const struct yaml_node *name, GError **error),
			 GError **error)
{
	const struct yaml_node *node = model_map_find(reader->tree->root, key);

	if (!node)
		return true;
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "%s are names with what is known about them", key);
	for (const struct yaml_node *name = node->first; name; name = name->next->next) {
		if (name->kind != YAML_NODE_SCALAR || !*name->text)
			return yaml_tree_complain(reader->tree, name, 0, error,
						  "a name is expected here");
		if (!read(reader, layer, name, error))
			return false;
	}
	return true;
}

bool model_read_rows(struct models *models, struct model_layer *layer, const struct yaml_tree *tree,
		     GError **error)
{
	const char *library = model_intern(models, model_map_find(tree->root, "library")->text);
	GHashTable *own = g_hash_table_lookup(models->constants, library);
	GHashTable *libc = g_hash_table_lookup(models->constants, "libc");
	GHashTable *const constants[] = {own, libc != own ? libc : NULL, NULL};
	struct model_reader reader = {
		.models = models,
		.tree = tree,
		.library = library,
		.scope = {constants, model_allocate, model_intern, models},
	};

	return read_section(&reader, layer, "functions", read_function, error) &&
	       read_section(&reader, layer, "fields", read_field, error) &&
	       read_section(&reader, layer, "typedefs", read_typedef, error);
}
