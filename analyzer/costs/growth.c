/* Which types are allocated on the I/O thread: see growth.h. */
#include "analyzer/costs/growth.h"

#include <string.h>

#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 4
#define MAX_CALLERS 5
#define NEAR 2
#define FEW_TARGETS 20

/* The events of a loop. */
struct span {
	fact_id begin, end;
};

struct growth {
	const struct costs *costs;
	const struct program *program;
	bool *fresh;          /* by function: returns a fresh block of no type of its own */
	bool *may_bear;       /* by function: calls what allocates or is fresh; most do not */
	bool *runs;           /* by function: for events */
	uint8_t *far;         /* by function: see find_often(); 0 if it is not called often */
	GHashTable *born;     /* "user" -> GArray of uint32_t functions */
	bool nodes_forgotten; /* by whoever asks for the first of them */
};

/* ---- what returns fresh memory ------------------------------------------------------------ */

static bool returns_any_type(const struct program_symbol *symbol)
{
	return (symbol->type[0] == 'v' && g_str_has_prefix(symbol->type, "void *(")) ||
	       (symbol->type[0] == 'g' && g_str_has_prefix(symbol->type, "gpointer ("));
}

static bool call_is_fresh(const struct growth *g, uint32_t function, fact_id event)
{
	const struct program *program = g->program;
	const struct program_function *f = &program->functions[function];
	uint32_t symbol = program_callee(program, f->unit, program_event(program, f->unit, event));

	if (symbol != PROGRAM_NONE && program->symbols[symbol].model)
		return program->symbols[symbol].model->allocates;
	for (uint32_t i = program_first_edge(program, function, event); i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event != event)
			break;
		if (g->fresh[edge->callee])
			return true;
	}
	return false;
}

static bool is_fresh(const struct growth *g, uint32_t function, fact_id value, int depth);

static bool local_is_fresh(const struct growth *g, uint32_t function, uint32_t local, int depth)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(g->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_value *to;

		if (events[i].kind != FACT_EVENT_ASSIGN || events[i].op != FACT_OP_NONE)
			continue;
		to = program_value(g->program, g->program->functions[function].unit, events[i].a);
		if (to->kind == FACT_VALUE_LOCAL && to->a == local &&
		    is_fresh(g, function, events[i].b, depth + 1))
			return true;
	}
	return false;
}

static bool is_fresh(const struct growth *g, uint32_t function, fact_id value, int depth)
{
	const struct fact_value *v;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return false;
	v = program_value(g->program, g->program->functions[function].unit, value);
	switch ((int)v->kind) {
	case FACT_VALUE_CALL:
		return call_is_fresh(g, function, v->a);
	case FACT_VALUE_LOCAL:
		return local_is_fresh(g, function, v->a, depth);
	case FACT_VALUE_BINARY: /* behind a header of its own */
		return (v->op == FACT_OP_ADD || v->op == FACT_OP_SUB) &&
		       is_fresh(g, function, v->a, depth + 1);
	case FACT_VALUE_CHOICE:
		return is_fresh(g, function, v->a, depth + 1) ||
		       is_fresh(g, function, v->b, depth + 1);
	default:
		return false;
	}
}

static bool returns_fresh(const struct growth *g, uint32_t function)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(g->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == FACT_EVENT_RETURN && is_fresh(g, function, events[i].a, 0))
			return true;
	return false;
}

static bool allocates(const struct model_function *model)
{
	return model->allocates;
}

static bool is_wrapper(const struct growth *g, uint32_t function)
{
	uint32_t symbol = g->program->functions[function].symbol;

	return symbol != PROGRAM_NONE && returns_any_type(&g->program->symbols[symbol]) &&
	       returns_fresh(g, function);
}

/* Those that call what allocates, and what calls them in turn: wrappers of wrappers. */
static void find_allocators(struct growth *g)
{
	const struct program *program = g->program;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < program->function_count; i++) {
		g->may_bear[i] = program_calls(program, i, allocates);
		if (g->may_bear[i])
			g_array_append_val(queue, i);
	}
	for (guint i = 0; i < queue->len; i++) {
		uint32_t function = g_array_index(queue, uint32_t, i);
		const struct program_function *f = &program->functions[function];

		if (g->fresh[function] || !is_wrapper(g, function))
			continue;
		g->fresh[function] = true;
		for (uint32_t k = 0; k < f->in_count; k++) {
			uint32_t edge = program->in_edges[f->first_in + k];
			uint32_t caller = program->edges[edge].caller;

			g->may_bear[caller] = true;
			g_array_append_val(queue, caller);
		}
	}
}

/* ---- which types it is given -------------------------------------------------------------- */

