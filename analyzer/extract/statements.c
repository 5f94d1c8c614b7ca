/* Statements -> events in source order, structured by begins and ends. */
#include <string.h>

#include "analyzer/extract/unit.h"

static fact_id label_of(struct unit *unit, CXCursor cursor)
{
	CXString name = clang_getCursorSpelling(cursor);
	fact_id id = facts_intern(unit->facts, clang_getCString(name));

	clang_disposeString(name);
	return id;
}

/* The only or first child of a wanted kind; null cursor if there is none. */
static CXCursor only_kid(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	CXCursor found = count ? kid(unit, first) : clang_getNullCursor();

	kids_pop(unit, first);
	return found;
}

static void all_kids(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);

	for (guint i = first; i < first + count; i++)
		statement(unit, kid(unit, i));
	kids_pop(unit, first);
}

/* The parameters of a[n] are read for the array's size. */
static void array_size(struct unit *unit, CXCursor cursor, CXCursor init)
{
	guint count, first = kids_push(unit, cursor, &count);

	for (guint i = first; i < first + count; i++)
		if (is_expression(kid(unit, i)) && !clang_equalCursors(kid(unit, i), init))
			expression_discard(unit, kid(unit, i));
	kids_pop(unit, first);
}

static void local(struct unit *unit, CXCursor cursor)
{
	CXType type = clang_getCursorType(cursor);
	CXCursor init = clang_Cursor_getVarDeclInitializer(cursor);
	CXString name = clang_getCursorSpelling(cursor);
	struct decl decl = {.cursor = cursor, .kind = DECL_VALUE, .symbol = FACT_NONE};

	decl.value = value_new(unit, FACT_VALUE_LOCAL,
			       local_add(unit, clang_getCString(name), type), FACT_NONE);
	clang_disposeString(name);
	decl.is_data = is_data(unit, cursor);
	decl_map_add(&unit->decls, &decl);
	if (type.kind == CXType_VariableArray)
		array_size(unit, cursor, init);
	if (!clang_Cursor_isNull(init))
		initialize(unit, decl.value, type, init);
	cleanup_declared(unit, cursor);
}

void variable(struct unit *unit, CXCursor cursor)
{
	switch (clang_Cursor_getStorageClass(cursor)) {
	case CX_SC_Extern:
	case CX_SC_PrivateExtern:
		return;
	case CX_SC_Static:
		static_initializer(unit, cursor);
		return;
	case CX_SC_Invalid:
	case CX_SC_None:
	case CX_SC_OpenCLWorkGroupLocal:
	case CX_SC_Auto:
	case CX_SC_Register:
		local(unit, cursor);
		return;
	}
}

void static_initializer(struct unit *unit, CXCursor cursor)
{
	CXCursor init = clang_Cursor_getVarDeclInitializer(cursor);
	const struct decl *decl;
	GArray *events = unit->events;
	bool in_function = unit->in_function;

	if (clang_Cursor_isNull(init) || !(decl = decl_of(unit, cursor)))
		return;
	unit->events = unit->file_scope;
	unit->in_function = false;
	initialize(unit, decl->value, clang_getCursorType(cursor), init);
	unit->events = events;
	unit->in_function = in_function;
}

/* if … else if … else, without recursion: such chains are long in generated code. */
static void if_statement(struct unit *unit, CXCursor cursor)
{
	GArray *open = g_array_new(FALSE, FALSE, sizeof(bool));
	CXCursor first_if = cursor;

	while (cursor.kind == CXCursor_IfStmt) {
		guint count, first = kids_push(unit, cursor, &count);
		CXCursor other = clang_getNullCursor();

		if (count >= 2) {
			fact_id condition = expression(unit, kid(unit, first), USE_VALUE);
			bool is_open = block_open(unit, FACT_EVENT_BRANCH, cursor, condition);

			g_array_append_val(open, is_open);
			statement(unit, kid(unit, first + 1));
			if (count >= 3) {
				other = kid(unit, first + 2);
				block_else(unit, cursor, is_open);
			}
		}
		kids_pop(unit, first);
		cursor = other;
	}
	if (!clang_Cursor_isNull(cursor))
		statement(unit, cursor);
	for (guint i = open->len; i > 0; i--)
		block_close(unit, FACT_EVENT_BRANCH_END, first_if,
			    g_array_index(open, bool, i - 1));
	g_array_unref(open);
}

