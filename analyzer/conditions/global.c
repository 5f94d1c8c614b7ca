/* Values of static storage: a variable that is set by its initializer and nowhere else has that
 * value everywhere. One whose address is kept or passed on may be changed by anybody. */
#include <string.h>

#include "analyzer/conditions/condition_private.h"

struct global_field {
	const char *name; /* field, or "" for the variable itself */
	int64_t number;
	bool known;
};

struct global {
	GArray *fields; /* struct global_field: constants from initializers */
	bool changed;   /* assigned in some function, or its address passed on */
};

static void global_free(gpointer data)
{
	struct global *global = data;

	g_array_free(global->fields, TRUE);
	g_free(global);
}

static struct global *global_of(struct conditions *c, uint32_t symbol)
{
	struct global *global = g_hash_table_lookup(c->globals, GUINT_TO_POINTER(symbol + 1));

	if (global)
		return global;
	global = g_new0(struct global, 1);
	global->fields = g_array_new(FALSE, FALSE, sizeof(struct global_field));
	g_hash_table_insert(c->globals, GUINT_TO_POINTER(symbol + 1), global);
	return global;
}

/* The variable at the bottom of a place, PROGRAM_NONE if it is none; *ret_field the field named. */
static uint32_t variable_of(const struct program *program, uint32_t unit, fact_id value,
			    const char **ret_field)
{
	*ret_field = "";
	while (value != FACT_NONE) {
		const struct fact_value *v = program_value(program, unit, value);

		switch (v->kind) {
		case FACT_VALUE_VARIABLE:
			return program->units[unit].symbols[v->a];
		case FACT_VALUE_FIELD:
			*ret_field = program->symbols[program->units[unit].symbols[v->a]].name;
			value = v->b;
			continue;
		case FACT_VALUE_ELEMENT:
		case FACT_VALUE_ADDRESS:
			value = v->a;
			continue;
		default:
			return PROGRAM_NONE;
		}
	}
	return PROGRAM_NONE;
}

/* `value` is kept or passed on: if it is the address of a variable, somebody may change that. */
static void read_address(struct conditions *c, uint32_t unit, fact_id value)
{
	const char *field;
	uint32_t symbol;

	while (value != FACT_NONE &&
	       program_value(c->program, unit, value)->kind == FACT_VALUE_CHOICE) {
		read_address(c, unit, program_value(c->program, unit, value)->a);
		value = program_value(c->program, unit, value)->b;
	}
	if (value == FACT_NONE ||
	    program_value(c->program, unit, value)->kind != FACT_VALUE_ADDRESS)
		return;
	symbol = variable_of(c->program, unit, value, &field);
	if (symbol != PROGRAM_NONE && !(c->program->symbols[symbol].flags & FACT_SYMBOL_CONST))
		global_of(c, symbol)->changed = true;
}

static void read_initializer(struct conditions *c, uint32_t unit, const struct fact_event *e)
{
	struct global_field field = {.known = false};
	uint32_t symbol = variable_of(c->program, unit, e->a, &field.name);
	const struct fact_value *v;

	read_address(c, unit, e->b);
	if (symbol == PROGRAM_NONE || e->b == FACT_NONE)
		return;
	v = program_value(c->program, unit, e->b);
	field.known = v->kind == FACT_VALUE_INT || v->kind == FACT_VALUE_NULL;
	field.number = v->kind == FACT_VALUE_INT ? v->number : 0;
	g_array_append_val(global_of(c, symbol)->fields, field);
}

/* Does the condition look at what argument `k` points to? Then the call reads it. */
static bool looks_into(const struct condition *condition, uint32_t k)
{
	if (!condition)
		return false;
	switch ((int)condition->kind) {
	case CONDITION_ZERO_TIME:
	case CONDITION_POINTEE_FLAG:
	case CONDITION_POINTEE_EQUAL:
		return condition->arg == (int)k;
	default:
		return looks_into(condition->left, k) || looks_into(condition->right, k);
	}
}

/* Is argument `k` of the call known to be read only? */
static bool is_input(const struct program *program, uint32_t unit, const struct fact_event *e,
		     uint32_t k)
{
	const struct model_function *model = program_call_model(program, unit, e);

	for (guint i = 0; model && i < model->sink_count; i++)
		if (looks_into(model->sinks[i].when, k))
			return true;
	return false;
}

