/* What is written to which descriptor or stream. From the calls that write, back along arguments,
 * stores and copies, to the places that descriptors came from; on the way what is done again and
 * again becomes bulk. */
#include "analyzer/handles/file_bulk_private.h"

#include "analyzer/handles/mode_private.h"

/* A wrapper of a wrapper of open() is followed this often. */
#define WRAPPINGS 3

const struct model_file *file_bulk_model(const struct program *program, uint32_t unit,
					 const struct fact_event *event)
{
	uint32_t symbol = event->kind == FACT_EVENT_CALL ? program_callee(program, unit, event)
							 : PROGRAM_NONE;

	if (symbol == PROGRAM_NONE || !program->symbols[symbol].model)
		return NULL;
	return &program->symbols[symbol].model->on_file;
}

gsize file_bulk_place(const struct program *program, uint32_t function, fact_id value)
{
	uint32_t unit = program->functions[function].unit;

	while (value != FACT_NONE) {
		const struct fact_value *v = program_value(program, unit, value);
		const struct model_file *model;

		switch ((enum fact_value_kind)v->kind) {
		case FACT_VALUE_LOCAL:
			return (gsize)1 << 60 | (gsize)function << 24 | v->a;
		case FACT_VALUE_PARAM:
			return (gsize)2 << 60 | (gsize)function << 24 | v->a;
		case FACT_VALUE_VARIABLE:
		case FACT_VALUE_FIELD:
			return (gsize)3 << 60 | program->units[unit].symbols[v->a];
		case FACT_VALUE_ELEMENT:
			value = v->a;
			continue;
		case FACT_VALUE_CALL:
			model = file_bulk_model(program, unit, program_event(program, unit, v->a));
			if (!model || model->same_as < 0)
				return 0;
			value = program_argument(program, unit, program_event(program, unit, v->a),
						 (uint32_t)model->same_as);
			continue;
		default: /* no place that is followed */
			return 0;
		}
	}
	return 0;
}

static bool is_symbol(gsize place)
{
	return place >> 60 == 3;
}

static enum file_amount amount_at(const struct file_bulk *b, gsize place)
{
	return (enum file_amount)GPOINTER_TO_UINT(
		g_hash_table_lookup(b->amounts, GSIZE_TO_POINTER(place)));
}

static enum file_amount again_and_again(enum file_amount amount)
{
	return amount == AMOUNT_FIXED    ? AMOUNT_LINES
	       : amount == AMOUNT_BUFFER ? AMOUNT_BULK
					 : amount;
}

/* Is the function called by the loop, or through a pointer, as often as something happens? */
static bool runs_often(const struct program *program, uint32_t function)
{
	const struct program_function *f = &program->functions[function];

	if (f->contexts & (CONTEXT_IO | CONTEXT_WORKER))
		return true;
	for (uint32_t i = 0; i < f->in_count; i++)
		if (program->edges[program->in_edges[f->first_in + i]].kind == EDGE_INDIRECT)
			return true;
	return false;
}

static void raise_amount(struct file_bulk *b, uint32_t function, fact_id value,
			 enum file_amount amount)
{
	gsize place = file_bulk_place(b->c->program, function, value);

	if (!place)
		return;
	/* What outlives the function is written in each of its turns. */
	if (is_symbol(place) && runs_often(b->c->program, function))
		amount = again_and_again(amount);
	if (amount <= amount_at(b, place))
		return;
	g_hash_table_insert(b->amounts, GSIZE_TO_POINTER(place), GUINT_TO_POINTER(amount));
	g_array_append_val(b->raised, place);
}

/* Loops. */

/* Does the expression contain the place? */
static bool is_like(const struct facts *facts, fact_id value, const void *data)
{
	return same_place(facts_row(facts, values, struct fact_value, value), data);
}

static bool is_in_arguments(const struct program *program, uint32_t unit,
			    const struct fact_event *call, const struct fact_value *place)
{
	const struct facts *facts = program->units[unit].facts;

	for (uint32_t k = 0; k < call->c; k++)
		if (facts_value_any(facts, program_argument(program, unit, call, k), is_like,
				    place))
			return true;
	return false;
}

/* A call that writes, and the argument that it writes to. */
struct writing {
	const struct fact_event *call;
	uint32_t to;
};

