/* Which registrations hand work to a pool: what the rules about pools share. */
#include "rules/handover.h"

#include "analyzer/conditions/condition.h"

const struct model_continuation *handover_to_pool(const struct program *program,
						  const struct program_registration *registration)
{
	const struct program_registration *r = registration;
	const struct model_function *model;

	if (r->context != CONTEXT_WORKER || r->event == FACT_NONE || r->in_function == PROGRAM_NONE)
		return NULL;
	model = program_call_model(program, r->unit, program_event(program, r->unit, r->event));
	for (guint i = 0; model && i < model->continuation_count; i++) {
		const struct model_continuation *c = &model->continuations[i];

		if (c->context != MODEL_CONTEXT_WORKER || !c->shared_pool)
			continue;
		if (c->may_run_long &&
		    conditions_at_call(program_conditions(program), r->in_function, r->event,
				       c->may_run_long) == FORMULA_TRUE)
			return NULL;
		return c;
	}
	return NULL;
}
