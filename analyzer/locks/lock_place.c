/* Names of locks. A lock is the variable or the field that the value names, whatever pointer led
 * there; two objects of one type share the name of their field, unless both stand in variables of
 * their own. Elements of an array are one lock unless their index is written as a constant. Locals
 * are followed to what is assigned to them, calls to what they return. */
#include <string.h>

#include "analyzer/conditions/condition_private.h"
#include "analyzer/locks/lock_private.h"

#define DEPTH 20
#define STEPS 200 /* values looked at for one question */
#define JUMP 5 /* a local or a call is worth so many steps: three of them are followed */

static const struct lock_ref nothing = {LOCK_REF_NONE, PROGRAM_NONE};

static struct lock_ref place(struct locks *locks, const struct program *program, uint32_t function,
			     fact_id value, int depth);

static guint name_hash(gconstpointer data)
{
	const struct lock_name *name = data;

	return (name->symbol * 2654435761u + name->object) * 31u + (guint)name->index;
}

static gboolean name_equal(gconstpointer left, gconstpointer right)
{
	const struct lock_name *a = left, *b = right;

	return a->symbol == b->symbol && a->object == b->object && a->index == b->index;
}

GHashTable *lock_names_new(void)
{
	return g_hash_table_new_full(name_hash, name_equal, g_free, NULL);
}

static struct lock_ref named(struct locks *locks, uint32_t symbol, uint32_t object, int64_t index)
{
	struct lock_name name = {symbol, object, index};
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(locks->known, &name));

	if (!known) {
		g_array_append_val(locks->names, name);
		known = locks->names->len;
		g_hash_table_insert(locks->known, g_memdup2(&name, sizeof(name)),
				    GUINT_TO_POINTER(known));
	}
	return (struct lock_ref){LOCK_REF_NAMED, known - 1};
}

/* The same array, but another element than that which `ref` says. */
static struct lock_ref any_element(struct locks *locks, struct lock_ref ref)
{
	struct lock_name name;

	if (ref.kind != LOCK_REF_NAMED)
		return ref;
	name = g_array_index(locks->names, struct lock_name, ref.id);
	return named(locks, name.symbol, name.object, LOCK_ANY_INDEX);
}

static int64_t constant_of(const struct program *program, uint32_t unit, fact_id index)
{
	const struct fact_value *v =
		index == FACT_NONE ? NULL : program_value(program, unit, index);

	return v && v->kind == FACT_VALUE_INT ? v->number : LOCK_ANY_INDEX;
}

/* The variable that holds the object itself, PROGRAM_NONE if the way leads over a pointer. An
 * element that is written as a constant gives its index. */
static uint32_t object_of(const struct program *program, uint32_t unit, fact_id value,
			  int64_t *index)
{
	while (value != FACT_NONE) {
		const struct fact_value *v = program_value(program, unit, value);
		uint32_t symbol;

		if (v->kind == FACT_VALUE_FIELD) {
			symbol = program->units[unit].symbols[v->a];
			if (strchr(program->symbols[symbol].type, '*'))
				return PROGRAM_NONE;
			value = v->b;
		} else if (v->kind == FACT_VALUE_ADDRESS) {
			value = v->a;
		} else if (v->kind == FACT_VALUE_ELEMENT && *index == LOCK_ANY_INDEX &&
			   constant_of(program, unit, v->b) != LOCK_ANY_INDEX) {
			*index = constant_of(program, unit, v->b);
			value = v->a;
		} else if (v->kind == FACT_VALUE_VARIABLE) {
			symbol = program->units[unit].symbols[v->a];
			return strchr(program->symbols[symbol].type, '*') ? PROGRAM_NONE : symbol;
		} else {
			return PROGRAM_NONE;
		}
	}
	return PROGRAM_NONE;
}

static struct lock_ref named_field(struct locks *locks, const struct program *program,
				   uint32_t unit, const struct fact_value *field, int64_t index)
{
	int64_t inner = index;
	uint32_t object = object_of(program, unit, field->b, &inner);

	return named(locks, program->units[unit].symbols[field->a], object,
		     object == PROGRAM_NONE ? index : inner);
}

/* What all assignments to the local agree on. */
static struct lock_ref place_of_local(struct locks *locks, const struct program *program,
				      uint32_t function, const struct fact_value *local, int depth)
{
	const GArray *assignments = conditions_assignments(program_conditions(program), function);
	struct lock_ref all = nothing;

	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		struct lock_ref one;

		if (a->by_address || !same_place(&a->place, local) || a->value == FACT_NONE)
			continue;
		one = place(locks, program, function, a->value, depth + JUMP);
		if (one.kind == LOCK_REF_NONE)
			continue;
		if (all.kind != LOCK_REF_NONE && !lock_ref_equal(all, one))
			return nothing;
		all = one;
	}
	return all;
}

