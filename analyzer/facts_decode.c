/* Bytes -> facts. The bytes come from a cache or another machine and are hostile: a wrong index
 * would be a read out of bounds in whoever walks the tables later, a cycle or an endlessly shared
 * operand would hang it. Everything is loaded by memcpy and then checked once, table by table,
 * by the little descriptions below. */
#include "analyzer/facts.h"

#include <string.h>
#include <xxhash.h>

#include "analyzer/facts_tables.h"

/* What a member of a row must be. */
enum need {
	NEED_NOTHING, /* not used by this kind of row */
	NEED_STRING,
	NEED_STRING_OR_NONE,
	NEED_SYMBOL,
	NEED_VALUE,
	NEED_VALUE_OR_NONE,
	NEED_EVENT,
	NEED_LOCAL, /* checked where the function is known */
	NEED_PARAM,
	NEED_ARGUMENT, /* first of a range of arguments */
	NEED_ARGUMENT_COUNT,
	NEED_BOUND, /* enum fact_bound */
	NEED_FLAG,  /* 0 or 1 */
};

struct needs {
	uint8_t a, b, c;  /* enum need */
	uint8_t op_limit; /* op must be below */
};

#define OPERATORS (FACT_OP_POST_DEC + 1)

static const struct needs value_needs[] = {
	[FACT_VALUE_UNKNOWN] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_INT] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_NULL] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_STRING] = {NEED_STRING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_FUNCTION] = {NEED_SYMBOL, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_VARIABLE] = {NEED_SYMBOL, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_LOCAL] = {NEED_LOCAL, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_PARAM] = {NEED_PARAM, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_FIELD] = {NEED_SYMBOL, NEED_VALUE_OR_NONE, NEED_NOTHING, 1},
	[FACT_VALUE_ELEMENT] = {NEED_VALUE, NEED_VALUE_OR_NONE, NEED_NOTHING, 1},
	[FACT_VALUE_DEREF] = {NEED_VALUE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_ADDRESS] = {NEED_VALUE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_CALL] = {NEED_EVENT, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_VALUE_UNARY] = {NEED_VALUE, NEED_NOTHING, NEED_NOTHING, OPERATORS},
	[FACT_VALUE_BINARY] = {NEED_VALUE, NEED_VALUE, NEED_NOTHING, OPERATORS},
	[FACT_VALUE_CHOICE] = {NEED_VALUE, NEED_VALUE, NEED_VALUE, 1},
};

static const struct needs event_needs[] = {
	[FACT_EVENT_CALL] = {NEED_VALUE, NEED_ARGUMENT, NEED_ARGUMENT_COUNT, 1},
	[FACT_EVENT_ASSIGN] = {NEED_VALUE, NEED_VALUE, NEED_NOTHING, OPERATORS},
	[FACT_EVENT_LOOP] = {NEED_VALUE_OR_NONE, NEED_VALUE_OR_NONE, NEED_BOUND, FACT_LOOP_DO + 1},
	[FACT_EVENT_LOOP_END] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_BRANCH] = {NEED_VALUE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_ELSE] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_BRANCH_END] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_SWITCH] = {NEED_VALUE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_CASE] = {NEED_VALUE_OR_NONE, NEED_VALUE_OR_NONE, NEED_NOTHING, 1},
	[FACT_EVENT_SWITCH_END] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_RETURN] = {NEED_VALUE_OR_NONE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_GOTO] = {NEED_STRING_OR_NONE, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_LABEL] = {NEED_STRING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_BREAK] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_CONTINUE] = {NEED_NOTHING, NEED_NOTHING, NEED_NOTHING, 1},
	[FACT_EVENT_READ] = {NEED_VALUE, NEED_FLAG, NEED_NOTHING, 1},
};

/* What the tree under a value reaches, so that events can be checked against their function. */
struct reach {
	uint32_t locals, params;       /* highest number used, plus one */
	uint32_t event_low, event_end; /* calls named: [low, end) or [UINT32_MAX, 0) */
	uint32_t depth, size;
};