static void switch_statement(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	bool is_open;

	if (count == 2) {
		fact_id value = expression(unit, kid(unit, first), USE_VALUE);

		is_open = block_open(unit, FACT_EVENT_SWITCH, cursor, value);
		statement(unit, kid(unit, first + 1));
		block_close(unit, FACT_EVENT_SWITCH_END, cursor, is_open);
	}
	kids_pop(unit, first);
}

/* case 1: case 2: … nest in the tree; they are a row of events here. */
static void case_statement(struct unit *unit, CXCursor cursor)
{
	while (cursor.kind == CXCursor_CaseStmt || cursor.kind == CXCursor_DefaultStmt) {
		guint count, first = kids_push(unit, cursor, &count);
		CXCursor body = count ? kid(unit, first + count - 1) : clang_getNullCursor();
		fact_id low = FACT_NONE, high = FACT_NONE;

		if (cursor.kind == CXCursor_CaseStmt && count >= 2)
			low = expression(unit, kid(unit, first), USE_VALUE);
		if (cursor.kind == CXCursor_CaseStmt && count >= 3)
			high = expression(unit, kid(unit, first + 1), USE_VALUE);
		event_add(unit, FACT_EVENT_CASE, cursor, low, high, FACT_NONE);
		kids_pop(unit, first);
		cursor = body;
	}
	if (!clang_Cursor_isNull(cursor))
		statement(unit, cursor);
}

static void return_statement(struct unit *unit, CXCursor cursor)
{
	CXCursor result = only_kid(unit, cursor);
	fact_id value = FACT_NONE;

	if (!clang_Cursor_isNull(result) && is_expression(result))
		value = expression(unit, result, USE_VALUE);
	cleanups_run(unit, 0);
	event_add(unit, FACT_EVENT_RETURN, cursor, value, FACT_NONE, FACT_NONE);
}

static void goto_statement(struct unit *unit, CXCursor cursor)
{
	CXCursor label = only_kid(unit, cursor);
	fact_id name = FACT_NONE;

	if (label.kind == CXCursor_LabelRef)
		name = label_of(unit, label);
	else if (!clang_Cursor_isNull(label) && is_expression(label))
		expression_discard(unit, label);
	event_add(unit, FACT_EVENT_GOTO, cursor, name, FACT_NONE, FACT_NONE);
}

static void label_statement(struct unit *unit, CXCursor cursor)
{
	event_add(unit, FACT_EVENT_LABEL, cursor, label_of(unit, cursor), FACT_NONE, FACT_NONE);
	all_kids(unit, cursor);
}

static void compound(struct unit *unit, CXCursor cursor)
{
	guint first = unit->cleanups->len;

	all_kids(unit, cursor);
	cleanups_end(unit, first);
}

static void dispatch(struct unit *unit, CXCursor cursor)
{
	switch ((int)cursor.kind) {
	case CXCursor_NullStmt:
		return;
	case CXCursor_VarDecl:
		variable(unit, cursor);
		return;
	case CXCursor_CompoundStmt:
		compound(unit, cursor);
		return;
	case CXCursor_IfStmt:
		if_statement(unit, cursor);
		return;
	case CXCursor_SwitchStmt:
		switch_statement(unit, cursor);
		return;
	case CXCursor_CaseStmt:
	case CXCursor_DefaultStmt:
		case_statement(unit, cursor);
		return;
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
	case CXCursor_ForStmt:
		loop_statement(unit, cursor);
		return;
	case CXCursor_ReturnStmt:
		return_statement(unit, cursor);
		return;
	case CXCursor_GotoStmt:
	case CXCursor_IndirectGotoStmt:
		goto_statement(unit, cursor);
		return;
	case CXCursor_LabelStmt:
		label_statement(unit, cursor);
		return;
	case CXCursor_BreakStmt:
		event_add(unit, FACT_EVENT_BREAK, cursor, FACT_NONE, FACT_NONE, FACT_NONE);
		return;
	case CXCursor_ContinueStmt:
		event_add(unit, FACT_EVENT_CONTINUE, cursor, FACT_NONE, FACT_NONE, FACT_NONE);
		return;
	}
	if (is_expression(cursor))
		expression_discard(unit, cursor);
	else if (is_statement(cursor))
		all_kids(unit, cursor); /* declarations, asm, attributes */
}

