/* The options that say which findings are wanted, for the commands that show findings. */
#ifndef CONTLINT_CLI_FILTERING_H
#define CONTLINT_CLI_FILTERING_H

#include "reports/filter.h"

/* As written on the command line; owned. */
struct filtering {
	char *since, *diff, *lines, *headers;
	struct filter filter; /* what they mean, after filtering_open() */
};

#define FILTERING_ENTRIES(filtering)                                                               \
	{"since",                                                                                  \
	 0,                                                                                        \
	 0,                                                                                        \
	 G_OPTION_ARG_STRING,                                                                      \
	 &(filtering)->since,                                                                      \
	 "only findings whose path goes through a function changed since REF left this branch",    \
	 "REF"},                                                                                   \
		{"diff",                                                                           \
		 0,                                                                                \
		 0,                                                                                \
		 G_OPTION_ARG_FILENAME,                                                            \
		 &(filtering)->diff,                                                               \
		 "the same for a unified diff; - is standard input",                               \
		 "FILE"},                                                                          \
		{"line-filter",                                                                    \
		 0,                                                                                \
		 0,                                                                                \
		 G_OPTION_ARG_STRING,                                                              \
		 &(filtering)->lines,                                                              \
		 "only findings at these lines, as clang-tidy: [{\"name\": \"a.c\", \"lines\": "   \
		 "[[1, 3]]}]",                                                                     \
		 "JSON"},                                                                          \
	{                                                                                          \
		"header-filter", 0, 0, G_OPTION_ARG_STRING, &(filtering)->headers,                 \
			"of findings in headers only those in whose path REGEX is found", "REGEX"  \
	}

void filtering_clear(struct filtering *filtering);

/* Understands the words; `root` is the project's folder. For --since git is asked. CLI_OK or the
 * exit code: the user has been told. */
int filtering_open(struct filtering *filtering, const char *root);

#endif
