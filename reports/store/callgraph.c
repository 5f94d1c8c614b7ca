/* The call graph of the last run: read at once, 50,000 edges are tens of milliseconds, and walked
 * in memory, because a recursive query cannot remember where it has been. */
#include "reports/store/callgraph.h"

#include <stdlib.h>
#include <string.h>

struct callgraph {
	GArray *functions; /* struct callgraph_function */
	GHashTable *by_id; /* function_id (gint64 *) -> number + 1 */
	GArray *edges;     /* struct callgraph_edge, ordered by callee, then kind and caller */
	guint *first_in;   /* of each function, and one behind */
	guint *distance;   /* of each function */
	guint *next;       /* edge towards the target, or G_MAXUINT */
};

static void function_clear(void *data)
{
	struct callgraph_function *function = data;

	g_free(function->name);
	g_free(function->file);
}

static void edge_clear(void *data)
{
	g_free(((struct callgraph_edge *)data)->via);
}

static bool add_function(int count, const struct store_value *values, void *data)
{
	struct callgraph *graph = data;
	struct callgraph_function function = {
		.id = values[0].integer,
		.name = g_strdup(values[1].text ? values[1].text : ""),
		.file = g_strdup(values[2].text),
		.line = (guint)values[3].integer,
		.is_loop = values[4].integer != 0,
	};

	g_array_append_val(graph->functions, function);
	g_hash_table_insert(graph->by_id, g_memdup2(&function.id, sizeof(function.id)),
			    GUINT_TO_POINTER(graph->functions->len));
	return true;
}

guint callgraph_find(const struct callgraph *graph, gint64 id)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(graph->by_id, &id)) - 1;
}

static bool add_edge(int count, const struct store_value *values, void *data)
{
	struct callgraph *graph = data;
	struct callgraph_edge edge = {
		.caller = callgraph_find(graph, values[0].integer),
		.callee = callgraph_find(graph, values[1].integer),
		.kind = g_intern_string(values[2].text ? values[2].text : ""),
		.line = (guint)values[3].integer,
		.targets = (guint)values[4].integer,
	};

	/* Edges have no foreign keys: one into nowhere is left out. */
	if (edge.caller == G_MAXUINT || edge.callee == G_MAXUINT)
		return true;
	edge.via = g_strdup(values[5].text);
	g_array_append_val(graph->edges, edge);
	return true;
}

/* Surest first: direct, external, indirect, synchronous happens to be the order of the words, and
 * of indirect ones that with fewest targets. */
static int compare_edges(const void *a, const void *b)
{
	const struct callgraph_edge *left = a, *right = b;
	int kinds = strcmp(left->kind, right->kind);

	if (left->callee != right->callee)
		return left->callee < right->callee ? -1 : 1;
	if (kinds != 0)
		return kinds;
	if (left->targets != right->targets)
		return left->targets < right->targets ? -1 : 1;
	return (left->caller > right->caller) - (left->caller < right->caller);
}

static const struct callgraph_edge *nth_edge(const struct callgraph *graph, guint i)
{
	return &g_array_index(graph->edges, struct callgraph_edge, i);
}

static void index_edges(struct callgraph *graph)
{
	guint count = graph->functions->len, edge = 0;

	if (graph->edges->len > 1)
		qsort(graph->edges->data, graph->edges->len, sizeof(struct callgraph_edge),
		      compare_edges);
	graph->first_in = g_new0(guint, count + 1);
	graph->distance = g_new0(guint, count + 1);
	graph->next = g_new0(guint, count + 1);
	for (guint i = 0; i < count; i++) {
		graph->first_in[i] = edge;
		while (edge < graph->edges->len && nth_edge(graph, edge)->callee == i)
			edge++;
	}
	graph->first_in[count] = edge;
	callgraph_aim(graph, NULL, 0);
}

struct callgraph *callgraph_load(struct store *store, GError **error)
{
	static const char functions[] =
		"SELECT f.function_id, f.name, fl.path, d.line, d.is_loop FROM function f"
		" LEFT JOIN definition d USING(function_id) LEFT JOIN file fl USING(file_id)"
		" ORDER BY fl.path, d.line, f.name, f.function_id";
	static const char edges[] =
		"SELECT caller_id, callee_id, kind, line, targets, via FROM call_edge";
	g_autoptr(callgraph_t) graph = g_new0(struct callgraph, 1);
	const struct store_reader function_reader = {NULL, add_function, graph};
	const struct store_reader edge_reader = {NULL, add_edge, graph};

	graph->functions = g_array_new(FALSE, FALSE, sizeof(struct callgraph_function));
	g_array_set_clear_func(graph->functions, function_clear);
	graph->by_id = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	graph->edges = g_array_new(FALSE, FALSE, sizeof(struct callgraph_edge));
	g_array_set_clear_func(graph->edges, edge_clear);
	if (!store_read(store, functions, NULL, 0, &function_reader, error) ||
	    !store_read(store, edges, NULL, 0, &edge_reader, error))
		return NULL;
	index_edges(graph);
	return g_steal_pointer(&graph);
}

void callgraph_free(struct callgraph *graph)
{
	if (!graph)
		return;
	g_array_unref(graph->functions);
	g_hash_table_unref(graph->by_id);
	g_array_unref(graph->edges);
	g_free(graph->first_in);
	g_free(graph->distance);
	g_free(graph->next);
	g_free(graph);
}

guint callgraph_size(const struct callgraph *graph)
{
	return graph->functions->len;
}

const struct callgraph_function *callgraph_function(const struct callgraph *graph, guint function)
{
	return &g_array_index(graph->functions, struct callgraph_function, function);
}

static void forget(struct callgraph *graph)
{
	for (guint i = 0; i < graph->functions->len; i++) {
		graph->distance[i] = G_MAXUINT;
		graph->next[i] = G_MAXUINT;
	}
}

/* Callers of `function` that have no way yet go through it. */
static void visit_callers(struct callgraph *graph, guint function, GArray *queue)
{
	for (guint i = graph->first_in[function]; i < graph->first_in[function + 1]; i++) {
		guint caller = nth_edge(graph, i)->caller;

		if (graph->distance[caller] != G_MAXUINT)
			continue;
		graph->distance[caller] = graph->distance[function] + 1;
		graph->next[caller] = i;
		g_array_append_val(queue, caller);
	}
}

void callgraph_aim(struct callgraph *graph, const guint *targets, guint count)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(guint));

	forget(graph);
	for (guint i = 0; i < count; i++) {
		graph->distance[targets[i]] = 0;
		g_array_append_val(queue, targets[i]);
	}
	for (guint i = 0; i < queue->len; i++) {
		guint function = g_array_index(queue, guint, i);

		if (i < count || !callgraph_function(graph, function)->is_loop)
			visit_callers(graph, function, queue);
	}
}

const struct callgraph_edge *callgraph_next(const struct callgraph *graph, guint function)
{
	guint edge = graph->next[function];

	return edge == G_MAXUINT ? NULL : nth_edge(graph, edge);
}

guint callgraph_distance(const struct callgraph *graph, guint function)
{
	return graph->distance[function];
}
