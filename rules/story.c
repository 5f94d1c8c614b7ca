/* The telling of a finding: see story.h. */
#include "rules/story.h"

#include <string.h>

#include "rules/sanction.h"
#include "rules/trail.h"

#define ESTIMATE 0.6   /* over constants: the units of a round are a guess */
#define NEAR_LIMIT 0.3 /* such a guess of less than FAR times the usual limit */
#define FAR 10         /* a compiler makes simple loops so much quicker, see docs */

/* What must hold in `function` for `event` to run on the I/O thread. */
static formula_id guard_of(const struct rule_input *input, uint32_t function, fact_id event)
{
	return input->program->functions[function].contexts & CONTEXT_IO
		       ? conditions_guard(program_conditions(input->program), function, event)
		       : FORMULA_FALSE;
}

const struct path *story_path(const struct rule_input *input, uint32_t function, fact_id event)
{
	formula_id guard = guard_of(input, function, event);

	return guard == FORMULA_FALSE ? NULL : paths_best_to(input->program, function, guard);
}

const struct path *story_first_path(const struct rule_input *input, uint32_t function,
				    fact_id event)
{
	formula_id guard = guard_of(input, function, event);

	return guard == FORMULA_FALSE ? NULL
				      : paths_first(input->program, CONTEXT_IO, function, guard);
}

static const struct fact_event *event_at(const struct program *program, uint32_t function,
					 fact_id event)
{
	return program_event(program, program->functions[function].unit, event);
}

const char *story_sink(const struct program *program, uint32_t function, fact_id event)
{
	const struct fact_event *e = event_at(program, function, event);
	uint32_t symbol;

	if (e->kind != FACT_EVENT_CALL)
		return "loop";
	symbol = program_callee(program, program->functions[function].unit, e);
	return symbol == PROGRAM_NONE ? "a pointer" : program->symbols[symbol].name;
}

/* What the library that registers the path's continuation has for work that takes long, or NULL. */
static const char *offload_of(const struct rule_input *input, uint32_t registration)
{
	const char *library = input->program->registrations[registration].library;
	const GPtrArray *libraries = models_libraries(input->models);

	for (guint i = 0; library && i < libraries->len; i++) {
		const struct model_library *row = libraries->pdata[i];

		if (g_str_equal(row->name, library))
			return row->offload;
	}
	return NULL;
}

char *story_offload(const struct rule_input *input, uint32_t registration)
{
	const char *offload = offload_of(input, registration);

	return g_strdup_printf("give the work to %s", offload ? offload : "a worker thread");
}

char *story_instead(const struct rule_input *input, uint32_t registration, const char *instead)
{
	const char *offload = offload_of(input, registration);

	if (!strstr(instead, "a worker thread") || !offload || !strchr(offload, '('))
		return g_strdup(instead);
	return g_strdup_printf("%s (%s)", instead, offload);
}

double story_limit(const struct rule_input *input, const struct path *path)
{
	const struct program *program = input->program;
	uint32_t function = program->registrations[path->registration].function;
	const struct facts *facts = program_facts(program, function);
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, program->functions[function].row);

	for (uint32_t i = 0; i < row->annotation_count; i++) {
		const struct fact_annotation *a = facts_row(
			facts, annotations, struct fact_annotation, row->first_annotation + i);

		if (a->kind == FACT_ANNOTATION_BUDGET_US)
			return (double)a->number * COST_UNITS_US;
	}
	return cost_limit(program_costs(program));
}

char *story_time(double units)
{
	if (units < 1e6)
		return g_strdup_printf("%.0f us", units / 1e3 < 1 ? 1 : units / 1e3);
	if (units < 1e9)
		return g_strdup_printf("%.0f ms", units / 1e6);
	if (units < 1e12)
		return g_strdup_printf("%.0f s", units / 1e9);
	return g_strdup("hours");
}

double story_estimate(double units, double limit)
{
	return limit >= COST_LIMIT && units < FAR * COST_LIMIT ? NEAR_LIMIT : ESTIMATE;
}

double story_weight(enum cost_weight weight)
{
	switch (weight) {
	case COST_EVENT:
		return 1;
	case COST_GROWN:
		return 0.8;
	case COST_OPEN:
		return 0.5;
	case COST_FIXED:
		return 0.2;
	}
	return 0;
}

static void set_message(const struct story *s, struct finding *finding)
{
	g_autoptr(GString) text = g_string_new(s->claim);

	g_string_append(text, ": ");
	trail_append_chain(s->input->program, s->path, text);
	if (s->instead)
		g_string_append_printf(text, "; %s", s->instead);
	finding->message = g_string_free(g_steal_pointer(&text), FALSE);
	finding->instead = g_strdup(s->instead);
}

static void set_identity(const struct story *s, struct finding *f)
{
	const struct program *program = s->input->program;
	const struct program_registration *r = &program->registrations[s->path->registration];
	const struct program_function *root = &program->functions[r->function];
	const struct program_function *in = &program->functions[s->function];
	const struct fact_event *e = event_at(program, s->function, s->event);

	f->level = s->rule->level;
	f->context = "io";
	f->root_name = g_strdup(root->name);
	f->root_usr = g_strdup(root->usr);
	f->root_file = g_strdup(root->file);
	f->sink_name = g_strdup(story_sink(program, s->function, s->event));
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(facts_string(program->units[in->unit].facts, e->text));
	f->unit = g_strdup(program->units[in->unit].file);
	f->other_roots = s->path->other_roots;
	f->other_paths = s->path->other_paths;
	trail_locate(program, in->unit, e->loc, e->end, &f->place);
}

static void set_confidence(const struct story *s, struct finding *f)
{
	double test = trail_test_weight(f->place.file);

	f->decided = s->certainty >= 1 ? "proven" : "assumed";
	f->score = s->path->root_certainty * s->path->call_certainty * s->certainty * test;
	f->confidence = trail_confidence(f->score);
	f->confidence_text = g_strdup_printf("confidence %.2f = registration %.2f x calls %.2f x "
					     "%s %.2f x test code %.2f",
					     f->score, s->path->root_certainty,
					     s->path->call_certainty, s->why, s->certainty, test);
}

static void add_place_steps(const struct story *s, struct finding *finding)
{
	const struct program *program = s->input->program;
	const struct fact_event *e = event_at(program, s->function, s->event);
	uint32_t unit = program->functions[s->function].unit;
	struct finding_step *note;

	trail_add(finding, program, e->kind == FACT_EVENT_CALL ? STEP_SINK : STEP_LOOP, s->function,
		  unit, s->event, g_strdup(s->step));
	if (e->spelling == e->loc || e->spelling == FACT_NONE)
		return;
	note = finding_add_step(finding, STEP_NOTE);
	note->message = g_strdup("written here, in a macro");
	trail_locate(program, unit, e->spelling, FACT_NONE, &note->place);
}

struct finding *story_tell(const struct story *story)
{
	struct finding *finding = finding_new(story->rule->id);

	set_identity(story, finding);
	set_message(story, finding);
	set_confidence(story, finding);
	trail_add_path(finding, story->input->program, story->path);
	add_place_steps(story, finding);
	trail_add_ways(finding, story->input->program, story->path);
	sanction_apply(finding, story->input->program, story->path, story->function, story->event);
	return finding;
}

GHashTable *story_places(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void story_keep_surest(GHashTable *known, GPtrArray *findings, struct finding *finding)
{
	trail_keep_surest(known, findings,
			  g_strdup_printf("%u %u %s", finding->place.line, finding->place.column,
					  finding->place.file),
			  finding);
}
