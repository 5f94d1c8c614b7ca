/* Whose bytes those are: names of files, what is renamed, and the answers. */
#include "analyzer/handles/file_bulk_private.h"
#include "analyzer/handles/file_name.h"

/* A file that is renamed and renamed again. */
#define RENAMINGS 2

static GHashTable *new_keys(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static enum file_amount amount_of_keys(const struct file_bulk *b, GHashTable *keys)
{
	enum file_amount most = AMOUNT_NONE;
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, keys);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		enum file_amount amount =
			(enum file_amount)GPOINTER_TO_UINT(g_hash_table_lookup(b->names, key));

		most = MAX(most, amount);
	}
	return most;
}

static void name(struct file_bulk *b, GHashTable *keys, enum file_amount amount)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, keys);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (amount > GPOINTER_TO_UINT(g_hash_table_lookup(b->names, key)))
			g_hash_table_insert(b->names, g_strdup(key), GUINT_TO_POINTER(amount));
}

/* The keys of argument `k` of a call. */
static GHashTable *keys_of(struct file_bulk *b, struct spot at, uint32_t k,
			   const struct spot *caller)
{
	uint32_t unit = b->c->program->functions[at.function].unit;
	GHashTable *keys = new_keys();

	file_name_keys(b->c, at,
		       program_argument(b->c->program, unit,
					program_event(b->c->program, unit, at.event), k),
		       caller, keys);
	return keys;
}

/* Is the function that has the name the one that is called at the outer place? */
static bool is_called_there(const struct program *program, const struct file_opening *o)
{
	uint32_t unit = program->functions[o->at.function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, o->at.event));

	return symbol != PROGRAM_NONE && program_resolve(program, unit, symbol) == o->by.function;
}

static void name_opening(struct file_bulk *b, const struct file_opening *o)
{
	enum file_amount amount = file_bulk_of_result(b, o->at);
	g_autoptr(GHashTable) keys = NULL;

	if (amount == AMOUNT_NONE)
		return;
	keys = keys_of(b, o->by, o->name,
		       o->is_wrapped && is_called_there(b->c->program, o) ? &o->at : NULL);
	name(b, keys, amount);
}

static void name_renamed(struct file_bulk *b, struct spot at)
{
	uint32_t unit = b->c->program->functions[at.function].unit;
	const struct model_file *model =
		file_bulk_model(b->c->program, unit, program_event(b->c->program, unit, at.event));
	g_autoptr(GHashTable) from = keys_of(b, at, (uint32_t)model->renames, NULL);
	g_autoptr(GHashTable) to = keys_of(b, at, (uint32_t)model->to, NULL);

	name(b, to, amount_of_keys(b, from));
}

static struct file_bulk *with_names(struct conditions *c)
{
	struct file_bulk *b = file_bulk_of(c);

	if (b->names)
		return b;
	b->names = new_keys();
	for (guint i = 0; i < b->openings->len; i++)
		name_opening(b, &g_array_index(b->openings, struct file_opening, i));
	for (int round = 0; round < RENAMINGS; round++)
		for (guint i = 0; i < b->renames->len; i++)
			name_renamed(b, g_array_index(b->renames, struct spot, i));
	return b;
}

/* Answers. */

static formula_id answer(enum file_amount amount)
{
	switch (amount) {
	case AMOUNT_BULK:
		return FORMULA_TRUE;
	case AMOUNT_FIXED:
		return FORMULA_FALSE;
	case AMOUNT_NONE:
	case AMOUNT_BUFFER:
	case AMOUNT_LINES:
		break;
	}
	return FORMULA_UNKNOWN;
}

/* The parameter itself decides if it is written to here, else whoever passes it. */
static formula_id answer_for(struct conditions *c, const struct fact_value *v,
			     enum file_amount amount, const struct atom *atom)
{
	struct atom mine = *atom;

	if (v->kind != FACT_VALUE_PARAM || amount != AMOUNT_NONE)
		return answer(amount);
	mine.param = v->a;
	return formulas_atom(c->formulas, &mine);
}

static formula_id test_descriptor(struct conditions *c, struct spot at, fact_id value,
				  const struct atom *atom)
{
	const struct fact_value *v =
		program_value(c->program, c->program->functions[at.function].unit, value);
	struct file_bulk *b = file_bulk_of(c);
	enum file_amount amount = file_bulk_amount(b, at.function, value);
	const GArray *assignments = conditions_assignments(c, at.function);

	for (guint i = 0; v->kind == FACT_VALUE_LOCAL && i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		enum file_amount other;

		if (a->by_address || !same_place(&a->place, v))
			continue;
		other = file_bulk_amount(b, at.function, a->value);
		amount = MAX(amount, other);
	}
	return answer_for(c, v, amount, atom);
}

