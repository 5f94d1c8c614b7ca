/* A pointer whose fields are read as those of one record, and that is passed or assigned to one
 * read as another, shows that the two share memory: handles of a base and a derived kind that
 * repeat each other's members, slots that are filled through one record and called through another.
 * Pointers in between that are only passed on (void *, addresses kept as numbers) join what flows
 * through them, unless that is so much that it says nothing: what an
 * allocator returns, what free() takes. */
#include "analyzer/views.h"

#include <string.h>

#include "analyzer/pair_key.h"
#include "analyzer/program_private.h"

/* More records than this behind one pointer: an allocator, a container of anything. */
#define RECORDS_MAX 12
/* More flows than this to and from one pointer that is only passed on: an allocator. */
#define FLOWS_MAX 16

struct view {
	uint32_t node, record;
};

struct finder {
	const struct program *program;
	struct targets *targets;
	GHashTable *records; /* owner's name -> number + 1 */
	GHashTable *fields;  /* "record.field" -> symbol + 1; callable ones */
	uint32_t *view;      /* node -> the record it is read as, or NONE */
	uint32_t *parent;    /* node -> union of nodes that are only passed on */
	uint8_t *flows;      /* node -> how many flows it has, FLOWS_MAX + 1 at most */
	bool counting;       /* the flows are counted first, then followed */
	GArray *views;       /* struct view: of such unions */
	GHashTable *pairs;   /* record << 32 | record */
};

static uint32_t record_number(struct finder *finder, const char *owner)
{
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(finder->records, owner));

	if (!known) {
		known = g_hash_table_size(finder->records) + 1;
		g_hash_table_insert(finder->records, (char *)owner, GUINT_TO_POINTER(known));
	}
	return known - 1;
}

static void add_pair(struct finder *finder, uint32_t a, uint32_t b)
{
	if (a == b)
		return;
	g_hash_table_add(finder->pairs, pair_key(a, b));
	g_hash_table_add(finder->pairs, pair_key(b, a));
}

static uint32_t root_of(struct finder *finder, uint32_t node)
{
	while (finder->parent[node] != node) {
		finder->parent[node] = finder->parent[finder->parent[node]];
		node = finder->parent[node];
	}
	return node;
}

static bool is_pointer(const struct finder *finder, uint32_t unit, uint32_t function, fact_id value)
{
	const struct program *program = finder->program;
	const struct facts *facts = program->units[unit].facts;
	const struct fact_value *v = program_value(program, unit, value);
	const struct fact_function *f = function == PROGRAM_NONE
						? NULL
						: facts_row(facts, functions, struct fact_function,
							    program->functions[function].row);
	const char *type = "";

	if (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD)
		type = program->symbols[program->units[unit].symbols[v->a]].type;
	else if (f && v->kind == FACT_VALUE_LOCAL)
		type = facts_string(
			facts,
			facts_row(facts, locals, struct fact_param, f->first_local + v->a)->type);
	else if (f && v->kind == FACT_VALUE_PARAM)
		type = facts_string(
			facts,
			facts_row(facts, params, struct fact_param, f->first_param + v->a)->type);
	return strchr(type, '*') != NULL || v->kind == FACT_VALUE_ADDRESS;
}

/* The node that `value` comes from, through sums of an address and an offset. */
static uint32_t source_of(const struct finder *finder, uint32_t unit, uint32_t function,
			  fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(finder->program, unit, value);

	while (v && v->kind == FACT_VALUE_BINARY &&
	       (v->op == FACT_OP_ADD || v->op == FACT_OP_SUB)) {
		value = is_pointer(finder, unit, function, v->b) ? v->b : v->a;
		v = program_value(finder->program, unit, value);
	}
	return targets_node(finder->targets, unit, function, value);
}

/* ---- which places are read as which records ---- */

static void see_field(struct finder *finder, uint32_t unit, uint32_t function,
		      const struct fact_value *field)
{
	const struct program *program = finder->program;
	const char *owner = program->symbols[program->units[unit].symbols[field->a]].owner;
	uint32_t node, record;

	if (!owner || field->b == FACT_NONE)
		return;
	node = source_of(finder, unit, function, field->b);
	if (node == PROGRAM_NONE)
		return;
	record = record_number(finder, owner);
	if (finder->view[node] == PROGRAM_NONE)
		finder->view[node] = record;
}

static void see_value(struct finder *finder, uint32_t unit, uint32_t function, fact_id value)
{
	const struct fact_value *v;
	fact_id parts[3];
	unsigned count;

	if (value == FACT_NONE)
		return;
	v = program_value(finder->program, unit, value);
	if (v->kind == FACT_VALUE_FIELD)
		see_field(finder, unit, function, v);
	count = facts_value_parts(v, parts);
	for (unsigned i = count; i-- > 0;)
		see_value(finder, unit, function, parts[i]);
}

