/* Fills structs from mappings by tables of keys. */
#include "analyzer/models/model_map.h"

#include <string.h>

#include "analyzer/words.h"

enum { KEYS_MAX = 64, ITEMS_MAX = 256 };

static bool expect_scalar(struct model_reader *reader, const struct yaml_node *node,
			  const char *what, GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && (node->quoted || *node->text))
		return true;
	return yaml_tree_complain(reader->tree, node, 0, error, "%s is expected here", what);
}

static bool read_text(struct model_reader *reader, const struct yaml_node *node,
		      const char **ret_text, GError **error)
{
	if (!expect_scalar(reader, node, "a text", error))
		return false;
	*ret_text = model_intern(reader->models, node->text);
	return true;
}

static bool read_flag(struct model_reader *reader, const struct yaml_node *node, bool *ret_flag,
		      GError **error)
{
	int index;

	if (!model_map_word(reader, node, "true or false",
			    (const char *const[]){"false", "true", NULL}, &index, error))
		return false;
	*ret_flag = index == 1;
	return true;
}

static bool read_argument(struct model_reader *reader, const struct yaml_node *node,
			  int *ret_argument, GError **error)
{
	static const char what[] = "the number of an argument, from 0,";
	int64_t number;

	if (!expect_scalar(reader, node, what, error))
		return false;
	if (!condition_number(node->text, &number) || number < 0 || number > 63)
		return yaml_tree_complain(reader->tree, node, 0, error, "%s is expected here",
					  what);
	*ret_argument = (int)number;
	return true;
}

static bool read_place(struct model_reader *reader, const struct yaml_node *node, int *ret_argument,
		       GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && strcmp(node->text, "result") == 0) {
		*ret_argument = -1;
		return true;
	}
	return read_argument(reader, node, ret_argument, error);
}

static bool read_number(struct model_reader *reader, const struct yaml_node *node,
			int64_t *ret_number, GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && condition_number(node->text, ret_number))
		return true;
	return yaml_tree_complain(reader->tree, node, 0, error,
				  "a decimal or hexadecimal number of 64 bits is expected here");
}

/* "6", or "2+" if more may follow. */
static bool read_count(struct model_reader *reader, const struct yaml_node *node,
		       unsigned *ret_count, bool *ret_variadic, GError **error)
{
	g_autofree char *digits = NULL;
	int64_t number;

	if (!expect_scalar(reader, node, "a number of arguments", error))
		return false;
	digits = g_strdup(node->text);
	*ret_variadic = g_str_has_suffix(digits, "+");
	if (*ret_variadic)
		digits[strlen(digits) - 1] = 0;
	if (!condition_number(digits, &number) || number < 0 || number > 64)
		return yaml_tree_complain(
			reader->tree, node, 0, error,
			"a number of arguments is expected here, such as 3 or 2+");
	*ret_count = (unsigned)number;
	return true;
}

static bool read_condition(struct model_reader *reader, const struct yaml_node *node,
			   const struct condition **ret_condition, GError **error)
{
	g_autofree char *problem = NULL;
	unsigned column = 0;

	if (!expect_scalar(reader, node, "a condition", error))
		return false;
	*ret_condition = condition_parse(node->text, &reader->scope, &column, &problem);
	if (*ret_condition)
		return true;
	if (yaml_node_is_verbatim(node))
		return yaml_tree_complain(reader->tree, node, column + node->quoted, error, "%s",
					  problem);
	return yaml_tree_complain(reader->tree, node, 0, error, "%s (column %u of the condition)",
				  problem, column + 1);
}

static bool read_when(struct model_reader *reader, const struct yaml_node *node,
		      const struct condition **ret_condition, GError **error)
{
	if (node->kind == YAML_NODE_SCALAR && strcmp(node->text, "false") == 0)
		return true;
	if (node->kind != YAML_NODE_SCALAR || strcmp(node->text, "true") != 0)
		return read_condition(reader, node, ret_condition, error);
	*ret_condition = &condition_always;
	return true;
}

static guint count_items(const struct yaml_node *list)
{
	guint count = 0;

	for (const struct yaml_node *item = list->first; item; item = item->next)
		count++;
	return count;
}

static bool read_texts(struct model_reader *reader, const struct yaml_node *node,
		       const char *const **ret_texts, GError **error)
{
	const char **texts;
	guint i = 0;

	if (node->kind != YAML_NODE_LIST || count_items(node) > ITEMS_MAX)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "a list of at most %d texts is expected here", ITEMS_MAX);
	texts = model_allocate(reader->models, (count_items(node) + 1) * sizeof(*texts));
	for (const struct yaml_node *item = node->first; item; item = item->next)
		if (!read_text(reader, item, &texts[i++], error))
			return false;
	*ret_texts = texts;
	return true;
}

