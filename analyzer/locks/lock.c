/* Locks of the whole program. Functions that call what models say about locks come first; a
 * function that changes what its caller holds makes its callers worth a look, and so on for a few
 * rounds. Helpers called through pointers and longer chains of helpers are missed. */
#include "analyzer/locks/lock.h"

#include <string.h>

#include "analyzer/locks/lock_private.h"
#include "analyzer/program_private.h"

#define ROUNDS 4

struct finder {
	struct locks *locks;
	const struct program *program;
	GArray *queue; /* uint32_t functions of this round */
	bool *queued;
};

static void enqueue(struct finder *finder, uint32_t function)
{
	if (finder->queued[function])
		return;
	finder->queued[function] = true;
	g_array_append_val(finder->queue, function);
}

static bool is_about_locks(const struct program *program, uint32_t unit, const struct fact_event *e)
{
	const struct model_function *model = program_call_model(program, unit, e);

	return model && (model->lock_count || model->wake_count || model->waits_for_arg >= 0);
}

static void find_users(struct finder *finder)
{
	const struct program *program = finder->program;

	for (uint32_t i = 0; i < program->function_count; i++) {
		uint32_t first, count;
		const struct fact_event *events = program_events(program, i, &first, &count);

		for (uint32_t k = 0; k < count && !finder->queued[i]; k++)
			if (is_about_locks(program, program->functions[i].unit, &events[k]))
				enqueue(finder, i);
	}
}

static bool concerns_callers(const struct lock_function *f)
{
	bool concerns = f->gained || f->dropped || f->on_zero || f->on_other;

	for (guint i = 0; i < f->rows->len; i++)
		concerns |= g_array_index(f->rows, struct lock_row, i).ref.kind == LOCK_REF_PARAM;
	return concerns;
}

static void enqueue_callers(struct finder *finder, uint32_t function)
{
	const struct program *program = finder->program;
	const struct program_function *f = &program->functions[function];

	for (uint32_t i = 0; i < f->in_count; i++) {
		const struct program_edge *e = &program->edges[program->in_edges[f->first_in + i]];

		if (e->kind == EDGE_DIRECT)
			enqueue(finder, e->caller);
	}
}

/* Walks the functions of this round and makes the next. */
static void run_round(struct finder *finder)
{
	struct locks *locks = finder->locks;
	g_autoptr(GArray) round = finder->queue;

	finder->queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (guint i = 0; i < round->len; i++)
		finder->queued[g_array_index(round, uint32_t, i)] = false;
	for (guint i = 0; i < round->len; i++) {
		uint32_t function = g_array_index(round, uint32_t, i);

		lock_function_free(locks->functions[function]);
		locks->functions[function] = NULL;
		locks->functions[function] = lock_walk(locks, finder->program, function);
	}
	for (guint i = 0; i < round->len; i++) {
		uint32_t function = g_array_index(round, uint32_t, i);

		if (concerns_callers(locks->functions[function]))
			enqueue_callers(finder, function);
	}
}

static void list_acts(struct locks *locks, uint32_t function)
{
	const struct lock_function *f = locks->functions[function];

	for (guint i = 0; i < f->rows->len; i++) {
		const struct lock_row *row = &g_array_index(f->rows, struct lock_row, i);
		struct lock_act act = {
			.kind = row->kind,
			.lock = row->ref.kind == LOCK_REF_NAMED ? row->ref.id : PROGRAM_NONE,
			.function = function,
			.event = row->event,
			.inner = row->inner,
			.inner_event = row->inner_event,
			.shared = row->shared,
			.tries = row->tries,
		};

		if (row->ref.kind != LOCK_REF_PARAM)
			g_array_append_val(locks->acts, act);
	}
}

static void list_holds(struct locks *locks, uint32_t function)
{
	const struct lock_function *f = locks->functions[function];

	for (guint i = 0; i < f->spans->len; i++) {
		const struct lock_span *span = &g_array_index(f->spans, struct lock_span, i);
		struct lock_hold hold = {
			.lock = span->ref.id,
			.function = function,
			.taken = span->taken,
			.in = span->in,
			.event = span->event,
			.shared = span->shared,
		};

		if (span->ref.kind == LOCK_REF_NAMED)
			g_array_append_val(locks->holds, hold);
	}
}

