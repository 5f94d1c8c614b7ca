/* The parts of a SARIF 2.1.0 log that are made in files of their own. */
#ifndef CONTLINT_REPORTS_FORMATS_SARIF_H
#define CONTLINT_REPORTS_FORMATS_SARIF_H

#include <jansson.h>

#include "reports/formats/format.h"
#include "reports/formats/source.h"

struct sarif {
	const struct report_input *input;
	struct sources *sources;
	GHashTable *line_hashes; /* path -> GPtrArray of line_hash_all(), or NULL */
	GHashTable *artifacts;   /* path -> json_t: its artifactLocation */
	GPtrArray *rules;        /* const char *: ids, the place is the index */
	bool github;             /* only what code scanning reads, and as it wants it */
};

/* The place of rule `id` in `rules`; it is added if it is new. */
guint sarif_rule_index(struct sarif *sarif, const char *id);

/* The description of every rule in `rules`. */
json_t *sarif_rules(const struct sarif *sarif);

/* A location; `message` may be NULL, `function` too. */
json_t *sarif_location(const struct sarif *sarif, const struct finding_place *place,
		       const char *message, const char *function);

/* One result, whole. */
json_t *sarif_result(struct sarif *sarif, const struct finding *finding);

#endif
