/* A finding: one continuation that reaches one sink, told so that a person can act on it.
 *
 * Findings stand alone: they own their text and know nothing of the program they came from, so
 * that reports can be made from the database as well as from memory. */
#ifndef CONTLINT_RULES_FINDING_H
#define CONTLINT_RULES_FINDING_H

#include <glib.h>
#include <stdbool.h>

enum finding_level { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE };
enum finding_confidence { FINDING_HIGH, FINDING_MEDIUM, FINDING_LOW };

const char *finding_level_name(enum finding_level level);
const char *finding_confidence_name(enum finding_confidence confidence);

enum finding_step_kind {
	STEP_REGISTER, /* where the function became a continuation */
	STEP_ENTER,    /* the continuation itself */
	STEP_CALL,
	STEP_INDIRECT, /* a call through a place that has several targets */
	STEP_LOOP,
	STEP_SINK,
	STEP_NOTE,
};

const char *finding_step_kind_name(enum finding_step_kind kind);

/* Paths are as in the facts: relative to the root where under it. Lines and columns from 1;
 * columns in bytes. */
struct finding_place {
	char *file;
	guint line, column;
	guint end_line, end_column; /* 0 if not known; one past the last byte */
};

struct finding_step {
	enum finding_step_kind kind;
	struct finding_place place;
	char *function; /* name of the function the step is in, or NULL at file scope */
	char *usr;      /* its USR, or NULL */
	char *message;  /* "calls resolve_remote()" */
};

/* Another way to the same sink, of which the finding shows one. */
struct finding_way {
	struct finding_place place; /* where it leaves what is shown: the last call of its own */
	char *function;             /* in which that is, or NULL */
	char *message;    /* "also from on_timer (registered with …) -> flush, then as above" */
	guint like_it;    /* further callers that come over the same last calls */
	GPtrArray *steps; /* struct finding_step *, from registration to sink */
};

struct finding {
	const char *rule; /* static: the rule's id */
	enum finding_level level;
	enum finding_confidence confidence;
	double score;          /* 0 to 1: what confidence was made of */
	char *confidence_text; /* the factors, one line, for --explain-confidence */
	char *message;
	char *instead;              /* or NULL */
	char *condition;            /* what must hold for the sink to block, or NULL if nothing */
	const char *decided;        /* static: "proven", "assumed", "unknown" */
	const char *context;        /* static: "io", "worker", … */
	struct finding_place place; /* of the sink */
	char *root_name, *root_usr, *root_file; /* the continuation */
	char *sink_name;                        /* what is called, or "loop" */
	char *function_name, *function_usr;     /* the function that contains the sink */
	char *sink_text;                        /* raw tokens of the sink expression */
	char *unit;                             /* label of the unit the sink was found in */
	guint ordinal;                  /* among findings equal in everything else, from 0 */
	guint other_roots, other_paths; /* counted, not shown */
	GPtrArray *steps;               /* struct finding_step *, from registration to sink */
	GPtrArray *ways;                /* struct finding_way *: other ways, not all of them */
	guint ways_cut;                 /* callers that come by still other ways */
	char *fingerprint;              /* "v1:" and 64 hex digits; set by findings_seal() */
	char *fingerprint_loose;        /* as the database has it; NULL of one that was just made */
	/* What hides it: all NULL and 0 if nothing does. */
	char *suppressed_by; /* the reason */
	const char
		*suppression;   /* static: "in-source", "config" or "baseline"; NULL as the first */
	char *suppression_rule; /* the rule that it names, or NULL: it is about this finding */
	char *suppression_file; /* where it stands, or NULL */
	guint suppression_line;
};

struct finding *finding_new(const char *rule);
void finding_free(struct finding *finding);
struct finding_step *finding_add_step(struct finding *finding, enum finding_step_kind kind);

struct finding_way *finding_add_way(struct finding *finding);
struct finding_step *finding_way_add_step(struct finding_way *way);

/* Hides a finding that nothing hides yet, for `reason`; `kind` is static. What says so names `rule`
 * (or NULL) and stands in `file` (or NULL). */
void finding_hide(struct finding *finding, const char *kind, const char *reason, const char *rule,
		  const char *file, guint line);

/* Order of a report: level, confidence, number of roots, file, line, column, rule. */
int finding_compare(const struct finding *left, const struct finding *right);

/* Puts an array of struct finding in that order. */
void findings_sort(GPtrArray *findings);

/* Sorts, removes exact repeats (the same continuation, sink and place, seen through several units),
 * numbers the ordinals and computes the fingerprints of all. The array owns its elements: its free
 * function is finding_free().
 *
 * Fingerprint v1 is made of rule, context, continuation, function of the sink, sink, its tokens and
 * the ordinal. Functions count by USR without directories and offsets, so lines, columns, messages,
 * call chains and directories can change and a finding stays the same. The loose one is made of
 * rule, name of the function, sink and tokens without the names of variables: it pairs a finding
 * that went with one that came. */
void findings_seal(GPtrArray *findings);

/* The loose fingerprint, "v1-loose:" and 64 hex digits; asked of few. Caller frees. */
char *finding_loose_fingerprint(const struct finding *finding);

#endif
