/* Mappings of a model file into C structs, by tables of keys: what may stand there is data, and
 * every mistake is found in one place. */
#ifndef CONTLINT_ANALYZER_MODELS_MODEL_MAP_H
#define CONTLINT_ANALYZER_MODELS_MODEL_MAP_H

#include "analyzer/models/model_condition.h"
#include "analyzer/models/model_private.h"

/* Argument of nothing yet: keys that were not given. */
#define MODEL_ABSENT (-2)

enum model_key_type {
	MODEL_KEY_TEXT,      /* const char *, interned */
	MODEL_KEY_FLAG,      /* bool */
	MODEL_KEY_ARGUMENT,  /* int: number of an argument, from 0 */
	MODEL_KEY_PLACE,     /* int: number of an argument, or -1 for "result" */
	MODEL_KEY_COUNT,     /* unsigned, then bool: "6", or "2+" if variadic */
	MODEL_KEY_NUMBER,    /* int64_t: decimal or hexadecimal */
	MODEL_KEY_WORD,      /* int: which of `words` */
	MODEL_KEY_CONDITION, /* const struct condition * */
	MODEL_KEY_WHEN,      /* the same; "true" means always, "false" leaves NULL */
	MODEL_KEY_TEXTS,     /* const char *const *, NULL-terminated */
	MODEL_KEY_MAP,       /* a struct by `map` */
	MODEL_KEY_MAPS,      /* pointer to an array by `map`, its guint count at `count_offset`;
			      * one mapping may stand for a list of one */
	MODEL_KEY_SKIP,      /* read elsewhere */
};

struct model_reader {
	struct models *models;
	const struct yaml_tree *tree;
	const char *library;
	struct condition_scope scope;
};

struct model_map;

struct model_key {
	const char *name;
	enum model_key_type type;
	size_t offset;
	const char *const *words;
	const struct model_map *map;
	size_t count_offset;
};

struct model_map {
	const char *what;             /* for messages: "a continuation" */
	const struct model_key *keys; /* ends with a NULL name; at most 32 */
	size_t size;                  /* of the struct read into */
	size_t row_size;              /* of the row kept, which is the first member of that */
	const void *initial;          /* of `size` bytes, or NULL for zeros */
	/* Checks and completes what was read, or NULL. */
	bool (*finish)(struct model_reader *reader, const struct yaml_node *node, void *row,
		       GError **error);
};

/* Reads the mapping `node` into `row`, which is set to the map's initial values first. */
bool model_map_read(struct model_reader *reader, const struct model_map *map,
		    const struct yaml_node *node, void *row, GError **error);

/* The text of `node` as an index into `words`; `what` names them in the message. */
bool model_map_word(struct model_reader *reader, const struct yaml_node *node, const char *what,
		    const char *const *words, int *ret_index, GError **error);

/* The value of `key` in mapping `node`, or NULL. */
const struct yaml_node *model_map_find(const struct yaml_node *node, const char *key);

#endif
