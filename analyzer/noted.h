/* CONTLINT_CONTINUATION and CONTLINT_RUNS_ON on what is no function itself: a type of callbacks, a
 * parameter that takes one. What flows there is a continuation. */
#ifndef CONTLINT_ANALYZER_NOTED_H
#define CONTLINT_ANALYZER_NOTED_H

#include "analyzer/program.h"

struct noted {
	GHashTable *types;  /* name of a typedef -> enum model_context + 1 */
	GHashTable *params; /* pair_key(symbol, parameter) -> the same */
};

void noted_find(struct noted *noted, const struct program *program);
void noted_clear(struct noted *noted);

/* Where callbacks of that type, or in that parameter, run; false if nothing is said of them. */
bool noted_type(const struct noted *noted, const char *name, enum model_context *ret_context);
bool noted_param(const struct noted *noted, uint32_t symbol, uint32_t param,
		 enum model_context *ret_context);

/* Where an annotation of these two kinds says that something runs; false for other kinds. */
bool noted_context(const struct facts *facts, const struct fact_annotation *annotation,
		   enum model_context *ret_context);

#endif
