/* Facts as text for people: one row a line, names instead of indices, the events of a function
 * indented by what encloses them. Values are printed like C with marks that tell what a name is:
 * %x a local, $x a parameter, &f a function's address, ops::cb a field whose object is not known,
 * p->ops::cb a field of p, [7] the result of event 7 of the same function. */
#include "analyzer/facts.h"

#include <string.h>

static const char *const symbol_kinds[] = {"function", "variable", "field", "typedef"};
static const char *const linkages[] = {"-", "internal", "external"};
static const char *const loops[] = {"for", "while", "do"};
static const char *const bounds[] = {"none", "constant", "place", "list", "string", "call"};

static const char *const operators[] = {
	[FACT_OP_NONE] = "",       [FACT_OP_ADD] = "+",       [FACT_OP_SUB] = "-",
	[FACT_OP_MUL] = "*",       [FACT_OP_DIV] = "/",       [FACT_OP_REM] = "%",
	[FACT_OP_SHL] = "<<",      [FACT_OP_SHR] = ">>",      [FACT_OP_AND] = "&",
	[FACT_OP_OR] = "|",        [FACT_OP_XOR] = "^",       [FACT_OP_LT] = "<",
	[FACT_OP_GT] = ">",        [FACT_OP_LE] = "<=",       [FACT_OP_GE] = ">=",
	[FACT_OP_EQ] = "==",       [FACT_OP_NE] = "!=",       [FACT_OP_LAND] = "&&",
	[FACT_OP_LOR] = "||",      [FACT_OP_NEG] = "-",       [FACT_OP_NOT] = "~",
	[FACT_OP_LNOT] = "!",      [FACT_OP_PRE_INC] = "++",  [FACT_OP_PRE_DEC] = "--",
	[FACT_OP_POST_INC] = "++", [FACT_OP_POST_DEC] = "--",
};

struct flag_name {
	uint32_t flag;
	const char *name;
};

static const struct flag_name symbol_flags[] = {{FACT_SYMBOL_NORETURN, "noreturn"},
						{FACT_SYMBOL_VARIADIC, "variadic"},
						{FACT_SYMBOL_CALLABLE, "callable"},
						{FACT_SYMBOL_SYSTEM, "system"},
						{FACT_SYMBOL_INLINE, "inline"},
						{FACT_SYMBOL_CONSTRUCTOR, "constructor"},
						{FACT_SYMBOL_DESTRUCTOR, "destructor"},
						{FACT_SYMBOL_NONBLOCKING, "nonblocking"},
						{FACT_SYMBOL_BLOCKING, "blocking"},
						{FACT_SYMBOL_UNION_FIELD, "union"},
						{FACT_SYMBOL_CONST, "const"},
						{FACT_SYMBOL_VOLATILE, "volatile"},
						{FACT_SYMBOL_POINTER, "pointer"},
						{FACT_SYMBOL_ADDRESS_TAKEN, "address"},
						{0, NULL}};
static const struct flag_name file_flags[] = {{FACT_FILE_MAIN, "main"},
					      {FACT_FILE_SYSTEM, "system"},
					      {FACT_FILE_IN_ROOT, "root"},
					      {0, NULL}};
static const struct flag_name event_flags[] = {{FACT_EVENT_MACRO, "macro"},
					       {FACT_EVENT_RESULT_USED, "used"},
					       {FACT_EVENT_RESULT_VOID, "void"},
					       {FACT_EVENT_NORETURN, "noreturn"},
					       {0, NULL}};

struct printer {
	const struct facts *facts;
	const struct fact_function *function;
	GString *out;
};

static void print_flags(GString *out, const struct flag_name *names, uint32_t flags)
{
	for (; names->name; names++)
		if (flags & names->flag)
			g_string_append_printf(out, " %s", names->name);
}

