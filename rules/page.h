/* A rule's page: the same texts for the terminal and for the documentation. */
#ifndef CONTLINT_RULES_PAGE_H
#define CONTLINT_RULES_PAGE_H

#include "rules/rule.h"

/* Each appends to `out`. */
void page_text(const struct rule *rule, GString *out);
void page_markdown(const struct rule *rule, GString *out);
void page_markdown_help(const struct rule *rule, GString *out); /* without links */
void page_markdown_index(GString *out); /* the list of all rules, with links to their pages */

#endif
