/* Modes of fields and variables of static storage, over the whole program, and of parameters over
 * all callers. One index is made when first asked for: what is stored where, and what is done to
 * which descriptor by functions that set a mode, followed up through parameters to the places that
 * the descriptors came from. */
#include "analyzer/handles/mode_origin.h"
#include "analyzer/handles/mode_private.h"
#include "analyzer/pair_key.h"

/* More callers than this and a parameter is unknown. */
#define MAX_CALLERS 64

struct mode_key {
	uint32_t what, number;
	enum condition_kind kind;
	int64_t flags;
	const char *name;
};

static guint key_hash(gconstpointer data)
{
	const struct mode_key *key = data;

	return key->what * 2654435761u + key->number * 40503u + (guint)key->kind * 131u +
	       (guint)key->flags * 7u + GPOINTER_TO_UINT(key->name);
}

static gboolean key_equal(gconstpointer left, gconstpointer right)
{
	const struct mode_key *a = left, *b = right;

	return a->what == b->what && a->number == b->number && a->kind == b->kind &&
	       a->flags == b->flags && a->name == b->name;
}

static struct mode_key key_of(uint32_t what, uint32_t number, const struct atom *atom)
{
	return (struct mode_key){what, number, atom->kind, atom->number, atom->name};
}

void mode_keep(struct conditions *c, uint32_t what, uint32_t number, const struct atom *atom,
	       formula_id answer)
{
	struct mode_key key = key_of(what, number, atom);

	g_hash_table_replace(modes_of(c)->answers, g_memdup2(&key, sizeof(key)),
			     GUINT_TO_POINTER(answer));
}

bool mode_recall(struct conditions *c, uint32_t what, uint32_t number, const struct atom *atom,
		 formula_id in_progress, formula_id *ret_answer)
{
	struct mode_key key = key_of(what, number, atom);
	gpointer value;

	if (g_hash_table_lookup_extended(modes_of(c)->answers, &key, NULL, &value)) {
		*ret_answer = GPOINTER_TO_UINT(value);
		return true;
	}
	mode_keep(c, what, number, atom, in_progress);
	return false;
}

/* The index. */

/* A parameter of a function that does something to it. */
struct setter {
	uint32_t function, param;
	bool creates;
};

struct index {
	struct conditions *c;
	struct modes *modes;
	GArray *found; /* struct setter: its callers are still to be looked at */
};

static void add_use(struct index *index, uint32_t symbol, struct mode_use use)
{
	use.next = index->modes->first_use[symbol];
	index->modes->first_use[symbol] = index->modes->uses->len;
	g_array_append_val(index->modes->uses, use);
}

static void add_store(struct index *index, uint32_t function, fact_id event)
{
	const struct program *program = index->c->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	struct mode_use use = {.function = function, .event = event};
	uint32_t symbol = mode_symbol_of(program, unit, e->a);

	if (symbol != PROGRAM_NONE && e->op == FACT_OP_NONE && e->b != FACT_NONE)
		add_use(index, symbol, use);
}

static void add_setter(struct index *index, struct setter setter)
{
	gpointer key = pair_key(setter.function, setter.param);

	if (g_hash_table_add(index->modes->setters, key))
		g_array_append_val(index->found, setter);
}

