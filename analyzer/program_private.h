/* What the parts of linking share, and nobody else sees. */
#ifndef CONTLINT_ANALYZER_PROGRAM_PRIVATE_H
#define CONTLINT_ANALYZER_PROGRAM_PRIVATE_H

#include "analyzer/condition.h"
#include "analyzer/program.h"
#include "analyzer/targets.h"

/* Where a unit comes from, as numbers: equal ones are the same target, flags or folder. */
struct unit_origin {
	uint32_t target, flags, folder;
};

struct program_private {
	GStringChunk *names;
	GHashTable *symbol_by_usr;   /* const char * -> program symbol + 1 */
	uint32_t **unit_functions;   /* unit -> facts function row -> program function or NONE */
	uint32_t *first_definition;  /* symbol -> row in definitions; symbol_count + 1 rows */
	struct unit_origin *origins; /* by unit */
	uint32_t *definitions;       /* program functions, by symbol */
	struct targets *targets;
	struct conditions *conditions;
	struct paths *paths; /* paths.c; NULL until asked for */
	struct locks *locks; /* lock.c; NULL until asked for */
	struct costs *costs; /* cost.c; NULL until asked for */
	double cost_limit;   /* asked for by the user, 0 for the usual one */
};

/* Numbers the targets, flags and folders of all units, so that comparing them is cheap. */
void program_number_origins(struct program *program);

/* The definition that a use of `symbol` in `unit` means: its only one, else the one in the same
 * unit, target or directory. PROGRAM_NONE if there is none or if several fit equally; the latter
 * sets *ret_ambiguous when given. */
uint32_t program_resolve(const struct program *program, uint32_t unit, uint32_t symbol,
			 bool *ret_ambiguous);

#endif
