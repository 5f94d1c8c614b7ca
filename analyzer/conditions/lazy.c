/* What is done once: `if (!cache) cache = load();`. The first continuation that comes here pays,
 * and no other one; main() often calls such a function before the loop to fill its cache.
 *
 * A place is under such a test if the test asks whether a variable of static storage, or a field of
 * one, is empty (0, null or negative), it is set in the same function after the test or counted up
 * by it, and nobody else sets it, of whatever object. Misses caches in fields of objects, which
 * have one value each, and what an atomic exchange tests; caches that are only set where loading
 * succeeds are taken for set. */
#include "analyzer/conditions/condition_private.h"

/* A test: `condition` holds (`yes`) or does not. */
struct scope {
	fact_id condition; /* values; FACT_NONE for loops and switches */
	uint32_t at;       /* its event */
	uint32_t depth;    /* statements that are open around it */
	bool yes;
};

struct scopes {
	GArray *open;  /* struct scope: the statements around the event */
	GArray *after; /* struct scope: branches before it whose then-part has returned */
};

/* Per symbol: the one function + 1 that assigns it, 0 if none does, SEVERAL. */
#define SEVERAL UINT32_MAX

static void note_writer(uint32_t *writers, uint32_t symbol, uint32_t function)
{
	uint32_t *writer = &writers[symbol];

	*writer = !*writer || *writer == function + 1 ? function + 1 : SEVERAL;
}

/* The variable of static storage, or the field, that `value` is, or whose address it is. */
static uint32_t place_of(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v;

	if (value == FACT_NONE)
		return PROGRAM_NONE;
	v = program_value(program, unit, value);
	if (v->kind == FACT_VALUE_ADDRESS)
		v = program_value(program, unit, v->a);
	return v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD
		       ? program->units[unit].symbols[v->a]
		       : PROGRAM_NONE;
}

/* The variable of static storage, or the field of one, that `value` is; `init` in init++ too. */
static uint32_t variable_of(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);
	fact_id base;

	if (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_POST_INC)
		value = v->a;
	base = conditions_base(program, unit, value);
	if (base == FACT_NONE || program_value(program, unit, base)->kind != FACT_VALUE_VARIABLE)
		return PROGRAM_NONE;
	return place_of(program, unit, value);
}

/* What `e` may set, its argument or place number `k`; PROGRAM_NONE: no variable. */
static uint32_t set_by(const struct program *program, uint32_t unit, const struct fact_event *e,
		       uint32_t k)
{
	fact_id value = FACT_NONE;

	if (e->kind == FACT_EVENT_ASSIGN && k == 0)
		return place_of(program, unit, e->a);
	if (e->kind != FACT_EVENT_CALL || k >= e->c)
		return PROGRAM_NONE;
	value = program_argument(program, unit, e, k);
	if (program_value(program, unit, value)->kind != FACT_VALUE_ADDRESS)
		return PROGRAM_NONE;
	return place_of(program, unit, value);
}

static uint32_t settable_count(const struct fact_event *e)
{
	return e->kind == FACT_EVENT_ASSIGN ? 1 : e->kind == FACT_EVENT_CALL ? e->c : 0;
}

static void find_writers(struct conditions *c)
{
	const struct program *program = c->program;

	c->writers = g_new0(uint32_t, program->symbol_count + 1);
	for (uint32_t function = 0; function < program->function_count; function++) {
		uint32_t unit = program->functions[function].unit;
		uint32_t first, count;
		const struct fact_event *events = program_events(program, function, &first, &count);

		for (uint32_t i = 0; i < count; i++)
			for (uint32_t k = 0; k < settable_count(&events[i]); k++) {
				uint32_t symbol = set_by(program, unit, &events[i], k);

				if (symbol != PROGRAM_NONE)
					note_writer(c->writers, symbol, function);
			}
	}
}

static bool is_empty(const struct fact_value *v)
{
	return v->kind == FACT_VALUE_NULL || (v->kind == FACT_VALUE_INT && v->number <= 0);
}

/* The variable that `condition` finds empty if it is `yes`, PROGRAM_NONE if it asks no such thing.
 */
static uint32_t empty_variable(const struct program *program, uint32_t unit, fact_id condition,
			       bool yes)
{
	const struct fact_value *v = program_value(program, unit, condition);
	uint32_t found;

	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_UNARY:
		if (v->op == FACT_OP_LNOT)
			return empty_variable(program, unit, v->a, !yes);
		return yes ? PROGRAM_NONE : variable_of(program, unit, condition);
	case FACT_VALUE_BINARY:
		if (v->op == FACT_OP_LAND || v->op == FACT_OP_LOR) {
			if ((v->op == FACT_OP_LAND) != yes)
				return PROGRAM_NONE;
			found = empty_variable(program, unit, v->a, yes);
			return found != PROGRAM_NONE ? found
						     : empty_variable(program, unit, v->b, yes);
		}
		if (!is_empty(program_value(program, unit, v->b)))
			return PROGRAM_NONE;
		if (v->op == (yes ? FACT_OP_EQ : FACT_OP_NE) ||
		    v->op == (yes ? FACT_OP_LT : FACT_OP_GE) ||
		    v->op == (yes ? FACT_OP_LE : FACT_OP_GT))
			return variable_of(program, unit, v->a);
		return PROGRAM_NONE;
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		return yes ? PROGRAM_NONE : variable_of(program, unit, condition);
	default:
		return PROGRAM_NONE;
	}
}

