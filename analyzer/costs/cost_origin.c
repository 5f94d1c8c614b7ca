/* Who decides how large a number is: what is read on the I/O thread flows through assignments,
 * calls and returns into places; places that are raised or linked there grow.
 *
 * Flow-insensitive and field-based like the targets of pointers, over the functions that run on an
 * I/O thread. A value that is masked, divided down to a small remainder or cut by a minimum does
 * not carry on, and where an address is reckoned from a number, it is not the number that says
 * what stands there. */
#include <string.h>

#include "analyzer/costs/cost_private.h"
#include "analyzer/program_private.h"

/* A remainder or a mask up to this is small whatever was read. */
#define SMALL 4096
#define MAX_DEPTH 12
#define ANYTHING -1
#define FLOWS 8192 /* in a block */

struct flow {
	uint32_t from, to;
};

/* What is known of the type of a symbol, which is read when it is asked for first. */
enum is_pointer { NOT_ASKED, POINTER, NO_POINTER };

/* A symbol that is raised only while it is below another number. */
struct cap {
	uint32_t symbol, limit; /* limit: a node */
};

/* An assignment of a number to a symbol: it may be back to its beginning. */
struct reset {
	uint32_t function, symbol;
	const struct fact_event *event;
};

/* What is known of a field or variable. */
struct symbol {
	int32_t most;    /* what it never exceeds, ANYTHING if that is not known */
	uint8_t pointer; /* enum is_pointer */
	bool grown;
	bool reckoned;                /* from something else than one number */
	bool wraps;                   /* begins again, as the index of a ring does */
	bool written, written_before; /* on the I/O thread; elsewhere */
	bool counted;                 /* something is added to it; others may be read as they are */
};

struct origins {
	const struct program *program;
	const struct targets *targets; /* whose nodes these are */
	uint32_t node_count;
	bool *event;            /* by node */
	bool *raised;           /* by node: a number that grows, or a copy of one */
	uint32_t *param_counts; /* by function, COST_NONE until asked for */
	struct symbol *symbols; /* by symbol of the program */
	GArray *caps, *resets;
	GPtrArray *flows;   /* blocks of FLOWS struct flow */
	struct flow *block; /* the last of them */
	uint32_t flow_count;
	struct cost_tests *tests;
	uint32_t *queue; /* nodes that are marked and not spread yet: room for all */
	uint32_t queued;
	uint32_t *first, *to; /* the flows by where they start: see order_flows() */
};

/* Where the flows of one function start. */
struct place {
	struct origins *o;
	uint32_t function, unit;
	uint32_t params, locals;          /* nodes of the first one */
	struct cost_tests *tests;         /* NULL where nobody asks */
	const struct fact_value *values;  /* of the unit */
	const fact_id *arguments;         /* of calls, of the unit */
	const uint32_t *symbols;          /* of the unit */
	struct program_model_walk models; /* what is called */
	const struct program_edge *edges; /* likewise, by event */
	uint32_t edge_count, edge;        /* edge: the next of them */
};

static const struct fact_function *row_of(const struct program *program, uint32_t function)
{
	return facts_row(program_facts(program, function), functions, struct fact_function,
			 program->functions[function].row);
}

static struct place place_of(struct origins *o, uint32_t function, struct cost_tests *tests)
{
	const struct program_unit *unit = &o->program->units[o->program->functions[function].unit];
	uint32_t first = targets_first(o->targets, function);

	return (struct place){
		.o = o,
		.function = function,
		.unit = o->program->functions[function].unit,
		.values = facts_row(unit->facts, values, struct fact_value, 0),
		.arguments = facts_row(unit->facts, arguments, fact_id, 0),
		.symbols = unit->symbols,
		.params = first,
		.locals = first + row_of(o->program, function)->param_count,
		.tests = tests,
	};
}

static uint32_t node_of(const struct place *p, fact_id value)
{
	const struct fact_value *v = &p->values[value];

	switch ((int)v->kind) {
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		return p->symbols[v->a];
	case FACT_VALUE_PARAM:
		return p->params + v->a;
	case FACT_VALUE_LOCAL:
		return p->locals + v->a;
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
		return node_of(p, v->a);
	default:
		return COST_NONE;
	}
}

static void mark(struct origins *o, bool *marks, uint32_t node)
{
	if (node == COST_NONE || marks[node])
		return;
	marks[node] = true;
	o->queue[o->queued++] = node;
}

