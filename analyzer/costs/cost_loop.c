/* What a loop costs in rounds: its bound as a size, and whether it stops by itself after some
 * rounds or some time. */
#include "analyzer/costs/cost_private.h"

#define FEW 8 /* steps down a tree, entries in a slot of a hash table */

static fact_id end_of(const struct cost_body *body, fact_id begin)
{
	int depth = 0;

	for (uint32_t i = begin - body->first; i < body->count; i++) {
		depth += body->events[i].kind == FACT_EVENT_LOOP;
		depth -= body->events[i].kind == FACT_EVENT_LOOP_END;
		if (depth == 0)
			return body->first + i;
	}
	return body->first + body->count - 1;
}

static bool is_variable(const struct fact_value *v)
{
	return v->kind == FACT_VALUE_LOCAL || v->kind == FACT_VALUE_PARAM ||
	       v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE;
}

/* ---- budgets ------------------------------------------------------------------------------ */

/* Does the event count the place up or down: n++, n += size, n = n + size? By how much? */
static bool is_step(const struct cost_body *body, const struct fact_event *e,
		    const struct fact_value *place, fact_id *ret_amount)
{
	enum fact_operator op = e->op;
	fact_id amount = e->b;
	struct fact_value to, from;

	if (e->kind != FACT_EVENT_ASSIGN)
		return false;
	to = cost_value(body, e->a);
	from = cost_value(body, e->b);
	if (op == FACT_OP_NONE && from.kind == FACT_VALUE_BINARY) {
		struct fact_value left = cost_value(body, from.a);

		if (!cost_same(&left, &to))
			return false;
		op = from.op;
		amount = from.b;
	}
	*ret_amount = amount;
	return (op == FACT_OP_ADD || op == FACT_OP_SUB) && cost_same(&to, place);
}

static bool is_counted(const struct cost_body *body, const struct cost_loop *loop,
		       const struct fact_value *place)
{
	fact_id amount;

	for (fact_id i = loop->begin; i < loop->end; i++)
		if (is_step(body, cost_event(body, i), place, &amount))
			return true;
	return false;
}

/* Is it what a call in the loop has given: n = recv()? */
static bool is_given(const struct cost_body *body, const struct cost_loop *loop, fact_id value)
{
	struct fact_value v = cost_value(body, value), to;

	if (v.kind == FACT_VALUE_CALL)
		return v.a >= loop->begin && v.a < loop->end;
	for (fact_id i = loop->begin; is_variable(&v) && i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = cost_value(body, e->a);
		if (cost_same(&to, &v) && cost_value(body, e->b).kind == FACT_VALUE_CALL)
			return true;
	}
	return false;
}

/* A budget of bytes, got < MOST beside got += n: how many rounds it is depends on what comes. */
static bool adds_up(const struct cost_body *body, const struct cost_loop *loop, fact_id value,
		    int depth)
{
	struct fact_value v;
	fact_id amount;

	if (value == FACT_NONE || depth > 6)
		return false;
	v = cost_value(body, value);
	if (v.kind == FACT_VALUE_BINARY)
		return adds_up(body, loop, v.a, depth + 1) || adds_up(body, loop, v.b, depth + 1);
	for (fact_id i = loop->begin; is_variable(&v) && i < loop->end; i++)
		if (is_step(body, cost_event(body, i), &v, &amount) && is_given(body, loop, amount))
			return true;
	return false;
}

/* Is the address of the place an argument of the call, which can write there then? What is handed
 * over by value, as the element of a walk, is not set to the time. */
static bool is_filled(const struct cost_body *body, const struct fact_event *call,
		      const struct fact_value *place)
{
	for (uint32_t k = 0; k < call->c; k++) {
		struct fact_value v = cost_value(
			body, program_argument(body->costs->program, body->unit, call, k));

		if (v.kind != FACT_VALUE_ADDRESS)
			continue;
		v = cost_value(body, v.a);
		if (cost_same(&v, place))
			return true;
	}
	return false;
}

