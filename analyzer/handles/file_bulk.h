/* How much a program writes into its files: is the file behind this name or descriptor bulky?
 *
 * A file is bulky if it is written piece by piece, as often as there is something: in a loop, by a
 * continuation, from another file. What is written at once from one buffer, or line by line, is
 * not; what nobody here writes is unknown. */
#ifndef CONTLINT_ANALYZER_HANDLES_FILE_BULK_H
#define CONTLINT_ANALYZER_HANDLES_FILE_BULK_H

#include "analyzer/conditions/condition_private.h"

static inline bool file_bulk_is_about(enum condition_kind kind)
{
	return kind == CONDITION_BULKY || kind == CONDITION_FD_BULKY;
}

/* `atom`, of a kind that file_bulk_is_about(), on `value` at `at`: a formula over the function's
 * parameters. */
formula_id file_bulk_test(struct conditions *conditions, struct spot at, fact_id value,
			  const struct atom *atom);

/* Is the file that `value` names more than this name at `at`? The function has it open, has given
 * it another name, or has moved it away. */
bool file_bulk_lives_on(struct conditions *conditions, struct spot at, fact_id value);

void file_bulk_free(struct file_bulk *bulk);

#endif