static void see_event(struct finder *finder, uint32_t unit, uint32_t function, fact_id event)
{
	const struct fact_event *e = program_event(finder->program, unit, event);

	switch (e->kind) {
	case FACT_EVENT_ASSIGN:
		see_value(finder, unit, function, e->b);
		see_value(finder, unit, function, e->a);
		return;
	case FACT_EVENT_CALL:
		for (uint32_t k = 0; k < e->c; k++)
			see_value(finder, unit, function,
				  program_argument(finder->program, unit, e, k));
		see_value(finder, unit, function, e->a);
		return;
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_RETURN:
	case FACT_EVENT_READ:
		see_value(finder, unit, function, e->a);
		return;
	default:
		return;
	}
}

/* ---- what flows into what ---- */

static bool is_hub(const struct finder *finder, uint32_t node)
{
	return finder->view[node] == PROGRAM_NONE && finder->flows[node] > FLOWS_MAX;
}

static void link_nodes(struct finder *finder, uint32_t from, uint32_t to)
{
	struct view view;

	if (from == PROGRAM_NONE || to == PROGRAM_NONE || from == to)
		return;
	if (finder->counting) {
		finder->flows[from] += finder->flows[from] <= FLOWS_MAX;
		finder->flows[to] += finder->flows[to] <= FLOWS_MAX;
		return;
	}
	if (is_hub(finder, from) || is_hub(finder, to))
		return;
	if (finder->view[from] != PROGRAM_NONE && finder->view[to] != PROGRAM_NONE) {
		add_pair(finder, finder->view[from], finder->view[to]);
		return;
	}
	if (finder->view[from] == PROGRAM_NONE && finder->view[to] == PROGRAM_NONE) {
		finder->parent[root_of(finder, from)] = root_of(finder, to);
		return;
	}
	view.node = finder->view[from] == PROGRAM_NONE ? from : to;
	view.record = finder->view[finder->view[from] == PROGRAM_NONE ? to : from];
	g_array_append_val(finder->views, view);
}

static void link_event(struct finder *finder, uint32_t unit, uint32_t function, fact_id event)
{
	const struct program *program = finder->program;
	const struct fact_event *e = program_event(program, unit, event);
	struct definitions callees;
	uint32_t symbol;

	if (e->kind == FACT_EVENT_ASSIGN && e->op == FACT_OP_NONE)
		link_nodes(finder, source_of(finder, unit, function, e->b),
			   targets_node(finder->targets, unit, function, e->a));
	if (e->kind == FACT_EVENT_RETURN && function != PROGRAM_NONE)
		link_nodes(finder, source_of(finder, unit, function, e->a),
			   targets_result(finder->targets, function));
	if (e->kind != FACT_EVENT_CALL)
		return;
	symbol = program_callee(program, unit, e);
	if (symbol == PROGRAM_NONE)
		return;
	callees = program_definitions(program, unit, symbol);
	for (uint32_t k = 0; k < e->c; k++) {
		uint32_t from =
			source_of(finder, unit, function, program_argument(program, unit, e, k));

		for (guint i = 0; i < callees.count; i++)
			link_nodes(finder, from,
				   targets_parameter(finder->targets, callees.functions[i], k));
	}
}

typedef void visit_fn(struct finder *finder, uint32_t unit, uint32_t function, fact_id event);

static void visit_all(struct finder *finder, visit_fn *visit)
{
	const struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;

		(void)program_events(program, i, &first, &count);
		for (uint32_t k = 0; k < count; k++)
			visit(finder, program->functions[i].unit, i, first + k);
	}
}

static gint compare_views(gconstpointer left, gconstpointer right)
{
	const struct view *a = left, *b = right;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	return (a->record > b->record) - (a->record < b->record);
}

/* Every two records seen behind one union of pointers. */
static void pair_views(struct finder *finder)
{
	g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (guint i = 0; i < finder->views->len; i++) {
		struct view *view = &g_array_index(finder->views, struct view, i);

		view->node = root_of(finder, view->node);
	}
	g_array_sort(finder->views, compare_views);
	for (guint i = 0, end; i < finder->views->len; i = end) {
		const struct view *first = &g_array_index(finder->views, struct view, i);

		g_array_set_size(records, 0);
		for (end = i; end < finder->views->len; end++) {
			const struct view *view = &g_array_index(finder->views, struct view, end);

			if (view->node != first->node)
				break;
			if (end == i || compare_views(view, view - 1))
				g_array_append_val(records, view->record);
		}
		for (guint a = 0; records->len <= RECORDS_MAX && a < records->len; a++)
			for (guint b = 0; b < a; b++)
				add_pair(finder, g_array_index(records, uint32_t, a),
					 g_array_index(records, uint32_t, b));
	}
}

/* ---- filling fields ---- */

static bool is_empty(const struct finder *finder, uint32_t node)
{
	guint count;
	bool cut;

	(void)targets_of(finder->targets, node, &count, NULL, &cut);
	return count == 0 && !cut;
}

static bool is_wanted_field(const struct finder *finder, uint32_t node)
{
	const struct program_symbol *symbol;

	if (node >= finder->program->symbol_count)
		return false;
	symbol = &finder->program->symbols[node];
	return symbol->kind == FACT_SYMBOL_FIELD && symbol->owner && is_empty(finder, node);
}

