/* What helpers do with a callback that they are given: they are followed when they are asked for
 * first, in whatever file they are. */
#include <string.h>
#include <xxhash.h>

#include "rules/once.h"

#define DEPTH 4

struct helper_key {
	uint32_t function, param, field, kind;
};

struct once_memory {
	GHashTable *helpers; /* struct helper_key * -> struct once_result * */
	int depth;
};

static guint hash_of(gconstpointer key)
{
	return (guint)XXH3_64bits(key, sizeof(struct helper_key));
}

static gboolean is_same_key(gconstpointer left, gconstpointer right)
{
	return memcmp(left, right, sizeof(struct helper_key)) == 0;
}

static void result_free(void *data)
{
	once_result_clear(data);
	g_free(data);
}

struct once_memory *once_memory_new(void)
{
	struct once_memory *memory = g_new0(struct once_memory, 1);

	memory->helpers = g_hash_table_new_full(hash_of, is_same_key, g_free, result_free);
	return memory;
}

void once_memory_free(struct once_memory *memory)
{
	g_hash_table_destroy(memory->helpers);
	g_free(memory);
}

const struct once_result *once_helper(const struct flow *flow, struct once_memory *memory,
				      const struct once_subject *subject, uint32_t function,
				      uint32_t param)
{
	struct helper_key key = {function, param, subject->kind == ONCE_FIELD ? subject->field : 0,
				 subject->kind};
	struct once_result *known = g_hash_table_lookup(memory->helpers, &key);
	g_autoptr(flow_t) inner = NULL;
	struct once_subject seen;

	if (known)
		return known;
	if (memory->depth >= DEPTH)
		return NULL;
	known = g_new0(struct once_result, 1);
	known->is_gone = true; /* while it is made: recursion */
	known->twice = g_array_new(FALSE, FALSE, sizeof(struct once_twice));
	known->never = g_array_new(FALSE, FALSE, sizeof(struct once_never));
	g_hash_table_insert(memory->helpers, g_memdup2(&key, sizeof(key)), known);
	inner = flow_new(flow_program(flow), function);
	if (!once_subject_of(inner, subject, param, &seen)) {
		known->is_gone = subject->kind != ONCE_FIELD;
		return known;
	}
	once_result_clear(known);
	memory->depth++;
	once_follow(inner, &seen, memory, known);
	memory->depth--;
	return known;
}
