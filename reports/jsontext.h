/* JSON out, through jansson: text of others may be no UTF-8, which JSON cannot hold. */
#ifndef CONTLINT_REPORTS_JSONTEXT_H
#define CONTLINT_REPORTS_JSONTEXT_H

#include <glib.h>
#include <jansson.h>

/* A string, with U+FFFD for what is not UTF-8; null for NULL. */
json_t *jsontext_new(const char *text);

/* Sets `key` of `object` to `text`; nothing for NULL. */
void jsontext_set(json_t *object, const char *key, const char *text);

/* Appends `value`, which is given up, with jansson's `flags`. */
void jsontext_append(json_t *value, size_t flags, GString *out);

#endif
