/* What a path knows of values: which ones are worth following, and what conditions, assignments
 * and calls say about them. */
#include "analyzer/conditions/flow_private.h"

#include <string.h>

#define CONDITION_DEPTH 16

static const struct flow_known anything = {{INT64_MIN, INT64_MAX, false}, FACT_NONE, FACT_NONE};

const struct fact_value *flow_value(const struct flow *flow, fact_id value)
{
	return program_value(flow->program, flow->unit, value);
}

static const struct facts *facts_of(const struct flow *flow)
{
	return flow->program->units[flow->unit].facts;
}

bool flow_same(const struct flow *flow, fact_id left, fact_id right)
{
	return facts_value_same(facts_of(flow), left, right);
}

static bool is_same(const struct facts *facts, fact_id value, const void *part)
{
	return facts_value_same(facts, value, *(const fact_id *)part);
}

bool flow_mentions(const struct flow *flow, fact_id whole, fact_id part)
{
	return facts_value_any(facts_of(flow), whole, is_same, &part);
}

fact_id flow_base(const struct flow *flow, fact_id value)
{
	for (;;) {
		const struct fact_value *v = flow_value(flow, value);
		fact_id next = FACT_NONE;

		if (v->kind == FACT_VALUE_FIELD)
			next = v->b;
		else if (v->kind == FACT_VALUE_ELEMENT || v->kind == FACT_VALUE_ADDRESS ||
			 v->kind == FACT_VALUE_DEREF)
			next = v->a;
		if (next == FACT_NONE)
			return value;
		value = next;
	}
}

/* Can it change only by what the function itself does? */
static bool is_own(const struct flow *flow, fact_id value)
{
	const struct fact_value *v = flow_value(flow, value);

	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_LOCAL:
	case FACT_VALUE_PARAM:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
		return true;
	case FACT_VALUE_UNARY:
		return is_own(flow, v->a);
	case FACT_VALUE_BINARY:
		return is_own(flow, v->a) && is_own(flow, v->b);
	default:
		return false;
	}
}

static bool is_number(const struct flow *flow, fact_id value, int64_t *ret_number)
{
	const struct fact_value *v = flow_value(flow, value);

	*ret_number = v->kind == FACT_VALUE_INT ? v->number : 0;
	return v->kind == FACT_VALUE_INT || v->kind == FACT_VALUE_NULL;
}

static bool is_comparison(enum fact_operator op)
{
	return op >= FACT_OP_LT && op <= FACT_OP_NE;
}

/* A condition is a comparison of a term with a number; `!= 0` where it is only a term. */
static struct fact_value comparison(const struct flow *flow, fact_id value)
{
	struct fact_value v = *flow_value(flow, value);
	int64_t number;

	if (v.kind == FACT_VALUE_BINARY && is_comparison(v.op)) {
		if (is_number(flow, v.b, &number))
			return (struct fact_value){.op = v.op, .a = v.a, .number = number};
		if (is_number(flow, v.a, &number))
			return (struct fact_value){
				.op = facts_operator_mirrored(v.op), .a = v.b, .number = number};
	}
	return (struct fact_value){.op = FACT_OP_NE, .a = value, .number = 0};
}

static struct flow_term *candidate(const struct flow *flow, fact_id value)
{
	for (guint i = 0; i < flow->candidates->len; i++) {
		struct flow_term *term = &g_array_index(flow->candidates, struct flow_term, i);

		if (flow_same(flow, term->value, value))
			return term;
	}
	return NULL;
}

static void add_use(struct flow *flow, fact_id value, uint32_t at)
{
	struct flow_term *term = candidate(flow, value);
	struct flow_term fresh = {value, 1, at};
	enum fact_value_kind kind = flow_value(flow, value)->kind;

	if (kind == FACT_VALUE_UNKNOWN || kind == FACT_VALUE_INT || kind == FACT_VALUE_NULL)
		return;
	if (!term) {
		g_array_append_val(flow->candidates, fresh);
		return;
	}
	term->weight++;
	term->last_use = MAX(term->last_use, at);
}

static void add_condition(struct flow *flow, fact_id value, uint32_t at, int depth)
{
	const struct fact_value *v;

	if (value == FACT_NONE || depth > CONDITION_DEPTH)
		return;
	v = flow_value(flow, value);
	if (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_LNOT) {
		add_condition(flow, v->a, at, depth + 1);
	} else if (v->kind == FACT_VALUE_BINARY &&
		   (v->op == FACT_OP_LAND || v->op == FACT_OP_LOR)) {
		add_condition(flow, v->a, at, depth + 1);
		add_condition(flow, v->b, at, depth + 1);
	} else {
		add_use(flow, comparison(flow, value).a, at);
	}
}

