/* Who runs where. A registration makes a function a continuation of a context; contexts then
 * spread along calls. Handing a function to a worker pool is no call, so worker code is not reached
 * from the loop that handed it over; that is all there is to offload edges.
 *
 * Registrations come from models of calls, fields and typedefs, from annotations, and from
 * home-made loops. Wrappers need nothing special: the pointer closure carries a function through
 * any number of parameters and fields to the place that is modelled. */
#include "analyzer/context.h"

#include <string.h>

#include "analyzer/field_use.h"
#include "analyzer/handed.h"
#include "analyzer/loop.h"
#include "analyzer/method.h"
#include "analyzer/noted.h"
#include "analyzer/program_private.h"

#define CERTAINTY_MODEL 1.0
#define CERTAINTY_TYPEDEF 0.9
#define CERTAINTY_LOOP_PLACE 0.9
#define CERTAINTY_LOOP_CALL 0.85
#define CERTAINTY_HANDED 0.8
/* Calls between a source of the program's own and those of its handlers. */
#define SOURCE_HELPERS 2

struct finder {
	struct program *program;
	GArray *rows;      /* struct program_registration */
	GArray *lost;      /* struct program_unresolved: callbacks that no function is known of */
	struct noted noted;
	struct model_typedef said; /* a type that an annotation speaks of, see type_of() */
	GHashTable *known; /* function << 3 | context bit index -> row + 1 */
};

static uint32_t context_bit(enum model_context context)
{
	switch (context) {
	case MODEL_CONTEXT_IO:
		return CONTEXT_IO;
	case MODEL_CONTEXT_WORKER:
		return CONTEXT_WORKER;
	case MODEL_CONTEXT_SIGNAL:
		return CONTEXT_SIGNAL;
	case MODEL_CONTEXT_CHILD:
		return CONTEXT_CHILD;
	case MODEL_CONTEXT_SAME:
		break;
	}
	return 0;
}

static const char *intern(struct finder *finder, const char *text)
{
	return g_string_chunk_insert_const(finder->program->private->names, text);
}

/* What the registering place calls or stores into, for people. */
static const char *via_of(struct finder *finder, uint32_t unit, const struct fact_event *e)
{
	const struct program *program = finder->program;
	uint32_t symbol = PROGRAM_NONE;
	const struct fact_value *v;
	g_autofree char *field = NULL;

	if (e->kind == FACT_EVENT_CALL)
		symbol = program_callee(program, unit, e);
	for (fact_id value = e->a; symbol == PROGRAM_NONE && value != FACT_NONE;) {
		v = program_value(program, unit, value);
		if (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE)
			symbol = program->units[unit].symbols[v->a];
		else if (v->kind == FACT_VALUE_ELEMENT || v->kind == FACT_VALUE_DEREF)
			value = v->a;
		else
			break;
	}
	if (symbol == PROGRAM_NONE)
		return "";
	if (!program->symbols[symbol].owner || program->symbols[symbol].kind != FACT_SYMBOL_FIELD)
		return program->symbols[symbol].name;
	field = g_strdup_printf("%s.%s", program->symbols[symbol].owner,
				program->symbols[symbol].name);
	return intern(finder, field);
}

static gpointer key_of(const struct program_registration *row)
{
	return GSIZE_TO_POINTER((gsize)row->function << 8 | row->context);
}

static void add_row(struct finder *finder, const struct program_registration *row)
{
	gpointer key = key_of(row);
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(finder->known, key));
	struct program_registration *old;

	if (!known) {
		g_array_append_vals(finder->rows, row, 1);
		g_hash_table_insert(finder->known, key, GUINT_TO_POINTER(finder->rows->len));
		return;
	}
	old = &g_array_index(finder->rows, struct program_registration, known - 1);
	if (row->certainty > old->certainty)
		*old = *row;
}

