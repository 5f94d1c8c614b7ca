/* Linking: names of all units become one set of symbols, bodies become functions, calls become
 * edges. Pointer targets are in targets.c, who runs where in context.c. */
#include "analyzer/program.h"

#include <string.h>

#include "analyzer/context.h"
#include "analyzer/costs/cost.h"
#include "analyzer/locks/lock.h"
#include "analyzer/method.h"
#include "analyzer/origin.h"
#include "analyzer/paths.h"
#include "analyzer/program_private.h"
#include "analyzer/views.h"

struct builder {
	struct program *program;
	GArray *symbols;    /* struct program_symbol */
	GArray *functions;  /* struct program_function */
	GArray *edges;      /* struct program_edge */
	GArray *unresolved; /* struct program_unresolved */
	GHashTable *bodies; /* "symbol file line" key -> function + 1 */
};

const char *program_context_name(enum program_context context)
{
	switch (context) {
	case CONTEXT_IO:
		return "io";
	case CONTEXT_WORKER:
		return "worker";
	case CONTEXT_STARTUP:
		return "startup";
	case CONTEXT_SHUTDOWN:
		return "shutdown";
	case CONTEXT_SIGNAL:
		return "signal";
	case CONTEXT_CHILD:
		return "child";
	}
	return "unknown";
}

static const char *intern(struct program *program, const char *text)
{
	return g_string_chunk_insert_const(program->private->names, text);
}

bool program_locate(const struct program *program, uint32_t unit, fact_id loc,
		    const char **ret_file, uint32_t *ret_line, uint32_t *ret_column)
{
	const struct facts *facts = program->units[unit].facts;
	const struct fact_loc *l;

	if (loc == FACT_NONE)
		return false;
	l = facts_row(facts, locs, struct fact_loc, loc);
	if (ret_file)
		*ret_file = facts_string(facts,
					 facts_row(facts, files, struct fact_file, l->file)->path);
	if (ret_line)
		*ret_line = l->line;
	if (ret_column)
		*ret_column = l->column;
	return true;
}

struct conditions *program_conditions(const struct program *program)
{
	return program->private->conditions;
}

static const struct fact_event *events_of(const struct facts *facts, uint32_t function_row,
					  uint32_t *ret_first, uint32_t *ret_count)
{
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, function_row);

	*ret_first = row->first_event;
	*ret_count = row->event_count;
	return row->event_count ? facts_row(facts, events, struct fact_event, row->first_event)
				: NULL;
}

const struct fact_event *program_events(const struct program *program, uint32_t function,
					uint32_t *ret_first, uint32_t *ret_count)
{
	const struct program_function *f = &program->functions[function];

	return events_of(program->units[f->unit].facts, f->row, ret_first, ret_count);
}

const struct fact_event *program_file_scope(const struct program *program, uint32_t unit,
					    uint32_t *ret_first, uint32_t *ret_count)
{
	return events_of(program->units[unit].facts, 0, ret_first, ret_count);
}

uint32_t program_callee(const struct program *program, uint32_t unit,
			const struct fact_event *event)
{
	const struct fact_value *v = program_value(program, unit, event->a);

	return v->kind == FACT_VALUE_FUNCTION ? program->units[unit].symbols[v->a] : PROGRAM_NONE;
}

const struct model_function *program_call_model(const struct program *program, uint32_t unit,
						const struct fact_event *event)
{
	uint32_t symbol = event->kind == FACT_EVENT_CALL ? program_callee(program, unit, event)
							 : PROGRAM_NONE;

	return symbol == PROGRAM_NONE || !program->private->modelled[symbol]
		       ? NULL
		       : program->symbols[symbol].model;
}

fact_id program_argument(const struct program *program, uint32_t unit,
			 const struct fact_event *event, uint32_t k)
{
	if (k >= event->c)
		return FACT_NONE;
	return g_array_index(program->units[unit].facts->arguments, fact_id, event->b + k);
}

