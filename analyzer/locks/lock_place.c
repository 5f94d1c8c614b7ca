/* Names of locks. A lock is the variable or the field that the value names, whatever index or
 * pointer led there; two objects of one type share the name of their field, unless both stand in
 * variables of their own. Locals are followed to what is assigned to them, calls to what they
 * return. */
#include <string.h>

#include "analyzer/conditions/condition_private.h"
#include "analyzer/locks/lock_private.h"
#include "analyzer/pair_key.h"

#define DEPTH 16
#define JUMP 5 /* a local or a call is worth so many steps: three of them are followed */

static const struct lock_ref nothing = {LOCK_REF_NONE, PROGRAM_NONE};

static struct lock_ref place(struct locks *locks, const struct program *program, uint32_t function,
			     fact_id value, int depth);

static struct lock_ref named(struct locks *locks, uint32_t symbol, uint32_t object)
{
	struct lock_name name = {symbol, object};
	gpointer key = pair_key(symbol, object);
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(locks->known, key));

	if (!known) {
		g_array_append_val(locks->names, name);
		known = locks->names->len;
		g_hash_table_insert(locks->known, key, GUINT_TO_POINTER(known));
	}
	return (struct lock_ref){LOCK_REF_NAMED, known - 1};
}

/* The variable that holds the object itself, PROGRAM_NONE if the way leads over a pointer. */
static uint32_t object_of(const struct program *program, uint32_t unit, fact_id value)
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
		} else if (v->kind == FACT_VALUE_VARIABLE) {
			symbol = program->units[unit].symbols[v->a];
			return strchr(program->symbols[symbol].type, '*') ? PROGRAM_NONE : symbol;
		} else {
			return PROGRAM_NONE;
		}
	}
	return PROGRAM_NONE;
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
			return nothing;
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
	struct lock_ref one;

	for (; value != FACT_NONE && depth <= DEPTH; depth++) {
		struct fact_value v = *program_value(program, unit, value);

		switch ((enum fact_value_kind)v.kind) {
		case FACT_VALUE_ADDRESS:
		case FACT_VALUE_DEREF:
		case FACT_VALUE_ELEMENT:
			value = v.a;
			continue;
		case FACT_VALUE_BINARY: /* &locks[0] + i */
			value = v.op == FACT_OP_ADD ? v.a : FACT_NONE;
			continue;
		case FACT_VALUE_VARIABLE:
			return named(locks, program->units[unit].symbols[v.a], PROGRAM_NONE);
		case FACT_VALUE_FIELD:
			return named(locks, program->units[unit].symbols[v.a],
				     object_of(program, unit, v.b));
		case FACT_VALUE_PARAM:
			return (struct lock_ref){LOCK_REF_PARAM, v.a};
		case FACT_VALUE_LOCAL:
			return place_of_local(locks, program, function, &v, depth);
		case FACT_VALUE_CALL:
			return place_of_call(locks, program, function, v.a, depth);
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
	return place(locks, program, function, value, 0);
}
