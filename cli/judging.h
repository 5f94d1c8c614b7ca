/* From facts to an exit code: what `check` and `link` do alike, and the options for it. */
#ifndef CONTLINT_CLI_JUDGING_H
#define CONTLINT_CLI_JUDGING_H

#include <glib.h>

#include "analyzer/units/compdb.h"
#include "analyzer/models/model.h"
#include "cli/filtering.h"
#include "cli/gate.h"
#include "cli/settings.h"
#include "cli/timings.h"
#include "reports/formats/format.h"
#include "rules/rule.h"

#define JUDGING_NOT_SAID G_MININT

/* As written on the command line; owned. */
struct judging_words {
	char *root, *database, *series, *label, *rules, *confidence, *fail_on, *base, *baseline;
	char *config;
	char **models, **formats;
	int budget_us; /* JUDGING_NOT_SAID until it is known */
	gboolean no_baseline, allow_incomplete, explain_confidence, timings, quiet, no_database;
	gboolean no_config, require_reason, degree_increase;
};

struct judging {
	struct judging_words words;
	struct filtering filtering;
	struct settings *settings; /* of the configuration; owned */
	char *settings_path;       /* where it is, or NULL; owned */
	/* What the words mean, known after judging_open(). */
	enum finding_confidence confidence; /* shown are this and better */
	struct gate gate;
	struct baseline *baseline; /* findings accepted before, or NULL; owned */
	GPtrArray *outputs;        /* struct output *: cli/outputs.h; owned */
	const struct rule **rules;
	char *models_hash;     /* tells whether a model has changed */
	struct models *models; /* NULL before judging_load_models() */
	char *root;            /* of the project */
	char *database;        /* path, or NULL for none */
	char *started_at;
	gint64 started_us;
	bool partial;     /* only some units of the project were asked for */
	gint64 run_id;    /* in the database; 0 until it is stored */
	char *units_hash; /* workers_input_hash(), or NULL; owned */
	struct timings phases;
};

/* Starts the clocks. Free with judging_clear(). */
void judging_init(struct judging *judging);
void judging_clear(struct judging *judging);

/* Appends the options to `entries` (GOptionEntry, zero-terminated array). */
void judging_add_entries(struct judging *judging, GArray *entries);

/* Understands the words that need no project, so that a wrong one is told before anything else.
 * False: the user has been told. judging_open() does it again with what the configuration adds. */
bool judging_read_words(struct judging *judging);

/* Reads the configuration, understands the words, looks what models there are and whether the
 * database can be written. `root` is the project's. Returns CLI_OK or the exit code; the user has
 * been told. */
int judging_open(struct judging *judging, const char *root);

/* Parses the models: before the long work, since they can be wrong, but only if there is work: of a
 * run that judging_repeat() repeats they were right. After judging_open(); returns as it does. */
int judging_load_models(struct judging *judging);

/* If the last run in the database was made from what `units_hash` (workers_find_input()) and the
 * options stand for, stores and reports the same again; `*ret_code` is the exit code then. False if
 * not: nothing was written or said. */
bool judging_repeat(struct judging *judging, const struct compdb *compdb, const char *units_hash,
		    int *ret_code);

/* Links, judges, stores and reports `results` (struct unit_result *, in the order of
 * compdb->units). Returns the exit code. */
int judging_conclude(struct judging *judging, const struct compdb *compdb,
		     const GPtrArray *results);

#endif
