/* Fields of what a parameter points to: `if (c->mode == SERVER) ...` in a function that is handed
 * `c`. A caller that has just set the field decides, or one that has branched on it itself; so a
 * test of such a field is an atom, as one of the parameter is.
 *
 * That holds as long as nothing between the function's beginning and the test changes the field.
 * Fields are told apart by their names, not by their objects: an assignment to the field of another
 * object, unless that is a local record, makes it unknown, and so does a call of what may come to
 * one. Only fields are followed that some function sets to a constant before it hands their object
 * on.
 *
 * Misses what a function below clears as a whole under another name of the type, or changes through
 * a pointer to the field that was kept, and what another thread changes. */
#include "analyzer/conditions/course.h"
#include "analyzer/conditions/field_setters.h"
#include "analyzer/pair_key.h"

#define MAX_CHAIN 4

/* o.a.b is `b` in the place that is `a` in place 0, the object. */
struct field_place {
	uint32_t parent;
	uint32_t symbol;
};

struct fields {
	struct setters *setters;
	GArray *places;      /* struct field_place; row 0 is the object itself */
	GHashTable *known;   /* parent and symbol -> row of places */
	GHashTable *changes; /* function and place -> the first event that may change it */
	GHashTable *aliases; /* function and local -> value that it gets, the only one; FACT_NONE */
};

/* What is asked of a field: `field` of what `root` points to, or is. */
struct question {
	struct conditions *c;
	uint32_t function, unit;
	struct fact_value root;
	uint32_t field; /* row of places */
	const struct atom *atom;
	int depth;
};

static struct fields *fields_of(struct conditions *c)
{
	const struct field_place object = {0, PROGRAM_NONE};
	struct fields *fields = c->fields;

	if (fields)
		return fields;
	fields = c->fields = g_new0(struct fields, 1);
	fields->setters = setters_new(c->program);
	fields->places = g_array_new(FALSE, FALSE, sizeof(struct field_place));
	g_array_append_val(fields->places, object);
	fields->known = g_hash_table_new(pair_key_hash, NULL);
	fields->changes = g_hash_table_new(pair_key_hash, NULL);
	fields->aliases = g_hash_table_new(pair_key_hash, NULL);
	return fields;
}

void conditions_free_fields(struct fields *fields)
{
	if (!fields)
		return;
	setters_free(fields->setters);
	g_array_free(fields->places, TRUE);
	g_hash_table_destroy(fields->known);
	g_hash_table_destroy(fields->changes);
	g_hash_table_destroy(fields->aliases);
	g_free(fields);
}

/* ---- places ------------------------------------------------------------------------------- */

static uint32_t place_in(struct fields *fields, uint32_t parent, uint32_t symbol)
{
	gpointer key = pair_key(parent, symbol);
	uint32_t row = GPOINTER_TO_UINT(g_hash_table_lookup(fields->known, key));
	struct field_place place = {parent, symbol};

	if (row)
		return row;
	g_array_append_val(fields->places, place);
	row = fields->places->len - 1;
	g_hash_table_insert(fields->known, key, GUINT_TO_POINTER(row));
	return row;
}

/* `field`, seen from an object that is itself at `parent`. */
static uint32_t place_below(struct fields *fields, uint32_t parent, uint32_t field)
{
	struct field_place place = g_array_index(fields->places, struct field_place, field);

	return field ? place_in(fields, place_below(fields, parent, place.parent), place.symbol)
		     : parent;
}

static int place_depth(const struct fields *fields, uint32_t field)
{
	int depth = 0;

	for (; field; field = g_array_index(fields->places, struct field_place, field).parent)
		depth++;
	return depth;
}

/* Is it the field itself, of whatever object, or one that it is a part of? */
static bool is_on_the_way(const struct fields *fields, uint32_t field, uint32_t symbol)
{
	while (field) {
		const struct field_place *place =
			&g_array_index(fields->places, struct field_place, field);

		if (place->symbol == symbol)
			return true;
		field = place->parent;
	}
	return false;
}

