/* Names make the pair (analyzer/extract/siblings.c); types say whether it is one. */
#include "rules/twin.h"

#include <string.h>

bool twin_takes_completion(const struct program *program, const struct program_symbol *symbol)
{
	g_auto(GStrv) words = g_strsplit_set(symbol->type ? symbol->type : "", "(), *", -1);

	if (symbol->model && symbol->model->continuation_count)
		return true;
	for (char **word = words; *word; word++) {
		const struct model_typedef *type = models_typedef(program->models, *word);

		if (type && type->context != MODEL_CONTEXT_SAME)
			return true;
	}
	return false;
}

/* A pointer to a function, or a type that is named like one. */
static bool takes_callback(const struct program_symbol *symbol)
{
	static const char *const signs[] = {"(*",   "_cb",     "_fn",    "_func",
					    "Func", "allback", "andler", "_proc"};

	for (guint i = 0; symbol->type && i < G_N_ELEMENTS(signs); i++)
		if (strstr(symbol->type, signs[i]))
			return true;
	return false;
}

uint32_t twin_of(const struct program *program, uint32_t symbol)
{
	uint32_t twin = program->symbols[symbol].twin;
	const struct program_symbol *other;

	if (twin == PROGRAM_NONE)
		return PROGRAM_NONE;
	other = &program->symbols[twin];
	if (g_str_has_suffix(other->name, "_async") && !takes_callback(other) &&
	    !twin_takes_completion(program, other))
		return PROGRAM_NONE;
	return twin;
}