/* There are many: they stand in blocks, so that none is copied as they become more. */
static void add_flow(struct origins *o, uint32_t from, uint32_t to)
{
	if (from == COST_NONE || to == COST_NONE || from == to)
		return;
	if (o->flow_count % FLOWS == 0) {
		o->block = g_new(struct flow, FLOWS);
		g_ptr_array_add(o->flows, o->block);
	}
	o->block[o->flow_count++ % FLOWS] = (struct flow){from, to};
}

static const struct model_function *model_at(const struct place *p, const struct fact_event *e)
{
	return program_call_model(p->o->program, p->unit, e);
}

static uint32_t defined_at(const struct place *p, const struct fact_event *e)
{
	return program_called(p->o->program, p->unit, e);
}

static bool is_number(const struct place *p, fact_id value)
{
	return p->values[value].kind == FACT_VALUE_INT;
}

static bool is_small(const struct place *p, fact_id value)
{
	const struct fact_value *v = &p->values[value];

	return v->kind == FACT_VALUE_INT && v->number >= 0 && v->number <= SMALL;
}

/* The type of a place or of what a call returns, "" if it is neither. */
static const char *type_of(const struct place *p, const struct fact_value *v)
{
	const struct program *program = p->o->program;
	const struct facts *facts = program_facts(program, p->function);
	const struct fact_function *row = row_of(program, p->function);
	uint32_t symbol;

	switch ((int)v->kind) {
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		return program->symbols[p->symbols[v->a]].type;
	case FACT_VALUE_PARAM:
		return facts_string(
			facts,
			facts_row(facts, params, struct fact_param, row->first_param + v->a)->type);
	case FACT_VALUE_LOCAL:
		return facts_string(
			facts,
			facts_row(facts, locals, struct fact_param, row->first_local + v->a)->type);
	case FACT_VALUE_CALL:
		symbol = program_callee(program, p->unit, program_event(program, p->unit, v->a));
		return symbol == PROGRAM_NONE ? "" : program->symbols[symbol].type;
	default:
		return "";
	}
}

/* Is the value an address? A pointer behind a typedef is not known for one. */
static bool is_address(const struct place *p, fact_id value)
{
	const struct fact_value *v = value == FACT_NONE ? NULL : &p->values[value];
	const char *type;
	char stop;

	if (!v)
		return false;
	if (v->kind == FACT_VALUE_ADDRESS || v->kind == FACT_VALUE_STRING)
		return true;
	if (v->kind == FACT_VALUE_BINARY && (v->op == FACT_OP_ADD || v->op == FACT_OP_SUB))
		return is_address(p, v->a) != is_address(p, v->b);
	type = type_of(p, v);
	stop = type[strcspn(type, v->kind == FACT_VALUE_CALL ? "*(" : "*[")];
	return stop == '*' || stop == '[';
}

static bool is_pointer(const struct origins *o, uint32_t symbol)
{
	struct symbol *s = &o->symbols[symbol];

	if (s->pointer == NOT_ASKED)
		s->pointer = strchr(o->program->symbols[symbol].type, '*') ? POINTER : NO_POINTER;
	return s->pointer == POINTER;
}

static void note_most(const struct place *p, const struct fact_event *e, uint32_t symbol)
{
	struct symbol *s = &p->o->symbols[symbol];
	int64_t number;

	if (s->most == ANYTHING || is_pointer(p->o, symbol))
		return;
	s->counted |=
		e->op == FACT_OP_ADD || (e->b != FACT_NONE && p->values[e->b].op == FACT_OP_ADD);
	if (!cost_tests_most(p->tests, e, &number) || number > INT32_MAX)
		s->most = ANYTHING;
	else if (number > s->most)
		s->most = (int32_t)number;
}

static void flow_value(const struct place *p, fact_id value, uint32_t to, int depth);

/* What a call hands back: what it returns, or what it makes of its arguments (ntohs, atoi). */
static void flow_call(const struct place *p, fact_id value, uint32_t to, int depth)
{
	fact_id event = p->values[value].a;
	const struct fact_event *e = program_event(p->o->program, p->unit, event);
	const struct model_function *model = model_at(p, e);
	uint32_t defined = model ? PROGRAM_NONE : defined_at(p, e);
	bool address;

	if (model && model->reads_into != MODEL_READS_NOTHING) {
		mark(p->o, p->o->event, to);
		return;
	}
	if (defined != PROGRAM_NONE) {
		add_flow(p->o, targets_result(p->o->targets, defined), to);
		return;
	}
	address = e->c > 0 && is_address(p, value);
	for (uint32_t k = 0; k < e->c && k < 2; k++) {
		fact_id argument = p->arguments[e->b + k];

		if (!address || is_address(p, argument))
			flow_value(p, argument, to, depth + 1);
	}
}

