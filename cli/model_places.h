/* Where the models are at run time. */
#ifndef CONTLINT_CLI_MODEL_PLACES_H
#define CONTLINT_CLI_MODEL_PLACES_H

#include "analyzer/models/model.h"

/* The folder of contlint's own models: $CONTLINT_MODELS, else share/contlint/models beside the
 * bin folder of this executable, else those of the source tree it was built from, else those of
 * the prefix it was built for. Caller frees. */
char *model_places_builtin(void);

/* The built-in models, then those of the project (ROOT/.contlint/models), then the folders and
 * files in `extra` (NULL or NULL-terminated), later ones winning. `root` may be NULL.
 * "builtin:NAME" in `extra` stands for one of the built-in libraries: then only those that are
 * named are read, or all if "builtin" is there too. */
struct models *model_places_load(const char *root, char *const *extra, GError **error);

/* models_hash() of the same folders: what tells whether the models have changed, without the time
 * to parse them. Caller frees. */
char *model_places_hash(const char *root, char *const *extra, GError **error);

#endif
