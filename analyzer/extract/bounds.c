/* What bounds a loop: read off its condition together with what the loop's own events do to the
 * places in it: a counter that is stepped, a list that is walked, a string that is run through. */
#include "analyzer/extract/unit.h"

/* Longer loops are not searched for the step of their counter. */
#define BOUND_EVENTS 4000
/* How far back the start of a counter is looked for. */
#define BOUND_LOOK_BACK 64

struct bound {
	enum fact_bound kind;
	fact_id value;
};

struct search {
	struct unit *unit;
	guint first, end; /* the loop's events: [first, end) */
	guint row;        /* its LOOP event */
};

static const struct bound no_bound = {FACT_BOUND_NONE, FACT_NONE};

static enum fact_value_kind kind_of(const struct search *search, fact_id id)
{
	return value_row(search->unit, id)->kind;
}

static bool is_place(enum fact_value_kind kind)
{
	return kind == FACT_VALUE_VARIABLE || kind == FACT_VALUE_LOCAL ||
	       kind == FACT_VALUE_PARAM || kind == FACT_VALUE_FIELD || kind == FACT_VALUE_ELEMENT ||
	       kind == FACT_VALUE_DEREF;
}

/* n-- and ++i stand for n and i. */
static fact_id stepped(const struct search *search, fact_id id)
{
	const struct fact_value *value = value_row(search->unit, id);

	return value->kind == FACT_VALUE_UNARY && value->op >= FACT_OP_PRE_INC ? value->a : id;
}

/* The amount of a step that divides or multiplies: whatever the distance, few steps are left. */
#define DIVIDES INT64_MIN
#define HALVINGS 64

/* How one ASSIGN event moves a place: +1 up, -1 down, 0 otherwise; the amount if it is constant. */
static int direction(const struct search *search, const struct fact_event *event,
		     int64_t *ret_amount)
{
	const struct fact_value *value = value_row(search->unit, event->b);
	enum fact_operator op = event->op;

	*ret_amount = 0;
	if (op == FACT_OP_NONE && value->kind == FACT_VALUE_BINARY &&
	    facts_value_same(search->unit->facts, value->a, event->a)) {
		op = value->op;
		value = value_row(search->unit, value->b);
	}
	if (op == FACT_OP_SHR || op == FACT_OP_DIV) {
		*ret_amount = DIVIDES;
		return -1;
	}
	if ((op == FACT_OP_MUL || op == FACT_OP_SHL) && value->kind == FACT_VALUE_INT &&
	    value->number > (op == FACT_OP_MUL)) {
		*ret_amount = DIVIDES;
		return 1;
	}
	if (op != FACT_OP_ADD && op != FACT_OP_SUB)
		return 0;
	if (value->kind == FACT_VALUE_INT)
		*ret_amount = value->number;
	return op == FACT_OP_ADD ? 1 : -1;
}

/* Steps of `place` in the loop: the last one's direction, 0 if there is none. */
static int step_of(const struct search *search, fact_id place, int64_t *ret_amount)
{
	int found = 0;

	for (guint i = search->first; i < search->end; i++) {
		const struct fact_event *event = event_row(search->unit, i);
		int64_t amount;
		int way;

		if (event->kind != FACT_EVENT_ASSIGN ||
		    !facts_value_same(search->unit->facts, event->a, place))
			continue;
		way = direction(search, event, &amount);
		if (way) {
			found = way;
			*ret_amount = amount;
		}
	}
	return found;
}

/* What `place` is assigned before the loop, on the straight way to it; FACT_NONE if that is not
 * seen. */
static fact_id start_of(const struct search *search, fact_id place)
{
	guint last = search->row > BOUND_LOOK_BACK ? search->row - BOUND_LOOK_BACK : 0;

	for (guint i = search->row; i > last; i--) {
		const struct fact_event *event = event_row(search->unit, i - 1);
		bool joins = event->kind == FACT_EVENT_LABEL || event->kind == FACT_EVENT_CASE ||
			     event->kind == FACT_EVENT_LOOP_END ||
			     event->kind == FACT_EVENT_BRANCH_END ||
			     event->kind == FACT_EVENT_SWITCH_END ||
			     event->kind == FACT_EVENT_LOOP || event->kind == FACT_EVENT_ELSE;

		if (joins)
			return FACT_NONE;
		if (event->kind == FACT_EVENT_ASSIGN &&
		    facts_value_same(search->unit->facts, event->a, place))
			return event->op == FACT_OP_NONE ? event->b : FACT_NONE;
	}
	return FACT_NONE;
}