static bool sets_empty(const struct program *program, uint32_t unit, const struct fact_event *e)
{
	return e->kind == FACT_EVENT_ASSIGN && e->b != FACT_NONE &&
	       is_empty(program_value(program, unit, e->b));
}

/* `if (found) cache = found; else cache = NULL;` empties what was empty. */
static bool is_other_arm(const struct program *program, uint32_t unit,
			 const struct fact_event *events, uint32_t i, uint32_t symbol)
{
	return i >= 2 && events[i - 1].kind == FACT_EVENT_ELSE &&
	       set_by(program, unit, &events[i - 2], 0) == symbol &&
	       !sets_empty(program, unit, &events[i - 2]);
}

/* Is event `i` the increment in the condition of the branch `at`: if (done++)? */
static bool counts(const struct fact_event *e, uint32_t i, uint32_t at)
{
	return e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_ADD && i + 1 == at;
}

/* Is `symbol` set to something behind event `at`, and by this function only? */
static bool fills(struct conditions *c, uint32_t function, uint32_t symbol, uint32_t at)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[function].unit;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	bool filled = false;

	if (!c->writers)
		find_writers(c);
	if (c->writers[symbol] != function + 1)
		return false;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < settable_count(&events[i]); k++) {
			if (set_by(program, unit, &events[i], k) != symbol)
				continue;
			if ((i < at && !counts(&events[i], i, at)) ||
			    (sets_empty(program, unit, &events[i]) &&
			     !is_other_arm(program, unit, events, i, symbol)))
				return false;
			filled = true;
		}
	return filled;
}

static struct scope *top(const GArray *scopes)
{
	return scopes->len ? &g_array_index(scopes, struct scope, scopes->len - 1) : NULL;
}

/* Tests behind a return hold to the end of their block. */
static void end_block(struct scopes *s)
{
	while (top(s->after) && top(s->after)->depth >= s->open->len)
		g_array_set_size(s->after, s->after->len - 1);
}

static void open_statement(struct scopes *s, uint32_t at, fact_id condition)
{
	struct scope one = {.condition = condition, .at = at, .depth = s->open->len, .yes = true};

	g_array_append_val(s->open, one);
}

static void close_statement(struct scopes *s, bool has_returned)
{
	struct scope one;

	if (!top(s->open))
		return;
	one = *top(s->open);
	end_block(s);
	g_array_set_size(s->open, s->open->len - 1);
	if (one.condition == FACT_NONE || !one.yes || !has_returned)
		return;
	one.yes = false;
	g_array_append_val(s->after, one);
}

static void read_event(struct scopes *s, const struct fact_event *events, uint32_t at)
{
	switch ((enum fact_event_kind)events[at].kind) {
	case FACT_EVENT_BRANCH:
		open_statement(s, at, events[at].a);
		return;
	case FACT_EVENT_LOOP:
	case FACT_EVENT_SWITCH:
		open_statement(s, at, FACT_NONE);
		return;
	case FACT_EVENT_ELSE:
		end_block(s);
		if (top(s->open))
			top(s->open)->yes = false;
		return;
	case FACT_EVENT_BRANCH_END:
		close_statement(s, at && events[at - 1].kind == FACT_EVENT_RETURN);
		return;
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_SWITCH_END:
		close_statement(s, false);
		return;
	case FACT_EVENT_LABEL: /* anybody may jump here */
		g_array_set_size(s->after, 0);
		return;
	case FACT_EVENT_CALL:
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_CASE:
	case FACT_EVENT_RETURN:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
	case FACT_EVENT_READ:
		return;
	}
}

/* The variable that one of the tests finds empty and the function fills, else PROGRAM_NONE. */
static uint32_t filled_by(struct conditions *c, uint32_t function, const GArray *scopes)
{
	uint32_t unit = c->program->functions[function].unit;

	for (guint i = 0; i < scopes->len; i++) {
		const struct scope *one = &g_array_index(scopes, struct scope, i);
		uint32_t symbol = PROGRAM_NONE;

		if (one->condition != FACT_NONE)
			symbol = empty_variable(c->program, unit, one->condition, one->yes);
		if (symbol != PROGRAM_NONE && fills(c, function, symbol, one->at))
			return symbol;
	}
	return PROGRAM_NONE;
}

uint32_t conditions_once(struct conditions *c, uint32_t function, fact_id event)
{
	struct scopes s = {g_array_new(FALSE, FALSE, sizeof(struct scope)),
			   g_array_new(FALSE, FALSE, sizeof(struct scope))};
	uint32_t first, count, found;
	const struct fact_event *events = program_events(c->program, function, &first, &count);

	for (uint32_t i = 0; i < count && first + i < event; i++)
		read_event(&s, events, i);
	found = filled_by(c, function, s.open);
	if (found == PROGRAM_NONE)
		found = filled_by(c, function, s.after);
	g_array_free(s.open, TRUE);
	g_array_free(s.after, TRUE);
	return found;
}
