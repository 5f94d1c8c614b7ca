/* Costs in words, for contlint cost. */
#include "cli/costing.h"

#include <math.h>

#include "reports/terminal.h"
#include "rules/story.h"

#define MAX_DEPTH 32     /* calls down to where a factor comes from */
#define EXAMPLE 1000     /* for the time: how large each size is */
#define LEAST_UNITS 1000 /* below, nobody asks what a constant is made of */
#define LEAST_SHARE 0.02 /* of the constant: less is not told */

/* ---- sizes -------------------------------------------------------------------------------- */

static const char *degree_words(const struct cost *cost)
{
	static const char *const words[] = {
		"does not depend on how much data there is",
		"grows with the data",
		"grows as the square of the data",
		"grows as the cube of the data",
	};

	if (cost->recursive && cost_degree(cost) == 0)
		return "grows with how often it calls itself through others, which is not known";
	if (cost->calls_recursive && cost_degree(cost) == 0)
		return "grows with how deep the recursion goes in what it calls, which is not "
		       "known";
	return words[MIN(cost_degree(cost), G_N_ELEMENTS(words) - 1)];
}

static const char *weight_words(uint32_t weight)
{
	switch ((enum cost_weight)weight) {
	case COST_FIXED:
		return "set before the loop runs";
	case COST_OPEN:
		return "who decides about it is not seen";
	case COST_GROWN:
		return "grows in continuations";
	case COST_EVENT:
		return "comes in with an event";
	}
	return "";
}

/* "src/a.c:12", "?" if that is not known. */
static void append_place(GString *out, const struct program *program, uint32_t function,
			 fact_id event)
{
	uint32_t unit = program->functions[function].unit, line, column;
	const char *file;

	if (!program_locate(program, unit, program_event(program, unit, event)->loc, &file, &line,
			    &column)) {
		g_string_append_c(out, '?');
		return;
	}
	(void)terminal_append(out, file);
	g_string_append_printf(out, ":%u", line);
}

static bool is_call(const struct program *program, uint32_t function, fact_id event)
{
	uint32_t unit = program->functions[function].unit;

	return program_event(program, unit, event)->kind == FACT_EVENT_CALL;
}

/* The name of what the call `event` calls; of a call through a pointer that of `callee`. */
static void append_callee(GString *out, const struct program *program, uint32_t function,
			  fact_id event, uint32_t callee)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, event));

	if (symbol != PROGRAM_NONE)
		(void)terminal_append(out, program->symbols[symbol].name);
	else if (callee != COST_NONE)
		(void)terminal_append(out, program->functions[callee].name);
	else
		g_string_append_c(out, '?');
	g_string_append(out, "()");
}

/* "loop at src/a.c:12 in f()", and from which place in `from` it is reached if there is one. */
static void append_where(GString *out, const struct program *program, uint32_t function, fact_id at,
			 fact_id via, uint32_t from)
{
	if (is_call(program, function, at)) {
		g_string_append(out, "call of ");
		append_callee(out, program, function, at, COST_NONE);
		g_string_append(out, " at ");
	} else {
		g_string_append(out, "loop at ");
	}
	append_place(out, program, function, at);
	g_string_append(out, " in ");
	(void)terminal_append(out, program->functions[function].name);
	g_string_append(out, "()");
	if (via != FACT_NONE) {
		g_string_append(out, ", reached from ");
		append_place(out, program, from, via);
	}
}

/* Are two sizes the same, the first in words of a caller maybe? */
static bool is_told(const struct costs *costs, uint32_t caller, uint32_t callee)
{
	const struct cost_size *a = cost_size(costs, caller), *b = cost_size(costs, callee);

	return caller == callee ||
	       (b->root == COST_ROOT_PARAM && a->kind == b->kind && a->symbol == b->symbol);
}

/* The factor of what the call `event` calls that `size` comes from, NULL if none is known. */
static const struct cost_factor *factor_of_callee(const struct program *program, uint32_t function,
						  fact_id event, uint32_t size,
						  uint32_t *ret_callee)
{
	const struct costs *costs = program_costs(program);
	const struct program_function *f = &program->functions[function];

	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];
		const struct cost *cost =
			edge->event == event ? cost_of(costs, edge->callee) : NULL;

		*ret_callee = edge->callee;
		for (uint32_t k = 0; cost && k < cost->count; k++)
			for (uint32_t n = 0; n < cost->terms[k].count; n++)
				if (is_told(costs, size, cost->terms[k].factors[n].size))
					return &cost->terms[k].factors[n];
	}
	return NULL;
}

/* The loop or library call that brings the factor in: a size can come from several, and each
 * function has its own. */
static fact_id find_place(const struct program *program, const struct cost_factor *factor,
			  uint32_t *function)
{
	uint32_t callee;

	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		const struct cost_factor *next;

		if (!is_call(program, *function, factor->at))
			break;
		next = factor_of_callee(program, *function, factor->at, factor->size, &callee);
		if (!next)
			break;
		*function = callee;
		factor = next;
	}
	return factor->at;
}

