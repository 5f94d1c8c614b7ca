/* Calls: callee, arguments, and the event that says so. */
#include "analyzer/extract/unit.h"

static fact_id unknown(struct unit *unit)
{
	return value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
}

static void push_argument(struct unit *unit, CXCursor argument)
{
	fact_id value = expression(unit, argument, USE_VALUE);

	g_array_append_val(unit->operands, value);
}

/* The callee that is no plain name, and the arguments, onto the operand stack. */
static fact_id indirect(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	fact_id callee = unknown(unit);

	for (guint i = 0; i < count; i++) {
		if (i == 0)
			callee = expression(unit, kid(unit, first), USE_VALUE);
		else
			push_argument(unit, kid(unit, first + i));
	}
	kids_pop(unit, first);
	return callee;
}

static void direct(struct unit *unit, CXCursor cursor)
{
	int count = clang_Cursor_getNumArguments(cursor);

	for (int i = 0; i < count; i++)
		push_argument(unit, clang_Cursor_getArgument(cursor, i));
}

static fact_id builtin_call(struct unit *unit, CXCursor cursor, enum builtin builtin, enum use use)
{
	int count = clang_Cursor_getNumArguments(cursor);
	fact_id value = unknown(unit);

	for (int i = 0; i < count; i++) {
		CXCursor argument = clang_Cursor_getArgument(cursor, i);

		if (i == 0 && builtin == BUILTIN_FIRST_ARGUMENT)
			value = expression(unit, argument, use);
		else
			read_value(unit, expression(unit, argument, USE_VALUE), argument, false);
	}
	if (value_row(unit, value)->kind == FACT_VALUE_INT)
		return value_convert(unit, value, clang_getCursorType(cursor));
	return value;
}

static uint8_t call_flags(struct unit *unit, fact_id callee, enum use use)
{
	const struct fact_value *value = value_row(unit, callee);
	uint8_t flags = use == USE_VALUE ? FACT_EVENT_RESULT_USED : 0;

	if (use == USE_VOID)
		flags |= FACT_EVENT_RESULT_VOID;
	if (value->kind == FACT_VALUE_FUNCTION &&
	    facts_row(unit->facts, symbols, struct fact_symbol, value->a)->flags &
		    FACT_SYMBOL_NORETURN)
		flags |= FACT_EVENT_NORETURN;
	return flags;
}

static fact_id result(struct unit *unit, guint row, enum use use)
{
	fact_id value;

	if (use != USE_VALUE)
		return unknown(unit);
	value = value_new(unit, FACT_VALUE_CALL, row, FACT_NONE);
	if (unit->events == unit->file_scope)
		g_array_append_val(unit->file_scope_calls, value);
	return value;
}

fact_id call_expression(struct unit *unit, CXCursor cursor, enum use use)
{
	CXCursor target = clang_getCursorReferenced(cursor);
	const struct decl *decl =
		target.kind == CXCursor_FunctionDecl ? decl_of(unit, target) : NULL;
	guint first = unit->operands->len, count, row;
	struct fact_event *event;
	fact_id callee;

	if (decl && decl->kind == DECL_BUILTIN)
		return builtin_call(unit, cursor, decl->symbol, use);
	if (decl && decl->returns_callable)
		decl = NULL; /* get()(1) is said to refer to get, too */
	if (decl) {
		callee = decl->value;
		direct(unit, cursor);
	} else {
		callee = indirect(unit, cursor);
	}
	count = unit->operands->len - first;
	row = event_add(unit, FACT_EVENT_CALL, cursor, callee, unit->facts->arguments->len, count);
	if (count)
		g_array_append_vals(unit->facts->arguments,
				    &g_array_index(unit->operands, fact_id, first), count);
	g_array_set_size(unit->operands, first);
	event = event_row(unit, row);
	event->flags |= call_flags(unit, callee, use);
	locate_extent(unit, cursor, event, true);
	return result(unit, row, use);
}
