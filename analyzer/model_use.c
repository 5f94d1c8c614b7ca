/* Rows against names. A library is used if the program names one of its functions, fields or
 * callback types. */
#include "analyzer/model_use.h"

#include <string.h>

#include "analyzer/program_private.h"

/* What the program names. */
struct names {
	GHashTable *functions, *fields, *types; /* const char *; fields as "record.field" */
};

static struct names read_names(const struct program *program)
{
	struct names names = {
		.functions = g_hash_table_new(g_str_hash, g_str_equal),
		.fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.types = g_hash_table_new(g_str_hash, g_str_equal),
	};

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		const struct program_symbol *symbol = &program->symbols[i];

		if (symbol->kind == FACT_SYMBOL_FUNCTION)
			g_hash_table_add(names.functions, (gpointer)symbol->name);
		if (symbol->kind == FACT_SYMBOL_FIELD && symbol->owner)
			g_hash_table_add(names.fields,
					 g_strdup_printf("%s.%s", symbol->owner, symbol->name));
		if (symbol->kind == FACT_SYMBOL_TYPEDEF)
			g_hash_table_add(names.types, (gpointer)symbol->name);
		else if (symbol->type)
			g_hash_table_add(names.types, (gpointer)symbol->type);
	}
	for (uint32_t i = 0; i < program->unit_count; i++) {
		const struct facts *facts = program->units[i].facts;

		for (guint k = 0; k < facts->params->len; k++)
			g_hash_table_add(
				names.types,
				(gpointer)facts_string(
					facts,
					facts_row(facts, params, struct fact_param, k)->type));
	}
	return names;
}

static void names_clear(struct names *names)
{
	g_hash_table_unref(names->functions);
	g_hash_table_unref(names->fields);
	g_hash_table_unref(names->types);
}

static bool names_function(const struct names *names, const struct model_function *row)
{
	bool named = g_hash_table_contains(names->functions, row->name);

	for (const char *const *alias = row->aliases; *alias; alias++)
		named |= g_hash_table_contains(names->functions, *alias);
	return named;
}

static GArray *all_rows(const struct models *models, const struct names *names)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct model_row));

	for (guint i = 0; i < models_functions(models)->len; i++) {
		const struct model_function *f = models_functions(models)->pdata[i];
		struct model_row row = {"function",
					f->name,
					NULL,
					f->library,
					f->file,
					f->line,
					names_function(names, f)};

		g_array_append_val(rows, row);
	}
	for (guint i = 0; i < models_fields(models)->len; i++) {
		const struct model_field *f = models_fields(models)->pdata[i];
		g_autofree char *name = g_strdup_printf("%s.%s", f->record, f->field);
		struct model_row row = {"field",
					f->field,
					f->record,
					f->library,
					f->file,
					f->line,
					g_hash_table_contains(names->fields, name)};

		g_array_append_val(rows, row);
	}
	for (guint i = 0; i < models_typedefs(models)->len; i++) {
		const struct model_typedef *t = models_typedefs(models)->pdata[i];
		struct model_row row = {"typedef",
					t->name,
					NULL,
					t->library,
					t->file,
					t->line,
					g_hash_table_contains(names->types, t->name)};

		g_array_append_val(rows, row);
	}
	return rows;
}

