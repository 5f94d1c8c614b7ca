/* From a sink that a continuation reaches to a finding that a person can act on: message, path,
 * level and confidence. Confidence is root certainty x path certainty x condition certainty; what
 * is unknown lowers it and never makes an error. */
#include "rules/sink_rule.h"

#include <string.h>

#include "analyzer/condition.h"
#include "analyzer/paths.h"

#define SCORE_HIGH 0.7
#define SCORE_MEDIUM 0.35
#define UNKNOWN_CONDITION 0.6
#define UNKNOWN_MODE 0.3
#define TEST_CODE 0.4
#define CHEAP_CALL 0.4
#define CHEAP_CALL_IN_LOOP 0.6
#define CHEAP_OUTPUT 0.3
#define CLEAN_UP 0.6
#define CHAIN_SHOWN 4

struct maker {
	const struct rule *rule;
	const struct rule_input *input;
	const struct sink_rule *what;
	const struct sink_site *site;
	const struct path *path;
	struct finding *finding;
};

static void locate(const struct program *program, uint32_t unit, fact_id loc, fact_id end,
		   struct finding_place *ret_place)
{
	const char *file = "";
	const char *end_file = "";
	uint32_t line = 0, column = 0;

	if (program_locate(program, unit, loc, &file, &line, &column)) {
		ret_place->line = line;
		ret_place->column = column;
	}
	ret_place->file = g_strdup(file);
	if (program_locate(program, unit, end, &end_file, &line, &column) &&
	    g_str_equal(file, end_file)) {
		ret_place->end_line = line;
		ret_place->end_column = column;
	}
}

static struct finding_step *add_step(struct maker *m, enum finding_step_kind kind,
				     uint32_t function, uint32_t unit, fact_id event, char *message)
{
	const struct program *program = m->input->program;
	struct finding_step *step = finding_add_step(m->finding, kind);

	step->message = message;
	if (function != PROGRAM_NONE) {
		step->function = g_strdup(program->functions[function].name);
		step->usr = g_strdup(program->functions[function].usr);
	}
	if (event != FACT_NONE) {
		const struct fact_event *e = program_event(program, unit, event);

		locate(program, unit, e->loc, e->end, &step->place);
	} else if (function != PROGRAM_NONE) {
		step->place.file = g_strdup(program->functions[function].file);
		step->place.line = program->functions[function].line;
		step->place.column = 1;
	}
	return step;
}

static uint32_t root_of(const struct maker *m)
{
	return m->input->program->registrations[m->path->registration].function;
}

/* "registered with" where a model says so, else what we saw. */
static const char *registered(const struct program *program, const struct program_registration *r)
{
	if (r->library)
		return "registered with";
	if (r->in_function != PROGRAM_NONE && program->functions[r->in_function].is_loop)
		return "called by the loop in";
	return "handed to";
}

static char *registration_text(const struct program *program, const struct program_registration *r)
{
	const char *name = program->functions[r->function].name;
	const char *how = registered(program, r);

	if (!*r->via)
		return g_strdup_printf("%s() becomes a continuation here", name);
	if (r->in_function != PROGRAM_NONE && program->functions[r->in_function].is_loop &&
	    !r->library)
		return g_strdup_printf("%s() is %s %s()", name, how, r->via);
	return g_strdup_printf("%s() becomes a continuation here, %s %s", name, how, r->via);
}

static void add_registration(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct program_registration *r = &program->registrations[m->path->registration];
	const char *name = program->functions[r->function].name;

	if (r->event != FACT_NONE)
		add_step(m, STEP_REGISTER, r->in_function, r->unit, r->event,
			 registration_text(program, r));
	add_step(m, STEP_ENTER, r->function, 0, FACT_NONE,
		 g_strdup_printf("%s() runs on the I/O thread", name));
}

static void add_call(struct maker *m, const struct program_edge *edge)
{
	const struct program *program = m->input->program;
	const char *callee = program->functions[edge->callee].name;
	const char *place = edge->place == PROGRAM_NONE ? NULL : program->symbols[edge->place].name;
	uint32_t unit = program->functions[edge->caller].unit;
	char *message;

	switch ((enum edge_kind)edge->kind) {
	case EDGE_DIRECT:
		add_step(m, STEP_CALL, edge->caller, unit, edge->event,
			 g_strdup_printf("calls %s()", callee));
		return;
	case EDGE_SYNCHRONOUS:
		add_step(m, STEP_CALL, edge->caller, unit, edge->event,
			 g_strdup_printf("has %s() called before it returns", callee));
		return;
	case EDGE_INDIRECT:
		message = edge->target_count > 1
				  ? g_strdup_printf("calls %s() through %s, one of %u targets",
						    callee, place ? place : "a pointer",
						    edge->target_count)
				  : g_strdup_printf("calls %s() through %s", callee,
						    place ? place : "a pointer");
		add_step(m, STEP_INDIRECT, edge->caller, unit, edge->event, message);
		return;
	}
}

