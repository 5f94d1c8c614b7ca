/* Pointer targets. Nodes are symbols (fields and variables), then each function's parameters,
 * locals and result, then the results of indirect calls. A node's set only grows; what is new in it
 * goes along the copy edges and into the calls made through it. Misses functions that travel
 * through bytes of another type and through containers of void * whose set was cut. */
#include "analyzer/targets.h"

#include <string.h>

#include "analyzer/program_private.h"
#include "analyzer/row_table.h"
#include "analyzer/targets_private.h"

#define SAMPLES 8 /* targets of a set that tell it from others, mostly */

static const struct fact_function *row_of(const struct program *program, uint32_t function)
{
	const struct program_function *f = &program->functions[function];

	return facts_row(program->units[f->unit].facts, functions, struct fact_function, f->row);
}

uint32_t targets_first(const struct targets *targets, uint32_t function)
{
	return targets->base[function];
}

uint32_t targets_parameter(const struct targets *targets, uint32_t function, uint32_t k)
{
	if (k >= row_of(targets->program, function)->param_count)
		return PROGRAM_NONE;
	return targets->base[function] + k;
}

uint32_t targets_result(const struct targets *targets, uint32_t function)
{
	const struct fact_function *row = row_of(targets->program, function);

	return targets->base[function] + row->param_count + row->local_count;
}

static uint32_t indirect_result(const struct targets *targets, uint32_t unit, fact_id event)
{
	return targets->results[unit] ? targets->results[unit][event] : PROGRAM_NONE;
}

static uint32_t result_of_call(const struct targets *targets, uint32_t unit, fact_id event)
{
	const struct program *program = targets->program;
	uint32_t symbol = program_callee(program, unit, program_event(program, unit, event));
	uint32_t callee;

	if (symbol == PROGRAM_NONE)
		return indirect_result(targets, unit, event);
	callee = program_resolve(program, unit, symbol);
	return callee == PROGRAM_NONE ? PROGRAM_NONE : targets_result(targets, callee);
}

uint32_t targets_node(const struct targets *targets, uint32_t unit, uint32_t function,
		      fact_id value)
{
	const struct program *program = targets->program;
	const struct fact_value *v;

	while (value != FACT_NONE) {
		v = program_value(program, unit, value);
		switch ((enum fact_value_kind)v->kind) {
		case FACT_VALUE_VARIABLE:
		case FACT_VALUE_FIELD:
			return program->units[unit].symbols[v->a];
		case FACT_VALUE_PARAM:
			return function == PROGRAM_NONE
				       ? PROGRAM_NONE
				       : targets_parameter(targets, function, v->a);
		case FACT_VALUE_LOCAL:
			return function == PROGRAM_NONE
				       ? PROGRAM_NONE
				       : targets->base[function] +
						 row_of(program, function)->param_count + v->a;
		case FACT_VALUE_CALL:
			return result_of_call(targets, unit, v->a);
		case FACT_VALUE_ELEMENT:
		case FACT_VALUE_DEREF:
		case FACT_VALUE_ADDRESS:
			value = v->a;
			continue;
		case FACT_VALUE_UNKNOWN:
		case FACT_VALUE_INT:
		case FACT_VALUE_NULL:
		case FACT_VALUE_STRING:
		case FACT_VALUE_FUNCTION:
		case FACT_VALUE_UNARY:
		case FACT_VALUE_BINARY:
		case FACT_VALUE_CHOICE:
			return PROGRAM_NONE;
		}
	}
	return PROGRAM_NONE;
}

static uint32_t function_named(struct targets *targets, const char *name)
{
	const struct program *program = targets->program;

	if (!targets->functions) {
		targets->functions = g_hash_table_new(g_str_hash, g_str_equal);
		for (uint32_t i = 0; i < program->symbol_count; i++)
			if (program->symbols[i].kind == FACT_SYMBOL_FUNCTION &&
			    program->symbols[i].linkage == FACT_LINKAGE_EXTERNAL)
				g_hash_table_insert(targets->functions,
						    (char *)program->symbols[i].name,
						    GUINT_TO_POINTER(i + 1));
	}
	return GPOINTER_TO_UINT(g_hash_table_lookup(targets->functions, name)) - 1;
}

static void enqueue(struct targets *targets, uint32_t node)
{
	struct node *n = node_at(targets, node);

	if (n->queued)
		return;
	n->queued = true;
	g_array_append_val(targets->queue, node);
}

