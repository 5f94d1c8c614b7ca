/* Rows of a query, and how they are written. */
#ifndef CONTLINT_REPORTS_STORE_TABLE_H
#define CONTLINT_REPORTS_STORE_TABLE_H

#include "reports/store/store.h"

struct table;

struct table *table_new(void);
void table_free(struct table *table);
typedef struct table table_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(table_t, table_free)

/* The columns, once; then rows with as many values each. All is copied. */
void table_set_columns(struct table *table, int count, const char *const *names);
void table_add_row(struct table *table, const struct store_value *values);

guint table_row_count(const struct table *table);
void table_remove_row(struct table *table, guint row);

/* The rows of `sql`, as by store_read(). NULL and `error` if it cannot be read. */
struct table *table_read(struct store *store, const char *sql, const struct store_param *params,
			 guint param_count, GError **error);

/* The value in `row` (from 0) and `column` (from 0) as text, "" for null. Borrowed. */
const char *table_text(const struct table *table, guint row, guint column);
gint64 table_integer(const struct table *table, guint row, guint column); /* 0 if it is none */

struct table_format {
	const char *name; /* "box", "csv", "json", "markdown" */
	/* For people (box, markdown) only what a terminal can be trusted with; for programs every
	 * byte, in JSON as far as it is UTF-8. */
	void (*write)(const struct table *table, GString *out);
};

extern const struct table_format table_formats[];               /* ends with a NULL name */
const struct table_format *table_format_find(const char *name); /* NULL if there is none */

#endif
