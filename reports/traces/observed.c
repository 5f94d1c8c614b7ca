/* Functions are found by name and file, once for each address. */
#include "reports/traces/observed.h"

#include <string.h>

/* ---- functions --------------------------------------------------------------------------- */

/* Without debug information a copy that the compiler made is called `name.part.0`. */
static void drop_suffix(struct symbol *symbol)
{
	const char *dot = symbol->name && !symbol->file ? strchr(symbol->name, '.') : NULL;

	if (dot && dot != symbol->name) {
		g_autofree char *name = g_strndup(symbol->name, (gsize)(dot - symbol->name));

		symbol->name = g_intern_string(name);
	}
}

static void add_function(struct observed *observed, const struct known *known,
			 const struct trace_site *site)
{
	g_autoptr(GArray) here = symbols_at(observed->symbols, site->function);
	struct observed_function function = {
		.site = site,
		.symbol = g_array_index(here, struct symbol, here->len - 1),
	};
	enum known_match match;

	drop_suffix(&function.symbol);
	match = known_find(known, &function.symbol, &function.function);
	if (site->kind == CONTLINT_TRACE_IO)
		observed->unnamed += !function.symbol.name || match == KNOWN_SEVERAL;
	g_array_append_val(observed->functions, function);
}

static const struct observed_function *function_at(const struct observed *observed, guint64 address)
{
	for (guint i = 0; i < observed->functions->len; i++) {
		const struct observed_function *function =
			&g_array_index(observed->functions, struct observed_function, i);

		if (function->site->function == address &&
		    function->site->kind == CONTLINT_TRACE_IO)
			return function;
	}
	return NULL;
}

/* ---- stacks ------------------------------------------------------------------------------ */

static bool is_root(const struct observed_frame *frame, const struct observed_function *root)
{
	if (frame->function && root->function)
		return frame->function == root->function;
	return g_strcmp0(frame->symbol.name, root->symbol.name) == 0;
}

/* What called the continuation is not of interest. False: the frames do not come to it. */
static bool cut_below_root(GArray *frames, const struct observed_function *root)
{
	for (guint i = frames->len; i-- > 0;)
		if (is_root(&g_array_index(frames, struct observed_frame, i), root)) {
			g_array_set_size(frames, i + 1);
			return true;
		}
	return false;
}

static void add_frames(struct observed *observed, const struct known *known,
		       struct observed_sight *sight)
{
	const struct contlint_trace_stack *stack = &g_array_index(
		observed->trace->stacks, struct contlint_trace_stack, sight->sight->stack - 1);
	enum symbols_method method;
	g_autoptr(GArray) symbols = symbols_unwind(observed->symbols, stack, &method);

	for (guint i = 0; i < symbols->len; i++) {
		struct observed_frame frame = {.symbol = g_array_index(symbols, struct symbol, i)};

		drop_suffix(&frame.symbol);
		(void)known_find(known, &frame.symbol, &frame.function);
		/* The kernel's own code in the process has no names. */
		if (frame.symbol.name)
			g_array_append_val(sight->frames, frame);
	}
	sight->whole = cut_below_root(sight->frames, sight->root);
}

static void sight_free(void *data)
{
	struct observed_sight *sight = data;

	g_array_unref(sight->frames);
	g_free(sight);
}

static void add_sight(struct observed *observed, const struct known *known,
		      const struct trace_sight *from)
{
	const struct observed_function *root = function_at(observed, from->function);
	struct observed_sight *sight;

	if (!from->on_io || !root)
		return;
	sight = g_new0(struct observed_sight, 1);
	sight->sight = from;
	sight->root = root;
	sight->frames = g_array_new(FALSE, TRUE, sizeof(struct observed_frame));
	if (from->stack > 0)
		add_frames(observed, known, sight);
	g_ptr_array_add(observed->sights, sight);
}

static int compare_sights(const void *left, const void *right)
{
	const struct trace_sight *a = (*(struct observed_sight *const *)left)->sight;
	const struct trace_sight *b = (*(struct observed_sight *const *)right)->sight;

	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	if (a->age_ns != b->age_ns)
		return a->age_ns < b->age_ns ? -1 : 1;
	return 0;
}

struct observed *observed_read(const char *path, const struct known *known,
			       const char *debug_folder, GError **error)
{
	g_autoptr(observed_t) observed = NULL;
	g_autoptr(trace_t) trace = trace_read(path, error);

	if (!trace)
		return NULL;
	observed = g_new0(struct observed, 1);
	observed->symbols = symbols_new(trace->modules, debug_folder);
	observed->functions = g_array_new(FALSE, TRUE, sizeof(struct observed_function));
	observed->sights = g_ptr_array_new_with_free_func(sight_free);
	observed->trace = g_steal_pointer(&trace);
	for (guint i = 0; i < observed->trace->sites->len; i++)
		add_function(observed, known,
			     &g_array_index(observed->trace->sites, struct trace_site, i));
	for (guint i = 0; i < observed->trace->sights->len; i++)
		add_sight(observed, known,
			  &g_array_index(observed->trace->sights, struct trace_sight, i));
	g_ptr_array_sort(observed->sights, compare_sights);
	return g_steal_pointer(&observed);
}

void observed_free(struct observed *observed)
{
	if (!observed)
		return;
	g_ptr_array_unref(observed->sights);
	g_array_unref(observed->functions);
	symbols_free(observed->symbols);
	trace_free(observed->trace);
	g_free(observed);
}

/* ---- telling ----------------------------------------------------------------------------- */

struct store_holds observed_holds(const struct trace_site *site)
{
	return (struct store_holds){
		.calls = site->calls,
		.total_ns = site->total_ns,
		.p50_ns = trace_site_percentile(site, 50),
		.p99_ns = trace_site_percentile(site, 99),
		.max_ns = site->max_ns,
	};
}

const char *observed_file(const struct observed_frame *frame)
{
	if (frame->function && frame->function->file[0] != '\0')
		return frame->function->file;
	return frame->symbol.at_file ? frame->symbol.at_file : frame->symbol.file;
}

const char *observed_plain_name(const char *name)
{
	static const char *const prefixes[] = {"_", "GI_", "libc_", "interceptor_"};
	bool again = true;

	while (again) {
		again = false;
		for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
			if (g_str_has_prefix(name, prefixes[i])) {
				name += strlen(prefixes[i]);
				again = true;
			}
	}
	return name;
}

char *observed_stack_text(const struct observed_sight *sight)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < sight->frames->len; i++) {
		const struct observed_frame *frame =
			&g_array_index(sight->frames, struct observed_frame, i);
		const char *file = observed_file(frame);

		g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", frame->symbol.name);
		if (file && frame->symbol.at_line > 0)
			g_string_append_printf(text, " %s:%u", file, frame->symbol.at_line);
	}
	return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}