static const struct fact_event *sink_event(const struct maker *m)
{
	const struct program *program = m->input->program;

	return program_event(program, program->functions[m->site->function].unit, m->site->event);
}

static const char *callee_name(const struct maker *m)
{
	const struct program *program = m->input->program;
	uint32_t symbol =
		program_callee(program, program->functions[m->site->function].unit, sink_event(m));

	return program->symbols[symbol].name;
}

/* The constant wait of the sink in nanoseconds, -1 if it has none. */
static gint64 constant_wait(const struct maker *m)
{
	const struct program *program = m->input->program;
	const struct model_sink *sink = m->site->sink;
	int64_t number, wait;
	fact_id argument;

	if (sink->duration_arg < 0 || sink->duration_unit_ns <= 0)
		return -1;
	argument = program_argument(program, program->functions[m->site->function].unit,
				    sink_event(m), (uint32_t)sink->duration_arg);
	if (!conditions_constant(program_conditions(program), m->site->function, argument,
				 &number) ||
	    number < 0 || __builtin_mul_overflow(number, sink->duration_unit_ns, &wait))
		return -1;
	return wait;
}

static bool is_test_code(const char *file)
{
	static const char *const folders[] = {"test",       "tests", "testing", "fuzz", "bench",
					      "benchmarks", "mock",  "mocks",   NULL};
	g_auto(GStrv) parts = g_strsplit(file, "/", -1);

	for (guint i = 0; parts[i] && parts[i + 1]; i++)
		if (g_strv_contains(folders, parts[i]))
			return true;
	return false;
}

/* Does it depend on the mode of a descriptor or handle? Modes are not followed, and most that meet
 * an event loop are non-blocking. */
static bool is_about_mode(const struct condition *condition)
{
	switch (condition->kind) {
	case CONDITION_FD_BLOCKING:
	case CONDITION_FD_REGULAR:
	case CONDITION_HANDLE:
		return true;
	case CONDITION_NOT:
		return is_about_mode(condition->left);
	case CONDITION_AND:
	case CONDITION_OR:
		return is_about_mode(condition->left) || is_about_mode(condition->right);
	case CONDITION_TRUE:
	case CONDITION_FALSE:
	case CONDITION_UNKNOWN:
	case CONDITION_NULL:
	case CONDITION_ZERO:
	case CONDITION_EQUAL:
	case CONDITION_LESS:
	case CONDITION_FLAG:
	case CONDITION_ZERO_TIME:
	case CONDITION_POINTEE_FLAG:
	case CONDITION_STRING:
	case CONDITION_STREAM:
	case CONDITION_OPEN:
		return false;
	}
	return false;
}

static double condition_certainty(const struct maker *m)
{
	if (m->path->verdict != FORMULA_UNKNOWN)
		return 1;
	if (m->what->unknown > 0)
		return m->what->unknown;
	return m->site->sink->when && is_about_mode(m->site->sink->when) ? UNKNOWN_MODE
									 : UNKNOWN_CONDITION;
}

/* A call that is usually one quick system call. In a loop it adds up, but output to a stream is
 * buffered and mostly text for people. */
static double cheapness(const struct sink_site *site)
{
	if (site->sink->class != MODEL_W1)
		return 1;
	if (site->sink->kind == MODEL_STDIO)
		return CHEAP_OUTPUT;
	return site->in_loop ? CHEAP_CALL_IN_LOOP : CHEAP_CALL;
}

static void set_confidence(struct maker *m)
{
	struct finding *f = m->finding;
	double condition = condition_certainty(m);
	double test = is_test_code(f->place.file) ? TEST_CODE : 1;
	double cheap = cheapness(m->site);
	/* Removing what a failed call left behind is rare and mostly small. */
	double clean_up =
		m->site->on_failure && m->site->sink->kind == MODEL_FILE_BULK ? CLEAN_UP : 1;

	f->score = m->path->root_certainty * m->path->call_certainty * condition * test * cheap *
		   clean_up;
	f->confidence = f->score >= SCORE_HIGH     ? FINDING_HIGH
			: f->score >= SCORE_MEDIUM ? FINDING_MEDIUM
						   : FINDING_LOW;
	f->confidence_text =
		g_strdup_printf("confidence %.2f = registration %.2f x calls %.2f x condition %.2f "
				"(%s) x test code "
				"%.2f x cheap call %.2f x clean-up %.2f",
				f->score, m->path->root_certainty, m->path->call_certainty,
				condition, f->decided, test, cheap, clean_up);
}