/* Something is done to argument k of a call; `creates`: it is put there. */
static void note_argument(struct index *index, struct mode_use use)
{
	const struct program *program = index->c->program;
	uint32_t unit = program->functions[use.function].unit;
	const struct fact_event *e = program_event(program, unit, use.event);
	fact_id value = program_argument(program, unit, e, use.argument);
	const struct fact_value *v;
	struct mode_place place;
	const GArray *assignments;
	uint32_t symbol;

	if (value == FACT_NONE)
		return;
	v = program_value(program, unit, value);
	use.by_address = v->kind == FACT_VALUE_ADDRESS;
	symbol = mode_symbol_of(program, unit, value);
	if (symbol != PROGRAM_NONE) {
		add_use(index, symbol, use);
		return;
	}
	place = mode_place_of(program, unit, use.by_address ? v->a : value);
	if (place.kind == FACT_VALUE_PARAM)
		add_setter(index, (struct setter){use.function, place.number, use.creates});
	if (place.kind != FACT_VALUE_LOCAL || use.creates)
		return;
	/* fd = c->fd; set_nonblocking(fd); */
	assignments = conditions_assignments(index->c, use.function);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (a->place.kind != FACT_VALUE_LOCAL || a->place.a != place.number ||
		    a->value == FACT_NONE || a->op != FACT_OP_NONE)
			continue;
		symbol = mode_symbol_of(program, unit, a->value);
		place = mode_place_of(program, unit, a->value);
		if (symbol != PROGRAM_NONE)
			add_use(index, symbol, use);
		else if (place.kind == FACT_VALUE_PARAM)
			add_setter(index, (struct setter){use.function, place.number, false});
	}
}

static void read_call(struct index *index, uint32_t function, fact_id event)
{
	const struct program *program = index->c->program;
	uint32_t unit = program->functions[function].unit;
	const struct model_function *model =
		program_call_model(program, unit, program_event(program, unit, event));

	for (guint i = 0; model && i < model->effect_count; i++) {
		const struct model_mode_effect *effect = &model->effects[i];
		struct mode_use use = {.function = function,
				       .event = event,
				       .argument = (uint32_t)effect->arg,
				       .is_call = true,
				       .creates = effect->points};

		if (effect->arg >= 0 && (i == 0 || model->effects[i - 1].arg != effect->arg))
			note_argument(index, use);
	}
}

static void read_function(struct index *index, uint32_t function)
{
	uint32_t first, count;
	const struct fact_event *events =
		program_events(index->c->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == FACT_EVENT_ASSIGN)
			add_store(index, function, first + i);
		else if (events[i].kind == FACT_EVENT_CALL)
			read_call(index, function, first + i);
	}
}

static void follow_callers(struct index *index, struct setter setter)
{
	const struct program *program = index->c->program;
	const struct program_function *f = &program->functions[setter.function];

	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		struct mode_use use = {.function = edge->caller,
				       .event = edge->event,
				       .argument = setter.param,
				       .is_call = true,
				       .creates = setter.creates};

		if (edge->kind != EDGE_SYNCHRONOUS)
			note_argument(index, use);
	}
}

struct modes *modes_of(struct conditions *c)
{
	struct index index = {.c = c};

	if (c->modes)
		return c->modes;
	c->modes = index.modes = g_new0(struct modes, 1);
	index.modes->answers = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
	index.modes->closed = g_hash_table_new(pair_key_hash, NULL);
	index.modes->setters = g_hash_table_new(pair_key_hash, NULL);
	index.modes->uses = g_array_new(FALSE, FALSE, sizeof(struct mode_use));
	index.modes->first_use = g_new(uint32_t, c->program->symbol_count + 1);
	for (guint i = 0; i < c->program->symbol_count; i++)
		index.modes->first_use[i] = PROGRAM_NONE;
	index.found = g_array_new(FALSE, FALSE, sizeof(struct setter));
	for (guint i = 0; i < c->program->function_count; i++)
		read_function(&index, i);
	for (guint i = 0; i < index.found->len; i++)
		follow_callers(&index, g_array_index(index.found, struct setter, i));
	g_array_free(index.found, TRUE);
	return c->modes;
}

void modes_free(struct modes *modes)
{
	if (!modes)
		return;
	g_hash_table_destroy(modes->answers);
	g_hash_table_destroy(modes->closed);
	g_hash_table_destroy(modes->setters);
	g_array_free(modes->uses, TRUE);
	g_free(modes->first_use);
	g_free(modes);
}

/* Answers. */

