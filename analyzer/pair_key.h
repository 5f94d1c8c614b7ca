/* Two numbers as one key of a GHashTable, and the hash that such tables need: g_direct_hash() looks
 * at the lower half only, where most keys are the same. */
#ifndef CONTLINT_ANALYZER_PAIR_KEY_H
#define CONTLINT_ANALYZER_PAIR_KEY_H

#include <glib.h>
#include <stdint.h>

static inline gpointer pair_key(uint32_t high, uint32_t low)
{
	return GSIZE_TO_POINTER((gsize)high << 32 | low);
}

/* Fibonacci hashing: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
static inline guint pair_key_hash(gconstpointer key)
{
	guint64 mixed = (guint64)GPOINTER_TO_SIZE(key) * 0x9E3779B97F4A7C15u;

	return (guint)(mixed >> 32);
}

#endif
