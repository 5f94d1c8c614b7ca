/* Who decides how large a number is: what is read on the I/O thread flows through assignments,
 * calls and returns into places; places that are raised or linked there grow.
 *
 * Flow-insensitive and field-based like the targets of pointers, over the functions that run on an
 * I/O thread. A value that is masked, divided down to a small remainder or cut by a minimum does
 * not carry on. */
#include <string.h>

#include "analyzer/cost_private.h"
#include "analyzer/program_private.h"

/* A remainder or a mask up to this is small whatever was read. */
#define SMALL 4096
#define MAX_DEPTH 12

struct flow {
	uint32_t from, to;
};

struct origins {
	const struct program *program;
	uint32_t *bases; /* by function: node of its first parameter; symbols come first */
	uint32_t node_count;
	bool *event;                    /* by node */
	bool *grown;                    /* by symbol */
	bool *written, *written_before; /* by symbol: on the I/O thread; elsewhere */
	GArray *flows;
	GArray *queue; /* nodes */
};

/* Where the flows of one function start. */
struct place {
	struct origins *o;
	uint32_t function, unit;
};

static const struct fact_function *row_of(const struct program *program, uint32_t function)
{
	return facts_row(program_facts(program, function), functions, struct fact_function,
			 program->functions[function].row);
}

static uint32_t node_of(const struct place *p, fact_id value)
{
	const struct fact_value *v = program_value(p->o->program, p->unit, value);
	uint32_t base = p->o->bases[p->function];

	switch ((int)v->kind) {
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		return p->o->program->units[p->unit].symbols[v->a];
	case FACT_VALUE_PARAM:
		return base + v->a;
	case FACT_VALUE_LOCAL:
		return base + row_of(p->o->program, p->function)->param_count + v->a;
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return node_of(p, v->a);
	default:
		return COST_NONE;
	}
}

static uint32_t result_of(const struct origins *o, uint32_t function)
{
	const struct fact_function *row = row_of(o->program, function);

	return o->bases[function] + row->param_count + row->local_count;
}

static void mark(struct origins *o, uint32_t node)
{
	if (node == COST_NONE || o->event[node])
		return;
	o->event[node] = true;
	g_array_append_val(o->queue, node);
}

static void add_flow(struct origins *o, uint32_t from, uint32_t to)
{
	struct flow flow = {from, to};

	if (from != COST_NONE && to != COST_NONE && from != to)
		g_array_append_val(o->flows, flow);
}

static const struct model_function *model_at(const struct place *p, const struct fact_event *e)
{
	return program_call_model(p->o->program, p->unit, e);
}

static uint32_t defined_at(const struct place *p, const struct fact_event *e)
{
	const struct program *program = p->o->program;
	uint32_t symbol = program_callee(program, p->unit, e);

	return symbol == PROGRAM_NONE ? PROGRAM_NONE : program_resolve(program, p->unit, symbol);
}

static bool is_small(const struct place *p, fact_id value)
{
	const struct fact_value *v = program_value(p->o->program, p->unit, value);

	return v->kind == FACT_VALUE_INT && v->number >= 0 && v->number <= SMALL;
}

static void flow_value(const struct place *p, fact_id value, uint32_t to, int depth);

/* What a call hands back: what it returns, or what it makes of its arguments (ntohs, atoi). */
static void flow_call(const struct place *p, fact_id event, uint32_t to, int depth)
{
	const struct fact_event *e = program_event(p->o->program, p->unit, event);
	const struct model_function *model = model_at(p, e);
	uint32_t defined = model ? PROGRAM_NONE : defined_at(p, e);

	if (model && model->reads_into != MODEL_READS_NOTHING) {
		mark(p->o, to);
		return;
	}
	if (defined != PROGRAM_NONE) {
		add_flow(p->o, result_of(p->o, defined), to);
		return;
	}
	for (uint32_t k = 0; k < e->c && k < 2; k++)
		flow_value(p, program_argument(p->o->program, p->unit, e, k), to, depth + 1);
}