static struct bound constant(const struct search *search, int64_t trips)
{
	return (struct bound){FACT_BOUND_CONSTANT, value_int(search->unit, MAX(trips, 0))};
}

/* So many steps of `amount`, of 1 where that is not known. */
static struct bound steps(const struct search *search, int64_t distance, int64_t amount)
{
	return constant(search,
			amount > 1 ? distance / amount + (distance % amount > 0) : distance);
}

/* A counter that runs down: from what it starts with. */
static struct bound count_down(const struct search *search, fact_id counter, int64_t amount)
{
	fact_id start = start_of(search, counter);

	if (amount == DIVIDES)
		return constant(search, HALVINGS);
	if (start != FACT_NONE && kind_of(search, start) == FACT_VALUE_INT)
		return steps(search, value_row(search->unit, start)->number, amount);
	if (start != FACT_NONE && is_place(kind_of(search, start)))
		return (struct bound){FACT_BOUND_PLACE, start};
	return (struct bound){FACT_BOUND_PLACE, counter};
}

/* A counter that runs up to `limit`, with `offset` added. */
static struct bound count_up(const struct search *search, fact_id counter, int64_t limit,
			     int64_t offset, int64_t amount, bool inclusive)
{
	fact_id start = start_of(search, counter);
	int64_t from = 0;

	if (start != FACT_NONE && kind_of(search, start) == FACT_VALUE_INT)
		from = value_row(search->unit, start)->number;
	if (__builtin_sub_overflow(limit, from, &limit) ||
	    __builtin_sub_overflow(limit, offset, &limit) || limit > INT64_MAX / 2)
		return constant(search, INT64_MAX);
	return steps(search, limit + inclusive, amount);
}

/* The first place in an expression like n - 1 or (a + b) / 2. */
static fact_id place_in(const struct search *search, fact_id id)
{
	const struct fact_value *value = value_row(search->unit, id);
	fact_id found;

	if (is_place(value->kind))
		return id;
	if (value->kind == FACT_VALUE_UNARY)
		return place_in(search, value->a);
	if (value->kind != FACT_VALUE_BINARY)
		return FACT_NONE;
	found = place_in(search, value->a);
	return found != FACT_NONE ? found : place_in(search, value->b);
}

static fact_id call_in(const struct search *search, fact_id id)
{
	const struct fact_value *value = value_row(search->unit, id);
	fact_id found;

	if (value->kind == FACT_VALUE_CALL)
		return id;
	if (value->kind == FACT_VALUE_UNARY)
		return call_in(search, value->a);
	if (value->kind != FACT_VALUE_BINARY)
		return FACT_NONE;
	found = call_in(search, value->a);
	return found != FACT_NONE ? found : call_in(search, value->b);
}

/* The call whose result `place` is given each time round, or FACT_NONE. */
static fact_id assigned_call(const struct search *search, fact_id place)
{
	for (guint i = search->first; i < search->end; i++) {
		const struct fact_event *event = event_row(search->unit, i);

		if (event->kind == FACT_EVENT_ASSIGN && event->op == FACT_OP_NONE &&
		    kind_of(search, event->b) == FACT_VALUE_CALL &&
		    facts_value_same(search->unit->facts, event->a, place))
			return event->b;
	}
	return FACT_NONE;
}

/* The way from `id` back to `root` through fields, elements and pointers: the outermost field on
 * it, or `id` if there are only elements and pointers. FACT_NONE if it does not lead there. */
static fact_id walk_from(const struct search *search, fact_id id, fact_id root)
{
	fact_id field = FACT_NONE, start = id;

	for (guint steps = 0; id != FACT_NONE; steps++) {
		const struct fact_value *value = value_row(search->unit, id);

		if (facts_value_same(search->unit->facts, id, root))
			return steps == 0 ? FACT_NONE : field != FACT_NONE ? field : start;
		switch ((int)value->kind) {
		case FACT_VALUE_FIELD:
			field = field == FACT_NONE ? id : field;
			id = value->b;
			break;
		case FACT_VALUE_ELEMENT:
		case FACT_VALUE_DEREF:
		case FACT_VALUE_ADDRESS:
			id = value->a;
			break;
		default:
			return FACT_NONE;
		}
	}
	return FACT_NONE;
}

