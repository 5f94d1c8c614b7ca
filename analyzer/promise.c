/* Fields and variables by their own declaration or by their type, parameters by their type. Misses
 * casts of a value that is called at once. */
#include "analyzer/promise.h"

#include "analyzer/program_private.h"

struct finder {
	const struct program *program;
	GHashTable *types; /* names of typedefs that are declared nonblocking */
	const char **texts;
};

static void add_target(struct finder *finder, const struct target *target, const char *text)
{
	const struct program *program = finder->program;
	uint32_t function = program->symbols[target->symbol].function;

	if (function != PROGRAM_NONE && !finder->texts[function] &&
	    !(program->symbols[target->symbol].flags & FACT_SYMBOL_NONBLOCKING))
		finder->texts[function] = text;
}

static void add_place(struct finder *finder, uint32_t node, const char *text)
{
	guint count;
	bool cut;
	const struct target *found =
		targets_of(finder->program->private->targets, node, &count, NULL, &cut);

	for (guint i = 0; i < count && !cut; i++)
		add_target(finder, &found[i], text);
}

static const char *name_of(struct finder *finder, const struct program_symbol *symbol)
{
	g_autofree char *text = symbol->owner && *symbol->owner
					? g_strdup_printf("%s.%s", symbol->owner, symbol->name)
					: g_strdup(symbol->name);

	return g_string_chunk_insert_const(finder->program->private->names, text);
}

static void read_symbols(struct finder *finder)
{
	const struct program *program = finder->program;
	bool any_type = g_hash_table_size(finder->types) > 0;

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];

		if (symbol->kind != FACT_SYMBOL_FIELD && symbol->kind != FACT_SYMBOL_VARIABLE)
			continue;
		if (symbol->flags & FACT_SYMBOL_NONBLOCKING)
			add_place(finder, i, name_of(finder, symbol));
		else if (any_type && g_hash_table_contains(finder->types, symbol->type))
			add_place(finder, i, symbol->type);
	}
}

static void read_parameters(struct finder *finder)
{
	const struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct facts *facts = program_facts(program, i);
		const struct fact_function *f = facts_row(facts, functions, struct fact_function,
							  program->functions[i].row);

		for (uint32_t k = 0; k < f->param_count; k++) {
			const char *type = facts_string(
				facts,
				facts_row(facts, params, struct fact_param, f->first_param + k)
					->type);

			if (g_hash_table_contains(finder->types, type))
				add_place(finder,
					  targets_parameter(program->private->targets, i, k),
					  g_hash_table_lookup(finder->types, type));
		}
	}
}

const char **promises_find(const struct program *program)
{
	struct finder finder = {
		.program = program,
		.types = g_hash_table_new(g_str_hash, g_str_equal),
		.texts = g_new0(const char *, program->function_count + 1),
	};

	for (uint32_t i = 0; i < program->symbol_count; i++)
		if (program->symbols[i].kind == FACT_SYMBOL_TYPEDEF &&
		    program->symbols[i].flags & FACT_SYMBOL_NONBLOCKING)
			g_hash_table_add(finder.types, (char *)program->symbols[i].name);
	read_symbols(&finder);
	if (g_hash_table_size(finder.types) > 0)
		read_parameters(&finder);
	g_hash_table_destroy(finder.types);
	return finder.texts;
}
