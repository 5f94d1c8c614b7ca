/* A function that is declared not to block reaches a call that does. What it misses is in the
 * rule's own text below. */
#include "analyzer/conditions/condition.h"
#include "analyzer/pair_key.h"
#include "analyzer/promise.h"
#include "rules/rule.h"
#include "rules/trail.h"

#define MAX_FUNCTIONS 2000 /* looked at from one */

/* A function reached from the one that is declared. */
struct visit {
	uint32_t function;
	uint32_t from; /* visit, or NONE */
	uint32_t edge; /* by which it is reached */
	double certainty;
};

struct search {
	const struct rule *rule;
	const struct program *program;
	uint32_t declared;
	const char *into; /* the place that makes the promise, NULL if the function does itself */
	GArray *visits;   /* struct visit */
	GHashTable *seen; /* function + 1 */
	GHashTable
		*known; /* sink event's place: one finding each, from the first declared function */
	GPtrArray *findings;
};

static bool is_declared(const struct program *program, uint32_t function, uint32_t flag)
{
	return (program->symbols[program->functions[function].symbol].flags & flag) != 0;
}

static bool blocks(const struct model_sink *sink)
{
	return sink->kind != MODEL_LOCK && (sink->class == MODEL_W3 || sink->class == MODEL_W2);
}

/* What must hold for the sink, over the parameters of the declared function. */
static formula_id at_declared(const struct search *search, const struct sink_site *site,
			      uint32_t visit)
{
	struct conditions *conditions = program_conditions(search->program);
	formula_id formula = site->formula;

	while (g_array_index(search->visits, struct visit, visit).from != PROGRAM_NONE) {
		const struct visit *v = &g_array_index(search->visits, struct visit, visit);

		formula = conditions_before(conditions, formula, &search->program->edges[v->edge]);
		visit = v->from;
	}
	return conditions_at_root(conditions, formula, PROGRAM_NONE);
}

static const char *context_of(uint32_t contexts)
{
	for (uint32_t bit = CONTEXT_IO; bit <= CONTEXT_CHILD; bit <<= 1)
		if (contexts & bit)
			return program_context_name((enum program_context)bit);
	return "unknown";
}

static void set_identity(struct finding *f, const struct search *search,
			 const struct sink_site *site)
{
	const struct program *program = search->program;
	const struct program_function *root = &program->functions[search->declared];
	const struct program_function *in = &program->functions[site->function];
	const struct fact_event *e = program_event(program, in->unit, site->event);

	f->context = context_of(root->contexts);
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->sink_name = g_strdup(paths_sink_name(program, site));
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[in->unit].facts, e->text));
	f->unit = g_strdup(program->units[in->unit].file);
	trail_locate(program, in->unit, e->loc, e->end, &f->place);
}

/* Numbers of the visits from the declared function to `visit`. Caller frees. */
static GArray *way_to(const struct search *search, uint32_t visit)
{
	GArray *way = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (; visit != PROGRAM_NONE;
	     visit = g_array_index(search->visits, struct visit, visit).from)
		g_array_prepend_val(way, visit);
	return way;
}

