/* Sizes: what a number, a string or a list in a function hangs on, and what the same is called in
 * the caller. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/costs/cost_private.h"

#define MAX_DEPTH 6
#define FAR_LIMIT 4096 /* `if (n > 65535) return;` says what is allowed, not how much there is */

/* ---- the table ---------------------------------------------------------------------------- */

/* Is the size a number in a local record that was read: recv(fd, &header, …), header.count? */
static bool is_record_that_came_in(const struct costs *costs, const struct cost_size *size)
{
	const struct fact_value local = {.kind = FACT_VALUE_LOCAL, .a = size->root_id};
	const struct program *program = costs->program;
	const struct fact_param *row = program_local(program, size->function, &local);

	return size->kind == COST_NUMBER && !(row->flags & FACT_SYMBOL_POINTER) &&
	       !strchr(facts_string(program_facts(program, size->function), row->type), '*') &&
	       origins_local(costs->origins, size->function, size->root_id) == COST_EVENT;
}

static enum cost_weight weight_of(const struct costs *costs, const struct cost_size *size)
{
	enum cost_weight weight = COST_OPEN;

	if (size->kind == COST_ELEMENTS || size->kind == COST_RESULT ||
	    size->kind == COST_UNKNOWN || size->kind == COST_DEPTH)
		return COST_OPEN;
	if (size->root == COST_ROOT_LOCAL && size->symbol != COST_NONE &&
	    is_record_that_came_in(costs, size))
		return COST_EVENT;
	if (size->symbol != COST_NONE)
		weight = origins_symbol(costs->origins, size->symbol);
	else if (size->root == COST_ROOT_GLOBAL)
		weight = origins_symbol(costs->origins, size->root_id);
	else if (size->root == COST_ROOT_PARAM)
		weight = origins_param(costs->origins, size->function, size->root_id);
	else if (size->root == COST_ROOT_LOCAL)
		weight = origins_local(costs->origins, size->function, size->root_id);
	return weight;
}

static uint32_t hash_of(const struct cost_size *size)
{
	const uint32_t parts[] = {size->kind,    size->symbol,   size->root,
				  size->root_id, size->function, size->word};
	uint64_t mixed = 0;

	for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
		mixed = row_table_mix(mixed, parts[i]);
	return (uint32_t)mixed;
}

/* Are they the same size? */
static bool same_size(const struct cost_size *a, const struct cost_size *b)
{
	return a->kind == b->kind && a->symbol == b->symbol && a->root == b->root &&
	       a->root_id == b->root_id && a->function == b->function && a->word == b->word;
}

uint32_t cost_size_intern(struct costs *costs, const struct cost_size *size)
{
	const struct row_table *rows = &costs->size_rows;
	struct cost_size mine = *size;
	uint32_t hash, row;

	if (mine.root == COST_ROOT_GLOBAL)
		mine.function = COST_NONE;
	hash = hash_of(&mine);
	for (row_table_at at = row_table_begin(rows, hash); row_table_more(rows, at);
	     at = row_table_next(rows, at))
		if (row_table_is(rows, at, hash) &&
		    same_size(cost_size(costs, row_table_row(rows, at)), &mine))
			return row_table_row(rows, at);
	mine.weight = weight_of(costs, &mine);
	row = rows->count;
	row_table_add(&costs->size_rows, hash, row);
	if (row >= costs->sizes->len)
		g_array_set_size(costs->sizes, 2 * row + 1);
	g_array_index(costs->sizes, struct cost_size, row) = mine;
	return row;
}

/* ---- roots -------------------------------------------------------------------------------- */

static void find_assigned(const struct cost_body *body)
{
	GArray *assigned = body->costs->assigned;
	uint32_t *last = body->costs->last_assigned, count = 0;

	if (assigned->len < body->count) /* room for all, which is made seldom */
		g_array_set_size(assigned, body->count);
	for (guint i = 0; i < COST_PLACES; i++)
		last[i] = COST_NONE;
	body->costs->assigned_in = body->function;
	for (uint32_t i = 0; i < body->count; i++) {
		const struct fact_event *e = &body->events[i];
		const struct fact_value *to;

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE || e->a == FACT_NONE)
			continue;
		to = program_value(body->costs->program, body->unit, e->a);
		if (to->kind == FACT_VALUE_LOCAL || to->kind == FACT_VALUE_PARAM) {
			struct cost_assigned row = {to->kind, to->a, body->first + i,
						    last[to->a % COST_PLACES]};

			g_array_index(assigned, struct cost_assigned, count) = row;
			last[to->a % COST_PLACES] = count++;
		}
	}
}