static formula_id test_name(struct conditions *c, struct spot at, fact_id value,
			    const struct atom *atom)
{
	const struct fact_value *v =
		program_value(c->program, c->program->functions[at.function].unit, value);
	struct file_bulk *b = with_names(c);
	g_autofree char *own = file_name_own_key(c->program, at, value);
	g_autoptr(GHashTable) keys = NULL;
	enum file_amount amount =
		own ? (enum file_amount)GPOINTER_TO_UINT(g_hash_table_lookup(b->names, own))
		    : AMOUNT_NONE;

	if (amount != AMOUNT_NONE || v->kind == FACT_VALUE_PARAM)
		return answer_for(c, v, amount, atom);
	keys = new_keys();
	file_name_keys(c, at, value, NULL, keys);
	return answer(amount_of_keys(b, keys));
}

formula_id file_bulk_test(struct conditions *c, struct spot at, fact_id value,
			  const struct atom *atom)
{
	if (value == FACT_NONE)
		return FORMULA_UNKNOWN;
	return atom->kind == CONDITION_BULKY ? test_name(c, at, value, atom)
					     : test_descriptor(c, at, value, atom);
}

/* Is it still open? */

/* Does the call close argument k, or hand it to a function that does? */
static bool closes(const struct file_bulk *b, uint32_t unit, const struct fact_event *e, uint32_t k)
{
	const struct program *program = b->c->program;
	const struct model_file *model = file_bulk_model(program, unit, e);
	uint32_t symbol = program_callee(program, unit, e), callee;

	if (model)
		return model->closes == (int)k;
	callee = symbol == PROGRAM_NONE ? PROGRAM_NONE : program_resolve(program, unit, symbol);
	return callee != PROGRAM_NONE &&
	       g_hash_table_contains(b->closers,
				     GSIZE_TO_POINTER((gsize)2 << 60 | (gsize)callee << 24 | k));
}

/* Is the descriptor that the call `from` has given closed before `to`? */
static bool is_closed(const struct file_bulk *b, struct spot from, fact_id to)
{
	const struct program *program = b->c->program;
	uint32_t unit = program->functions[from.function].unit;
	gsize place = file_bulk_place_of_result(program, from, NULL);

	for (fact_id i = from.event + 1; place && i < to; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++)
			if (file_bulk_place(program, from.function,
					    program_argument(program, unit, e, k)) == place &&
			    closes(b, unit, e, k))
				return true;
	}
	return false;
}

static bool is_argument(const struct program *program, struct spot at, int k, fact_id value)
{
	uint32_t unit = program->functions[at.function].unit;

	return facts_value_same(program->units[unit].facts, value,
				program_argument(program, unit,
						 program_event(program, unit, at.event),
						 (uint32_t)k));
}

/* Do the two events stand in the two arms of one branch, so that only one of them happens? */
static bool are_other_arms(const struct program *program, uint32_t unit, fact_id from, fact_id to)
{
	int depth = 0, lowest = 0, in_else = 1;

	for (fact_id i = from; i < to; i++) {
		enum fact_event_kind kind = program_event(program, unit, i)->kind;

		if (kind == FACT_EVENT_BRANCH)
			depth++;
		else if (kind == FACT_EVENT_BRANCH_END)
			lowest = MIN(lowest, --depth);
		else if (kind == FACT_EVENT_ELSE && depth == lowest)
			in_else = depth;
		if (depth < in_else)
			in_else = 1;
	}
	return in_else <= 0;
}

/* Has the function given the file another name, or moved it away, before `at`? Where renaming has
 * failed nothing has moved. */
static bool has_other_name(const struct file_bulk *b, struct spot at, fact_id value)
{
	const struct program *program = b->c->program;
	uint32_t unit = program->functions[at.function].unit;

	for (guint i = 0; i < b->renames->len; i++) {
		struct spot r = g_array_index(b->renames, struct spot, i);
		const struct model_file *model;

		if (r.function != at.function || r.event >= at.event ||
		    are_other_arms(program, unit, r.event, at.event))
			continue;
		model = file_bulk_model(program, unit, program_event(program, unit, r.event));
		if (model->keeps_name && is_argument(program, r, model->to, value))
			return true;
		if (is_argument(program, r, model->renames, value) &&
		    !conditions_on_failure(b->c, at.function, at.event))
			return true;
	}
	return false;
}

/* Does the function have it open at `at`? */
static bool is_open(const struct file_bulk *b, struct spot at, fact_id value)
{
	const struct program *program = b->c->program;

	for (guint i = 0; i < b->openings->len; i++) {
		const struct file_opening *o = &g_array_index(b->openings, struct file_opening, i);
		const struct fact_event *e;

		if (o->at.function != at.function || o->at.event >= at.event)
			continue;
		e = program_event(program, program->functions[at.function].unit, o->at.event);
		for (uint32_t k = 0; k < e->c; k++)
			if (is_argument(program, o->at, (int)k, value) &&
			    !is_closed(b, o->at, at.event))
				return true;
	}
	return false;
}

bool file_bulk_lives_on(struct conditions *c, struct spot at, fact_id value)
{
	struct file_bulk *b = file_bulk_of(c);

	return is_open(b, at, value) || has_other_name(b, at, value);
}
