/* Which callbacks a function owes one call: parameters and fields whose type a model calls a
 * callback that comes once, those that are named like completions, and objects that are completed
 * by a call on them. */
#include <string.h>

#include "rules/once.h"

#define BY_MODEL 0.9
#define BY_NAME 0.75
#define OF_ROW 0.4 /* a row of a table says what to do with things of its kind */
#define LOCALS 64

struct finder {
	struct flow *flow;
	const struct models *models;
	const struct fact_function *row;
	const struct fact_event *events;
	uint32_t first, count;
	GArray *subjects;
};

static const struct facts *facts_of(const struct finder *f)
{
	return program_facts(flow_program(f->flow), flow_function(f->flow));
}

static bool is_word(const char *const *words, const char *part, size_t size)
{
	for (; *words; words++)
		if (strlen(*words) == size && g_ascii_strncasecmp(*words, part, size) == 0)
			return true;
	return false;
}

/* Is a word of `name`, "on_done" or "onDone", one of `words`? */
static bool has_word(const char *const *words, const char *name)
{
	const char *start = name;

	while (*start) {
		size_t size = *start == '_' ? 0 : 1;

		while (size && start[size] && start[size] != '_' &&
		       !(g_ascii_isupper(start[size]) && g_ascii_islower(start[size - 1])))
			size++;
		if (size && is_word(words, start, size))
			return true;
		start += size + (start[size] == '_');
	}
	return false;
}

/* How sure it is that a callback of this type and name is called once; 0 if it is not known. */
static double certainty(const struct finder *f, const char *type, const char *name,
			bool *ret_at_most)
{
	const struct model_typedef *model = models_typedef(f->models, type);
	const char *const *words = models_completion_words(f->models);

	*ret_at_most = model && model->calls == MODEL_CALLS_AT_MOST_ONCE;
	if (model)
		return model->calls == MODEL_CALLS_MANY || model->context == MODEL_CONTEXT_SAME
			       ? 0
			       : BY_MODEL;
	return has_word(words, name) || has_word(words, type) ? BY_NAME : 0;
}

/* What a row is looked for: a parameter, or a field of the object that a parameter points to. */
struct wanted {
	const uint32_t *symbols; /* of the unit: to the program's */
	uint32_t param;
	uint32_t field; /* of the program, PROGRAM_NONE: the parameter itself */
};

static bool is_wanted(const struct facts *facts, fact_id value, const void *data)
{
	const struct wanted *wanted = data;
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	if (wanted->field != PROGRAM_NONE) {
		if (v->kind != FACT_VALUE_FIELD || v->b == FACT_NONE ||
		    wanted->symbols[v->a] != wanted->field)
			return false;
		v = facts_row(facts, values, struct fact_value, v->b);
	}
	return v->kind == FACT_VALUE_PARAM && v->a == wanted->param;
}

/* A row of the function's events in which it is named, FACT_NONE if it is not. */
static fact_id row_of(const struct finder *f, uint32_t param, uint32_t field)
{
	const struct program *program = flow_program(f->flow);
	const struct wanted wanted = {program->units[flow_unit(f->flow)].symbols, param, field};
	const struct facts *facts = facts_of(f);
	fact_id found = FACT_NONE;

	for (uint32_t i = 0; i < f->count && found == FACT_NONE; i++) {
		const struct fact_event *e = &f->events[i];

		if (e->kind == FACT_EVENT_CALL || e->kind == FACT_EVENT_ASSIGN ||
		    e->kind == FACT_EVENT_BRANCH || e->kind == FACT_EVENT_READ ||
		    e->kind == FACT_EVENT_RETURN)
			found = facts_value_find(facts, e->a, is_wanted, &wanted);
		if (found == FACT_NONE && e->kind == FACT_EVENT_ASSIGN)
			found = facts_value_find(facts, e->b, is_wanted, &wanted);
		for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c && found == FACT_NONE;
		     k++)
			found = facts_value_find(
				facts, program_argument(program, flow_unit(f->flow), e, k),
				is_wanted, &wanted);
	}
	return found;
}