/* `target` is not in `node` yet, and comes there by name or in a copy. */
static void insert(struct targets *targets, uint32_t node, struct target target, bool by_name)
{
	struct node *n = node_at(targets, node);
	uint32_t most = n->slot || n->handed ? TARGETS_MAX_KEPT : TARGETS_MAX_COPIED;

	if (n->cut)
		return;
	/* A node that is cut passes nothing more on: what it holds is noise by now. */
	if (n->count == TARGETS_MAX_STORED || (!by_name && n->count - n->by_name >= most)) {
		n->cut = true;
		return;
	}
	if (n->count == n->capacity) {
		n->capacity = n->capacity ? n->capacity * 2 : 4;
		n->targets = g_renew(struct target, n->targets, n->capacity);
	}
	n->targets[n->count++] = target;
	n->by_name += by_name;
	enqueue(targets, node);
}

/* `target` comes into `node` by name. */
static void add_target(struct targets *targets, uint32_t node, struct target target)
{
	const struct node *n = node_at(targets, node);

	for (uint32_t i = 0; i < n->count; i++)
		if (n->targets[i].symbol == target.symbol)
			return;
	target.stored = true;
	insert(targets, node, target, true);
}

/* Adds targets `from` to `to` of one node to another. Marking what is there first makes it linear
 * in both. */
static void add_range(struct targets *targets, uint32_t source, uint32_t from, uint32_t to,
		      uint32_t node)
{
	struct node *n = node_at(targets, node);
	const struct node *s = node_at(targets, source);
	bool slots = n->slot && s->slot;
	bool sets = n->slot || n->handed;

	if (n->cut || node == source)
		return;
	targets->stamp++;
	for (uint32_t i = 0; i < n->count; i++)
		targets->stamps[n->targets[i].symbol] = targets->stamp;
	for (uint32_t i = from; i < to; i++) {
		struct target target = node_at(targets, source)->targets[i];

		/* What a parameter was given by name, or by somebody who was given it so. */
		target.set =
			sets && (target.set ? s->slot || s->handed : s->handed && target.stored);
		target.stored &= slots;
		if (targets->stamps[target.symbol] != targets->stamp)
			insert(targets, node, target, false);
	}
}

static void add_copy(struct targets *targets, uint32_t from, uint32_t to)
{
	struct node *n;
	struct copy copy = {.to = to};

	if (from == PROGRAM_NONE || to == PROGRAM_NONE || from == to)
		return;
	n = node_at(targets, from);
	copy.next = n->first_copy;
	n->first_copy = targets->copies->len;
	g_array_append_val(targets->copies, copy);
	add_range(targets, from, 0, node_at(targets, from)->done, to);
}

static bool is_defined(const struct program *program, uint32_t symbol)
{
	return program->private->first_definition[symbol] <
	       program->private->first_definition[symbol + 1];
}

/* dlsym(handle, "name"): the function of that name goes into `node`. */
static void flow_found(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
		       const struct model_function *model, uint32_t node)
{
	const struct program *program = targets->program;
	const struct fact_event *e = program_event(program, unit, event);
	fact_id name = program_argument(program, unit, e, (uint32_t)model->finds.name);
	const struct fact_value *v = name == FACT_NONE ? NULL : program_value(program, unit, name);
	struct target_seed seed = {unit, function, event};
	struct target target = {.seed = targets->seeds->len, .found = true};

	if (node == PROGRAM_NONE || !v || v->kind != FACT_VALUE_STRING)
		return;
	target.symbol = function_named(targets, facts_string(program->units[unit].facts, v->a));
	if (target.symbol == PROGRAM_NONE || !is_defined(program, target.symbol)) {
		node_at(targets, node)->sought = facts_string(program->units[unit].facts, v->a);
		return;
	}
	g_array_append_val(targets->seeds, seed);
	add_target(targets, node, target);
}

static void flow(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
		 fact_id value, uint32_t node);

/* What the object in argument `in` (-1: the result) carries goes with it, into `node`. */
static void flow_carried(struct targets *targets, uint32_t unit, uint32_t function, fact_id call,
			 const struct model_function *model, int in, uint32_t node)
{
	const struct fact_event *e = program_event(targets->program, unit, call);

	for (guint i = 0; i < model->carry_count; i++)
		if (model->carries[i].in == in)
			flow(targets, unit, function, call,
			     program_argument(targets->program, unit, e,
					      (uint32_t)model->carries[i].arg),
			     node);
}

