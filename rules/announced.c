/* Announced starts: StartThreadpoolIo before each start, CancelThreadpoolIo where no completion
 * will come, as the models say it of these functions. */
#include "rules/announced.h"

#include "analyzer/conditions/condition.h"
#include "analyzer/pair_key.h"
#include "rules/contract.h"
#include "rules/site_finding.h"

#define CERTAIN 0.85
#define SKIPPED 0.6
#define SOMEWHERE 0.25 /* some handle of the program skips, it may be this one */
#define COARSE 0.5

enum state {
	QUIET,
	ANNOUNCED, /* and not started yet */
	STARTED,   /* its result is not known */
	REFUSED,   /* the result says no; the reason is not known */
	ASKED,     /* and was asked for */
	FAILED,    /* it is not pending */
	ENDED,     /* it has ended at once; a completion comes unless the handle skips it */
};

struct announcer {
	struct site site;
	struct flow *flow;
	GHashTable *bound; /* handle_key() of what I/O objects are bound to -> the event of that */
	GHashTable
		*skips;   /* handle_key() of those that bring no completion after success at once */
	bool any_skips;   /* so does a handle of which it is not known where it is kept */
	bool by_caller;   /* a caller announces */
	GHashTable *told; /* events */
	GPtrArray *findings;
};

static bool is_start(const struct announcer *a, fact_id event, const struct model_function *model)
{
	const struct model_contract *c = &model->contract;

	if (c->fails == MODEL_FAILS_NEVER ||
	    !contract_can_fail(a->site.program, a->site.function, event, model))
		return false;
	for (guint i = 0; i < c->keep_count; i++)
		if (c->keeps[i].as == MODEL_KEPT_REQUEST)
			return true;
	return false;
}

/* The field or variable that `value` is, or the local or parameter of this function; NULL if it is
 * none of them. */
static gpointer handle_key(const struct program *program, uint32_t function, fact_id value)
{
	uint32_t unit = program->functions[function].unit;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(program, unit, value);

	if (!v)
		return NULL;
	if (v->kind == FACT_VALUE_FIELD || v->kind == FACT_VALUE_VARIABLE)
		return pair_key(0, program->units[unit].symbols[v->a] + 1);
	return v->kind == FACT_VALUE_LOCAL || v->kind == FACT_VALUE_PARAM
		       ? pair_key(function + 1, v->a << 1 | (v->kind == FACT_VALUE_PARAM))
		       : NULL;
}

/* Is the key that of a field or variable? */
static bool is_lasting(gpointer key)
{
	return key && GPOINTER_TO_SIZE(key) >> 32 == 0;
}

/* Is an I/O object bound to the handle in argument 0 of the start, before it if it is a local? */
static bool is_bound(const struct announcer *a, fact_id event)
{
	uint32_t function = flow_function(a->flow);
	gpointer key = handle_key(a->site.program, function,
				  program_argument(a->site.program, flow_unit(a->flow),
						   flow_event(a->flow, event), 0));
	gpointer at;

	return key && g_hash_table_lookup_extended(a->bound, key, NULL, &at) &&
	       (is_lasting(key) || GPOINTER_TO_UINT(at) < event);
}

/* How sure is it that the start's handle brings no completion after success at once? */
static double skips(const struct announcer *a, fact_id event)
{
	gpointer key = handle_key(a->site.program, flow_function(a->flow),
				  program_argument(a->site.program, flow_unit(a->flow),
						   flow_event(a->flow, event), 0));

	if (key && g_hash_table_contains(a->skips, key))
		return SKIPPED;
	if (a->any_skips || (g_hash_table_size(a->skips) && !is_lasting(key)))
		return SOMEWHERE;
	return 0;
}

