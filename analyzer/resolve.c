/* Which definitions a name means. Several programs in one compile database may define the same
 * external name, and one source may be built several times: the same unit is preferred, then the
 * same target and flags, then the target, then the folder. What is still ambiguous may be any of
 * a few. */
#include "analyzer/program_private.h"

/* How well the definition `function` fits a use in `unit`. */
static int fitness(const struct program *program, uint32_t unit, uint32_t function)
{
	const struct unit_origin *from = &program->private->origins[unit];
	const struct unit_origin *to =
		&program->private->origins[program->functions[function].unit];

	if (from == to)
		return 4;
	if (from->target == to->target)
		return from->flags == to->flags ? 3 : 2;
	return from->folder == to->folder;
}

static bool is_same_source(const struct program *program, uint32_t left, uint32_t right)
{
	const struct program_function *a = &program->functions[left];
	const struct program_function *b = &program->functions[right];

	return a->line == b->line && g_str_equal(a->file, b->file);
}

static void add_definition(const struct program *program, uint32_t function,
			   struct definitions *definitions)
{
	for (guint i = 0; i < MIN(definitions->count, DEFINITIONS_MAX); i++)
		if (is_same_source(program, definitions->functions[i], function))
			return;
	if (definitions->count < DEFINITIONS_MAX)
		definitions->functions[definitions->count] = function;
	definitions->count++;
}

struct definitions program_definitions(const struct program *program, uint32_t unit,
				       uint32_t symbol)
{
	const struct program_private *private = program->private;
	uint32_t first = private->first_definition[symbol];
	uint32_t last = private->first_definition[symbol + 1];
	struct definitions found = {0};
	int best = -1;

	if (last - first == 1) {
		found.functions[found.count++] = private->definitions[first];
		return found;
	}
	for (uint32_t i = first; i < last; i++) {
		int fit = fitness(program, unit, private->definitions[i]);

		if (fit < best)
			continue;
		if (fit > best)
			found.count = 0;
		best = fit;
		add_definition(program, private->definitions[i], &found);
	}
	found.ambiguous = found.count > 1;
	if (found.count > DEFINITIONS_MAX)
		found.count = 0;
	return found;
}

uint32_t program_resolve(const struct program *program, uint32_t unit, uint32_t symbol)
{
	const struct program_private *private = program->private;
	uint32_t first = private->first_definition[symbol];
	struct definitions found;

	/* Nearly all names mean one function, or none. */
	if (private->first_definition[symbol + 1] - first <= 1)
		return private->first_definition[symbol + 1] == first ? PROGRAM_NONE
								      : private->definitions[first];
	found = program_definitions(program, unit, symbol);
	return found.count == 1 ? found.functions[0] : PROGRAM_NONE;
}

uint32_t program_called(const struct program *program, uint32_t unit,
			const struct fact_event *event)
{
	uint32_t symbol = program_callee(program, unit, event);

	return symbol == PROGRAM_NONE ? PROGRAM_NONE : program_resolve(program, unit, symbol);
}

static uint32_t number_of(GHashTable *numbers, char *text)
{
	gpointer known = g_hash_table_lookup(numbers, text);

	if (!known) {
		known = GUINT_TO_POINTER(g_hash_table_size(numbers) + 1);
		g_hash_table_insert(numbers, text, known);
	} else {
		g_free(text);
	}
	return GPOINTER_TO_UINT(known);
}

/* The command without the names of files: what two units of one build have in common. */
static char *flags_of(const struct program_unit *unit)
{
	g_auto(GStrv) words = g_strsplit(facts_string(unit->facts, unit->facts->command), " ", -1);
	g_autoptr(GString) flags = g_string_new(NULL);

	for (guint i = 0; words[i]; i++)
		if (g_str_has_prefix(words[i], "-"))
			g_string_append_printf(flags, "%s ", words[i]);
	return g_string_free(g_steal_pointer(&flags), FALSE);
}

void program_number_origins(struct program *program)
{
	g_autoptr(GHashTable) numbers =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	program->private->origins = g_new0(struct unit_origin, program->unit_count + 1);
	for (guint i = 0; i < program->unit_count; i++) {
		const struct program_unit *unit = &program->units[i];
		struct unit_origin *origin = &program->private->origins[i];

		origin->target = number_of(numbers, g_strdup(unit->target));
		origin->flags = number_of(numbers, flags_of(unit));
		origin->folder = number_of(numbers, g_path_get_dirname(unit->file));
	}
}
