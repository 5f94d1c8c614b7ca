/* The program of a run: functions, continuations and who calls whom. Only the last run's is kept:
 * it answers questions about the code as it is, and each run would be as large as all findings. */
#include "reports/store/store_writer.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/costs/cost.h"
#include "analyzer/switch_table.h"

/* All bits of a function's contexts, "io,worker". */
static char *contexts_text(uint32_t contexts)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (uint32_t bit = CONTEXT_IO; bit <= CONTEXT_CHILD; bit <<= 1) {
		if (!(contexts & bit))
			continue;
		if (text->len > 0)
			g_string_append_c(text, ',');
		g_string_append(text, program_context_name((enum program_context)bit));
	}
	return g_strdup(text->str);
}

/* One source that is built for several targets has several bodies of one function: it runs where
 * any of them does. */
static bool write_definitions(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;
	g_autoptr(GHashTable) contexts =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	enum { IS_LOOP = 1 << 30 };

	for (uint32_t i = 0; i < program->function_count; i++) {
		const struct program_function *function = &program->functions[i];
		g_autofree char *text = NULL;
		gint64 id;
		guint bits;

		if (!writer_program_function(writer, i, &id, error))
			return false;
		bits = GPOINTER_TO_UINT(g_hash_table_lookup(contexts, &id)) | function->contexts |
		       (function->is_loop ? IS_LOOP : 0);
		g_hash_table_insert(contexts, g_memdup2(&id, sizeof(id)), GUINT_TO_POINTER(bits));
		text = contexts_text(bits);
		if (!writer_run(writer, error,
				"INSERT OR REPLACE INTO definition VALUES(?, ?, ?, ?, ?)", "iuusu",
				id, function->line, function->end_line, text,
				(guint)(bits & IS_LOOP ? 1 : 0)))
			return false;
	}
	return true;
}

/* "record.field" of a place that is called through, or its plain name; NULL for none. */
static char *place_text(const struct program *program, uint32_t symbol)
{
	const struct program_symbol *place;

	if (symbol == PROGRAM_NONE)
		return NULL;
	place = &program->symbols[symbol];
	if (!place->name)
		return NULL;
	return place->owner && place->owner[0] != '\0'
		       ? g_strconcat(place->owner, ".", place->name, NULL)
		       : g_strdup(place->name);
}

/* Where an event of `unit` stands: file, line, column; zeros if that is not known. */
struct event_place {
	const char *file;
	uint32_t line, column;
};

static struct event_place locate(const struct program *program, uint32_t unit, fact_id event)
{
	struct event_place place = {0};
	const struct facts *facts = unit < program->unit_count ? program->units[unit].facts : NULL;

	if (facts && event < facts->events->len)
		(void)program_locate(program, unit,
				     facts_row(facts, events, struct fact_event, event)->loc,
				     &place.file, &place.line, &place.column);
	return place;
}

static bool write_continuation(struct writer *writer,
			       const struct program_registration *registration, GError **error)
{
	static const char *const calls[] = {
		[MODEL_CALLS_MANY] = "many",
		[MODEL_CALLS_ONCE] = "once",
		[MODEL_CALLS_AT_MOST_ONCE] = "at-most-once",
	};
	const struct program *program = writer->run->program;
	struct event_place at = locate(program, registration->unit, registration->event);
	const char *context = program_context_name((enum program_context)registration->context);
	gint64 id, in_id = 0, file_id;

	if (!writer_program_function(writer, registration->function, &id, error) ||
	    (registration->in_function != PROGRAM_NONE &&
	     !writer_program_function(writer, registration->in_function, &in_id, error)) ||
	    !writer_file(writer, at.file, &file_id, error))
		return false;
	return writer_run(writer, error,
			  "INSERT INTO continuation(function_id, context, calls, via, library,"
			  " certainty, in_function_id, file_id, line, col)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "issssdkkkk", id, context, calls[registration->calls], registration->via,
			  registration->library, registration->certainty, in_id, file_id,
			  (gint64)at.line, (gint64)at.column);
}

/* Once for each, however often it is registered. */
static bool write_costs(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;
	const struct costs *costs = writer->run->costs;

	for (guint i = 0; costs && i < program->registration_count; i++) {
		const struct program_registration *r = &program->registrations[i];
		g_autofree char *text = NULL;
		const struct cost *cost;
		gint64 id;

		if (r->context != CONTEXT_IO)
			continue;
		cost = cost_of(costs, r->function);
		text = cost_text(costs, cost);
		if (!writer_program_function(writer, r->function, &id, error) ||
		    !writer_run(writer, error,
				"INSERT OR IGNORE INTO continuation_cost VALUES(?, ?, ?, ?)",
				"iius", writer->run_id, id, cost_degree(cost), text))
			return false;
	}
	return true;
}