/* The result of a call goes into `node`. */
static void flow_result(struct targets *targets, uint32_t unit, uint32_t function, fact_id call,
			uint32_t node)
{
	const struct fact_event *e = program_event(targets->program, unit, call);
	const struct model_function *model = program_call_model(targets->program, unit, e);
	uint32_t symbol = program_callee(targets->program, unit, e);
	struct definitions callees;

	if (symbol == PROGRAM_NONE) {
		add_copy(targets, indirect_result(targets, unit, call), node);
		return;
	}
	callees = program_definitions(targets->program, unit, symbol);
	if (model && model->finds.name >= 0 && model->finds.to < 0)
		flow_found(targets, unit, function, call, model, node);
	else if (!callees.count)
		node_at(targets, node)->external = symbol;
	if (model && !callees.count)
		flow_carried(targets, unit, function, call, model, -1, node);
	for (guint i = 0; i < callees.count; i++)
		add_copy(targets, targets_result(targets, callees.functions[i]), node);
}

/* All that `value` may be goes into `node`. */
static void flow(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
		 fact_id value, uint32_t node)
{
	const struct fact_value *v;

	if (value == FACT_NONE || node == PROGRAM_NONE)
		return;
	v = program_value(targets->program, unit, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_FUNCTION: {
		struct target_seed seed = {unit, function, event};
		struct target target = {.symbol = targets->program->units[unit].symbols[v->a],
					.seed = targets->seeds->len};
		g_array_append_val(targets->seeds, seed);
		add_target(targets, node, target);
		return;
	}
	case FACT_VALUE_CHOICE:
		flow(targets, unit, function, event, v->a, node);
		flow(targets, unit, function, event, v->b, node);
		return;
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF: {
		uint32_t place = targets_node(targets, unit, function, value);

		add_copy(targets, place, node);
		/* The callee may store through it as well as read. */
		if (v->kind == FACT_VALUE_ADDRESS)
			add_copy(targets, node, place);
		node_at(targets, node)->opaque |= place == PROGRAM_NONE;
		return;
	}
	case FACT_VALUE_CALL:
		flow_result(targets, unit, function, v->a, node);
		return;
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
		node_at(targets, node)->null = true;
		return;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_STRING:
	case FACT_VALUE_UNARY:
	case FACT_VALUE_BINARY:
		node_at(targets, node)->opaque = true;
		return;
	}
}

/* Is it a function, or a place that is declared as a pointer to one? */
static bool is_callable(const struct targets *targets, uint32_t unit, uint32_t function,
			fact_id value)
{
	const struct fact_value *v = program_value(targets->program, unit, value);
	const struct fact_param *local =
		function == PROGRAM_NONE ? NULL : program_local(targets->program, function, v);
	uint32_t node = targets_node(targets, unit, function, value);

	return v->kind == FACT_VALUE_FUNCTION || (local && local->flags & FACT_SYMBOL_CALLABLE) ||
	       (node != PROGRAM_NONE && node_at(targets, node)->slot);
}

/* Functions that are passed in place of the three dots. */
static void pass_rest(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
		      uint32_t callee)
{
	const struct program *program = targets->program;
	const struct fact_event *e = program_event(program, unit, event);

	if (targets->rest[callee] == PROGRAM_NONE)
		return;
	for (uint32_t k = row_of(program, callee)->param_count; k < e->c; k++) {
		fact_id value = program_argument(program, unit, e, k);

		if (is_callable(targets, unit, function, value))
			flow(targets, unit, function, event, value, targets->rest[callee]);
	}
}

static void pass_arguments(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
			   uint32_t callee)
{
	const struct program *program = targets->program;
	const struct fact_event *e = program_event(program, unit, event);
	uint32_t count = MIN(e->c, row_of(program, callee)->param_count);

	for (uint32_t k = 0; k < count; k++)
		flow(targets, unit, function, event, program_argument(program, unit, e, k),
		     targets->base[callee] + k);
	pass_rest(targets, unit, function, event, callee);
}

static void connect_target(struct targets *targets, const struct site *site,
			   const struct target *target)
{
	uint32_t result = indirect_result(targets, site->unit, site->event);
	g_autoptr(GArray) callees = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	targets_definitions(targets, target, site->unit, callees);
	for (guint i = 0; i < callees->len; i++) {
		uint32_t callee = g_array_index(callees, uint32_t, i);

		pass_arguments(targets, site->unit, site->function, site->event, callee);
		add_copy(targets, targets_result(targets, callee), result);
	}
}

