/* A continuation calls the form of a function that waits, though one that does not is declared
 * beside it. What it misses is in the rule's own text below. */
#include "analyzer/conditions/condition.h"
#include "analyzer/model_use.h"
#include "rules/rule.h"
#include "rules/trail.h"
#include "rules/twin.h"

#include <string.h>

#define KNOWN_COMPLETION 0.65 /* the twin takes a callback that a model knows */
#define REACHES_SINK 0.6
#define REACHES_SINK_FAR 0.3 /* something below may be anything: the end of an object, a log */
#define MODELLED_LIBRARY 0.4
#define NEAR_CALLS 2
#define MAX_FUNCTIONS 200 /* of a body that is searched for a sink */

struct call {
	const struct rule *rule;
	const struct program *program;
	uint32_t function, unit;
	fact_id event;
	const struct program_symbol *callee, *twin;
};

/* Does another rule tell of this very call? Its finding then names the twin. */
static bool is_told(const struct call *call, const struct finding_place *place,
		    const GPtrArray *findings)
{
	for (guint i = 0; i < findings->len; i++) {
		const struct finding *f = findings->pdata[i];

		for (guint k = 0; k < f->steps->len; k++) {
			const struct finding_step *step = f->steps->pdata[k];

			if (step->place.line == place->line &&
			    step->place.column == place->column &&
			    g_strcmp0(step->place.file, place->file) == 0)
				return true;
		}
	}
	return false;
}

/* Does `function` itself block, or read files? */
static bool has_sink(const struct program *program, uint32_t function)
{
	g_autoptr(GArray) sites = paths_sites_of(program, function);

	for (guint i = 0; i < sites->len; i++) {
		const struct model_sink *sink = g_array_index(sites, struct sink_site, i).sink;

		if (sink->class == MODEL_W3 || sink->class == MODEL_W2 || sink->kind == MODEL_FILE)
			return true;
	}
	return false;
}

/* A function of a body and how it is reached. */
struct reached {
	uint32_t function;
	guint calls; /* from the body */
	bool direct; /* all of them */
};

/* How sure it is that the body of `root` blocks: what stands a few direct calls below it is done
 * each time, what is far or behind a pointer may be done hardly ever. 0: nothing does. */
static double reaches_sink(const struct program *program, uint32_t root)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(struct reached));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct reached first = {root, 0, true};
	double found = 0;

	g_array_append_val(queue, first);
	for (guint head = 0; head < queue->len && head < MAX_FUNCTIONS; head++) {
		struct reached at = g_array_index(queue, struct reached, head);
		const struct program_function *f = &program->functions[at.function];
		bool near = at.direct && at.calls <= NEAR_CALLS;

		if ((near || !found) && has_sink(program, at.function))
			found = near ? REACHES_SINK : REACHES_SINK_FAR;
		if (found >= REACHES_SINK)
			return found;
		for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
			const struct program_edge *e = &program->edges[i];
			struct reached next = {e->callee, at.calls + 1,
					       at.direct && e->kind == EDGE_DIRECT};

			if (g_hash_table_add(seen, GUINT_TO_POINTER(e->callee + 1)))
				g_array_append_val(queue, next);
		}
	}
	return found;
}

/* How sure it is that the call waits, 0 to 1; 0: nothing speaks for it. */
static double evidence(const struct call *call, const char **ret_text)
{
	const struct program *program = call->program;

	if (call->callee->function != PROGRAM_NONE) {
		*ret_text = "its body blocks or reads files";
		return reaches_sink(program, call->callee->function);
	}
	if (twin_takes_completion(program, call->twin)) {
		*ret_text = "its twin takes a completion callback";
		return KNOWN_COMPLETION;
	}
	*ret_text = "its library is modelled as blocking";
	return model_use_blocks(program, (uint32_t)(call->callee - program->symbols))
		       ? MODELLED_LIBRARY
		       : 0;
}

static void describe(struct finding *f, const struct call *call, const struct path *path,
		     const char *why)
{
	g_autoptr(GString) text = g_string_new(NULL);

	f->instead = g_strdup_printf("use %s()", call->twin->name);
	g_string_append_printf(text, "%s() is the form that waits: ", call->callee->name);
	trail_append_chain(call->program, path, text);
	g_string_append_printf(text, "; %s", f->instead);
	f->message = g_string_free(g_steal_pointer(&text), FALSE);
	trail_add_path(f, call->program, path);
	trail_add(f, call->program, STEP_SINK, call->function, call->unit, call->event,
		  g_strdup_printf("calls %s(), and %s", call->callee->name, why));
}