/* A later unit may know more of a symbol than the first one did. */
static void merge_symbol(struct program_symbol *to, const struct fact_symbol *from,
			 const char *type)
{
	to->flags |= from->flags;
	if (!*to->type)
		to->type = type;
}

static uint32_t add_symbol(struct builder *b, const struct facts *facts,
			   const struct fact_symbol *from)
{
	struct program *program = b->program;
	const char *usr = facts_string(facts, from->usr);
	const char *type = facts_string(facts, from->type);
	uint32_t known =
		GPOINTER_TO_UINT(g_hash_table_lookup(program->private->symbol_by_usr, usr));
	struct program_symbol symbol;

	if (known) {
		merge_symbol(&g_array_index(b->symbols, struct program_symbol, known - 1), from,
			     type);
		return known - 1;
	}
	symbol = (struct program_symbol){
		.usr = usr,
		.name = intern(program, facts_string(facts, from->name)),
		.owner = from->owner == FACT_NONE
				 ? NULL
				 : intern(program, facts_string(facts, from->owner)),
		.type = type,
		.kind = from->kind,
		.linkage = from->linkage,
		.flags = from->flags,
		.function = PROGRAM_NONE,
		.twin = PROGRAM_NONE,
	};
	g_array_append_val(b->symbols, symbol);
	g_hash_table_insert(program->private->symbol_by_usr, (char *)usr,
			    GUINT_TO_POINTER(b->symbols->len));
	return b->symbols->len - 1;
}

/* CONTLINT_MAY_BLOCK and clang's blocking say the same, and so do the two nonblocking. */
static void add_promises(struct builder *b, const struct facts *facts, const uint32_t *symbols)
{
	for (guint i = 0; i < facts->annotations->len; i++) {
		const struct fact_annotation *a =
			facts_row(facts, annotations, struct fact_annotation, i);
		struct program_symbol *symbol;

		if (a->symbol == FACT_NONE)
			continue;
		symbol = &g_array_index(b->symbols, struct program_symbol, symbols[a->symbol]);
		if (a->kind == FACT_ANNOTATION_MAY_BLOCK)
			symbol->flags |= FACT_SYMBOL_BLOCKING;
		if (a->kind == FACT_ANNOTATION_NONBLOCKING)
			symbol->flags |= FACT_SYMBOL_NONBLOCKING;
		if (a->kind == FACT_ANNOTATION_BUDGET_US)
			symbol->budget_us = a->number;
	}
}

static void add_unit(struct builder *b, const struct facts *facts)
{
	struct program *program = b->program;
	struct program_unit *unit = &program->units[program->unit_count++];
	uint32_t *symbols = g_new(uint32_t, facts->symbols->len + 1);

	for (guint i = 0; i < facts->symbols->len; i++)
		symbols[i] = add_symbol(b, facts, facts_row(facts, symbols, struct fact_symbol, i));
	for (guint i = 0; i < facts->symbols->len; i++) {
		fact_id twin = facts_row(facts, symbols, struct fact_symbol, i)->twin;

		if (twin != FACT_NONE)
			g_array_index(b->symbols, struct program_symbol, symbols[i]).twin =
				symbols[twin];
	}
	add_promises(b, facts, symbols);
	unit->facts = facts;
	unit->symbols = symbols;
	unit->file = facts_string(facts, facts_row(facts, files, struct fact_file, 0)->path);
	unit->target = facts_string(facts, facts->target);
}

/* What makes two bodies the same function: one in a header is, whoever includes it; one in a source
 * that is built for several targets or with several flags is not. */
static char *body_key(const struct program *program, uint32_t unit,
		      const struct fact_function *from, const struct program_function *f)
{
	const struct unit_origin *origin = &program->private->origins[unit];
	bool own = g_str_equal(f->file, program->units[unit].file);

	return g_strdup_printf("%u %u %u %u %u %s", f->symbol, f->line, from->event_count,
			       own ? origin->target : 0, own ? origin->flags : 0, f->file);
}