/* Locals that only ever get the subject, or nothing. */
static void find_aliases(const struct finder *f, struct once_subject *subject)
{
	uint64_t other = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		const struct fact_event *e = &f->events[i];
		const struct fact_value *to, *from;

		if (e->kind != FACT_EVENT_ASSIGN || e->b == FACT_NONE)
			continue;
		to = flow_value(f->flow, e->a);
		from = flow_value(f->flow, e->b);
		if (to->kind != FACT_VALUE_LOCAL || to->a >= LOCALS)
			continue;
		if (flow_same(f->flow, e->b, subject->place))
			subject->aliases |= UINT64_C(1) << to->a;
		else if (from->kind != FACT_VALUE_NULL)
			other |= UINT64_C(1) << to->a;
	}
	subject->aliases &= ~other;
}

static bool is_known(const struct finder *f, fact_id place)
{
	for (guint i = 0; i < f->subjects->len; i++)
		if (flow_same(f->flow, g_array_index(f->subjects, struct once_subject, i).place,
			      place))
			return true;
	return false;
}

static void add(const struct finder *f, struct once_subject subject, const char *name)
{
	subject.name = g_strdup(name);
	find_aliases(f, &subject);
	g_array_append_val(f->subjects, subject);
}

static void add_parameters(const struct finder *f)
{
	const struct facts *facts = facts_of(f);

	for (uint32_t k = 0; k < f->row->param_count; k++) {
		const struct fact_param *param =
			facts_row(facts, params, struct fact_param, f->row->first_param + k);
		const char *name = facts_string(facts, param->name);
		struct once_subject subject = {.kind = ONCE_PARAMETER, .param = k};

		if (!(param->flags & FACT_SYMBOL_CALLABLE) || !*name)
			continue;
		subject.certainty =
			certainty(f, facts_string(facts, param->type), name, &subject.at_most);
		if (subject.certainty == 0)
			continue;
		subject.place = row_of(f, k, PROGRAM_NONE);
		add(f, subject, name);
	}
}

/* Is the object only read here: const struct section *? A request is written to when it is done. */
static bool is_row(const struct finder *f, fact_id object)
{
	const struct fact_param *row = program_local(flow_program(f->flow), flow_function(f->flow),
						     flow_value(f->flow, object));

	return row && g_str_has_prefix(facts_string(facts_of(f), row->type), "const ");
}

static void add_field(const struct finder *f, const struct fact_event *e)
{
	const struct program *program = flow_program(f->flow);
	const struct program_symbol *field;
	struct once_subject subject = {.kind = ONCE_FIELD, .place = e->a};
	const struct fact_value *v = flow_value(f->flow, e->a);
	g_autofree char *name = NULL;

	if (v->kind == FACT_VALUE_DEREF) {
		subject.place = v->a;
		v = flow_value(f->flow, v->a);
	}
	if (v->kind != FACT_VALUE_FIELD || v->b == FACT_NONE ||
	    (e->flags & FACT_EVENT_RESULT_USED) || is_known(f, subject.place))
		return;
	field = &program->symbols[program->units[flow_unit(f->flow)].symbols[v->a]];
	if (!field->type)
		return;
	subject.certainty = certainty(f, field->type, field->name, &subject.at_most);
	if (subject.certainty == BY_NAME && is_row(f, v->b))
		subject.certainty *= OF_ROW;
	name = g_strdup_printf("%s", field->name);
	subject.object = v->b;
	subject.field = program->units[flow_unit(f->flow)].symbols[v->a];
	if (subject.certainty > 0)
		add(f, subject, name);
}

/* The name of the local or parameter that `value` is, or NULL. */
static const char *name_of(const struct finder *f, fact_id value)
{
	const struct facts *facts = facts_of(f);
	const struct fact_value *v = flow_value(f->flow, value);

	if (v->kind == FACT_VALUE_LOCAL)
		return facts_string(facts, facts_row(facts, locals, struct fact_param,
						     f->row->first_local + v->a)
						   ->name);
	if (v->kind == FACT_VALUE_PARAM)
		return facts_string(facts, facts_row(facts, params, struct fact_param,
						     f->row->first_param + v->a)
						   ->name);
	return NULL;
}

static bool is_made_here(const struct finder *f, fact_id place)
{
	for (uint32_t i = 0; i < f->count; i++) {
		const struct fact_event *e = &f->events[i];
		const struct model_function *model;

		if (e->kind != FACT_EVENT_ASSIGN || !flow_same(f->flow, e->a, place) ||
		    e->b == FACT_NONE || flow_value(f->flow, e->b)->kind != FACT_VALUE_CALL)
			continue;
		model = flow_model(f->flow, flow_value(f->flow, e->b)->a);
		if (model && model->contract.makes_task)
			return true;
	}
	return false;
}

