/* Loops that give back all elements of a container of any size. What it misses is in the rule's own
 * text below. */
#include <string.h>

#include "analyzer/conditions/after.h"
#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/story.h"

#define TAKEN_DEPTH 8 /* assignments and calls between a container and what frees it */
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

/* The call in each round that frees `element`, not only in some; FACT_NONE if there is none. */
static fact_id find_freeing(const struct program *program, uint32_t function,
			    const struct cost_loop *loop, const struct fact_value *element)
{
	uint32_t unit = program->functions[function].unit;
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		inside += nesting_step(e);
		if (inside == 0 && e->kind == FACT_EVENT_CALL &&
		    frees(program, function, i, element, 0))
			return i;
	}
	return FACT_NONE;
}

/* ---- what is freed ------------------------------------------------------------------------ */

/* A container: the variable or field that it hangs on. */
struct container {
	uint32_t symbol;
	bool shared; /* it is one of the whole program */
};

/* TAILQ_INSERT_TAIL() adds through the last element: the field of the same record for that. */
static uint32_t last_of(const struct program *program, uint32_t first)
{
	const struct program_symbol *symbol = &program->symbols[first];
	gsize length = strlen(symbol->name);

	if (symbol->kind != FACT_SYMBOL_FIELD || !symbol->owner ||
	    !g_str_has_suffix(symbol->name, "first"))
		return PROGRAM_NONE;
	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *other = &program->symbols[i];

		if (other->kind == FACT_SYMBOL_FIELD && other->owner &&
		    g_str_equal(other->owner, symbol->owner) &&
		    strncmp(other->name, symbol->name, length - strlen("first")) == 0 &&
		    g_str_has_suffix(other->name, "last"))
			return i;
	}
	return PROGRAM_NONE;
}

static bool is_grown(const struct bulk *b, uint32_t symbol)
{
	uint32_t last;

	if (cost_symbol_weight(b->costs, symbol) >= COST_GROWN)
		return true;
	last = last_of(b->input->program, symbol);
	return last != PROGRAM_NONE && cost_symbol_weight(b->costs, last) >= COST_GROWN;
}

/* The place that `value` is, if elements are added to it in continuations. */
static bool read_container(const struct bulk *b, uint32_t unit, fact_id value,
			   struct container *ret_container)
{
	const struct program *program = b->input->program;
	const struct fact_value *v = program_value(program, unit, value);

	if (v->kind != FACT_VALUE_VARIABLE && v->kind != FACT_VALUE_FIELD)
		return false;
	ret_container->symbol = program->units[unit].symbols[v->a];
	while (v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE)
		v = program_value(program, unit, v->b);
	ret_container->shared = v->kind == FACT_VALUE_VARIABLE;
	return is_grown(b, ret_container->symbol);
}

/* A variable or field of a unit. */
struct named {
	const struct program *program;
	uint32_t unit, symbol;
};

static bool is_named(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	const struct named *named = data;

	return (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD) &&
	       named->program->units[named->unit].symbols[v->a] == named->symbol;
}

/* Does the test speak of the container, or of the local that takes its elements? */
static bool is_tested(const struct program *program, uint32_t unit, fact_id test, uint32_t symbol,
		      const struct fact_value *element)
{
	const struct named container = {program, unit, symbol};

	return contract_mentions(program, unit, test, element->kind, element->a) ||
	       facts_value_any(program->units[unit].facts, test, is_named, &container);
}

/* Is what comes after `element` put somewhere else than into a local: head = e->next? */
static bool is_unlinked(const struct program *program, uint32_t unit, const struct cost_loop *loop,
			const struct fact_value *element)
{
	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		if (e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_NONE &&
		    program_value(program, unit, e->a)->kind != FACT_VALUE_LOCAL &&
		    program_value(program, unit, e->b)->kind == FACT_VALUE_FIELD &&
		    contract_mentions(program, unit, e->b, element->kind, element->a))
			return true;
	}
	return false;
}

/* while (head) { e = head; head = e->next; free(e); }: each round takes an element from there and
 * frees it. Loops that take work out of a queue call something for that, and are none of these. */
static fact_id find_used_up(const struct bulk *b, uint32_t function, const struct cost_loop *loop,
			    struct container *ret_container)
{
	const struct program *program = b->input->program;
	uint32_t unit = program->functions[function].unit;
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		const struct fact_event *e = program_event(program, unit, i);
		const struct fact_value *to;
		fact_id freeing;

		inside += nesting_step(e);
		if (inside != 0 || e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = program_value(program, unit, e->a);
		if (to->kind != FACT_VALUE_LOCAL || !read_container(b, unit, e->b, ret_container))
			continue;
		if (!is_tested(program, unit, loop->test, ret_container->symbol, to) ||
		    !is_unlinked(program, unit, loop, to))
			continue;
		freeing = find_freeing(program, function, loop, to);
		if (freeing != FACT_NONE && freeing > i)
			return freeing;
	}
	return FACT_NONE;
}