/* x->next, also as (char *)x->next - offset (container_of) and in an arm of ?: */
static fact_id walk_in(const struct search *search, fact_id id, fact_id root)
{
	const struct fact_value *value = value_row(search->unit, id);
	fact_id found = walk_from(search, id, root);

	if (found != FACT_NONE)
		return found;
	if (value->kind == FACT_VALUE_BINARY && value->op == FACT_OP_SUB)
		return walk_from(search, value->a, root);
	if (value->kind != FACT_VALUE_CHOICE)
		return FACT_NONE;
	found = walk_from(search, value->a, root);
	return found != FACT_NONE ? found : walk_from(search, value->b, root);
}

static fact_id list_step(const struct search *search, fact_id place, fact_id root, bool through)
{
	for (guint i = search->first; i < search->end; i++) {
		const struct fact_event *event = event_row(search->unit, i);
		fact_id found, other;

		if (event->kind != FACT_EVENT_ASSIGN || event->op != FACT_OP_NONE ||
		    !facts_value_same(search->unit->facts, event->a, place))
			continue;
		found = walk_in(search, event->b, root);
		other = event->b;
		/* next = x->next; …; x = next */
		if (found == FACT_NONE && through && is_place(kind_of(search, other)))
			found = list_step(search, other, root, false);
		if (found != FACT_NONE)
			return found;
	}
	return FACT_NONE;
}

static struct bound list_walk(const struct search *search, fact_id place)
{
	fact_id field = list_step(search, place, place, true);

	/* while (*p) p = &(*p)->next */
	if (field == FACT_NONE && kind_of(search, place) == FACT_VALUE_DEREF) {
		place = value_row(search->unit, place)->a;
		field = list_step(search, place, place, true);
	}
	return field == FACT_NONE ? no_bound : (struct bound){FACT_BOUND_LIST, field};
}

/* *p and s[i] where p or i is stepped. */
static struct bound string_walk(const struct search *search, fact_id id)
{
	const struct fact_value value = *value_row(search->unit, id);
	fact_id runner;
	int64_t amount;

	if (value.kind == FACT_VALUE_DEREF)
		runner = stepped(search, value.a);
	else if (value.kind == FACT_VALUE_ELEMENT && value.b != FACT_NONE)
		runner = stepped(search, value.b);
	else
		return no_bound;
	if (step_of(search, runner, &amount) <= 0)
		return no_bound;
	return (struct bound){FACT_BOUND_STRING, value.kind == FACT_VALUE_DEREF ? runner : value.a};
}

/* while (x) */
static struct bound truth(const struct search *search, fact_id id)
{
	fact_id place = stepped(search, id), call;
	struct bound bound = string_walk(search, id);
	int64_t amount;

	if (bound.kind != FACT_BOUND_NONE)
		return bound;
	call = assigned_call(search, place);
	if (call != FACT_NONE)
		return (struct bound){FACT_BOUND_CALL, call};
	bound = list_walk(search, place);
	if (bound.kind != FACT_BOUND_NONE)
		return bound;
	return step_of(search, place, &amount) < 0 ? count_down(search, place, amount) : no_bound;
}

/* i of i + 8, and what is added. */
static fact_id without_offset(const struct search *search, fact_id id, int64_t *ret_offset)
{
	const struct fact_value *value = value_row(search->unit, id);
	const struct fact_value *by;

	if (value->kind != FACT_VALUE_BINARY ||
	    (value->op != FACT_OP_ADD && value->op != FACT_OP_SUB))
		return id;
	by = value_row(search->unit, value->b);
	if (by->kind != FACT_VALUE_INT || by->number > INT32_MAX || by->number < INT32_MIN)
		return id;
	*ret_offset += value->op == FACT_OP_ADD ? by->number : -by->number;
	return stepped(search, value->a);
}

/* `counter` against `limit`; LE and GE are `inclusive`. */
static struct bound counted(const struct search *search, fact_id counter, fact_id limit,
			    bool inclusive)
{
	int64_t amount = 0, offset = 0;
	fact_id place;
	int way;

	counter = without_offset(search, stepped(search, counter), &offset);
	if (!is_place(kind_of(search, counter)))
		return no_bound;
	way = step_of(search, counter, &amount);
	if (way == 0)
		return no_bound;
	if (way < 0)
		return count_down(search, counter, amount);
	if (amount == DIVIDES)
		return constant(search, HALVINGS);
	if (kind_of(search, limit) == FACT_VALUE_INT)
		return count_up(search, counter, value_row(search->unit, limit)->number, offset,
				amount, inclusive);
	place = place_in(search, limit);
	return place == FACT_NONE ? no_bound : (struct bound){FACT_BOUND_PLACE, place};
}

