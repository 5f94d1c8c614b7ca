/* The few largest walks over everything that there is, inside a continuation: containers whose
 * elements other turns of the loop make. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/story.h"
#include "rules/trail.h"

#define MOST 20          /* findings a program: the worst, so that they can be read */
#define CERTAINTY 0.65   /* nobody has said how much there is */
#define LIMIT_SHARE 2000 /* so many elements that take the limit together are worth a note */

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
	const GArray *loops = cost_loops(costs, site->function);

	for (uint32_t row = loop->outer; row != COST_NONE;) {
		const struct cost_loop *outer = &g_array_index(loops, struct cost_loop, row);

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
		if (!loop->budget && !loop->searches &&
		    site->term.units * LIMIT_SHARE >= cost_limit(costs) &&
		    cost_loop_grown_by(costs, site->function, loop) != PROGRAM_NONE &&
		    !is_within_another(costs, site, loop))
			g_ptr_array_add(walks, site);
	}
	g_ptr_array_sort(walks, worst_first);
	return walks;
}

/* True if it has been told. */
static bool tell(const struct checker *c, const struct cost_site *site)
{
	struct costs *costs = program_costs(c->input->program);
	uint32_t by = cost_loop_grown_by(costs, site->function, cost_site_loop(costs, site));
	const struct path *path = story_path(c->input, site->function, site->via);
	g_autofree char *size = NULL;
	g_autofree char *time = NULL;
	g_autofree char *claim = NULL;
	struct story story;

	if (!path)
		return false;
	size = cost_size_text(costs, cost_site_loop(costs, site)->size);
	time = story_time(site->term.units);
	claim = g_strdup_printf("this loop goes through all of %s on the I/O thread, about %s for "
				"each; %s() makes more of them in other turns",
				size, time, c->input->program->functions[by].name);
	story = (struct story){
		.rule = c->rule,
		.input = c->input,
		.path = path,
		.function = site->function,
		.event = site->via,
		.claim = claim,
		.step = "goes through everything",
		.instead = "do a bounded part in each turn, or give it to a worker",
		.certainty = CERTAINTY,
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
		"silent; that something fails or a buffer is full is no such end.",
	.level = FINDING_NOTE,
	.precision = "low",
	.off_by_default = true,
	.check = check,
};