static bool asks_clock(const struct cost_body *body, const struct cost_loop *loop, fact_id value,
		       int depth);

/* Is the place set to the time in the loop? */
static bool is_timed(const struct cost_body *body, const struct cost_loop *loop,
		     const struct fact_value *place, int depth)
{
	for (fact_id i = loop->begin; i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to;

		if (e->kind == FACT_EVENT_CALL && is_filled(body, e, place) &&
		    cost_call_is_clock(body->costs, body->function, i))
			return true;
		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = cost_value(body, e->a);
		if (cost_same(&to, place) && cost_value(body, e->b).kind == FACT_VALUE_CALL &&
		    asks_clock(body, loop, e->b, depth + 1))
			return true;
	}
	return false;
}

static bool asks_clock(const struct cost_body *body, const struct cost_loop *loop, fact_id value,
		       int depth)
{
	struct fact_value v = cost_value(body, value);

	if (depth > 4 || !cost_asks_clock(body->costs, body->function))
		return false;
	if (v.kind == FACT_VALUE_CALL)
		return cost_call_is_clock(body->costs, body->function, v.a);
	if (v.kind == FACT_VALUE_UNARY || v.kind == FACT_VALUE_BINARY)
		return asks_clock(body, loop, v.a, depth + 1) ||
		       (v.kind == FACT_VALUE_BINARY && asks_clock(body, loop, v.b, depth + 1));
	if (!is_variable(&v))
		return false;
	/* now, and now.tv_sec */
	while (!is_timed(body, loop, &v, depth)) {
		if (v.kind != FACT_VALUE_FIELD || v.b == FACT_NONE)
			return false;
		v = cost_value(body, v.b);
	}
	return true;
}

/* n > MAX, ++n == limit, !--n, now() - start > limit */
static bool watches(const struct cost_body *body, struct cost_loop *loop, fact_id value, int depth)
{
	struct fact_value v = cost_value(body, value), left, right;

	if (depth > 6)
		return false;
	if (asks_clock(body, loop, value, 0)) {
		loop->clock = true;
		return true;
	}
	if (v.kind == FACT_VALUE_BINARY && (v.op == FACT_OP_LAND || v.op == FACT_OP_LOR))
		return watches(body, loop, v.a, depth + 1) | watches(body, loop, v.b, depth + 1);
	if (v.kind == FACT_VALUE_UNARY && v.op == FACT_OP_LNOT)
		return watches(body, loop, v.a, depth + 1);
	if (v.kind == FACT_VALUE_UNARY && v.op >= FACT_OP_PRE_INC)
		return true;
	if (v.kind != FACT_VALUE_BINARY || v.op < FACT_OP_LT || v.op > FACT_OP_NE)
		return is_variable(&v) && v.kind != FACT_VALUE_FIELD && is_counted(body, loop, &v);
	left = cost_value(body, v.a);
	right = cost_value(body, v.b);
	if (left.kind == FACT_VALUE_UNARY && left.op >= FACT_OP_PRE_INC)
		return true;
	return (is_variable(&left) && is_counted(body, loop, &left)) ||
	       (is_variable(&right) && is_counted(body, loop, &right));
}

/* Does one of the branches that are open watch rounds or time? Those that do not are looked at
 * once. All are asked: the clock may be read in one within a counter. */
static bool any_watches(const struct cost_body *body, struct cost_loop *loop, GArray *open)
{
	bool any = false;

	for (guint i = 0; i < open->len; i++) {
		fact_id *branch = &g_array_index(open, fact_id, i);

		if (*branch == FACT_NONE)
			continue;
		if (watches(body, loop, cost_event(body, *branch)->a, 0))
			any = true;
		else
			*branch = FACT_NONE;
	}
	return any;
}