/* `target` becomes a continuation; `unit`, `function`, `event` are where the model says so. */
static void add_target(struct finder *finder, uint32_t unit, uint32_t function, fact_id event,
		       const struct target *target, struct program_registration row)
{
	struct program *program = finder->program;
	struct definitions callees;

	row.unit = unit;
	row.in_function = function;
	row.event = event;
	if (target->seed != TARGETS_HERE) {
		const struct target_seed *seed =
			targets_seed(program->private->targets, target->seed);

		row.unit = seed->unit;
		row.in_function = seed->function;
		row.event = seed->event;
	}
	callees = program_definitions(program, row.unit, target->symbol);
	if (callees.count)
		row.via = via_of(finder, row.unit, program_event(program, row.unit, row.event));
	row.certainty /= MAX(callees.count, 1);
	for (guint i = 0; i < callees.count; i++) {
		row.function = callees.functions[i];
		add_row(finder, &row);
	}
}

static void add_value(struct finder *finder, uint32_t unit, uint32_t function, fact_id event,
		      fact_id value, struct program_registration row)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	bool stored = true, cut = false;

	targets_of_value(finder->program->private->targets, unit, function, value, found, &stored,
			 &cut);
	for (guint i = 0; i < found->len; i++)
		add_target(finder, unit, function, event, &g_array_index(found, struct target, i),
			   row);
}

/* Remembers a callback that is handed over in `function` and may be no function that is known. */
static void note_lost(struct finder *finder, uint32_t function, fact_id event, fact_id value)
{
	const struct program *program = finder->program;
	const struct targets *targets = program->private->targets;
	uint32_t unit = program->functions[function].unit;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(struct target));
	struct program_unresolved row = {.function = function, .event = event, .value = value};
	const struct fact_value *v;
	bool stored = true, cut = false;
	uint32_t node;

	if (value == FACT_NONE)
		return;
	v = program_value(program, unit, value);
	node = targets_node(targets, unit, function, value);
	targets_of_value(targets, unit, function, value, found, &stored, &cut);
	if ((found->len && !cut) || v->kind == FACT_VALUE_NULL || v->kind == FACT_VALUE_INT ||
	    v->kind == FACT_VALUE_CHOICE)
		return;
	if (cut)
		(void)targets_of(targets, node, &row.target_count, NULL, NULL);
	row.place = node < program->symbol_count ? node : PROGRAM_NONE;
	row.via = via_of(finder, unit, program_event(program, unit, event));
	g_array_append_val(finder->lost, row);
}

/* A callback that an argument is. What a variadic function takes may be something else. */
static void add_argument(struct finder *finder, uint32_t function, fact_id event, fact_id value,
			 struct program_registration row)
{
	const struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	uint32_t callee = program_callee(program, unit, program_event(program, unit, event));

	add_value(finder, unit, function, event, value, row);
	if (!(program->symbols[callee].flags & FACT_SYMBOL_VARIADIC))
		note_lost(finder, function, event, value);
}

/* All functions that a symbol (a field, a variable) holds. Where a function was put into a record
 * that a call then takes, that call says where it runs; `sure`: only those. */
static void add_place(struct finder *finder, uint32_t node, struct program_registration row,
		      bool sure)
{
	const struct targets *targets = finder->program->private->targets;
	guint count;
	bool cut;
	const struct target *found = targets_of(targets, node, &count, NULL, &cut);

	for (guint i = 0; i < count && !cut; i++) {
		struct program_registration mine = row;
		const struct model_continuation *use;

		if (found[i].seed == TARGETS_HERE)
			continue;
		use = field_use_of(finder->program, targets_seed(targets, found[i].seed));
		if (use)
			mine.context = context_bit(use->context);
		if (mine.context && (use || !sure))
			add_target(finder, 0, PROGRAM_NONE, 0, &found[i], mine);
	}
}

static void add_record_field(struct finder *finder, const char *name,
			     struct program_registration row, bool sure)
{
	const struct program *program = finder->program;
	const char *dot = strrchr(name, '.');

	for (uint32_t i = 0; dot && i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];

		if (symbol->kind == FACT_SYMBOL_FIELD && symbol->owner &&
		    g_str_equal(symbol->name, dot + 1) &&
		    strlen(symbol->owner) == (size_t)(dot - name) &&
		    !memcmp(symbol->owner, name, dot - name))
			add_place(finder, i, row, sure);
	}
}

