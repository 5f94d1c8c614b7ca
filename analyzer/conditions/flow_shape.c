/* Where each event of a function leads: the begins and ends of statements, found once. */
#include "analyzer/conditions/flow_private.h"

struct open_statement {
	uint32_t at;        /* BRANCH, LOOP or SWITCH */
	uint32_t last_mark; /* BRANCH: itself or its else; SWITCH: itself or its last case */
};

struct shaper {
	const struct facts *facts;
	const struct fact_event *events;
	uint32_t count, first;
	struct flow_shape shape;
	GArray *open;   /* struct open_statement */
	GArray *leaves; /* uint32_t: breaks and continues; `match` holds the statement meant */
	GHashTable *labels;
};

/* Is the value the call or place that `data` is, as far as its own row says? */
static bool is_like(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	const struct fact_value *wanted = data;

	return v->kind == wanted->kind && v->a == wanted->a;
}

static bool steps(const struct facts *facts, fact_id value)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);

	if (v->kind == FACT_VALUE_UNARY)
		return v->op >= FACT_OP_PRE_INC || steps(facts, v->a);
	return v->kind == FACT_VALUE_BINARY && (steps(facts, v->a) || steps(facts, v->b));
}

/* Is the event, a call or an assignment, a statement and no part of a condition? */
static bool is_statement(const struct shaper *s, fact_id condition, uint32_t at)
{
	const struct fact_event *e = &s->events[at];

	if (e->kind == FACT_EVENT_CALL)
		return !(e->flags & FACT_EVENT_RESULT_USED);
	return e->op != FACT_OP_NONE && !steps(s->facts, condition);
}

/* Is the event, a call or an assignment, a part of `condition`? */
static bool is_part(const struct shaper *s, fact_id condition, uint32_t at)
{
	const struct fact_event *e = &s->events[at];
	struct fact_value part = {.kind = FACT_VALUE_CALL, .a = s->first + at};

	if (e->kind == FACT_EVENT_ASSIGN)
		part = *facts_row(s->facts, values, struct fact_value, e->a);
	return facts_value_any(s->facts, condition, is_like, &part);
}

static uint32_t line_of(const struct shaper *s, uint32_t at)
{
	fact_id loc = s->events[at].loc;

	return loc == FACT_NONE ? 0 : facts_row(s->facts, locs, struct fact_loc, loc)->line;
}

/* The first event after the condition of the loop at `loop`: the calls, branches and assignments
 * that are part of it come first, on its line. */
static uint32_t test_point(const struct shaper *s, uint32_t loop, uint32_t end)
{
	uint32_t point = loop + 1, depth = 0;
	bool is_wanted = false;

	for (uint32_t i = loop + 1; i < end && line_of(s, i) == line_of(s, loop); i++) {
		enum fact_event_kind kind = s->events[i].kind;

		if (kind == FACT_EVENT_BRANCH_END && depth == 0)
			break;
		if ((kind == FACT_EVENT_CALL || kind == FACT_EVENT_ASSIGN) &&
		    is_statement(s, s->events[loop].a, i))
			break;
		if (kind == FACT_EVENT_CALL || kind == FACT_EVENT_ASSIGN)
			is_wanted |= is_part(s, s->events[loop].a, i);
		else if (kind != FACT_EVENT_BRANCH && kind != FACT_EVENT_BRANCH_END &&
			 kind != FACT_EVENT_ELSE)
			break;
		depth += kind == FACT_EVENT_BRANCH;
		depth -= kind == FACT_EVENT_BRANCH_END;
		if (is_wanted && depth == 0) {
			point = i + 1;
			is_wanted = false;
		}
	}
	return point;
}

static struct open_statement *top(const struct shaper *s)
{
	return s->open->len ? &g_array_index(s->open, struct open_statement, s->open->len - 1)
			    : NULL;
}

static void push(struct shaper *s, uint32_t at)
{
	struct open_statement statement = {at, at};

	g_array_append_val(s->open, statement);
}

static void close_statement(struct shaper *s, uint32_t at)
{
	const struct open_statement *statement = top(s);
	const struct fact_event *e;

	if (!statement)
		return;
	e = &s->events[statement->at];
	s->shape.match[statement->last_mark] = at;
	if (e->kind == FACT_EVENT_LOOP) {
		s->shape.match[at] = statement->at;
		if (e->a != FACT_NONE)
			s->shape.test[e->op == FACT_LOOP_DO ? at
							    : test_point(s, statement->at, at)] =
				statement->at;
	}
	g_array_set_size(s->open, s->open->len - 1);
}

