/* contlint cost: what a function computes, as a sum over named sizes, and where each size comes
 * from. It links the program anew, from the facts of the last check as far as they are cached. */
#include "cli/command.h"

#include <stdio.h>

#include "analyzer/costs/cost.h"
#include "analyzer/units/workers.h"
#include "cli/linking.h"
#include "reports/terminal.h"

#define MAX_DEPTH 32 /* calls down to where a factor comes from */

static int run(int argc, char **argv);

const struct command command_cost = {
	.name = "cost",
	.arguments = "FUNCTION",
	.summary = "say what a function computes, and what that depends on",
	.run = run,
};

/* ---- words -------------------------------------------------------------------------------- */

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
		uint32_t unit = program->functions[*function].unit;

		if (program_event(program, unit, factor->at)->kind != FACT_EVENT_CALL)
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
	const struct program_function *in = &program->functions[where];
	bool call = program_event(program, in->unit, at)->kind == FACT_EVENT_CALL;
	g_autofree char *text = cost_size_text(costs, factor->size);

	g_string_append(out, "    ");
	(void)terminal_append(out, text);
	g_string_append(out, call ? ": call at " : ": loop at ");
	append_place(out, program, where, at);
	g_string_append(out, " in ");
	(void)terminal_append(out, in->name);
	g_string_append(out, "()");
	if (where != function) {
		g_string_append(out, ", reached from ");
		append_place(out, program, function, factor->at);
	}
	g_string_append_printf(out, "; %s%s\n", weight_words(size->weight),
			       factor->nested ? "; another one in each round of what is around it"
					      : "");
}

static void append_function(GString *out, const struct program *program, uint32_t function)
{
	const struct costs *costs = program_costs(program);
	const struct cost *cost = cost_of(costs, function);
	const struct program_function *f = &program->functions[function];
	g_autoptr(GHashTable) told = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_autofree char *text = cost_text(costs, cost);

	(void)terminal_append(out, f->name);
	g_string_append(out, "() in ");
	(void)terminal_append(out, f->file);
	g_string_append(out, "\n  ");
	(void)terminal_append(out, text);
	g_string_append_printf(out, "\n  %s%s\n", degree_words(cost),
			       f->contexts & CONTEXT_IO ? ", on the I/O thread" : "");
	for (uint32_t i = cost->count; i-- > 0;)
		for (uint32_t k = 0; k < cost->terms[i].count; k++) {
			const struct cost_factor *factor = &cost->terms[i].factors[k];

			if (g_hash_table_add(told, GUINT_TO_POINTER(factor->size)))
				append_factor(out, program, function, factor);
		}
}

/* ---- the program -------------------------------------------------------------------------- */

static int show(const char *name, const struct program *program)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree uint32_t *functions = NULL;
	guint count;

	functions = program_functions_named(program, name, &count);
	if (count == 0) {
		cli_error("%s: the project has no such function", name);
		return CLI_USAGE;
	}
	for (guint i = 0; i < count; i++)
		append_function(out, program, functions[i]);
	(void)fputs(out->str, stdout);
	return CLI_OK;
}

static int cost_of_project(const struct linking_words *words, const char *name)
{
	struct linked linked;
	int code = linking_open(words, &linked);

	for (guint i = 0; code == CLI_OK && i < linked.results->len; i++) {
		const struct unit_result *result = linked.results->pdata[i];

		if (!result->facts)
			cli_warning("%s", result->problem);
	}
	if (code == CLI_OK)
		code = show(name, linked.program);
	linked_clear(&linked);
	return code;
}

static int run(int argc, char **argv)
{
	struct linking_words words = {0};
	g_autoptr(GArray) entries = g_array_new(TRUE, FALSE, sizeof(GOptionEntry));
	int code = CLI_USAGE;

	linking_add_entries(&words, entries);
	if (cli_parse(&command_cost, (const GOptionEntry *)(gpointer)entries->data, &argc, &argv,
		      NULL)) {
		if (argc == 2)
			code = cost_of_project(&words, argv[1]);
		else
			cli_error("cost takes one function");
	}
	linking_words_clear(&words);
	return code;
}