static void flow_value(const struct place *p, fact_id value, uint32_t to, int depth)
{
	const struct fact_value *v;
	bool address;

	if (value == FACT_NONE || depth > MAX_DEPTH)
		return;
	v = &p->values[value];
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_LOCAL:
		add_flow(p->o, p->locals + v->a, to);
		return;
	case FACT_VALUE_PARAM:
		add_flow(p->o, p->params + v->a, to);
		return;
	case FACT_VALUE_VARIABLE:
		add_flow(p->o, p->symbols[v->a], to);
		return;
	case FACT_VALUE_ADDRESS:
		add_flow(p->o, node_of(p, value), to);
		return;
	case FACT_VALUE_FIELD:
		add_flow(p->o, p->symbols[v->a], to);
		if (v->b != FACT_NONE && v->b != value)
			flow_value(p, v->b, to, depth + 1); /* a header in what was read */
		return;
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
		flow_value(p, v->a, to, depth + 1);
		return;
	case FACT_VALUE_CALL:
		flow_call(p, value, to, depth);
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
		if (v->op == FACT_OP_REM) { /* less than what it is divided by */
			flow_value(p, v->b, to, depth + 1);
			return;
		}
		address = is_address(p, value);
		if (!address || is_address(p, v->a))
			flow_value(p, v->a, to, depth + 1);
		if (!address || is_address(p, v->b))
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
	const struct fact_value *v = &p->values[e->b];

	if (e->op == FACT_OP_ADD)
		return true;
	return e->op == FACT_OP_NONE && v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_ADD &&
	       node_of(p, e->a) == node_of(p, v->a);
}

/* Raised without end, or as far as some other number lets it. */
static void note_raise(const struct place *p, const struct fact_event *e, uint32_t symbol)
{
	fact_id limit = cost_tests_limit(p->tests, e);
	struct cap cap = {symbol, limit == FACT_NONE ? COST_NONE : node_of(p, limit)};

	if (cap.limit != COST_NONE)
		g_array_append_val(p->o->caps, cap);
	else if (limit == FACT_NONE || !is_number(p, limit))
		p->o->symbols[symbol].grown = true;
}

/* `if (x == n) x = 0`: back to a smaller number than the one it has come to. */
static bool begins_again(const struct place *p, const struct fact_event *e)
{
	fact_id limit = cost_tests_passed(p->tests, e);
	int64_t number = p->values[e->b].number;

	return limit != FACT_NONE && (!is_number(p, limit) || p->values[limit].number > number);
}

/* That is asked only of what is raised, when all is read. x %= n and x = (x + 1) % n say it. */
static void note_wrap(const struct place *p, const struct fact_event *e, uint32_t symbol)
{
	const struct fact_value *v = &p->values[e->b];
	struct reset reset = {p->function, symbol, e};

	if (e->op == FACT_OP_REM ||
	    (e->op == FACT_OP_NONE && v->kind == FACT_VALUE_BINARY && v->op == FACT_OP_REM))
		p->o->symbols[symbol].wraps = true;
	else if (e->op == FACT_OP_NONE && v->kind == FACT_VALUE_INT)
		g_array_append_val(p->o->resets, reset);
}

static void judge_resets(struct origins *o)
{
	g_autofree bool *raised = g_new(bool, o->program->symbol_count + 1);
	uint32_t last = PROGRAM_NONE;

	for (uint32_t i = 0; i < o->program->symbol_count; i++)
		raised[i] = o->symbols[i].grown;
	for (guint i = 0; i < o->caps->len; i++)
		raised[g_array_index(o->caps, struct cap, i).symbol] = true;
	for (guint i = 0; i < o->resets->len; i++) {
		const struct reset *reset = &g_array_index(o->resets, struct reset, i);
		struct place p = place_of(o, reset->function, o->tests);
		uint32_t first, count;

		if (!raised[reset->symbol] || o->symbols[reset->symbol].wraps)
			continue;
		if (reset->function != last)
			cost_tests_begin(
				o->tests, program_facts(o->program, reset->function),
				program_events(o->program, reset->function, &first, &count));
		last = reset->function;
		o->symbols[reset->symbol].wraps = begins_again(&p, reset->event);
	}
}

