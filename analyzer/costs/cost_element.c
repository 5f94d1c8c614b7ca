/* The elements that a loop walks: whether it looks for one of them, and whether there come more of
 * them while the program runs. */
#include <string.h>

#include "analyzer/costs/cost_private.h"
#include "analyzer/costs/growth.h"

#define MAX_DEPTH 6

/* ---- what stands for an element ------------------------------------------------------------ */

/* Is `value` made of the walker, or of a local in `derived` (bits of the first 64 locals)? */
static bool is_made_of(const struct cost_body *body, fact_id value, const struct fact_value *walker,
		       uint64_t derived, int depth)
{
	struct fact_value v = cost_value(body, value);
	fact_id parts[3];
	unsigned count;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	if (cost_same(&v, walker) || (v.kind == FACT_VALUE_LOCAL && v.a < 64 && derived >> v.a & 1))
		return true;
	if (v.kind == FACT_VALUE_CALL) {
		const struct fact_event *call = cost_event(body, v.a);

		for (uint32_t k = 0; k < call->c; k++)
			if (is_made_of(body,
				       program_argument(body->costs->program, body->unit, call, k),
				       walker, derived, depth + 1))
				return true;
		return false;
	}
	count = facts_value_parts(&v, parts);
	for (unsigned i = 0; i < count; i++)
		if (is_made_of(body, parts[i], walker, derived, depth + 1))
			return true;
	return false;
}

/* The locals that the loop gives something of the walker. */
static uint64_t derived_of(const struct cost_body *body, const struct cost_loop *loop,
			   const struct fact_value *walker)
{
	uint64_t derived = 0;

	for (fact_id i = loop->begin; i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = cost_value(body, e->a);
		if (to.kind == FACT_VALUE_LOCAL && to.a < 64 && !cost_same(&to, walker) &&
		    is_made_of(body, e->b, walker, derived, 0))
			derived |= UINT64_C(1) << to.a;
	}
	return derived;
}

/* ---- searches ------------------------------------------------------------------------------ */

/* f(element) < 0: something went wrong, and mostly nothing does. */
static bool is_failure(const struct cost_body *body, fact_id test)
{
	struct fact_value v = cost_value(body, test);

	return v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_LT || v.op == FACT_OP_LE) &&
	       cost_value(body, v.b).kind == FACT_VALUE_INT && cost_value(body, v.b).number <= 0;
}

/* Does one of the tests ask for a property of an element? */
static bool any_asks(const struct cost_body *body, const GArray *open,
		     const struct fact_value *walker, uint64_t derived)
{
	for (guint k = 0; k < open->len; k++) {
		fact_id test = cost_event(body, g_array_index(open, fact_id, k))->a;

		if (!is_failure(body, test) && is_made_of(body, test, walker, derived, 0))
			return true;
	}
	return false;
}

bool cost_loop_searches(struct costs *costs, uint32_t function, const struct cost_loop *loop)
{
	GArray *open = costs->branches;
	const struct fact_value *walker = loop->walks ? &loop->walker : &loop->counter;
	struct cost_body body;
	uint64_t derived;
	int inside = 0;

	if (!loop->leaves || walker->kind == FACT_VALUE_UNKNOWN)
		return loop->leaves;
	cost_body_init(&body, costs, function);
	derived = derived_of(&body, loop, walker);
	g_array_set_size(open, 0);
	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = cost_event(&body, i);

		if (e->kind == FACT_EVENT_BRANCH)
			g_array_append_val(open, i);
		else if (e->kind == FACT_EVENT_BRANCH_END && open->len > 0)
			g_array_set_size(open, open->len - 1);
		inside += e->kind == FACT_EVENT_LOOP || e->kind == FACT_EVENT_SWITCH;
		inside -= e->kind == FACT_EVENT_LOOP_END || e->kind == FACT_EVENT_SWITCH_END;
		if (e->kind != FACT_EVENT_RETURN && e->kind != FACT_EVENT_GOTO &&
		    (e->kind != FACT_EVENT_BREAK || inside > 0))
			continue;
		if (open->len == 0 || any_asks(&body, open, walker, derived))
			return true; /* in any case, or at such an element */
	}
	return false;
}

/* ---- growth -------------------------------------------------------------------------------- */

static const char *type_of(const struct cost_body *body, const struct fact_value *v)
{
	const struct fact_param *row = program_local(body->costs->program, body->function, v);

	return row ? facts_string(body->costs->program->units[body->unit].facts, row->type) : "";
}

/* The element itself: the walker less an offset, or what a field without a type points to. */
static bool is_element(const struct cost_body *body, fact_id value, const struct fact_value *walker,
		       int depth)
{
	struct fact_value v = cost_value(body, value);
	const struct program_symbol *field;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	if (cost_same(&v, walker))
		return true;
	switch ((int)v.kind) {
	case FACT_VALUE_BINARY:
		return (v.op == FACT_OP_SUB || v.op == FACT_OP_ADD) &&
		       is_element(body, v.a, walker, depth + 1);
	case FACT_VALUE_CHOICE:
		return is_element(body, v.a, walker, depth + 1) ||
		       is_element(body, v.b, walker, depth + 1);
	case FACT_VALUE_FIELD:
		field = &body->costs->program
				 ->symbols[body->costs->program->units[body->unit].symbols[v.a]];
		return (g_str_equal(field->type, "void *") ||
			g_str_equal(field->type, "gpointer")) &&
		       is_element(body, v.b, walker, depth + 1);
	default:
		return false;
	}
}

uint32_t cost_loop_grown_by(struct costs *costs, uint32_t function, const struct cost_loop *loop)
{
	struct cost_body body;
	uint32_t by;

	if (loop->walker.kind == FACT_VALUE_UNKNOWN)
		return PROGRAM_NONE;
	if (!costs->growth)
		costs->growth = growth_new(costs);
	cost_body_init(&body, costs, function);
	by = growth_of(costs->growth, type_of(&body, &loop->walker), function);
	for (fact_id i = loop->begin; by == PROGRAM_NONE && i < loop->end; i++) {
		const struct fact_event *e = cost_event(&body, i);
		struct fact_value to;

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = cost_value(&body, e->a);
		if (to.kind == FACT_VALUE_LOCAL && !cost_same(&to, &loop->walker) &&
		    is_element(&body, e->b, &loop->walker, 0))
			by = growth_of(costs->growth, type_of(&body, &to), function);
	}
	return by;
}
