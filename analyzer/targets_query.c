/* Questions to the pointer closure: what may stand in a place, and which definitions that means. */
#include "analyzer/program_private.h"
#include "analyzer/targets_private.h"

const struct target *targets_of(const struct targets *targets, uint32_t node, guint *ret_count,
				bool *ret_stored, bool *ret_cut)
{
	const struct node *n = node == PROGRAM_NONE ? NULL : node_at(targets, node);
	bool stored = n && n->by_name == n->count;
	bool cut = n && (n->cut || n->count - n->by_name > TARGETS_MAX_COPIED);

	if (ret_count)
		*ret_count = n ? n->count : 0;
	if (ret_stored)
		*ret_stored = stored;
	if (ret_cut)
		*ret_cut = cut;
	return n ? n->targets : NULL;
}

/* Has the function a body here with so many parameters? */
static bool takes(const struct program *program, uint32_t symbol, uint32_t count)
{
	const struct program_private *private = program->private;
	uint32_t row = private->first_definition[symbol];

	for (; row < private->first_definition[symbol + 1]; row++) {
		uint32_t function = private->definitions[row];
		const struct fact_function *body =
			facts_row(program_facts(program, function), functions, struct fact_function,
				  program->functions[function].row);

		if (body->param_count == count)
			return true;
	}
	return false;
}

void targets_that_take(const struct targets *targets, uint32_t node, uint32_t count,
		       GArray *ret_targets)
{
	const struct node *n = node == PROGRAM_NONE ? NULL : node_at(targets, node);
	guint before = ret_targets->len;

	for (uint32_t i = 0; n && !n->cut && i < n->count; i++)
		if (takes(targets->program, n->targets[i].symbol, count))
			g_array_append_val(ret_targets, n->targets[i]);
	if (ret_targets->len - before > TARGETS_MAX_COPIED)
		g_array_set_size(ret_targets, before);
}

void targets_of_value(const struct targets *targets, uint32_t unit, uint32_t function,
		      fact_id value, GArray *ret_targets, bool *ret_stored, bool *ret_cut)
{
	const struct fact_value *v;
	const struct target *found;
	bool stored, cut;
	guint count;

	if (value == FACT_NONE)
		return;
	v = program_value(targets->program, unit, value);
	if (v->kind == FACT_VALUE_CHOICE) {
		targets_of_value(targets, unit, function, v->a, ret_targets, ret_stored, ret_cut);
		targets_of_value(targets, unit, function, v->b, ret_targets, ret_stored, ret_cut);
		return;
	}
	if (v->kind == FACT_VALUE_FUNCTION) {
		struct target here = {targets->program->units[unit].symbols[v->a], TARGETS_HERE,
				      true};

		g_array_append_val(ret_targets, here);
		return;
	}
	found = targets_of(targets, targets_node(targets, unit, function, value), &count, &stored,
			   &cut);
	if (ret_stored)
		*ret_stored &= stored;
	if (ret_cut)
		*ret_cut |= cut;
	if (count && !cut)
		g_array_append_vals(ret_targets, found, count);
}

const struct target_seed *targets_seed(const struct targets *targets, uint32_t seed)
{
	return &g_array_index(targets->seeds, struct target_seed, seed);
}

void targets_definitions(const struct targets *targets, const struct target *target, uint32_t unit,
			 GArray *ret_functions)
{
	const struct program *program = targets->program;
	const struct program_private *private = program->private;
	uint32_t first = private->first_definition[target->symbol];
	uint32_t last = private->first_definition[target->symbol + 1];
	struct definitions here, there;

	if (target->found) {
		g_array_append_vals(ret_functions, private->definitions + first, last - first);
		return;
	}
	here = program_definitions(program, unit, target->symbol);
	/* Who stored it may know better which of several it is. */
	if (here.count != 1 && target->seed != TARGETS_HERE) {
		there = program_definitions(program, targets_seed(targets, target->seed)->unit,
					    target->symbol);
		if (there.count && (there.count < here.count || !here.count))
			here = there;
	}
	g_array_append_vals(ret_functions, here.functions, here.count);
}

guint targets_node_count(const struct targets *targets)
{
	return targets->nodes->len;
}
