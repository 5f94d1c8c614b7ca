/* Which rules are on: what --rules means. */
#ifndef CONTLINT_CLI_RULE_CHOICE_H
#define CONTLINT_CLI_RULE_CHOICE_H

#include <glib.h>

#include "rules/rule.h"

/* `list` is names separated by commas; * stands for any letters, "contlint-" in front is allowed.
 * "+name" adds to the rules that are on by default, "-name" takes away, a plain name first means
 * only what is named. NULL: the default. On a name that fits no rule NULL and a sentence. The array
 * ends with NULL and is the caller's (g_free); the rules are static. */
const struct rule **rule_choice_parse(const char *list, GError **error);

/* The rule `name`, with or without "contlint-" in front. NULL and a sentence if there is none. */
const struct rule *rule_choice_find(const char *name, GError **error);

#endif
