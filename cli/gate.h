/* The gate: whether a check passes. */
#ifndef CONTLINT_CLI_GATE_H
#define CONTLINT_CLI_GATE_H

#include <glib.h>
#include <stdbool.h>

#include "rules/baseline.h"

enum gate_kind {
	GATE_ANY,     /* any shown finding */
	GATE_WARNING, /* of this level or worse */
	GATE_ERROR,
	GATE_NONE,
	GATE_NEW, /* not in the base */
	GATE_NEW_CONFIRMED,
	GATE_CONFIRMED, /* a run has measured it */
};

struct gate {
	enum gate_kind kind;
	gint64 base_run_id;    /* 0: none */
	struct baseline *base; /* if the base is a file, else NULL; owned */
	char *base_name;       /* for people; owned */
	bool degrees; /* continuations whose cost grows faster than in the base fail as well */
};

void gate_clear(struct gate *gate);

/* The gate that `word` names. False and a sentence if there is none. */
bool gate_find_kind(const char *word, enum gate_kind *ret_kind, GError **error);

/* Understands --fail-on (NULL: new if there is a base, else any). False: the user has been told. */
bool gate_read(struct gate *gate, const char *fail_on, const char *base);

/* Finds the base before the new run is stored: `base` (--base, or NULL: for the gates that need one
 * the last run of `series`) is a baseline file or a run of `database` (NULL: none). CLI_OK or the
 * exit code: the user has been told. */
int gate_open(struct gate *gate, const char *base, const char *database, const char *series);

/* How many of `shown` (struct finding *) are at the gate; run `run_id` of `database` (NULL: none)
 * has them. False: the user has been told. */
bool gate_count(const struct gate *gate, const char *database, gint64 run_id,
		const GPtrArray *shown, guint *ret_count);

/* "2 of 5 findings are new since run 3"; NULL for the gates that need no words. Caller frees. */
char *gate_describe(const struct gate *gate, guint count, guint shown);

#endif
