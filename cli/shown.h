/* Which findings people see. */
#ifndef CONTLINT_CLI_SHOWN_H
#define CONTLINT_CLI_SHOWN_H

#include "reports/filter.h"
#include "reports/formats/format.h"
#include "reports/store/store.h"

/* The confidence that `word` names. False and a sentence if it names none. */
bool shown_find_confidence(const char *word, enum finding_confidence *ret_confidence,
			   GError **error);

/* Those of `findings` that nothing hides, nobody has rejected in a review in `store` (NULL: none)
 * that are of `confidence` or better and that `filter` wants; the others are counted in `summary`.
 * They stay the property of `findings`. */
GPtrArray *shown_choose(const GPtrArray *findings, enum finding_confidence confidence,
			const struct filter *filter, struct store *store,
			struct report_summary *summary);

/* Those that `filter` wants and a comment, the configuration or a baseline hides; they stay the
 * property of `findings`. */
GPtrArray *shown_suppressed(const GPtrArray *findings, const struct filter *filter);

#endif
