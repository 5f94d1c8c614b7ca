/* Goes back from a sink to the call that made its descriptor: the first one found of those that
 * give the answer. It repeats the ways of mode.c without their order of statements, which is enough
 * for a note to a person. */
#include "analyzer/handles/mode_origin.h"

#include "analyzer/handles/mode_private.h"

struct seeker {
	struct conditions *c;
	const struct path *path;
	const struct atom *atom; /* what was asked */
	bool yes;                /* what was answered */
	struct mode_origin *origin;
};

static bool seek(const struct seeker *s, struct spot at, fact_id value, int depth);

static bool gives_answer(const struct seeker *s, struct spot call,
			 const struct model_mode_effect *effect)
{
	formula_id when = conditions_at_call(s->c, call.function, call.event, effect->when);
	enum model_mode mode = when == FORMULA_FALSE     ? effect->otherwise
			       : when == FORMULA_UNKNOWN ? effect->unclear
							 : effect->mode;
	const char *name = when == FORMULA_FALSE || when == FORMULA_UNKNOWN || !effect->handle_mode
				   ? model_mode_name(mode)
				   : effect->handle_mode;
	const char *asked = mode_is_of_handle(s->atom) ? s->atom->name
			    : s->atom->kind == CONDITION_FD_REGULAR
				    ? model_mode_name(MODEL_MODE_REGULAR)
				    : model_mode_name(MODEL_MODE_BLOCKING);

	return (effect->handle_mode != NULL) == mode_is_of_handle(s->atom) &&
	       g_str_equal(name, asked) == s->yes;
}

/* A handle over a descriptor or another handle: who made that. */
static bool seek_source(const struct seeker *s, struct spot call,
			const struct model_mode_effect *effect)
{
	const struct program *program = s->c->program;
	uint32_t unit = program->functions[call.function].unit;
	fact_id value = program_argument(program, unit, program_event(program, unit, call.event),
					 (uint32_t)effect->from_arg);
	struct atom fd = {.kind = CONDITION_FD_BLOCKING};
	struct seeker below = *s;

	if (!effect->from_handle)
		below.atom = &fd;
	return value != FACT_NONE && seek(&below, call, value, 1);
}

/* The call at `call` as the maker of what is in argument `k`, or its result if k is -1. */
static bool is_maker(const struct seeker *s, struct spot call, int k)
{
	const struct program *program = s->c->program;
	uint32_t unit = program->functions[call.function].unit;
	const struct fact_event *e = program_event(program, unit, call.event);
	const struct model_function *model = program_call_model(program, unit, e);

	for (guint i = 0; model && i < model->effect_count; i++) {
		const struct model_mode_effect *effect = &model->effects[i];

		if (effect->arg != k)
			continue;
		if (effect->from_arg >= 0 && seek_source(s, call, effect)) {
			s->origin->carrier_function = call.function;
			s->origin->carrier_event = call.event;
			s->origin->is_carried = true;
			return true;
		}
		if (effect->from_arg >= 0 || !gives_answer(s, call, effect))
			continue;
		*s->origin = (struct mode_origin){
			.function = call.function, .event = call.event, .effect = effect};
		return true;
	}
	return false;
}

static uint32_t callee_of(const struct seeker *s, struct spot call)
{
	const struct program *program = s->c->program;
	uint32_t unit = program->functions[call.function].unit;

	return program_called(program, unit, program_event(program, unit, call.event));
}

static bool seek_returned(const struct seeker *s, uint32_t function, int depth)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(s->c->program, function, &first, &count);

	for (uint32_t i = count; i-- > 0;) {
		struct spot at = {.function = function, .event = first + i};

		if (events[i].kind == FACT_EVENT_RETURN && events[i].a != FACT_NONE &&
		    seek(s, at, events[i].a, depth + 1))
			return true;
	}
	return false;
}

static bool seek_call(const struct seeker *s, struct spot call, int depth)
{
	uint32_t callee;

	if (is_maker(s, call, -1))
		return true;
	callee = callee_of(s, call);
	return callee != PROGRAM_NONE && seek_returned(s, callee, depth);
}

