/* The few largest walks over everything that there is, inside a continuation: containers whose
 * elements other turns of the loop make. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/story.h"
#include "rules/trail.h"

#define MOST 20            /* findings a program: the worst, so that they can be read */
#define CERTAINTY 0.65     /* nobody says how much there is, but the program minds */
#define NO_SIGN 0.3        /* there may always be few of them */
#define CALLERS 4          /* calls up to where the program looks at the clock */
#define WAYS 3             /* callers of one function that are looked at */
#define LIMIT_SHARE 2000   /* so many elements that take the limit together are worth a note */
#define MINDED_SHARE 20000 /* where the program shows that it minds */

struct checker {
	const struct rule *rule;
	const struct rule_input *input;
	GHashTable *known;
	GPtrArray *findings;
};

/* Is the loop around it a walk as well? Then that one is told. */
static bool is_within_another(struct costs *costs, const struct cost_site *site,
			      const struct cost_loop *loop)
{
	const struct cost_loops loops = cost_loops(costs, site->function);

	for (uint32_t row = loop->outer; row != COST_NONE;) {
		const struct cost_loop *outer = &loops.rows[row];

		if (outer->walks &&
		    cost_loop_grown_by(costs, site->function, outer) != PROGRAM_NONE)
			return true;
		row = outer->outer;
	}
	return false;
}

static int worst_first(gconstpointer left, gconstpointer right)
{
	const struct cost_site *a = *(const struct cost_site *const *)left;
	const struct cost_site *b = *(const struct cost_site *const *)right;

	if (a->term.units != b->term.units)
		return a->term.units > b->term.units ? -1 : 1;
	return a->function != b->function ? (a->function < b->function ? -1 : 1)
					  : (a->via > b->via) - (a->via < b->via);
}

static GPtrArray *find_walks(struct costs *costs)
{
	const GArray *sites = cost_sites(costs);
	GPtrArray *walks = g_ptr_array_new();

	for (guint i = 0; i < sites->len; i++) {
		struct cost_site *site = &g_array_index(sites, struct cost_site, i);
		const struct cost_loop *loop;

		if (site->kind != COST_SITE_WALK)
			continue;
		loop = cost_site_loop(costs, site);
		if (!loop->budget && site->term.units * MINDED_SHARE >= cost_limit(costs) &&
		    !cost_loop_searches(costs, site->function, loop) &&
		    cost_loop_grown_by(costs, site->function, loop) != PROGRAM_NONE &&
		    !is_within_another(costs, site, loop))
			g_ptr_array_add(walks, site);
	}
	g_ptr_array_sort(walks, worst_first);
	return walks;
}

/* ---- signs that it is known to take long ---------------------------------------------------- */

enum sign {
	SIGN_NONE,
	SIGN_AROUND, /* it is measured */
	SIGN_LOOP,   /* it is done in turns, of which each does all of it */
	SIGN_CURSOR, /* where it has come to is kept, so that it can go on later */
};

static const char *const sign_words[] = {
	[SIGN_NONE] = "",
	[SIGN_AROUND] = "; the program itself measures how long that takes",
	[SIGN_LOOP] = "; the loop around it stops when the time is over, but not in between",
	[SIGN_CURSOR] = "; it could go on in another turn, as its cursor is kept",
};

static enum sign sign_above(const struct program *program, struct costs *costs, uint32_t function,
			    fact_id event, int depth)
{
	const struct program_function *f = &program->functions[function];
	enum cost_timed timed = cost_timed(costs, function, event);
	uint32_t ways = 0;

	if (timed != COST_TIMED_NOT)
		return timed == COST_TIMED_LOOP ? SIGN_LOOP : SIGN_AROUND;
	for (uint32_t i = 0; depth < CALLERS && i < f->in_count && ways < WAYS; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		enum sign sign;

		if (!program_is_sure(edge) || program->functions[edge->caller].is_loop ||
		    !(program->functions[edge->caller].contexts & CONTEXT_IO))
			continue;
		ways++;
		sign = sign_above(program, costs, edge->caller, edge->event, depth + 1);
		if (sign != SIGN_NONE)
			return sign;
	}
	return SIGN_NONE;
}