struct checker {
	struct facts *facts;
	const char *name;
	GError **error;
	struct reach *reach; /* one a value */
	uint32_t strings, locs, symbols, values, arguments, events;
	uint8_t nesting[FACTS_NESTING]; /* open LOOP, BRANCH, ELSE and SWITCH events */
};

static bool bad(struct checker *checker, const char *table, guint row, const char *problem)
{
	g_set_error(checker->error, FACTS_ERROR, FACTS_ERROR_BAD, "%s: row %u of table %s %s",
		    checker->name, row, table, problem);
	return false;
}

static bool optional(uint32_t id, uint32_t limit)
{
	return id < limit || id == FACT_NONE;
}

static bool range(uint32_t first, uint32_t count, uint32_t limit)
{
	return first <= limit && count <= limit - first;
}

/* `values` is how many values may be named here: all, or those before the row itself. */
static bool meets(const struct checker *checker, uint8_t need, uint32_t member, uint32_t values)
{
	switch ((enum need)need) {
	case NEED_NOTHING:
	case NEED_LOCAL:
	case NEED_PARAM:
	case NEED_ARGUMENT_COUNT:
		return true;
	case NEED_STRING:
		return member < checker->strings;
	case NEED_STRING_OR_NONE:
		return optional(member, checker->strings);
	case NEED_SYMBOL:
		return member < checker->symbols;
	case NEED_VALUE:
		return member < values;
	case NEED_VALUE_OR_NONE:
		return optional(member, values);
	case NEED_EVENT:
		return member < checker->events;
	case NEED_ARGUMENT:
		return member <= checker->arguments;
	case NEED_BOUND:
		return member <= FACT_BOUND_CALL;
	case NEED_FLAG:
		return member <= 1;
	}
	return false;
}

static void reach_add(struct reach *reach, const struct reach *operand)
{
	reach->locals = MAX(reach->locals, operand->locals);
	reach->params = MAX(reach->params, operand->params);
	reach->event_low = MIN(reach->event_low, operand->event_low);
	reach->event_end = MAX(reach->event_end, operand->event_end);
	reach->depth = MAX(reach->depth, operand->depth + 1);
	reach->size += operand->size; /* each is at most FACTS_VALUE_SIZE: no overflow */
}

static bool is_value(uint8_t need, uint32_t member)
{
	return need == NEED_VALUE || (need == NEED_VALUE_OR_NONE && member != FACT_NONE);
}

static void reach_of(struct checker *checker, const struct fact_value *value,
		     const struct needs *needs, struct reach *reach)
{
	*reach = (struct reach){.event_low = UINT32_MAX, .depth = 1, .size = 1};
	if (is_value(needs->a, value->a))
		reach_add(reach, &checker->reach[value->a]);
	if (is_value(needs->b, value->b))
		reach_add(reach, &checker->reach[value->b]);
	if (is_value(needs->c, value->c))
		reach_add(reach, &checker->reach[value->c]);
	if (value->kind == FACT_VALUE_LOCAL)
		reach->locals = value->a < UINT32_MAX ? value->a + 1 : UINT32_MAX;
	if (value->kind == FACT_VALUE_PARAM)
		reach->params = value->a < UINT32_MAX ? value->a + 1 : UINT32_MAX;
	if (value->kind == FACT_VALUE_CALL) {
		reach->event_low = value->a;
		reach->event_end = value->a + 1;
	}
}

static bool right_symbol(const struct checker *checker, const struct fact_value *value)
{
	static const uint8_t kinds[] = {
		[FACT_VALUE_FUNCTION] = FACT_SYMBOL_FUNCTION,
		[FACT_VALUE_VARIABLE] = FACT_SYMBOL_VARIABLE,
		[FACT_VALUE_FIELD] = FACT_SYMBOL_FIELD,
	};

	return facts_row(checker->facts, symbols, struct fact_symbol, value->a)->kind ==
	       kinds[value->kind];
}

