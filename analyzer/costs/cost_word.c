/* How the source says what a size is over: "conn->queue->count". Words are numbers, each made of a
 * shorter one, so that a callee's size is said anew in each caller without a letter being copied.
 * A parameter is known by its number alone, and functions that do the same with theirs share words.
 */
#include <inttypes.h>

#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 6

enum cost_word_kind {
	COST_WORD_NONE,
	COST_WORD_MORE, /* what has no short name */
	COST_WORD_PARAM,
	COST_WORD_LOCAL,
	COST_WORD_VARIABLE,
	COST_WORD_FIELD,
	COST_WORD_ELEMENT,
	COST_WORD_DEREF,
	COST_WORD_CALL,   /* `a`: a symbol, COST_NONE through a pointer */
	COST_WORD_NUMBER, /* `a`: of 32 bits */
};

GArray *cost_words_new(void)
{
	GArray *words = g_array_new(FALSE, FALSE, sizeof(struct cost_word));
	const struct cost_word none = {COST_WORD_NONE, 0, 0};

	g_array_append_val(words, none);
	return words;
}

/* The row of the word, added if it is new. */
static uint32_t intern(struct costs *costs, enum cost_word_kind kind, uint32_t of, uint32_t a)
{
	const struct cost_word word = {kind, of, a};
	const struct row_table *rows = &costs->word_rows;
	uint32_t hash = (uint32_t)row_table_mix(row_table_mix(row_table_mix(0, kind), of), a), row;

	for (row_table_at at = row_table_begin(rows, hash); row_table_more(rows, at);
	     at = row_table_next(rows, at)) {
		const struct cost_word *known =
			&g_array_index(costs->words, struct cost_word, row_table_row(rows, at));

		if (row_table_is(rows, at, hash) && known->kind == kind && known->of == of &&
		    known->a == a)
			return row_table_row(rows, at);
	}
	row = 1 + rows->count;
	row_table_add(&costs->word_rows, hash, row);
	if (row == costs->words->len)
		g_array_set_size(costs->words, 2 * row);
	g_array_index(costs->words, struct cost_word, row) = word;
	return row;
}

static uint32_t word_of(const struct cost_body *body, fact_id value, fact_id event, int depth);

/* A local by what it was given last, if that is another name. */
static uint32_t word_of_local(const struct cost_body *body, const struct fact_value *local,
			      fact_id event, int depth)
{
	fact_id at = cost_last_assignment(body, local, body->first, event);
	enum fact_value_kind given = at == FACT_NONE
					     ? FACT_VALUE_UNKNOWN
					     : cost_value(body, cost_event(body, at)->b).kind;

	return cost_is_alias(given) && given != FACT_VALUE_CALL
		       ? word_of(body, cost_event(body, at)->b, at, depth + 1)
		       : intern(body->costs, COST_WORD_LOCAL, body->function, local->a);
}

static uint32_t word_of(const struct cost_body *body, fact_id value, fact_id event, int depth)
{
	struct costs *costs = body->costs;
	const uint32_t *symbols = costs->program->units[body->unit].symbols;
	struct fact_value v = cost_value(body, value);

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return intern(costs, COST_WORD_MORE, 0, 0);
	switch ((int)v.kind) {
	case FACT_VALUE_INT:
		return v.number >= INT32_MIN && v.number <= INT32_MAX
			       ? intern(costs, COST_WORD_NUMBER, 0, (uint32_t)v.number)
			       : intern(costs, COST_WORD_MORE, 0, 0);
	case FACT_VALUE_LOCAL:
		return word_of_local(body, &v, event, depth);
	case FACT_VALUE_PARAM:
		return intern(costs, COST_WORD_PARAM, 0, v.a);
	case FACT_VALUE_VARIABLE:
		return intern(costs, COST_WORD_VARIABLE, 0, symbols[v.a]);
	case FACT_VALUE_FIELD:
		return intern(costs, COST_WORD_FIELD, word_of(body, v.b, event, depth + 1),
			      symbols[v.a]);
	case FACT_VALUE_ELEMENT:
		return intern(costs, COST_WORD_ELEMENT, word_of(body, v.a, event, depth + 1), 0);
	case FACT_VALUE_DEREF:
		return intern(costs, COST_WORD_DEREF, word_of(body, v.a, event, depth + 1), 0);
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_UNARY:
		return word_of(body, v.a, event, depth + 1);
	case FACT_VALUE_CALL:
		return intern(costs, COST_WORD_CALL, 0,
			      program_callee(costs->program, body->unit, cost_event(body, v.a)));
	default:
		return intern(costs, COST_WORD_MORE, 0, 0);
	}
}