/* Strings can hold anything; a line of output stays a line. */
static void print_quoted(GString *out, const char *text)
{
	g_autofree char *escaped = g_strescape(text, NULL);

	g_string_append_printf(out, "\"%s\"", escaped);
}

static void print_loc(const struct printer *printer, fact_id id)
{
	const struct fact_loc *loc;
	const struct fact_file *file;

	if (id == FACT_NONE) {
		g_string_append_c(printer->out, '-');
		return;
	}
	loc = facts_row(printer->facts, locs, struct fact_loc, id);
	file = facts_row(printer->facts, files, struct fact_file, loc->file);
	g_string_append_printf(printer->out, "%s:%u:%u", facts_string(printer->facts, file->path),
			       loc->line, loc->column);
}

static void print_symbol(const struct printer *printer, fact_id id)
{
	const struct fact_symbol *symbol =
		facts_row(printer->facts, symbols, struct fact_symbol, id);

	if (symbol->owner != FACT_NONE)
		g_string_append_printf(printer->out,
				       "%s::", facts_string(printer->facts, symbol->owner));
	g_string_append(printer->out, facts_string(printer->facts, symbol->name));
}

static void print_variable(const struct printer *printer, char mark, const GArray *rows,
			   uint32_t row, uint32_t number)
{
	const struct fact_param *variable = &g_array_index(rows, struct fact_param, row);

	if (variable->name == FACT_NONE)
		g_string_append_printf(printer->out, "%c#%u", mark, number);
	else
		g_string_append_printf(printer->out, "%c%s", mark,
				       facts_string(printer->facts, variable->name));
}

static void print_value(const struct printer *printer, fact_id id)
{
	const struct facts *facts = printer->facts;
	const struct fact_value *value;
	GString *out = printer->out;

	if (id == FACT_NONE) {
		g_string_append_c(out, '-');
		return;
	}
	value = facts_row(facts, values, struct fact_value, id);
	switch ((enum fact_value_kind)value->kind) {
	case FACT_VALUE_UNKNOWN:
		g_string_append_c(out, '?');
		return;
	case FACT_VALUE_INT:
		g_string_append_printf(out, "%" G_GINT64_FORMAT, value->number);
		return;
	case FACT_VALUE_NULL:
		g_string_append(out, "null");
		return;
	case FACT_VALUE_STRING:
		print_quoted(out, facts_string(facts, value->a));
		return;
	case FACT_VALUE_FUNCTION:
		g_string_append_c(out, '&');
		print_symbol(printer, value->a);
		return;
	case FACT_VALUE_VARIABLE:
		print_symbol(printer, value->a);
		return;
	case FACT_VALUE_LOCAL:
		print_variable(printer, '%', facts->locals,
			       printer->function->first_local + value->a, value->a);
		return;
	case FACT_VALUE_PARAM:
		print_variable(printer, '$', facts->params,
			       printer->function->first_param + value->a, value->a);
		return;
	case FACT_VALUE_FIELD:
		if (value->b != FACT_NONE) {
			print_value(printer, value->b);
			g_string_append(out, "->");
		}
		print_symbol(printer, value->a);
		return;
	case FACT_VALUE_ELEMENT:
		print_value(printer, value->a);
		g_string_append_c(out, '[');
		print_value(printer, value->b);
		g_string_append_c(out, ']');
		return;
	case FACT_VALUE_DEREF:
		g_string_append(out, "*(");
		print_value(printer, value->a);
		g_string_append_c(out, ')');
		return;
	case FACT_VALUE_ADDRESS:
		g_string_append(out, "&(");
		print_value(printer, value->a);
		g_string_append_c(out, ')');
		return;
	case FACT_VALUE_CALL:
		g_string_append_printf(out, "[%u]", value->a - printer->function->first_event);
		return;
	case FACT_VALUE_UNARY:
		if (value->op != FACT_OP_POST_INC && value->op != FACT_OP_POST_DEC)
			g_string_append(out, operators[value->op]);
		print_value(printer, value->a);
		if (value->op == FACT_OP_POST_INC || value->op == FACT_OP_POST_DEC)
			g_string_append(out, operators[value->op]);
		return;
	case FACT_VALUE_BINARY:
		g_string_append_c(out, '(');
		print_value(printer, value->a);
		g_string_append_printf(out, " %s ", operators[value->op]);
		print_value(printer, value->b);
		g_string_append_c(out, ')');
		return;
	case FACT_VALUE_CHOICE:
		g_string_append_c(out, '(');
		print_value(printer, value->c);
		g_string_append(out, " ? ");
		print_value(printer, value->a);
		g_string_append(out, " : ");
		print_value(printer, value->b);
		g_string_append_c(out, ')');
		return;
	}
}