static bool seek_assigned(const struct seeker *s, struct spot at, const struct mode_place *place,
			  int depth);

/* `f(&fd)`, `pipe(fds)`: what the call puts there. */
static bool seek_argument(const struct seeker *s, struct spot call, const struct mode_place *place,
			  int depth)
{
	const struct program *program = s->c->program;
	uint32_t unit = program->functions[call.function].unit;
	const struct fact_event *e = program_event(program, unit, call.event);

	for (uint32_t k = 0; k < e->c; k++) {
		struct mode_place inside = {FACT_VALUE_PARAM, k, true};
		struct spot end = {.function = callee_of(s, call), .event = FACT_NONE};
		enum mode_access access =
			mode_access_of(program, unit, program_argument(program, unit, e, k), place);

		if (access == MODE_NOT_PASSED ||
		    (access == MODE_BY_VALUE && !mode_is_of_handle(s->atom)))
			continue;
		if (is_maker(s, call, (int)k) ||
		    (end.function != PROGRAM_NONE && seek_assigned(s, end, &inside, depth + 1)))
			return true;
	}
	return false;
}

static bool seek_assigned(const struct seeker *s, struct spot at, const struct mode_place *place,
			  int depth)
{
	const struct program *program = s->c->program;
	uint32_t first, count, unit = program->functions[at.function].unit;
	const struct fact_event *events = program_events(program, at.function, &first, &count);

	if (depth > MODE_DEPTH)
		return false;
	for (uint32_t i = at.event == FACT_NONE ? count : at.event - first; i-- > 0;) {
		struct spot here = {.function = at.function, .event = first + i};

		if (events[i].kind == FACT_EVENT_ASSIGN && events[i].b != FACT_NONE &&
		    mode_access_of(program, unit, events[i].a, place) == MODE_BY_VALUE &&
		    seek(s, here, events[i].b, depth + 1))
			return true;
		if (events[i].kind == FACT_EVENT_CALL && seek_argument(s, here, place, depth))
			return true;
	}
	return false;
}

static bool seek_in_caller(const struct seeker *s, const struct program_edge *edge, uint32_t k,
			   int depth)
{
	const struct program *program = s->c->program;
	uint32_t unit = program->functions[edge->caller].unit;
	struct spot at = {.function = edge->caller, .event = edge->event};
	fact_id value =
		program_argument(program, unit, program_event(program, unit, edge->event), k);

	return value != FACT_NONE && seek(s, at, value, depth + 1);
}

/* The path says which caller is meant; off the path any will do. */
static bool seek_in_callers(const struct seeker *s, uint32_t function, uint32_t k, int depth)
{
	const struct program *program = s->c->program;
	const struct program_function *f = &program->functions[function];

	for (guint i = 0; i < s->path->edges->len; i++) {
		const struct program_edge *edge =
			&program->edges[g_array_index(s->path->edges, uint32_t, i)];

		if (edge->callee == function)
			return seek_in_caller(s, edge, k, depth);
	}
	for (uint32_t i = 0; i < f->in_count; i++)
		if (seek_in_caller(s, &program->edges[program->in_edges[f->first_in + i]], k,
				   depth))
			return true;
	return false;
}

static bool seek_stored(const struct seeker *s, uint32_t symbol, int depth)
{
	const struct program *program = s->c->program;
	const struct modes *modes = modes_of(s->c);

	for (uint32_t next = modes->first_use[symbol]; next != PROGRAM_NONE;) {
		struct mode_use use = g_array_index(modes->uses, struct mode_use, next);
		struct spot at = {.function = use.function, .event = use.event};
		uint32_t unit = program->functions[use.function].unit;

		next = use.next;
		if (use.is_call && is_maker(s, at, (int)use.argument))
			return true;
		if (!use.is_call &&
		    seek(s, at, program_event(program, unit, use.event)->b, depth + 1))
			return true;
	}
	return false;
}