/* The tag of the record that `value` is or points to, NULL if that cannot be seen. */
static const char *record_of(const struct program *program, uint32_t unit, uint32_t function,
			     fact_id value)
{
	const struct facts *facts = program->units[unit].facts;
	const struct fact_function *row;
	const struct fact_value *v = program_value(program, unit, value);
	const char *type = NULL;

	while (v->kind == FACT_VALUE_ADDRESS || v->kind == FACT_VALUE_ELEMENT)
		v = program_value(program, unit, v->a);
	row = facts_row(facts, functions, struct fact_function, program->functions[function].row);
	if (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD)
		type = program->symbols[program->units[unit].symbols[v->a]].type;
	else if (v->kind == FACT_VALUE_LOCAL)
		type = facts_string(
			facts,
			facts_row(facts, locals, struct fact_param, row->first_local + v->a)->type);
	else if (v->kind == FACT_VALUE_PARAM)
		type = facts_string(
			facts,
			facts_row(facts, params, struct fact_param, row->first_param + v->a)->type);
	if (type && g_str_has_prefix(type, "const "))
		type += strlen("const ");
	if (type && g_str_has_prefix(type, "struct "))
		type += strlen("struct ");
	return type;
}

/* `field: "*"`: every function in the record that the argument points to. */
static void add_whole_record(struct finder *finder, const char *type,
			     struct program_registration row)
{
	const struct program *program = finder->program;
	size_t length = type ? strcspn(type, " *[") : 0;

	for (uint32_t i = 0; length && i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];

		if (symbol->kind == FACT_SYMBOL_FIELD && symbol->owner &&
		    strlen(symbol->owner) == length && !memcmp(symbol->owner, type, length))
			add_place(finder, i, row, false);
	}
}

static void read_modelled_call(struct finder *finder, uint32_t function, fact_id event,
			       const struct model_function *model)
{
	struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);

	for (guint i = 0; i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];
		struct program_registration row = {
			.context = context_bit(c->context),
			.calls = c->calls,
			.library = model->library,
			.certainty = CERTAINTY_MODEL,
		};

		if (conditions_at_call(program->private->conditions, function, event, c->when) ==
		    FORMULA_FALSE)
			continue;
		if (c->context == MODEL_CONTEXT_SAME && !c->field && c->arg >= 0)
			note_lost(finder, function, event,
				  program_argument(program, unit, e, (uint32_t)c->arg));
		if (!row.context)
			continue;
		if (c->field && g_str_equal(c->field, "*"))
			add_whole_record(finder,
					 record_of(program, unit, function,
						   program_argument(program, unit, e, c->arg)),
					 row);
		else if (c->field)
			add_record_field(finder, c->field, row, c->when != NULL);
		else if (c->arg >= 0)
			add_argument(finder, function, event,
				     program_argument(program, unit, e, c->arg), row);
	}
}

/* A function goes into a field of a library's record of which a model says that it is called. */
static void read_store(struct finder *finder, uint32_t function, fact_id event)
{
	const struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	const struct fact_value *place = program_value(program, unit, e->a);
	const struct program_symbol *field;

	if (place->kind != FACT_VALUE_FIELD)
		return;
	field = &program->symbols[program->units[unit].symbols[place->a]];
	if (field->flags & FACT_SYMBOL_SYSTEM && field->owner &&
	    models_field(program->models, field->owner, field->name))
		note_lost(finder, function, event, e->b);
}

/* The typedef name of parameter `k` in a spelled function type, "int (uv_loop_t *, uv_read_cb)". */
static char *parameter_type(const char *type, uint32_t k)
{
	const char *at = strchr(type, '(');
	const char *begin;
	int depth = 0;

	for (begin = at ? ++at : NULL; at && *at; at++) {
		if ((*at == ',' || *at == ')') && !depth) {
			if (!k--)
				return g_strstrip(g_strndup(begin, at - begin));
			if (*at == ')')
				return NULL;
			begin = at + 1;
		}
		depth += (*at == '(') - (*at == ')');
	}
	return NULL;
}

/* What a model, or an annotation, says of callbacks of type `name`; NULL if nothing. The next call
 * may overwrite it. */
static const struct model_typedef *type_of(struct finder *finder, const char *name)
{
	finder->said = (struct model_typedef){.name = name};
	return noted_type(&finder->noted, name, &finder->said.context)
		       ? &finder->said
		       : models_typedef(finder->program->models, name);
}

