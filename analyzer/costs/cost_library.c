/* What calls of library functions cost: as their models say, over the sizes of the caller. */
#include <string.h>

#include "analyzer/costs/cost_private.h"

#define UNITS_LOCK 20
#define UNITS_ALLOCATION 50
#define UNITS_SYSTEM 300 /* a system call, or what buffers for one */
#define UNITS_BYTE 0.125 /* a string function looks at eight bytes in a step */

/* What is no byte counts as eight: arrays of records are hardly ever compressed. */
static double element_bytes(const char *type)
{
	static const char *const bytes[] = {"char", "int8", "byte", "Byte", "u8", NULL};

	for (guint i = 0; bytes[i]; i++)
		if (strstr(type, bytes[i]))
			return 1;
	return sizeof(int64_t);
}

/* How much the array holds that `value` points into, as `sink` counts: elements where it sorts,
 * else bytes; 0 if it is not seen to be one. */
static double extent_of(const struct cost_body *body, fact_id value, const struct model_sink *sink)
{
	struct fact_value v = cost_value(body, value);
	const char *type;

	while (v.kind == FACT_VALUE_ADDRESS || v.kind == FACT_VALUE_ELEMENT ||
	       (v.kind == FACT_VALUE_BINARY && v.op < FACT_OP_LT))
		v = cost_value(body, v.a);
	type = cost_type_of(body, &v);
	return cost_array_length(type) * (sink->sorting ? 1 : element_bytes(type));
}

/* The term grows with what the field of argument 0 was given: stream.avail_in = size. False if
 * that is not seen in the function. */
static bool grow_with_field(struct cost_body *body, fact_id event, const char *name,
			    struct cost_term *term)
{
	const struct program *program = body->costs->program;

	for (fact_id i = event; i-- > body->first;) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to;
		uint32_t size = COST_NONE;
		double constant = 0;

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = cost_value(body, e->a);
		if (to.kind != FACT_VALUE_FIELD ||
		    !g_str_equal(program->symbols[program->units[body->unit].symbols[to.a]].name,
				 name))
			continue;
		if (cost_number(body, e->b, i, &constant, &size)) {
			term->units *= constant;
			return true;
		}
		term->factors[term->count++] =
			(struct cost_factor){size, event, COST_ARG_NONE, false};
		return true;
	}
	return false;
}

/* The term grows with argument `arg` of the call, or with the length of that text. */
static void grow_with(struct cost_body *body, fact_id event, int arg, bool is_text,
		      struct cost_term *term)
{
	fact_id value = program_argument(body->costs->program, body->unit,
					 &body->events[event - body->first], (uint32_t)arg);
	uint32_t size = COST_NONE;
	double constant = 0;
	bool known = is_text ? cost_string(body, value, event, &constant, &size)
			     : cost_number(body, value, event, &constant, &size);

	term->factors[term->count++] = (struct cost_factor){size, event, arg, false};
	if (known)
		cost_settle(term, term->count - 1, constant);
}

/* The size of a call over an array is no larger than that. */
static void settle_within(const struct cost_body *body, fact_id event,
			  const struct model_sink *sink, struct cost_term *term)
{
	fact_id over = program_argument(body->costs->program, body->unit, cost_event(body, event),
					(uint32_t)sink->over_arg);
	double extent = over == FACT_NONE ? 0 : extent_of(body, over, sink);

	if (extent > 0)
		cost_settle(term, 0, extent);
}

/* What a model says of computing, NULL if it says nothing. */
static const struct model_sink *computing_sink(const struct model_function *model)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_COMPUTE)
			return &model->sinks[i];
	return NULL;
}

/* Units for one of its size. */
static double sized_units(const struct model_sink *sink)
{
	if (sink->units > 0)
		return (double)sink->units;
	if (sink->size_field)
		return 1;
	return sink->class == MODEL_C2 ? COST_UNITS_COMPARE : UNITS_BYTE;
}

/* Units for all where no size is seen. `usual` is what is noteworthy. */
static double unsized_units(const struct model_sink *sink, double usual)
{
	if (sink->units > 0 && !sink->size_field)
		return (double)sink->units;
	return sink->class == MODEL_C2 ? MAX(COST_LIMIT, usual) : COST_UNITS_CALL;
}

