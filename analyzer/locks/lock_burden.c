/* What is done while a lock is held: a search forward from the calls made under it, nearest first,
 * for one that blocks or computes for long. Calls before which a helper gives the lock back do not
 * count, nor does a condition variable that waits with this very lock. */
#include "analyzer/locks/lock_private.h"
#include "analyzer/program_private.h"

#define MAX_FUNCTIONS 2000 /* looked at from one hold */

/* Sinks of each function looked at, whoever runs it. */
struct lock_sinks {
	GHashTable *known; /* function + 1 -> GArray of struct sink_site */
};

/* A function reached from a hold. */
struct visit {
	uint32_t function;
	uint32_t from; /* visit, or NONE: called by the hold itself */
	uint32_t edge; /* by which it is reached; NONE: the function of the hold */
	guint hold;
	double certainty;
};

struct search {
	const struct program *program;
	struct locks *locks;
	uint32_t lock;
	GArray *visits;   /* struct visit */
	GHashTable *seen; /* function + 1 */
	struct lock_burden *best;
	double best_score;
};

static bool holds_thread(const struct model_sink *sink)
{
	if (sink->kind == MODEL_LOCK)
		return false;
	return sink->class == MODEL_W3 || sink->class == MODEL_W2 || sink->class == MODEL_C2;
}

static const GArray *sinks_of(struct search *search, uint32_t function)
{
	GHashTable *known = search->locks->sinks->known;
	GArray *sites = g_hash_table_lookup(known, GUINT_TO_POINTER(function + 1));

	if (!sites) {
		sites = paths_sites_of(search->program, function);
		for (guint i = sites->len; i-- > 0;)
			if (!holds_thread(g_array_index(sites, struct sink_site, i).sink))
				g_array_remove_index(sites, i);
		g_hash_table_insert(known, GUINT_TO_POINTER(function + 1), sites);
	}
	return sites;
}

static bool may_be(const struct search *search, struct lock_ref ref)
{
	return ref.kind != LOCK_REF_NAMED || locks_are_same(search->program, ref.id, search->lock);
}

/* Has the function given the lock back before `event`? */
static bool is_gap(const struct search *search, uint32_t function, fact_id event)
{
	const struct lock_function *f = search->locks->functions[function];

	for (guint i = 0; f && i < f->gaps->len; i++) {
		const struct lock_gap *gap = &g_array_index(f->gaps, struct lock_gap, i);

		if (gap->event == event && may_be(search, gap->ref))
			return true;
	}
	return false;
}

/* Does the call give back our lock while it waits? */
static bool waits_with_it(const struct search *search, const struct sink_site *site)
{
	const struct program *program = search->program;
	const struct fact_event *e =
		program_event(program, program->functions[site->function].unit, site->event);

	for (guint i = 0; i < site->model->lock_count; i++) {
		const struct model_lock *use = &site->model->locks[i];

		if (use->use != MODEL_LOCK_ACQUIRE &&
		    may_be(search,
			   lock_place(search->locks, program, site->function,
				      program_argument(program,
						       program->functions[site->function].unit, e,
						       (uint32_t)use->arg))))
			return true;
	}
	return false;
}

/* The condition of `site` over the parameters of the function where the hold is. */
static formula_id at_hold(const struct search *search, const struct sink_site *site, uint32_t visit)
{
	struct conditions *conditions = program_conditions(search->program);
	formula_id formula = site->formula;

	while (visit != PROGRAM_NONE) {
		const struct visit *v = &g_array_index(search->visits, struct visit, visit);

		formula = conditions_before(conditions, formula, &search->program->edges[v->edge]);
		visit = v->from;
	}
	return formula;
}

static GArray *edges_to(const struct search *search, uint32_t visit)
{
	GArray *edges = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (; visit != PROGRAM_NONE;
	     visit = g_array_index(search->visits, struct visit, visit).from) {
		uint32_t edge = g_array_index(search->visits, struct visit, visit).edge;

		g_array_prepend_val(edges, edge);
	}
	return edges;
}

