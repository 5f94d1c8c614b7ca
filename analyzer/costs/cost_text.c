/* Costs in words. */
#include "analyzer/costs/cost_private.h"

char *cost_said(const struct costs *costs, const struct cost_size *size)
{
	GString *text = g_string_new(NULL);

	cost_word_append(costs, size->word, size->function, text);
	return g_string_free(text, FALSE);
}

char *cost_size_text(const struct costs *costs, uint32_t row)
{
	const struct cost_size *size = cost_size(costs, row);
	g_autofree char *said = cost_said(costs, size);
	const char *name =
		size->symbol == COST_NONE ? NULL : costs->program->symbols[size->symbol].name;

	switch ((enum cost_kind)size->kind) {
	case COST_NUMBER:
		return g_steal_pointer(&said);
	case COST_LIST:
		return g_strdup_printf("the list %s", said);
	case COST_STRING:
		return g_strdup_printf("the length of %s", said);
	case COST_ELEMENTS:
	case COST_RESULT:
		return g_strdup_printf("what %s() gives", name ? name : "a call");
	case COST_DEPTH:
		return g_strdup_printf("how often %s() calls itself", name ? name : "a function");
	case COST_UNKNOWN:
		break;
	}
	return g_strdup("an unknown number of rounds");
}

static void append_term(const struct costs *costs, const struct cost_term *term, GString *text)
{
	if (text->len > 0)
		g_string_append(text, " + ");
	g_string_append_printf(text, "%.0f", term->units < 1 ? 1 : term->units);
	for (uint32_t i = 0; i < term->count; i++) {
		g_autofree char *name = cost_size_text(costs, term->factors[i].size);

		g_string_append_printf(text, " x (%s%s)",
				       term->factors[i].nested ? "of each: " : "", name);
	}
	if (term->sorting)
		g_string_append(text, " sorted");
}

char *cost_text(const struct costs *costs, const struct cost *cost)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t i = cost->count; i-- > 0;)
		if (cost->terms[i].units > 0)
			append_term(costs, &cost->terms[i], text);
	if (text->len == 0)
		g_string_append(text, "0");
	if (cost->recursive)
		g_string_append(text, ", times an unknown depth of recursion");
	else if (cost->calls_recursive)
		g_string_append(text, ", with an unknown depth of recursion in what it calls");
	if (cost->cut)
		g_string_append(text, ", and what was left out");
	return g_strdup(text->str);
}