static uint32_t add_function(struct builder *b, uint32_t unit, fact_id row)
{
	const struct program_unit *u = &b->program->units[unit];
	const struct fact_function *from =
		facts_row(u->facts, functions, struct fact_function, row);
	struct program_function f = {.unit = unit, .row = row};
	const struct program_symbol *symbol;
	g_autofree char *key = NULL;
	uint32_t known;

	f.symbol = u->symbols[from->symbol];
	symbol = &g_array_index(b->symbols, struct program_symbol, f.symbol);
	f.name = symbol->name;
	f.usr = symbol->usr;
	f.file = u->file;
	(void)program_locate(b->program, unit, from->begin, &f.file, &f.line, NULL);
	(void)program_locate(b->program, unit, from->end, NULL, &f.end_line, NULL);
	key = body_key(b->program, unit, from, &f);
	known = GPOINTER_TO_UINT(g_hash_table_lookup(b->bodies, key));
	if (known)
		return known - 1;
	g_array_append_val(b->functions, f);
	g_hash_table_insert(b->bodies, g_steal_pointer(&key), GUINT_TO_POINTER(b->functions->len));
	return b->functions->len - 1;
}

static void add_functions(struct builder *b)
{
	struct program *program = b->program;

	program->private->unit_functions = g_new0(uint32_t *, program->unit_count + 1);
	for (uint32_t unit = 0; unit < program->unit_count; unit++) {
		guint count = program->units[unit].facts->functions->len;
		uint32_t *rows = g_new(uint32_t, count + 1);

		rows[0] = PROGRAM_NONE;
		for (guint row = 1; row < count; row++)
			rows[row] = add_function(b, unit, row);
		program->private->unit_functions[unit] = rows;
	}
}

/* Definitions by symbol, so that finding them is two array reads. */
static void index_definitions(struct program *program)
{
	struct program_private *private = program->private;
	uint32_t *first = g_new0(uint32_t, program->symbol_count + 2);
	uint32_t *next;

	for (guint i = 0; i < program->function_count; i++)
		first[program->functions[i].symbol + 1]++;
	for (guint i = 0; i < program->symbol_count; i++)
		first[i + 1] += first[i];
	next = g_memdup2(first, sizeof(*first) * (program->symbol_count + 1));
	private->definitions = g_new(uint32_t, program->function_count + 1);
	for (guint i = 0; i < program->function_count; i++)
	private->definitions[next[program->functions[i].symbol]++] = i;
	private->first_definition = first;
	g_free(next);
}

/* A model speaks of a library's function, not of a program's own that has the same name. */
static void attach_models(struct program *program)
{
	program->private->modelled = g_new0(bool, program->symbol_count + 1);
	for (guint i = 0; i < program->symbol_count; i++) {
		struct program_symbol *symbol = &program->symbols[i];
		uint32_t first = program->private->first_definition[i];
		uint32_t count = program->private->first_definition[i + 1] - first;
		const struct model_function *model;

		if (symbol->kind != FACT_SYMBOL_FUNCTION)
			continue;
		if (count == 1)
			symbol->function = program->private->definitions[first];
		/* Static inline functions of a library's header are the library's. */
		if (symbol->linkage == FACT_LINKAGE_INTERNAL &&
		    !(symbol->flags & FACT_SYMBOL_SYSTEM))
			continue;
		model = models_function(program->models, symbol->name);
		if (model && count && g_str_equal(model->library, "libc"))
			continue;
		symbol->model = model;
		program->private->modelled[i] = model;
	}
}

static void add_edge(struct builder *b, const struct program_edge *edge)
{
	g_array_append_vals(b->edges, edge, 1);
}

static void add_unresolved(struct builder *b, uint32_t function, fact_id event, uint32_t place,
			   guint count)
{
	struct program_unresolved row = {
		.function = function, .event = event, .place = place, .target_count = count};

	row.value = program_event(b->program, b->program->functions[function].unit, event)->a;
	g_array_append_val(b->unresolved, row);
}