/* A parameter is annotated: what is passed there is a continuation. */
static void read_noted_call(struct finder *finder, uint32_t function, fact_id event,
			    uint32_t symbol)
{
	const struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);
	enum model_context context;

	for (uint32_t k = 0; k < e->c; k++) {
		struct program_registration row = {.certainty = CERTAINTY_MODEL};

		if (!noted_param(&finder->noted, symbol, k, &context))
			continue;
		row.context = context_bit(context);
		add_argument(finder, function, event, program_argument(program, unit, e, k), row);
	}
}

/* A function passed as a type that a library declares for completions is a continuation. */
static void read_unknown_call(struct finder *finder, uint32_t function, fact_id event,
			      uint32_t symbol)
{
	struct program *program = finder->program;
	uint32_t unit = program->functions[function].unit;
	const struct fact_event *e = program_event(program, unit, event);

	for (uint32_t k = 0; k < e->c; k++) {
		const struct model_typedef *model;
		struct program_registration row = {.certainty = CERTAINTY_TYPEDEF};
		g_autofree char *type = NULL;
		fact_id value = program_argument(program, unit, e, k);

		if (targets_node(program->private->targets, unit, function, value) ==
			    PROGRAM_NONE &&
		    program_value(program, unit, value)->kind != FACT_VALUE_FUNCTION)
			continue;
		type = parameter_type(program->symbols[symbol].type, k);
		model = type ? type_of(finder, type) : NULL;
		if (!model || model->context == MODEL_CONTEXT_SAME)
			continue;
		row.context = context_bit(model->context);
		row.calls = model->calls;
		row.library = model->library;
		add_argument(finder, function, event, value, row);
	}
}

static void read_calls(struct finder *finder)
{
	struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count, unit = program->functions[i].unit;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count; k++) {
			uint32_t symbol;

			if (events[k].kind == FACT_EVENT_ASSIGN)
				read_store(finder, i, first + k);
			if (events[k].kind != FACT_EVENT_CALL)
				continue;
			symbol = program_callee(program, unit, &events[k]);
			if (symbol == PROGRAM_NONE)
				continue;
			read_noted_call(finder, i, first + k, symbol);
			if (program->symbols[symbol].model &&
			    program->symbols[symbol].model->continuation_count)
				read_modelled_call(finder, i, first + k,
						   program->symbols[symbol].model);
			else if (!program_definitions(program, unit, symbol).count)
				read_unknown_call(finder, i, first + k, symbol);
		}
	}
}

/* The handlers that a source of the program's own calls, itself or in a helper. */
static void read_source(struct finder *finder, uint32_t function, int depth)
{
	struct program *program = finder->program;
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct program_registration row = {
			.context = CONTEXT_IO,
			.certainty = CERTAINTY_LOOP_CALL,
		};
		uint32_t helper;

		if (events[i].kind != FACT_EVENT_CALL)
			continue;
		if (method_is_call(program, unit, &events[i]))
			add_value(finder, unit, function, first + i, events[i].a, row);
		helper = program_called(program, unit, &events[i]);
		if (helper != PROGRAM_NONE && depth < SOURCE_HELPERS)
			read_source(finder, helper, depth + 1);
	}
}

/* The functions in field `node` are sources of the program's own. */
static void read_sources(struct finder *finder, uint32_t node)
{
	const struct targets *targets = finder->program->private->targets;
	guint count;
	bool cut;
	const struct target *found = targets_of(targets, node, &count, NULL, &cut);

	for (guint i = 0; i < count && !cut; i++) {
		g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(uint32_t));

		targets_definitions(targets, &found[i], 0, sources);
		for (guint k = 0; k < sources->len; k++)
			read_source(finder, g_array_index(sources, uint32_t, k), 0);
	}
}

