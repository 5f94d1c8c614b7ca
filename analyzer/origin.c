/* From a pointer that holds no known function back along what is copied into it, to where a
 * function would have to come from: a caller of an entry of this library, a library's result, a
 * plug-in that is loaded by name, or nobody. Told in words, because a person has to decide what to
 * do. A field that nothing here stores into comes from where its record comes from.
 *
 * If all that is found so lies outside the program, or is NULL, no function of it can be meant and
 * the call is set from outside. One thing on the way that is not followed, and it is not. */
#include "analyzer/origin.h"

#include <string.h>

#include "analyzer/entry.h"
#include "analyzer/program_private.h"
#include "analyzer/targets_private.h"

/* Places looked at on the way back from one call, and reasons told. */
#define PLACES_MAX 200
#define REASONS_MAX 2

static const char computed[] = "more than is followed: the pointer is computed";

/* `base` is the record, or the pointer to it, whose field `field` is read somewhere. */
struct reading {
	uint32_t field, base;
};

struct answer {
	const char *reason; /* interned */
	bool outside;
};

struct explainer {
	struct program *program;
	const struct targets *targets;
	struct entries *entries;
	uint32_t *first;     /* node -> row in sources; one more than there are nodes */
	uint32_t *sources;   /* the nodes that are copied into it */
	GArray *readings;    /* struct reading, by field: of fields that hold nothing */
	GHashTable *answers; /* node -> struct answer * */
};

/* One way back. */
struct walk {
	GHashTable *seen;
	GArray *queue;             /* uint32_t nodes */
	GString *outside, *inside; /* reasons: from outside; not followed */
	guint outside_count, inside_count;
	bool null; /* NULL was met */
};

/* What a node that is no symbol belongs to. */
struct owner {
	uint32_t function;
	uint32_t param; /* PROGRAM_NONE if it is a local or a result */
};

static struct owner owner_of(const struct explainer *x, uint32_t node)
{
	uint32_t low = 0, high = x->program->function_count;
	struct owner owner = {PROGRAM_NONE, PROGRAM_NONE};
	const struct fact_function *row;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (x->targets->base[middle] <= node)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return owner;
	owner.function = low - 1;
	row = facts_row(program_facts(x->program, owner.function), functions, struct fact_function,
			x->program->functions[owner.function].row);
	if (node - x->targets->base[owner.function] < row->param_count)
		owner.param = node - x->targets->base[owner.function];
	return owner;
}

/* The copies turned round, as rows by their ends. */
static void turn_copies(struct explainer *x)
{
	const GArray *copies = x->targets->copies;
	guint nodes = x->targets->nodes->len;
	uint32_t *next;

	x->first = g_new0(uint32_t, nodes + 2);
	for (guint i = 0; i < copies->len; i++)
		x->first[g_array_index(copies, struct copy, i).to + 1]++;
	for (guint i = 0; i < nodes; i++)
		x->first[i + 1] += x->first[i];
	next = g_memdup2(x->first, sizeof(*next) * (nodes + 1));
	x->sources = g_new(uint32_t, copies->len + 1);
	for (uint32_t node = 0; node < nodes; node++)
		for (uint32_t at = node_at(x->targets, node)->first_copy; at != PROGRAM_NONE;
		     at = g_array_index(copies, struct copy, at).next)
			x->sources[next[g_array_index(copies, struct copy, at).to]++] = node;
	g_free(next);
}

static char *symbol_text(const struct program_symbol *symbol)
{
	return symbol->owner && *symbol->owner
		       ? g_strdup_printf("%s.%s", symbol->owner, symbol->name)
		       : g_strdup(symbol->name);
}

/* ---- the records of fields that nothing stores into ------------------------------------------ */

struct reader {
	GArray *readings;
	const struct explainer *x;
	uint32_t unit, function;
};

static bool holds_nothing(const struct explainer *x, uint32_t unit, const struct fact_value *v)
{
	uint32_t symbol;

	if (v->kind != FACT_VALUE_FIELD || v->b == FACT_NONE)
		return false;
	symbol = x->program->units[unit].symbols[v->a];
	return x->program->symbols[symbol].flags & FACT_SYMBOL_CALLABLE &&
	       node_at(x->targets, symbol)->count == 0;
}