/* An else or a case: the last mark of its statement leads here. */
static void mark(struct shaper *s, uint32_t at, enum fact_event_kind of)
{
	for (guint i = s->open->len; i-- > 0;) {
		struct open_statement *statement =
			&g_array_index(s->open, struct open_statement, i);

		if (s->events[statement->at].kind != of)
			continue;
		s->shape.match[statement->last_mark] = at;
		statement->last_mark = at;
		return;
	}
}

static void leave(struct shaper *s, uint32_t at, bool is_continue)
{
	for (guint i = s->open->len; i-- > 0;) {
		uint32_t statement = g_array_index(s->open, struct open_statement, i).at;
		enum fact_event_kind kind = s->events[statement].kind;

		if (kind == FACT_EVENT_BRANCH || (is_continue && kind == FACT_EVENT_SWITCH))
			continue;
		s->shape.match[at] = statement;
		g_array_append_val(s->leaves, at);
		return;
	}
}

static void see(struct shaper *s, uint32_t at)
{
	const struct fact_event *e = &s->events[at];

	switch ((enum fact_event_kind)e->kind) {
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_LOOP:
	case FACT_EVENT_SWITCH:
		push(s, at);
		return;
	case FACT_EVENT_ELSE:
		mark(s, at, FACT_EVENT_BRANCH);
		return;
	case FACT_EVENT_CASE:
		mark(s, at, FACT_EVENT_SWITCH);
		return;
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_LOOP_END:
	case FACT_EVENT_SWITCH_END:
		close_statement(s, at);
		return;
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		leave(s, at, e->kind == FACT_EVENT_CONTINUE);
		return;
	case FACT_EVENT_LABEL:
		g_hash_table_insert(s->labels, GUINT_TO_POINTER(e->a), GUINT_TO_POINTER(at + 1));
		return;
	case FACT_EVENT_CALL:
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_RETURN:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_READ:
		return;
	}
}

/* The end of the statement at `at`, by way of its marks. */
static uint32_t end_of(const struct shaper *s, uint32_t at)
{
	while (at != FACT_NONE && s->events[at].kind != FACT_EVENT_LOOP_END &&
	       s->events[at].kind != FACT_EVENT_SWITCH_END)
		at = s->shape.match[at];
	return at;
}

static void resolve_jumps(struct shaper *s)
{
	for (guint i = 0; i < s->leaves->len; i++) {
		uint32_t at = g_array_index(s->leaves, uint32_t, i);
		uint32_t end = end_of(s, s->shape.match[at]);

		s->shape.match[at] = end == FACT_NONE                         ? FACT_NONE
				     : s->events[at].kind == FACT_EVENT_BREAK ? end + 1
									      : end;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		guint label;

		if (s->events[i].kind != FACT_EVENT_GOTO || s->events[i].a == FACT_NONE)
			continue;
		label = GPOINTER_TO_UINT(
			g_hash_table_lookup(s->labels, GUINT_TO_POINTER(s->events[i].a)));
		s->shape.match[i] = label ? label - 1 : FACT_NONE;
	}
}

struct flow_shape flow_shape_new(const struct facts *facts, const struct fact_event *events,
				 uint32_t count, uint32_t first)
{
	struct shaper s = {.facts = facts, .events = events, .count = count, .first = first};

	s.shape.match = g_new(uint32_t, count + 1);
	s.shape.test = g_new(uint32_t, count + 1);
	for (uint32_t i = 0; i <= count; i++)
		s.shape.match[i] = s.shape.test[i] = FACT_NONE;
	s.open = g_array_new(FALSE, FALSE, sizeof(struct open_statement));
	s.leaves = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	s.labels = g_hash_table_new(NULL, NULL);
	for (uint32_t i = 0; i < count; i++)
		see(&s, i);
	resolve_jumps(&s);
	g_hash_table_destroy(s.labels);
	g_array_free(s.leaves, TRUE);
	g_array_free(s.open, TRUE);
	return s.shape;
}

void flow_shape_clear(struct flow_shape *shape)
{
	g_free(shape->match);
	g_free(shape->test);
}