/* Each mapping is read into scratch memory of the map's full size; only its row is kept. */
static bool read_maps(struct model_reader *reader, const struct model_key *key,
		      const struct yaml_node *node, char *row, GError **error)
{
	const struct model_map *map = key->map;
	bool single = node->kind == YAML_NODE_MAP;
	guint count = single ? 1 : count_items(node);
	g_autofree char *scratch = g_malloc(map->size);
	char *rows;
	guint i = 0;

	if (node->kind == YAML_NODE_SCALAR || count > ITEMS_MAX)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "%s, or a list of at most %d, is expected here",
					  map->what, ITEMS_MAX);
	rows = model_allocate(reader->models, count * map->row_size);
	for (const struct yaml_node *item = single ? node : node->first; item;
	     item = single ? NULL : item->next) {
		if (!model_map_read(reader, map, item, scratch, error))
			return false;
		memcpy(rows + i++ * map->row_size, scratch, map->row_size);
	}
	*(void **)(row + key->offset) = rows;
	*(guint *)(row + key->count_offset) = count;
	return true;
}

static bool read_value(struct model_reader *reader, const struct model_key *key,
		       const struct yaml_node *node, char *row, GError **error)
{
	void *target = row + key->offset;

	switch (key->type) {
	case MODEL_KEY_TEXT:
		return read_text(reader, node, target, error);
	case MODEL_KEY_FLAG:
		return read_flag(reader, node, target, error);
	case MODEL_KEY_ARGUMENT:
		return read_argument(reader, node, target, error);
	case MODEL_KEY_PLACE:
		return read_place(reader, node, target, error);
	case MODEL_KEY_COUNT:
		return read_count(reader, node, target, (bool *)(row + key->count_offset), error);
	case MODEL_KEY_NUMBER:
		return read_number(reader, node, target, error);
	case MODEL_KEY_WORD:
		return model_map_word(reader, node, key->name, key->words, target, error);
	case MODEL_KEY_CONDITION:
		return read_condition(reader, node, target, error);
	case MODEL_KEY_WHEN:
		return read_when(reader, node, target, error);
	case MODEL_KEY_TEXTS:
		return read_texts(reader, node, target, error);
	case MODEL_KEY_MAP:
		return model_map_read(reader, key->map, node, target, error);
	case MODEL_KEY_MAPS:
		return read_maps(reader, key, node, row, error);
	case MODEL_KEY_SKIP:
		return true;
	}
	return true;
}

bool model_map_word(struct model_reader *reader, const struct yaml_node *node, const char *what,
		    const char *const *words, int *ret_index, GError **error)
{
	g_autofree char *list = NULL;
	const char *near;

	if (node->kind == YAML_NODE_SCALAR) {
		for (int i = 0; words[i]; i++) {
			if (strcmp(words[i], node->text) == 0) {
				*ret_index = i;
				return true;
			}
		}
		near = nearest_word(node->text, words);
		if (near)
			return yaml_tree_complain(reader->tree, node, 0, error,
						  "\"%s\" is no %s; did you mean \"%s\"?",
						  node->text, what, near);
	}
	list = g_strjoinv(", ", (char **)words);
	return yaml_tree_complain(reader->tree, node, 0, error, "one of %s is expected here", list);
}

static bool complain_key(struct model_reader *reader, const struct model_map *map,
			 const struct yaml_node *node, GError **error)
{
	const char *names[KEYS_MAX + 1] = {NULL};
	g_autofree char *list = NULL;
	const char *near;

	for (unsigned i = 0; i < KEYS_MAX && map->keys[i].name; i++)
		names[i] = map->keys[i].name;
	near = nearest_word(node->text, names);
	if (near)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "\"%s\" is no key of %s; did you mean \"%s\"?",
					  node->text, map->what, near);
	list = g_strjoinv(", ", (char **)names);
	return yaml_tree_complain(reader->tree, node, 0, error,
				  "\"%s\" is no key of %s; its keys are %s", node->text, map->what,
				  list);
}

static bool read_pair(struct model_reader *reader, const struct model_map *map,
		      const struct yaml_node *name, guint64 *seen, char *row, GError **error)
{
	unsigned i = 0;

	if (name->kind != YAML_NODE_SCALAR)
		return yaml_tree_complain(reader->tree, name, 0, error, "a key is expected here");
	while (map->keys[i].name && strcmp(map->keys[i].name, name->text) != 0)
		i++;
	if (!map->keys[i].name)
		return complain_key(reader, map, name, error);
	if (*seen & (G_GUINT64_CONSTANT(1) << i))
		return yaml_tree_complain(reader->tree, name, 0, error, "\"%s\" is given twice",
					  name->text);
	*seen |= G_GUINT64_CONSTANT(1) << i;
	return read_value(reader, &map->keys[i], name->next, row, error);
}

bool model_map_read(struct model_reader *reader, const struct model_map *map,
		    const struct yaml_node *node, void *row, GError **error)
{
	guint64 seen = 0;

	if (map->initial)
		memcpy(row, map->initial, map->size);
	else
		memset(row, 0, map->size);
	if (node->kind != YAML_NODE_MAP)
		return yaml_tree_complain(reader->tree, node, 0, error,
					  "%s is expected here: keys and values", map->what);
	for (const struct yaml_node *name = node->first; name; name = name->next->next)
		if (!read_pair(reader, map, name, &seen, row, error))
			return false;
	return !map->finish || map->finish(reader, node, row, error);
}

const struct yaml_node *model_map_find(const struct yaml_node *node, const char *key)
{
	if (!node || node->kind != YAML_NODE_MAP)
		return NULL;
	for (const struct yaml_node *name = node->first; name; name = name->next->next)
		if (name->kind == YAML_NODE_SCALAR && strcmp(name->text, key) == 0)
			return name->next;
	return NULL;
}