static void tell(const struct bulk *b, uint32_t function, fact_id event, const char *what,
		 bool shared)
{
	const struct program *program = b->input->program;
	const struct path *path = story_path(b->input, function, event);
	const char *sink = story_sink(program, function, event);
	bool is_call = program_event(program, program->functions[function].unit, event)->kind ==
		       FACT_EVENT_CALL;
	g_autofree char *claim =
		is_call ? g_strdup_printf("%s() frees all of %s at once on the I/O thread", sink,
					  what)
			: g_strdup_printf("this loop frees all of %s at once on the I/O thread",
					  what);
	const struct story story = {
		.rule = b->rule,
		.input = b->input,
		.path = path,
		.function = function,
		.event = event,
		.claim = claim,
		.step = "frees one after the other",
		.instead = "free a bounded number in each turn or in a worker thread",
		.certainty = shared ? SHARED : OWN,
		.why = "size",
	};

	if (path)
		story_keep_surest(b->known, b->findings, story_tell(&story));
}

static void check_loop(const struct bulk *b, uint32_t function, const struct cost_loop *loop)
{
	const struct program *program = b->input->program;
	const struct cost_size *size;
	const struct fact_value element =
		element_of(program, program->functions[function].unit, loop);
	struct container container;
	g_autofree char *text = NULL;

	if (loop->budget || loop->size == COST_NONE || loop->outer != COST_NONE)
		return;
	if (loop->bound == FACT_BOUND_NONE) {
		if (loop->test != FACT_NONE &&
		    find_used_up(b, function, loop, &container) != FACT_NONE)
			tell(b, function, loop->begin, program->symbols[container.symbol].name,
			     container.shared);
		return;
	}
	size = cost_size(b->costs, loop->size);
	if ((size->kind != COST_LIST && size->kind != COST_NUMBER) || size->weight < COST_GROWN ||
	    find_freeing(program, function, loop, &element) == FACT_NONE)
		return;
	text = cost_size_text(b->costs, loop->size);
	tell(b, function, loop->begin, text,
	     size->kind == COST_LIST && size->root == COST_ROOT_GLOBAL);
}

/* ---- calls that free a container ---------------------------------------------------------- */

/* What `value` was before it was taken away: g_steal_pointer(&list), old = list; list = NULL. */
static fact_id before_taken(const struct program *program, uint32_t function, fact_id value,
			    fact_id event, int depth)
{
	uint32_t unit = program->functions[function].unit, first, count;
	const struct fact_value v = *program_value(program, unit, value);

	if (depth > TAKEN_DEPTH)
		return value;
	(void)program_events(program, function, &first, &count);
	for (fact_id i = event; v.kind == FACT_VALUE_LOCAL && i-- > first;) {
		const struct fact_event *e = program_event(program, unit, i);
		const struct fact_value *to;

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = program_value(program, unit, e->a);
		if (to->kind == v.kind && to->a == v.a)
			return e->b == FACT_NONE
				       ? value
				       : before_taken(program, function, e->b, i, depth + 1);
	}
	if (v.kind == FACT_VALUE_ADDRESS)
		return v.a;
	if (v.kind == FACT_VALUE_CALL) {
		const struct fact_event *call = program_event(program, unit, v.a);

		return call->c == 1 ? before_taken(program, function,
						   program_argument(program, unit, call, 0), v.a,
						   depth + 1)
				    : value;
	}
	return value;
}

static void check_call(const struct bulk *b, uint32_t function, fact_id event)
{
	const struct program *program = b->input->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	const struct model_function *model = program_call_model(program, unit, e);
	struct container container;
	fact_id value;

	if (!model || model->empties < 0 || (uint32_t)model->empties >= e->c)
		return;
	if (model->empties_when && conditions_at_call(program_conditions(program), function, event,
						      model->empties_when) != FORMULA_TRUE)
		return;
	value = before_taken(program, function,
			     program_argument(program, unit, e, (uint32_t)model->empties), event,
			     0);
	if (value != FACT_NONE && read_container(b, unit, value, &container))
		tell(b, function, event, program->symbols[container.symbol].name, container.shared);
}

static bool empties(const struct model_function *model)
{
	return model->empties >= 0;
}

static void check_calls(const struct bulk *b, uint32_t function)
{
	uint32_t first, count;
	const struct fact_event *events =
		program_events(b->input->program, function, &first, &count);

	if (!program_calls(b->input->program, function, empties))
		return;
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == FACT_EVENT_CALL)
			check_call(b, function, first + i);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	const struct bulk b = {rule, input, program_costs(program), known, findings};

	for (uint32_t i = 0; i < program->function_count; i++) {
		struct cost_loops loops;

		if (!(program->functions[i].contexts & CONTEXT_IO))
			continue;
		loops = cost_loops(b.costs, i);
		for (uint32_t k = 0; k < loops.count; k++)
			check_loop(&b, i, &loops.rows[k]);
		check_calls(&b, i);
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
		"Only lists and counted arrays that grow in continuations are seen, and containers "
		"of a library whose model says what fills and empties them; iterators and "
		"recursive functions that free a tree are not. A container of one object is mostly "
		"short and has low confidence. The size is not known: a list that is always short "
		"is reported if it hangs on a global variable.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.off_by_default = true,
	.check = check,
};
