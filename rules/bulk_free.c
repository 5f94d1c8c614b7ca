/* Loops that give back all elements of a container of any size. What it misses is in the rule's own
 * text below. */
#include "analyzer/conditions/after.h"
#include "rules/rule.h"
#include "rules/story.h"

#define WRAPPERS 2
#define SHARED 0.6 /* a list of the whole program, that grew in continuations */
#define OWN 0.3    /* one of an object, or counted, mostly short */

struct bulk {
	const struct rule *rule;
	const struct rule_input *input;
	struct costs *costs;
	GHashTable *known;
	GPtrArray *findings;
};

static bool hands_on(const struct program *program, uint32_t function, const struct fact_event *e,
		     uint32_t callee, const struct fact_value *place, int depth);

/* Is `value` the element that `place` stands for: the pointer itself, an element of the array? */
static bool is_element(const struct program *program, uint32_t unit, fact_id value,
		       const struct fact_value *place)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);

	if (!v)
		return false;
	if (place->kind == FACT_VALUE_UNKNOWN)
		return v->kind == FACT_VALUE_ELEMENT &&
		       program_value(program, unit, v->b)->kind != FACT_VALUE_INT;
	return v->kind == place->kind && v->a == place->a;
}

/* Does the call free what `place` stands for, itself or in a function that gets it? */
static bool frees(const struct program *program, uint32_t function, fact_id event,
		  const struct fact_value *place, int depth)
{
	const struct program_function *f = &program->functions[function];
	const struct fact_event *e = program_event(program, f->unit, event);
	uint32_t symbol = program_callee(program, f->unit, e);

	if (symbol == PROGRAM_NONE)
		return false;
	if (program->symbols[symbol].model) {
		int freed = program->symbols[symbol].model->contract.frees;

		return freed >= 0 &&
		       is_element(program, f->unit,
				  program_argument(program, f->unit, e, (uint32_t)freed), place);
	}
	for (uint32_t i = 0; depth < WRAPPERS && i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event == event && program_is_sure(edge) &&
		    hands_on(program, function, e, edge->callee, place, depth + 1))
			return true;
	}
	return false;
}

/* The call `e` passes `place` to `callee`, which frees it. */
static bool hands_on(const struct program *program, uint32_t function, const struct fact_event *e,
		     uint32_t callee, const struct fact_value *place, int depth)
{
	uint32_t unit = program->functions[function].unit, first, count;
	const struct fact_event *events = program_events(program, callee, &first, &count);

	for (uint32_t k = 0; k < e->c; k++) {
		const struct fact_value param = {.kind = FACT_VALUE_PARAM, .a = k};

		if (!is_element(program, unit, program_argument(program, unit, e, k), place))
			continue;
		for (uint32_t i = 0; i < count; i++)
			if (events[i].kind == FACT_EVENT_CALL &&
			    frees(program, callee, first + i, &param, depth))
				return true;
	}
	return false;
}

/* What stands for an element in the loop: the pointer that walks a list; of kind FACT_VALUE_UNKNOWN
 * for an array. */
static struct fact_value element_of(const struct program *program, uint32_t unit,
				    const struct cost_loop *loop)
{
	struct fact_value v = {.kind = FACT_VALUE_UNKNOWN};
	fact_id bound = loop->limit;

	if (loop->bound != FACT_BOUND_LIST)
		return v;
	v = *program_value(program, unit, bound);
	while (v.kind == FACT_VALUE_FIELD && v.b != FACT_NONE)
		v = *program_value(program, unit, v.b);
	return v;
}

/* The call in each round that frees, not only in some; FACT_NONE if there is none. */
static fact_id find_freeing(const struct program *program, uint32_t function,
			    const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value element = element_of(program, unit, loop);
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		inside += nesting_step(e);
		if (inside == 0 && e->kind == FACT_EVENT_CALL &&
		    frees(program, function, i, &element, 0))
			return i;
	}
	return FACT_NONE;
}

static void check_loop(const struct bulk *b, uint32_t function, const struct cost_loop *loop)
{
	const struct cost_size *size;
	const struct path *path;
	fact_id freeing;
	g_autofree char *text = NULL;
	g_autofree char *claim = NULL;
	struct story story;

	if (loop->budget || loop->size == COST_NONE || loop->outer != COST_NONE)
		return;
	size = cost_size(b->costs, loop->size);
	if ((size->kind != COST_LIST && size->kind != COST_NUMBER) || size->weight < COST_GROWN)
		return;
	freeing = find_freeing(b->input->program, function, loop);
	path = freeing == FACT_NONE ? NULL : story_path(b->input, function, loop->begin);
	if (!path)
		return;
	text = cost_size_text(b->costs, loop->size);
	claim = g_strdup_printf("this loop frees all of %s at once on the I/O thread", text);
	story = (struct story){
		.rule = b->rule,
		.input = b->input,
		.path = path,
		.function = function,
		.event = loop->begin,
		.claim = claim,
		.step = "frees one after the other",
		.instead = "free a bounded number in each turn or in a worker thread",
		.certainty =
			size->kind == COST_LIST && size->root == COST_ROOT_GLOBAL ? SHARED : OWN,
		.why = "size",
	};
	story_keep_surest(b->known, b->findings, story_tell(&story));
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	const struct bulk b = {rule, input, program_costs(program), known, findings};

	for (uint32_t i = 0; i < program->function_count; i++) {
		const GArray *loops = cost_loops(b.costs, i);

		for (guint k = 0; k < loops->len && program->functions[i].contexts & CONTEXT_IO;
		     k++)
			check_loop(&b, i, &g_array_index(loops, struct cost_loop, k));
	}
}

const struct rule rule_bulk_free = {
	.id = "bulk-free",
	.family = "computes",
	.summary = "A continuation frees a whole container of any size on the I/O thread.",
	.why = "free() takes some fifty nanoseconds when the block is warm and several times that "
	       "when it is not. A table of ten million entries takes seconds to give back, at "
	       "the moment when a database is flushed or a tenant leaves, and nothing else is "
	       "served meanwhile.",
	.instead = "Unhook the container from the program, which is one assignment, and free it in "
		   "pieces in later turns or in a worker thread. An arena or a pool gives all back "
		   "in one call.",
	.misses =
		"Only loops over lists and counted arrays that grow in continuations are seen; "
		"iterators and recursive functions that free a tree are not. A container of one "
		"object is mostly short and has low confidence. The size is not known: a list that "
		"is always short is reported if it hangs on a global variable.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.off_by_default = true,
	.check = check,
};
