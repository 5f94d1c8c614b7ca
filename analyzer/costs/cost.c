/* The cost of a function: one walk over its events, when its callees are known. */
#include "analyzer/costs/cost.h"

#include <math.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "analyzer/conditions/after.h"
#include "analyzer/costs/cost_private.h"

#define UNITS_STEP 1
#define ROUNDS_BUDGET 16 /* a loop that watches itself: what one turn of it may be */
#define ROUNDS_SEARCH 64 /* a loop over a constant that a break can end */
#define SELDOM 0.1       /* how often a branch without an else is taken */
#define LARGE_ARGUMENT 10000
#define FEW_ROUNDS 8 /* for a size that is not known, where orders of magnitude are compared */
#define NO_LIMIT 2147483647.0 /* INT_MAX and more say "all of it" */
#define MAX_NESTING 64
#define BLOCK 65536u /* bytes */

struct walk {
	struct cost_body body;
	const struct program_function *function;
	uint32_t at;                      /* event of the body, from 0 */
	uint32_t edge;                    /* the next of the function's edges */
	struct program_model_walk models; /* its calls that models know */
	bool guarded;                     /* guards were asked for */
	const formula_id *guards;         /* by event; NULL: each call is reached */
	uint32_t loop;                    /* row of the loop around, or COST_NONE */
	bool runs_on_loop;
	bool recursive;
	uint32_t goes_down; /* the parameter of which it gives itself a part, or COST_NONE */
	fact_id down;       /* the call that does */
	struct {
		fact_id event, loop; /* asked */
		bool ends;
	} ended;       /* what ends_the_loop() said last: the terms of one callee ask the same */
	GArray *parts; /* struct cost_part, of the constant term; NULL: nobody asks */
};

/* ---- terms -------------------------------------------------------------------------------- */

static bool same_factors(const struct cost_term *left, const struct cost_term *right)
{
	if (left->count != right->count || left->sorting != right->sorting)
		return false;
	for (uint32_t i = 0; i < left->count; i++)
		if (left->factors[i].size != right->factors[i].size ||
		    left->factors[i].nested != right->factors[i].nested)
			return false;
	return true;
}

/* Terms with other factors mostly have another key. */
static uint32_t key_of(const struct cost_term *term)
{
	uint32_t key = term->count << 1 | term->sorting;

	for (uint32_t i = 0; i < term->count; i++)
		key = (key ^ (term->factors[i].size << 1 | term->factors[i].nested)) * 0x9E3779B1u;
	return key;
}

/* The row that is worth least: of the lowest degree. */
static uint32_t least_term(const struct cost *cost)
{
	uint32_t least = 1;

	for (uint32_t i = 2; i < cost->count; i++)
		if (cost->degrees[i] < cost->degrees[least])
			least = i;
	return least;
}

static void set_row(struct cost *cost, uint32_t row, const struct cost_term *term, double weight,
		    uint32_t key)
{
	cost->terms[row] = *term;
	cost->terms[row].units *= weight;
	cost->keys[row] = key;
	cost->degrees[row] = (uint8_t)cost_term_degree(term);
}

/* `weight` of a term that is not constant. */
static void add_part(struct cost *cost, const struct cost_term *term, uint32_t key, double weight)
{
	uint32_t least;

	for (uint32_t i = 1; i < cost->count; i++)
		if (cost->keys[i] == key && same_factors(&cost->terms[i], term)) {
			cost->terms[i].units += term->units * weight;
			return;
		}
	if (cost->count < COST_TERMS) {
		set_row(cost, cost->count++, term, weight, key);
		return;
	}
	cost->cut = true;
	least = least_term(cost);
	if (cost->degrees[least] < cost_term_degree(term))
		set_row(cost, least, term, weight, key);
}

static void add_units(struct cost *cost, double units)
{
	cost->terms[0].units += units;
}

static void add_term(struct cost *cost, const struct cost_term *term)
{
	if (term->count == 0 && !term->sorting)
		add_units(cost, term->units);
	else
		add_part(cost, term, key_of(term), 1);
}