fact_id cost_last_assignment(const struct cost_body *body, const struct fact_value *place,
			     fact_id after, fact_id event)
{
	const GArray *assigned = body->costs->assigned;
	uint32_t at;

	if (place->kind != FACT_VALUE_LOCAL && place->kind != FACT_VALUE_PARAM)
		return FACT_NONE;
	if (body->costs->assigned_in != body->function)
		find_assigned(body);
	at = body->costs->last_assigned[place->a % COST_PLACES];
	while (at != COST_NONE) {
		const struct cost_assigned *row =
			&g_array_index(assigned, struct cost_assigned, at);

		if (row->event < after)
			return FACT_NONE;
		if (row->event < event && row->row == place->a && row->kind == place->kind)
			return row->event;
		at = row->before;
	}
	return FACT_NONE;
}

/* A local that is filled through its address: iter_init(&it, list) hangs on the list. */
static fact_id filled_from(const struct cost_body *body, const struct fact_value *local,
			   fact_id event)
{
	for (fact_id i = event; i-- > body->first;) {
		const struct fact_event *e = cost_event(body, i);
		fact_id other = FACT_NONE;
		bool mine = false;

		for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++) {
			fact_id argument = program_argument(body->costs->program, body->unit, e, k);
			struct fact_value v = cost_value(body, argument), to;

			to = v.kind == FACT_VALUE_ADDRESS ? cost_value(body, v.a) : v;
			if (cost_same(&to, local))
				mine = true;
			else if (other == FACT_NONE && v.kind != FACT_VALUE_INT &&
				 v.kind != FACT_VALUE_NULL)
				other = argument;
		}
		if (mine)
			return other;
	}
	return FACT_NONE;
}

static void root_of_local(const struct cost_body *body, const struct fact_value *local,
			  fact_id event, int depth, struct cost_size *size)
{
	fact_id at = cost_last_assignment(body, local, body->first, event), from;

	if (at != FACT_NONE && depth < MAX_DEPTH) {
		cost_root(body, cost_event(body, at)->b, at, depth + 1, size);
		if (size->root != COST_ROOT_NONE)
			return;
	}
	from = at == FACT_NONE && depth < MAX_DEPTH ? filled_from(body, local, event) : FACT_NONE;
	if (from != FACT_NONE) {
		cost_root(body, from, event, depth + 1, size);
		if (size->root != COST_ROOT_NONE)
			return;
	}
	size->root = COST_ROOT_LOCAL;
	size->root_id = local->a;
}

static void root_of_call(const struct cost_body *body, fact_id call, int depth,
			 struct cost_size *size)
{
	const struct fact_event *e = cost_event(body, call);

	for (uint32_t k = 0; k < e->c && size->root == COST_ROOT_NONE && depth < MAX_DEPTH; k++)
		cost_root(body, program_argument(body->costs->program, body->unit, e, k), call,
			  depth + 1, size);
}

void cost_root(const struct cost_body *body, fact_id value, fact_id event, int depth,
	       struct cost_size *size)
{
	struct fact_value v = cost_value(body, value);

	size->function = body->function;
	size->root = COST_ROOT_NONE;
	if (value == FACT_NONE || depth > MAX_DEPTH + 4)
		return;
	switch ((enum fact_value_kind)v.kind) {
	case FACT_VALUE_PARAM:
		size->root = COST_ROOT_PARAM;
		size->root_id = v.a;
		return;
	case FACT_VALUE_VARIABLE:
		size->root = COST_ROOT_GLOBAL;
		size->root_id = body->costs->program->units[body->unit].symbols[v.a];
		return;
	case FACT_VALUE_LOCAL:
		root_of_local(body, &v, event, depth, size);
		return;
	case FACT_VALUE_FIELD:
		cost_root(body, v.b, event, depth + 1, size);
		return;
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_UNARY:
	case FACT_VALUE_CHOICE:
		cost_root(body, v.a, event, depth + 1, size);
		return;
	case FACT_VALUE_BINARY:
		cost_root(body, v.a, event, depth + 1, size);
		if (size->root == COST_ROOT_NONE)
			cost_root(body, v.b, event, depth + 1, size);
		return;
	case FACT_VALUE_CALL:
		root_of_call(body, v.a, depth, size);
		return;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
		return;
	}
}

