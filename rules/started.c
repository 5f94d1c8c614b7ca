/* Whether a start has been made by the time of a later call. What a helper that starts something
 * returns is not followed. */
#include "rules/started.h"

#include "rules/contract.h"

enum { BEFORE, STARTED, FAILED };

struct follower {
	const struct model_function *model; /* of the start */
	fact_id start, later;
	bool is_made; /* the later call is reached with the start made */
};

static bool on_event(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	struct follower *f = data;

	(void)flow;
	if (event == f->start) {
		path->state = STARTED;
		path->since = event;
	}
	if (event == f->later)
		f->is_made |= path->state == STARTED;
	return event != f->later || path->state == BEFORE;
}

static void on_result(struct flow *flow, struct flow_path *path, fact_id call,
		      const struct flow_range *range, void *data)
{
	const struct follower *f = data;
	const struct model_function *model = flow_model(flow, call);
	int64_t number;

	if (call == f->start && path->state == STARTED &&
	    contract_has_failed(&f->model->contract, range))
		path->state = FAILED;
	/* Compared with the one error that means: it is under way. */
	else if (path->state == FAILED && model && model->contract.tells_error &&
		 flow_is_constant(range, &number))
		path->state = STARTED;
}

static void on_end(struct flow *flow, struct flow_path *path, fact_id event, void *data)
{
	(void)flow, (void)path, (void)event, (void)data;
}

bool started_before(const struct program *program, uint32_t function, fact_id start, fact_id later)
{
	static const struct flow_client client = {on_event, on_result, on_end};
	g_autoptr(flow_t) flow = flow_new(program, function);
	struct follower f = {flow_model(flow, start), start, later, false};

	if (!f.model || f.model->contract.fails == MODEL_FAILS_NEVER)
		return true;
	return !flow_run(flow, &client, FACT_NONE, &f) || f.is_made;
}