/* Is the value a number or a place, or a choice of such? */
static bool is_plain(const struct place *p, fact_id value)
{
	const struct fact_value *v = &p->values[value];

	return v->kind == FACT_VALUE_INT || v->kind == FACT_VALUE_PARAM ||
	       v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE ||
	       (v->kind == FACT_VALUE_CHOICE && is_plain(p, v->a) && is_plain(p, v->b));
}

static void note_symbol(const struct place *p, const struct fact_event *e, uint32_t symbol)
{
	const struct fact_value *v = &p->values[e->b];
	struct symbol *s = &p->o->symbols[symbol];

	s->written = true;
	note_most(p, e, symbol);
	note_wrap(p, e, symbol);
	s->reckoned |= e->op != FACT_OP_SUB && !(e->op == FACT_OP_NONE && is_plain(p, e->b));
	if (is_pointer(p->o, symbol))
		s->grown |= v->kind != FACT_VALUE_NULL && v->kind != FACT_VALUE_INT;
	else if (raises(p, e))
		note_raise(p, e, symbol);
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

/* memcpy(&count, packet, 4) */
static void flow_copy(const struct place *p, const struct fact_event *e,
		      const struct model_copy *copy)
{
	fact_id to = program_argument(p->o->program, p->unit, e, (uint32_t)copy->to);
	fact_id from = program_argument(p->o->program, p->unit, e, (uint32_t)copy->from);

	if (to != FACT_NONE && from != FACT_NONE)
		flow_value(p, from, node_of(p, to), 0);
}

/* An element was added to the container that hangs on `node`. */
static void note_fill(const struct place *p, uint32_t node)
{
	if (node < p->o->program->symbol_count)
		p->o->symbols[node].grown = true;
}

/* The model of the call `event`, or the function that it calls; to be asked in the order of the
 * events. */
static const struct model_function *next_called(struct place *p, fact_id event,
						uint32_t *ret_defined)
{
	const struct model_function *model = program_model_at(&p->models, event);

	*ret_defined = PROGRAM_NONE;
	if (model)
		return model;
	while (p->edge < p->edge_count && p->edges[p->edge].event < event)
		p->edge++;
	if (p->edge < p->edge_count && p->edges[p->edge].event == event &&
	    program_is_sure(&p->edges[p->edge]))
		*ret_defined = p->edges[p->edge].callee;
	return NULL;
}

/* How many parameters the function has. */
static uint32_t count_params(const struct origins *o, uint32_t function)
{
	if (o->param_counts[function] == COST_NONE)
		o->param_counts[function] = row_of(o->program, function)->param_count;
	return o->param_counts[function];
}

static void read_modelled(const struct place *p, const struct fact_event *e,
			  const struct model_function *model)
{
	fact_id filled = FACT_NONE, read = FACT_NONE;

	if (model->copies.to >= 0)
		flow_copy(p, e, &model->copies);
	if (model->fills >= 0)
		filled = program_argument(p->o->program, p->unit, e, (uint32_t)model->fills);
	if (model->reads_into >= 0)
		read = program_argument(p->o->program, p->unit, e, (uint32_t)model->reads_into);
	if (filled != FACT_NONE)
		note_fill(p, node_of(p, filled));
	if (read != FACT_NONE)
		mark(p->o, p->o->event, node_of(p, read));
}

static void read_call(struct place *p, fact_id event, const struct fact_event *e)
{
	uint32_t defined, count;
	const struct model_function *model = next_called(p, event, &defined);

	if (model)
		read_modelled(p, e, model);
	if (defined == PROGRAM_NONE)
		return;
	count = MIN(e->c, count_params(p->o, defined));
	for (uint32_t k = 0; k < count; k++)
		flow_value(p, p->arguments[e->b + k], targets_first(p->o->targets, defined) + k, 0);
}

static void read_function(struct origins *o, uint32_t function)
{
	uint32_t first, count;
	const struct fact_event *events = program_events(o->program, function, &first, &count);
	struct place p = place_of(o, function, o->tests);

	p.edges = &o->program->edges[o->program->functions[function].first_out];
	p.edge_count = o->program->functions[function].out_count;
	p.models = program_walk_models(o->program, function);
	cost_tests_begin(o->tests, program_facts(o->program, function), events);
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == FACT_EVENT_ASSIGN)
			read_assignment(&p, &events[i]);
		else if (events[i].kind == FACT_EVENT_CALL)
			read_call(&p, first + i, &events[i]);
		else if (events[i].kind == FACT_EVENT_RETURN)
			flow_value(&p, events[i].a, targets_result(o->targets, function), 0);
	}
}