/* while ((x = next(conn->iter))): is what it goes on with kept in a record? */
static bool keeps_cursor(const struct program *program, uint32_t function,
			 const struct cost_loop *loop)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v =
		loop->limit == FACT_NONE ? NULL : program_value(program, unit, loop->limit);
	const struct fact_event *call;

	if (!v || !loop->leaves || v->kind != FACT_VALUE_CALL)
		return false;
	call = program_event(program, unit, v->a);
	v = call->c == 1 ? program_value(program, unit, program_argument(program, unit, call, 0))
			 : NULL;
	return v && v->kind == FACT_VALUE_FIELD;
}

static enum sign sign_of(const struct program *program, struct costs *costs,
			 const struct cost_site *site)
{
	if (keeps_cursor(program, site->function, cost_site_loop(costs, site)))
		return SIGN_CURSOR;
	return sign_above(program, costs, site->function, site->via, 0);
}

/* True if it has been told. */
static bool tell(const struct checker *c, const struct cost_site *site)
{
	struct costs *costs = program_costs(c->input->program);
	uint32_t by = cost_loop_grown_by(costs, site->function, cost_site_loop(costs, site));
	enum sign sign = sign_of(c->input->program, costs, site);
	const struct path *path;
	g_autofree char *size = NULL;
	g_autofree char *time = NULL;
	g_autofree char *claim = NULL;
	struct story story;

	if (sign == SIGN_NONE && site->term.units * LIMIT_SHARE < cost_limit(costs))
		return false;
	path = sign == SIGN_NONE ? story_first_path(c->input, site->function, site->via)
				 : story_path(c->input, site->function, site->via);
	if (!path)
		return false;
	size = cost_size_text(costs, cost_site_loop(costs, site)->size);
	time = story_time(site->term.units);
	claim = g_strdup_printf("this loop goes through all of %s on the I/O thread, about %s for "
				"each; %s() makes more of them in other turns%s",
				size, time, c->input->program->functions[by].name,
				sign_words[sign]);
	story = (struct story){
		.rule = c->rule,
		.input = c->input,
		.path = path,
		.function = site->function,
		.event = site->via,
		.claim = claim,
		.step = "goes through everything",
		.instead = "do a bounded part in each turn, or give it to a worker",
		.certainty = sign == SIGN_NONE ? NO_SIGN : CERTAINTY,
		.why = "sizes",
	};
	story_keep_surest(c->known, c->findings, story_tell(&story));
	return true;
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autoptr(GHashTable) known = story_places();
	const struct checker c = {rule, input, known, findings};
	g_autoptr(GPtrArray) walks = find_walks(program_costs(input->program));
	guint told = 0;

	for (guint i = 0; i < walks->len && told < MOST; i++)
		told += tell(&c, walks->pdata[i]);
}

const struct rule rule_unbounded_walk = {
	.id = "unbounded-walk",
	.family = "computes",
	.summary = "A continuation goes through everything that there is, and what is in it.",
	.why = "Writing out a whole database, summing up all sessions of all users, comparing "
	       "every table row by row: each step is cheap and needed, and nobody looks at the "
	       "loop again. What there is grows with the users. One day a compaction or a page of "
	       "statistics takes seconds, and for so long nothing else is served.",
	.instead =
		"Do a bounded number of elements in each turn and go on in the next, with a cursor "
		"that survives what is removed meanwhile. Or take a snapshot and give it to a "
		"worker. Where the numbers are only counted, count them when they change.",
	.misses =
		"Only linked lists and iterators are seen, no arrays, and only where the loop's "
		"own "
		"thread allocates the elements, in a loop over what came in, in another turn than "
		"the "
		"walk's. What is made while a file is read line by line counts as a configuration. "
		"How "
		"many elements there are is not known: the twenty places with the most work for an "
		"element are told, from half a microsecond on, whatever there is of them. Loops "
		"that "
		"end after a number of rounds, at a time or at the element that is looked for are "
		"silent; that something fails or a buffer is full is no such end. What is always "
		"few looks the same as what may be many. So the confidence is low unless the "
		"program shows that it minds: it measures how long it takes, or works on until "
		"the time is over, in at most four direct calls from there, or it keeps a cursor "
		"in a record, with which it could go on later.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.check = check,
};
