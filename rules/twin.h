/* The other form of a function: g_file_copy_async() beside g_file_copy(). */
#ifndef CONTLINT_RULES_TWIN_H
#define CONTLINT_RULES_TWIN_H

#include "analyzer/program.h"

/* Is there a type in the spelled type of `symbol` that a model knows as a completion? */
bool twin_takes_completion(const struct program *program, const struct program_symbol *symbol);

/* The twin of `symbol`, or PROGRAM_NONE. One called "async" that takes nobody to tell when it is
 * done is about something else that is asynchronous: a message that came by itself, say. */
uint32_t twin_of(const struct program *program, uint32_t symbol);

#endif
