/* A function is an entry if no call here means it, by name or through a pointer, and if no library
 * got its address: that one would call it with arguments that the program chose. Misses that a
 * library may get an address inside a record that is not its own. */
#include "analyzer/entry.h"

#include "analyzer/program_private.h"

struct entries {
	const struct program *program;
	uint8_t *handed;  /* symbol: a library has its address, or a call means one of several */
	uint8_t *escaped; /* node: a library has its address */
};

/* Is this place declared as a pointer to a function? */
static bool is_callable(const struct program *program, uint32_t function,
			const struct fact_value *v)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_param *local = program_local(program, function, v);

	if (local)
		return local->flags & FACT_SYMBOL_CALLABLE;
	return (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD) &&
	       program->symbols[program->units[unit].symbols[v->a]].flags & FACT_SYMBOL_CALLABLE;
}

static void hand_node(struct entries *entries, uint32_t node)
{
	guint count;
	bool cut;
	const struct target *found =
		targets_of(entries->program->private->targets, node, &count, NULL, &cut);

	for (guint i = 0; i < count && !cut; i++)
		entries->handed[found[i].symbol] = true;
}

static void hand_value(struct entries *entries, uint32_t function, fact_id value)
{
	const struct program *program = entries->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v = program_value(program, unit, value);
	uint32_t node;

	if (v->kind == FACT_VALUE_FUNCTION) {
		entries->handed[program->units[unit].symbols[v->a]] = true;
		return;
	}
	node = targets_node(program->private->targets, unit, function, value);
	if (node == PROGRAM_NONE)
		return;
	if (v->kind == FACT_VALUE_ADDRESS)
		entries->escaped[node] = true;
	else if (is_callable(program, function, v))
		hand_node(entries, node);
}

static void read_call(struct entries *entries, uint32_t function, const struct fact_event *e)
{
	const struct program *program = entries->program;
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = program_callee(program, unit, e);
	struct definitions callees;

	if (symbol == PROGRAM_NONE)
		return;
	callees = program_definitions(program, unit, symbol);
	if (callees.count)
		return;
	entries->handed[symbol] |= callees.ambiguous;
	for (uint32_t k = 0; k < e->c; k++)
		hand_value(entries, function, program_argument(program, unit, e, k));
}

struct entries *entries_find(const struct program *program)
{
	struct entries *entries = g_new0(struct entries, 1);

	entries->program = program;
	entries->handed = g_new0(uint8_t, program->symbol_count + 1);
	entries->escaped = g_new0(uint8_t, targets_node_count(program->private->targets) + 1);
	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++)
			if (events[k].kind == FACT_EVENT_CALL)
				read_call(entries, i, &events[k]);
	}
	/* Records of a library: what stands in them, it calls. */
	for (uint32_t i = 0; i < program->symbol_count; i++)
		if (program->symbols[i].kind == FACT_SYMBOL_FIELD &&
		    program->symbols[i].flags & FACT_SYMBOL_SYSTEM)
			hand_node(entries, i);
	return entries;
}

void entries_free(struct entries *entries)
{
	g_free(entries->handed);
	g_free(entries->escaped);
	g_free(entries);
}

bool entries_has(const struct entries *entries, uint32_t function)
{
	const struct program_function *f = &entries->program->functions[function];
	guint first;

	return f->in_count == 0 && !entries->handed[f->symbol] &&
	       program_registrations_of(entries->program, function, &first) == 0;
}

bool entries_escaped(const struct entries *entries, uint32_t node)
{
	return entries->escaped[node];
}
