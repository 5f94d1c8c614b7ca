/* libyaml's events into a tree of nodes, with everything refused that our files never need. */
#include "analyzer/models/yaml_tree.h"

#include <string.h>
#include <yaml.h>

G_DEFINE_QUARK(contlint - yaml - error, yaml_tree_error)

/* Where the next node goes: the container that is open. */
struct builder {
	struct yaml_tree *tree;
	struct yaml_node *open[YAML_TREE_DEPTH_MAX];
	const struct yaml_node **link[YAML_TREE_DEPTH_MAX]; /* of the next child */
	unsigned depth;
	unsigned documents;
};

static bool complain_at(const struct yaml_tree *tree, yaml_mark_t mark, GError **error,
			const char *text)
{
	g_set_error(error, YAML_TREE_ERROR, YAML_TREE_ERROR_SYNTAX, "%s:%zu:%zu: %s", tree->file,
		    mark.line + 1, mark.column + 1, text);
	return false;
}

bool yaml_tree_complain(const struct yaml_tree *tree, const struct yaml_node *node, unsigned offset,
			GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list list;

	va_start(list, format);
	text = g_strdup_vprintf(format, list);
	va_end(list);
	g_set_error(error, YAML_TREE_ERROR, YAML_TREE_ERROR_SYNTAX, "%s:%u:%u: %s", tree->file,
		    node->line, node->column + offset, text);
	return false;
}

enum { BLOCK_NODES = 512 };

static struct yaml_node *allocate(struct yaml_tree *tree)
{
	struct yaml_node *block;

	if (tree->blocks->len == 0 || tree->used == BLOCK_NODES) {
		g_ptr_array_add(tree->blocks, g_new0(struct yaml_node, BLOCK_NODES));
		tree->used = 0;
	}
	block = g_ptr_array_index(tree->blocks, tree->blocks->len - 1);
	return &block[tree->used++];
}

bool yaml_node_is_verbatim(const struct yaml_node *node)
{
	return node->width == (unsigned)g_utf8_strlen(node->text, -1) + (node->quoted ? 2 : 0);
}

static struct yaml_node *add(struct builder *builder, enum yaml_node_kind kind, yaml_mark_t mark)
{
	struct yaml_node *node = allocate(builder->tree);

	node->kind = kind;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	if (builder->depth == 0) {
		builder->tree->root = node;
	} else {
		*builder->link[builder->depth - 1] = node;
		builder->link[builder->depth - 1] = &node->next;
	}
	return node;
}

static bool open_container(struct builder *builder, enum yaml_node_kind kind, yaml_mark_t mark,
			   const yaml_char_t *anchor, const yaml_char_t *tag, GError **error)
{
	struct yaml_node *node;

	if (anchor || tag)
		return complain_at(builder->tree, mark, error,
				   "anchors and tags are not used here");
	if (builder->depth == YAML_TREE_DEPTH_MAX)
		return complain_at(builder->tree, mark, error, "this is nested too deeply");
	node = add(builder, kind, mark);
	builder->open[builder->depth] = node;
	builder->link[builder->depth] = &node->first;
	builder->depth++;
	return true;
}

static bool add_scalar(struct builder *builder, const yaml_event_t *event, GError **error)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	yaml_scalar_style_t style = event->data.scalar.style;
	struct yaml_node *node;

	if (event->data.scalar.anchor || event->data.scalar.tag)
		return complain_at(builder->tree, event->start_mark, error,
				   "anchors and tags are not used here");
	if (memchr(text, 0, size))
		return complain_at(builder->tree, event->start_mark, error,
				   "this text has a NUL byte in it");
	node = add(builder, YAML_NODE_SCALAR, event->start_mark);
	node->text = g_string_chunk_insert_len(builder->tree->strings, text, (gssize)size);
	node->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	node->width = (unsigned)(event->end_mark.index - event->start_mark.index);
	return true;
}

static bool take(struct builder *builder, const yaml_event_t *event, GError **error)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (builder->documents++ > 0)
			return complain_at(builder->tree, event->start_mark, error,
					   "a file is one document");
		return true;
	case YAML_ALIAS_EVENT:
		return complain_at(builder->tree, event->start_mark, error,
				   "aliases are not used here");
	case YAML_SCALAR_EVENT:
		return add_scalar(builder, event, error);
	case YAML_SEQUENCE_START_EVENT:
		return open_container(builder, YAML_NODE_LIST, event->start_mark,
				      event->data.sequence_start.anchor,
				      event->data.sequence_start.tag, error);
	case YAML_MAPPING_START_EVENT:
		return open_container(builder, YAML_NODE_MAP, event->start_mark,
				      event->data.mapping_start.anchor,
				      event->data.mapping_start.tag, error);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		builder->depth--;
		return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	}
	return true;
}

/* libyaml's problem is a phrase such as "did not find expected ',' or '}'". */
static bool complain_parser(const struct yaml_tree *tree, const yaml_parser_t *parser,
			    GError **error)
{
	g_autofree char *text = g_strdup_printf("this is not YAML: %s",
						parser->problem ? parser->problem : "no memory");

	return complain_at(tree, parser->problem_mark, error, text);
}

static bool read_events(struct builder *builder, yaml_parser_t *parser, GError **error)
{
	bool good = true, end = false;

	while (good && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return complain_parser(builder->tree, parser, error);
		end = event.type == YAML_STREAM_END_EVENT;
		good = take(builder, &event, error);
		yaml_event_delete(&event);
	}
	return good;
}

struct yaml_tree *yaml_tree_read(const char *file, const char *text, size_t size, GError **error)
{
	g_autoptr(yaml_tree_t) tree = g_new0(struct yaml_tree, 1);
	struct builder builder = {.tree = tree};
	yaml_parser_t parser;
	bool good;

	tree->file = file;
	tree->strings = g_string_chunk_new(16 * 1024);
	tree->blocks = g_ptr_array_new_with_free_func(g_free);
	if (size > YAML_TREE_SIZE_MAX) {
		g_set_error(error, YAML_TREE_ERROR, YAML_TREE_ERROR_SYNTAX,
			    "%s: a file has at most %u bytes", file, YAML_TREE_SIZE_MAX);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser))
		g_error("no memory for a YAML parser");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	good = read_events(&builder, &parser, error);
	yaml_parser_delete(&parser);
	return good ? g_steal_pointer(&tree) : NULL;
}

void yaml_tree_free(struct yaml_tree *tree)
{
	if (!tree)
		return;
	g_string_chunk_free(tree->strings);
	g_ptr_array_unref(tree->blocks);
	g_free(tree);
}

void yaml_append_quoted(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_printf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			g_string_append_printf(out, "\\x%02x", (unsigned char)*text);
		else
			g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
}