static bool check_value(struct checker *checker, uint32_t row)
{
	const struct fact_value *value = facts_row(checker->facts, values, struct fact_value, row);
	const struct needs *needs;
	struct reach *reach = &checker->reach[row];

	if (value->kind >= G_N_ELEMENTS(value_needs))
		return bad(checker, "values", row, "has a kind that does not exist");
	needs = &value_needs[value->kind];
	if (value->op >= needs->op_limit)
		return bad(checker, "values", row, "has an operator that does not exist");
	if (!meets(checker, needs->a, value->a, row) || !meets(checker, needs->b, value->b, row) ||
	    !meets(checker, needs->c, value->c, row))
		return bad(checker, "values", row, "names something that does not stand before it");
	if (needs->a == NEED_SYMBOL && !right_symbol(checker, value))
		return bad(checker, "values", row, "names a symbol of another kind");
	if (needs->a == NEED_EVENT &&
	    facts_row(checker->facts, events, struct fact_event, value->a)->kind != FACT_EVENT_CALL)
		return bad(checker, "values", row, "is the result of something that is no call");
	reach_of(checker, value, needs, reach);
	if (reach->depth > FACTS_VALUE_DEPTH || reach->size > FACTS_VALUE_SIZE)
		return bad(checker, "values", row, "is too deep or too large");
	return true;
}

static bool check_values(struct checker *checker)
{
	for (uint32_t i = 0; i < checker->values; i++)
		if (!check_value(checker, i))
			return false;
	for (guint i = 0; i < checker->facts->arguments->len; i++)
		if (*facts_row(checker->facts, arguments, fact_id, i) >= checker->values)
			return bad(checker, "arguments", i, "names no value");
	return true;
}

static bool check_event_alone(struct checker *checker, uint32_t row)
{
	const struct fact_event *event = facts_row(checker->facts, events, struct fact_event, row);
	const struct needs *needs;

	if (event->kind >= G_N_ELEMENTS(event_needs))
		return bad(checker, "events", row, "has a kind that does not exist");
	needs = &event_needs[event->kind];
	if (event->op >= needs->op_limit)
		return bad(checker, "events", row, "has an operator that does not exist");
	if (!meets(checker, needs->a, event->a, checker->values) ||
	    !meets(checker, needs->b, event->b, checker->values) ||
	    !meets(checker, needs->c, event->c, checker->values))
		return bad(checker, "events", row, "names something that does not exist");
	if (event->kind == FACT_EVENT_CALL && !range(event->b, event->c, checker->arguments))
		return bad(checker, "events", row, "has arguments outside the table");
	if (!optional(event->loc, checker->locs) || !optional(event->spelling, checker->locs) ||
	    !optional(event->end, checker->locs) || !optional(event->text, checker->strings))
		return bad(checker, "events", row, "has a place or text outside the tables");
	return true;
}

static bool reach_fits(const struct reach *reach, const struct fact_function *function,
		       uint32_t event_end)
{
	return reach->locals <= function->local_count && reach->params <= function->param_count &&
	       (reach->event_end == 0 ||
		(reach->event_low >= function->first_event && reach->event_end <= event_end));
}

/* A call's own operands may name earlier calls only, or following them would never end. */
static bool event_reach_fits(const struct checker *checker, const struct fact_function *function,
			     uint32_t row)
{
	const struct fact_event *event = facts_row(checker->facts, events, struct fact_event, row);
	const struct needs *needs = &event_needs[event->kind];
	bool call = event->kind == FACT_EVENT_CALL;
	uint32_t end = call ? row : function->first_event + function->event_count;

	if (is_value(needs->a, event->a) && !reach_fits(&checker->reach[event->a], function, end))
		return false;
	if (is_value(needs->b, event->b) && !reach_fits(&checker->reach[event->b], function, end))
		return false;
	for (uint32_t i = 0; call && i < event->c; i++) {
		fact_id value = *facts_row(checker->facts, arguments, fact_id, event->b + i);

		if (!reach_fits(&checker->reach[value], function, end))
			return false;
	}
	return true;
}

