/* Conditions of models at a call, and what becomes of them on the way to the callers: parameters
 * turn into arguments until nothing is open, or until the loop that called the continuation. */
#include "analyzer/conditions/condition_private.h"
#include "analyzer/handles/file_bulk.h"
#include "analyzer/handles/mode.h"
#include "analyzer/pair_key.h"
#include "analyzer/same_value.h"

/* The text that begins what `value` points to: a constant, or for a buffer the first text that is
 * passed together with it before the call `e`, as snprintf() and strcpy() take one. NULL: unseen.
 */
static const char *text_of(struct conditions *c, uint32_t function, const struct fact_event *e,
			   fact_id value)
{
	uint32_t first, count, unit = c->program->functions[function].unit;
	const struct fact_event *events = program_events(c->program, function, &first, &count);
	const struct facts *facts = c->program->units[unit].facts;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(c->program, unit, value);

	if (v && v->kind == FACT_VALUE_STRING)
		return facts_string(facts, v->a);
	if (!v || v->kind != FACT_VALUE_LOCAL)
		return NULL;
	for (uint32_t i = 0; i < count && &events[i] < e; i++) {
		bool takes = false;

		for (uint32_t k = 0; events[i].kind == FACT_EVENT_CALL && k < events[i].c; k++) {
			fact_id argument = program_argument(c->program, unit, &events[i], k);
			const struct fact_value *a =
				argument == FACT_NONE ? NULL
						      : program_value(c->program, unit, argument);

			if (takes && a && a->kind == FACT_VALUE_STRING)
				return facts_string(facts, a->a);
			takes |= same_value(c->program, unit, value, argument);
		}
	}
	return NULL;
}

/* Does the function call `name` with the same argument before the call `e`? */
static formula_id is_asked(struct conditions *c, uint32_t function, const struct fact_event *e,
			   const struct condition *condition)
{
	uint32_t first, count, unit = c->program->functions[function].unit;
	const struct fact_event *events = program_events(c->program, function, &first, &count);
	fact_id argument = program_argument(c->program, unit, e, (uint32_t)condition->arg);

	for (uint32_t i = 0; i < count && &events[i] < e; i++)
		if (conditions_calls(c->program, unit, &events[i], condition->name) &&
		    same_value(c->program, unit, argument,
			       program_argument(c->program, unit, &events[i], 0)))
			return FORMULA_TRUE;
	return FORMULA_UNKNOWN;
}

/* CONDITION_BEGINS on `argument` of the call at `at`. */
static formula_id test_beginning(struct conditions *c, struct spot at, fact_id argument,
				 const struct atom *atom)
{
	uint32_t unit = c->program->functions[at.function].unit;
	const char *text =
		text_of(c, at.function, program_event(c->program, unit, at.event), argument);

	if (!text)
		return conditions_test(c, at, argument, atom);
	return g_str_has_prefix(text, atom->name) != atom->negated ? FORMULA_TRUE : FORMULA_FALSE;
}

static formula_id at_call(struct conditions *c, struct spot at, const struct condition *condition)
{
	uint32_t function = at.function, unit = c->program->functions[function].unit;
	const struct fact_event *e = program_event(c->program, unit, at.event);
	fact_id argument = condition->arg < 0 ? FACT_NONE
					      : program_argument(c->program, unit, e,
								 (uint32_t)condition->arg);
	struct atom atom = {
		.kind = condition->kind, .number = condition->number, .name = condition->name};
	formula_id answer;

	switch (condition->kind) {
	case CONDITION_TRUE:
		return FORMULA_TRUE;
	case CONDITION_FALSE:
		return FORMULA_FALSE;
	case CONDITION_UNKNOWN:
		return FORMULA_UNKNOWN;
	case CONDITION_ASKED:
		return is_asked(c, function, e, condition);
	case CONDITION_AFTER:
		return conditions_after(c, at, &atom);
	case CONDITION_NOT:
		answer = formulas_not(c->formulas, at_call(c, at, condition->left));
		/* Pointers that are passed to be used are hardly ever null. */
		return answer == FORMULA_UNKNOWN && condition->left->kind == CONDITION_NULL
			       ? FORMULA_TRUE
			       : answer;
	case CONDITION_AND:
		return formulas_and(c->formulas, at_call(c, at, condition->left),
				    at_call(c, at, condition->right));
	case CONDITION_OR:
		return formulas_or(c->formulas, at_call(c, at, condition->left),
				   at_call(c, at, condition->right));
	case CONDITION_UNLESS:
		answer = formulas_not(c->formulas, at_call(c, at, condition->right));
		return formulas_and(c->formulas, at_call(c, at, condition->left),
				    formulas_soften(c->formulas, answer));
	case CONDITION_BEGINS:
		return test_beginning(c, at, argument, &atom);
	case CONDITION_OPEN:
		return argument != FACT_NONE && file_bulk_lives_on(c, at, argument);
	case CONDITION_NULL:
	case CONDITION_ZERO:
	case CONDITION_EQUAL:
	case CONDITION_LESS:
	case CONDITION_FLAG:
	case CONDITION_ZERO_TIME:
	case CONDITION_POINTEE_FLAG:
	case CONDITION_POINTEE_EQUAL:
	case CONDITION_STRING:
	case CONDITION_ADDRESS:
	case CONDITION_STREAM:
	case CONDITION_FD_BLOCKING:
	case CONDITION_FD_NONBLOCKING:
	case CONDITION_FD_REGULAR:
	case CONDITION_HANDLE:
	case CONDITION_BULKY:
	case CONDITION_FD_BULKY:
		return conditions_test(c, at, argument, &atom);
	}
	return FORMULA_UNKNOWN;
}

