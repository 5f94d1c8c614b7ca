/* The mappings of a model file, and what they are read into. */
#ifndef CONTLINT_ANALYZER_MODEL_TABLES_H
#define CONTLINT_ANALYZER_MODEL_TABLES_H

#include "analyzer/model_map.h"

/* Drafts hold what is read until it is checked; rows are their first members. */

struct model_function_draft {
	struct model_function row;
	const struct condition *runs_loop;
	const char *instead;
};

/* A field or typedef. */
struct model_role {
	int context, calls;
};

struct model_file_draft {
	const char *library;
	const char *const *headers, *const *pkg_config, *const *defines;
	const char *offload;
	int platform;
};

extern const struct model_map model_function_map; /* struct model_function_draft */
extern const struct model_map model_role_map;     /* struct model_role */
extern const struct model_map model_file_map;     /* struct model_file_draft */

/* A list of nothing: for what was not given. */
extern const char *const model_no_texts[];

const char *model_platform_name(int platform);

#endif
