/* Collapsed stacks, for flame graphs and speedscope: "thread;continuation;function;sink N", N in
 * microseconds. Of a call that was seen several times each sight stands for the time up to the
 * next, the first also for what came before it, the last for what is left of the call. */
#include <stdlib.h>
#include <string.h>

#include "reports/formats/timeline.h"

struct writer {
	GHashTable *weights; /* stack -> guint64 * */
};

static int compare_sights(const void *left, const void *right)
{
	const struct trace_sight *a = left, *b = right;

	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	return a->age_ns < b->age_ns ? -1 : a->age_ns > b->age_ns;
}

static bool same_call(const struct trace_sight *a, const struct trace_sight *b)
{
	return a->tid == b->tid && a->sequence == b->sequence && a->function == b->function;
}

/* A frame's name must not look like the end of one. */
static void append_frame(GString *stack, const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);

	g_string_append_c(stack, ';');
	for (const char *at = valid; *at; at++)
		g_string_append_c(stack, *at == ';' || (unsigned char)*at <= ' ' ? '_' : *at);
}

/* From the continuation inwards; what called it is of no interest. Without a stack the continuation
 * alone. Caller frees. */
static char *stack_of(struct timeline *timeline, const struct trace_sight *sight)
{
	const char *root = timeline_name(timeline, sight->function);
	GString *text = g_string_new(sight->on_io ? "io" : "worker");
	g_autoptr(GArray) frames = NULL;
	enum symbols_method method;
	guint inside = 0;

	append_frame(text, root);
	if (sight->stack == 0)
		return g_string_free(text, FALSE);
	frames = symbols_unwind(timeline->symbols,
				&g_array_index(timeline->trace->stacks, struct contlint_trace_stack,
					       sight->stack - 1),
				&method);
	while (inside < frames->len &&
	       g_strcmp0(g_array_index(frames, struct symbol, inside).name, root) != 0)
		inside++;
	for (guint i = inside; i-- > 0;) {
		const char *name = g_array_index(frames, struct symbol, i).name;

		append_frame(text, name ? name : "?");
	}
	return g_string_free(text, FALSE);
}

static void add_weight(struct writer *writer, char *stack, guint64 ns)
{
	guint64 *weight = g_hash_table_lookup(writer->weights, stack);

	if (!weight) {
		weight = g_new0(guint64, 1);
		g_hash_table_insert(writer->weights, g_strdup(stack), weight);
	}
	*weight += ns;
}

static void write_trace(struct timeline *timeline, void *data)
{
	struct writer *writer = data;
	g_autoptr(GArray) sights = g_array_copy(timeline->trace->sights);

	g_array_sort(sights, compare_sights);
	for (guint i = 0; i < sights->len; i++) {
		const struct trace_sight *sight = &g_array_index(sights, struct trace_sight, i);
		const struct trace_sight *next = sight + 1;
		bool first = i == 0 || !same_call(sight - 1, sight);
		bool last = i + 1 == sights->len || !same_call(sight, next);
		guint64 from = first ? 0 : sight->age_ns;
		guint64 to = last ? MAX(sight->hold_ns, sight->age_ns) : next->age_ns;
		g_autofree char *stack = stack_of(timeline, sight);

		if (to > from)
			add_weight(writer, stack, to - from);
	}
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool write_stacks(const struct report_input *input, GString *out, GError **error)
{
	g_autoptr(GHashTable) weights =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	struct writer writer = {weights};
	g_autofree char **keys = NULL;
	guint count;

	if (!timeline_each(input, write_trace, &writer, error))
		return false;
	keys = (char **)g_hash_table_get_keys_as_array(weights, &count);
	if (count > 0)
		qsort(keys, count, sizeof(*keys), compare_texts);
	for (guint i = 0; i < count; i++) {
		const guint64 *ns = g_hash_table_lookup(weights, keys[i]);

		g_string_append_printf(out, "%s %" G_GUINT64_FORMAT "\n", keys[i],
				       (*ns + 999) / 1000);
	}
	return true;
}

const struct format format_stacks = {
	.name = "stacks",
	.summary = "a kept trace as collapsed stacks, for flame graphs",
	.from_traces = true,
	.write = write_stacks,
};