static int compare_rows(const void *left, const void *right)
{
	const struct model_row *a = left, *b = right;
	int order = strcmp(a->library, b->library);

	if (!order)
		order = strcmp(a->file, b->file);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

GArray *model_use_rows(const struct program *program)
{
	struct names names = read_names(program);
	GArray *rows = all_rows(program->models, &names);
	g_autoptr(GHashTable) used = g_hash_table_new(g_str_hash, g_str_equal);
	guint kept = 0;

	for (guint i = 0; i < rows->len; i++) {
		const struct model_row *row = &g_array_index(rows, struct model_row, i);

		if (row->used)
			g_hash_table_add(used, (gpointer)row->library);
	}
	for (guint i = 0; i < rows->len; i++) {
		struct model_row row = g_array_index(rows, struct model_row, i);

		if (g_hash_table_contains(used, row.library))
			g_array_index(rows, struct model_row, kept++) = row;
	}
	g_array_set_size(rows, kept);
	g_array_sort(rows, compare_rows);
	names_clear(&names);
	return rows;
}

/* ---- functions without a row ---- */

struct counter {
	const struct program *program;
	GArray **externals; /* function -> uint32_t symbols without body and row; NULL: none */
	guint *calls, *continuations; /* by symbol */
	uint32_t *symbol_stamp, *function_stamp, stamp;
};

static bool is_strange(const struct program *program, uint32_t unit, uint32_t symbol)
{
	return symbol != PROGRAM_NONE && !program->symbols[symbol].model &&
	       program->symbols[symbol].linkage == FACT_LINKAGE_EXTERNAL &&
	       !g_str_has_prefix(program->symbols[symbol].name, "__builtin_") &&
	       !(program->symbols[symbol].flags & FACT_SYMBOL_NORETURN) &&
	       program->private->first_definition[symbol] ==
		       program->private->first_definition[symbol + 1];
}

static void read_calls(struct counter *counter, uint32_t function)
{
	const struct program *program = counter->program;
	uint32_t first, count, unit = program->functions[function].unit;
	const struct fact_event *events = program_events(program, function, &first, &count);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t symbol = events[i].kind == FACT_EVENT_CALL
					  ? program_callee(program, unit, &events[i])
					  : PROGRAM_NONE;

		if (!is_strange(program, unit, symbol))
			continue;
		if (!counter->externals[function])
			counter->externals[function] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_array_append_val(counter->externals[function], symbol);
		counter->calls[symbol]++;
	}
}

static void count_externals(struct counter *counter, uint32_t function)
{
	const GArray *externals = counter->externals[function];

	for (guint i = 0; externals && i < externals->len; i++) {
		uint32_t symbol = g_array_index(externals, uint32_t, i);

		counter->continuations[symbol] += counter->symbol_stamp[symbol] != counter->stamp;
		counter->symbol_stamp[symbol] = counter->stamp;
	}
}

/* What one continuation reaches counts once for it. */
static void count_from(struct counter *counter, uint32_t root)
{
	const struct program *program = counter->program;
	g_autoptr(GArray) queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	counter->stamp++;
	counter->function_stamp[root] = counter->stamp;
	g_array_append_val(queue, root);
	for (guint head = 0; head < queue->len; head++) {
		uint32_t function = g_array_index(queue, uint32_t, head);
		const struct program_function *f = &program->functions[function];

		count_externals(counter, function);
		for (uint32_t i = f->first_out; i < f->first_out + f->out_count; i++) {
			uint32_t callee = program->edges[i].callee;

			if (counter->function_stamp[callee] == counter->stamp)
				continue;
			counter->function_stamp[callee] = counter->stamp;
			g_array_append_val(queue, callee);
		}
	}
}

/* The file that declares each symbol, by the first unit that says so; "" if none does. */
static const char **read_headers(const struct program *program)
{
	const char **headers = g_new0(const char *, program->symbol_count + 1);

	for (uint32_t unit = 0; unit < program->unit_count; unit++) {
		const struct facts *facts = program->units[unit].facts;

		for (guint i = 0; i < facts->symbols->len; i++) {
			fact_id loc = facts_row(facts, symbols, struct fact_symbol, i)->loc;
			uint32_t symbol = program->units[unit].symbols[i];

			if (!headers[symbol])
				(void)program_locate(program, unit, loc, &headers[symbol], NULL,
						     NULL);
		}
	}
	return headers;
}

/* Is `path` the header, or in the folder of its name: glib.h brings glib/gmain.h? */
static bool is_of_header(const char *path, const char *header)
{
	g_autofree char *end = g_strconcat("/", header, NULL);
	g_autofree char *folder = g_path_get_dirname(header);
	g_autofree char *stem = g_strndup(header, strcspn(header, "."));
	g_autofree char *inside =
		g_strconcat("/", g_str_equal(folder, ".") ? stem : folder, "/", NULL);

	return g_str_has_suffix(path, end) || strstr(path, inside);
}