/* Opens and closes; `*depth` events are open. */
static bool nests(struct checker *checker, uint16_t kind, uint32_t *depth)
{
	uint8_t open = *depth ? checker->nesting[*depth - 1] : UINT8_MAX;

	switch ((enum fact_event_kind)kind) {
	case FACT_EVENT_LOOP:
	case FACT_EVENT_BRANCH:
	case FACT_EVENT_SWITCH:
		if (*depth == FACTS_NESTING)
			return false;
		checker->nesting[(*depth)++] = kind;
		return true;
	case FACT_EVENT_ELSE:
		if (open != FACT_EVENT_BRANCH)
			return false;
		checker->nesting[*depth - 1] = FACT_EVENT_ELSE;
		return true;
	case FACT_EVENT_LOOP_END:
		return open == FACT_EVENT_LOOP && (*depth)-- > 0;
	case FACT_EVENT_BRANCH_END:
		return (open == FACT_EVENT_BRANCH || open == FACT_EVENT_ELSE) && (*depth)-- > 0;
	case FACT_EVENT_SWITCH_END:
		return open == FACT_EVENT_SWITCH && (*depth)-- > 0;
	case FACT_EVENT_CALL:
	case FACT_EVENT_ASSIGN:
	case FACT_EVENT_CASE:
	case FACT_EVENT_RETURN:
	case FACT_EVENT_GOTO:
	case FACT_EVENT_LABEL:
	case FACT_EVENT_BREAK:
	case FACT_EVENT_CONTINUE:
	case FACT_EVENT_READ:
		return true;
	}
	return false;
}

static bool check_function_events(struct checker *checker, const struct fact_function *function)
{
	uint32_t end = function->first_event + function->event_count;
	uint32_t depth = 0;

	for (uint32_t i = function->first_event; i < end; i++) {
		const struct fact_event *event =
			facts_row(checker->facts, events, struct fact_event, i);

		if (!event_reach_fits(checker, function, i))
			return bad(checker, "events", i, "reaches outside its function");
		if (!nests(checker, event->kind, &depth))
			return bad(checker, "events", i, "does not nest");
	}
	if (depth)
		return bad(checker, "events", end - 1, "ends its function inside something");
	return true;
}

static bool check_function(struct checker *checker, uint32_t row)
{
	const struct facts *facts = checker->facts;
	const struct fact_function *function =
		facts_row(facts, functions, struct fact_function, row);

	if (row ? function->symbol >= checker->symbols : function->symbol != FACT_NONE)
		return bad(checker, "functions", row, "has the wrong symbol");
	if (row && facts_row(facts, symbols, struct fact_symbol, function->symbol)->kind !=
			   FACT_SYMBOL_FUNCTION)
		return bad(checker, "functions", row, "names a symbol that is no function");
	if (!optional(function->begin, checker->locs) || !optional(function->end, checker->locs))
		return bad(checker, "functions", row, "stands nowhere");
	if (!range(function->first_param, function->param_count, facts->params->len) ||
	    !range(function->first_local, function->local_count, facts->locals->len) ||
	    !range(function->first_event, function->event_count, checker->events) ||
	    !range(function->first_annotation, function->annotation_count, facts->annotations->len))
		return bad(checker, "functions", row, "has rows outside the tables");
	return true;
}

/* Functions share no rows: together they have at most as many as the tables, which also keeps
 * this check from being quadratic. */
static bool check_functions(struct checker *checker)
{
	const GArray *functions = checker->facts->functions;
	uint64_t event_sum = 0;

	if (functions->len == 0)
		return bad(checker, "functions", 0, "is missing: the file scope");
	for (uint32_t i = 0; i < checker->events; i++)
		if (!check_event_alone(checker, i))
			return false;
	for (guint i = 0; i < functions->len; i++) {
		if (!check_function(checker, i))
			return false;
		event_sum += g_array_index(functions, struct fact_function, i).event_count;
	}
	if (event_sum > checker->events)
		return bad(checker, "functions", 0, "and others share events");
	for (guint i = 0; i < functions->len; i++)
		if (!check_function_events(checker,
					   &g_array_index(functions, struct fact_function, i)))
			return false;
	return true;
}

static bool check_symbols(struct checker *checker)
{
	const struct facts *facts = checker->facts;

	for (uint32_t i = 0; i < checker->symbols; i++) {
		const struct fact_symbol *symbol = facts_row(facts, symbols, struct fact_symbol, i);

		if (symbol->kind > FACT_SYMBOL_TYPEDEF || symbol->linkage > FACT_LINKAGE_EXTERNAL)
			return bad(checker, "symbols", i, "has a kind that does not exist");
		if (symbol->usr >= checker->strings || symbol->name >= checker->strings ||
		    !optional(symbol->owner, checker->strings) ||
		    !optional(symbol->type, checker->strings))
			return bad(checker, "symbols", i, "has a name outside the strings");
		if (!optional(symbol->twin, checker->symbols))
			return bad(checker, "symbols", i, "has a twin that is no symbol");
		if (!optional(symbol->loc, checker->locs))
			return bad(checker, "symbols", i, "stands nowhere");
	}
	return true;
}