void statement(struct unit *unit, CXCursor cursor)
{
	if (unit->depth >= UNIT_DEPTH)
		return;
	unit->depth++;
	dispatch(unit, cursor);
	unit->depth--;
}

fact_id statement_expression(struct unit *unit, CXCursor cursor)
{
	CXCursor block = only_kid(unit, cursor);
	fact_id value = value_new(unit, FACT_VALUE_UNKNOWN, FACT_NONE, FACT_NONE);
	guint count, first, cleanups = unit->cleanups->len;

	if (clang_Cursor_isNull(block))
		return value;
	first = kids_push(unit, block, &count);
	for (guint i = 0; i < count; i++) {
		CXCursor part = kid(unit, first + i);

		if (i + 1 == count && is_expression(part))
			value = expression(unit, part, USE_VALUE);
		else
			statement(unit, part);
	}
	kids_pop(unit, first);
	cleanups_end(unit, cleanups);
	return value;
}

static void add_params(struct unit *unit, CXCursor function)
{
	int count = clang_Cursor_getNumArguments(function);

	for (int i = 0; i < count; i++) {
		CXCursor param = clang_Cursor_getArgument(function, i);
		CXType type = clang_getCursorType(param);
		CXString name = clang_getCursorSpelling(param);
		const char *text = clang_getCString(name);
		struct fact_param row = {
			.name = facts_intern(unit->facts, *text ? text : NULL),
			.type = type_spelling(unit, type),
			.flags = type_of(unit, type)->flags,
		};
		struct decl decl = {.cursor = param, .kind = DECL_VALUE, .symbol = FACT_NONE};

		clang_disposeString(name);
		unit->has_va_list |= strstr(facts_string(unit->facts, row.type), "va_list") != NULL;
		g_array_append_val(unit->facts->params, row);
		decl.value = value_new(unit, FACT_VALUE_PARAM, i, FACT_NONE);
		decl.is_data = is_data(unit, param);
		decl_map_add(&unit->decls, &decl);
	}
}

void function_body(struct unit *unit, CXCursor function)
{
	struct facts *facts = unit->facts;
	CXSourceRange extent = clang_getCursorExtent(function);
	struct fact_function row = {
		.symbol = symbol_of(unit, function),
		.begin = location_row(unit, clang_getRangeStart(extent)),
		.end = location_row(unit, clang_getRangeEnd(extent)),
		.first_param = facts->params->len,
		.first_local = facts->locals->len,
		.first_event = facts->events->len,
	};
	CXCursor body;

	if (row.symbol == FACT_NONE)
		return;
	unit->first_local = row.first_local;
	unit->first_param = row.first_param;
	unit->has_va_list = clang_isFunctionTypeVariadic(clang_getCursorType(function));
	add_params(unit, function);
	row.param_count = facts->params->len - row.first_param;
	unit->nesting = 0;
	g_array_set_size(unit->cleanups, 0);
	unit->in_function = true;
	body = only_kid(unit, function);
	if (!clang_Cursor_isNull(body))
		statement(unit, body);
	unit->in_function = false;
	row.local_count = facts->locals->len - row.first_local;
	row.event_count = facts->events->len - row.first_event;
	g_array_append_val(facts->functions, row);
}