/* ---- numbers and strings ------------------------------------------------------------------ */

static bool is_jump(enum fact_event_kind kind)
{
	return kind == FACT_EVENT_RETURN || kind == FACT_EVENT_BREAK || kind == FACT_EVENT_GOTO ||
	       kind == FACT_EVENT_CONTINUE;
}

/* `if (n > MAX) return;` and `if (n > MAX) n = MAX;` before `event`: n is at most MAX after it. */
static bool limited_by(const struct cost_body *body, fact_id branch, const struct fact_value *place,
		       double *ret_limit)
{
	struct fact_value test = cost_value(body, cost_event(body, branch)->a), left, right;
	int64_t limit;

	while (test.kind == FACT_VALUE_BINARY && test.op == FACT_OP_LOR)
		test = cost_value(body, test.b);
	if (test.kind != FACT_VALUE_BINARY || (test.op != FACT_OP_GT && test.op != FACT_OP_GE))
		return false;
	left = cost_value(body, test.a);
	right = cost_value(body, test.b);
	if (!cost_same(&left, place))
		return false;
	if (right.kind == FACT_VALUE_INT)
		limit = right.number;
	else if (!conditions_constant(body->costs->conditions, body->function, test.b, &limit))
		return false;
	for (fact_id i = branch + 1; i < body->first + body->count; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to = {.kind = FACT_VALUE_UNKNOWN};

		if (e->kind == FACT_EVENT_BRANCH_END || e->kind == FACT_EVENT_ELSE)
			return false;
		if (e->kind == FACT_EVENT_ASSIGN)
			to = cost_value(body, e->a);
		if (is_jump(e->kind) || cost_same(&to, place)) {
			*ret_limit = (double)limit;
			return true;
		}
	}
	return false;
}

static bool find_limit(const struct cost_body *body, const struct fact_value *place, fact_id event,
		       double *ret_limit)
{
	for (fact_id i = body->first; i < event; i++)
		if (cost_event(body, i)->kind == FACT_EVENT_BRANCH &&
		    limited_by(body, i, place, ret_limit))
			return true;
	return false;
}

static void set_size(const struct cost_body *body, const struct cost_size *size, fact_id value,
		     fact_id event, uint32_t *ret_size)
{
	struct cost_size mine = *size;

	mine.word = cost_word_of(body, value, event);
	mine.event = event;
	mine.in_function = body->function;
	*ret_size = cost_size_intern(body->costs, &mine);
}

/* The larger of two numbers, if both are constant; else the size of the first that is not. */
static bool larger(const struct cost_body *body, const struct fact_value *v, fact_id event,
		   double *ret_constant, uint32_t *ret_size)
{
	double left, right;

	if (!cost_number(body, v->a, event, &left, ret_size))
		return cost_value(body, v->b).kind == FACT_VALUE_INT &&
		       cost_number(body, v->b, event, ret_constant, ret_size);
	if (!cost_number(body, v->b, event, &right, ret_size)) {
		*ret_constant = left;
		return true; /* MIN(n, MAX) */
	}
	*ret_constant = MAX(left, right);
	return true;
}

/* Is the place never more than a number that is small, whoever raises it? */
static bool is_never_more(const struct cost_body *body, const struct fact_value *v,
			  double *ret_most)
{
	bool known = false;

	if (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE)
		known = origins_most(body->costs->origins,
				     body->costs->program->units[body->unit].symbols[v->a],
				     ret_most);
	else if (v->kind == FACT_VALUE_LOCAL)
		known = cost_local_most(body, v, ret_most);
	return known && *ret_most <= FAR_LIMIT;
}

/* Was the local given at `event` what libc made of a number that came in: ntohl(header->count)?
 * Then it is that number, and not how often the call says that there is more. What a function of
 * the program gives, or a container of a library, is a number that flows together from many. */
static bool is_made_of_event(const struct cost_body *body, const struct fact_value *v,
			     fact_id event)
{
	struct fact_value from = cost_value(body, cost_event(body, event)->b);
	const struct model_function *model;

	if (v->kind != FACT_VALUE_LOCAL || from.kind != FACT_VALUE_CALL ||
	    origins_local(body->costs->origins, body->function, v->a) != COST_EVENT)
		return false;
	model = program_call_model(body->costs->program, body->unit, cost_event(body, from.a));
	if (!model || !g_str_equal(model->library, "libc"))
		return false;
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].string_arg >= 0)
			return false;
	return true;
}