/* Only the first row counts: the others are not touched. */
static void set_nothing(struct cost *cost)
{
	memset(&cost->terms[0], 0, sizeof(cost->terms[0]));
	cost->count = 1;
	cost->recursive = cost->calls_recursive = cost->cut = false;
}

static void add_cost(struct cost *cost, const struct cost *more, double weight)
{
	add_units(cost, more->terms[0].units * weight);
	for (uint32_t i = 1; i < more->count; i++)
		add_part(cost, &more->terms[i], more->keys[i], weight);
	cost->cut |= more->cut;
	cost->recursive |= more->recursive;
	cost->calls_recursive |= more->calls_recursive;
}

/* ---- parts -------------------------------------------------------------------------------- */

static guint part_count(const struct walk *w)
{
	return w->parts ? w->parts->len : 0;
}

/* What was added to the constant term since it was `before` is `part`, if it is anything. */
static void note_part(struct walk *w, struct cost_part part, double before, const struct cost *cost)
{
	part.function = w->body.function;
	part.units = cost->terms[0].units - before;
	if (w->parts && part.units > 0)
		g_array_append_val(w->parts, part);
}

/* The parts from row `first` on count for a share of what they were. */
static void note_share(struct walk *w, guint first, double share)
{
	if (w->parts)
		cost_parts_scale(w->parts, first, share);
}

/* ---- loops -------------------------------------------------------------------------------- */

/* Does a break at the event's own place, outside of what it stands in, end `loop`? */
static bool is_outermost(const struct walk *w, fact_id event, const struct cost_loop *loop)
{
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < event; i++) {
		enum fact_event_kind kind = w->body.events[i - w->body.first].kind;

		inside += kind == FACT_EVENT_LOOP || kind == FACT_EVENT_SWITCH;
		inside -= kind == FACT_EVENT_LOOP_END || kind == FACT_EVENT_SWITCH_END;
	}
	return inside == 0;
}

/* Does what follows the event in `loop` leave it for sure: `for (…) free_all(); return;`? Then the
 * event comes once, in whatever round. */
static bool look_for_end(const struct walk *w, fact_id event, const struct cost_loop *loop)
{
	struct after after = {0};
	enum fact_event_kind kind = w->body.events[event - w->body.first].kind;
	bool is_loop = kind == FACT_EVENT_LOOP || kind == FACT_EVENT_LABEL;
	bool breaks = !is_loop && is_outermost(w, event, loop);

	for (fact_id i = event + !is_loop; i < loop->end; i++) {
		const struct fact_event *e = &w->body.events[i - w->body.first];

		breaks &= e->kind != FACT_EVENT_LOOP && e->kind != FACT_EVENT_SWITCH;
		if (after_step(&after, e) && after_is_sure(&after) && i > event &&
		    (e->kind == FACT_EVENT_RETURN || e->kind == FACT_EVENT_GOTO ||
		     (e->kind == FACT_EVENT_BREAK && breaks)))
			return true;
	}
	return false;
}

static bool ends_the_loop(struct walk *w, fact_id event, const struct cost_loop *loop)
{
	if (w->ended.event != event || w->ended.loop != loop->begin) {
		w->ended.event = event;
		w->ended.loop = loop->begin;
		w->ended.ends = look_for_end(w, event, loop);
	}
	return w->ended.ends;
}

/* Is the factor of something inside `loop` another one in each of its rounds? */
static bool varies(struct walk *w, const struct cost_factor *factor, const struct cost_loop *loop)
{
	const struct fact_event *e = &w->body.events[factor->at - w->body.first];

	if (ends_the_loop(w, factor->at, loop))
		return true;
	if (e->kind == FACT_EVENT_LOOP || e->kind == FACT_EVENT_LABEL) {
		for (uint32_t i = 0; i < w->body.loops.count; i++) {
			const struct cost_loop *inner = cost_loop_at(&w->body, i);

			if (inner->begin == factor->at)
				return !cost_loop_repeats(&w->body, inner, loop);
		}
		return true;
	}
	if (factor->arg == COST_ARG_GLOBAL)
		return false;
	return factor->arg == COST_ARG_NONE ||
	       !cost_is_invariant(&w->body,
				  program_argument(w->body.costs->program, w->body.unit, e,
						   (uint32_t)factor->arg),
				  loop->begin, loop->end, 0);
}