/* "    n: loop at src/a.c:12 in f(), called at src/b.c:7; comes in with an event" */
static void append_factor(GString *out, const struct program *program, uint32_t function,
			  const struct cost_factor *factor)
{
	const struct costs *costs = program_costs(program);
	const struct cost_size *size = cost_size(costs, factor->size);
	uint32_t where = function;
	fact_id at = find_place(program, factor, &where);
	g_autofree char *text = cost_size_text(costs, factor->size);

	g_string_append(out, "    ");
	(void)terminal_append(out, text);
	g_string_append(out, ": ");
	append_where(out, program, where, at, where == function ? FACT_NONE : factor->at, function);
	g_string_append_printf(out, "; %s%s\n", weight_words(size->weight),
			       factor->nested ? "; another one in each round of what is around it"
					      : "");
}

/* Each size once, those of the last terms first. */
static void append_factors(GString *out, const struct program *program, uint32_t function,
			   const struct cost *cost)
{
	g_autoptr(GHashTable) told = g_hash_table_new(g_direct_hash, g_direct_equal);

	for (uint32_t i = cost->count; i-- > 0;)
		for (uint32_t k = 0; k < cost->terms[i].count; k++) {
			const struct cost_factor *factor = &cost->terms[i].factors[k];

			if (g_hash_table_add(told, GUINT_TO_POINTER(factor->size)))
				append_factor(out, program, function, factor);
		}
}

/* ---- the constant ------------------------------------------------------------------------- */

/* "200000 rounds: loop at src/a.c:12 in f()" */
static void append_loop(GString *out, const struct program *program, const struct cost_part *part,
			uint32_t from)
{
	const struct cost_loops loops = cost_loops(program_costs(program), part->function);

	g_string_append_printf(out, "%.0f", part->times);
	for (uint32_t i = 0; i < loops.count; i++)
		if (loops.rows[i].begin == part->at && loops.rows[i].budget)
			g_string_append(out, " or so");
		else if (loops.rows[i].begin == part->at && loops.rows[i].trips > part->times)
			g_string_append_printf(out, " of %.0f", loops.rows[i].trips);
	g_string_append(out, " rounds: ");
	append_where(out, program, part->function, part->at, part->via, from);
}

/* "100000 for n: loop at src/b.c:3 in f(), reached from src/a.c:9" */
static void append_argument(GString *out, const struct program *program,
			    const struct cost_part *part, uint32_t from)
{
	g_autofree char *text = cost_size_text(program_costs(program), part->factor.size);
	uint32_t where = part->callee;
	fact_id at = find_place(program, &part->factor, &where);

	g_string_append_printf(out, "%.0f for ", part->times);
	(void)terminal_append(out, text);
	g_string_append(out, ": ");
	append_where(out, program, where, at, part->via == FACT_NONE ? part->at : part->via, from);
}

/* "100000 x 500: call of PKCS5_PBKDF2_HMAC() at src/a.c:14 in f()" */
static void append_library(GString *out, const struct program *program,
			   const struct cost_part *part, uint32_t from)
{
	uint32_t unit = program->functions[part->function].unit;
	const struct model_function *model =
		program_call_model(program, unit, program_event(program, unit, part->at));

	if (part->times > 0 && model)
		g_string_append_printf(out, "%.0f x %.15g: ", part->times,
				       cost_model(program_costs(program), model).units);
	append_where(out, program, part->function, part->at, part->via, from);
}

static void append_part(GString *out, const struct program *program, const struct cost_part *part,
			uint32_t from)
{
	g_string_append_printf(out, "%*s", 4 + 2 * (int)part->depth, "");
	switch (part->kind) {
	case COST_PART_LOOP:
		append_loop(out, program, part, from);
		break;
	case COST_PART_ARGUMENT:
		append_argument(out, program, part, from);
		break;
	case COST_PART_CALLBACK:
		(void)terminal_append(out, program->functions[part->callee].name);
		g_string_append(out, "() in each round of the ");
		append_where(out, program, part->function, part->at, part->via, from);
		break;
	case COST_PART_LIBRARY:
	case COST_PART_CALL:
		append_library(out, program, part, from);
		break;
	}
	g_string_append_printf(out, "; %.0f units\n", part->units);
}

/* What a large constant is made of. */
static void append_constant(GString *out, const struct program *program, uint32_t function,
			    const struct cost *cost)
{
	const double all = cost->terms[0].units;
	g_autoptr(GArray) parts = NULL;
	double told = 0;

	if (all < LEAST_UNITS)
		return;
	parts = cost_parts(program_costs(program), function, MAX(all * LEAST_SHARE, LEAST_UNITS));
	g_string_append_printf(out, "  of the constant %.0f:\n", all);
	for (guint i = 0; i < parts->len; i++) {
		const struct cost_part *part = &g_array_index(parts, struct cost_part, i);

		append_part(out, program, part, function);
		told += part->depth == 0 ? part->units : 0;
	}
	if (all - told >= all * LEAST_SHARE)
		g_string_append_printf(out, "    the rest; %.0f units\n", all - told);
}