/* Notes the record of a field, the outermost one if records lie in each other. */
static bool note_reading(const struct facts *facts, fact_id value, const void *data)
{
	const struct reader *reader = data;
	const struct program *program = reader->x->program;
	const uint32_t *symbols = program->units[reader->unit].symbols;
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	struct reading reading;
	fact_id base = v->b;

	if (!holds_nothing(reader->x, reader->unit, v))
		return false;
	for (v = facts_row(facts, values, struct fact_value, base);
	     v->kind == FACT_VALUE_FIELD && v->b != FACT_NONE &&
	     !(program->symbols[symbols[v->a]].flags & FACT_SYMBOL_POINTER);
	     v = facts_row(facts, values, struct fact_value, base))
		base = v->b;
	v = facts_row(facts, values, struct fact_value, value);
	reading.field = symbols[v->a];
	reading.base = targets_node(reader->x->targets, reader->unit, reader->function, base);
	g_array_append_val(reader->readings, reading);
	return false;
}

static void read_value(const struct reader *reader, fact_id value)
{
	const struct facts *facts = reader->x->program->units[reader->unit].facts;

	if (value != FACT_NONE)
		(void)facts_value_any(facts, value, note_reading, reader);
}

static void read_function(const struct reader *reader)
{
	const struct program *program = reader->x->program;
	uint32_t first, count;
	const struct fact_event *events =
		program_events(program, reader->function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];

		if (e->kind == FACT_EVENT_CALL || e->kind == FACT_EVENT_RETURN)
			read_value(reader, e->a);
		else if (e->kind == FACT_EVENT_ASSIGN)
			read_value(reader, e->b);
		for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++)
			read_value(reader, program_argument(program, reader->unit, e, k));
	}
}

static bool names_empty_field(const struct explainer *x, uint32_t unit)
{
	const struct facts *facts = x->program->units[unit].facts;

	for (guint i = 0; i < facts->values->len; i++)
		if (holds_nothing(x, unit, facts_row(facts, values, struct fact_value, i)))
			return true;
	return false;
}

static gint compare_readings(gconstpointer left, gconstpointer right)
{
	const struct reading *a = left, *b = right;

	return (a->field > b->field) - (a->field < b->field);
}

static void find_readings(struct explainer *x)
{
	struct program *program = x->program;
	g_autofree uint8_t *wanted = g_new0(uint8_t, program->unit_count + 1);

	x->readings = g_array_new(FALSE, FALSE, sizeof(struct reading));
	for (uint32_t unit = 0; unit < program->unit_count; unit++)
		wanted[unit] = names_empty_field(x, unit);
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct reader reader = {x->readings, x, program->functions[i].unit, i};

		if (wanted[reader.unit])
			read_function(&reader);
	}
	g_array_sort(x->readings, compare_readings);
}

/* ---- words --------------------------------------------------------------------------------- */

static char *parameter_text(const struct explainer *x, struct owner owner, const char *who)
{
	const struct program_function *f = &x->program->functions[owner.function];
	const struct facts *facts = program_facts(x->program, owner.function);
	const struct fact_function *row = facts_row(facts, functions, struct fact_function, f->row);
	fact_id name =
		facts_row(facts, params, struct fact_param, row->first_param + owner.param)->name;

	return g_strdup_printf("what %s to %s() (%s:%u) as %s", who, f->name, f->file, f->line,
			       name == FACT_NONE ? "an argument" : facts_string(facts, name));
}

/* "loop.on_idle" or "handler of dispatch()"; NULL for what has no name. */
static char *place_text(const struct explainer *x, uint32_t node)
{
	struct owner owner;
	const struct facts *facts;
	const struct fact_function *row;
	fact_id name;

	if (node < x->program->symbol_count)
		return symbol_text(&x->program->symbols[node]);
	owner = owner_of(x, node);
	if (owner.function == PROGRAM_NONE)
		return NULL;
	facts = program_facts(x->program, owner.function);
	row = facts_row(facts, functions, struct fact_function,
			x->program->functions[owner.function].row);
	node -= x->targets->base[owner.function];
	if (node >= row->param_count + row->local_count)
		return NULL;
	name = node < row->param_count
		       ? facts_row(facts, params, struct fact_param, row->first_param + node)->name
		       : facts_row(facts, locals, struct fact_param,
				   row->first_local + node - row->param_count)
				 ->name;
	return g_strdup_printf("%s of %s()",
			       name == FACT_NONE ? "an argument" : facts_string(facts, name),
			       x->program->functions[owner.function].name);
}

