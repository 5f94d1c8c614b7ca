/* Which row of an array a value stands in: a table of rows by hash with open addressing and linear
 * probing (Knuth, The Art of Computer Programming, volume 3, section 6.4). The array belongs to
 * whoever asks, and so does the comparison, which is compiled into the loop:
 *
 *     for (row_table_at at = row_table_begin(&table, hash); row_table_more(&table, at);
 *          at = row_table_next(&table, at))
 *             if (row_table_is(&table, at, hash) && equal(array[row_table_row(&table, at)]))
 *                     return row_table_row(&table, at);
 *     row_table_add(&table, hash, new_row);
 *
 * It is there for what is asked more often than GHashTable, with its two calls a question, can
 * bear. Rows are never taken out. */
#ifndef CONTLINT_ANALYZER_ROW_TABLE_H
#define CONTLINT_ANALYZER_ROW_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct row_table_slot {
	uint32_t hash, row; /* row + 1; 0: free */
};

/* All zero: empty. */
struct row_table {
	struct row_table_slot *slots;
	uint32_t room, count; /* room: a power of two, or 0 */
};

typedef uint32_t row_table_at;

/* Frees what the table holds; it is empty then. */
void row_table_clear(struct row_table *table);

/* `row`, below UINT32_MAX, has this hash. */
void row_table_add(struct row_table *table, uint32_t hash, uint32_t row);

static inline row_table_at row_table_begin(const struct row_table *table, uint32_t hash)
{
	return table->room ? hash & (table->room - 1) : 0;
}

static inline bool row_table_more(const struct row_table *table, row_table_at at)
{
	return table->room && table->slots[at].row;
}

static inline row_table_at row_table_next(const struct row_table *table, row_table_at at)
{
	return (at + 1) & (table->room - 1);
}

static inline bool row_table_is(const struct row_table *table, row_table_at at, uint32_t hash)
{
	return table->slots[at].hash == hash;
}

static inline uint32_t row_table_row(const struct row_table *table, row_table_at at)
{
	return table->slots[at].row - 1;
}

/* Mixes `part` into a hash that begins as 0; Fibonacci hashing, as above. */
static inline uint64_t row_table_mix(uint64_t mixed, uint32_t part)
{
	mixed = (mixed ^ part) * 0x9E3779B97F4A7C15u;
	return mixed ^ mixed >> 32;
}

#endif