static void print_call(const struct printer *printer, const struct fact_event *event)
{
	g_string_append(printer->out, "call ");
	print_value(printer, event->a);
	g_string_append_c(printer->out, '(');
	for (uint32_t i = 0; i < event->c; i++) {
		if (i)
			g_string_append(printer->out, ", ");
		print_value(printer, *facts_row(printer->facts, arguments, fact_id, event->b + i));
	}
	g_string_append_c(printer->out, ')');
	print_flags(printer->out, event_flags, event->flags);
}

static void print_loop(const struct printer *printer, const struct fact_event *event)
{
	g_string_append_printf(printer->out, "loop %s ", loops[event->op]);
	print_value(printer, event->a);
	g_string_append_printf(printer->out, ", bound %s", bounds[event->c]);
	if (event->b == FACT_NONE)
		return;
	g_string_append_c(printer->out, ' ');
	print_value(printer, event->b);
}

/* `word` and the values that follow it. */
static void print_words(const struct printer *printer, const char *word, fact_id first,
			fact_id second)
{
	g_string_append(printer->out, word);
	if (first != FACT_NONE) {
		g_string_append_c(printer->out, ' ');
		print_value(printer, first);
	}
	if (second != FACT_NONE) {
		g_string_append(printer->out, " to ");
		print_value(printer, second);
	}
}

static void print_event(const struct printer *printer, const struct fact_event *event)
{
	GString *out = printer->out;

	switch ((enum fact_event_kind)event->kind) {
	case FACT_EVENT_CALL:
		print_call(printer, event);
		return;
	case FACT_EVENT_ASSIGN:
		print_value(printer, event->a);
		g_string_append_printf(out, " %s= ", operators[event->op]);
		print_value(printer, event->b);
		return;
	case FACT_EVENT_LOOP:
		print_loop(printer, event);
		return;
	case FACT_EVENT_LOOP_END:
		g_string_append(out, "end loop");
		return;
	case FACT_EVENT_BRANCH:
		print_words(printer, "if", event->a, FACT_NONE);
		return;
	case FACT_EVENT_ELSE:
		g_string_append(out, "else");
		return;
	case FACT_EVENT_BRANCH_END:
		g_string_append(out, "end if");
		return;
	case FACT_EVENT_SWITCH:
		print_words(printer, "switch", event->a, FACT_NONE);
		return;
	case FACT_EVENT_CASE:
		print_words(printer, event->a == FACT_NONE ? "default" : "case", event->a,
			    event->b);
		return;
	case FACT_EVENT_SWITCH_END:
		g_string_append(out, "end switch");
		return;
	case FACT_EVENT_RETURN:
		print_words(printer, "return", event->a, FACT_NONE);
		return;
	case FACT_EVENT_GOTO:
		g_string_append_printf(
			out, "goto %s",
			event->a == FACT_NONE ? "*" : facts_string(printer->facts, event->a));
		return;
	case FACT_EVENT_LABEL:
		g_string_append_printf(out, "label %s", facts_string(printer->facts, event->a));
		return;
	case FACT_EVENT_BREAK:
		g_string_append(out, "break");
		return;
	case FACT_EVENT_CONTINUE:
		g_string_append(out, "continue");
		return;
	case FACT_EVENT_READ:
		print_words(printer, event->b ? "read void" : "read", event->a, FACT_NONE);
		return;
	}
}