/* What the callee returns, if it returns one lock only. */
static struct lock_ref place_of_call(struct locks *locks, const struct program *program,
				     uint32_t function, fact_id event, int depth)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t callee = program_called(program, unit, program_event(program, unit, event));
	uint32_t first, count;
	const struct fact_event *events;
	struct lock_ref all = nothing;

	if (callee == PROGRAM_NONE)
		return nothing;
	events = program_events(program, callee, &first, &count);
	for (uint32_t i = 0; i < count; i++) {
		struct lock_ref one;

		if (events[i].kind != FACT_EVENT_RETURN)
			continue;
		one = place(locks, program, callee, events[i].a, depth + JUMP);
		if (one.kind == LOCK_REF_PARAM)
			one = place(locks, program, function,
				    program_argument(program, unit,
						     program_event(program, unit, event), one.id),
				    depth + JUMP);
		if (one.kind == LOCK_REF_NONE)
			continue;
		if (all.kind != LOCK_REF_NONE && !lock_ref_equal(all, one))
			return nothing;
		all = one;
	}
	return all;
}

static struct lock_ref place(struct locks *locks, const struct program *program, uint32_t function,
			     fact_id value, int depth)
{
	uint32_t unit = program->functions[function].unit;
	int64_t index = LOCK_ANY_INDEX;
	bool moved = false; /* to another element of what is still to come */
	struct lock_ref one;

	for (; value != FACT_NONE && depth <= DEPTH && locks->steps++ < STEPS; depth++) {
		struct fact_value v = *program_value(program, unit, value);

		switch ((enum fact_value_kind)v.kind) {
		case FACT_VALUE_ADDRESS:
		case FACT_VALUE_DEREF:
			value = v.a;
			continue;
		case FACT_VALUE_ELEMENT:
			index = moved ? LOCK_ANY_INDEX : constant_of(program, unit, v.b);
			moved = true;
			value = v.a;
			continue;
		case FACT_VALUE_BINARY: /* &locks[0] + i */
			index = LOCK_ANY_INDEX;
			moved = true;
			value = v.op == FACT_OP_ADD ? v.a : FACT_NONE;
			continue;
		case FACT_VALUE_VARIABLE:
			return named(locks, program->units[unit].symbols[v.a], PROGRAM_NONE, index);
		case FACT_VALUE_FIELD:
			return named_field(locks, program, unit, &v, index);
		case FACT_VALUE_PARAM:
			return (struct lock_ref){LOCK_REF_PARAM, v.a};
		case FACT_VALUE_LOCAL:
			one = place_of_local(locks, program, function, &v, depth);
			return moved ? any_element(locks, one) : one;
		case FACT_VALUE_CALL:
			one = place_of_call(locks, program, function, v.a, depth);
			return moved ? any_element(locks, one) : one;
		case FACT_VALUE_CHOICE:
			one = place(locks, program, function, v.a, depth + 1);
			if (one.kind != LOCK_REF_NONE)
				return one;
			value = v.b;
			continue;
		case FACT_VALUE_UNKNOWN:
		case FACT_VALUE_INT:
		case FACT_VALUE_NULL:
		case FACT_VALUE_STRING:
		case FACT_VALUE_FUNCTION:
		case FACT_VALUE_UNARY:
			return nothing;
		}
	}
	return nothing;
}

struct lock_ref lock_place(struct locks *locks, const struct program *program, uint32_t function,
			   fact_id value)
{
	locks->steps = 0;
	return place(locks, program, function, value, 0);
}

/* Does `right` follow `left` on its line, or is it the same? */
static bool follows(const struct program *program, uint32_t unit, fact_id left, fact_id right)
{
	const char *file = NULL, *other_file = NULL;
	uint32_t line, column, other_line, other_column;

	return program_locate(program, unit, left, &file, &line, &column) &&
	       program_locate(program, unit, right, &other_file, &other_line, &other_column) &&
	       line == other_line && column <= other_column && g_str_equal(file, other_file);
}

struct lock_ref lock_place_cleaned(struct locks *locks, const struct program *program,
				   uint32_t function, const struct fact_event *e)
{
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	/* The call stands at the variable's declaration, and nowhere in the text. */
	if (e->c != 1 || e->end != e->loc)
		return nothing;
	for (const struct fact_event *made = events; made < e; made++)
		if (made->kind == FACT_EVENT_ASSIGN && made->b != FACT_NONE &&
		    program_value(program, unit, made->a)->kind == FACT_VALUE_LOCAL &&
		    follows(program, unit, e->loc, made->loc))
			return lock_place(locks, program, function, made->b);
	return nothing;
}