/* An edge like `edge` to every definition that the targets mean. */
static void add_target_edges(struct builder *b, const GArray *targets,
			     const struct program_edge *edge)
{
	const struct program *program = b->program;
	uint32_t unit = program->functions[edge->caller].unit;
	bool method = method_is_call(program, unit, program_event(program, unit, edge->event));
	g_autoptr(GArray) callees = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (guint i = 0; i < targets->len; i++) {
		const struct target *target = &g_array_index(targets, struct target, i);

		g_array_set_size(callees, 0);
		targets_definitions(program->private->targets, target, unit, callees);
		for (guint k = 0; k < callees->len; k++) {
			struct program_edge row = *edge;

			row.callee = g_array_index(callees, uint32_t, k);
			row.target_count = MAX(targets->len, callees->len);
			row.stored = edge->kind == EDGE_INDIRECT && target->stored;
			row.method = method && target->set;
			add_edge(b, &row);
		}
	}
}

/* An edge to each function that `value` may be, which the callee of `event` calls. */
static void add_called(struct builder *b, uint32_t function, fact_id event, fact_id value)
{
	struct program *program = b->program;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	bool stored = true, cut = false;

	targets_of_value(program->private->targets, program->functions[function].unit, function,
			 value, found, &stored, &cut);
	add_target_edges(b, found,
			 &(struct program_edge){
				 .caller = function,
				 .event = event,
				 .kind = EDGE_SYNCHRONOUS,
				 .place = PROGRAM_NONE,
			 });
}

/* The callbacks that a modelled callee runs before it returns. */
static void add_synchronous(struct builder *b, uint32_t function, fact_id event,
			    const struct fact_event *e, const struct model_function *model)
{
	struct program *program = b->program;
	uint32_t unit = program->functions[function].unit;

	for (guint i = 0; i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];

		if (c->context == MODEL_CONTEXT_SAME && !c->field && c->arg >= 0)
			add_called(b, function, event,
				   program_argument(program, unit, e, (uint32_t)c->arg));
	}
	if (model->runs_carried >= 0)
		add_called(b, function, event,
			   program_argument(program, unit, e, (uint32_t)model->runs_carried));
}

static void add_direct(struct builder *b, uint32_t function, fact_id event, uint32_t symbol)
{
	struct program *program = b->program;
	uint32_t unit = program->functions[function].unit;
	const struct model_function *model = program->symbols[symbol].model;
	struct definitions callees = program_definitions(program, unit, symbol);

	program->coverage.ambiguous_names += callees.ambiguous;
	/* A library's blocking call is a sink by its model also where its own source is at hand:
	 * the call is what its user can change. */
	if (model && model->sink_count)
		callees.count = 0;
	for (guint i = 0; i < callees.count; i++) {
		struct program_edge edge = {
			.caller = function,
			.event = event,
			.kind = EDGE_DIRECT,
			.callee = callees.functions[i],
			.target_count = callees.count,
			.place = PROGRAM_NONE,
		};

		add_edge(b, &edge);
	}
	if (!callees.count && model)
		add_synchronous(b, function, event, program_event(program, unit, event), model);
}

static uint32_t place_symbol(const struct program *program, uint32_t unit, uint32_t function,
			     fact_id callee)
{
	uint32_t node = targets_node(program->private->targets, unit, function, callee);

	return node < program->symbol_count ? node : PROGRAM_NONE;
}

static bool through_parameter(const struct program *program, uint32_t unit, fact_id callee)
{
	const struct fact_value *v = program_value(program, unit, callee);

	while (v->kind == FACT_VALUE_DEREF)
		v = program_value(program, unit, v->a);
	return v->kind == FACT_VALUE_PARAM;
}

