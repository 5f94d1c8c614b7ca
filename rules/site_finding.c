/* Findings about one place: identity, confidence and steps. */
#include "rules/site_finding.h"

#include "rules/trail.h"

static void locate(const struct site *site, fact_id event, struct finding_place *ret_place)
{
	const struct program_function *in = &site->program->functions[site->function];
	const struct fact_event *e;
	const char *file = in->file, *end_file = "";
	uint32_t line = in->end_line, column = 1;

	if (event != FACT_NONE) {
		e = program_event(site->program, in->unit, event);
		(void)program_locate(site->program, in->unit, e->loc, &file, &line, &column);
	}
	ret_place->file = g_strdup(file);
	ret_place->line = line;
	ret_place->column = column;
	if (event != FACT_NONE &&
	    program_locate(site->program, in->unit, e->end, &end_file, &line, &column) &&
	    g_str_equal(file, end_file) && e->kind == FACT_EVENT_CALL) {
		ret_place->end_line = line;
		ret_place->end_column = column;
	}
}

guint site_line(const struct site *site, fact_id event)
{
	const struct program_function *in = &site->program->functions[site->function];
	uint32_t line = in->end_line;

	if (event != FACT_NONE)
		(void)program_locate(site->program, in->unit,
				     program_event(site->program, in->unit, event)->loc, NULL,
				     &line, NULL);
	return line;
}

static void set_identity(struct finding *f, const struct site *site, const char *subject)
{
	const struct program_function *in = &site->program->functions[site->function];
	const struct facts *facts = program_facts(site->program, site->function);
	const struct fact_event *e = site->event == FACT_NONE
					     ? NULL
					     : program_event(site->program, in->unit, site->event);

	f->context =
		in->contexts & CONTEXT_WORKER && !(in->contexts & CONTEXT_IO) ? "worker" : "io";
	f->root_name = g_strdup(in->name);
	f->root_usr = g_strdup(in->usr);
	f->root_file = g_strdup(in->file);
	f->sink_name = g_strdup(subject);
	f->function_name = g_strdup(in->name);
	f->function_usr = g_strdup(in->usr);
	f->sink_text = g_strdup(e && e->text != FACT_NONE ? facts_string(facts, e->text) : "");
	f->unit = g_strdup(site->program->units[in->unit].file);
	locate(site, site->event, &f->place);
}

struct finding *site_finding_new(const struct site *site, const char *subject, double score,
				 char *message)
{
	struct finding *f = finding_new(site->rule->id);
	double test;

	set_identity(f, site, subject);
	test = trail_test_weight(f->place.file);
	f->level = site->rule->level;
	f->message = message;
	f->score = score * test;
	f->confidence = trail_confidence(f->score);
	f->decided = f->confidence == FINDING_HIGH ? "proven" : "assumed";
	if (f->level == FINDING_ERROR && f->confidence != FINDING_HIGH)
		f->level = FINDING_WARNING;
	f->confidence_text = g_strdup_printf("confidence %.2f = contract %.2f x test code %.2f",
					     f->score, score, test);
	return f;
}

void site_finding_step(struct finding *finding, const struct site *site, fact_id event,
		       enum finding_step_kind kind, char *message)
{
	const struct program_function *in = &site->program->functions[site->function];
	struct finding_step *step = finding_add_step(finding, kind);

	step->function = g_strdup(in->name);
	step->usr = g_strdup(in->usr);
	step->message = message;
	locate(site, event, &step->place);
}

void site_finding_close(struct finding *finding, const struct site *site, char *message)
{
	site_finding_step(finding, site, site->event, STEP_SINK, message);
}
