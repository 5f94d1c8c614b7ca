/* What one translation unit says: making, growing and encoding the tables. Decoding hostile bytes
 * is in facts_decode.c, printing in facts_print.c. */
#include "analyzer/facts.h"

#include <string.h>
#include <xxhash.h>

#include "analyzer/facts_tables.h"

G_DEFINE_QUARK(contlint - facts - error - quark, facts_error)

#define TABLE_ROW(member, type) {#member, offsetof(struct facts, member), sizeof(type)},
const struct facts_table facts_tables[FACTS_TABLE_COUNT] = {FACTS_TABLES(TABLE_ROW)};
#undef TABLE_ROW

/* Rows are written as they lie in memory: a hole would make the bytes depend on the stack. */
G_STATIC_ASSERT(sizeof(struct fact_file) == 24);
G_STATIC_ASSERT(sizeof(struct fact_value) == 24);
G_STATIC_ASSERT(sizeof(struct fact_event) == 32);
G_STATIC_ASSERT(sizeof(struct facts_header) == 36 + 4 * FACTS_TABLE_COUNT);

struct facts *facts_new(void)
{
	struct facts *facts = g_new0(struct facts, 1);
	struct fact_function file_scope = {
		.symbol = FACT_NONE, .begin = FACT_NONE, .end = FACT_NONE};

	for (guint i = 0; i < FACTS_TABLE_COUNT; i++)
		*facts_table_of(facts, &facts_tables[i]) =
			g_array_new(FALSE, FALSE, facts_tables[i].row_size);
	facts->string_bytes = g_byte_array_new();
	facts->command = FACT_NONE;
	facts->target = FACT_NONE;
	g_array_append_val(facts->functions, file_scope);
	return facts;
}

void facts_free(struct facts *facts)
{
	if (!facts)
		return;
	for (guint i = 0; i < FACTS_TABLE_COUNT; i++)
		if (*facts_table_of(facts, &facts_tables[i]))
			g_array_unref(*facts_table_of(facts, &facts_tables[i]));
	if (facts->string_bytes)
		g_byte_array_unref(facts->string_bytes);
	if (facts->string_index)
		g_hash_table_unref(facts->string_index);
	g_free(facts);
}

const char *facts_string(const struct facts *facts, fact_id id)
{
	if (id == FACT_NONE)
		return "";
	return (const char *)facts->string_bytes->data +
	       *facts_row(facts, string_offsets, uint32_t, id);
}

/* The index is not encoded; decoded facts get one when somebody adds to them. */
static void index_strings(struct facts *facts)
{
	facts->string_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < facts->string_offsets->len; i++)
		g_hash_table_insert(facts->string_index, g_strdup(facts_string(facts, i)),
				    GUINT_TO_POINTER(i));
}

fact_id facts_intern(struct facts *facts, const char *text)
{
	g_autofree char *valid = NULL;
	gpointer known;
	uint32_t start;
	guint id;

	if (!text)
		return FACT_NONE;
	if (!facts->string_index)
		index_strings(facts);
	if (g_hash_table_lookup_extended(facts->string_index, text, NULL, &known))
		return GPOINTER_TO_UINT(known);
	if (!g_utf8_validate(text, -1, NULL)) {
		valid = g_utf8_make_valid(text, -1);
		return facts_intern(facts, valid);
	}
	id = facts->string_offsets->len;
	start = facts->string_bytes->len;
	g_array_append_val(facts->string_offsets, start);
	g_byte_array_append(facts->string_bytes, (const guint8 *)text, strlen(text) + 1);
	g_hash_table_insert(facts->string_index, g_strdup(text), GUINT_TO_POINTER(id));
	return id;
}

static size_t encoded_size(const struct facts *facts)
{
	size_t size = sizeof(struct facts_header) + facts->string_bytes->len;

	for (guint i = 0; i < FACTS_TABLE_COUNT; i++)
		size += (size_t)(*facts_table_of(facts, &facts_tables[i]))->len *
			facts_tables[i].row_size;
	return size;
}

GBytes *facts_encode(const struct facts *facts)
{
	struct facts_header header = {.magic = FACTS_MAGIC,
				      .version = FACTS_VERSION,
				      .order = FACTS_ORDER,
				      .command = facts->command,
				      .target = facts->target,
				      .string_size = facts->string_bytes->len};
	size_t size = encoded_size(facts);
	char *data = g_malloc(size);
	char *pos = data + sizeof(header);

	for (guint i = 0; i < FACTS_TABLE_COUNT; i++) {
		const GArray *rows = *facts_table_of(facts, &facts_tables[i]);
		size_t rows_size = (size_t)rows->len * facts_tables[i].row_size;

		header.counts[i] = rows->len;
		if (rows_size)
			memcpy(pos, rows->data, rows_size);
		pos += rows_size;
	}
	if (facts->string_bytes->len)
		memcpy(pos, facts->string_bytes->data, facts->string_bytes->len);
	memcpy(data, &header, sizeof(header));
	header.checksum = XXH3_64bits(data + FACTS_CHECKED_FROM, size - FACTS_CHECKED_FROM);
	memcpy(data, &header, sizeof(header));
	return g_bytes_new_take(data, size);
}