static void set_level(struct maker *m)
{
	struct finding *f = m->finding;
	gint64 wait = constant_wait(m);

	f->level = m->rule->level;
	if (f->level == FINDING_ERROR &&
	    (m->path->verdict == FORMULA_UNKNOWN || f->confidence != FINDING_HIGH))
		f->level = FINDING_WARNING;
	if (m->site->sink->class == MODEL_W1 || (wait >= 0 && wait <= m->input->short_sleep_ns))
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

	m->finding->decided = m->path->verdict == FORMULA_TRUE ? "proven" : "unknown";
	if (when)
		sort_parts(when, known, unknown);
	if (unknown->len)
		g_string_append_printf(known, "%snot known: %s", known->len ? "; " : "",
				       unknown->str);
	if (known->len)
		m->finding->condition = g_strdup(known->str);
}

/* " -> a -> b -> here"; of a long chain the ends only, the notes have the rest. */
static void append_chain(const struct maker *m, GString *text)
{
	const struct program *program = m->input->program;
	guint count = m->path->edges->len;
	bool cut = count > CHAIN_SHOWN + 1;

	for (guint i = 0; i < count; i++) {
		uint32_t edge = g_array_index(m->path->edges, uint32_t, i);

		if (cut && i == CHAIN_SHOWN / 2)
			g_string_append_printf(text, " -> (%u calls)", count - CHAIN_SHOWN);
		if (!cut || i < CHAIN_SHOWN / 2 || i >= count - CHAIN_SHOWN / 2)
			g_string_append_printf(
				text, " -> %s",
				program->functions[program->edges[edge].callee].name);
	}
	g_string_append(text, " -> here");
}

/* root_cb (registered with event_new at a.c:3) -> helper -> here */
static void set_message(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct program_registration *r = &program->registrations[m->path->registration];
	g_autoptr(GString) text = g_string_new(NULL);
	const char *file = NULL;
	uint32_t line = 0;

	g_string_append_printf(text, "%s() %s: %s", callee_name(m), m->what->verb,
			       program->functions[r->function].name);
	if (r->event != FACT_NONE &&
	    program_locate(program, r->unit, program_event(program, r->unit, r->event)->loc, &file,
			   &line, NULL))
		g_string_append_printf(text, " (%s %s at %s:%u)", registered(program, r),
				       *r->via ? r->via : "a pointer", file, line);
	append_chain(m, text);
	if (m->site->sink->instead)
		g_string_append_printf(text, "; %s", m->site->sink->instead);
	m->finding->message = g_string_free(g_steal_pointer(&text), FALSE);
	m->finding->instead = g_strdup(m->site->sink->instead);
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
	locate(program, in->unit, sink_event(m)->loc, sink_event(m)->end, &f->place);
}

static void add_sink_steps(struct maker *m)
{
	const struct program *program = m->input->program;
	const struct fact_event *e = sink_event(m);
	uint32_t unit = program->functions[m->site->function].unit;
	struct finding_step *note;

	add_step(m, STEP_SINK, m->site->function, unit, m->site->event,
		 m->site->sink->note
			 ? g_strdup_printf("calls %s(): %s", callee_name(m), m->site->sink->note)
			 : g_strdup_printf("calls %s()", callee_name(m)));
	if (e->spelling == e->loc || e->spelling == FACT_NONE)
		return;
	note = finding_add_step(m->finding, STEP_NOTE);
	note->message = g_strdup("written here, in a macro");
	locate(program, unit, e->spelling, FACT_NONE, &note->place);
}

static struct finding *make(struct maker *m)
{
	m->finding = finding_new(m->rule->id);
	set_identity(m);
	set_condition(m);
	set_confidence(m);
	set_level(m);
	set_message(m);
	add_registration(m);
	for (guint i = 0; i < m->path->edges->len; i++)
		add_call(m, &m->input->program->edges[g_array_index(m->path->edges, uint32_t, i)]);
	add_sink_steps(m);
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

/* Of two findings at one place the surer one stays, and counts the other's continuations. Takes
 * `key` and `finding`. */
static void keep_surest(GHashTable *known, GPtrArray *findings, char *key, struct finding *finding)
{
	gpointer value;
	struct finding *old;
	bool another;
	guint at;

	if (!g_hash_table_lookup_extended(known, key, NULL, &value)) {
		g_hash_table_insert(known, key, GUINT_TO_POINTER(findings->len));
		g_ptr_array_add(findings, finding);
		return;
	}
	g_free(key);
	at = GPOINTER_TO_UINT(value);
	old = g_ptr_array_index(findings, at);
	if (finding->score > old->score) {
		findings->pdata[at] = finding;
		finding = old;
		old = findings->pdata[at];
	}
	another = g_strcmp0(old->root_usr, finding->root_usr) != 0;
	old->other_roots = MAX(old->other_roots, finding->other_roots) + another;
	old->other_paths = MAX(old->other_paths, finding->other_paths) + another;
	finding_free(finding);
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
			keep_surest(known, findings, place_key(&m), make(&m));
	}
}