static void add_site(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
		     fact_id callee)
{
	const struct fact_value *v = program_value(targets->program, unit, callee);
	struct site site = {unit, function, event, 0};
	uint32_t node;

	if (v->kind == FACT_VALUE_CHOICE) {
		add_site(targets, unit, function, event, v->a);
		add_site(targets, unit, function, event, v->b);
		return;
	}
	if (v->kind == FACT_VALUE_FUNCTION) {
		struct target here = {targets->program->units[unit].symbols[v->a], TARGETS_HERE,
				      true};

		connect_target(targets, &site, &here);
		return;
	}
	node = targets_node(targets, unit, function, callee);
	if (node == PROGRAM_NONE)
		return;
	site.next = node_at(targets, node)->first_site;
	node_at(targets, node)->first_site = targets->sites->len;
	g_array_append_val(targets->sites, site);
	for (uint32_t i = 0; i < node_at(targets, node)->done; i++) {
		struct target target = node_at(targets, node)->targets[i];

		connect_target(targets, &site, &target);
	}
}

static void copy_record(struct targets *targets, uint32_t from, uint32_t to)
{
	if (from == PROGRAM_NONE && to != PROGRAM_NONE)
		node_at(targets, to)->opaque = true;
	add_copy(targets, from, to);
}

/* What a library's function does with functions: memcpy() copies tables of them, a dlsym() that
 * has a place for its result finds one. */
static void read_modelled(struct targets *targets, uint32_t unit, uint32_t function, fact_id event,
			  const struct model_function *model)
{
	const struct program *program = targets->program;
	const struct fact_event *e = program_event(program, unit, event);

	for (guint i = 0; i < model->carry_count; i++)
		if (model->carries[i].in >= 0)
			flow(targets, unit, function, event,
			     program_argument(program, unit, e, (uint32_t)model->carries[i].arg),
			     targets_node(targets, unit, function,
					  program_argument(program, unit, e,
							   (uint32_t)model->carries[i].in)));
	if (model->copies.to >= 0)
		copy_record(targets,
			    targets_node(targets, unit, function,
					 program_argument(program, unit, e,
							  (uint32_t)model->copies.from)),
			    targets_node(targets, unit, function,
					 program_argument(program, unit, e,
							  (uint32_t)model->copies.to)));
	if (model->finds.name >= 0 && model->finds.to >= 0)
		flow_found(targets, unit, function, event, model,
			   targets_node(
				   targets, unit, function,
				   program_argument(program, unit, e, (uint32_t)model->finds.to)));
}

static void read_event(struct targets *targets, uint32_t unit, uint32_t function, fact_id event)
{
	const struct program *program = targets->program;
	const struct fact_event *e = program_event(program, unit, event);
	struct definitions callees;
	uint32_t symbol;

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_ASSIGN:
		if (e->op == FACT_OP_NONE)
			flow(targets, unit, function, event, e->b,
			     targets_node(targets, unit, function, e->a));
		return;
	case FACT_EVENT_RETURN:
		if (function != PROGRAM_NONE)
			flow(targets, unit, function, event, e->a,
			     targets_result(targets, function));
		return;
	case FACT_EVENT_CALL:
		symbol = program_callee(program, unit, e);
		if (symbol == PROGRAM_NONE) {
			add_site(targets, unit, function, event, e->a);
			return;
		}
		callees = program_definitions(program, unit, symbol);
		for (guint i = 0; i < callees.count; i++)
			pass_arguments(targets, unit, function, event, callees.functions[i]);
		if (!callees.count && program->symbols[symbol].model)
			read_modelled(targets, unit, function, event,
				      program->symbols[symbol].model);
		return;
	case FACT_EVENT_LOOP:
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_ELSE:
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_SWITCH:
	case FACT_EVENT_CASE:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
	case FACT_EVENT_READ:
		return;
	}
}

static void read_function(struct targets *targets, uint32_t unit, fact_id row, uint32_t function)
{
	const struct facts *facts = targets->program->units[unit].facts;
	const struct fact_function *f = facts_row(facts, functions, struct fact_function, row);

	for (uint32_t i = 0; i < f->event_count; i++)
		read_event(targets, unit, function, f->first_event + i);
}

