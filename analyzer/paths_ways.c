/* The search backward from a sink makes a tree: each caller by its cheapest way. What is not in the
 * tree are its other callers, who have a cheaper way elsewhere (the sidetracks of Eppstein,
 * "Finding the k shortest paths", 1998): each is another way in. There can be thousands; so the
 * tree is cut into branches until there are enough of them and none has much more than its share,
 * and each branch is told by its cheapest way. A far caller counts less than a near one: what all
 * code calls (a log that is sent somewhere) has hundreds of callers, and says little of the sink.
 */
#include "analyzer/paths_private.h"

#include <math.h>

/* Ways that are tried for a branch before it is given up. */
#define MAX_TRIES 4
#define MANY_CALLERS 0.7 /* power: each further caller of a function counts less */
#define HALF_COST 160.0  /* a caller that is farther away by so much counts half as much */

/* A way in: a caller of a function of the tree, or a continuation in it. */
struct entry {
	uint32_t state;
	uint32_t edge;         /* from the caller, NONE: the state is a continuation itself */
	formula_id formula;    /* at the caller */
	uint32_t registration; /* of the continuation, or NONE */
	uint32_t cost;
};

/* A part of the tree: what comes over a state. */
struct branch {
	uint32_t state;
	bool own;      /* only the entries at the state itself */
	guint width;   /* entries in it */
	double weight; /* the same, the far ones less */
};

struct tree {
	const struct program *program;
	struct search *search;
	const struct path *shown;
	GArray *entries;    /* struct entry, by state */
	guint *first_entry; /* state -> row in entries; states + 1 */
	guint *width;       /* state -> entries at it and beyond it */
	double *weight;     /* the same, the far ones less */
	GArray **children;  /* state -> uint32_t states, or NULL */
};

static guint state_count(const struct tree *tree)
{
	return tree->search->state_count;
}

/* Does the way of `state` to the sink go over `over`? */
static bool goes_over(const struct tree *tree, uint32_t state, uint32_t over)
{
	while (state != over && state != PROGRAM_NONE)
		state = search_state(tree->search, state)->from;
	return state == over;
}

/* One entry for each caller that does not come over `id` anyway. */
static void add_callers(struct tree *tree, uint32_t id)
{
	const struct program *program = tree->program;
	struct state here = *search_state(tree->search, id);
	const struct program_function *f = &program->functions[here.function];
	uint32_t last = PROGRAM_NONE;

	if (search_is_declared(program, here.function,
			       FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING))
		return;
	for (uint32_t i = 0; i < f->in_count; i++) {
		uint32_t edge = program->in_edges[f->first_in + i];
		const struct program_edge *e = &program->edges[edge];
		struct entry entry = {.state = id, .edge = edge, .registration = PROGRAM_NONE};
		uint32_t caller;

		if (!(program->functions[e->caller].contexts & tree->search->context) ||
		    e->caller == last || search_cost(tree->search, edge) == SHUT_COST)
			continue;
		entry.formula = search_before(tree->search, edge, here.formula);
		caller = search_find(tree->search, e->caller, entry.formula);
		if (entry.formula == FORMULA_FALSE ||
		    (caller != PROGRAM_NONE && goes_over(tree, caller, id)))
			continue;
		last = e->caller;
		entry.cost = here.cost + search_cost(tree->search, edge);
		g_array_append_val(tree->entries, entry);
	}
}

/* Is the state a second round of a recursion? */
static bool is_round(const struct tree *tree, uint32_t id)
{
	uint32_t function = search_state(tree->search, id)->function;

	do
		id = search_state(tree->search, id)->from;
	while (id != PROGRAM_NONE && search_state(tree->search, id)->function != function);
	return id != PROGRAM_NONE;
}

static void add_entries(struct tree *tree, uint32_t id)
{
	const struct state *state = search_state(tree->search, id);
	struct entry entry = {.state = id,
			      .edge = PROGRAM_NONE,
			      .registration = search_start(tree->search, state),
			      .cost = state->cost};

	if (!state->settled || is_round(tree, id))
		return;
	if (entry.registration != PROGRAM_NONE)
		g_array_append_val(tree->entries, entry);
	add_callers(tree, id);
}