/* Is the place what an argument starts from: `bytes` of bytes + written? */
static bool is_base_of_argument(const struct program *program, uint32_t unit,
				const struct writing *w, const struct fact_value *place)
{
	for (uint32_t k = 0; k < w->call->c; k++) {
		fact_id value =
			k == w->to ? FACT_NONE : program_argument(program, unit, w->call, k);
		const struct fact_value *v = NULL;

		while (value != FACT_NONE) {
			v = program_value(program, unit, value);
			if (v->kind != FACT_VALUE_BINARY && v->kind != FACT_VALUE_ADDRESS &&
			    v->kind != FACT_VALUE_ELEMENT)
				break;
			value = v->a;
		}
		if (value != FACT_NONE && same_place(v, place))
			return true;
	}
	return false;
}

/* Does another call get what is written, so that it may fill it anew? */
static bool is_filled(const struct program *program, uint32_t unit, const struct writing *w,
		      const struct fact_event *other)
{
	for (uint32_t k = 0; other->c > 1 && k < other->c; k++) {
		const struct fact_value *place =
			program_value(program, unit, program_argument(program, unit, other, k));

		if ((place->kind == FACT_VALUE_LOCAL || place->kind == FACT_VALUE_PARAM) &&
		    is_base_of_argument(program, unit, w, place))
			return true;
	}
	return false;
}

/* Does the loop only go on until all of one buffer is written? Then it moves what the call is given
 * by an amount that is not constant, and nothing else in it fills the buffer. */
static bool is_retry(const struct program *program, uint32_t unit, fact_id begin, fact_id end,
		     const struct writing *w)
{
	bool moves = false;

	for (fact_id i = begin; i < end; i++) {
		const struct fact_event *e = program_event(program, unit, i);
		const struct fact_value *place;

		if (e->kind == FACT_EVENT_CALL && e != w->call) {
			if (is_filled(program, unit, w, e))
				return false;
			continue;
		}
		if (e->kind != FACT_EVENT_ASSIGN || e->b == FACT_NONE)
			continue;
		place = program_value(program, unit, e->a);
		if (is_in_arguments(program, unit, w->call, place))
			moves |= e->op == FACT_OP_ADD || e->op == FACT_OP_SUB ||
				 program_value(program, unit, e->b)->kind == FACT_VALUE_BINARY;
	}
	return moves;
}

/* Is the loop a do {} while (0), or one with a constant bound? */
static bool is_short(const struct program *program, uint32_t unit, const struct fact_event *loop)
{
	const struct fact_value *v =
		loop->a == FACT_NONE ? NULL : program_value(program, unit, loop->a);

	return (enum fact_bound)loop->c == FACT_BOUND_CONSTANT ||
	       (v && v->kind == FACT_VALUE_INT && !v->number);
}

/* Does the call at `at`, which writes to argument `to`, stand in a loop that has it done again and
 * again? */
static bool is_repeated(const struct program *program, struct spot at, uint32_t to)
{
	uint32_t first, count, unit = program->functions[at.function].unit;
	const struct fact_event *events = program_events(program, at.function, &first, &count);
	const struct writing w = {program_event(program, unit, at.event), to};
	g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < count; i++) {
		uint32_t begin;

		if (events[i].kind == FACT_EVENT_LOOP)
			g_array_append_val(open, i);
		if (events[i].kind != FACT_EVENT_LOOP_END || !open->len)
			continue;
		begin = g_array_index(open, uint32_t, open->len - 1);
		g_array_set_size(open, open->len - 1);
		if (first + begin < at.event && at.event < first + i &&
		    !is_short(program, unit, &events[begin]) &&
		    !is_retry(program, unit, first + begin, first + i, &w))
			return true;
	}
	return false;
}

/* The calls. */