/* What `&x->entry` is a part of: x. */
static fact_id whole_of(const struct search *search, fact_id id)
{
	const struct fact_value *value = value_row(search->unit, id);

	if (value->kind != FACT_VALUE_ADDRESS)
		return id;
	id = value->a;
	while (value_row(search->unit, id)->kind == FACT_VALUE_FIELD &&
	       value_row(search->unit, id)->b != FACT_NONE)
		id = value_row(search->unit, id)->b;
	return id;
}

/* One side of x != end. */
static struct bound walked(const struct search *search, fact_id side)
{
	struct bound bound = string_walk(search, side);
	fact_id whole = whole_of(search, side);

	if (bound.kind == FACT_BOUND_NONE && is_place(kind_of(search, whole)))
		bound = list_walk(search, whole);
	return bound;
}

static struct bound compared(const struct search *search, const struct fact_value *test)
{
	bool inclusive = test->op == FACT_OP_LE || test->op == FACT_OP_GE;
	bool walks = test->op == FACT_OP_NE || test->op == FACT_OP_GT;
	struct bound bound = no_bound;
	fact_id call = call_in(search, test->a);

	if (call == FACT_NONE)
		call = call_in(search, test->b);
	if (call == FACT_NONE)
		call = assigned_call(search, test->a);
	if (call != FACT_NONE)
		return (struct bound){FACT_BOUND_CALL, call};
	if (walks)
		bound = walked(search, test->a);
	if (walks && bound.kind == FACT_BOUND_NONE)
		bound = walked(search, test->b);
	if (bound.kind == FACT_BOUND_NONE)
		bound = counted(search, test->a, test->b, inclusive);
	if (bound.kind == FACT_BOUND_NONE)
		bound = counted(search, test->b, test->a, inclusive);
	return bound;
}

static struct bound bound_of(const struct search *search, fact_id id);

/* a && b ends with the first that fails: the better bound holds. Kinds are ordered so. */
static struct bound both(const struct search *search, const struct fact_value *test)
{
	struct bound a = bound_of(search, test->a), b = bound_of(search, test->b);

	if (a.kind == FACT_BOUND_NONE || b.kind == FACT_BOUND_NONE)
		return a.kind == FACT_BOUND_NONE ? b : a;
	return a.kind <= b.kind ? a : b;
}

/* a || b goes on as long as one of them does: the worse bound holds. */
static struct bound either(const struct search *search, const struct fact_value *test)
{
	struct bound a = bound_of(search, test->a), b = bound_of(search, test->b);

	if (a.kind == FACT_BOUND_NONE || b.kind == FACT_BOUND_NONE)
		return no_bound;
	return a.kind >= b.kind ? a : b;
}

static struct bound bound_of(const struct search *search, fact_id id)
{
	const struct fact_value test = *value_row(search->unit, id);

	if (test.kind == FACT_VALUE_CALL)
		return (struct bound){FACT_BOUND_CALL, id};
	if (test.kind == FACT_VALUE_BINARY) {
		if (test.op == FACT_OP_LAND)
			return both(search, &test);
		if (test.op == FACT_OP_LOR)
			return either(search, &test);
		return compared(search, &test);
	}
	if (test.kind == FACT_VALUE_UNARY && test.op == FACT_OP_LNOT) {
		fact_id call = call_in(search, test.a);

		if (call == FACT_NONE && is_place(kind_of(search, test.a)))
			call = assigned_call(search, test.a);
		return call == FACT_NONE ? no_bound : (struct bound){FACT_BOUND_CALL, call};
	}
	if (is_place(test.kind) || test.kind == FACT_VALUE_UNARY)
		return truth(search, id);
	return no_bound;
}

void loop_bound(struct unit *unit, guint row)
{
	struct search search = {unit, row + 1, unit->events->len, row};
	fact_id condition = event_row(unit, row)->a;
	bool runs_once = event_row(unit, row)->op == FACT_LOOP_DO;
	struct bound bound = no_bound;

	if (condition == FACT_NONE)
		return;
	if (search.end - search.first > BOUND_EVENTS)
		search.first = search.end - BOUND_EVENTS;
	if (value_row(unit, condition)->kind != FACT_VALUE_INT)
		bound = bound_of(&search, condition);
	else if (value_row(unit, condition)->number == 0)
		bound = constant(&search, runs_once);
	event_row(unit, row)->b = bound.value;
	event_row(unit, row)->c = bound.kind;
}
