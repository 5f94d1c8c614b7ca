/* Where reports go: what --format F[:PROFILE][=FILE] means, several times. */
#ifndef CONTLINT_CLI_OUTPUTS_H
#define CONTLINT_CLI_OUTPUTS_H

#include <stdio.h>

#include "reports/formats/format.h"

struct output {
	const struct format *format;
	char *profile; /* or NULL */
	char *path;    /* NULL: standard output */
};

/* True if `word` is one that outputs_parse() takes; else false and a sentence. */
bool outputs_check(const char *word, GError **error);

/* What `words` (NULL-terminated; NULL: text to standard output) ask for: struct output *, owned by
 * the array. NULL if a word is wrong, or two want standard output: the user has been told. */
GPtrArray *outputs_parse(char **words);

/* Writes them all; a file is replaced whole or not at all. False if one does not go: the user has
 * been told. Profile and colour of `input` are set here. */
bool outputs_write(const GPtrArray *outputs, const struct report_input *input);

/* True if one of them wants more than the findings: what record_load() reads. */
bool outputs_need_record(const GPtrArray *outputs);

/* Prints the formats with their summaries. */
void outputs_print_list(FILE *out);

#endif
