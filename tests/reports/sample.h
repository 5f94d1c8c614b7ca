/* A few findings by hand, for tests of what is made of them. */
#ifndef CONTLINT_TESTS_REPORTS_SAMPLE_H
#define CONTLINT_TESTS_REPORTS_SAMPLE_H

#include "rules/finding.h"

/* on_accept() -> resolve() -> getaddrinfo() in src/proxy.c, with its path and all its texts. */
struct finding *sample_finding(void);

/* An array that owns its findings, with `count` copies of the sample on as many lines, sealed. */
GPtrArray *sample_findings(guint count);

void sample_replace(char **text, const char *with);

#endif