/* Fields that models name, and fields of callback typedefs. */
static void read_fields(struct finder *finder)
{
	struct program *program = finder->program;

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];
		const struct model_field *field;
		const struct model_typedef *type;
		struct program_registration row = {.certainty = CERTAINTY_MODEL};

		if (symbol->kind != FACT_SYMBOL_FIELD || !symbol->owner)
			continue;
		field = models_field(program->models, symbol->owner, symbol->name);
		type = field ? NULL : type_of(finder, symbol->type);
		if (!field && !type)
			continue;
		row.context = context_bit(field ? field->context : type->context);
		row.calls = field ? field->calls : type->calls;
		row.library = field ? field->library : type->library;
		if (!field)
			row.certainty = CERTAINTY_TYPEDEF;
		if (row.context)
			add_place(finder, i, row, false);
		if (field && field->dispatches)
			read_sources(finder, i);
	}
}

/* Parameters of callback typedefs: what flows into them is a continuation. */
static void read_parameters(struct finder *finder)
{
	struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct facts *facts = program_facts(program, i);
		const struct fact_function *f = facts_row(facts, functions, struct fact_function,
							  program->functions[i].row);

		for (uint32_t k = 0; k < f->param_count; k++) {
			const struct fact_param *p =
				facts_row(facts, params, struct fact_param, f->first_param + k);
			const struct model_typedef *type = NULL;
			struct program_registration row = {.certainty = CERTAINTY_TYPEDEF};

			if (p->type != FACT_NONE)
				type = type_of(finder, facts_string(facts, p->type));
			if (!type || type->context == MODEL_CONTEXT_SAME)
				continue;
			row.context = context_bit(type->context);
			row.calls = type->calls;
			row.library = type->library;
			add_place(finder, targets_parameter(program->private->targets, i, k), row,
					  false);
		}
	}
}

static void read_annotation(struct finder *finder, uint32_t unit, const struct facts *facts,
			    const struct fact_annotation *a)
{
	struct program *program = finder->program;
	struct program_registration row = {
		.context = CONTEXT_IO,
		.unit = unit,
		.in_function = PROGRAM_NONE,
		.event = FACT_NONE,
		.via = "CONTLINT_CONTINUATION",
		.certainty = CERTAINTY_MODEL,
	};
	enum model_context context;
	uint32_t symbol;

	if (a->symbol == FACT_NONE || a->number || !noted_context(facts, a, &context))
		return;
	row.context = context_bit(context);
	if (a->kind == FACT_ANNOTATION_RUNS_ON)
		row.via = "CONTLINT_RUNS_ON";
	symbol = program->units[unit].symbols[a->symbol];
	if (program->symbols[symbol].kind != FACT_SYMBOL_FUNCTION) {
		add_place(finder, symbol, row, false);
		return;
	}
	row.function = program_resolve(program, unit, symbol);
	if (row.function != PROGRAM_NONE)
		add_row(finder, &row);
}

static void read_annotations(struct finder *finder)
{
	for (uint32_t unit = 0; unit < finder->program->unit_count; unit++) {
		const struct facts *facts = finder->program->units[unit].facts;

		for (guint i = 0; i < facts->annotations->len; i++)
			read_annotation(finder, unit, facts,
					facts_row(facts, annotations, struct fact_annotation, i));
	}
}

/* The model of one's own library says that its users call a function from their loop. */
static void read_called_by_loop(struct finder *finder)
{
	const struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct program_function *f = &program->functions[i];
		const struct model_function *model = program->symbols[f->symbol].model;
		struct program_registration row = {
			.function = i,
			.context = CONTEXT_IO,
			.unit = f->unit,
			.in_function = PROGRAM_NONE,
			.event = FACT_NONE,
			.via = "called-by-loop",
			.certainty = CERTAINTY_MODEL,
		};

		if (model && model->called_by_loop)
			add_row(finder, &row);
	}
}

/* io->callback(io->context), where the function is given `io`. */
static bool is_handing_on(const struct program *program, uint32_t unit, const struct fact_event *e)
{
	fact_id record = method_record(program, unit, e);

	return record != FACT_NONE &&
	       program_value(program, unit, record)->kind == FACT_VALUE_PARAM &&
	       method_is_call(program, unit, e);
}

/* A loop often has a helper beside it for timers or for one kind of event: what that one calls
 * through a field or a variable is a continuation as well. In another file it must look like one:
 * it calls what a record of an event says, with what that record says. */