bool cost_library_term(struct cost_body *body, fact_id event, const struct model_function *model,
		       struct cost_term *ret_term)
{
	const struct model_sink *sink = computing_sink(model);

	if (!sink)
		return false;
	*ret_term = (struct cost_term){.units = unsized_units(sink, body->costs->usual)};
	if (sink->size_field) {
		struct cost_term sized = {.units = sized_units(sink)};

		sized.library = grow_with_field(body, event, sink->size_field, &sized);
		if (sized.library)
			*ret_term = sized;
		return true;
	}
	if (sink->size_arg < 0 && sink->string_arg < 0)
		return true;
	ret_term->library = true;
	ret_term->units = sized_units(sink);
	ret_term->sorting = sink->sorting;
	if (sink->sorting)
		ret_term->units *= COST_LOG_LARGE;
	grow_with(body, event, sink->string_arg >= 0 ? sink->string_arg : sink->size_arg,
		  sink->string_arg >= 0, ret_term);
	if (sink->over_arg >= 0 && ret_term->count)
		settle_within(body, event, sink, ret_term);
	for (guint i = 0; i < sink->times_count; i++)
		grow_with(body, event, sink->times[i].arg, false, ret_term);
	return true;
}

bool cost_library_call(struct costs *costs, uint32_t function, fact_id event,
		       struct cost_term *ret_term)
{
	struct cost_body body;
	const struct model_function *model;

	cost_body_init(&body, costs, function);
	model = program_call_model(costs->program, body.unit, cost_event(&body, event));
	return model && cost_library_term(&body, event, model, ret_term);
}

double cost_library_units(const struct model_function *model)
{
	if (model->allocates)
		return UNITS_ALLOCATION;
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind != MODEL_COMPUTE)
			return model->sinks[i].kind == MODEL_LOCK ? UNITS_LOCK : UNITS_SYSTEM;
	return model->sink_count ? (double)model->sinks[0].call_units : 0;
}

double cost_library_times(const struct model_function *model, const struct cost_term *term)
{
	const struct model_sink *sink = computing_sink(model);

	return term->library && term->count == 0 && !sink->sorting ? term->units / sized_units(sink)
								   : 0;
}

struct cost_model cost_model(const struct costs *costs, const struct model_function *model)
{
	const struct model_sink *sink = computing_sink(model);
	struct cost_model cost = {.sink = sink, .call_units = cost_library_units(model)};

	if (!sink)
		return cost;
	cost.sized = sink->size_field || sink->size_arg >= 0 || sink->string_arg >= 0;
	cost.units = cost.sized ? sized_units(sink) : unsized_units(sink, costs->usual);
	return cost;
}

/* How much is in the array that the call `event` in `function` goes over? It may be one that the
 * calls on the path hand down. */
static double extent_along(struct costs *costs, const struct path *path, uint32_t function,
			   fact_id event, const struct model_sink *sink)
{
	struct cost_body body;
	guint left = path->edges->len;
	int arg = sink->over_arg;

	while (arg >= 0) {
		fact_id value;
		struct fact_value v;
		const struct program_edge *edge = NULL;
		double extent;

		cost_body_init(&body, costs, function);
		value = program_argument(costs->program, body.unit, cost_event(&body, event),
					 (uint32_t)arg);
		v = cost_value(&body, value);
		extent = value == FACT_NONE ? 0 : extent_of(&body, value, sink);
		if (extent > 0 || v.kind != FACT_VALUE_PARAM)
			return extent;
		while (left > 0 && !edge) {
			edge = &costs->program->edges[g_array_index(path->edges, uint32_t, --left)];
			edge = edge->callee == function && edge->kind != EDGE_SYNCHRONOUS ? edge
											  : NULL;
		}
		if (!edge)
			return 0;
		function = edge->caller;
		event = edge->event;
		arg = (int)v.a;
	}
	return 0;
}

void cost_within(struct costs *costs, const struct path *path, const struct sink_site *site,
		 struct cost_term *term)
{
	double extent;

	if (term->count == 0 || site->sink->over_arg < 0)
		return;
	extent = extent_along(costs, path, site->function, site->event, site->sink);
	if (extent > 0)
		cost_settle(term, 0, extent);
}