/* What is set to something that decides a test is worth following as well. */
static void weigh_assignments(struct flow *flow)
{
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct fact_event *e = &flow->events[i];
		struct flow_term *term = e->kind == FACT_EVENT_ASSIGN && e->b != FACT_NONE
						 ? candidate(flow, e->a)
						 : NULL;
		enum fact_value_kind kind =
			term ? flow_value(flow, e->b)->kind : FACT_VALUE_UNKNOWN;

		if (kind == FACT_VALUE_INT || kind == FACT_VALUE_NULL || kind == FACT_VALUE_CALL)
			term->weight++;
	}
}

void flow_terms_collect(struct flow *flow)
{
	uint32_t depth = 0, outer_end = 0;

	flow->candidates = g_array_new(FALSE, FALSE, sizeof(struct flow_term));
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct fact_event *e = &flow->events[i];

		depth -= e->kind == FACT_EVENT_LOOP_END && depth;
		if (e->kind == FACT_EVENT_LOOP && depth++ == 0)
			outer_end = flow->shape.match[i];
		if (e->kind == FACT_EVENT_BRANCH || e->kind == FACT_EVENT_LOOP ||
		    e->kind == FACT_EVENT_SWITCH)
			add_condition(flow, e->a, depth ? outer_end : i, 0);
		if (e->kind == FACT_EVENT_RETURN && e->a != FACT_NONE)
			add_use(flow, e->a, depth ? outer_end : i);
	}
	weigh_assignments(flow);
}

static int heavier(const void *left, const void *right)
{
	const struct flow_term *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->value < b->value ? -1 : 1;
}

void flow_terms_choose(struct flow *flow, fact_id watched)
{
	g_array_sort(flow->candidates, heavier);
	flow->term_count = 0;
	if (watched != FACT_NONE)
		flow->terms[flow->term_count++] = (struct flow_term){watched, 1, UINT32_MAX};
	for (guint i = 0; i < flow->candidates->len && flow->term_count < FLOW_TERMS; i++) {
		struct flow_term term = g_array_index(flow->candidates, struct flow_term, i);

		if (term.weight < 2)
			return;
		if (watched == FACT_NONE || !flow_same(flow, term.value, watched))
			flow->terms[flow->term_count++] = term;
	}
}

void flow_forget(struct flow_path *path)
{
	for (guint t = 0; t < FLOW_TERMS; t++)
		path->known[t] = anything;
}

void flow_forget_unused(const struct flow *flow, struct flow_path *path, uint32_t at)
{
	for (guint t = 0; t < flow->term_count; t++)
		if (flow->terms[t].last_use < at)
			path->known[t] = anything;
}

static guint term_of(const struct flow *flow, fact_id value)
{
	guint t = 0;

	while (t < flow->term_count && !flow_same(flow, flow->terms[t].value, value))
		t++;
	return t;
}

static void forget_place(const struct flow *flow, struct flow_path *path, fact_id place)
{
	for (guint t = 0; t < flow->term_count; t++)
		if (flow_mentions(flow, flow->terms[t].value, place))
			path->known[t] = anything;
}

static bool is_never_null(const struct flow *flow, fact_id call)
{
	const struct model_function *model = flow_model(flow, call);

	return model && model->never_null;
}

static struct flow_known known_of(const struct flow *flow, const struct flow_path *path,
				  fact_id value)
{
	const struct fact_value *v;
	struct flow_known known = anything;
	guint t;

	if (value == FACT_NONE)
		return anything;
	v = flow_value(flow, value);
	switch ((enum fact_value_kind)v->kind) {
	case FACT_VALUE_INT:
		known.range.low = known.range.high = v->number;
		return known;
	case FACT_VALUE_NULL:
		known.range.low = known.range.high = 0;
		return known;
	case FACT_VALUE_STRING:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_ADDRESS:
		known.range.not_zero = true;
		return known;
	case FACT_VALUE_CALL:
		t = term_of(flow, value);
		known = t < flow->term_count ? path->known[t] : anything;
		known.origin = v->a;
		known.range.not_zero |= is_never_null(flow, v->a);
		return known;
	default:
		t = term_of(flow, value);
		return t < flow->term_count ? path->known[t] : anything;
	}
}

