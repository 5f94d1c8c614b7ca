/* Modes and calls: what models say a call does to a descriptor or handle, and what the summaries of
 * defined functions say. */
#include "analyzer/handles/mode_private.h"
#include "analyzer/pair_key.h"

static bool is_about(const struct model_mode_effect *effect, const struct atom *atom)
{
	return (effect->handle_mode != NULL) == mode_is_of_handle(atom);
}

/* What `mode` answers; `name` is that of a handle's mode. */
static formula_id truth(const struct atom *atom, enum model_mode mode, const char *name)
{
	if (mode_is_of_handle(atom))
		return g_str_equal(name, atom->name);
	switch (mode) {
	case MODEL_MODE_UNKNOWN:
		return FORMULA_UNKNOWN;
	case MODEL_MODE_NONBLOCKING:
		return atom->kind == CONDITION_FD_NONBLOCKING;
	case MODEL_MODE_BLOCKING:
		return atom->kind == CONDITION_FD_BLOCKING;
	case MODEL_MODE_REGULAR:
		return atom->kind == CONDITION_FD_REGULAR;
	case MODEL_MODE_PLAIN:
		return atom->kind == CONDITION_FD_NONBLOCKING ? FORMULA_FALSE : FORMULA_UNKNOWN;
	}
	return FORMULA_UNKNOWN;
}

/* A handle over a descriptor: blocking or not as that is. */
static formula_id from_descriptor(struct conditions *c, struct spot at, uint32_t k,
				  const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	fact_id value =
		program_argument(c->program, unit, program_event(c->program, unit, at.event), k);
	struct atom fd = {.kind = CONDITION_FD_BLOCKING, .number = atom->number};
	formula_id blocking;

	if (value == FACT_NONE)
		return FORMULA_UNKNOWN;
	blocking = modes_test(c, at, value, &fd, depth + 1);
	if (g_str_equal(atom->name, model_mode_name(MODEL_MODE_BLOCKING)))
		return blocking;
	return g_str_equal(atom->name, model_mode_name(MODEL_MODE_NONBLOCKING))
		       ? formulas_not(c->formulas, blocking)
		       : FORMULA_FALSE;
}

static formula_id from_handle(struct conditions *c, struct spot at, uint32_t k,
			      const struct atom *atom, int depth)
{
	uint32_t unit = c->program->functions[at.function].unit;
	fact_id value =
		program_argument(c->program, unit, program_event(c->program, unit, at.event), k);

	return value == FACT_NONE ? FORMULA_UNKNOWN : modes_test(c, at, value, atom, depth + 1);
}

static formula_id new_mode(struct conditions *c, struct spot at,
			   const struct model_mode_effect *effect, const struct atom *atom,
			   int depth)
{
	if (effect->from_arg < 0)
		return truth(atom, effect->mode, effect->handle_mode);
	return effect->from_handle
		       ? from_handle(c, at, (uint32_t)effect->from_arg, atom, depth)
		       : from_descriptor(c, at, (uint32_t)effect->from_arg, atom, depth);
}

/* `yes` if `when` holds, else `no`. */
static formula_id choose(struct conditions *c, const struct atom *atom, formula_id when,
			 formula_id yes, formula_id no)
{
	formula_id split;

	if (when == FORMULA_TRUE || yes == no)
		return yes;
	if (when == FORMULA_FALSE)
		return no;
	no = course_is_empty(no) ? FORMULA_UNKNOWN : no;
	if (!conditions_is_decided(c, when))
		return no > FORMULA_UNKNOWN && yes == mode_prevailing(atom) ? yes : FORMULA_UNKNOWN;
	split = formulas_or(c->formulas, formulas_and(c->formulas, when, yes),
			    formulas_and(c->formulas, formulas_not(c->formulas, when), no));
	return conditions_is_small(c, split) ? split : FORMULA_UNKNOWN;
}

static formula_id apply(struct conditions *c, struct spot at,
			const struct model_mode_effect *effect, const struct atom *atom,
			formula_id before, int depth)
{
	formula_id when = conditions_at_call(c, at.function, at.event, effect->when);
	formula_id otherwise =
		effect->otherwise == MODEL_MODE_UNKNOWN
			? before
			: truth(atom, effect->otherwise, model_mode_name(effect->otherwise));

	if (when == FORMULA_FALSE)
		return otherwise;
	if (when == FORMULA_UNKNOWN && effect->unclear != MODEL_MODE_UNKNOWN)
		return truth(atom, effect->unclear, model_mode_name(effect->unclear));
	return choose(c, atom, when, new_mode(c, at, effect, atom, depth), otherwise);
}