static void flow_value(const struct place *p, fact_id value, uint32_t to, int depth)
{
	const struct fact_value *v;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return;
	v = program_value(p->o->program, p->unit, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_ADDRESS:
		add_flow(p->o, node_of(p, value), to);
		return;
	case FACT_VALUE_FIELD:
		add_flow(p->o, node_of(p, value), to);
		if (v->b != FACT_NONE && v->b != value)
			flow_value(p, v->b, to, depth + 1); /* a header in what was read */
		return;
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
		flow_value(p, v->a, to, depth + 1);
		return;
	case FACT_VALUE_CALL:
		flow_call(p, v->a, to, depth);
		return;
	case FACT_VALUE_UNARY:
		if (v->op != FACT_OP_LNOT)
			flow_value(p, v->a, to, depth + 1);
		return;
	case FACT_VALUE_BINARY:
		if (v->op >= FACT_OP_LT)
			return;
		if ((v->op == FACT_OP_AND || v->op == FACT_OP_REM) && is_small(p, v->b))
			return;
		flow_value(p, v->a, to, depth + 1);
		flow_value(p, v->b, to, depth + 1);
		return;
	case FACT_VALUE_CHOICE: /* n > MAX ? MAX : n */
		if (is_small(p, v->a) || is_small(p, v->b))
			return;
		flow_value(p, v->a, to, depth + 1);
		flow_value(p, v->b, to, depth + 1);
		return;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
		return;
	}
}

/* x++, x += n, x = x + n */
static bool raises(const struct place *p, const struct fact_event *e)
{
	const struct fact_value *v = program_value(p->o->program, p->unit, e->b);

	if (e->op == FACT_OP_ADD)
		return true;
	return e->op == FACT_OP_NONE && v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_ADD &&
	       node_of(p, e->a) == node_of(p, v->a);
}

static bool is_pointer(const struct program_symbol *symbol)
{
	return strchr(symbol->type, '*') != NULL;
}

static void note_symbol(const struct place *p, const struct fact_event *e, uint32_t symbol)
{
	const struct fact_value *v = program_value(p->o->program, p->unit, e->b);

	p->o->written[symbol] = true;
	if (is_pointer(&p->o->program->symbols[symbol]))
		p->o->grown[symbol] |= v->kind != FACT_VALUE_NULL && v->kind != FACT_VALUE_INT;
	else
		p->o->grown[symbol] |= raises(p, e);
}

static void read_assignment(const struct place *p, const struct fact_event *e)
{
	uint32_t node = node_of(p, e->a);

	if (node == COST_NONE)
		return;
	if (node < p->o->program->symbol_count)
		note_symbol(p, e, node);
	flow_value(p, e->b, node, 0);
}

static void read_call(const struct place *p, const struct fact_event *e)
{
	const struct model_function *model = model_at(p, e);
	uint32_t defined = model ? PROGRAM_NONE : defined_at(p, e);
	uint32_t count = defined == PROGRAM_NONE ? 0 : row_of(p->o->program, defined)->param_count;

	for (uint32_t k = 0; k < e->c; k++) {
		fact_id argument = program_argument(p->o->program, p->unit, e, k);

		if (model && argument != FACT_NONE && (int)k == model->reads_into)
			mark(p->o, node_of(p, argument));
		else if (k < count)
			flow_value(p, argument, p->o->bases[defined] + k, 0);
	}
}

static void read_function(struct origins *o, uint32_t function)
{
	struct place p = {o, function, o->program->functions[function].unit};
	uint32_t first, count;
	const struct fact_event *events = program_events(o->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == FACT_EVENT_ASSIGN)
			read_assignment(&p, &events[i]);
		else if (events[i].kind == FACT_EVENT_CALL)
			read_call(&p, &events[i]);
		else if (events[i].kind == FACT_EVENT_RETURN)
			flow_value(&p, events[i].a, result_of(o, function), 0);
	}
}

/* What is written before the loop runs, by code that never runs on it. */
static void read_early(struct origins *o, uint32_t function)
{
	struct place p = {o, function, o->program->functions[function].unit};
	uint32_t first, count;
	const struct fact_event *events = program_events(o->program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t node =
			events[i].kind == FACT_EVENT_ASSIGN ? node_of(&p, events[i].a) : COST_NONE;

		if (node < o->program->symbol_count)
			o->written_before[node] = true;
	}
}