struct flow_range flow_range_of(const struct flow *flow, const struct flow_path *path,
				fact_id value)
{
	return known_of(flow, path, value).range;
}

bool flow_is_zero(const struct flow_range *range)
{
	return range->low == 0 && range->high == 0;
}

bool flow_is_constant(const struct flow_range *range, int64_t *ret_number)
{
	*ret_number = range->low;
	return range->low == range->high;
}

bool flow_is_apart(const struct flow_range *left, const struct flow_range *right)
{
	return left->high < right->low || right->high < left->low ||
	       (flow_is_zero(left) && right->not_zero) || (flow_is_zero(right) && left->not_zero);
}

void flow_widen(struct flow_range *range, bool *is_set, struct flow_range with)
{
	if (!*is_set) {
		*range = with;
	} else {
		range->low = MIN(range->low, with.low);
		range->high = MAX(range->high, with.high);
		range->not_zero &= with.not_zero;
	}
	*is_set = true;
}

fact_id flow_origin_of(const struct flow *flow, const struct flow_path *path, fact_id value)
{
	return known_of(flow, path, value).origin;
}

static void learn_assignment(const struct flow *flow, struct flow_path *path,
			     const struct fact_event *e)
{
	struct flow_known known = e->op == FACT_OP_NONE ? known_of(flow, path, e->b) : anything;
	guint t;

	forget_place(flow, path, e->a);
	t = term_of(flow, e->a);
	if (t < flow->term_count)
		path->known[t] = known;
}

/* The call happens: what is known of its last result says nothing of this one. */
static void forget_result(const struct flow *flow, struct flow_path *path, fact_id call)
{
	for (guint t = 0; t < flow->term_count; t++) {
		const struct fact_value *v = flow_value(flow, flow->terms[t].value);

		if (v->kind == FACT_VALUE_CALL && v->a == call)
			path->known[t] = anything;
	}
}

/* Is `place` a local pointer that says what went wrong: GError *error? */
static bool is_error(const struct flow *flow, fact_id place)
{
	const char *const *types = models_error_types(flow->program->models);
	const struct fact_value *v = flow_value(flow, place);
	const char *type;

	if (v->kind != FACT_VALUE_LOCAL)
		return false;
	type = facts_string(facts_of(flow), program_local(flow->program, flow->function, v)->type);
	for (; *types; types++)
		if (g_str_has_prefix(type, *types) && g_str_equal(type + strlen(*types), " *"))
			return true;
	return false;
}

/* The call may set the error that `place` is, and says by its result whether it did. */
static void learn_teller(const struct flow *flow, struct flow_path *path, fact_id place,
			 fact_id call)
{
	guint t = is_error(flow, place) ? term_of(flow, place) : flow->term_count;

	if (t < flow->term_count)
		path->known[t].teller = call;
}

/* The result of `call` is in `range`: if it has not failed, there is no error, and if it is FALSE
 * or NULL, there is one. */
static void learn_success(const struct flow *flow, struct flow_path *path, fact_id call,
			  const struct flow_range *range)
{
	bool failed = flow_is_zero(range);

	if (!failed && (range->high < 0 || (range->low <= 0 && !range->not_zero)))
		return;
	for (guint t = 0; t < flow->term_count; t++) {
		if (path->known[t].teller != call)
			continue;
		if (failed)
			path->known[t].range.not_zero = true;
		else
			path->known[t].range = (struct flow_range){0, 0, false};
	}
}

void flow_learn_event(const struct flow *flow, struct flow_path *path, uint32_t at)
{
	const struct fact_event *e = &flow->events[at];

	if (e->kind == FACT_EVENT_ASSIGN)
		learn_assignment(flow, path, e);
	if (e->kind == FACT_EVENT_CALL)
		forget_result(flow, path, flow->first + at);
	for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++) {
		fact_id argument = program_argument(flow->program, flow->unit, e, k);

		if (argument != FACT_NONE && flow_value(flow, argument)->kind == FACT_VALUE_ADDRESS)
			forget_place(flow, path, flow_value(flow, argument)->a);
		if (argument != FACT_NONE && k + 1 == e->c &&
		    flow_value(flow, argument)->kind == FACT_VALUE_ADDRESS)
			learn_teller(flow, path, flow_value(flow, argument)->a, flow->first + at);
	}
}

