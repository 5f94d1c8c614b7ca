/* Heavy computation inside a continuation: calls that models call heavy, and loops over constants
 * that take more than a millisecond. What it misses is in the rule's own text below. */
#include "rules/rule.h"
#include "rules/story.h"

#define UNKNOWN_CONDITION 0.3 /* a pattern, a script: mostly short */
#define OPEN_SIZE 0.3         /* nobody has said how much is sorted: mostly little */

struct heavy {
	const struct rule *rule;
	const struct rule_input *input;
	GHashTable *known;
	GPtrArray *findings;
};

static void tell(const struct heavy *h, const struct path *path, uint32_t function, fact_id event,
		 const char *claim, const char *step, const char *instead, double certainty)
{
	const struct story story = {
		.rule = h->rule,
		.input = h->input,
		.path = path,
		.function = function,
		.event = event,
		.claim = claim,
		.step = step,
		.instead = instead,
		.certainty = certainty,
		.why = "size",
	};

	story_keep_surest(h->known, h->findings, story_tell(&story));
}

/* "qsort() computes about 8 ms on the I/O thread" */
static char *call_claim(const struct heavy *h, const char *callee, const struct cost_term *term,
			bool sized)
{
	g_autofree char *text = NULL;

	if (term->count > 0) {
		text = cost_size_text(program_costs(h->input->program), term->factors[0].size);
		return g_strdup_printf(
			"%s() computes on the I/O thread, the longer the larger %s is", callee,
			text);
	}
	text = story_time(term->units);
	return sized ? g_strdup_printf("%s() computes about %s on the I/O thread", callee, text)
		     : g_strdup_printf("%s() computes for long on the I/O thread", callee);
}

/* Most of what is sorted is little; a list does not say how long it is. */
static double certainty_of(const struct costs *costs, const struct model_sink *sink,
			   const struct cost_term *term)
{
	enum cost_weight weight = cost_term_weight(costs, term);
	bool unsized = sink->sorting && sink->size_arg < 0;

	if (sink->size_field && !term->library)
		return story_weight(COST_OPEN);
	return unsized || (term->sorting && weight == COST_OPEN) ? OPEN_SIZE : story_weight(weight);
}

static void check_call(const struct heavy *h, const struct sink_site *site)
{
	struct costs *costs = program_costs(h->input->program);
	const struct path *path = paths_best(h->input->program, site);
	const char *callee = paths_sink_name(h->input->program, site);
	g_autofree char *claim = NULL;
	g_autofree char *step = NULL;
	g_autofree char *instead = NULL;
	struct cost_term term;
	double certainty;

	if (!path || !cost_library_call(costs, site->function, site->event, &term))
		return;
	cost_along(costs, path, &term);
	cost_within(costs, path, site, &term);
	if (term.count == 0 && term.units < story_limit(h->input, path))
		return;
	certainty = certainty_of(costs, site->sink, &term) *
		    (path->verdict == FORMULA_UNKNOWN ? UNKNOWN_CONDITION : 1);
	claim = call_claim(h, callee, &term, term.library);
	step = site->sink->note ? g_strdup_printf("calls %s(): %s", callee, site->sink->note)
				: g_strdup_printf("calls %s()", callee);
	instead = site->sink->instead
			  ? story_instead(h->input, path->registration, site->sink->instead)
			  : story_offload(h->input, path->registration);
	tell(h, path, site->function, site->event, claim, step, instead, certainty);
}

static double rounds_of(const struct costs *costs, const struct cost_site *site)
{
	const struct cost_loop *loop = cost_site_loop(costs, site);

	return loop ? loop->trips : 0;
}

static void check_site(const struct heavy *h, const struct cost_site *site)
{
	const struct program *program = h->input->program;
	const struct path *path = story_path(h->input, site->function, site->via);
	g_autofree char *time = story_time(site->term.units);
	g_autofree char *claim = NULL;
	g_autofree char *step = NULL;
	g_autofree char *instead = NULL;
	double limit;

	if (!path)
		return;
	limit = story_limit(h->input, path);
	if (site->term.units < limit)
		return;
	if (site->kind == COST_SITE_CONSTANT) {
		claim = g_strdup_printf("this loop computes about %s on the I/O thread", time);
		step = g_strdup_printf("loops %.0f times", rounds_of(program_costs(program), site));
	} else {
		claim = g_strdup_printf(
			"%s() computes about %s with this argument on the I/O thread",
			story_sink(program, site->function, site->via), time);
		step = g_strdup("calls it with a large constant");
	}
	instead = story_offload(h->input, path->registration);
	tell(h, path, site->function, site->via, claim, step, instead,
	     story_estimate(site->term.units, limit));
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	g_autoptr(GHashTable) known = story_places();
	const struct heavy h = {rule, input, known, findings};
	const GArray *calls = paths_sinks(input->program);
	const GArray *sites = cost_sites(program_costs(input->program));

	for (guint i = 0; i < calls->len; i++) {
		const struct sink_site *site = &g_array_index(calls, struct sink_site, i);

		if (site->sink->kind == MODEL_COMPUTE && site->sink->class == MODEL_C2)
			check_call(&h, site);
	}
	for (guint i = 0; i < sites->len; i++) {
		const struct cost_site *site = &g_array_index(sites, struct cost_site, i);

		if (site->kind == COST_SITE_CONSTANT || site->kind == COST_SITE_ARGUMENT)
			check_site(&h, site);
	}
}

const struct rule rule_heavy_compute_call = {
	.id = "heavy-compute-call",
	.family = "computes",
	.summary = "A continuation computes for more than a millisecond on the I/O thread.",
	.why = "Deriving a key from a password takes a tenth of a second on purpose, making a key "
	       "pair more, compressing or sorting as long as there is data. While one thread does "
	       "it, nobody else's packet is read, and no profile of the whole shows it: the "
	       "processor is busy, as it should be. A loop over a constant number of rounds is "
	       "the same in our own code.",
	.instead =
		"Give the work to a worker and go on in its completion: cport_offload, "
		"uv_queue_work, g_task_run_in_thread, a thread of one's own. Where the result can "
		"wait, do a bounded piece in each turn. Bound what a peer can ask for: the length "
		"of what is compressed, the number of rounds, the subject of a pattern.",
	.misses = "Costs are estimates: a unit is a step of the source, about a nanosecond, and a "
		  "branch costs the mean of its arms. A compiler makes simple loops up to twenty "
		  "times quicker, so what loops over constants are guessed to take has medium "
		  "confidence from ten milliseconds on and low below, unless the budget is set "
		  "below the usual one millisecond. Library functions without a model cost "
		  "nothing. Sizes that pass through several structures are not known, which lowers "
		  "the confidence; those that only a configuration file sets are reported with low "
		  "confidence, as are patterns and scripts, of which nobody knows how long they "
		  "run. Loops whose number of rounds is no constant are left to "
		  "superlinear-loop, and a single loop over data is not reported at all.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