/* "user" of "const struct user *"; NULL if it is no pointer to a named thing. The caller's. */
static char *kind_of(const char *type)
{
	static const char *const words[] = {"const ", "volatile ", "struct ", "union "};
	static const char *const bytes[] = {"void",         "char",    "unsigned char",
					    "signed char",  "uint8_t", "int",
					    "unsigned int", "gchar",   NULL};
	const char *end = strchr(type, '*');

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(type, words[i]))
			type += strlen(words[i]);
	char *kind;

	if (!end || end <= type || strchr(end + 1, '*') || strchr(type, '(') || strchr(type, '['))
		return NULL;
	kind = g_strchomp(g_strndup(type, (gsize)(end - type)));
	if (!g_strv_contains(bytes, kind))
		return kind;
	g_free(kind);
	return NULL;
}

static const char *type_of(const struct program *program, uint32_t function, fact_id value)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v = program_value(program, unit, value);

	switch ((int)v->kind) {
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
		return facts_string(program->units[unit].facts,
				    program_local(program, function, v)->type);
	case FACT_VALUE_FIELD:
	case FACT_VALUE_VARIABLE:
		return program->symbols[program->units[unit].symbols[v->a]].type;
	default:
		return "";
	}
}

static void bear(struct growth *g, const char *type, uint32_t function)
{
	g_autofree char *kind = kind_of(type);
	GArray *functions = kind ? g_hash_table_lookup(g->born, kind) : NULL;

	if (!kind)
		return;
	if (!functions) {
		functions = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_hash_table_insert(g->born, g_steal_pointer(&kind), functions);
	}
	g_array_append_val(functions, function);
}

/* "struct user *" of "struct user *(void)". The caller's. */
static char *result_type(const struct program *program, uint32_t function)
{
	uint32_t symbol = program->functions[function].symbol;
	const char *type = symbol == PROGRAM_NONE ? "" : program->symbols[symbol].type;

	return g_strndup(type, strcspn(type, "("));
}

/* The outermost loops over data in the function; empties the array. */
static void find_counting(const struct growth *g, uint32_t function, GArray *ret_loops)
{
	const struct cost_loops loops = cost_loops(g->costs, function);
	fact_id end = 0;

	g_array_set_size(ret_loops, 0);
	for (uint32_t i = 0; loops.counting && i < loops.count; i++) {
		const struct cost_loop *loop = &loops.rows[i];
		const struct span span = {loop->begin, loop->end};

		if (loop->begin < end || !loop->counts)
			continue;
		g_array_append_val(ret_loops, span);
		end = loop->end;
	}
}

/* Does one of these loops stand around `event`? */
static bool is_repeated(const GArray *loops, fact_id event)
{
	for (guint i = 0; i < loops->len; i++)
		if (g_array_index(loops, struct span, i).begin < event &&
		    event < g_array_index(loops, struct span, i).end)
			return true;
	return false;
}

/* Functions that are called in a loop over data, by what runs for events, themselves or few callers
 * away: `far` is how many, and one more. */
static void find_often(struct growth *g)
{
	const struct program *program = g->program;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_autoptr(GArray) counting = g_array_new(FALSE, FALSE, sizeof(struct span));

	g->far = g_new0(uint8_t, program->function_count + 1);
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct program_function *f = &program->functions[i];

		if (!g->runs[i] || f->out_count == 0)
			continue;
		find_counting(g, i, counting);
		for (uint32_t k = 0; counting->len > 0 && k < f->out_count; k++) {
			const struct program_edge *edge = &program->edges[f->first_out + k];

			if (edge->target_count <= FEW_TARGETS && !g->far[edge->callee] &&
			    is_repeated(counting, edge->event)) {
				g->far[edge->callee] = 1;
				g_array_append_val(queue, edge->callee);
			}
		}
	}
	for (guint i = 0; i < queue->len; i++) {
		uint32_t function = g_array_index(queue, uint32_t, i);
		const struct program_function *f = &program->functions[function];

		for (uint32_t k = 0; g->runs[function] && k < f->out_count; k++) {
			const struct program_edge *edge = &program->edges[f->first_out + k];

			if (edge->target_count > FEW_TARGETS || g->far[edge->callee] ||
			    g->far[function] > MAX_CALLERS)
				continue;
			g->far[edge->callee] = (uint8_t)(g->far[function] + 1);
			g_array_append_val(queue, edge->callee);
		}
	}
}

static void read_function(struct growth *g, uint32_t function)
{
	uint32_t first, count, unit = g->program->functions[function].unit;
	const struct fact_event *events = program_events(g->program, function, &first, &count);
	g_autoptr(GArray) counting = g_array_new(FALSE, FALSE, sizeof(struct span));

	find_counting(g, function, counting);
	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];
		fact_id value = e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_NONE ? e->b
				: e->kind == FACT_EVENT_RETURN                        ? e->a
										      : FACT_NONE;
		const struct fact_value *v =
			value == FACT_NONE ? NULL : program_value(g->program, unit, value);

		if (v && v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_ADD)
			v = program_value(g->program, unit, v->a); /* malloc(size) + 0 */
		if (!v || v->kind != FACT_VALUE_CALL || !call_is_fresh(g, function, v->a))
			continue;
		if (!g->far[function] && !is_repeated(counting, v->a))
			continue;
		if (e->kind == FACT_EVENT_ASSIGN) {
			bear(g, type_of(g->program, function, e->a), function);
		} else {
			g_autofree char *type = result_type(g->program, function);

			bear(g, type, function);
		}
	}
}