void flow_forget_loop(const struct flow *flow, struct flow_path *path, uint32_t from, uint32_t to)
{
	bool calls = false;

	for (uint32_t i = from; i < to; i++) {
		calls |= flow->events[i].kind == FACT_EVENT_CALL;
		if (flow->events[i].kind == FACT_EVENT_ASSIGN)
			forget_place(flow, path, flow->events[i].a);
	}
	for (guint t = 0; calls && t < flow->term_count; t++)
		if (!is_own(flow, flow->terms[t].value))
			path->known[t] = anything;
}

/* False if nothing is left. */
static bool narrow(struct flow_range *range, enum fact_operator op, int64_t number, bool truth)
{
	bool equal = (op == FACT_OP_EQ) == truth;

	switch (op) {
	case FACT_OP_EQ:
	case FACT_OP_NE:
		if (equal) {
			range->low = MAX(range->low, number);
			range->high = MIN(range->high, number);
		} else {
			range->not_zero |= number == 0;
			range->low += range->low == number && number < INT64_MAX;
			range->high -= range->high == number && number > INT64_MIN;
		}
		break;
	case FACT_OP_GE:
	case FACT_OP_LT:
		if ((op == FACT_OP_GE) == truth)
			range->low = MAX(range->low, number);
		else if (number > INT64_MIN)
			range->high = MIN(range->high, number - 1);
		break;
	case FACT_OP_LE:
	case FACT_OP_GT:
		if ((op == FACT_OP_LE) == truth)
			range->high = MIN(range->high, number);
		else if (number < INT64_MAX)
			range->low = MAX(range->low, number + 1);
		break;
	default:
		break;
	}
	range->low += range->low == 0 && range->not_zero;
	range->high -= range->high == 0 && range->not_zero;
	return range->low <= range->high;
}

static bool learn_comparison(struct flow *flow, struct flow_path *path,
			     const struct fact_value *compared, bool truth,
			     const struct flow_client *client, void *data)
{
	struct flow_known known = known_of(flow, path, compared->a);
	guint t = term_of(flow, compared->a);

	if (!narrow(&known.range, compared->op, compared->number, truth))
		return false;
	if (t < flow->term_count)
		path->known[t] = known;
	if (known.origin != FACT_NONE)
		learn_success(flow, path, known.origin, &known.range);
	if (known.origin != FACT_NONE && client->result)
		client->result(flow, path, known.origin, &known.range, data);
	return true;
}

static bool learn(struct flow *flow, struct flow_path *path, fact_id value, bool truth,
		  const struct flow_client *client, void *data, int depth)
{
	const struct fact_value *v;
	struct fact_value compared;
	struct flow_path other;

	if (value == FACT_NONE || depth > CONDITION_DEPTH)
		return true;
	v = flow_value(flow, value);
	if (v->kind == FACT_VALUE_UNARY && v->op == FACT_OP_LNOT)
		return learn(flow, path, v->a, !truth, client, data, depth + 1);
	if (v->kind == FACT_VALUE_BINARY && (v->op == FACT_OP_LAND || v->op == FACT_OP_LOR)) {
		if ((v->op == FACT_OP_LAND) == truth)
			return learn(flow, path, v->a, truth, client, data, depth + 1) &&
			       learn(flow, path, v->b, truth, client, data, depth + 1);
		/* One of two holds: that says something if the other cannot. */
		other = *path;
		if (!learn(flow, &other, v->a, truth, client, data, depth + 1))
			return learn(flow, path, v->b, truth, client, data, depth + 1);
		other = *path;
		if (!learn(flow, &other, v->b, truth, client, data, depth + 1))
			return learn(flow, path, v->a, truth, client, data, depth + 1);
		return true;
	}
	compared = comparison(flow, value);
	return learn_comparison(flow, path, &compared, truth, client, data);
}

bool flow_learn_condition(struct flow *flow, struct flow_path *path, fact_id value, bool truth,
			  const struct flow_client *client, void *data)
{
	return learn(flow, path, value, truth, client, data, 0);
}

bool flow_learn_case(struct flow *flow, struct flow_path *path, fact_id value, int64_t number,
		     const struct flow_client *client, void *data)
{
	struct fact_value compared = {.op = FACT_OP_EQ, .a = value, .number = number};

	return value == FACT_NONE || learn_comparison(flow, path, &compared, true, client, data);
}