static char *nobody_text(const struct explainer *x, uint32_t node, const char *what)
{
	g_autofree char *name = place_text(x, node);

	return name ? g_strdup_printf("a function in %s, and %s", name, what) : g_strdup(computed);
}

static void add_reason(GString *text, guint *count, char *reason)
{
	if (*count < REASONS_MAX && !strstr(text->str, reason))
		g_string_append_printf(text, "%s%s", *count ? "; or " : "", reason);
	(*count)++;
	g_free(reason);
}

static void say_outside(struct walk *walk, char *reason)
{
	add_reason(walk->outside, &walk->outside_count, reason);
}

static void say_inside(struct walk *walk, char *reason)
{
	add_reason(walk->inside, &walk->inside_count, reason);
}

/* ---- the way back -------------------------------------------------------------------------- */

static void push(struct walk *walk, uint32_t node)
{
	if (!g_hash_table_add(walk->seen, GUINT_TO_POINTER(node + 1)))
		return;
	g_array_append_val(walk->queue, node);
}

/* On from a field that nothing stores into to the records it is read of. */
static bool push_records(const struct explainer *x, struct walk *walk, uint32_t field)
{
	guint low = 0, high = x->readings->len;
	bool any = false;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(x->readings, struct reading, middle).field < field)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < x->readings->len; low++) {
		const struct reading *reading = &g_array_index(x->readings, struct reading, low);

		if (reading->field != field)
			break;
		if (reading->base == PROGRAM_NONE)
			return false;
		push(walk, reading->base);
		any = true;
	}
	return any;
}

/* A place into which nothing is copied and of which nothing else is known. */
static void look_at_end(const struct explainer *x, struct walk *walk, uint32_t node)
{
	static const char nothing[] = "nothing here stores one";
	const struct program_symbol *symbol = &x->program->symbols[node];

	if (node < x->program->symbol_count && symbol->kind == FACT_SYMBOL_FIELD &&
	    push_records(x, walk, node))
		return;
	if (node < x->program->symbol_count && symbol->kind == FACT_SYMBOL_VARIABLE)
		say_outside(walk, nobody_text(x, node, nothing));
	else
		say_inside(walk, nobody_text(x, node, nothing));
}

/* A parameter of a function that no call here means: true if `node` is one. */
static bool look_at_parameter(const struct explainer *x, struct walk *walk, uint32_t node)
{
	struct owner owner = node < x->program->symbol_count ? (struct owner){PROGRAM_NONE, 0}
							     : owner_of(x, node);
	char *text;

	if (owner.function == PROGRAM_NONE || owner.param == PROGRAM_NONE ||
	    x->program->functions[owner.function].in_count > 0)
		return false;
	if (!entries_has(x->entries, owner.function)) {
		say_inside(walk, parameter_text(x, owner, "a library passes"));
		return true;
	}
	text = parameter_text(x, owner, "callers pass");
	say_outside(walk, g_strdup_printf("%s, and nothing here calls it", text));
	g_free(text);
	return true;
}

static void look_at(const struct explainer *x, struct walk *walk, uint32_t node)
{
	const struct node *n = node_at(x->targets, node);
	bool told = look_at_parameter(x, walk, node) || n->null || n->sought;

	walk->null |= n->null;
	if (n->sought)
		say_outside(walk, g_strdup_printf("the function \"%s\", which is found by name and "
						  "not defined here",
						  n->sought));
	if (n->external != PROGRAM_NONE)
		say_inside(walk, g_strdup_printf("what %s() returns",
						 x->program->symbols[n->external].name));
	else if (n->opaque || n->cut || entries_escaped(x->entries, node))
		say_inside(walk, g_strdup(computed));
	else if (!told && x->first[node] == x->first[node + 1])
		look_at_end(x, walk, node);
	for (uint32_t i = x->first[node]; i < x->first[node + 1]; i++)
		push(walk, x->sources[i]);
}