/* A break, return or jump under a condition that watches rounds or time. */
static void find_budget(const struct cost_body *body, struct cost_loop *loop)
{
	GArray *open = body->costs->branches;
	int inside = 0;

	g_array_set_size(open, 0);
	for (fact_id i = loop->begin + 1; i < loop->end && !loop->budget; i++) {
		const struct fact_event *e = cost_event(body, i);

		switch ((int)e->kind) {
		case FACT_EVENT_LOOP:
		case FACT_EVENT_SWITCH:
			inside++;
			break;
		case FACT_EVENT_LOOP_END:
		case FACT_EVENT_SWITCH_END:
			inside--;
			break;
		case FACT_EVENT_BRANCH:
			g_array_append_val(open, i);
			break;
		case FACT_EVENT_BRANCH_END:
			if (open->len > 0)
				g_array_set_size(open, open->len - 1);
			break;
		case FACT_EVENT_BREAK:
			loop->budget = inside == 0 && any_watches(body, loop, open);
			break;
		case FACT_EVENT_RETURN:
			loop->budget = any_watches(body, loop, open);
			break;
		case FACT_EVENT_GOTO:
			loop->budget =
				cost_jump_leaves(body, loop, i) && any_watches(body, loop, open);
			break;
		default:
			break;
		}
	}
}

/* `more() && n++ < MAX` and `more() && now() < end`: a side of the condition that watches, beside
 * one that says how much there is. */
static bool condition_watches(const struct cost_body *body, struct cost_loop *loop, fact_id value)
{
	struct fact_value v = cost_value(body, value);

	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_LAND)
		return condition_watches(body, loop, v.a) || condition_watches(body, loop, v.b);
	if (asks_clock(body, loop, value, 0)) {
		loop->clock = true;
		return true;
	}
	return false;
}

/* A drain that also counts: the walk of a list or the asking of a call beside a counter. */
static bool counts_beside(const struct cost_body *body, struct cost_loop *loop, fact_id value)
{
	struct fact_value v = cost_value(body, value), left, right;

	if (v.kind != FACT_VALUE_BINARY || v.op != FACT_OP_LAND)
		return false;
	left = cost_value(body, v.a);
	right = cost_value(body, v.b);
	if (left.kind == FACT_VALUE_BINARY && left.op == FACT_OP_LAND &&
	    counts_beside(body, loop, v.a))
		return true;
	return (left.kind != right.kind || left.op != right.op || left.kind == FACT_VALUE_BINARY) &&
	       (watches(body, loop, v.a, 0) != watches(body, loop, v.b, 0));
}

/* ---- bounds ------------------------------------------------------------------------------- */

static void set_unknown(const struct cost_body *body, struct cost_loop *loop, uint32_t kind,
			uint32_t symbol)
{
	struct cost_size size = {.kind = kind,
				 .symbol = symbol,
				 .root_id = loop->begin,
				 .function = body->function,
				 .event = loop->begin,
				 .in_function = body->function};

	size.weight = COST_OPEN;
	loop->size = cost_size_intern(body->costs, &size);
}

/* The local or parameter that walks: p of p->next. */
static struct fact_value walker_of(const struct cost_body *body, fact_id value)
{
	struct fact_value v = cost_value(body, value);

	while (v.kind == FACT_VALUE_FIELD || v.kind == FACT_VALUE_ELEMENT ||
	       v.kind == FACT_VALUE_DEREF || v.kind == FACT_VALUE_ADDRESS) {
		fact_id next = v.kind == FACT_VALUE_FIELD ? v.b : v.a;

		if (next == FACT_NONE)
			break;
		v = cost_value(body, next);
	}
	return v;
}

/* The same as a value. */
static fact_id walker_value(const struct cost_body *body, fact_id value)
{
	struct fact_value v = cost_value(body, value);

	while (v.kind == FACT_VALUE_FIELD && v.b != FACT_NONE) {
		value = v.b;
		v = cost_value(body, value);
	}
	return value;
}

/* Where the walk starts: what the walker was given last. */
static fact_id start_of(const struct cost_body *body, fact_id value, fact_id begin)
{
	struct fact_value walker = walker_of(body, value);
	fact_id at = cost_last_assignment(body, &walker, body->first, begin);

	return at == FACT_NONE ? value : cost_event(body, at)->b;
}

