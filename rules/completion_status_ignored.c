/* Continuations that do not look at how their operation ended. What it misses is in the rule's own
 * text below. */
#include <string.h>

#include "rules/contract.h"
#include "rules/rule.h"
#include "rules/site_finding.h"

#define EMPTY 0.4
#define WAITED 0.75

static const double weights[] = {
	[MODEL_MATTERS_MUCH] = 0.8,
	[MODEL_MATTERS_SOME] = 0.5,
	[MODEL_MATTERS_LITTLE] = 0.2,
};

struct reader {
	const struct program *program;
	uint32_t function, unit, first, count;
	const struct fact_event *events;
	enum fact_value_kind kind; /* what is looked for: a parameter or a local */
	uint32_t number;
	const char *field; /* NULL, or the field behind it that counts */
};

/* What one use of the parameter means. */
enum reading { READ_NOT, READ_STATUS, READ_WAIVED };

static bool is_it(const struct reader *r, fact_id value)
{
	const struct fact_value *v = program_value(r->program, r->unit, value);

	return v->kind == r->kind && v->a == r->number;
}

/* Is the status within `value`: the parameter, or its field? */
static bool is_read_in(const struct reader *r, fact_id value)
{
	const struct fact_value *v;
	uint32_t symbol;

	if (value == FACT_NONE ||
	    !contract_mentions(r->program, r->unit, value, r->kind, r->number))
		return false;
	if (!r->field)
		return true;
	v = program_value(r->program, r->unit, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_FIELD:
		symbol = r->program->units[r->unit].symbols[v->a];
		return g_str_equal(r->program->symbols[symbol].name, r->field) ||
		       (v->b != FACT_NONE && !is_it(r, v->b) && is_read_in(r, v->b));
	case FACT_VALUE_UNARY:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return is_read_in(r, v->a);
	case FACT_VALUE_BINARY:
	case FACT_VALUE_ELEMENT:
		return is_read_in(r, v->a) || is_read_in(r, v->b);
	case FACT_VALUE_CHOICE:
		return is_read_in(r, v->a) || is_read_in(r, v->b) || is_read_in(r, v->c);
	default:
		return false;
	}
}

/* A call that is given the whole: a model knows that it does not look, others may. */
static enum reading read_by_call(const struct reader *r, const struct fact_event *e)
{
	const struct model_function *model = program_call_model(r->program, r->unit, e);

	if (is_read_in(r, e->a))
		return READ_STATUS;
	for (uint32_t k = 0; k < e->c; k++) {
		fact_id value = program_argument(r->program, r->unit, e, k);

		if (value == FACT_NONE ||
		    !contract_mentions(r->program, r->unit, value, r->kind, r->number))
			continue;
		if (is_read_in(r, value) || (!model && is_it(r, value)))
			return READ_STATUS;
	}
	return READ_NOT;
}

static enum reading reading_of(const struct reader *r, const struct fact_event *e)
{
	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_CALL:
		return read_by_call(r, e);
	case FACT_EVENT_ASSIGN:
		/* Another name for it: what is done by that name is not followed. */
		if (e->b != FACT_NONE && is_it(r, e->b))
			return READ_STATUS;
		return is_read_in(r, e->a) || is_read_in(r, e->b) ? READ_STATUS : READ_NOT;
	case FACT_EVENT_READ:
		if (e->b == 1 && contract_mentions(r->program, r->unit, e->a, r->kind, r->number))
			return READ_WAIVED;
		return is_read_in(r, e->a) ? READ_STATUS : READ_NOT;
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_LOOP:
	case FACT_EVENT_SWITCH:
	case FACT_EVENT_RETURN:
		return is_read_in(r, e->a) || (e->a != FACT_NONE && e->kind == FACT_EVENT_RETURN &&
					       is_it(r, e->a))
			       ? READ_STATUS
			       : READ_NOT;
	case FACT_EVENT_CASE:
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_ELSE:
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		return READ_NOT;
	}
	return READ_NOT;
}

static bool is_read(const struct reader *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (reading_of(r, &r->events[i]) != READ_NOT)
			return true;
	return false;
}

static void reader_init(struct reader *r, const struct program *program, uint32_t function)
{
	*r = (struct reader){.program = program, .function = function};
	r->unit = program->functions[function].unit;
	r->events = program_events(program, function, &r->first, &r->count);
}

/* The status of the argument that is the continuation; of the only one that can be it where the
 * function comes in a variable. */
static const struct model_status *status_at_call(const struct program *program,
						 const struct program_registration *r,
						 const struct model_function *model)
{
	const struct fact_event *e = program_event(program, r->unit, r->event);
	const struct model_status *only = NULL;
	guint fitting = 0;

	for (guint i = 0; e->kind == FACT_EVENT_CALL && i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];
		fact_id value = program_argument(program, r->unit, e, (uint32_t)c->arg);
		const struct fact_value *v =
			value == FACT_NONE ? NULL : program_value(program, r->unit, value);

		if (v && v->kind == FACT_VALUE_FUNCTION) {
			if (program->symbols[program->units[r->unit].symbols[v->a]].usr ==
			    program->functions[r->function].usr)
				return &c->status;
		} else if (c->context == MODEL_CONTEXT_IO) {
			only = &c->status;
			fitting++;
		}
	}
	return fitting == 1 ? only : NULL;
}