/* What the local gets, if it is only one value; FACT_NONE else. */
static fact_id alias_of(struct conditions *c, uint32_t function, const struct fact_value *local)
{
	gpointer key = pair_key(function, local->a), known;
	const GArray *assignments = conditions_assignments(c, function);
	fact_id found = FACT_NONE;
	bool any = false;

	if (g_hash_table_lookup_extended(c->fields->aliases, key, NULL, &known))
		return GPOINTER_TO_UINT(known);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!same_place(&a->place, local))
			continue;
		found = any || a->by_address || a->op != FACT_OP_NONE ? FACT_NONE : a->value;
		any = true;
	}
	g_hash_table_insert(c->fields->aliases, key, GUINT_TO_POINTER(found));
	return found;
}

/* Reads o->a.b, or the address of such a place: the parameter `o`, or the local that gets nothing
 * that can be read likewise, and the place. False if it is anything else. */
static bool read_place(struct conditions *c, uint32_t function, fact_id value, int depth,
		       struct fact_value *ret_root, uint32_t *ret_field)
{
	uint32_t symbol, unit = c->program->functions[function].unit;
	const struct fact_value *v;

	if (value == FACT_NONE || depth > MAX_CHAIN)
		return false;
	v = program_value(c->program, unit, value);
	if (v->kind == FACT_VALUE_ADDRESS) {
		const struct fact_value *place = program_value(c->program, unit, v->a);

		return read_place(c, function, place->kind == FACT_VALUE_DEREF ? place->a : v->a,
				  depth + 1, ret_root, ret_field); /* &*p is p */
	}
	if (v->kind == FACT_VALUE_LOCAL &&
	    read_place(c, function, alias_of(c, function, v), depth + 1, ret_root, ret_field))
		return true;
	if (v->kind != FACT_VALUE_FIELD) {
		*ret_root = *v;
		*ret_field = 0;
		return setters_is_root(v);
	}
	symbol = c->program->units[unit].symbols[v->a];
	if (c->program->symbols[symbol].flags & (FACT_SYMBOL_UNION_FIELD | FACT_SYMBOL_VOLATILE) ||
	    !read_place(c, function, v->b, depth + 1, ret_root, ret_field))
		return false;
	*ret_field = place_in(c->fields, *ret_field, symbol);
	return true;
}

/* ---- questions ---------------------------------------------------------------------------- */

/* The symbol of the field. */
static uint32_t symbol_of(const struct question *q)
{
	return g_array_index(q->c->fields->places, struct field_place, q->field).symbol;
}

static bool may_change(const struct question *q, uint32_t function)
{
	return setters_may_change(q->c->fields->setters, function, symbol_of(q));
}

/* May the call change the field, of whatever object? */
static bool is_changed_by(const struct question *q, fact_id event)
{
	const struct program *program = q->c->program;
	const struct program_function *f = &program->functions[q->function];
	const struct fact_event *e = program_event(program, q->unit, event);
	uint32_t i = program_first_edge(program, q->function, event);
	bool any = false;
	fact_id root;

	for (uint32_t k = 0; k < e->c; k++) {
		const struct fact_value *place = setters_pointed_field(
			program, q->unit, program_argument(program, q->unit, e, k));

		if (place && program->units[q->unit].symbols[place->a] == symbol_of(q))
			return true;
	}
	for (; i < f->out_count && program->edges[f->first_out + i].event == event; i++) {
		if (may_change(q, program->edges[f->first_out + i].callee))
			return true;
		any = true;
	}
	if (any)
		return false;
	if (program_callee(program, q->unit, e) == PROGRAM_NONE)
		return true; /* nobody knows what it is */
	root = e->c ? conditions_base(program, q->unit, program_argument(program, q->unit, e, 0))
		    : FACT_NONE;
	return root != FACT_NONE && same_place(program_value(program, q->unit, root), &q->root);
}