/* The walker goes left or right in each round: down a tree, a few steps whatever there is. */
static bool is_descent(const struct cost_body *body, const struct cost_loop *loop,
		       const struct fact_value *walker)
{
	uint32_t fields[2] = {COST_NONE, COST_NONE};

	for (fact_id i = loop->begin; i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to, from;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = cost_value(body, e->a);
		from = cost_value(body, e->b);
		if (!cost_same(&to, walker))
			continue;
		if (from.kind == FACT_VALUE_CHOICE)
			from = cost_value(body, from.a);
		if (from.kind == FACT_VALUE_ELEMENT &&
		    cost_value(body, from.b).kind != FACT_VALUE_INT)
			return true; /* child[direction], level[i] */
		if (from.kind != FACT_VALUE_FIELD)
			continue;
		if (fields[0] == COST_NONE)
			fields[0] = from.a;
		else if (fields[0] != from.a)
			fields[1] = from.a;
	}
	return fields[1] != COST_NONE;
}

/* The walk starts in a slot of a table, chosen by a hash: the few that fell into one slot. */
static bool is_chain(const struct cost_body *body, fact_id start)
{
	struct fact_value v = cost_value(body, start);

	while (v.kind == FACT_VALUE_FIELD && v.b != FACT_NONE)
		v = cost_value(body, v.b);
	return v.kind == FACT_VALUE_ELEMENT && cost_value(body, v.b).kind != FACT_VALUE_INT;
}

static void set_few(struct cost_loop *loop)
{
	loop->bound = FACT_BOUND_CONSTANT;
	loop->trips = FEW;
}

static void set_list(const struct cost_body *body, struct cost_loop *loop, fact_id bound)
{
	struct fact_value v = cost_value(body, bound);
	struct fact_value walker = walker_of(body, bound);
	struct cost_size size = {.kind = COST_LIST,
				 .symbol = COST_NONE,
				 .event = loop->begin,
				 .in_function = body->function};
	fact_id start = start_of(body, bound, loop->begin);

	if (v.kind == FACT_VALUE_FIELD)
		loop->follows = cost_followed_list(body, loop, start, v.a);
	if (loop->follows == COST_NONE &&
	    (is_descent(body, loop, &walker) || is_chain(body, start))) {
		set_few(loop);
		return;
	}
	if (v.kind == FACT_VALUE_FIELD)
		size.symbol = body->costs->program->units[body->unit].symbols[v.a];
	cost_root(body, start, loop->begin, 0, &size);
	size.word =
		cost_word_of(body, start == bound ? walker_value(body, bound) : start, loop->begin);
	loop->size = loop->follows == COST_NONE ? cost_size_intern(body->costs, &size)
						: cost_loop_at(body, loop->follows)->size;
	loop->walks = true;
	loop->walker = walker;
}

static bool is_pointer(const struct cost_body *body, const struct fact_value *v)
{
	const struct fact_param *row = program_local(body->costs->program, body->function, v);

	return row && row->flags & FACT_SYMBOL_POINTER;
}

/* What a loop tests against NULL: p, p != NULL, also as a macro has it: p ? 1 : 0. */
static struct fact_value tested_pointer(const struct cost_body *body, fact_id test)
{
	struct fact_value v = cost_value(body, test);

	if (v.kind == FACT_VALUE_CHOICE)
		v = cost_value(body, v.c);
	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_LAND)
		v = cost_value(body, v.a);
	if (v.kind == FACT_VALUE_BINARY && v.op == FACT_OP_NE &&
	    cost_value(body, v.b).kind == FACT_VALUE_NULL)
		return cost_value(body, v.a);
	return is_pointer(body, &v) ? v : (struct fact_value){.kind = FACT_VALUE_UNKNOWN};
}