formula_id conditions_at_call(struct conditions *c, uint32_t function, fact_id event,
			      const struct condition *condition)
{
	struct spot at = {.function = function, .event = event};

	return condition ? at_call(c, at, condition) : FORMULA_TRUE;
}

formula_id conditions_is_target(struct conditions *c, uint32_t param, uint32_t symbol)
{
	struct atom atom = {
		.kind = CONDITION_TARGET, .param = param, .number = symbol, .guard = true};

	return formulas_atom(c->formulas, &atom);
}

static guint atom_count(const struct conditions *c, formula_id id)
{
	struct formula f = formulas_get(c->formulas, id);

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return 0;
	case FORMULA_ATOM:
		return 1;
	case FORMULA_AND:
	case FORMULA_OR:
		return atom_count(c, f.left) + atom_count(c, f.right);
	}
	return 0;
}

bool conditions_is_small(const struct conditions *c, formula_id formula)
{
	return atom_count(c, formula) <= CONDITIONS_ATOMS;
}

bool conditions_is_decided(const struct conditions *c, formula_id formula)
{
	struct formula f = formulas_get(c->formulas, formula);

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return formula != FORMULA_UNKNOWN;
	case FORMULA_ATOM:
		return true;
	case FORMULA_AND:
	case FORMULA_OR:
		return conditions_is_decided(c, f.left) && conditions_is_decided(c, f.right);
	}
	return false;
}

bool conditions_can_hold(const struct conditions *c, formula_id formula)
{
	struct formula f = formulas_get(c->formulas, formula);

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return formula == FORMULA_TRUE;
	case FORMULA_ATOM:
		return true;
	case FORMULA_AND:
		return conditions_can_hold(c, f.left) && conditions_can_hold(c, f.right);
	case FORMULA_OR:
		return conditions_can_hold(c, f.left) || conditions_can_hold(c, f.right);
	}
	return false;
}

/* A formula that would grow beyond CONDITIONS_ATOMS loses its guards (they count as true). */
formula_id conditions_and(struct conditions *c, formula_id left, formula_id right)
{
	if (left == FORMULA_TRUE)
		return right;
	if (right == FORMULA_TRUE || left == FORMULA_FALSE)
		return left;
	if (right != FORMULA_FALSE && atom_count(c, left) + atom_count(c, right) > CONDITIONS_ATOMS)
		return left;
	return formulas_and(c->formulas, left, right);
}

/* May what the argument holds take a walk over the caller? */
static bool takes_a_walk(const struct conditions *c, uint32_t function, const struct atom *atom,
			 fact_id argument)
{
	uint32_t unit = c->program->functions[function].unit;

	return argument != FACT_NONE &&
	       (atom->field || program_value(c->program, unit, argument)->kind == FACT_VALUE_LOCAL);
}

/* The atom `formula` on `argument` of the call `event`. Many formulas have it in common: what takes
 * a walk is asked once. */
static formula_id test_argument(struct conditions *c, formula_id formula, const struct atom *atom,
				struct spot at, fact_id argument)
{
	struct body *body = conditions_body(c, at.function);
	gpointer key = pair_key(at.event, formula);
	formula_id known;

	if (atom->kind == CONDITION_BEGINS)
		return test_beginning(c, at, argument, atom);
	if (c->questions || c->branches || !takes_a_walk(c, at.function, atom, argument))
		return conditions_test(c, at, argument, atom);
	if (!body->at_calls)
		body->at_calls = g_hash_table_new(pair_key_hash, NULL);
	known = GPOINTER_TO_UINT(g_hash_table_lookup(body->at_calls, key));
	if (!known) {
		known = conditions_test(c, at, argument, atom) + 1;
		g_hash_table_insert(body->at_calls, key, GUINT_TO_POINTER(known));
	}
	return known - 1;
}

