/* Sinks and the paths to them, each searched once: see paths_search.c for how. */
#include "analyzer/paths.h"

#include <math.h>

#include "analyzer/loop_body.h"
#include "analyzer/models/model_condition.h"
#include "analyzer/pair_key.h"
#include "analyzer/paths_private.h"
#include "analyzer/program_private.h"

#define OF_MANY_TARGETS 0.7

/* function << 32 | formula -> struct path *, or NULL for none */
typedef GHashTable *paths_table[CONTEXT_COUNT];

/* What was found so far, and what the searches remember of the program. */
struct found {
	struct search_memory *memory;
	GPtrArray *in_bodies; /* struct path * */
	paths_table best;     /* made when used */
	paths_table first;    /* the same, of paths_first() */
};

struct paths {
	GArray *sites;                 /* struct sink_site */
	const struct paths_shut *shut; /* or NULL */
	struct found open, around;     /* `around` what is shut */
};

/* The sinks of `model`, which `site` calls if `guard` holds. */
static void add_sites(const struct program *program, struct sink_site site,
		      const struct model_function *model, formula_id guard, GArray *sites)
{
	struct conditions *conditions = program->private->conditions;
	uint32_t function = site.function;
	fact_id event = site.event;

	if (guard == FORMULA_FALSE)
		return;
	site.model = model;
	site.in_loop = conditions_in_loop(conditions, function, event);
	site.on_failure = conditions_on_failure(conditions, function, event);
	for (guint i = 0; i < model->sink_count; i++) {
		site.sink = &model->sinks[i];
		site.formula = conditions_and(
			conditions,
			conditions_at_call(conditions, function, event, site.sink->when), guard);
		if (site.formula != FORMULA_FALSE)
			g_array_append_val(sites, site);
	}
}

/* What a call of a function that is declared as one that may block is. */
static const struct model_sink declared_sink = {
	.kind = MODEL_LIBRARY,
	.class = MODEL_W3,
	.when = &condition_always,
	.instead = "call it on a worker",
	.note = "it is declared as one that may block",
	.size_arg = -1,
	.over_arg = -1,
	.duration_arg = -1,
};
static const struct model_function declared_model = {
	.name = "",
	.library = "",
	.sinks = &declared_sink,
	.sink_count = 1,
	.wait_count_arg = -1,
	.waits_for_arg = -1,
};

/* What is known of calls of `symbol`: what its declaration says goes before its model. NULL if
 * they are no sinks. */
static const struct model_function *sinks_of_symbol(const struct program *program, uint32_t symbol)
{
	const struct program_symbol *s = &program->symbols[symbol];

	if (s->flags & FACT_SYMBOL_NONBLOCKING)
		return NULL;
	if (s->model && s->model->sink_count)
		return s->model;
	return s->flags & FACT_SYMBOL_BLOCKING ? &declared_model : NULL;
}

static bool has_body(const struct program *program, const struct target *target, uint32_t unit)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	targets_definitions(program->private->targets, target, unit, found);
	return found->len > 0;
}

/* A call through a pointer that may be a library's function, or one that is declared as one that
 * may block. What has a body here is followed as an edge. */
static void add_indirect_sites(const struct program *program, uint32_t function, fact_id event,
			       GArray *sites)
{
	struct conditions *conditions = program->private->conditions;
	const struct targets *targets = program->private->targets;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *callee = search_called_through(program, function, event);
	bool by_parameter = callee->kind == FACT_VALUE_PARAM, stored = true, cut = false;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	struct program_edge edge = {.kind = EDGE_INDIRECT, .by_parameter = by_parameter};

	targets_of_value(targets, unit, function, program_event(program, unit, event)->a, found,
			 &stored, &cut);
	edge.target_count = found->len;
	edge.stored = stored;
	for (guint i = 0; i < found->len && !cut; i++) {
		const struct target *target = &g_array_index(found, struct target, i);
		const struct model_function *model = sinks_of_symbol(program, target->symbol);
		struct sink_site site = {.function = function,
					 .event = event,
					 .symbol = target->symbol,
					 .certainty = paths_edge_certainty(&edge)};
		formula_id guard = conditions_guard(conditions, function, event);

		if (!model || (model != &declared_model && has_body(program, target, unit)))
			continue;
		if (by_parameter)
			guard = conditions_and(
				conditions,
				conditions_is_target(conditions, callee->a, target->symbol), guard);
		add_sites(program, site, model, guard, sites);
	}
}

