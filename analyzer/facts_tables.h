/* The tables of a `struct facts` as data, in the order of the encoded bytes: what encoding,
 * decoding and freeing have in common. */
#ifndef CONTLINT_ANALYZER_FACTS_TABLES_H
#define CONTLINT_ANALYZER_FACTS_TABLES_H

#include <stddef.h>

#include "analyzer/facts.h"

/* X(member of struct facts, row type) */
#define FACTS_TABLES(X)                                                                            \
	X(string_offsets, uint32_t)                                                                \
	X(files, struct fact_file)                                                                 \
	X(locs, struct fact_loc)                                                                   \
	X(symbols, struct fact_symbol)                                                             \
	X(values, struct fact_value)                                                               \
	X(arguments, fact_id)                                                                      \
	X(events, struct fact_event)                                                               \
	X(params, struct fact_param)                                                               \
	X(locals, struct fact_param)                                                               \
	X(functions, struct fact_function)                                                         \
	X(annotations, struct fact_annotation)                                                     \
	X(suppressions, struct fact_suppression)                                                   \
	X(diagnostics, struct fact_diagnostic)

#define FACTS_TABLE_ID(member, type) FACTS_TABLE_##member,
enum { FACTS_TABLES(FACTS_TABLE_ID) FACTS_TABLE_COUNT };
#undef FACTS_TABLE_ID

struct facts_table {
	const char *name;
	size_t offset; /* of the GArray * in struct facts */
	guint row_size;
};

extern const struct facts_table facts_tables[FACTS_TABLE_COUNT];

static inline GArray **facts_table_of(const struct facts *facts, const struct facts_table *table)
{
	return (GArray **)((char *)facts + table->offset);
}

/* What stands before the tables. Integers are in the byte order of the machine that wrote them;
 * `order` tells. After it: the tables' rows in FACTS_TABLES order, then the string bytes. */
struct facts_header {
	char magic[8]; /* FACTS_MAGIC with its NUL */
	uint32_t version;
	uint32_t order;    /* FACTS_ORDER */
	uint64_t checksum; /* XXH3 64-bit of everything after this member */
	uint32_t command, target;
	uint32_t counts[FACTS_TABLE_COUNT];
	uint32_t string_size; /* bytes */
};

#define FACTS_MAGIC "CLFACTS"
#define FACTS_ORDER 0x01020304u
#define FACTS_CHECKED_FROM (offsetof(struct facts_header, command))

#endif
