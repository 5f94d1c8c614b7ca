/* The pump: a continuation that starts its next operation and then goes on to block or compute.
 * What it misses is in the rule's own text below. */
#include "analyzer/conditions/after.h"
#include "analyzer/pair_key.h"
#include "rules/rule.h"
#include "rules/sanction.h"
#include "rules/started.h"
#include "rules/story.h"
#include "rules/trail.h"

#define WRAPPERS 2
#define CERTAINTY 0.8
#define LINEAR 0.5 /* goes over what came in once: mostly little */
#define DEPTH 20   /* calls from the work that is told down to what takes the time */

struct pump {
	const struct rule *rule;
	const struct rule_input *input;
	struct costs *costs;
	GHashTable *known;
	GPtrArray *findings;
	uint32_t *holding;  /* by function: event + 1 that always holds, or of the call to it */
	GHashTable *places; /* function << 32 | event of all that holds if it is reached */
	bool *has_place;    /* by function */
};

static bool always_submits(const struct program *program, uint32_t function, int depth);

static bool submits(const struct program *program, uint32_t function, fact_id event, int depth)
{
	const struct program_function *f = &program->functions[function];
	const struct model_function *model =
		program_call_model(program, f->unit, program_event(program, f->unit, event));

	if (model)
		return model->submits &&
		       (!model->submits_when ||
			conditions_at_call(program_conditions(program), function, event,
					   model->submits_when) == FORMULA_TRUE);
	for (uint32_t i = 0; depth < WRAPPERS && i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event == event && program_is_sure(edge) &&
		    always_submits(program, edge->callee, depth + 1))
			return true;
	}
	return false;
}

/* A wrapper of a submission: outside of branches and loops, so that each call of it starts one. */
static bool always_submits(const struct program *program, uint32_t function, int depth)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	int inside = 0;

	for (uint32_t i = 0; i < count; i++) {
		inside += nesting_step(&events[i]);
		if (inside == 0 && events[i].kind == FACT_EVENT_CALL &&
		    submits(program, function, first + i, depth))
			return true;
	}
	return false;
}

/* Does the sink hold the thread whenever it is reached? */
static bool holds(const struct pump *p, const struct sink_site *site)
{
	const unsigned kinds = 1u << MODEL_WAIT | 1u << MODEL_DNS | 1u << MODEL_FILE_SYNC |
			       1u << MODEL_FILE_BULK | 1u << MODEL_PROCESS | 1u << MODEL_LIBRARY;
	struct cost_term term;
	gint64 wait;

	if (site->sink->kind == MODEL_COMPUTE)
		return site->sink->class == MODEL_C2 &&
		       cost_library_call(p->costs, site->function, site->event, &term) &&
		       (term.count > 0 || term.units >= cost_limit(p->costs));
	wait = trail_constant_wait(p->input->program, site);
	return (kinds & 1u << site->sink->kind) &&
	       conditions_at_call(program_conditions(p->input->program), site->function,
				  site->event, site->sink->when) == FORMULA_TRUE &&
	       !(wait >= 0 && (double)wait / 1000 * COST_UNITS_US <= cost_limit(p->costs)) &&
	       (site->sink->class == MODEL_W3 || site->sink->class == MODEL_W2);
}

static void add_place(struct pump *p, uint32_t function, fact_id event, bool always, GArray *queue)
{
	g_hash_table_add(p->places, pair_key(function, event));
	p->has_place[function] = true;
	if (!always || p->holding[function])
		return;
	p->holding[function] = event + 1;
	g_array_append_val(queue, function);
}

/* Notes what holds the thread, and in `queue` the functions that always come to it. */
static void find_places(struct pump *p, GArray *queue)
{
	const GArray *sinks = paths_sinks(p->input->program), *sites = cost_sites(p->costs);

	for (guint i = 0; i < sinks->len; i++) {
		const struct sink_site *site = &g_array_index(sinks, struct sink_site, i);

		if (holds(p, site))
			add_place(p, site->function, site->event, site->formula == FORMULA_TRUE,
				  queue);
	}
	for (guint i = 0; i < sites->len; i++) {
		const struct cost_site *site = &g_array_index(sites, struct cost_site, i);

		if (site->kind == COST_SITE_CONSTANT || site->kind == COST_SITE_ARGUMENT)
			add_place(p, site->function, site->via, true, queue);
	}
}

/* Marks the functions that hold the thread, then those that always reach one by direct calls. */
static void find_holding(struct pump *p)
{
	const struct program *program = p->input->program;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	find_places(p, queue);
	for (guint head = 0; head < queue->len; head++) {
		const struct program_function *f =
			&program->functions[g_array_index(queue, uint32_t, head)];

		for (uint32_t i = 0; i < f->in_count; i++) {
			const struct program_edge *edge =
				&program->edges[program->in_edges[f->first_in + i]];

			if (!program_is_sure(edge) || p->holding[edge->caller] ||
			    conditions_guard(program_conditions(program), edge->caller,
					     edge->event) != FORMULA_TRUE)
				continue;
			p->holding[edge->caller] = edge->event + 1;
			g_array_append_val(queue, edge->caller);
		}
	}
}

