/* A worklist of functions: handles go by assignments, arguments and returns. Fields are one place
 * each, whatever object they are in. A function is read again when a place that it asked for has
 * got one: its own, a parameter or the return of a function that it calls, or a symbol. */
#include "analyzer/handles/handle_reach.h"

#include "analyzer/handles/mode_private.h"
#include "analyzer/pair_key.h"

struct handle_reach {
	const struct program *program;
	const char *mode;
	GHashTable *places;  /* key_of() each */
	GHashTable *readers; /* symbol -> GArray of functions that asked in vain; NULL when done */
	GArray *waiting;     /* functions to be read */
	bool *waits;         /* for each function */
};

/* Number `number` of a kind of thing of `function`; symbols have none. */
static gpointer key_of(uint32_t function, enum fact_value_kind kind, uint32_t number)
{
	return pair_key(function, number << 4 | kind);
}

static void read_again(struct handle_reach *r, uint32_t function)
{
	if (r->waits[function])
		return;
	r->waits[function] = true;
	g_array_append_val(r->waiting, function);
}

/* Something of `function`, which its callers see too if it is a parameter or what it returns. */
static void add(struct handle_reach *r, uint32_t function, enum fact_value_kind kind,
		uint32_t number)
{
	const struct program_function *f = &r->program->functions[function];

	if (!g_hash_table_add(r->places, key_of(function, kind, number)))
		return;
	read_again(r, function);
	if (kind != FACT_VALUE_PARAM && kind != FACT_VALUE_FUNCTION)
		return;
	for (uint32_t i = 0; i < f->in_count; i++)
		read_again(r, r->program->edges[r->program->in_edges[f->first_in + i]].caller);
}

static void add_symbol(struct handle_reach *r, uint32_t symbol)
{
	GArray *readers = g_hash_table_lookup(r->readers, GUINT_TO_POINTER(symbol));

	if (!g_hash_table_add(r->places, key_of(0, FACT_VALUE_FIELD, symbol)))
		return;
	for (guint i = 0; readers && i < readers->len; i++)
		read_again(r, g_array_index(readers, uint32_t, i));
}

static bool has(const struct handle_reach *r, uint32_t function, enum fact_value_kind kind,
		uint32_t number)
{
	return g_hash_table_contains(r->places, key_of(function, kind, number));
}

static bool has_symbol(const struct handle_reach *r, uint32_t symbol, uint32_t reader)
{
	GArray *readers;

	if (has(r, 0, FACT_VALUE_FIELD, symbol))
		return true;
	if (!r->readers)
		return false;
	readers = g_hash_table_lookup(r->readers, GUINT_TO_POINTER(symbol));
	if (!readers) {
		readers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_hash_table_insert(r->readers, GUINT_TO_POINTER(symbol), readers);
	}
	if (!readers->len || g_array_index(readers, uint32_t, readers->len - 1) != reader)
		g_array_append_val(readers, reader);
	return false;
}

static bool makes_one(const struct model_function *model, const char *mode)
{
	for (guint i = 0; model && i < model->effect_count; i++)
		if (model->effects[i].arg == -1 && model->effects[i].handle_mode &&
		    g_str_equal(model->effects[i].handle_mode, mode))
			return true;
	return false;
}

/* Functions return under FACT_VALUE_FUNCTION. */
static bool call_has(const struct handle_reach *r, uint32_t function, fact_id event)
{
	const struct program *program = r->program;
	const struct program_function *f = &program->functions[function];
	uint32_t symbol = program_callee(program, f->unit, program_event(program, f->unit, event));

	if (symbol != PROGRAM_NONE && makes_one(program->symbols[symbol].model, r->mode))
		return true;
	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event == event && has(r, edge->callee, FACT_VALUE_FUNCTION, 0))
			return true;
	}
	return false;
}