static void tell(struct announcer *a, const struct flow_path *path, fact_id event, double score,
		 char *message)
{
	const struct fact_event *e = flow_event(a->flow, event);
	uint32_t symbol = program_callee(a->site.program, flow_unit(a->flow), e);
	struct finding *f;

	if (!g_hash_table_add(a->told, GUINT_TO_POINTER(event + 1))) {
		g_free(message);
		return;
	}
	a->site.event = event;
	f = site_finding_new(&a->site, a->site.program->symbols[symbol].name,
			     score * (path->coarse ? COARSE : 1), message);
	if (flow_model(a->flow, event)->contract.retracts >= 0) {
		site_finding_step(f, &a->site, path->since, STEP_NOTE, g_strdup("starts here"));
		site_finding_close(f, &a->site, g_strdup("and is taken back here"));
	} else {
		site_finding_close(f, &a->site, g_strdup("starts here"));
	}
	g_ptr_array_add(a->findings, f);
}

static bool on_start(struct announcer *a, struct flow_path *path, fact_id event,
		     const struct model_function *model)
{
	if (path->state == ANNOUNCED) {
		path->state = STARTED;
		path->since = event;
		return true;
	}
	if (!a->by_caller && is_bound(a, event))
		tell(a, path, event, CERTAIN,
		     g_strdup_printf("%s() starts on a handle of a thread pool's I/O object, and "
				     "nobody has announced it: its completion may run while the "
				     "object is gone; announce each start first",
				     model->name));
	return true;
}

static bool tells_error(const struct model_function *model)
{
	return model->contract.tells_error;
}

/* A helper that asks for the error: what it makes of it is not known. */
static bool is_asking_helper(const struct announcer *a, fact_id event)
{
	uint32_t callee = flow_event(a->flow, event)->kind == FACT_EVENT_CALL
				  ? flow_callee(a->flow, event)
				  : PROGRAM_NONE;

	return callee != PROGRAM_NONE && program_calls(a->site.program, callee, tells_error);
}

static void on_retraction(struct announcer *a, struct flow_path *path, fact_id event)
{
	const char *name;

	if (path->state == REFUSED) {
		name = flow_model(a->flow, path->since)->name;
		tell(a, path, event, CERTAIN,
		     g_strdup_printf("the announcement is taken back because %s() says no, which "
				     "it also does when the operation is pending: its completion "
				     "may run while the object is gone; ask for the error first",
				     name));
	}
	path->state = QUIET;
}

static bool on_event(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct announcer *a = data;
	const struct model_function *model =
		flow_event(flow, event)->kind == FACT_EVENT_CALL ? flow_model(flow, event) : NULL;

	if (!model)
		return path->state != REFUSED || !is_asking_helper(a, event);
	if (model->contract.announces >= 0)
		path->state = ANNOUNCED;
	else if (model->contract.retracts >= 0)
		on_retraction(a, path, event);
	else if (model->contract.tells_error && path->state == REFUSED)
		path->state = ASKED;
	else if (is_start(a, event, model))
		return on_start(a, path, event, model);
	return true;
}

static void on_result(struct flow *flow, struct flow_path *path, fact_id call,
		      const struct flow_range *range, void *data)
{
	const struct model_function *model = flow_model(flow, call);
	int64_t number;

	if (!model)
		return;
	if (path->state == STARTED && path->since == call)
		path->state = contract_has_failed(&model->contract, range) ? REFUSED : ENDED;
	else if (model->contract.tells_error && (path->state == ASKED || path->state == FAILED))
		/* Compared with the one error that means: it is under way. */
		path->state = flow_is_constant(range, &number) ? QUIET : FAILED;
}

static void on_end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct announcer *a = data;
	double skipped = path->state == ENDED ? skips(a, path->since) : 0;
	const char *name;

	if (path->state != REFUSED && path->state != ASKED && path->state != FAILED && !skipped)
		return;
	name = flow_model(flow, path->since)->name;
	if (path->state == ENDED)
		tell(a, path, path->since, skipped,
		     g_strdup_printf("%s() may end at once, and %s skips completions then: "
				     "the announced start is never taken back; do so after "
				     "success too",
				     name, skipped < SKIPPED ? "a handle" : "the handle"));
	else
		tell(a, path, path->since, CERTAIN,
		     g_strdup_printf(
			     "%s() was announced and has failed, but the announcement is not "
			     "taken back: the object waits for ever for a completion; "
			     "take it back unless the error says that it is pending",
			     name));
}