static bool number_of_place(const struct cost_body *body, const struct fact_value *v, fact_id value,
			    fact_id event, double *ret_constant, uint32_t *ret_size)
{
	struct cost_size size = {.kind = COST_NUMBER, .symbol = COST_NONE};
	fact_id at;

	if (find_limit(body, v, event, ret_constant) && *ret_constant <= FAR_LIMIT)
		return true;
	at = v->kind == FACT_VALUE_LOCAL ? cost_last_assignment(body, v, body->first, event)
					 : FACT_NONE;
	if (at != FACT_NONE && cost_is_alias(cost_value(body, cost_event(body, at)->b).kind) &&
	    !is_made_of_event(body, v, at))
		return cost_number(body, cost_event(body, at)->b, at, ret_constant, ret_size);
	if (is_never_more(body, v, ret_constant))
		return true;
	if (v->kind == FACT_VALUE_FIELD)
		size.symbol = body->costs->program->units[body->unit].symbols[v->a];
	if (v->kind == FACT_VALUE_LOCAL) {
		size.root = COST_ROOT_LOCAL;
		size.root_id = v->a;
		size.function = body->function;
	} else {
		cost_root(body, value, event, 0, &size);
	}
	set_size(body, &size, value, event, ret_size);
	return false;
}

bool cost_measured(const struct cost_body *body, fact_id event, bool *ret_constant,
		   double *ret_number, uint32_t *ret_size)
{
	const struct program *program = body->costs->program;
	const struct fact_event *call = cost_event(body, event);
	const struct model_function *model = program_call_model(program, body->unit, call);

	for (guint i = 0; model && i < model->sink_count; i++) {
		const struct model_sink *sink = &model->sinks[i];

		if (sink->kind != MODEL_COMPUTE || sink->string_arg < 0)
			continue;
		*ret_constant = cost_string(
			body,
			program_argument(program, body->unit, call, (uint32_t)sink->string_arg),
			event, ret_number, ret_size);
		return true;
	}
	return false;
}

static bool number_of_call(const struct cost_body *body, const struct fact_value *v, fact_id event,
			   double *ret_constant, uint32_t *ret_size)
{
	struct cost_size size = {.kind = COST_RESULT, .symbol = COST_NONE};
	uint32_t symbol = program_callee(body->costs->program, body->unit, cost_event(body, v->a));
	bool constant;

	if (cost_measured(body, v->a, &constant, ret_constant, ret_size))
		return constant;
	if (symbol != PROGRAM_NONE)
		size.symbol = symbol;
	size.function = body->function;
	root_of_call(body, v->a, 0, &size);
	set_size(body, &size, FACT_NONE, event, ret_size);
	return false;
}

bool cost_number(const struct cost_body *body, fact_id value, fact_id event, double *ret_constant,
		 uint32_t *ret_size)
{
	struct fact_value v = cost_value(body, value);
	struct cost_size unknown = {.kind = COST_UNKNOWN,
				    .symbol = COST_NONE,
				    .root_id = event,
				    .function = body->function};
	int64_t number;

	*ret_constant = 0;
	if (conditions_constant(body->costs->conditions, body->function, value, &number)) {
		*ret_constant = number > 0 ? (double)number : 0;
		return true;
	}
	switch ((int)v.kind) {
	case FACT_VALUE_PARAM:
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		return number_of_place(body, &v, value, event, ret_constant, ret_size);
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
		cost_root(body, value, event, 0, &unknown);
		unknown.kind = COST_NUMBER;
		set_size(body, &unknown, value, event, ret_size);
		return false;
	case FACT_VALUE_CHOICE:
		return larger(body, &v, event, ret_constant, ret_size);
	case FACT_VALUE_UNARY:
		return cost_number(body, v.a, event, ret_constant, ret_size);
	case FACT_VALUE_BINARY:
		if ((v.op == FACT_OP_REM || v.op == FACT_OP_AND) &&
		    cost_value(body, v.b).kind == FACT_VALUE_INT)
			return cost_number(body, v.b, event, ret_constant, ret_size);
		if (v.op >= FACT_OP_LT)
			break;
		if (cost_value(body, v.a).kind == FACT_VALUE_INT)
			return cost_number(body, v.b, event, ret_constant, ret_size);
		return cost_number(body, v.a, event, ret_constant, ret_size);
	case FACT_VALUE_CALL:
		return number_of_call(body, &v, event, ret_constant, ret_size);
	default:
		break;
	}
	set_size(body, &unknown, value, event, ret_size);
	return false;
}

