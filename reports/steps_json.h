/* The steps of a path as JSON and back: the same in the database and in reports. */
#ifndef CONTLINT_REPORTS_STEPS_JSON_H
#define CONTLINT_REPORTS_STEPS_JSON_H

#include <jansson.h>

#include "rules/finding.h"

/* Sets file, line and column of `object`, and the end if it is known. */
void steps_json_place(json_t *object, const struct finding_place *place);

/* An array with an object for each of `steps` (struct finding_step *). */
json_t *steps_json(const GPtrArray *steps);

/* Appends the steps that `text` says, as far as it can be read, to `way`. */
void steps_json_read(const char *text, struct finding_way *way);

#endif