static bool check_files(struct checker *checker)
{
	const struct facts *facts = checker->facts;

	if (facts->files->len == 0 ||
	    !(facts_row(facts, files, struct fact_file, 0)->flags & FACT_FILE_MAIN))
		return bad(checker, "files", 0, "is not the main file");
	for (guint i = 0; i < facts->files->len; i++)
		if (facts_row(facts, files, struct fact_file, i)->path >= checker->strings)
			return bad(checker, "files", i, "has no path");
	for (uint32_t i = 0; i < checker->locs; i++) {
		const struct fact_loc *loc = facts_row(facts, locs, struct fact_loc, i);

		if (loc->file >= facts->files->len || loc->line == 0 || loc->column == 0)
			return bad(checker, "locs", i, "is no place in a file");
	}
	return true;
}

static bool check_variables(struct checker *checker, const char *name, const GArray *rows)
{
	for (guint i = 0; i < rows->len; i++) {
		const struct fact_param *param = &g_array_index(rows, struct fact_param, i);

		if (!optional(param->name, checker->strings) ||
		    !optional(param->type, checker->strings))
			return bad(checker, name, i, "has a name outside the strings");
	}
	return true;
}

static bool check_remarks(struct checker *checker)
{
	const struct facts *facts = checker->facts;

	for (guint i = 0; i < facts->annotations->len; i++) {
		const struct fact_annotation *row =
			facts_row(facts, annotations, struct fact_annotation, i);

		if (row->kind > FACT_ANNOTATION_OTHER || row->symbol >= checker->symbols ||
		    !optional(row->text, checker->strings))
			return bad(checker, "annotations", i, "is out of bounds");
	}
	for (guint i = 0; i < facts->suppressions->len; i++) {
		const struct fact_suppression *row =
			facts_row(facts, suppressions, struct fact_suppression, i);

		if (row->kind > FACT_SUPPRESS_FILE || row->loc >= checker->locs ||
		    row->rule >= checker->strings || !optional(row->reason, checker->strings))
			return bad(checker, "suppressions", i, "is out of bounds");
	}
	for (guint i = 0; i < facts->diagnostics->len; i++) {
		const struct fact_diagnostic *row =
			facts_row(facts, diagnostics, struct fact_diagnostic, i);

		if (!optional(row->loc, checker->locs) || row->text >= checker->strings)
			return bad(checker, "diagnostics", i, "is out of bounds");
	}
	return true;
}

static bool is_ascii(const guint8 *bytes, size_t size)
{
	uint64_t high = 0;
	size_t i = 0;

	for (; i + 8 <= size; i += 8) {
		uint64_t word;

		memcpy(&word, bytes + i, 8);
		high |= word;
	}
	for (; i < size; i++)
		high |= bytes[i];
	return !(high & 0x8080808080808080u);
}

static bool check_strings(struct checker *checker)
{
	const struct facts *facts = checker->facts;
	const guint8 *bytes = facts->string_bytes->data;
	uint32_t size = facts->string_bytes->len;
	uint32_t end;

	if (checker->strings == 0)
		return size == 0 || bad(checker, "string_offsets", 0, "is missing");
	if (*facts_row(facts, string_offsets, uint32_t, 0) != 0)
		return bad(checker, "string_offsets", 0, "does not start at the beginning");
	for (uint32_t i = 0; i < checker->strings; i++) {
		uint32_t start = *facts_row(facts, string_offsets, uint32_t, i);

		end = i + 1 < checker->strings ? *facts_row(facts, string_offsets, uint32_t, i + 1)
					       : size;
		if (end <= start || end > size || bytes[end - 1] != '\0')
			return bad(checker, "string_offsets", i, "is not a string");
	}
	if (is_ascii(bytes, size))
		return true;
	for (uint32_t i = 0; i < checker->strings; i++)
		if (!g_utf8_validate(facts_string(facts, i), -1, NULL))
			return bad(checker, "string_offsets", i, "is not UTF-8");
	return true;
}