/* ---- functions ---------------------------------------------------------------------------- */

/* "about 2 ms", of less than a microsecond that it is less. */
static void append_time(GString *out, double units)
{
	g_autofree char *time = story_time(units);

	g_string_append_printf(out, units < COST_UNITS_US ? "less than %s" : "about %s", time);
}

/* Nobody knows the time of what grows: it is told for an example. */
static void append_estimate(GString *out, const struct cost *cost)
{
	if (cost->recursive || cost->calls_recursive || cost->cut)
		g_string_append(out, "not counting what is not known: ");
	append_time(out, cost_units_at(cost, EXAMPLE));
	if (cost_degree(cost) > 0)
		g_string_append_printf(out, " if each size is %d", EXAMPLE);
}

void costing_append_function(GString *out, const struct program *program, uint32_t function)
{
	const struct costs *costs = program_costs(program);
	const struct cost *cost = cost_of(costs, function);
	const struct program_function *f = &program->functions[function];
	g_autofree char *text = cost_text(costs, cost);

	(void)terminal_append(out, f->name);
	g_string_append(out, "() in ");
	(void)terminal_append(out, f->file);
	g_string_append(out, "\n  units of work: ");
	(void)terminal_append(out, text);
	g_string_append_printf(out, "\n  %s%s; ", degree_words(cost),
			       f->contexts & CONTEXT_IO ? ", on the I/O thread" : "");
	append_estimate(out, cost);
	g_string_append_c(out, '\n');
	append_factors(out, program, function, cost);
	append_constant(out, program, function, cost);
}

void costing_append_unit(GString *out)
{
	g_string_append(out,
			"a unit is one step of the source, about a nanosecond; simple loops take "
			"less once they are compiled, down to a twentieth\n");
}

/* ---- library functions -------------------------------------------------------------------- */

/* "500 x (argument 4)" */
static void append_size(GString *out, const struct cost_model *cost)
{
	const struct model_sink *sink = cost->sink;

	g_string_append_printf(out, "%.15g", cost->units);
	if (sink->size_field)
		g_string_append_printf(out, " x (%s of argument 0)", sink->size_field);
	else if (sink->string_arg >= 0)
		g_string_append_printf(out, " x (the length of argument %d)", sink->string_arg);
	else if (sink->size_arg >= 0)
		g_string_append_printf(out, " x (argument %d)", sink->size_arg);
	for (guint i = 0; i < sink->times_count; i++)
		g_string_append_printf(out, " x (argument %d)", sink->times[i].arg);
	if (sink->sorting)
		g_string_append(out, cost->sized ? " x its log2" : " x n log2 n of what it sorts");
}

static double example_units(const struct cost_model *cost)
{
	double units = cost->units;

	if (cost->sized || cost->sink->sorting)
		units *= EXAMPLE; /* the product, where it is one of several arguments */
	return cost->sink->sorting ? units * log2(EXAMPLE) : units;
}

static void append_computing(GString *out, const struct cost_model *cost)
{
	const struct model_sink *sink = cost->sink;

	g_string_append(out, "  units of work: ");
	append_size(out, cost);
	if (cost->call_units > 0)
		g_string_append_printf(out, " + %.15g", cost->call_units);
	g_string_append_printf(out, "\n  class %s, %s; ", model_class_name(sink->class),
			       sink->class == MODEL_C2 ? "heavy computation"
						       : "linear computation");
	append_time(out, example_units(cost) + cost->call_units);
	if (cost->sized || sink->sorting)
		g_string_append_printf(out, " if %s is %d; arguments count from 0",
				       sink->times_count ? "their product" : "the size", EXAMPLE);
	g_string_append_c(out, '\n');
	if (sink->when->kind != CONDITION_TRUE && sink->when->text)
		g_string_append_printf(out, "  when: %s\n", sink->when->text);
	if (sink->note)
		g_string_append_printf(out, "  note: %s\n", sink->note);
	if (sink->instead)
		g_string_append_printf(out, "  instead: %s\n", sink->instead);
}

void costing_append_model(GString *out, const struct costs *costs,
			  const struct model_function *model)
{
	const struct cost_model cost = cost_model(costs, model);

	(void)terminal_append(out, model->name);
	g_string_append_printf(out, "() of %s, as its model says at ", model->library);
	(void)terminal_append(out, model->file);
	g_string_append_printf(out, ":%u\n", model->line);
	if (cost.sink) {
		append_computing(out, &cost);
		return;
	}
	g_string_append_printf(out, "  units of work: %.15g for a call; it computes nothing\n",
			       cost.call_units);
	for (guint i = 0; i < model->sink_count; i++)
		g_string_append_printf(out, "  blocks: %s, class %s\n",
				       model_kind_name(model->sinks[i].kind),
				       model_class_name(model->sinks[i].class));
}
