/* Loops whose work grows faster than the data, inside a continuation. What it misses is in the
 * rule's own text below. */
#include <string.h>

#include "rules/rule.h"
#include "rules/story.h"
#include "rules/trail.h"

/* How much a square counts: through calls it may be a rare way; a factor whose end a call says may
 * be a retry; a string that nobody is seen to have sent is mostly a word or a line. */
#define SOME_STRING 0.6
#define THROUGH_CALL 0.5
#define THROUGH_CALLS 0.35
#define RESULT 0.4
#define SEARCH 0.6   /* the loop around may end at what it looks for */
#define OWN_LIST 0.4 /* a list of one object, mostly short */

struct checker {
	const struct rule *rule;
	const struct rule_input *input;
	GHashTable *known;
	GPtrArray *findings;
};

static bool is_same(const struct cost_size *a, const struct cost_size *b)
{
	return a->kind == b->kind && a->root == b->root && a->root_id == b->root_id &&
	       a->word == b->word;
}

/* Is it up to the callers, who pass it as it is? */
static bool is_passed(const struct cost_size *size)
{
	return size->root == COST_ROOT_PARAM && size->symbol == COST_NONE &&
	       (size->kind == COST_NUMBER || size->kind == COST_STRING);
}

static bool is_number(const struct cost_size *size)
{
	return size->kind != COST_LIST && size->kind != COST_ELEMENTS;
}

/* May they be the same for some caller? */
static bool may_be_same(const struct cost_size *a, const struct cost_size *b)
{
	if (a->root != COST_ROOT_PARAM && b->root != COST_ROOT_PARAM)
		return is_same(a, b);
	return (is_passed(a) && is_number(b)) || (is_passed(b) && is_number(a)) ||
	       (a->kind == b->kind && a->symbol == b->symbol);
}

/* Do two of the factors that count answer to `alike`? */
static bool any_two(const struct costs *costs, const struct cost_term *term,
		    bool (*alike)(const struct cost_size *a, const struct cost_size *b))
{
	for (uint32_t i = 0; i < term->count; i++)
		for (uint32_t k = i + 1; k < term->count; k++)
			if (!term->factors[i].nested && !term->factors[k].nested &&
			    alike(cost_size(costs, term->factors[i].size),
				  cost_size(costs, term->factors[k].size)))
				return true;
	return false;
}

/* Can callers make constants of all sizes? */
static bool may_be_constant(const struct costs *costs, const struct cost_term *term)
{
	for (uint32_t i = 0; i < term->count; i++)
		if (!is_passed(cost_size(costs, term->factors[i].size)))
			return false;
	return true;
}

/* Two different sizes may well be the size of the data, as width times height, and where events
 * make both of them longer they were, in six programs read, the configuration and the log files. So
 * only squares are told: a string that is measured or added to in a loop over it, a size that
 * occurs twice, also if callers make it so, and constants. */
static bool is_never_told(const struct costs *costs, const struct cost_term *term)
{
	return !any_two(costs, term, may_be_same) && !may_be_constant(costs, term);
}

/* Has a factor no bound that can be seen? Then the product says nothing, whoever calls. */
static bool is_unbounded(const struct costs *costs, const struct cost_term *term)
{
	for (uint32_t i = 0; i < term->count; i++) {
		uint32_t kind = cost_size(costs, term->factors[i].size)->kind;

		if (!term->factors[i].nested && (kind == COST_UNKNOWN || kind == COST_DEPTH))
			return true;
	}
	return false;
}

/* Did the continuation itself get it, alone or in a record? It is what the event brought then; what
 * stands further off, or was made of it, is the program's own. */