static bool write_continuations(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;

	for (guint i = 0; i < program->registration_count; i++)
		if (program->registrations[i].context != 0 &&
		    !write_continuation(writer, &program->registrations[i], error))
			return false;
	return true;
}

enum call_kind { CALL_DIRECT, CALL_INDIRECT, CALL_SYNCHRONOUS, CALL_EXTERNAL };

/* Calls of one function to one other, in one row. */
struct call {
	enum call_kind kind;
	uint32_t callee; /* function, or symbol if external */
	fact_id event;   /* the first */
	uint32_t targets, place, count;
	bool in_table; /* it is all that a case of a switch does */
};

static const enum call_kind edge_kinds[] = {
	[EDGE_DIRECT] = CALL_DIRECT,
	[EDGE_INDIRECT] = CALL_INDIRECT,
	[EDGE_SYNCHRONOUS] = CALL_SYNCHRONOUS,
};

/* The symbol that event row `event` of `unit` calls by name, if it calls by name. */
static uint32_t symbol_called(const struct program *program, uint32_t unit, fact_id event)
{
	const struct program_unit *owner = &program->units[unit];
	const struct fact_event *row = facts_row(owner->facts, events, struct fact_event, event);
	const struct fact_value *value;

	if (row->kind != FACT_EVENT_CALL)
		return PROGRAM_NONE;
	value = facts_row(owner->facts, values, struct fact_value, row->a);
	return value->kind == FACT_VALUE_FUNCTION ? owner->symbols[value->a] : PROGRAM_NONE;
}

static bool is_direct_edge(const struct program *program, uint32_t edge, fact_id event)
{
	return program->edges[edge].event == event && program->edges[edge].kind == EDGE_DIRECT;
}

/* Calls that led to no edge, because the callee has no body in this program. Both events and edges
 * are in source order. */
static void add_external_calls(const struct program *program, uint32_t caller, GArray *calls)
{
	const struct program_function *function = &program->functions[caller];
	const struct facts *facts = program->units[function->unit].facts;
	const struct fact_function *row =
		facts_row(facts, functions, struct fact_function, function->row);
	uint32_t edge = function->first_out, end = function->first_out + function->out_count;

	for (uint32_t i = row->first_event; i < row->first_event + row->event_count; i++) {
		struct call call = {CALL_EXTERNAL,
				    symbol_called(program, function->unit, i),
				    i,
				    1,
				    PROGRAM_NONE,
				    1,
				    false};

		while (edge < end && program->edges[edge].event <= i &&
		       !is_direct_edge(program, edge, i))
			edge++;
		if (call.callee == PROGRAM_NONE ||
		    program->symbols[call.callee].function != PROGRAM_NONE ||
		    (edge < end && is_direct_edge(program, edge, i)))
			continue;
		if (!g_str_has_prefix(program->symbols[call.callee].name, "__builtin_"))
			g_array_append_val(calls, call);
	}
}

static int compare_calls(const void *a, const void *b)
{
	const struct call *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->callee != right->callee)
		return left->callee < right->callee ? -1 : 1;
	return (left->event > right->event) - (left->event < right->event);
}

/* Sorts the calls and joins those to the same callee; what is left stands in front. */
static guint join_calls(GArray *calls)
{
	struct call *rows = (struct call *)(void *)calls->data;
	guint kept = 0;

	if (calls->len > 1)
		qsort(rows, calls->len, sizeof(*rows), compare_calls);
	for (guint i = 0; i < calls->len; i++) {
		if (kept > 0 && rows[kept - 1].kind == rows[i].kind &&
		    rows[kept - 1].callee == rows[i].callee) {
			rows[kept - 1].count++;
			rows[kept - 1].in_table |= rows[i].in_table;
			/* The call with fewest targets is the surest. */
			rows[kept - 1].targets = MIN(rows[kept - 1].targets, rows[i].targets);
			continue;
		}
		rows[kept++] = rows[i];
	}
	return kept;
}

static bool write_call(struct writer *writer, uint32_t caller, const struct call *call,
		       GError **error)
{
	static const char *const kinds[] = {
		[CALL_DIRECT] = "direct",
		[CALL_INDIRECT] = "indirect",
		[CALL_SYNCHRONOUS] = "synchronous",
		[CALL_EXTERNAL] = "external",
	};
	const struct program *program = writer->run->program;
	struct event_place at = locate(program, program->functions[caller].unit, call->event);
	g_autofree char *via =
		call->in_table ? g_strdup("a switch") : place_text(program, call->place);
	const struct program_symbol *symbol = &program->symbols[call->callee];
	gint64 caller_id, callee_id;

	if (!writer_program_function(writer, caller, &caller_id, error))
		return false;
	if (call->kind == CALL_EXTERNAL
		    ? !writer_function(writer, symbol->usr, symbol->name, NULL, &callee_id, error)
		    : !writer_program_function(writer, call->callee, &callee_id, error))
		return false;
	return writer_run(writer, error,
			  "INSERT OR IGNORE INTO call_edge(caller_id, callee_id, kind, line, calls,"
			  " targets, via) VALUES(?, ?, ?, ?, ?, ?, ?)",
			  "iisuuus", caller_id, callee_id, kinds[call->kind], at.line, call->count,
			  call->targets, via);
}