static int compare_holds(const void *left, const void *right)
{
	const struct lock_hold *a = left, *b = right;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->lock != b->lock)
		return a->lock < b->lock ? -1 : 1;
	if (a->taken != b->taken)
		return a->taken < b->taken ? -1 : 1;
	if (a->in != b->in)
		return a->in < b->in ? -1 : 1;
	return (a->event > b->event) - (a->event < b->event);
}

static struct locks *find_locks(const struct program *program)
{
	struct locks *locks = g_new0(struct locks, 1);
	struct finder finder = {
		.locks = locks,
		.program = program,
		.queue = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
		.queued = g_new0(bool, program->function_count + 1),
	};

	locks->names = g_array_new(FALSE, FALSE, sizeof(struct lock_name));
	locks->known = lock_names_new();
	locks->function_count = program->function_count;
	locks->functions = g_new0(struct lock_function *, program->function_count + 1);
	locks->acts = g_array_new(FALSE, FALSE, sizeof(struct lock_act));
	locks->holds = g_array_new(FALSE, FALSE, sizeof(struct lock_hold));
	program->private->locks = locks;
	find_users(&finder);
	for (int round = 0; round < ROUNDS && finder.queue->len; round++)
		run_round(&finder);
	g_array_unref(finder.queue);
	g_free(finder.queued);
	for (uint32_t i = 0; i < program->function_count; i++) {
		if (!locks->functions[i])
			continue;
		list_acts(locks, i);
		list_holds(locks, i);
	}
	g_array_sort(locks->holds, compare_holds);
	return locks;
}

static struct locks *remembered(const struct program *program)
{
	return program->private->locks ? program->private->locks : find_locks(program);
}

void locks_free(struct locks *locks)
{
	if (!locks)
		return;
	for (guint i = 0; i < locks->function_count; i++)
		lock_function_free(locks->functions[i]);
	g_array_unref(locks->names);
	g_hash_table_unref(locks->known);
	g_array_unref(locks->acts);
	g_array_unref(locks->holds);
	lock_sinks_free(locks->sinks);
	g_free(locks->functions);
	g_free(locks);
}

const GArray *locks_acts(const struct program *program)
{
	return remembered(program)->acts;
}

const GArray *locks_holds(const struct program *program)
{
	return remembered(program)->holds;
}

struct lock_name locks_name(const struct program *program, uint32_t lock)
{
	return g_array_index(remembered(program)->names, struct lock_name, lock);
}

bool locks_are_same(const struct program *program, uint32_t left, uint32_t right)
{
	struct lock_name a, b;

	if (left == PROGRAM_NONE || right == PROGRAM_NONE)
		return false;
	a = locks_name(program, left);
	b = locks_name(program, right);
	return a.symbol == b.symbol &&
	       (a.index == b.index || a.index == LOCK_ANY_INDEX || b.index == LOCK_ANY_INDEX) &&
	       (a.object == b.object || a.object == PROGRAM_NONE || b.object == PROGRAM_NONE);
}

char *locks_text(const struct program *program, uint32_t lock)
{
	struct lock_name name = locks_name(program, lock);
	const struct program_symbol *symbol = &program->symbols[name.symbol];
	const struct program_symbol *object =
		name.object == PROGRAM_NONE ? NULL : &program->symbols[name.object];
	bool of_object = object && strchr(object->type, '[');
	g_autofree char *index = name.index == LOCK_ANY_INDEX
					 ? g_strdup("")
					 : g_strdup_printf("[%" G_GINT64_FORMAT "]", name.index);

	if (object)
		return g_strdup_printf("%s%s.%s%s", object->name, of_object ? index : "",
				       symbol->name, of_object ? "" : index);
	if (symbol->kind == FACT_SYMBOL_FIELD && symbol->owner)
		return g_strdup_printf("%s.%s%s", symbol->owner, symbol->name, index);
	return g_strconcat(symbol->name, index, NULL);
}
