/* The mappings of a model file, and what they are read into. */
#ifndef CONTLINT_ANALYZER_MODELS_MODEL_TABLES_H
#define CONTLINT_ANALYZER_MODELS_MODEL_TABLES_H

#include "analyzer/models/model_map.h"

/* Drafts hold what is read until it is checked; rows are their first members. */

struct model_function_draft {
	struct model_function row;
	const struct condition *runs_loop, *submits;
	const char *instead;
};

/* A field or typedef. */
struct model_role {
	int context, calls;
	bool dispatches;
	struct model_status status;
};

struct model_file_draft {
	const char *library;
	const char *const *headers, *const *pkg_config, *const *defines;
	const char *const *completion_words, *const *error_types;
	const char *offload;
	bool many_threads;
	int platform;
};

extern const struct model_map model_function_map; /* struct model_function_draft */
extern const struct model_map model_role_map;     /* struct model_role */
extern const struct model_map model_file_map;     /* struct model_file_draft */

/* In model_contract.c. */
extern const struct model_map model_status_map;   /* struct model_status */
extern const struct model_map model_contract_map; /* struct model_contract */

/* The contract of a function whose model has none. */
#define MODEL_NO_CONTRACT                                                                          \
	{                                                                                          \
		.releases = -1, .frees = -1, .completes = -1, .announces = -1, .retracts = -1,     \
		.binds = -1, .status_in = -1, .holds = -1, .wraps = -1, .drops = -1                \
	}

/* In model_files.c. */
extern const struct model_map model_file_use_map; /* struct model_file */

/* What a function does with files if its model says nothing. */
#define MODEL_NO_FILE                                                                              \
	{                                                                                          \
		.opens = -1, .writes = -1, .size = -1, .times = -1, .renames = -1, .to = -1,       \
		.same_as = -1, .closes = -1                                                        \
	}

int model_file_last_argument(const struct model_file *file);

/* The highest argument that `contract` speaks of, -1 if none. */
int model_contract_last_argument(const struct model_contract *contract);

/* A list of nothing: for what was not given. */
extern const char *const model_no_texts[];

const char *model_platform_name(int platform);

#endif