uint32_t cost_word_of(const struct cost_body *body, fact_id value, fact_id event)
{
	return word_of(body, value, event, 0);
}

uint32_t cost_word_retell(struct costs *costs, uint32_t word, uint32_t param, uint32_t argument)
{
	const struct cost_word w = g_array_index(costs->words, struct cost_word, word);
	uint32_t of;

	switch ((enum cost_word_kind)w.kind) {
	case COST_WORD_PARAM:
		return w.a == param ? argument : word;
	case COST_WORD_FIELD:
	case COST_WORD_ELEMENT:
	case COST_WORD_DEREF:
		of = cost_word_retell(costs, w.of, param, argument);
		return of == w.of ? word : intern(costs, (enum cost_word_kind)w.kind, of, w.a);
	case COST_WORD_NONE:
	case COST_WORD_MORE:
	case COST_WORD_LOCAL:
	case COST_WORD_VARIABLE:
	case COST_WORD_CALL:
	case COST_WORD_NUMBER:
		return word;
	}
	return word;
}

/* The name of a parameter or local of `function`. */
static const char *name_of(const struct costs *costs, uint32_t function, enum fact_value_kind kind,
			   uint32_t number)
{
	const struct fact_value v = {.kind = (uint16_t)kind, .a = number};
	const struct fact_param *row =
		function == COST_NONE ? NULL : program_local(costs->program, function, &v);

	return !row || row->name == FACT_NONE
		       ? "?"
		       : facts_string(program_facts(costs->program, function), row->name);
}

void cost_word_append(const struct costs *costs, uint32_t word, uint32_t function, GString *text)
{
	const struct cost_word *w = &g_array_index(costs->words, struct cost_word, word);
	const struct program_symbol *symbols = costs->program->symbols;

	switch ((enum cost_word_kind)w->kind) {
	case COST_WORD_NONE:
		return;
	case COST_WORD_MORE:
		g_string_append(text, "…");
		return;
	case COST_WORD_PARAM:
		g_string_append(text, name_of(costs, function, FACT_VALUE_PARAM, w->a));
		return;
	case COST_WORD_LOCAL:
		g_string_append(text, name_of(costs, w->of, FACT_VALUE_LOCAL, w->a));
		return;
	case COST_WORD_VARIABLE:
		g_string_append(text, symbols[w->a].name);
		return;
	case COST_WORD_FIELD:
		cost_word_append(costs, w->of, function, text);
		g_string_append(text, "->");
		g_string_append(text, symbols[w->a].name);
		return;
	case COST_WORD_ELEMENT:
		cost_word_append(costs, w->of, function, text);
		g_string_append(text, "[]");
		return;
	case COST_WORD_DEREF:
		g_string_append_c(text, '*');
		cost_word_append(costs, w->of, function, text);
		return;
	case COST_WORD_CALL:
		g_string_append(text, w->a == PROGRAM_NONE ? "call" : symbols[w->a].name);
		g_string_append(text, "()");
		return;
	case COST_WORD_NUMBER:
		g_string_append_printf(text, "%" PRId32, (int32_t)w->a);
		return;
	}
}