/* Does the factor come from a call with how far `loop` has come: memmove(b, b + 1, n) while n runs
 * down, strcat(b, s)? Then it is a half of the rounds on average. */
static bool goes_with(struct walk *w, const struct cost_factor *factor,
		      const struct cost_loop *loop)
{
	const struct fact_event *e = &w->body.events[factor->at - w->body.first];

	if (factor->nested || e->kind != FACT_EVENT_CALL || factor->arg < 0 ||
	    ends_the_loop(w, factor->at, loop))
		return false;
	if (cost_appends(&w->body, factor->at, loop))
		return true;
	return cost_size(w->body.costs, factor->size)->kind == COST_NUMBER &&
	       cost_is_at_counter(&w->body,
				  program_argument(w->body.costs->program, w->body.unit, e,
						   (uint32_t)factor->arg),
				  factor->at, loop);
}

static void add_site(const struct walk *w, enum cost_site_kind kind, fact_id loop, fact_id via,
		     const struct cost_term *term)
{
	struct cost_site site = {kind, w->body.function, loop, via, *term};

	if (w->runs_on_loop && !w->parts)
		g_array_append_val(w->body.costs->sites, site);
}

/* Is one of the limits passed on the way from `before` to `after`? */
static bool exceeds(const struct costs *costs, double before, double after)
{
	return (before < costs->usual && after >= costs->usual) ||
	       (before < costs->limit && after >= costs->limit);
}

/* The term of one round, times the rounds of `loop`. */
static void multiply_size(struct walk *w, const struct cost_loop *loop,
			  const struct cost_term *round, struct cost *cost)
{
	struct cost_term term = *round;
	uint32_t before;

	if (term.units < SELDOM && term.count > 0)
		return; /* so seldom that it says nothing */
	term.units /= loop->follows == COST_NONE ? loop->step : 2 * loop->step;
	for (uint32_t i = 0; i < term.count; i++) {
		if (goes_with(w, &term.factors[i], loop)) {
			term.factors[i].size = loop->size;
			term.units /= 2;
		} else if (!term.factors[i].nested) {
			term.factors[i].nested = varies(w, &term.factors[i], loop);
		}
	}
	before = cost_term_degree(&term);
	if (term.count == COST_FACTORS) {
		cost->cut = true;
		add_term(cost, &term);
		return;
	}
	for (uint32_t i = term.count++; i > 0; i--)
		term.factors[i] = term.factors[i - 1];
	term.factors[0] = (struct cost_factor){loop->size, loop->begin, COST_ARG_NONE, false};
	add_term(cost, &term);
	if (before == 1)
		add_site(w, COST_SITE_PRODUCT, loop->begin, term.factors[term.count - 1].at, &term);
}

/* The term of one round, times as many. */
static void multiply_constant(struct walk *w, const struct cost_loop *loop,
			      const struct cost_term *round, double rounds, struct cost *cost)
{
	struct cost_term term = *round;

	term.units *= rounds;
	for (uint32_t i = 0; i < term.count;) {
		if (loop->bound == FACT_BOUND_CONSTANT && goes_with(w, &term.factors[i], loop))
			cost_settle(&term, i, loop->trips / 2);
		else
			i++;
	}
	add_term(cost, &term);
}

/* With few rounds of each loop over data in it. */
static double expected(const struct cost *round)
{
	double units = 0;

	for (uint32_t i = 0; i < round->count; i++)
		units += round->terms[i].units * pow(FEW_ROUNDS, round->terms[i].count);
	return units;
}

/* One that can leave before is mostly a search: it stands for a part of its rounds. */
static double rounds_of(const struct cost_loop *loop)
{
	return loop->budget   ? ROUNDS_BUDGET
	       : loop->leaves ? MIN(loop->trips, ROUNDS_SEARCH)
			      : loop->trips;
}

static bool is_over_data(const struct cost_loop *loop)
{
	return loop->bound != FACT_BOUND_CONSTANT && !loop->budget;
}

