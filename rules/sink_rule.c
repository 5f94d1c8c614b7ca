/* From a sink that a continuation reaches to a finding that a person can act on: message, path,
 * level and confidence. Confidence is root certainty x path certainty x condition certainty; what
 * is unknown lowers it and never makes an error. */
#include "rules/sink_rule.h"

#include <string.h>

#include "analyzer/conditions/condition.h"
#include "analyzer/handles/mode_origin.h"
#include "analyzer/paths.h"
#include "rules/story.h"
#include "rules/sanction.h"
#include "rules/trail.h"
#include "rules/twin.h"

/* Taking once what made the descriptor ready does not wait. */
#define TAKES_READY 0.3
#define CHEAP_CALL 0.4
#define CHEAP_CALL_IN_LOOP 0.6
#define CHEAP_STREAM 0.3
#define CLEAN_UP 0.6
#define FILLED_BEFORE 0.3

/* A call that the program makes once, and the variable that it fills, if there is one. */
struct once {
	uint32_t function;
	fact_id event;
	uint32_t variable;
};

struct maker {
	const struct rule *rule;
	const struct rule_input *input;
	const struct sink_rule *what;
	const struct sink_site *site;
	const struct path *path;
	struct finding *finding;
	struct mode_origin origin; /* of the descriptor or handle, if has_origin */
	bool has_origin;
	struct once once;
	bool is_once;
};

static uint32_t root_of(const struct maker *m)
{
	return m->input->program->registrations[m->path->registration].function;
}

static const struct fact_event *sink_event(const struct maker *m)
{
	const struct program *program = m->input->program;

	return program_event(program, program->functions[m->site->function].unit, m->site->event);
}

static const char *callee_name(const struct maker *m)
{
	return paths_sink_name(m->input->program, m->site);
}

static double condition_certainty(const struct maker *m)
{
	if (m->path->verdict != FORMULA_UNKNOWN)
		return trail_known_weight(m->site);
	if (m->what->unknown > 0)
		return m->what->unknown;
	return trail_unknown_weight(m->site);
}

/* The argument that is no standard input where the sink blocks, -1 if it does not read a stream. */
static int stream_of(const struct condition *when)
{
	int left;

	if (!when || when->kind == CONDITION_STREAM)
		return when ? when->arg : -1;
	left = stream_of(when->left);
	return left >= 0 ? left : stream_of(when->right);
}

/* Does the call read from a stream that is kept open from turn to turn? It is one of which not all
 * is read at once. */
static bool reads_kept(const struct program *program, const struct sink_site *site)
{
	int arg = stream_of(site->sink->when);
	uint32_t unit = program->functions[site->function].unit;

	return arg >= 0 &&
	       conditions_is_kept(program_conditions(program), site->function,
				  program_argument(program, unit,
						   program_event(program, unit, site->event),
						   (uint32_t)arg));
}

/* A call that is usually one quick system call. In a loop it adds up, but output to a stream is
 * buffered and mostly text for people, and what is opened, read and closed in one turn is mostly a
 * small file. */
static double cheapness(const struct program *program, const struct sink_site *site)
{
	if (site->sink->class != MODEL_W1)
		return 1;
	if (site->sink->kind == MODEL_STDIO)
		return site->in_loop && reads_kept(program, site) ? CHEAP_CALL_IN_LOOP
								  : CHEAP_STREAM;
	return site->in_loop ? CHEAP_CALL_IN_LOOP : CHEAP_CALL;
}

/* Does the function take from a descriptor before the sink? */
static bool has_taken(const struct maker *m)
{
	const struct program *program = m->input->program;
	uint32_t first, count;
	const struct fact_event *events =
		program_events(program, m->site->function, &first, &count);
	uint32_t unit = program->functions[m->site->function].unit;

	for (uint32_t i = 0; first + i < m->site->event; i++) {
		const struct model_function *model = program_call_model(program, unit, &events[i]);

		for (guint k = 0; model && k < model->sink_count; k++)
			if (model->sinks[k].takes_ready)
				return true;
	}
	return false;
}