static bool check(struct checker *checker)
{
	const struct facts *facts = checker->facts;

	if (!optional(facts->command, checker->strings) ||
	    !optional(facts->target, checker->strings))
		return bad(checker, "string_offsets", 0, "is not reached by command or target");
	return check_strings(checker) && check_files(checker) && check_symbols(checker) &&
	       check_variables(checker, "params", facts->params) &&
	       check_variables(checker, "locals", facts->locals) && check_values(checker) &&
	       check_functions(checker) && check_remarks(checker);
}

static bool check_header(const struct facts_header *header, const void *data, size_t size,
			 const char *name, GError **error)
{
	uint64_t wanted = sizeof(*header) + (uint64_t)header->string_size;

	if (header->version != FACTS_VERSION || header->order != FACTS_ORDER) {
		g_set_error(error, FACTS_ERROR, FACTS_ERROR_VERSION,
			    "%s: these facts have another version or byte order; extract again",
			    name);
		return false;
	}
	for (guint i = 0; i < FACTS_TABLE_COUNT; i++)
		wanted += (uint64_t)header->counts[i] * facts_tables[i].row_size;
	if (wanted != size) {
		g_set_error(error, FACTS_ERROR, FACTS_ERROR_BAD,
			    "%s: %zu bytes where %" G_GUINT64_FORMAT
			    " are expected: the facts are cut short or damaged",
			    name, size, wanted);
		return false;
	}
	if (XXH3_64bits((const char *)data + FACTS_CHECKED_FROM, size - FACTS_CHECKED_FROM) !=
	    header->checksum) {
		g_set_error(error, FACTS_ERROR, FACTS_ERROR_BAD,
			    "%s: the facts are damaged: their checksum differs", name);
		return false;
	}
	return true;
}

static struct facts *load(const struct facts_header *header, const char *rows)
{
	struct facts *facts = g_new0(struct facts, 1);

	facts->command = header->command;
	facts->target = header->target;
	for (guint i = 0; i < FACTS_TABLE_COUNT; i++) {
		GArray *array = g_array_sized_new(FALSE, FALSE, facts_tables[i].row_size,
						  header->counts[i]);

		if (header->counts[i])
			g_array_append_vals(array, rows, header->counts[i]);
		*facts_table_of(facts, &facts_tables[i]) = array;
		rows += (size_t)header->counts[i] * facts_tables[i].row_size;
	}
	facts->string_bytes = g_byte_array_sized_new(header->string_size);
	g_byte_array_append(facts->string_bytes, (const guint8 *)rows, header->string_size);
	return facts;
}

static bool check_loaded(struct facts *facts, const char *name, GError **error)
{
	struct checker *checker = g_new(struct checker, 1);
	bool good;

	*checker = (struct checker){
		.facts = facts,
		.name = name,
		.error = error,
		.reach = g_new(struct reach, facts->values->len),
		.strings = facts->string_offsets->len,
		.locs = facts->locs->len,
		.symbols = facts->symbols->len,
		.values = facts->values->len,
		.arguments = facts->arguments->len,
		.events = facts->events->len,
	};
	good = check(checker);
	g_free(checker->reach);
	g_free(checker);
	return good;
}

struct facts *facts_decode(const void *data, size_t size, const char *name, GError **error)
{
	g_autoptr(facts_t) facts = NULL;
	struct facts_header header;

	if (size < sizeof(header) || memcmp(data, FACTS_MAGIC, sizeof(header.magic)) != 0) {
		g_set_error(error, FACTS_ERROR, FACTS_ERROR_BAD, "%s: this is no facts file", name);
		return NULL;
	}
	memcpy(&header, data, sizeof(header));
	if (!check_header(&header, data, size, name, error))
		return NULL;
	facts = load(&header, (const char *)data + sizeof(header));
	return check_loaded(facts, name, error) ? g_steal_pointer(&facts) : NULL;
}
