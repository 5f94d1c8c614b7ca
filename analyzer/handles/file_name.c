/* Keys are short texts: "l<function>.<local>", "p<function>.<parameter>", "s<symbol>" for a
 * variable or field, "s<symbol>.<symbol>" for a field of a field (a buffer's bytes say nothing
 * without the buffer), "t<text>" for a text or format with enough letters to be one file's.
 *
 * Misses names that are joined from parts without letters of their own, and takes all objects with
 * the same field for one. */
#include "analyzer/handles/file_name.h"

#include <string.h>

#include "analyzer/handles/mode_private.h"

#define NAME_DEPTH 4
#define NAME_KEYS 16
#define NAME_CALLERS 4
#define NAME_STORES 4
#define NAME_LETTERS 4

struct namer {
	struct conditions *c;
	const struct spot *caller; /* of the first function, or NULL */
	GHashTable *keys;
};

static void add_value(struct namer *n, struct spot at, fact_id value, int depth);

static void add_key(struct namer *n, char *key)
{
	if (g_hash_table_size(n->keys) < NAME_KEYS)
		g_hash_table_add(n->keys, key);
	else
		g_free(key);
}

/* Has the text letters of its own, besides %s and XXXXXX? */
static bool is_telling(const char *text)
{
	unsigned letters = 0;

	for (; *text; text++) {
		if (*text == '%' && text[1]) {
			text += 1 + strspn(text + 1, "-+ #0123456789.*lhzjt");
			if (!*text)
				break;
			continue;
		}
		letters += g_ascii_isalnum(*text) && *text != 'X';
	}
	return letters >= NAME_LETTERS;
}

static bool add_text(struct namer *n, uint32_t unit, fact_id value)
{
	const struct facts *facts = n->c->program->units[unit].facts;
	const struct fact_value *v =
		value == FACT_NONE ? NULL : program_value(n->c->program, unit, value);

	if (!v || v->kind != FACT_VALUE_STRING || !is_telling(facts_string(facts, v->a)))
		return false;
	add_key(n, g_strconcat("t", facts_string(facts, v->a), NULL));
	return true;
}

/* Adds the first telling text among the arguments of the call from `k` on. */
static bool add_text_argument(struct namer *n, uint32_t unit, const struct fact_event *e,
			      uint32_t k)
{
	for (; k < e->c; k++)
		if (add_text(n, unit, program_argument(n->c->program, unit, e, k)))
			return true;
	return false;
}

static void add_arguments(struct namer *n, struct spot at, const struct fact_event *e, uint32_t k,
			  int depth)
{
	uint32_t unit = n->c->program->functions[at.function].unit;

	for (; k < e->c; k++)
		add_value(n, at, program_argument(n->c->program, unit, e, k), depth + 1);
}

/* What a call makes of its arguments: a copy of a name, a name in a folder. */
static void add_call(struct namer *n, struct spot at, fact_id event, int depth)
{
	uint32_t unit = n->c->program->functions[at.function].unit;
	const struct fact_event *e = program_event(n->c->program, unit, event);
	struct spot there = {at.function, event};

	if (!add_text_argument(n, unit, e, 0))
		add_arguments(n, there, e, 0, depth);
}

/* The last call before `at` that writes into the buffer `local`, its first argument or one before
 * a text: snprintf(), strcpy(), memcpy(). */
static void add_filled(struct namer *n, struct spot at, const struct fact_value *local, int depth)
{
	const struct program *program = n->c->program;
	uint32_t first, count, unit = program->functions[at.function].unit;
	const struct fact_event *events = program_events(program, at.function, &first, &count);
	uint32_t end = at.event == FACT_NONE ? count : at.event - first;

	for (uint32_t i = end; i-- > 0;) {
		struct spot there = {at.function, first + i};
		fact_id to = events[i].kind == FACT_EVENT_CALL && events[i].c > 1
				     ? program_argument(program, unit, &events[i], 0)
				     : FACT_NONE;

		if (to == FACT_NONE || !same_place(program_value(program, unit, to), local))
			continue;
		if (add_text_argument(n, unit, &events[i], 1))
			return;
		if (program_callee(program, unit, &events[i]) != PROGRAM_NONE &&
		    program->symbols[program_callee(program, unit, &events[i])].function ==
			    PROGRAM_NONE) {
			add_arguments(n, there, &events[i], 1, depth);
			return;
		}
	}
}

static void add_local(struct namer *n, struct spot at, fact_id value, int depth)
{
	const struct fact_value local =
		*program_value(n->c->program, n->c->program->functions[at.function].unit, value);
	const GArray *assignments = conditions_assignments(n->c, at.function);

	add_key(n, file_name_own_key(n->c->program, at, value));
	add_filled(n, at, &local, depth);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);
		struct spot there = {at.function, a->event};

		if (!a->by_address && a->op == FACT_OP_NONE && same_place(&a->place, &local))
			add_value(n, there, a->value, depth + 1);
	}
}

/* What is passed as parameter `k`: by the caller meant, or by all of them. */
static void add_passed(struct namer *n, uint32_t function, uint32_t k, int depth,
		       void (*add)(struct namer *, struct spot, fact_id, int, const void *),
		       const void *data)
{
	const struct program *program = n->c->program;
	const struct program_function *f = &program->functions[function];
	const struct spot *only = n->caller;

	if (only) {
		uint32_t unit = program->functions[only->function].unit;
		const struct fact_event *e = program_event(program, unit, only->event);

		n->caller = NULL;
		add(n, *only, program_argument(program, unit, e, k), depth + 1, data);
		n->caller = only;
		return;
	}
	if (f->in_count > NAME_CALLERS)
		return;
	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct program_edge *edge =
			&program->edges[program->in_edges[f->first_in + i]];
		uint32_t unit = program->functions[edge->caller].unit;
		struct spot there = {edge->caller, edge->event};

		if (edge->kind != EDGE_SYNCHRONOUS)
			add(n, there,
			    program_argument(program, unit,
					     program_event(program, unit, edge->event), k),
			    depth + 1, data);
	}
}