/* The first read in a continuation that is called because there is something to read. */
static double readiness(const struct maker *m)
{
	const struct program *program = m->input->program;
	struct conditions *conditions = program_conditions(program);

	if (!m->site->sink->takes_ready || m->site->in_loop ||
	    !modes_is_readiness(program, m->path->registration) || has_taken(m))
		return 1;
	for (guint i = 0; i < m->path->edges->len; i++) {
		const struct program_edge *edge =
			&program->edges[g_array_index(m->path->edges, uint32_t, i)];

		if (conditions_in_loop(conditions, edge->caller, edge->event))
			return 1;
	}
	return TAKES_READY;
}

/* Is the edge a call of an initializer that its caller has called once, as pthread_once() does? */
static bool is_initializer(const struct program *program, const struct program_edge *edge)
{
	uint32_t unit = program->functions[edge->caller].unit;
	const struct fact_event *e = program_event(program, unit, edge->event);
	const struct model_function *model =
		edge->kind == EDGE_SYNCHRONOUS ? program_call_model(program, unit, e) : NULL;

	for (guint i = 0; model && i < model->continuation_count; i++)
		if (model->continuations[i].context == MODEL_CONTEXT_SAME &&
		    model->continuations[i].calls == MODEL_CALLS_AT_MOST_ONCE)
			return true;
	return false;
}

static void say_once(struct maker *m)
{
	const struct program *program = m->input->program;

	trail_add(m->finding, program, STEP_NOTE, m->once.function,
		  program->functions[m->once.function].unit, m->once.event,
		  m->once.variable == PROGRAM_NONE
			  ? g_strdup("this runs once")
			  : g_strdup_printf("this runs once: it fills %s",
					    program->symbols[m->once.variable].name));
	m->finding->level = FINDING_NOTE;
}

/* Does the way to the sink, or the sink, stand where the program comes once? */
static void find_once(struct maker *m)
{
	const struct program *program = m->input->program;
	struct conditions *conditions = program_conditions(program);

	m->once = (struct once){m->site->function, m->site->event,
				conditions_once(conditions, m->site->function, m->site->event)};
	m->is_once = m->once.variable != PROGRAM_NONE;
	for (guint i = 0; !m->is_once && i < m->path->edges->len; i++) {
		const struct program_edge *edge =
			&program->edges[g_array_index(m->path->edges, uint32_t, i)];

		m->once = (struct once){edge->caller, edge->event,
					conditions_once(conditions, edge->caller, edge->event)};
		m->is_once = m->once.variable != PROGRAM_NONE || is_initializer(program, edge);
	}
}

/* Is the function called by code that runs before the loop? */
static bool runs_before(const struct program *program, uint32_t function)
{
	const struct program_function *f = &program->functions[function];

	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];

		if (program->functions[edge->caller].contexts & CONTEXT_STARTUP)
			return true;
	}
	return false;
}

/* What main() has filled is full when the loop comes there. */
static double freshness(const struct maker *m)
{
	return m->is_once && m->once.variable != PROGRAM_NONE &&
			       runs_before(m->input->program, m->once.function)
		       ? FILLED_BEFORE
		       : 1;
}

static void set_confidence(struct maker *m)
{
	struct finding *f = m->finding;
	double condition = condition_certainty(m);
	double test = trail_test_weight(f->place.file);
	double cheap = cheapness(m->input->program, m->site);
	double ready = readiness(m);
	/* Removing what a failed call left behind is rare and mostly small. */
	double clean_up =
		m->site->on_failure && m->site->sink->kind == MODEL_FILE_BULK ? CLEAN_UP : 1;
	double fresh = freshness(m);
	double calls = m->path->call_certainty * m->site->certainty *
		       paths_place_certainty(m->input->program, m->site->function, m->site->event);

	f->score = m->path->root_certainty * calls * condition * test * cheap * clean_up * ready *
		   fresh;
	f->confidence = trail_confidence(f->score);
	f->confidence_text =
		g_strdup_printf("confidence %.2f = registration %.2f x calls %.2f x condition %.2f "
				"(%s) x test code "
				"%.2f x cheap call %.2f x clean-up %.2f x ready %.2f x not filled "
				"before %.2f",
				f->score, m->path->root_certainty, calls, condition, f->decided,
				test, cheap, clean_up, ready, fresh);
}