static void read_loop_helper(struct finder *finder, uint32_t loop, uint32_t helper)
{
	struct program *program = finder->program;
	uint32_t first, count, unit = program->functions[helper].unit;
	const struct fact_event *events = program_events(program, helper, &first, &count);
	bool beside = g_str_equal(program->functions[loop].file, program->functions[helper].file);

	for (uint32_t i = 0; i < count; i++) {
		struct program_registration row = {
			.context = CONTEXT_IO,
			.unit = unit,
			.in_function = helper,
			.event = first + i,
			.certainty = CERTAINTY_LOOP_CALL,
		};

		if (events[i].kind == FACT_EVENT_CALL &&
		    targets_node(program->private->targets, unit, helper, events[i].a) <
			    program->symbol_count &&
		    (beside || is_handing_on(program, unit, &events[i])))
			add_value(finder, unit, helper, first + i, events[i].a, row);
	}
}

/* A loop calls a function by its name. */
static void add_loop_call(struct finder *finder, const struct loop_dispatch *d,
			  struct program_registration row)
{
	const struct program *program = finder->program;
	const struct fact_event *e = program_event(program, row.unit, row.event);
	struct definitions callees =
		program_definitions(program, row.unit, program_callee(program, row.unit, e));

	row.certainty /= MAX(callees.count, 1);
	for (guint i = 0; i < callees.count; i++) {
		row.function = callees.functions[i];
		if (program->functions[row.function].is_loop)
			continue;
		add_row(finder, &row);
		read_loop_helper(finder, d->loop, row.function);
	}
}

static gint compare_bodies(gconstpointer left, gconstpointer right)
{
	const struct loop_body *a = left, *b = right;

	return (a->function > b->function) - (a->function < b->function);
}

/* What a loop does itself has a row as well, so that paths can begin there. */
static void read_bodies(struct finder *finder, GArray *bodies)
{
	struct program *program = finder->program;

	g_array_sort(bodies, compare_bodies);
	for (guint i = 0; i < bodies->len; i++) {
		const struct loop_body *body = &g_array_index(bodies, struct loop_body, i);
		struct program_registration row = {
			.function = body->function,
			.unit = program->functions[body->function].unit,
			.in_function = body->function,
			.event = body->wait,
			.via = program->functions[body->function].name,
			.certainty = CERTAINTY_LOOP_CALL,
		};

		add_row(finder, &row);
	}
	program->loop_body_count = bodies->len;
	program->loop_bodies = (void *)g_array_free(bodies, FALSE);
}

/* A function that is handed to a loop by name and also runs on a pool is both. */
static void read_loops(struct finder *finder)
{
	struct program *program = finder->program;
	GArray *bodies = g_array_new(FALSE, FALSE, sizeof(struct loop_body));
	g_autoptr(GArray) dispatches = loop_find(program, bodies);

	for (guint i = 0; i < dispatches->len; i++) {
		const struct loop_dispatch *d = &g_array_index(dispatches, struct loop_dispatch, i);
		uint32_t unit = program->functions[d->loop].unit;
		const struct fact_event *e = program_event(program, unit, d->event);
		struct program_registration row = {
			.context = CONTEXT_IO,
			.unit = unit,
			.in_function = d->loop,
			.event = d->event,
			.certainty = CERTAINTY_LOOP_PLACE,
		};

		if (d->indirect) {
			row.by_loop = true;
			add_value(finder, unit, d->loop, d->event, e->a, row);
			continue;
		}
		row.via = program->functions[d->loop].name;
		row.certainty = CERTAINTY_LOOP_CALL;
		add_loop_call(finder, d, row);
	}
	read_bodies(finder, bodies);
}

static void spread(struct program *program, uint32_t context)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (guint i = 0; i < program->registration_count; i++) {
		struct program_function *f =
			&program->functions[program->registrations[i].function];

		if (program->registrations[i].context != context || (f->contexts & context))
			continue;
		f->contexts |= context;
		g_array_append_val(queue, program->registrations[i].function);
	}
	for (guint head = 0; head < queue->len; head++) {
		const struct program_function *f =
			&program->functions[g_array_index(queue, uint32_t, head)];

		for (uint32_t k = 0; k < f->out_count; k++) {
			const struct program_edge *e = &program->edges[f->first_out + k];

			if (program->functions[e->callee].contexts & context)
				continue;
			if (conditions_guard(program->private->conditions, e->caller, e->event) ==
			    FORMULA_FALSE)
				continue;
			program->functions[e->callee].contexts |= context;
			g_array_append_val(queue, e->callee);
		}
	}
}

