/* Continuations come from the database, ways from the call graph. */
#include "cli/roots.h"

#include "reports/store/table.h"

static void root_clear(void *data)
{
	struct root *root = data;

	g_free(root->contexts);
	g_free(root->registered);
}

static int compare_roots(const void *a, const void *b)
{
	const struct root *left = a, *right = b;

	if (left->distance != right->distance)
		return left->distance < right->distance ? -1 : 1;
	return (left->function > right->function) - (left->function < right->function);
}

static const char select_roots[] =
	"SELECT function_id, group_concat(DISTINCT context),"
	" coalesce('registered through ' || min(via), 'registered') ||"
	" coalesce(' at ' || min(registered_at), '') || CASE WHEN count(*) > 1"
	"  THEN ' and ' || (count(*) - 1) || ' more' ELSE '' END"
	" FROM callbacks WHERE :context = '' OR context = :context GROUP BY function_id";

GArray *roots_read(struct store *store, const struct callgraph *graph, const char *context,
		   GError **error)
{
	const struct store_param param = {"context", context ? context : ""};
	g_autoptr(table_t) table = table_read(store, select_roots, &param, 1, error);
	GArray *roots;

	if (!table)
		return NULL;
	roots = g_array_new(FALSE, FALSE, sizeof(struct root));
	g_array_set_clear_func(roots, root_clear);
	for (guint i = 0; i < table_row_count(table); i++) {
		guint function = callgraph_find(graph, table_integer(table, i, 0));
		struct root root = {.function = function};

		if (function == G_MAXUINT || callgraph_distance(graph, function) == G_MAXUINT)
			continue;
		root.distance = callgraph_distance(graph, function);
		root.contexts = g_strdup(table_text(table, i, 1));
		root.registered = g_strdup(table_text(table, i, 2));
		g_array_append_val(roots, root);
	}
	g_array_sort(roots, compare_roots);
	return roots;
}
