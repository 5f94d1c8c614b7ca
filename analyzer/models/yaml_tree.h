/* YAML files - models, baselines, the configuration - as trees of nodes that know where they stand.
 * The only door to libyaml.
 *
 * libcyaml is not used here: its schemas describe mappings with known keys, while a model file is
 * keyed by the names of functions, and it cannot say what key was meant.
 *
 * The text is hostile: anchors, aliases, tags and several documents are refused, depth and size are
 * bounded, so that the tree is never larger than a small multiple of the file. */
#ifndef CONTLINT_ANALYZER_MODELS_YAML_TREE_H
#define CONTLINT_ANALYZER_MODELS_YAML_TREE_H

#include <glib.h>
#include <stdbool.h>

#define YAML_TREE_SIZE_MAX (4u * 1024 * 1024)
#define YAML_TREE_DEPTH_MAX 12

enum yaml_node_kind { YAML_NODE_SCALAR, YAML_NODE_LIST, YAML_NODE_MAP };

struct yaml_node {
	enum yaml_node_kind kind;
	unsigned line;   /* from 1 */
	unsigned column; /* from 1, in characters; that of an opening quote */
	unsigned width;  /* characters in the file, quotes included */
	bool quoted;
	const char *text;              /* scalar, without NUL bytes */
	const struct yaml_node *first; /* children; in a map key, value, key, value … */
	const struct yaml_node *next;
};

struct yaml_tree {
	const char *file;             /* borrowed: for messages */
	const struct yaml_node *root; /* NULL if the file says nothing */
	GStringChunk *strings;
	GPtrArray *blocks; /* of nodes */
	unsigned used;     /* nodes in the last block */
};

/* Reads `size` bytes of `text`; `file` must outlive the tree. NULL and a sentence with
 * file:line:column in `error` if it is not YAML or not the YAML that we take. */
struct yaml_tree *yaml_tree_read(const char *file, const char *text, size_t size, GError **error);
void yaml_tree_free(struct yaml_tree *tree);

/* True if the characters of a scalar stand in the file as they are in `text`: nothing is escaped or
 * folded, so that a place in the text is a place in the file. */
bool yaml_node_is_verbatim(const struct yaml_node *node);

/* Appends `text` in double quotes, so that YAML reads it as it is. */
void yaml_append_quoted(GString *out, const char *text);

/* Sets `error` to "file:line:column: " and the sentence; always returns false. `offset` is added to
 * the column. */
bool yaml_tree_complain(const struct yaml_tree *tree, const struct yaml_node *node, unsigned offset,
			GError **error, const char *format, ...) G_GNUC_PRINTF(5, 6);

GQuark yaml_tree_error_quark(void);
#define YAML_TREE_ERROR (yaml_tree_error_quark())
enum yaml_tree_error { YAML_TREE_ERROR_SYNTAX };

typedef struct yaml_tree yaml_tree_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(yaml_tree_t, yaml_tree_free)

#endif