/* The term of the function's cost that the event brings in and whose size comes in with an event;
 * NULL if there is none. Copying and measuring bytes is too cheap to count. */
static const struct cost_term *data_term(const struct pump *p, uint32_t function, fact_id event)
{
	const struct cost *cost = cost_of(p->costs, function);
	const struct cost_term *found = NULL;

	for (uint32_t i = 0; i < cost->count; i++) {
		const struct cost_term *term = &cost->terms[i];

		if (term->count > 0 && term->factors[0].at == event && term->units >= 1 &&
		    cost_term_weight(p->costs, term) == COST_EVENT &&
		    (!found || cost_term_degree(term) > cost_term_degree(found)))
			found = term;
	}
	return found;
}

/* Is `event` reached under what must hold for `submit` and no more? */
static bool is_as_sure(const struct pump *p, uint32_t function, fact_id submit, fact_id event)
{
	struct conditions *conditions = program_conditions(p->input->program);
	formula_id guard = conditions_guard(conditions, function, submit);

	return conditions_and(conditions, guard, conditions_guard(conditions, function, event)) ==
	       guard;
}

/* Does the event hold the thread after `submit`, itself or in what it calls? */
static bool event_holds(const struct pump *p, uint32_t function, fact_id submit, fact_id event)
{
	const struct program *program = p->input->program;
	const struct program_function *f = &program->functions[function];

	for (uint32_t i = 0; i < f->out_count; i++) {
		const struct program_edge *edge = &program->edges[f->first_out + i];

		if (edge->event == event && program_is_sure(edge) && p->holding[edge->callee])
			return true;
	}
	return g_hash_table_contains(p->places, pair_key(function, event)) &&
	       is_as_sure(p, function, submit, event);
}

/* The first event after `submit` that holds the thread and can follow it in the same run of the
 * function; FACT_NONE if there is none, or if a hint to the pool surely comes before it, after the
 * submission or already before that. */
static fact_id find_work(const struct pump *p, uint32_t function, fact_id submit)
{
	const struct program *program = p->input->program;
	uint32_t unit = program->functions[function].unit, first, count;
	struct after after = {0};

	(void)program_events(program, function, &first, &count);
	for (fact_id i = submit + 1; i < first + count; i++) {
		const struct fact_event *e = program_event(program, unit, i);

		if (!after_step(&after, e))
			continue;
		if (after_is_sure(&after) &&
		    (e->kind == FACT_EVENT_RETURN || e->kind == FACT_EVENT_BREAK ||
		     e->kind == FACT_EVENT_GOTO))
			return FACT_NONE;
		if (e->kind != FACT_EVENT_CALL && e->kind != FACT_EVENT_LOOP)
			continue;
		if (!event_holds(p, function, submit, i) && !data_term(p, function, i))
			continue;
		if (e->kind == FACT_EVENT_CALL && !started_before(program, function, submit, i))
			continue;
		return sanction_covers(program, function, i) ? FACT_NONE : i;
	}
	return FACT_NONE;
}

/* Where the time is spent: down the calls from `*event` of `*function`. */
static void find_sink(const struct pump *p, uint32_t *function, fact_id *event)
{
	const struct program *program = p->input->program;

	for (int depth = 0; depth < DEPTH; depth++) {
		const struct program_function *f = &program->functions[*function];
		uint32_t callee = PROGRAM_NONE;

		for (uint32_t i = 0; i < f->out_count; i++) {
			const struct program_edge *edge = &program->edges[f->first_out + i];

			if (edge->event == *event && program_is_sure(edge) &&
			    p->holding[edge->callee])
				callee = edge->callee;
		}
		if (callee == PROGRAM_NONE)
			return;
		*function = callee;
		*event = p->holding[callee] - 1;
	}
}

/* ", about 50 ms", ", the longer the larger n is"; "" if that cannot be said. */
static char *length_of(const struct pump *p, uint32_t function, fact_id event)
{
	const struct cost_term *data = data_term(p, function, event);
	const GArray *sites = cost_sites(p->costs);
	g_autofree char *text = NULL;
	struct cost_term term;
	double units = 0;

	if (data) {
		text = cost_size_text(p->costs, data->factors[0].size);
		return g_strdup_printf(", the longer the larger %s is,", text);
	}
	find_sink(p, &function, &event);
	for (guint i = 0; i < sites->len; i++) {
		const struct cost_site *site = &g_array_index(sites, struct cost_site, i);

		if (site->function == function && site->via == event && site->term.count == 0)
			units = MAX(units, site->term.units);
	}
	if (units == 0 &&
	    program_event(p->input->program, p->input->program->functions[function].unit, event)
			    ->kind == FACT_EVENT_CALL &&
	    cost_library_call(p->costs, function, event, &term) && term.count == 0)
		units = term.units;
	if (units == 0)
		return g_strdup("");
	text = story_time(units);
	return g_strdup_printf(" for about %s", text);
}

