/* Loops: which part of the source stands where among their events. What bounds them is read off
 * those events in bounds.c. */
#include <string.h>

#include "analyzer/extract/unit.h"

struct for_parts {
	CXCursor init, cond, step, body; /* null cursors where there is none */
};

static bool is_step(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	bool yes = cursor.kind == CXCursor_CompoundAssignOperator;

	if (cursor.kind == CXCursor_UnaryOperator && count == 1)
		yes = unary_operator(unit, cursor, kid(unit, first)).kind == OPERATOR_STEP;
	kids_pop(unit, first);
	return yes;
}

static bool is_assignment(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);
	bool yes = false;

	if (cursor.kind == CXCursor_BinaryOperator && count == 2) {
		struct operator operator=
			binary_operator(unit, cursor, kid(unit, first), kid(unit, first + 1));

		yes = operator.kind == OPERATOR_ASSIGN || operator.kind == OPERATOR_COMMA;
	}
	kids_pop(unit, first);
	return yes;
}

/* Which part of the header `part` is: semicolons before it, by the text if there is any, else by
 * what it looks like and whether an earlier part was seen. */
static guint part_number(struct unit *unit, CXCursor loop, CXCursor part, guint at_least)
{
	const char *text;
	size_t size;

	if (source_between(unit, clang_getCursorLocation(loop),
			   clang_getRangeStart(clang_getCursorExtent(part)), &text, &size)) {
		const char *open = memchr(text, '(', size);

		if (open)
			return tokens_semicolons(open + 1, text + size - open - 1);
	}
	if (part.kind == CXCursor_DeclStmt)
		return 0;
	if (is_step(unit, part))
		return 2;
	if (is_assignment(unit, part))
		return at_least == 0 ? 0 : 2;
	return MAX(at_least, 1);
}

static struct for_parts for_parts(struct unit *unit, CXCursor loop, guint first, guint count)
{
	CXCursor none = clang_getNullCursor();
	CXCursor slots[3] = {none, none, none};
	struct for_parts parts;
	guint at_least = 0;

	for (guint i = 0; i + 1 < count && i < 3; i++) {
		guint slot =
			count == 4 ? i : part_number(unit, loop, kid(unit, first + i), at_least);

		slot = MIN(MAX(slot, at_least), 2);
		slots[slot] = kid(unit, first + i);
		at_least = slot + 1;
	}
	parts = (struct for_parts){slots[0], slots[1], slots[2],
				   count ? kid(unit, first + count - 1) : none};
	return parts;
}

static void maybe_statement(struct unit *unit, CXCursor cursor)
{
	if (!clang_Cursor_isNull(cursor))
		statement(unit, cursor);
}

static guint open_loop(struct unit *unit, CXCursor cursor, enum fact_loop kind, bool *ret_open)
{
	struct fact_event *event;

	*ret_open = block_open(unit, FACT_EVENT_LOOP, cursor, FACT_NONE);
	if (!*ret_open)
		return 0;
	event = event_row(unit, unit->events->len - 1);
	event->op = kind;
	event->c = FACT_BOUND_NONE;
	event->end = location_row(unit, clang_getRangeEnd(clang_getCursorExtent(cursor)));
	locate_extent(unit, cursor, event, false);
	return unit->events->len - 1;
}

static void loop_condition(struct unit *unit, CXCursor condition, guint row, bool is_open)
{
	fact_id value;

	if (clang_Cursor_isNull(condition))
		return;
	value = expression(unit, condition, USE_VALUE);
	if (is_open)
		event_row(unit, row)->a = value;
}

static void for_loop(struct unit *unit, CXCursor cursor, const struct for_parts *parts)
{
	guint row;
	bool is_open;

	maybe_statement(unit, parts->init);
	row = open_loop(unit, cursor, FACT_LOOP_FOR, &is_open);
	loop_condition(unit, parts->cond, row, is_open);
	maybe_statement(unit, parts->body);
	maybe_statement(unit, parts->step);
	if (is_open)
		loop_bound(unit, row);
	block_close(unit, FACT_EVENT_LOOP_END, cursor, is_open);
}

static void while_loop(struct unit *unit, CXCursor cursor, CXCursor condition, CXCursor body)
{
	bool is_open;
	guint row = open_loop(unit, cursor, FACT_LOOP_WHILE, &is_open);

	loop_condition(unit, condition, row, is_open);
	statement(unit, body);
	if (is_open)
		loop_bound(unit, row);
	block_close(unit, FACT_EVENT_LOOP_END, cursor, is_open);
}

static void do_loop(struct unit *unit, CXCursor cursor, CXCursor body, CXCursor condition)
{
	bool is_open;
	guint row = open_loop(unit, cursor, FACT_LOOP_DO, &is_open);

	statement(unit, body);
	loop_condition(unit, condition, row, is_open);
	if (is_open)
		loop_bound(unit, row);
	block_close(unit, FACT_EVENT_LOOP_END, cursor, is_open);
}

void loop_statement(struct unit *unit, CXCursor cursor)
{
	guint count, first = kids_push(unit, cursor, &count);

	if (cursor.kind == CXCursor_ForStmt && count > 0) {
		struct for_parts parts = for_parts(unit, cursor, first, count);

		for_loop(unit, cursor, &parts);
	} else if (cursor.kind == CXCursor_WhileStmt && count == 2) {
		while_loop(unit, cursor, kid(unit, first), kid(unit, first + 1));
	} else if (cursor.kind == CXCursor_DoStmt && count == 2) {
		do_loop(unit, cursor, kid(unit, first), kid(unit, first + 1));
	}
	kids_pop(unit, first);
}
