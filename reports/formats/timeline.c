/* Traces with names. */
#include "reports/formats/timeline.h"

const char *timeline_thread_kind(enum contlint_trace_thread kind)
{
	switch (kind) {
	case CONTLINT_TRACE_IO:
		return "io";
	case CONTLINT_TRACE_WORKER:
		return "worker";
	case CONTLINT_TRACE_MONITOR:
		return "monitor";
	case CONTLINT_TRACE_EVERYBODY:
		return "port";
	}
	return "thread";
}

static char *find_name(struct timeline *timeline, guint64 address)
{
	g_autoptr(GArray) here = symbols_at(timeline->symbols, address);
	const struct symbol *symbol = &g_array_index(here, struct symbol, here->len - 1);

	if (!symbol->name)
		return g_strdup_printf("0x%" G_GINT64_MODIFIER "x", address);
	return g_utf8_make_valid(symbol->name, -1);
}

const char *timeline_name(struct timeline *timeline, guint64 address)
{
	gint64 key = (gint64)address;
	char *name = g_hash_table_lookup(timeline->names, &key);

	if (!name) {
		name = find_name(timeline, address);
		g_hash_table_insert(timeline->names, g_memdup2(&key, sizeof(key)), name);
	}
	return name;
}

static bool read_one(const char *path, timeline_fn *write, void *data, GError **error)
{
	g_autoptr(trace_t) trace = trace_read(path, error);
	struct timeline timeline = {.trace = trace};

	if (!trace)
		return false;
	timeline.symbols = symbols_new(trace->modules, NULL);
	timeline.names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	write(&timeline, data);
	g_hash_table_unref(timeline.names);
	symbols_free(timeline.symbols);
	return true;
}

bool timeline_each(const struct report_input *input, timeline_fn *write, void *data, GError **error)
{
	const GPtrArray *paths = input->traces;

	if (!paths && input->record)
		paths = input->record->traces;
	if (!paths || paths->len == 0) {
		g_set_error_literal(error, TRACE_ERROR, TRACE_ERROR_OPEN,
				    "no trace was kept; contlint run --trace FILE keeps it, "
				    "contlint report --trace FILE names one");
		return false;
	}
	for (guint i = 0; i < paths->len; i++)
		if (!read_one(g_ptr_array_index(paths, i), write, data, error))
			return false;
	return true;
}