static void set_level(struct maker *m)
{
	struct finding *f = m->finding;
	gint64 wait = trail_constant_wait(m->input->program, m->site);
	gint64 budget_ns = trail_budget_ns(m->input->program, root_of(m));
	gint64 short_ns = budget_ns ? budget_ns : m->input->short_sleep_ns;

	f->level = m->rule->level;
	if (f->level == FINDING_ERROR &&
	    (m->path->verdict == FORMULA_UNKNOWN || f->confidence != FINDING_HIGH))
		f->level = FINDING_WARNING;
	if (m->site->sink->class == MODEL_W1 || (wait >= 0 && wait <= short_ns))
		f->level = FINDING_NOTE;
}

/* Sorts the parts of `when` into what can be read and what cannot. */
static void sort_parts(const struct condition *when, GString *known, GString *unknown)
{
	GString *to = when->kind == CONDITION_UNKNOWN ? unknown : known;

	if (when->kind == CONDITION_AND) {
		sort_parts(when->left, known, unknown);
		sort_parts(when->right, known, unknown);
		return;
	}
	if (when->kind != CONDITION_TRUE && when->text)
		g_string_append_printf(to, "%s%s", to->len ? " and " : "", when->text);
}

/* "arg 1 lacks MSG_DONTWAIT; not known: how large the file is" */
static void set_condition(struct maker *m)
{
	const struct condition *when = m->site->sink->when;
	g_autoptr(GString) known = g_string_new(NULL);
	g_autoptr(GString) unknown = g_string_new(NULL);

	m->finding->decided = m->path->verdict != FORMULA_TRUE  ? "unknown"
			      : trail_known_weight(m->site) < 1 ? "assumed"
								: "proven";
	if (when)
		sort_parts(when, known, unknown);
	if (unknown->len)
		g_string_append_printf(known, "%snot known: %s", known->len ? "; " : "",
				       unknown->str);
	if (known->len)
		m->finding->condition = g_strdup(known->str);
}

static const char *called_name(const struct program *program, uint32_t function, fact_id event)
{
	uint32_t unit = program->functions[function].unit;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, event));

	return program->symbols[symbol].name;
}

static const char *maker_name(const struct program *program, const struct mode_origin *origin)
{
	return called_name(program, origin->function, origin->event);
}

/* "; blocking since accept() at a.c:12" */
static void append_origin(const struct maker *m, GString *text)
{
	const struct program *program = m->input->program;
	const char *file = NULL;
	uint32_t unit, line = 0;

	if (!m->has_origin)
		return;
	unit = program->functions[m->origin.function].unit;
	if (program_locate(program, unit, program_event(program, unit, m->origin.event)->loc, &file,
			   &line, NULL))
		g_string_append_printf(text, "; blocking since %s() at %s:%u",
				       maker_name(program, &m->origin), file, line);
}

static char *use_twin(const struct program *program, uint32_t symbol)
{
	uint32_t twin = twin_of(program, symbol);

	if (twin == PROGRAM_NONE)
		return NULL;
	return g_strdup_printf("use %s() in place of %s()", program->symbols[twin].name,
			       program->symbols[symbol].name);
}

/* What to do instead: a function on the way, or the sink, may have a form that does not wait. */
static char *instead_of(const struct maker *m)
{
	const struct program *program = m->input->program;
	char *twin = NULL;

	for (guint i = 0; i < m->path->edges->len && !twin; i++) {
		uint32_t edge = g_array_index(m->path->edges, uint32_t, i);
		uint32_t callee = program->edges[edge].callee;

		twin = use_twin(program, program->functions[callee].symbol);
	}
	if (twin || m->site->sink->instead)
		return twin ? twin
			    : story_instead(m->input, m->path->registration,
					    m->site->sink->instead);
	return use_twin(program, m->site->symbol);
}

/* root_cb (registered with event_new at a.c:3) -> helper -> here */
static void set_message(struct maker *m)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%s() %s: ", callee_name(m), m->what->verb);
	trail_append_chain(m->input->program, m->path, text);
	append_origin(m, text);
	m->finding->instead = instead_of(m);
	if (m->finding->instead)
		g_string_append_printf(text, "; %s", m->finding->instead);
	m->finding->message = g_string_free(g_steal_pointer(&text), FALSE);
}

