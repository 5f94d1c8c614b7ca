/* Model files as trees of nodes that know where they stand. The only door to libyaml for models.
 *
 * libcyaml is not used here: its schemas describe mappings with known keys, while a model file is
 * keyed by the names of functions, and it cannot say what key was meant.
 *
 * The text is hostile: anchors, aliases, tags and several documents are refused, depth and size are
 * bounded, so that the tree is never larger than a small multiple of the file. */
#ifndef CONTLINT_ANALYZER_MODEL_YAML_H
#define CONTLINT_ANALYZER_MODEL_YAML_H

#include <glib.h>
#include <stdbool.h>

#define MODEL_YAML_SIZE_MAX (4u * 1024 * 1024)
#define MODEL_YAML_DEPTH_MAX 12

enum model_node_kind { MODEL_NODE_SCALAR, MODEL_NODE_LIST, MODEL_NODE_MAP };

struct model_node {
	enum model_node_kind kind;
	unsigned line;   /* from 1 */
	unsigned column; /* from 1, in characters; that of an opening quote */
	unsigned width;  /* characters in the file, quotes included */
	bool quoted;
	const char *text;               /* scalar, without NUL bytes */
	const struct model_node *first; /* children; in a map key, value, key, value … */
	const struct model_node *next;
};

struct model_tree {
	const char *file;              /* borrowed: for messages */
	const struct model_node *root; /* NULL if the file says nothing */
	GStringChunk *strings;
	GPtrArray *blocks; /* of nodes */
	unsigned used;     /* nodes in the last block */
};

/* Reads `size` bytes of `text`; `file` must outlive the tree. NULL and a sentence with
 * file:line:column in `error` if it is not YAML or not the YAML that we take. */
struct model_tree *model_tree_read(const char *file, const char *text, size_t size, GError **error);
void model_tree_free(struct model_tree *tree);

/* True if the characters of a scalar stand in the file as they are in `text`: nothing is escaped or
 * folded, so that a place in the text is a place in the file. */
bool model_node_is_verbatim(const struct model_node *node);

/* Sets `error` to "file:line:column: " and the sentence; always returns false. `offset` is added to
 * the column. */
bool model_tree_complain(const struct model_tree *tree, const struct model_node *node,
			 unsigned offset, GError **error, const char *format, ...)
	G_GNUC_PRINTF(5, 6);

typedef struct model_tree model_tree_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(model_tree_t, model_tree_free)

#endif