/* What is written before the loop runs, by code that never runs on it. */
static void read_early(struct origins *o, uint32_t function)
{
	const struct place p = place_of(o, function, o->tests);
	uint32_t first, count;
	const struct fact_event *events = program_events(o->program, function, &first, &count);

	cost_tests_begin(o->tests, program_facts(o->program, function), events);
	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];
		uint32_t node = e->kind == FACT_EVENT_ASSIGN ? node_of(&p, e->a) : COST_NONE;

		if (node >= o->program->symbol_count)
			continue;
		o->symbols[node].written_before = true;
		note_most(&p, e, node);
	}
}

static uint32_t symbol_in(const struct program *program, uint32_t unit, fact_id value)
{
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);

	return v && (v->kind == FACT_VALUE_VARIABLE || v->kind == FACT_VALUE_FIELD)
		       ? program->units[unit].symbols[v->a]
		       : PROGRAM_NONE;
}

/* What numbers of static storage begin with; in tables of options their addresses stand. */
static void read_initializers(struct origins *o, uint32_t unit)
{
	uint32_t first, count;
	const struct fact_event *events = program_file_scope(o->program, unit, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct fact_event *e = &events[i];
		const struct fact_value *v =
			e->b == FACT_NONE ? NULL : program_value(o->program, unit, e->b);
		uint32_t symbol = symbol_in(o->program, unit, e->a);
		struct symbol *s;

		if (v && v->kind == FACT_VALUE_ADDRESS)
			symbol = symbol_in(o->program, unit, v->a);
		s = symbol == PROGRAM_NONE ? NULL : &o->symbols[symbol];
		if (!s || s->most == ANYTHING)
			continue;
		if (!v || v->kind != FACT_VALUE_INT || v->number > INT32_MAX)
			s->most = ANYTHING;
		else if (v->number > s->most)
			s->most = (int32_t)v->number;
	}
}

/* The numbers that a loop hands to a continuation are what came in: bytes, a status; and so is what
 * stands in a buffer. */
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
								  "gsize", "int64_t",
								  "const uv_buf_t *", NULL},
					    type))
				mark(o, o->event, targets_first(o->targets, r->function) + k);
		}
	}
}

/* A block of flows, and how many of them are set. */
static const struct flow *block_at(const struct origins *o, guint block, uint32_t *ret_count)
{
	*ret_count = MIN(FLOWS, o->flow_count - block * FLOWS);
	return o->flows->pdata[block];
}

/* Flows in order of their source, so that each node's stand together. */
static void order_flows(struct origins *o)
{
	uint32_t *first = o->first = g_new0(uint32_t, o->node_count + 2), count;

	o->to = g_new(uint32_t, o->flow_count + 1);
	for (guint b = 0; b < o->flows->len; b++) {
		const struct flow *flows = block_at(o, b, &count);

		for (uint32_t i = 0; i < count; i++)
			first[flows[i].from + 2]++;
	}
	for (uint32_t i = 2; i < o->node_count + 2; i++)
		first[i] += first[i - 1];
	for (guint b = 0; b < o->flows->len; b++) {
		const struct flow *flows = block_at(o, b, &count);

		for (uint32_t i = 0; i < count; i++)
			o->to[first[flows[i].from + 1]++] = flows[i].to;
	}
}

static void spread(struct origins *o, bool *marks)
{
	for (uint32_t head = 0; head < o->queued; head++) {
		uint32_t node = o->queue[head];

		for (uint32_t i = o->first[node]; i < o->first[node + 1]; i++)
			mark(o, marks, o->to[i]);
	}
	o->queued = 0;
}

/* Has the limit none itself? Its capacity of the moment limits an array that grows by no more than
 * the time until the next one is allocated. */
static bool is_no_limit(const struct origins *o, uint32_t node)
{
	return o->event[node] || o->raised[node] ||
	       (node < o->program->symbol_count &&
		(o->symbols[node].grown || o->symbols[node].reckoned));
}

