/* What the parts of linking share, and nobody else sees. */
#ifndef CONTLINT_ANALYZER_PROGRAM_PRIVATE_H
#define CONTLINT_ANALYZER_PROGRAM_PRIVATE_H

#include "analyzer/conditions/condition.h"
#include "analyzer/program.h"
#include "analyzer/targets.h"

/* Where a unit comes from, as numbers: equal ones are the same target, flags or folder. */
struct unit_origin {
	uint32_t target, flags, folder;
};

struct program_private {
	GStringChunk *names;
	GHashTable *symbol_by_usr; /* const char * -> program symbol + 1; NULL once all is joined */
	uint32_t **unit_functions; /* unit -> facts function row -> program function or NONE */
	uint32_t *first_definition;  /* symbol -> row in definitions; symbol_count + 1 rows */
	struct unit_origin *origins; /* by unit */
	uint32_t *definitions;       /* program functions, by symbol */
	struct targets *targets;
	struct conditions *conditions;
	struct paths *paths;           /* paths.c; NULL until asked for */
	struct locks *locks;           /* lock.c; NULL until asked for */
	struct costs *costs;           /* cost.c; NULL until asked for */
	struct call_index *call_index; /* call_index.c; NULL until asked for */
	bool *modelled;    /* by symbol: has a model. Asked of each call, so it is kept small */
	double cost_limit; /* asked for by the user, 0 for the usual one */
};

/* Numbers the targets, flags and folders of all units, so that comparing them is cheap. */
void program_number_origins(struct program *program);

void call_index_free(struct call_index *calls);

/* More definitions than this that fit equally say nothing. */
#define DEFINITIONS_MAX 8

/* Definitions that one name may mean. */
struct definitions {
	uint32_t functions[DEFINITIONS_MAX];
	guint count;    /* 0: there is none, or there are too many */
	bool ambiguous; /* several fit equally */
};

/* The definitions that a use of `symbol` in `unit` may mean: its only one, else the one in the same
 * unit, target or folder, else all that fit equally. */
struct definitions program_definitions(const struct program *program, uint32_t unit,
				       uint32_t symbol);

/* The same if it is just one, else PROGRAM_NONE: for what must be certain. */
uint32_t program_resolve(const struct program *program, uint32_t unit, uint32_t symbol);

/* The function of the program that `event`, a call of `unit`, is one of by name, or PROGRAM_NONE.
 */
uint32_t program_called(const struct program *program, uint32_t unit,
			const struct fact_event *event);

#endif