static const char *library_of(const struct program *program, const char *path)
{
	const GPtrArray *libraries = models_libraries(program->models);

	for (guint i = 0; *path && i < libraries->len; i++) {
		const struct model_library *library = libraries->pdata[i];

		for (guint k = 0; library->headers[k]; k++)
			if (is_of_header(path, library->headers[k]))
				return library->name;
	}
	return NULL;
}

/* The first declaration of one symbol; NULL if no unit says it. */
static const char *header_of(const struct program *program, uint32_t symbol)
{
	const char *header = NULL;

	for (uint32_t unit = 0; unit < program->unit_count && !header; unit++) {
		const struct facts *facts = program->units[unit].facts;

		for (guint i = 0; i < facts->symbols->len && !header; i++)
			if (program->units[unit].symbols[i] == symbol)
				(void)program_locate(
					program, unit,
					facts_row(facts, symbols, struct fact_symbol, i)->loc,
					&header, NULL, NULL);
	}
	return header;
}

bool model_use_blocks(const struct program *program, uint32_t symbol)
{
	const char *header = header_of(program, symbol);
	const char *library = header ? library_of(program, header) : NULL;
	const GPtrArray *functions = models_functions(program->models);

	for (guint i = 0; library && i < functions->len; i++) {
		const struct model_function *f = functions->pdata[i];

		for (guint k = 0; g_str_equal(f->library, library) && k < f->sink_count; k++)
			if (f->sinks[k].kind == MODEL_LIBRARY ||
			    f->sinks[k].kind == MODEL_SYNC_MODE)
				return true;
	}
	return false;
}

static int compare_wishes(const void *left, const void *right)
{
	const struct model_wish *a = left, *b = right;

	if (a->continuations != b->continuations)
		return a->continuations > b->continuations ? -1 : 1;
	if (a->calls != b->calls)
		return a->calls > b->calls ? -1 : 1;
	return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static GArray *list_wishes(const struct counter *counter)
{
	const struct program *program = counter->program;
	GArray *wishes = g_array_new(FALSE, FALSE, sizeof(struct model_wish));
	g_autofree const char **headers = read_headers(program);

	for (uint32_t i = 0; i < program->symbol_count; i++) {
		struct model_wish wish = {i, counter->continuations[i], counter->calls[i],
					  headers[i] ? headers[i] : "", NULL};

		if (!wish.continuations)
			continue;
		wish.library = library_of(program, wish.header);
		g_array_append_val(wishes, wish);
	}
	g_array_sort(wishes, compare_wishes);
	return wishes;
}

GArray *model_use_wishes(const struct program *program)
{
	struct counter counter = {
		.program = program,
		.externals = g_new0(GArray *, program->function_count + 1),
		.calls = g_new0(guint, program->symbol_count + 1),
		.continuations = g_new0(guint, program->symbol_count + 1),
		.symbol_stamp = g_new0(uint32_t, program->symbol_count + 1),
		.function_stamp = g_new0(uint32_t, program->function_count + 1),
	};
	GArray *wishes;

	for (uint32_t i = 0; i < program->function_count; i++)
		if (program->functions[i].contexts & CONTEXT_IO)
			read_calls(&counter, i);
	for (guint i = 0; i < program->registration_count; i++)
		if (program->registrations[i].context == CONTEXT_IO)
			count_from(&counter, program->registrations[i].function);
	wishes = list_wishes(&counter);
	for (uint32_t i = 0; i < program->function_count; i++)
		if (counter.externals[i])
			g_array_unref(counter.externals[i]);
	g_free(counter.externals);
	g_free(counter.calls);
	g_free(counter.continuations);
	g_free(counter.symbol_stamp);
	g_free(counter.function_stamp);
	return wishes;
}
