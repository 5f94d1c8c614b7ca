/* One pass over all functions finds who assigns which field, and which fields get a constant before
 * their object is handed on. The first question whether a call may change one passes all that to
 * the callers, until nothing changes. */
#include "analyzer/conditions/field_setters.h"

#include <string.h>

#include "analyzer/conditions/condition_private.h"

/* Fields whose numbers have the same remainder share a mark: more is taken for changed. */
#define MARKS 1024
#define MARK_WORDS (MARKS / 64)

/* Who sets the fields of one symbol. */
struct written {
	uint32_t symbol;
	GArray *writers; /* functions */
	bool decides;    /* a constant is set before the object is handed on */
};

struct setters {
	const struct program *program;
	GArray *written;     /* struct written */
	uint32_t *of_symbol; /* -> row of written + 1; 0: no function sets it */
	GHashTable *filled;  /* tag of a record -> GArray of functions: a library's function gets
			      * such an object there first, perhaps to fill it (memset) */
	uint64_t *marks;     /* by function MARK_WORDS: the fields that it, or what it calls, may
			      * change; NULL until asked for */
	bool *fills;         /* by function: has a call that may fill an object */
	bool *calls_unknown; /* by function: something that nobody knows */
};

/* A constant that a function has set in an object of its own or one that it was given. */
struct recent {
	uint32_t written;
	struct fact_value root;
};

static struct written *written_of(const struct setters *setters, uint32_t symbol)
{
	uint32_t row = setters->of_symbol[symbol];

	return row ? &g_array_index(setters->written, struct written, row - 1) : NULL;
}

static void add_writer(struct setters *setters, uint32_t symbol, uint32_t function)
{
	struct written *w = written_of(setters, symbol);

	if (!w) {
		struct written fresh = {.symbol = symbol,
					.writers = g_array_new(FALSE, FALSE, sizeof(uint32_t))};

		g_array_append_val(setters->written, fresh);
		setters->of_symbol[symbol] = setters->written->len;
		w = written_of(setters, symbol);
	}
	if (!w->writers->len ||
	    g_array_index(w->writers, uint32_t, w->writers->len - 1) != function)
		g_array_append_val(w->writers, function);
}

bool setters_is_constant(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v;

	if (value == FACT_NONE)
		return false;
	v = program_value(program, unit, value);
	if (v->kind == FACT_VALUE_CHOICE)
		return setters_is_constant(program, unit, v->a) &&
		       setters_is_constant(program, unit, v->b);
	return v->kind == FACT_VALUE_INT || v->kind == FACT_VALUE_NULL;
}

static void note_assignment(struct setters *setters, uint32_t function, const struct fact_event *e,
			    GArray *recent)
{
	const struct program *program = setters->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *place = program_value(program, unit, e->a);
	struct recent set;
	fact_id root;

	if (place->kind != FACT_VALUE_FIELD || e->b == FACT_NONE)
		return;
	add_writer(setters, program->units[unit].symbols[place->a], function);
	root = conditions_base(program, unit, e->a);
	if (root == FACT_NONE || !setters_is_root(program_value(program, unit, root)) ||
	    !setters_is_constant(program, unit, e->b))
		return;
	set.written = setters->of_symbol[program->units[unit].symbols[place->a]] - 1;
	set.root = *program_value(program, unit, root);
	if (!g_array_index(setters->written, struct written, set.written).decides)
		g_array_append_val(recent, set);
}

const struct fact_value *setters_pointed_field(const struct program *program, uint32_t unit,
					       fact_id value)
{
	const struct fact_value *v = program_value(program, unit, value);

	if (v->kind != FACT_VALUE_ADDRESS)
		return NULL;
	v = program_value(program, unit, v->a);
	return v->kind == FACT_VALUE_FIELD ? v : NULL;
}

bool setters_is_filler(const struct model_function *model)
{
	return model && model->sink_count && model->sinks[0].kind == MODEL_COMPUTE &&
	       model->sinks[0].size_arg >= 0;
}

/* The tag or typedef name of the record that `text` begins with: of "struct client *", and of
 * "client.options", an unnamed record in it. Free with g_free(). */
static char *tag_of(const char *text)
{
	size_t length = 0;

	if (g_str_has_prefix(text, "struct "))
		text += strlen("struct ");
	while (g_ascii_isalnum(text[length]) || text[length] == '_')
		length++;
	return g_strndup(text, length);
}

static void add_filled(struct setters *setters, const char *type, uint32_t function)
{
	g_autofree char *tag = tag_of(type);
	GArray *functions = g_hash_table_lookup(setters->filled, tag);

	if (!functions) {
		functions = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_hash_table_insert(setters->filled, g_steal_pointer(&tag), functions);
	}
	g_array_append_val(functions, function);
}

static bool has_edge(const struct program *program, uint32_t function, fact_id event)
{
	const struct program_function *f = &program->functions[function];
	uint32_t i = program_first_edge(program, function, event);

	return i < f->out_count && program->edges[f->first_out + i].event == event;
}