/* Is the result of a call of the program's own tested against NULL? Then it gives elements. */
static bool gives_elements(const struct cost_body *body, fact_id test, uint32_t symbol)
{
	enum fact_value_kind kind = tested_pointer(body, test).kind;

	return (kind == FACT_VALUE_LOCAL || kind == FACT_VALUE_CALL) && symbol != PROGRAM_NONE &&
	       !body->costs->program->symbols[symbol].model;
}

static void set_call(const struct cost_body *body, struct cost_loop *loop, fact_id bound)
{
	struct fact_value v = cost_value(body, bound);
	const struct fact_event *call = cost_event(body, v.a);
	uint32_t symbol = program_callee(body->costs->program, body->unit, call);
	bool constant;

	/* i < strlen(s) runs as often as s is long */
	if (cost_measured(body, v.a, &constant, &loop->trips, &loop->size)) {
		if (constant)
			loop->bound = FACT_BOUND_CONSTANT;
		return;
	}
	loop->walks = call->c <= 2 && gives_elements(body, loop->test, symbol);
	if (loop->walks)
		loop->walker = tested_pointer(body, loop->test);
	set_unknown(body, loop, loop->walks ? COST_ELEMENTS : COST_RESULT, symbol);
}

/* Does a place of the condition move by an amount that is not constant: left -= written? */
static bool moves_in_pieces(const struct cost_body *body, const struct cost_loop *loop,
			    fact_id value, int depth)
{
	struct fact_value v = cost_value(body, value);

	if (value == FACT_NONE || depth > 6)
		return false;
	if (v.kind == FACT_VALUE_BINARY)
		return moves_in_pieces(body, loop, v.a, depth + 1) ||
		       moves_in_pieces(body, loop, v.b, depth + 1);
	if (v.kind == FACT_VALUE_UNARY)
		return moves_in_pieces(body, loop, v.a, depth + 1);
	for (fact_id i = loop->begin; is_variable(&v) && i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to, from;

		if (e->kind != FACT_EVENT_ASSIGN)
			continue;
		to = cost_value(body, e->a);
		from = cost_value(body, e->b);
		if (!cost_same(&to, &v))
			continue;
		if (e->op == FACT_OP_ADD || e->op == FACT_OP_SUB) {
			if (from.kind != FACT_VALUE_INT)
				return true;
		} else if (e->op != FACT_OP_NONE) {
			return true; /* n /= 2 */
		}
	}
	return false;
}

/* The call that gives the next element from the last: p = next(p), p = next(list, p). */
static fact_id next_call(const struct cost_body *body, const struct cost_loop *loop,
			 const struct fact_value *walker)
{
	fact_id at = cost_last_assignment(body, walker, loop->begin, loop->end);
	struct fact_value v = at == FACT_NONE ? (struct fact_value){.kind = FACT_VALUE_UNKNOWN}
					      : cost_value(body, cost_event(body, at)->b);
	const struct fact_event *call;

	if (v.kind != FACT_VALUE_CALL || v.a < loop->begin || v.a > loop->end)
		return FACT_NONE;
	call = cost_event(body, v.a);
	if (call->c > 2)
		return FACT_NONE; /* the next one with that name */
	for (uint32_t k = 0; k < call->c; k++) {
		struct fact_value argument = cost_value(
			body, program_argument(body->costs->program, body->unit, call, k));

		if (cost_same(&argument, walker))
			return v.a;
	}
	return FACT_NONE;
}

/* A container that is walked by calls, the first one before the loop. False if it is none. */
static bool set_iterator(const struct cost_body *body, struct cost_loop *loop, fact_id test)
{
	struct fact_value walker = tested_pointer(body, test);
	fact_id next = next_call(body, loop, &walker);

	if (next == FACT_NONE)
		return false;
	loop->bound = FACT_BOUND_CALL;
	set_unknown(body, loop, COST_ELEMENTS,
		    program_callee(body->costs->program, body->unit, cost_event(body, next)));
	loop->walks = true;
	loop->walker = walker;
	return true;
}