/* A store into the symbol: what is stored, with all that the function does to it later. */
static formula_id stored(struct conditions *c, const struct mode_use *use, const struct atom *atom,
			 int depth)
{
	uint32_t unit = c->program->functions[use->function].unit;
	struct spot at = {.function = use->function, .event = use->event};
	struct atom finally = *atom;
	formula_id answer;

	/* What only a forked child stores, or a way out of the program, nobody else meets. */
	if (conditions_guard(c, use->function, use->event) == FORMULA_FALSE)
		return COURSE_NOTHING;
	finally.number |= MODE_FINALLY;
	answer = mode_of_value(c, at, program_event(c->program, unit, use->event)->b, &finally,
			       depth + 1);
	return course_is_empty(answer) ? answer
				       : mode_for_all_callers(c, use->function, answer, depth + 1);
}

/* What a call does to the symbol; COURSE_NOTHING if it leaves it as it is. */
static formula_id done(struct conditions *c, const struct mode_use *use, const struct atom *atom,
		       int depth)
{
	struct spot at = {.function = use->function, .event = use->event};
	formula_id unchanged = mode_before(c, atom), answer;

	answer = mode_after_call(c, at, use->argument,
				 use->by_address || use->creates ? MODE_BY_ADDRESS : MODE_BY_VALUE,
				 atom, unchanged, depth + 1);
	if (answer == unchanged || course_is_empty(answer))
		return COURSE_NOTHING;
	return mode_for_all_callers(c, use->function, answer, depth + 1);
}

static formula_id answer_for_symbol(struct conditions *c, uint32_t symbol, const struct atom *atom,
				    int depth)
{
	struct course course = {.conditions = c};
	formula_id kept = COURSE_NOTHING, set = COURSE_NOTHING, one;
	uint32_t next = modes_of(c)->first_use[symbol];

	for (; next != PROGRAM_NONE;) {
		struct mode_use use = g_array_index(c->modes->uses, struct mode_use, next);

		next = use.next;
		one = use.is_call ? done(c, &use, atom, depth) : stored(c, &use, atom, depth);
		if (use.is_call && !use.creates)
			set = course_join(&course, set, one);
		else
			kept = course_join(&course, kept, one);
	}
	/* How a handle is made says less than what is done to it then. */
	if (set == mode_prevailing(atom) || (mode_is_of_handle(atom) && set != COURSE_NOTHING))
		return set;
	return course_join(&course, kept, set);
}

formula_id mode_of_symbol(struct conditions *c, uint32_t symbol, const struct atom *atom, int depth)
{
	struct atom mine = *atom;
	guint steps = c->steps;
	formula_id answer;

	if (depth > MODE_DEPTH)
		return FORMULA_UNKNOWN;
	mine.number = 0;
	if (mode_recall(c, symbol, UINT32_MAX, &mine, COURSE_NOTHING, &answer))
		return answer;
	c->steps = 0; /* what is kept for others gets a budget of its own */
	answer = answer_for_symbol(c, symbol, &mine, depth);
	c->steps = steps;
	mode_keep(c, symbol, UINT32_MAX, &mine, answer);
	return answer;
}

/* No parameter is open any more: what is left is not known. */
static formula_id settle(const struct conditions *c, formula_id formula)
{
	return formulas_get(c->formulas, formula).kind == FORMULA_CONSTANT ? formula
									   : FORMULA_UNKNOWN;
}

static bool is_registered(const struct program *program, uint32_t function)
{
	guint first;

	return program_registrations_of(program, function, &first) > 0;
}

static formula_id over_callers(struct conditions *c, uint32_t function, formula_id formula,
			       int depth)
{
	const struct program *program = c->program;
	const struct program_function *f = &program->functions[function];
	struct course course = {.conditions = c};
	formula_id answer = is_registered(program, function) ? FORMULA_UNKNOWN : COURSE_NOTHING;

	if (!f->in_count || f->in_count > MAX_CALLERS)
		return FORMULA_UNKNOWN;
	for (uint32_t i = 0; i < f->in_count && answer != FORMULA_UNKNOWN; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		formula_id one = conditions_at_caller(c, formula, edge->caller, edge->event,
						      edge->kind == EDGE_SYNCHRONOUS);

		answer = course_join(&course, answer,
				     mode_for_all_callers(c, edge->caller, one, depth + 1));
	}
	return answer;
}