static double certainty_of(const struct pump *p, uint32_t function, fact_id submit, fact_id work)
{
	const struct cost_term *data = data_term(p, function, work);

	return !data || cost_term_degree(data) > 1 || event_holds(p, function, submit, work)
		       ? CERTAINTY
		       : LINEAR;
}

/* What decides. Only programs of our own runtime measure it by themselves. */
static const char *measurement(const struct pump *p, uint32_t registration)
{
	const char *library = p->input->program->registrations[registration].library;

	return g_strcmp0(library, "cport") == 0
		       ? "held_past_submit with contlint run"
		       : "how long the thread is held after the submission";
}

static void tell(const struct pump *p, uint32_t function, fact_id submit, fact_id work)
{
	const struct program *program = p->input->program;
	const struct path *path = story_path(p->input, function, work);
	g_autofree char *claim = NULL;
	g_autofree char *offload = NULL;
	g_autofree char *instead = NULL;
	g_autofree char *length = NULL;
	const char *sink = story_sink(program, function, work);
	struct story story;
	struct finding *finding;

	if (!path)
		return;
	length = length_of(p, function, work);
	claim = g_strdup_printf(
		"%s%s goes on%s after %s() has started the next operation: it overlaps "
		"with that, and holds the I/O thread when that ends",
		sink, g_str_equal(sink, "loop") ? "" : "()", length,
		story_sink(program, function, submit));
	offload = story_offload(p->input, path->registration);
	instead = g_strdup_printf("measure %s: below the time of the operation it is a gain, "
				  "above it %s",
				  measurement(p, path->registration), offload);
	story = (struct story){
		.rule = p->rule,
		.input = p->input,
		.path = path,
		.function = function,
		.event = work,
		.claim = claim,
		.step = "works on after the submission",
		.instead = instead,
		.certainty = certainty_of(p, function, submit, work),
		.why = "order",
	};
	finding = story_tell(&story);
	trail_add(finding, program, STEP_NOTE, function, program->functions[function].unit, submit,
		  g_strdup("starts the next operation here"));
	story_keep_surest(p->known, p->findings, finding);
}

/* Is there anything in the function, or right below it, that holds the thread? */
static bool may_hold(const struct pump *p, uint32_t function)
{
	const struct program_function *f = &p->input->program->functions[function];

	for (uint32_t i = 0; i < f->out_count; i++)
		if (p->holding[p->input->program->edges[f->first_out + i].callee])
			return true;
	return p->has_place[function] || cost_degree(cost_of(p->costs, function)) > 0;
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;
	g_autoptr(GHashTable) known = story_places();
	g_autofree uint32_t *holding = g_new0(uint32_t, program->function_count + 1);
	g_autofree bool *has_place = g_new0(bool, program->function_count + 1);
	g_autoptr(GHashTable) places = g_hash_table_new(pair_key_hash, NULL);
	struct pump p = {rule,   input,    program_costs(program), known, findings, holding,
			 places, has_place};

	find_holding(&p);
	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);
		fact_id work;

		if (!(program->functions[i].contexts & CONTEXT_IO) || !may_hold(&p, i))
			continue;
		for (uint32_t k = 0; k < count; k++) {
			if (events[k].kind != FACT_EVENT_CALL || !submits(program, i, first + k, 0))
				continue;
			work = find_work(&p, i, first + k);
			if (work != FACT_NONE)
				tell(&p, i, first + k, work);
		}
	}
}

const struct rule rule_work_past_next_io = {
	.id = "work-past-next-io",
	.family = "computes",
	.summary = "A continuation starts its next operation and then blocks or computes.",
	.why = "Starting the next read before the work on the last one lets both overlap, as a "
	       "pump "
	       "does: with one connection that is faster. But the completion of that read finds "
	       "the thread still busy. On one thread it waits, with everybody else's; on a "
	       "completion port another thread is woken for it, and the pool grows until as many "
	       "threads as connections are held.",
	.instead =
		"Let the measurement decide: contlint run of a cport program says "
		"held_past_submit, "
		"how long the thread was held after the submission, and how many operations had "
		"ended meanwhile; elsewhere measure from the submission to the end of the "
		"continuation. "
		"Short work may stay. Work that is longer than the operation belongs on a worker, "
		"or before the submission, where at least nothing piles up behind it. Where the "
		"pool is meant to grow, tell it so (cport_may_run_long, CPORT_BLOCKING, "
		"CallbackMayRunLong): then nothing is reported.",
	.misses =
		"Only work in the function that submits, or in what it calls directly, is seen, "
		"not what its caller does afterwards. Work under a condition that the submission "
		"does not need as well does not count, nor does work that blocks only perhaps. "
		"Loops over data count if the data came in with an event; "
		"copying and measuring it does not. Libraries whose models mark no submissions are "
		"silent.",
	.level = FINDING_NOTE,
	.precision = "medium",
	.off_by_default = true,
	.check = check,
};