static void add_indirect(struct builder *b, uint32_t function, fact_id event, fact_id callee)
{
	struct program *program = b->program;
	uint32_t unit = program->functions[function].unit;
	uint32_t place = place_symbol(program, unit, function, callee);
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	bool stored = true, cut = false;

	targets_of_value(program->private->targets, unit, function, callee, found, &stored, &cut);
	program->coverage.indirect_calls++;
	if (cut) {
		g_array_set_size(found, 0);
		targets_that_take(program->private->targets,
				  targets_node(program->private->targets, unit, function, callee),
				  program_event(program, unit, event)->c, found);
		cut = !found->len;
	}
	if (cut || !found->len) {
		guint count = 0;

		if (cut)
			targets_of(program->private->targets,
				   targets_node(program->private->targets, unit, function, callee),
				   &count, NULL, NULL);
		add_unresolved(b, function, event, place, count);
		return;
	}
	program->coverage.indirect_resolved++;
	add_target_edges(b, found,
			 &(struct program_edge){
				 .caller = function,
				 .event = event,
				 .kind = EDGE_INDIRECT,
				 .place = place,
				 .by_parameter = through_parameter(program, unit, callee),
			 });
}

static void add_edges(struct builder *b)
{
	struct program *program = b->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count, unit = program->functions[i].unit;
		const struct fact_event *events = program_events(program, i, &first, &count);

		program->functions[i].first_out = b->edges->len;
		for (uint32_t k = 0; k < count; k++) {
			uint32_t symbol;

			if (events[k].kind != FACT_EVENT_CALL)
				continue;
			symbol = program_callee(program, unit, &events[k]);
			if (symbol == PROGRAM_NONE)
				add_indirect(b, i, first + k, events[k].a);
			else
				add_direct(b, i, first + k, symbol);
		}
		program->functions[i].out_count = b->edges->len - program->functions[i].first_out;
	}
}

static void index_in_edges(struct program *program)
{
	uint32_t next = 0;

	for (guint i = 0; i < program->edge_count; i++)
		program->functions[program->edges[i].callee].in_count++;
	for (guint i = 0; i < program->function_count; i++) {
		program->functions[i].first_in = next;
		next += program->functions[i].in_count;
		program->functions[i].in_count = 0;
	}
	program->in_edges = g_new(uint32_t, program->edge_count + 1);
	program->in_edge_count = program->edge_count;
	for (guint i = 0; i < program->edge_count; i++) {
		struct program_function *f = &program->functions[program->edges[i].callee];

		program->in_edges[f->first_in + f->in_count++] = i;
	}
}

static void count_coverage(struct program *program)
{
	struct program_coverage *c = &program->coverage;

	for (guint i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		if (!(program->functions[i].contexts & CONTEXT_IO))
			continue;
		for (uint32_t k = 0; k < count; k++)
			c->io_indirect_calls += events[k].kind == FACT_EVENT_CALL &&
						program_callee(program, program->functions[i].unit,
							       &events[k]) == PROGRAM_NONE;
	}
	for (guint i = 0; i < program->unresolved_count; i++) {
		const struct program_unresolved *u = &program->unresolved[i];
		bool cut = u->target_count > 0, lost = !cut && !u->outside;

		if (u->via) {
			c->registrations_outside += u->outside;
			c->registrations_unresolved += !u->outside;
			continue;
		}
		c->indirect_cut += cut;
		c->indirect_outside += u->outside;
		c->indirect_unresolved += lost;
		if (!(program->functions[u->function].contexts & CONTEXT_IO))
			continue;
		c->io_indirect_cut += cut;
		c->io_indirect_outside += u->outside;
		c->io_indirect_unresolved += lost;
	}
	c->io_indirect_resolved = c->io_indirect_calls - c->io_indirect_cut -
				  c->io_indirect_outside - c->io_indirect_unresolved;
}

/* Takes the rows, each of `size` bytes, out of `array`, and gives back the room for more. */
static void *take(GArray *array, gsize size, uint32_t *ret_count)
{
	gsize bytes = MAX(1, array->len) * size;

	*ret_count = array->len;
	return g_realloc(g_array_free(array, FALSE), bytes);
}