static int by_cost(const void *left, const void *right, void *data)
{
	const struct search *search = data;
	const struct state *a = search_state(search, *(const uint32_t *)left);
	const struct state *b = search_state(search, *(const uint32_t *)right);

	return (a->cost > b->cost) - (a->cost < b->cost);
}

/* The thousandth caller of a function says less than the second, and a far one less than a near
 * one: all code calls the log, and few sinks are about that. */
static double own_weight(const struct tree *tree, uint32_t id)
{
	return pow(tree->first_entry[id + 1] - tree->first_entry[id], MANY_CALLERS) *
	       exp2(-(search_state(tree->search, id)->cost / HALF_COST));
}

/* Widths from the ends of the tree to the sink: who is farther away costs more. */
static void measure(struct tree *tree)
{
	guint count = state_count(tree);
	g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < count; i++)
		if (search_state(tree->search, i)->settled)
			g_array_append_val(order, i);
	g_array_sort_with_data(order, by_cost, tree->search);
	for (guint i = order->len; i-- > 0;) {
		uint32_t id = g_array_index(order, uint32_t, i);
		uint32_t from = search_state(tree->search, id)->from;

		tree->width[id] += tree->first_entry[id + 1] - tree->first_entry[id];
		tree->weight[id] += own_weight(tree, id);
		if (from == PROGRAM_NONE)
			continue;
		tree->width[from] += tree->width[id];
		tree->weight[from] += tree->weight[id];
		if (!tree->children[from])
			tree->children[from] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_array_append_val(tree->children[from], id);
	}
}

static void grow(struct tree *tree)
{
	guint count;

	path_free(search_run(tree->search));
	count = state_count(tree);
	tree->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
	tree->first_entry = g_new0(guint, count + 1);
	tree->width = g_new0(guint, count);
	tree->weight = g_new0(double, count);
	tree->children = g_new0(GArray *, count);
	for (uint32_t i = 0; i < count; i++) {
		tree->first_entry[i] = tree->entries->len;
		add_entries(tree, i);
	}
	tree->first_entry[count] = tree->entries->len;
	measure(tree);
}

static void fell(struct tree *tree)
{
	for (guint i = 0; i < state_count(tree); i++)
		if (tree->children[i])
			g_array_free(tree->children[i], TRUE);
	g_free(tree->children);
	g_free(tree->width);
	g_free(tree->weight);
	g_free(tree->first_entry);
	g_array_free(tree->entries, TRUE);
	search_free(tree->search);
}

static int by_weight(const void *left, const void *right)
{
	const struct branch *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return (a->state > b->state) - (a->state < b->state);
}

/* The branch of most weight, and more than `limit`, that can be cut further; or G_MAXUINT. */
static guint heaviest(const GArray *branches, double limit)
{
	guint best = G_MAXUINT;

	for (guint i = 0; i < branches->len; i++) {
		const struct branch *b = &g_array_index(branches, struct branch, i);

		if (!b->own && b->width > 1 && b->weight > limit) {
			best = i;
			limit = b->weight;
		}
	}
	return best;
}

static void cut(const struct tree *tree, GArray *branches, guint which)
{
	uint32_t id = g_array_index(branches, struct branch, which).state;
	struct branch own = {id, true, tree->first_entry[id + 1] - tree->first_entry[id],
			     own_weight(tree, id)};

	g_array_remove_index_fast(branches, which);
	if (own.width)
		g_array_append_val(branches, own);
	for (guint i = 0; tree->children[id] && i < tree->children[id]->len; i++) {
		uint32_t child = g_array_index(tree->children[id], uint32_t, i);
		struct branch branch = {child, false, tree->width[child], tree->weight[child]};

		if (branch.width)
			g_array_append_val(branches, branch);
	}
}

/* The whole tree as branches: so many at least as are told, and none with more than its share. */
static GArray *cut_all(const struct tree *tree)
{
	GArray *branches = g_array_new(FALSE, FALSE, sizeof(struct branch));
	struct branch all = {0, false, tree->width[0], tree->weight[0]};
	guint at;

	g_array_append_val(branches, all);
	while ((at = heaviest(branches, branches->len > PATHS_WAYS ? all.weight / PATHS_WAYS
								   : 0)) != G_MAXUINT)
		cut(tree, branches, at);
	g_array_sort(branches, by_weight);
	return branches;
}