static enum file_amount amount_of_call(struct file_bulk *b, struct spot at,
				       const struct model_file *model)
{
	uint32_t unit = b->c->program->functions[at.function].unit;
	const struct fact_event *e = program_event(b->c->program, unit, at.event);
	int64_t number;

	switch (model->amount) {
	case MODEL_AMOUNT_COPY:
		return AMOUNT_BULK;
	case MODEL_AMOUNT_TEXT:
		return AMOUNT_FIXED;
	case MODEL_AMOUNT_BYTES:
		break;
	}
	if (model->size < 0 ||
	    !conditions_constant(b->c, at.function,
				 program_argument(b->c->program, unit, e, (uint32_t)model->size),
				 &number))
		return AMOUNT_BUFFER;
	if (model->times >= 0 &&
	    !conditions_constant(b->c, at.function,
				 program_argument(b->c->program, unit, e, (uint32_t)model->times),
				 &number))
		return AMOUNT_BUFFER;
	return AMOUNT_FIXED;
}

static void read_call(struct file_bulk *b, struct spot at, const struct model_file *model)
{
	uint32_t unit = b->c->program->functions[at.function].unit;
	const struct fact_event *e = program_event(b->c->program, unit, at.event);
	struct file_opening opening = {.at = at, .by = at, .name = (uint32_t)model->opens};
	enum file_amount amount;
	gsize place;

	if (model->opens >= 0)
		g_array_append_val(b->openings, opening);
	if (model->renames >= 0)
		g_array_append_val(b->renames, at);
	if (model->closes >= 0) {
		place = file_bulk_place(
			b->c->program, at.function,
			program_argument(b->c->program, unit, e, (uint32_t)model->closes));
		if (place)
			g_hash_table_add(b->closers, GSIZE_TO_POINTER(place));
	}
	if (model->writes < 0)
		return;
	amount = amount_of_call(b, at, model);
	raise_amount(
		b, at.function, program_argument(b->c->program, unit, e, (uint32_t)model->writes),
		is_repeated(b->c->program, at, (uint32_t)model->writes) ? again_and_again(amount)
									: amount);
}

static void read_function(struct file_bulk *b, uint32_t function)
{
	const struct program *program = b->c->program;
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct model_file *model = file_bulk_model(program, unit, &events[i]);

		if (model)
			read_call(b, (struct spot){function, first + i}, model);
	}
}

/* Passing on. */

static void pass_to_callers(struct file_bulk *b, uint32_t function, uint32_t param,
			    enum file_amount amount)
{
	const struct program *program = b->c->program;
	const struct program_function *f = &program->functions[function];

	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		struct spot at = {edge->caller, edge->event};
		const struct fact_event *e =
			program_event(program, program->functions[edge->caller].unit, edge->event);

		if (edge->kind == EDGE_SYNCHRONOUS)
			continue;
		raise_amount(
			b, edge->caller,
			program_argument(program, program->functions[edge->caller].unit, e, param),
			is_repeated(program, at, param) ? again_and_again(amount) : amount);
	}
}

static void pass_to_stored(struct file_bulk *b, uint32_t symbol, enum file_amount amount)
{
	uint32_t next = modes_of(b->c)->first_use[symbol];

	while (next != PROGRAM_NONE) {
		struct mode_use use = g_array_index(b->c->modes->uses, struct mode_use, next);
		uint32_t unit = b->c->program->functions[use.function].unit;

		next = use.next;
		if (!use.is_call)
			raise_amount(b, use.function,
				     program_event(b->c->program, unit, use.event)->b, amount);
	}
}

static void pass_to_assigned(struct file_bulk *b, uint32_t function, const struct fact_value *local,
			     enum file_amount amount)
{
	const GArray *assignments = conditions_assignments(b->c, function);

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!a->by_address && same_place(&a->place, local))
			raise_amount(b, function, a->value, amount);
	}
}

static void pass_on(struct file_bulk *b, gsize place)
{
	enum file_amount amount = amount_at(b, place);
	uint32_t function = (uint32_t)(place >> 24 & UINT32_MAX), number = place & 0xffffff;
	struct fact_value local = {.kind = FACT_VALUE_LOCAL, .a = number};

	if (is_symbol(place)) {
		pass_to_stored(b, (uint32_t)(place & UINT32_MAX), amount);
		return;
	}
	if (place >> 60 == 2) {
		pass_to_callers(b, function, number, amount);
		local.kind = FACT_VALUE_PARAM;
	}
	pass_to_assigned(b, function, &local, amount);
}

/* A function that returns what it has opened opens it for its callers. */