static void multiply(struct walk *w, const struct cost_loop *loop, const struct cost *round,
		     struct cost *cost)
{
	double rounds = rounds_of(loop);
	double units = round->terms[0].units;

	cost->cut |= round->cut;
	cost->recursive |= round->recursive;
	cost->calls_recursive |= round->calls_recursive;
	if (is_over_data(loop)) {
		if (loop->walks)
			add_site(w, COST_SITE_WALK, loop->begin, loop->begin,
				 &(struct cost_term){.units = expected(round)});
		for (uint32_t i = 0; i < round->count; i++)
			multiply_size(w, loop, &round->terms[i], cost);
		return;
	}
	for (uint32_t i = 0; i < round->count; i++)
		multiply_constant(w, loop, &round->terms[i], rounds, cost);
	if (loop->bound == FACT_BOUND_CONSTANT && exceeds(w->body.costs, units, units * rounds))
		add_site(w, COST_SITE_CONSTANT, loop->begin, loop->begin,
			 &(struct cost_term){.units = units * rounds});
}

/* multiply() for a loop in which the parts from row `first` on stand: what a loop over data does is
 * no part of the constant term. */
static void multiply_parts(struct walk *w, const struct cost_loop *loop, guint first,
			   const struct cost *round, struct cost *cost)
{
	double before = cost->terms[0].units;

	multiply(w, loop, round, cost);
	if (!w->parts)
		return;
	if (is_over_data(loop))
		g_array_set_size(w->parts, first);
	else
		cost_parts_wrap(w->parts, first,
				&(struct cost_part){.kind = COST_PART_LOOP,
						    .function = w->body.function,
						    .at = loop->begin,
						    .callee = COST_NONE,
						    .units = cost->terms[0].units - before,
						    .times = rounds_of(loop)});
}

/* ---- calls -------------------------------------------------------------------------------- */

/* `term` of the callee in the caller's words. */
static void take_term(struct walk *w, const struct program_edge *edge,
		      const struct cost_term *callee, struct cost *cost)
{
	const fact_id event = edge->event;
	const bool direct = edge->kind != EDGE_SYNCHRONOUS;
	struct cost_part part = {
		.kind = COST_PART_ARGUMENT, .at = event, .callee = edge->callee, .times = 1};
	struct cost_term term = *callee;
	double largest = 0, before = cost->terms[0].units;

	term.depth += term.depth < UINT8_MAX;
	for (uint32_t i = 0; i < term.count;) {
		struct cost_factor *factor = &term.factors[i];
		const struct cost_size *size = cost_size(w->body.costs, factor->size);
		bool by_param = size->root == COST_ROOT_PARAM && direct;
		double n;

		factor->arg = size->root == COST_ROOT_GLOBAL ? COST_ARG_GLOBAL
			      : by_param                     ? (int32_t)size->root_id
							     : COST_ARG_NONE;
		factor->at = event;
		if (by_param && cost_substitute(&w->body, factor->size, event, &n, &factor->size)) {
			if (n >= largest)
				part.factor = callee->factors[callee->count - term.count + i];
			largest = MAX(largest, n);
			part.times *= n;
			cost_settle(&term, i, n);
		} else {
			i++;
		}
	}
	if (largest >= LARGE_ARGUMENT && largest < NO_LIMIT && term.count == 0 &&
	    callee->count == 1 && !callee->library &&
	    exceeds(w->body.costs, callee->units, term.units))
		add_site(w, COST_SITE_ARGUMENT, FACT_NONE, event, &term);
	add_term(cost, &term);
	note_part(w, part, before, cost);
}

static void set_down(struct walk *w, fact_id event)
{
	w->goes_down = cost_goes_down(&w->body, event);
	w->down = event;
}

static void take_callee(struct walk *w, const struct program_edge *edge, struct cost *cost)
{
	struct costs *costs = w->body.costs;
	const struct cost *callee = costs->summaries[edge->callee];
	double before = cost->terms[0].units;

	if (costs->components[edge->callee] == costs->components[w->body.function]) {
		w->recursive = true;
		if (w->goes_down == COST_NONE && edge->callee == w->body.function)
			set_down(w, edge->event);
		return;
	}
	if (!callee)
		return;
	cost->cut |= callee->cut;
	cost->calls_recursive |= callee->recursive || callee->calls_recursive;
	add_units(cost, callee->terms[0].units);
	note_part(w,
		  (struct cost_part){
			  .kind = COST_PART_CALL, .at = edge->event, .callee = edge->callee},
		  before, cost);
	for (uint32_t i = 1; i < callee->count; i++)
		take_term(w, edge, &callee->terms[i], cost);
}

