/* A comment at a step of a path is about the paths that come over it: a sink that is reached by
 * another one as well is not excused. The rule is asked again as if the excused calls were not
 * there, until it finds a path without a comment or none. A place that a rule tells without
 * paths_best() and its kin is told in the same way again, and stays hidden. */
#include "rules/detour.h"

#include <string.h>

#include "analyzer/paths.h"
#include "rules/suppress.h"

/* So often the rule is asked with the comments that were met; after that with all. */
#define MAX_ROUNDS 4

struct look {
	const struct rule_input *input;
	const struct rule *rule;
	GPtrArray *findings;
	GHashTable *index;
	GHashTable *met; /* struct suppression *: at steps of the paths seen so far */
	GPtrArray *open; /* struct finding *: excused so far */
	struct paths_shut shut;
	bool is_new; /* something is in `findings` that is not sealed */
};

static bool is_excused(const struct look *look, const struct finding *finding,
		       struct suppression **ret_by)
{
	bool at_sink;

	*ret_by = suppress_find(look->index, finding, look->input->today, &at_sink);
	return *ret_by && !at_sink;
}

static bool same_place(const struct finding *left, const struct finding *right)
{
	return left->place.line == right->place.line && left->place.column == right->place.column &&
	       g_strcmp0(left->place.file, right->place.file) == 0;
}

/* Is the place shown for another continuation anyway? */
static bool is_shown(const struct look *look, const struct finding *finding)
{
	for (guint i = 0; i < look->findings->len; i++) {
		const struct finding *other = look->findings->pdata[i];

		if (!other->suppressed_by && other->rule == finding->rule &&
		    same_place(other, finding))
			return true;
	}
	return false;
}

static void open_excused(struct look *look)
{
	for (guint i = 0; i < look->findings->len; i++) {
		struct finding *finding = look->findings->pdata[i];
		struct suppression *by;

		if (finding->rule != look->rule->id || !is_excused(look, finding, &by))
			continue;
		g_hash_table_add(look->met, by);
		if (!is_shown(look, finding))
			g_ptr_array_add(look->open, finding);
	}
}

static bool is_met(const struct look *look, const char *file, guint first, guint last)
{
	GHashTableIter i;
	gpointer row;

	g_hash_table_iter_init(&i, look->met);
	while (g_hash_table_iter_next(&i, &row, NULL))
		if (suppress_covers(row, file, first, last))
			return true;
	return false;
}

static bool is_event_met(const struct look *look, uint32_t unit, fact_id event)
{
	const struct program *program = look->input->program;
	const struct fact_event *e = program_event(program, unit, event);
	const char *file = NULL, *end_file = NULL;
	uint32_t line, end;

	if (!program_locate(program, unit, e->loc, &file, &line, NULL))
		return false;
	if (!program_locate(program, unit, e->end, &end_file, &end, NULL) ||
	    !g_str_equal(file, end_file))
		end = line;
	return is_met(look, file, line, MAX(line, end));
}

/* What stands at the lines of the comments that were met. */
static void shut_met(struct look *look)
{
	const struct program *program = look->input->program;

	for (guint i = 0; i < program->edge_count; i++) {
		const struct program_edge *e = &program->edges[i];

		look->shut.edges[i] =
			is_event_met(look, program->functions[e->caller].unit, e->event);
	}
	for (guint i = 0; i < program->registration_count; i++) {
		const struct program_registration *r = &program->registrations[i];
		const struct program_function *f = &program->functions[r->function];

		look->shut.registrations[i] =
			(r->event != FACT_NONE && is_event_met(look, r->unit, r->event)) ||
			(f->file && is_met(look, f->file, f->line, f->line));
	}
}

/* The findings of the rule without what is shut. */
static GPtrArray *ask(struct look *look)
{
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);

	shut_met(look);
	paths_shut(look->input->program, &look->shut);
	look->rule->check(look->rule, look->input, found);
	paths_shut(look->input->program, NULL);
	return found;
}

/* The finding at that place, out of `found`; NULL if there is none. */
static struct finding *take(GPtrArray *found, const struct finding *like)
{
	for (guint i = 0; i < found->len; i++)
		if (same_place(found->pdata[i], like))
			return g_ptr_array_steal_index(found, i);
	return NULL;
}

/* `other` is shown. What was hidden stays as well where it is of another continuation. */
static void show(struct look *look, struct finding *hidden, struct finding *other)
{
	struct suppression *by;

	if (g_strcmp0(hidden->root_usr, other->root_usr) == 0 && is_excused(look, hidden, &by)) {
		by->hits--;
		by->excuses = true;
		(void)g_ptr_array_remove(look->findings, hidden);
	}
	g_ptr_array_add(look->findings, other);
	look->is_new = true;
}

/* Looks at what the rule says now of what is open. True if another comment was met. */
static bool sort_out(struct look *look, GPtrArray *found)
{
	bool more = false;

	for (guint i = look->open->len; i-- > 0;) {
		struct finding *hidden = look->open->pdata[i];
		struct finding *other = take(found, hidden);
		struct suppression *by;

		if (other && is_excused(look, other, &by)) {
			by->excuses = true;
			more = g_hash_table_add(look->met, by) || more;
			finding_free(other);
			continue;
		}
		g_ptr_array_remove_index(look->open, i);
		if (other)
			show(look, hidden, other);
	}
	return more;
}

static void meet_all(struct look *look)
{
	const GPtrArray *all = look->input->suppressions;

	for (guint i = 0; i < all->len; i++) {
		struct suppression *row = all->pdata[i];

		if (suppress_rule_fits(row->rule, look->rule->id) &&
		    !suppress_is_over(row, look->input->today))
			g_hash_table_add(look->met, row);
	}
}

static void look_around(struct look *look)
{
	bool more = true;

	look->met = g_hash_table_new(NULL, NULL);
	look->open = g_ptr_array_new();
	open_excused(look);
	for (int round = 0; more && look->open->len && round <= MAX_ROUNDS; round++) {
		g_autoptr(GPtrArray) found = NULL;

		if (round == MAX_ROUNDS)
			meet_all(look);
		found = ask(look);
		more = sort_out(look, found);
	}
	g_ptr_array_unref(look->open);
	g_hash_table_unref(look->met);
}

/* A comment on another way to what is shown is there for the day on which the shown way goes. */
static void mark_ways(const struct look *look)
{
	const char *today = look->input->today;

	for (guint i = 0; i < look->findings->len; i++) {
		const struct finding *finding = look->findings->pdata[i];
		bool at_sink;

		if (suppress_find(look->index, finding, today, &at_sink) && at_sink)
			continue;
		for (guint k = 0; k < finding->ways->len; k++) {
			const struct finding_way *way = finding->ways->pdata[k];
			struct suppression *by =
				suppress_find_step(look->index, finding->rule, way->steps, today);

			if (by)
				by->excuses = true;
		}
	}
}

void detours_look(const struct rule_input *input, GPtrArray *findings)
{
	struct look look = {.input = input, .findings = findings};

	if (input->suppressions->len == 0)
		return;
	look.index = suppress_index(input->suppressions);
	look.shut.edges = g_new0(bool, input->program->edge_count + 1);
	look.shut.registrations = g_new0(bool, input->program->registration_count + 1);
	for (const struct rule *const *rule = input->rules; *rule; rule++) {
		look.rule = *rule;
		if (strcmp(look.rule->family, "hygiene") != 0)
			look_around(&look);
	}
	mark_ways(&look);
	g_free(look.shut.edges);
	g_free(look.shut.registrations);
	g_hash_table_unref(look.index);
	if (look.is_new)
		findings_seal(findings);
}