static gpointer argument_key(const struct program *program, uint32_t function, fact_id event,
			     int argument)
{
	uint32_t unit = program->functions[function].unit;

	return handle_key(program, function,
			  program_argument(program, unit, program_event(program, unit, event),
					   (uint32_t)argument));
}

/* The handle in argument 0 skips completions, and so does the field or variable that it is put into
 * or comes out of in this function. */
static void note_skips(struct announcer *a, const struct program *program, uint32_t function,
		       fact_id event)
{
	gpointer handle = argument_key(program, function, event, 0), to, from;
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);
	bool is_known = is_lasting(handle);

	if (handle)
		g_hash_table_add(a->skips, handle);
	for (uint32_t i = 0; handle && !is_known && i < count; i++) {
		if (events[i].kind != FACT_EVENT_ASSIGN)
			continue;
		to = handle_key(program, function, events[i].a);
		from = handle_key(program, function, events[i].b);
		if (to == handle && is_lasting(from))
			g_hash_table_add(a->skips, from);
		else if (from == handle && is_lasting(to))
			g_hash_table_add(a->skips, to);
		else
			continue;
		is_known = true;
	}
	a->any_skips |= !is_known;
}

/* What the whole program says: handles of I/O objects, and which skip what succeeds at once. */
static void survey(struct announcer *a, const struct program *program)
{
	for (guint f = 0; f < program->function_count; f++) {
		uint32_t count;
		const struct program_model_call *calls = program_model_calls(program, f, &count);

		for (uint32_t i = 0; i < count; i++) {
			const struct model_contract *c = &calls[i].model->contract;
			gpointer handle;

			if (c->skips_success &&
			    contract_applies(program, f, calls[i].event, c->skips_success))
				note_skips(a, program, f, calls[i].event);
			if (c->binds < 0)
				continue;
			handle = argument_key(program, f, calls[i].event, c->binds);
			if (handle && !g_hash_table_contains(a->bound, handle))
				g_hash_table_insert(a->bound, handle,
						    GUINT_TO_POINTER(calls[i].event));
		}
	}
}

static bool announces(const struct model_function *model)
{
	return model->contract.announces >= 0;
}

static bool is_announced_by_caller(const struct program *program, uint32_t function)
{
	const struct program_function *in = &program->functions[function];

	for (uint32_t i = 0; i < in->in_count; i++)
		if (program_calls(program,
				  program->edges[program->in_edges[in->first_in + i]].caller,
				  announces))
			return true;
	return false;
}

static bool may_start(const struct announcer *a, uint32_t function)
{
	uint32_t count;
	const struct program_model_call *calls =
		program_model_calls(a->site.program, function, &count);

	for (uint32_t i = 0; i < count; i++)
		if (is_start(a, calls[i].event, calls[i].model))
			return true;
	return false;
}

void announced_check(const struct rule *rule, const struct rule_input *input, GPtrArray *findings)
{
	static const struct flow_client client = {on_event, on_result, on_end};
	const struct program *program = input->program;
	struct announcer a = {.site = {rule, program, 0, FACT_NONE}, .findings = findings};

	a.bound = g_hash_table_new(pair_key_hash, NULL);
	a.skips = g_hash_table_new(pair_key_hash, NULL);
	survey(&a, program);
	for (guint f = 0; f < program->function_count && g_hash_table_size(a.bound); f++) {
		g_autoptr(flow_t) flow = NULL;

		a.site.function = f;
		if (!may_start(&a, f))
			continue;
		flow = flow_new(program, f);
		a.flow = flow;
		a.by_caller = is_announced_by_caller(program, f);
		a.told = g_hash_table_new(NULL, NULL);
		(void)flow_run(flow, &client, FACT_NONE, &a);
		g_hash_table_destroy(a.told);
	}
	g_hash_table_destroy(a.bound);
	g_hash_table_destroy(a.skips);
}