/* The comparator of a sort runs for each comparison, other callbacks for each element. */
static void take_callbacks(struct walk *w, const struct program_edge *edge, struct cost *cost)
{
	const struct cost *callback = w->body.costs->summaries[edge->callee];
	double before = cost->terms[0].units;
	struct cost_term term;

	if (!callback || !cost_library_call(w->body.costs, w->body.function, edge->event, &term))
		return;
	term.units *= callback->terms[0].units / COST_UNITS_COMPARE;
	add_term(cost, &term);
	note_part(w,
		  (struct cost_part){
			  .kind = COST_PART_CALLBACK, .at = edge->event, .callee = edge->callee},
		  before, cost);
}

/* What the call `event` of a library function computes. */
static void take_library(struct walk *w, fact_id event, const struct model_function *model,
			 struct cost *cost)
{
	struct cost_part part = {.kind = COST_PART_LIBRARY, .at = event, .callee = COST_NONE};
	double before = cost->terms[0].units;
	struct cost_term term;

	if (cost_library_term(&w->body, event, model, &term)) {
		add_term(cost, &term);
		part.times = cost_library_times(model, &term);
	}
	add_units(cost, cost_library_units(model));
	note_part(w, part, before, cost);
}

static bool never_runs(struct walk *w)
{
	struct conditions *conditions = w->body.costs->conditions;

	if (!w->guarded && !conditions_reach_calls(conditions, w->body.function))
		w->guards = conditions_guards(conditions, w->body.function);
	w->guarded = true;
	return w->guards && w->guards[w->at] == FORMULA_FALSE;
}

static void read_call(struct walk *w, struct cost *cost)
{
	const struct program *program = w->body.costs->program;
	const struct program_edge *edges = &program->edges[w->function->first_out];
	fact_id event = w->body.first + w->at;
	const struct model_function *model = program_model_at(&w->models, event);

	add_units(cost, COST_UNITS_CALL);
	while (w->edge < w->function->out_count && edges[w->edge].event < event)
		w->edge++;
	if (!model && (w->edge == w->function->out_count || edges[w->edge].event != event))
		return;
	if (w->runs_on_loop && never_runs(w))
		return;
	if (model)
		take_library(w, event, model, cost);
	for (uint32_t i = w->edge; i < w->function->out_count && edges[i].event == event; i++) {
		if (edges[i].kind == EDGE_SYNCHRONOUS)
			take_callbacks(w, &edges[i], cost);
		else if (cost_follows(&edges[i]))
			take_callee(w, &edges[i], cost);
	}
}

/* ---- the walk ----------------------------------------------------------------------------- */

static void read_block(struct walk *w, struct cost *cost, int depth);
static bool read_event(struct walk *w, struct cost *cost, int depth);

static void skip_to(struct walk *w, enum fact_event_kind kind)
{
	if (w->at < w->body.count && w->body.events[w->at].kind == kind)
		w->at++;
}

/* The row of the loop. */
static uint32_t add_loop(struct walk *w, const struct cost_loop *loop)
{
	GArray *reading = w->body.costs->reading;

	g_array_append_vals(reading, loop, 1);
	w->body.loops.count = reading->len;
	w->body.loops.counting |= loop->counts;
	w->body.loops.rows = (const void *)reading->data;
	return reading->len - 1;
}

static void read_loop(struct walk *w, struct cost *cost, int depth)
{
	struct cost_loop loop = cost_loop_read(&w->body, w->body.first + w->at, w->loop);
	struct cost round;
	uint32_t outer = w->loop;
	guint first = part_count(w);

	set_nothing(&round);
	w->loop = add_loop(w, &loop);
	w->at++;
	read_block(w, &round, depth + 1);
	skip_to(w, FACT_EVENT_LOOP_END);
	w->loop = outer;
	add_units(&round, UNITS_STEP);
	multiply_parts(w, &loop, first, &round, cost);
}