/* Does the call clear the object, or a part of it that the field is in: memset(c, 0, sizeof *c)? */
static bool is_cleared_by(const struct question *q, fact_id event)
{
	const struct program *program = q->c->program;
	const struct fact_event *e = program_event(program, q->unit, event);
	const struct fact_value *byte;
	struct fact_value root;
	uint32_t field, above = q->field;

	if (e->c != 3 || !setters_is_filler(program_call_model(program, q->unit, e)))
		return false;
	byte = program_value(program, q->unit, program_argument(program, q->unit, e, 1));
	if (byte->kind != FACT_VALUE_INT || byte->number ||
	    !read_place(q->c, q->function, program_argument(program, q->unit, e, 0), 0, &root,
			&field) ||
	    !same_place(&root, &q->root))
		return false;
	while (above && above != field)
		above = g_array_index(q->c->fields->places, struct field_place, above).parent;
	return above == field;
}

static bool is_record(const struct question *q, const struct fact_value *base)
{
	return base->kind == FACT_VALUE_LOCAL &&
	       !(program_local(q->c->program, q->function, base)->flags & FACT_SYMBOL_POINTER);
}

/* Is the place a field of a local record, and that is not the object asked about? */
static bool is_in_other_local(const struct question *q, const struct fact_value *place)
{
	const struct fact_value *base =
		place->b == FACT_NONE ? NULL : program_value(q->c->program, q->unit, place->b);

	return base && !same_place(base, &q->root) && is_record(q, base);
}

/* May the event change the field, of whatever object? */
static bool is_change(const struct question *q, fact_id event)
{
	const struct program *program = q->c->program;
	const struct fact_event *e = program_event(program, q->unit, event);
	const struct fact_value *place;

	if (e->kind == FACT_EVENT_CALL)
		return is_changed_by(q, event);
	if (e->kind != FACT_EVENT_ASSIGN)
		return false;
	place = program_value(program, q->unit, e->a);
	return place->kind == FACT_VALUE_FIELD && !is_in_other_local(q, place) &&
	       is_on_the_way(q->c->fields, q->field, program->units[q->unit].symbols[place->a]);
}

/* Is the assignment one to the field of this object, and to all of it? */
static bool is_own(const struct question *q, const struct fact_event *e)
{
	struct fact_value root;
	uint32_t field;

	return e->op == FACT_OP_NONE && read_place(q->c, q->function, e->a, 0, &root, &field) &&
	       field == q->field && same_place(&root, &q->root);
}

static formula_id step(struct course *course, fact_id event, formula_id state)
{
	const struct question *q = course->user;
	const struct program *program = q->c->program;
	const struct fact_event *e = program_event(program, q->unit, event);
	struct spot at = {.function = q->function, .event = event};
	struct atom plain = *q->atom, below = *q->atom;

	plain.field = 0;
	below.field = q->field;
	if (e->kind == FACT_EVENT_CALL && is_cleared_by(q, event))
		return conditions_test_value(q->c, at, program_argument(program, q->unit, e, 1),
					     &plain, q->depth + 1);
	if (e->kind == FACT_EVENT_ASSIGN &&
	    same_place(program_value(program, q->unit, e->a), &q->root))
		return is_record(q, &q->root)
			       ? conditions_test_field(q->c, at, e->b, &below, q->depth + 1)
			       : FORMULA_UNKNOWN;
	if (e->kind == FACT_EVENT_ASSIGN && is_own(q, e))
		return conditions_test_value(q->c, at, e->b, &plain, q->depth + 1);
	return is_change(q, event) ? FORMULA_UNKNOWN : state;
}

/* The first event of the function that may change the field of what a parameter points to,
 * FACT_NONE if none does. */