const char *cost_type_of(const struct cost_body *body, const struct fact_value *v)
{
	const struct program *program = body->costs->program;

	if (v->kind == FACT_VALUE_LOCAL)
		return facts_string(program->units[body->unit].facts,
				    program_local(program, body->function, v)->type);
	if (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE)
		return program->symbols[program->units[body->unit].symbols[v->a]].type;
	return "";
}

double cost_array_length(const char *type)
{
	type = strchr(type, '[');
	return type ? strtod(type + 1, NULL) : 0;
}

bool cost_string(const struct cost_body *body, fact_id value, fact_id event, double *ret_constant,
		 uint32_t *ret_size)
{
	struct fact_value v = cost_value(body, value);
	struct cost_size size = {.kind = COST_STRING, .symbol = COST_NONE};

	*ret_constant = 0;
	if (v.kind == FACT_VALUE_STRING) {
		const struct facts *facts = body->costs->program->units[body->unit].facts;

		*ret_constant = (double)strlen(facts_string(facts, v.a));
		return true;
	}
	while (v.kind == FACT_VALUE_ADDRESS || v.kind == FACT_VALUE_ELEMENT) {
		value = v.a;
		v = cost_value(body, value);
	}
	*ret_constant = cost_array_length(cost_type_of(body, &v));
	if (*ret_constant > 0)
		return true;
	if (v.kind == FACT_VALUE_FIELD)
		size.symbol = body->costs->program->units[body->unit].symbols[v.a];
	cost_root(body, value, event, 0, &size);
	set_size(body, &size, value, event, ret_size);
	return false;
}

/* ---- callers ------------------------------------------------------------------------------ */

/* `value`, argument `arg` of the call `event`. */
static struct cost_argument *argument_at(const struct cost_body *caller, fact_id event,
					 uint32_t arg, fact_id value)
{
	struct cost_argument *known = &caller->costs->arguments[(event * 3 + arg) % COST_ARGUMENTS];

	if (known->function == caller->function && known->event == event && known->arg == arg)
		return known;
	known->function = caller->function;
	known->event = event;
	known->arg = arg;
	known->word = cost_word_of(caller, value, event);
	cost_root(caller, value, event, 0, &known->root);
	return known;
}

/* `size` of a callee that hangs on a part of what the argument is: "p->count" whose p is conn here
 * becomes "conn->count". */
static uint32_t retell(const struct cost_body *caller, const struct cost_size *size,
		       const struct cost_argument *argument)
{
	struct cost_size mine = *size;

	mine.word = cost_word_retell(caller->costs, size->word, size->root_id, argument->word);
	mine.function = argument->root.function;
	mine.root = argument->root.root;
	if (mine.root != COST_ROOT_NONE)
		mine.root_id = argument->root.root_id;
	return cost_size_intern(caller->costs, &mine);
}

static bool substitute(const struct cost_body *caller, uint32_t size, fact_id event,
		       double *ret_constant, uint32_t *ret_size)
{
	const struct cost_size s = *cost_size(caller->costs, size);
	fact_id argument;

	*ret_constant = 0;
	*ret_size = size;
	if (s.root != COST_ROOT_PARAM)
		return false;
	argument = program_argument(caller->costs->program, caller->unit, cost_event(caller, event),
				    s.root_id);
	if (argument == FACT_NONE)
		return false;
	if (s.kind == COST_NUMBER && s.symbol == COST_NONE)
		return cost_number(caller, argument, event, ret_constant, ret_size);
	if (s.kind == COST_STRING && s.symbol == COST_NONE)
		return cost_string(caller, argument, event, ret_constant, ret_size);
	*ret_size = retell(caller, &s, argument_at(caller, event, s.root_id, argument));
	return false;
}

bool cost_substitute(const struct cost_body *caller, uint32_t size, fact_id event,
		     double *ret_constant, uint32_t *ret_size)
{
	struct cost_told *told = &caller->costs->told[size % COST_TOLD];

	if (told->function != caller->function || told->event != event || told->size != size) {
		*told = (struct cost_told){caller->function, event, size, .told = size};
		told->constant = substitute(caller, size, event, &told->number, &told->told);
	}
	*ret_constant = told->number;
	*ret_size = told->told;
	return told->constant;
}
