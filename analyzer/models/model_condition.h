/* The condition language of model files: text to `struct condition`. docs/models.md has the
 * grammar. */
#ifndef CONTLINT_ANALYZER_MODELS_MODEL_CONDITION_H
#define CONTLINT_ANALYZER_MODELS_MODEL_CONDITION_H

#include "analyzer/models/model.h"

#define CONDITION_SIZE_MAX 2000
#define CONDITION_DEPTH_MAX 32

/* Where names of constants are looked up, and where the tree is kept. */
struct condition_scope {
	GHashTable *const *constants; /* NULL-terminated: name -> int64_t *; first wins */
	void *(*allocate)(void *keeper, size_t size); /* zeroed, lives as long as the models */
	const char *(*intern)(void *keeper, const char *text);
	void *keeper;
};

/* A condition that always holds. */
extern const struct condition condition_always;

/* Reads `text`. NULL if it is no condition; then `*ret_column` (from 0, in bytes) is where and
 * `*ret_problem` (the caller's) is a sentence without place. */
const struct condition *condition_parse(const char *text, const struct condition_scope *scope,
					unsigned *ret_column, char **ret_problem);

/* The highest argument that the condition looks at, -1 if none. */
int condition_last_argument(const struct condition *condition);

/* Whole text as a 64-bit number, decimal or hexadecimal, signed; false if it is none. */
bool condition_number(const char *text, int64_t *ret_number);

#endif