static void add_sites_of(const struct program *program, uint32_t function, GArray *sites)
{
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t k = 0; k < count; k++) {
		struct sink_site site = {.function = function, .event = first + k, .certainty = 1};
		const struct model_function *model;

		if (events[k].kind != FACT_EVENT_CALL)
			continue;
		site.symbol = program_callee(program, unit, &events[k]);
		if (site.symbol == PROGRAM_NONE) {
			add_indirect_sites(program, function, first + k, sites);
			continue;
		}
		model = sinks_of_symbol(program, site.symbol);
		if (model)
			add_sites(
				program, site, model,
				conditions_guard(program->private->conditions, function, first + k),
				sites);
	}
}

/* The body of the loop in `function`, NULL if it has none. One without dispatches that a loop or a
 * pool runs is a helper that waits for something. */
static const struct loop_body *body_of(const struct program *program, uint32_t function)
{
	uint32_t contexts = program->functions[function].contexts;

	for (guint i = 0; i < program->loop_body_count; i++) {
		const struct loop_body *body = &program->loop_bodies[i];

		if (body->function == function)
			return body->dispatches || !(contexts & (CONTEXT_IO | CONTEXT_WORKER))
				       ? body
				       : NULL;
	}
	return NULL;
}

static GArray *find_sites(const struct program *program)
{
	GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct sink_site));

	for (uint32_t i = 0; i < program->function_count; i++)
		if (program->functions[i].contexts & CONTEXT_IO || body_of(program, i))
			add_sites_of(program, i, sites);
	return sites;
}

GArray *paths_sites_of(const struct program *program, uint32_t function)
{
	GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct sink_site));

	add_sites_of(program, function, sites);
	return sites;
}

/* Each target belongs to an object that somebody has set up for it. That the caller's object is one
 * of those is about as likely as not, however many kinds there are; up to a number. */
static double method_certainty(uint32_t target_count)
{
	return target_count <= 3 ? 0.7 : fmin(0.5, 8.0 / target_count);
}

double paths_edge_certainty(const struct program_edge *edge)
{
	if (edge->kind == EDGE_DIRECT)
		return 1.0 / edge->target_count;
	if (edge->kind == EDGE_SYNCHRONOUS)
		return 1.0;
	if (edge->target_count <= 1 || edge->by_parameter)
		return 0.95;
	if (!edge->stored && edge->method)
		return method_certainty(edge->target_count);
	if (!edge->stored)
		return fmax(1.0 / edge->target_count, 0.02);
	return edge->target_count <= 8 ? 0.9 : edge->target_count <= 100 ? 0.8 : OF_MANY_TARGETS;
}

double paths_place_certainty(const struct program *program, uint32_t function, fact_id event)
{
	return conditions_in_wide_switch(program->private->conditions, function, event)
		       ? OF_MANY_TARGETS
		       : 1;
}

static struct paths *remembered(const struct program *program)
{
	struct program_private *private = program->private;

	if (!private->paths)
		private->paths = g_new0(struct paths, 1);
	return private->paths;
}

static struct found *found_so_far(const struct program *program)
{
	struct paths *paths = remembered(program);

	return paths->shut ? &paths->around : &paths->open;
}

static struct search_memory *memory_new(const struct program *program,
					const struct paths_shut *shut)
{
	struct search_memory *memory = g_new0(struct search_memory, 1);

	memory->shut = shut;
	memory->costs = g_new0(uint32_t, program->edge_count + 1);
	memory->always = g_new0(formula_id, program->edge_count + 1);
	memory->before = g_hash_table_new(pair_key_hash, NULL);
	memory->starts = g_new0(uint32_t, program->function_count + 1);
	memory->holds = g_byte_array_new();
	memory->spare = g_ptr_array_new_with_free_func(search_destroy);
	for (guint i = 0; shut && i < program->edge_count; i++)
		memory->costs[i] = shut->edges[i] ? SHUT_COST : 0;
	return memory;
}

struct search_memory *paths_memory(const struct program *program)
{
	struct found *found = found_so_far(program);

	if (!found->memory)
		found->memory = memory_new(program, remembered(program)->shut);
	return found->memory;
}

