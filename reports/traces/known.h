/* What the latest static run knows, as far as an instrumented run has to be compared with it. */
#ifndef CONTLINT_REPORTS_TRACES_KNOWN_H
#define CONTLINT_REPORTS_TRACES_KNOWN_H

#include "reports/store/store.h"
#include "reports/traces/symbols.h"

/* A function with a body. Text is borrowed from the struct known. */
struct known_function {
	gint64 id; /* function_id */
	const char *name, *usr, *file;
	guint line;
	bool continuation; /* registered for an I/O thread */
};

/* A finding that says that a continuation holds its I/O thread. What else rules find, as a result
 * that is ignored, no run can confirm or weaken; nor what stands in no continuation. */
struct known_finding {
	gint64 id, variant_id;
	const char *fingerprint, *rule, *sink;
	gint64 root_id;
	const char *root;
	gint64 function_id; /* that contains the sink */
	const char *file;   /* of the sink */
	guint line, end_line;
	guint other_roots;
	bool stale; /* the source on disk is not the one that was analysed */
};

struct known {
	gint64 run_id;
	char *root; /* of the project, or NULL */
	const char *series;
	GArray *functions;   /* struct known_function */
	GArray *findings;    /* struct known_finding */
	guint continuations; /* functions that are */
	GHashTable *by_name; /* name -> GArray of positions in `functions` */
	GPtrArray *tables;   /* own the text */
};

/* NULL and one sentence if the database cannot be read or has no static run. */
struct known *known_read(struct store *store, GError **error);
void known_free(struct known *known);
typedef struct known known_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(known_t, known_free)

/* The hash of a file's content as runs store it, or NULL if it cannot be read. Caller frees. */
char *known_hash_file(const char *path);

enum known_match { KNOWN_ONE, KNOWN_NONE, KNOWN_SEVERAL };

/* The function that `symbol` is: by name, and by file if the symbol has one. */
enum known_match known_find(const struct known *known, const struct symbol *symbol,
			    const struct known_function **ret_function);

#endif
