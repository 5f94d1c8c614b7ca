/* Questions about contracts. */
#include "rules/contract.h"

#include <string.h>

#include "analyzer/conditions/condition.h"

static bool is_result(enum model_failure failure, const struct flow_range *range)
{
	switch (failure) {
	case MODEL_FAILS_NEVER:
		return false;
	case MODEL_FAILS_NEGATIVE:
		return range->high < 0;
	case MODEL_FAILS_NONZERO:
		return range->not_zero || range->low > 0 || range->high < 0;
	case MODEL_FAILS_ZERO:
		return flow_is_zero(range);
	}
	return false;
}

bool contract_has_failed(const struct model_contract *contract, const struct flow_range *range)
{
	return is_result(contract->fails, range);
}

bool contract_has_refused(const struct model_contract *contract, const struct flow_range *range)
{
	return is_result(contract->refuses, range);
}

const char *contract_failure(const struct model_contract *contract)
{
	static const char *const words[] = {
		[MODEL_FAILS_NEVER] = "never",
		[MODEL_FAILS_NEGATIVE] = "negative",
		[MODEL_FAILS_NONZERO] = "not 0",
		[MODEL_FAILS_ZERO] = "0",
	};

	return words[contract->fails];
}

bool contract_applies(const struct program *program, uint32_t function, fact_id event,
		      const struct condition *condition)
{
	return !condition || conditions_at_call(program_conditions(program), function, event,
						condition) != FORMULA_FALSE;
}

bool contract_can_fail(const struct program *program, uint32_t function, fact_id event,
		       const struct model_function *model)
{
	return model->contract.fails != MODEL_FAILS_NEVER &&
	       contract_applies(program, function, event, model->contract.fails_when) &&
	       conditions_guard(program_conditions(program), function, event) != FORMULA_FALSE;
}

static bool is_wait(const struct model_function *model)
{
	for (guint i = 0; i < model->sink_count; i++)
		if (model->sinks[i].kind == MODEL_WAIT || model->sinks[i].kind == MODEL_LOOP)
			return true;
	return model->waits || model->runs_loop;
}

/* Marks those that call what is marked over edges of `kinds` (bits of enum edge_kind), and their
 * callers. */
static void mark_callers(const struct program *program, bool *marks, uint32_t kinds)
{
	g_autoptr(GArray) work = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (uint32_t f = 0; f < program->function_count; f++)
		if (marks[f])
			g_array_append_val(work, f);
	while (work->len) {
		uint32_t f = g_array_index(work, uint32_t, work->len - 1);

		g_array_set_size(work, work->len - 1);
		for (uint32_t i = 0; i < program->functions[f].in_count; i++) {
			uint32_t edge = program->in_edges[program->functions[f].first_in + i];
			uint32_t caller = program->edges[edge].caller;

			if (marks[caller] || !(kinds & 1u << program->edges[edge].kind))
				continue;
			marks[caller] = true;
			g_array_append_val(work, caller);
		}
	}
}

bool *contract_waiters(const struct program *program)
{
	bool *waiters = g_new0(bool, program->function_count + 1);

	for (uint32_t f = 0; f < program->function_count; f++)
		waiters[f] = program->functions[f].is_loop || program_calls(program, f, is_wait);
	mark_callers(program, waiters, UINT32_MAX);
	return waiters;
}

/* By function: does it call what `does` that, or a function over edges of `kinds` that does? */
static bool *callers_of(const struct program *program,
			bool (*does)(const struct model_function *model), uint32_t kinds)
{
	bool *marks = g_new0(bool, program->function_count + 1);

	for (uint32_t f = 0; f < program->function_count; f++)
		marks[f] = program_calls(program, f, does);
	mark_callers(program, marks, kinds);
	return marks;
}

static bool keeps(const struct model_function *model)
{
	return model->contract.keep_count > 0;
}

bool *contract_keepers(const struct program *program)
{
	bool any = false;

	for (guint i = 0; i < program->symbol_count && !any; i++)
		any = program->symbols[i].model && keeps(program->symbols[i].model);
	return any ? callers_of(program, keeps, 1u << EDGE_DIRECT) : NULL;
}

static bool is_named(const struct facts *facts, fact_id value, const void *data)
{
	const struct fact_value *v = facts_row(facts, values, struct fact_value, value);
	const struct fact_value *wanted = data;

	return v->kind == wanted->kind && v->a == wanted->a;
}

bool contract_mentions(const struct program *program, uint32_t unit, fact_id value,
		       enum fact_value_kind kind, uint32_t number)
{
	const struct fact_value wanted = {.kind = (uint16_t)kind, .a = number};

	return facts_value_any(program->units[unit].facts, value, is_named, &wanted);
}

bool contract_is_waived_name(const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);

	return !*name || *name == '_' || strstr(lower, "unused") || strstr(lower, "ignore") ||
	       strstr(lower, "dummy");
}

static bool releases(const struct model_function *model)
{
	return model->contract.releases >= 0;
}

bool *contract_releasers(const struct program *program)
{
	return callers_of(program, releases, UINT32_MAX);
}