/* A counter that runs to the number that `limit` is: a loop around it, a place or a constant. */
static void set_place(const struct cost_body *body, struct cost_loop *loop)
{
	loop->counter = cost_counter(body, loop, loop->test, &loop->step);
	if (loop->counter.kind != FACT_VALUE_UNKNOWN) {
		if (cost_is_window(body, loop, &loop->trips)) {
			loop->bound = FACT_BOUND_CONSTANT;
			return;
		}
		loop->follows = cost_followed(body, loop);
	}
	if (loop->follows != COST_NONE) {
		loop->bound = cost_loop_at(body, loop->follows)->bound;
		loop->trips = cost_loop_at(body, loop->follows)->trips / 2;
		loop->size = cost_loop_at(body, loop->follows)->size;
		return;
	}
	if (cost_number(body, loop->limit, loop->begin, &loop->trips, &loop->size))
		loop->bound = FACT_BOUND_CONSTANT;
}

static void set_bound(const struct cost_body *body, struct cost_loop *loop)
{
	switch ((enum fact_bound)loop->bound) {
	case FACT_BOUND_CONSTANT:
		loop->trips = (double)cost_value(body, loop->limit).number;
		loop->counter = cost_counter(body, loop, loop->test, &loop->step);
		return;
	case FACT_BOUND_PLACE:
		if (moves_in_pieces(body, loop, loop->test, 0))
			set_unknown(body, loop, COST_UNKNOWN, COST_NONE);
		else
			set_place(body, loop);
		return;
	case FACT_BOUND_STRING:
		if (cost_string(body, start_of(body, loop->limit, loop->begin), loop->begin,
				&loop->trips, &loop->size))
			loop->bound = FACT_BOUND_CONSTANT;
		return;
	case FACT_BOUND_LIST:
		set_list(body, loop, loop->limit);
		return;
	case FACT_BOUND_CALL:
		set_call(body, loop, loop->limit);
		return;
	case FACT_BOUND_NONE:
		if (loop->test != FACT_NONE && set_iterator(body, loop, loop->test))
			return;
		break;
	}
	loop->bound = FACT_BOUND_NONE;
	set_unknown(body, loop, COST_UNKNOWN, COST_NONE);
}

static bool leaves(const struct cost_body *body, const struct cost_loop *loop)
{
	int inside = 0;

	for (fact_id i = loop->begin + 1; i < loop->end; i++) {
		enum fact_event_kind kind = cost_event(body, i)->kind;

		inside += kind == FACT_EVENT_LOOP || kind == FACT_EVENT_SWITCH;
		inside -= kind == FACT_EVENT_LOOP_END || kind == FACT_EVENT_SWITCH_END;
		if (kind == FACT_EVENT_RETURN ||
		    (kind == FACT_EVENT_GOTO && cost_jump_leaves(body, loop, i)) ||
		    (kind == FACT_EVENT_BREAK && inside == 0))
			return true;
	}
	return false;
}

/* What can be told of a loop when its test and limit are known. */
static void find_out(const struct cost_body *body, struct cost_loop *loop)
{
	set_bound(body, loop);
	if (loop->bound == FACT_BOUND_CONSTANT && !adds_up(body, loop, loop->test, 0))
		return;
	if (loop->bound == FACT_BOUND_CONSTANT) {
		loop->bound = FACT_BOUND_NONE;
		set_unknown(body, loop, COST_UNKNOWN, COST_NONE);
	}
	loop->budget = loop->test != FACT_NONE &&
		       (condition_watches(body, loop, loop->test) ||
			(loop->follows == COST_NONE && counts_beside(body, loop, loop->test)));
	if (!loop->budget && loop->leaves)
		find_budget(body, loop);
}