static void describe(struct finding *f, const struct search *search, const struct sink_site *site,
		     uint32_t visit)
{
	const struct program *program = search->program;
	g_autoptr(GArray) way = way_to(search, visit);
	g_autoptr(GString) text = g_string_new(NULL);

	g_autofree char *promise =
		search->into ? g_strdup_printf("%s() goes into %s, which is declared nonblocking",
					       f->root_name, search->into)
			     : g_strdup_printf("%s() is declared nonblocking", f->root_name);

	g_string_append_printf(text, "%s() can block, but %s: %s", f->sink_name, promise,
			       f->root_name);
	trail_add(f, program, STEP_ENTER, search->declared, 0, FACT_NONE, g_strdup(promise));
	for (guint i = 1; i < way->len; i++) {
		const struct visit *v = &g_array_index(search->visits, struct visit,
						       g_array_index(way, uint32_t, i));

		trail_add_call(f, program, &program->edges[v->edge]);
		g_string_append_printf(text, " -> %s", program->functions[v->function].name);
	}
	trail_add(f, program, STEP_SINK, site->function, program->functions[site->function].unit,
		  site->event, g_strdup_printf("calls %s()", f->sink_name));
	g_string_append_printf(text, " -> here%s%s", site->sink->instead ? "; " : "",
			       site->sink->instead ? site->sink->instead : "");
	f->instead = g_strdup(site->sink->instead);
	f->message = g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_finding(struct search *search, const struct sink_site *site, uint32_t visit,
			formula_id verdict)
{
	double calls = g_array_index(search->visits, struct visit, visit).certainty;
	double condition = verdict == FORMULA_TRUE ? 1 : trail_unknown_weight(site);
	struct finding *f = finding_new(search->rule->id);
	double test;

	set_identity(f, search, site);
	test = trail_test_weight(f->place.file);
	f->decided = verdict == FORMULA_TRUE ? "proven" : "unknown";
	if (site->sink->when && site->sink->when->kind != CONDITION_TRUE)
		f->condition = g_strdup(site->sink->when->text);
	f->score = calls * condition * test;
	f->confidence = trail_confidence(f->score);
	f->confidence_text = g_strdup_printf("confidence %.2f = calls %.2f x condition %.2f (%s) x "
					     "test code %.2f",
					     f->score, calls, condition, f->decided, test);
	f->level = search->rule->level;
	describe(f, search, site, visit);
	g_ptr_array_add(search->findings, f);
}

static void visit(struct search *search, uint32_t function, uint32_t from, uint32_t edge,
		  double certainty)
{
	struct visit next = {function, from, edge, certainty};

	if (search->visits->len < MAX_FUNCTIONS &&
	    g_hash_table_add(search->seen, GUINT_TO_POINTER(function + 1)))
		g_array_append_val(search->visits, next);
}

/* Other functions that are declared one way or the other answer for themselves. */
static void follow_calls(struct search *search, uint32_t number)
{
	const struct program *program = search->program;
	struct visit v = g_array_index(search->visits, struct visit, number);
	const struct program_function *f = &program->functions[v.function];

	for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
		const struct program_edge *e = &program->edges[i];

		if (!is_declared(program, e->callee,
				 FACT_SYMBOL_NONBLOCKING | FACT_SYMBOL_BLOCKING))
			visit(search, e->callee, number, i, v.certainty * paths_edge_certainty(e));
	}
}

static void look_at(struct search *search, uint32_t number)
{
	uint32_t function = g_array_index(search->visits, struct visit, number).function;
	g_autoptr(GArray) sites = paths_sites_of(search->program, function);

	for (guint i = 0; i < sites->len; i++) {
		const struct sink_site *site = &g_array_index(sites, struct sink_site, i);
		gpointer key = pair_key(function, site->event);
		formula_id verdict;

		if (!blocks(site->sink))
			continue;
		verdict = at_declared(search, site, number);
		if (verdict != FORMULA_FALSE && g_hash_table_add(search->known, key))
			add_finding(search, site, number, verdict);
	}
	follow_calls(search, number);
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = g_hash_table_new(pair_key_hash, NULL);
	g_autofree const char **places = promises_find(program);

	for (uint32_t i = 0; i < program->function_count; i++) {
		struct search search = {
			.rule = rule,
			.program = program,
			.declared = i,
			.into = places[i],
			.known = known,
			.findings = findings,
		};

		if (!is_declared(program, i, FACT_SYMBOL_NONBLOCKING) && !places[i])
			continue;
		search.visits = g_array_new(FALSE, FALSE, sizeof(struct visit));
		search.seen = g_hash_table_new(NULL, NULL);
		visit(&search, i, PROGRAM_NONE, PROGRAM_NONE, 1);
		for (guint k = 0; k < search.visits->len; k++)
			look_at(&search, k);
		g_array_unref(search.visits);
		g_hash_table_unref(search.seen);
	}
}

const struct rule rule_annotation_violated = {
	.id = "annotation-violated",
	.family = "misuses",
	.summary = "A function that is declared nonblocking reaches a call that blocks.",
	.why = "CONTLINT_NONBLOCKING, or clang's nonblocking attribute, is a promise to callers: "
	       "an audio callback, a signal path, a continuation with a tight budget. contlint "
	       "believes it where the function is called, and so must look where it is defined: "
	       "here the promise is broken by a call that can hold the thread, on this way. A "
	       "function that is put into a pointer, or passed as a type, that is declared so "
	       "promises the same.",
	.instead =
		"Keep the promise (move the call to a worker, use its form that does not wait) or "
		"take it back. If the call cannot wait for a reason that contlint does not see, "
		"suppress the finding there and write the reason down.",
	.misses = "Locks, allocation and long computations, which clang's nonblocking forbids as "
		  "well; calls through pointers that were not resolved; functions of libraries "
		  "without a model. A promise on a declaration without a body is believed.",
	.level = FINDING_WARNING,
	.precision = "high",
	.check = check,
};