static void propagate(struct targets *targets)
{
	for (guint head = 0; head < targets->queue->len; head++) {
		uint32_t id = g_array_index(targets->queue, uint32_t, head);
		uint32_t from = node_at(targets, id)->done, to = node_at(targets, id)->count;
		uint32_t copy = node_at(targets, id)->first_copy;
		uint32_t site = node_at(targets, id)->first_site;

		node_at(targets, id)->queued = false;
		node_at(targets, id)->done = to;
		for (; copy != PROGRAM_NONE;
		     copy = g_array_index(targets->copies, struct copy, copy).next)
			add_range(targets, id, from, to,
				  g_array_index(targets->copies, struct copy, copy).to);
		for (; site != PROGRAM_NONE;
		     site = g_array_index(targets->sites, struct site, site).next)
			for (uint32_t i = from; i < to; i++) {
				struct site here = g_array_index(targets->sites, struct site, site);
				struct target target = node_at(targets, id)->targets[i];

				connect_target(targets, &here, &target);
			}
		if (head > 65536 && head * 2 > targets->queue->len) {
			g_array_remove_range(targets->queue, 0, head + 1);
			head = (guint)-1;
		}
	}
}

void targets_add_copy(struct targets *targets, uint32_t from, uint32_t to)
{
	g_array_set_size(targets->queue, 0);
	add_copy(targets, from, to);
	propagate(targets);
}

static void add_nodes(struct targets *targets, uint32_t count)
{
	struct node empty = {
		.first_copy = PROGRAM_NONE, .first_site = PROGRAM_NONE, .external = PROGRAM_NONE};

	for (uint32_t i = 0; i < count; i++)
		g_array_append_val(targets->nodes, empty);
}

static bool is_variadic(const struct program *program, uint32_t function)
{
	return program->symbols[program->functions[function].symbol].flags & FACT_SYMBOL_VARIADIC;
}

static void mark_slots(struct targets *targets)
{
	const struct program *program = targets->program;

	for (uint32_t i = 0; i < program->symbol_count; i++)
		node_at(targets, i)->slot = program->symbols[i].flags & FACT_SYMBOL_CALLABLE;
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct fact_function *row = row_of(program, i);

		for (uint32_t k = 0; k < row->param_count; k++)
			node_at(targets, targets->base[i] + k)->handed =
				facts_row(program_facts(program, i), params, struct fact_param,
					  row->first_param + k)
					->flags &
				FACT_SYMBOL_CALLABLE;
		for (uint32_t k = 0; k < row->local_count; k++) {
			const struct fact_param *local =
				facts_row(program_facts(program, i), locals, struct fact_param,
					  row->first_local + k);

			node_at(targets, targets->base[i] + row->param_count + k)->slot =
				local->flags & FACT_SYMBOL_CALLABLE;
			if (is_variadic(program, i) && local->type != FACT_NONE &&
			    strstr(facts_string(program_facts(program, i), local->type), "va_list"))
				targets->rest[i] = targets->base[i] + row->param_count + k;
		}
	}
}

/* Each indirect call gets a node for its result, before any event is read. */
static void number_results(struct targets *targets, uint32_t unit, uint32_t first, uint32_t count)
{
	const struct program *program = targets->program;

	for (uint32_t i = first; i < first + count; i++) {
		const struct fact_event *e = program_event(program, unit, i);
		guint events = program->units[unit].facts->events->len;

		if (e->kind != FACT_EVENT_CALL || program_callee(program, unit, e) != PROGRAM_NONE)
			continue;
		if (!targets->results[unit]) {
			targets->results[unit] = g_new(uint32_t, events);
			memset(targets->results[unit], 0xff, sizeof(uint32_t) * events);
		}
		targets->results[unit][i] = targets->nodes->len;
		add_nodes(targets, 1);
	}
}

/* How many there are, without those for the results of indirect calls. */
static guint count_nodes(const struct program *program)
{
	guint count = program->symbol_count;

	for (uint32_t i = 0; i < program->function_count; i++)
		count += row_of(program, i)->param_count + row_of(program, i)->local_count + 1;
	return count;
}

struct targets *targets_solve(const struct program *program)
{
	struct targets *targets = g_new0(struct targets, 1);

	targets->program = program;
	targets->nodes = g_array_sized_new(FALSE, FALSE, sizeof(struct node), count_nodes(program));
	targets->copies = g_array_new(FALSE, FALSE, sizeof(struct copy));
	targets->sites = g_array_new(FALSE, FALSE, sizeof(struct site));
	targets->seeds = g_array_new(FALSE, FALSE, sizeof(struct target_seed));
	targets->queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	targets->base = g_new0(uint32_t, program->function_count + 1);
	targets->rest = g_new(uint32_t, program->function_count + 1);
	memset(targets->rest, 0xff, sizeof(uint32_t) * (program->function_count + 1));
	targets->stamps = g_new0(uint32_t, program->symbol_count + 1);
	targets->results = g_new0(uint32_t *, program->unit_count + 1);
	add_nodes(targets, program->symbol_count);
	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct fact_function *row = row_of(program, i);