gsize file_bulk_place_of_result(const struct program *program, struct spot at, bool *ret_returned)
{
	uint32_t first, count, unit = program->functions[at.function].unit;
	const struct fact_event *events = program_events(program, at.function, &first, &count);
	bool returned = false;
	gsize place = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_value *v =
			events[i].b == FACT_NONE || events[i].kind != FACT_EVENT_ASSIGN
				? NULL
				: program_value(program, unit, events[i].b);

		if (v && v->kind == FACT_VALUE_CALL && v->a == at.event)
			place = file_bulk_place(program, at.function, events[i].a);
		if (events[i].kind != FACT_EVENT_RETURN || events[i].a == FACT_NONE)
			continue;
		v = program_value(program, unit, events[i].a);
		returned |= v->kind == FACT_VALUE_CALL && v->a == at.event;
		returned |= place && !is_symbol(place) &&
			    file_bulk_place(program, at.function, events[i].a) == place;
	}
	if (ret_returned)
		*ret_returned = returned;
	return place;
}

static void follow_opening(struct file_bulk *b, guint row)
{
	const struct program *program = b->c->program;
	struct file_opening o = g_array_index(b->openings, struct file_opening, row);
	const struct program_function *f = &program->functions[o.at.function];
	bool returned;

	(void)file_bulk_place_of_result(program, o.at, &returned);
	for (uint32_t i = 0; returned && i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		struct file_opening outer = {.at = {edge->caller, edge->event},
					     .by = o.by,
					     .name = o.name,
					     .is_wrapped = true};

		if (edge->kind == EDGE_DIRECT)
			g_array_append_val(b->openings, outer);
	}
}

enum file_amount file_bulk_of_result(struct file_bulk *b, struct spot at)
{
	const struct program *program = b->c->program;
	uint32_t first, count, unit = program->functions[at.function].unit;
	const struct fact_event *events = program_events(program, at.function, &first, &count);
	gsize place = file_bulk_place_of_result(program, at, NULL);
	enum file_amount amount = place ? amount_at(b, place) : AMOUNT_NONE;

	/* write_all(open(...)) */
	for (uint32_t i = at.event - first; i < count; i++)
		for (uint32_t k = 0; events[i].kind == FACT_EVENT_CALL && k < events[i].c; k++) {
			fact_id value = program_argument(program, unit, &events[i], k);
			const struct fact_value *v = program_value(program, unit, value);
			uint32_t callee = program_called(program, unit, &events[i]);

			if (v->kind == FACT_VALUE_CALL && v->a == at.event &&
			    callee != PROGRAM_NONE)
				amount = MAX(amount, amount_at(b, (gsize)2 << 60 |
									  (gsize)callee << 24 | k));
		}
	return amount;
}

enum file_amount file_bulk_amount(struct file_bulk *b, uint32_t function, fact_id value)
{
	gsize place = file_bulk_place(b->c->program, function, value);

	return place ? amount_at(b, place) : AMOUNT_NONE;
}

struct file_bulk *file_bulk_of(struct conditions *c)
{
	struct file_bulk *b = c->files;
	guint from = 0;

	if (b)
		return b;
	b = c->files = g_new0(struct file_bulk, 1);
	b->c = c;
	b->amounts = g_hash_table_new(NULL, NULL);
	b->closers = g_hash_table_new(NULL, NULL);
	b->raised = g_array_new(FALSE, FALSE, sizeof(gsize));
	b->openings = g_array_new(FALSE, FALSE, sizeof(struct file_opening));
	b->renames = g_array_new(FALSE, FALSE, sizeof(struct spot));
	for (uint32_t i = 0; i < c->program->function_count; i++)
		read_function(b, i);
	for (guint i = 0; i < b->raised->len; i++)
		pass_on(b, g_array_index(b->raised, gsize, i));
	for (int i = 0; i < WRAPPINGS; i++) {
		guint to = b->openings->len;

		for (; from < to; from++)
			follow_opening(b, from);
	}
	return b;
}

void file_bulk_free(struct file_bulk *b)
{
	if (!b)
		return;
	g_hash_table_destroy(b->amounts);
	g_hash_table_destroy(b->closers);
	g_array_free(b->raised, TRUE);
	g_array_free(b->openings, TRUE);
	g_array_free(b->renames, TRUE);
	if (b->names)
		g_hash_table_destroy(b->names);
	g_free(b);
}
