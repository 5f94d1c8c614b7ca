/* The walk: a stack of paths, each carried from event to event until it leaves the function or
 * meets one that knew the same. */
#include "analyzer/conditions/flow.h"

#include <string.h>
#include <xxhash.h>

#include "analyzer/conditions/condition.h"
#include "analyzer/conditions/flow_private.h"
#include "analyzer/program_private.h"

/* Events walked on all paths of one function, and paths that may meet in one place and differ only
 * in what they know. */
#define FLOW_STEPS 200000
#define FLOW_PATHS 64

struct walk {
	struct flow *flow;
	const struct flow_client *client;
	void *data;
	GArray *stack;     /* struct flow_path */
	GHashTable *seen;  /* hash of place, state and knowledge */
	uint16_t *meeting; /* by event: how many different paths came there */
	guint steps;
};

struct flow *flow_new(const struct program *program, uint32_t function)
{
	struct flow *flow = g_new0(struct flow, 1);

	flow->program = program;
	flow->function = function;
	flow->unit = program->functions[function].unit;
	flow->events = program_events(program, function, &flow->first, &flow->count);
	flow->trail = g_array_new(FALSE, FALSE, sizeof(struct flow_step));
	return flow;
}

/* What a walk needs, once: many functions are looked at and never walked. */
static void prepare(struct flow *flow)
{
	if (flow->candidates)
		return;
	flow->shape = flow_shape_new(program_facts(flow->program, flow->function), flow->events,
				     flow->count, flow->first);
	flow_terms_collect(flow);
	flow->guards = conditions_guards(program_conditions(flow->program), flow->function);
}

void flow_free(struct flow *flow)
{
	if (!flow)
		return;
	flow_shape_clear(&flow->shape);
	g_clear_pointer(&flow->candidates, g_array_unref);
	g_array_free(flow->trail, TRUE);
	g_free(flow);
}

const struct program *flow_program(const struct flow *flow)
{
	return flow->program;
}

uint32_t flow_function(const struct flow *flow)
{
	return flow->function;
}

uint32_t flow_unit(const struct flow *flow)
{
	return flow->unit;
}

const struct fact_event *flow_event(const struct flow *flow, fact_id event)
{
	return program_event(flow->program, flow->unit, event);
}

uint32_t flow_callee(const struct flow *flow, fact_id event)
{
	return program_called(flow->program, flow->unit, flow_event(flow, event));
}

const struct model_function *flow_model(const struct flow *flow, fact_id event)
{
	return program_call_model(flow->program, flow->unit, flow_event(flow, event));
}

const struct flow_step *flow_last_step(const struct flow *flow, uint32_t trail)
{
	return trail == FACT_NONE ? NULL : &g_array_index(flow->trail, struct flow_step, trail);
}

static void decide(struct walk *w, struct flow_path *path, uint32_t at, bool taken)
{
	struct flow_step step = {path->trail, w->flow->first + at, taken};

	g_array_append_val(w->flow->trail, step);
	path->trail = w->flow->trail->len - 1;
}

static void go_on(struct walk *w, const struct flow_path *path, uint32_t at)
{
	struct flow_path next = *path;

	next.at = at;
	if (at != FACT_NONE)
		g_array_append_val(w->stack, next);
}

static guint64 hash_of(const struct flow *flow, const struct flow_path *path)
{
	uint64_t key[2 + 4 * FLOW_TERMS];
	guint count = 0;

	key[count++] = (uint64_t)path->at << 32 | path->state;
	for (guint t = 0; t < flow->term_count; t++) {
		key[count++] = (uint64_t)path->known[t].range.low;
		key[count++] = (uint64_t)path->known[t].range.high;
		key[count++] = path->known[t].range.not_zero;
		key[count++] = (uint64_t)path->known[t].teller << 32 | path->known[t].origin;
	}
	return XXH3_64bits(key, count * sizeof(*key));
}