/* From a label to the last jump back to it, with the whole statement that the jump stands in. */
static void read_jumps(struct walk *w, struct cost *cost, int depth)
{
	struct cost_loop loop;
	struct cost round;
	uint32_t outer = w->loop;
	guint first = part_count(w);
	fact_id label = w->body.first + w->at++;

	if (depth >= MAX_NESTING || !cost_loop_of_jumps(&w->body, label, outer, &loop))
		return;
	set_nothing(&round);
	w->loop = add_loop(w, &loop);
	while (w->body.first + w->at <= loop.end && read_event(w, &round, depth + 1))
		;
	w->loop = outer;
	multiply_parts(w, &loop, first, &round, cost);
}

static void read_branch(struct walk *w, struct cost *cost, int depth)
{
	struct cost arm;
	guint first = part_count(w);
	bool has_else;

	add_units(cost, UNITS_STEP);
	set_nothing(&arm);
	w->at++;
	read_block(w, &arm, depth + 1);
	has_else = w->at < w->body.count && w->body.events[w->at].kind == FACT_EVENT_ELSE;
	add_cost(cost, &arm, has_else ? 0.5 : SELDOM);
	note_share(w, first, has_else ? 0.5 : SELDOM);
	if (has_else) {
		first = part_count(w);
		set_nothing(&arm);
		w->at++;
		read_block(w, &arm, depth + 1);
		add_cost(cost, &arm, 0.5);
		note_share(w, first, 0.5);
	}
	skip_to(w, FACT_EVENT_BRANCH_END);
}

static void read_switch(struct walk *w, struct cost *cost, int depth)
{
	struct cost arms;
	guint first = part_count(w);
	uint32_t cases = 0;

	set_nothing(&arms);
	w->at++;
	while (w->at < w->body.count && w->body.events[w->at].kind != FACT_EVENT_SWITCH_END) {
		if (w->body.events[w->at].kind == FACT_EVENT_CASE) {
			cases++;
			w->at++;
			continue;
		}
		read_block(w, &arms, depth + 1);
		if (w->at < w->body.count && w->body.events[w->at].kind != FACT_EVENT_SWITCH_END &&
		    w->body.events[w->at].kind != FACT_EVENT_CASE)
			break;
	}
	skip_to(w, FACT_EVENT_SWITCH_END);
	add_units(cost, UNITS_STEP);
	add_cost(cost, &arms, 1.0 / MAX(cases, 1));
	note_share(w, first, 1.0 / MAX(cases, 1));
}

static void read_nested(struct walk *w, struct cost *cost, int depth)
{
	enum fact_event_kind kind = w->body.events[w->at].kind;

	if (depth >= MAX_NESTING) {
		cost->cut = true;
		w->at++;
	} else if (kind == FACT_EVENT_LOOP) {
		read_loop(w, cost, depth);
	} else if (kind == FACT_EVENT_BRANCH) {
		read_branch(w, cost, depth);
	} else {
		read_switch(w, cost, depth);
	}
}

/* Reads the event that `w` has come to, with all that stands in it. False if it ends the block; it
 * is left to the caller then. */
static bool read_event(struct walk *w, struct cost *cost, int depth)
{
	switch ((enum fact_event_kind)w->body.events[w->at].kind) {
	case FACT_EVENT_LOOP:
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_SWITCH:
		read_nested(w, cost, depth);
		return true;
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_ELSE:
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_CASE:
		if (depth < MAX_NESTING)
			return false;
		break;
	case FACT_EVENT_CALL:
		read_call(w, cost);
		break;
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_RETURN:
		add_units(cost, UNITS_STEP);
		break;
	case FACT_EVENT_LABEL:
		read_jumps(w, cost, depth);
		return true;
	case FACT_EVENT_GOTO:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
	case FACT_EVENT_READ:
		break;
	}
	w->at++;
	return true;
}

