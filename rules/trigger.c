/* How descriptors are registered, as the models say it of epoll_ctl() and its like: the condition
 * `edge-triggered` at the call, or at the callers of a wrapper that passes the flags on. Misses
 * flags that come out of a field, which are unclear then, and registrations without a model. */
#include "rules/trigger.h"

#include "analyzer/conditions/condition.h"

#define WRAPPERS 3
#define LEAST_ERROR (-4096) /* what is below it and negative has its highest bit for a flag */

static bool has_flag(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	int64_t flag = ((const struct condition *)data)->number;

	return v->kind == FACT_VALUE_INT && (v->number > 0 || v->number < LEAST_ERROR) &&
	       (v->number & flag) == flag;
}

/* Is the flag part of anything that the function assigns: on ? EPOLLIN | EPOLLET : EPOLLIN? */
static bool mentions_flag(const struct program *program, uint32_t function,
			  const struct condition *condition)
{
	const struct facts *facts = program_facts(program, function);
	uint32_t first, count;
	const struct fact_event *events = program_events(program, function, &first, &count);

	if (condition->kind != CONDITION_FLAG && condition->kind != CONDITION_POINTEE_FLAG)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == FACT_EVENT_ASSIGN && events[i].b != FACT_NONE &&
		    facts_value_any(facts, events[i].b, has_flag, condition))
			return true;
	return false;
}

/* What `formula`, over the parameters of `function`, is there or at its callers. */
static enum trigger decide(const struct program *program, uint32_t function, formula_id formula,
			   int depth)
{
	const struct program_function *f = &program->functions[function];
	enum trigger widest = f->in_count ? TRIGGER_LEVEL : TRIGGER_UNCLEAR;

	if (formula == FORMULA_TRUE || formula == FORMULA_FALSE)
		return formula == FORMULA_TRUE ? TRIGGER_EDGE : TRIGGER_LEVEL;
	if (formula == FORMULA_UNKNOWN || depth == WRAPPERS)
		return TRIGGER_UNCLEAR;
	for (uint32_t i = 0; i < f->in_count && widest != TRIGGER_EDGE; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		formula_id above =
			conditions_at_caller(program_conditions(program), formula, edge->caller,
					     edge->event, edge->kind == EDGE_SYNCHRONOUS);

		widest = MAX(widest, decide(program, edge->caller, above, depth + 1));
	}
	return widest;
}

enum trigger trigger_of(const struct program *program)
{
	enum trigger widest = TRIGGER_LEVEL;

	for (uint32_t i = 0; i < program->function_count && widest != TRIGGER_EDGE; i++) {
		uint32_t count;
		const struct program_model_call *calls = program_model_calls(program, i, &count);

		for (uint32_t k = 0; k < count; k++) {
			const struct condition *condition = calls[k].model->edge_triggered;
			enum trigger here;

			if (!condition)
				continue;
			here = decide(program, i,
				      conditions_at_call(program_conditions(program), i,
							 calls[k].event, condition),
				      0);
			if (here == TRIGGER_UNCLEAR && mentions_flag(program, i, condition))
				here = TRIGGER_EDGE;
			widest = MAX(widest, here);
		}
	}
	return widest;
}