bool handle_reach_has(const struct handle_reach *r, uint32_t function, fact_id value)
{
	uint32_t unit = r->program->functions[function].unit;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(r->program, unit, value);
	struct mode_place place;
	uint32_t symbol;

	if (!v)
		return false;
	if (v->kind == FACT_VALUE_CALL)
		return call_has(r, function, v->a);
	if (v->kind == FACT_VALUE_CHOICE)
		return handle_reach_has(r, function, v->a) || handle_reach_has(r, function, v->b);
	if (mode_moved_pointer(v) != FACT_NONE)
		return handle_reach_has(r, function, mode_moved_pointer(v));
	if (v->kind == FACT_VALUE_ADDRESS)
		return handle_reach_has(r, function, v->a);
	place = mode_place_of(r->program, unit, value);
	if (place.kind != FACT_VALUE_UNKNOWN)
		return has(r, function, place.kind, place.number);
	symbol = mode_symbol_of(r->program, unit, value);
	return symbol != PROGRAM_NONE && has_symbol(r, symbol, function);
}

static void add_place(struct handle_reach *r, uint32_t function, fact_id value)
{
	uint32_t unit = r->program->functions[function].unit;
	struct mode_place place = mode_place_of(r->program, unit, value);
	uint32_t symbol = mode_symbol_of(r->program, unit, value);

	if (place.kind != FACT_VALUE_UNKNOWN)
		add(r, function, place.kind, place.number);
	else if (symbol != PROGRAM_NONE)
		add_symbol(r, symbol);
}

/* What goes into a callee's parameters, and comes out of them by their address. */
static void pass(struct handle_reach *r, const struct program_edge *edge)
{
	const struct program *program = r->program;
	uint32_t unit = program->functions[edge->caller].unit;
	const struct fact_event *e = program_event(program, unit, edge->event);

	if (edge->kind == EDGE_SYNCHRONOUS)
		return;
	for (uint32_t k = 0; k < e->c; k++) {
		fact_id value = program_argument(program, unit, e, k);

		if (value == FACT_NONE)
			continue;
		if (handle_reach_has(r, edge->caller, value))
			add(r, edge->callee, FACT_VALUE_PARAM, k);
		else if (program_value(program, unit, value)->kind == FACT_VALUE_ADDRESS &&
			 has(r, edge->callee, FACT_VALUE_PARAM, k))
			add_place(r, edge->caller, program_value(program, unit, value)->a);
	}
}

static void read_function(struct handle_reach *r, uint32_t function)
{
	const struct program_function *f = &r->program->functions[function];
	uint32_t first, count;
	const struct fact_event *events = program_events(r->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];

		if (e->kind == FACT_EVENT_ASSIGN && handle_reach_has(r, function, e->b))
			add_place(r, function, e->a);
		if (e->kind == FACT_EVENT_RETURN && handle_reach_has(r, function, e->a))
			add(r, function, FACT_VALUE_FUNCTION, 0);
	}
	for (uint32_t i = 0; i < f->out_count; i++)
		pass(r, &r->program->edges[f->first_out + i]);
}

static void solve(struct handle_reach *r)
{
	r->readers = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	r->waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	r->waits = g_new0(bool, r->program->function_count + 1);
	for (uint32_t i = 0; i < r->program->function_count; i++)
		read_function(r, i);
	while (r->waiting->len > 0) {
		uint32_t function = g_array_index(r->waiting, uint32_t, r->waiting->len - 1);

		g_array_set_size(r->waiting, r->waiting->len - 1);
		r->waits[function] = false;
		read_function(r, function);
	}
	g_clear_pointer(&r->readers, g_hash_table_destroy);
	g_clear_pointer(&r->waiting, g_array_unref);
	g_clear_pointer(&r->waits, g_free);
}

struct handle_reach *handle_reach_new(const struct program *program, const char *mode)
{
	struct handle_reach *r;
	bool made = false;

	for (guint i = 0; i < program->symbol_count && !made; i++)
		made = makes_one(program->symbols[i].model, mode);
	if (!made)
		return NULL;
	r = g_new0(struct handle_reach, 1);
	r->program = program;
	r->mode = mode;
	r->places = g_hash_table_new(pair_key_hash, NULL);
	solve(r);
	return r;
}

void handle_reach_free(struct handle_reach *r)
{
	if (!r)
		return;
	g_hash_table_destroy(r->places);
	g_free(r);
}
