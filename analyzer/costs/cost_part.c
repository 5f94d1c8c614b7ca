/* What the constant term of a cost is made of: the loops and calls that add most, down to where
 * they stand. Nobody needs that for a check, so that it is found out by reading the functions
 * again. */
#include "analyzer/costs/cost_private.h"

#define MAX_CALLS 32 /* down to where a part stands */
#define MOST_PARTS 5 /* that are told of those in the same one */

static void scale(GArray *parts, guint first, guint end, double share)
{
	for (guint i = first; i < end; i++)
		g_array_index(parts, struct cost_part, i).units *= share;
}

void cost_parts_scale(GArray *parts, guint first, double share)
{
	scale(parts, first, parts->len, share);
}

void cost_parts_wrap(GArray *parts, guint first, const struct cost_part *loop)
{
	cost_parts_scale(parts, first, loop->times);
	for (guint i = first; i < parts->len; i++)
		g_array_index(parts, struct cost_part, i).depth++;
	g_array_insert_vals(parts, first, loop, 1);
}

/* ---- the heaviest ------------------------------------------------------------------------- */

struct heavy {
	struct costs *costs;
	double least;
	GArray *found; /* struct cost_part */
};

/* Parts that are told: of one function, seen from the one that was asked for. */
struct level {
	const GArray *parts;
	guint first, end;
	double share;   /* what a unit of them is there */
	uint32_t depth; /* of the first there */
	fact_id via;
	int calls; /* on the way */
};

static const struct cost_part *part_at(const GArray *parts, guint row)
{
	return &g_array_index(parts, struct cost_part, row);
}

/* The row behind those that stand in the part `row`. */
static guint end_of(const GArray *parts, guint row)
{
	guint end = row + 1;

	while (end < parts->len && part_at(parts, end)->depth > part_at(parts, row)->depth)
		end++;
	return end;
}

static gint heavier_first(gconstpointer left, gconstpointer right, gpointer parts)
{
	double a = part_at(parts, *(const guint *)left)->units;
	double b = part_at(parts, *(const guint *)right)->units;

	return a > b ? -1 : a < b;
}

/* Rows of those that stand in no other one of the level; caller frees. */
static GArray *outermost(const struct level *level)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint i = level->first; i < level->end; i = end_of(level->parts, i))
		g_array_append_val(rows, i);
	g_array_sort_with_data(rows, heavier_first, (gpointer)level->parts);
	return rows;
}

static double add_level(struct heavy *h, const struct level *level);

/* The parts of the callee instead of the call, unless they are less than half of it. */
static void add_call(struct heavy *h, const struct level *level, const struct cost_part *part)
{
	const double of_callee = cost_of(h->costs, part->callee)->terms[0].units;
	g_autoptr(GArray) parts = cost_read_parts(h->costs, part->callee);
	const struct level inner = {.parts = parts,
				    .end = parts->len,
				    .share = part->units / of_callee,
				    .depth = part->depth,
				    .via = part->via == FACT_NONE ? part->at : part->via,
				    .calls = level->calls + 1};
	guint row = h->found->len;

	if (level->calls < MAX_CALLS && add_level(h, &inner) >= part->units / 2)
		return;
	for (guint i = row; i < h->found->len; i++)
		g_array_index(h->found, struct cost_part, i).depth++;
	g_array_insert_vals(h->found, row, part, 1);
}

/* Returns the units of what it has told. */
static double add_level(struct heavy *h, const struct level *level)
{
	g_autoptr(GArray) rows = outermost(level);
	double told = 0;

	for (guint i = 0; i < MIN(rows->len, MOST_PARTS); i++) {
		guint row = g_array_index(rows, guint, i);
		struct cost_part part = *part_at(level->parts, row);
		struct level inside = *level;

		part.units *= level->share;
		if (part.units < h->least)
			break;
		part.depth = level->depth;
		part.via = level->via;
		told += part.units;
		if (part.kind == COST_PART_CALL) {
			add_call(h, level, &part);
			continue;
		}
		inside.first = row + 1;
		inside.end = end_of(level->parts, row);
		if (part.kind != COST_PART_LOOP || part.times > 1) { /* no do … while (0) */
			g_array_append_val(h->found, part);
			inside.depth++;
		}
		(void)add_level(h, &inside);
	}
	return told;
}

/* Are they the same place, reached from the same call? */
static bool is_same(const struct cost_part *left, const struct cost_part *right)
{
	return left->kind == right->kind && left->function == right->function &&
	       left->at == right->at && left->callee == right->callee && left->via == right->via &&
	       left->times == right->times && left->factor.size == right->factor.size;
}

/* The part `row` gets the units of those beside it that are the same: a helper that is called
 * again. */
static void merge_same(GArray *parts, guint row)
{
	const uint32_t depth = part_at(parts, row)->depth;

	for (guint i = end_of(parts, row); i < parts->len && part_at(parts, i)->depth == depth;) {
		const struct cost_part *first = part_at(parts, row), *again = part_at(parts, i);
		guint end = end_of(parts, i);

		if (!is_same(first, again)) {
			i = end;
			continue;
		}
		scale(parts, row, end_of(parts, row), 1 + again->units / first->units);
		g_array_remove_range(parts, i, end - i);
	}
}

GArray *cost_parts(struct costs *costs, uint32_t function, double least)
{
	struct heavy h = {costs, least, g_array_new(FALSE, FALSE, sizeof(struct cost_part))};
	g_autoptr(GArray) parts = NULL;

	(void)cost_of(costs, function); /* so that the functions it calls have been read */
	parts = cost_read_parts(costs, function);
	(void)add_level(
		&h,
		&(struct level){.parts = parts, .end = parts->len, .share = 1, .via = FACT_NONE});
	for (guint i = 0; i < h.found->len; i++)
		merge_same(h.found, i);
	return h.found;
}