static int cheaper(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	return (a->state > b->state) - (a->state < b->state);
}

static void gather(const struct tree *tree, uint32_t id, bool own, GArray *entries)
{
	g_array_append_vals(entries,
			    &g_array_index(tree->entries, struct entry, tree->first_entry[id]),
			    tree->first_entry[id + 1] - tree->first_entry[id]);
	for (guint i = 0; !own && tree->children[id] && i < tree->children[id]->len; i++)
		gather(tree, g_array_index(tree->children[id], uint32_t, i), false, entries);
}

/* Does a path to a caller come through a function that it is to reach only later? */
static bool comes_round(const struct tree *tree, const struct path *up, uint32_t state)
{
	for (; state != PROGRAM_NONE; state = search_state(tree->search, state)->from) {
		uint32_t function = search_state(tree->search, state)->function;

		if (tree->program->registrations[up->registration].function == function)
			return true;
		for (guint i = 0; i < up->edges->len; i++)
			if (tree->program->edges[g_array_index(up->edges, uint32_t, i)].callee ==
			    function)
				return true;
	}
	return false;
}

/* From the continuation to the sink, NULL if nothing comes to the caller. Caller frees. */
static struct path *follow(const struct tree *tree, const struct entry *entry)
{
	const struct program_edge *edge;
	const struct path *up;
	struct path *path;

	if (entry->edge == PROGRAM_NONE)
		return search_path(tree->search, entry->state, entry->registration);
	edge = &tree->program->edges[entry->edge];
	up = paths_first(tree->program, tree->search->context, edge->caller, entry->formula);
	if (!up || comes_round(tree, up, entry->state))
		return NULL;
	path = search_path(tree->search, entry->state, up->registration);
	g_array_prepend_val(path->edges, entry->edge);
	g_array_prepend_vals(path->edges, up->edges->data, up->edges->len);
	path->verdict = up->verdict;
	path->call_certainty *= up->call_certainty * search_certainty(tree->program, edge);
	return path;
}

/* How many of their last calls are the same. */
static guint shared_end(const GArray *left, const GArray *right)
{
	guint count = 0;

	while (count < left->len && count < right->len &&
	       g_array_index(left, uint32_t, left->len - 1 - count) ==
		       g_array_index(right, uint32_t, right->len - 1 - count))
		count++;
	return count;
}

static bool is_shown(const struct tree *tree, const struct path *path, guint shared)
{
	return shared == path->edges->len && shared == tree->shown->edges->len &&
	       path->registration == tree->shown->registration;
}

/* Adds the cheapest way of a branch that is not the one that is shown. False if none is found. */
static bool add_way(const struct tree *tree, const struct branch *branch, GArray *ways)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
	guint tries = 0;

	gather(tree, branch->state, branch->own, entries);
	g_array_sort(entries, cheaper);
	for (guint i = 0; i < entries->len && tries < MAX_TRIES; i++) {
		struct path_way way = {follow(tree, &g_array_index(entries, struct entry, i)), 0,
				       branch->width - 1};

		tries++;
		if (!way.path)
			continue;
		way.shared = shared_end(way.path->edges, tree->shown->edges);
		if (!is_shown(tree, way.path, way.shared)) {
			g_array_append_val(ways, way);
			return true;
		}
		path_free(way.path);
		tries--;
	}
	return false;
}

static void clear_way(void *way)
{
	path_free(((struct path_way *)way)->path);
}

GArray *paths_ways(const struct program *program, const struct path *path, guint *ret_cut)
{
	GArray *ways = g_array_new(FALSE, FALSE, sizeof(struct path_way));
	g_autoptr(GArray) branches = NULL;
	struct tree tree = {.program = program, .shown = path};

	g_array_set_clear_func(ways, clear_way);
	*ret_cut = 0;
	if (path->function == PROGRAM_NONE)
		return ways;
	tree.search = search_new(program, paths_memory(program), CONTEXT_IO, path->function,
				 path->formula);
	grow(&tree);
	branches = cut_all(&tree);
	for (guint i = 0; i < branches->len; i++) {
		const struct branch *branch = &g_array_index(branches, struct branch, i);

		if (ways->len == PATHS_WAYS)
			*ret_cut += branch->width;
		else
			(void)add_way(&tree, branch, ways);
	}
	fell(&tree);
	return ways;
}
