/* One run on its way into the database: prepared statements, and what is already known by number.
 * Inside the store only. */
#ifndef CONTLINT_REPORTS_STORE_STORE_WRITER_H
#define CONTLINT_REPORTS_STORE_STORE_WRITER_H

#include "reports/store/store_private.h"

struct writer_sql; /* one statement; see store_writer.c */

struct writer {
	const struct store *store;
	const struct store_run *run;
	gint64 run_id;
	gint64 previous_run_id; /* of the same series; 0 if it is the first */
	GHashTable *statements; /* SQL text (by address) -> sqlite3_stmt * */
	GHashTable *files;      /* path -> gint64 * */
	GHashTable *functions;  /* key of writer_function() -> gint64 * */
	gint64 *function_ids;   /* of each function of the program */
	GHashTable *by_usr;     /* USR -> number of a function of the program + 1 */
};

/* Of `run` only the program, which may be empty, and what is written are looked at. Clear with
 * writer_clear(). */
void writer_init(struct writer *writer, const struct store *store, const struct store_run *run);
void writer_clear(struct writer *writer);

/* Runs `sql` (a string constant: statements are kept by its address) once. `format` has a letter
 * for each parameter: i gint64, k gint64 key (0 is null), u guint, d double, s text or NULL. */
bool writer_run(struct writer *writer, GError **error, const char *sql, const char *format, ...);

/* The same for a statement that gives a number: its first column, or 0 without a row. */
bool writer_find(struct writer *writer, gint64 *ret_number, GError **error, const char *sql,
		 const char *format, ...);

/* The number of the row that the last statement inserted. */
gint64 writer_last_id(const struct writer *writer);

/* The number of the file `path`, added if new. NULL and "" give 0. */
bool writer_file(struct writer *writer, const char *path, gint64 *ret_id, GError **error);

/* The number of a function, added if new. `file` is where its body is, NULL if it has none here;
 * without a USR its name is its key. NULL for both gives 0. */
bool writer_function(struct writer *writer, const char *usr, const char *name, const char *file,
		     gint64 *ret_id, GError **error);

/* The number of function `index` of the program. */
bool writer_program_function(struct writer *writer, uint32_t index, gint64 *ret_id, GError **error);

/* The number of a function that a finding names: that of the program with this USR, the one in
 * `file` if there are several; else one made of what is known. */
bool writer_named_function(struct writer *writer, const char *usr, const char *name,
			   const char *file, gint64 *ret_id, GError **error);

/* Parts of a run, each in a file of its own: all in the transaction of store_add_run(). */
bool store_write_graph(struct writer *writer, GError **error);    /* store_graph.c */
bool store_write_findings(struct writer *writer, GError **error); /* store_findings.c */
bool store_write_ways(struct writer *writer, const struct finding *finding, gint64 finding_id,
		      GError **error);                         /* store_ways.c */
bool store_write_units(struct writer *writer, GError **error); /* store_units.c */
/* Copies what was not analysed from the run before. */
bool store_carry_forward(struct writer *writer, GError **error); /* store_units.c */
bool store_move_reviews(struct writer *writer, GError **error);  /* store_review.c */

#endif