static struct finding *make(const struct call *call, const struct path *path, double certainty,
			    const char *why)
{
	const struct program *program = call->program;
	const struct program_function *in = &program->functions[call->function];
	const struct program_function *root =
		&program->functions[program->registrations[path->registration].function];
	const struct fact_event *e = program_event(program, call->unit, call->event);
	struct finding *f = finding_new(call->rule->id);
	double test;

	f->context = "io";
	f->decided = "unknown";
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->sink_name = g_strdup(call->callee->name);
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[call->unit].facts, e->text));
	f->unit = g_strdup(program->units[call->unit].file);
	f->other_roots = path->other_roots;
	f->other_paths = path->other_paths;
	trail_locate(program, call->unit, e->loc, e->end, &f->place);
	test = trail_test_weight(f->place.file);
	f->score = path->root_certainty * path->call_certainty * certainty * test;
	f->confidence = trail_confidence(f->score);
	f->confidence_text = g_strdup_printf("confidence %.2f = registration %.2f x calls %.2f x "
					     "evidence %.2f (%s) x test code %.2f",
					     f->score, path->root_certainty, path->call_certainty,
					     certainty, why, test);
	f->level = call->rule->level;
	describe(f, call, path, why);
	return f;
}

static void look_at(const struct call *call, GPtrArray *findings)
{
	const struct program *program = call->program;
	const struct fact_event *e = program_event(program, call->unit, call->event);
	struct finding_place place = {0};
	const struct path *path;
	const char *why = "";
	double certainty;
	bool told;

	trail_locate(program, call->unit, e->loc, e->end, &place);
	told = is_told(call, &place, findings);
	g_free(place.file);
	certainty = told ? 0 : evidence(call, &why);
	if (certainty <= 0)
		return;
	path = paths_to(program, CONTEXT_IO, call->function,
			conditions_guard(program_conditions(program), call->function, call->event));
	if (path)
		g_ptr_array_add(findings, make(call, path, certainty, why));
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	const struct program *program = input->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		struct call call = {.rule = rule, .program = program, .function = i};
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		call.unit = program->functions[i].unit;
		if (!(program->functions[i].contexts & CONTEXT_IO))
			continue;
		for (uint32_t k = 0; k < count; k++) {
			uint32_t symbol = events[k].kind == FACT_EVENT_CALL
						  ? program_callee(program, call.unit, &events[k])
						  : PROGRAM_NONE;

			uint32_t twin = symbol == PROGRAM_NONE ? symbol : twin_of(program, symbol);

			if (twin == PROGRAM_NONE || program->symbols[symbol].model)
				continue;
			call.event = first + k;
			call.callee = &program->symbols[symbol];
			call.twin = &program->symbols[twin];
			/* The twin may well be made of the other. */
			if (!g_str_has_prefix(program->functions[i].name, call.callee->name))
				look_at(&call, findings);
		}
	}
}

const struct rule rule_sync_sibling = {
	.id = "sync-sibling",
	.family = "waits",
	.summary = "A continuation calls the form of a function that waits, and has one that does "
		   "not.",
	.why = "Many interfaces have two forms of a function: g_file_load_contents() and "
	       "g_file_load_contents_async(), g_dbus_proxy_call_sync() and g_dbus_proxy_call(), "
	       "mysql_query() and mysql_query_start(). The headers that the unit includes declare "
	       "both. Where a continuation calls the one that waits, the other was made for that "
	       "place.",
	.instead =
		"Call the form that the finding names and go on in its completion. Where another "
		"rule already reports what is done below the call, that finding names the twin, "
		"and this rule is silent.",
	.misses =
		"Twins whose names follow none of the usual ways (_async; _sync where there is a "
		"_finish or the other form takes a function; _start with _cont; "
		"_nonblocking, _nb, _s), and twins that no included header declares. A pair of "
		"names alone is no evidence: the body must be visible and block or read files, the "
		"twin take a completion that a model knows, or the library be modelled as "
		"blocking.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