static bool is_given(const struct program *program, const struct path *path,
		     const struct cost_size *size)
{
	uint32_t root = path->edges->len == 0
				? path->function
				: program->edges[g_array_index(path->edges, uint32_t, 0)].caller;
	const struct fact_value value = {.kind = FACT_VALUE_PARAM, .a = size->root_id};
	g_autofree char *said = NULL;
	const struct fact_param *param;
	const char *name;

	if (size->root != COST_ROOT_PARAM || size->function != root)
		return false;
	param = program_local(program, root, &value);
	name = facts_string(program_facts(program, root), param->name);
	said = cost_said(program_costs(program), size);
	if (!g_str_has_prefix(said, name))
		return false;
	name = strpbrk(said, ">.[");
	return !name || !strpbrk(name + 1, ">.[");
}

/* 0 if the product says nothing. */
static double certainty_of(const struct checker *c, const struct cost_site *site,
			   const struct path *path, const struct cost_term *term)
{
	struct costs *costs = program_costs(c->input->program);
	double certainty = story_weight(cost_term_weight(costs, term));

	if (is_unbounded(costs, term) || !any_two(costs, term, is_same))
		return 0;
	for (uint32_t i = 0; i < term->count; i++) {
		const struct cost_size *size = cost_size(costs, term->factors[i].size);

		if (!term->factors[i].nested &&
		    (size->kind == COST_RESULT || size->kind == COST_ELEMENTS))
			certainty *= RESULT;
		if (i == 0 && size->kind == COST_LIST && size->root != COST_ROOT_GLOBAL &&
		    size->weight < COST_EVENT)
			certainty *= OWN_LIST;
		if (i == 0 && size->kind == COST_STRING && size->weight == COST_OPEN &&
		    !is_given(c->input->program, path, size))
			certainty *= SOME_STRING;
	}
	if (cost_loop_searches(costs, site->function, cost_site_loop(costs, site)))
		certainty *= SEARCH;
	if (term->depth > 0)
		certainty *= term->depth == 1 ? THROUGH_CALL : THROUGH_CALLS;
	return certainty;
}

/* Is it a call that appends to what it has made itself? */
static bool appends(const struct program *program, const struct cost_site *site)
{
	uint32_t unit = program->functions[site->function].unit;
	const struct fact_event *e = program_event(program, unit, site->via);
	const struct model_function *model =
		e->kind == FACT_EVENT_CALL ? program_call_model(program, unit, e) : NULL;

	for (guint i = 0; model && i < model->sink_count; i++)
		if (model->sinks[i].appends)
			return true;
	return false;
}

/* The two factors that multiply: the first and the last that are not nested. */
static char *claim_of(const struct checker *c, const struct cost_site *site,
		      const struct cost_term *term)
{
	const struct program *program = c->input->program;
	struct costs *costs = program_costs(program);
	const char *sink = story_sink(program, site->function, site->via);
	g_autofree char *outer = NULL;
	g_autofree char *inner = NULL;

	if (term->count == 0) {
		g_autofree char *time = story_time(term->units);

		return g_strdup_printf("%s takes %s in a loop on the I/O thread", sink, time);
	}
	for (uint32_t i = 0; i < term->count; i++) {
		if (term->factors[i].nested)
			continue;
		if (!outer) {
			outer = cost_size_text(costs, term->factors[i].size);
			continue;
		}
		g_free(inner);
		inner = cost_size_text(costs, term->factors[i].size);
	}
	if (!inner)
		inner = g_strdup(outer);
	if (appends(program, site))
		return g_strdup_printf("%s() goes over all that it has appended before in each "
				       "round of a loop over %s on the I/O thread",
				       sink, outer);
	if (program_event(program, program->functions[site->function].unit, site->via)->kind ==
	    FACT_EVENT_LOOP)
		return g_strdup_printf("this loop over %s runs again in each round of a loop over "
				       "%s on the I/O thread",
				       inner, outer);
	return g_strdup_printf(
		"%s() goes over %s again in each round of a loop over %s on the I/O thread", sink,
		inner, outer);
}

/* The term of the site as it is on `path`, and how sure it is that it is too much; false if it is
 * not. */