/* Paths meet at `path->at`. False if one that knew the same was here before. */
static bool is_new(struct walk *w, struct flow_path *path)
{
	flow_forget_unused(w->flow, path, path->at);
	if (w->meeting[path->at] >= FLOW_PATHS) {
		flow_forget(path);
		path->coarse = true;
	} else {
		w->meeting[path->at]++;
	}
	return g_hash_table_add(w->seen, GSIZE_TO_POINTER(hash_of(w->flow, path)));
}

/* Both arms of the condition of the branch or loop `at`. */
static void fork_at(struct walk *w, const struct flow_path *path, uint32_t at, uint32_t yes,
		    uint32_t no)
{
	const struct fact_event *e = &w->flow->events[at];
	struct flow_path arm = *path;

	decide(w, &arm, at, false);
	if (flow_learn_condition(w->flow, &arm, e->a, false, w->client, w->data))
		go_on(w, &arm, no);
	arm = *path;
	decide(w, &arm, at, true);
	if (flow_learn_condition(w->flow, &arm, e->a, true, w->client, w->data))
		go_on(w, &arm, yes);
}

static void branch(struct walk *w, const struct flow_path *path)
{
	uint32_t other = w->flow->shape.match[path->at];

	if (other != FACT_NONE && w->flow->events[other].kind == FACT_EVENT_ELSE)
		other++;
	fork_at(w, path, path->at, path->at + 1, other);
}

static void choose_case(struct walk *w, const struct flow_path *path)
{
	const struct flow *flow = w->flow;
	fact_id subject = flow->events[path->at].a;
	uint32_t at = flow->shape.match[path->at];
	bool has_default = false;

	for (; at != FACT_NONE && flow->events[at].kind == FACT_EVENT_CASE;
	     at = flow->shape.match[at]) {
		const struct fact_event *e = &flow->events[at];
		struct flow_path arm = *path;
		bool possible = true;

		has_default |= e->a == FACT_NONE;
		if (e->a != FACT_NONE && e->b == FACT_NONE &&
		    flow_value(flow, e->a)->kind == FACT_VALUE_INT)
			possible =
				flow_learn_case(w->flow, &arm, subject,
						flow_value(flow, e->a)->number, w->client, w->data);
		decide(w, &arm, at, true);
		if (possible)
			go_on(w, &arm, at);
	}
	if (!has_default) {
		struct flow_path arm = *path;

		decide(w, &arm, path->at, false);
		go_on(w, &arm, at);
	}
}

/* The path itself goes on at event `at`; false if that is nowhere. */
static bool move(struct flow_path *path, uint32_t at)
{
	path->at = at;
	return at != FACT_NONE;
}

static bool jump(const struct walk *w, struct flow_path *path)
{
	uint32_t to = w->flow->shape.match[path->at];

	if (to != FACT_NONE && to <= path->at)
		flow_forget(path);
	return move(path, to);
}

/* Code that is dead, a forked child's or a way out of the program. */
static bool is_off_the_road(const struct walk *w, const struct flow_path *path)
{
	enum fact_event_kind kind = w->flow->events[path->at].kind;

	return (kind == FACT_EVENT_CALL || kind == FACT_EVENT_ASSIGN || kind == FACT_EVENT_RETURN ||
		kind == FACT_EVENT_READ) &&
	       w->flow->guards[path->at] == FORMULA_FALSE;
}

static bool ends_here(const struct walk *w, fact_id event)
{
	const struct fact_event *e = flow_event(w->flow, event);
	const struct model_function *model = flow_model(w->flow, event);

	return (e->flags & FACT_EVENT_NORETURN) || (model && model->noreturn);
}

static bool happen(struct walk *w, struct flow_path *path)
{
	uint32_t at = path->at;
	fact_id event = w->flow->first + at;

	if (is_off_the_road(w, path) || !w->client->event(w->flow, path, event, w->data))
		return false;
	if (w->flow->events[at].kind == FACT_EVENT_CALL && ends_here(w, event))
		return false;
	flow_learn_event(w->flow, path, at);
	return move(path, at + 1);
}