formula_id mode_for_all_callers(struct conditions *c, uint32_t function, formula_id formula,
				int depth)
{
	gpointer key = pair_key(function, formula), value;
	formula_id answer;

	if (settle(c, formula) == formula)
		return formula;
	if (depth > MODE_DEPTH)
		return FORMULA_UNKNOWN;
	if (g_hash_table_lookup_extended(modes_of(c)->closed, key, NULL, &value))
		return GPOINTER_TO_UINT(value);
	g_hash_table_insert(c->modes->closed, key, GUINT_TO_POINTER(COURSE_NOTHING));
	answer = over_callers(c, function, formula, depth);
	g_hash_table_insert(c->modes->closed, key, GUINT_TO_POINTER(answer));
	return answer;
}

/* The row of the model by which `registration` was made, NULL if there is none. */
static const struct model_continuation *row_of(const struct program *program,
					       const struct program_registration *r)
{
	const struct model_function *model = models_function(program->models, r->via);

	for (guint i = 0; model && i < model->continuation_count; i++)
		if (model->continuations[i].ready_arg >= 0 || model->continuations[i].fd_param >= 0)
			return &model->continuations[i];
	return NULL;
}

/* event_new(base, -1, …): there is no descriptor. */
static bool is_of_timer(const struct program *program, const struct program_registration *r,
			uint32_t k)
{
	const struct fact_event *e =
		r->event == FACT_NONE ? NULL : program_event(program, r->unit, r->event);
	fact_id value;

	if (!e || e->kind != FACT_EVENT_CALL)
		return false;
	value = program_argument(program, r->unit, e, k);
	return value != FACT_NONE &&
	       program_value(program, r->unit, value)->kind == FACT_VALUE_INT &&
	       program_value(program, r->unit, value)->number < 0;
}

bool modes_is_readiness(const struct program *program, uint32_t registration)
{
	const struct program_registration *r = &program->registrations[registration];
	const struct model_continuation *row = row_of(program, r);

	if (row)
		return row->ready_arg >= 0 && !is_of_timer(program, r, (uint32_t)row->ready_arg);
	return r->by_loop || (!r->library && r->in_function != PROGRAM_NONE &&
			      program->functions[r->in_function].is_loop);
}

formula_id modes_at_root(struct conditions *c, uint32_t registration, const struct atom *atom)
{
	const struct program *program = c->program;
	const struct program_registration *r = &program->registrations[registration];
	const struct model_continuation *row = row_of(program, r);
	struct spot at = {.function = r->in_function, .event = r->event};
	struct atom mine = *atom;
	fact_id value;
	formula_id answer;

	if (!row || row->fd_param != (int)atom->param || atom->kind != CONDITION_FD_BLOCKING)
		return FORMULA_UNKNOWN;
	if (row->fd_mode)
		return row->fd_mode == MODEL_MODE_BLOCKING;
	if (r->in_function == PROGRAM_NONE || r->event == FACT_NONE ||
	    program_event(program, r->unit, r->event)->kind != FACT_EVENT_CALL)
		return FORMULA_UNKNOWN;
	value = program_argument(program, r->unit, program_event(program, r->unit, r->event),
				 (uint32_t)row->ready_arg);
	mine.number = MODE_FINALLY;
	if (value == FACT_NONE)
		return FORMULA_UNKNOWN;
	answer = mode_for_all_callers(c, r->in_function, modes_test(c, at, value, &mine, 0), 0);
	return course_is_empty(answer) ? FORMULA_UNKNOWN : answer;
}