static bool weigh(const struct checker *c, const struct cost_site *site, const struct path *path,
		  struct cost_term *ret_term, double *ret_certainty)
{
	*ret_term = site->term;
	cost_along(program_costs(c->input->program), path, ret_term);
	if (ret_term->count == 0) {
		double limit = story_limit(c->input, path);

		*ret_certainty = story_estimate(ret_term->units, limit);
		return ret_term->units >= limit;
	}
	*ret_certainty = certainty_of(c, site, path, ret_term);
	return cost_term_degree(ret_term) >= 2 && *ret_certainty > 0;
}

/* The path to tell, with its term. The one that is found first decides whether it is too much; the
 * surest is looked for only where it is not just of low confidence, since that takes most of the
 * time. */
static const struct path *find_path(const struct checker *c, const struct cost_site *site,
				    struct cost_term *ret_term, double *ret_certainty)
{
	const struct path *path = story_first_path(c->input, site->function, site->via);

	if (!path || !weigh(c, site, path, ret_term, ret_certainty))
		return NULL;
	if (trail_confidence(*ret_certainty * path->root_certainty * path->call_certainty) ==
	    FINDING_LOW)
		return path;
	path = story_path(c->input, site->function, site->via);
	return path && weigh(c, site, path, ret_term, ret_certainty) ? path : NULL;
}

static void check_site(const struct checker *c, const struct cost_site *site)
{
	const struct program *program = c->input->program;
	struct costs *costs = program_costs(program);
	g_autofree char *claim = NULL;
	const struct path *path;
	struct cost_term term;
	struct finding *finding;
	struct story story;
	double certainty;

	if (is_unbounded(costs, &site->term) || is_never_told(costs, &site->term))
		return;
	path = find_path(c, site, &term, &certainty);
	if (!path)
		return;
	claim = claim_of(c, site, &term);
	story = (struct story){
		.rule = c->rule,
		.input = c->input,
		.path = path,
		.function = site->function,
		.event = site->via,
		.step = "does it all in each round",
		.instead = "keep an index, or do a bounded part in each turn",
		.claim = claim,
		.certainty = certainty,
		.why = "sizes",
	};
	finding = story_tell(&story);
	trail_add(finding, program, STEP_LOOP, site->function,
		  program->functions[site->function].unit, site->loop,
		  g_strdup("is the loop around"));
	story_keep_surest(c->known, c->findings, finding);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autoptr(GHashTable) known = story_places();
	const struct checker c = {rule, input, known, findings};
	const GArray *sites = cost_sites(program_costs(input->program));

	for (guint i = 0; i < sites->len; i++) {
		const struct cost_site *site = &g_array_index(sites, struct cost_site, i);

		if (site->kind == COST_SITE_PRODUCT)
			check_site(&c, site);
	}
}

const struct rule rule_superlinear_loop = {
	.id = "superlinear-loop",
	.family = "computes",
	.summary = "A continuation has a loop whose work grows with the square of the data.",
	.why = "A loop over the data inside a loop over the data, strlen() or strcat() in a loop, "
	       "the search through a list for each element of another: with ten entries nobody "
	       "notices, with ten thousand it is a hundred million steps while every other "
	       "connection waits. A peer that decides how many there are decides how long the "
	       "thread is held.",
	.instead =
		"Remember what is looked for again and again: a hash table, a sorted array, the "
		"length of the string, the end of the list. Where the work must be done, bound how "
		"much a peer can ask for, do a part in each turn, or give it to a worker.",
	.misses =
		"The bound of a loop is read off its condition: loops that end by a break only, "
		"or through an iterator, are not multiplied or have a low confidence. An inner "
		"loop over the parts of each element is taken for one pass over all parts. A loop "
		"that may end at what it looks for counts less, as if it mostly did; so does a "
		"list of one object, as if it were mostly short. Two different sizes are not told, "
		"not even where both grow in continuations: one is mostly the configuration. "
		"Where callers decide whether they are the same, the first way that is found is "
		"asked, and no other. "
		"Recursion has no known depth and is not reported.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