/* What the program's own machinery calls in front of the loop was handed to it. Contexts are there
 * already; what is new is that paths begin where the function was handed over. */
static void read_handed(struct finder *finder)
{
	g_autoptr(GArray) found = handed_find(finder->program);

	for (guint i = 0; i < found->len; i++) {
		const struct handed *h = &g_array_index(found, struct handed, i);
		struct program_registration row = {
			.context = CONTEXT_IO,
			.by_loop = h->by_loop,
			.certainty = CERTAINTY_HANDED,
		};

		add_target(finder, finder->program->functions[h->function].unit, h->function,
			   h->event, &h->target, row);
	}
}

/* What main() reaches and nothing else does runs before the loop, or after it. */
static void mark_startup(struct program *program)
{
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t i = 0; i < program->function_count; i++)
		if (g_str_equal(program->functions[i].name, "main")) {
			program->functions[i].contexts |= CONTEXT_STARTUP;
			g_array_append_val(queue, i);
		}
	for (guint head = 0; head < queue->len; head++) {
		const struct program_function *f =
			&program->functions[g_array_index(queue, uint32_t, head)];

		for (uint32_t k = 0; k < f->out_count; k++) {
			uint32_t callee = program->edges[f->first_out + k].callee;

			if (program->functions[callee].contexts)
				continue;
			program->functions[callee].contexts |= CONTEXT_STARTUP;
			g_array_append_val(queue, callee);
		}
	}
}

/* Callbacks that were lost stand behind the calls that were. */
static void keep_lost(struct program *program, GArray *lost)
{
	program->unresolved = g_renew(struct program_unresolved, program->unresolved,
				      program->unresolved_count + lost->len + 1);
	for (guint i = 0; i < lost->len; i++)
		program->unresolved[program->unresolved_count++] =
			g_array_index(lost, struct program_unresolved, i);
	g_array_free(lost, TRUE);
}

static gint compare_rows(gconstpointer left, gconstpointer right)
{
	const struct program_registration *a = left, *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return (a->context > b->context) - (a->context < b->context);
}

/* Lets the program have the rows so far. They are its own from the last time on. */
static void show_rows(struct finder *finder)
{
	g_array_sort(finder->rows, compare_rows);
	for (guint i = 0; i < finder->rows->len; i++)
		g_hash_table_insert(
			finder->known,
			key_of(&g_array_index(finder->rows, struct program_registration, i)),
			GUINT_TO_POINTER(i + 1));
	finder->program->registration_count = finder->rows->len;
	finder->program->registrations = (void *)finder->rows->data;
}

void context_find(struct program *program)
{
	struct finder finder = {
		.program = program,
		.rows = g_array_new(FALSE, FALSE, sizeof(struct program_registration)),
		.lost = g_array_new(FALSE, FALSE, sizeof(struct program_unresolved)),
		.known = g_hash_table_new(NULL, NULL),
	};

	noted_find(&finder.noted, program);
	read_calls(&finder);
	read_fields(&finder);
	read_parameters(&finder);
	read_annotations(&finder);
	read_called_by_loop(&finder);
	read_loops(&finder);
	keep_lost(program, finder.lost);
	show_rows(&finder);
	for (uint32_t bit = CONTEXT_IO; bit <= CONTEXT_CHILD; bit <<= 1)
		if (bit != CONTEXT_STARTUP && bit != CONTEXT_SHUTDOWN)
			spread(program, bit);
	mark_startup(program);
	read_handed(&finder);
	show_rows(&finder);
	g_array_free(finder.rows, FALSE);
	g_hash_table_destroy(finder.known);
	noted_clear(&finder.noted);
	for (guint i = 0; i < program->registration_count; i++)
		program->coverage.continuations += program->registrations[i].context == CONTEXT_IO;
}