static void note_call(struct setters *setters, uint32_t function, fact_id event, GArray *recent)
{
	const struct program *program = setters->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	const struct model_function *model = program_call_model(program, unit, e);

	if (program_callee(program, unit, e) == PROGRAM_NONE && !has_edge(program, function, event))
		setters->calls_unknown[function] = true;
	for (uint32_t k = 0; k < e->c; k++) {
		fact_id argument = program_argument(program, unit, e, k);
		fact_id root = conditions_base(program, unit, argument);
		const struct fact_value *v =
			root == FACT_NONE ? NULL : program_value(program, unit, root);
		const struct fact_value *place = setters_pointed_field(program, unit, argument);

		if (place)
			add_writer(setters, program->units[unit].symbols[place->a], function);
		if (!v || !setters_is_root(v))
			continue;
		if (k == 0 && !place && setters_is_filler(model)) {
			const struct fact_param *local = program_local(program, function, v);

			add_filled(setters, facts_string(program->units[unit].facts, local->type),
				   function);
			setters->fills[function] = true;
		}
		for (guint i = 0; i < recent->len; i++) {
			const struct recent *set = &g_array_index(recent, struct recent, i);

			if (!same_place(&set->root, v))
				continue;
			g_array_index(setters->written, struct written, set->written).decides =
				true;
			g_array_remove_index_fast(recent, i--);
		}
	}
}

struct setters *setters_new(const struct program *program)
{
	struct setters *setters = g_new0(struct setters, 1);
	g_autoptr(GArray) recent = g_array_new(FALSE, FALSE, sizeof(struct recent));

	setters->program = program;
	setters->written = g_array_new(FALSE, FALSE, sizeof(struct written));
	setters->filled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						(GDestroyNotify)g_array_unref);
	setters->fills = g_new0(bool, program->function_count + 1);
	setters->calls_unknown = g_new0(bool, program->function_count + 1);
	setters->of_symbol = g_new0(uint32_t, program->symbol_count + 1);
	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++)
			if (events[k].kind == FACT_EVENT_ASSIGN)
				note_assignment(setters, i, &events[k], recent);
			else if (events[k].kind == FACT_EVENT_CALL)
				note_call(setters, i, first + k, recent);
		g_array_set_size(recent, 0);
	}
	return setters;
}

void setters_free(struct setters *setters)
{
	if (!setters)
		return;
	for (guint i = 0; i < setters->written->len; i++)
		g_array_free(g_array_index(setters->written, struct written, i).writers, TRUE);
	g_array_free(setters->written, TRUE);
	g_hash_table_destroy(setters->filled);
	g_free(setters->of_symbol);
	g_free(setters->calls_unknown);
	g_free(setters->fills);
	g_free(setters->marks);
	g_free(setters);
}

static uint64_t *marks_of(const struct setters *setters, uint32_t function)
{
	return &setters->marks[(size_t)function * MARK_WORDS];
}

static void mark(const struct setters *setters, uint32_t function, uint32_t field)
{
	marks_of(setters, function)[field % MARKS / 64] |= UINT64_C(1) << field % 64;
}

static bool is_marked(const struct setters *setters, uint32_t function, uint32_t field)
{
	return marks_of(setters, function)[field % MARKS / 64] >> field % 64 & 1;
}

static bool has_marks(const struct setters *setters, uint32_t function)
{
	for (guint k = 0; k < MARK_WORDS; k++)
		if (marks_of(setters, function)[k])
			return true;
	return false;
}

/* Who sets a field marks all who come to it by calls, until nothing changes. */
static void pass_to_callers(const struct setters *setters)
{
	const struct program *program = setters->program;
	g_autoptr(GQueue) queue = g_queue_new();
	g_autofree bool *is_in = g_new0(bool, program->function_count + 1);

	for (uint32_t i = 0; i < program->function_count; i++) {
		is_in[i] = has_marks(setters, i);
		if (is_in[i])
			g_queue_push_tail(queue, GUINT_TO_POINTER(i));
	}
	while (!g_queue_is_empty(queue)) {
		uint32_t function = GPOINTER_TO_UINT(g_queue_pop_head(queue));
		const struct program_function *f = &program->functions[function];
		const uint64_t *mine = marks_of(setters, function);

		is_in[function] = false;
		for (uint32_t i = 0; i < f->in_count; i++) {
			uint32_t caller = program->edges[program->in_edges[f->first_in + i]].caller;
			uint64_t *theirs = marks_of(setters, caller), fresh = 0;

			for (guint k = 0; k < MARK_WORDS; k++) {
				fresh |= mine[k] & ~theirs[k];
				theirs[k] |= mine[k];
			}
			if (!fresh || is_in[caller])
				continue;
			is_in[caller] = true;
			g_queue_push_tail(queue, GUINT_TO_POINTER(caller));
		}
	}
}

static void mark_all(struct setters *setters)
{
	const struct program *program = setters->program;

	setters->marks = g_new0(uint64_t, (size_t)program->function_count * MARK_WORDS + 1);
	for (guint i = 0; i < setters->written->len; i++) {
		const struct written *w = &g_array_index(setters->written, struct written, i);
		const char *owner = program->symbols[w->symbol].owner;
		g_autofree char *tag = NULL;
		const GArray *filled;

		for (guint k = 0; w->decides && k < w->writers->len; k++)
			mark(setters, g_array_index(w->writers, uint32_t, k), i);
		if (!w->decides || !owner)
			continue;
		tag = tag_of(owner);
		filled = g_hash_table_lookup(setters->filled, tag);
		for (guint k = 0; filled && k < filled->len; k++)
			mark(setters, g_array_index(filled, uint32_t, k), i);
	}
	pass_to_callers(setters);
}

bool setters_may_change(struct setters *setters, uint32_t function, uint32_t symbol)
{
	if (!setters->marks)
		mark_all(setters);
	return is_marked(setters, function, setters->of_symbol[symbol] - 1);
}

bool setters_decide(const struct setters *setters, uint32_t symbol)
{
	const struct written *w = written_of(setters, symbol);

	return w && w->decides;
}

bool setters_fills(const struct setters *setters, uint32_t function)
{
	return setters->fills[function];
}

bool setters_calls_unknown(const struct setters *setters, uint32_t function)
{
	return setters->calls_unknown[function];
}
