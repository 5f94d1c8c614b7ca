/* How models meet a program: which rows matched nothing, and which functions have no row. */
#ifndef CONTLINT_ANALYZER_MODEL_USE_H
#define CONTLINT_ANALYZER_MODEL_USE_H

#include "analyzer/program.h"

/* A row of a model file. Strings are the models'. */
struct model_row {
	const char *kind;   /* "function", "field", "typedef" */
	const char *name;   /* borrowed; a field's is without its record */
	const char *record; /* of a field, else NULL */
	const char *library, *file;
	unsigned line;
	bool used; /* the program names it, directly or by an alias */
};

/* All rows of libraries of which the program uses something, in order of library, file and line;
 * struct model_row. Caller frees. */
GArray *model_use_rows(const struct program *program);

/* A function without body and without row that continuations reach. */
struct model_wish {
	uint32_t symbol;
	guint continuations; /* that reach a call of it */
	guint calls;         /* places on I/O threads where it is called */
	const char *header;  /* that declares it, or "" */
	const char *library; /* the library that is modelled with that header, or NULL */
};

/* Those, most reached first; struct model_wish. Caller frees. */
GArray *model_use_wishes(const struct program *program);

/* Is `symbol` declared by a header of a library whose model has calls that block? */
bool model_use_blocks(const struct program *program, uint32_t symbol);

#endif