/* x = next(x): the loop goes over what is there already. */
static bool is_iterator(const struct cost_body *body, const struct cost_loop *loop)
{
	for (fact_id i = loop->begin; i < loop->end; i++) {
		const struct fact_event *e = cost_event(body, i);
		struct fact_value to, from;
		const struct fact_event *call;

		if (e->kind != FACT_EVENT_ASSIGN || e->op != FACT_OP_NONE)
			continue;
		to = cost_value(body, e->a);
		from = cost_value(body, e->b);
		if (to.kind != FACT_VALUE_LOCAL || from.kind != FACT_VALUE_CALL)
			continue;
		call = cost_event(body, from.a);
		for (uint32_t k = 0; k < call->c; k++) {
			struct fact_value v = cost_value(
				body, program_argument(body->costs->program, body->unit, call, k));

			if (cost_same(&v, &to))
				return true;
		}
	}
	return false;
}

struct cost_loop cost_loop_read(const struct cost_body *body, fact_id begin, uint32_t outer)
{
	const struct fact_event *e = cost_event(body, begin);
	struct cost_loop loop = {.begin = begin,
				 .end = end_of(body, begin),
				 .test = e->a,
				 .limit = e->b,
				 .outer = outer,
				 .bound = e->c,
				 .size = COST_NONE,
				 .follows = COST_NONE,
				 .step = 1};

	loop.leaves = leaves(body, &loop);
	loop.counts =
		e->c != FACT_BOUND_CONSTANT && e->c != FACT_BOUND_LIST && !is_iterator(body, &loop);
	find_out(body, &loop);
	return loop;
}

bool cost_loop_of_jumps(const struct cost_body *body, fact_id begin, uint32_t outer,
			struct cost_loop *ret_loop)
{
	if (!cost_jump_read(body, begin, outer, ret_loop))
		return false;
	ret_loop->leaves = leaves(body, ret_loop);
	ret_loop->bound = ret_loop->limit == FACT_NONE ? FACT_BOUND_NONE : FACT_BOUND_PLACE;
	find_out(body, ret_loop);
	return true;
}

/* ---- repetition --------------------------------------------------------------------------- */

/* Is what the inner loop moves set anew in every round of the outer one? Else both together go over
 * the things once: while (p < end) { while (*p == ' ') p++; … } */
static bool starts_anew(const struct cost_body *body, const struct cost_loop *inner,
			const struct cost_loop *outer, fact_id value, int depth, bool *ret_moves)
{
	struct fact_value v = cost_value(body, value);

	if (value == FACT_NONE || depth > 8)
		return true;
	if (v.kind == FACT_VALUE_LOCAL || v.kind == FACT_VALUE_PARAM) {
		if (cost_last_assignment(body, &v, inner->begin, inner->end) == FACT_NONE &&
		    !is_counted(body, inner, &v))
			return true;
		*ret_moves = true;
		return cost_last_assignment(body, &v, outer->begin, inner->begin) != FACT_NONE;
	}
	if (v.kind == FACT_VALUE_FIELD)
		return starts_anew(body, inner, outer, v.b, depth + 1, ret_moves);
	if (v.kind == FACT_VALUE_ELEMENT || v.kind == FACT_VALUE_BINARY)
		return starts_anew(body, inner, outer, v.a, depth + 1, ret_moves) &&
		       starts_anew(body, inner, outer, v.b, depth + 1, ret_moves);
	if (v.kind == FACT_VALUE_DEREF || v.kind == FACT_VALUE_UNARY ||
	    v.kind == FACT_VALUE_ADDRESS)
		return starts_anew(body, inner, outer, v.a, depth + 1, ret_moves);
	return true;
}

bool cost_loop_repeats(const struct cost_body *body, const struct cost_loop *inner,
		       const struct cost_loop *outer)
{
	bool moves = false;
	fact_id start = inner->limit;

	if (inner->budget || inner->limit == FACT_NONE ||
	    !starts_anew(body, inner, outer, inner->test, 0, &moves) || !moves)
		return false;
	if (inner->follows != COST_NONE) {
		const struct cost_loop *followed = cost_loop_at(body, inner->follows);

		return followed->begin == outer->begin || cost_loop_repeats(body, followed, outer);
	}
	if (inner->walks || inner->bound == FACT_BOUND_STRING)
		start = start_of(body, inner->limit, inner->begin);
	return cost_is_invariant(body, start, outer->begin, outer->end, 0);
}