static double weight(const struct search *search, const struct sink_site *site, formula_id formula,
		     double certainty)
{
	bool proven = conditions_at_root(program_conditions(search->program), formula,
					 PROGRAM_NONE) == FORMULA_TRUE;

	return certainty * (proven ? 1 : 0.5) * (site->sink->class == MODEL_W3 ? 1 : 0.8) *
	       (site->on_failure ? 0.5 : 1);
}

static void consider(struct search *search, const struct lock_hold *hold,
		     const struct sink_site *site, uint32_t visit, double certainty)
{
	struct lock_burden *best = search->best;
	formula_id formula = at_hold(search, site, visit);
	double score;

	if (formula == FORMULA_FALSE || waits_with_it(search, site))
		return;
	if (hold->in != hold->function)
		formula = conditions_at_root(program_conditions(search->program), formula,
					     PROGRAM_NONE);
	score = weight(search, site, formula, certainty);
	if (formula == FORMULA_FALSE || score <= search->best_score)
		return;
	lock_burden_clear(best);
	search->best_score = score;
	best->hold = hold;
	best->site = *site;
	best->site.formula = formula;
	best->edges = edges_to(search, visit);
	best->certainty = certainty;
}

static void visit(struct search *search, uint32_t edge, uint32_t from, guint hold, double certainty)
{
	const struct program_edge *e = &search->program->edges[edge];
	struct visit next = {e->callee, from, edge, hold, certainty * paths_edge_certainty(e)};

	if (search->visits->len < MAX_FUNCTIONS &&
	    g_hash_table_add(search->seen, GUINT_TO_POINTER(e->callee + 1)))
		g_array_append_val(search->visits, next);
}

/* What the held call itself is, and whom it calls. */
static void begin(struct search *search, guint number)
{
	const struct program *program = search->program;
	const struct lock_hold *hold =
		&g_array_index(search->locks->holds, struct lock_hold, number);
	const GArray *sites = sinks_of(search, hold->in);
	const struct program_function *f = &program->functions[hold->in];

	for (guint i = 0; i < sites->len; i++) {
		const struct sink_site *site = &g_array_index(sites, struct sink_site, i);

		if (site->event == hold->event)
			consider(search, hold, site, PROGRAM_NONE, 1);
	}
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++)
		if (program->edges[i].event == hold->event)
			visit(search, i, PROGRAM_NONE, number, 1);
}

static void expand(struct search *search, guint number)
{
	const struct program *program = search->program;
	struct visit v = g_array_index(search->visits, struct visit, number);
	const struct program_function *f = &program->functions[v.function];
	const struct lock_hold *hold =
		&g_array_index(search->locks->holds, struct lock_hold, v.hold);
	const GArray *sites = sinks_of(search, v.function);

	for (guint i = 0; i < sites->len; i++) {
		const struct sink_site *site = &g_array_index(sites, struct sink_site, i);

		if (!is_gap(search, v.function, site->event))
			consider(search, hold, site, number, v.certainty);
	}
	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++)
		if (!is_gap(search, v.function, program->edges[i].event))
			visit(search, i, number, v.hold, v.certainty);
}

bool locks_burden(const struct program *program, guint first, guint last,
		  struct lock_burden *ret_burden)
{
	struct locks *locks = program->private->locks;
	struct lock_burden best = {0};
	struct search search = {.program = program, .locks = locks, .best = &best};

	if (!locks->sinks) {
		locks->sinks = g_new0(struct lock_sinks, 1);
		locks->sinks->known =
			g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	}
	search.lock = g_array_index(locks->holds, struct lock_hold, first).lock;
	search.visits = g_array_new(FALSE, FALSE, sizeof(struct visit));
	search.seen = g_hash_table_new(NULL, NULL);
	for (guint i = first; i < last; i++)
		begin(&search, i);
	for (guint i = 0; i < search.visits->len; i++)
		expand(&search, i);
	g_array_unref(search.visits);
	g_hash_table_unref(search.seen);
	if (!best.hold)
		return false;
	*ret_burden = best;
	return true;
}

void lock_burden_clear(struct lock_burden *burden)
{
	if (burden->edges)
		g_array_unref(burden->edges);
	burden->edges = NULL;
}

void lock_sinks_free(struct lock_sinks *sinks)
{
	if (!sinks)
		return;
	g_hash_table_unref(sinks->known);
	g_free(sinks);
}