/* Numbers that grow, and what is copied from them. A limit that grows is none: round after round,
 * for limits may have limits. */
static void spread_growth(struct origins *o)
{
	bool more = true;

	for (uint32_t i = 0; i < o->program->symbol_count; i++) {
		o->symbols[i].grown &= !o->symbols[i].wraps;
		if (o->symbols[i].grown && !is_pointer(o, i))
			mark(o, o->raised, i);
	}
	while (more) {
		more = false;
		spread(o, o->raised);
		for (guint i = 0; i < o->caps->len; i++) {
			const struct cap *cap = &g_array_index(o->caps, struct cap, i);

			if (o->symbols[cap->symbol].grown || o->symbols[cap->symbol].wraps ||
			    !is_no_limit(o, cap->limit))
				continue;
			more = o->symbols[cap->symbol].grown = true;
			mark(o, o->raised, cap->symbol);
		}
	}
}

static void forget_flows(struct origins *o)
{
	g_clear_pointer(&o->flows, g_ptr_array_unref);
	g_clear_pointer(&o->caps, g_array_unref);
	g_clear_pointer(&o->resets, g_array_unref);
	g_clear_pointer(&o->queue, g_free);
	g_clear_pointer(&o->tests, cost_tests_free);
	g_clear_pointer(&o->param_counts, g_free);
	g_clear_pointer(&o->first, g_free);
	g_clear_pointer(&o->to, g_free);
}

struct origins *origins_new(const struct program *program)
{
	struct origins *o = g_new0(struct origins, 1);
	uint32_t count;

	o->program = program;
	o->targets = program->private->targets;
	count = o->node_count = targets_node_count(o->targets);
	o->event = g_new0(bool, count + 1);
	o->raised = g_new0(bool, count + 1);
	o->symbols = g_new0(struct symbol, program->symbol_count + 1);
	o->flows = g_ptr_array_new_with_free_func(g_free);
	o->caps = g_array_new(FALSE, FALSE, sizeof(struct cap));
	o->resets = g_array_new(FALSE, FALSE, sizeof(struct reset));
	o->param_counts = g_new(uint32_t, program->function_count + 1);
	memset(o->param_counts, 0xff, sizeof(uint32_t) * (program->function_count + 1));
	o->queue = g_new(uint32_t, count + 1);
	o->tests = cost_tests_new();
	mark_roots(o);
	for (uint32_t unit = 0; unit < program->unit_count; unit++)
		read_initializers(o, unit);
	for (uint32_t i = 0; i < program->function_count; i++) {
		if (program->functions[i].contexts & CONTEXT_IO)
			read_function(o, i);
		else
			read_early(o, i);
	}
	judge_resets(o);
	order_flows(o);
	spread(o, o->event);
	spread_growth(o);
	forget_flows(o);
	return o;
}

void origins_free(struct origins *o)
{
	if (!o)
		return;
	g_free(o->event);
	g_free(o->raised);
	g_free(o->symbols);
	g_free(o);
}

enum cost_weight origins_symbol(const struct origins *o, uint32_t symbol)
{
	if (o->event[symbol] && !is_pointer(o, symbol))
		return COST_EVENT;
	if (o->symbols[symbol].grown || o->raised[symbol])
		return COST_GROWN;
	return !o->symbols[symbol].written && o->symbols[symbol].written_before ? COST_FIXED
										: COST_OPEN;
}

bool origins_most(const struct origins *o, uint32_t symbol, double *ret_most)
{
	*ret_most = o->symbols[symbol].most;
	/* Whoever has its address can make it any number. */
	return !(o->program->symbols[symbol].flags & FACT_SYMBOL_ADDRESS_TAKEN) &&
	       !o->event[symbol] && o->symbols[symbol].counted && o->symbols[symbol].most > 0;
}

static enum cost_weight weight_of(const struct origins *o, uint32_t node)
{
	return o->event[node] ? COST_EVENT : o->raised[node] ? COST_GROWN : COST_OPEN;
}

enum cost_weight origins_param(const struct origins *o, uint32_t function, uint32_t param)
{
	return weight_of(o, targets_first(o->targets, function) + param);
}

enum cost_weight origins_local(const struct origins *o, uint32_t function, uint32_t local)
{
	return weight_of(o, targets_first(o->targets, function) +
				    row_of(o->program, function)->param_count + local);
}