static bool closes(uint16_t kind)
{
	return kind == FACT_EVENT_LOOP_END || kind == FACT_EVENT_ELSE ||
	       kind == FACT_EVENT_BRANCH_END || kind == FACT_EVENT_SWITCH_END;
}

static bool opens(uint16_t kind)
{
	return kind == FACT_EVENT_LOOP || kind == FACT_EVENT_ELSE || kind == FACT_EVENT_BRANCH ||
	       kind == FACT_EVENT_SWITCH;
}

static void print_events(const struct printer *printer)
{
	const struct fact_function *function = printer->function;
	int depth = 0;

	for (uint32_t i = 0; i < function->event_count; i++) {
		const struct fact_event *event = facts_row(
			printer->facts, events, struct fact_event, function->first_event + i);

		depth -= closes(event->kind);
		g_string_append_printf(printer->out, "    %4u  ", i);
		print_loc(printer, event->loc);
		if (event->spelling != event->loc) {
			g_string_append(printer->out, " <- ");
			print_loc(printer, event->spelling);
		}
		g_string_append_printf(printer->out, "  %*s", depth * 2, "");
		print_event(printer, event);
		if (event->text != FACT_NONE) {
			g_string_append(printer->out, "  `");
			g_string_append(printer->out, facts_string(printer->facts, event->text));
			g_string_append_c(printer->out, '`');
		}
		g_string_append_c(printer->out, '\n');
		depth += opens(event->kind);
	}
}

static void print_variables(const struct printer *printer, const char *word, const GArray *rows,
			    uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct fact_param *row = &g_array_index(rows, struct fact_param, first + i);

		g_string_append_printf(printer->out, "  %-6s %3u  %-20s  %s", word, i,
				       facts_string(printer->facts, row->name),
				       facts_string(printer->facts, row->type));
		print_flags(printer->out, symbol_flags, row->flags);
		g_string_append_c(printer->out, '\n');
	}
}

static void print_functions(struct printer *printer)
{
	const GArray *functions = printer->facts->functions;

	for (guint i = 0; i < functions->len; i++) {
		const struct fact_function *function =
			&g_array_index(functions, struct fact_function, i);

		printer->function = function;
		if (function->symbol == FACT_NONE) {
			g_string_append(printer->out, "\nfile scope\n");
		} else {
			g_string_append(printer->out, "\nfunction ");
			print_symbol(printer, function->symbol);
			g_string_append(printer->out, "  ");
			print_loc(printer, function->begin);
			g_string_append(printer->out, " - ");
			print_loc(printer, function->end);
			g_string_append_c(printer->out, '\n');
		}
		print_variables(printer, "param", printer->facts->params, function->first_param,
				function->param_count);
		print_variables(printer, "local", printer->facts->locals, function->first_local,
				function->local_count);
		print_events(printer);
	}
}

static void print_files(const struct printer *printer)
{
	const struct facts *facts = printer->facts;

	g_string_append(printer->out, "\nfiles\n");
	for (guint i = 0; i < facts->files->len; i++) {
		const struct fact_file *file = facts_row(facts, files, struct fact_file, i);

		g_string_append_printf(
			printer->out, "  %016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x  %s",
			file->hash_high, file->hash_low, facts_string(facts, file->path));
		print_flags(printer->out, file_flags, file->flags);
		g_string_append_c(printer->out, '\n');
	}
}