static void read_change(struct conditions *c, uint32_t unit, const struct fact_event *e)
{
	const char *field;
	uint32_t symbol;

	if (e->kind == FACT_EVENT_ASSIGN) {
		symbol = variable_of(c->program, unit, e->a, &field);
		if (symbol != PROGRAM_NONE)
			global_of(c, symbol)->changed = true;
		read_address(c, unit, e->b);
		return;
	}
	if (e->kind == FACT_EVENT_RETURN)
		read_address(c, unit, e->a);
	for (uint32_t k = 0; e->kind == FACT_EVENT_CALL && k < e->c; k++)
		if (!is_input(c->program, unit, e, k))
			read_address(c, unit, program_argument(c->program, unit, e, k));
}

static void read_all(struct conditions *c)
{
	const struct program *program = c->program;

	c->globals = g_hash_table_new_full(NULL, NULL, NULL, global_free);
	for (uint32_t unit = 0; unit < program->unit_count; unit++) {
		const struct facts *facts = program->units[unit].facts;
		uint32_t first, count;

		(void)program_file_scope(program, unit, &first, &count);
		for (guint i = 0; i < facts->events->len; i++) {
			const struct fact_event *e = program_event(program, unit, i);

			if (i >= first && i - first < count)
				read_initializer(c, unit, e);
			else
				read_change(c, unit, e);
		}
	}
}

static const struct global *look_up(struct conditions *c, uint32_t unit,
				    const struct fact_value *variable)
{
	uint32_t symbol = c->program->units[unit].symbols[variable->a];

	if (!c->globals)
		read_all(c);
	return g_hash_table_lookup(c->globals, GUINT_TO_POINTER(symbol + 1));
}

static bool flag_stands(const struct atom *atom, int64_t number)
{
	return (number & atom->number) == atom->number;
}

bool conditions_global_number(struct conditions *c, uint32_t unit,
			      const struct fact_value *variable, int64_t *ret_number)
{
	const struct program_symbol *symbol =
		&c->program->symbols[c->program->units[unit].symbols[variable->a]];
	const struct global *global;
	const struct global_field *only;

	if (symbol->linkage == FACT_LINKAGE_EXTERNAL || strchr(symbol->type, '['))
		return false;
	global = look_up(c, unit, variable);
	if (!global || global->changed || global->fields->len != 1)
		return false;
	only = &g_array_index(global->fields, struct global_field, 0);
	*ret_number = only->number;
	return only->known && !*only->name;
}

formula_id conditions_test_global(struct conditions *c, uint32_t unit,
				  const struct fact_value *variable, const struct atom *atom)
{
	const struct global *global = look_up(c, unit, variable);
	const struct global_field *only;

	if (!global || global->changed || global->fields->len != 1)
		return FORMULA_UNKNOWN;
	only = &g_array_index(global->fields, struct global_field, 0);
	if (!only->known || *only->name)
		return FORMULA_UNKNOWN;
	switch ((int)atom->kind) {
	case CONDITION_NULL:
	case CONDITION_ZERO:
		return only->number == 0;
	case CONDITION_EQUAL:
		return only->number == atom->number;
	case CONDITION_LESS:
		return only->number < atom->number;
	case CONDITION_FLAG:
		return flag_stands(atom, only->number);
	default:
		return FORMULA_UNKNOWN;
	}
}

formula_id conditions_test_global_object(struct conditions *c, uint32_t unit,
					 const struct fact_value *variable, const struct atom *atom)
{
	const struct global *global = look_up(c, unit, variable);
	formula_id answer = FORMULA_FALSE;
	bool zero = true;

	if (!global || global->changed || !global->fields->len)
		return FORMULA_UNKNOWN;
	for (guint i = 0; i < global->fields->len; i++) {
		const struct global_field *f =
			&g_array_index(global->fields, struct global_field, i);

		zero &= f->known && !f->number;
		if (atom->kind == CONDITION_POINTEE_FLAG && g_str_equal(f->name, atom->name))
			answer = !f->known ? FORMULA_UNKNOWN : flag_stands(atom, f->number);
	}
	if (atom->kind == CONDITION_ZERO_TIME)
		return zero;
	return atom->kind == CONDITION_POINTEE_FLAG ? answer : FORMULA_UNKNOWN;
}