		targets->base[i] = targets->nodes->len;
		add_nodes(targets, row->param_count + row->local_count + 1);
		number_results(targets, program->functions[i].unit, row->first_event,
			       row->event_count);
	}
	mark_slots(targets);
	for (uint32_t unit = 0; unit < program->unit_count; unit++)
		read_function(targets, unit, 0, PROGRAM_NONE);
	for (uint32_t i = 0; i < program->function_count; i++)
		read_function(targets, program->functions[i].unit, program->functions[i].row, i);
	propagate(targets);
	return targets;
}

static void forget_flows(struct targets *targets)
{
	g_clear_pointer(&targets->copies, g_array_unref);
	g_clear_pointer(&targets->sites, g_array_unref);
	g_clear_pointer(&targets->queue, g_array_unref);
	g_clear_pointer(&targets->stamps, g_free);
}

/* ---- sets that are alike ------------------------------------------------------------------- */

/* Some of them tell most sets apart. */
static uint32_t hash_of_set(const struct node *node)
{
	uint64_t mixed = node->count;

	for (uint32_t i = 0; i < node->count; i += 1 + node->count / SAMPLES)
		mixed = row_table_mix(mixed, node->targets[i].symbol);
	return (uint32_t)mixed;
}

static bool same_set(const struct node *left, const struct node *right)
{
	if (left->count != right->count)
		return false;
	for (uint32_t i = 0; i < left->count; i++) {
		const struct target *a = &left->targets[i], *b = &right->targets[i];

		if (a->symbol != b->symbol || a->seed != b->seed || a->stored != b->stored ||
		    a->set != b->set || a->found != b->found)
			return false;
	}
	return true;
}

/* The first node that has the same set as the node `number`, which is itself if it is the first. */
static uint32_t find_owner(const struct targets *targets, struct row_table *known, uint32_t number)
{
	const struct node *node = node_at(targets, number);
	uint32_t hash = hash_of_set(node);

	for (row_table_at at = row_table_begin(known, hash); row_table_more(known, at);
	     at = row_table_next(known, at))
		if (row_table_is(known, at, hash) &&
		    same_set(node, node_at(targets, row_table_row(known, at))))
			return row_table_row(known, at);
	row_table_add(known, hash, number);
	return number;
}

/* Finds the owner of each set, and how many targets those have. */
static guint find_owners(const struct targets *targets, uint32_t *ret_owners)
{
	struct row_table known = {0};
	guint count = 0;

	for (guint i = 0; i < targets->nodes->len; i++) {
		if (node_at(targets, i)->count == 0)
			continue;
		ret_owners[i] = find_owner(targets, &known, i);
		if (ret_owners[i] == i)
			count += node_at(targets, i)->count;
	}
	row_table_clear(&known);
	return count;
}

/* Copies make that many places hold the same. The sets move together, each one once, and what they
 * grew in is free for others as a whole. */
static void share_sets(struct targets *targets)
{
	g_autofree uint32_t *owners = g_new(uint32_t, targets->nodes->len + 1);
	struct target *next = targets->sets = g_new(struct target, find_owners(targets, owners));

	for (guint i = 0; i < targets->nodes->len; i++) {
		struct node *node = node_at(targets, i);
		struct target *grown = node->targets;

		if (node->count == 0)
			continue;
		if (owners[i] == i) {
			node->targets = memcpy(next, grown, node->count * sizeof(*next));
			next += node->count;
		} else {
			node->targets = node_at(targets, owners[i])->targets;
		}
		g_free(grown);
	}
}

void targets_settle(struct targets *targets)
{
	share_sets(targets);
	forget_flows(targets);
}

void targets_free(struct targets *targets)
{
	if (!targets)
		return;
	for (guint i = 0; !targets->sets && i < targets->nodes->len; i++)
		g_free(node_at(targets, i)->targets);
	g_free(targets->sets);
	forget_flows(targets);
	g_array_free(targets->nodes, TRUE);
	g_array_free(targets->seeds, TRUE);
	for (guint i = 0; i < targets->program->unit_count; i++)
		g_free(targets->results[i]);
	g_free(targets->results);
	if (targets->functions)
		g_hash_table_destroy(targets->functions);
	g_free(targets->base);
	g_free(targets->rest);
	g_free(targets);
}