static void add_plain(struct namer *n, struct spot at, fact_id value, int depth, const void *data)
{
	(void)data;
	add_value(n, at, value, depth);
}

/* The field below a field: the name of the inner one's object, or nothing if it has none. */
static void add_inner(struct namer *n, struct spot at, fact_id value, int depth, const void *data)
{
	const struct program *program = n->c->program;
	uint32_t unit = program->functions[at.function].unit;
	const uint32_t *field = data;
	const struct fact_value *v;
	const GArray *assignments;

	while (value != FACT_NONE) {
		v = program_value(program, unit, value);
		if (v->kind != FACT_VALUE_ADDRESS && v->kind != FACT_VALUE_ELEMENT &&
		    v->kind != FACT_VALUE_DEREF)
			break;
		value = v->a;
	}
	if (value == FACT_NONE || depth > NAME_DEPTH)
		return;
	if (v->kind == FACT_VALUE_FIELD)
		add_key(n, g_strdup_printf("s%u.%u", *field, program->units[unit].symbols[v->a]));
	if (v->kind == FACT_VALUE_PARAM)
		add_passed(n, at.function, v->a, depth, add_inner, data);
	if (v->kind != FACT_VALUE_LOCAL)
		return;
	assignments = conditions_assignments(n->c, at.function);
	for (guint i = 0; i < assignments->len; i++) {
		const struct assignment *a = &g_array_index(assignments, struct assignment, i);

		if (!a->by_address && same_place(&a->place, v))
			add_inner(n, (struct spot){at.function, a->event}, a->value, depth + 1,
				  data);
	}
}

/* What is stored in a field or variable. */
static void add_stores(struct namer *n, uint32_t symbol, int depth)
{
	const struct program *program = n->c->program;
	uint32_t next = modes_of(n->c)->first_use[symbol];
	guint stores = 0;

	while (next != PROGRAM_NONE && stores < NAME_STORES) {
		struct mode_use use = g_array_index(n->c->modes->uses, struct mode_use, next);
		uint32_t unit = program->functions[use.function].unit;

		next = use.next;
		if (use.is_call)
			continue;
		stores++;
		add_value(n, (struct spot){use.function, use.event},
			  program_event(program, unit, use.event)->b, depth + 1);
	}
}

static void add_symbol(struct namer *n, struct spot at, const struct fact_value *v, int depth)
{
	uint32_t unit = n->c->program->functions[at.function].unit;
	uint32_t symbol = n->c->program->units[unit].symbols[v->a];
	guint before = g_hash_table_size(n->keys);

	if (v->kind == FACT_VALUE_FIELD)
		add_inner(n, at, v->b, depth, &symbol);
	if (g_hash_table_size(n->keys) > before)
		return;
	add_key(n, g_strdup_printf("s%u", symbol));
	add_stores(n, symbol, depth);
}

static void add_value(struct namer *n, struct spot at, fact_id value, int depth)
{
	const struct program *program = n->c->program;
	uint32_t unit = program->functions[at.function].unit;
	struct fact_value v;

	if (value == FACT_NONE || depth > NAME_DEPTH)
		return;
	v = *program_value(program, unit, value);
	switch ((enum fact_value_kind)v.kind) {
	case FACT_VALUE_STRING:
		(void)add_text(n, unit, value);
		return;
	case FACT_VALUE_VARIABLE:
	case FACT_VALUE_FIELD:
		add_symbol(n, at, &v, depth);
		return;
	case FACT_VALUE_LOCAL:
		add_local(n, at, value, depth);
		return;
	case FACT_VALUE_PARAM:
		if (!n->caller)
			add_key(n, file_name_own_key(program, at, value));
		add_passed(n, at.function, v.a, depth, add_plain, NULL);
		return;
	case FACT_VALUE_ADDRESS:
	case FACT_VALUE_ELEMENT:
	case FACT_VALUE_DEREF:
	case FACT_VALUE_BINARY:
		add_value(n, at, v.a, depth);
		return;
	case FACT_VALUE_CHOICE:
		add_value(n, at, v.a, depth + 1);
		add_value(n, at, v.b, depth + 1);
		return;
	case FACT_VALUE_CALL:
		add_call(n, at, v.a, depth);
		return;
	case FACT_VALUE_UNKNOWN:
	case FACT_VALUE_INT:
	case FACT_VALUE_NULL:
	case FACT_VALUE_FUNCTION:
	case FACT_VALUE_UNARY:
		return;
	}
}

char *file_name_own_key(const struct program *program, struct spot at, fact_id value)
{
	const struct fact_value *v =
		program_value(program, program->functions[at.function].unit, value);

	if (v->kind == FACT_VALUE_LOCAL)
		return g_strdup_printf("l%u.%u", at.function, v->a);
	return v->kind == FACT_VALUE_PARAM ? g_strdup_printf("p%u.%u", at.function, v->a) : NULL;
}

void file_name_keys(struct conditions *c, struct spot at, fact_id value, const struct spot *caller,
		    GHashTable *keys)
{
	struct namer n = {.c = c, .caller = caller, .keys = keys};

	add_value(&n, at, value, 0);
}