static void join_units(struct builder *b, struct facts *const *facts, guint count)
{
	struct program *program = b->program;

	program->units = g_new0(struct program_unit, count + 1);
	for (guint i = 0; i < count; i++)
		if (facts[i])
			add_unit(b, facts[i]);
	program_number_origins(program);
	add_functions(b);
	program->symbols = take(b->symbols, sizeof(*program->symbols), &program->symbol_count);
	program->functions =
		take(b->functions, sizeof(*program->functions), &program->function_count);
	index_definitions(program);
	attach_models(program);
}

struct program *program_link(struct facts *const *facts, guint count, const struct models *models)
{
	struct program *program = g_new0(struct program, 1);
	struct builder b = {
		.program = program,
		.symbols = g_array_new(FALSE, FALSE, sizeof(struct program_symbol)),
		.functions = g_array_new(FALSE, FALSE, sizeof(struct program_function)),
		.edges = g_array_new(FALSE, FALSE, sizeof(struct program_edge)),
		.unresolved = g_array_new(FALSE, FALSE, sizeof(struct program_unresolved)),
		.bodies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
	};

	program->models = models;
	program->private = g_new0(struct program_private, 1);
	program->private->names = g_string_chunk_new(4096);
	program->private->symbol_by_usr = g_hash_table_new(g_str_hash, g_str_equal);
	join_units(&b, facts, count);
	g_clear_pointer(&program->private->symbol_by_usr, g_hash_table_destroy);
	program->private->targets = targets_solve(program);
	views_join_unions(program, program->private->targets);
	views_join(program, program->private->targets);
	program->private->conditions = conditions_new(program);
	add_edges(&b);
	program->edges = take(b.edges, sizeof(*program->edges), &program->edge_count);
	program->unresolved =
		take(b.unresolved, sizeof(*program->unresolved), &program->unresolved_count);
	g_hash_table_destroy(b.bodies);
	index_in_edges(program);
	context_find(program);
	program->coverage.units = program->unit_count;
	program->coverage.functions = program->function_count;
	origin_explain(program);
	count_coverage(program);
	targets_settle(program->private->targets);
	return program;
}

void program_free(struct program *program)
{
	struct program_private *private;

	if (!program)
		return;
	private = program->private;
	locks_free(private->locks);
	costs_free(private->costs);
	call_index_free(private->call_index);
	paths_free(private->paths);
	conditions_free(private->conditions);
	targets_free(private->targets);
	for (guint i = 0; i < program->unit_count; i++) {
		g_free((void *)program->units[i].symbols);
		g_free(private->unit_functions[i]);
	}
	g_free(private->unit_functions);
	g_free(private->first_definition);
	g_free(private->definitions);
	g_free(private->origins);
	g_free(private->modelled);
	g_string_chunk_free(private->names);
	g_free(private);
	g_free(program->units);
	g_free(program->symbols);
	g_free(program->functions);
	g_free(program->edges);
	g_free(program->in_edges);
	g_free(program->registrations);
	g_free(program->loop_bodies);
	g_free(program->unresolved);
	g_free(program);
}

uint32_t *program_functions_named(const struct program *program, const char *name, guint *ret_count)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < program->function_count; i++)
		if (g_str_equal(program->functions[i].name, name))
			g_array_append_val(found, i);
	*ret_count = found->len;
	return (uint32_t *)(void *)g_array_free(found, FALSE);
}

guint program_registrations_of(const struct program *program, uint32_t function, guint *ret_first)
{
	guint low = 0, high = program->registration_count, end;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (program->registrations[middle].function < function)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < program->registration_count; end++)
		if (program->registrations[end].function != function)
			break;
	*ret_first = low;
	return end - low;
}

uint32_t program_first_edge(const struct program *program, uint32_t function, fact_id event)
{
	const struct program_function *f = &program->functions[function];
	uint32_t low = 0, high = f->out_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (program->edges[f->first_out + middle].event < event)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
