/* Where handles in some mode may get to: over the whole program, flow-insensitive, and too much
 * rather than too little. For rules that would else ask modes_is_handle() about every value. */
#ifndef CONTLINT_ANALYZER_HANDLES_HANDLE_REACH_H
#define CONTLINT_ANALYZER_HANDLES_HANDLE_REACH_H

#include "analyzer/program.h"

struct handle_reach;

/* Where the handles get to that models make with `mode`. NULL if no call of the program makes one.
 * Free with handle_reach_free(). */
struct handle_reach *handle_reach_new(const struct program *program, const char *mode);
void handle_reach_free(struct handle_reach *reach);
typedef struct handle_reach handle_reach_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(handle_reach_t, handle_reach_free)

/* May `value` be one in `function`? */
bool handle_reach_has(const struct handle_reach *reach, uint32_t function, fact_id value);

#endif