formula_id conditions_at_caller(struct conditions *c, formula_id formula, uint32_t caller,
				fact_id event, bool synchronous)
{
	uint32_t unit = c->program->functions[caller].unit;
	struct formula f = formulas_get(c->formulas, formula);
	struct spot at = {.function = caller, .event = event};
	formula_id left, right;
	fact_id argument;

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return formula;
	case FORMULA_ATOM:
		if (f.atom.kind == CONDITION_AFTER)
			return conditions_after(c, at, &f.atom);
		if (synchronous)
			return f.atom.guard ? FORMULA_TRUE : FORMULA_UNKNOWN;
		argument = program_argument(c->program, unit,
					    program_event(c->program, unit, event), f.atom.param);
		return test_argument(c, formula, &f.atom, at, argument);
	case FORMULA_AND:
	case FORMULA_OR:
		left = conditions_at_caller(c, f.left, caller, event, synchronous);
		right = conditions_at_caller(c, f.right, caller, event, synchronous);
		return f.kind == FORMULA_AND ? formulas_and(c->formulas, left, right)
					     : formulas_or(c->formulas, left, right);
	}
	return FORMULA_UNKNOWN;
}

formula_id conditions_before(struct conditions *c, formula_id formula,
			     const struct program_edge *edge)
{
	return conditions_and(c,
			      conditions_at_caller(c, formula, edge->caller, edge->event,
						   edge->kind == EDGE_SYNCHRONOUS),
			      conditions_guard(c, edge->caller, edge->event));
}

static formula_id atom_at_root(struct conditions *c, const struct atom *atom, uint32_t registration)
{
	formula_id answer;

	if (atom->kind == CONDITION_AFTER) /* nothing comes before the continuation */
		return atom->negated ? FORMULA_TRUE : FORMULA_FALSE;
	if (atom->guard ||
	    (atom->negated && (atom->kind == CONDITION_NULL || atom->kind == CONDITION_ADDRESS ||
			       atom->kind == CONDITION_BEGINS)))
		return FORMULA_TRUE;
	if (!modes_is_about(atom->kind) || registration == PROGRAM_NONE)
		return FORMULA_UNKNOWN;
	answer = modes_at_root(c, registration, atom);
	return atom->negated ? formulas_not(c->formulas, answer) : answer;
}

static formula_id formula_at_root(struct conditions *c, formula_id formula, uint32_t registration)
{
	struct formula f = formulas_get(c->formulas, formula);
	formula_id left, right;

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return formula;
	case FORMULA_ATOM:
		return atom_at_root(c, &f.atom, registration);
	case FORMULA_AND:
	case FORMULA_OR:
		left = formula_at_root(c, f.left, registration);
		right = formula_at_root(c, f.right, registration);
		return f.kind == FORMULA_AND ? formulas_and(c->formulas, left, right)
					     : formulas_or(c->formulas, left, right);
	}
	return FORMULA_UNKNOWN;
}

/* Is the continuation one because a loop calls it by its name? */
static bool is_called_by_name(const struct program *program, const struct program_registration *r)
{
	return r->context == CONTEXT_IO && r->event != FACT_NONE &&
	       r->in_function != PROGRAM_NONE && program->functions[r->in_function].is_loop &&
	       program_event(program, r->unit, r->event)->kind == FACT_EVENT_CALL &&
	       program_callee(program, r->unit, program_event(program, r->unit, r->event)) ==
		       program->functions[r->function].symbol;
}

/* `formula` where the loop function `loop` calls the root: what it passes is known. */
static formula_id formula_at_loop(struct conditions *c, formula_id formula, uint32_t loop,
				  fact_id event)
{
	formula_id here = conditions_at_caller(c, formula, loop, event, false);

	return formula_at_root(c, here, PROGRAM_NONE);
}

/* For all calls by which loops make it. */
static formula_id formula_at_loops(struct conditions *c, formula_id formula,
				   const struct program_registration *r)
{
	const struct program *program = c->program;
	const struct program_function *f = &program->functions[r->function];
	formula_id any = formula_at_loop(c, formula, r->in_function, r->event);

	for (uint32_t i = 0; i < f->in_count && any != FORMULA_TRUE; i++) {
		const struct program_edge *e = &program->edges[program->in_edges[f->first_in + i]];

		if (e->kind == EDGE_DIRECT && program->functions[e->caller].is_loop &&
		    conditions_in_loop(c, e->caller, e->event))
			any = formulas_or(c->formulas, any,
					  formula_at_loop(c, formula, e->caller, e->event));
	}
	return any;
}

formula_id conditions_at_root(struct conditions *c, formula_id formula, uint32_t registration)
{
	const struct program_registration *r =
		registration == PROGRAM_NONE ? NULL : &c->program->registrations[registration];

	return r && is_called_by_name(c->program, r) ? formula_at_loops(c, formula, r)
						     : formula_at_root(c, formula, registration);
}