/* Files stay files whatever is set on them. */
static bool changes(const struct model_mode_effect *effect, const struct atom *atom)
{
	return atom->kind != CONDITION_FD_REGULAR || effect->points ||
	       effect->mode == MODEL_MODE_REGULAR;
}

static formula_id after_model(struct conditions *c, struct spot at,
			      const struct model_function *model, uint32_t k,
			      enum mode_access access, const struct atom *atom, formula_id before,
			      int depth)
{
	for (guint i = 0; i < model->effect_count; i++) {
		const struct model_mode_effect *effect = &model->effects[i];

		if (effect->arg != (int)k || !is_about(effect, atom) || !changes(effect, atom))
			continue;
		if (!effect->handle_mode && effect->points != (access == MODE_BY_ADDRESS))
			continue;
		before = apply(c, at, effect, atom, before, depth);
	}
	return before;
}

static formula_id with_sign(struct conditions *c, formula_id formula, bool negated)
{
	return negated ? formulas_not(c->formulas, formula) : formula;
}

/* `formula`, a summary of what was called at `at`, with `before` for the atom on its parameter k.
 */
static formula_id at_caller(struct conditions *c, formula_id formula, struct spot at,
			    const struct atom *atom, formula_id before)
{
	struct formula f = formulas_get(c->formulas, formula);
	formula_id left, right;

	switch (f.kind) {
	case FORMULA_CONSTANT:
		return formula;
	case FORMULA_ATOM:
		if (f.atom.kind == atom->kind && f.atom.param == atom->param &&
		    f.atom.name == atom->name &&
		    (f.atom.number & MODE_POINTEE) == (atom->number & MODE_POINTEE))
			return with_sign(c, before, f.atom.negated);
		return conditions_at_caller(c, formula, at.function, at.event, false);
	case FORMULA_AND:
	case FORMULA_OR:
		left = at_caller(c, f.left, at, atom, before);
		right = at_caller(c, f.right, at, atom, before);
		return f.kind == FORMULA_AND ? formulas_and(c->formulas, left, right)
					     : formulas_or(c->formulas, left, right);
	}
	return FORMULA_UNKNOWN;
}

/* Does the function do anything to its parameter k? */
static bool is_setter(struct conditions *c, uint32_t function, uint32_t k)
{
	return g_hash_table_contains(modes_of(c)->setters, pair_key(function, k));
}

formula_id mode_after_call(struct conditions *c, struct spot at, uint32_t k,
			   enum mode_access access, const struct atom *atom, formula_id before,
			   int depth)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[at.function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, at.event));
	struct atom mine = *atom;
	formula_id after;
	uint32_t callee;

	if (depth > MODE_DEPTH)
		return FORMULA_UNKNOWN;
	if (symbol == PROGRAM_NONE)
		return access == MODE_BY_ADDRESS ? FORMULA_UNKNOWN : before;
	if (program->symbols[symbol].model)
		return after_model(c, at, program->symbols[symbol].model, k, access, atom, before,
				   depth);
	callee = program_resolve(program, unit, symbol);
	if (callee == PROGRAM_NONE)
		return access == MODE_BY_ADDRESS && !mode_is_of_handle(atom) ? FORMULA_UNKNOWN
									     : before;
	if ((access == MODE_BY_VALUE || mode_is_of_handle(atom)) && !is_setter(c, callee, k))
		return before;
	access = mode_is_of_handle(atom) ? MODE_BY_VALUE : access;
	after = mode_after_function(c, callee, k, access, atom, depth + 1);
	if (course_is_empty(after))
		return before;
	mine.param = k;
	mine.number = access == MODE_BY_ADDRESS ? MODE_POINTEE : 0;
	return at_caller(c, after, at, &mine, course_is_empty(before) ? FORMULA_UNKNOWN : before);
}

formula_id mode_of_result(struct conditions *c, struct spot at, fact_id event,
			  const struct atom *atom, int depth)
{
	const struct program *program = c->program;
	uint32_t unit = program->functions[at.function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, event));
	struct spot call = {.function = at.function, .event = event};
	formula_id answer = FORMULA_UNKNOWN;
	const struct model_function *model;
	uint32_t callee;

	if (symbol == PROGRAM_NONE)
		return FORMULA_UNKNOWN;
	model = program->symbols[symbol].model;
	for (guint i = 0; model && i < model->effect_count; i++)
		if (model->effects[i].arg == -1 && is_about(&model->effects[i], atom))
			answer = apply(c, call, &model->effects[i], atom, answer, depth);
	if (model)
		return answer;
	callee = program_resolve(program, unit, symbol);
	if (callee == PROGRAM_NONE)
		return FORMULA_UNKNOWN;
	answer = mode_returned(c, callee, atom, depth + 1);
	return course_is_empty(answer) ? answer
				       : conditions_at_caller(c, answer, at.function, event, false);
}