static bool turn(const struct walk *w, struct flow_path *path)
{
	uint32_t loop = w->flow->shape.match[path->at];

	if (loop == FACT_NONE)
		return false;
	flow_forget_loop(w->flow, path, loop, path->at);
	return move(path, loop);
}

/* False if the path itself does not go on: it ends, or others have taken its place. */
static bool step(struct walk *w, struct flow_path *path)
{
	const struct flow *flow = w->flow;

	switch ((enum fact_event_kind)flow->events[path->at].kind) {
	case FACT_EVENT_CALL:
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_READ:
		return happen(w, path);
	case FACT_EVENT_BRANCH:
		branch(w, path);
		return false;
	case FACT_EVENT_ELSE:
		return move(path, flow->shape.match[path->at]);
	case FACT_EVENT_BRANCH_END:
	case FACT_EVENT_SWITCH_END:
	case FACT_EVENT_LOOP:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_CASE:
		return is_new(w, path) && move(path, path->at + 1);
	case FACT_EVENT_LOOP_END:
		return turn(w, path);
	case FACT_EVENT_SWITCH:
		choose_case(w, path);
		return false;
	case FACT_EVENT_RETURN:
		if (!is_off_the_road(w, path))
			w->client->end(w->flow, path, flow->first + path->at, w->data);
		return false;
	case FACT_EVENT_GOTO:
		return jump(w, path);
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
		return move(path, flow->shape.match[path->at]);
	}
	return false;
}

/* The test of `loop`, which stands before where the path is. False if that cannot hold on it; the
 * path that leaves the loop waits its turn. */
static bool stay(struct walk *w, struct flow_path *path, uint32_t loop)
{
	fact_id condition = w->flow->events[loop].a;
	struct flow_path leaving = *path;
	bool stays;

	decide(w, &leaving, loop, false);
	if (flow_learn_condition(w->flow, &leaving, condition, false, w->client, w->data))
		go_on(w, &leaving, w->flow->shape.match[loop] + 1);
	stays = flow_learn_condition(w->flow, path, condition, true, w->client, w->data);
	decide(w, path, loop, true);
	return stays;
}

/* One step of one path, with the test of a loop that stands before it. As step(). */
static bool advance(struct walk *w, struct flow_path *path)
{
	const struct flow *flow = w->flow;
	uint32_t at = path->at, loop = at < flow->count ? flow->shape.test[at] : FACT_NONE;

	if (at >= flow->count) {
		w->client->end(w->flow, path, FACT_NONE, w->data);
		return false;
	}
	return (loop == FACT_NONE || stay(w, path, loop)) && step(w, path);
}

bool flow_run(struct flow *flow, const struct flow_client *client, fact_id watched, void *data)
{
	struct walk w = {.flow = flow, .client = client, .data = data};
	struct flow_path path = {.since = FACT_NONE, .trail = FACT_NONE};

	prepare(flow);
	flow_terms_choose(flow, watched);
	flow_forget(&path);
	g_array_set_size(flow->trail, 0);
	w.stack = g_array_new(FALSE, FALSE, sizeof(struct flow_path));
	w.seen = g_hash_table_new(NULL, NULL);
	w.meeting = g_new0(uint16_t, flow->count + 1);
	g_array_append_val(w.stack, path);
	while (w.stack->len && w.steps++ < FLOW_STEPS) {
		path = g_array_index(w.stack, struct flow_path, w.stack->len - 1);
		g_array_set_size(w.stack, w.stack->len - 1);
		while (advance(&w, &path) && w.steps++ < FLOW_STEPS)
			;
	}
	g_free(w.meeting);
	g_hash_table_destroy(w.seen);
	g_array_free(w.stack, TRUE);
	return w.steps < FLOW_STEPS;
}