static void free_memory(struct search_memory *memory)
{
	g_free(memory->costs);
	g_free(memory->always);
	g_hash_table_destroy(memory->before);
	g_free(memory->starts);
	for (guint i = 0; i < CONTEXT_COUNT; i++)
		search_map_free(&memory->maps[i]);
	g_byte_array_free(memory->holds, TRUE);
	g_ptr_array_free(memory->spare, TRUE);
	g_free(memory);
}

static struct path *search_from(const struct program *program, uint32_t context, uint32_t function,
				formula_id formula, bool first_only)
{
	struct search *search =
		search_new(program, paths_memory(program), context, function, formula);
	struct path *path;

	search->first_only = first_only;
	path = search_run(search);
	search_free(search);
	return path;
}

static void free_table(paths_table table)
{
	for (guint i = 0; i < CONTEXT_COUNT; i++)
		if (table[i])
			g_hash_table_destroy(table[i]);
}

static void free_found(struct found *found)
{
	if (found->memory)
		free_memory(found->memory);
	if (found->in_bodies)
		g_ptr_array_free(found->in_bodies, TRUE);
	free_table(found->best);
	free_table(found->first);
	*found = (struct found){0};
}

void paths_free(struct paths *paths)
{
	if (!paths)
		return;
	if (paths->sites)
		g_array_free(paths->sites, TRUE);
	free_found(&paths->open);
	free_found(&paths->around);
	g_free(paths);
}

void paths_shut(const struct program *program, const struct paths_shut *shut)
{
	struct paths *paths = remembered(program);

	free_found(&paths->around);
	paths->shut = shut;
}

const GArray *paths_sinks(const struct program *program)
{
	struct paths *paths = remembered(program);

	if (!paths->sites)
		paths->sites = find_sites(program);
	return paths->sites;
}

static const struct path *remember(const struct program *program, paths_table table,
				   uint32_t context, uint32_t function, formula_id formula,
				   bool first_only)
{
	GHashTable **known = &table[g_bit_nth_lsf(context, -1)];
	gpointer key = pair_key(function, formula), value;
	struct path *path;

	if (!*known)
		*known = g_hash_table_new_full(pair_key_hash, NULL, NULL, path_free);
	if (g_hash_table_lookup_extended(*known, key, NULL, &value))
		return value;
	path = search_from(program, context, function, formula, first_only);
	g_hash_table_insert(*known, key, path);
	return path;
}

const struct path *paths_to(const struct program *program, uint32_t context, uint32_t function,
			    formula_id formula)
{
	return remember(program, found_so_far(program)->best, context, function, formula, false);
}

const struct path *paths_first(const struct program *program, uint32_t context, uint32_t function,
			       formula_id formula)
{
	return remember(program, found_so_far(program)->first, context, function, formula, true);
}

const struct path *paths_best_to(const struct program *program, uint32_t function,
				 formula_id formula)
{
	return paths_to(program, CONTEXT_IO, function, formula);
}

/* The path of no calls from a loop to what stands in its body. */
static const struct path *path_in_body(const struct program *program, const struct sink_site *site)
{
	const struct paths_shut *shut = remembered(program)->shut;
	struct found *found = found_so_far(program);
	const struct loop_body *body = body_of(program, site->function);
	guint first, count = program_registrations_of(program, site->function, &first);
	struct path *path;

	if (!body || !loop_body_handles(program, body, site->event))
		return NULL;
	while (count && program->registrations[first].context != 0)
		first++, count--;
	if (shut && shut->registrations[first])
		return NULL;
	path = g_new0(struct path, 1);
	path->registration = first;
	path->edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	path->verdict = conditions_at_root(program->private->conditions, site->formula, first);
	path->root_certainty = program->registrations[first].certainty;
	path->call_certainty = 1;
	path->function = PROGRAM_NONE;
	if (!found->in_bodies)
		found->in_bodies = g_ptr_array_new_with_free_func(path_free);
	g_ptr_array_add(found->in_bodies, path);
	return path->verdict == FORMULA_FALSE ? NULL : path;
}

const struct path *paths_best(const struct program *program, const struct sink_site *site)
{
	const struct path *path = paths_to(program, CONTEXT_IO, site->function, site->formula);

	return path ? path : path_in_body(program, site);
}