/* The status of the continuation, as the model of its registration, field or type says. */
static const struct model_status *status_of(const struct rule_input *input,
					    const struct program_registration *r)
{
	const struct program *program = input->program;
	const struct model_function *function = models_function(input->models, r->via);
	const struct model_typedef *type = models_typedef(input->models, r->via);
	const char *dot = strchr(r->via, '.');
	const struct model_field *field = NULL;

	if (dot) {
		g_autofree char *record = g_strndup(r->via, (gsize)(dot - r->via));

		field = models_field(input->models, record, dot + 1);
	}
	if (type || field)
		return type ? &type->status : &field->status;
	if (!function || r->event == FACT_NONE)
		return NULL;
	return status_at_call(program, r, function);
}

static void judge_continuation(const struct rule *rule, const struct rule_input *input,
			       const struct program_registration *registration,
			       const struct model_status *status, GPtrArray *findings)
{
	const struct program *program = input->program;
	const struct program_function *in = &program->functions[registration->function];
	const struct facts *facts = program_facts(program, registration->function);
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, in->row);
	struct site site = {rule, program, registration->function, FACT_NONE};
	struct finding *f;
	struct reader r;
	const char *name;
	char *what;

	if (status->param < 0 || (uint32_t)status->param >= row->param_count)
		return;
	name = facts_string(facts, facts_row(facts, params, struct fact_param,
					     row->first_param + (uint32_t)status->param)
					   ->name);
	reader_init(&r, program, registration->function);
	r.kind = FACT_VALUE_PARAM;
	r.number = (uint32_t)status->param;
	r.field = status->field;
	if (contract_is_waived_name(name) || is_read(&r))
		return;
	what = status->finish
		       ? g_strdup_printf(
				 "%s() never gives '%s' to a %s() function: the error of the "
				 "operation and what it returned are lost; call the finish "
				 "function of %s()",
				 in->name, name, status->finish, registration->via)
		       : g_strdup_printf("%s() never looks at '%s%s%s', which says whether the "
					 "operation has failed or was cancelled; test it first, or "
					 "write (void)%s",
					 in->name, name, status->field ? "->" : "",
					 status->field ? status->field : "", name);
	f = site_finding_new(
		&site, name,
		weights[status->matters] * registration->certainty * (r.count ? 1 : EMPTY), what);
	f->place.line = in->line;
	f->instead = g_strdup("test the status before anything else");
	site_finding_close(f, &site, g_strdup_printf("%s() ends without it", in->name));
	g_ptr_array_add(findings, f);
}

/* A completion that is taken from a queue: `cqe` of io_uring_wait_cqe(ring, &cqe). */
static void judge_taken(const struct rule *rule, const struct program *program, struct reader *r,
			fact_id event, const struct model_function *model, GPtrArray *findings)
{
	const struct fact_event *e = program_event(program, r->unit, event);
	struct site site = {rule, program, r->function, event};
	fact_id value = program_argument(program, r->unit, e, (uint32_t)model->contract.status_in);
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, r->unit, value);
	struct finding *f;

	if (!v || v->kind != FACT_VALUE_ADDRESS)
		return;
	v = program_value(program, r->unit, v->a);
	if (v->kind != FACT_VALUE_LOCAL)
		return;
	r->kind = FACT_VALUE_LOCAL;
	r->number = v->a;
	r->field = model->contract.status_field;
	if (is_read(r))
		return;
	f = site_finding_new(
		&site, model->name, WAITED,
		g_strdup_printf("nobody looks at '%s' of the completion that %s() gives, "
				"which says whether the operation has failed; test it "
				"before its data is used",
				model->contract.status_field, model->name));
	f->instead = g_strdup("test the status before anything else");
	site_finding_close(f, &site, g_strdup("takes a completion here"));
	g_ptr_array_add(findings, f);
}

static void check_taken(const struct rule *rule, const struct program *program, GPtrArray *findings)
{
	for (guint f = 0; f < program->function_count; f++) {
		uint32_t count;
		const struct program_model_call *calls = program_model_calls(program, f, &count);

		if (program->symbols[program->functions[f].symbol].flags & FACT_SYMBOL_SYSTEM)
			continue;
		for (uint32_t i = 0; i < count; i++) {
			struct reader r;

			if (calls[i].model->contract.status_in < 0)
				continue;
			reader_init(&r, program, f);
			judge_taken(rule, program, &r, calls[i].event, calls[i].model, findings);
		}
	}
}

static void check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	uint32_t last = PROGRAM_NONE;

	for (guint i = 0; i < input->program->registration_count; i++) {
		const struct program_registration *r = &input->program->registrations[i];
		const struct model_status *status =
			r->function != last && *r->via ? status_of(input, r) : NULL;

		if (!status || status->param < 0)
			continue;
		last = r->function; /* they stand in the order of functions */
		judge_continuation(rule, input, r, status, findings);
	}
	check_taken(rule, input->program, findings);
}

const struct rule rule_completion_status_ignored = {
	.id = "completion-status-ignored",
	.family = "misuses",
	.summary = "A continuation never looks at how its operation ended.",
	.why = "A continuation runs when the operation has ended, and failing or being cancelled "
	       "are "
	       "ends too: uv_close() completes every pending write with UV_ECANCELED. Code that "
	       "does not look at the status then uses a length of -104, a buffer that nothing "
	       "was read into, or a handle that is being closed. In GLib the callback must call "
	       "the _finish function: it hands over the error, and what was returned is "
	       "released only there.",
	.instead =
		"Test the status before anything else, and let the error path do only what is safe "
		"after a close. Where the result truly does not matter, write (void)status and "
		"why, or name the parameter unused.",
	.misses =
		"Any use of the status counts as a test, also printing it. A request that is "
		"handed "
		"to another function, or gets another name, counts as looked at. Whether the right "
		"_finish function is called is not compared.",
	.level = FINDING_WARNING,
	.precision = "medium",
	.check = check,
};