static void print_symbols(const struct printer *printer)
{
	const struct facts *facts = printer->facts;

	g_string_append(printer->out, "\nsymbols\n");
	for (guint i = 0; i < facts->symbols->len; i++) {
		const struct fact_symbol *symbol = facts_row(facts, symbols, struct fact_symbol, i);

		g_string_append_printf(printer->out, "  %-8s  %-8s  ", symbol_kinds[symbol->kind],
				       linkages[symbol->linkage]);
		print_symbol(printer, i);
		g_string_append_printf(printer->out, "  `%s`  %s  ",
				       facts_string(facts, symbol->type),
				       facts_string(facts, symbol->usr));
		print_loc(printer, symbol->loc);
		print_flags(printer->out, symbol_flags, symbol->flags);
		if (symbol->twin != FACT_NONE) {
			g_string_append(printer->out, "  twin ");
			print_symbol(printer, symbol->twin);
		}
		g_string_append_c(printer->out, '\n');
	}
}

static void print_annotations(const struct printer *printer)
{
	static const char *const kinds[] = {"continuation", "may_block", "nonblocking",
					    "runs_on",      "budget_us", "other"};
	const struct facts *facts = printer->facts;

	if (facts->annotations->len)
		g_string_append(printer->out, "\nannotations\n");
	for (guint i = 0; i < facts->annotations->len; i++) {
		const struct fact_annotation *row =
			facts_row(facts, annotations, struct fact_annotation, i);

		g_string_append_printf(printer->out, "  %-12s  ", kinds[row->kind]);
		print_symbol(printer, row->symbol);
		if (row->text != FACT_NONE) {
			g_string_append_c(printer->out, ' ');
			print_quoted(printer->out, facts_string(facts, row->text));
		}
		if (row->kind == FACT_ANNOTATION_BUDGET_US)
			g_string_append_printf(printer->out, " %u", row->number);
		else if (row->number)
			g_string_append_printf(printer->out, " parameter %u", row->number);
		g_string_append_c(printer->out, '\n');
	}
}

static void print_suppressions(const struct printer *printer)
{
	static const char *const kinds[] = {"line", "next-line", "begin", "end", "file"};
	const struct facts *facts = printer->facts;

	if (facts->suppressions->len)
		g_string_append(printer->out, "\nsuppressions\n");
	for (guint i = 0; i < facts->suppressions->len; i++) {
		const struct fact_suppression *row =
			facts_row(facts, suppressions, struct fact_suppression, i);

		g_string_append_printf(printer->out, "  %-9s  ", kinds[row->kind]);
		print_loc(printer, row->loc);
		if (row->kind == FACT_SUPPRESS_NEXT_LINE)
			g_string_append_printf(printer->out, " for %u", row->about);
		g_string_append_printf(printer->out, "  %s", facts_string(facts, row->rule));
		if (row->reason != FACT_NONE) {
			g_string_append_c(printer->out, ' ');
			print_quoted(printer->out, facts_string(facts, row->reason));
		}
		g_string_append_c(printer->out, '\n');
	}
}

static void print_diagnostics(const struct printer *printer)
{
	const struct facts *facts = printer->facts;

	if (facts->diagnostics->len)
		g_string_append(printer->out, "\ndiagnostics\n");
	for (guint i = 0; i < facts->diagnostics->len; i++) {
		const struct fact_diagnostic *row =
			facts_row(facts, diagnostics, struct fact_diagnostic, i);

		g_string_append_printf(printer->out, "  %-5s  ",
				       row->severity > 3 ? "fatal" : "error");
		print_loc(printer, row->loc);
		g_string_append_c(printer->out, ' ');
		print_quoted(printer->out, facts_string(facts, row->text));
		g_string_append_c(printer->out, '\n');
	}
}

void facts_print(const struct facts *facts, GString *out)
{
	struct printer printer = {.facts = facts, .out = out};

	g_string_append_printf(out, "facts version %d\ncommand  %s\ntarget   %s\n", FACTS_VERSION,
			       facts_string(facts, facts->command),
			       facts_string(facts, facts->target));
	print_files(&printer);
	print_symbols(&printer);
	print_functions(&printer);
	print_annotations(&printer);
	print_suppressions(&printer);
	print_diagnostics(&printer);
}