/* The numbers that a loop hands to a continuation are what came in: bytes, a status. */
static void mark_roots(struct origins *o)
{
	for (guint i = 0; i < o->program->registration_count; i++) {
		const struct program_registration *r = &o->program->registrations[i];
		const struct facts *facts = program_facts(o->program, r->function);
		const struct fact_function *row = row_of(o->program, r->function);

		if (r->context != CONTEXT_IO || !r->library)
			continue;
		for (uint32_t k = 0; k < row->param_count; k++) {
			const struct fact_param *param =
				facts_row(facts, params, struct fact_param, row->first_param + k);
			const char *type = facts_string(facts, param->type);

			if (g_strv_contains((const char *const[]){"ssize_t", "size_t", "gssize",
								  "gsize", "int64_t", NULL},
					    type))
				mark(o, o->bases[r->function] + k);
		}
	}
}

/* Edges in order of their source, so that each node's stand together. */
static void spread(struct origins *o)
{
	g_autofree uint32_t *first = g_new0(uint32_t, o->node_count + 2);
	g_autofree uint32_t *to = g_new0(uint32_t, o->flows->len + 1);

	for (guint i = 0; i < o->flows->len; i++)
		first[g_array_index(o->flows, struct flow, i).from + 2]++;
	for (uint32_t i = 2; i < o->node_count + 2; i++)
		first[i] += first[i - 1];
	for (guint i = 0; i < o->flows->len; i++) {
		const struct flow *flow = &g_array_index(o->flows, struct flow, i);

		to[first[flow->from + 1]++] = flow->to;
	}
	for (guint head = 0; head < o->queue->len; head++) {
		uint32_t node = g_array_index(o->queue, uint32_t, head);

		for (uint32_t i = first[node]; i < first[node + 1]; i++)
			mark(o, to[i]);
	}
}

struct origins *origins_new(const struct program *program)
{
	struct origins *o = g_new0(struct origins, 1);
	uint32_t next = program->symbol_count;

	o->program = program;
	o->bases = g_new0(uint32_t, program->function_count + 1);
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct fact_function *row = row_of(program, i);

		o->bases[i] = next;
		next += row->param_count + row->local_count + 1;
	}
	o->node_count = next;
	o->event = g_new0(bool, next + 1);
	o->grown = g_new0(bool, program->symbol_count + 1);
	o->written = g_new0(bool, program->symbol_count + 1);
	o->written_before = g_new0(bool, program->symbol_count + 1);
	o->flows = g_array_new(FALSE, FALSE, sizeof(struct flow));
	o->queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	mark_roots(o);
	for (uint32_t i = 0; i < program->function_count; i++) {
		if (program->functions[i].contexts & CONTEXT_IO)
			read_function(o, i);
		else
			read_early(o, i);
	}
	spread(o);
	g_array_free(o->flows, TRUE);
	g_array_free(o->queue, TRUE);
	o->flows = o->queue = NULL;
	return o;
}

void origins_free(struct origins *o)
{
	if (!o)
		return;
	g_free(o->bases);
	g_free(o->event);
	g_free(o->grown);
	g_free(o->written);
	g_free(o->written_before);
	g_free(o);
}

enum cost_weight origins_symbol(const struct origins *o, uint32_t symbol)
{
	if (o->event[symbol] && !is_pointer(&o->program->symbols[symbol]))
		return COST_EVENT;
	if (o->grown[symbol])
		return COST_GROWN;
	return !o->written[symbol] && o->written_before[symbol] ? COST_FIXED : COST_OPEN;
}

enum cost_weight origins_param(const struct origins *o, uint32_t function, uint32_t param)
{
	return o->event[o->bases[function] + param] ? COST_EVENT : COST_OPEN;
}

enum cost_weight origins_local(const struct origins *o, uint32_t function, uint32_t local)
{
	uint32_t node = o->bases[function] + row_of(o->program, function)->param_count + local;

	return o->event[node] ? COST_EVENT : COST_OPEN;
}