static bool seek(const struct seeker *s, struct spot at, fact_id value, int depth)
{
	const struct program *program = s->c->program;
	uint32_t symbol, unit = program->functions[at.function].unit;
	const struct fact_value *v = program_value(program, unit, value);
	struct mode_place place;

	if (depth > MODE_DEPTH)
		return false;
	if (v->kind == FACT_VALUE_CALL)
		return seek_call(s, (struct spot){at.function, v->a}, depth);
	if (v->kind == FACT_VALUE_CHOICE)
		return seek(s, at, v->a, depth + 1) || seek(s, at, v->b, depth + 1);
	if (v->kind == FACT_VALUE_ADDRESS)
		return seek(s, at, v->a, depth + 1);
	if (mode_is_of_handle(s->atom) && mode_moved_pointer(v) != FACT_NONE)
		return seek(s, at, mode_moved_pointer(v), depth + 1);
	place = mode_place_of(program, unit, value);
	if (place.kind != FACT_VALUE_UNKNOWN)
		return seek_assigned(s, at, &place, depth) ||
		       (place.kind == FACT_VALUE_PARAM &&
			seek_in_callers(s, at.function, place.number, depth));
	symbol = mode_symbol_of(program, unit, value);
	return symbol != PROGRAM_NONE && seek_stored(s, symbol, depth);
}

/* The first test of a mode in the condition, and whether it is asked for or ruled out. */
static const struct condition *mode_test_of(const struct condition *condition, bool *yes)
{
	const struct condition *found;

	if (!condition)
		return NULL;
	if (modes_is_about(condition->kind))
		return condition;
	if (condition->kind == CONDITION_NOT) {
		*yes = !*yes;
		found = mode_test_of(condition->left, yes);
		*yes = found ? *yes : !*yes;
		return found;
	}
	found = mode_test_of(condition->left, yes);
	return found || condition->kind == CONDITION_UNLESS
		       ? found /* what is no exception needs no maker */
		       : mode_test_of(condition->right, yes);
}

bool modes_origin(const struct program *program, const struct sink_site *site,
		  const struct path *path, struct mode_origin *ret_origin)
{
	bool yes = true;
	const struct condition *test = mode_test_of(site->sink->when, &yes);
	uint32_t unit = program->functions[site->function].unit;
	struct spot at = {.function = site->function, .event = site->event};
	struct atom atom;
	struct seeker seeker;
	fact_id value;

	if (!test || path->verdict != FORMULA_TRUE)
		return false;
	value = program_argument(program, unit, program_event(program, unit, site->event),
				 (uint32_t)test->arg);
	atom = (struct atom){.kind = test->kind, .name = test->name};
	seeker = (struct seeker){.c = program->private->conditions,
				 .path = path,
				 .atom = &atom,
				 .yes = yes,
				 .origin = ret_origin};
	return value != FACT_NONE && seek(&seeker, at, value, 0);
}

formula_id modes_is_handle(const struct program *program, uint32_t function, fact_id event,
			   fact_id value, const char *mode)
{
	struct conditions *c = program_conditions(program);
	struct spot at = {.function = function, .event = event};
	struct atom atom = {.kind = CONDITION_HANDLE, .name = mode};
	formula_id answer;

	c->steps = c->questions ? c->steps : 0;
	c->questions++;
	answer = formulas_and(c->formulas, conditions_guard(c, function, event),
			      modes_test(c, at, value, &atom, 0));
	c->questions--;
	return answer;
}

bool modes_handle_origin(const struct program *program, uint32_t function, fact_id event,
			 fact_id value, const char *mode, const struct path *path,
			 struct mode_origin *ret_origin)
{
	struct spot at = {.function = function, .event = event};
	struct atom atom = {.kind = CONDITION_HANDLE, .name = mode};
	struct seeker seeker = {.c = program_conditions(program),
				.path = path,
				.atom = &atom,
				.yes = true,
				.origin = ret_origin};

	return seek(&seeker, at, value, 0);
}
