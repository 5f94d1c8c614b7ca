/* Annotations stand on symbols: a typedef, or a function with the number of a parameter. Those on
 * fields and variables need no table, since these are places of their own (context.c). */
#include "analyzer/noted.h"

#include "analyzer/pair_key.h"

bool noted_context(const struct facts *facts, const struct fact_annotation *annotation,
		   enum model_context *ret_context)
{
	*ret_context = MODEL_CONTEXT_IO;
	if (annotation->kind == FACT_ANNOTATION_RUNS_ON &&
	    !g_str_equal(facts_string(facts, annotation->text), "io"))
		*ret_context = MODEL_CONTEXT_WORKER;
	return annotation->kind == FACT_ANNOTATION_RUNS_ON ||
	       annotation->kind == FACT_ANNOTATION_CONTINUATION;
}

static void note(struct noted *noted, const struct program *program, uint32_t unit,
		 const struct fact_annotation *annotation)
{
	const struct facts *facts = program->units[unit].facts;
	uint32_t symbol = program->units[unit].symbols[annotation->symbol];
	enum model_context context;
	gpointer value;

	if (!noted_context(facts, annotation, &context))
		return;
	value = GUINT_TO_POINTER(context + 1);
	if (program->symbols[symbol].kind == FACT_SYMBOL_TYPEDEF)
		g_hash_table_insert(noted->types, (char *)program->symbols[symbol].name, value);
	else if (program->symbols[symbol].kind == FACT_SYMBOL_FUNCTION && annotation->number)
		g_hash_table_insert(noted->params, pair_key(symbol, annotation->number - 1), value);
}

void noted_find(struct noted *noted, const struct program *program)
{
	noted->types = g_hash_table_new(g_str_hash, g_str_equal);
	noted->params = g_hash_table_new(pair_key_hash, NULL);
	for (uint32_t unit = 0; unit < program->unit_count; unit++) {
		const struct facts *facts = program->units[unit].facts;

		for (guint i = 0; i < facts->annotations->len; i++) {
			const struct fact_annotation *a =
				facts_row(facts, annotations, struct fact_annotation, i);

			if (a->symbol != FACT_NONE)
				note(noted, program, unit, a);
		}
	}
}

void noted_clear(struct noted *noted)
{
	g_hash_table_destroy(noted->types);
	g_hash_table_destroy(noted->params);
}

static bool found(gconstpointer value, enum model_context *ret_context)
{
	if (value)
		*ret_context = (enum model_context)(GPOINTER_TO_UINT(value) - 1);
	return value != NULL;
}

bool noted_type(const struct noted *noted, const char *name, enum model_context *ret_context)
{
	return g_hash_table_size(noted->types) > 0 &&
	       found(g_hash_table_lookup(noted->types, name), ret_context);
}

bool noted_param(const struct noted *noted, uint32_t symbol, uint32_t param,
		 enum model_context *ret_context)
{
	return g_hash_table_size(noted->params) > 0 &&
	       found(g_hash_table_lookup(noted->params, pair_key(symbol, param)), ret_context);
}