static void collect_calls(const struct program *program, uint32_t caller, GArray *calls)
{
	const struct program_function *function = &program->functions[caller];
	bool has_facts = program->units && program->units[function->unit].facts;
	g_autoptr(GArray) table = has_facts ? switch_table_calls(program, caller)
					    : g_array_new(FALSE, FALSE, sizeof(fact_id));
	guint next = 0;

	g_array_set_size(calls, 0);
	for (guint i = 0; i < function->out_count; i++) {
		const struct program_edge *edge = &program->edges[function->first_out + i];
		struct call call = {edge_kinds[edge->kind],
				    edge->callee,
				    edge->event,
				    edge->target_count,
				    edge->place,
				    1,
				    false};

		while (next < table->len && g_array_index(table, fact_id, next) < edge->event)
			next++;
		call.in_table = edge->kind == EDGE_DIRECT && next < table->len &&
				g_array_index(table, fact_id, next) == edge->event;
		g_array_append_val(calls, call);
	}
	if (has_facts)
		add_external_calls(program, caller, calls);
}

static bool write_calls(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;
	g_autoptr(GArray) calls = g_array_new(FALSE, FALSE, sizeof(struct call));

	for (uint32_t caller = 0; caller < program->function_count; caller++) {
		guint count;

		collect_calls(program, caller, calls);
		count = join_calls(calls);
		for (guint i = 0; i < count; i++)
			if (!write_call(writer, caller, &g_array_index(calls, struct call, i),
					error))
				return false;
	}
	return true;
}

static bool write_unresolved(struct writer *writer, GError **error)
{
	const struct program *program = writer->run->program;

	for (guint i = 0; i < program->unresolved_count; i++) {
		const struct program_unresolved *call = &program->unresolved[i];
		const struct program_function *function = &program->functions[call->function];
		struct event_place at = locate(program, function->unit, call->event);
		g_autofree char *place = place_text(program, call->place);
		const char *kind = call->via ? "registration" : "call";
		gint64 id;

		if (!writer_program_function(writer, call->function, &id, error) ||
		    !writer_run(writer, error,
				"INSERT OR REPLACE INTO unresolved_call(function_id, n, line,"
				" col, place, targets, reason, outside, kind, via)"
				" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				"iuuusususs", id, i, at.line, at.column, place, call->target_count,
				call->reason, call->outside, kind, call->via))
			return false;
	}
	return true;
}

/* A partial run replaces only what it saw: the functions of its files. */
static bool forget_files(struct writer *writer, GError **error)
{
	static const char *const statements[] = {
		"DELETE FROM continuation WHERE file_id = ?1 OR function_id IN"
		" (SELECT function_id FROM function WHERE file_id = ?1)",
		"DELETE FROM call_edge WHERE caller_id IN"
		" (SELECT function_id FROM function WHERE file_id = ?1)",
		"DELETE FROM unresolved_call WHERE function_id IN"
		" (SELECT function_id FROM function WHERE file_id = ?1)",
		"DELETE FROM definition WHERE function_id IN"
		" (SELECT function_id FROM function WHERE file_id = ?1)",
	};
	const struct program *program = writer->run->program;
	g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);

	for (uint32_t i = 0; i < program->function_count; i++) {
		const char *file = program->functions[i].file;
		gint64 file_id;

		if (!file || !g_hash_table_add(done, (gpointer)file))
			continue;
		if (!writer_file(writer, file, &file_id, error))
			return false;
		for (guint j = 0; j < G_N_ELEMENTS(statements); j++)
			if (!writer_run(writer, error, statements[j], "i", file_id))
				return false;
	}
	return true;
}

static bool forget_all(struct writer *writer, GError **error)
{
	return store_exec(writer->store,
			  "DELETE FROM continuation; DELETE FROM call_edge;"
			  "DELETE FROM unresolved_call; DELETE FROM definition",
			  error);
}

bool store_write_graph(struct writer *writer, GError **error)
{
	bool ok = writer->run->partial ? forget_files(writer, error) : forget_all(writer, error);

	return ok && write_definitions(writer, error) && write_continuations(writer, error) &&
	       write_costs(writer, error) && write_calls(writer, error) &&
	       write_unresolved(writer, error);
}
