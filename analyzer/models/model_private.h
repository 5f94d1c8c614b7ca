/* What the reader of model files and the keeper of models share. */
#ifndef CONTLINT_ANALYZER_MODELS_MODEL_PRIVATE_H
#define CONTLINT_ANALYZER_MODELS_MODEL_PRIVATE_H

#include "analyzer/models/model.h"
#include "analyzer/models/yaml_tree.h"

struct models {
	GStringChunk *strings; /* interned */
	GPtrArray *blocks;     /* memory of all rows, freed in one stroke */
	size_t block_used;     /* of the last block */
	GHashTable *functions; /* name or alias -> struct model_function */
	GHashTable *fields;    /* "record.field" -> struct model_field */
	GHashTable *typedefs;  /* name -> struct model_typedef */
	GHashTable *constants; /* library -> GHashTable of name -> int64_t */
	const char *const *completion_words, *const *error_types;
	GPtrArray *function_list, *field_list, *typedef_list, *library_list, *constant_list;
};

/* Zeroed memory that lives as long as `keeper`, which is the models. */
void *model_allocate(void *keeper, size_t size);

/* The one copy of `text` that lives as long as `keeper`, which is the models. NULL gives NULL. */
const char *model_intern(void *keeper, const char *text);

/* What the files of one directory say, by name: no name may be said twice in one. */
struct model_layer {
	GHashTable *functions, *fields, *typedefs;
};

/* First pass: takes the library and its constants from `tree`, so that conditions in any file can
 * use constants of every other. */
bool model_read_library(struct models *models, const struct yaml_tree *tree, GError **error);

/* Second pass: takes functions, fields and typedefs. */
bool model_read_rows(struct models *models, struct model_layer *layer, const struct yaml_tree *tree,
		     GError **error);

#endif