static fact_id first_change(const struct question *q)
{
	struct fields *fields = q->c->fields;
	gpointer key = pair_key(q->function, q->field), known;
	uint32_t first, count;
	fact_id found = FACT_NONE;

	if (g_hash_table_lookup_extended(fields->changes, key, NULL, &known))
		return GPOINTER_TO_UINT(known);
	(void)program_events(q->c->program, q->function, &first, &count);
	if (!setters_calls_unknown(fields->setters, q->function) &&
	    !setters_fills(fields->setters, q->function) && !may_change(q, q->function))
		count = 0;
	for (uint32_t i = 0; i < count && found == FACT_NONE; i++)
		if (is_change(q, first + i))
			found = first + i;
	g_hash_table_insert(fields->changes, key, GUINT_TO_POINTER(found));
	return found;
}

/* Does the function itself set the field of this object to a constant, or clear an object? Only
 * then is a walk to the event worth its time. */
static bool is_set_here(const struct question *q)
{
	const GArray *assignments = conditions_assignments(q->c, q->function);
	uint32_t symbol = symbol_of(q);

	if (setters_fills(q->c->fields->setters, q->function))
		return true;
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (a->by_address || a->place.kind != FACT_VALUE_FIELD || a->value == FACT_NONE ||
		    q->c->program->units[q->unit].symbols[a->place.a] != symbol ||
		    !is_own(q, program_event(q->c->program, q->unit, a->event)))
			continue;
		if (setters_is_constant(q->c->program, q->unit, a->value))
			return true;
	}
	return false;
}

static formula_id walk(struct question *q, fact_id event)
{
	struct course course = {.conditions = q->c,
				.function = q->function,
				.start = COURSE_NOTHING,
				.step = step,
				.user = q,
				.depth = q->depth};
	struct course_subject subject = {q->root, q->root};
	struct atom atom = *q->atom;
	formula_id answer;

	atom.field = q->field;
	answer = course_remembered(&course, &subject, &atom, event);
	return course_is_empty(answer) ? FORMULA_UNKNOWN : answer;
}

static formula_id ask(struct question *q, fact_id event)
{
	bool of_param = q->root.kind == FACT_VALUE_PARAM;
	struct atom mine = *q->atom;
	fact_id change;

	if (!setters_decide(q->c->fields->setters, symbol_of(q)))
		return FORMULA_UNKNOWN;
	change = of_param ? first_change(q) : event;
	if (of_param && !conditions_is_assigned(q->c, q->function, &q->root) &&
	    (change == FACT_NONE || (event != FACT_NONE && event <= change &&
				     !conditions_in_loop(q->c, q->function, event)))) {
		mine.param = q->root.a;
		mine.field = q->field;
		return formulas_atom(q->c->formulas, &mine);
	}
	/* What merely tells two arms apart is not worth a walk. */
	if (change == FACT_NONE || event == FACT_NONE || q->depth > CONDITIONS_DEPTH ||
	    q->c->branches || !is_set_here(q))
		return FORMULA_UNKNOWN;
	return walk(q, event);
}

static bool is_number_test(enum condition_kind kind)
{
	return kind == CONDITION_NULL || kind == CONDITION_ZERO || kind == CONDITION_EQUAL ||
	       kind == CONDITION_LESS || kind == CONDITION_FLAG;
}

formula_id conditions_test_field(struct conditions *c, struct spot at, fact_id value,
				 const struct atom *atom, int depth)
{
	struct atom plain = *atom;
	struct question q = {.c = c,
			     .function = at.function,
			     .unit = c->program->functions[at.function].unit,
			     .atom = &plain,
			     .depth = depth};

	(void)fields_of(c);
	if (depth > CONDITIONS_DEPTH || value == FACT_NONE || !is_number_test(atom->kind) ||
	    !read_place(c, q.function, value, 0, &q.root, &q.field) ||
	    place_depth(c->fields, q.field) + place_depth(c->fields, atom->field) > MAX_CHAIN)
		return FORMULA_UNKNOWN;
	q.field = place_below(c->fields, q.field, atom->field);
	plain.field = 0;
	return q.field ? ask(&q, at.event) : FORMULA_UNKNOWN;
}