/* ---- what runs for events ----------------------------------------------------------------- */

/* What reads a file as text reads a configuration. */
static bool reads_lines(const struct model_function *model)
{
	return model->reads_lines;
}

static void enter(const struct program *program, uint32_t function, bool *seen, GArray *queue)
{
	if (seen[function] || !(program->functions[function].contexts & CONTEXT_IO))
		return;
	seen[function] = true;
	if (!program_calls(program, function, reads_lines))
		g_array_append_val(queue, function);
}

static void read_events(struct growth *g)
{
	const struct program *program = g->program;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	bool *seen = g->runs = g_new0(bool, program->function_count + 1);

	for (guint i = 0; i < program->registration_count; i++)
		if (program->registrations[i].context == CONTEXT_IO)
			enter(program, program->registrations[i].function, seen, queue);
	for (guint i = 0; i < queue->len; i++) {
		uint32_t function = g_array_index(queue, uint32_t, i);
		const struct program_function *f = &program->functions[function];

		for (uint32_t k = 0; k < f->out_count; k++)
			enter(program, program->edges[f->first_out + k].callee, seen, queue);
	}
	find_often(g);
	for (guint i = 0; i < queue->len; i++)
		if (g->may_bear[g_array_index(queue, uint32_t, i)])
			read_function(g, g_array_index(queue, uint32_t, i));
}

static bool is_caller(const struct program *program, const struct program_edge *edge)
{
	return edge->kind == EDGE_DIRECT && !program->functions[edge->caller].is_loop;
}

/* The function and who calls it, and calls them. */
static void add_callers(const struct program *program, uint32_t function, int depth,
			GHashTable *near)
{
	const struct program_function *f = &program->functions[function];

	g_hash_table_add(near, GUINT_TO_POINTER(function + 1));
	for (uint32_t i = 0; depth < NEAR && i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];

		if (is_caller(program, edge))
			add_callers(program, edge->caller, depth + 1, near);
	}
}

struct growth *growth_new(const struct costs *costs)
{
	const struct program *program = costs->program;
	struct growth *g = g_new0(struct growth, 1);

	g->costs = costs;
	g->program = program;
	g->fresh = g_new0(bool, program->function_count + 1);
	g->may_bear = g_new0(bool, program->function_count + 1);
	g->born = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					(GDestroyNotify)g_array_unref);
	find_allocators(g);
	read_events(g);
	return g;
}

void growth_free(struct growth *g)
{
	if (!g)
		return;
	g_free(g->fresh);
	g_free(g->may_bear);
	g_free(g->runs);
	g_free(g->far);
	g_hash_table_destroy(g->born);
	g_free(g);
}

/* Is the function one of `near`, or called by one, few calls away? Then what one makes the other
 * probably uses up in the same turn. */
static bool is_near(const struct program *program, uint32_t function, int depth, GHashTable *near)
{
	const struct program_function *f = &program->functions[function];

	if (g_hash_table_contains(near, GUINT_TO_POINTER(function + 1)))
		return true;
	for (uint32_t i = 0; depth < NEAR && i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];

		if (is_caller(program, edge) && is_near(program, edge->caller, depth + 1, near))
			return true;
	}
	return false;
}

/* Nodes of containers of anything are no kind of their own: what they hold is. */
static void forget_nodes(struct growth *g)
{
	for (uint32_t i = 0; i < g->program->symbol_count; i++) {
		const struct program_symbol *symbol = &g->program->symbols[i];

		if (symbol->kind == FACT_SYMBOL_FIELD && symbol->flags & FACT_SYMBOL_POINTER &&
		    symbol->owner && g_str_equal(symbol->type, "void *"))
			g_hash_table_remove(g->born, symbol->owner);
	}
	g->nodes_forgotten = true;
}

/* The functions that make things of the kind, NULL if there are none. */
static const GArray *born_in(struct growth *g, const char *kind)
{
	if (!g->nodes_forgotten && g_hash_table_contains(g->born, kind))
		forget_nodes(g);
	return g_hash_table_lookup(g->born, kind);
}

uint32_t growth_of(struct growth *g, const char *type, uint32_t function)
{
	g_autofree char *kind = kind_of(type);
	const GArray *functions = kind ? born_in(g, kind) : NULL;
	g_autoptr(GHashTable) near = NULL;

	if (!functions)
		return PROGRAM_NONE;
	near = g_hash_table_new(NULL, NULL);
	add_callers(g->program, function, 0, near);
	for (guint i = 0; i < functions->len; i++) {
		uint32_t by = g_array_index(functions, uint32_t, i);

		if (!is_near(g->program, by, 0, near))
			return by;
	}
	return PROGRAM_NONE;
}