static void read_block(struct walk *w, struct cost *cost, int depth)
{
	while (w->at < w->body.count && read_event(w, cost, depth))
		;
}

void cost_body_init(struct cost_body *body, struct costs *costs, uint32_t function)
{
	*body = (struct cost_body){.costs = costs,
				   .function = function,
				   .unit = costs->program->functions[function].unit,
				   .loops = costs->loops[function]};
	body->events = program_events(costs->program, function, &body->first, &body->count);
}

/* Times as often as the function calls itself. What it does for a part of what it was given is
 * another one each time. */
static void multiply_depth(const struct walk *w, struct cost *cost)
{
	struct costs *costs = w->body.costs;
	const struct cost_size size = {.kind = COST_DEPTH,
				       .symbol = w->function->symbol,
				       .root = COST_ROOT_PARAM,
				       .root_id = w->goes_down,
				       .function = w->body.function,
				       .event = w->down,
				       .in_function = w->body.function};
	const struct cost round = *cost;
	struct cost_factor depth = {cost_size_intern(costs, &size), w->down, COST_ARG_NONE, false};

	set_nothing(cost);
	cost->cut = round.cut;
	cost->calls_recursive = round.calls_recursive;
	for (uint32_t i = 0; i < round.count; i++) {
		struct cost_term term = round.terms[i];

		if (term.count == COST_FACTORS) {
			cost->cut = true;
			continue;
		}
		for (uint32_t k = term.count++; k > 0; k--) {
			term.factors[k] = term.factors[k - 1];
			term.factors[k].nested |=
				cost_size(costs, term.factors[k].size)->root == COST_ROOT_PARAM;
		}
		term.factors[0] = depth;
		add_term(cost, &term);
	}
}

/* A copy of what was found out, that lives as long as the costs. NULL of nothing. */
static void *keep(struct costs *costs, const void *from, gsize size)
{
	const gsize rounded =
		(size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	char *block;

	if (size == 0)
		return NULL;
	if (!costs->blocks->len || costs->block_used + rounded > BLOCK) {
		g_ptr_array_add(costs->blocks, g_malloc(MAX(BLOCK, rounded)));
		costs->block_used = 0;
	}
	block = costs->blocks->pdata[costs->blocks->len - 1];
	costs->block_used += rounded;
	return memcpy(block + costs->block_used - rounded, from, size);
}

/* Adds up what the function does; `w` has the function, and who asks for its parts. */
static void walk_function(struct walk *w, struct costs *costs, uint32_t function, struct cost *cost)
{
	w->function = &costs->program->functions[function];
	w->loop = w->goes_down = COST_NONE;
	w->ended.event = w->ended.loop = FACT_NONE;
	g_array_set_size(costs->reading, 0);
	cost_body_init(&w->body, costs, function);
	w->body.loops = (struct cost_loops){0};
	w->models = program_walk_models(costs->program, function);
	w->runs_on_loop = w->function->contexts & CONTEXT_IO;
	set_nothing(cost);
	while (w->at < w->body.count) {
		uint32_t before = w->at;

		read_block(w, cost, 0);
		w->at += w->at == before; /* an end without a beginning */
	}
	if (w->goes_down != COST_NONE)
		multiply_depth(w, cost);
	else
		cost->recursive |= w->recursive;
}

void cost_read_function(struct costs *costs, uint32_t function)
{
	struct walk w = {0};
	struct cost cost;

	walk_function(&w, costs, function, &cost);
	costs->loops[function] = w.body.loops;
	costs->loops[function].rows =
		keep(costs, w.body.loops.rows, w.body.loops.count * sizeof(struct cost_loop));
	/* Most functions have one term of eight. */
	costs->summaries[function] = keep(
		costs, &cost, offsetof(struct cost, terms) + cost.count * sizeof(cost.terms[0]));
}

GArray *cost_read_parts(struct costs *costs, uint32_t function)
{
	struct walk w = {.parts = g_array_new(FALSE, FALSE, sizeof(struct cost_part))};
	struct cost cost;

	walk_function(&w, costs, function, &cost);
	if (w.goes_down != COST_NONE)
		g_array_set_size(w.parts, 0); /* times how often it calls itself */
	return w.parts;
}
