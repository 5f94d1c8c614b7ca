/* From a pointer that holds no known function back along what is copied into it, to where a
 * function would have to come from: a caller of an entry of this library, a library's result, a
 * plug-in that is loaded by name, or nobody. Told in words, because a person has to decide what to
 * do. */
#include "analyzer/origin.h"

#include <string.h>

#include "analyzer/program_private.h"
#include "analyzer/targets_private.h"

/* Places looked at on the way back from one call, and reasons told. */
#define PLACES_MAX 200
#define REASONS_MAX 2

struct explainer {
	struct program *program;
	const struct targets *targets;
	uint32_t *first;     /* node -> row in sources; one more than there are nodes */
	uint32_t *sources;   /* the nodes that are copied into it */
	GHashTable *reasons; /* node -> const char * */
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

/* A parameter of a function that nothing calls: its users are somewhere else. */
static char *entry_text(const struct explainer *x, uint32_t node)
{
	struct owner owner = node < x->program->symbol_count ? (struct owner){PROGRAM_NONE, 0}
							     : owner_of(x, node);
	const struct program_function *f;
	const struct facts *facts;
	fact_id name;

	if (owner.function == PROGRAM_NONE || owner.param == PROGRAM_NONE)
		return NULL;
	f = &x->program->functions[owner.function];
	if (f->in_count > 0)
		return NULL;
	facts = program_facts(x->program, owner.function);
	name = facts_row(facts, params, struct fact_param,
			 facts_row(facts, functions, struct fact_function, f->row)->first_param +
				 owner.param)
		       ->name;
	return g_strdup_printf("what callers pass to %s() (%s:%u) as %s, and nothing here calls it",
			       f->name, f->file, f->line,
			       name == FACT_NONE ? "an argument" : facts_string(facts, name));
}

/* Why nothing comes out of this place itself; NULL if that is for others to tell. */
static char *reason_at(const struct explainer *x, uint32_t node)
{
	const struct node *n = node_at(x->targets, node);

	if (n->sought)
		return g_strdup_printf(
			"the function \"%s\", which is found by name and not defined here",
			n->sought);
	if (n->external != PROGRAM_NONE)
		return g_strdup_printf("what %s() returns", x->program->symbols[n->external].name);
	return entry_text(x, node);
}

static char *nobody_text(const struct explainer *x, uint32_t node)
{
	g_autofree char *name = NULL;

	if (node >= x->program->symbol_count)
		return g_strdup("more than is followed: the pointer is computed");
	name = symbol_text(&x->program->symbols[node]);
	return g_strdup_printf("a function in %s, and nothing here stores one", name);
}

static void add_reason(GString *text, guint *count, char *reason)
{
	if (*count < REASONS_MAX && !strstr(text->str, reason))
		g_string_append_printf(text, "%s%s", (*count)++ ? "; or " : "", reason);
	g_free(reason);
}

static const char *explain_node(struct explainer *x, uint32_t node)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	g_autoptr(GString) text = g_string_new(NULL);
	guint count = 0;

	g_array_append_val(queue, node);
	g_hash_table_add(seen, GUINT_TO_POINTER(node + 1));
	for (guint head = 0; head < queue->len && count < REASONS_MAX; head++) {
		uint32_t at = g_array_index(queue, uint32_t, head);
		char *reason = reason_at(x, at);

		if (reason)
			add_reason(text, &count, reason);
		for (uint32_t i = x->first[at]; i < x->first[at + 1]; i++)
			if (queue->len < PLACES_MAX &&
			    g_hash_table_add(seen, GUINT_TO_POINTER(x->sources[i] + 1)))
				g_array_append_val(queue, x->sources[i]);
	}
	if (!count)
		add_reason(text, &count, nobody_text(x, node));
	return g_string_chunk_insert_const(x->program->private->names, text->str);
}

static const char *explain(struct explainer *x, const struct program_unresolved *u)
{
	uint32_t unit = x->program->functions[u->function].unit;
	uint32_t node = targets_node(x->targets, unit, u->function,
				     program_event(x->program, unit, u->event)->a);
	const char *reason;

	if (u->target_count > 0)
		return "a model or an annotation that says which: these are too many to tell apart";
	if (node == PROGRAM_NONE)
		return "more than is followed: the pointer is computed";
	reason = g_hash_table_lookup(x->reasons, GUINT_TO_POINTER(node + 1));
	if (!reason) {
		reason = explain_node(x, node);
		g_hash_table_insert(x->reasons, GUINT_TO_POINTER(node + 1), (gpointer)reason);
	}
	return reason;
}

void origin_explain(struct program *program)
{
	struct explainer x = {.program = program, .targets = program->private->targets};

	if (program->unresolved_count == 0)
		return;
	x.reasons = g_hash_table_new(NULL, NULL);
	turn_copies(&x);
	for (guint i = 0; i < program->unresolved_count; i++)
		program->unresolved[i].reason = explain(&x, &program->unresolved[i]);
	g_hash_table_destroy(x.reasons);
	g_free(x.first);
	g_free(x.sources);
}