/* The fields that calls go through without a known target. */
static GHashTable *find_wanted(struct finder *finder)
{
	const struct program *program = finder->program;
	GHashTable *wanted = g_hash_table_new(NULL, NULL);

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count, unit = program->functions[i].unit;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++) {
			uint32_t node;

			if (events[k].kind != FACT_EVENT_CALL ||
			    program_callee(program, unit, &events[k]) != PROGRAM_NONE)
				continue;
			node = targets_node(finder->targets, unit, i, events[k].a);
			if (is_wanted_field(finder, node))
				g_hash_table_add(wanted, GUINT_TO_POINTER(node));
		}
	}
	return wanted;
}

static void number_fields(struct finder *finder)
{
	const struct program *program = finder->program;

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];

		if (symbol->kind == FACT_SYMBOL_FIELD && symbol->owner && !is_empty(finder, i))
			g_hash_table_insert(finder->fields,
					    g_strdup_printf("%u.%s",
							    record_number(finder, symbol->owner),
							    symbol->name),
					    GUINT_TO_POINTER(i + 1));
	}
}

static void fill(struct finder *finder, uint32_t wanted)
{
	const struct program_symbol *symbol = &finder->program->symbols[wanted];
	uint32_t record = record_number(finder, symbol->owner);
	uint32_t count = g_hash_table_size(finder->records);

	for (uint32_t other = 0; other < count; other++) {
		g_autofree char *name = NULL;
		guint found;

		if (!g_hash_table_contains(finder->pairs,
					   pair_key(record, other)))
			continue;
		name = g_strdup_printf("%u.%s", other, symbol->name);
		found = GPOINTER_TO_UINT(g_hash_table_lookup(finder->fields, name));
		if (found)
			targets_add_copy(finder->targets, found - 1, wanted);
	}
}

static gint compare_numbers(gconstpointer left, gconstpointer right)
{
	return (left > right) - (left < right);
}

static void fill_all(struct finder *finder, GHashTable *wanted)
{
	g_autoptr(GList) list = g_list_sort(g_hash_table_get_keys(wanted), compare_numbers);

	visit_all(finder, see_event);
	finder->counting = true;
	visit_all(finder, link_event);
	finder->counting = false;
	visit_all(finder, link_event);
	pair_views(finder);
	number_fields(finder);
	for (const GList *at = list; at; at = at->next)
		fill(finder, GPOINTER_TO_UINT(at->data));
}

void views_join(const struct program *program, struct targets *targets)
{
	guint nodes = targets_node_count(targets);
	struct finder finder = {
		.program = program,
		.targets = targets,
		.records = g_hash_table_new(g_str_hash, g_str_equal),
		.fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.view = g_new(uint32_t, nodes + 1),
		.parent = g_new(uint32_t, nodes + 1),
		.flows = g_new0(uint8_t, nodes + 1),
		.views = g_array_new(FALSE, FALSE, sizeof(struct view)),
		.pairs = g_hash_table_new(pair_key_hash, NULL),
	};
	g_autoptr(GHashTable) wanted = find_wanted(&finder);

	memset(finder.view, 0xff, sizeof(uint32_t) * (nodes + 1));
	for (guint i = 0; i < nodes; i++)
		finder.parent[i] = i;
	if (g_hash_table_size(wanted) > 0)
		fill_all(&finder, wanted);
	g_hash_table_destroy(finder.records);
	g_hash_table_destroy(finder.fields);
	g_hash_table_destroy(finder.pairs);
	g_array_free(finder.views, TRUE);
	g_free(finder.view);
	g_free(finder.parent);
	g_free(finder.flows);
}

/* The key of the union that the field is in: what its own key has before the last name. */
static size_t union_length(const struct program_symbol *field)
{
	const char *last = g_strrstr(field->usr, "@FI@");

	return last ? (size_t)(last - field->usr) : 0;
}

void views_join_unions(const struct program *program, struct targets *targets)
{
	g_autoptr(GHashTable) data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *s = &program->symbols[i];

		if (s->flags & FACT_SYMBOL_UNION_FIELD && s->flags & FACT_SYMBOL_POINTER &&
		    !(s->flags & FACT_SYMBOL_CALLABLE))
			g_hash_table_insert(data, g_strndup(s->usr, union_length(s)),
					    GUINT_TO_POINTER(i + 1));
	}
	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *s = &program->symbols[i];
		g_autofree char *key = NULL;
		guint found, count;

		if (!(s->flags & FACT_SYMBOL_UNION_FIELD) || !(s->flags & FACT_SYMBOL_CALLABLE))
			continue;
		(void)targets_of(targets, i, &count, NULL, NULL);
		key = g_strndup(s->usr, union_length(s));
		found = GPOINTER_TO_UINT(g_hash_table_lookup(data, key));
		if (found && count == 0)
			targets_add_copy(targets, found - 1, i);
	}
}