static struct answer *answer_of(const struct explainer *x, const struct walk *walk, uint32_t node)
{
	struct answer *answer = g_new0(struct answer, 1);
	g_autofree char *reason = NULL;

	answer->outside = walk->inside_count == 0;
	if (walk->inside_count > 0 && walk->outside_count > 0)
		reason = g_strdup_printf("%s; or %s", walk->outside->str, walk->inside->str);
	else if (walk->inside_count > 0 || walk->outside_count > 0)
		reason = g_strconcat(walk->outside->str, walk->inside->str, NULL);
	else
		reason = nobody_text(x, node, "only NULL is stored there");
	answer->reason = g_string_chunk_insert_const(x->program->private->names, reason);
	return answer;
}

static struct answer *explain_node(const struct explainer *x, uint32_t node)
{
	struct walk walk = {
		.seen = g_hash_table_new(NULL, NULL),
		.queue = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
		.outside = g_string_new(NULL),
		.inside = g_string_new(NULL),
	};
	struct answer *answer;

	push(&walk, node);
	for (guint head = 0; head < walk.queue->len && head < PLACES_MAX; head++)
		look_at(x, &walk, g_array_index(walk.queue, uint32_t, head));
	if (walk.queue->len > PLACES_MAX ||
	    (!walk.inside_count && !walk.outside_count && !walk.null))
		say_inside(&walk, nobody_text(x, node, "it is not followed where one is stored"));
	answer = answer_of(x, &walk, node);
	g_hash_table_destroy(walk.seen);
	g_array_free(walk.queue, TRUE);
	g_string_free(walk.outside, TRUE);
	g_string_free(walk.inside, TRUE);
	return answer;
}

/* A value that is no place: what a library's function returns, or what is not followed. */
static const char *explain_result(const struct explainer *x, uint32_t unit, fact_id value)
{
	const struct fact_value *v = program_value(x->program, unit, value);
	uint32_t symbol = v->kind == FACT_VALUE_CALL
				  ? program_callee(x->program, unit,
						   program_event(x->program, unit, v->a))
				  : PROGRAM_NONE;
	g_autofree char *text = NULL;

	if (symbol == PROGRAM_NONE || program_definitions(x->program, unit, symbol).count > 0)
		return computed;
	text = g_strdup_printf("what %s() returns", x->program->symbols[symbol].name);
	return g_string_chunk_insert_const(x->program->private->names, text);
}

static void explain(struct explainer *x, struct program_unresolved *u)
{
	uint32_t unit = x->program->functions[u->function].unit;
	uint32_t node = targets_node(x->targets, unit, u->function, u->value);
	struct answer *answer;

	u->reason = computed;
	if (u->target_count > 0)
		u->reason = "a model or an annotation that says which: these are too many to tell "
			    "apart";
	if (u->target_count == 0 && node == PROGRAM_NONE)
		u->reason = explain_result(x, unit, u->value);
	if (u->target_count > 0 || node == PROGRAM_NONE)
		return;
	answer = g_hash_table_lookup(x->answers, GUINT_TO_POINTER(node + 1));
	if (!answer) {
		answer = explain_node(x, node);
		g_hash_table_insert(x->answers, GUINT_TO_POINTER(node + 1), answer);
	}
	u->reason = answer->reason;
	u->outside = answer->outside;
}

void origin_explain(struct program *program)
{
	struct explainer x = {.program = program, .targets = program->private->targets};

	if (program->unresolved_count == 0)
		return;
	x.answers = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	x.entries = entries_find(program);
	turn_copies(&x);
	find_readings(&x);
	for (guint i = 0; i < program->unresolved_count; i++)
		explain(&x, &program->unresolved[i]);
	g_hash_table_destroy(x.answers);
	entries_free(x.entries);
	g_array_free(x.readings, TRUE);
	g_free(x.first);
	g_free(x.sources);
}