static void set_identity(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct program_function *root = &program->functions[root_of(m)];
	const struct program_function *in = &program->functions[m->site->function];
	struct finding *f = m->finding;

	f->context = "io";
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->sink_name = g_strdup(callee_name(m));
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[in->unit].facts, sink_event(m)->text));
	f->unit = g_strdup(program->units[in->unit].file);
	f->other_roots = m->path->other_roots;
	f->other_paths = m->path->other_paths;
	trail_locate(program, in->unit, sink_event(m)->loc, sink_event(m)->end, &f->place);
}

static void add_sink_steps(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct fact_event *e = sink_event(m);
	uint32_t unit = program->functions[m->site->function].unit;
	struct finding_step *note;

	trail_add(m->finding, program, STEP_SINK, m->site->function, unit, m->site->event,
		  m->site->sink->note
			  ? g_strdup_printf("calls %s(): %s", callee_name(m), m->site->sink->note)
			  : g_strdup_printf("calls %s()", callee_name(m)));
	if (e->spelling == e->loc || e->spelling == FACT_NONE)
		return;
	note = finding_add_step(m->finding, STEP_NOTE);
	note->message = g_strdup("written here, in a macro");
	trail_locate(program, unit, e->spelling, FACT_NONE, &note->place);
}

static void add_origin_step(struct maker *m)
{
	const struct program *program = m->input->program;
	const char *note = m->has_origin ? m->origin.effect->note : NULL;

	if (m->has_origin)
		trail_add(m->finding, program, STEP_NOTE, m->origin.function,
			  program->functions[m->origin.function].unit, m->origin.event,
			  g_strdup_printf("%s() makes it blocking here%s%s",
					  maker_name(program, &m->origin), note ? ": " : "",
					  note ? note : ""));
	if (m->has_origin && m->origin.is_carried)
		trail_add(m->finding, program, STEP_NOTE, m->origin.carrier_function,
			  program->functions[m->origin.carrier_function].unit,
			  m->origin.carrier_event,
			  g_strdup_printf("%s() takes it as the descriptor below here",
					  called_name(program, m->origin.carrier_function,
						      m->origin.carrier_event)));
}

static struct finding *make(struct maker *m)
{
	m->finding = finding_new(m->rule->id);
	m->has_origin = modes_origin(m->input->program, m->site, m->path, &m->origin);
	find_once(m);
	set_identity(m);
	set_condition(m);
	set_confidence(m);
	set_level(m);
	set_message(m);
	trail_add_path(m->finding, m->input->program, m->path);
	add_sink_steps(m);
	add_origin_step(m);
	if (m->is_once)
		say_once(m);
	trail_add_ways(m->finding, m->input->program, m->path);
	sanction_apply(m->finding, m->input->program, m->path, m->site->function, m->site->event);
	return m->finding;
}

/* One cheap write to a stream is not worth a word; many in a loop are, with low confidence. */
static bool is_worth_a_word(const struct sink_site *site)
{
	return site->sink->class != MODEL_W1 || site->sink->kind != MODEL_STDIO || site->in_loop;
}

static char *place_key(const struct maker *m)
{
	const struct program *program = m->input->program;
	const char *file = "";
	uint32_t line = 0, column = 0;

	(void)program_locate(program, program->functions[m->site->function].unit,
			     sink_event(m)->loc, &file, &line, &column);
	return g_strdup_printf("%u %u %s", line, column, file);
}

static bool is_meant(const struct sink_rule *what, const struct sink_site *site)
{
	return (what->kinds & 1u << site->sink->kind) &&
	       (!what->classes || (what->classes & 1u << site->sink->class)) &&
	       is_worth_a_word(site);
}

void sink_rule_check(const struct rule *rule, const struct rule_input *input,
		     const struct sink_rule *what, GPtrArray *findings)
{
	const GArray *sites = paths_sinks(input->program);
	/* One source built for several targets shows a sink more than once. */
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < sites->len; i++) {
		struct maker m = {.rule = rule, .input = input, .what = what};

		m.site = &g_array_index(sites, struct sink_site, i);
		m.path = is_meant(what, m.site) ? paths_best(input->program, m.site) : NULL;
		if (m.path)
			trail_keep_surest(known, findings, place_key(&m), make(&m));
	}
}