/* Is the local given a parameter, and nothing else: GTask *task = user_data? */
static bool is_user_data(const struct finder *f, fact_id place)
{
	bool found = false;

	if (flow_value(f->flow, place)->kind != FACT_VALUE_LOCAL)
		return false;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct fact_event *e = &f->events[i];

		if (e->kind != FACT_EVENT_ASSIGN || !flow_same(f->flow, e->a, place))
			continue;
		if (e->b == FACT_NONE || flow_value(f->flow, e->b)->kind != FACT_VALUE_PARAM)
			return false;
		found = true;
	}
	return found;
}

static void add_task(const struct finder *f, fact_id place)
{
	struct once_subject subject = {.kind = ONCE_TASK, .place = place, .certainty = BY_MODEL};
	const char *name = place == FACT_NONE ? NULL : name_of(f, place);

	if (!name || is_known(f, place))
		return;
	subject.made_here = is_made_here(f, place);
	subject.user_data = is_user_data(f, place);
	add(f, subject, name);
}

static void see(const struct finder *f, uint32_t at)
{
	const struct fact_event *e = &f->events[at];
	const struct model_function *model;

	if (e->kind == FACT_EVENT_ASSIGN && e->b != FACT_NONE &&
	    flow_value(f->flow, e->b)->kind == FACT_VALUE_CALL) {
		model = flow_model(f->flow, flow_value(f->flow, e->b)->a);
		if (model && model->contract.makes_task)
			add_task(f, e->a);
	}
	if (e->kind != FACT_EVENT_CALL)
		return;
	model = flow_model(f->flow, f->first + at);
	if (model && model->contract.completes >= 0)
		add_task(f, program_argument(flow_program(f->flow), flow_unit(f->flow), e,
					     (uint32_t)model->contract.completes));
	else
		add_field(f, e);
}

static struct finder finder_of(struct flow *flow, const struct models *models)
{
	const struct program *program = flow_program(flow);
	struct finder f = {.flow = flow, .models = models};

	f.events = program_events(program, flow_function(flow), &f.first, &f.count);
	f.row = facts_row(facts_of(&f), functions, struct fact_function,
			  program->functions[flow_function(flow)].row);
	return f;
}

GArray *once_subjects(struct flow *flow, const struct models *models)
{
	struct finder f = finder_of(flow, models);

	f.subjects = g_array_new(FALSE, FALSE, sizeof(struct once_subject));
	add_parameters(&f);
	for (uint32_t i = 0; i < f.count; i++)
		see(&f, i);
	return f.subjects;
}

bool once_subject_of(struct flow *flow, const struct once_subject *subject, uint32_t param,
		     struct once_subject *ret_subject)
{
	struct finder f = finder_of(flow, NULL);
	struct once_subject seen = {.kind = subject->kind, .field = PROGRAM_NONE};

	seen.place = row_of(&f, param, PROGRAM_NONE);
	if (subject->kind == ONCE_FIELD) {
		seen.field = subject->field;
		seen.object = seen.place;
		seen.place = row_of(&f, param, seen.field);
	}
	if (seen.place == FACT_NONE && (subject->kind != ONCE_FIELD || seen.object == FACT_NONE))
		return false;
	find_aliases(&f, &seen);
	*ret_subject = seen;
	return true;
}

void once_subjects_free(GArray *subjects)
{
	for (guint i = 0; i < subjects->len; i++)
		g_free((char *)g_array_index(subjects, struct once_subject, i).name);
	g_array_free(subjects, TRUE);
}

bool once_is_subject(const struct flow *flow, const struct once_subject *subject, fact_id value)
{
	const struct fact_value *v;

	if (value == FACT_NONE)
		return false;
	v = flow_value(flow, value);
	if (v->kind == FACT_VALUE_DEREF)
		value = v->a;
	if (flow_same(flow, value, subject->place))
		return true;
	v = flow_value(flow, value);
	return v->kind == FACT_VALUE_LOCAL && v->a < LOCALS &&
	       (subject->aliases & UINT64_C(1) << v->a);
}
